//! Rounds of questions: what is asked, how each question stands, and which analyses and follow-ups are missing.

use std::collections::{BTreeMap, BTreeSet};

use super::commands::{self, Verb};
use super::marker::{PostKey, PostKind};
use super::placing::{self, Origin};
use super::record::{Analysis, FollowUp, Pin, Post, QuestionKey, Record, Round};
use super::scope::{Scope, blobs};
use super::settings::Settings;
use super::snapshot::{Actor, ActorKind, Comment, Permission, Snapshot, Thread};
use super::wanted::WantedAnalysis;
use crate::analyst::{Answer, AskInput, AssessInput, AssessOutput, DocumentText, Reply, Settled, Task};
use crate::digest::{Canonical, Digest};
use crate::policy::Policy;
use crate::threat_model::{Fact, Question, Reading};
use crate::time::Timestamp;

/// How a question stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody answered yet.
    Waiting,
    /// A reply is being read; what the post says is left as it is.
    Reading,
    /// The reply could not be read, for this reason; it counts as open.
    Unread(String),
    /// A follow-up waits for an answer.
    AskedAgain,
    /// Answered.
    Noted(Box<AssessOutput>),
    /// Does not apply here.
    NotApplicable(Box<AssessOutput>),
    /// Left open: becomes an assumption.
    Left(LeftOpen),
}

/// Why a question was left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOpen {
    /// Nobody here knows.
    Deferred {
        /// Who said so.
        by: String,
        /// Who may know.
        to: Option<String>,
    },
    /// Asked as often as the policy allows, without an answer that settles it.
    AskedEnough,
    /// A person resolved the thread without an answer.
    Resolved {
        /// Who, if GitHub says.
        by: Option<String>,
    },
    /// A code owner dropped it.
    Waived {
        /// Who.
        by: String,
    },
    /// A person deleted it.
    Removed,
    /// The draft was made before it was answered.
    Drafted,
}

impl Standing {
    /// Whether it still waits for somebody.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Reading | Self::Unread(_) | Self::AskedAgain)
    }
}

/// A question and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Its place.
    pub id: QuestionKey,
    /// What was asked.
    pub question: &'a Question,
    /// How it stands.
    pub standing: Standing,
    /// REST id of its post, for links.
    pub post: Option<u64>,
}

/// The whole of questioning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questioning<'a> {
    /// Every question of every round, in order.
    pub asked: Vec<Asked<'a>>,
    /// Analyses that are missing.
    pub analyses: Vec<WantedAnalysis>,
    /// Follow-ups and rounds that were decided.
    pub pins: Vec<Pin>,
    /// The last word of a person in any thread of ours.
    pub last_word: Option<Timestamp>,
    /// Why reading failed, if it did.
    pub failed: Option<String>,
    /// The first reading has not come back yet.
    pub reading: bool,
    /// A round is being read or decided: it is too early to draft.
    pub asking: bool,
}

impl Questioning<'_> {
    /// Questions that still wait.
    pub fn open(&self) -> usize {
        self.asked.iter().filter(|a| a.standing.is_open()).count()
    }
}

/// Looks at the rounds. `drafted`: a draft exists or was asked for, so nothing more is asked.
pub fn questioning<'a>(
    snapshot: &Snapshot,
    record: &'a Record,
    policy: &Policy,
    settings: &Settings,
    scope: &Scope,
    now: Timestamp,
    drafted: bool,
) -> Questioning<'a> {
    let mut result = Questioning::default();
    if !drafted {
        next_round(snapshot, record, policy, scope, now, &mut result);
    }
    let body_placed = BodyPlaced::of(snapshot, record);
    let mut readings = Vec::new();
    for round in &record.rounds {
        for (ordinal, question) in (1..).zip(&round.questions) {
            let id = QuestionKey { round: round.ordinal, ordinal };
            let replies = replies(snapshot, &body_placed, id);
            result.last_word = result.last_word.max(replies.iter().map(Heard::latest).max());
            readings.push((id, question, round, replies));
        }
    }
    for (id, question, round, replies) in readings {
        let reader = Reader { snapshot, record, policy, settings, round, last_word: result.last_word };
        let standing = if drafted && record.revision().is_some() {
            settled_standing(record, id)
        } else {
            reader.standing(id, question, &replies, &mut result)
        };
        if let Standing::Unread(why) = &standing {
            result.failed.get_or_insert_with(|| why.clone());
        }
        result.asked.push(Asked { id, question, standing, post: post_id(record, id) });
    }
    result
}

