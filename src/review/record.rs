//! What we did about one pull request, and what we were told to remember. One per pull request, kept by the store as JSON
//! with a schema version; an unknown version is missing facts, so a closed gate, never a guess.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::commands::Verb;
use super::curation::{self, Act, Asked, Note, On};
use super::marker::{PostKey, PostKind};
use super::outcome::Decided;
use super::pasted::Noticed;
use super::placing::Placed;
pub use super::question_key::{QuestionId, QuestionKey};
use super::snapshot::{BlobId, CommitSha, NodeId, UserId};
pub use super::spent::{Spent, StoodIn};
use crate::analyst::{Answer, AskOutput, Settled};
use crate::digest::{Canonical, Digest};
use crate::document::Hidden;
use crate::threat_model::{Considered, Decision, Fact, Question, Reading, ThreatModel};
use crate::time::Timestamp;

/// The version that this code writes. Version 3 knows what code owners changed in a draft and how recommendations ended.
pub const SCHEMA: u32 = 3;

/// The oldest version that this code still reads. Version 1 did not say who dropped a recommendation.
pub const OLDEST_SCHEMA: u32 = 1;

/// Everything remembered about one pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Rounds of questions, oldest first; each is pinned when the analyst has answered.
    #[serde(default)]
    pub rounds: Vec<Round>,
    /// Follow-ups that were decided, by question.
    #[serde(default)]
    pub follow_ups: BTreeMap<QuestionId, Vec<FollowUp>>,
    /// Revisions of the draft, oldest first; the last one counts.
    #[serde(default)]
    pub revisions: Vec<Revision>,
    /// Texts that rounds and revisions were made from.
    #[serde(default)]
    pub texts: BTreeMap<BlobId, Arc<str>>,
    /// What a reader does not see of these texts, where somebody should look at it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unseen: BTreeMap<BlobId, Vec<Hidden>>,
    /// Our posts: what was intended, done, refused, removed.
    #[serde(default)]
    pub posts: BTreeMap<PostKey, Post>,
    /// Doubled posts that were made harmless, or that GitHub refused to: (post, REST id). Reads may show them for a while.
    #[serde(default)]
    pub undoubled: BTreeSet<(PostKey, u64)>,
    /// Our check runs by name and commit.
    #[serde(default)]
    pub checks: BTreeMap<CheckKey, CheckState>,
    /// What became of each command, by the comment's node id.
    #[serde(default)]
    pub commands: BTreeMap<NodeId, CommandRecord>,
    /// Button presses and re-run requests, in order of arrival.
    #[serde(default)]
    pub presses: Vec<Press>,
    /// People who were asked again because they approved too early: (revision, who).
    #[serde(default)]
    pub asked_again: BTreeSet<(u32, UserId)>,
    /// Why GitHub refused to ask somebody for a review, if it did: (revision, who) → reason.
    #[serde(default)]
    pub request_refused: Vec<(u32, UserId, String)>,
    /// Secrets that people are told of, in the order in which they were found.
    #[serde(default)]
    pub noticed: Vec<Noticed>,
    /// Set when the engine gave up after too many attempts; cleared by the next look that succeeds.
    #[serde(default)]
    pub gave_up: Option<String>,
    /// Decisions of this review that are organisational memory, by their id: digests of what was remembered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub remembered: BTreeMap<String, Digest>,
    /// Analyses by key. Kept in a table of their own and loaded with the record.
    #[serde(skip)]
    pub analyses: BTreeMap<Digest, Analysis>,
    /// What the organisation's other reviews decided, newest first. Kept in a table of its own and loaded with the record.
    #[serde(skip)]
    pub memory: Vec<Decision>,
    /// What model providers cost. Kept in a table of its own and loaded with the record.
    #[serde(skip)]
    pub spent: Spent,
}

/// One round of questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// From 1.
    pub ordinal: u32,
    /// The analysis it came from.
    pub key: Digest,
    /// Head commit that was read.
    pub head: CommitSha,
    /// The documents that were read.
    pub documents: BTreeMap<String, BlobId>,
    /// The questions, pinned.
    pub questions: Vec<Question>,
    /// Where they are posted, by ordinal.
    #[serde(default)]
    pub placed: Placed,
    /// When it was pinned.
    pub at: Timestamp,
    /// The command that asked for it, where a person did.
    #[serde(default)]
    pub by_command: Option<NodeId>,
    /// What the documents and the description were found to state.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// The first of what was looked at when asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub considered: Vec<Considered>,
}

