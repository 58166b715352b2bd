//! Facts of one pull request, built by hand: a snapshot, a record, a time; and a small GitHub without lag that carries out
//! what `reconcile` decides, so that a draft can be brought to stand. No sandbox: what is here is what is said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use threadmodel::codeowners::Codeowners;
use threadmodel::digest::Canonical;
use threadmodel::policy::{Policy, TeamRef};
use threadmodel::review::effect::{Effect, LineComment};
use threadmodel::review::marker::{PostKey, PostKind};
use threadmodel::review::reconcile::{Plan, conclusion, reconcile};
use threadmodel::review::record::{Analysis, CheckState, Pin, Post, Record, Revision, Round};
use threadmodel::review::seen::body_digest;
use threadmodel::review::settings::Settings;
use threadmodel::review::snapshot::{
    Actor, ActorKind, App, BlobId, ChangedFile, CheckRun, CodeownersFile, Comment, Commit, CommitSha, Commits,
    Dismissal, FileStatus, Files, Known, NodeId, Permission, Person, Probed, Pull, PullRequestReview, PullState,
    Repository, ReviewState, Snapshot, Thread, UserId,
};
use threadmodel::review::verdict::{DocumentNeeds, Reason, Verdict, Why};
use threadmodel::review::wanted::Wanted;
use threadmodel::review::{check_key, want};
use threadmodel::text::Untrusted;
use threadmodel::threat_model::{
    Anchor, Effort, Question, Quotations, Recommendation, Severity, Slot, Suggestion, Threat, ThreatModel,
};
use threadmodel::time::{Millis, Timestamp};

/// The design document.
pub const PATH: &str = "docs/design/export.md";
/// Its text at head. The draft suggests another line 3.
pub const TEXT: &str =
    "# Export\n\nCustomers download the file through a signed link.\n\nExports are deleted after a day.\n";
/// Line 3 as the draft suggests it.
pub const SUGGESTED: &str = "Customers sign in and download the file.";
/// When the story begins; GitHub's times are whole seconds.
pub const START: Timestamp = Timestamp(1_795_400_000_000);

const POLICY: &str = "approval: { teams: [\"@acme/security\"] }\ntrivial: { sample: 0 }\n";

/// Everything that `want` and `reconcile` look at, and the analyses that were asked for.
#[derive(Clone)]
pub struct Facts {
    pub snapshot: Snapshot,
    pub record: Record,
    pub settings: Settings,
    pub now: Timestamp,
    /// Everything carried out so far.
    pub log: Vec<Effect>,
    next_id: u64,
}

/// A person or bot of the stories by login; ids are fixed by the name.
pub fn actor(login: &str) -> Actor {
    let id = match login {
        "ana" => 1,
        "ben" => 2,
        "sec" => 3,
        "sue" => 4,
        "lee" => 5,
        "threadmodel" => 90,
        "renovate" => 91,
        other => 1_000 + other.bytes().fold(0, |n, b| n * 31 % 100_000 + u64::from(b)),
    };
    let kind = if id == 90 || id == 91 { ActorKind::Bot } else { ActorKind::User };
    Actor { id: UserId(id), login: login.to_owned(), kind }
}

pub fn team(name: &str) -> TeamRef {
    TeamRef { org: "acme".to_owned(), slug: name.to_owned() }
}

/// The id that equal texts share.
pub fn blob(text: &str) -> BlobId {
    Canonical::new("test-blob", 1).text(text).finish().as_str().into()
}

fn anchor() -> Anchor {
    Anchor { path: PATH.to_owned(), start_line: 3, end_line: 3, quotation: "signed link".to_owned() }
}

