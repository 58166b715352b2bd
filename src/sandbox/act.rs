//! Everything a person can do, as data: the control API's body, and a seed's `acts`.
//!
//! Names, not ids: logins, `owner/name`, `org/team`. A pull request is `repo` and `pull` (its number). Comments, reviews, threads and check
//! runs go by the database ids that the page and the log show.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{Id, OrgRole, Permission, Protection};
use super::pulls::NewPull;
use super::repos::Push;
use super::reviews::{NewComment, NewReview};
use super::world::{Done, World};

/// One act of one person, `by`. JSON: `{"act": "push", "by": "alice", "repo": "acme/api", …}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are GitHub's own words; each variant says what it does")]
pub enum Act {
    /// A new person.
    AddUser { login: String },
    /// A new organisation.
    AddOrg {
        login: String,
        #[serde(default)]
        base: Permission,
    },
    /// The account is gone; what it wrote stays.
    DeleteAccount { login: String },
    /// Membership of an organisation; no `role`: removed.
    SetOrgMember {
        by: String,
        org: String,
        user: String,
        #[serde(default)]
        role: Option<OrgRole>,
    },
    /// A new team.
    AddTeam {
        by: String,
        org: String,
        name: String,
        #[serde(default)]
        secret: bool,
        #[serde(default)]
        parent: Option<String>,
    },
    /// The team is gone.
    DeleteTeam { by: String, team: String },
    /// Membership of a team.
    SetTeamMember { by: String, team: String, user: String, member: bool },
    /// A team's permission in a repository.
    SetTeamRepo { by: String, team: String, repo: String, permission: Permission },
    /// A direct collaborator's permission; `none` removes.
    SetCollaborator { by: String, repo: String, user: String, permission: Permission },
    /// A new repository; answers `{repo: id}`.
    AddRepo {
        owner: String,
        name: String,
        #[serde(default)]
        private: bool,
        #[serde(default = "main")]
        default_branch: String,
    },
    /// A fork into the person's account.
    Fork { by: String, repo: String },
    /// A new name for a repository.
    RenameRepo { by: String, repo: String, name: String },
    /// Private or public.
    SetPrivate { by: String, repo: String, private: bool },
    /// Archived or not.
    SetArchived { by: String, repo: String, archived: bool },
    /// The rules of a branch; no `rules`: lifted.
    Protect {
        by: String,
        repo: String,
        branch: String,
        #[serde(default)]
        rules: Option<Protection>,
    },
    /// Commit and push; answers `{sha}`.
    Push {
        by: String,
        repo: String,
        #[serde(flatten)]
        push: Push,
    },
    /// Point a branch at a commit or another branch; answers `{sha}`.
    SetRef { by: String, repo: String, branch: String, to: String },
    /// The branch is gone.
    DeleteBranch { by: String, repo: String, branch: String },
    /// Open an issue; answers `{number}`.
    OpenIssue {
        by: String,
        repo: String,
        title: String,
        #[serde(default)]
        body: String,
    },
    /// Delete an issue, as an administrator.
    DeleteIssue { by: String, repo: String, issue: u64 },
    /// Open a pull request; answers `{id, number}`.
    OpenPull {
        by: String,
        repo: String,
        #[serde(flatten)]
        pull: NewPull,
    },
    /// Edit title or description.
    EditPull {
        by: String,
        repo: String,
        pull: u64,
        #[serde(default)]
        title: Option<String>,
        #[serde(default)]
        body: Option<String>,
    },
    /// Another base branch.
    Retarget { by: String, repo: String, pull: u64, base: String },
    /// The base of its stack.
    SetStackBase {
        by: String,
        repo: String,
        pull: u64,
        #[serde(default)]
        base: Option<String>,
    },
    /// Close without merging.
    Close { by: String, repo: String, pull: u64 },
    /// Reopen.
    Reopen { by: String, repo: String, pull: u64 },
    /// Ready for review.
    Ready { by: String, repo: String, pull: u64 },
    /// Back to draft.
    Draft { by: String, repo: String, pull: u64 },
    /// Merge, if the rules allow it; answers `{sha}`.
    Merge { by: String, repo: String, pull: u64 },
    /// Ask for a review.
    RequestReview {
        by: String,
        repo: String,
        pull: u64,
        #[serde(default)]
        users: Vec<String>,
        #[serde(default)]
        teams: Vec<String>,
    },
    /// Withdraw the request.
    RemoveReviewRequest {
        by: String,
        repo: String,
        pull: u64,
        #[serde(default)]
        users: Vec<String>,
        #[serde(default)]
        teams: Vec<String>,
    },
    /// A review: `event` APPROVE, REQUEST_CHANGES, COMMENT, or none (pending); answers `{review}`.
    Review {
        by: String,
        repo: String,
        pull: u64,
        #[serde(flatten)]
        review: NewReview,
    },
    /// Dismiss a review.
    DismissReview { by: String, review: Id, message: String },
    /// Edit a review's body.
    EditReview { by: String, review: Id, body: String },
    /// A review loses its commit (garbage collection after a force-push).
    ForgetReviewCommit { review: Id },
    /// A comment in the conversation; answers `{comment}`.
    Comment { by: String, repo: String, pull: u64, body: String },
    /// A single comment on a line or file; answers `{comment}`.
    CommentOnLine { by: String, repo: String, pull: u64, comment: NewComment },
    /// An answer in a thread, to any of its comments; answers `{comment}`.
    Reply { by: String, comment: Id, body: String },
    /// Edit a comment of either kind.
    EditComment { by: String, comment: Id, body: String },
    /// Delete a comment of either kind.
    DeleteComment { by: String, comment: Id },
    /// Hide a comment; no `reason`: show it again.
    MinimizeComment {
        by: String,
        comment: Id,
        #[serde(default)]
        reason: Option<String>,
    },
    /// React to a comment.
    React { by: String, comment: Id, content: String },
    /// Resolve a thread.
    ResolveThread { by: String, thread: Id },
    /// Reopen a thread.
    UnresolveThread { by: String, thread: Id },
    /// Commit the suggestion of a comment (or several as one commit); answers `{sha}`.
    CommitSuggestion { by: String, comments: Vec<Id> },
    /// Press a button of a check run.
    PressButton { by: String, run: Id, identifier: String },
    /// "Re-run" one check.
    RerequestRun { by: String, run: Id },
    /// "Re-run all checks" of an App on a commit.
    RerequestSuite { by: String, repo: String, sha: String, app: Id },
    /// Change what an installation was granted, its repositories (`owner/name`), or suspend it.
    ChangeInstallation {
        by: String,
        installation: Id,
        #[serde(default)]
        permissions: Option<std::collections::BTreeMap<String, String>>,
        #[serde(default)]
        events: Option<std::collections::BTreeSet<String>>,
        #[serde(default)]
        repos: Option<Vec<String>>,
        #[serde(default)]
        suspended: Option<bool>,
    },
}

