//! The seed format: a small GitHub written down as JSON (or TOML, which reads into the same types).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::act::Act;
use super::model::{OrgRole, Permission, Protection};
use super::people::NewApp;
use super::pulls::NewPull;
use super::repos::{Edit, Push};
use super::world::{Done, World};

/// Everything to begin with, made in this order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    /// Logins of people.
    pub users: Vec<String>,
    /// Organisations.
    pub orgs: Vec<SeedOrg>,
    /// Repositories, with the files of their default branch.
    pub repos: Vec<SeedRepo>,
    /// Teams.
    pub teams: Vec<SeedTeam>,
    /// Apps with their installations.
    pub apps: Vec<SeedApp>,
    /// Pull requests: a push to the head branch, then opened.
    pub pulls: Vec<SeedPull>,
    /// Rules of branches, set last so that the above may push: `{"acme/api": {"main": {…}}}`.
    pub protection: BTreeMap<String, BTreeMap<String, Protection>>,
    /// Anything else, as acts.
    pub acts: Vec<Act>,
}

/// An organisation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedOrg {
    /// Login.
    pub login: String,
    /// Owners.
    pub owners: Vec<String>,
    /// Members.
    pub members: Vec<String>,
    /// What every member may do.
    pub base: Permission,
}

/// A repository.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedRepo {
    /// `owner/name`.
    pub name: String,
    /// Private.
    pub private: bool,
    /// `main` unless told.
    pub default_branch: Option<String>,
    /// Path → text.
    pub files: BTreeMap<String, String>,
    /// Login → permission.
    pub collaborators: BTreeMap<String, Permission>,
}

/// A team.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedTeam {
    /// `org/slug`.
    pub name: String,
    /// Secret.
    pub secret: bool,
    /// `org/slug` of the team above.
    pub parent: Option<String>,
    /// Logins.
    pub members: Vec<String>,
    /// `owner/name` → permission.
    pub repos: BTreeMap<String, Permission>,
}

/// An App.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedApp {
    /// App id, or the next free one.
    pub id: Option<u64>,
    /// Slug.
    pub slug: String,
    /// Login of who registered it.
    pub owner: String,
    /// Public key, PEM (`BEGIN PUBLIC KEY`).
    pub public_key_pem: String,
    /// Where deliveries go; empty: nowhere.
    pub webhook_url: String,
    /// Secret of their signature.
    pub webhook_secret: String,
    /// Permissions.
    pub permissions: BTreeMap<String, String>,
    /// Events.
    pub events: BTreeSet<String>,
    /// Accounts that install it, all repositories.
    pub install: Vec<String>,
}

/// A pull request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedPull {
    /// Author.
    pub by: String,
    /// `owner/name`.
    pub repo: String,
    /// Title.
    pub title: String,
    /// Description.
    pub body: String,
    /// Base; the default branch unless told.
    pub base: String,
    /// Head branch, made by the push below.
    pub head: String,
    /// As a draft.
    pub draft: bool,
    /// Changes: path → text, `null` deletes.
    pub files: BTreeMap<String, Option<String>>,
}

