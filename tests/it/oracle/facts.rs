//! The sandbox's log, played again: what was true after each entry. Naive on purpose, and its own: it asks the sandbox's model nothing.
//!
//! Logins, teams and organisations are held in lower case (GitHub does not distinguish). Not in the log, so assumed: an organisation's
//! base permission is at most read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use threadmodel::sandbox::log::{LogEntry, LogEvent, LoggedCommit, TextKind};
use threadmodel::sandbox::model::{OrgRole, Permission, ReviewState, Side};

use super::reading::Policy;

/// Repository and number.
pub(crate) type PullKey = (String, u64);

/// A commit, for ever.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) parents: Vec<String>,
    pub(crate) author: Option<String>,
    pub(crate) committer: Option<String>,
    /// Path → blob.
    pub(crate) files: BTreeMap<String, String>,
}

/// Everything that never changes once it exists.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub(crate) commits: HashMap<String, Commit>,
    pub(crate) texts: HashMap<String, String>,
    above: HashMap<String, Rc<BTreeSet<String>>>,
    // What is asked again and again, once: all of it follows from objects that never change.
    merge_bases: RefCell<HashMap<(String, String), Option<String>>>,
    policies: RefCell<HashMap<String, Option<Rc<Policy>>>>,
}

impl Objects {
    fn learn(&mut self, commit: &LoggedCommit) {
        for file in &commit.changed {
            if let (Some(blob), Some(text)) = (&file.blob, &file.text) {
                self.texts.insert(blob.clone(), text.clone());
            }
        }
        let lower = |login: &Option<String>| login.as_ref().map(|login| login.to_lowercase());
        let known = Commit {
            parents: commit.parents.clone(),
            author: lower(&commit.author),
            committer: lower(&commit.committer),
            files: commit.files.clone(),
        };
        let above =
            known.parents.iter().filter_map(|parent| self.above.get(parent)).flat_map(|above| above.iter().cloned());
        let above = above.chain(std::iter::once(commit.sha.clone())).collect();
        self.above.insert(commit.sha.clone(), Rc::new(above));
        self.commits.insert(commit.sha.clone(), known);
    }

    pub(crate) fn blob(&self, sha: &str, path: &str) -> Option<&str> {
        self.commits.get(sha)?.files.get(path).map(String::as_str)
    }

    pub(crate) fn text(&self, sha: &str, path: &str) -> Option<&str> {
        self.texts.get(self.blob(sha, path)?).map(String::as_str)
    }

    /// A commit and all that it stands on (parents come before children in the log).
    pub(crate) fn ancestors(&self, sha: &str) -> Rc<BTreeSet<String>> {
        self.above.get(sha).cloned().unwrap_or_default()
    }

    /// A common ancestor that is no ancestor of another one.
    pub(crate) fn merge_base(&self, a: &str, b: &str) -> Option<String> {
        let key = (a.to_owned(), b.to_owned());
        if let Some(known) = self.merge_bases.borrow().get(&key) {
            return known.clone();
        }
        let (above_a, above_b) = (self.ancestors(a), self.ancestors(b));
        let common: Vec<&String> = above_a.intersection(&above_b).collect();
        let found = common
            .iter()
            .find(|sha| common.iter().all(|other| other == *sha || !self.ancestors(other).contains(**sha)))
            .map(|sha| (*sha).clone());
        self.merge_bases.borrow_mut().insert(key, found.clone());
        found
    }

    /// The policy of a commit; `None`: broken.
    pub(crate) fn policy(&self, sha: &str) -> Option<Rc<Policy>> {
        let blob = self.blob(sha, ".github/threadmodel.yml").unwrap_or_default().to_owned();
        let known = self.policies.borrow().get(&blob).cloned();
        known.unwrap_or_else(|| {
            let read = Policy::of(self, sha).map(Rc::new);
            self.policies.borrow_mut().insert(blob, read.clone());
            read
        })
    }
}

/// A team, its direct members and what it was granted.
#[derive(Clone, Debug)]
pub(crate) struct Team {
    pub(crate) secret: bool,
    pub(crate) parent: Option<String>,
    pub(crate) members: BTreeSet<String>,
    pub(crate) repos: BTreeMap<String, Permission>,
}

