//! `threadmodel review`: an analyst in the terminal. Questions and progress on stderr, the draft on stdout.

mod dialogue;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use self::dialogue::{Dialogue, Told};
use super::analyst::{Reader, Who};
use super::app::clock;
use super::console;
use super::methodologies;
use super::outcome::{Outcome, Result, Trouble};
use crate::analyst::{AskInput, DocumentText, DraftInput, Settled};
use crate::methodology;
use crate::prose::Context;
use crate::prose::draft::{self, Draft};
use crate::threat_model::considered::listed;
use crate::threat_model::{Fact, Question, ThreatModel};

/// Reads design documents, asks about them in the terminal, then prints a draft threat model as Markdown. Needs no network
/// unless a model is set up.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel review docs/design/login.md
  threadmodel review login.md > draft.md         the questions are on stderr, the draft goes to the file
  printf 'b\\n\\nonly admins\\n' | threadmodel review login.md
  threadmodel review --yes --json login.md       no questions: what is open becomes an assumption
  threadmodel review --methodology stride login.md    `threadmodel methodologies` says which for what

A language model reads instead of the built-in analyst when two variables are set:
  THREADMODEL_LLM_PROVIDER=anthropic THREADMODEL_LLM_KEY=… threadmodel review login.md
docs/models.md says which providers there are. Documents are then sent to that provider, and to nobody else.

One line answers a question: a letter, your own words, or both (`b, 7 days`). An empty line leaves it open.
Exit codes: 0 the draft is printed; 1 it failed; 2 a document cannot be read.")]
pub(super) struct Arguments {
    /// Design documents (Markdown; reStructuredText and AsciiDoc as text with headings).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write questions, answers and the threat model as JSON.
    #[arg(long)]
    json: bool,
    /// Ask nothing: leave every question open.
    #[arg(long)]
    yes: bool,
    /// Read the catalogue of concerns from the *.toml files of this folder instead of the built-in one.
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// How threats are looked for and laid out: a name, or a file of your own.
    #[arg(long, value_name = "NAME|FILE", default_value = methodology::DEFAULT)]
    methodology: String,
    /// Ask at most this many questions.
    #[arg(long, value_name = "N", default_value_t = 6)]
    questions: u32,
    /// Who reads: `model` where one is set up (see below), `builtin` for the one that needs no network.
    #[arg(long, value_name = "WHO")]
    analyst: Option<Who>,
    /// Print every prompt, every answer, and what was dropped and why, to stderr. For prompts' authors: it shows the document.
    #[arg(long)]
    explain: bool,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Report<'a> {
    documents: Vec<&'a str>,
    questions: &'a [Told],
    threat_model: &'a ThreatModel,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let documents = arguments.files.iter().map(|file| read(file)).collect::<std::result::Result<Vec<_>, _>>()?;
    let analyst = Reader::new(arguments.catalogue.as_deref(), arguments.analyst, arguments.explain)?;
    let methodology = methodologies::named(&arguments.methodology)?;
    let desk = analyst.open(&documents);
    let asked = desk.ask(&AskInput {
        documents: documents.clone(),
        description: String::new(),
        facts: Vec::new(),
        asked: Vec::new(),
        max_questions: arguments.questions,
        methodology: methodology.clone(),
        topic: None,
        concern: None,
        decisions: Vec::new(),
        context: Vec::new(),
        earlier: Vec::new(),
    })?;
    let mut dialogue = Dialogue::new(&analyst, &documents, clock()(), arguments.yes);
    dialogue.begin(asked.questions.len());
    let mut told = Vec::new();
    for question in &asked.questions {
        told.push(dialogue.settle(question, asked.questions.len())?);
    }
    let settled: Vec<Settled> = told.iter().map(Told::settled).collect();
    let facts: Vec<Fact> = told.iter().flat_map(|told| told.facts().to_vec()).collect();
    console::note("drafting …");
    let model = desk.draft(&DraftInput {
        documents: documents.clone(),
        description: String::new(),
        questions: settled.clone(),
        facts,
        methodology,
        nonce: 0,
        decisions: Vec::new(),
        context: Vec::new(),
    })?;
    let questions: Vec<&Question> = asked.questions.iter().collect();
    let model = listed(model, &asked.considered, &questions);
    analyst.farewell();
    if arguments.json {
        let report = Report {
            documents: documents.iter().map(|document| document.path.as_str()).collect(),
            questions: &told,
            threat_model: &model,
        };
        console::print(&serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)?)?;
    } else {
        console::print(&markdown(&model, &settled))?;
    }
    Ok(Outcome::Done)
}

fn read(file: &Path) -> std::result::Result<DocumentText, Trouble> {
    let wrong = |why: &dyn std::fmt::Display| Trouble::Usage(format!("{} cannot be read: {why}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| wrong(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"it is no text in UTF-8"))?;
    Ok(DocumentText { path: file.to_string_lossy().into_owned(), text, before: None })
}

/// The body of the draft as it would stand on GitHub, each recommendation told in full. Nothing is linked: there is no repository.
pub(super) fn markdown(model: &ThreatModel, settled: &[Settled]) -> String {
    let context = Context::unlinked(clock()());
    let draft = Draft {
        model,
        reviewers: Vec::new(),
        curated: false,
        outcomes: BTreeMap::new(),
        notes: BTreeMap::new(),
        threaded: BTreeSet::new(),
        asked: settled.len(),
        answered: settled.iter().filter(|question| !question.open).count(),
        stories: true,
        advises: false,
    };
    draft::body(&context, &draft).as_str().to_owned()
}
