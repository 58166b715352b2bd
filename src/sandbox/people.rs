//! Accounts, organisations, teams, collaborators, Apps and their installations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::log::LogEvent;
use super::model::{Account, AccountKind, App, Id, Installation, OrgRole, Permission, Team};
use super::render::Render;
use super::world::{Done, Event, Refusal, World, forbidden, invalid};

/// How an App is registered.
#[derive(Clone, Debug, Default)]
pub struct NewApp {
    /// Id, or the next free one.
    pub id: Option<Id>,
    /// Slug; its bot is `slug[bot]`.
    pub slug: String,
    /// Public key, PEM.
    pub public_key_pem: String,
    /// Where deliveries go.
    pub webhook_url: String,
    /// Secret of their signature.
    pub webhook_secret: String,
    /// Permissions it asks for.
    pub permissions: BTreeMap<String, String>,
    /// Events it subscribes to.
    pub events: BTreeSet<String>,
}

impl World {
    fn add_account(&mut self, login: &str, kind: AccountKind) -> Done<Id> {
        if self.account(login).is_ok() {
            return invalid(format!("{login} is taken"));
        }
        let id = self.fresh("account");
        let name = login.trim_end_matches("[bot]").to_owned();
        let word = match kind {
            AccountKind::User => "User",
            AccountKind::Bot { .. } => "Bot",
            AccountKind::Organization { .. } => "Organization",
        };
        let account = Account { id, login: login.to_owned(), name, kind, created_at: self.now, ghost: false };
        self.edit().accounts.insert(id, Arc::new(account));
        self.note(id, LogEvent::AccountAdded { login: login.to_owned(), id, kind: word });
        Ok(id)
    }

    /// A new person.
    pub fn add_user(&mut self, login: &str) -> Done<Id> {
        self.add_account(login, AccountKind::User)
    }

    /// A new organisation; `base` is what every member may do in its repositories.
    pub fn add_org(&mut self, login: &str, base: Permission) -> Done<Id> {
        self.add_account(login, AccountKind::Organization { members: BTreeMap::new(), base })
    }

    /// The account is gone: what it wrote stays, with nobody as author.
    pub fn delete_account(&mut self, login: &str) -> Done {
        let id = self.account(login)?;
        self.note(id, LogEvent::AccountDeleted { login: login.to_owned() });
        let state = self.edit();
        if let Some(account) = state.accounts.get_mut(&id) {
            Arc::make_mut(account).ghost = true;
        }
        for team in state.teams.values_mut().filter(|team| team.members.contains(&id)) {
            Arc::make_mut(team).members.remove(&id);
        }
        for repo in state.repos.values_mut().filter(|repo| repo.collaborators.contains_key(&id)) {
            Arc::make_mut(repo).collaborators.remove(&id);
        }
        Ok(())
    }

    /// Puts a person into an organisation, changes the role, or (with `None`) removes them, from its teams too.
    pub fn set_org_member(&mut self, by: Id, org: Id, user: Id, role: Option<OrgRole>) -> Done {
        self.need_owner(by, org)?;
        let state = self.edit();
        let Some(account) = state.accounts.get_mut(&org) else {
            return Err(Refusal::NotFound);
        };
        let AccountKind::Organization { members, .. } = &mut Arc::make_mut(account).kind else {
            return Err(Refusal::NotFound);
        };
        match role {
            Some(role) => {
                members.insert(user, role);
            }
            None => {
                members.remove(&user);
            }
        }
        let event = LogEvent::OrganizationMember { org: self.state.login(org), login: self.state.login(user), role };
        self.note(by, event);
        if role.is_none() {
            let teams: Vec<Id> = self
                .state
                .teams
                .values()
                .filter(|team| team.org == org && team.members.contains(&user))
                .map(|team| team.id)
                .collect();
            for team in teams {
                self.set_team_member(by, team, user, false)?;
            }
        }
        let r = Render::now(self);
        let action = if role.is_some() { "member_added" } else { "member_removed" };
        let payload = json!({"action": action, "organization": r.organization(org), "membership": {"user": r.user(user), "state": "active", "role": if role == Some(OrgRole::Owner) { "admin" } else { "member" }}, "sender": r.user(by)});
        self.send(Event {
            name: "organization",
            action: Some(action.to_owned()),
            repo: None,
            account: Some(org),
            app: None,
            payload,
            at: self.now,
        });
        Ok(())
    }

