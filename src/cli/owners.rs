//! `threadmodel owners`: who owns a path, and the line that says so.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::console;
use super::outcome::{Outcome, Result, Trouble};
use crate::codeowners::{Codeowners, LOCATIONS, MAX_BYTES, locate};

/// Says who owns paths by GitHub's rules: the last matching line decides.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel owners docs/design/login.md
  git diff --name-only main | xargs threadmodel owners
  threadmodel owners --codeowners old/CODEOWNERS --json src/lib.rs

Exit codes: 0 every path has an owner; 1 some path has none; 2 no CODEOWNERS file, or it cannot be read.")]
pub(super) struct Arguments {
    /// Paths as GitHub lists them, from the root of the repository.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// The file to read instead of .github/CODEOWNERS, CODEOWNERS or docs/CODEOWNERS below the current directory.
    #[arg(long, value_name = "FILE")]
    codeowners: Option<PathBuf>,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

/// The answer, as `--json` writes it.
#[derive(Debug, Serialize)]
struct Answer {
    codeowners: String,
    paths: Vec<Owned>,
    invalid_lines: Vec<Invalid>,
}

#[derive(Debug, Serialize)]
struct Owned {
    path: String,
    owners: Vec<String>,
    line: Option<u32>,
    pattern: Option<String>,
}

#[derive(Debug, Serialize)]
struct Invalid {
    line: u32,
    source: String,
    reason: String,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let (name, text) = read(arguments.codeowners.as_deref())?;
    let file = Codeowners::parse(&text);
    if file.too_large() {
        return Err(Trouble::Usage(format!(
            "{name} has {MAX_BYTES} bytes or more: GitHub does not load it, so that it owns nothing"
        )));
    }
    let answer = Answer {
        paths: arguments.paths.iter().map(|path| owned(&file, path)).collect(),
        invalid_lines: file
            .invalid_lines()
            .iter()
            .map(|bad| Invalid { line: bad.line, source: bad.source.clone(), reason: bad.reason.to_string() })
            .collect(),
        codeowners: name,
    };
    for bad in &answer.invalid_lines {
        console::note(&format!("{}:{}: GitHub skips this line: {}", answer.codeowners, bad.line, bad.reason));
    }
    if arguments.json {
        console::print(&serde_json::to_string_pretty(&answer).map_err(anyhow::Error::from)?)?;
    } else {
        console::print(&told(&answer))?;
    }
    let all_owned = answer.paths.iter().all(|path| !path.owners.is_empty());
    Ok(if all_owned { Outcome::Done } else { Outcome::Found })
}

fn read(given: Option<&Path>) -> std::result::Result<(String, String), Trouble> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => locate(|path| Path::new(path).is_file()).map(PathBuf::from).ok_or_else(|| {
            Trouble::Usage(format!(
                "there is no {} here: run it at the root of the repository, or name a file with --codeowners",
                LOCATIONS.join(", ")
            ))
        })?,
    };
    let bytes =
        std::fs::read(&path).map_err(|error| Trouble::Usage(format!("{} cannot be read: {error}", path.display())))?;
    Ok((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()))
}

fn owned(file: &Codeowners, path: &str) -> Owned {
    let listed = path.trim_start_matches("./").trim_start_matches('/');
    let rule = file.rule_for(listed);
    Owned {
        path: path.to_owned(),
        owners: rule.map(|rule| rule.owners.iter().map(ToString::to_string).collect()).unwrap_or_default(),
        line: rule.map(|rule| rule.line),
        pattern: rule.map(|rule| rule.pattern.clone()),
    }
}

/// One line a path: path, owners, and the line that says so, in columns.
fn told(answer: &Answer) -> String {
    let who = |path: &Owned| if path.owners.is_empty() { "nobody".to_owned() } else { path.owners.join(" ") };
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).min(60);
    let paths = width(&mut answer.paths.iter().map(|path| path.path.chars().count()));
    let owners = width(&mut answer.paths.iter().map(|path| who(path).chars().count()));
    let line = |path: &Owned| {
        let why = match (path.line, &path.pattern) {
            (Some(line), Some(pattern)) => format!("{}:{line}  {pattern}", answer.codeowners),
            _ => format!("no line of {} matches", answer.codeowners),
        };
        format!("{:paths$}  {:owners$}  {why}", path.path, who(path))
    };
    answer.paths.iter().map(line).collect::<Vec<_>>().join("\n")
}
