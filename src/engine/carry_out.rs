//! Does what was decided: intent noted, GitHub asked, answer noted.

use std::collections::BTreeMap;

use super::Engine;
use super::look::{Decided, Ended, pull_ref, seconds_from_now};
use crate::github::{Acted, Failure, Outcome, Target};
use crate::policy::{Language, Outsiders, Policy};
use crate::review::effect::Effect;
use crate::review::hearing::from_outside;
use crate::review::marker::PostKey;
use crate::review::record::{CheckKey, CheckState, Pin, Post};
use crate::review::seen::body_digest;
use crate::review::snapshot::{CommitSha, NodeId, Snapshot};
use crate::review::want;
use crate::review::wanted::{Conclusion, WantedCheck};
use crate::store::{Claim, Means, Standing, StoreError};
use crate::time::{Millis, Timestamp};

/// What follows.
pub(super) enum Next {
    /// Another look, asking for these posts by id.
    Look(Vec<NodeId>),
    /// The end of this turn.
    End(Ended),
}

/// How soon to look after a write whose outcome is unknown.
const UNCERTAIN: Millis = Millis::seconds(5);
/// How soon to look when fresh facts did not confirm a success: lagging lists catch up.
const UNCONFIRMED: Millis = Millis::seconds(1);

impl Engine {
    pub(super) async fn carry_out(&self, claim: &mut Claim, decided: &Decided) -> Result<Next, StoreError> {
        let mut probe = Vec::new();
        for effect in &decided.plan.effects {
            self.inner.store.extend(claim, self.now().after(self.inner.settings.lease)).await?;
            let ended = match effect {
                Effect::Pin(pins) => self.inner.store.pin(claim, pins.clone()).await.map(|_| None)?,
                Effect::Analyse(analysis) => {
                    let means = means(&decided.snapshot);
                    self.inner
                        .store
                        .queue_analyses(claim, vec![analysis.clone()], means, self.now())
                        .await
                        .map(|()| None)?
                }
                Effect::Probe(nodes) => {
                    probe.clone_from(nodes);
                    None
                }
                Effect::WriteCheck { check, id } => self.write_check(claim, &decided.snapshot, check, *id).await?,
                Effect::PostReview { .. }
                | Effect::PostReply { .. }
                | Effect::PostComment { .. }
                | Effect::Edit { .. }
                | Effect::Undouble { .. }
                | Effect::RequestReview(_) => self.write_post(claim, &decided.snapshot, effect).await?,
            };
            if let Some(next) = ended {
                return Ok(next);
            }
        }
        // When analyses were all that was left, the job wakes the pull request; there is nothing to look at before.
        let only_analyses = decided.plan.effects.iter().all(|e| matches!(e, Effect::Analyse(_)));
        Ok(if only_analyses { Next::End(Ended::Quiet(decided.plan.wake_at)) } else { Next::Look(probe) })
    }

    async fn act(&self, claim: &Claim, pull_id: u64, head: &CommitSha, effect: &Effect) -> Acted {
        let target = Target { pull: pull_ref(&claim.label, claim.pull), pull_id, head: head.clone() };
        self.inner.github.act(&target, effect).await
    }

    async fn write_post(
        &self,
        claim: &Claim,
        snapshot: &Snapshot,
        effect: &Effect,
    ) -> Result<Option<Next>, StoreError> {
        let intents = intents(effect, self.now());
        if !intents.is_empty() {
            self.inner.store.pin(claim, intents).await?;
        }
        let acted = self.act(claim, snapshot.pull.id, &snapshot.pull.head, effect).await;
        let now = self.now();
        let settled = matches!(acted.outcome, Outcome::Done | Outcome::Refused { .. });
        let mut pins: Vec<Pin> =
            acted.written.iter().map(|w| Pin::Post(w.key, done(effect, w.key, &w.node, w.id, now))).collect();
        // More than one review can hold: the rest goes into the body.
        let unsent = creates(effect).into_iter().filter(|(key, _, _)| acted.unsent.contains(key));
        pins.extend(unsent.map(|(key, body, _)| refusal(key, "more comments than one review can hold", body)));
        // Lists show a deleted post for a while, and a refusal would be one again: not twice.
        pins.extend(undoubled(effect).filter(|_| settled));
        let next = match acted.outcome {
            Outcome::Done => {
                pins.extend(request_answered(effect, None));
                None
            }
            Outcome::Refused { status, why, .. } => {
                pins.extend(self.refused(claim, snapshot, effect, status, &why).await);
                Some(Next::Look(Vec::new()))
            }
            Outcome::Delay { seconds, why } => {
                // It was not carried out: the intent is taken back, so that it is tried as soon as GitHub allows.
                pins.extend(creates(effect).into_iter().map(|(key, _, _)| retry(key)));
                Some(Next::End(Ended::Postponed(now.after(seconds_from_now(seconds)), why)))
            }
            Outcome::Uncertain { why } => Some(Next::End(Ended::Postponed(now.after(UNCERTAIN), why))),
        };
        if !pins.is_empty() {
            self.inner.store.pin(claim, pins).await?;
        }
        Ok(next)
    }

