//! What must survive a restart: acknowledged deliveries, pull requests to look at, what was done about each, analyses, an
//! audit. One SQLite file, used by one process; every write is durable before its caller hears of it.
//!
//! Time is an argument. A lease is a right to write, with a random token that fences: whoever lost it writes nothing.

mod analyses;
mod deliveries;
mod error;
mod fanout;
mod listing;
mod measures;
mod memory;
mod pulls;
mod records;
mod upkeep;
mod usage;
mod wake;
mod wakes;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use tokio::sync::Notify;

pub use crate::review::measure::{Group, Sum, Totals};
pub use analyses::{AnalysisClaim, AnalysisFailed, MAX_ANALYSIS_ATTEMPTS, Means};
pub use deliveries::{Accepted, NewDelivery, NewPress};
pub use error::StoreError;
pub use fanout::{Fanout, Scope};
pub use listing::{Listed, Progress};
pub use memory::Remembered;
pub use pulls::{OpenPull, Standing};
pub use upkeep::{AuditEntry, Installed, QueueState};
pub use usage::{Spending, Used};
pub use wake::{Failed, MAX_ATTEMPTS, Turn, WakeClass};
pub use wakes::{Claim, NewWake};
use writer::{Work, Writer};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// A pull request by its repository's numeric id and its number: renames and transfers change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PullKey {
    /// The repository's numeric id.
    pub repository: u64,
    /// The pull request's number.
    pub number: u64,
}

impl std::fmt::Display for PullKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "repository {} pull request {}", self.repository, self.number)
    }
}

/// What a repository is called now, and who lets us in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RepositoryLabel {
    /// The owner's login.
    pub owner: String,
    /// The repository's name.
    pub name: String,
    /// The installation; 0 where a delivery did not say: the one known before then stays.
    pub installation: u64,
}

/// The store. Cheap to clone; the file is closed when [`Store::close`] returns, or some time after the last clone is gone.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    /// `None` in memory, where there is only the writer's connection.
    readers: Option<SqlitePool>,
    stirred: Arc<Notify>,
    task: Arc<std::sync::Mutex<Option<tokio::task::JoinHandle<()>>>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or creates the file and brings its schema to this version. Leases of an earlier process are void at once.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let connection = connect(path, &options).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_lazy_with(options.read_only(true).optimize_on_close(false, None));
        Self::start(path, connection, Some(readers), lock).await
    }

    /// Opens a file that another process may serve at the same time: to read, and to forget. Nothing of it is changed by
    /// opening; a file of another version is refused.
    pub async fn visit(path: &Path) -> Result<Self, StoreError> {
        let options =
            SqliteConnectOptions::new().filename(path).foreign_keys(true).busy_timeout(Duration::from_secs(10));
        if !path.is_file() {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        let mut connection = connect(path, &options).await?;
        let version: Option<i64> = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut connection)
            .await
            .map_err(|error| StoreError::Open { path: path.to_owned(), why: error.to_string() })?;
        if version != MIGRATIONS.iter().map(|migration| migration.version).max() {
            return Err(StoreError::OtherVersion { path: path.to_owned() });
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(options.read_only(true).optimize_on_close(false, None));
        Ok(Self::on(connection, Some(readers), ()))
    }

    fn on<L: Send + 'static>(connection: SqliteConnection, readers: Option<SqlitePool>, lock: L) -> Self {
        let (writer, task) = Writer::start(connection, lock);
        let task = Arc::new(std::sync::Mutex::new(Some(task)));
        Self { writer, readers, stirred: Arc::new(Notify::new()), task }
    }

    /// A store that is gone with the process: for the demo and for tests.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let path = Path::new(":memory:");
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        Self::start(path, connect(path, &options).await?, None, ()).await
    }

    async fn start<L: Send + 'static>(
        path: &Path,
        mut connection: SqliteConnection,
        readers: Option<SqlitePool>,
        lock: L,
    ) -> Result<Self, StoreError> {
        MIGRATIONS
            .run(&mut connection)
            .await
            .map_err(|error| StoreError::Migrate { path: path.to_owned(), why: error.to_string() })?;
        let store = Self::on(connection, readers, lock);
        store
            .write(|connection| {
                Box::pin(async move {
                    wakes::void_leases(connection).await?;
                    analyses::void_leases(connection).await?;
                    fanout::void_leases(connection).await
                })
            })
            .await?;
        Ok(store)
    }

    /// Finishes what was begun and closes the file; other clones get [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        self.writer.stop();
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        let task = self.task.lock().ok().and_then(|mut task| task.take());
        if let Some(task) = task {
            // A writer that ended in a panic has nothing left to close.
            let _ = task.await;
        }
    }

    /// Returns when something may have become due: a hint for workers that wait, beside their own clock.
    pub async fn stirred(&self) {
        self.stirred.notified().await;
    }

    fn stir(&self) {
        // One permit is kept for a worker that is not waiting yet; the others look by their own clock.
        self.stirred.notify_one();
    }

    async fn write<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, StoreError> {
        self.writer.write(work).await
    }

    /// Reads from one consistent state that holds everything acknowledged so far.
    async fn read<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, StoreError> {
        let Some(readers) = &self.readers else { return self.write(work).await };
        let mut transaction = readers.begin().await?;
        let result = work(&mut transaction).await;
        transaction.rollback().await?;
        result
    }
}

async fn connect(path: &Path, options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    SqliteConnection::connect_with(options)
        .await
        .map_err(|error| StoreError::Open { path: path.to_owned(), why: error.to_string() })
}

/// Takes the lock file beside the database and makes sure that the database is for our eyes only. The lock falls with the
/// process, however it ends.
fn lock(path: &Path) -> Result<std::fs::File, StoreError> {
    let refuse = |error: std::io::Error| StoreError::Open { path: path.to_owned(), why: error.to_string() };
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = private().open(Path::new(&name)).map_err(refuse)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => return Err(StoreError::Locked { path: path.to_owned() }),
        Err(std::fs::TryLockError::Error(error)) => return Err(refuse(error)),
    }
    private().open(path).map_err(refuse)?;
    Ok(file)
}

fn private() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// SQL integers are signed; the bits are kept both ways.
const fn id(id: u64) -> i64 {
    id.cast_signed()
}

const fn from_id(id: i64) -> u64 {
    id.cast_unsigned()
}

/// A fresh lease token.
#[expect(clippy::disallowed_methods, reason = "a fence must not be guessed; the store is the shell")]
fn token() -> Result<String, StoreError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Random(error.to_string()))?;
    Ok(hex::encode(bytes))
}