/// So much of what was looked at is kept of a round.
pub const MOST_CONSIDERED: usize = 16;

impl Round {
    /// A round from an analyst's answer.
    pub fn new(
        ordinal: u32,
        key: Digest,
        head: CommitSha,
        documents: BTreeMap<String, BlobId>,
        answer: &AskOutput,
        placed: Placed,
        at: Timestamp,
    ) -> Self {
        let (questions, facts) = (answer.questions.clone(), answer.facts.clone());
        let considered = answer.considered.iter().take(MOST_CONSIDERED).cloned().collect();
        Self { ordinal, key, head, documents, questions, placed, at, by_command: None, facts, considered }
    }
}

/// A follow-up that was decided: pinned so that later replies do not change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The assessment that led to it.
    pub after: Digest,
    /// What is posted.
    pub reading: Reading,
    /// What had been said when it was decided, by comments and times; `None`: nothing, or decided before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Digest>,
}

/// A revision of the draft: an artifact pinned to what it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// From 1.
    pub number: u32,
    /// The analysis it came from.
    pub key: Digest,
    /// Head commit that was read.
    pub head: CommitSha,
    /// The documents that were read.
    pub documents: BTreeMap<String, BlobId>,
    /// The draft itself.
    pub model: ThreatModel,
    /// Where its recommendations are posted, by ordinal.
    #[serde(default)]
    pub placed: Placed,
    /// What became of the questions when it was made.
    pub questions: Vec<Settled>,
    /// Recommendations that a code owner dropped.
    #[serde(default)]
    pub dropped: BTreeMap<u32, Dropped>,
    /// GitHub's time of the last write that makes up this revision, read back from GitHub; `None` while the posts are being
    /// written, read back or restored. An approval must be newer.
    pub settled_at: Option<Timestamp>,
    /// Approvals (REST ids) that were read while every post of this revision stood as the app wrote it. What somebody alters
    /// afterwards was not what they approved; an approval that was never read so may have been given to altered words, which a
    /// later edit of ours hid.
    #[serde(default)]
    pub witnessed: BTreeSet<u64>,
    /// Posts of this revision that had to be restored.
    #[serde(default)]
    pub restored: BTreeMap<PostKey, Restored>,
    /// How often people had asked for a new analysis when it was made.
    #[serde(default)]
    pub reruns: u32,
    /// Curation was ended by a code owner.
    #[serde(default)]
    pub curated: bool,
    /// When it was pinned.
    pub at: Timestamp,
    /// What code owners changed about each recommendation, oldest first.
    #[serde(default)]
    pub notes: BTreeMap<u32, Vec<Note>>,
    /// Recommendations that stand in threads which people began: REST id of the thread's first comment.
    #[serde(default)]
    pub foreign: BTreeMap<u32, u64>,
    /// How recommendations ended, oldest first.
    #[serde(default)]
    pub outcomes: BTreeMap<u32, Vec<Decided>>,
    /// Recommendations that an answer given after the draft made needless, with what was noted.
    #[serde(default)]
    pub answered: BTreeMap<u32, String>,
    /// What had been said in each question's thread when it was made: a digest of comments and times.
    #[serde(default)]
    pub heard: BTreeMap<QuestionId, Digest>,
    /// The analysis behind the last change by answers that were given after the draft.
    #[serde(default)]
    pub redrafted: Option<Digest>,
}

/// A revision that answers given after the draft changed, in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revised {
    /// The revision.
    pub number: u32,
    /// The analysis it came from.
    pub key: Digest,
    /// The draft as it reads now.
    pub model: ThreatModel,
    /// What became of the questions.
    pub questions: Vec<Settled>,
    /// What had been said.
    pub heard: BTreeMap<QuestionId, Digest>,
    /// Recommendations that became needless, with what was noted.
    pub answered: BTreeMap<u32, String>,
    /// A recommendation, threat or assumption was added, removed or reworded: approvals so far are for other words.
    pub reworded: bool,
}

