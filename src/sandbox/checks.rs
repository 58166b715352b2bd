//! Check runs: an App writes them on commits, people press their buttons.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::log::LogEvent;
use super::model::{CheckAction, CheckRun, Id, Millis, Oid, Permission};
use super::render::Render;
use super::world::{Done, Event, Refusal, World, forbidden, invalid};

/// What an App writes; absent fields stay as they are (or take GitHub's default on creation).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckWrite {
    /// Name; needed on creation.
    pub name: Option<String>,
    /// Commit; needed on creation.
    pub head_sha: Option<Oid>,
    /// The App's own key.
    pub external_id: Option<String>,
    /// Link.
    pub details_url: Option<String>,
    /// `queued`, `in_progress`, `completed`.
    pub status: Option<String>,
    /// Implies `completed`.
    pub conclusion: Option<String>,
    /// Output.
    pub output: Option<CheckOutput>,
    /// At most three buttons.
    pub actions: Option<Vec<CheckAction>>,
    /// Started, milliseconds.
    #[serde(skip)]
    pub started_at: Option<Millis>,
    /// Completed, milliseconds.
    #[serde(skip)]
    pub completed_at: Option<Millis>,
}

/// A check run's output.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckOutput {
    /// Title.
    pub title: Option<String>,
    /// Summary, at most 65,535 characters.
    pub summary: Option<String>,
    /// Text, at most 65,535 characters.
    pub text: Option<String>,
}

const CONCLUSIONS: [&str; 7] =
    ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

impl CheckWrite {
    fn check(&self) -> Done {
        if self.status.as_deref().is_some_and(|status| !matches!(status, "queued" | "in_progress" | "completed")) {
            return invalid("Invalid request.\n\nstatus is not a member of the enumeration");
        }
        if self.conclusion.as_deref().is_some_and(|conclusion| !CONCLUSIONS.contains(&conclusion)) {
            return invalid("Invalid request.\n\nconclusion is not a member of the enumeration");
        }
        if self.status.as_deref() == Some("completed") && self.conclusion.is_none() {
            return invalid("Invalid request.\n\nA completed check run needs a conclusion.");
        }
        if let Some(output) = &self.output {
            if output.summary.is_none() || output.title.as_deref().is_none_or(str::is_empty) {
                return invalid("Invalid request.\n\n\"title\" and \"summary\" weren't supplied.");
            }
            let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.chars().count() > 65_535);
            if long(&output.summary) || long(&output.text) {
                return invalid("Validation Failed: Only 65535 characters are allowed; for output");
            }
        }
        let actions = self.actions.as_deref().unwrap_or_default();
        let too_long = actions.iter().any(|action| {
            action.label.chars().count() > 20
                || action.description.chars().count() > 40
                || action.identifier.chars().count() > 20
        });
        if actions.len() > 3 || too_long {
            return invalid(
                "Invalid request.\n\nAt most 3 actions, label 20, description 40, identifier 20 characters.",
            );
        }
        Ok(())
    }

    fn apply(&self, run: &mut CheckRun, now: Millis) {
        if let Some(name) = &self.name {
            run.name.clone_from(name);
        }
        if let Some(external_id) = &self.external_id {
            run.external_id.clone_from(external_id);
        }
        if self.details_url.is_some() {
            run.details_url.clone_from(&self.details_url);
        }
        if let Some(at) = self.started_at {
            run.started_at = at;
        }
        if let Some(status) = &self.status {
            run.status.clone_from(status);
            if status != "completed" {
                run.conclusion = None;
                run.completed_at = None;
            }
        }
        if self.conclusion.is_some() {
            run.conclusion.clone_from(&self.conclusion);
            "completed".clone_into(&mut run.status);
            run.completed_at = Some(self.completed_at.unwrap_or(now));
        }
        if let Some(output) = &self.output {
            run.title.clone_from(&output.title);
            run.summary.clone_from(&output.summary);
            run.text.clone_from(&output.text);
        }
        if let Some(actions) = &self.actions {
            run.actions.clone_from(actions);
        }
    }
}

impl World {
    /// An App makes a check run.
    pub fn create_check_run(&mut self, app: Id, repo: Id, write: &CheckWrite) -> Done<Id> {
        write.check()?;
        let (Some(name), Some(sha)) = (write.name.clone().filter(|name| !name.is_empty()), write.head_sha.clone())
        else {
            return invalid("Invalid request.\n\n\"name\" and \"head_sha\" weren't supplied.");
        };
        if self.git(repo).commit(&sha).is_none() {
            return invalid(format!("No commit found for SHA: {sha}"));
        }
        let known = self
            .state
            .runs
            .values()
            .find(|run| run.repo == repo && run.sha == sha && run.app == app)
            .map(|run| run.suite);
        let suite = known.unwrap_or_else(|| self.fresh("suite"));
        let id = self.fresh("run");
        let mut run = CheckRun {
            id,
            suite,
            repo,
            app,
            sha,
            name,
            external_id: String::new(),
            details_url: None,
            status: "queued".to_owned(),
            conclusion: None,
            started_at: self.now,
            completed_at: None,
            title: None,
            summary: None,
            text: None,
            actions: Vec::new(),
        };
        write.apply(&mut run, self.now);
        self.edit().runs.insert(id, Arc::new(run));
        self.check_written(id, true);
        Ok(id)
    }

