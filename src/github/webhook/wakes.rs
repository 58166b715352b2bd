//! From a verified payload to wakes: few fields, read leniently. A field that an event needs and lacks is an error with a
//! name, never a panic; an event that means nothing to us wakes nothing.

use serde_json::Value;

use super::{Delivery, Press, Rejected, Sender, Wake};
use crate::github::RepoRef;
use crate::review::snapshot::UserId;

pub(super) fn read(guid: String, event: String, payload: &Value) -> Result<Delivery, Rejected> {
    let reader = Reader { event: &event, payload };
    let action = payload.get("action").and_then(Value::as_str).map(str::to_owned);
    let installation = payload.pointer("/installation/id").and_then(Value::as_u64);
    let wakes = reader.wakes(action.as_deref())?;
    let press = reader.press(action.as_deref())?;
    let sender = reader.sender();
    let added = reader.added();
    Ok(Delivery { guid, event, action, installation, sender, wakes, added, press })
}

struct Reader<'a> {
    event: &'a str,
    payload: &'a Value,
}

impl Reader<'_> {
    fn missing(&self, field: &'static str) -> Rejected {
        Rejected::Field { event: self.event.to_owned(), field }
    }

    fn number(&self, field: &'static str) -> Result<u64, Rejected> {
        self.payload.pointer(field).and_then(Value::as_u64).ok_or_else(|| self.missing(field))
    }

    fn text(&self, field: &'static str) -> Result<&str, Rejected> {
        self.payload.pointer(field).and_then(Value::as_str).filter(|t| !t.is_empty()).ok_or_else(|| self.missing(field))
    }

    fn repo(&self) -> Result<RepoRef, Rejected> {
        let owner = self.text("/repository/owner/login").or_else(|_| {
            // `push` has carried the owner as a git user with a name only.
            self.text("/repository/owner/name")
        })?;
        Ok(RepoRef {
            id: self.number("/repository/id")?,
            owner: owner.to_owned(),
            name: self.text("/repository/name")?.to_owned(),
        })
    }

    fn has_repo(&self) -> bool {
        self.payload.get("repository").is_some_and(Value::is_object)
    }

    fn sender(&self) -> Option<Sender> {
        let sender = self.payload.get("sender")?;
        Some(Sender {
            id: UserId(sender.get("id")?.as_u64()?),
            login: sender.get("login")?.as_str()?.to_owned(),
            bot: sender.get("type").and_then(Value::as_str) == Some("Bot"),
        })
    }

    fn wakes(&self, action: Option<&str>) -> Result<Vec<Wake>, Rejected> {
        Ok(match self.event {
            "pull_request" => self.pull_request(action)?,
            "pull_request_review" | "pull_request_review_comment" | "pull_request_review_thread" => {
                vec![Wake::Pull { repo: self.repo()?, number: self.number("/pull_request/number")? }]
            }
            "issue_comment" if self.payload.pointer("/issue/pull_request").is_some_and(Value::is_object) => {
                vec![Wake::Pull { repo: self.repo()?, number: self.number("/issue/number")? }]
            }
            "check_run" => vec![self.commit("/check_run/head_sha")?],
            "check_suite" => vec![self.commit("/check_suite/head_sha")?],
            "merge_group" => vec![self.commit("/merge_group/head_sha")?],
            "push" => self.branch(self.text("/ref")?.strip_prefix("refs/heads/"))?,
            "create" | "delete" => {
                let name = self.text("/ref")?;
                self.branch((self.text("/ref_type")? == "branch").then_some(name))?
            }
            "repository" | "public" | "member" | "branch_protection_rule" | "repository_ruleset" => {
                // Rulesets of an organisation come without a repository.
                if self.event == "repository_ruleset" && !self.has_repo() {
                    self.organization()?
                } else {
                    vec![Wake::Repository { repo: self.repo()? }]
                }
            }
            "team" | "team_add" | "membership" => self.team()?,
            "organization" => self.organization()?,
            "installation" | "installation_repositories" | "installation_target" => {
                vec![Wake::Installation { installation: self.number("/installation/id")? }]
            }
            _ => Vec::new(),
        })
    }

    /// Lenient: without it they count as there from the start.
    fn added(&self) -> Vec<RepoRef> {
        let listed = self.payload.get("repositories_added").and_then(Value::as_array);
        let read = |repo: &Value| {
            let (owner, name) = repo.get("full_name")?.as_str()?.split_once('/')?;
            Some(RepoRef { id: repo.get("id")?.as_u64()?, owner: owner.to_owned(), name: name.to_owned() })
        };
        match self.event {
            "installation_repositories" => listed.into_iter().flatten().filter_map(read).collect(),
            _ => Vec::new(),
        }
    }

    fn pull_request(&self, action: Option<&str>) -> Result<Vec<Wake>, Rejected> {
        let repo = self.repo()?;
        let number = self.number("/pull_request/number").or_else(|_| self.number("/number"))?;
        let mut wakes = vec![Wake::Pull { repo: repo.clone(), number }];
        // Whatever changes which pull requests share a commit and a check concerns the others with that commit as well.
        if matches!(action, Some("opened" | "reopened" | "closed" | "edited" | "synchronize")) {
            let mut also = |field: &str| {
                if let Some(sha) = self.payload.pointer(field).and_then(Value::as_str) {
                    wakes.push(Wake::Commit { repo: repo.clone(), sha: sha.into() });
                }
            };
            also("/pull_request/head/sha");
            also("/before");
        }
        Ok(wakes)
    }

    fn commit(&self, field: &'static str) -> Result<Wake, Rejected> {
        Ok(Wake::Commit { repo: self.repo()?, sha: self.text(field)?.into() })
    }

    fn branch(&self, branch: Option<&str>) -> Result<Vec<Wake>, Rejected> {
        // A tag decides nothing.
        let Some(branch) = branch else {
            return Ok(Vec::new());
        };
        Ok(vec![Wake::Branch { repo: self.repo()?, branch: branch.to_owned() }])
    }

    fn team(&self) -> Result<Vec<Wake>, Rejected> {
        let organization = self.text("/organization/login")?.to_owned();
        let slug = self.payload.pointer("/team/slug").and_then(Value::as_str).map(str::to_owned);
        let mut wakes = vec![Wake::Team { organization, slug }];
        if self.has_repo() {
            wakes.push(Wake::Repository { repo: self.repo()? });
        }
        Ok(wakes)
    }

    fn organization(&self) -> Result<Vec<Wake>, Rejected> {
        Ok(vec![Wake::Organization { organization: self.text("/organization/login")?.to_owned() }])
    }

    fn press(&self, action: Option<&str>) -> Result<Option<Press>, Rejected> {
        let of_run = match (self.event, action) {
            ("check_run", Some("rerequested" | "requested_action")) => true,
            ("check_suite", Some("rerequested")) => false,
            _ => return Ok(None),
        };
        let (sha, app) = if of_run {
            ("/check_run/head_sha", "/check_run/app/id")
        } else {
            ("/check_suite/head_sha", "/check_suite/app/id")
        };
        let sender = self.sender().ok_or_else(|| self.missing("/sender"))?;
        let action = match action {
            Some("requested_action") => self.text("/requested_action/identifier")?,
            _ => "rerequested",
        };
        Ok(Some(Press {
            repo: self.repo()?,
            sender: sender.id,
            login: sender.login,
            action: action.to_owned(),
            check: if of_run { Some(self.number("/check_run/id")?) } else { None },
            name: self.payload.pointer("/check_run/name").and_then(Value::as_str).map(str::to_owned),
            sha: self.text(sha)?.into(),
            app: self.payload.pointer(app).and_then(Value::as_u64),
        }))
    }
}
