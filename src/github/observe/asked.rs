//! What people's words point to, asked of GitHub now: whether those whom a reply names can read the repository, and whether an
//! issue that a command names is there. Short-lived, and no fact of the gate.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::Value;

use super::moving::Moving;
use super::{Look, ObserveError, ttl};
use crate::github::call::segment;
use crate::github::limits::Failure;
use crate::github::rest::PermissionJson;
use crate::review::snapshot::Known;
use crate::review::{issue_ref, named};

#[derive(Deserialize)]
struct IssueJson {
    #[serde(default)]
    pull_request: Option<Value>,
}

/// What a name is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum About {
    /// Whether they can read the repository.
    Reader,
    /// Whether the issue is there.
    Issue,
}

type Answers = BTreeMap<String, Known<bool>>;

impl Look<'_> {
    /// Whether those whom replies to our questions name can read the repository.
    pub(super) async fn named(&self, moving: &Moving) -> Result<Answers, ObserveError> {
        let names = named::in_threads(&moving.threads, &moving.repository);
        self.answers(About::Reader, names).await
    }

    /// Whether the issues that `/threadmodel defer` lines name are there.
    pub(super) async fn issues(&self, moving: &Moving) -> Result<Answers, ObserveError> {
        let comments = moving.comments.iter().chain(moving.threads.iter().flat_map(|t| &t.comments));
        let web = &self.github.inner.config.endpoints.web;
        let issues = issue_ref::deferred_to(comments, &moving.repository, web);
        self.answers(About::Issue, issues).await
    }

    /// Asks for each, from memory where it can. A refusal is an answer that is not known; anything else fails the look.
    async fn answers(&self, about: About, names: BTreeSet<String>) -> Result<Answers, ObserveError> {
        let asked = names.into_iter().map(|name| self.answer(about, name));
        Ok(try_join_all(asked).await?.into_iter().collect())
    }

    async fn answer(&self, about: About, name: String) -> Result<(String, Known<bool>), ObserveError> {
        let (cache, now) = (&self.github.inner.caches.answers, self.github.now());
        let key = (self.installation(), self.pull.repo.id, about, name.clone());
        if let Some(known) = cache.get(&key, now, ttl(self.github.inner.config.people_ttl)) {
            return Ok((name, known));
        }
        let answer = match (about, name.split_once('/')) {
            (About::Issue, _) => self.issue_is_there(&name).await,
            (About::Reader, Some((org, slug))) => self.team_reads(org, slug).await,
            (About::Reader, None) => self.person_reads(&name).await,
        };
        let known = match answer {
            Ok(answer) => Known::Yes(answer),
            Err(Failure::Refused { why, .. }) => Known::Unknown(format!("GitHub does not say ({why})")),
            Err(other) => return Err(other.into()),
        };
        cache.put(key, known.clone(), now);
        Ok((name, known))
    }

    async fn person_reads(&self, login: &str) -> Result<bool, Failure> {
        let path = format!("{}/collaborators/{}/permission", self.root, segment(login));
        match self.github.get::<PermissionJson>(self.installation(), &path).await {
            Ok(json) => Ok(json.permission != "none"),
            // Nobody has that login.
            Err(Failure::Refused { status: 404, .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// <https://docs.github.com/en/rest/teams/teams#check-team-permissions-for-a-repository>: 404 without a permission, and for a
    /// team that is not there or secret.
    async fn team_reads(&self, org: &str, slug: &str) -> Result<bool, Failure> {
        let repo = &self.pull.repo;
        if !org.eq_ignore_ascii_case(&repo.owner) {
            // Teams of another organisation cannot be given access.
            return Ok(false);
        }
        let (owner, name) = (segment(&repo.owner), segment(&repo.name));
        self.github
            .is_there(self.installation(), &format!("/orgs/{owner}/teams/{}/repos/{owner}/{name}", segment(slug)))
            .await
    }

    /// <https://docs.github.com/en/rest/issues/issues#get-an-issue>: pull requests are issues there; 410 for one that was deleted.
    async fn issue_is_there(&self, issue: &str) -> Result<bool, Failure> {
        let Some((owner, name, number)) = issue_ref::split(issue) else { return Ok(false) };
        let path = format!("/repos/{}/{}/issues/{number}", segment(owner), segment(name));
        match self.github.get::<IssueJson>(self.installation(), &path).await {
            Ok(json) => Ok(json.pull_request.is_none_or(|part| part.is_null())),
            Err(Failure::Refused { status: 404 | 410, .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }
}
