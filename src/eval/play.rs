//! One review, played: ask, give the simulated answers, draft. Then some more questions to the analyst, for rules that cannot be
//! seen on one answer.

use serde::{Deserialize, Serialize};

use super::corpus::Case;
use crate::analyst::{Answer, AskInput, AskOutput, AssessInput, AssessOutput, DraftInput, Reply, Settled, Task};
use crate::digest::Canonical;
use crate::threat_model::{Fact, Question, Reading, Source, ThreatModel};
use crate::time::Timestamp;

/// Who answers in a played review.
const AUTHOR: &str = "author";

/// What an analyst cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Tokens in and out.
    pub tokens: u64,
    /// Money, in millionths of a dollar.
    pub micro_dollars: u64,
}

/// Who is measured: anything that turns a task into an answer.
pub trait Subject {
    /// Does one task; a failure ends the run.
    fn perform(&mut self, task: &Task) -> Result<Answer, String>;

    /// What it cost so far. Nothing for one without a model.
    fn spent(&self) -> Spent {
        Spent::default()
    }
}

impl<F: FnMut(&Task) -> Result<Answer, String>> Subject for F {
    fn perform(&mut self, task: &Task) -> Result<Answer, String> {
        self(task)
    }
}

/// How reviews are played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// At most so many questions.
    pub questions: u32,
    /// So many threats, with what is recommended for them, count as shown.
    pub threats: usize,
    /// Methodology id.
    pub methodology: String,
}

/// A played review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Played {
    /// What was asked.
    pub asked: AskOutput,
    /// What was answered, for quotations of replies.
    pub replies: Vec<Reply>,
    /// What became of each question.
    pub settled: Vec<Settled>,
    /// The draft.
    pub draft: ThreatModel,
}

impl Played {
    /// The same for the same output, byte for byte.
    pub fn digest(&self) -> String {
        Canonical::new("eval", 1).json(self).finish().as_str().to_owned()
    }
}

/// Plays one review.
pub fn play(case: &Case, settings: &Settings, subject: &mut dyn Subject) -> Result<Played, String> {
    let asked = ask(subject, &ask_input(case, settings))?;
    let mut replies = Vec::new();
    let mut settled = Vec::new();
    let mut facts = Vec::new();
    for (n, question) in asked.questions.iter().enumerate() {
        let (told, found) = answer(case, n + 1, question, subject, &mut replies)?;
        settled.push(told);
        facts.extend(found);
    }
    let draft = draft(subject, draft_input(case, settings, &settled, &facts))?;
    Ok(Played { asked, replies, settled, draft })
}

/// What an analyst said when asked more, to see whether rules hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    /// Questions asked although the ledger holds an answer to each of the first round.
    pub again: Vec<Question>,
    /// For each question, the drafts that its choices lead to. Empty when this was not probed.
    pub branches: Vec<Vec<ThreatModel>>,
}

/// Asks once more with every answer in the ledger, and drafts under each choice of each question.
pub fn probe(case: &Case, settings: &Settings, played: &Played, subject: &mut dyn Subject) -> Result<Probed, String> {
    let questions = &played.asked.questions;
    if questions.is_empty() {
        return Ok(Probed::default());
    }
    let known = questions.iter().filter_map(known).collect();
    let again = ask(subject, &AskInput { facts: known, ..ask_input(case, settings) })?.questions;
    let mut branches = Vec::new();
    for (n, question) in questions.iter().enumerate() {
        let mut drafts = Vec::new();
        for choice in &question.choices {
            let mut settled = played.settled.clone();
            if let Some(told) = settled.get_mut(n) {
                told.branches = vec![choice.branch.clone()];
                told.noted.clone_from(&choice.text);
                told.by = Some(AUTHOR.to_owned());
                told.open = false;
            }
            drafts.push(draft(subject, draft_input(case, settings, &settled, &[]))?);
        }
        branches.push(drafts);
    }
    Ok(Probed { again, branches })
}

