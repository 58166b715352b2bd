//! Pull requests as last looked at, and what their repositories are called: for the sweep, for fan-outs, and for commits that
//! several pull requests share.

use sqlx::{Row as _, SqliteConnection};

use super::wake::WakeClass;
use super::{Claim, PullKey, RepositoryLabel, Store, StoreError, from_id, id, wakes};
use crate::review::snapshot::CommitSha;
use crate::review::verdict::SiblingVerdict;
use crate::time::Timestamp;

/// Where a pull request stood at the last look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Open or not.
    pub open: bool,
    /// Head commit.
    pub head: CommitSha,
    /// Name of the base branch that decides.
    pub base: String,
    /// Name of the check.
    pub check: String,
    /// Whether its own gate is open.
    pub gate_open: bool,
    /// GitHub's `updated_at`.
    pub updated_at: Timestamp,
}

impl Standing {
    /// The same in all that concerns others on its commit.
    fn decides_like(&self, other: &Self) -> bool {
        *other == Self { updated_at: other.updated_at, ..self.clone() }
    }
}

/// An open pull request that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPull {
    /// Which.
    pub pull: PullKey,
    /// Its repository's name and installation.
    pub label: RepositoryLabel,
    /// When it was last looked at.
    pub looked_at: Timestamp,
}

impl Store {
    /// Notes where the claimed pull request stands. When that changed, the other open ones with the same head and check are
    /// woken in the same commit. Returns their verdicts; one that was never judged is not among them: ask GitHub for those.
    pub async fn note_standing(
        &self,
        claim: &Claim,
        standing: Standing,
        now: Timestamp,
    ) -> Result<Vec<SiblingVerdict>, StoreError> {
        let (pull, token) = (claim.pull, claim.token.clone());
        let siblings = self
            .write(move |connection| {
                Box::pin(async move {
                    wakes::held(connection, pull, &token).await?;
                    let before = standing_of(connection, pull).await?;
                    save(connection, pull, &standing, now).await?;
                    let siblings = siblings(connection, pull, &standing.head, &standing.check).await?;
                    if !before.as_ref().is_some_and(|before| before.decides_like(&standing)) {
                        let mut concerned: Vec<u64> = siblings.iter().map(|sibling| sibling.number).collect();
                        if let Some(before) = before {
                            let left = self::siblings(connection, pull, &before.head, &before.check).await?;
                            concerned.extend(left.iter().map(|sibling| sibling.number));
                        }
                        for number in concerned {
                            wakes::wake(connection, PullKey { number, ..pull }, WakeClass::Red, now, now).await?;
                        }
                    }
                    Ok(siblings)
                })
            })
            .await?;
        self.stir();
        Ok(siblings)
    }

    /// The other open pull requests with this head and check name, with their verdicts at their last look.
    pub async fn verdicts(
        &self,
        pull: PullKey,
        head: CommitSha,
        check: String,
    ) -> Result<Vec<SiblingVerdict>, StoreError> {
        self.read(move |connection| Box::pin(async move { siblings(connection, pull, &head, &check).await })).await
    }

    /// Open pull requests that were last looked at before `before`, the longest ago first: the sweep's work.
    pub async fn open_pulls(&self, before: Timestamp, limit: u32) -> Result<Vec<OpenPull>, StoreError> {
        self.read(move |connection| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "SELECT p.repository_id, p.number, p.looked_at, r.owner, r.name, r.installation_id
                       FROM pulls p JOIN repositories r ON r.repository_id = p.repository_id
                      WHERE p.is_open AND p.looked_at < $1 ORDER BY p.looked_at LIMIT $2",
                )
                .bind(before.0)
                .bind(limit)
                .fetch_all(connection)
                .await?;
                let open = |row: &sqlx::sqlite::SqliteRow| -> Result<OpenPull, sqlx::Error> {
                    Ok(OpenPull {
                        pull: PullKey::from_row(row)?,
                        label: RepositoryLabel::from_row(row)?,
                        looked_at: Timestamp(row.try_get("looked_at")?),
                    })
                };
                Ok(rows.iter().map(open).collect::<Result<_, _>>()?)
            })
        })
        .await
    }

    /// The repository of this name, if it is known: its id.
    pub async fn find(&self, owner: &str, name: &str) -> Result<Option<u64>, StoreError> {
        let (owner, name) = (owner.to_owned(), name.to_owned());
        self.read(move |connection| {
            Box::pin(async move {
                let found: Option<i64> = sqlx::query_scalar(
                    "SELECT repository_id FROM repositories WHERE owner = $1 COLLATE NOCASE AND name = $2 COLLATE NOCASE
                      ORDER BY repository_id DESC LIMIT 1",
                )
                .bind(owner)
                .bind(name)
                .fetch_optional(connection)
                .await?;
                Ok(found.map(from_id))
            })
        })
        .await
    }

    /// Where a pull request stood at the last look, if it was looked at.
    pub async fn standing(&self, pull: PullKey) -> Result<Option<Standing>, StoreError> {
        self.read(move |connection| Box::pin(async move { standing_of(connection, pull).await })).await
    }

    /// What a repository is called, if it is known.
    pub async fn label(&self, repository: u64) -> Result<Option<RepositoryLabel>, StoreError> {
        self.read(move |connection| {
            Box::pin(async move {
                let row = sqlx::query("SELECT owner, name, installation_id FROM repositories WHERE repository_id = $1")
                    .bind(id(repository))
                    .fetch_optional(connection)
                    .await?;
                Ok(row.as_ref().map(RepositoryLabel::from_row).transpose()?)
            })
        })
        .await
    }
}

