//! Compares what is wanted with what was done and what is seen. The only place that knows about repeating: an effect is
//! remembered and seen, GitHub's reads lag behind its writes, and what a person removed or changed is a fact.

use std::collections::BTreeMap;

use super::effect::{Effect, LineComment};
use super::marker::{PostKey, PostKind};
use super::record::{Analysis, CheckState, Pin, Post, Record};
use super::seen::{SeenPost, body_digest, seen};
use super::settings::Settings;
use super::snapshot::{NodeId, Probed, Snapshot};
use super::wanted::{Conclusion, Place, Wanted, WantedCheck, WantedPost};
use crate::time::Timestamp;

/// How often a write whose answer was lost is tried in all.
const ATTEMPTS: u32 = 2;

/// What to do now, and when to look again if nothing happens until then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// In this order.
    pub effects: Vec<Effect>,
    /// Look again at this moment.
    pub wake_at: Option<Timestamp>,
}

impl Plan {
    fn wake(&mut self, at: Timestamp) {
        self.wake_at = Some(self.wake_at.map_or(at, |w| w.min(at)));
    }
}

/// Plans. Pure: the same arguments give the same plan.
pub fn reconcile(wanted: &Wanted, record: &Record, snapshot: &Snapshot, settings: &Settings, now: Timestamp) -> Plan {
    if !wanted.pins.is_empty() {
        return Plan { effects: vec![Effect::Pin(wanted.pins.clone())], wake_at: None };
    }
    let mut plan = Plan { effects: Vec::new(), wake_at: wanted.wake_at };
    let mut posts = Posts::new(record, snapshot, settings, now);
    for post in &wanted.posts {
        posts.compare(post);
    }
    let Posts { pins, probes, edits, fresh, undouble, wake, .. } = posts;
    if let Some(at) = wake {
        plan.wake(at);
    }
    if !pins.is_empty() {
        plan.effects.push(Effect::Pin(pins));
        return plan;
    }

    let check = check(wanted.check.as_ref(), record, snapshot, settings, now, &mut plan);
    let must_turn_red = check.is_some() && is_green(record, snapshot, wanted);
    if must_turn_red {
        plan.effects.extend(check.clone());
    }
    let writes = writes(&fresh, record);
    let creates = !writes.is_empty();
    plan.effects.extend(writes);
    plan.effects.extend(edits);
    plan.effects.extend(undouble);
    for reviewer in &wanted.reviewers {
        if !record.asked_again.contains(&(reviewer.revision, reviewer.who)) {
            plan.effects.push(Effect::RequestReview(reviewer.clone()));
        }
    }
    analyses(wanted, record, now, &mut plan);
    // Written once the posts stand, so that it can link them: one write, not two.
    let stands_already = wanted.check.as_ref().is_some_and(|c| record.checks.contains_key(&c.key));
    if !(must_turn_red || creates && stands_already) {
        plan.effects.extend(check);
    }
    if !probes.is_empty() {
        plan.effects.push(Effect::Probe(probes));
    }
    plan
}

/// The check may be green on GitHub although it should not: seen so, or written so by us last (either may be the older one).
fn is_green(record: &Record, snapshot: &Snapshot, wanted: &Wanted) -> bool {
    let Some(check) = wanted.check.as_ref().filter(|c| c.conclusion != Conclusion::Success) else {
        return false;
    };
    let seen = snapshot.check_run(&check.key.name).and_then(|c| c.conclusion.as_deref());
    seen == Some("success") || matches!(record.checks.get(&check.key), Some(CheckState::Done { green: true, .. }))
}

/// Posts that do not stand yet, with how often they were tried.
type Fresh<'a> = Vec<(&'a WantedPost, u32)>;

struct Posts<'a> {
    record: &'a Record,
    snapshot: &'a Snapshot,
    settings: &'a Settings,
    now: Timestamp,
    seen: BTreeMap<PostKey, Vec<SeenPost<'a>>>,
    pins: Vec<Pin>,
    probes: Vec<NodeId>,
    edits: Vec<Effect>,
    undouble: Vec<Effect>,
    fresh: Fresh<'a>,
    wake: Option<Timestamp>,
}

impl<'a> Posts<'a> {
    fn new(record: &'a Record, snapshot: &'a Snapshot, settings: &'a Settings, now: Timestamp) -> Self {
        Self {
            record,
            snapshot,
            settings,
            now,
            seen: seen(snapshot, record),
            pins: Vec::new(),
            probes: Vec::new(),
            edits: Vec::new(),
            undouble: Vec::new(),
            fresh: Vec::new(),
            wake: None,
        }
    }