    /// A refusal is a fact. A batch that GitHub refuses names no culprit: its comments go into the body, unless the pull
    /// request moved meanwhile, in which case their lines are worked out anew.
    async fn refused(&self, claim: &Claim, snapshot: &Snapshot, effect: &Effect, status: u16, why: &str) -> Vec<Pin> {
        tracing::warn!(pull = %claim.pull, status, why, "GitHub refused a write");
        match effect {
            Effect::PostReview { key, body, comments, .. } => {
                let now = self.observe(&claim.label, claim.pull, true, Vec::new()).await;
                let moved = now.is_ok_and(|now| now.pull.head != snapshot.pull.head);
                let refused = |key, body| if moved { retry(key) } else { refusal(key, why, body) };
                let mut pins: Vec<Pin> = comments.iter().map(|c| refused(c.key, c.body.as_str())).collect();
                match key {
                    Some(key) if comments.is_empty() => pins.push(refused(*key, body.as_str())),
                    Some(key) => pins.push(retry(*key)),
                    None => {}
                }
                pins
            }
            Effect::Edit { key, .. } if matches!(status, 404 | 410) => {
                vec![Pin::Post(*key, Post::Removed { at: self.now() })]
            }
            Effect::PostReply { key, body, .. }
            | Effect::PostComment { key, body, .. }
            | Effect::Edit { key, body, .. } => vec![refusal(*key, why, body.as_str())],
            Effect::RequestReview(_) => request_answered(effect, Some(why)),
            Effect::Undouble { .. }
            | Effect::Pin(_)
            | Effect::Analyse(_)
            | Effect::WriteCheck { .. }
            | Effect::Probe(_) => Vec::new(),
        }
    }

    /// Writes the check run. Success only after the deciding facts were read again without any cache, and judged again.
    async fn write_check(
        &self,
        claim: &Claim,
        snapshot: &Snapshot,
        check: &WantedCheck,
        id: Option<u64>,
    ) -> Result<Option<Next>, StoreError> {
        let _one_writer = self.inner.commits.hold((snapshot.repository.id, check.key.sha.to_string())).await;
        if check.conclusion == Conclusion::Success
            && let Some(next) = self.confirm(claim, check).await?
        {
            return Ok(Some(next));
        }
        self.put_check(claim, snapshot.pull.id, check, id).await
    }

    /// Notes the intent, writes, notes the answer. The caller holds the commit.
    async fn put_check(
        &self,
        claim: &Claim,
        pull_id: u64,
        check: &WantedCheck,
        id: Option<u64>,
    ) -> Result<Option<Next>, StoreError> {
        let green = check.conclusion == Conclusion::Success;
        let intent = match id {
            None => CheckState::Intent { at: self.now() },
            Some(id) => {
                let record = self.inner.store.load(claim.pull).await?;
                let before = record.checks.get(&check.key).cloned().unwrap_or(CheckState::Intent { at: self.now() });
                before.updating(id, green, self.now())
            }
        };
        self.inner.store.pin(claim, vec![Pin::Check(check.key.clone(), intent)]).await?;
        let effect = Effect::WriteCheck { check: check.clone(), id };
        let acted = self.act(claim, pull_id, &check.key.sha, &effect).await;
        let now = self.now();
        let (state, next) = match acted.outcome {
            Outcome::Done => (acted.check.or(id).map(|id| written(check, id, now)), None),
            Outcome::Refused { why, .. } => {
                tracing::error!(pull = %claim.pull, why, "GitHub refused the check run");
                (Some(CheckState::Refused { why, wanted: check.digest() }), None)
            }
            Outcome::Delay { seconds, why } => {
                let state = id.is_none().then_some(CheckState::Intent { at: Timestamp(0) });
                (state, Some(Next::End(Ended::Postponed(now.after(seconds_from_now(seconds)), why))))
            }
            Outcome::Uncertain { why } => (None, Some(Next::End(Ended::Postponed(now.after(UNCERTAIN), why)))),
        };
        if let Some(state) = state {
            self.inner.store.pin(claim, vec![Pin::Check(check.key.clone(), state)]).await?;
        }
        Ok(next)
    }

