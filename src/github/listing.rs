//! Lists what the App can see: its installations, their repositories, the open pull requests of each. For what no delivery told.

use serde::Deserialize;

use super::call::segment;
use super::limits::Failure;
use super::{GitHub, RepoRef};
use crate::time::Timestamp;

/// Installations of one App, repositories of one installation, open pull requests of one repository that are listed at most.
const MOST: usize = 10_000;

/// An open pull request as listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedPull {
    /// Its number.
    pub number: u64,
    /// GitHub's `updated_at`.
    pub updated_at: Timestamp,
}

/// What a repository's list of open pull requests came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The same as when this ETag was given: it costs nothing against GitHub's limit.
    Unchanged,
    /// The open ones, the last updated first, down to the moment asked for.
    Changed {
        /// Them.
        pulls: Vec<ListedPull>,
        /// For the next time.
        etag: Option<String>,
    },
}

#[derive(Deserialize)]
struct InstallationJson {
    id: u64,
    #[serde(default)]
    suspended_at: Option<String>,
}

#[derive(Deserialize)]
struct RepositoriesJson {
    repositories: Vec<RepositoryJson>,
}

#[derive(Deserialize)]
struct RepositoryJson {
    id: u64,
    name: String,
    owner: OwnerJson,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    disabled: bool,
}

#[derive(Deserialize)]
struct OwnerJson {
    login: String,
}

#[derive(Deserialize)]
struct PullJson {
    number: u64,
    updated_at: chrono::DateTime<chrono::Utc>,
}

impl PullJson {
    fn listed(&self) -> ListedPull {
        ListedPull { number: self.number, updated_at: Timestamp(self.updated_at.timestamp_millis()) }
    }
}

impl GitHub {
    /// The ids of all installations that are not suspended.
    pub async fn installations(&self) -> Result<Vec<u64>, Failure> {
        let list = self.get_all_as_app("/app/installations", MOST, |page: Vec<InstallationJson>| page).await?;
        warn_unless(list.complete, "installations");
        Ok(list.items.into_iter().filter(|one| one.suspended_at.is_none()).map(|one| one.id).collect())
    }

    /// The repositories of an installation in which a check can be written: archived ones take none.
    pub async fn repositories(&self, installation: u64) -> Result<Vec<RepoRef>, Failure> {
        let pick = |page: RepositoriesJson| page.repositories;
        let list = self.get_all(installation, "/installation/repositories", MOST, pick).await?;
        warn_unless(list.complete, "repositories");
        let live = list.items.into_iter().filter(|one| !one.archived && !one.disabled);
        Ok(live.map(|one| RepoRef { id: one.id, owner: one.owner.login, name: one.name }).collect())
    }

    /// Open pull requests that were updated since `since`, the last updated first. The first page changes with every update of
    /// any of them, so its ETag tells of all.
    pub async fn open_pulls(
        &self,
        installation: u64,
        repo: &RepoRef,
        since: Timestamp,
        etag: Option<&str>,
    ) -> Result<Listing, Failure> {
        let (owner, name) = (segment(&repo.owner), segment(&repo.name));
        let path = format!("/repos/{owner}/{name}/pulls?state=open&sort=updated&direction=desc");
        let first = self.page(installation, &path, 1, etag).await?;
        if first.status == 304 {
            return Ok(Listing::Unchanged);
        }
        let etag = first.headers.get(http::header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let mut pulls = Vec::new();
        let mut answer = first;
        for next in 2.. {
            let page: Vec<PullJson> = answer.json()?;
            let reached = page.iter().any(|pull| pull.updated_at.timestamp_millis() < since.0);
            pulls.extend(page.iter().map(PullJson::listed).filter(|pull| pull.updated_at >= since));
            if reached || !answer.has_next() {
                break;
            }
            if pulls.len() >= MOST {
                warn_unless(false, "open pull requests");
                break;
            }
            answer = self.page(installation, &path, next, None).await?;
        }
        Ok(Listing::Changed { pulls, etag })
    }
}

fn warn_unless(complete: bool, what: &str) {
    if !complete {
        tracing::warn!(what, most = MOST, "there are more than we list; the rest is found by its deliveries only");
    }
}