    fn compare(&mut self, post: &'a WantedPost) {
        let applied = self.record.posts.get(&post.key);
        let standing = self.seen.get(&post.key).cloned().unwrap_or_default();
        match (applied, standing.as_slice()) {
            (None, []) => self.fresh.push((post, 0)),
            (Some(Post::Intent { at, attempts, looks }), []) => self.unanswered(post, *at, *attempts, *looks),
            (Some(Post::Done { node, at, .. }), []) => self.unseen(post.key, node, *at),
            // The draft's posts are always repaired.
            (Some(Post::Removed { .. }), []) if post.key.is_of_draft() => self.fresh.push((post, 0)),
            (Some(Post::Refused { wanted, .. }), []) if *wanted != body_digest(post.body.as_str()) => {
                self.fresh.push((post, 0));
            }
            (Some(Post::Removed { .. } | Post::Refused { .. } | Post::Failed { .. }), []) => {}
            // Lists may show it for a while after it is gone.
            (Some(Post::Removed { at }), [_, ..]) if self.now < at.after(self.settings.settle) => {
                self.wake_at(at.after(self.settings.settle));
            }
            // An edit that GitHub refused: not again until what is wanted changes.
            (Some(Post::Refused { wanted, .. }), [_, ..]) if *wanted == body_digest(post.body.as_str()) => {}
            (applied, [first, doubled @ ..]) => {
                self.stands(post, applied, first);
                self.undouble(post.key, first, doubled);
            }
        }
    }

    /// The intent was noted and no answer is known.
    fn unanswered(&mut self, post: &'a WantedPost, at: Timestamp, attempts: u32, looks: u32) {
        let due = at.after(self.settings.settle);
        if self.now < due {
            self.wake_at(due);
        } else if looks == 0 {
            // One more look after the wait, so that two of them saw nothing.
            self.pins.push(Pin::Post(post.key, Post::Intent { at, attempts, looks: 1 }));
        } else if self.came_without(post) {
            // It was written with its review, and somebody removed it before we saw it.
            self.pins.push(Pin::Post(post.key, Post::Removed { at: self.now }));
        } else if attempts < ATTEMPTS {
            self.fresh.push((post, attempts));
        } else {
            self.pins.push(Pin::Post(post.key, Post::Failed { at: self.now }));
        }
    }

    /// A comment on a line whose review stands without it. Those of the draft are posted again, others are not.
    fn came_without(&self, post: &WantedPost) -> bool {
        match &post.place {
            Place::InReview { review, .. } if !post.key.is_of_draft() => {
                matches!(self.record.posts.get(review), Some(Post::Done { .. }))
            }
            _ => false,
        }
    }

    /// Written, and the lists do not show it.
    fn unseen(&mut self, key: PostKey, node: &NodeId, at: Timestamp) {
        let due = at.after(self.settings.settle);
        if self.now < due {
            self.wake_at(due);
            return;
        }
        match self.snapshot.probed.get(node) {
            None => self.probes.push(node.clone()),
            Some(Probed::Present) => self.wake_at(self.now.after(self.settings.settle)),
            Some(Probed::Gone) => self.pins.push(Pin::Post(key, Post::Removed { at: self.now })),
        }
    }

    fn stands(&mut self, post: &'a WantedPost, applied: Option<&Post>, first: &SeenPost<'a>) {
        let wanted = body_digest(post.body.as_str());
        let known = match applied {
            Some(Post::Done { node, id, body, at }) if *node == first.comment.node => Some((id, body, at)),
            _ => None,
        };
        let Some((id, body, at)) = known else {
            // Written before a crash, or before the database was lost: ours by author and marker.
            self.pins.push(Pin::Post(
                post.key,
                Post::Done {
                    node: first.comment.node.clone(),
                    id: first.comment.id,
                    body: first.body(),
                    at: first.comment.last_edited_at.unwrap_or(first.comment.created_at),
                },
            ));
            return;
        };
        // Said once; and a person's edit of anything but the draft is theirs to make.
        let foreign = first.foreign_editor(&self.snapshot.app).is_some();
        let said_once = matches!(
            post.key.kind,
            PostKind::CommandReply | PostKind::FollowUp | PostKind::Reminder | PostKind::Notice
        );
        if said_once || (foreign && !post.key.is_of_draft()) {
            return;
        }
        let drifted = first.body() != *body && self.now >= at.after(self.settings.settle);
        if *body != wanted || drifted {
            self.edits.push(Effect::Edit {
                key: post.key,
                node: first.comment.node.clone(),
                id: *id,
                body: post.body.clone(),
            });
        } else if first.body() != *body {
            self.wake_at(at.after(self.settings.settle));
        }
    }

    fn undouble(&mut self, key: PostKey, first: &SeenPost<'_>, doubled: &[SeenPost<'_>]) {
        let dealt_with = |d: &&SeenPost<'_>| self.record.undoubled.contains(&(key, d.comment.id));
        for double in doubled.iter().filter(|d| !d.answered && !dealt_with(d)) {
            self.undouble.push(Effect::Undouble { key, id: double.comment.id, first: first.comment.id });
        }
    }

    fn wake_at(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |w| w.min(at)));
    }
}

