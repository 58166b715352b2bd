//! Pull requests: list, one, files, commits, requested reviewers, labels.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::model::{Id, Pull, PullState, Repo};
use super::super::render::Render;
use super::super::server::Surface;
use super::super::world::Refusal;
use super::{Answer, Call, Served, validation_failed};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reviewers {
    reviewers: Vec<String>,
    team_reviewers: Vec<String>,
}

impl Call<'_> {
    pub(super) fn pull(&self, repo: &Repo, number: &str) -> Result<std::sync::Arc<Pull>, Answer> {
        let state = self.sandbox.world().state();
        number
            .parse()
            .ok()
            .and_then(|number| state.pull(repo.id, number))
            .cloned()
            .ok_or_else(|| Answer::error(404, "Not Found"))
    }

    pub(super) fn pulls(&mut self, method: &str, repo: &Repo, rest: &[&str]) -> Served {
        match (method, rest) {
            ("GET", ["pulls"]) => self.list_pulls(repo),
            ("GET", ["pulls", number]) => {
                self.need_read(repo, &["pull_requests", "contents"])?;
                let pull = self.pull(repo, number)?;
                let mut shown = Render::now(self.sandbox.world()).pull(&pull, true);
                // GitHub computes mergeability in the background: the first read does not know it yet.
                if self.sandbox.hostility.nulls
                    && pull.state == PullState::Open
                    && self.sandbox.asked_mergeable.insert((pull.id, pull.head_sha.clone()))
                {
                    shown["mergeable"] = Value::Null;
                    shown["mergeable_state"] = json!("unknown");
                }
                Answer::ok(shown)
            }
            ("GET", ["pulls", number, "files"]) => {
                self.need_read(repo, &["pull_requests"])?;
                let pull = self.lagged_pull(repo, number)?;
                let world = self.sandbox.world();
                let r = Render::now(world);
                let files = world.pull_files(&pull);
                self.list(
                    files
                        .iter()
                        .take(world.limits.files)
                        .map(|file| r.diff_entry(pull.head_repo, &pull.head_sha, file))
                        .collect(),
                )
            }
            ("GET", ["pulls", number, "commits"]) => {
                self.need_read(repo, &["pull_requests"])?;
                let pull = self.lagged_pull(repo, number)?;
                let world = self.sandbox.world();
                let r = Render::now(world);
                let commits = world.pull_commits(&pull);
                self.list(commits.iter().take(world.limits.commits).map(|commit| r.commit(repo.id, commit)).collect())
            }
            (_, ["pulls", number, "requested_reviewers"]) => {
                let pull = self.pull(repo, number)?;
                self.requested(method, repo, &pull)
            }
            (_, ["pulls", "comments", ..] | ["pulls", _, "comments", ..]) => self.review_comments(method, repo, rest),
            (_, ["pulls", _, "reviews", ..]) => self.reviews(method, repo, rest),
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    /// The pull request as the lagging lists see it.
    pub(super) fn lagged_pull(&mut self, repo: &Repo, number: &str) -> Result<std::sync::Arc<Pull>, Answer> {
        let now = self.pull(repo, number)?;
        let state = self.lagged(Surface::Rest);
        Ok(state.pulls.get(&now.id).cloned().unwrap_or(now))
    }

    fn list_pulls(&mut self, repo: &Repo) -> Served {
        self.need_read(repo, &["pull_requests"])?;
        let state = self.lagged(Surface::Rest);
        let (wanted, head, base) = (
            self.query("state").unwrap_or("open").to_owned(),
            self.query("head").map(str::to_owned),
            self.query("base").map(str::to_owned),
        );
        if !matches!(wanted.as_str(), "open" | "closed" | "all") {
            return Err(validation_failed("PullRequest", "state", "state is not a member of open, closed, all"));
        }
        let fits = |pull: &Pull| {
            let open = pull.state == PullState::Open;
            let from = |head: &String| {
                head.split_once(':').is_none_or(|(owner, branch)| {
                    let owner_id = state.repos.get(&pull.head_repo).map(|repo| repo.owner).unwrap_or_default();
                    pull.head == branch && state.login(owner_id).eq_ignore_ascii_case(owner)
                })
            };
            pull.repo == repo.id
                && (wanted == "all" || (wanted == "open") == open)
                && head.as_ref().is_none_or(from)
                && base.as_ref().is_none_or(|base| *base == pull.base)
        };
        let mut pulls: Vec<_> = state.pulls.values().filter(|pull| fits(pull)).collect();
        let updated = self.query("sort") == Some("updated");
        pulls.sort_by_key(|pull| if updated { (pull.updated_at, pull.id) } else { (pull.created_at, pull.id) });
        let ascending = self
            .query("direction")
            .map_or_else(|| self.query("sort").is_some_and(|sort| sort != "created"), |direction| direction == "asc");
        if !ascending {
            pulls.reverse();
        }
        let r = self.render(&state);
        let shown = pulls.into_iter().map(|pull| r.pull(pull, false)).collect();
        self.list(shown)
    }

    fn requested(&mut self, method: &str, repo: &Repo, pull: &Pull) -> Served {
        match method {
            "GET" => {
                self.need_read(repo, &["pull_requests"])?;
                let state = self.lagged(Surface::Rest);
                let r = self.render(&state);
                let pull = state.pulls.get(&pull.id).map_or(pull, |pull| pull);
                let users: Vec<Value> =
                    pull.requested_users.keys().map(|user| r.user(*user)).filter(|user| !user.is_null()).collect();
                let teams: Vec<Value> =
                    pull.requested_teams.keys().map(|team| r.team(*team)).filter(|team| !team.is_null()).collect();
                Answer::ok(json!({"users": users, "teams": teams}))
            }
            "POST" => {
                let bot = self.need_write(repo, &["pull_requests"])?;
                let asked: Reviewers = self.body()?;
                let unknown =
                    || Answer::from(Refusal::Invalid("Could not resolve to a node with the global id".to_owned()));
                let world = self.sandbox.world_mut();
                let users = asked
                    .reviewers
                    .iter()
                    .map(|login| world.account(login))
                    .collect::<Result<Vec<Id>, _>>()
                    .map_err(|_| unknown())?;
                // Without `members: read` a team cannot be named (FACTS 1d).
                let teams_allowed = matches!(&self.who, super::Who::Installation { token, .. } if super::grants(token, "members", super::READ));
                if !asked.team_reviewers.is_empty() && !teams_allowed {
                    return Err(unknown());
                }
                let owner = self.sandbox.world().state().login(repo.owner);
                let world = self.sandbox.world_mut();
                let teams = asked
                    .team_reviewers
                    .iter()
                    .map(|slug| world.team(&format!("{owner}/{slug}")))
                    .collect::<Result<Vec<Id>, _>>()
                    .map_err(|_| unknown())?;
                world.request_review(bot, pull.id, &users, &teams)?;
                let pull = self.pull(repo, &pull.number.to_string())?;
                Ok(Answer::json(201, Render::now(self.sandbox.world()).pull(&pull, false)))
            }
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    pub(super) fn labels(&mut self, repo: &Repo, number: &str) -> Served {
        let bot = self.need_write(repo, &["issues", "pull_requests"])?;
        let pull = self.pull(repo, number)?;
        let body: Value = self.body()?;
        let listed = body["labels"].as_array().or_else(|| body.as_array()).cloned().unwrap_or_default();
        let labels: Vec<String> = listed
            .iter()
            .filter_map(|label| label.as_str().or_else(|| label["name"].as_str()).map(str::to_owned))
            .collect();
        self.sandbox.world_mut().add_labels(bot, pull.id, &labels)?;
        let pull = self.pull(repo, number)?;
        let r = Render::now(self.sandbox.world());
        Answer::ok(json!(pull.labels.iter().map(|label| r.label(repo.id, label)).collect::<Vec<_>>()))
    }
}
