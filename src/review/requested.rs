//! Questions that a code owner asked for: `ask <topic>`, and `challenge A3` where nobody was asked before. What the analyst
//! finds no better words for is asked in the owner's own.

use super::commands::{Verb, asked_about};
use super::hearing;
use super::pasted;
use super::placing::{self, Origin};
use super::questioning::{self, Around, Questioning, documents_since, texts};
use super::record::{Analysis, CommandOutcome, CommandRecord, Pin, Record, Round};
use super::scope::blobs;
use super::snapshot::NodeId;
use super::wanted::WantedAnalysis;
use crate::analyst::{Answer, AskInput, AskOutput, Task};
use crate::digest::Canonical;
use crate::prose::round;
use crate::threat_model::{Anchor, Assumption, Question, Slot};

/// At most so many in one review: who wants more starts a conversation.
const MOST: usize = 20;

/// Wants what is missing for the oldest request that has no question yet; one at a time, so that rounds are numbered in order.
pub(super) fn rounds(around: Around<'_>, result: &mut Questioning<'_>) {
    let record = around.record;
    let done = |node: &NodeId| record.rounds.iter().any(|round| round.by_command.as_ref() == Some(node));
    if record.rounds.iter().filter(|round| round.by_command.is_some()).count() >= MOST || !result.pins.is_empty() {
        return;
    }
    let applied = |c: &CommandRecord| matches!(c.outcome, CommandOutcome::Applied { .. });
    let mut waiting: Vec<(&NodeId, &CommandRecord)> =
        record.commands.iter().filter(|(node, command)| applied(command) && !done(node)).collect();
    waiting.sort_by_key(|(_, command)| command.ordinal);
    let next = waiting.into_iter().find_map(|(node, command)| Some((node, command, request(record, command)?)));
    if let Some((node, command, request)) = next {
        want(around, node, command, &request, result);
    }
}

/// What is asked for.
enum Request<'a> {
    Topic(&'a str),
    Doubt(&'a Assumption),
}

fn request<'a>(record: &'a Record, command: &'a CommandRecord) -> Option<Request<'a>> {
    match &command.verb {
        Verb::Ask { topic } => Some(Request::Topic(topic)),
        Verb::Challenge { assumption } => {
            let revision = record.revision()?;
            let assumption = revision.model.assumptions.iter().find(|a| Some(a.ordinal) == *assumption)?;
            // Where it was asked about, it is asked again in that thread.
            asked_about(record, assumption).is_none().then_some(Request::Doubt(assumption))
        }
        _ => None,
    }
}

fn want(
    around: Around<'_>,
    node: &NodeId,
    command: &CommandRecord,
    request: &Request<'_>,
    result: &mut Questioning<'_>,
) {
    let Around { snapshot, record, policy, scope, now, .. } = around;
    let (topic, concern) = match request {
        Request::Topic(topic) => (Some(pasted::masked(topic)), None),
        Request::Doubt(assumption) => (None, Some(assumption.about.clone()).filter(|about| !about.is_empty())),
    };
    let ordinal = record.rounds.last().map_or(1, |r| r.ordinal.saturating_add(1));
    let documents = documents_since(scope, record, None);
    let input = AskInput {
        earlier: questioning::earlier(record, &documents, ordinal, None),
        documents,
        description: pasted::masked(snapshot.pull.body.raw()),
        facts: Vec::new(),
        asked: hearing::questions(record).map(|(_, question)| question.clone()).collect(),
        max_questions: 1,
        methodology: policy.methodology.for_analyst(),
        topic,
        concern,
        decisions: Vec::new(),
        context: questioning::context(snapshot),
    };
    let key = Canonical::new("ask-for", 1).text(node.as_str()).json(&input).finish();
    // A draft waits for what somebody wants to have asked.
    result.asking = true;
    let mut question = None;
    match record.analyses.get(&key) {
        Some(Analysis::Done { answer }) => match &**answer {
            Answer::Ask(answer) => question = answer.questions.first().cloned(),
            Answer::Assess(_) | Answer::Draft(_) | Answer::Follow(_) | Answer::Refine(_) => {}
        },
        // The owner's own words do without the analyst.
        Some(Analysis::Failed { .. }) => {}
        Some(Analysis::Waiting { .. }) => return,
        None => {
            result.analyses.push(WantedAnalysis { key, task: Task::Ask(input), not_before: now });
            return;
        }
    }
    let question = question.unwrap_or_else(|| in_own_words(around, node, command, request));
    let current = blobs(&scope.documents);
    let answer = AskOutput { questions: vec![question], dropped: 0, facts: Vec::new(), considered: Vec::new() };
    let head = snapshot.pull.head.clone();
    let placed = placing::questions(scope, &head, &answer.questions, &Origin { documents: &current, record });
    let round = Round::new(ordinal, key, head, current, &answer, placed, now);
    result.pins.push(Pin::Round(Round { by_command: Some(node.clone()), ..round }, texts(scope)));
}

fn in_own_words(around: Around<'_>, node: &NodeId, command: &CommandRecord, request: &Request<'_>) -> Question {
    let here = command.on.as_ref().map(|on| (on.path.clone(), on.line));
    let first = || around.scope.documents.first().map(|d| (d.path.clone(), 1)).unwrap_or_default();
    let (path, line) = here.unwrap_or_else(first);
    let name = Canonical::new("asked", 1).text(node.as_str()).finish();
    let (text, choices, slot) = match request {
        Request::Topic(topic) => (round::owners_question(topic), Vec::new(), Slot::Purpose),
        Request::Doubt(assumption) => (round::doubt(assumption), round::so_or_not(), Slot::Purpose),
    };
    Question {
        concern: format!("asked-{}", name.short()),
        subject: String::new(),
        slot,
        anchor: Anchor { path, start_line: line, end_line: line, quotation: String::new() },
        text,
        choices,
        why: round::asked_by(&command.by),
        value: 0,
    }
}