fn main() -> String {
    "main".to_owned()
}

impl World {
    /// Does it; answers with the ids of what was made.
    pub fn act(&mut self, act: &Act) -> Done<Value> {
        match act {
            Act::AddUser { login } => self.add_user(login).map(|id| json!({"id": id})),
            Act::AddOrg { login, base } => self.add_org(login, *base).map(|id| json!({"id": id})),
            Act::DeleteAccount { login } => done(self.delete_account(login)),
            Act::AddRepo { owner, name, private, default_branch } => {
                let owner = self.account(owner)?;
                self.add_repo(owner, name, *private, default_branch).map(|id| json!({"repo": id}))
            }
            Act::SetOrgMember { .. }
            | Act::AddTeam { .. }
            | Act::DeleteTeam { .. }
            | Act::SetTeamMember { .. }
            | Act::SetTeamRepo { .. }
            | Act::SetCollaborator { .. }
            | Act::ChangeInstallation { .. } => self.act_on_people(act),
            Act::Fork { .. }
            | Act::RenameRepo { .. }
            | Act::SetPrivate { .. }
            | Act::SetArchived { .. }
            | Act::Protect { .. }
            | Act::Push { .. }
            | Act::SetRef { .. }
            | Act::DeleteBranch { .. }
            | Act::OpenIssue { .. }
            | Act::DeleteIssue { .. }
            | Act::OpenPull { .. } => self.act_on_repo(act),
            Act::EditPull { .. }
            | Act::Retarget { .. }
            | Act::SetStackBase { .. }
            | Act::Close { .. }
            | Act::Reopen { .. }
            | Act::Ready { .. }
            | Act::Draft { .. }
            | Act::Merge { .. }
            | Act::RequestReview { .. }
            | Act::RemoveReviewRequest { .. }
            | Act::Review { .. }
            | Act::Comment { .. }
            | Act::CommentOnLine { .. } => self.act_on_pull(act),
            _ => self.act_on_text(act),
        }
    }