    /// `None`: what was decided still holds by fresh facts.
    async fn confirm(&self, claim: &Claim, check: &WantedCheck) -> Result<Option<Next>, StoreError> {
        let mut fresh = match self.observe(&claim.label, claim.pull, true, Vec::new()).await {
            Ok(fresh) => fresh,
            Err(ended) => return Ok(Some(Next::End(ended))),
        };
        fresh.siblings = match self.certain_siblings(&claim.label, &fresh).await {
            Ok(siblings) => siblings,
            Err(ended) => return Ok(Some(Next::End(ended))),
        };
        let shared = fresh.siblings.iter().any(|s| !s.open);
        let record = self.inner.store.load(claim.pull).await?;
        let again = want(&fresh, &record, &self.inner.settings.review, self.now());
        let same = |c: &WantedCheck| c.key == check.key && c.conclusion == Conclusion::Success;
        let holds = again.pins.is_empty() && again.check.as_ref().is_some_and(same);
        // Another pull request on this commit is closed: it was woken, and wakes this one when that changes.
        let patience = if shared { self.inner.settings.review.settle } else { UNCONFIRMED };
        Ok((!holds).then(|| Next::End(Ended::Quiet(Some(self.now().after(patience))))))
    }

    /// Says in the check that we gave up. Reads next to nothing: reading may be what keeps failing.
    pub(super) async fn farewell(&self, claim: &Claim, why: &str) -> Result<Ended, StoreError> {
        let record = self.inner.store.pin(claim, vec![Pin::GaveUp(Some(why.to_owned()))]).await?;
        let mut standing: BTreeMap<CheckKey, Option<u64>> =
            standing_checks(&record.checks).into_iter().map(|(key, id)| (key, Some(id))).collect();
        match self.newest(claim).await? {
            // The looks may have ended before the newest commit had a check at all: nobody would see why nothing happens.
            Ok(Some(key)) => {
                let id = match record.checks.get(&key) {
                    Some(CheckState::Done { id, .. }) => Some(*id),
                    Some(CheckState::Intent { .. } | CheckState::Refused { .. }) | None => None,
                };
                standing.entry(key).or_insert(id);
            }
            Ok(None) => {}
            Err(failure) if standing.is_empty() => return Ok(Ended::Failed(failure.to_string())),
            Err(failure) => tracing::warn!(pull = %claim.pull, %failure, "the newest commit could not be read"),
        }
        for (key, id) in standing {
            let _one_writer = self.inner.commits.hold((claim.pull.repository, key.sha.to_string())).await;
            let check = crate::review::gave_up(key, why);
            if let Some(Next::End(Ended::Postponed(_, why) | Ended::Failed(why))) =
                self.put_check(claim, 0, &check, id).await?
            {
                return Ok(Ended::Failed(why));
            }
        }
        Ok(Ended::Quiet(None))
    }

    /// The check of the newest commit, if the pull request is open. Noted, so that a button pressed there finds it: no look may
    /// have come so far.
    async fn newest(&self, claim: &Claim) -> Result<Result<Option<CheckKey>, Failure>, StoreError> {
        let (head, base) = match self.inner.github.tip(&pull_ref(&claim.label, claim.pull)).await {
            Ok(Some(tip)) => tip,
            Ok(None) => return Ok(Ok(None)),
            Err(failure) => return Ok(Err(failure)),
        };
        let known = self.inner.store.check_name(claim.pull, base.clone()).await?;
        let check = known.unwrap_or_else(|| Policy::default().check_name(&base));
        let key = CheckKey { name: check.clone(), sha: head.clone() };
        let updated_at = Timestamp(0);
        let standing = Standing { open: true, head, base, check, gate_open: false, updated_at };
        self.inner.store.note_standing(claim, standing, self.now()).await?;
        Ok(Ok(Some(key)))
    }
}

