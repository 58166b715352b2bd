//! `threadmodel forget`: deletes what is stored of an organisation or person that uninstalled the App.

use clap::Args;

use super::console;
use super::database::{Database, visit};
use super::outcome::{Outcome, Result, Trouble};
use crate::store::{Installed, Store};

/// Deletes what is stored of an organisation or person, once the App is no longer installed there.
///
/// Documents, answers, drafts, decisions and numbers of its reviews go. The audit stays: it holds ids and digests, no text of
/// anybody. What was posted on GitHub stays there.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel forget acme            says what would go, and asks
  threadmodel forget acme --yes      for scripts

Uninstall the App first. Where it is still installed, open reviews would begin anew beside their old comments.
It may run beside `threadmodel serve`. Backups are yours to delete.
Exit codes: 0 done; 1 nothing of that name is stored, or you said no; 2 the configuration is wrong.")]
pub(super) struct Arguments {
    /// The login of the organisation or person that owns the repositories.
    owner: String,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    database: Database,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    visit(&arguments.database, |store| async move {
        let found = store.installed_at(&arguments.owner).await?;
        if found.is_empty() {
            console::note(&format!("nothing is stored of `{}`", arguments.owner));
            return Ok(Outcome::Found);
        }
        for installation in &found {
            console::note(&told(installation));
        }
        if !arguments.yes && !agreed(&arguments.owner)? {
            console::note("nothing was deleted");
            return Ok(Outcome::Found);
        }
        delete(&store, &found).await
    })
}

fn told(installed: &Installed) -> String {
    format!("installation {}: {}", installed.installation, installed.repositories.join(", "))
}

/// Typing the name is asked for, since it cannot be undone.
fn agreed(owner: &str) -> std::result::Result<bool, Trouble> {
    let answer = console::ask(&format!(
        "All that is stored of these repositories will be deleted, for good. Type {owner} to go on: "
    ))?;
    Ok(answer.is_some_and(|answer| answer.eq_ignore_ascii_case(owner)))
}

async fn delete(store: &Store, found: &[Installed]) -> Result {
    for installed in found {
        store.forget_installation(installed.installation).await?;
    }
    console::print("forgotten")?;
    Ok(Outcome::Done)
}
