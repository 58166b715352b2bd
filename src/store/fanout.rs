//! Hints that concern many pull requests: a push to a base branch, a team, an installation. Noting one is quick; the engine
//! spreads it later, so that a delivery is acknowledged at once however many it concerns.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::wake::{MAX_ATTEMPTS, WakeClass, backoff};
use super::{PullKey, Store, StoreError, from_id, id, token, wakes};
use crate::time::{Millis, Timestamp};

/// What a hint concerns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Pull requests with this head commit.
    Commit {
        /// The repository's numeric id.
        repository: u64,
        /// The commit.
        sha: String,
    },
    /// Pull requests into this branch: its policy or code owners may have changed.
    Branch {
        /// The repository's numeric id.
        repository: u64,
        /// The branch's name, without `refs/heads/`.
        branch: String,
    },
    /// Every open pull request of the repository.
    Repository {
        /// The repository's numeric id.
        repository: u64,
    },
    /// Every open pull request of the installation: teams, membership, organisation defaults, a new grant.
    Installation {
        /// The installation.
        installation: u64,
    },
    /// What GitHub lists of the installation: pull requests that we have never heard of.
    Unheard {
        /// The installation.
        installation: u64,
    },
    /// Every open pull request in repositories of this owner: the same, where a delivery names no installation.
    Owner {
        /// The owner's login.
        login: String,
    },
}

/// A hint in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fanout {
    /// What it concerns.
    pub scope: Scope,
    /// Claims so far, this one included.
    pub attempts: u32,
    token: String,
}

/// Columns of a scope: kind, installation, repository, subject.
type Parts = (&'static str, u64, u64, String);

impl Scope {
    fn parts(&self) -> Parts {
        match self {
            Self::Commit { repository, sha } => ("commit", 0, *repository, sha.clone()),
            Self::Branch { repository, branch } => ("branch", 0, *repository, branch.clone()),
            Self::Repository { repository } => ("repository", 0, *repository, String::new()),
            Self::Installation { installation } => ("installation", *installation, 0, String::new()),
            Self::Unheard { installation } => ("unheard", *installation, 0, String::new()),
            Self::Owner { login } => ("owner", 0, 0, login.clone()),
        }
    }

    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let repository = from_id(row.try_get("repository_id")?);
        let subject: String = row.try_get("subject")?;
        Ok(match row.try_get("scope")? {
            "commit" => Self::Commit { repository, sha: subject },
            "branch" => Self::Branch { repository, branch: subject },
            "installation" => Self::Installation { installation: from_id(row.try_get("installation_id")?) },
            "unheard" => Self::Unheard { installation: from_id(row.try_get("installation_id")?) },
            "owner" => Self::Owner { login: subject },
            // A kind of a later version: the widest that fits.
            _ => Self::Repository { repository },
        })
    }
}

impl Store {
    /// Notes a hint.
    pub async fn fan_out(&self, scope: Scope, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| Box::pin(async move { queue(connection, &scope, now).await })).await?;
        self.stir();
        Ok(())
    }

    /// The oldest hint that nobody holds.
    pub async fn claim_fanout(&self, now: Timestamp, lease: Millis) -> Result<Option<Fanout>, StoreError> {
        let token = token()?;
        self.write(move |connection| {
            Box::pin(async move {
                let found = sqlx::query(
                    "SELECT scope, installation_id, repository_id, subject, attempts FROM fanouts
                      WHERE failed IS NULL AND due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
                      ORDER BY due_at LIMIT 1",
                )
                .bind(now.0)
                .fetch_optional(&mut *connection)
                .await?;
                let Some(found) = found else { return Ok(None) };
                let scope = Scope::from_row(&found)?;
                let attempts = found.try_get::<u32, _>("attempts")?.saturating_add(1);
                let (kind, installation, repository, subject) = scope.parts();
                sqlx::query(
                    "UPDATE fanouts SET attempts = $5, lease_token = $6, lease_until = $7, again = FALSE
                      WHERE scope = $1 AND installation_id = $2 AND repository_id = $3 AND subject = $4",
                )
                .bind(kind)
                .bind(id(installation))
                .bind(id(repository))
                .bind(subject)
                .bind(attempts)
                .bind(token.clone())
                .bind(now.after(lease).0)
                .execute(connection)
                .await?;
                Ok(Some(Fanout { scope, attempts, token }))
            })
        })
        .await
    }

    /// Wakes the open pull requests in scope that are known, at most `limit` numbers above `after`, and returns the last one
    /// woken: call it again with that until it returns `None`. Those that look green come first in urgency: they may have to
    /// turn red. Pull requests that we have never seen are listed from GitHub: [`Scope::Unheard`].
    pub async fn wake_known(
        &self,
        scope: Scope,
        after: Option<PullKey>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Option<PullKey>, StoreError> {
        let last = self
            .write(move |connection| {
                Box::pin(async move { wake_page(connection, &scope, after, limit, None, now).await })
            })
            .await?;
        self.stir();
        Ok(last)
    }

    /// The hint was spread. If it came again meanwhile, it stays.
    pub async fn finish_fanout(&self, fanout: Fanout, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| Box::pin(async move { finish(connection, &fanout, now).await })).await
    }

    /// The hint could not be spread: later again, and after too many tries no more (the sweep still looks at every open
    /// pull request). Returns whether it will be tried again.
    pub async fn fail_fanout(&self, fanout: Fanout, why: &str, now: Timestamp) -> Result<bool, StoreError> {
        let why = why.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let last = fanout.attempts >= MAX_ATTEMPTS;
                let (kind, installation, repository, subject) = fanout.scope.parts();
                sqlx::query(
                    "UPDATE fanouts SET failed = $6, due_at = $7, lease_token = NULL, lease_until = NULL
                      WHERE scope = $1 AND installation_id = $2 AND repository_id = $3 AND subject = $4 AND lease_token = $5",
                )
                .bind(kind)
                .bind(id(installation))
                .bind(id(repository))
                .bind(subject)
                .bind(fanout.token)
                .bind(last.then_some(why))
                .bind(now.after(backoff(fanout.attempts)).0)
                .execute(connection)
                .await?;
                Ok(!last)
            })
        })
        .await
    }
}

