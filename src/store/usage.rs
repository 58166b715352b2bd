//! What model providers were asked, and what that leaves of the budgets.

use sqlx::{Row as _, SqliteConnection};

use super::{AnalysisClaim, PullKey, Store, StoreError, from_id, id};
use crate::review::record::{Spent, StoodIn};
use crate::time::{Millis, Timestamp};

/// One request to a provider, or one time that the built-in analyst stood in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// The task: `ask`, `draft`, …
    pub task: String,
    /// The model, as the provider names it; empty for the built-in analyst.
    pub model: String,
    /// Tokens of input, cached or not.
    pub input: u64,
    /// Of them: read from a cache.
    pub cached: u64,
    /// Of them: written to a cache.
    pub cache_written: u64,
    /// Tokens of output.
    pub output: u64,
    /// Money, in millionths of the operator's currency.
    pub micros: u64,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// A stable name of what went wrong, if anything.
    pub trouble: Option<String>,
    /// Why the built-in analyst stood in, in plain words, if it did.
    pub stood_in: Option<String>,
}

/// What was spent so far, in tokens, and how often providers were asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// For this pull request, over its whole life.
    pub review: u64,
    /// For its repository, over the last 30 days.
    pub repository: u64,
    /// For its installation, over the last 30 days.
    pub installation: u64,
    /// Requests for its repository, over the last hour.
    pub calls: u64,
}

/// A month of a budget.
const MONTH: Millis = Millis(30 * 24 * 60 * 60 * 1000);
const HOUR: Millis = Millis(60 * 60 * 1000);

impl Store {
    /// Notes what an analysis used.
    pub async fn note_usage(&self, claim: &AnalysisClaim, used: Vec<Used>, now: Timestamp) -> Result<(), StoreError> {
        let (pull, installation) = (claim.pull, claim.label.installation);
        self.write(move |connection| {
            Box::pin(async move {
                for one in &used {
                    insert(connection, pull, installation, one, now).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What was spent so far where an analysis belongs.
    pub async fn spending(&self, claim: &AnalysisClaim, now: Timestamp) -> Result<Spending, StoreError> {
        let (pull, installation) = (claim.pull, claim.label.installation);
        let since = |span: Millis| now.after(Millis(span.0.saturating_neg())).0;
        let (month, hour) = (since(MONTH), since(HOUR));
        self.read(move |connection| {
            Box::pin(async move {
                let row = sqlx::query(
                    "SELECT
                       (SELECT COALESCE(SUM(input + output), 0) FROM usage WHERE repository_id = $1 AND number = $2) AS review,
                       (SELECT COALESCE(SUM(input + output), 0) FROM usage WHERE repository_id = $1 AND at >= $4) AS repository,
                       (SELECT COALESCE(SUM(input + output), 0) FROM usage WHERE installation_id = $3 AND at >= $4) AS installation,
                       (SELECT COUNT(*) FROM usage WHERE repository_id = $1 AND at >= $5 AND model <> '') AS calls",
                )
                .bind(id(pull.repository))
                .bind(id(pull.number))
                .bind(id(installation))
                .bind(month)
                .bind(hour)
                .fetch_one(connection)
                .await?;
                Ok(Spending {
                    review: from_id(row.try_get("review")?),
                    repository: from_id(row.try_get("repository")?),
                    installation: from_id(row.try_get("installation")?),
                    calls: from_id(row.try_get("calls")?),
                })
            })
        })
        .await
    }

    /// Tokens and money by task and model, and how often the built-in analyst stood in: for the operator.
    pub async fn usage_totals(&self) -> Result<Vec<(Used, u64)>, StoreError> {
        self.read(|connection| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "SELECT task, model, trouble, SUM(input) AS input, SUM(cached) AS cached,
                            SUM(cache_written) AS cache_written, SUM(output) AS output, SUM(micros) AS micros, SUM(millis) AS millis, COUNT(*) AS n
                       FROM usage GROUP BY task, model, trouble ORDER BY task, model, trouble",
                )
                .fetch_all(connection)
                .await?;
                rows.iter()
                    .map(|row| {
                        let used = Used {
                            task: row.try_get("task")?,
                            model: row.try_get("model")?,
                            input: from_id(row.try_get("input")?),
                            cached: from_id(row.try_get("cached")?),
                            cache_written: from_id(row.try_get("cache_written")?),
                            output: from_id(row.try_get("output")?),
                            micros: from_id(row.try_get("micros")?),
                            millis: from_id(row.try_get("millis")?),
                            trouble: row.try_get("trouble")?,
                            stood_in: None,
                        };
                        Ok((used, from_id(row.try_get("n")?)))
                    })
                    .collect()
            })
        })
        .await
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    pull: PullKey,
    installation: u64,
    used: &Used,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO usage (at, repository_id, number, installation_id, task, model, input, cached, cache_written, output,
                            micros, millis, trouble, stood_in)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(now.0)
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .bind(id(installation))
    .bind(used.task.clone())
    .bind(used.model.clone())
    .bind(id(used.input))
    .bind(id(used.cached))
    .bind(id(used.cache_written))
    .bind(id(used.output))
    .bind(id(used.micros))
    .bind(id(used.millis))
    .bind(used.trouble.clone())
    .bind(used.stood_in.clone())
    .execute(connection)
    .await?;
    Ok(())
}

/// What a pull request's record shows of it.
pub(super) async fn of(connection: &mut SqliteConnection, pull: PullKey) -> Result<Spent, StoreError> {
    let tokens: i64 = sqlx::query_scalar(
        "SELECT COALESCE(SUM(input + output), 0) FROM usage WHERE repository_id = $1 AND number = $2",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .fetch_one(&mut *connection)
    .await?;
    // The last word on each task: a model's turn ends the standing in.
    let rows = sqlx::query(
        "SELECT task, stood_in FROM usage u WHERE repository_id = $1 AND number = $2 AND (stood_in IS NOT NULL OR trouble IS NULL)
            AND id = (SELECT MAX(id) FROM usage v WHERE v.repository_id = $1 AND v.number = $2 AND v.task = u.task
                         AND (v.stood_in IS NOT NULL OR v.trouble IS NULL))
          ORDER BY task",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .fetch_all(connection)
    .await?;
    let mut stood_in = Vec::new();
    for row in &rows {
        if let Some(why) = row.try_get::<Option<String>, _>("stood_in")? {
            stood_in.push(StoodIn { task: row.try_get("task")?, why });
        }
    }
    Ok(Spent { tokens: from_id(tokens), stood_in })
}
