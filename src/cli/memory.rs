//! `threadmodel memory`: what teams decided, to read, to delete, and to take into the organisation's own files.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::app::clock;
use super::console;
use super::database::{Database, visit};
use super::outcome::{Outcome, Result, Trouble};
use crate::memory;
use crate::store::{Remembered, Store};
use crate::threat_model::Decision;
use crate::time::Timestamp;

/// Lists, shows, deletes and exports what teams decided: organisational memory.
///
/// What code owners dropped, declined, edited or added is remembered once they approve, or the pull request is merged. The
/// reviews that follow, of all repositories of the same installation, use it and cite it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel memory list acme
  threadmodel memory show 7-42-signed-link
  threadmodel memory forget 7-42-signed-link
  threadmodel memory export acme --to ../acme-dot-github
  threadmodel memory export acme --patch | git -C ../acme-dot-github apply

It may run beside `threadmodel serve`.
Exit codes: 0 done; 1 nothing of that name is remembered, or it failed; 2 the configuration is wrong.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One line for each decision, newest first.
    List {
        /// Only of this organisation or person.
        owner: Option<String>,
        /// Also what does not hold any more.
        #[arg(long)]
        all: bool,
    },
    /// A decision whole, as the file that `export` writes.
    Show {
        /// As `list` names it.
        #[arg(value_name = "ID")]
        name: String,
    },
    /// Delete a decision. It comes back only if it is decided again.
    Forget {
        /// As `list` names it.
        #[arg(value_name = "ID")]
        name: String,
    },
    /// Write what holds as Markdown files, or as a patch, for a person to commit: threadmodel itself cannot write there.
    #[command(group = clap::ArgGroup::new("where").required(true))]
    Export {
        /// Only of this organisation or person.
        owner: Option<String>,
        /// Write the files below this directory. One that is there stays as it is, unless it was decided anew since.
        #[arg(long, value_name = "DIR", group = "where")]
        to: Option<PathBuf>,
        /// Print a patch that creates them, for `git apply`.
        #[arg(long, group = "where")]
        patch: bool,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let now = clock()();
    visit(&arguments.database, |store| async move {
        match &arguments.command {
            Command::List { owner, all } => list(&store.memory(owner.clone()).await?, *all, now),
            Command::Show { name } => {
                let found = named(&store, name).await?;
                for (_, text) in files(&found) {
                    console::print(&text)?;
                }
                Ok(ended(&found, name))
            }
            Command::Forget { name } => {
                let found = named(&store, name).await?;
                for known in &found {
                    store.forget(known.pull.repository, name, now).await?;
                    console::note(&format!("forgotten: {}", known.decision.title));
                }
                Ok(ended(&found, name))
            }
            Command::Export { owner, to, .. } => {
                let kept: Vec<_> = store.memory(owner.clone()).await?;
                let kept: Vec<_> = kept.into_iter().filter(|known| known.decision.holds(now)).collect();
                match to {
                    Some(folder) => write(&kept, folder),
                    None => Ok(console::print(&memory::patch(&files(&kept))).map(|()| Outcome::Done)?),
                }
            }
        }
    })
}

async fn named(store: &Store, name: &str) -> std::result::Result<Vec<Remembered>, Trouble> {
    Ok(store.memory(None).await?.into_iter().filter(|known| known.decision.id == name).collect())
}

fn ended(found: &[Remembered], name: &str) -> Outcome {
    if found.is_empty() {
        console::note(&format!("nothing is remembered as `{name}`; `threadmodel memory list` names what is"));
        return Outcome::Found;
    }
    Outcome::Done
}

fn files(kept: &[Remembered]) -> Vec<(String, String)> {
    let decisions: Vec<Decision> = kept.iter().map(|known| known.decision.clone()).collect();
    memory::to_markdown(&decisions)
}

fn list(kept: &[Remembered], all: bool, now: Timestamp) -> Result {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(["ID", "WHAT", "WHERE", "BY", "ABOUT", "WHY"]);
    let mut shown = 0;
    for Remembered { decision, .. } in kept.iter().filter(|known| all || known.decision.holds(now)) {
        let kind = memory::word(&decision.kind).replace('_', " ");
        let kind = if decision.holds(now) { kind } else { format!("{kind} (over)") };
        let place = format!("{}#{}", decision.repository, decision.pull);
        let (title, reason) = (memory::line(&decision.title), memory::line(&decision.reason));
        table.add_row([decision.id.clone(), kind, place, memory::line(&decision.by), title, reason]);
        shown += 1;
    }
    if shown == 0 {
        console::note("nothing is remembered; code owners' decisions are once they approve");
        return Ok(Outcome::Done);
    }
    console::print(&table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))?;
    Ok(Outcome::Done)
}

fn write(kept: &[Remembered], folder: &Path) -> Result {
    let (mut written, mut left) = (0, 0);
    for (known, (path, text)) in kept.iter().zip(files(kept)) {
        let file = folder.join(path);
        if is_kept(&file, &known.decision)? {
            left += 1;
            continue;
        }
        let made = file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&file, text));
        made.map_err(|error| Trouble::Usage(format!("{} cannot be written: {error}", file.display())))?;
        written += 1;
    }
    console::note(&format!(
        "{written} written below {}, {left} left as they are",
        folder.join(memory::FOLDER).display()
    ));
    Ok(Outcome::Done)
}

/// A file that people may have edited stays, unless its matter was decided anew since.
fn is_kept(file: &Path, decision: &Decision) -> std::result::Result<bool, Trouble> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Trouble::Usage(format!("{} cannot be read: {error}", file.display()))),
        Ok(text) => {
            let there = memory::from_markdown(&text)
                .map_err(|error| Trouble::Usage(format!("{}: {error}; mend or delete it", file.display())))?;
            // Files hold the time as it was written.
            Ok(there.at >= decision.at)
        }
    }
}