/// Wakes one page of the known pull requests in scope; `class` `None`: by whether they look green.
pub(super) async fn wake_page(
    connection: &mut SqliteConnection,
    scope: &Scope,
    after: Option<PullKey>,
    limit: u32,
    class: Option<WakeClass>,
    now: Timestamp,
) -> Result<Option<PullKey>, StoreError> {
    let known = known(connection, scope, after, limit).await?;
    for (pull, gate_open) in &known {
        let by_gate = if *gate_open { WakeClass::Red } else { WakeClass::Due };
        wakes::wake(connection, *pull, class.unwrap_or(by_gate), now, now).await?;
    }
    Ok(known.last().map(|(pull, _)| *pull))
}

/// Notes a hint; one that stands already is armed again, also one that had failed.
pub(super) async fn queue(connection: &mut SqliteConnection, scope: &Scope, now: Timestamp) -> Result<(), StoreError> {
    let (kind, installation, repository, subject) = scope.parts();
    sqlx::query(
        "INSERT INTO fanouts (scope, installation_id, repository_id, subject, due_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (scope, installation_id, repository_id, subject) DO UPDATE SET
            again = (fanouts.lease_token IS NOT NULL),
            attempts = CASE WHEN fanouts.failed IS NULL THEN fanouts.attempts ELSE 0 END,
            failed = NULL",
    )
    .bind(kind)
    .bind(id(installation))
    .bind(id(repository))
    .bind(subject)
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn finish(connection: &mut SqliteConnection, fanout: &Fanout, now: Timestamp) -> Result<(), StoreError> {
    let (kind, installation, repository, subject) = fanout.scope.parts();
    let again = sqlx::query(
        "UPDATE fanouts SET lease_token = NULL, lease_until = NULL, attempts = 0, due_at = $6, again = FALSE
          WHERE scope = $1 AND installation_id = $2 AND repository_id = $3 AND subject = $4 AND lease_token = $5 AND again",
    )
    .bind(kind)
    .bind(id(installation))
    .bind(id(repository))
    .bind(subject.clone())
    .bind(fanout.token.clone())
    .bind(now.0)
    .execute(&mut *connection)
    .await?;
    if again.rows_affected() > 0 {
        return Ok(());
    }
    let done = sqlx::query(
        "DELETE FROM fanouts
          WHERE scope = $1 AND installation_id = $2 AND repository_id = $3 AND subject = $4 AND lease_token = $5",
    )
    .bind(kind)
    .bind(id(installation))
    .bind(id(repository))
    .bind(subject)
    .bind(fanout.token.clone())
    .execute(connection)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

async fn known(
    connection: &mut SqliteConnection,
    scope: &Scope,
    after: Option<PullKey>,
    limit: u32,
) -> Result<Vec<(PullKey, bool)>, StoreError> {
    let (kind, installation, repository, subject) = scope.parts();
    let after = after.unwrap_or(PullKey { repository: 0, number: 0 });
    let rows = sqlx::query(
        "SELECT p.repository_id, p.number, p.gate_open
           FROM pulls p JOIN repositories r ON r.repository_id = p.repository_id
          WHERE p.is_open AND (p.repository_id, p.number) > ($5, $6)
            AND ($1 IN ('installation', 'owner') OR p.repository_id = $3)
            AND ($1 <> 'owner' OR LOWER(r.owner) = LOWER($4))
            AND ($1 <> 'installation' OR r.installation_id = $2)
            AND ($1 <> 'commit' OR p.head = $4)
            AND ($1 <> 'branch' OR p.base = $4)
          ORDER BY p.repository_id, p.number LIMIT $7",
    )
    .bind(kind)
    .bind(id(installation))
    .bind(id(repository))
    .bind(subject)
    .bind(id(after.repository))
    .bind(id(after.number))
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((PullKey::from_row(row)?, row.try_get("gate_open")?))).collect()
}

/// At the start nobody holds a hint.
pub(super) async fn void_leases(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE fanouts SET lease_token = NULL, lease_until = NULL WHERE lease_token IS NOT NULL")
        .execute(connection)
        .await?;
    Ok(())
}
