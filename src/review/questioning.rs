//! Rounds of questions: what is asked, how each question stands, and which analyses and follow-ups are missing.

use std::collections::{BTreeMap, BTreeSet};

use super::commands::{self, Verb};
use super::hearing::{self, Heard, Said};
use super::marker::{PostKey, PostKind};
use super::pasted;
use super::placing::{self, Origin};
use super::record::{Analysis, FollowUp, Pin, Post, QuestionKey, Record, Revision, Round};
use super::requested;
use super::scope::{Scope, blobs};
use super::settings::Settings;
use super::snapshot::{BlobId, Known, Snapshot};
use super::wanted::WantedAnalysis;
use crate::analyst::{Answer, AskInput, AssessInput, AssessOutput, ContextText, DocumentText, Earlier, Settled, Task};
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
    /// Somebody wants to tell it, but not here.
    Private {
        /// Who.
        by: String,
    },
}

impl Standing {
    /// Whether it still waits for somebody.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Reading | Self::Unread(_) | Self::AskedAgain)
    }

    /// Whether it was left open.
    const fn is_left(&self) -> bool {
        matches!(self, Self::Left(_))
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
    /// What had been said, in one value.
    pub heard: Digest,
    /// Somebody without a say answered, and nobody has confirmed it.
    pub unconfirmed: Option<String>,
    /// The words that it is about do not stand in the document any more.
    pub moved_on: bool,
}

/// How far the review is, for what is asked and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No draft yet.
    Asking,
    /// The draft was asked for: nothing more is asked by itself.
    DraftWanted,
    /// There is a draft.
    Drafted {
        /// Since this moment it is approved: what is said later is not read.
        sealed: Option<Timestamp>,
        /// The documents say more than the draft read, beside suggestions that were applied.
        changed: bool,
    },
}

impl Stage {
    const fn sealed(self) -> Option<Timestamp> {
        match self {
            Self::Drafted { sealed, .. } => sealed,
            Self::Asking | Self::DraftWanted => None,
        }
    }
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

/// Everything that the parts of questioning look at.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) record: &'a Record,
    pub(super) policy: &'a Policy,
    pub(super) settings: &'a Settings,
    pub(super) scope: &'a Scope,
    pub(super) now: Timestamp,
}