    /// Owners manage an organisation; an organisation still without any is being set up.
    fn need_owner(&self, by: Id, org: Id) -> Done {
        let has_owner = match self.state.accounts.get(&org).map(|account| &account.kind) {
            Some(AccountKind::Organization { members, .. }) => members.values().any(|role| *role == OrgRole::Owner),
            Some(_) => {
                return if by == org { Ok(()) } else { forbidden("Must have admin rights.") };
            }
            None => return Err(Refusal::NotFound),
        };
        if !has_owner || by == org || self.state.org_role(org, by) == Some(OrgRole::Owner) {
            Ok(())
        } else {
            forbidden("You must be an owner of the organization.")
        }
    }

    /// A new team.
    pub fn add_team(&mut self, by: Id, org: Id, name: &str, secret: bool, parent: Option<Id>) -> Done<Id> {
        self.need_owner(by, org)?;
        let slug = name.to_lowercase().replace(' ', "-");
        if self.state.teams.values().any(|team| team.org == org && team.slug == slug) {
            return invalid("Name must be unique for this org");
        }
        if secret && parent.is_some() {
            return invalid("A secret team cannot be nested");
        }
        let id = self.fresh("team");
        let team = Team {
            id,
            org,
            slug,
            name: name.to_owned(),
            secret,
            parent,
            members: BTreeSet::new(),
            repos: BTreeMap::new(),
        };
        self.edit().teams.insert(id, Arc::new(team));
        self.team_changed(by, id, "team", "created", None, None);
        Ok(id)
    }

    /// Deletes a team.
    pub fn delete_team(&mut self, by: Id, team: Id) -> Done {
        let old = self.state.teams.get(&team).cloned().ok_or(Refusal::NotFound)?;
        self.need_owner(by, old.org)?;
        let payload = self.team_payload(by, team, "deleted", None, None);
        self.edit().teams.remove(&team);
        let event = LogEvent::TeamDeleted { org: self.state.login(old.org), slug: old.slug.clone() };
        self.note(by, event);
        self.send(Event {
            name: "team",
            action: Some("deleted".to_owned()),
            repo: None,
            account: Some(old.org),
            app: None,
            payload,
            at: self.now,
        });
        Ok(())
    }

    /// Puts somebody into a team or takes them out.
    pub fn set_team_member(&mut self, by: Id, team: Id, user: Id, member: bool) -> Done {
        let org = self.state.teams.get(&team).ok_or(Refusal::NotFound)?.org;
        self.need_owner(by, org)?;
        if member && self.state.org_role(org, user).is_none() {
            return invalid("A team's member must be a member of the organization");
        }
        if let Some(team) = self.edit().teams.get_mut(&team) {
            let members = &mut Arc::make_mut(team).members;
            if member {
                members.insert(user)
            } else {
                members.remove(&user)
            };
        }
        self.team_changed(by, team, "membership", if member { "added" } else { "removed" }, Some(user), None);
        Ok(())
    }

    /// Grants a team a permission in a repository (`None`: takes it away).
    pub fn set_team_repo(&mut self, by: Id, team: Id, repo: Id, permission: Permission) -> Done {
        let org = self.state.teams.get(&team).ok_or(Refusal::NotFound)?.org;
        if self.state.permission(by, repo) < Permission::Admin {
            self.need_owner(by, org)?;
        }
        if let Some(team) = self.edit().teams.get_mut(&team) {
            let repos = &mut Arc::make_mut(team).repos;
            if permission == Permission::None {
                repos.remove(&repo)
            } else {
                repos.insert(repo, permission)
            };
        }
        let action = if permission == Permission::None { "removed_from_repository" } else { "added_to_repository" };
        self.team_changed(by, team, "team", action, None, Some(repo));
        Ok(())
    }