/// Notes what a repository is called; writes only what changed.
pub(super) async fn label(
    connection: &mut SqliteConnection,
    repository: u64,
    label: &RepositoryLabel,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO repositories (repository_id, owner, name, installation_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repository_id) DO UPDATE SET owner = excluded.owner, name = excluded.name,
            installation_id = CASE WHEN excluded.installation_id = 0 THEN repositories.installation_id
                                   ELSE excluded.installation_id END
          WHERE repositories.owner <> excluded.owner OR repositories.name <> excluded.name
             OR (excluded.installation_id <> 0 AND repositories.installation_id <> excluded.installation_id)",
    )
    .bind(id(repository))
    .bind(label.owner.clone())
    .bind(label.name.clone())
    .bind(id(label.installation))
    .execute(connection)
    .await?;
    Ok(())
}

async fn standing_of(connection: &mut SqliteConnection, pull: PullKey) -> Result<Option<Standing>, StoreError> {
    let row = sqlx::query(
        "SELECT is_open, head, base, check_name, gate_open, updated_at FROM pulls WHERE repository_id = $1 AND number = $2",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Standing {
        open: row.try_get("is_open")?,
        head: row.try_get::<String, _>("head")?.into(),
        base: row.try_get("base")?,
        check: row.try_get("check_name")?,
        gate_open: row.try_get("gate_open")?,
        updated_at: Timestamp(row.try_get("updated_at")?),
    }))
}

async fn save(
    connection: &mut SqliteConnection,
    pull: PullKey,
    standing: &Standing,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO pulls (repository_id, number, is_open, head, base, check_name, gate_open, looked_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (repository_id, number) DO UPDATE SET is_open = excluded.is_open, head = excluded.head,
            base = excluded.base, check_name = excluded.check_name, gate_open = excluded.gate_open,
            looked_at = excluded.looked_at, updated_at = excluded.updated_at",
    )
    .bind(id(pull.repository))
    .bind(id(pull.number))
    .bind(standing.open)
    .bind(standing.head.as_str().to_owned())
    .bind(standing.base.clone())
    .bind(standing.check.clone())
    .bind(standing.gate_open)
    .bind(now.0)
    .bind(standing.updated_at.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn siblings(
    connection: &mut SqliteConnection,
    pull: PullKey,
    head: &CommitSha,
    check: &str,
) -> Result<Vec<SiblingVerdict>, StoreError> {
    let rows = sqlx::query(
        "SELECT number, gate_open FROM pulls
          WHERE repository_id = $1 AND head = $2 AND check_name = $3 AND number <> $4 AND is_open ORDER BY number",
    )
    .bind(id(pull.repository))
    .bind(head.as_str().to_owned())
    .bind(check.to_owned())
    .bind(id(pull.number))
    .fetch_all(connection)
    .await?;
    let verdict = |row: &sqlx::sqlite::SqliteRow| -> Result<SiblingVerdict, sqlx::Error> {
        Ok(SiblingVerdict { number: from_id(row.try_get("number")?), open: row.try_get("gate_open")? })
    };
    Ok(rows.iter().map(verdict).collect::<Result<_, _>>()?)
}