    fn act_on_people(&mut self, act: &Act) -> Done<Value> {
        match act {
            Act::SetOrgMember { by, org, user, role } => {
                let (by, org, user) = (self.account(by)?, self.account(org)?, self.account(user)?);
                done(self.set_org_member(by, org, user, *role))
            }
            Act::AddTeam { by, org, name, secret, parent } => {
                let (by, org) = (self.account(by)?, self.account(org)?);
                let parent = parent.as_ref().map(|parent| self.team(parent)).transpose()?;
                self.add_team(by, org, name, *secret, parent).map(|id| json!({"team": id}))
            }
            Act::DeleteTeam { by, team } => {
                let (by, team) = (self.account(by)?, self.team(team)?);
                done(self.delete_team(by, team))
            }
            Act::SetTeamMember { by, team, user, member } => {
                let (by, team, user) = (self.account(by)?, self.team(team)?, self.account(user)?);
                done(self.set_team_member(by, team, user, *member))
            }
            Act::SetTeamRepo { by, team, repo, permission } => {
                let (by, team, repo) = (self.account(by)?, self.team(team)?, self.repo(repo)?);
                done(self.set_team_repo(by, team, repo, *permission))
            }
            Act::SetCollaborator { by, repo, user, permission } => {
                let (by, repo, user) = (self.account(by)?, self.repo(repo)?, self.account(user)?);
                done(self.set_collaborator(by, repo, user, *permission))
            }
            Act::ChangeInstallation { by, installation, permissions, events, repos, suspended } => {
                let (by, at) = (self.account(by)?, self.now());
                let repos: Option<std::collections::BTreeSet<Id>> =
                    repos.as_ref().map(|repos| repos.iter().map(|repo| self.repo(repo)).collect()).transpose()?;
                done(self.change_installation(by, *installation, |now| {
                    if let Some(permissions) = permissions {
                        now.permissions.clone_from(permissions);
                    }
                    if let Some(events) = events {
                        now.events.clone_from(events);
                    }
                    if repos.is_some() {
                        now.repos = repos;
                    }
                    if let Some(suspended) = suspended {
                        now.suspended_at = suspended.then_some(at);
                    }
                }))
            }
            _ => Ok(Value::Null),
        }
    }