fn post_id(record: &Record, id: QuestionKey) -> Option<u64> {
    match record.posts.get(&question_post(id)) {
        Some(Post::Done { id, .. }) => Some(*id),
        _ => None,
    }
}

/// The key of a question's post.
pub const fn question_post(id: QuestionKey) -> PostKey {
    PostKey::new(PostKind::Question, id.round, id.ordinal, 0)
}

/// After the draft a question stands as it stood when the draft was made: later words are not read by themselves.
fn settled_standing(record: &Record, id: QuestionKey) -> Standing {
    let flat = record
        .rounds
        .iter()
        .flat_map(|r| (1..).zip(&r.questions).map(|(ordinal, _)| QuestionKey { round: r.ordinal, ordinal }));
    let index = flat.enumerate().find(|(_, q)| *q == id).map(|(n, _)| n);
    let settled = index.and_then(|n| record.revision()?.questions.get(n));
    match settled {
        Some(settled) if !settled.open => Standing::Noted(Box::new(AssessOutput {
            reading: Reading::Answered,
            noted: settled.noted.clone(),
            by: settled.by.clone(),
            branches: settled.branches.clone(),
            facts: Vec::new(),
        })),
        _ => Standing::Left(LeftOpen::Drafted),
    }
}

/// Wants the first round; and another one when the documents changed since, while rounds are left.
fn next_round(
    snapshot: &Snapshot,
    record: &Record,
    policy: &Policy,
    scope: &Scope,
    now: Timestamp,
    result: &mut Questioning<'_>,
) {
    let current = blobs(&scope.documents);
    let last = record.rounds.last();
    if last.is_some_and(|round| round.documents == current) {
        return;
    }
    let ordinal = last.map_or(1, |r| r.ordinal.saturating_add(1));
    if ordinal > policy.questions.rounds {
        return;
    }
    let documents = documents_since(scope, record, last);
    if last.is_some() && documents.iter().all(|d| d.before.as_deref() == Some(&d.text)) {
        return;
    }
    let asked: Vec<Question> = record.rounds.iter().flat_map(|r| r.questions.clone()).collect();
    let waiting = u32::try_from(asked.len()).unwrap_or(u32::MAX);
    let max_questions =
        if last.is_none() { policy.questions.max } else { policy.questions.max.saturating_sub(waiting).max(2) };
    let input = AskInput {
        documents,
        description: snapshot.pull.body.raw().to_owned(),
        facts: Vec::new(),
        asked,
        max_questions,
        methodology: policy.methodology.for_analyst(),
        topic: None,
    };
    let key = Canonical::new("ask", 1).json(&input).finish();
    result.asking = true;
    match record.analyses.get(&key) {
        Some(Analysis::Done { answer }) => {
            if let Answer::Ask(answer) = &**answer {
                let head = snapshot.pull.head.clone();
                let placed =
                    placing::questions(scope, &head, &answer.questions, &Origin { documents: &current, record });
                let round = Round::new(ordinal, key, head, current, answer, placed, now);
                result.pins.push(Pin::Round(round, texts(scope)));
            }
            result.reading = last.is_none();
        }
        Some(Analysis::Failed { why, .. }) => {
            result.failed.get_or_insert_with(|| why.clone());
            result.analyses.push(WantedAnalysis { key, task: Task::Ask(input), not_before: now });
        }
        Some(Analysis::Waiting { .. }) => result.reading = last.is_none(),
        None => {
            result.reading = last.is_none();
            result.analyses.push(WantedAnalysis { key, task: Task::Ask(input), not_before: now });
        }
    }
}

/// Blob and text of each document, to be kept with what is made from them.
pub fn texts(scope: &Scope) -> BTreeMap<super::snapshot::BlobId, std::sync::Arc<str>> {
    scope.documents.iter().filter_map(|d| Some((d.head.clone()??, d.text.clone()?))).collect()
}

/// The documents as the analyst may see them, with what stood before: at the merge base, or at the round before this one.
pub fn documents_since(scope: &Scope, record: &Record, last: Option<&Round>) -> Vec<DocumentText> {
    scope
        .documents
        .iter()
        .filter_map(|document| {
            let before = match last {
                Some(round) => round.documents.get(&document.path).and_then(|blob| record.texts.get(blob)),
                None => document.before.as_ref(),
            };
            Some(DocumentText {
                path: document.path.clone(),
                text: document.text.as_deref()?.to_owned(),
                before: before.map(ToString::to_string),
            })
        })
        .collect()
}

