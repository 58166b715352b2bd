//! `threadmodel methodologies`: which there are and when to choose each; checks a file of one's own.

use std::path::{Path, PathBuf};

use clap::Args;

use super::outcome::{Outcome, Result, Trouble};
use super::review;
use super::{analyst, console};
use crate::analyst::builtin::Builtin;
use crate::analyst::{AskInput, DocumentText, DraftInput, Settled};
use crate::methodology::{self, Golden, Methodology};
use crate::threat_model::Slot;

/// Says which methodologies there are and when to choose each; with a file, checks it and plays its golden examples.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel methodologies
  threadmodel methodologies docs/our-way.toml
  threadmodel review --methodology stride docs/design/login.md

docs/methodologies.md says what each asks and shows, and how to write one.
Exit codes: 0 fine; 1 a golden example does not hold; 2 a file cannot be read or is wrong.")]
pub(super) struct Arguments {
    /// Methodologies of your own, to be checked.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    if arguments.files.is_empty() {
        console::print(&list()?)?;
        return Ok(Outcome::Done);
    }
    let analyst = analyst::builtin(None)?;
    let mut holds = true;
    for file in &arguments.files {
        let (text, method) = read(file)?;
        let (recorded, played): (Vec<&Golden>, Vec<&Golden>) = method.golden.iter().partition(|g| g.recorded.is_some());
        for golden in &played {
            for complaint in trial(&analyst, &text, golden) {
                holds = false;
                console::print(&format!("{}: golden “{}”: {complaint}", file.display(), golden.name))?;
            }
        }
        let (name, n, m) = (file.display(), played.len(), recorded.len());
        let beside = if m == 0 { String::new() } else { format!("; with a recorded answer, not played: {m}") };
        console::note(&format!(
            "{name}: `{}`, version {}, golden examples played: {n}{beside}",
            method.id, method.version
        ));
    }
    Ok(if holds { Outcome::Done } else { Outcome::Found })
}

fn list() -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for method in methodology::embedded()? {
        let default = if method.id == methodology::DEFAULT { " (default)" } else { "" };
        lines.push(format!("{}{default}: {}", method.id, method.title));
        lines.push(format!("    for      {}", method.when_to_use));
        lines.push(format!("    not for  {}\n", method.not_for));
    }
    lines.push("Your own: a TOML file of the same shape; docs/methodologies.md has its keys.".to_owned());
    Ok(lines.join("\n"))
}

/// What an analyst takes for a name or a file on the command line.
pub(super) fn named(given: &str) -> std::result::Result<String, Trouble> {
    let known = methodology::embedded().map_err(|error| Trouble::Failed(anyhow::anyhow!("{error}")))?;
    if known.iter().any(|m| m.id == given) {
        return Ok(given.to_owned());
    }
    if Path::new(given).is_file() {
        return Ok(read(Path::new(given))?.0);
    }
    let ids: Vec<&str> = known.iter().map(|m| m.id.as_str()).collect();
    let ids = ids.join(", ");
    Err(Trouble::Usage(format!(
        "`{given}` is no methodology and no file: choose one of {ids} (`threadmodel methodologies` says which for what)"
    )))
}

fn read(file: &Path) -> std::result::Result<(String, Methodology), Trouble> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|e| Trouble::Usage(format!("{name} cannot be read: {e}")))?;
    let method = Methodology::parse(&name, &text).map_err(|error| Trouble::Usage(error.to_string()))?;
    Ok((text, method))
}

/// Plays one golden example through the built-in analyst and the draft's words; returns what does not hold.
fn trial(analyst: &Builtin, methodology: &str, golden: &Golden) -> Vec<String> {
    let path = "golden.md".to_owned();
    let documents = vec![DocumentText { path, text: golden.document.clone(), before: None }];
    let asked = analyst.ask(&AskInput {
        documents: documents.clone(),
        description: String::new(),
        facts: Vec::new(),
        asked: Vec::new(),
        max_questions: 6,
        methodology: methodology.to_owned(),
        topic: None,
        concern: None,
        decisions: Vec::new(),
        context: Vec::new(),
        earlier: Vec::new(),
    });
    let open = |question| Settled { question, branches: Vec::new(), noted: String::new(), by: None, open: true };
    let settled: Vec<Settled> = asked.questions.into_iter().map(open).collect();
    let model = analyst.draft(&DraftInput {
        documents,
        description: String::new(),
        questions: settled.clone(),
        facts: Vec::new(),
        methodology: methodology.to_owned(),
        nonce: 0,
        decisions: Vec::new(),
        context: Vec::new(),
    });
    let draft = review::markdown(&model, &settled);
    let touched =
        |slot: &Slot| settled.iter().any(|s| s.question.slot == *slot) || model.threats.iter().any(|t| t.slot == *slot);
    let slots = golden.slots.iter().filter(|slot| !touched(slot)).map(|s| format!("nothing about the slot {s:?}"));
    let missing = golden.sections.iter().filter(|s| !draft.contains(*s)).map(|s| format!("the draft lacks “{s}”"));
    let there = golden.forbidden.iter().filter(|s| draft.contains(*s)).map(|s| format!("the draft holds “{s}”"));
    slots.chain(missing).chain(there).collect()
}
