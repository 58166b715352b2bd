//! `World`: a GitHub as a pure state machine. No clock (time is set by the caller), no IO; chance comes from a seed.
//!
//! The acts live in the files beside this one (`people`, `repos`, `pulls`, `reviews`, `comments`, `checks`), each an `impl World`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::git::{Commit, Files, Git};
use super::log::{LogEntry, LogEvent, LoggedCommit, LoggedFile};
use super::model::{Account, AccountKind, Id, Millis, Oid, Permission, Pull, Repo, State, Team};
use super::patch::{FileChange, PatchLimit, changes};

/// How long past states are kept for lagging reads.
const KEEP_MS: Millis = 180_000;

/// Why GitHub refuses: what status the API would answer with, and its words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 404.
    #[error("Not Found")]
    NotFound,
    /// 403.
    #[error("{0}")]
    Forbidden(String),
    /// 422.
    #[error("{0}")]
    Invalid(String),
    /// 409 or 405: the state does not allow it.
    #[error("{0}")]
    Conflict(String),
}

/// The result of an act.
pub type Done<T = ()> = Result<T, Refusal>;

pub(super) fn invalid<T>(why: impl Into<String>) -> Done<T> {
    Err(Refusal::Invalid(why.into()))
}

pub(super) fn forbidden<T>(why: impl Into<String>) -> Done<T> {
    Err(Refusal::Forbidden(why.into()))
}

/// Something a webhook tells: the sandbox turns it into deliveries.
#[derive(Clone, Debug)]
pub struct Event {
    /// `X-GitHub-Event`.
    pub name: &'static str,
    /// `action`, where the event has one.
    pub action: Option<String>,
    /// The repository it is about.
    pub repo: Option<Id>,
    /// The account it is about, for organisation events.
    pub account: Option<Id>,
    /// Only this App hears it (check events).
    pub app: Option<Id>,
    /// The payload, without `installation`.
    pub payload: Value,
    /// When.
    pub at: Millis,
}

/// A small seeded generator (SplitMix64).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform below `bound` (0 for 0).
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// True with this chance in a thousand.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }
}

/// GitHub's limits on what it shows; settings so that tests can make them small.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Size from which a file's `patch` is left out.
    pub patch: PatchLimit,
    /// Files of a pull request that are listed.
    pub files: usize,
    /// Commits of a pull request that are listed.
    pub commits: usize,
    /// Files of a comparison that are listed.
    pub compare_files: usize,
    /// Bytes up to which `contents` gives the content inline.
    pub contents_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // FACTS row 7; seen: no patch at 2,081 lines.
        Self {
            patch: PatchLimit { lines: 2_000, bytes: 500_000 },
            files: 3_000,
            commits: 250,
            compare_files: 300,
            contents_bytes: 1_000_000,
        }
    }
}

/// What FACTS calls unclear: either, by seed.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one open question")]
pub struct Quirks {
    /// A push to the base branch moves `base.sha` of its open pull requests.
    pub base_sha_follows: bool,
    /// Resolving a thread moves the pull request's `updated_at`.
    pub resolving_touches: bool,
    /// A COMMENT review with comments may have an empty body (FACTS 2f).
    pub empty_review_body: bool,
    /// `minimizeComment` by an App needs only `pull_requests: write` (FACTS 1c), else it is refused.
    pub app_may_minimize: bool,
    /// Committing a suggestion resolves its thread.
    pub suggestion_resolves: bool,
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) now: Millis,
    pub(super) rng: Rng,
    pub(super) state: Arc<State>,
    /// (until when it was true, state).
    past: VecDeque<(Millis, Arc<State>)>,
    gits: BTreeMap<Id, Git>,
    ids: BTreeMap<&'static str, Id>,
    /// Every act, oldest first.
    pub log: Vec<LogEntry>,
    outbox: Vec<Event>,
    /// Limits on what is shown.
    pub limits: Limits,
    /// What is unclear about GitHub, as this seed decides.
    pub quirks: Quirks,
    /// Nobody hears webhooks: none are made, which is what most of an act costs.
    pub silent: bool,
    /// The origin in every URL: `http://127.0.0.1:4000`.
    pub origin: String,
}

/// First ids: as large as GitHub's are today. Those of comments, reviews and pull requests do not fit in GraphQL's `Int`.
const FIRST: [(&str, Id); 12] = [
    ("account", 140_000_000),
    ("team", 9_000_000),
    ("repo", 890_000_000),
    ("pull", 2_300_000_000),
    ("review", 2_700_000_000),
    ("comment", 2_450_000_000),
    ("run", 55_000_000_000),
    ("suite", 47_000_000_000),
    ("app", 1_200_000),
    ("installation", 71_000_000),
    ("event", 18_000_000_000),
    ("reaction", 260_000_000),
];

