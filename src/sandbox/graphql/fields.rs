//! Fields of the query root, accounts, repositories, git objects, checks.

use serde_json::{Value, json};

use super::super::model::{AccountKind, Id, PullState};
use super::super::render::{iso, node_id, parse_node_id};
use super::Fault;
use super::exec::{Args, Exec, Out, unknown};
use super::objects::{AccountType, Obj};

/// GraphQL's `Int` has 32 bits: larger database ids are null there.
pub(super) fn int(id: Id) -> Out {
    Out::Leaf(i32::try_from(id).map_or(Value::Null, |id| json!(id)))
}

/// A scalar.
pub(super) fn leaf(value: impl serde::Serialize) -> Out {
    Out::Leaf(json!(value))
}

pub(super) fn forbidden() -> Fault {
    Fault::Field("FORBIDDEN", "Resource not accessible by integration".to_owned())
}

fn text<'v>(args: &'v Args, name: &str) -> &'v str {
    args.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Exec<'_> {
    /// A field of an object.
    pub(super) fn resolve(&self, obj: &Obj, name: &str, args: &Args) -> Result<Out, Fault> {
        if name == "__typename" {
            return Ok(leaf(obj.type_name()));
        }
        match obj {
            Obj::Query => self.query_field(name, args),
            Obj::Account(id, kind) => self.account_field(*id, *kind, name),
            Obj::Viewer => match name {
                // An App's viewer is its bot, shown as a user with the suffix.
                "login" => Ok(leaf(self.state.login(self.asker.bot))),
                _ => self.account_field(self.asker.bot, AccountType::User, name),
            },
            Obj::Team(id) => self.team_field(*id, name),
            Obj::Repo(id) => self.repo_field(*id, name, args),
            Obj::Ref(repo, branch) => self.ref_field(*repo, branch, name),
            Obj::UpdateRule(repo, branch) => self.update_rule_field(*repo, branch, name),
            Obj::Commit(repo, oid) => self.commit_field(*repo, oid, name),
            Obj::Tree(repo, oid) => self.tree_field(*repo, oid, name),
            Obj::TreeEntry(repo, entry) => self.tree_entry_field(*repo, entry, name),
            Obj::Blob(repo, oid) => self.blob_field(*repo, oid, name),
            Obj::GitActor(repo, oid, author) => self.git_actor_field(*repo, oid, *author, name),
            Obj::Rollup(repo, oid) => self.rollup_field(*repo, oid, name),
            Obj::Suite(suite, run) => self.suite_field(*suite, *run, name),
            Obj::App(id) => match (name, self.state.apps.get(id)) {
                ("id", _) => Ok(leaf(node_id("A_", *id))),
                ("databaseId", _) => Ok(int(*id)),
                ("slug", Some(app)) => Ok(leaf(&app.slug)),
                ("name", Some(app)) => Ok(leaf(&app.name)),
                _ => Err(unknown(name, "App")),
            },
            Obj::Run(id) => self.run_field(*id, name, args),
            Obj::RateLimit => self.rate_limit_field(name),
            Obj::Page(page) => self.page_field(page, name),
            Obj::Edge(node, index, _) => match name {
                "node" => Ok(Out::Obj(node.as_ref().clone())),
                "cursor" => Ok(Self::edge_cursor(*index)),
                _ => Err(unknown(name, obj.type_name())),
            },
            Obj::PageInfo { before, after, ends } => match name {
                "hasNextPage" => Ok(leaf(after)),
                "hasPreviousPage" => Ok(leaf(before)),
                "startCursor" => Ok(leaf(ends.as_ref().map(|ends| &ends.0))),
                "endCursor" => Ok(leaf(ends.as_ref().map(|ends| &ends.1))),
                _ => Err(unknown(name, "PageInfo")),
            },
            Obj::Payload(_, field, inner, client) => match name {
                "clientMutationId" => Ok(leaf(client)),
                _ if name == *field => Ok(Out::Obj(inner.as_ref().clone())),
                _ => Err(unknown(name, obj.type_name())),
            },
            _ => self.pull_side(obj, name, args),
        }
    }

    fn query_field(&self, name: &str, args: &Args) -> Result<Out, Fault> {
        Ok(match name {
            "viewer" => Out::Obj(Obj::Viewer),
            "rateLimit" => Out::Obj(Obj::RateLimit),
            "repository" => {
                let full = format!("{}/{}", text(args, "owner"), text(args, "name"));
                let found = self.state.repo(&full).filter(|repo| self.asker.sees(&self.state, repo.id));
                match found {
                    Some(repo) => Out::Obj(Obj::Repo(repo.id)),
                    None => {
                        return Err(Fault::Field(
                            "NOT_FOUND",
                            format!("Could not resolve to a Repository with the name '{full}'."),
                        ));
                    }
                }
            }
            "organization" => match self.state.account(text(args, "login")) {
                Some(org) if matches!(org.kind, AccountKind::Organization { .. }) => {
                    Out::Obj(Obj::Account(org.id, AccountType::Organization))
                }
                _ => {
                    return Err(Fault::Field(
                        "NOT_FOUND",
                        format!("Could not resolve to an Organization with the login of '{}'.", text(args, "login")),
                    ));
                }
            },
            "user" => match self.state.account(text(args, "login")) {
                Some(user) if matches!(user.kind, AccountKind::User) => {
                    Out::Obj(Obj::Account(user.id, AccountType::User))
                }
                _ => {
                    return Err(Fault::Field(
                        "NOT_FOUND",
                        format!("Could not resolve to a User with the login of '{}'.", text(args, "login")),
                    ));
                }
            },
            "node" => {
                let id = text(args, "id");
                match self.node(id) {
                    Some(obj) => Out::Obj(obj),
                    None => {
                        return Err(Fault::Field(
                            "NOT_FOUND",
                            format!("Could not resolve to a node with the global id of '{id}'"),
                        ));
                    }
                }
            }
            // The missing ones are null, each with its error.
            "nodes" => {
                let ids: Vec<&str> =
                    args.get("ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
                Out::List(ids.into_iter().map(|id| self.node(id)).collect())
            }
            _ => return Err(unknown(name, "Query")),
        })
    }

    /// An object by node id, if the asker may see it.
    pub(super) fn node(&self, id: &str) -> Option<Obj> {
        let (prefix, id) = parse_node_id(id)?;
        let state = &self.state;
        let of_pull = |pull: Id, obj: Obj| {
            let repo = state.pulls.get(&pull)?.repo;
            (self.asker.sees(state, repo) && self.asker.may(state, repo, "pull_requests", false)).then_some(obj)
        };
        match prefix {
            "PR_" => of_pull(id, Obj::Pull(id)),
            "PRR_" => state
                .reviews
                .get(&id)
                .filter(|review| self.sees_review(review))
                .and_then(|review| of_pull(review.pull, Obj::Review(id))),
            "PRRT_" => state.threads.get(&id).and_then(|thread| of_pull(thread.pull, Obj::Thread(id))),
            "PRRC_" => state
                .comments
                .get(&id)
                .filter(|comment| !state.is_pending(comment))
                .and_then(|comment| of_pull(comment.pull, Obj::ReviewComment(id))),
            "IC_" => state.comments.get(&id).and_then(|comment| of_pull(comment.pull, Obj::IssueComment(id))),
            "R_" => self.asker.sees(state, id).then_some(Obj::Repo(id)),
            "CR_" => state.runs.get(&id).filter(|run| self.asker.sees(state, run.repo)).map(|_| Obj::Run(id)),
            "U_" | "BOT_" | "O_" => Obj::account(state, id),
            "T_" => state.teams.get(&id).map(|_| Obj::Team(id)),
            _ => None,
        }
    }

    fn account_field(&self, id: Id, kind: AccountType, name: &str) -> Result<Out, Fault> {
        let Some(account) = self.state.accounts.get(&id) else { return Ok(Out::Leaf(Value::Null)) };
        let bare = account.login.trim_end_matches("[bot]");
        let page = if kind == AccountType::Bot { format!("/apps/{bare}") } else { format!("/{bare}") };
        Ok(match (name, kind) {
            ("login", _) => leaf(bare),
            ("id", _) => leaf(node_id(["U_", "BOT_", "O_"][kind as usize], id)),
            ("databaseId", _) => int(id),
            ("url", _) => leaf(format!("{}{page}", self.world.origin)),
            ("resourcePath", _) => leaf(page),
            ("avatarUrl", _) => leaf(format!("{}/avatars/u/{id}", self.world.origin)),
            ("createdAt" | "updatedAt", _) => leaf(iso(account.created_at)),
            ("name", AccountType::User | AccountType::Organization) => leaf(&account.name),
            ("email", AccountType::User) => leaf(""),
            ("isViewer", AccountType::User) => leaf(id == self.asker.bot),
            _ => return Err(unknown(name, Obj::Account(id, kind).type_name())),
        })
    }

    fn team_field(&self, id: Id, name: &str) -> Result<Out, Fault> {
        let Some(team) = self.state.teams.get(&id) else { return Ok(Out::Leaf(Value::Null)) };
        let org = self.state.login(team.org);
        Ok(match name {
            "id" => leaf(node_id("T_", id)),
            "databaseId" => int(id),
            "slug" => leaf(&team.slug),
            "name" => leaf(&team.name),
            "combinedSlug" => leaf(format!("{org}/{}", team.slug)),
            "privacy" => leaf(if team.secret { "SECRET" } else { "VISIBLE" }),
            "organization" => Out::Obj(Obj::Account(team.org, AccountType::Organization)),
            "parentTeam" => Out::maybe(team.parent.map(Obj::Team)),
            "url" => leaf(format!("{}/orgs/{org}/teams/{}", self.world.origin, team.slug)),
            "resourcePath" => leaf(format!("/orgs/{org}/teams/{}", team.slug)),
            "members" => Out::Conn(
                "TeamMemberConnection",
                self.state.team_members(id).into_iter().filter_map(|user| Obj::account(&self.state, user)).collect(),
            ),
            _ => return Err(unknown(name, "Team")),
        })
    }

    fn repo_field(&self, id: Id, name: &str, args: &Args) -> Result<Out, Fault> {
        let Some(repo) = self.state.repos.get(&id) else { return Ok(Out::Leaf(Value::Null)) };
        let full = self.state.full_name(id);
        let reads_code = || if self.asker.may(&self.state, id, "contents", false) { Ok(()) } else { Err(forbidden()) };
        let reads_pulls =
            || if self.asker.may(&self.state, id, "pull_requests", false) { Ok(()) } else { Err(forbidden()) };
        Ok(match name {
            "id" => leaf(node_id("R_", id)),
            "databaseId" => int(id),
            "name" => leaf(&repo.name),
            "nameWithOwner" => leaf(full),
            "owner" => Out::maybe(Obj::account(&self.state, repo.owner)),
            "isPrivate" => leaf(repo.private),
            "isArchived" => leaf(repo.archived),
            "isFork" => leaf(repo.fork_of.is_some()),
            "isDisabled" | "isTemplate" | "isLocked" | "isMirror" => leaf(false),
            "isInOrganization" => leaf(matches!(
                self.state.accounts.get(&repo.owner).map(|owner| &owner.kind),
                Some(AccountKind::Organization { .. })
            )),
            "isEmpty" => leaf(repo.branches.is_empty()),
            "visibility" => leaf(if repo.private { "PRIVATE" } else { "PUBLIC" }),
            "url" => leaf(format!("{}/{full}", self.world.origin)),
            "resourcePath" => leaf(format!("/{full}")),
            "createdAt" => leaf(iso(repo.created_at)),
            "pushedAt" | "updatedAt" => leaf(iso(repo.pushed_at)),
            "description" | "viewerPermission" => Out::Leaf(Value::Null),
            "parent" => Out::maybe(repo.fork_of.filter(|parent| self.asker.sees(&self.state, *parent)).map(Obj::Repo)),
            "defaultBranchRef" => {
                reads_code()?;
                Out::maybe(
                    repo.branches.contains_key(&repo.default_branch).then(|| Obj::Ref(id, repo.default_branch.clone())),
                )
            }
            "ref" => {
                reads_code()?;
                let branch = text(args, "qualifiedName").trim_start_matches("refs/").trim_start_matches("heads/");
                Out::maybe(repo.branches.contains_key(branch).then(|| Obj::Ref(id, branch.to_owned())))
            }
            "object" => {
                reads_code()?;
                let wanted = if text(args, "oid").is_empty() { text(args, "expression") } else { text(args, "oid") };
                Out::maybe(self.git_object(id, wanted))
            }
            "pullRequest" => {
                reads_pulls()?;
                let number = args.get("number").and_then(Value::as_u64).unwrap_or(0);
                match self.state.pull(id, number) {
                    Some(pull) => Out::Obj(Obj::Pull(pull.id)),
                    None => {
                        return Err(Fault::Field(
                            "NOT_FOUND",
                            format!("Could not resolve to a PullRequest with the number of {number}."),
                        ));
                    }
                }
            }
            "pullRequests" => {
                reads_pulls()?;
                let states: Vec<&str> = args
                    .get("states")
                    .map(|states| {
                        states.as_array().map_or_else(
                            || states.as_str().into_iter().collect(),
                            |list| list.iter().filter_map(Value::as_str).collect(),
                        )
                    })
                    .unwrap_or_default();
                let named = |field: &str, value: &str| {
                    args.get(field).and_then(Value::as_str).is_none_or(|wanted| wanted == value)
                };
                let shown = |state: PullState| match state {
                    PullState::Open => "OPEN",
                    PullState::Closed => "CLOSED",
                    PullState::Merged => "MERGED",
                };
                let fits = self.state.pulls.values().filter(|pull| {
                    pull.repo == id
                        && (states.is_empty() || states.contains(&shown(pull.state)))
                        && named("headRefName", &pull.head)
                        && named("baseRefName", &pull.base)
                });
                let mut pulls: Vec<_> = fits.collect();
                if let Some(order) = args.get("orderBy") {
                    pulls.sort_by_key(|pull| {
                        if order["field"] == "UPDATED_AT" {
                            (pull.updated_at, pull.id)
                        } else {
                            (pull.created_at, pull.id)
                        }
                    });
                    if order["direction"] == "DESC" {
                        pulls.reverse();
                    }
                }
                Out::Conn("PullRequestConnection", pulls.into_iter().map(|pull| Obj::Pull(pull.id)).collect())
            }
            _ => return Err(unknown(name, "Repository")),
        })
    }

    fn rollup_field(&self, repo: Id, oid: &str, name: &str) -> Result<Out, Fault> {
        let runs: Vec<_> = self.state.runs.values().filter(|run| run.repo == repo && run.sha == oid).collect();
        let passed =
            runs.iter().all(|run| matches!(run.conclusion.as_deref(), Some("success" | "neutral" | "skipped")));
        let pending = runs.iter().any(|run| run.conclusion.is_none());
        Ok(match name {
            "id" => leaf(format!("SCR_{repo}_{oid}")),
            "state" => leaf(if passed {
                "SUCCESS"
            } else if pending {
                "PENDING"
            } else {
                "FAILURE"
            }),
            "commit" => Out::Obj(Obj::Commit(repo, oid.to_owned())),
            "contexts" => {
                Out::Conn("StatusCheckRollupContextConnection", runs.iter().map(|run| Obj::Run(run.id)).collect())
            }
            _ => return Err(unknown(name, "StatusCheckRollup")),
        })
    }

    fn suite_field(&self, suite: Id, run: Id, name: &str) -> Result<Out, Fault> {
        let Some(any) = self.state.runs.get(&run) else { return Ok(Out::Leaf(Value::Null)) };
        Ok(match name {
            "id" => leaf(node_id("CS_", suite)),
            "databaseId" => int(suite),
            "app" => Out::Obj(Obj::App(any.app)),
            "commit" => Out::Obj(Obj::Commit(any.repo, any.sha.clone())),
            "repository" => Out::Obj(Obj::Repo(any.repo)),
            "status" => leaf(any.status.to_uppercase()),
            "conclusion" => leaf(any.conclusion.as_ref().map(|text| text.to_uppercase())),
            "checkRuns" => Out::Conn(
                "CheckRunConnection",
                self.state.runs.values().filter(|run| run.suite == suite).map(|run| Obj::Run(run.id)).collect(),
            ),
            _ => return Err(unknown(name, "CheckSuite")),
        })
    }

    fn run_field(&self, id: Id, name: &str, args: &Args) -> Result<Out, Fault> {
        let Some(run) = self.state.runs.get(&id) else { return Ok(Out::Leaf(Value::Null)) };
        if !self.asker.may(&self.state, run.repo, "checks", false) {
            return Err(forbidden());
        }
        let page = format!("/{}/runs/{id}", self.state.full_name(run.repo));
        Ok(match name {
            "id" => leaf(node_id("CR_", id)),
            "databaseId" => int(id),
            "name" => leaf(&run.name),
            "status" => leaf(run.status.to_uppercase()),
            "conclusion" => leaf(run.conclusion.as_ref().map(|text| text.to_uppercase())),
            "externalId" => leaf(&run.external_id),
            "title" => leaf(&run.title),
            "summary" => leaf(&run.summary),
            "text" => leaf(&run.text),
            "startedAt" => leaf(iso(run.started_at)),
            "completedAt" => leaf(run.completed_at.map(iso)),
            "checkSuite" => Out::Obj(Obj::Suite(run.suite, id)),
            "repository" => Out::Obj(Obj::Repo(run.repo)),
            "resourcePath" => leaf(page),
            "url" | "permalink" => leaf(format!("{}{page}", self.world.origin)),
            "detailsUrl" => leaf(run.details_url.clone().unwrap_or_else(|| format!("{}{page}", self.world.origin))),
            "isRequired" => {
                let number = args.get("pullRequestNumber").and_then(Value::as_u64);
                let by_id = args.get("pullRequestId").and_then(Value::as_str).and_then(parse_node_id).map(|(_, id)| id);
                let pull = self
                    .state
                    .pulls
                    .values()
                    .find(|pull| pull.repo == run.repo && (Some(pull.number) == number || Some(pull.id) == by_id));
                let rules = pull.and_then(|pull| self.state.rules(pull.repo, &pull.base));
                leaf(rules.is_some_and(|rules| {
                    rules
                        .required_checks
                        .iter()
                        .any(|check| check.context == run.name && check.app_id.is_none_or(|app| app == run.app))
                }))
            }
            _ => return Err(unknown(name, "CheckRun")),
        })
    }

    fn rate_limit_field(&self, name: &str) -> Result<Out, Fault> {
        let (limit, used, reset) = self.asker.rate;
        Ok(match name {
            "limit" => leaf(limit),
            "cost" => leaf(1),
            "used" => leaf(used),
            "remaining" => leaf(limit.saturating_sub(used)),
            "nodeCount" => leaf(0),
            "resetAt" => leaf(iso(reset)),
            _ => return Err(unknown(name, "RateLimit")),
        })
    }

    /// GitHub's word for how somebody stands to the repository.
    pub(super) fn association(&self, user: Id, repo: Id) -> Out {
        leaf(super::super::render::Render { world: self.world, state: &self.state }.association(user, repo))
    }
}
