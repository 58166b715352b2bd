//! Analyses: jobs and their results, by the digest of what they may use. A worker holds a job by a lease of its own, not the
//! pull request; when a job ends, its pull request is woken in the same commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::wake::{WakeClass, backoff};
use super::{Claim, PullKey, RepositoryLabel, Store, StoreError, id, token, wakes};
use crate::analyst::{Answer, Task};
use crate::digest::Digest;
use crate::review::record::Analysis;
use crate::review::wanted::WantedAnalysis;
use crate::time::{Millis, Timestamp};

/// Version of the stored tasks and answers.
const SCHEMA: i64 = 1;

/// Tries before an analysis counts as failed.
pub const MAX_ANALYSIS_ATTEMPTS: u32 = 5;

/// A job in hand.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisClaim {
    /// For which pull request.
    pub pull: PullKey,
    /// Its repository's name and installation.
    pub label: RepositoryLabel,
    /// Digest of what the task may use.
    pub key: Digest,
    /// The task.
    pub task: Task,
    /// With what it may be made.
    pub means: Means,
    /// Which try this is, from 1.
    pub attempts: u32,
    /// Until when it is ours.
    pub until: Timestamp,
    token: String,
}

/// With what an analysis may be made: what its key does not cover: it says how the work is done. An analysis that was
/// made stays as it is when this changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Means {
    /// Whether a model provider may be called.
    pub provider: bool,
    /// Tokens for the whole review (the policy's `budget.tokens_per_review`).
    pub tokens_per_review: u64,
    /// Requests in an hour for the repository (`budget.calls_per_hour`).
    pub calls_per_hour: u64,
    /// The language that a model writes, as a tag (`language`); none: that of the documents.
    pub language: Option<String>,
    /// What the team adds to the rules of tasks (`prompts`), by the task's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub guidance: BTreeMap<String, String>,
}

/// What a failed try leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnalysisFailed {
    /// Another try at this moment.
    Backoff(Timestamp),
    /// No further try; the record says so.
    Final,
}

impl Store {
    /// Queues analyses, if the claim still stands. One that waits gets the new `not_before` (the quiet period moves); one that
    /// is done stays; one that failed is tried anew.
    pub async fn queue_analyses(
        &self,
        claim: &Claim,
        wanted: Vec<WantedAnalysis>,
        means: Means,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let claim = claim.clone();
        self.write(move |connection| {
            Box::pin(async move {
                wakes::held(connection, claim.pull, &claim.token).await?;
                for analysis in &wanted {
                    queue(connection, &claim, analysis, &means, now).await?;
                }
                Ok(())
            })
        })
        .await?;
        self.stir();
        Ok(())
    }