    fn team_payload(&self, by: Id, team: Id, action: &str, member: Option<Id>, repo: Option<Id>) -> serde_json::Value {
        let r = Render::now(self);
        let org = self.state.teams.get(&team).map(|team| team.org).unwrap_or_default();
        let mut payload =
            json!({"action": action, "team": r.team(team), "organization": r.organization(org), "sender": r.user(by)});
        if let Some(member) = member {
            payload["scope"] = json!("team");
            payload["member"] = r.user(member);
        }
        if let Some(repo) = repo {
            payload["repository"] = r.repository(repo);
        }
        payload
    }

    fn team_changed(
        &mut self,
        by: Id,
        team: Id,
        name: &'static str,
        action: &str,
        member: Option<Id>,
        repo: Option<Id>,
    ) {
        let Some(now) = self.state.teams.get(&team).cloned() else {
            return;
        };
        let parent = now.parent.and_then(|parent| self.state.teams.get(&parent)).map(|team| team.slug.clone());
        let members = now.members.iter().map(|user| self.state.login(*user)).collect();
        let repos = now.repos.iter().map(|(repo, permission)| (self.state.full_name(*repo), *permission)).collect();
        let event = LogEvent::TeamChanged {
            org: self.state.login(now.org),
            slug: now.slug.clone(),
            id: team,
            secret: now.secret,
            parent,
            members,
            repos,
        };
        self.note(by, event);
        let payload = self.team_payload(by, team, action, member, repo);
        self.send(Event {
            name,
            action: Some(action.to_owned()),
            repo: None,
            account: Some(now.org),
            app: None,
            payload,
            at: self.now,
        });
    }

    /// Sets a direct collaborator's permission; `none` removes them.
    pub fn set_collaborator(&mut self, by: Id, repo: Id, user: Id, permission: Permission) -> Done {
        self.need(by, repo, Permission::Admin)?;
        let known = self.get_repo(repo)?.collaborators.contains_key(&user);
        if let Some(repo) = self.edit().repos.get_mut(&repo) {
            let collaborators = &mut Arc::make_mut(repo).collaborators;
            if permission == Permission::None {
                collaborators.remove(&user)
            } else {
                collaborators.insert(user, permission)
            };
        }
        let event = LogEvent::CollaboratorChanged {
            repo: self.state.full_name(repo),
            login: self.state.login(user),
            permission,
        };
        self.note(by, event);
        let action = match (permission, known) {
            (Permission::None, _) => "removed",
            (_, true) => "edited",
            (_, false) => "added",
        };
        let payload = json!({"member": Render::now(self).user(user)});
        self.repo_event(by, repo, "member", Some(action), payload);
        Ok(())
    }

    /// Registers an App with its bot.
    pub fn add_app(&mut self, owner: Id, new: NewApp) -> Done<Id> {
        let id = new.id.unwrap_or_else(|| self.fresh("app"));
        let bot = self.add_account(&format!("{}[bot]", new.slug), AccountKind::Bot { app: id })?;
        let app = App {
            id,
            name: new.slug.clone(),
            slug: new.slug,
            owner,
            bot,
            public_key_pem: new.public_key_pem,
            webhook_url: new.webhook_url,
            webhook_secret: new.webhook_secret,
            permissions: new.permissions,
            events: new.events,
            created_at: self.now,
        };
        self.edit().apps.insert(id, Arc::new(app));
        Ok(id)
    }

    /// Changes an App's registration (webhook address, secret, key).
    pub fn change_app(&mut self, app: Id, change: impl FnOnce(&mut App)) -> Done {
        let app = self.edit().apps.get_mut(&app).ok_or(Refusal::NotFound)?;
        change(Arc::make_mut(app));
        Ok(())
    }

