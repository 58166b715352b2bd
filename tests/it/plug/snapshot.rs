//! From the sandbox's world to a snapshot, as `github::observe` would read it, with lagging reads.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use threadmodel::codeowners::{Codeowners, Owner};
use threadmodel::policy::{Policy, PolicyProblem, TeamRef};
use threadmodel::review::marker::MarkerKey;
use threadmodel::review::named;
use threadmodel::review::scope;
use threadmodel::review::snapshot::{
    Actor, ActorKind, App, BlobId, ChangedFile, CheckRun, CodeownersFile, Comment, Commit, CommitSha, Commits,
    Dismissal, FileStatus, Files, Known, NodeId, Permission, Person, Probed, Pull, PullRequestReview, PullState,
    Repository, ReviewState, Snapshot, Thread, UserId,
};
use threadmodel::sandbox::model::{self, AccountKind, Id, Place, State, TimelineEvent};
use threadmodel::sandbox::world::World;
use threadmodel::text::Untrusted;
use threadmodel::time::Timestamp;

thread_local! {
    // Parsed once: histories have few policies and look often.
    static POLICIES: RefCell<HashMap<String, Result<Arc<Policy>, PolicyProblem>>> = RefCell::default();
}

fn parsed_policy(text: &str) -> Result<Arc<Policy>, PolicyProblem> {
    POLICIES.with_borrow_mut(|known| {
        known.entry(text.to_owned()).or_insert_with(|| Policy::parse(text).map(Arc::new)).clone()
    })
}

/// How old each surface's answer is.
#[derive(Clone, Copy, Debug)]
pub struct Lags {
    pub graphql: i64,
    pub checks: i64,
}

pub fn review_node(id: Id) -> NodeId {
    format!("PRR_{id}").into()
}

pub fn comment_node(id: Id) -> NodeId {
    format!("C_{id}").into()
}

fn actor(state: &State, id: Id) -> Option<Actor> {
    let account = state.accounts.get(&id)?;
    if account.ghost {
        return None;
    }
    let kind = match account.kind {
        AccountKind::User => ActorKind::User,
        AccountKind::Bot { .. } => ActorKind::Bot,
        AccountKind::Organization { .. } => ActorKind::Other,
    };
    let login = account.login.strip_suffix("[bot]").unwrap_or(&account.login).to_owned();
    Some(Actor { id: UserId(id), login, kind })
}

/// GitHub's times have a resolution of one second.
fn second(at: i64) -> Timestamp {
    Timestamp(at.div_euclid(1_000) * 1_000)
}

struct Reader<'a> {
    state: &'a State,
    marker: &'a MarkerKey,
    app: App,
    repository: Id,
    pull: Id,
}

impl Reader<'_> {
    fn post(
        &self,
        node: NodeId,
        id: Id,
        author: Id,
        body: &str,
        created: i64,
        edited: Option<(i64, Id)>,
        minimized: bool,
    ) -> Comment {
        let author = actor(self.state, author);
        let ours = author.as_ref().is_some_and(|a| self.app.is(a));
        let (shown, marker) = if ours { self.marker.read(self.repository, self.pull, body) } else { (body, None) };
        Comment {
            node,
            id,
            author,
            editor: edited.and_then(|(_, by)| actor(self.state, by)),
            body: Untrusted::new(shown),
            marker,
            associated: false,
            minimized,
            created_at: second(created),
            last_edited_at: edited.map(|(at, _)| second(at)),
        }
    }
}

