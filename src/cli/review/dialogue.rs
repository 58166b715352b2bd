//! Question and answer in the terminal: one line each, one follow-up where the analyst asks again.

use std::io;

use serde::Serialize;

use crate::analyst::{AssessInput, AssessOutput, DocumentText, Reply, Settled};
use crate::cli::analyst::Reader;
use crate::cli::console;
use crate::cli::outcome::Trouble;
use crate::threat_model::{Fact, Question, Reading};
use crate::time::Timestamp;

/// Who answers here.
const YOU: &str = "you";
const WIDTH: usize = 88;

/// A question, what was answered, and how that was read.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    question: Question,
    answers: Vec<String>,
    assessment: Option<AssessOutput>,
    open: bool,
}

impl Told {
    pub(super) fn settled(&self) -> Settled {
        let read = self.assessment.as_ref().filter(|_| !self.open);
        Settled {
            question: self.question.clone(),
            branches: read.map(|read| read.branches.clone()).unwrap_or_default(),
            noted: read.map(|read| read.noted.clone()).unwrap_or_default(),
            by: read.and_then(|read| read.by.clone()),
            open: self.open,
        }
    }

    pub(super) fn facts(&self) -> &[Fact] {
        self.assessment.as_ref().filter(|_| !self.open).map(|read| read.facts.as_slice()).unwrap_or_default()
    }
}

/// A conversation with the person at the terminal.
pub(super) struct Dialogue<'a> {
    analyst: &'a Reader,
    documents: &'a [DocumentText],
    now: Timestamp,
    /// Nobody answers (any more).
    silent: bool,
    asked: usize,
    said: usize,
}

impl<'a> Dialogue<'a> {
    pub(super) fn new(analyst: &'a Reader, documents: &'a [DocumentText], now: Timestamp, silent: bool) -> Self {
        Self { analyst, documents, now, silent, asked: 0, said: 0 }
    }

    pub(super) fn begin(&self, questions: usize) {
        let lines: usize = self.documents.iter().map(|document| document.text.lines().count()).sum();
        let names: Vec<&str> = self.documents.iter().map(|document| document.path.as_str()).collect();
        console::note(&format!("read {} ({lines} lines)", names.join(", ")));
        console::note(&match questions {
            0 => "no questions".to_owned(),
            1 => "1 question; an empty line leaves it open".to_owned(),
            n => format!("{n} questions; one line each, an empty line leaves it open"),
        });
    }

    /// Asks, reads the answer, asks again once where it must.
    pub(super) fn settle(&mut self, question: &Question, of: usize) -> Result<Told, Trouble> {
        self.asked += 1;
        console::note(&shown(question, self.asked, of));
        let mut told = Told { question: question.clone(), answers: Vec::new(), assessment: None, open: true };
        let mut replies = Vec::new();
        let mut follow_ups = Vec::new();
        for last_word in [false, true] {
            let Some(answer) = self.hear()? else { break };
            replies.push(Reply {
                comment: format!("answer-{}", self.said),
                login: YOU.to_owned(),
                body: answer.clone(),
                at: self.now,
            });
            told.answers.push(answer);
            let read = self.analyst.assess(&AssessInput {
                question: question.clone(),
                follow_ups: follow_ups.clone(),
                replies: replies.clone(),
                document: self.documents.iter().find(|document| document.path == question.anchor.path).cloned(),
                facts: Vec::new(),
                last_word,
                context: Vec::new(),
                earlier: Vec::new(),
            })?;
            told.open = !matches!(read.reading, Reading::Answered | Reading::NotApplicable);
            let again = again(&read.reading);
            if told.open && again.is_none() {
                console::note("  left open: the draft will state an assumption");
            } else if !told.open {
                console::note(&wrapped(&noted(&read), "  ✓ noted: ", "    "));
            }
            told.assessment = Some(read);
            let Some(again) = again.filter(|_| told.open && !last_word) else { break };
            console::note(&wrapped(&again, "  ", "  "));
            follow_ups.push(again);
        }
        Ok(told)
    }

    /// The next answer; nothing for an empty line or when nobody answers any more.
    fn hear(&mut self) -> io::Result<Option<String>> {
        if self.silent {
            return Ok(None);
        }
        let Some(line) = console::ask("> ")? else {
            self.silent = true;
            console::note("\nno more answers: what is open becomes an assumption");
            return Ok(None);
        };
        self.said += 1;
        Ok((!line.is_empty()).then_some(line))
    }
}

fn noted(read: &AssessOutput) -> String {
    match &read.reading {
        Reading::NotApplicable => "does not apply here".to_owned(),
        _ => read.noted.clone(),
    }
}

/// What the analyst asks again, in plain words.
fn again(reading: &Reading) -> Option<String> {
    match reading {
        Reading::Partly { follow_up } | Reading::Unclear { follow_up } => Some(follow_up.clone()),
        Reading::CounterQuestion { explanation } => Some(explanation.clone()),
        Reading::Contradicts { document, reply, .. } => Some(format!(
            "These two do not fit together. Which is right? Line {} says “{}”; you say “{}”.",
            document.start_line, document.quotation, reply.quotation
        )),
        Reading::PeopleDisagree { one, other } => {
            Some(format!("“{}” and “{}” do not fit together. Which is right?", one.quotation, other.quotation))
        }
        Reading::Private => Some("Keep it to yourself, then: it stays open in this draft.".to_owned()),
        Reading::Answered | Reading::NotApplicable | Reading::Deferred { .. } | Reading::NotAnAnswer => None,
    }
}

fn shown(question: &Question, n: usize, of: usize) -> String {
    let at = &question.anchor;
    let mut lines = vec![format!("\nQuestion {n} of {of} · {}:{}", at.path, at.start_line)];
    if !at.quotation.trim().is_empty() {
        lines.push(wrapped(&at.quotation, "  | ", "  | "));
    }
    lines.push(wrapped(&question.text, "  ", "  "));
    let ours = if question.choices.iter().any(|c| c.text.contains("not decided")) {
        "something else"
    } else {
        "something else, or not decided"
    };
    let choices = question.choices.iter().map(|choice| choice.text.as_str()).take(4).chain([ours]);
    for (letter, choice) in ('a'..='e').zip(choices) {
        lines.push(wrapped(choice, &format!("    {letter}  "), "       "));
    }
    lines.push(wrapped(&question.why, "  Why: ", "       "));
    lines.join("\n")
}

/// Words in lines of a readable width.
fn wrapped(text: &str, first: &str, next: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut fresh = true;
    for word in text.split_whitespace() {
        let width = lines.last().map_or(0, |line| line.chars().count()) + word.chars().count();
        if !fresh && width >= WIDTH {
            lines.push(next.to_owned());
            fresh = true;
        }
        if let Some(line) = lines.last_mut() {
            if !fresh {
                line.push(' ');
            }
            line.push_str(word);
            fresh = false;
        }
    }
    lines.join("\n")
}