    /// Installs an App in an account with everything it asks for; `repos` `None`: all repositories.
    pub fn install(&mut self, by: Id, app: Id, account: Id, repos: Option<BTreeSet<Id>>) -> Done<Id> {
        self.need_owner(by, account)?;
        let asked = self.state.apps.get(&app).cloned().ok_or(Refusal::NotFound)?;
        let id = self.fresh("installation");
        let mut permissions = asked.permissions.clone();
        permissions.insert("metadata".to_owned(), "read".to_owned());
        let installation = Installation {
            id,
            app,
            account,
            permissions,
            events: asked.events.clone(),
            repos,
            suspended_at: None,
            created_at: self.now,
        };
        self.edit().installations.insert(id, Arc::new(installation));
        self.installation_changed(by, id, "installation", "created");
        Ok(id)
    }

    /// Changes what an installation was granted, its repositories, or suspends it.
    pub fn change_installation(&mut self, by: Id, installation: Id, change: impl FnOnce(&mut Installation)) -> Done {
        let before = self.state.installations.get(&installation).cloned().ok_or(Refusal::NotFound)?;
        self.need_owner(by, before.account)?;
        if let Some(installation) = self.edit().installations.get_mut(&installation) {
            change(Arc::make_mut(installation));
        }
        let Some(after) = self.state.installations.get(&installation).cloned() else {
            return Ok(());
        };
        let (name, action) = match (before.suspended_at, after.suspended_at) {
            (None, Some(_)) => ("installation", "suspend"),
            (Some(_), None) => ("installation", "unsuspend"),
            _ if before.repos == after.repos => ("installation", "new_permissions_accepted"),
            _ if after
                .repos
                .as_ref()
                .is_none_or(|new| before.repos.as_ref().is_some_and(|old| new.is_superset(old))) =>
            {
                ("installation_repositories", "added")
            }
            _ => ("installation_repositories", "removed"),
        };
        self.installation_changed(by, installation, name, action);
        Ok(())
    }

    fn installation_changed(&mut self, by: Id, id: Id, name: &'static str, action: &str) {
        let Some(now) = self.state.installations.get(&id).cloned() else {
            return;
        };
        let repos = now.repos.as_ref().map(|repos| repos.iter().map(|repo| self.state.full_name(*repo)).collect());
        let event = LogEvent::InstallationChanged {
            installation: id,
            app: now.app,
            account: self.state.login(now.account),
            permissions: now.permissions.clone(),
            events: now.events.iter().cloned().collect(),
            repos,
            suspended: now.suspended_at.is_some(),
        };
        self.note(by, event);
        let r = Render::now(self);
        let covered: Vec<_> = self.state.repos.values().filter(|repo| now.covers(repo)).map(|repo| json!({"id": repo.id, "node_id": r.node("R_", repo.id), "name": repo.name, "full_name": self.state.full_name(repo.id), "private": repo.private})).collect();
        let mut payload = json!({"action": action, "installation": r.installation(id), "sender": r.user(by)});
        if name == "installation" {
            payload["repositories"] = json!(covered);
        } else {
            payload["repository_selection"] = json!("selected");
            payload["repositories_added"] = json!(if action == "added" { covered } else { Vec::new() });
            payload["repositories_removed"] = json!([]);
            payload["requester"] = json!(null);
        }
        self.send(Event {
            name,
            action: Some(action.to_owned()),
            repo: None,
            account: Some(now.account),
            app: Some(now.app),
            payload,
            at: self.now,
        });
    }

    /// Sends a repository event: adds action, repository, organisation and sender.
    pub(super) fn repo_event(
        &mut self,
        by: Id,
        repo: Id,
        name: &'static str,
        action: Option<&str>,
        mut payload: serde_json::Value,
    ) {
        if self.silent {
            return;
        }
        let r = Render::now(self);
        if let Some(action) = action {
            payload["action"] = json!(action);
        }
        payload["repository"] = r.repository(repo);
        payload["sender"] = r.user(by);
        if let Some(owner) = self.state.repos.get(&repo).map(|repo| repo.owner)
            && matches!(
                self.state.accounts.get(&owner).map(|owner| &owner.kind),
                Some(AccountKind::Organization { .. })
            )
        {
            payload["organization"] = r.organization(owner);
        }
        self.send(Event {
            name,
            action: action.map(str::to_owned),
            repo: Some(repo),
            account: None,
            app: None,
            payload,
            at: self.now,
        });
    }
}