/// The account that commits for people who click on GitHub's site.
pub const WEB_FLOW: Id = 19_864_447;

impl World {
    /// An empty GitHub at this time.
    pub fn new(seed: u64, now: Millis) -> Self {
        let mut rng = Rng::new(seed);
        let mut either = || rng.chance(500);
        let quirks = Quirks {
            base_sha_follows: either(),
            resolving_touches: either(),
            empty_review_body: either(),
            app_may_minimize: either(),
            suggestion_resolves: either(),
        };
        let mut world = Self {
            now,
            rng,
            state: Arc::default(),
            past: VecDeque::new(),
            gits: BTreeMap::new(),
            ids: FIRST.into_iter().collect(),
            log: Vec::new(),
            outbox: Vec::new(),
            limits: Limits::default(),
            quirks,
            silent: false,
            origin: "http://localhost".to_owned(),
        };
        let web_flow = Account {
            id: WEB_FLOW,
            login: "web-flow".to_owned(),
            name: "GitHub".to_owned(),
            kind: AccountKind::User,
            created_at: now,
            ghost: false,
        };
        world.edit().accounts.insert(WEB_FLOW, Arc::new(web_flow));
        world
    }

    /// Sets the time; it never goes back.
    pub fn set_now(&mut self, now: Millis) {
        self.now = self.now.max(now);
        while self.past.len() > 1 && self.past.get(1).is_some_and(|(since, _)| *since < self.now - KEEP_MS) {
            self.past.pop_front();
        }
    }

    /// The time.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Everything as it is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Everything as it was at a time (at most three minutes back).
    pub fn state_at(&self, at: Millis) -> Arc<State> {
        if self.past.back().is_none_or(|(since, _)| *since <= at) {
            return self.state.clone();
        }
        let index = self.past.partition_point(|(since, _)| *since <= at);
        // `past` holds (end of validity, state): the first that ended after `at` was true then.
        self.past.get(index).map_or_else(|| self.state.clone(), |(_, state)| state.clone())
    }

    /// Forgets the past: every read is current (after seeding).
    pub fn settle(&mut self) {
        self.past.clear();
    }

    pub(super) fn edit(&mut self) -> &mut State {
        // The state before the first change of this millisecond was true until now.
        if self.past.back().is_none_or(|(until, _)| *until < self.now) {
            self.past.push_back((self.now, self.state.clone()));
        }
        Arc::make_mut(&mut self.state)
    }

    pub(super) fn fresh(&mut self, kind: &'static str) -> Id {
        let step = 1 + self.rng.below(7);
        let id = self.ids.entry(kind).or_insert(1_000_000);
        *id += step;
        *id
    }

    pub(super) fn note(&mut self, actor: Id, what: LogEvent) {
        let actor =
            self.state.accounts.get(&actor).map_or_else(|| "github".to_owned(), |account| account.login.clone());
        self.log.push(LogEntry { seq: self.log.len() as u64, at: self.now, actor, what });
    }

    pub(super) fn send(&mut self, event: Event) {
        if !self.silent {
            self.outbox.push(event);
        }
    }

    /// Takes what happened since the last call, oldest first.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    // ── finding things ──

    /// An account by login (case does not matter).
    pub fn account(&self, login: &str) -> Done<Id> {
        self.state.account(login).map(|account| account.id).ok_or(Refusal::NotFound)
    }

    /// A repository by `owner/name`.
    pub fn repo(&self, full_name: &str) -> Done<Id> {
        self.state.repo(full_name).map(|repo| repo.id).ok_or(Refusal::NotFound)
    }

    /// A pull request by repository and number.
    pub fn pull(&self, repo: Id, number: u64) -> Done<Id> {
        self.state.pull(repo, number).map(|pull| pull.id).ok_or(Refusal::NotFound)
    }

    /// A team by `org/slug` (a leading `@` is fine).
    pub fn team(&self, name: &str) -> Done<Id> {
        self.state.team(name).map(|team| team.id).ok_or(Refusal::NotFound)
    }

    /// The git objects of a repository's network.
    pub fn git(&self, repo: Id) -> &Git {
        static EMPTY: std::sync::LazyLock<Git> = std::sync::LazyLock::new(Git::default);
        self.state.repos.get(&repo).and_then(|repo| self.gits.get(&repo.network)).unwrap_or(&EMPTY)
    }

