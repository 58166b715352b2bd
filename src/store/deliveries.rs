//! Acknowledged deliveries: the GUID so that a doubled one is known, never the payload. What a delivery asks for is written
//! in the same commit.

use sqlx::SqliteConnection;

use super::fanout::{self, Scope};
use super::wake::WakeClass;
use super::wakes::{self, NewWake};
use super::{Store, StoreError, id};
use crate::review::snapshot::UserId;
use crate::time::Timestamp;

/// A verified delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// `X-GitHub-Delivery`.
    pub guid: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// When it arrived.
    pub at: Timestamp,
    /// Repositories that it says were added to an installation, by id.
    pub added: Vec<(u64, super::RepositoryLabel)>,
}

/// A button press or re-run request of a verified delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPress {
    /// The repository's numeric id.
    pub repository: u64,
    /// Its name and installation.
    pub label: super::RepositoryLabel,
    /// The pull requests that GitHub names; none for a fork's: then it counts for the open pull request with this head.
    pub numbers: Vec<u64>,
    /// Who pressed.
    pub sender: UserId,
    /// Their login.
    pub login: String,
    /// `requested_action.identifier`, or `rerequested`.
    pub action: String,
    /// Head commit of the check run.
    pub sha: String,
}

/// More pull requests than this on one commit wait for the sweep.
const FEW: u32 = 100;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Durable now.
    New,
    /// It was durable before; nothing more was written.
    Duplicate,
}

impl Store {
    /// Makes a delivery and what it asks for durable, in one commit, before it returns. Pull requests with a given head are
    /// woken at once; wider scopes become hints for [`Store::claim_fanout`].
    pub async fn accept(
        &self,
        delivery: NewDelivery,
        wakes: Vec<NewWake>,
        scopes: Vec<Scope>,
        press: Option<NewPress>,
    ) -> Result<Accepted, StoreError> {
        let accepted = self
            .write(move |connection| {
                Box::pin(async move {
                    if !note(connection, &delivery).await? {
                        return Ok(Accepted::Duplicate);
                    }
                    super::listing::note_added(connection, &delivery.added, delivery.at).await?;
                    wakes::wake_new(connection, &wakes, delivery.at).await?;
                    for scope in &scopes {
                        match scope {
                            // Few, found by an index: at once, so that a button answers quickly.
                            Scope::Commit { .. } => {
                                let class = press.as_ref().map(|_| WakeClass::Person);
                                fanout::wake_page(connection, scope, None, FEW, class, delivery.at).await?;
                            }
                            _ => fanout::queue(connection, scope, delivery.at).await?,
                        }
                    }
                    if let Some(press) = press {
                        note_press(connection, &delivery, &press).await?;
                    }
                    Ok(Accepted::New)
                })
            })
            .await?;
        if accepted == Accepted::New {
            self.stir();
        }
        Ok(accepted)
    }
}

/// Whether it is new.
async fn note(connection: &mut SqliteConnection, delivery: &NewDelivery) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO deliveries (guid, event, received_at) VALUES ($1, $2, $3) ON CONFLICT (guid) DO NOTHING",
    )
    .bind(delivery.guid.clone())
    .bind(delivery.event.clone())
    .bind(delivery.at.0)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn note_press(
    connection: &mut SqliteConnection,
    delivery: &NewDelivery,
    press: &NewPress,
) -> Result<(), StoreError> {
    super::pulls::label(connection, press.repository, &press.label).await?;
    let numbers = if press.numbers.is_empty() { vec![0] } else { press.numbers.clone() };
    for number in numbers {
        sqlx::query(
            "INSERT INTO presses (guid, repository_id, number, installation_id, sender, login, action, sha, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (guid, number) DO NOTHING",
        )
        .bind(delivery.guid.clone())
        .bind(id(press.repository))
        .bind(id(number))
        .bind(id(press.label.installation))
        .bind(id(press.sender.0))
        .bind(press.login.clone())
        .bind(press.action.clone())
        .bind(press.sha.clone())
        .bind(delivery.at.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