/// A draft with one recommendation, which changes line 3.
pub fn model() -> ThreatModel {
    ThreatModel {
        methodology: "four-questions".to_owned(),
        summary: "Customers export invoices.".to_owned(),
        components: vec![],
        flows: vec![],
        facts: vec![],
        assumptions: vec![],
        threats: vec![Threat {
            id: "T1".to_owned(),
            concern: "link".to_owned(),
            story: "A forwarded mail opens invoices.".to_owned(),
            slot: Slot::Secrets,
            severity: Severity::High,
            impact: Severity::High,
            evidence: vec![],
        }],
        recommendations: vec![Recommendation {
            ordinal: 1,
            title: "Tie the link to the customer".to_owned(),
            threat: "T1".to_owned(),
            severity: Severity::High,
            effort: Effort::Small,
            change: "Ask people to sign in.".to_owned(),
            alternative: "Short links".to_owned(),
            trade_off: "A fresh mail still works once.".to_owned(),
            evidence: vec![],
            protects_today: String::new(),
            left_over: "A mailbox read while signed in.".to_owned(),
            anchor: anchor(),
            suggestion: Some(Suggestion {
                path: PATH.to_owned(),
                start_line: 3,
                end_line: 3,
                replacement: SUGGESTED.to_owned(),
            }),
        }],
        data: vec![],
        covered: vec![],
        set_aside: vec![],
        attack_tree: None,
        quotations: Quotations { checked: 0, found: 0 },
    }
}

/// A question about line 3.
pub fn question() -> Question {
    Question {
        concern: "link".to_owned(),
        subject: "signed link".to_owned(),
        slot: Slot::Secrets,
        anchor: anchor(),
        text: "How long does a signed link work?".to_owned(),
        choices: vec![],
        why: "A forwarded link opens the file.".to_owned(),
        value: 500,
    }
}

impl Facts {
    /// `ana` adds one design document. It belongs to `@acme/security`: `sec` and `sue`. Everybody known has write access.
    pub fn new() -> Self {
        let mut facts = Self {
            snapshot: empty(),
            record: Record::default(),
            settings: Settings { quiet: Millis(0), ..Settings::default() },
            now: START,
            log: Vec::new(),
            next_id: 100,
        };
        facts = facts.policy(POLICY).codeowners("/docs/design/ @acme/security\n").members("security", &["sec", "sue"]);
        for login in ["ana", "ben", "sec", "sue", "lee"] {
            facts = facts.permission(login, Known::Yes(Permission::Write));
        }
        facts.snapshot.trees.insert("base".into(), BTreeMap::from([(PATH.to_owned(), None)]));
        facts.push("ana", &[(PATH, Some(TEXT))])
    }

    /// With a draft that stands on GitHub.
    pub fn drafted() -> Self {
        Self::new().draft()
    }

    pub fn policy(mut self, yaml: &str) -> Self {
        self.snapshot.policy = Ok(Arc::new(Policy::parse(yaml).expect("a valid policy")));
        self
    }

    pub fn codeowners(mut self, text: &str) -> Self {
        let rules = Arc::new(Codeowners::parse(text));
        self.snapshot.codeowners = CodeownersFile::Loaded { path: ".github/CODEOWNERS".to_owned(), rules };
        self
    }

    pub fn members(mut self, name: &str, logins: &[&str]) -> Self {
        let ids = logins.iter().map(|login| actor(login).id).collect();
        self.snapshot.teams.insert(team(name), Known::Yes(ids));
        self
    }

    pub fn permission(mut self, login: &str, permission: Known<Permission>) -> Self {
        self.snapshot.people.insert(actor(login).id, Person { actor: actor(login), permission });
        self
    }

    /// Time passes.
    pub fn later(mut self, seconds: i64) -> Self {
        self.now = self.now.after(Millis::seconds(seconds));
        self
    }

    /// A commit on top of the head by somebody; `None` removes a file.
    pub fn push(self, by: &str, files: &[(&str, Option<&str>)]) -> Self {
        let parent = self.snapshot.pull.head.clone();
        self.commit(Some(by), &[parent], files)
    }

    /// A commit with these parents: the first one's files, changed.
    pub fn commit(mut self, by: Option<&str>, parents: &[CommitSha], files: &[(&str, Option<&str>)]) -> Self {
        self = self.later(10);
        let sha: CommitSha = format!("{:040x}", 0xc0_u64 + self.id()).into();
        let mut tree = self.snapshot.trees.get(&parents[0]).cloned().unwrap_or_default();
        for (path, text) in files {
            if let Some(text) = text {
                self.snapshot.blobs.insert(blob(text), (*text).into());
            }
            tree.insert((*path).to_owned(), text.map(blob));
            self.snapshot.trees.values_mut().for_each(|tree| {
                tree.entry((*path).to_owned()).or_insert(None);
            });
        }
        self.snapshot.trees.insert(sha.clone(), tree);
        self.snapshot.commits.list.push(Commit {
            sha: sha.clone(),
            parents: parents.to_vec(),
            author: by.map(actor),
            committer: by.map(actor),
        });
        self.snapshot.pull.head = sha;
        self.snapshot.pull.updated_at = self.now;
        self.snapshot.checks.clear();
        self.list_files();
        self
    }

