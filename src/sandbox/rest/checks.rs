//! Check runs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::checks::CheckWrite;
use super::super::model::{CheckRun, Id, Repo};
use super::super::reads::resolve;
use super::super::render::Render;
use super::super::server::Surface;
use super::{Answer, Call, Content, Served, long_form};

impl Call<'_> {
    pub(super) fn check_runs(&mut self, method: &str, repo: &Repo, rest: &[&str]) -> Served {
        if let ("GET", ["check-runs", id]) = (method, rest) {
            self.need_read(repo, &["checks"])?;
            let id = self.own_run(repo, id)?;
            return self.show_run(id, 200);
        }
        self.need_write(repo, &["checks"])?;
        let app = self.app()?;
        match (method, rest) {
            ("POST", ["check-runs"]) => {
                let write = self.check_write()?;
                let id =
                    self.sandbox.world_mut().create_check_run(app, repo.id, &write).map_err(long_form("CheckRun"))?;
                self.show_run(id, 201)
            }
            ("PATCH", ["check-runs", id]) => {
                let id = self.own_run(repo, id)?;
                let write = self.check_write()?;
                self.sandbox.world_mut().update_check_run(app, id, &write).map_err(long_form("CheckRun"))?;
                self.show_run(id, 200)
            }
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    fn check_write(&self) -> Result<CheckWrite, Answer> {
        let body: Value = self.body()?;
        let mut write: CheckWrite = self.body()?;
        let time = |field: &str| {
            body[field]
                .as_str()
                .and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok())
                .map(|time| time.timestamp_millis())
        };
        (write.started_at, write.completed_at) = (time("started_at"), time("completed_at"));
        Ok(write)
    }

    fn own_run(&self, repo: &Repo, id: &str) -> Result<Id, Answer> {
        let runs = &self.sandbox.world().state().runs;
        id.parse::<Id>()
            .ok()
            .and_then(|id| runs.get(&id))
            .filter(|run| run.repo == repo.id)
            .map(|run| run.id)
            .ok_or_else(|| Answer::error(404, "Not Found"))
    }

    fn show_run(&self, id: Id, status: u16) -> Served {
        let world = self.sandbox.world();
        world
            .state()
            .runs
            .get(&id)
            .map(|run| Answer::json(status, Render::now(world).check_run(run)))
            .ok_or_else(|| Answer::error(404, "Not Found"))
    }

    pub(super) fn runs_of_commit(&mut self, repo: &Repo, reference: &str) -> Served {
        self.need_read(repo, &["checks"])?;
        let world = self.sandbox.world();
        let Some(sha) = resolve(world.state(), world.git(repo.id), repo.id, reference) else {
            return Err(Answer::error(422, &format!("No commit found for SHA: {reference}")));
        };
        let state = self.lagged(Surface::Checks);
        let (name, app, status) = (
            self.query("check_name").map(str::to_owned),
            self.query("app_id").and_then(|id| id.parse::<Id>().ok()),
            self.query("status").map(str::to_owned),
        );
        let fits = |run: &CheckRun| {
            run.repo == repo.id
                && run.sha == sha
                && name.as_ref().is_none_or(|name| *name == run.name)
                && app.is_none_or(|app| app == run.app)
                && status.as_ref().is_none_or(|status| *status == run.status)
        };
        let mut runs: Vec<_> = state.runs.values().filter(|run| fits(run)).collect();
        if self.query("filter") != Some("all") {
            // `latest`, the default: the newest run of each name and App.
            let mut latest = BTreeMap::new();
            for run in runs {
                latest.insert((run.name.clone(), run.app), run);
            }
            runs = latest.into_values().collect();
        }
        self.shuffle(&mut runs, |run| run.id);
        let total = runs.len();
        let (runs, headers) = self.page(runs);
        let r = self.render(&state);
        let mut shown: Vec<Value> = runs.into_iter().map(|run| r.check_run(run)).collect();
        if self.sandbox.hostility.nulls {
            for run in &mut shown {
                run["html_url"] = Value::Null;
                run["details_url"] = Value::Null;
                run["check_suite"] = Value::Null;
            }
        }
        Ok(Answer { status: 200, body: Content::Json(json!({"total_count": total, "check_runs": shown})), headers })
    }
}
