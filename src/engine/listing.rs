//! Lists GitHub for what no delivery told: pull requests from before the installation, and those whose deliveries were lost.
//! Cheap: one request for a repository in which nothing changed, free of charge while its ETag lives.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures::{StreamExt as _, TryStreamExt as _};
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::github::{Failure, Listing, RepoRef};
use crate::store::{Listed, Progress, RepositoryLabel, StoreError};
use crate::time::Millis;

/// Repositories of one installation that one sweep lists; those not listed for the longest time come first. The first sweep
/// after the start lists all: nobody knows how long we were away.
const REPOSITORIES: usize = 300;
/// Installations, and repositories of each, that are read at the same time.
const AT_ONCE: usize = 4;
/// GitHub's lists lag, so what was updated shortly before the newest that we saw is listed again.
const OVERLAP: Millis = Millis::minutes(2);

/// The ETag of each repository's list. They die with the installation's token, so they are not worth storing.
pub(super) type Etags = Mutex<HashMap<u64, String>>;

/// Why something could not be listed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unlisted {
    #[error(transparent)]
    GitHub(#[from] Failure),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Lists everything now and then; the first time at once.
    pub(super) async fn listings(self, stop: CancellationToken) {
        let mut most = usize::MAX;
        while !stop.is_cancelled() {
            let listed = tokio::select! {
                () = stop.cancelled() => return,
                listed = self.list_all(most) => listed,
            };
            match listed {
                Ok(()) => most = REPOSITORIES,
                Err(error) => tracing::warn!(%error, "GitHub could not be listed; the next sweep tries again"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.sweep_period()) => {}
            }
        }
    }

    async fn list_all(&self, most: usize) -> Result<(), Unlisted> {
        let installations = self.inner.github.installations().await?;
        // One that cannot be listed holds nobody up.
        futures::stream::iter(installations)
            .for_each_concurrent(AT_ONCE, async |installation| {
                if let Err(error) = self.list_installation(installation, most).await {
                    tracing::warn!(installation, %error, "an installation could not be listed; the next sweep tries again");
                }
            })
            .await;
        Ok(())
    }

    pub(super) async fn list_installation(&self, installation: u64, most: usize) -> Result<(), Unlisted> {
        let repositories = self.inner.github.repositories(installation).await?;
        let progress = self.inner.store.listing_progress(installation).await?;
        let mut due: Vec<(Progress, RepoRef)> =
            repositories.into_iter().map(|repo| (progress.get(&repo.id).copied().unwrap_or_default(), repo)).collect();
        due.sort_by_key(|(progress, repo)| (progress.listed_at, repo.id));
        due.truncate(most);
        futures::stream::iter(due.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |(progress, repo)| async move {
                match self.list_repository(installation, &repo, progress).await {
                    // This one is gone or closed to us; the others are not.
                    Err(Unlisted::GitHub(Failure::Refused { status, why })) => {
                        tracing::info!(repository = repo.id, status, why, "its pull requests are not to be listed");
                        Ok(())
                    }
                    other => other,
                }
            })
            .await
    }

    async fn list_repository(&self, installation: u64, repo: &RepoRef, before: Progress) -> Result<(), Unlisted> {
        let listed_at = self.now();
        let since = before.through.after(Millis(OVERLAP.0.saturating_neg()));
        let etag = self.etags().get(&repo.id).cloned();
        let (listed, etag) = match self.inner.github.open_pulls(installation, repo, since, etag.as_deref()).await? {
            Listing::Unchanged => (Vec::new(), etag),
            Listing::Changed { pulls, etag } => (pulls, etag),
        };
        let through = listed.iter().map(|pull| pull.updated_at).max().unwrap_or(before.through);
        let listed: Vec<Listed> =
            listed.into_iter().map(|pull| Listed { number: pull.number, updated_at: pull.updated_at }).collect();
        let label = RepositoryLabel { owner: repo.owner.clone(), name: repo.name.clone(), installation };
        let progress = Progress { listed_at, through };
        let woken = self.inner.store.note_listing(repo.id, label, listed, progress).await?;
        // Only now: what was not stored must be listed again.
        match etag {
            Some(etag) => self.etags().insert(repo.id, etag),
            None => self.etags().remove(&repo.id),
        };
        if woken > 0 {
            tracing::info!(repository = repo.id, woken, "pull requests that no delivery told of, or changed unheard");
        }
        Ok(())
    }

    fn etags(&self) -> std::sync::MutexGuard<'_, HashMap<u64, String>> {
        self.inner.etags.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