    /// A text at the merge base.
    pub fn before(mut self, path: &str, text: &str) -> Self {
        self.snapshot.blobs.insert(blob(text), text.into());
        self.snapshot.trees.entry("base".into()).or_default().insert(path.to_owned(), Some(blob(text)));
        self.list_files();
        self
    }

    fn list_files(&mut self) {
        let nothing = BTreeMap::new();
        let base = self.snapshot.trees.get(&self.snapshot.merge_base).unwrap_or(&nothing);
        let head = self.snapshot.trees.get(&self.snapshot.pull.head).unwrap_or(&nothing);
        let changed = head.iter().filter_map(|(path, now)| {
            let before = base.get(path).cloned().flatten();
            let status = match (&before, now) {
                (before, now) if before == now => return None,
                (None, _) => FileStatus::Added,
                (_, None) => FileStatus::Removed,
                _ => FileStatus::Modified,
            };
            let text = now.as_ref().and_then(|now| self.snapshot.blobs.get(now)).filter(|_| before.is_none());
            let patch = text.map(|text| {
                let lines: Vec<String> = text.lines().map(|line| format!("+{line}")).collect();
                format!("@@ -0,0 +1,{} @@\n{}", lines.len(), lines.join("\n"))
            });
            Some(ChangedFile { path: path.clone(), previous_path: None, status, patch })
        });
        self.snapshot.files = Files { list: changed.collect(), complete: true };
    }

    /// A submitted review by somebody on the head, ten seconds later.
    pub fn review(mut self, login: &str, state: ReviewState) -> Self {
        self = self.later(10);
        let id = self.id();
        let review = PullRequestReview {
            post: comment(id, actor(login), "…", None, self.now),
            state,
            commit: Some(self.snapshot.pull.head.clone()),
            submitted_at: self.now,
        };
        self.snapshot.reviews.push(review);
        self
    }

    pub fn approve(self, login: &str) -> Self {
        self.review(login, ReviewState::Approved)
    }

    pub fn object(self, login: &str) -> Self {
        self.review(login, ReviewState::ChangesRequested)
    }

    /// `by` dismisses the last review of `whose`.
    pub fn dismiss(mut self, whose: &str, by: &str) -> Self {
        self = self.later(10);
        let review = self.last_review(whose);
        let previous = std::mem::replace(&mut review.state, ReviewState::Dismissed);
        let dismissed = review.post.node.clone();
        let dismissal = Dismissal { review: dismissed, actor: Some(actor(by)), previous, at: self.now };
        self.snapshot.dismissals.push(dismissal);
        self
    }

    pub fn last_review(&mut self, whose: &str) -> &mut PullRequestReview {
        let who = actor(whose).id;
        let mine = |r: &&mut PullRequestReview| r.post.author.as_ref().is_some_and(|a| a.id == who);
        self.snapshot.reviews.iter_mut().rfind(mine).expect("a review")
    }

    /// A comment in the conversation.
    pub fn say(mut self, login: &str, body: &str) -> Self {
        self = self.later(10);
        let id = self.id();
        self.snapshot.comments.push(comment(id, actor(login), body, None, self.now));
        self
    }

    /// An empty round and a draft are in the record, and everything is brought to stand.
    pub fn draft(mut self) -> Self {
        let documents: BTreeMap<String, BlobId> = self
            .snapshot
            .trees
            .get(&self.snapshot.pull.head)
            .into_iter()
            .flatten()
            .filter_map(|(path, blob)| Some((path.clone(), blob.clone()?)))
            .filter(|(path, _)| path.starts_with("docs/design/"))
            .collect();
        let key = |name: &str| Canonical::new("test-analysis", 1).text(name).finish();
        let head = self.snapshot.pull.head.clone();
        self.record.rounds.push(Round {
            ordinal: 1,
            key: key("ask"),
            head: head.clone(),
            documents: documents.clone(),
            questions: vec![],
            placed: Default::default(),
            at: self.now,
            by_command: None,
            facts: vec![],
            considered: vec![],
        });
        self.record.texts.extend(documents.values().map(|b| (b.clone(), self.snapshot.blobs[b].clone())));
        self.record.revisions.push(Revision {
            number: 1,
            key: key("draft"),
            // Placed for the head by the first look.
            head,
            documents,
            model: model(),
            placed: Default::default(),
            questions: vec![],
            dropped: BTreeMap::new(),
            witnessed: BTreeSet::new(),
            settled_at: None,
            restored: BTreeMap::new(),
            reruns: 0,
            curated: false,
            at: self.now,
            notes: BTreeMap::new(),
            foreign: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            answered: BTreeMap::new(),
            heard: BTreeMap::new(),
            redrafted: None,
        });
        self.settle()
    }

