//! What can go wrong with the store.

use std::path::PathBuf;
use std::sync::Arc;

use super::PullKey;

/// What can go wrong with the store. Cheap to clone: one failed commit is the failure of everything that was in it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the file.
    #[error("{} is in use by another threadmodel process; stop it, or give this one another `database`", path.display())]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// The file cannot be opened or created.
    #[error("cannot open the database {}: {why}; check that its directory exists and may be written", path.display())]
    Open {
        /// The database.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// There is no such file.
    #[error("there is no database {}; name the settings of `threadmodel serve` with --config", path.display())]
    Missing {
        /// The database.
        path: PathBuf,
    },
    /// Another version wrote the file.
    #[error("the database {} is of another version of threadmodel; start `threadmodel serve` of this one first", path.display())]
    OtherVersion {
        /// The database.
        path: PathBuf,
    },
    /// The schema of the file cannot be brought to this version.
    #[error("cannot bring the database {} to this version: {why}; a newer threadmodel may have written it", path.display())]
    Migrate {
        /// The database.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A statement or a commit failed; nothing of it was kept.
    #[error("the database refused: {0}")]
    Database(Arc<sqlx::Error>),
    /// Somebody else holds the pull request (or the job) by now; nothing was written.
    #[error("the lease was lost; nothing was written")]
    LeaseLost,
    /// What stands in the store cannot be read by this version: missing facts, so a closed gate.
    #[error("what is stored about {pull} cannot be read: {why}")]
    Unreadable {
        /// The pull request.
        pull: PullKey,
        /// Why.
        why: String,
    },
    /// A value cannot be written as JSON.
    #[error("cannot write a value down: {0}")]
    Unwritable(String),
    /// No randomness for a lease token.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}