    /// Forgets analyses of the claimed pull request that wait and are not among `wanted`: nobody will use their answers.
    pub async fn forget_analyses_except(&self, claim: &Claim, wanted: Vec<Digest>) -> Result<(), StoreError> {
        let (pull, token) = (claim.pull, claim.token.clone());
        self.write(move |connection| {
            Box::pin(async move {
                wakes::held(connection, pull, &token).await?;
                let waiting = sqlx::query(
                    "SELECT key FROM analyses WHERE repository_id = $1 AND number = $2 AND state = 'waiting'",
                )
                .bind(id(pull.repository))
                .bind(id(pull.number))
                .fetch_all(&mut *connection)
                .await?;
                for row in waiting {
                    let key: String = row.try_get("key")?;
                    if wanted.iter().all(|wanted| wanted.as_str() != key) {
                        sqlx::query("DELETE FROM analyses WHERE repository_id = $1 AND number = $2 AND key = $3")
                            .bind(id(pull.repository))
                            .bind(id(pull.number))
                            .bind(key)
                            .execute(&mut *connection)
                            .await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// The job that has waited longest among those that may start; installations take turns.
    pub async fn claim_analysis(&self, now: Timestamp, lease: Millis) -> Result<Option<AnalysisClaim>, StoreError> {
        let token = token()?;
        self.write(move |connection| {
            Box::pin(async move {
                // Jobs that cannot be claimed (unreadable, or tried out by workers that died) end here; the next is looked at.
                loop {
                    let Some(row) = next(connection, now).await? else { return Ok(None) };
                    let key = JobKey::from_row(&row)?;
                    let attempts: u32 = row.try_get("attempts")?;
                    let spent =
                        (attempts >= MAX_ANALYSIS_ATTEMPTS).then(|| "the analysis did not come to an end".to_owned());
                    match spent.map_or_else(|| task(&row), Err) {
                        Err(why) => end_failed(connection, &key, &why, now).await?,
                        Ok(task) => {
                            let label = RepositoryLabel::from_row(&row)?;
                            let attempts = attempts.saturating_add(1);
                            let until = now.after(lease);
                            hold(connection, &key, attempts, &token, until, label.installation).await?;
                            let JobKey { pull, key } = key;
                            // What cannot be read allows nothing: the built-in analyst needs no means.
                            let means = serde_json::from_str(row.try_get("means")?).unwrap_or_default();
                            return Ok(Some(AnalysisClaim { pull, label, key, task, means, attempts, until, token }));
                        }
                    }
                }
            })
        })
        .await
    }

    /// Moves the end of a job's lease: the worker's heartbeat.
    pub async fn extend_analysis(&self, claim: &mut AnalysisClaim, until: Timestamp) -> Result<(), StoreError> {
        let (job, token) = (JobKey::of(claim), claim.token.clone());
        self.write(move |connection| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE analyses SET lease_until = $5
                      WHERE repository_id = $1 AND number = $2 AND key = $3 AND lease_token = $4",
                )
                .bind(id(job.pull.repository))
                .bind(id(job.pull.number))
                .bind(job.key.as_str().to_owned())
                .bind(token)
                .bind(until.0)
                .execute(connection)
                .await?;
                if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
            })
        })
        .await?;
        claim.until = until;
        Ok(())
    }

    /// Stores the answer, if the job is still ours, and wakes the pull request.
    pub async fn finish_analysis(
        &self,
        claim: AnalysisClaim,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let answer = serde_json::to_string(answer).map_err(|error| StoreError::Unwritable(error.to_string()))?;
        self.write(move |connection| {
            Box::pin(async move {
                held(connection, &claim).await?;
                let job = JobKey::of(&claim);
                end(connection, &job, "done", Some(answer), None, now).await?;
                wakes::wake(connection, job.pull, WakeClass::Due, now, now).await
            })
        })
        .await?;
        self.stir();
        Ok(())
    }

    /// Gives a job back, to be tried no sooner than `not_before`. The try stays counted.
    pub async fn put_off_analysis(&self, claim: AnalysisClaim, not_before: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                held(connection, &claim).await?;
                put_back(connection, &JobKey::of(&claim), not_before).await
            })
        })
        .await?;
        self.stir();
        Ok(())
    }

    /// The try failed: backs off, or, after the last one or when `again` is false, ends it and wakes the pull request.
    /// `why` is shown to people: plain words, no secrets.
    pub async fn fail_analysis(
        &self,
        claim: AnalysisClaim,
        why: &str,
        again: bool,
        now: Timestamp,
    ) -> Result<AnalysisFailed, StoreError> {
        let why = why.to_owned();
        let failed = self
            .write(move |connection| {
                Box::pin(async move {
                    held(connection, &claim).await?;
                    let job = JobKey::of(&claim);
                    if !again || claim.attempts >= MAX_ANALYSIS_ATTEMPTS {
                        end_failed(connection, &job, &why, now).await?;
                        return Ok(AnalysisFailed::Final);
                    }
                    let not_before = now.after(backoff(claim.attempts));
                    put_back(connection, &job, not_before).await?;
                    Ok(AnalysisFailed::Backoff(not_before))
                })
            })
            .await?;
        self.stir();
        Ok(failed)
    }
}

