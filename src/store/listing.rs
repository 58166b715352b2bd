//! Pull requests as GitHub lists them: those that are unknown, or newer than our last look, are woken.

use std::collections::BTreeMap;

use sqlx::{Row as _, SqliteConnection};

use super::wake::WakeClass;
use super::{PullKey, RepositoryLabel, Store, StoreError, from_id, id, pulls, wakes};
use crate::time::Timestamp;

/// An open pull request in GitHub's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub number: u64,
    /// GitHub's `updated_at`.
    pub updated_at: Timestamp,
}

/// Where the listing of a repository stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When it was last listed, by our clock.
    pub listed_at: Timestamp,
    /// Everything up to this `updated_at` was seen, by GitHub's clock.
    pub through: Timestamp,
}

impl Store {
    /// How far the repositories of an installation are listed.
    pub async fn listing_progress(&self, installation: u64) -> Result<BTreeMap<u64, Progress>, StoreError> {
        self.read(move |connection| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "SELECT repository_id, listed_at, listed_through FROM repositories WHERE installation_id = $1",
                )
                .bind(id(installation))
                .fetch_all(connection)
                .await?;
                let progress = |row: &sqlx::sqlite::SqliteRow| -> Result<(u64, Progress), sqlx::Error> {
                    let moment = |name| row.try_get(name).map(Timestamp);
                    let progress = Progress { listed_at: moment("listed_at")?, through: moment("listed_through")? };
                    Ok((from_id(row.try_get("repository_id")?), progress))
                };
                Ok(rows.iter().map(progress).collect::<Result<_, _>>()?)
            })
        })
        .await
    }

    /// Takes in what GitHub lists of a repository, in one commit with the wakes that follow from it. Returns how many pull
    /// requests were woken: unchanged ones are not.
    pub async fn note_listing(
        &self,
        repository: u64,
        label: RepositoryLabel,
        listed: Vec<Listed>,
        progress: Progress,
    ) -> Result<usize, StoreError> {
        let now = progress.listed_at;
        let woken = self
            .write(move |connection| {
                Box::pin(async move {
                    pulls::label(connection, repository, &label).await?;
                    let mut woken = 0;
                    for one in listed {
                        let pull = PullKey { repository, number: one.number };
                        if let Some(class) = class(connection, pull, one.updated_at).await? {
                            wakes::wake(connection, pull, class, now, now).await?;
                            woken += 1;
                        }
                    }
                    sqlx::query(
                        "UPDATE repositories SET listed_at = $2, listed_through = MAX(listed_through, $3)
                          WHERE repository_id = $1",
                    )
                    .bind(id(repository))
                    .bind(now.0)
                    .bind(progress.through.0)
                    .execute(connection)
                    .await?;
                    Ok(woken)
                })
            })
            .await?;
        if woken > 0 {
            self.stir();
        }
        Ok(woken)
    }

    /// When the repository was added to its installation; the beginning of time if it was there from the start.
    pub async fn added_at(&self, repository: u64) -> Result<Timestamp, StoreError> {
        self.read(move |connection| {
            Box::pin(async move {
                let added: Option<i64> =
                    sqlx::query_scalar("SELECT added_at FROM repositories WHERE repository_id = $1")
                        .bind(id(repository))
                        .fetch_optional(connection)
                        .await?;
                Ok(Timestamp(added.unwrap_or_default()))
            })
        })
        .await
    }

    /// The name of a pull request's check at the last look, if it had this base then.
    pub async fn check_name(&self, pull: PullKey, base: String) -> Result<Option<String>, StoreError> {
        self.read(move |connection| {
            Box::pin(async move {
                Ok(sqlx::query_scalar(
                    "SELECT check_name FROM pulls WHERE repository_id = $1 AND number = $2 AND base = $3",
                )
                .bind(id(pull.repository))
                .bind(id(pull.number))
                .bind(base)
                .fetch_optional(connection)
                .await?)
            })
        })
        .await
    }
}

/// How urgent a look at a listed pull request is; `None`: we have looked at just this.
async fn class(
    connection: &mut SqliteConnection,
    pull: PullKey,
    updated_at: Timestamp,
) -> Result<Option<WakeClass>, StoreError> {
    let known =
        sqlx::query("SELECT is_open, gate_open, updated_at FROM pulls WHERE repository_id = $1 AND number = $2")
            .bind(id(pull.repository))
            .bind(id(pull.number))
            .fetch_optional(connection)
            .await?;
    let Some(known) = known else { return Ok(Some(WakeClass::Due)) };
    let changed = !known.try_get::<bool, _>("is_open")? || known.try_get::<i64, _>("updated_at")? < updated_at.0;
    // What we left green may have to turn red.
    let class = if known.try_get("gate_open")? { WakeClass::Red } else { WakeClass::Due };
    Ok(changed.then_some(class))
}

/// Repositories that were added to an installation which stood before. What was open in them then is left alone, unless it
/// was looked at before: the delivery may come late, or they were taken away for a while only.
pub(super) async fn note_added(
    connection: &mut SqliteConnection,
    added: &[(u64, RepositoryLabel)],
    now: Timestamp,
) -> Result<(), StoreError> {
    for (repository, label) in added {
        pulls::label(connection, *repository, label).await?;
        sqlx::query(
            "UPDATE repositories SET added_at = $2
              WHERE repository_id = $1 AND NOT EXISTS (SELECT 1 FROM pulls WHERE repository_id = $1)",
        )
        .bind(id(*repository))
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