/// Turns posts that do not stand yet into writes: a review carries all its comments.
fn writes(fresh: &Fresh<'_>, record: &Record) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut lost: Vec<LineComment> = Vec::new();
    let mut lost_attempts = 0;
    for (post, attempts) in fresh {
        match &post.place {
            Place::Review => effects.push(Effect::PostReview {
                key: Some(post.key),
                body: post.body.clone(),
                comments: fresh.iter().filter_map(|(p, _)| line_comment(p, Some(post.key))).collect(),
                attempts: *attempts,
            }),
            Place::InReview { review, .. } => {
                let together = fresh.iter().any(|(p, _)| p.key == *review && p.place == Place::Review);
                if !together && post.key.is_of_draft() {
                    lost.extend(line_comment(post, None));
                    lost_attempts = lost_attempts.max(*attempts);
                }
            }
            Place::Thread { first } => {
                if let Some(Post::Done { id, .. }) = record.posts.get(first) {
                    effects.push(reply(post, *id, *attempts));
                }
            }
            Place::ForeignThread { comment } => effects.push(reply(post, *comment, *attempts)),
            Place::Conversation => {
                effects.push(Effect::PostComment { key: post.key, body: post.body.clone(), attempts: *attempts });
            }
        }
    }
    if !lost.is_empty() {
        effects.push(Effect::PostReview {
            key: None,
            body: crate::prose::recommendation::restored_review(),
            comments: lost,
            attempts: lost_attempts,
        });
    }
    effects
}

fn reply(post: &WantedPost, to: u64, attempts: u32) -> Effect {
    Effect::PostReply { key: post.key, to, body: post.body.clone(), attempts }
}

fn line_comment(post: &WantedPost, of: Option<PostKey>) -> Option<LineComment> {
    match &post.place {
        Place::InReview { review, path, line, start_line } if of.is_none_or(|of| of == *review) => Some(LineComment {
            key: post.key,
            path: path.clone(),
            line: *line,
            start_line: *start_line,
            body: post.body.clone(),
        }),
        _ => None,
    }
}

/// The write that brings the check run about, if it does not stand.
fn check(
    wanted: Option<&WantedCheck>,
    record: &Record,
    snapshot: &Snapshot,
    settings: &Settings,
    now: Timestamp,
    plan: &mut Plan,
) -> Option<Effect> {
    let wanted = wanted?;
    let digest = wanted.digest();
    let seen = snapshot.check_run(&wanted.key.name);
    let write = |id: Option<u64>| Some(Effect::WriteCheck { check: wanted.clone(), id });
    match (record.checks.get(&wanted.key), seen) {
        (Some(CheckState::Refused { wanted: refused, .. }), _) if *refused == digest => None,
        // A newer run of that name is the one that counts on GitHub, whoever of us created it.
        (Some(CheckState::Done { id, .. }), Some(run)) if run.id > *id => write(Some(run.id)),
        (Some(CheckState::Done { id, content, at, .. }), seen) => {
            let drifted = seen.is_some_and(|run| {
                run.id == *id && (run.conclusion.as_deref() != conclusion(wanted) || run.title != wanted.title)
            });
            if *content != digest {
                write(Some(*id))
            } else if drifted && now < at.after(settings.settle) {
                plan.wake(at.after(settings.settle));
                None
            } else if drifted {
                write(Some(*id))
            } else {
                None
            }
        }
        (_, Some(run)) => write(Some(run.id)),
        (Some(CheckState::Intent { at }), None) if now < at.after(settings.settle) => {
            plan.wake(at.after(settings.settle));
            None
        }
        (None | Some(CheckState::Intent { .. } | CheckState::Refused { .. }), None) => write(None),
    }
}

/// GitHub's word for a conclusion; `None` while in progress.
pub const fn conclusion(check: &WantedCheck) -> Option<&'static str> {
    match check.conclusion {
        Conclusion::InProgress => None,
        Conclusion::ActionRequired => Some("action_required"),
        Conclusion::Success => Some("success"),
    }
}

fn analyses(wanted: &Wanted, record: &Record, now: Timestamp, plan: &mut Plan) {
    for analysis in &wanted.analyses {
        let again = match record.analyses.get(&analysis.key) {
            None => true,
            Some(Analysis::Waiting { .. } | Analysis::Done { .. }) => false,
            // Only when a person asks: the job itself was tried often enough.
            Some(Analysis::Failed { at, .. }) => {
                super::commands::presses(record, "try_again").any(|press| press.at > *at)
            }
        };
        if again && now >= analysis.not_before {
            plan.effects.push(Effect::Analyse(analysis.clone()));
        } else if again {
            plan.wake(analysis.not_before);
        }
    }
}
