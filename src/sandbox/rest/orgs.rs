//! Organisations, teams, collaborators, branch rules.

use serde_json::{Value, json};

use super::super::model::{Id, OrgRole, Permission, Repo};
use super::super::render::{Render, permissions};
use super::{Answer, Call, Served, Who, grants};

impl Call<'_> {
    fn missing<T>() -> Result<T, Answer> {
        Err(Answer::error(404, "Not Found"))
    }

    pub(super) fn orgs(&mut self, method: &str, org: &str, rest: &[&str]) -> Served {
        let Who::Installation { token, .. } = &self.who else {
            return Err(Answer::error(401, "Requires authentication"));
        };
        let state = self.sandbox.world().state();
        let Some(org) = state.account(org).map(|org| org.id) else { return Self::missing() };
        let own = state.installations.get(&token.installation).is_some_and(|installation| installation.account == org);
        if !own || !grants(token, "members", super::READ) {
            return Err(Answer::error(403, "Resource not accessible by integration"));
        }
        match (method, rest) {
            ("GET", ["members", login]) => {
                let member = state.account(login).is_some_and(|user| state.org_role(org, user.id).is_some());
                if member {
                    Ok(Answer { status: 204, body: super::Content::Empty, headers: Vec::new() })
                } else {
                    Self::missing()
                }
            }
            ("GET", ["teams", slug, "members"]) => {
                let Some(team) = self.team(org, slug) else { return Self::missing() };
                let mut members: Vec<Id> = state.team_members(team).into_iter().collect();
                self.shuffle(&mut members, |id| *id);
                let r = Render::now(self.sandbox.world());
                self.list(members.into_iter().map(|user| r.user(user)).filter(|user| !user.is_null()).collect())
            }
            ("GET", ["teams", slug, "repos", owner, name]) => self.team_repo(org, slug, &format!("{owner}/{name}")),
            ("GET", ["teams", slug, "memberships", login]) => {
                let Some(team) = self.team(org, slug) else { return Self::missing() };
                let Some(user) = state.account(login).filter(|user| state.team_members(team).contains(&user.id)) else {
                    return Self::missing();
                };
                let maintains = state.org_role(org, user.id) == Some(OrgRole::Owner);
                let url = format!(
                    "{}/organizations/{org}/team/{team}/memberships/{}",
                    self.sandbox.world().origin,
                    user.login
                );
                Answer::ok(
                    json!({"url": url, "role": if maintains { "maintainer" } else { "member" }, "state": "active"}),
                )
            }
            _ => Self::missing(),
        }
    }

    /// Whether a team has a permission in a repository: 204, or with the media type for it 200 and which one.
    fn team_repo(&self, org: Id, slug: &str, repo: &str) -> Served {
        let state = self.sandbox.world().state();
        let (Some(team), Some(repo)) = (self.team(org, slug), state.repo(repo)) else { return Self::missing() };
        let permission = state.team_permission(team, repo.id);
        if permission == Permission::None {
            return Self::missing();
        }
        if !self.request.accept.contains("application/vnd.github.v3.repository+json") {
            return Ok(Answer { status: 204, body: super::Content::Empty, headers: Vec::new() });
        }
        let mut shown = Render::now(self.sandbox.world()).repository(repo.id);
        shown["permissions"] = permissions(permission);
        shown["role_name"] = json!(permission.role());
        Answer::ok(shown)
    }

    /// A visible team; a secret one is not there for Apps (FACTS 1f).
    fn team(&self, org: Id, slug: &str) -> Option<Id> {
        self.sandbox
            .world()
            .state()
            .teams
            .values()
            .find(|team| team.org == org && team.slug.eq_ignore_ascii_case(slug) && !team.secret)
            .map(|team| team.id)
    }

    pub(super) fn people_of(&mut self, method: &str, repo: &Repo, rest: &[&str]) -> Served {
        self.need_read(repo, &["metadata"])?;
        let world = self.sandbox.world();
        let r = Render::now(world);
        match (method, rest) {
            ("GET", ["collaborators", login, "permission"]) => {
                let Some(user) = r.state.account(login).map(|user| user.id) else { return Self::missing() };
                let permission = r.state.permission(user, repo.id);
                // A bot of another kind than a collaborator has none.
                let permission = if login.ends_with("[bot]") {
                    Permission::None.max(if repo.private { Permission::None } else { Permission::Read })
                } else {
                    permission
                };
                Answer::ok(r.permission(user, permission))
            }
            ("GET", ["rules", "branches", branch @ ..]) => self.list(Self::rules(r, repo, &branch.join("/"))),
            _ => Self::missing(),
        }
    }

    fn rules(r: Render<'_>, repo: &Repo, branch: &str) -> Vec<Value> {
        let Some(rules) = r.state.rules(repo.id, branch) else { return Vec::new() };
        let source = json!({"ruleset_source_type": "Repository", "ruleset_source": r.state.full_name(repo.id), "ruleset_id": 73});
        let mut all = Vec::new();
        if rules.required_approvals > 0
            || rules.code_owner_review
            || rules.conversation_resolution
            || rules.dismiss_stale
        {
            all.push(json!({"type": "pull_request", "parameters": {
                "dismiss_stale_reviews_on_push": rules.dismiss_stale,
                "require_code_owner_review": rules.code_owner_review,
                "require_last_push_approval": false,
                "required_approving_review_count": rules.required_approvals,
                "required_review_thread_resolution": rules.conversation_resolution,
            }}));
        }
        if !rules.required_checks.is_empty() {
            let checks: Vec<Value> = rules
                .required_checks
                .iter()
                .map(|check| match check.app_id {
                    Some(app) => json!({"context": check.context, "integration_id": app}),
                    None => json!({"context": check.context}),
                })
                .collect();
            all.push(json!({"type": "required_status_checks", "parameters": {"strict_required_status_checks_policy": false, "do_not_enforce_on_create": false, "required_status_checks": checks}}));
        }
        for rule in &mut all {
            if let (Value::Object(rule), Value::Object(source)) = (rule, &source) {
                rule.extend(source.clone());
            }
        }
        all
    }
}