/// With what analyses of a pull request may be made. `ask-first` needs no word here: nothing is analysed before somebody with
/// write access said `start`.
fn means(snapshot: &Snapshot) -> Means {
    let Ok(policy) = &snapshot.policy else { return Means::default() };
    let outsider = policy.outsiders == Outsiders::BuiltIn && from_outside(snapshot);
    Means {
        provider: !outsider,
        tokens_per_review: policy.budget.tokens_per_review,
        calls_per_hour: u64::from(policy.budget.calls_per_hour),
        language: match &policy.language {
            Language::Auto => None,
            Language::Tag(tag) => Some(tag.clone()),
        },
        guidance: snapshot.prompts.clone(),
    }
}

/// Check runs that must say that we gave up: the newest, and every one that we left green.
fn standing_checks(checks: &BTreeMap<CheckKey, CheckState>) -> Vec<(CheckKey, u64)> {
    let done: Vec<_> = checks
        .iter()
        .filter_map(|(key, state)| match state {
            CheckState::Done { id, at, green, .. } => Some((key, *id, *at, *green)),
            CheckState::Intent { .. } | CheckState::Refused { .. } => None,
        })
        .collect();
    let newest = done.iter().map(|(_, _, at, _)| *at).max();
    done.into_iter()
        .filter(|(_, _, at, green)| *green || Some(*at) == newest)
        .map(|(key, id, _, _)| (key.clone(), id))
        .collect()
}

fn written(check: &WantedCheck, id: u64, at: Timestamp) -> CheckState {
    CheckState::Done { id, content: check.digest(), green: check.conclusion == Conclusion::Success, at }
}

/// Every post that an effect creates, with its text and how often it was tried.
fn creates(effect: &Effect) -> Vec<(PostKey, &str, u32)> {
    match effect {
        Effect::PostReview { key, body, comments, attempts } => {
            let lines = comments.iter().map(|c| (c.key, c.body.as_str(), *attempts));
            key.iter().map(|key| (*key, body.as_str(), *attempts)).chain(lines).collect()
        }
        Effect::PostReply { key, body, attempts, .. } | Effect::PostComment { key, body, attempts } => {
            vec![(*key, body.as_str(), *attempts)]
        }
        Effect::Edit { .. }
        | Effect::Undouble { .. }
        | Effect::RequestReview(_)
        | Effect::Pin(_)
        | Effect::Analyse(_)
        | Effect::WriteCheck { .. }
        | Effect::Probe(_) => Vec::new(),
    }
}

fn intents(effect: &Effect, at: Timestamp) -> Vec<Pin> {
    creates(effect)
        .into_iter()
        .map(|(key, _, attempts)| Pin::Post(key, Post::Intent { at, attempts: attempts.saturating_add(1), looks: 0 }))
        .collect()
}

/// It certainly was not carried out: tried again at the next look.
const fn retry(key: PostKey) -> Pin {
    Pin::Post(key, Post::Intent { at: Timestamp(0), attempts: 0, looks: 1 })
}

fn refusal(key: PostKey, why: &str, body: &str) -> Pin {
    Pin::Post(key, Post::Refused { why: why.chars().take(300).collect(), wanted: body_digest(body) })
}

fn done(effect: &Effect, key: PostKey, node: &NodeId, id: u64, at: Timestamp) -> Post {
    let text = match effect {
        Effect::Edit { body, .. } => body.as_str(),
        effect => creates(effect).into_iter().find(|(k, _, _)| *k == key).map_or("", |(_, body, _)| body),
    };
    Post::Done { node: node.clone(), id, body: body_digest(text), at }
}

/// The doubled post that an effect deals with.
fn undoubled(effect: &Effect) -> impl Iterator<Item = Pin> + use<> {
    let pin = match effect {
        Effect::Undouble { key, id, .. } => Some(Pin::Undoubled(*key, *id)),
        _ => None,
    };
    pin.into_iter()
}

/// What a request for a review came to.
fn request_answered(effect: &Effect, refused: Option<&str>) -> Vec<Pin> {
    match effect {
        Effect::RequestReview(reviewer) => vec![Pin::AskedAgain {
            revision: reviewer.revision,
            who: reviewer.who,
            refused: refused.map(|why| why.chars().take(300).collect()),
        }],
        _ => Vec::new(),
    }
}
