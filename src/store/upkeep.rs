//! Audit, numbers for the operator, and forgetting.

use sqlx::{Row as _, SqliteConnection};

use super::{PullKey, Store, StoreError, from_id, id};
use crate::digest::Digest;
use crate::time::Timestamp;

/// An installation of the App, as it is known from its repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// GitHub's id.
    pub installation: u64,
    /// Full names of its repositories, sorted.
    pub repositories: Vec<String>,
}

/// Something that happened, in ids and digests: no people's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// About which pull request.
    pub pull: PullKey,
    /// The installation.
    pub installation: u64,
    /// What happened, one of our own words: `check.success`, `post.written`, `override.applied`.
    pub what: &'static str,
    /// What it happened to: a node id, a commit, a numeric id.
    pub subject: String,
    /// Digest of what was written or decided.
    pub digest: Option<Digest>,
}

/// The queues at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueState {
    /// Pull requests that are due and wait for a worker.
    pub wakes_due: u64,
    /// Pull requests with a look planned for later.
    pub wakes_later: u64,
    /// Pull requests in hand.
    pub wakes_claimed: u64,
    /// Pull requests given up.
    pub wakes_dead: u64,
    /// How long the oldest due one has waited, milliseconds.
    pub oldest_due_ms: u64,
    /// Analyses that wait.
    pub analyses_waiting: u64,
    /// Analyses in hand.
    pub analyses_claimed: u64,
    /// Analyses that failed for good.
    pub analyses_failed: u64,
    /// Hints that wait to be spread.
    pub fanouts: u64,
    /// Open reviews.
    pub open_pulls: u64,
}

impl Store {
    /// Adds to the audit. Entries are never changed or deleted.
    pub async fn audit(&self, entries: Vec<AuditEntry>) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                for entry in entries {
                    audit(connection, entry).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Lengths and ages of the queues.
    pub async fn queue_state(&self, now: Timestamp) -> Result<QueueState, StoreError> {
        self.read(move |connection| Box::pin(async move { queue_state(connection, now).await })).await
    }

    /// Whether the file can be written: writes to it.
    pub async fn check_writable(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO heartbeat (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
                )
                .bind(now.0)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets deliveries that arrived before `deliveries` (GitHub redelivers for three days) and dead wakes of before
    /// `dead`. Returns how many rows went. Small steps: call it until it returns 0.
    pub async fn prune(&self, deliveries: Timestamp, dead: Timestamp) -> Result<u64, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let old = sqlx::query(
                    "DELETE FROM deliveries WHERE guid IN (SELECT guid FROM deliveries WHERE received_at < $1 LIMIT 1000)",
                )
                .bind(deliveries.0)
                .execute(&mut *connection)
                .await?;
                let gone = sqlx::query("DELETE FROM wakes WHERE dead_at < $1").bind(dead.0).execute(connection).await?;
                Ok(old.rows_affected().saturating_add(gone.rows_affected()))
            })
        })
        .await
    }

    /// The installations on repositories of an owner (case does not count).
    pub async fn installed_at(&self, owner: &str) -> Result<Vec<Installed>, StoreError> {
        let owner = owner.to_owned();
        self.read(move |connection| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "SELECT installation_id, owner || '/' || name AS full FROM repositories
                      WHERE owner = $1 COLLATE NOCASE AND installation_id <> 0 ORDER BY installation_id, full",
                )
                .bind(owner)
                .fetch_all(connection)
                .await?;
                let mut found: Vec<Installed> = Vec::new();
                for row in &rows {
                    let installation = from_id(row.try_get("installation_id")?);
                    let name: String = row.try_get("full")?;
                    match found.last_mut().filter(|last| last.installation == installation) {
                        Some(last) => last.repositories.push(name),
                        None => found.push(Installed { installation, repositories: vec![name] }),
                    }
                }
                Ok(found)
            })
        })
        .await
    }

    /// Forgets everything that people of this installation wrote, and all work for it. The audit, which holds ids and digests
    /// only, stays.
    pub async fn forget_installation(&self, installation: u64) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                for statement in [
                    "DELETE FROM records WHERE installation_id = $1",
                    "DELETE FROM analyses WHERE installation_id = $1",
                    "DELETE FROM presses WHERE installation_id = $1",
                    "DELETE FROM memory WHERE installation_id = $1",
                    "DELETE FROM measures WHERE installation_id = $1",
                    "DELETE FROM fanouts WHERE installation_id = $1
                        OR repository_id IN (SELECT repository_id FROM repositories WHERE installation_id = $1)",
                    // Wakes and pulls go with their repository.
                    "DELETE FROM repositories WHERE installation_id = $1",
                    "DELETE FROM installations WHERE installation_id = $1",
                ] {
                    sqlx::query(statement).bind(id(installation)).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn audit(connection: &mut SqliteConnection, entry: AuditEntry) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (at, installation_id, repository_id, number, what, subject, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(entry.at.0)
    .bind(id(entry.installation))
    .bind(id(entry.pull.repository))
    .bind(id(entry.pull.number))
    .bind(entry.what)
    .bind(entry.subject)
    .bind(entry.digest.map(|digest| digest.as_str().to_owned()))
    .execute(connection)
    .await?;
    Ok(())
}

async fn queue_state(connection: &mut SqliteConnection, now: Timestamp) -> Result<QueueState, StoreError> {
    let row = sqlx::query(
        "SELECT
            (SELECT COUNT(*) FROM wakes WHERE dead_at IS NULL AND lease_token IS NULL AND due_at <= $1 AND not_before <= $1) AS due,
            (SELECT COUNT(*) FROM wakes WHERE dead_at IS NULL AND lease_token IS NULL AND (due_at > $1 OR not_before > $1)) AS later,
            (SELECT COUNT(*) FROM wakes WHERE lease_token IS NOT NULL) AS claimed,
            (SELECT COUNT(*) FROM wakes WHERE dead_at IS NOT NULL) AS dead,
            (SELECT MIN(due_at) FROM wakes WHERE dead_at IS NULL AND lease_token IS NULL AND due_at <= $1 AND not_before <= $1) AS oldest,
            (SELECT COUNT(*) FROM analyses WHERE state = 'waiting') AS analyses_waiting,
            (SELECT COUNT(*) FROM analyses WHERE state = 'leased') AS analyses_claimed,
            (SELECT COUNT(*) FROM analyses WHERE state = 'failed') AS analyses_failed,
            (SELECT COUNT(*) FROM fanouts WHERE failed IS NULL) AS fanouts,
            (SELECT COUNT(*) FROM pulls WHERE is_open) AS open_pulls",
    )
    .bind(now.0)
    .fetch_one(connection)
    .await?;
    let count = |name| row.try_get::<i64, _>(name).map(|n| u64::try_from(n).unwrap_or_default());
    let oldest: Option<i64> = row.try_get("oldest")?;
    Ok(QueueState {
        wakes_due: count("due")?,
        wakes_later: count("later")?,
        wakes_claimed: count("claimed")?,
        wakes_dead: count("dead")?,
        oldest_due_ms: oldest.map_or(0, |at| u64::try_from(now.0.saturating_sub(at)).unwrap_or_default()),
        analyses_waiting: count("analyses_waiting")?,
        analyses_claimed: count("analyses_claimed")?,
        analyses_failed: count("analyses_failed")?,
        fanouts: count("fanouts")?,
        open_pulls: count("open_pulls")?,
    })
}