    fn act_on_repo(&mut self, act: &Act) -> Done<Value> {
        match act {
            Act::Fork { by, repo } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                self.fork(by, repo).map(|id| json!({"repo": id}))
            }
            Act::RenameRepo { by, repo, name } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                done(self.rename_repo(by, repo, name))
            }
            Act::SetPrivate { by, repo, private } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                done(self.set_private(by, repo, *private))
            }
            Act::SetArchived { by, repo, archived } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                done(self.set_archived(by, repo, *archived))
            }
            Act::Protect { by, repo, branch, rules } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                done(self.protect(by, repo, branch, rules.clone()))
            }
            Act::Push { by, repo, push } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                self.push(by, repo, push).map(|sha| json!({"sha": sha}))
            }
            Act::SetRef { by, repo, branch, to } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                self.set_ref(by, repo, branch, to).map(|sha| json!({"sha": sha}))
            }
            Act::DeleteBranch { by, repo, branch } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                done(self.delete_branch(by, repo, branch))
            }
            Act::OpenIssue { by, repo, title, body } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                self.open_issue(by, repo, title, body).map(|number| json!({"number": number}))
            }
            Act::DeleteIssue { by, repo, issue } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                done(self.delete_issue(by, repo, *issue))
            }
            Act::OpenPull { by, repo, pull } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                let id = self.open_pull(by, repo, pull)?;
                Ok(json!({"id": id, "number": self.get_pull(id)?.number}))
            }
            _ => Ok(Value::Null),
        }
    }

    fn named(&self, by: &str, repo: &str, pull: u64) -> Done<(Id, Id)> {
        Ok((self.account(by)?, self.pull(self.repo(repo)?, pull)?))
    }

    fn reviewers(&self, users: &[String], teams: &[String]) -> Done<(Vec<Id>, Vec<Id>)> {
        let users = users.iter().map(|user| self.account(user)).collect::<Done<_>>()?;
        Ok((users, teams.iter().map(|team| self.team(team)).collect::<Done<_>>()?))
    }

    fn act_on_pull(&mut self, act: &Act) -> Done<Value> {
        match act {
            Act::EditPull { by, repo, pull, title, body } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                done(self.edit_pull_text(by, pull, title.as_deref(), body.as_deref()))
            }
            Act::Retarget { by, repo, pull, base } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                done(self.retarget(by, pull, base))
            }
            Act::SetStackBase { by, repo, pull, base } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                done(self.set_stack_base(by, pull, base.as_deref()))
            }
            Act::Close { by, repo, pull } | Act::Reopen { by, repo, pull } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                done(self.set_open(by, pull, matches!(act, Act::Reopen { .. })))
            }
            Act::Ready { by, repo, pull } | Act::Draft { by, repo, pull } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                done(self.set_draft(by, pull, matches!(act, Act::Draft { .. })))
            }
            Act::Merge { by, repo, pull } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                self.merge(by, pull).map(|sha| json!({"sha": sha}))
            }
            Act::RequestReview { by, repo, pull, users, teams } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                let (users, teams) = self.reviewers(users, teams)?;
                done(self.request_review(by, pull, &users, &teams))
            }
            Act::RemoveReviewRequest { by, repo, pull, users, teams } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                let (users, teams) = self.reviewers(users, teams)?;
                done(self.remove_review_request(by, pull, &users, &teams))
            }
            Act::Review { by, repo, pull, review } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                self.submit_review(by, pull, review).map(|id| json!({"review": id}))
            }
            Act::Comment { by, repo, pull, body } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                self.comment(by, pull, body).map(|id| json!({"comment": id}))
            }
            Act::CommentOnLine { by, repo, pull, comment } => {
                let (by, pull) = self.named(by, repo, *pull)?;
                self.comment_on_line(by, pull, None, comment).map(|id| json!({"comment": id}))
            }
            _ => Ok(Value::Null),
        }
    }

    fn act_on_text(&mut self, act: &Act) -> Done<Value> {
        match act {
            Act::DismissReview { by, review, message } => {
                let by = self.account(by)?;
                done(self.dismiss_review(by, *review, message))
            }
            Act::EditReview { by, review, body } => {
                let by = self.account(by)?;
                done(self.edit_review(by, *review, body))
            }
            Act::ForgetReviewCommit { review } => {
                self.forget_review_commit(*review);
                Ok(Value::Null)
            }
            Act::Reply { by, comment, body } => {
                let by = self.account(by)?;
                self.reply(by, *comment, body).map(|id| json!({"comment": id}))
            }
            Act::EditComment { by, comment, body } => {
                let by = self.account(by)?;
                done(self.edit_comment(by, *comment, body))
            }
            Act::DeleteComment { by, comment } => {
                let by = self.account(by)?;
                done(self.delete_comment(by, *comment))
            }
            Act::MinimizeComment { by, comment, reason } => {
                let by = self.account(by)?;
                done(self.minimize_comment(by, *comment, reason.as_deref()))
            }
            Act::React { by, comment, content } => {
                let by = self.account(by)?;
                self.react(by, *comment, content).map(|(id, new)| json!({"reaction": id, "new": new}))
            }
            Act::ResolveThread { by, thread } | Act::UnresolveThread { by, thread } => {
                let by = self.account(by)?;
                done(self.resolve_thread(by, *thread, matches!(act, Act::ResolveThread { .. })))
            }
            Act::CommitSuggestion { by, comments } => {
                let by = self.account(by)?;
                self.commit_suggestions(by, comments).map(|sha| json!({"sha": sha}))
            }
            Act::PressButton { by, run, identifier } => {
                let by = self.account(by)?;
                done(self.press_button(by, *run, identifier))
            }
            Act::RerequestRun { by, run } => {
                let by = self.account(by)?;
                done(self.rerequest_run(by, *run))
            }
            Act::RerequestSuite { by, repo, sha, app } => {
                let (by, repo) = (self.account(by)?, self.repo(repo)?);
                done(self.rerequest_suite(by, repo, sha, *app))
            }
            _ => Ok(Value::Null),
        }
    }
}

fn done(result: Done) -> Done<Value> {
    result.map(|()| Value::Null)
}
