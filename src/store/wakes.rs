//! The queue of pull requests to look at.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::wake::{Failed, Lease, Turn, WakeClass, WakeRow};
use super::{PullKey, RepositoryLabel, Store, StoreError, from_id, id, token};
use crate::time::{Millis, Timestamp};

/// A look at a pull request is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWake {
    /// Which.
    pub pull: PullKey,
    /// Its repository's name and installation at this moment.
    pub label: RepositoryLabel,
    /// How urgent.
    pub class: WakeClass,
    /// When.
    pub due_at: Timestamp,
}

/// The right to look at a pull request and to write about it: one holder at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which.
    pub pull: PullKey,
    /// Its repository's name and installation.
    pub label: RepositoryLabel,
    /// Why it was woken.
    pub class: WakeClass,
    /// When it was due.
    pub due_at: Timestamp,
    /// What to do with it.
    pub turn: Turn,
    /// How many claims since the last look that succeeded, this one included.
    pub attempts: u32,
    /// Until when it is ours; [`Store::extend`] moves it.
    pub until: Timestamp,
    /// Fences the writes.
    pub(super) token: String,
}

/// A wake that has waited this long goes with the most urgent class, so that no class starves.
const PATIENCE: Millis = Millis::minutes(15);

impl Store {
    /// Wants a look at pull requests that are known already (by a finished job, a sweep, a fan-out).
    pub async fn wake(
        &self,
        pull: PullKey,
        class: WakeClass,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| Box::pin(async move { wake(connection, pull, class, due_at, now).await })).await?;
        self.stir();
        Ok(())
    }

    /// Wants looks, at pull requests that may be new to us.
    pub async fn wake_all(&self, wakes: Vec<NewWake>, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| Box::pin(async move { wake_new(connection, &wakes, now).await })).await?;
        self.stir();
        Ok(())
    }

    /// The most urgent pull request that is due and that nobody holds; within a class installations take turns.
    pub async fn claim(&self, now: Timestamp, lease: Millis) -> Result<Option<Claim>, StoreError> {
        let token = token()?;
        self.write(move |connection| Box::pin(async move { claim(connection, now, now.after(lease), token).await }))
            .await
    }

    /// Moves the end of the lease.
    pub async fn extend(&self, claim: &mut Claim, until: Timestamp) -> Result<(), StoreError> {
        self.with_claimed(claim, move |row| {
            if let Some(lease) = &mut row.lease {
                lease.until = until;
            }
            (Some(row.clone()), ())
        })
        .await?;
        claim.until = until;
        Ok(())
    }

    /// The look succeeded; `next` is when to look again even if nothing happens.
    pub async fn release(&self, claim: Claim, next: Option<Timestamp>) -> Result<(), StoreError> {
        self.with_claimed(&claim, move |row| (row.clone().release(next), ())).await?;
        self.stir();
        Ok(())
    }

    /// GitHub asked for patience (a limit, an outage): the look does not count as failed.
    pub async fn postpone(&self, claim: Claim, until: Timestamp) -> Result<(), StoreError> {
        self.with_claimed(&claim, move |row| {
            row.postpone(until);
            (Some(row.clone()), ())
        })
        .await
    }

    /// The look failed: backs off, and after [`super::MAX_ATTEMPTS`] in a row gives up.
    pub async fn fail(&self, claim: Claim, why: &str, now: Timestamp) -> Result<Failed, StoreError> {
        let why = why.to_owned();
        let failed = self
            .with_claimed(&claim, move |row| {
                let failed = row.fail(&why, now);
                (Some(row.clone()), failed)
            })
            .await?;
        self.stir();
        Ok(failed)
    }

    /// The check says that we gave up: no further look until a person does something (or an hour has passed and the sweep comes).
    pub async fn bury(&self, claim: Claim, now: Timestamp) -> Result<(), StoreError> {
        self.with_claimed(&claim, move |row| {
            row.bury(now);
            (Some(row.clone()), ())
        })
        .await
    }

    async fn with_claimed<T: Send + 'static>(
        &self,
        claim: &Claim,
        change: impl FnOnce(&mut WakeRow) -> (Option<WakeRow>, T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let (pull, token) = (claim.pull, claim.token.clone());
        self.write(move |connection| {
            Box::pin(async move {
                let mut row = held(connection, pull, &token).await?;
                let (after, result) = change(&mut row);
                match after {
                    Some(row) => save(connection, pull, &row).await?,
                    None => delete(connection, pull).await?,
                }
                Ok(result)
            })
        })
        .await
    }
}

/// The row, if the lease with this token still stands. An expired lease that nobody took over is still ours.
pub(super) async fn held(connection: &mut SqliteConnection, pull: PullKey, token: &str) -> Result<WakeRow, StoreError> {
    load(connection, pull)
        .await?
        .filter(|row| row.lease.as_ref().is_some_and(|lease| lease.token == token))
        .ok_or(StoreError::LeaseLost)
}

/// Notes names and installations, then wakes.
pub(super) async fn wake_new(
    connection: &mut SqliteConnection,
    wakes: &[NewWake],
    now: Timestamp,
) -> Result<(), StoreError> {
    for new in wakes {
        super::pulls::label(connection, new.pull.repository, &new.label).await?;
        wake(connection, new.pull, new.class, new.due_at, now).await?;
    }
    Ok(())
}

