//! One look at a pull request: everything that `review` needs, read whole, or an error. A snapshot is not atomic, so head, base
//! and `updatedAt` are read first and again last, and when they moved the snapshot is thrown away.

mod asked;
mod context;
mod decisions;
mod moving;
mod people;
mod prompts;
mod rules;
mod trees;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use super::call::segment;
use super::limits::Failure;
use super::rest::{CheckRunJson, CheckRunsJson, CommitJson, CompareJson, FileJson, InstallationJson, Moment, PullJson};
use super::{GitHub, PullRef, RepoRef, graphql, queries};
use crate::policy::PolicyProblem;
use crate::review::snapshot::{
    App, CheckRun, CommitSha, Commits, Files, NodeId, Probed, Pull, PullState, Snapshot, UserId,
};
use crate::text::Untrusted;
use crate::time::{Millis, Timestamp};

pub(super) use asked::About;
pub(super) use context::{Listing, OrgTop};

/// GitHub's own limits: <https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files>,
/// <https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request>.
const MOST_FILES: usize = 3_000;
const MOST_COMMITS: usize = 250;
/// Our runs on one commit: one a name, so far fewer in practice.
const MOST_RUNS: usize = 200;
/// Open pull requests that are searched for one with the same head.
const MOST_OPEN: usize = 3_000;

/// How to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Read teams and permissions anew, without any cache: asked before success is written.
    pub fresh: bool,
    /// Posts of ours to ask for by id, because the lists do not show them.
    pub probe: Vec<NodeId>,
    /// People beside those on the pull request whose permission is needed (who pressed a button), with their logins.
    pub people: Vec<(UserId, String)>,
    /// Pages of reviews, threads and comments that are read at most; more is an error, never a part.
    pub max_pages: usize,
    /// How often a pull request that moves while it is read is read again.
    pub attempts: u32,
}

impl Default for Ask {
    fn default() -> Self {
        Self { fresh: false, probe: Vec::new(), people: Vec::new(), max_pages: 200, attempts: 3 }
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// The pull request. `siblings` is empty: their verdicts are the engine's to give (see [`GitHub::open_pulls_on`]).
    pub snapshot: Snapshot,
    /// Settings of the repository's policy that the organisation overrules.
    pub overruled: Vec<PolicyProblem>,
}

/// Why there is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObserveError {
    /// It changed during every reading, or GitHub's answers lag behind each other: look again in a few seconds.
    #[error("the pull request changes while it is read: {0}")]
    Moving(&'static str),
    /// The repository, the pull request or the installation is not there (any more).
    #[error("{0}")]
    Gone(String),
    /// GitHub did not give everything.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ObserveError {
    /// When to look again, in seconds; `None`: only when something happens.
    pub const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Moving(_) => Some(5),
            Self::Gone(_) | Self::Failed(Failure::Refused { .. }) => None,
            Self::Failed(Failure::Delay { seconds, .. }) => Some(*seconds),
            Self::Failed(Failure::Uncertain { .. }) => Some(30),
        }
    }
}

/// An open pull request that shares a head commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPull {
    /// Where.
    pub pull: PullRef,
    /// Numeric id.
    pub id: u64,
    /// The branch whose rules decide.
    pub base: String,
}

/// Open pull requests with a head commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPulls {
    /// Those found.
    pub list: Vec<OpenPull>,
    /// False: there are more open pull requests than were searched, so one may be missing.
    pub complete: bool,
}

/// What one look needs to know everywhere.
struct Look<'a> {
    github: &'a GitHub,
    pull: &'a PullRef,
    ask: &'a Ask,
    app: App,
    /// `/repos/OWNER/NAME`
    root: String,
}

impl GitHub {
    /// Looks at a pull request.
    pub async fn observe(&self, pull: &PullRef, ask: &Ask) -> Result<Observed, ObserveError> {
        let app = self.app(pull.installation).await?;
        let root = format!("/repos/{}/{}", segment(&pull.repo.owner), segment(&pull.repo.name));
        let look = Look { github: self, pull, ask, app, root };
        let mut left = ask.attempts.max(1);
        loop {
            left -= 1;
            match look.once().await {
                Err(ObserveError::Moving(_)) if left > 0 => tokio::time::sleep(self.inner.config.backoff).await,
                other => return other,
            }
        }
    }

    /// Open pull requests whose head is this commit, with the base that decides. GitHub has no such search for heads in forks,
    /// so the open ones are listed.
    pub async fn open_pulls_on(
        &self,
        installation: u64,
        repo: &RepoRef,
        sha: &CommitSha,
    ) -> Result<OpenPulls, Failure> {
        let path = format!(
            "/repos/{}/{}/pulls?state=open&sort=updated&direction=desc",
            segment(&repo.owner),
            segment(&repo.name)
        );
        let open = self.get_all(installation, &path, MOST_OPEN, |page: Vec<PullJson>| page).await?;
        let mut list: Vec<OpenPull> = open
            .items
            .into_iter()
            .filter(|p| p.head.sha == sha.as_str())
            .map(|p| OpenPull {
                base: p.deciding_base().to_owned(),
                id: p.id,
                pull: PullRef { installation, repo: repo.clone(), number: p.number },
            })
            .collect();
        list.sort_by_key(|p| p.pull.number);
        list.dedup_by_key(|p| p.pull.number);
        Ok(OpenPulls { list, complete: open.complete })
    }