    /// A round with one question on line 3 is in the record; nothing is posted yet.
    pub fn question(mut self) -> Self {
        let tree = &self.snapshot.trees[&self.snapshot.pull.head];
        let documents: BTreeMap<String, BlobId> =
            tree.iter().filter_map(|(path, blob)| Some((path.clone(), blob.clone()?))).collect();
        self.record.texts.extend(documents.values().map(|b| (b.clone(), self.snapshot.blobs[b].clone())));
        self.record.rounds.push(Round {
            ordinal: 1,
            key: Canonical::new("test-analysis", 1).text("ask").finish(),
            head: self.snapshot.pull.head.clone(),
            documents,
            questions: vec![question()],
            placed: Default::default(),
            at: self.now,
            by_command: None,
            facts: vec![],
            considered: vec![],
        });
        self
    }

    /// With a question that stands on GitHub.
    pub fn asked() -> Self {
        Self::new().question().settle()
    }

    /// Somebody answers in the thread of a post.
    pub fn reply(mut self, to: PostKey, login: &str, body: &str) -> Self {
        self = self.later(10);
        let id = self.id();
        let said = comment(id, actor(login), body, None, self.now);
        let thread = self.snapshot.threads.iter_mut().find(|t| t.comments[0].marker == Some(to)).expect("a thread");
        thread.comments.push(said);
        self
    }

    pub fn want(&self) -> Wanted {
        want(&self.snapshot, &self.record, &self.settings, self.now)
    }

    pub fn plan(&self) -> Plan {
        reconcile(&self.want(), &self.record, &self.snapshot, &self.settings, self.now)
    }

    /// Looks until nothing is left to do now.
    pub fn settle(mut self) -> Self {
        for _ in 0..50 {
            let plan = self.plan();
            if plan.effects.is_empty() {
                return self;
            }
            for effect in plan.effects {
                self.carry_out(effect);
            }
        }
        panic!("it does not come to rest: {:?}", self.plan().effects);
    }

    /// What only the record must learn is learnt.
    pub fn settle_pins(mut self) -> Self {
        loop {
            match self.plan().effects.as_slice() {
                [Effect::Pin(pins)] => pins.iter().cloned().for_each(|pin| self.record.apply(pin)),
                _ => return self,
            }
        }
    }

    /// The verdict once everything that follows from the facts was done.
    pub fn verdict(&self) -> Verdict {
        self.clone().settle().want().verdict
    }

    pub fn is_open(&self) -> bool {
        self.verdict().is_open()
    }

    pub fn reasons(&self) -> Vec<Reason> {
        match self.verdict() {
            Verdict::Open { ground } => panic!("open: {ground:?}"),
            Verdict::Closed { reasons } => reasons,
        }
    }

    /// When a post of ours was written.
    pub fn post_time(&self, key: PostKey) -> Timestamp {
        self.clone().post_mut(key).expect("the post").created_at
    }

    /// When somebody's last review was submitted.
    pub fn last_time(&self, whose: &str) -> Timestamp {
        self.clone().last_review(whose).submitted_at
    }

    /// What the documents still need.
    pub fn needs(&self) -> Vec<DocumentNeeds> {
        let approvals = |r| if let Reason::Approvals(needs) = r { Some(needs) } else { None };
        self.reasons().into_iter().filter_map(approvals).collect()
    }

