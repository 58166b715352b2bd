//! The pure core over the sandbox's world, without HTTP, store or clock: for histories by the ten thousand. What the engine
//! does with effects is done here by hand, in the simplest way; the engine itself is tested by the stories.

pub mod snapshot;

use std::collections::BTreeMap;
use std::sync::Arc;

use threadmodel::analyst::{Answer, Task};
use threadmodel::digest::Digest;
use threadmodel::review::effect::Effect;
use threadmodel::review::marker::{MarkerKey, PostKey};
use threadmodel::review::reconcile::{Plan, reconcile};
use threadmodel::review::record::{Analysis, CheckState, Pin, Post, Record};
use threadmodel::review::seen::body_digest;
use threadmodel::review::settings::Settings;
use threadmodel::review::snapshot::{NodeId, PullState, Snapshot};
use threadmodel::review::verdict::SiblingVerdict;
use threadmodel::review::wanted::{Conclusion, Wanted, WantedCheck};
use threadmodel::review::{check_key, want};
use threadmodel::sandbox::checks::{CheckOutput, CheckWrite};
use threadmodel::sandbox::model::{Id, Side};
use threadmodel::sandbox::reviews::{NewComment, NewReview, ReviewEvent};
use threadmodel::sandbox::world::{Rng, World};
use threadmodel::time::Timestamp;

/// How reads lag behind writes, at most, in milliseconds of virtual time.
pub const LAG: i64 = 30_000;

/// The app as the histories see it.
pub struct App {
    pub app: Id,
    pub installation: Id,
    pub settings: Settings,
    pub marker: MarkerKey,
    /// Reads lag by up to [`LAG`].
    pub lags: bool,
    /// Answers a task at once.
    pub analyst: Arc<dyn Fn(&Task) -> Answer + Send + Sync>,
    /// Of a thousand writes, how many lose their answer after they were carried out.
    pub lost_answers: u64,
    /// What was planned lately, for messages.
    pub trail: Vec<String>,
    rng: Rng,
    records: BTreeMap<Id, Record>,
    analyses: BTreeMap<(Id, Digest), Arc<Answer>>,
}

/// How a look ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing left to do until then (virtual time), or until something happens.
    Quiet(Option<Timestamp>),
    /// It stopped early: an answer was lost, or success was not confirmed.
    Again,
    /// More passes than the engine allows.
    Restless,
}

impl App {
    pub fn new(seed: u64, app: Id, installation: Id, analyst: Arc<dyn Fn(&Task) -> Answer + Send + Sync>) -> Self {
        let settings = Settings { quiet: threadmodel::time::Millis(0), ..Settings::default() };
        Self {
            app,
            installation,
            settings,
            marker: MarkerKey::new([7; 32]),
            lags: true,
            analyst,
            lost_answers: 0,
            trail: Vec::new(),
            rng: Rng::new(seed),
            records: BTreeMap::new(),
            analyses: BTreeMap::new(),
        }
    }

    /// What the app remembers of a pull request.
    pub fn record(&self, pull: Id) -> Record {
        let mut record = self.records.get(&pull).cloned().unwrap_or_default();
        record.analyses = self
            .analyses
            .iter()
            .filter(|((p, _), _)| *p == pull)
            .map(|((_, key), answer)| (key.clone(), Analysis::Done { answer: answer.clone() }))
            .collect();
        record
    }

    fn pin(&mut self, pull: Id, pins: Vec<Pin>) {
        let record = self.records.entry(pull).or_default();
        for pin in pins {
            record.apply(pin);
        }
    }

    /// One turn, as the engine's: observe, want, reconcile, act, until quiet.
    pub fn look(&mut self, world: &mut World, pull: Id) -> Look {
        let mut probe = Vec::new();
        for _ in 0..25 {
            let Some((snapshot, _, plan)) = self.decide(world, pull, &std::mem::take(&mut probe)) else {
                return Look::Quiet(None);
            };
            let kinds: Vec<String> =
                plan.effects.iter().map(|e| format!("{e:?}").chars().take(300).collect()).collect();
            self.trail.push(format!("{}: {kinds:?} wake {:?}", world.now(), plan.wake_at));
            if plan.effects.is_empty() {
                return Look::Quiet(plan.wake_at);
            }
            for effect in &plan.effects {
                match self.carry_out(world, pull, &snapshot, effect) {
                    Done::On => {}
                    Done::Probe(nodes) => probe = nodes,
                    Done::Stop => return Look::Again,
                }
            }
        }
        Look::Restless
    }