    pub(super) fn git_mut(&mut self, repo: Id) -> &mut Git {
        let network = self.state.repos.get(&repo).map_or(repo, |repo| repo.network);
        self.gits.entry(network).or_default()
    }

    pub(super) fn get_pull(&self, pull: Id) -> Done<Arc<Pull>> {
        self.state.pulls.get(&pull).cloned().ok_or(Refusal::NotFound)
    }

    pub(super) fn get_repo(&self, repo: Id) -> Done<Arc<Repo>> {
        self.state.repos.get(&repo).cloned().ok_or(Refusal::NotFound)
    }

    pub(super) fn edit_pull(&mut self, pull: Id, change: impl FnOnce(&mut Pull)) {
        let now = self.now;
        if let Some(pull) = self.edit().pulls.get_mut(&pull) {
            let pull = Arc::make_mut(pull);
            change(pull);
            pull.updated_at = now;
        }
    }

    pub(super) fn need(&self, by: Id, repo: Id, at_least: Permission) -> Done {
        let has = self.state.permission(by, repo);
        if has == Permission::None {
            return Err(Refusal::NotFound);
        }
        if has < at_least {
            return forbidden(format!("Must have {} access to the repository.", at_least.role()));
        }
        if self.get_repo(repo)?.archived && at_least > Permission::Read {
            return forbidden("Repository was archived so is read-only.");
        }
        Ok(())
    }

    /// The changed files of a pull request, against the merge base, whole (not cut at the listing limit).
    pub fn pull_files(&self, pull: &Pull) -> Vec<FileChange> {
        let git = self.git(pull.repo);
        let base = self.merge_base(pull).and_then(|sha| git.files(&sha)).unwrap_or_default();
        let head = git.files(&pull.head_sha).unwrap_or_default();
        changes(git, &base, &head, self.limits.patch)
    }

    /// The merge base of a pull request. A merged or closed one keeps the base it had.
    pub fn merge_base(&self, pull: &Pull) -> Option<Oid> {
        let git = self.git(pull.repo);
        let tip = self.state.repos.get(&pull.repo).and_then(|repo| repo.branches.get(&pull.base));
        let base = match (pull.state, tip) {
            (super::model::PullState::Open, Some(tip)) => tip,
            _ => &pull.base_sha,
        };
        git.merge_base(base, &pull.head_sha)
    }

    /// The commits of a pull request, oldest first, whole.
    pub fn pull_commits(&self, pull: &Pull) -> Vec<Arc<Commit>> {
        let git = self.git(pull.repo);
        self.merge_base(pull).map(|base| git.commits_between(&base, &pull.head_sha)).unwrap_or_default()
    }

    pub(super) fn logged_commit(&self, repo: Id, commit: &Commit) -> LoggedCommit {
        let git = self.git(repo);
        let before = commit.parents.first().and_then(|sha| git.files(sha)).unwrap_or_default();
        let login = |user: Option<Id>| {
            user.and_then(|user| self.state.accounts.get(&user)).map(|account| account.login.clone())
        };
        LoggedCommit {
            sha: commit.sha.clone(),
            parents: commit.parents.clone(),
            author: login(commit.author.user),
            committer: login(commit.committer.user),
            message: commit.message.clone(),
            changed: logged_files(git, &before, &commit.files),
            files: commit.files.as_ref().clone(),
        }
    }
}

fn logged_files(git: &Git, before: &Files, after: &Files) -> Vec<LoggedFile> {
    let paths: BTreeSet<&String> =
        before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    let text = |oid: &Oid| git.blob(oid).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    paths
        .into_iter()
        .map(|path| LoggedFile {
            path: path.clone(),
            blob: after.get(path).cloned(),
            text: after.get(path).and_then(text),
        })
        .collect()
}

impl State {
    /// An account by login.
    pub fn account(&self, login: &str) -> Option<&Arc<Account>> {
        self.accounts.values().find(|account| !account.ghost && account.login.eq_ignore_ascii_case(login))
    }

    /// A repository by `owner/name`.
    pub fn repo(&self, full_name: &str) -> Option<&Arc<Repo>> {
        let (owner, name) = full_name.split_once('/')?;
        let owner = self.account(owner)?.id;
        self.repos.values().find(|repo| repo.owner == owner && repo.name.eq_ignore_ascii_case(name))
    }

