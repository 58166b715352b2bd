//! Check runs and suites, Apps and installations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::model::{AccountKind, CheckRun, Id, PullState};
use super::{Render, iso, node_id};

impl Render<'_> {
    /// A check run. Pull requests from forks are not listed (FACTS 4j).
    pub(in crate::sandbox) fn check_run(self, run: &CheckRun) -> Value {
        let api = format!("{}/check-runs/{}", self.api(run.repo), run.id);
        let page = format!("{}/runs/{}", self.html(run.repo), run.id);
        json!({
            "id": run.id,
            "name": run.name,
            "node_id": node_id("CR_", run.id),
            "head_sha": run.sha,
            "external_id": run.external_id,
            "url": api,
            "html_url": page,
            "details_url": run.details_url.as_ref().unwrap_or(&page),
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": iso(run.started_at),
            "completed_at": run.completed_at.map(iso),
            "output": {"title": run.title, "summary": run.summary, "text": run.text, "annotations_count": 0, "annotations_url": format!("{api}/annotations")},
            "check_suite": {"id": run.suite},
            "app": self.integration(run.app),
            "pull_requests": self.pulls_of(run),
        })
    }

    fn pulls_of(self, run: &CheckRun) -> Vec<Value> {
        let pulls = self.state.pulls.values().filter(|pull| {
            pull.repo == run.repo
                && pull.head_repo == run.repo
                && pull.head_sha == run.sha
                && pull.state == PullState::Open
        });
        pulls.map(|pull| self.pull_minimal(pull)).collect()
    }

    /// A check suite as events carry it.
    pub(in crate::sandbox) fn check_suite(self, run: &CheckRun) -> Value {
        let branch = self
            .state
            .repos
            .get(&run.repo)
            .and_then(|repo| repo.branches.iter().find(|(_, tip)| **tip == run.sha))
            .map(|(name, _)| name.clone());
        json!({
            "id": run.suite,
            "node_id": node_id("CS_", run.suite),
            "head_branch": branch,
            "head_sha": run.sha,
            "status": run.status,
            "conclusion": run.conclusion,
            "url": format!("{}/check-suites/{}", self.api(run.repo), run.suite),
            "before": null,
            "after": run.sha,
            "pull_requests": self.pulls_of(run),
            "app": self.integration(run.app),
            "created_at": iso(run.started_at),
            "updated_at": iso(run.completed_at.unwrap_or(run.started_at)),
        })
    }

    /// An App.
    pub(in crate::sandbox) fn integration(self, id: Id) -> Value {
        let Some(app) = self.state.apps.get(&id) else {
            return Value::Null;
        };
        json!({
            "id": id,
            "slug": app.slug,
            "node_id": node_id("A_", id),
            "client_id": format!("Iv23li{id}"),
            "owner": self.user(app.owner),
            "name": app.name,
            "description": null,
            "external_url": self.world.origin,
            "html_url": format!("{}/apps/{}", self.world.origin, app.slug),
            "created_at": iso(app.created_at),
            "updated_at": iso(app.created_at),
            "permissions": app.permissions,
            "events": app.events,
        })
    }

    /// An installation.
    pub(in crate::sandbox) fn installation(self, id: Id) -> Value {
        let Some(installation) = self.state.installations.get(&id) else {
            return Value::Null;
        };
        let org = matches!(
            self.state.accounts.get(&installation.account).map(|account| &account.kind),
            Some(AccountKind::Organization { .. })
        );
        let origin = &self.world.origin;
        json!({
            "id": id,
            "account": self.user(installation.account),
            "repository_selection": if installation.repos.is_some() { "selected" } else { "all" },
            "access_tokens_url": format!("{origin}/app/installations/{id}/access_tokens"),
            "repositories_url": format!("{origin}/installation/repositories"),
            "html_url": format!("{origin}/settings/installations/{id}"),
            "app_id": installation.app,
            "app_slug": self.state.apps.get(&installation.app).map(|app| app.slug.clone()).unwrap_or_default(),
            "target_id": installation.account,
            "target_type": if org { "Organization" } else { "User" },
            "permissions": installation.permissions,
            "events": installation.events,
            "created_at": iso(installation.created_at),
            "updated_at": iso(installation.created_at),
            "single_file_name": null,
            "suspended_by": installation.suspended_at.map_or(Value::Null, |_| self.user(installation.account)),
            "suspended_at": installation.suspended_at.map(iso),
        })
    }

    /// What a token was given.
    pub(in crate::sandbox) fn token(
        self,
        token: &str,
        expires_at: i64,
        permissions: &BTreeMap<String, String>,
        repos: Option<Vec<Id>>,
    ) -> Value {
        let mut shown = json!({"token": token, "expires_at": iso(expires_at), "permissions": permissions, "repository_selection": if repos.is_some() { "selected" } else { "all" }});
        if let Some(repos) = repos {
            shown["repositories"] = json!(repos.into_iter().map(|repo| self.repository(repo)).collect::<Vec<_>>());
        }
        shown
    }
}