    fn observe(&mut self, world: &World, pull: Id, probe: &[NodeId]) -> Option<Snapshot> {
        let mut lag = || if self.lags { i64::try_from(self.rng.below(LAG as u64 + 1)).unwrap_or(0) } else { 0 };
        let lags = snapshot::Lags { graphql: lag(), checks: lag() };
        snapshot::snapshot(world, self.app, self.installation, &self.marker, pull, lags, probe)
    }

    fn decide(&mut self, world: &World, pull: Id, probe: &[NodeId]) -> Option<(Snapshot, Wanted, Plan)> {
        let mut snapshot = self.observe(world, pull, probe)?;
        let now = Timestamp(world.now());
        for _ in 0..100 {
            let record = self.record(pull);
            snapshot.siblings = self.siblings(world, pull, &snapshot);
            let wanted = want(&snapshot, &record, &self.settings, now);
            let plan = reconcile(&wanted, &record, &snapshot, &self.settings, now);
            match plan.effects.as_slice() {
                [Effect::Pin(pins)] if !pins.iter().any(Pin::counts_a_look) => self.pin(pull, pins.clone()),
                _ => return Some((snapshot, wanted, plan)),
            }
        }
        panic!("the record did not come to rest");
    }

    fn siblings(&mut self, world: &World, pull: Id, snapshot: &Snapshot) -> Vec<SiblingVerdict> {
        if snapshot.pull.state != PullState::Open {
            return Vec::new();
        }
        let name = check_key(snapshot).name;
        let others: Vec<Id> = world
            .state()
            .pulls
            .values()
            .filter(|p| p.id != pull && p.head_sha == snapshot.pull.head.as_str() && p.repo == snapshot.repository.id)
            .map(|p| p.id)
            .collect();
        let mut verdicts = Vec::new();
        for other in others {
            let Some(seen) = self.observe(world, other, &[]) else { continue };
            if seen.pull.state != PullState::Open
                || seen.pull.head != snapshot.pull.head
                || check_key(&seen).name != name
            {
                continue;
            }
            let wanted = want(&seen, &self.record(other), &self.settings, Timestamp(world.now()));
            verdicts.push(SiblingVerdict { number: seen.pull.number, open: wanted.verdict.is_open() });
        }
        verdicts
    }