    /// Head and deciding base of a pull request in one small read; `None`: it is not open, or not there.
    pub async fn tip(&self, pull: &PullRef) -> Result<Option<(CommitSha, String)>, Failure> {
        let (owner, name) = (segment(&pull.repo.owner), segment(&pull.repo.name));
        let json: PullJson =
            match self.get(pull.installation, &format!("/repos/{owner}/{name}/pulls/{}", pull.number)).await {
                Ok(json) => json,
                Err(Failure::Refused { status: 404 | 410 | 451, .. }) => return Ok(None),
                Err(failure) => return Err(failure),
            };
        let ours = json.state == "open" && json.base.repo.as_ref().is_some_and(|repo| repo.id == pull.repo.id);
        Ok(ours.then(|| (json.head.sha.as_str().into(), json.deciding_base().to_owned())))
    }

    /// Ourselves, through an installation.
    pub async fn app(&self, installation: u64) -> Result<App, ObserveError> {
        let (caches, now) = (&self.inner.caches, self.now());
        // Neither the slug nor the day of installation changes without a new installation.
        if let Some(app) = caches.apps.get(&installation, now, Millis::minutes(60)) {
            return Ok(app);
        }
        let json: InstallationJson =
            self.get_as_app(&format!("/app/installations/{installation}")).await.map_err(gone)?;
        let installed_at = match json.created_at {
            Moment::Text(at) => wire::moment(at),
            Moment::Seconds(seconds) => Timestamp(seconds.saturating_mul(1_000)),
        };
        let app = App { id: json.app_id, slug: json.app_slug, installation, installed_at };
        caches.apps.put(installation, app.clone(), now);
        Ok(app)
    }
}

/// A 404 of the thing itself means that it is gone, not that GitHub failed.
fn gone(failure: Failure) -> ObserveError {
    match failure {
        Failure::Refused { status: 404 | 410 | 451, why } => {
            ObserveError::Gone(format!("GitHub does not show it to the App: {why}"))
        }
        other => ObserveError::Failed(other),
    }
}