/// A reply that is read, and when it last changed.
struct Heard<'a> {
    comment: &'a Comment,
    login: &'a str,
}

impl Heard<'_> {
    fn latest(&self) -> Timestamp {
        self.comment.last_edited_at.unwrap_or(self.comment.created_at).max(self.comment.created_at)
    }
}

/// Whether somebody has a say in what the context is: the author, people with write access, members, collaborators; on a
/// private repository everybody who can read it.
pub fn has_say(snapshot: &Snapshot, comment: &Comment, author: &Actor) -> bool {
    if author.kind != ActorKind::User {
        return false;
    }
    let is_author = snapshot.pull.author.as_ref().is_some_and(|a| a.id == author.id);
    let permission = snapshot.people.get(&author.id).and_then(|p| p.permission.value().copied());
    let permitted = match permission {
        Some(Permission::Write | Permission::Admin) => true,
        Some(Permission::Read) => !snapshot.repository.public,
        Some(Permission::None) | None => false,
    };
    is_author || comment.associated || permitted
}

fn heard<'a>(snapshot: &Snapshot, comment: &'a Comment) -> Option<Heard<'a>> {
    let author = comment.author.as_ref()?;
    let counts = !comment.minimized
        && comment.marker.is_none()
        && commands::parse(comment.body.raw()).is_none()
        && has_say(snapshot, comment, author);
    counts.then_some(Heard { comment, login: &author.login })
}

/// Questions that stand in a review's body, because no line could carry them; they are answered in the conversation.
struct BodyPlaced {
    ids: BTreeSet<QuestionKey>,
    since: Option<Timestamp>,
}

impl BodyPlaced {
    fn of(snapshot: &Snapshot, record: &Record) -> Self {
        let mut ids = BTreeSet::new();
        let mut since: Option<Timestamp> = None;
        for round in &record.rounds {
            let body = record.posts.get(&PostKey::new(PostKind::Round, round.ordinal, 0, 0));
            let Some(Post::Done { at, .. }) = body else {
                continue;
            };
            for ordinal in (1..).take(round.questions.len()) {
                let id = QuestionKey { round: round.ordinal, ordinal };
                if matches!(record.posts.get(&question_post(id)), None | Some(Post::Refused { .. })) {
                    ids.insert(id);
                    // Our clock and GitHub's may differ a little; commands and our own posts are left out anyway.
                    let seen = snapshot
                        .reviews
                        .iter()
                        .find(|r| r.post.marker == Some(PostKey::new(PostKind::Round, round.ordinal, 0, 0)))
                        .map_or(*at, |r| r.submitted_at);
                    since = Some(since.map_or(seen, |s| s.min(seen)));
                }
            }
        }
        Self { ids, since }
    }

    /// Whether a comment of the conversation answers this question: it starts with `Q3`, or there is only one such question.
    fn answers(&self, id: QuestionKey, ordinal: u32, comment: &Comment) -> bool {
        if !self.ids.contains(&id) || self.since.is_none_or(|since| comment.created_at < since) {
            return false;
        }
        let body = comment.body.raw().trim_start();
        let numbered = body.strip_prefix(['Q', 'q']).and_then(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().ok()
        });
        match numbered {
            Some(n) => n == ordinal,
            None => self.ids.len() == 1,
        }
    }
}

fn thread_of(snapshot: &Snapshot, id: QuestionKey) -> Option<&Thread> {
    let key = question_post(id);
    snapshot.threads.iter().find(|t| t.comments.first().is_some_and(|c| c.marker == Some(key)))
}

fn replies<'a>(snapshot: &'a Snapshot, body: &BodyPlaced, id: QuestionKey) -> Vec<Heard<'a>> {
    let in_thread = thread_of(snapshot, id).into_iter().flat_map(|t| t.comments.iter().skip(1));
    let in_conversation = snapshot.comments.iter().filter(|c| body.answers(id, id.ordinal, c));
    let mut heard: Vec<_> = in_thread.chain(in_conversation).filter_map(|c| heard(snapshot, c)).collect();
    heard.sort_by_key(|h| (h.comment.created_at, h.comment.id));
    heard
}

struct Reader<'a, 'r> {
    snapshot: &'a Snapshot,
    record: &'r Record,
    policy: &'a Policy,
    settings: &'a Settings,
    round: &'r Round,
    last_word: Option<Timestamp>,
}