    /// An App changes one of its check runs.
    pub fn update_check_run(&mut self, app: Id, run: Id, write: &CheckWrite) -> Done {
        write.check()?;
        let old = self.state.runs.get(&run).cloned().ok_or(Refusal::NotFound)?;
        if old.app != app {
            return forbidden(
                "Invalid app_id `check_run` - `check_run` can only be modified by the GitHub App that created it.",
            );
        }
        let now = self.now;
        if let Some(run) = self.edit().runs.get_mut(&run) {
            write.apply(Arc::make_mut(run), now);
        }
        self.check_written(run, false);
        Ok(())
    }

    fn check_written(&mut self, run: Id, created: bool) {
        let Some(now) = self.state.runs.get(&run).cloned() else {
            return;
        };
        let bot = self.state.apps.get(&now.app).map(|app| app.bot).unwrap_or_default();
        let event = LogEvent::CheckRunWritten {
            repo: self.state.full_name(now.repo),
            sha: now.sha.clone(),
            run,
            app: now.app,
            name: now.name.clone(),
            external_id: now.external_id.clone(),
            status: now.status.clone(),
            conclusion: now.conclusion.clone(),
            title: now.title.clone(),
            summary: now.summary.clone(),
            text: now.text.clone(),
            actions: now.actions.iter().map(|action| action.identifier.clone()).collect(),
            created,
        };
        self.note(bot, event);
        if created {
            self.check_event(bot, &now, "created", None);
        }
        if now.status == "completed" {
            self.check_event(bot, &now, "completed", None);
        }
    }

    fn check_event(&mut self, by: Id, run: &CheckRun, action: &str, identifier: Option<&str>) {
        if self.silent {
            return;
        }
        let r = Render::now(self);
        let mut payload = json!({"action": action, "check_run": r.check_run(run), "repository": r.repository(run.repo), "sender": r.user(by)});
        payload["check_run"]["check_suite"] = r.check_suite(run);
        if let Some(identifier) = identifier {
            payload["requested_action"] = json!({"identifier": identifier});
        }
        self.send(Event {
            name: "check_run",
            action: Some(action.to_owned()),
            repo: Some(run.repo),
            account: None,
            app: Some(run.app),
            payload,
            at: self.now,
        });
    }

    /// A person presses a button of a completed check run (write access: FACTS 4e, unclear).
    pub fn press_button(&mut self, by: Id, run: Id, identifier: &str) -> Done {
        let now = self.state.runs.get(&run).cloned().ok_or(Refusal::NotFound)?;
        self.need(by, now.repo, Permission::Write)?;
        if now.status != "completed" || !now.actions.iter().any(|action| action.identifier == identifier) {
            return invalid("The check run shows no such button.");
        }
        self.note(
            by,
            LogEvent::ButtonPressed {
                repo: self.state.full_name(now.repo),
                sha: now.sha.clone(),
                run,
                name: now.name.clone(),
                identifier: identifier.to_owned(),
            },
        );
        self.check_event(by, &now, "requested_action", Some(identifier));
        Ok(())
    }

    /// "Re-run" on one check: the run itself stays as it is, an old success too (FACTS 4d).
    pub fn rerequest_run(&mut self, by: Id, run: Id) -> Done {
        let now = self.state.runs.get(&run).cloned().ok_or(Refusal::NotFound)?;
        self.need(by, now.repo, Permission::Write)?;
        self.note(
            by,
            LogEvent::RerunRequested {
                repo: self.state.full_name(now.repo),
                sha: now.sha.clone(),
                run: Some(run),
                app: now.app,
            },
        );
        self.check_event(by, &now, "rerequested", None);
        Ok(())
    }

    /// "Re-run all checks" on a commit, for one App.
    pub fn rerequest_suite(&mut self, by: Id, repo: Id, sha: &str, app: Id) -> Done {
        self.need(by, repo, Permission::Write)?;
        let run = self
            .state
            .runs
            .values()
            .find(|run| run.repo == repo && run.sha == sha && run.app == app)
            .cloned()
            .ok_or(Refusal::NotFound)?;
        self.note(
            by,
            LogEvent::RerunRequested { repo: self.state.full_name(repo), sha: sha.to_owned(), run: None, app },
        );
        let r = Render::now(self);
        let payload = json!({"action": "rerequested", "check_suite": r.check_suite(&run), "repository": r.repository(repo), "sender": r.user(by)});
        self.send(Event {
            name: "check_suite",
            action: Some("rerequested".to_owned()),
            repo: Some(repo),
            account: None,
            app: Some(app),
            payload,
            at: self.now,
        });
        Ok(())
    }
}