fn known(question: &Question) -> Option<Fact> {
    let choice = question.choices.first()?;
    Some(Fact {
        slot: question.slot,
        concern: Some(question.concern.clone()),
        statement: choice.text.clone(),
        source: Source::Reply {
            comment: "answer-known".to_owned(),
            login: AUTHOR.to_owned(),
            quotation: choice.text.clone(),
        },
        at: Timestamp::default(),
    })
}

fn answer(
    case: &Case,
    order: usize,
    question: &Question,
    subject: &mut dyn Subject,
    replies: &mut Vec<Reply>,
) -> Result<(Settled, Vec<Fact>), String> {
    let open = Settled { question: question.clone(), branches: Vec::new(), noted: String::new(), by: None, open: true };
    let Some(script) = case.answers.iter().find(|answer| answer.fits(order, question)) else {
        return Ok((open, Vec::new()));
    };
    let mut thread = Vec::new();
    let mut follow_ups = Vec::new();
    for (turn, body) in std::iter::once(&script.answer).chain(&script.then).enumerate() {
        thread.push(Reply {
            comment: format!("answer-{order}-{turn}"),
            login: AUTHOR.to_owned(),
            body: body.clone(),
            at: Timestamp::default(),
        });
        let read = assess(
            subject,
            AssessInput {
                question: question.clone(),
                follow_ups: follow_ups.clone(),
                replies: thread.clone(),
                document: Some(case.document.clone()),
                facts: Vec::new(),
                last_word: turn > 0,
                context: Vec::new(),
                earlier: Vec::new(),
            },
        )?;
        if matches!(read.reading, Reading::Answered | Reading::NotApplicable) {
            replies.append(&mut thread);
            let settled = Settled { branches: read.branches, noted: read.noted, by: read.by, open: false, ..open };
            return Ok((settled, read.facts));
        }
        match read.reading {
            Reading::Partly { follow_up } | Reading::Unclear { follow_up } => follow_ups.push(follow_up),
            Reading::CounterQuestion { explanation } => follow_ups.push(explanation),
            _ => break,
        }
    }
    replies.append(&mut thread);
    Ok((open, Vec::new()))
}

fn ask_input(case: &Case, settings: &Settings) -> AskInput {
    AskInput {
        documents: vec![case.document.clone()],
        description: String::new(),
        facts: Vec::new(),
        asked: Vec::new(),
        max_questions: settings.questions,
        methodology: settings.methodology.clone(),
        topic: None,
        concern: None,
        decisions: case.decisions.clone(),
        context: Vec::new(),
        earlier: Vec::new(),
    }
}

fn draft_input(case: &Case, settings: &Settings, settled: &[Settled], facts: &[Fact]) -> DraftInput {
    DraftInput {
        documents: vec![case.document.clone()],
        description: String::new(),
        questions: settled.to_vec(),
        facts: facts.to_vec(),
        methodology: settings.methodology.clone(),
        nonce: 0,
        decisions: case.decisions.clone(),
        context: Vec::new(),
    }
}

fn ask(subject: &mut dyn Subject, input: &AskInput) -> Result<AskOutput, String> {
    match subject.perform(&Task::Ask(input.clone()))? {
        Answer::Ask(output) => Ok(output),
        _ => Err("the analyst answered another task than `ask`".to_owned()),
    }
}

fn assess(subject: &mut dyn Subject, input: AssessInput) -> Result<AssessOutput, String> {
    match subject.perform(&Task::Assess(input))? {
        Answer::Assess(output) => Ok(output),
        _ => Err("the analyst answered another task than `assess`".to_owned()),
    }
}

fn draft(subject: &mut dyn Subject, input: DraftInput) -> Result<ThreatModel, String> {
    match subject.perform(&Task::Draft(input))? {
        Answer::Draft(model) => Ok(*model),
        _ => Err("the analyst answered another task than `draft`".to_owned()),
    }
}
