//! `threadmodel methodologies`: which there are and when to choose each; checks a file of one's own.

mod golden;

use std::path::{Path, PathBuf};

use clap::Args;

use super::outcome::{Outcome, Result, Trouble};
use super::{analyst, console};
use crate::methodology::{self, Methodology};

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
        for golden in &method.golden {
            for complaint in golden::complaints(&analyst, &text, golden) {
                holds = false;
                console::print(&format!("{}: golden “{}”: {complaint}", file.display(), golden.name))?;
            }
        }
        let (name, n) = (file.display(), method.golden.len());
        let recorded = method.golden.iter().filter(|g| g.recorded.is_some()).count();
        let beside = if recorded == 0 { String::new() } else { format!(", {recorded} of them from a recorded answer") };
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