/// Who is where and may do what.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    pub(crate) organisations: BTreeMap<String, BTreeMap<String, OrgRole>>,
    /// (organisation, slug) → team.
    pub(crate) teams: BTreeMap<(String, String), Team>,
    pub(crate) collaborators: BTreeMap<(String, String), Permission>,
    pub(crate) bots: BTreeSet<String>,
    pub(crate) gone: BTreeSet<String>,
    /// Everybody who was ever in a team: what a gate with an old cache would believe.
    pub(crate) once: BTreeSet<(String, String, String)>,
}

/// A repository's branches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    /// Repository → default branch.
    pub(crate) defaults: BTreeMap<String, String>,
    /// (repository, branch) → tip.
    pub(crate) branches: BTreeMap<(String, String), String>,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) author: String,
    pub(crate) base: String,
    pub(crate) stack_base: Option<String>,
    pub(crate) head_repo: String,
    pub(crate) head: String,
    pub(crate) head_sha: String,
    pub(crate) open: bool,
}

impl Pull {
    /// The branch whose rules decide.
    pub(crate) fn rules_from(&self) -> &str {
        self.stack_base.as_ref().unwrap_or(&self.base)
    }
}

/// A review. Its text and a comment's are [`Text`].
#[derive(Clone, Debug)]
pub(crate) struct Review {
    pub(crate) pull: PullKey,
    pub(crate) author: String,
    pub(crate) state: ReviewState,
    pub(crate) commit: String,
    pub(crate) at: i64,
    /// The base that the pull request had when it was submitted.
    pub(crate) base: String,
    /// Who dismissed it, and what it was before.
    pub(crate) dismissed: Option<(String, ReviewState)>,
    pub(crate) text: Text,
}

/// Where a thread stands.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) review: u64,
    pub(crate) path: String,
    pub(crate) side: Side,
    pub(crate) start_line: Option<u32>,
    pub(crate) line: Option<u32>,
    pub(crate) reply_to: Option<u64>,
}

/// A comment in the conversation or in a thread.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) pull: PullKey,
    pub(crate) author: String,
    pub(crate) at: i64,
    pub(crate) base: String,
    pub(crate) place: Option<Place>,
    pub(crate) deleted: bool,
    pub(crate) text: Text,
}

/// A text with its whole past.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// (when, who, what), oldest first; the last is what stands there.
    pub(crate) versions: Vec<(i64, String, String)>,
}

impl Text {
    pub(crate) fn body(&self) -> &str {
        self.versions.last().map_or("", |(_, _, body)| body)
    }

    pub(crate) fn editor(&self) -> &str {
        self.versions.last().map_or("", |(_, who, _)| who)
    }

    pub(crate) fn edited(&self) -> bool {
        self.versions.len() > 1
    }
}

/// A line to paste that the app showed on a check: the digest, and for which commit and check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    pub(crate) at: i64,
    pub(crate) repo: String,
    pub(crate) sha: String,
    pub(crate) name: String,
    pub(crate) digest: String,
}

/// Pull requests and what was said on them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) pulls: BTreeMap<PullKey, Pull>,
    pub(crate) reviews: BTreeMap<u64, Review>,
    pub(crate) comments: BTreeMap<u64, Comment>,
    pub(crate) printed: Vec<Printed>,
}

/// What was true at one moment, in the three parts that GitHub lets lag separately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) conversation: Arc<Conversation>,
    pub(crate) people: Arc<People>,
    pub(crate) code: Arc<Code>,
}

/// Plays the log.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    pub(crate) objects: Objects,
    pub(crate) now: Facts,
    app: String,
}

impl Replay {
    /// `app`: the login of the App's bot, `threadmodel[bot]`.
    pub(crate) fn new(app: &str) -> Self {
        Self { app: app.to_lowercase(), ..Self::default() }
    }

    pub(crate) fn app(&self) -> &str {
        &self.app
    }

    pub(crate) fn play(&mut self, entry: &LogEntry) {
        let actor = entry.actor.to_lowercase();
        self.play_people(&entry.what);
        self.play_code(&entry.what);
        self.play_pull(&actor, &entry.what);
        self.play_words(&actor, entry.at, &entry.what);
    }