    fn carry_out(&mut self, world: &mut World, pull: Id, snapshot: &Snapshot, effect: &Effect) -> Done {
        let now = Timestamp(world.now());
        match effect {
            Effect::Pin(pins) => self.pin(pull, pins.clone()),
            Effect::Analyse(analysis) => {
                let answer = (self.analyst)(&analysis.task);
                self.analyses.insert((pull, analysis.key.clone()), Arc::new(answer));
            }
            Effect::Probe(nodes) => return Done::Probe(nodes.clone()),
            Effect::WriteCheck { check, id } => return self.write_check(world, pull, snapshot, check, *id),
            Effect::PostReview { key, body, comments, attempts } => {
                let mut bodies: BTreeMap<PostKey, &str> = comments.iter().map(|c| (c.key, c.body.as_str())).collect();
                bodies.extend(key.map(|key| (key, body.as_str())));
                self.intend(pull, bodies.keys(), *attempts, now);
                let sign =
                    |key: PostKey, body: &str| self.marker.sign(snapshot.repository.id, snapshot.pull.id, key, body);
                let new = NewReview {
                    event: Some(ReviewEvent::Comment),
                    body: key.map_or_else(|| body.as_str().to_owned(), |key| sign(key, body.as_str())),
                    commit_id: Some(snapshot.pull.head.to_string()),
                    comments: comments
                        .iter()
                        .map(|c| NewComment {
                            path: c.path.clone(),
                            body: sign(c.key, c.body.as_str()),
                            line: Some(c.line),
                            side: Some(Side::Right),
                            start_line: c.start_line,
                            start_side: None,
                        })
                        .collect(),
                };
                match world.submit_review(self.bot(world), pull, &new) {
                    Ok(review) => {
                        if self.loses() {
                            return Done::Stop;
                        }
                        let mut pins: Vec<Pin> = Vec::new();
                        if let Some(key) = key {
                            pins.push(done(*key, &snapshot::review_node(review), review, body.as_str(), now));
                        }
                        for (id, key) in self.keys_of_review(world, snapshot, review) {
                            pins.push(done(
                                key,
                                &snapshot::comment_node(id),
                                id,
                                bodies.get(&key).copied().unwrap_or(""),
                                now,
                            ));
                        }
                        self.pin(pull, pins);
                    }
                    Err(_) => {
                        // Refused: into the body, as the engine does when the head did not move.
                        let mut pins: Vec<Pin> = comments.iter().map(|c| refused(c.key, c.body.as_str())).collect();
                        pins.extend(
                            key.map(|key| if comments.is_empty() { refused(key, body.as_str()) } else { retry(key) }),
                        );
                        self.pin(pull, pins);
                    }
                }
            }
            Effect::PostReply { key, to, body, attempts } => {
                self.intend(pull, [key], *attempts, now);
                let text = self.marker.sign(snapshot.repository.id, snapshot.pull.id, *key, body.as_str());
                let posted = world.reply(self.bot(world), *to, &text);
                return self.posted(pull, *key, posted.ok(), body.as_str(), now);
            }
            Effect::PostComment { key, body, attempts } => {
                self.intend(pull, [key], *attempts, now);
                let text = self.marker.sign(snapshot.repository.id, snapshot.pull.id, *key, body.as_str());
                let posted = world.comment(self.bot(world), pull, &text);
                return self.posted(pull, *key, posted.ok(), body.as_str(), now);
            }
            Effect::Edit { key, node, id, body } => {
                let text = self.marker.sign(snapshot.repository.id, snapshot.pull.id, *key, body.as_str());
                let bot = self.bot(world);
                let is_review = snapshot.reviews.iter().any(|r| r.post.node == *node);
                let edited = if is_review {
                    world.edit_review(bot, *id, &text).is_ok()
                } else {
                    world.edit_comment(bot, *id, &text).is_ok()
                };
                let pin = if edited {
                    done(*key, node, *id, body.as_str(), now)
                } else {
                    Pin::Post(*key, Post::Removed { at: now })
                };
                self.pin(pull, vec![pin]);
            }
            Effect::Undouble { key, id, .. } => {
                let bot = self.bot(world);
                self.pin(pull, vec![Pin::Undoubled(*key, *id)]);
                if world.delete_comment(bot, *id).is_err() {
                    let _ = world.edit_review(bot, *id, "See the first one.");
                }
            }
            Effect::RequestReview(reviewer) => {
                let refused = world.request_review(self.bot(world), pull, &[reviewer.who.0], &[]).err();
                let pin = Pin::AskedAgain {
                    revision: reviewer.revision,
                    who: reviewer.who,
                    refused: refused.map(|r| format!("{r:?}")),
                };
                self.pin(pull, vec![pin]);
            }
        }
        Done::On
    }

    fn posted(&mut self, pull: Id, key: PostKey, id: Option<Id>, body: &str, now: Timestamp) -> Done {
        match id {
            Some(_) if self.loses() => return Done::Stop,
            Some(id) => self.pin(pull, vec![done(key, &snapshot::comment_node(id), id, body, now)]),
            None => self.pin(pull, vec![refused(key, body)]),
        }
        Done::On
    }