impl Revision {
    fn revise(&mut self, revised: Revised) {
        if self.redrafted.as_ref() == Some(&revised.key) {
            return;
        }
        self.redrafted = Some(revised.key);
        self.model = revised.model;
        self.questions = revised.questions;
        self.heard = revised.heard;
        self.answered = revised.answered;
        if revised.reworded {
            self.settled_at = None;
        }
    }
}

/// Who dropped a recommendation, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "KeptDrop")]
pub struct Dropped {
    /// Their login; `None`: dropped before this was recorded.
    pub by: Option<String>,
    /// Why, as typed.
    pub reason: String,
}

/// A drop as records keep it: version 1 kept the reason alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeptDrop {
    Reason(String),
    Named { by: Option<String>, reason: String },
}

impl From<KeptDrop> for Dropped {
    fn from(kept: KeptDrop) -> Self {
        match kept {
            KeptDrop::Reason(reason) => Self { by: None, reason },
            KeptDrop::Named { by, reason } => Self { by, reason },
        }
    }
}

/// How often a post of the draft was restored, and after what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// How often.
    pub times: u32,
    /// The alteration that the last restore answers: when the foreign edit was made, or when the post was found gone.
    pub after: Timestamp,
}

/// A post of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Post {
    /// About to be written; the answer is not known.
    Intent {
        /// When it was noted.
        at: Timestamp,
        /// How many times it was tried, counting this one.
        attempts: u32,
        /// Looks that did not see it since.
        looks: u32,
    },
    /// Written; GitHub gave ids.
    Done {
        /// Node id.
        node: NodeId,
        /// REST id.
        id: u64,
        /// Digest of the body that we wrote last.
        body: Digest,
        /// When we wrote it last.
        at: Timestamp,
    },
    /// A person removed it: a fact, never posted again (a post of the draft is).
    Removed {
        /// When we noticed.
        at: Timestamp,
    },
    /// GitHub refused it; not again until what is wanted changes.
    Refused {
        /// Why, in GitHub's words.
        why: String,
        /// Digest of what was wanted.
        wanted: Digest,
    },
    /// Tried twice without a trace.
    Failed {
        /// When we gave up.
        at: Timestamp,
    },
}

/// Which check run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckKey {
    /// Name.
    pub name: String,
    /// Commit.
    pub sha: CommitSha,
}

impl Serialize for CheckKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} {}", self.sha, self.name))
    }
}

impl<'de> Deserialize<'de> for CheckKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let (sha, name) = text.split_once(' ').ok_or_else(|| serde::de::Error::custom("not a check key"))?;
        Ok(Self { name: name.to_owned(), sha: sha.into() })
    }
}

/// What we did about a check run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CheckState {
    /// About to be created; the answer is not known.
    Intent {
        /// When it was noted.
        at: Timestamp,
    },
    /// Created; GitHub gave an id.
    Done {
        /// REST id.
        id: u64,
        /// Digest of what we wrote last.
        content: Digest,
        /// What we wrote last was success.
        green: bool,
        /// When.
        at: Timestamp,
    },
    /// GitHub refused it.
    Refused {
        /// Why.
        why: String,
        /// Digest of what was wanted.
        wanted: Digest,
    },
}

impl CheckState {
    /// A run that is about to be updated: until GitHub has answered, nobody knows what it says. It equals nothing that could
    /// be wanted, so it is written again, and it counts as green when it was or may have become so.
    #[must_use]
    pub fn updating(&self, id: u64, to_green: bool, at: Timestamp) -> Self {
        let was_green = matches!(self, Self::Done { green: true, .. });
        let content = Canonical::new("check-unknown", 1).int(id).finish();
        Self::Done { id, content, green: to_green || was_green, at }
    }
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Ordinal for the reply's key, from 1.
    pub ordinal: u32,
    /// What was asked for.
    pub verb: Verb,
    /// What was done.
    pub outcome: CommandOutcome,
    /// Who typed it.
    pub by: String,
    /// When it was typed.
    pub at: Timestamp,
    /// The comment stood in this question's or recommendation's thread, if it did.
    pub thread: Option<PostKey>,
    /// The line of the thread that the comment stood in, where that is about no recommendation.
    #[serde(default)]
    pub on: Option<On>,
    /// How it was asked for: plain words are remembered like a command.
    #[serde(default, skip_serializing_if = "Asked::is_command")]
    pub asked: Asked,
}