impl Reader<'_, '_> {
    fn standing(
        &self,
        id: QuestionKey,
        question: &Question,
        replies: &[Heard<'_>],
        result: &mut Questioning<'_>,
    ) -> Standing {
        let key = question_post(id);
        if let Some(waived) = commands::applied(self.record, |c| c.verb == Verb::Waive && c.thread == Some(key)).next()
        {
            return Standing::Left(LeftOpen::Waived { by: waived.by.clone() });
        }
        if matches!(self.record.posts.get(&key), Some(Post::Removed { .. } | Post::Failed { .. })) {
            return Standing::Left(LeftOpen::Removed);
        }
        let resolved = thread_of(self.snapshot, id)
            .filter(|t| t.resolved)
            .map(|t| Standing::Left(LeftOpen::Resolved { by: t.resolved_by.as_ref().map(|a| a.login.clone()) }));
        let waiting = || resolved.clone().unwrap_or(Standing::Waiting);
        if replies.is_empty() {
            return waiting();
        }

        let follow_ups = self.record.follow_ups.get(&id).map_or(&[][..], Vec::as_slice);
        let since = self.since_follow_up(id, follow_ups.len(), replies);
        if since.is_empty() {
            return resolved.unwrap_or(Standing::AskedAgain);
        }
        let last_word = u32::try_from(follow_ups.len()).unwrap_or(u32::MAX) >= self.policy.questions.followups;
        let input = AssessInput {
            question: question.clone(),
            follow_ups: follow_ups.iter().map(|f| describe(&f.reading)).collect(),
            replies: replies
                .iter()
                .map(|h| Reply {
                    comment: h.comment.node.to_string(),
                    login: h.login.to_owned(),
                    body: h.comment.body.raw().to_owned(),
                    at: h.latest(),
                })
                .collect(),
            document: self.document(question),
            facts: Vec::new(),
            last_word,
        };
        let analysis = Canonical::new("assess", 1).json(&input).finish();
        let wanted = || {
            let not_before = self.quiet_until(&input, &since);
            WantedAnalysis { key: analysis.clone(), task: Task::Assess(input.clone()), not_before }
        };
        match self.record.analyses.get(&analysis) {
            None => {
                result.analyses.push(wanted());
                Standing::Reading
            }
            Some(Analysis::Waiting { .. }) => Standing::Reading,
            Some(Analysis::Failed { why, .. }) => {
                result.analyses.push(wanted());
                Standing::Unread(why.clone())
            }
            Some(Analysis::Done { answer }) => match &**answer {
                Answer::Assess(output) => Self::read(id, output, &analysis, last_word, resolved, result),
                Answer::Ask(_) | Answer::Draft(_) => Standing::Unread("the analyst answered another task".to_owned()),
            },
        }
    }

    /// What was said after our last follow-up appeared in the thread; everything, when there was none.
    fn since_follow_up<'h, 's>(&self, id: QuestionKey, count: usize, replies: &'h [Heard<'s>]) -> Vec<&'h Heard<'s>> {
        if count == 0 {
            return replies.iter().collect();
        }
        let part = u32::try_from(count).unwrap_or(u32::MAX);
        let key = PostKey::new(PostKind::FollowUp, id.round, id.ordinal, part);
        let seen = self
            .snapshot
            .threads
            .iter()
            .flat_map(|t| &t.comments)
            .chain(&self.snapshot.comments)
            .find(|c| c.marker == Some(key));
        match (seen, self.record.posts.get(&key)) {
            // By id: GitHub's times have a resolution of one second, and an answer may come within it. An edit has only a time.
            (Some(post), _) => {
                let later = |heard: &&Heard<'_>| {
                    heard.comment.id > post.id || heard.comment.last_edited_at.is_some_and(|at| at > post.created_at)
                };
                replies.iter().filter(later).collect()
            }
            // A person removed it, or it could not be posted: what was said stands.
            (None, Some(Post::Removed { .. } | Post::Refused { .. } | Post::Failed { .. })) => replies.iter().collect(),
            (None, _) => Vec::new(),
        }
    }

    /// 90 seconds after the last human word anywhere, at most ten minutes after the first of these words that nobody read yet:
    /// people who keep talking do not put the reading off.
    fn quiet_until(&self, input: &AssessInput, since: &[&Heard<'_>]) -> Timestamp {
        let read = self.read_before(input);
        let unread = since.iter().filter(|heard| !read.contains(heard.comment.node.as_str()));
        let first = unread.map(|heard| heard.latest()).min();
        // Nothing new was said: something was taken back, so the latest word decides.
        let first = first.or_else(|| since.iter().map(|heard| heard.latest()).max()).unwrap_or_default();
        let last = self.last_word.unwrap_or(first).after(self.settings.quiet);
        last.min(first.after(self.settings.quiet_max))
    }

    /// The comments of the longest beginning of the conversation that was read already, as it stands now.
    fn read_before(&self, input: &AssessInput) -> BTreeSet<String> {
        let beginnings = (1..input.replies.len()).rev();
        let mut parts = beginnings.map(|n| AssessInput { replies: input.replies[..n].to_vec(), ..input.clone() });
        let read = parts.find(|part| {
            let key = Canonical::new("assess", 1).json(part).finish();
            matches!(self.record.analyses.get(&key), Some(Analysis::Done { .. }))
        });
        read.into_iter().flat_map(|part| part.replies).map(|reply| reply.comment).collect()
    }

    /// The document as it stood when the question was asked, so that a push does not make every answer be read again.
    fn document(&self, question: &Question) -> Option<DocumentText> {
        let blob = self.round.documents.get(&question.anchor.path)?;
        let text = self.record.texts.get(blob)?;
        Some(DocumentText { path: question.anchor.path.clone(), text: text.to_string(), before: None })
    }

    fn read(
        id: QuestionKey,
        output: &AssessOutput,
        analysis: &Digest,
        last_word: bool,
        resolved: Option<Standing>,
        result: &mut Questioning<'_>,
    ) -> Standing {
        match &output.reading {
            Reading::Answered => Standing::Noted(Box::new(output.clone())),
            Reading::NotApplicable => Standing::NotApplicable(Box::new(output.clone())),
            Reading::Deferred { to } => {
                Standing::Left(LeftOpen::Deferred { by: output.by.clone().unwrap_or_default(), to: to.clone() })
            }
            Reading::NotAnAnswer => resolved.unwrap_or(Standing::Waiting),
            Reading::Partly { .. }
            | Reading::Unclear { .. }
            | Reading::Contradicts { .. }
            | Reading::PeopleDisagree { .. }
            | Reading::CounterQuestion { .. } => {
                if let Some(resolved) = resolved {
                    return resolved;
                }
                if last_word {
                    // Asked often enough: what cannot be settled stays open, and the draft says so.
                    return Standing::Left(LeftOpen::AskedEnough);
                }
                let follow_up = FollowUp { after: analysis.clone(), reading: output.reading.clone() };
                result.pins.push(Pin::FollowUp(id, follow_up));
                Standing::AskedAgain
            }
        }
    }
}