    /// Why this person's approval does not count for the first document that lacks some.
    pub fn why_not(&self, login: &str) -> Why {
        let needs = self.needs();
        let found = needs.iter().flat_map(|n| &n.not_counted).find(|(who, _)| who == login);
        found.unwrap_or_else(|| panic!("{login} is not named: {:?}", self.reasons())).1.clone()
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// A post of the app as GitHub would show it.
    pub fn posted(&mut self, key: Option<PostKey>, body: &str) -> Comment {
        let id = self.id();
        comment(id, actor("threadmodel"), body, key, self.now)
    }

    /// Any comment, thread comment or review body by its key.
    pub fn post_mut(&mut self, key: PostKey) -> Option<&mut Comment> {
        let Snapshot { reviews, threads, comments, .. } = &mut self.snapshot;
        reviews
            .iter_mut()
            .map(|r| &mut r.post)
            .chain(threads.iter_mut().flat_map(|t| &mut t.comments))
            .chain(comments)
            .find(|c| c.marker == Some(key))
    }

    /// Somebody deletes a post.
    pub fn remove(&mut self, key: PostKey) {
        self.snapshot.threads.retain(|t| t.comments.first().is_some_and(|c| c.marker != Some(key)));
        self.snapshot.comments.retain(|c| c.marker != Some(key));
        self.snapshot.reviews.retain(|r| r.post.marker != Some(key));
    }

    /// GitHub does as asked, at once; the answer is noted.
    pub fn carry_out(&mut self, effect: Effect) {
        self.now = self.now.after(Millis::seconds(1));
        self.log.push(effect.clone());
        for pin in self.written(effect) {
            self.record.apply(pin);
        }
    }

    fn written(&mut self, effect: Effect) -> Vec<Pin> {
        let now = self.now;
        match effect {
            Effect::Pin(pins) => pins,
            Effect::Analyse(analysis) => {
                self.record.analyses.insert(analysis.key, Analysis::Waiting { since: now });
                vec![]
            }
            Effect::PostReview { key, body, comments, .. } => {
                let post = self.posted(key, body.as_str());
                let mut pins: Vec<Pin> = key.iter().map(|key| done(*key, &post)).collect();
                let head = self.snapshot.pull.head.clone();
                self.snapshot.reviews.push(PullRequestReview {
                    post,
                    state: ReviewState::Commented,
                    commit: Some(head),
                    submitted_at: now,
                });
                for LineComment { key, path, line, body, .. } in comments {
                    let post = self.posted(Some(key), body.as_str());
                    pins.push(done(key, &post));
                    let node = format!("T{}", post.id).into();
                    let line = Some(line);
                    let (resolved, outdated, comments) = (false, false, vec![post]);
                    self.snapshot.threads.push(Thread {
                        node,
                        path,
                        line,
                        resolved,
                        resolved_by: None,
                        outdated,
                        comments,
                    });
                }
                pins
            }
            Effect::PostReply { key, to, body, .. } => {
                let post = self.posted(Some(key), body.as_str());
                let pin = done(key, &post);
                let thread = self.snapshot.threads.iter_mut().find(|t| t.comments[0].id == to).expect("a thread");
                thread.comments.push(post);
                vec![pin]
            }
            Effect::PostComment { key, body, .. } => {
                let post = self.posted(Some(key), body.as_str());
                let pin = done(key, &post);
                self.snapshot.comments.push(post);
                vec![pin]
            }
            Effect::Edit { key, body, .. } => {
                let post = self.post_mut(key).expect("the post that is edited");
                post.body = Untrusted::new(body.as_str());
                post.editor = Some(actor("threadmodel"));
                post.last_edited_at = Some(now);
                let pin = done(key, post);
                vec![pin]
            }
            Effect::Undouble { key, id, .. } => {
                self.snapshot.threads.retain(|t| t.comments.first().is_some_and(|c| c.id != id));
                self.snapshot.comments.retain(|c| c.id != id);
                self.snapshot.reviews.iter_mut().filter(|r| r.post.id == id).for_each(|r| r.post.marker = None);
                vec![Pin::Undoubled(key, id)]
            }
            Effect::WriteCheck { check, id } => {
                let fresh = self.id();
                let id = id.unwrap_or(fresh);
                self.snapshot.checks.retain(|run| run.id != id);
                let word = conclusion(&check).map(str::to_owned);
                let green = word.as_deref() == Some("success");
                let run = CheckRun {
                    id,
                    name: check.key.name.clone(),
                    external_id: String::new(),
                    conclusion: word,
                    title: check.title.clone(),
                    summary: check.summary.as_str().to_owned(),
                    text: String::new(),
                };
                self.snapshot.checks.insert(0, run);
                vec![Pin::Check(check.key.clone(), CheckState::Done { id, content: check.digest(), green, at: now })]
            }
            Effect::RequestReview(reviewer) => {
                vec![Pin::AskedAgain { revision: reviewer.revision, who: reviewer.who, refused: None }]
            }
            Effect::Probe(nodes) => {
                for node in nodes {
                    let there = self.nodes().any(|n| *n == node);
                    self.snapshot.probed.insert(node, if there { Probed::Present } else { Probed::Gone });
                }
                vec![]
            }
        }
    }

    fn nodes(&self) -> impl Iterator<Item = &NodeId> {
        let reviews = self.snapshot.reviews.iter().map(|r| &r.post);
        let threads = self.snapshot.threads.iter().flat_map(|t| &t.comments);
        reviews.chain(threads).chain(&self.snapshot.comments).map(|c| &c.node)
    }

    /// Name and commit of the check run.
    pub fn check_key(&self) -> threadmodel::review::record::CheckKey {
        check_key(&self.snapshot)
    }

    /// What GitHub shows as the check's conclusion.
    pub fn conclusion(&self) -> Option<&str> {
        self.snapshot.checks.first()?.conclusion.as_deref()
    }
}

fn done(key: PostKey, post: &Comment) -> Pin {
    let at = post.last_edited_at.unwrap_or(post.created_at);
    let body = body_digest(post.body.raw());
    Pin::Post(key, Post::Done { node: post.node.clone(), id: post.id, body, at })
}

/// The round's review.
pub const ROUND: PostKey = PostKey::new(PostKind::Round, 1, 0, 0);
/// Its one question.
pub const Q1: PostKey = PostKey::new(PostKind::Question, 1, 1, 0);
/// The answer to the first command.
pub const ANSWER: PostKey = PostKey::new(PostKind::CommandReply, 0, 1, 0);
/// The draft's review.
pub const DRAFT: PostKey = PostKey::new(PostKind::Draft, 1, 0, 0);
/// Its one recommendation.
pub const R1: PostKey = PostKey::new(PostKind::Recommendation, 1, 1, 0);

pub fn comment(id: u64, author: Actor, body: &str, marker: Option<PostKey>, at: Timestamp) -> Comment {
    Comment {
        node: format!("N{id}").into(),
        id,
        author: Some(author),
        editor: None,
        body: Untrusted::new(body),
        marker,
        associated: true,
        minimized: false,
        created_at: at,
        last_edited_at: None,
    }
}

fn empty() -> Snapshot {
    Snapshot {
        repository: Repository {
            id: 7,
            owner: "acme".to_owned(),
            name: "api".to_owned(),
            public: false,
            default_branch: "main".to_owned(),
        },
        app: App { id: 8, slug: "threadmodel".to_owned(), installation: 9, installed_at: Timestamp(0) },
        pull: Pull {
            id: 70,
            number: 42,
            node: "PR".into(),
            title: Untrusted::new("Export"),
            body: Untrusted::new(""),
            author: Some(actor("ana")),
            associated: true,
            state: PullState::Open,
            draft: false,
            head: "base".into(),
            base: "main".to_owned(),
            base_sha: "base".into(),
            created_at: START,
            updated_at: START,
        },
        policy: Ok(Arc::new(Policy::default())),
        codeowners: CodeownersFile::Missing,
        codeowners_errors: Known::Yes(vec![]),
        files: Files { list: vec![], complete: true },
        merge_base: "base".into(),
        commits: Commits { list: vec![], complete: true },
        trees: BTreeMap::new(),
        blobs: BTreeMap::new(),
        reviews: vec![],
        dismissals: vec![],
        threads: vec![],
        comments: vec![],
        checks: vec![],
        people: BTreeMap::new(),
        teams: BTreeMap::new(),
        probed: BTreeMap::new(),
        context: Vec::new(),
        decided: Vec::new(),
        prompts: BTreeMap::new(),
        context_left_out: Vec::new(),
        named: BTreeMap::new(),
        issues: BTreeMap::new(),
        retargeted_at: None,
        conversation_resolution: false,
        siblings: vec![],
        observed_at: START,
    }
}