/// Looks at the rounds.
pub(super) fn questioning(around: Around<'_>, stage: Stage) -> Questioning<'_> {
    let Around { snapshot, record, .. } = around;
    let mut result = Questioning::default();
    match stage {
        Stage::Asking => next_round(around, record.rounds.last().map(State::of_round), None, &mut result),
        Stage::Drafted { sealed: None, changed: true } => delta_round(around, &mut result),
        Stage::DraftWanted | Stage::Drafted { .. } => {}
    }
    requested::rounds(around, &mut result);
    let mut conversation = hearing::conversation(snapshot, record, stage.sealed());
    result.last_word = conversation.values().filter_map(Said::last_word).max();
    for round in &record.rounds {
        for (ordinal, question) in (1..).zip(&round.questions) {
            let id = QuestionKey { round: round.ordinal, ordinal };
            let said = conversation.remove(&id).unwrap_or_default();
            let heard = said.digest(record.follow_ups.get(&id).map_or(0, Vec::len));
            let reader = Reader { around, round, last_word: result.last_word };
            let standing = match settled_standing(record, id, question) {
                Some(settled) if is_settled(record, id, &heard, &said, stage.sealed()) => settled,
                settled => match reader.standing(id, question, &said.heard, &mut result) {
                    // What was left open stays so until somebody answers: a thank-you is no answer.
                    Standing::Waiting => settled.filter(Standing::is_left).unwrap_or(Standing::Waiting),
                    standing => standing,
                },
            };
            if let Standing::Unread(why) = &standing {
                result.failed.get_or_insert_with(|| why.clone());
            }
            let unconfirmed = said.unconfirmed.map(str::to_owned);
            let post = post_id(record, id);
            let moved_on = moved_on(around.scope, round, question);
            result.asked.push(Asked { id, question, standing, post, heard, unconfirmed, moved_on });
        }
    }
    result
}

/// The words of a question are not in its document any more.
fn moved_on(scope: &Scope, round: &Round, question: &Question) -> bool {
    let Some(document) = scope.documents.iter().find(|d| d.path == question.anchor.path) else { return true };
    let same = document.head.as_ref().is_some_and(|head| head.as_ref() == round.documents.get(&document.path));
    let (false, Some(text)) = (same || question.anchor.quotation.trim().is_empty(), &document.text) else {
        return false;
    };
    crate::evidence::find_in_text(&question.anchor.quotation, text).is_none()
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

/// How a question stood when the draft was made; `None`: it was asked after that.
fn settled_standing(record: &Record, id: QuestionKey, question: &Question) -> Option<Standing> {
    let index = hearing::questions(record).position(|(asked, _)| asked == id)?;
    let revision = record.revision()?;
    let settled = revision.questions.get(index)?;
    if settled.open {
        return Some(Standing::Left(LeftOpen::Drafted));
    }
    let own = |fact: &&Fact| fact.concern.as_deref() == Some(question.concern.as_str());
    Some(Standing::Noted(Box::new(AssessOutput {
        reading: Reading::Answered,
        noted: settled.noted.clone(),
        by: settled.by.clone(),
        branches: settled.branches.clone(),
        facts: revision.model.facts.iter().filter(own).cloned().collect(),
    })))
}

/// Nothing was said since the draft that would have to be read: asides, releases and other prompts read nothing again.
fn is_settled(record: &Record, id: QuestionKey, heard: &Digest, said: &Said<'_>, sealed: Option<Timestamp>) -> bool {
    let then = record.revision().and_then(|r: &Revision| r.heard.get(&id));
    // A draft from before this was kept, or words that changed after they were approved: as it stood.
    then.is_none_or(|then| then == heard) || sealed.is_some_and(|sealed| said.edited_after(sealed))
}

/// What was read last, to tell what changed since.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    documents: &'a BTreeMap<String, BlobId>,
    at: Timestamp,
}

impl<'a> State<'a> {
    const fn of_round(round: &'a Round) -> Self {
        Self { documents: &round.documents, at: round.at }
    }
}

/// At most so many questions about what a push changed after the draft.
const AFTER_THE_DRAFT: u32 = 2;

/// A push after the draft: what it changed may raise a question or two.
fn delta_round(around: Around<'_>, result: &mut Questioning<'_>) {
    let record = around.record;
    let of_revision = record.revision().map(|r| State { documents: &r.documents, at: r.at });
    let latest = record.rounds.iter().map(State::of_round).chain(of_revision).max_by_key(|state| state.at);
    next_round(around, latest, Some(AFTER_THE_DRAFT), result);
}

/// Wants the first round; and another one when the documents changed since, while rounds are left.
fn next_round(around: Around<'_>, last: Option<State<'_>>, most: Option<u32>, result: &mut Questioning<'_>) {
    let Around { snapshot, record, policy, scope, now, .. } = around;
    let current = blobs(&scope.documents);
    // Read already, or read before: a read that lags shows the head from before a push, and people push things back.
    if last.is_some_and(|last| *last.documents == current) || record.rounds.iter().any(|r| r.documents == current) {
        return;
    }
    let by_itself = record.rounds.iter().filter(|r| r.by_command.is_none()).count();
    if u32::try_from(by_itself).unwrap_or(u32::MAX) >= policy.questions.rounds {
        return;
    }
    let ordinal = record.rounds.last().map_or(1, |r| r.ordinal.saturating_add(1));
    let documents = documents_since(scope, record, last.map(|last| last.documents));
    let earlier = earlier(record, &documents, ordinal, last.map(|last| last.documents));
    if last.is_some() && documents.iter().all(|d| d.before.as_deref() == Some(&d.text)) {
        return;
    }
    let asked: Vec<Question> = hearing::questions(record).map(|(_, question)| question.clone()).collect();
    let waiting = u32::try_from(asked.len()).unwrap_or(u32::MAX);
    let max = policy.questions.max;
    let max_questions = if last.is_none() { max } else { max.saturating_sub(waiting).max(2) };
    let input = AskInput {
        documents,
        description: pasted::masked(snapshot.pull.body.raw()),
        facts: Vec::new(),
        asked,
        max_questions: most.map_or(max_questions, |most| most.min(max)),
        methodology: policy.methodology.for_analyst(),
        topic: None,
        concern: None,
        decisions: super::memory::known(snapshot, record, [], now),
        context: context(snapshot),
        earlier,
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

/// The organisation's context for an analysis. A public repository is given only its own: another one may be private.
pub fn context(snapshot: &Snapshot) -> Vec<ContextText> {
    let own = |file: &&ContextText| !snapshot.repository.public || !file.path.contains(':');
    let masked = |file: &ContextText| ContextText { text: pasted::masked(&file.text), ..file.clone() };
    snapshot.context.iter().filter(own).map(masked).collect()
}

/// Blob and text of each document, to be kept with what is made from them.
pub fn texts(scope: &Scope) -> BTreeMap<super::snapshot::BlobId, std::sync::Arc<str>> {
    scope.documents.iter().filter_map(|d| Some((d.head.clone()??, d.text.clone()?))).collect()
}

/// The documents as the analyst may see them, with what stood before: at the merge base, or when they were last read.
pub fn documents_since(scope: &Scope, record: &Record, last: Option<&BTreeMap<String, BlobId>>) -> Vec<DocumentText> {
    scope
        .documents
        .iter()
        .filter_map(|document| {
            let before = match last {
                Some(documents) => documents.get(&document.path).and_then(|blob| record.texts.get(blob)),
                None => document.before.as_ref(),
            };
            Some(DocumentText {
                path: document.path.clone(),
                text: pasted::masked(document.text.as_deref()?),
                before: before.map(|text| pasted::masked(text)),
            })
        })
        .collect()
}

/// The documents as the rounds before one read them, then as they were read `last`; none that changed nothing.
pub fn earlier(
    record: &Record,
    documents: &[DocumentText],
    round: u32,
    last: Option<&BTreeMap<String, BlobId>>,
) -> Vec<Earlier> {
    let rounds = record.rounds.iter().filter(|r| r.ordinal < round).map(|r| &r.documents);
    let states: Vec<&BTreeMap<String, BlobId>> = rounds.chain(last).collect();
    let of = |document: &DocumentText| {
        let blobs = states.iter().filter_map(|documents| documents.get(&document.path));
        let mut texts: Vec<String> = blobs.filter_map(|blob| Some(pasted::masked(record.texts.get(blob)?))).collect();
        texts.dedup();
        let told = texts.iter().all(|text| *text == document.text);
        (!told).then(|| Earlier { path: document.path.clone(), texts })
    };
    documents.iter().filter_map(of).collect()
}

struct Reader<'a> {
    around: Around<'a>,
    round: &'a Round,
    last_word: Option<Timestamp>,
}

impl Reader<'_> {
    fn standing(
        &self,
        id: QuestionKey,
        question: &Question,
        replies: &[Heard<'_>],
        result: &mut Questioning<'_>,
    ) -> Standing {
        let Around { snapshot, record, policy, .. } = self.around;
        let key = question_post(id);
        if let Some(waived) = commands::applied(record, |c| c.verb == Verb::Waive && c.thread == Some(key)).next() {
            return Standing::Left(LeftOpen::Waived { by: waived.by.clone() });
        }
        if matches!(record.posts.get(&key), Some(Post::Removed { .. } | Post::Failed { .. })) {
            return Standing::Left(LeftOpen::Removed);
        }
        let resolved = hearing::thread_of(snapshot, id)
            .filter(|t| t.resolved)
            .map(|t| Standing::Left(LeftOpen::Resolved { by: t.resolved_by.as_ref().map(|a| a.login.clone()) }));
        let follow_ups = record.follow_ups.get(&id).map_or(&[][..], Vec::as_slice);
        if replies.is_empty() {
            let asked_again = !follow_ups.is_empty();
            return resolved.unwrap_or(if asked_again { Standing::AskedAgain } else { Standing::Waiting });
        }
        let since = self.since_follow_up(id, follow_ups, replies);
        if since.is_empty() {
            return resolved.unwrap_or(Standing::AskedAgain);
        }
        let document = self.document(question);
        let last_word = u32::try_from(follow_ups.len()).unwrap_or(u32::MAX) >= policy.questions.followups;
        let input = AssessInput {
            question: question.clone(),
            follow_ups: follow_ups.iter().map(|f| describe(&f.reading)).collect(),
            replies: replies.iter().map(Heard::reply).collect(),
            earlier: earlier(record, document.as_slice(), self.round.ordinal, None),
            document,
            facts: Vec::new(),
            last_word,
            context: Vec::new(),
        };
        let analysis = Canonical::new("assess", 1).json(&input).finish();
        let wanted = || {
            let not_before = self.quiet_until(&input, &since);
            WantedAnalysis { key: analysis.clone(), task: Task::Assess(input.clone()), not_before }
        };
        match record.analyses.get(&analysis) {
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
                Answer::Assess(output) => {
                    let heard = hearing::digest(replies, 0);
                    self.read(id, output, (&analysis, heard), last_word, resolved, result)
                }
                Answer::Ask(_) | Answer::Draft(_) | Answer::Follow(_) | Answer::Refine(_) => {
                    Standing::Unread("the analyst answered another task".to_owned())
                }
            },
        }
    }

    /// What was said after our last follow-up appeared in the thread; everything, when there was none, or when it was decided
    /// on other words than stand before it: said while it was on its way, or taken back since.
    fn since_follow_up<'h, 's>(
        &self,
        id: QuestionKey,
        follow_ups: &[FollowUp],
        replies: &'h [Heard<'s>],
    ) -> Vec<&'h Heard<'s>> {
        let Some(last) = follow_ups.last() else { return replies.iter().collect() };
        let part = u32::try_from(follow_ups.len()).unwrap_or(u32::MAX);
        let key = PostKey::new(PostKind::FollowUp, id.round, id.ordinal, part);
        let Around { snapshot, record, .. } = self.around;
        let seen =
            snapshot.threads.iter().flat_map(|t| &t.comments).chain(&snapshot.comments).find(|c| c.marker == Some(key));
        match (seen, record.posts.get(&key)) {
            // By id: GitHub's times have a resolution of one second, and an answer may come within it. An edit has only a time.
            (Some(post), _) => {
                let later = |heard: &&Heard<'_>| {
                    heard.comment.id > post.id || heard.comment.last_edited_at.is_some_and(|at| at > post.created_at)
                };
                let weighed = last.heard.as_ref().is_none_or(|heard| *heard == hearing::digest(replies, 0));
                let since: Vec<&Heard<'_>> = replies.iter().filter(later).collect();
                if since.is_empty() && !weighed { replies.iter().collect() } else { since }
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
        let last = self.last_word.unwrap_or(first).after(self.around.settings.quiet);
        last.min(first.after(self.around.settings.quiet_max))
    }

    /// The comments of the longest beginning of the conversation that was read already, as it stands now.
    fn read_before(&self, input: &AssessInput) -> BTreeSet<String> {
        let beginnings = (1..input.replies.len()).rev();
        let mut parts = beginnings.map(|n| AssessInput { replies: input.replies[..n].to_vec(), ..input.clone() });
        let read = parts.find(|part| {
            let key = Canonical::new("assess", 1).json(part).finish();
            matches!(self.around.record.analyses.get(&key), Some(Analysis::Done { .. }))
        });
        read.into_iter().flat_map(|part| part.replies).map(|reply| reply.comment).collect()
    }

    /// The document as it stood when the question was asked, so that a push does not make every answer be read again.
    fn document(&self, question: &Question) -> Option<DocumentText> {
        let blob = self.round.documents.get(&question.anchor.path)?;
        let text = self.around.record.texts.get(blob)?;
        Some(DocumentText { path: question.anchor.path.clone(), text: pasted::masked(text), before: None })
    }

    fn read(
        &self,
        id: QuestionKey,
        output: &AssessOutput,
        (analysis, heard): (&Digest, Digest),
        last_word: bool,
        resolved: Option<Standing>,
        result: &mut Questioning<'_>,
    ) -> Standing {
        let by = || output.by.clone().unwrap_or_default();
        let mut say = |reading: Reading| {
            let decided = FollowUp { after: analysis.clone(), reading, heard: Some(heard.clone()) };
            result.pins.push(Pin::FollowUp(id, decided));
        };
        let said_before = |fits: fn(&Reading) -> bool| {
            self.around.record.follow_ups.get(&id).is_some_and(|all| all.iter().any(|f| fits(&f.reading)))
        };
        match &output.reading {
            Reading::Answered => Standing::Noted(Box::new(output.clone())),
            Reading::NotApplicable => Standing::NotApplicable(Box::new(output.clone())),
            Reading::Deferred { to } => {
                let asked = said_before(|reading| matches!(reading, Reading::Deferred { .. }));
                match to.as_deref().and_then(|to| self.may_be_asked(to)).filter(|_| !asked && !last_word) {
                    Some(to) if resolved.is_none() => {
                        say(Reading::Deferred { to: Some(to) });
                        Standing::AskedAgain
                    }
                    _ => Standing::Left(LeftOpen::Deferred { by: by(), to: to.clone() }),
                }
            }
            Reading::Private => {
                if !said_before(|reading| matches!(reading, Reading::Private)) {
                    say(Reading::Private);
                }
                Standing::Left(LeftOpen::Private { by: by() })
            }
            Reading::NotAnAnswer => resolved.unwrap_or(Standing::Waiting),
            // It was explained; saying it again helps nobody.
            Reading::CounterQuestion { .. }
                if said_before(|reading| matches!(reading, Reading::CounterQuestion { .. })) =>
            {
                resolved.unwrap_or(Standing::AskedAgain)
            }
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
                say(output.reading.clone());
                Standing::AskedAgain
            }
        }
    }

    /// The person or team that a reply names, if they can read the repository: nobody else is called.
    fn may_be_asked(&self, to: &str) -> Option<String> {
        let snapshot = self.around.snapshot;
        let name = to.trim_start_matches('@').to_lowercase();
        let team = format!("{}/{}", snapshot.repository.owner.to_lowercase(), name.replace(' ', "-"));
        let mut names = [name, team].into_iter();
        names.find(|name| matches!(snapshot.named.get(name), Some(Known::Yes(true))))
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
        Reading::Deferred { to: Some(to) } => format!("@{to}, can you answer this?"),
        Reading::Answered
        | Reading::NotApplicable
        | Reading::Deferred { to: None }
        | Reading::Private
        | Reading::NotAnAnswer => String::new(),
    }
}

/// What had been read of each question when a draft was made. Words that still wait for their reading are no part of it, so that
/// they are read afterwards.
pub fn read(asked: &[Asked<'_>]) -> BTreeMap<QuestionKey, Digest> {
    let nothing = || Canonical::new("unread", 1).finish();
    let unread = |a: &Asked<'_>| matches!(a.standing, Standing::Reading | Standing::Unread(_));
    asked.iter().map(|a| (a.id, if unread(a) { nothing() } else { a.heard.clone() })).collect()
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