    fn write_check(
        &mut self,
        world: &mut World,
        pull: Id,
        snapshot: &Snapshot,
        check: &WantedCheck,
        id: Option<u64>,
    ) -> Done {
        if check.conclusion == Conclusion::Success && !self.confirmed(world, pull, check) {
            return Done::Stop;
        }
        let now = Timestamp(world.now());
        let green = check.conclusion == Conclusion::Success;
        let before = self.record(pull).checks.get(&check.key).cloned().unwrap_or(CheckState::Intent { at: now });
        let intent = id.map_or(CheckState::Intent { at: now }, |id| before.updating(id, green, now));
        self.pin(pull, vec![Pin::Check(check.key.clone(), intent)]);
        let (status, conclusion) = match check.conclusion {
            Conclusion::InProgress => ("in_progress", None),
            Conclusion::ActionRequired => ("completed", Some("action_required")),
            Conclusion::Success => ("completed", Some("success")),
        };
        let write = CheckWrite {
            name: Some(check.key.name.clone()),
            head_sha: Some(check.key.sha.to_string()),
            external_id: Some(format!("{} {}", check.key.sha, check.key.name)),
            status: Some(status.to_owned()),
            conclusion: conclusion.map(str::to_owned),
            output: Some(CheckOutput {
                title: Some(check.title.clone()),
                summary: Some(check.summary.as_str().to_owned()),
                text: None,
            }),
            ..CheckWrite::default()
        };
        let run = match id {
            Some(id) => world.update_check_run(self.app, id, &write).map(|_| id),
            None => world.create_check_run(self.app, snapshot.repository.id, &write),
        };
        let run = run.expect("the sandbox takes our check runs");
        if self.loses() {
            return Done::Stop;
        }
        let state = CheckState::Done {
            id: run,
            content: check.digest(),
            green: check.conclusion == Conclusion::Success,
            at: now,
        };
        self.pin(pull, vec![Pin::Check(check.key.clone(), state)]);
        Done::On
    }

    /// Reads again (lagging like any read) and judges again.
    fn confirmed(&mut self, world: &World, pull: Id, check: &WantedCheck) -> bool {
        let Some(mut fresh) = self.observe(world, pull, &[]) else { return false };
        fresh.siblings = self.siblings(world, pull, &fresh);
        let again = want(&fresh, &self.record(pull), &self.settings, Timestamp(world.now()));
        again.pins.is_empty() && again.check.is_some_and(|c| c.key == check.key && c.conclusion == Conclusion::Success)
    }

    fn intend<'k>(&mut self, pull: Id, keys: impl IntoIterator<Item = &'k PostKey>, attempts: u32, at: Timestamp) {
        let intent = Post::Intent { at, attempts: attempts + 1, looks: 0 };
        let pins = keys.into_iter().map(|key| Pin::Post(*key, intent.clone())).collect();
        self.pin(pull, pins);
    }

    fn keys_of_review(&self, world: &World, snapshot: &Snapshot, review: Id) -> Vec<(Id, PostKey)> {
        world
            .state()
            .comments
            .values()
            .filter(
                |c| matches!(&c.place, threadmodel::sandbox::model::Place::Thread { review: r, .. } if *r == review),
            )
            .filter_map(|c| Some((c.id, self.marker.read(snapshot.repository.id, snapshot.pull.id, &c.body).1?)))
            .collect()
    }

    fn bot(&self, world: &World) -> Id {
        world.state().apps[&self.app].bot
    }

    fn loses(&mut self) -> bool {
        self.rng.chance(self.lost_answers)
    }
}

enum Done {
    On,
    Probe(Vec<NodeId>),
    Stop,
}

fn done(key: PostKey, node: &NodeId, id: u64, body: &str, at: Timestamp) -> Pin {
    Pin::Post(key, Post::Done { node: node.clone(), id, body: body_digest(body), at })
}

fn refused(key: PostKey, body: &str) -> Pin {
    Pin::Post(key, Post::Refused { why: "refused".to_owned(), wanted: body_digest(body) })
}

fn retry(key: PostKey) -> Pin {
    Pin::Post(key, Post::Intent { at: Timestamp(0), attempts: 0, looks: 1 })
}
