//! Apps, installations, tokens, deliveries; a repository itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use super::super::model::{Id, Repo};
use super::super::render::{Render, iso};
use super::super::webhooks;
use super::{Answer, Call, Content, Served, Who, covers, validation_failed};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Narrow {
    repositories: Option<Vec<String>>,
    repository_ids: Option<Vec<Id>>,
    permissions: Option<BTreeMap<String, String>>,
}

impl Call<'_> {
    pub(super) fn apps(&mut self, method: &str, parts: &[&str]) -> Served {
        if let ("GET", ["installation", "repositories"]) = (method, parts) {
            return self.my_repositories();
        }
        let Who::App(app) = self.who else { return Err(Answer::error(401, "A JSON web token could not be decoded")) };
        let missing = || Answer::error(404, "Not Found");
        let mine = |call: &Self, id: &str| -> Result<Id, Answer> {
            let id = id.parse::<Id>().map_err(|_| missing())?;
            call.sandbox
                .world()
                .state()
                .installations
                .get(&id)
                .filter(|installation| installation.app == app)
                .map(|found| found.id)
                .ok_or_else(missing)
        };
        match (method, parts) {
            ("GET", ["app"]) => {
                let mut shown = Render::now(self.sandbox.world()).integration(app);
                shown["installations_count"] = json!(
                    self.sandbox
                        .world()
                        .state()
                        .installations
                        .values()
                        .filter(|installation| installation.app == app)
                        .count()
                );
                Answer::ok(shown)
            }
            ("GET", ["app", "installations"]) => {
                let r = Render::now(self.sandbox.world());
                let shown = |id: Id| {
                    let mut shown = r.installation(id);
                    // The description of this list wants an account to be a user and an enterprise at once.
                    if let (Some(account), created) = (shown["account"].as_object_mut(), r.world.now()) {
                        let login = account.get("login").cloned().unwrap_or_default();
                        account.insert("name".to_owned(), login.clone());
                        account.insert("slug".to_owned(), login);
                        account.insert("created_at".to_owned(), json!(iso(created)));
                        account.insert("updated_at".to_owned(), json!(iso(created)));
                    }
                    shown
                };
                let mine = r.state.installations.values().filter(|installation| installation.app == app);
                let all = mine.map(|installation| shown(installation.id)).collect();
                self.list(all)
            }
            ("GET", ["app", "installations", id]) => {
                let id = mine(self, id)?;
                Answer::ok(Render::now(self.sandbox.world()).installation(id))
            }
            ("POST", ["app", "installations", id, "access_tokens"]) => {
                let id = mine(self, id)?;
                self.new_token(id)
            }
            ("GET", ["app", "hook", "deliveries"]) => self.deliveries(app),
            ("POST", ["app", "hook", "deliveries", id, "attempts"]) => {
                let id = id.parse::<Id>().unwrap_or(0);
                let own = self.sandbox.deliveries.iter().any(|delivery| delivery.id == id && delivery.app == app);
                if own && webhooks::redeliver(self.sandbox, id) {
                    Ok(Answer::json(202, json!({})))
                } else {
                    Err(missing())
                }
            }
            _ => Err(missing()),
        }
    }

    fn new_token(&mut self, id: Id) -> Served {
        let narrow: Narrow = self.body()?;
        let state = self.sandbox.world().state();
        let Some(installation) = state.installations.get(&id).cloned() else {
            return Err(Answer::error(404, "Not Found"));
        };
        if installation.suspended_at.is_some() {
            return Err(Answer::error(403, "This installation has been suspended"));
        }
        let mut permissions = installation.permissions.clone();
        if let Some(asked) = narrow.permissions {
            let rank = |word: Option<&String>| match word.map(String::as_str) {
                Some("read") => 1,
                Some("write") => 2,
                Some("admin") => 3,
                _ => 0,
            };
            if asked.iter().any(|(name, level)| rank(Some(level)) > rank(installation.permissions.get(name))) {
                return Err(validation_failed(
                    "Installation",
                    "permissions",
                    "The permissions requested are not granted to this installation.",
                ));
            }
            permissions = asked;
            permissions.insert("metadata".to_owned(), "read".to_owned());
        }
        let named = |name: &String| {
            state
                .repos
                .values()
                .find(|repo| repo.name.eq_ignore_ascii_case(name) && installation.covers(repo))
                .map(|repo| repo.id)
        };
        let numbered = |id: &Id| state.repos.get(id).filter(|repo| installation.covers(repo)).map(|repo| repo.id);
        let chosen: Option<Option<BTreeSet<Id>>> = match (&narrow.repositories, &narrow.repository_ids) {
            (Some(names), _) => Some(names.iter().map(named).collect()),
            (None, Some(ids)) => Some(ids.iter().map(numbered).collect()),
            (None, None) => None,
        };
        let repos = match chosen {
            Some(None) => {
                return Err(validation_failed(
                    "Installation",
                    "repositories",
                    "There is at least one repository that does not exist or is not accessible to the parent installation.",
                ));
            }
            Some(found) => found,
            None => None,
        };
        let listed = repos.as_ref().map(|repos| repos.iter().copied().collect());
        let (secret, expires_at) = self.sandbox.issue(id, permissions.clone(), repos);
        let shown = Render::now(self.sandbox.world()).token(&secret, expires_at, &permissions, listed);
        Ok(Answer::json(201, shown))
    }

    fn my_repositories(&self) -> Served {
        let Who::Installation { token, .. } = &self.who else {
            return Err(Answer::error(
                403,
                "You must authenticate with an installation access token in order to list repositories for an installation.",
            ));
        };
        let r = Render::now(self.sandbox.world());
        let mut repos: Vec<Id> =
            r.state.repos.values().filter(|repo| covers(r.state, token, repo)).map(|repo| repo.id).collect();
        self.shuffle(&mut repos, |id| *id);
        let total = repos.len();
        let (repos, headers) = self.page(repos);
        let repos: Vec<_> = repos.into_iter().map(|repo| r.repository(repo)).collect();
        Ok(Answer {
            status: 200,
            body: Content::Json(json!({"total_count": total, "repository_selection": "all", "repositories": repos})),
            headers,
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "an operation like the others")]
    fn deliveries(&self, app: Id) -> Served {
        let status = self.query("status");
        let good = |code: u16| (200..300).contains(&code);
        let mut all: Vec<_> = self
            .sandbox
            .deliveries
            .iter()
            .filter(|delivery| delivery.app == app && (delivery.answer.is_some() || delivery.lost))
            .filter(|delivery| {
                status.is_none_or(|wanted| (wanted == "success") == good(delivery.answer.map_or(0, |(code, _)| code)))
            })
            .collect();
        all.reverse();
        let cursor =
            self.query("cursor").and_then(|cursor| cursor.trim_start_matches("v1_").parse::<usize>().ok()).unwrap_or(0);
        let (_, size) = self.window();
        let shown = all.iter().skip(cursor).take(size).map(|delivery| webhooks::shown(delivery)).collect();
        let mut answer = Answer::json(200, serde_json::Value::Array(shown));
        if cursor + size < all.len() {
            let kept: Vec<&str> = self
                .request
                .raw_query
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
                .collect();
            let next = format!("cursor=v1_{}", cursor + size);
            let query = kept.into_iter().chain([next.as_str()]).collect::<Vec<_>>().join("&");
            answer
                .headers
                .push(("link", format!("<{}/app/hook/deliveries?{query}>; rel=\"next\"", self.sandbox.world().origin)));
        }
        Ok(answer)
    }

    pub(super) fn repo_itself(&mut self, method: &str, repo: &Repo, rest: &[&str]) -> Served {
        let r = Render::now(self.sandbox.world());
        match (method, rest) {
            ("GET", []) => {
                self.need_read(repo, &["metadata"])?;
                Answer::ok(r.full_repository(repo.id))
            }
            ("GET", ["installation"]) => {
                let Who::App(app) = self.who else {
                    return Err(Answer::error(401, "A JSON web token could not be decoded"));
                };
                let found = r
                    .state
                    .installations
                    .values()
                    .find(|installation| installation.app == app && installation.covers(repo));
                found
                    .map(|installation| Answer::json(200, r.installation(installation.id)))
                    .ok_or_else(|| Answer::error(404, "Not Found"))
            }
            _ => Err(Answer::error(404, "Not Found")),
        }
    }
}