impl World {
    /// Makes everything of a seed; answers `{apps: {slug: {id, installations: {login: id}}}, pulls: [{repo, number}], acts: […]}`.
    pub fn seed(&mut self, seed: &Seed) -> Done<Value> {
        for login in &seed.users {
            self.add_user(login)?;
        }
        for org in &seed.orgs {
            self.seed_org(org)?;
        }
        for repo in &seed.repos {
            self.seed_repo(repo)?;
        }
        for team in &seed.teams {
            self.seed_team(team)?;
        }
        let (mut apps, mut pulls, mut acts) = (json!({}), Vec::new(), Vec::new());
        for app in &seed.apps {
            apps[&app.slug] = self.seed_app(app)?;
        }
        for pull in &seed.pulls {
            let (by, repo) = (self.account(&pull.by)?, self.repo(&pull.repo)?);
            let edits = pull
                .files
                .iter()
                .map(|(path, text)| Edit { path: path.clone(), text: text.clone(), base64: None })
                .collect();
            let onto = (!pull.base.is_empty()).then(|| pull.base.clone());
            self.push(
                by,
                repo,
                &Push { branch: pull.head.clone(), message: pull.title.clone(), edits, onto, ..Push::default() },
            )?;
            let new = NewPull {
                title: pull.title.clone(),
                body: pull.body.clone(),
                base: pull.base.clone(),
                head: pull.head.clone(),
                draft: pull.draft,
                ..NewPull::default()
            };
            let id = self.open_pull(by, repo, &new)?;
            pulls.push(json!({"repo": pull.repo, "number": self.get_pull(id)?.number}));
        }
        for (repo, branches) in &seed.protection {
            let id = self.repo(repo)?;
            let owner = self.get_repo(id)?.owner;
            for (branch, rules) in branches {
                self.protect(owner, id, branch, Some(rules.clone()))?;
            }
        }
        for act in &seed.acts {
            acts.push(self.act(act)?);
        }
        Ok(json!({"apps": apps, "pulls": pulls, "acts": acts}))
    }

    fn seed_org(&mut self, org: &SeedOrg) -> Done {
        let id = self.add_org(&org.login, org.base)?;
        for (logins, role) in [(&org.owners, OrgRole::Owner), (&org.members, OrgRole::Member)] {
            for login in logins {
                let user = self.account(login)?;
                self.set_org_member(id, id, user, Some(role))?;
            }
        }
        Ok(())
    }

    fn seed_repo(&mut self, repo: &SeedRepo) -> Done {
        let (owner, name) = repo.name.split_once('/').ok_or(super::world::Refusal::NotFound)?;
        let owner = self.account(owner)?;
        let branch = repo.default_branch.as_deref().unwrap_or("main");
        let id = self.add_repo(owner, name, repo.private, branch)?;
        for (login, permission) in &repo.collaborators {
            let user = self.account(login)?;
            self.set_collaborator(owner, id, user, *permission)?;
        }
        if !repo.files.is_empty() {
            let edits = repo.files.iter().map(|(path, text)| Edit::write(path, text)).collect();
            self.push(
                owner,
                id,
                &Push { branch: branch.to_owned(), message: "Add files".to_owned(), edits, ..Push::default() },
            )?;
        }
        Ok(())
    }

    fn seed_team(&mut self, team: &SeedTeam) -> Done {
        let (org, slug) = team.name.trim_start_matches('@').split_once('/').ok_or(super::world::Refusal::NotFound)?;
        let org = self.account(org)?;
        let parent = team.parent.as_ref().map(|parent| self.team(parent)).transpose()?;
        let id = self.add_team(org, org, slug, team.secret, parent)?;
        for login in &team.members {
            let user = self.account(login)?;
            self.set_team_member(org, id, user, true)?;
        }
        for (repo, permission) in &team.repos {
            let repo = self.repo(repo)?;
            self.set_team_repo(org, id, repo, *permission)?;
        }
        Ok(())
    }

    fn seed_app(&mut self, app: &SeedApp) -> Done<Value> {
        let owner = self.account(&app.owner)?;
        let new = NewApp {
            id: app.id,
            slug: app.slug.clone(),
            public_key_pem: app.public_key_pem.clone(),
            webhook_url: app.webhook_url.clone(),
            webhook_secret: app.webhook_secret.clone(),
            permissions: app.permissions.clone(),
            events: app.events.clone(),
        };
        let id = self.add_app(owner, new)?;
        let mut installations = json!({});
        for login in &app.install {
            let account = self.account(login)?;
            installations[login] = json!(self.install(account, id, account, None)?);
        }
        Ok(json!({"id": id, "installations": installations}))
    }
}