    /// A pull request by number.
    pub fn pull(&self, repo: Id, number: u64) -> Option<&Arc<Pull>> {
        self.pulls.values().find(|pull| pull.repo == repo && pull.number == number)
    }

    /// An issue by number, a deleted one included; never a pull request.
    pub fn issue(&self, repo: Id, number: u64) -> Option<&Arc<super::model::Issue>> {
        self.issues.values().find(|issue| issue.repo == repo && issue.number == number)
    }

    /// A team by `org/slug` or `@org/slug`.
    pub fn team(&self, name: &str) -> Option<&Arc<Team>> {
        let (org, slug) = name.trim_start_matches('@').split_once('/')?;
        let org = self.account(org)?.id;
        self.teams.values().find(|team| team.org == org && team.slug.eq_ignore_ascii_case(slug))
    }

    /// `owner/name`.
    pub fn full_name(&self, repo: Id) -> String {
        self.repos.get(&repo).map_or_else(String::new, |repo| format!("{}/{}", self.login(repo.owner), repo.name))
    }

    /// A login; `ghost` for nobody.
    pub fn login(&self, account: Id) -> String {
        self.accounts.get(&account).map_or_else(|| "ghost".to_owned(), |account| account.login.clone())
    }

    /// Members of a team, those of the teams below included.
    pub fn team_members(&self, team: Id) -> BTreeSet<Id> {
        let mut members = BTreeSet::new();
        let (mut seen, mut open) = (BTreeSet::new(), vec![team]);
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            members.extend(self.teams.get(&next).into_iter().flat_map(|team| team.members.iter().copied()));
            open.extend(self.teams.values().filter(|team| team.parent == Some(next)).map(|team| team.id));
        }
        members
    }

    /// A team's permission in a repository; what a team above was granted holds below.
    pub fn team_permission(&self, team: Id, repo: Id) -> Permission {
        let (mut best, mut next, mut steps) = (Permission::None, Some(team), 0);
        while let Some(team) = next.and_then(|id| self.teams.get(&id)) {
            best = best.max(team.repos.get(&repo).copied().unwrap_or_default());
            next = if steps < 20 { team.parent } else { None };
            steps += 1;
        }
        best
    }

    /// A member's role in an organisation.
    pub fn org_role(&self, org: Id, user: Id) -> Option<super::model::OrgRole> {
        match &self.accounts.get(&org)?.kind {
            AccountKind::Organization { members, .. } => members.get(&user).copied(),
            _ => None,
        }
    }

    /// What an account may do in a repository. A bot is let through where its App is installed: the REST layer asks its grants.
    pub fn permission(&self, user: Id, repo: Id) -> Permission {
        let Some(repo) = self.repos.get(&repo) else {
            return Permission::None;
        };
        let public = if repo.private { Permission::None } else { Permission::Read };
        let Some(account) = self.accounts.get(&user).filter(|account| !account.ghost) else {
            return public;
        };
        if let AccountKind::Bot { app } = account.kind {
            let installed =
                self.installations.values().any(|i| i.app == app && i.suspended_at.is_none() && i.covers(repo));
            return if installed { Permission::Write } else { public };
        }
        if repo.owner == user {
            return Permission::Admin;
        }
        let mut best = public.max(repo.collaborators.get(&user).copied().unwrap_or_default());
        if let Some(AccountKind::Organization { members, base }) =
            self.accounts.get(&repo.owner).map(|owner| &owner.kind)
        {
            match members.get(&user) {
                Some(super::model::OrgRole::Owner) => return Permission::Admin,
                Some(super::model::OrgRole::Member) => best = best.max(*base),
                None => {}
            }
        }
        for team in self.teams.values().filter(|team| team.org == repo.owner && team.members.contains(&user)) {
            best = best.max(self.team_permission(team.id, repo.id));
        }
        best
    }

    /// The rules of a branch: its own, else those of a pattern that ends in `*`.
    pub fn rules(&self, repo: Id, branch: &str) -> Option<&super::model::Protection> {
        let rules = &self.repos.get(&repo)?.protection;
        rules.get(branch).or_else(|| {
            rules
                .iter()
                .find(|(name, _)| name.strip_suffix('*').is_some_and(|start| branch.starts_with(start)))
                .map(|(_, rules)| rules)
        })
    }
}

impl super::model::Installation {
    /// Does the installation reach this repository?
    pub fn covers(&self, repo: &Repo) -> bool {
        self.account == repo.owner && self.repos.as_ref().is_none_or(|repos| repos.contains(&repo.id))
    }
}
