//! What was done about each pull request. A record of an unknown version is an error, never a default: an empty record would
//! ask everything again and forget what was refused.

use sqlx::{Row as _, SqliteConnection};

use super::{Claim, PullKey, Store, StoreError, from_id, id, wakes};
use crate::review::record::{OLDEST_SCHEMA, Pin, Press, Record, SCHEMA};
use crate::review::snapshot::UserId;
use crate::time::Timestamp;

impl Store {
    /// The record with its presses and analyses, and what other reviews decided; an empty one for a pull request that we have never looked at.
    pub async fn load(&self, pull: PullKey) -> Result<Record, StoreError> {
        self.read(move |connection| Box::pin(async move { load(connection, pull).await })).await
    }

    /// Applies pins and writes the record, in one transaction, if the claim still stands. Returns the new record.
    pub async fn pin(&self, claim: &Claim, pins: Vec<Pin>) -> Result<Record, StoreError> {
        let (pull, claim) = (claim.pull, claim.clone());
        self.write(move |connection| {
            Box::pin(async move {
                wakes::held(connection, pull, &claim.token).await?;
                let mut record = load(connection, pull).await?;
                for pin in pins {
                    super::memory::note(connection, &claim, &pin).await?;
                    record.apply(pin);
                }
                save(connection, pull, claim.label.installation, &record).await?;
                Ok(record)
            })
        })
        .await
    }
}

async fn load(connection: &mut SqliteConnection, pull: PullKey) -> Result<Record, StoreError> {
    let row = sqlx::query("SELECT schema_version, record FROM records WHERE repository_id = $1 AND number = $2")
        .bind(id(pull.repository))
        .bind(id(pull.number))
        .fetch_optional(&mut *connection)
        .await?;
    let mut record = match row {
        None => Record::default(),
        Some(row) => parse(pull, row.try_get("schema_version")?, row.try_get("record")?)?,
    };
    for press in presses(connection, pull).await? {
        if record.presses.iter().all(|known| known.guid != press.guid) {
            record.presses.push(press);
        }
    }
    record.analyses = super::analyses::of(connection, pull).await?;
    record.memory = super::memory::of(connection, pull).await?;
    record.spent = super::usage::of(connection, pull).await?;
    Ok(record)
}

fn parse(pull: PullKey, schema: i64, json: &str) -> Result<Record, StoreError> {
    if !(i64::from(OLDEST_SCHEMA)..=i64::from(SCHEMA)).contains(&schema) {
        let why =
            format!("it has schema version {schema}, this threadmodel reads versions {OLDEST_SCHEMA} to {SCHEMA}");
        return Err(StoreError::Unreadable { pull, why });
    }
    serde_json::from_str(json).map_err(|error| {
        // The position only: the message of serde may quote what people wrote.
        let why = format!(
            "the record is not what version {schema} looks like (line {}, column {})",
            error.line(),
            error.column()
        );
        StoreError::Unreadable { pull, why }
    })
}

async fn save(
    connection: &mut SqliteConnection,
    pull: PullKey,
    installation: u64,
    record: &Record,
) -> Result<(), StoreError> {
    let json = serde_json::to_string(record).map_err(|error| StoreError::Unwritable(error.to_string()))?;
    sqlx::query(
        "INSERT INTO records (repository_id, number, installation_id, schema_version, record) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (repository_id, number) DO UPDATE SET installation_id = excluded.installation_id,
            schema_version = excluded.schema_version, record = excluded.record",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .bind(id(installation))
    .bind(i64::from(SCHEMA))
    .bind(json)
    .execute(connection)
    .await?;
    Ok(())
}

/// Presses in order of arrival. One that names no pull request counts where its commit is the head.
async fn presses(connection: &mut SqliteConnection, pull: PullKey) -> Result<Vec<Press>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.guid, p.sender, p.login, p.action, p.sha, p.at FROM presses p
          WHERE p.repository_id = $1
            AND (p.number = $2
                 OR (p.number = 0 AND EXISTS (SELECT 1 FROM pulls u WHERE u.repository_id = $1 AND u.number = $2 AND u.head = p.sha)))
          ORDER BY p.at, p.guid",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .fetch_all(connection)
    .await?;
    let press = |row: &sqlx::sqlite::SqliteRow| -> Result<Press, sqlx::Error> {
        Ok(Press {
            guid: row.try_get("guid")?,
            sender: UserId(from_id(row.try_get("sender")?)),
            login: row.try_get("login")?,
            action: row.try_get("action")?,
            sha: row.try_get::<String, _>("sha")?.into(),
            at: Timestamp(row.try_get("at")?),
            outcome: None,
        })
    };
    Ok(rows.iter().map(press).collect::<Result<_, _>>()?)
}
