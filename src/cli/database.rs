//! How commands find the database of `threadmodel serve`, and look into it while it runs.

use std::path::PathBuf;

use clap::Args;

use super::outcome::{Result, Trouble};
use crate::config::{self, Settings};
use crate::store::{Store, StoreError};

/// The settings that are read when no file is named.
pub(super) const USUAL_FILE: &str = "threadmodel.toml";

/// Which database.
#[derive(Debug, Args)]
pub(super) struct Database {
    /// Settings of `threadmodel serve`, which name the database; threadmodel.toml in the current directory unless told.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The database itself; no settings are read then.
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "config")]
    database: Option<PathBuf>,
}

impl Database {
    fn settings(&self) -> std::result::Result<Settings, Trouble> {
        if let Some(database) = self.database.clone() {
            return Ok(Settings { database, ..Settings::default() });
        }
        let usual = Some(PathBuf::from(USUAL_FILE)).filter(|path| path.is_file());
        let file = self.config.clone().or(usual);
        config::settings(file.as_deref(), variables()).map_err(|error| Trouble::Usage(error.to_string()))
    }

    /// GitHub's web address, for links.
    pub(super) fn web(&self) -> std::result::Result<String, Trouble> {
        Ok(self.settings()?.github_url)
    }
}

/// The environment's variables, as settings are read from.
pub(super) fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Does something with the database.
pub(super) fn visit<W>(which: &Database, work: impl FnOnce(Store) -> W) -> Result
where
    W: Future<Output = Result>,
{
    let path = which.settings()?.database;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::visit(&path).await?;
        let done = work(store.clone()).await;
        store.close().await;
        done
    })
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } | StoreError::OtherVersion { .. } => Self::Usage(error.to_string()),
            error => Self::Failed(error.into()),
        }
    }
}