/// A job's place.
struct JobKey {
    pull: PullKey,
    key: Digest,
}

impl JobKey {
    fn of(claim: &AnalysisClaim) -> Self {
        Self { pull: claim.pull, key: claim.key.clone() }
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        let pull = PullKey::from_row(row)?;
        Ok(Self { pull, key: digest(pull, row)? })
    }
}

fn digest(pull: PullKey, row: &SqliteRow) -> Result<Digest, StoreError> {
    let key: String = row.try_get("key")?;
    serde_json::from_value(key.into())
        .map_err(|_| StoreError::Unreadable { pull, why: "an analysis has a key that is no digest".to_owned() })
}

fn task(row: &SqliteRow) -> Result<Task, String> {
    let unreadable = || "this version of threadmodel cannot read the stored task".to_owned();
    let schema: i64 = row.try_get("schema_version").map_err(|_| unreadable())?;
    let json: &str = row.try_get("task").map_err(|_| unreadable())?;
    if schema == SCHEMA { serde_json::from_str(json).map_err(|_| unreadable()) } else { Err(unreadable()) }
}

async fn queue(
    connection: &mut SqliteConnection,
    claim: &Claim,
    wanted: &WantedAnalysis,
    means: &Means,
    now: Timestamp,
) -> Result<(), StoreError> {
    let means = serde_json::to_string(means).map_err(|error| StoreError::Unwritable(error.to_string()))?;
    let task = serde_json::to_string(&wanted.task).map_err(|error| StoreError::Unwritable(error.to_string()))?;
    sqlx::query(
        "INSERT INTO analyses (repository_id, number, key, installation_id, schema_version, task, state, since, not_before,
                               means)
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $9)
         ON CONFLICT (repository_id, number, key) DO UPDATE SET
            not_before = excluded.not_before, means = excluded.means,
            attempts = CASE WHEN analyses.state = 'failed' THEN 0 ELSE analyses.attempts END,
            since = CASE WHEN analyses.state = 'failed' THEN excluded.since ELSE analyses.since END,
            why = NULL, state = 'waiting', task = excluded.task, schema_version = excluded.schema_version
          WHERE analyses.state = 'failed' OR (analyses.state = 'waiting' AND analyses.attempts = 0)",
    )
    .bind(id(claim.pull.repository))
    .bind(id(claim.pull.number))
    .bind(wanted.key.as_str().to_owned())
    .bind(id(claim.label.installation))
    .bind(SCHEMA)
    .bind(task)
    .bind(now.0)
    .bind(wanted.not_before.0)
    .bind(means)
    .execute(connection)
    .await?;
    Ok(())
}

async fn next(connection: &mut SqliteConnection, now: Timestamp) -> Result<Option<SqliteRow>, StoreError> {
    let row = sqlx::query(
        "SELECT a.repository_id, a.number, a.key, a.schema_version, a.task, a.means, a.attempts, r.owner, r.name, r.installation_id
           FROM analyses a
           JOIN repositories r ON r.repository_id = a.repository_id
           LEFT JOIN installations i ON i.installation_id = r.installation_id
          WHERE (a.state = 'waiting' AND a.not_before <= $1) OR (a.state = 'leased' AND a.lease_until <= $1)
          ORDER BY COALESCE(i.analysed, 0), a.not_before, a.repository_id, a.number, a.key
          LIMIT 1",
    )
    .bind(now.0)
    .fetch_optional(connection)
    .await?;
    Ok(row)
}

async fn hold(
    connection: &mut SqliteConnection,
    job: &JobKey,
    attempts: u32,
    token: &str,
    until: Timestamp,
    installation: u64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE analyses SET state = 'leased', attempts = $4, lease_token = $5, lease_until = $6
          WHERE repository_id = $1 AND number = $2 AND key = $3",
    )
    .bind(id(job.pull.repository))
    .bind(id(job.pull.number))
    .bind(job.key.as_str().to_owned())
    .bind(attempts)
    .bind(token.to_owned())
    .bind(until.0)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO installations (installation_id, analysed)
         VALUES ($1, (SELECT COALESCE(MAX(analysed), 0) + 1 FROM installations))
         ON CONFLICT (installation_id) DO UPDATE SET analysed = excluded.analysed",
    )
    .bind(id(installation))
    .execute(connection)
    .await?;
    Ok(())
}