impl Look<'_> {
    fn installation(&self) -> u64 {
        self.pull.installation
    }

    async fn once(&self) -> Result<Observed, ObserveError> {
        let observed_at = self.github.now();
        let number = self.pull.number;
        let json: PullJson =
            self.github.get(self.installation(), &format!("{}/pulls/{number}", self.root)).await.map_err(gone)?;
        if json.base.repo.as_ref().is_none_or(|repo| repo.id != self.pull.repo.id) {
            // Somebody else's repository has taken the name.
            return Err(ObserveError::Gone(format!(
                "{}/{} is another repository now",
                self.pull.repo.owner, self.pull.repo.name
            )));
        }
        let base = json.deciding_base().to_owned();
        let moving = self.moving(&base, json.id).await?;
        if moving.stamp.head_ref_oid != json.head.sha || moving.stamp.base_ref_name != json.base.name {
            return Err(ObserveError::Moving("REST and GraphQL disagree about head or base"));
        }
        let state = match moving.stamp.state.as_str() {
            "OPEN" => PullState::Open,
            "MERGED" => PullState::Merged,
            _ => PullState::Closed,
        };
        let head: CommitSha = json.head.sha.as_str().into();
        let base_sha: CommitSha = match (&moving.stamp.base_tip, state) {
            (Some(tip), _) => tip.as_str().into(),
            // The branch may be gone after merging; nothing is decided there any more.
            (None, PullState::Closed | PullState::Merged) => moving.stamp.base_ref_oid.as_str().into(),
            (None, PullState::Open) => return Err(ObserveError::Moving("the base branch is not there")),
        };

        let (files, commits, checks, merge_base, conversation_resolution, rules) = futures::try_join!(
            self.files(&head),
            self.commits(&head),
            self.checks(&head),
            self.merge_base(&base_sha, &head),
            self.conversation_resolution(&base),
            self.rules(&base, &base_sha, moving.default.as_ref()),
        )?;

        let documents = rules.documents(&files);
        let (trees, blobs) = self.texts(&head, &merge_base, &moving.reviews, &commits, &documents).await?;
        let teams = self.teams(rules.teams(&documents)).await?;
        let people = self.people(&moving, &commits).await?;
        let probed = self.probe().await?;
        let context = match &rules.policy {
            Ok(policy) if !documents.is_empty() => self.context(policy, &base_sha).await?,
            _ => context::Context::default(),
        };
        let named = self.named(&moving).await?;
        let issues = self.issues(&moving).await?;
        self.still(&base, &moving.stamp).await?;

        let snapshot = Snapshot {
            repository: moving.repository,
            app: self.app.clone(),
            pull: Pull {
                id: json.id,
                number,
                node: moving.node,
                title: Untrusted::new(moving.title),
                body: Untrusted::new(moving.body),
                author: moving.author,
                associated: moving.associated,
                state,
                draft: moving.stamp.is_draft,
                head,
                base,
                base_sha,
                created_at: moving.created_at,
                updated_at: wire::moment(moving.stamp.updated_at),
            },
            policy: rules.policy,
            codeowners: rules.codeowners,
            codeowners_errors: rules.errors,
            files,
            merge_base,
            commits,
            trees,
            blobs,
            reviews: moving.reviews,
            dismissals: moving.dismissals,
            threads: moving.threads,
            comments: moving.comments,
            checks,
            people,
            teams,
            probed,
            context: context.texts,
            decided: context.decided,
            prompts: context.prompts,
            context_left_out: context.left_out,
            named,
            issues,
            retargeted_at: moving.retargeted_at,
            conversation_resolution,
            siblings: Vec::new(),
            observed_at,
        };
        Ok(Observed { snapshot, overruled: rules.overruled })
    }

    async fn files(&self, head: &CommitSha) -> Result<Files, ObserveError> {
        let path = format!("{}/pulls/{}/files", self.root, self.pull.number);
        let rows = self.github.get_all(self.installation(), &path, MOST_FILES, |page: Vec<FileJson>| page).await?;
        if rows.items.iter().any(|row| row.head().is_some_and(|sha| sha != head.as_str())) {
            return Err(ObserveError::Moving("the list of files is of another commit"));
        }
        let complete = rows.complete && rows.items.len() < MOST_FILES;
        let mut list: Vec<_> = rows.items.into_iter().map(FileJson::changed).collect();
        let mut seen = BTreeSet::new();
        list.retain(|file| seen.insert(file.path.clone()));
        Ok(Files { list, complete })
    }

    async fn commits(&self, head: &CommitSha) -> Result<Commits, ObserveError> {
        let path = format!("{}/pulls/{}/commits", self.root, self.pull.number);
        let rows = self.github.get_all(self.installation(), &path, MOST_COMMITS, |page: Vec<CommitJson>| page).await?;
        let complete = rows.complete && rows.items.len() < MOST_COMMITS;
        let list: Vec<_> = rows.items.into_iter().map(CommitJson::commit).collect();
        if complete && !list.is_empty() && list.iter().all(|commit| commit.sha != *head) {
            return Err(ObserveError::Moving("the list of commits is of another head"));
        }
        Ok(Commits { list, complete })
    }

    async fn checks(&self, head: &CommitSha) -> Result<Vec<CheckRun>, ObserveError> {
        let app = self.app.id;
        let path = format!("{}/commits/{head}/check-runs?app_id={app}&filter=all", self.root);
        let runs =
            self.github.get_all(self.installation(), &path, MOST_RUNS, |page: CheckRunsJson| page.check_runs).await?;
        let mut runs: Vec<_> = runs.items.into_iter().filter(|run| run.is_of(app)).map(CheckRunJson::run).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.id));
        runs.dedup_by_key(|run| run.id);
        Ok(runs)
    }

    /// Two commits have one merge base for ever.
    async fn merge_base(&self, base: &CommitSha, head: &CommitSha) -> Result<CommitSha, ObserveError> {
        let key = (self.pull.repo.id, base.clone(), head.clone());
        if let Some(known) = self.github.inner.caches.merge_bases.get(&key) {
            return Ok(known);
        }
        let path = format!("{}/compare/{base}...{head}?per_page=1", self.root);
        let json: CompareJson = self.github.get(self.installation(), &path).await?;
        let found: CommitSha = json.merge_base_commit.sha.into();
        self.github.inner.caches.merge_bases.put(key, found.clone(), 1);
        Ok(found)
    }

    async fn probe(&self) -> Result<BTreeMap<NodeId, Probed>, ObserveError> {
        let mut probed = BTreeMap::new();
        // GitHub resolves at most 100 ids at once.
        for ids in self.ask.probe.chunks(100) {
            let variables = json!({ "ids": ids });
            // A post that is gone is an error of its own beside the data.
            let reply = self
                .github
                .query_partly(self.installation(), queries::PROBE, &variables, |e| {
                    e.kind == "NOT_FOUND" && e.path.starts_with("nodes")
                })
                .await?;
            let data: ProbeData = graphql::decode(reply)?;
            for (id, node) in ids.iter().zip(data.nodes) {
                probed.insert(id.clone(), if node.is_some() { Probed::Present } else { Probed::Gone });
            }
        }
        Ok(probed)
    }
}

#[derive(serde::Deserialize)]
struct ProbeData {
    nodes: Vec<Option<serde_json::Value>>,
}

/// How long short-lived answers live.
fn ttl(duration: Duration) -> Millis {
    Millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
