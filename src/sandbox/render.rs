//! How GitHub's REST API and webhooks show things: JSON with every field that GitHub's OpenAPI description requires.

mod checks;
mod code;
mod conversation;
mod pulls;

use base64::Engine as _;
use serde_json::{Value, json};

use super::model::{Account, AccountKind, Id, Millis, OrgRole, Permission, State, Team};
use super::world::World;

/// Renders from one state: the current one, or a past one for a lagging read.
#[derive(Clone, Copy)]
pub(super) struct Render<'a> {
    pub(super) world: &'a World,
    pub(super) state: &'a State,
}

/// `2026-11-23T18:59:49Z`.
pub(super) fn iso(at: Millis) -> String {
    let time = chrono::DateTime::from_timestamp_millis(at).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A node id: a prefix for the type and the database id.
pub(super) fn node_id(prefix: &str, id: Id) -> String {
    format!("{prefix}{}", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(id.to_be_bytes()))
}

/// The prefix and the database id of a node id.
pub(super) fn parse_node_id(node: &str) -> Option<(&str, Id)> {
    let at = node.find('_')? + 1;
    let (prefix, rest) = node.split_at_checked(at)?;
    let bytes: [u8; 8] = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(rest).ok()?.try_into().ok()?;
    Some((prefix, Id::from_be_bytes(bytes)))
}

impl<'a> Render<'a> {
    /// From what is true now.
    pub(super) fn now(world: &'a World) -> Self {
        Self { world, state: world.state() }
    }

    /// The node id of something.
    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    pub(super) fn node(self, prefix: &str, id: Id) -> String {
        node_id(prefix, id)
    }

    /// The API's URL of a repository.
    pub(super) fn api(self, repo: Id) -> String {
        format!("{}/repos/{}", self.world.origin, self.state.full_name(repo))
    }

    /// The page of a repository.
    pub(super) fn html(self, repo: Id) -> String {
        format!("{}/{}", self.world.origin, self.state.full_name(repo))
    }

    /// A user, bot or organisation; `null` for nobody.
    pub(super) fn user(self, id: Id) -> Value {
        match self.state.accounts.get(&id) {
            Some(account) if !account.ghost => self.account(account),
            _ => Value::Null,
        }
    }

    fn account(self, account: &Account) -> Value {
        let (origin, login) = (&self.world.origin, &account.login);
        let api = format!(
            "{origin}/users/{}",
            percent_encoding::utf8_percent_encode(login, percent_encoding::NON_ALPHANUMERIC)
        );
        let (kind, prefix, page) = match account.kind {
            AccountKind::User => ("User", "U_", format!("{origin}/{login}")),
            AccountKind::Bot { .. } => ("Bot", "BOT_", format!("{origin}/apps/{}", login.trim_end_matches("[bot]"))),
            AccountKind::Organization { .. } => ("Organization", "O_", format!("{origin}/{login}")),
        };
        json!({
            "login": login,
            "id": account.id,
            "node_id": node_id(prefix, account.id),
            "avatar_url": format!("{origin}/avatars/u/{}?v=4", account.id),
            "gravatar_id": "",
            "url": api,
            "html_url": page,
            "followers_url": format!("{api}/followers"),
            "following_url": format!("{api}/following{{/other_user}}"),
            "gists_url": format!("{api}/gists{{/gist_id}}"),
            "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{api}/subscriptions"),
            "organizations_url": format!("{api}/orgs"),
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events{{/privacy}}"),
            "received_events_url": format!("{api}/received_events"),
            "type": kind,
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    /// An organisation as webhooks show it.
    pub(super) fn organization(self, id: Id) -> Value {
        let (login, origin) = (self.state.login(id), &self.world.origin);
        let api = format!("{origin}/orgs/{login}");
        json!({
            "login": login,
            "id": id,
            "node_id": node_id("O_", id),
            "url": api,
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events"),
            "hooks_url": format!("{api}/hooks"),
            "issues_url": format!("{api}/issues"),
            "members_url": format!("{api}/members{{/member}}"),
            "public_members_url": format!("{api}/public_members{{/member}}"),
            "avatar_url": format!("{origin}/avatars/u/{id}?v=4"),
            "description": null,
        })
    }

    /// A team, its parent included.
    pub(super) fn team(self, id: Id) -> Value {
        let Some(team) = self.state.teams.get(&id) else {
            return Value::Null;
        };
        let mut shown = self.team_simple(team);
        shown["parent"] = team
            .parent
            .and_then(|parent| self.state.teams.get(&parent))
            .map_or(Value::Null, |parent| self.team_simple(parent));
        shown
    }

    fn team_simple(self, team: &Team) -> Value {
        let org = self.state.login(team.org);
        let api = format!("{}/organizations/{}/team/{}", self.world.origin, team.org, team.id);
        json!({
            "name": team.name,
            "id": team.id,
            "node_id": node_id("T_", team.id),
            "slug": team.slug,
            "description": null,
            "privacy": if team.secret { "secret" } else { "closed" },
            "notification_setting": "notifications_enabled",
            "permission": "pull",
            "url": api,
            "html_url": format!("{}/orgs/{org}/teams/{}", self.world.origin, team.slug),
            "members_url": format!("{api}/members{{/member}}"),
            "repositories_url": format!("{api}/repos"),
            "type": "organization",
            "organization_id": team.org,
        })
    }

    /// `collaborators/{username}/permission`.
    pub(super) fn permission(self, user: Id, permission: Permission) -> Value {
        let mut shown = self.user(user);
        shown["permissions"] = permissions(permission);
        shown["role_name"] = json!(permission.role());
        json!({"permission": permission.legacy(), "user": shown, "role_name": permission.role()})
    }

    /// GitHub's word for how somebody stands to a repository. Private membership shows as CONTRIBUTOR or NONE (FACTS 5c): members are private here.
    pub(super) fn association(self, user: Id, repo: Id) -> &'static str {
        let Some(repo) = self.state.repos.get(&repo) else {
            return "NONE";
        };
        if repo.owner == user {
            return "OWNER";
        }
        if repo.collaborators.contains_key(&user) {
            return "COLLABORATOR";
        }
        // Half of the members keep their membership private: their number decides.
        if matches!(self.state.org_role(repo.owner, user), Some(OrgRole::Member | OrgRole::Owner)) {
            return if user.is_multiple_of(2) { "MEMBER" } else { "CONTRIBUTOR" };
        }
        let merged =
            self.state.pulls.values().any(|pull| pull.repo == repo.id && pull.author == user && pull.merged.is_some());
        if merged { "CONTRIBUTOR" } else { "NONE" }
    }
}

/// The five flags of a permission.
pub(super) fn permissions(permission: Permission) -> Value {
    json!({
        "admin": permission >= Permission::Admin,
        "maintain": permission >= Permission::Maintain,
        "push": permission >= Permission::Write,
        "triage": permission >= Permission::Triage,
        "pull": permission >= Permission::Read,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_ids_lead_back() {
        let node = node_id("PRRT_", 2_450_000_123);
        assert_eq!(parse_node_id(&node), Some(("PRRT_", 2_450_000_123)));
        assert_eq!(parse_node_id("nonsense"), None);
    }
}