async fn held(connection: &mut SqliteConnection, claim: &AnalysisClaim) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT lease_token FROM analyses WHERE repository_id = $1 AND number = $2 AND key = $3")
        .bind(id(claim.pull.repository))
        .bind(id(claim.pull.number))
        .bind(claim.key.as_str().to_owned())
        .fetch_optional(connection)
        .await?;
    let token = row.map(|row| row.try_get::<Option<String>, _>("lease_token")).transpose()?.flatten();
    if token.as_ref() == Some(&claim.token) { Ok(()) } else { Err(StoreError::LeaseLost) }
}

async fn end_failed(
    connection: &mut SqliteConnection,
    job: &JobKey,
    why: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    end(connection, job, "failed", None, Some(why.to_owned()), now).await?;
    wakes::wake(connection, job.pull, WakeClass::Due, now, now).await
}

async fn end(
    connection: &mut SqliteConnection,
    job: &JobKey,
    state: &'static str,
    answer: Option<String>,
    why: Option<String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE analyses SET state = $4, answer = $5, why = $6, ended_at = $7, lease_token = NULL, lease_until = NULL
          WHERE repository_id = $1 AND number = $2 AND key = $3",
    )
    .bind(id(job.pull.repository))
    .bind(id(job.pull.number))
    .bind(job.key.as_str().to_owned())
    .bind(state)
    .bind(answer)
    .bind(why)
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_back(connection: &mut SqliteConnection, job: &JobKey, not_before: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE analyses SET state = 'waiting', not_before = $4, lease_token = NULL, lease_until = NULL
          WHERE repository_id = $1 AND number = $2 AND key = $3",
    )
    .bind(id(job.pull.repository))
    .bind(id(job.pull.number))
    .bind(job.key.as_str().to_owned())
    .bind(not_before.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// At the start nobody holds a job. The tries stay counted.
pub(super) async fn void_leases(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE analyses SET state = 'waiting', lease_token = NULL, lease_until = NULL WHERE state = 'leased'")
        .execute(connection)
        .await?;
    Ok(())
}

/// A pull request's analyses as its record shows them.
pub(super) async fn of(
    connection: &mut SqliteConnection,
    pull: PullKey,
) -> Result<BTreeMap<Digest, Analysis>, StoreError> {
    let rows = sqlx::query(
        "SELECT key, schema_version, state, since, answer, why, ended_at FROM analyses WHERE repository_id = $1 AND number = $2",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((digest(pull, row)?, shown(row)?))).collect()
}

fn shown(row: &SqliteRow) -> Result<Analysis, sqlx::Error> {
    let ended_at = Timestamp(row.try_get::<Option<i64>, _>("ended_at")?.unwrap_or_default());
    Ok(match row.try_get("state")? {
        "done" => {
            let json: Option<&str> = row.try_get("answer")?;
            let readable = row.try_get::<i64, _>("schema_version")? == SCHEMA;
            let answer = json.filter(|_| readable).and_then(|json| serde_json::from_str::<Answer>(json).ok());
            match answer {
                Some(answer) => Analysis::Done { answer: Arc::new(answer) },
                None => Analysis::Failed {
                    why: "this version of threadmodel cannot read the stored answer".to_owned(),
                    at: ended_at,
                },
            }
        }
        "failed" => {
            Analysis::Failed { why: row.try_get::<Option<String>, _>("why")?.unwrap_or_default(), at: ended_at }
        }
        _ => Analysis::Waiting { since: Timestamp(row.try_get("since")?) },
    })
}