/// What was done about a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CommandOutcome {
    /// Done, for this digest of the documents.
    Applied {
        /// Documents' digest at that moment.
        documents: Digest,
    },
    /// Answered with text; nothing else.
    Answered,
    /// Refused.
    Refused {
        /// Why.
        why: super::commands::Refusal,
    },
}

/// A button press or a re-run request, kept from a verified payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// The delivery's GUID.
    pub guid: String,
    /// Who pressed.
    pub sender: UserId,
    /// Their login.
    pub login: String,
    /// `requested_action.identifier`, or `rerequested`.
    pub action: String,
    /// Head commit of the check run.
    pub sha: CommitSha,
    /// When it arrived.
    pub at: Timestamp,
    /// What was done; `None`: not looked at yet.
    pub outcome: Option<CommandOutcome>,
}

/// An analysis by its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Analysis {
    /// Asked for.
    Waiting {
        /// When.
        since: Timestamp,
    },
    /// Answered.
    Done {
        /// What came back.
        answer: Arc<Answer>,
    },
    /// Kept failing.
    Failed {
        /// Why, in plain words.
        why: String,
        /// When it failed last.
        at: Timestamp,
    },
}

/// A change of the record, decided by `want` and written by the store before anything else happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// A round of questions, with the texts it was made from.
    Round(Round, BTreeMap<BlobId, Arc<str>>),
    /// A follow-up in a question's thread.
    FollowUp(QuestionId, FollowUp),
    /// A revision of the draft, with the texts it was made from.
    Revision(Box<Revision>, BTreeMap<BlobId, Arc<str>>),
    /// The posts of the current revision stand on GitHub as written; approvals after this moment count.
    Settled {
        /// The revision.
        number: u32,
        /// GitHub's time.
        at: Timestamp,
    },
    /// These approvals were read while every post of the revision stood as the app wrote it.
    Witnessed {
        /// The revision.
        number: u32,
        /// REST ids of the reviews.
        reviews: BTreeSet<u64>,
    },
    /// A post of the current revision was altered or removed: approvals so far are void, and it is restored.
    Altered {
        /// The revision.
        number: u32,
        /// The post.
        key: PostKey,
        /// When it was altered, or found gone.
        after: Timestamp,
    },
    /// A recommendation was dropped, or kept again (`None`).
    Dropped {
        /// The revision.
        number: u32,
        /// The recommendation.
        ordinal: u32,
        /// By whom and why; `None`: kept.
        dropped: Option<Dropped>,
    },
    /// A code owner changed the draft.
    Curate {
        /// The revision.
        number: u32,
        /// How.
        act: Act,
    },
    /// How a recommendation ended.
    Outcome {
        /// The revision.
        number: u32,
        /// The recommendation.
        ordinal: u32,
        /// What was decided; by whom.
        decided: Decided,
    },
    /// Answers given after the draft changed it.
    Revised(Box<Revised>),
    /// Curation ended.
    Curated {
        /// The revision.
        number: u32,
    },
    /// The head moved before this review was posted: its comments go elsewhere.
    Placed(PostKey, Placed),
    /// What became of a command.
    Command(NodeId, CommandRecord),
    /// What became of a press.
    Press {
        /// Its delivery.
        guid: String,
        /// What was done.
        outcome: CommandOutcome,
    },
    /// What is known of a post.
    Post(PostKey, Post),
    /// A doubled post was dealt with: this REST id is not touched again.
    Undoubled(PostKey, u64),
    /// What is known of a check run.
    Check(CheckKey, CheckState),
    /// Somebody was asked for a review again; a reason when GitHub refused.
    AskedAgain {
        /// The revision.
        revision: u32,
        /// Who.
        who: UserId,
        /// Why GitHub refused, if it did.
        refused: Option<String>,
    },
    /// A secret was found, of which people are told.
    Noticed(Noticed),
    /// The team stands by a decision: the store keeps it for other reviews.
    Remember {
        /// What was decided.
        decision: Box<Decision>,
        /// Digest of it as decided here.
        digest: Digest,
    },
    /// A decision that was remembered (its id) was taken back.
    TakeBack(String),
    /// The engine gave up, or is well again.
    GaveUp(Option<String>),
}