/// The snapshot; `None` when the pull request is not there (yet).
pub fn snapshot(
    world: &World,
    app: Id,
    installation: Id,
    marker: &MarkerKey,
    pull: Id,
    lags: Lags,
    probe: &[NodeId],
) -> Option<Snapshot> {
    let state = world.state_at(world.now() - lags.graphql);
    let state = &*state;
    let now = world.state();
    let p = state.pulls.get(&pull)?;
    let repo = state.repos.get(&p.repo)?;
    let git = world.git(p.repo);
    let app_row = now.apps.get(&app)?;
    let identity = App {
        id: app,
        slug: app_row.slug.clone(),
        installation,
        installed_at: second(now.installations.get(&installation)?.created_at),
    };
    let reader = Reader { state, marker, app: identity.clone(), repository: p.repo, pull };

    let base = p.stack_base.clone().unwrap_or_else(|| p.base.clone());
    let base_sha = repo.branches.get(&base).cloned()?;
    let policy = match git.text(&base_sha, threadmodel::policy::PATH) {
        Some(text) => parsed_policy(&text),
        None => parsed_policy(""),
    };
    let codeowners = match threadmodel::codeowners::locate(|path| git.file(&base_sha, path).is_some()) {
        Some(path) => CodeownersFile::Loaded {
            path: path.to_owned(),
            rules: Arc::new(Codeowners::parse(&git.text(&base_sha, path)?)),
        },
        None => CodeownersFile::Missing,
    };
    let files: Vec<ChangedFile> = world
        .pull_files(p)
        .into_iter()
        .map(|f| ChangedFile {
            path: f.path,
            previous_path: f.previous,
            status: match f.status {
                "added" => FileStatus::Added,
                "removed" => FileStatus::Removed,
                "renamed" => FileStatus::Renamed,
                _ => FileStatus::Modified,
            },
            patch: f.patch,
        })
        .collect();
    let merge_base: CommitSha = world.merge_base(p)?.into();
    let commits: Vec<Commit> = world
        .pull_commits(p)
        .into_iter()
        .map(|c| Commit {
            sha: c.sha.as_str().into(),
            parents: c.parents.iter().map(|s| s.as_str().into()).collect(),
            author: c.author.user.and_then(|id| actor(state, id)),
            committer: c.committer.user.and_then(|id| actor(state, id)),
        })
        .collect();

    let reviews: Vec<PullRequestReview> = state
        .reviews
        .values()
        .filter(|r| r.pull == pull)
        .filter_map(|r| {
            let review_state = match r.state {
                model::ReviewState::Pending => return None,
                model::ReviewState::Commented => ReviewState::Commented,
                model::ReviewState::Approved => ReviewState::Approved,
                model::ReviewState::ChangesRequested => ReviewState::ChangesRequested,
                model::ReviewState::Dismissed => ReviewState::Dismissed,
            };
            Some(PullRequestReview {
                post: reader.post(
                    review_node(r.id),
                    r.id,
                    r.author,
                    &r.body,
                    r.created_at,
                    r.edited,
                    r.minimized.is_some(),
                ),
                state: review_state,
                commit: r.commit.as_ref().map(|c| c.as_str().into()),
                submitted_at: second(r.submitted_at?),
            })
        })
        .collect();
    let dismissals = p
        .timeline
        .iter()
        .filter_map(|item| match &item.what {
            TimelineEvent::ReviewDismissed { review, previous, .. } => Some(Dismissal {
                review: review_node(*review),
                actor: actor(state, item.actor),
                previous: match previous {
                    model::ReviewState::Approved => ReviewState::Approved,
                    model::ReviewState::ChangesRequested => ReviewState::ChangesRequested,
                    _ => ReviewState::Commented,
                },
                at: second(item.at),
            }),
            _ => None,
        })
        .collect();
    let retargeted_at = p
        .timeline
        .iter()
        .filter(|item| {
            matches!(
                item.what,
                TimelineEvent::BaseRefChanged { .. } | TimelineEvent::AutomaticBaseChangeSucceeded { .. }
            )
        })
        .map(|item| second(item.at))
        .max();
    let comment = |id: &Id| {
        let c = state.comments.get(id)?;
        Some(reader.post(comment_node(c.id), c.id, c.author, &c.body, c.created_at, c.edited, c.minimized.is_some()))
    };
    let threads: Vec<Thread> = state
        .threads
        .values()
        .filter(|t| t.pull == pull)
        .map(|t| Thread {
            node: format!("T_{}", t.id).into(),
            path: t.path.clone(),
            line: t.lines.map(|l| l.line),
            resolved: t.resolved_by.is_some(),
            resolved_by: t.resolved_by.and_then(|id| actor(state, id)),
            outdated: t.outdated,
            comments: t.comments.iter().filter_map(comment).collect(),
        })
        .collect();
    let comments: Vec<Comment> = state
        .comments
        .values()
        .filter(|c| c.pull == pull && c.place == Place::Conversation)
        .filter_map(|c| comment(&c.id))
        .collect();

    let past = world.state_at(world.now() - lags.checks);
    let mut checks: Vec<CheckRun> = past
        .runs
        .values()
        .filter(|r| r.app == app && r.repo == p.repo && r.sha == p.head_sha)
        .map(|r| CheckRun {
            id: r.id,
            name: r.name.clone(),
            external_id: r.external_id.clone(),
            conclusion: r.conclusion.clone(),
            title: r.title.clone().unwrap_or_default(),
            summary: r.summary.clone().unwrap_or_default(),
            text: r.text.clone().unwrap_or_default(),
        })
        .collect();
    checks.reverse();

    let mut snapshot = Snapshot {
        repository: Repository {
            id: p.repo,
            owner: state.login(repo.owner),
            name: repo.name.clone(),
            public: !repo.private,
            default_branch: repo.default_branch.clone(),
        },
        app: identity,
        pull: Pull {
            id: pull,
            number: p.number,
            node: format!("PR_{pull}").into(),
            title: Untrusted::new(p.title.clone()),
            body: Untrusted::new(p.body.clone()),
            author: actor(state, p.author),
            associated: false,
            state: match p.state {
                model::PullState::Open => PullState::Open,
                model::PullState::Closed => PullState::Closed,
                model::PullState::Merged => PullState::Merged,
            },
            draft: p.draft,
            head: p.head_sha.as_str().into(),
            base,
            base_sha: base_sha.into(),
            created_at: second(p.created_at),
            updated_at: second(p.updated_at),
        },
        policy,
        codeowners,
        codeowners_errors: Known::Yes(Vec::new()),
        files: Files { list: files, complete: true },
        merge_base,
        commits: Commits { list: commits, complete: true },
        trees: BTreeMap::new(),
        blobs: BTreeMap::new(),
        reviews,
        dismissals,
        threads,
        comments,
        checks,
        people: BTreeMap::new(),
        teams: BTreeMap::new(),
        probed: probe.iter().map(|node| (node.clone(), probed(now, node))).collect(),
        context: Vec::new(),
        decided: Vec::new(),
        prompts: BTreeMap::new(),
        context_left_out: Vec::new(),
        named: BTreeMap::new(),
        issues: BTreeMap::new(),
        retargeted_at,
        conversation_resolution: false,
        siblings: Vec::new(),
        observed_at: Timestamp(world.now()),
    };
    fill_trees(world, &mut snapshot);
    fill_people(state, p.repo, &mut snapshot);
    fill_teams(state, &mut snapshot);
    fill_named(state, p.repo, &mut snapshot);
    Some(snapshot)
}