/// Wakes one pull request; its repository must be known.
pub(super) async fn wake(
    connection: &mut SqliteConnection,
    pull: PullKey,
    class: WakeClass,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = match load(connection, pull).await? {
        None => WakeRow::new(class, due_at),
        Some(before) => {
            let mut row = before.clone();
            row.wake(class, due_at, now);
            if row == before {
                return Ok(());
            }
            row
        }
    };
    save(connection, pull, &row).await
}

async fn claim(
    connection: &mut SqliteConnection,
    now: Timestamp,
    until: Timestamp,
    token: String,
) -> Result<Option<Claim>, StoreError> {
    let found = sqlx::query(
        "SELECT w.*, r.owner, r.name, r.installation_id
           FROM wakes w
           JOIN repositories r ON r.repository_id = w.repository_id
           LEFT JOIN installations i ON i.installation_id = r.installation_id
          WHERE w.dead_at IS NULL AND w.due_at <= $1 AND w.not_before <= $1
            AND (w.lease_until IS NULL OR w.lease_until <= $1)
          ORDER BY CASE WHEN w.due_at <= $2 THEN 0 ELSE w.class END, COALESCE(i.served, 0), w.due_at,
                   w.repository_id, w.number
          LIMIT 1",
    )
    .bind(now.0)
    .bind(now.0.saturating_sub(PATIENCE.0))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let pull = PullKey::from_row(&found)?;
    let label = RepositoryLabel::from_row(&found)?;
    let mut row = from_row(&found)?;
    let turn = row.claim(token.clone(), until);
    save(connection, pull, &row).await?;
    sqlx::query(
        "INSERT INTO installations (installation_id, served) VALUES ($1, (SELECT COALESCE(MAX(served), 0) + 1 FROM installations))
         ON CONFLICT (installation_id) DO UPDATE SET served = excluded.served",
    )
    .bind(id(label.installation))
    .execute(connection)
    .await?;
    Ok(Some(Claim { pull, label, class: row.class, due_at: row.due_at, turn, attempts: row.attempts, until, token }))
}

async fn load(connection: &mut SqliteConnection, pull: PullKey) -> Result<Option<WakeRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM wakes WHERE repository_id = $1 AND number = $2")
        .bind(id(pull.repository))
        .bind(id(pull.number))
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(from_row).transpose().map_err(Into::into)
}

fn from_row(row: &SqliteRow) -> Result<WakeRow, sqlx::Error> {
    let moment = |name| row.try_get::<Option<i64>, _>(name).map(|at| at.map(Timestamp));
    let lease = row.try_get::<Option<String>, _>("lease_token")?.zip(moment("lease_until")?);
    let again = row.try_get::<Option<i64>, _>("again_class")?.map(WakeClass::from_number).zip(moment("again_due")?);
    Ok(WakeRow {
        class: WakeClass::from_number(row.try_get("class")?),
        due_at: Timestamp(row.try_get("due_at")?),
        not_before: Timestamp(row.try_get("not_before")?),
        attempts: row.try_get("attempts")?,
        lease: lease.map(|(token, until)| Lease { token, until }),
        again,
        gave_up: row.try_get("gave_up")?,
        dead_at: moment("dead_at")?,
    })
}

async fn save(connection: &mut SqliteConnection, pull: PullKey, row: &WakeRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO wakes (repository_id, number, class, due_at, not_before, attempts,
                            lease_token, lease_until, again_class, again_due, gave_up, dead_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (repository_id, number) DO UPDATE SET
            class = excluded.class, due_at = excluded.due_at, not_before = excluded.not_before,
            attempts = excluded.attempts, lease_token = excluded.lease_token, lease_until = excluded.lease_until,
            again_class = excluded.again_class, again_due = excluded.again_due,
            gave_up = excluded.gave_up, dead_at = excluded.dead_at",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .bind(row.class.number())
    .bind(row.due_at.0)
    .bind(row.not_before.0)
    .bind(row.attempts)
    .bind(row.lease.as_ref().map(|lease| lease.token.clone()))
    .bind(row.lease.as_ref().map(|lease| lease.until.0))
    .bind(row.again.map(|(class, _)| class.number()))
    .bind(row.again.map(|(_, due_at)| due_at.0))
    .bind(row.gave_up.clone())
    .bind(row.dead_at.map(|at| at.0))
    .execute(connection)
    .await?;
    Ok(())
}

async fn delete(connection: &mut SqliteConnection, pull: PullKey) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM wakes WHERE repository_id = $1 AND number = $2")
        .bind(id(pull.repository))
        .bind(id(pull.number))
        .execute(connection)
        .await?;
    Ok(())
}

/// At the start nobody holds anything: whoever did is gone. Their attempts stay counted.
pub(super) async fn void_leases(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT * FROM wakes WHERE lease_token IS NOT NULL").fetch_all(&mut *connection).await?;
    for found in rows {
        let mut row = from_row(&found)?;
        row.unlease();
        save(connection, PullKey::from_row(&found)?, &row).await?;
    }
    Ok(())
}

impl PullKey {
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { repository: from_id(row.try_get("repository_id")?), number: from_id(row.try_get("number")?) })
    }
}

impl RepositoryLabel {
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            owner: row.try_get("owner")?,
            name: row.try_get("name")?,
            installation: from_id(row.try_get("installation_id")?),
        })
    }
}
