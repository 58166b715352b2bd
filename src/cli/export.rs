//! `threadmodel export`: one review as Markdown or JSON.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::app::clock;
use super::console;
use super::database::{Database, visit};
use super::outcome::{Outcome, Result, Trouble};
use crate::export::{Of, Standing, gather, markdown};
use crate::store::{PullKey, Store};

/// Writes one review: documents, questions and answers, facts, assumptions, threats, recommendations and what became of them,
/// approvals, revisions. From the database alone; GitHub is not asked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel export acme/api#42
  threadmodel export acme/api#42 --format json --to api-42.json

docs/export.md says what each field of the JSON means; docs/export.schema.json is its schema.
It may run beside `threadmodel serve`.
Exit codes: 0 done; 1 the pull request is not known, or it failed; 2 the command line or the configuration is wrong.")]
pub(super) struct Arguments {
    /// The pull request: OWNER/REPO#NUMBER.
    #[arg(value_name = "OWNER/REPO#NUMBER")]
    pull: Named,
    /// Markdown to read and file, or JSON to process.
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// Write to this file instead of stdout.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Markdown,
    Json,
}

/// A pull request as people write it.
#[derive(Clone, Debug)]
struct Named {
    owner: String,
    name: String,
    number: u64,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = || {
            let (repository, number) = text.split_once('#')?;
            let (owner, name) = repository.split_once('/')?;
            let fits = !owner.is_empty() && !name.is_empty() && !name.contains('/');
            Some(Self { owner: owner.to_owned(), name: name.to_owned(), number: number.parse().ok()? }).filter(|_| fits)
        };
        parts().ok_or_else(|| "write it as acme/api#42 (in quotes, where the shell takes `#` for a comment)".to_owned())
    }
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let web = arguments.database.web()?;
    visit(&arguments.database, |store| async move {
        let Some(text) = written(arguments, &store, &web).await? else {
            let Named { owner, name, number } = &arguments.pull;
            console::note(&format!("{owner}/{name}#{number} was never looked at"));
            return Ok(Outcome::Found);
        };
        match &arguments.to {
            None => console::print(&text)?,
            Some(file) => std::fs::write(file, text)
                .map_err(|error| Trouble::Usage(format!("{} cannot be written: {error}", file.display())))?,
        }
        Ok(Outcome::Done)
    })
}

async fn written(arguments: &Arguments, store: &Store, web: &str) -> std::result::Result<Option<String>, Trouble> {
    let Named { owner, name, number } = &arguments.pull;
    let Some(repository) = store.find(owner, name).await? else { return Ok(None) };
    let pull = PullKey { repository, number: *number };
    let Some(standing) = store.standing(pull).await? else { return Ok(None) };
    let standing = Standing {
        open: standing.open,
        green: standing.gate_open,
        head: standing.head.to_string(),
        base: standing.base,
    };
    let record = store.load(pull).await?;
    // As it is spelt on GitHub.
    let label = store.label(repository).await?;
    let (owner, name) = label.as_ref().map_or((owner, name), |label| (&label.owner, &label.name));
    let of = Of { owner, name, pull: *number, web, standing: Some(standing), now: clock()() };
    let export = gather(&of, &record);
    Ok(Some(match arguments.format {
        Format::Markdown => markdown(&export),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&export).map_err(anyhow::Error::from)?),
    }))
}