impl Pin {
    /// Notes that one look did not see a post: the next step needs another look, not the same one again.
    pub const fn counts_a_look(&self) -> bool {
        matches!(self, Self::Post(_, Post::Intent { looks: 1.., .. }))
    }
}

impl Record {
    /// The current revision of the draft.
    pub fn revision(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// Applies a pin. Pins are idempotent: applying one twice changes nothing more.
    pub fn apply(&mut self, pin: Pin) {
        match pin {
            Pin::Round(round, texts) => {
                self.keep(&round.documents, texts);
                if self.rounds.iter().all(|r| r.ordinal != round.ordinal) {
                    self.rounds.push(round);
                }
            }
            Pin::FollowUp(question, follow_up) => {
                let list = self.follow_ups.entry(question).or_default();
                if list.iter().all(|f| f.after != follow_up.after) {
                    list.push(follow_up);
                }
            }
            Pin::Revision(revision, texts) => {
                self.keep(&revision.documents, texts);
                if self.revisions.iter().all(|r| r.number != revision.number) {
                    self.revisions.push(*revision);
                }
            }
            Pin::Settled { number, at } => self.with_revision(number, |r| r.settled_at = Some(at)),
            Pin::Witnessed { number, reviews } => self.with_revision(number, |r| r.witnessed.extend(reviews)),
            Pin::Altered { number, key, after } => self.with_revision(number, |r| {
                let restored = r.restored.entry(key).or_default();
                // Counted once for each alteration, so that a second application changes nothing.
                if restored.times == 0 || restored.after != after {
                    *restored = Restored { times: restored.times.saturating_add(1), after };
                    r.settled_at = None;
                }
            }),
            Pin::Dropped { number, ordinal, dropped } => self.with_revision(number, |r| {
                if r.dropped.get(&ordinal) != dropped.as_ref() {
                    // The draft says something else now: what was approved before is not what stands.
                    r.settled_at = None;
                    match dropped {
                        Some(dropped) => r.dropped.insert(ordinal, dropped),
                        None => r.dropped.remove(&ordinal),
                    };
                }
            }),
            Pin::Curate { number, act } => self.with_revision(number, |r| curation::apply(r, &act)),
            Pin::Outcome { number, ordinal, decided } => self.with_revision(number, |r| {
                let all = r.outcomes.entry(ordinal).or_default();
                if all.iter().all(|known| known.node != decided.node) {
                    all.push(decided);
                }
            }),
            Pin::Revised(revised) => self.with_revision(revised.number, |r| r.revise(*revised)),
            Pin::Curated { number } => self.with_revision(number, |r| r.curated = true),
            Pin::Placed(review, placed) => match review.kind {
                PostKind::Round => {
                    self.rounds
                        .iter_mut()
                        .filter(|r| r.ordinal == review.round)
                        .for_each(|r| r.placed = placed.clone());
                }
                _ => self.with_revision(review.round, |r| r.placed = placed),
            },
            Pin::Command(node, command) => {
                self.commands.entry(node).or_insert(command);
            }
            Pin::Press { guid, outcome } => {
                for press in self.presses.iter_mut().filter(|p| p.guid == guid) {
                    press.outcome.get_or_insert(outcome.clone());
                }
            }
            Pin::Post(key, post) => {
                self.posts.insert(key, post);
            }
            Pin::Undoubled(key, id) => {
                self.undoubled.insert((key, id));
            }
            Pin::Check(key, state) => {
                self.checks.insert(key, state);
            }
            Pin::AskedAgain { revision, who, refused } => {
                if self.asked_again.insert((revision, who))
                    && let Some(why) = refused
                {
                    self.request_refused.push((revision, who, why));
                }
            }
            Pin::Noticed(noticed) => {
                if self.noticed.iter().all(|n| n.id != noticed.id) {
                    self.noticed.push(noticed);
                }
            }
            Pin::Remember { decision, digest } => {
                self.remembered.insert(decision.id, digest);
            }
            Pin::TakeBack(id) => {
                self.remembered.remove(&id);
            }
            Pin::GaveUp(reason) => self.gave_up = reason,
        }
    }

    /// The current revision, to be changed.
    fn with_revision(&mut self, number: u32, change: impl FnOnce(&mut Revision)) {
        if let Some(revision) = self.revisions.iter_mut().find(|r| r.number == number) {
            change(revision);
        }
    }
}
