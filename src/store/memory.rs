//! Organisational memory: what teams decided, for the reviews that follow. Written with the record that decided it; read with
//! every other record of the same installation.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Claim, PullKey, Store, StoreError, id};
use crate::review::memory::MOST_LOADED;
use crate::review::record::Pin;
use crate::threat_model::{Decision, DecisionKind};
use crate::time::Timestamp;

/// Version of the stored decisions. One of another version is not known, which is no harm: it may be decided again.
const SCHEMA: i64 = 1;

/// A decision as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Where it was decided.
    pub pull: PullKey,
    /// Whose it is: the login of the organisation or person that owns the repository.
    pub owner: String,
    /// The decision.
    pub decision: Decision,
}

impl Store {
    /// What is remembered, newest first: of one owner, or of all. What does not hold any more is among it.
    pub async fn memory(&self, owner: Option<String>) -> Result<Vec<Remembered>, StoreError> {
        self.read(move |connection| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "SELECT repository_id, number, owner, decision FROM memory
                      WHERE forgotten_at IS NULL AND schema_version = $1 AND ($2 IS NULL OR owner = $2 COLLATE NOCASE)
                      ORDER BY at DESC, id",
                )
                .bind(SCHEMA)
                .bind(owner)
                .fetch_all(connection)
                .await?;
                let kept = rows.iter().filter_map(|row| Some((row, decision(row)?)));
                let kept = kept.map(|(row, decision)| {
                    Ok(Remembered { pull: PullKey::from_row(row)?, owner: row.try_get("owner")?, decision })
                });
                Ok(kept.collect::<Result<_, sqlx::Error>>()?)
            })
        })
        .await
    }

    /// Deletes what is remembered under this name; false when nothing is. It comes back only if it is decided again later.
    pub async fn forget(&self, repository: u64, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE memory SET forgotten_at = $3, decision = NULL
                      WHERE repository_id = $1 AND id = $2 AND forgotten_at IS NULL",
                )
                .bind(id(repository))
                .bind(name)
                .bind(now.0)
                .execute(connection)
                .await?;
                Ok(done.rows_affected() > 0)
            })
        })
        .await
    }
}

/// Does what a pin says about memory; the claim is the caller's to check.
pub(super) async fn note(connection: &mut SqliteConnection, claim: &Claim, pin: &Pin) -> Result<(), StoreError> {
    match pin {
        Pin::Remember { decision, .. } => remember(connection, claim, decision).await,
        Pin::TakeBack(name) => take_back(connection, claim.pull, name).await,
        _ => Ok(()),
    }
}

async fn remember(connection: &mut SqliteConnection, claim: &Claim, decision: &Decision) -> Result<(), StoreError> {
    let unwritable = |error: serde_json::Error| StoreError::Unwritable(error.to_string());
    let json = serde_json::to_string(decision).map_err(unwritable)?;
    sqlx::query(
        "INSERT INTO memory (repository_id, id, number, installation_id, owner, kind, at, until, schema_version, decision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (repository_id, id) DO UPDATE SET number = excluded.number, installation_id = excluded.installation_id,
            owner = excluded.owner, kind = excluded.kind, at = excluded.at, until = excluded.until, forgotten_at = NULL,
            schema_version = excluded.schema_version, decision = excluded.decision
          WHERE memory.forgotten_at IS NULL OR memory.forgotten_at < excluded.at",
    )
    .bind(id(claim.pull.repository))
    .bind(decision.id.clone())
    .bind(id(claim.pull.number))
    .bind(id(claim.label.installation))
    .bind(claim.label.owner.clone())
    .bind(word(decision.kind))
    .bind(decision.at.0)
    .bind(decision.until.map(|until| until.0))
    .bind(SCHEMA)
    .bind(json)
    .execute(connection)
    .await?;
    Ok(())
}

/// What was forgotten stays so: its row is what says that.
async fn take_back(connection: &mut SqliteConnection, pull: PullKey, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM memory WHERE repository_id = $1 AND number = $2 AND id = $3 AND forgotten_at IS NULL")
        .bind(id(pull.repository))
        .bind(id(pull.number))
        .bind(name.to_owned())
        .execute(connection)
        .await?;
    Ok(())
}

/// What the other reviews of the installation decided, newest first.
pub(super) async fn of(connection: &mut SqliteConnection, pull: PullKey) -> Result<Vec<Decision>, StoreError> {
    let rows = sqlx::query(
        "SELECT m.decision FROM memory m JOIN repositories r ON r.repository_id = $1 AND r.installation_id = m.installation_id
          WHERE m.forgotten_at IS NULL AND m.schema_version = $3 AND NOT (m.repository_id = $1 AND m.number = $2)
          ORDER BY m.at DESC, m.id LIMIT $4",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .bind(SCHEMA)
    .bind(i64::try_from(MOST_LOADED).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().filter_map(decision).collect())
}

/// Unreadable ones are left out: a review can do without them.
fn decision(row: &SqliteRow) -> Option<Decision> {
    let json: &str = row.try_get("decision").ok()?;
    serde_json::from_str(json).ok()
}

/// For people who look into the table.
const fn word(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Dropped => "dropped",
        DecisionKind::Declined => "declined",
        DecisionKind::Edited => "edited",
        DecisionKind::Added => "added",
        DecisionKind::RiskAccepted => "risk_accepted",
        DecisionKind::Deferred => "deferred",
        DecisionKind::Fact => "fact",
    }
}