/// A follow-up in words, for the analyst's next reading.
fn describe(reading: &Reading) -> String {
    match reading {
        Reading::Partly { follow_up } | Reading::Unclear { follow_up } => follow_up.clone(),
        Reading::Contradicts { document, reply, .. } => {
            format!("Document: \"{}\". @{}: \"{}\". Which is right?", document.quotation, reply.login, reply.quotation)
        }
        Reading::PeopleDisagree { one, other } => {
            format!("@{}: \"{}\". @{}: \"{}\". Which is right?", one.login, one.quotation, other.login, other.quotation)
        }
        Reading::CounterQuestion { explanation } => explanation.clone(),
        Reading::Answered | Reading::NotApplicable | Reading::Deferred { .. } | Reading::NotAnAnswer => String::new(),
    }
}

/// What became of each question, for the draft, in the order of the rounds.
pub fn settled(asked: &[Asked<'_>]) -> Vec<Settled> {
    asked
        .iter()
        .map(|a| {
            let output = match &a.standing {
                Standing::Noted(output) | Standing::NotApplicable(output) => Some(output),
                _ => None,
            };
            Settled {
                question: a.question.clone(),
                branches: output.map(|o| o.branches.clone()).unwrap_or_default(),
                noted: output.map(|o| o.noted.clone()).unwrap_or_default(),
                by: output.and_then(|o| o.by.clone()),
                open: output.is_none(),
            }
        })
        .collect()
}

/// The ledger so far.
pub fn facts(asked: &[Asked<'_>]) -> Vec<Fact> {
    asked
        .iter()
        .flat_map(|a| match &a.standing {
            Standing::Noted(output) | Standing::NotApplicable(output) => output.facts.clone(),
            _ => Vec::new(),
        })
        .collect()
}