    fn play_people(&mut self, what: &LogEvent) {
        match what {
            LogEvent::AccountAdded { login, kind: "Bot", .. } => {
                Arc::make_mut(&mut self.now.people).bots.insert(login.to_lowercase());
            }
            LogEvent::AccountDeleted { login } => {
                let (login, people) = (login.to_lowercase(), Arc::make_mut(&mut self.now.people));
                for team in people.teams.values_mut() {
                    team.members.remove(&login);
                }
                people.collaborators.retain(|(_, who), _| *who != login);
                people.gone.insert(login);
            }
            LogEvent::OrganizationMember { org, login, role } => {
                let members = Arc::make_mut(&mut self.now.people).organisations.entry(org.to_lowercase()).or_default();
                match role {
                    Some(role) => members.insert(login.to_lowercase(), *role),
                    None => members.remove(&login.to_lowercase()),
                };
            }
            LogEvent::TeamChanged { org, slug, secret, parent, members, repos, .. } => {
                let people = Arc::make_mut(&mut self.now.people);
                let (org, slug) = (org.to_lowercase(), slug.to_lowercase());
                let members: BTreeSet<String> = members.iter().map(|login| login.to_lowercase()).collect();
                people.once.extend(members.iter().map(|login| (org.clone(), slug.clone(), login.clone())));
                people.teams.insert(
                    (org, slug),
                    Team { secret: *secret, parent: parent.clone(), members, repos: repos.clone() },
                );
            }
            LogEvent::TeamDeleted { org, slug } => {
                Arc::make_mut(&mut self.now.people).teams.remove(&(org.to_lowercase(), slug.to_lowercase()));
            }
            LogEvent::CollaboratorChanged { repo, login, permission } => {
                let known = &mut Arc::make_mut(&mut self.now.people).collaborators;
                if *permission == Permission::None {
                    known.remove(&(repo.clone(), login.to_lowercase()));
                } else {
                    known.insert((repo.clone(), login.to_lowercase()), *permission);
                }
            }
            _ => {}
        }
    }

    fn play_code(&mut self, what: &LogEvent) {
        match what {
            LogEvent::RepositoryCreated { repo, default_branch, .. } => {
                Arc::make_mut(&mut self.now.code).defaults.insert(repo.clone(), default_branch.clone());
            }
            LogEvent::BranchMoved { repo, branch, after, commits, .. } => {
                for commit in commits {
                    self.objects.learn(commit);
                }
                let (key, branches) = ((repo.clone(), branch.clone()), &mut Arc::make_mut(&mut self.now.code).branches);
                match after {
                    Some(after) => branches.insert(key, after.clone()),
                    None => branches.remove(&key),
                };
            }
            _ => {}
        }
    }

    fn pull_mut(&mut self, repo: &str, number: u64) -> Option<&mut Pull> {
        Arc::make_mut(&mut self.now.conversation).pulls.get_mut(&(repo.to_owned(), number))
    }

    fn play_pull(&mut self, actor: &str, what: &LogEvent) {
        match what {
            LogEvent::PullOpened { repo, pull, base, head_repo, head, head_sha, stack_base, .. } => {
                let opened = Pull {
                    author: actor.to_owned(),
                    base: base.clone(),
                    stack_base: stack_base.clone(),
                    head_repo: head_repo.clone(),
                    head: head.clone(),
                    head_sha: head_sha.clone(),
                    open: true,
                };
                Arc::make_mut(&mut self.now.conversation).pulls.insert((repo.clone(), *pull), opened);
            }
            LogEvent::PullRetargeted { repo, pull, to, .. } => {
                if let Some(pull) = self.pull_mut(repo, *pull) {
                    pull.base.clone_from(to);
                }
            }
            LogEvent::PullStacked { repo, pull, stack_base } => {
                if let Some(pull) = self.pull_mut(repo, *pull) {
                    pull.stack_base.clone_from(stack_base);
                }
            }
            LogEvent::PullHeadMoved { repo, pull, after, .. } => {
                if let Some(pull) = self.pull_mut(repo, *pull) {
                    pull.head_sha.clone_from(after);
                }
            }
            LogEvent::PullClosed { repo, pull } | LogEvent::PullMerged { repo, pull, .. } => {
                if let Some(pull) = self.pull_mut(repo, *pull) {
                    pull.open = false;
                }
            }
            LogEvent::PullReopened { repo, pull } => {
                let branches = self.now.code.clone();
                if let Some(pull) = self.pull_mut(repo, *pull) {
                    pull.open = true;
                    // GitHub takes up what was pushed meanwhile.
                    if let Some(tip) = branches.branches.get(&(pull.head_repo.clone(), pull.head.clone())) {
                        pull.head_sha.clone_from(tip);
                    }
                }
            }
            _ => {}
        }
    }