fn probed(now: &State, node: &NodeId) -> Probed {
    let (kind, id) = node.as_str().split_once('_').unwrap_or_default();
    let id: Id = id.parse().unwrap_or_default();
    let there = if kind == "PRR" { now.reviews.contains_key(&id) } else { now.comments.contains_key(&id) };
    if there { Probed::Present } else { Probed::Gone }
}

fn fill_trees(world: &World, snapshot: &mut Snapshot) {
    let Ok(policy) = snapshot.policy.clone() else { return };
    let git = world.git(snapshot.repository.id);
    let paths: BTreeSet<String> = snapshot
        .files
        .list
        .iter()
        .filter(|f| scope::is_document(&policy, f))
        .flat_map(|f| [Some(f.path.clone()), f.previous_path.clone()])
        .flatten()
        .collect();
    let mut shas: BTreeSet<CommitSha> = [snapshot.pull.head.clone(), snapshot.merge_base.clone()].into();
    shas.extend(snapshot.reviews.iter().filter_map(|r| r.commit.clone()));
    for commit in &snapshot.commits.list {
        shas.insert(commit.sha.clone());
        shas.extend(commit.parents.iter().cloned());
    }
    for sha in shas {
        let Some(files) = git.files(sha.as_str()) else { continue };
        let tree = snapshot.trees.entry(sha).or_default();
        for path in &paths {
            let blob = files.get(path).map(|oid| BlobId::from(oid.as_str()));
            if let Some(id) = &blob
                && let Some(bytes) = git.blob(id.as_str())
                && let Ok(text) = std::str::from_utf8(bytes)
            {
                snapshot.blobs.insert(id.clone(), text.into());
            }
            tree.insert(path.clone(), blob);
        }
    }
}

fn fill_people(state: &State, repo: Id, snapshot: &mut Snapshot) {
    let mut actors: BTreeSet<Actor> = snapshot.pull.author.iter().cloned().collect();
    actors.extend(snapshot.reviews.iter().filter_map(|r| r.post.author.clone()));
    actors.extend(snapshot.dismissals.iter().filter_map(|d| d.actor.clone()));
    actors.extend(snapshot.comments.iter().filter_map(|c| c.author.clone()));
    actors.extend(snapshot.threads.iter().flat_map(|t| &t.comments).filter_map(|c| c.author.clone()));
    actors.extend(snapshot.commits.list.iter().filter_map(|c| c.author.clone()));
    for actor in actors {
        let permission = match state.permission(actor.id.0, repo).legacy() {
            "admin" => Permission::Admin,
            "write" => Permission::Write,
            "read" => Permission::Read,
            _ => Permission::None,
        };
        snapshot.people.insert(actor.id, Person { actor, permission: Known::Yes(permission) });
    }
}

fn fill_teams(state: &State, snapshot: &mut Snapshot) {
    let mut teams: BTreeSet<TeamRef> = BTreeSet::new();
    if let CodeownersFile::Loaded { rules, .. } = &snapshot.codeowners {
        let owners = rules.rules().iter().flat_map(|r| &r.owners);
        teams.extend(owners.filter(|o| matches!(o, Owner::Team { .. })).filter_map(TeamRef::from_owner));
    }
    if let Ok(policy) = &snapshot.policy {
        teams.extend(policy.approval.teams.iter().cloned());
        teams.extend(policy.approval.fallback.iter().cloned());
    }
    for team in teams {
        let known = match state.team(&format!("{}/{}", team.org, team.slug)) {
            Some(row) if !row.secret => Known::Yes(state.team_members(row.id).into_iter().map(UserId).collect()),
            _ => Known::Unknown("no such team is visible".to_owned()),
        };
        snapshot.teams.insert(team, known);
    }
}

fn fill_named(state: &State, repo: Id, snapshot: &mut Snapshot) {
    for name in named::in_threads(&snapshot.threads, &snapshot.repository) {
        let person = state.account(&name).map(|account| state.permission(account.id, repo));
        let team = state.team(&name).filter(|team| !team.secret).map(|team| state.team_permission(team.id, repo));
        let reads = person.or(team).is_some_and(|permission| permission.legacy() != "none");
        snapshot.named.insert(name, Known::Yes(reads));
    }
}