    fn base_of(&self, key: &PullKey) -> String {
        self.now.conversation.pulls.get(key).map(|pull| pull.rules_from().to_owned()).unwrap_or_default()
    }

    fn play_words(&mut self, actor: &str, at: i64, what: &LogEvent) {
        let said = |body: &str| Text { versions: vec![(at, actor.to_owned(), body.to_owned())] };
        match what {
            LogEvent::ReviewSubmitted { repo, pull, review, state, commit, body } => {
                let key = (repo.clone(), *pull);
                let base = self.base_of(&key);
                let submitted = Review {
                    pull: key,
                    author: actor.to_owned(),
                    state: *state,
                    commit: commit.clone(),
                    at,
                    base,
                    dismissed: None,
                    text: said(body),
                };
                Arc::make_mut(&mut self.now.conversation).reviews.insert(*review, submitted);
            }
            LogEvent::ReviewDismissed { review, previous, .. } => {
                if let Some(review) = Arc::make_mut(&mut self.now.conversation).reviews.get_mut(review) {
                    review.state = ReviewState::Dismissed;
                    review.dismissed = Some((actor.to_owned(), *previous));
                }
            }
            LogEvent::ReviewCommentPosted {
                repo,
                pull,
                comment,
                review,
                path,
                side,
                start_line,
                line,
                reply_to,
                body,
                ..
            } => {
                let key = (repo.clone(), *pull);
                let place = Place {
                    review: *review,
                    path: path.clone(),
                    side: *side,
                    start_line: *start_line,
                    line: *line,
                    reply_to: *reply_to,
                };
                let posted = Comment {
                    base: self.base_of(&key),
                    pull: key,
                    author: actor.to_owned(),
                    at,
                    place: Some(place),
                    deleted: false,
                    text: said(body),
                };
                Arc::make_mut(&mut self.now.conversation).comments.insert(*comment, posted);
            }
            LogEvent::IssueCommentPosted { repo, pull, comment, body } => {
                let key = (repo.clone(), *pull);
                let posted = Comment {
                    base: self.base_of(&key),
                    pull: key,
                    author: actor.to_owned(),
                    at,
                    place: None,
                    deleted: false,
                    text: said(body),
                };
                Arc::make_mut(&mut self.now.conversation).comments.insert(*comment, posted);
            }
            LogEvent::TextEdited { kind, id, before, after, .. } if before != after => {
                let conversation = Arc::make_mut(&mut self.now.conversation);
                let text = match kind {
                    TextKind::Review => conversation.reviews.get_mut(id).map(|review| &mut review.text),
                    TextKind::ReviewComment | TextKind::IssueComment => {
                        conversation.comments.get_mut(id).map(|comment| &mut comment.text)
                    }
                };
                if let Some(text) = text {
                    text.versions.push((at, actor.to_owned(), after.clone()));
                }
            }
            LogEvent::CommentDeleted { id, .. } => {
                if let Some(comment) = Arc::make_mut(&mut self.now.conversation).comments.get_mut(id) {
                    comment.deleted = true;
                }
            }
            LogEvent::CheckRunWritten { repo, sha, name, title, summary, text, .. } if *actor == self.app => {
                for digest in [title, summary, text].into_iter().flatten().flat_map(|shown| digests(shown)) {
                    let printed = Printed { at, repo: repo.clone(), sha: sha.clone(), name: name.clone(), digest };
                    Arc::make_mut(&mut self.now.conversation).printed.push(printed);
                }
            }
            _ => {}
        }
    }
}

/// The digests of the override lines that a text shows.
fn digests(shown: &str) -> Vec<String> {
    let after = shown.split("/threadmodel override ").skip(1);
    after
        .map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect())
        .filter(|digest: &String| !digest.is_empty())
        .collect()
}
