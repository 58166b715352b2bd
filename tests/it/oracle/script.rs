//! A small GitHub on which people and an app are told what to do, line by line.

use std::sync::LazyLock;

use serde_json::json;
use threadmodel::sandbox::checks::{CheckOutput, CheckWrite};
use threadmodel::sandbox::log::{LogEntry, LogEvent};
use threadmodel::sandbox::model::{Id, Place, ReviewState};
use threadmodel::sandbox::pulls::NewPull;
use threadmodel::sandbox::repos::{Edit, Push};
use threadmodel::sandbox::reviews::{NewComment, NewReview, ReviewEvent};
use threadmodel::sandbox::world::World;

pub(crate) const APP: &str = "threadmodel[bot]";
pub(crate) const REPO: &str = "acme/api";
pub(crate) const EXPORT: &str = "design/export.md";
pub(crate) const DATA: &str = "design/data.md";

/// The document that is proposed. Every line is its own.
pub(crate) const EXPORT_TEXT: &str = "# Invoice export\n\nCustomers download the file through a signed link.\n\nThe worker writes the file to a bucket.\n\nSupport staff can open every export.\n\nExports are deleted after a day.\n<!-- reviewed by nobody -->\n";

/// What the app's two recommendations would change: (line, new text).
pub(crate) const SUGGESTIONS: [(u32, &str); 2] = [
    (3, "Customers sign in and download the file there."),
    (7, "Support staff open an export with a reason that is recorded."),
];

/// Two owning teams, a bot among the reviewers, a strict branch `main` and a lax one.
pub(crate) fn seed() -> serde_json::Value {
    let policy = |more: &str| format!("documents: [\"design/*.md\"]\ntrivial: {{ sample: 0 }}\n{more}");
    json!({
        "users": ["alice", "bob", "sam", "tess", "pia", "root"],
        "orgs": [{"login": "acme", "owners": ["root"], "members": ["alice", "bob", "sam", "tess", "pia"], "base": "read"}],
        "repos": [{
            "name": REPO, "private": true, "collaborators": {"alice": "write", "bob": "write"},
            "files": {
                "README.md": "An API.\n",
                "design/data.md": "# Data\n\nInvoices are kept for ten years.\n\nBackups are encrypted.\n",
                "design/old.md": "# Old\n\nNobody needs this any more.\n",
                ".github/CODEOWNERS": "/design/ @acme/security\n/design/data.md @acme/privacy\n",
                ".github/threadmodel.yml": policy("approval: { teams: [\"@acme/security\", \"@acme/privacy\"], required: 1, fallback: [\"@acme/security\"] }\n"),
            },
        }],
        "teams": [
            {"name": "acme/security", "members": ["sam", "tess"], "repos": {REPO: "write"}},
            {"name": "acme/privacy", "members": ["pia"], "repos": {REPO: "write"}},
        ],
        "apps": [
            {"slug": "threadmodel", "owner": "acme", "permissions": {"checks": "write"}, "install": ["acme"]},
            {"slug": "helper", "owner": "acme", "permissions": {"pull_requests": "write"}, "install": ["acme"]},
        ],
        "acts": [
            {"act": "set_org_member", "by": "root", "org": "acme", "user": "helper[bot]", "role": "member"},
            {"act": "set_team_member", "by": "root", "team": "acme/security", "user": "helper[bot]", "member": true},
            {"act": "push", "by": "root", "repo": REPO, "branch": "lax", "message": "Lax rules", "edits": [
                {"path": ".github/CODEOWNERS", "text": "/design/ @bob\n"},
                {"path": ".github/threadmodel.yml", "text": policy("approval: { required: 1 }\n")},
            ]},
        ],
    })
}

pub(crate) static BEGINNING: LazyLock<World> = LazyLock::new(|| {
    let mut world = World::new(1, 1_800_000_000_000);
    world.silent = true;
    world.seed(&serde_json::from_value(seed()).unwrap()).unwrap();
    world
});

/// The world, and short words for what happens in it. A refused act fails the test.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) world: World,
}

impl Script {
    pub(crate) fn new() -> Self {
        let mut script = Self { world: BEGINNING.clone() };
        script.later(60);
        script
    }

    pub(crate) fn id(&self, login: &str) -> Id {
        self.world.account(login).unwrap()
    }

    pub(crate) fn repo(&self) -> Id {
        self.world.repo(REPO).unwrap()
    }

    /// Time passes.
    pub(crate) fn later(&mut self, seconds: i64) {
        self.world.set_now(self.world.now() + seconds * 1000);
    }

    pub(crate) fn push(&mut self, by: &str, branch: &str, files: &[(&str, Option<&str>)]) -> String {
        self.push_as(by, branch, files, None)
    }

    /// A push whose commit names somebody else as its author.
    pub(crate) fn push_as(
        &mut self,
        by: &str,
        branch: &str,
        files: &[(&str, Option<&str>)],
        author: Option<&str>,
    ) -> String {
        let edits = files
            .iter()
            .map(|(path, text)| text.map_or_else(|| Edit::delete(path), |text| Edit::write(path, text)))
            .collect();
        let push = Push {
            branch: branch.to_owned(),
            message: "Update".to_owned(),
            edits,
            author: author.map(str::to_owned),
            ..Push::default()
        };
        self.world.push(self.id(by), self.repo(), &push).unwrap()
    }

    pub(crate) fn open(&mut self, by: &str, head: &str, base: &str) -> Id {
        let new =
            NewPull { title: "Design".to_owned(), base: base.to_owned(), head: head.to_owned(), ..NewPull::default() };
        self.world.open_pull(self.id(by), self.repo(), &new).unwrap()
    }

    /// Alice proposes the export document.
    pub(crate) fn proposal(&mut self) -> Id {
        self.push("alice", "export", &[(EXPORT, Some(EXPORT_TEXT))]);
        self.open("alice", "export", "main")
    }

    /// The proposal with its draft, a minute ago.
    pub(crate) fn drafted(&mut self) -> Id {
        let pull = self.proposal();
        self.later(60);
        self.draft(pull);
        self.later(60);
        pull
    }

    pub(crate) fn head(&self, pull: Id) -> String {
        self.world.state().pulls[&pull].head_sha.clone()
    }

    pub(crate) fn draft(&mut self, pull: Id) -> Id {
        draft(&mut self.world, pull).unwrap()
    }

    /// The comments of the app's recommendations, in order.
    pub(crate) fn recommendations(&self, pull: Id) -> Vec<Id> {
        let bot = self.id(APP);
        let all = self.world.state().comments.values().filter(|comment| {
            comment.pull == pull
                && comment.author == bot
                && matches!(comment.place, Place::Thread { reply_to: None, .. })
        });
        all.map(|comment| comment.id).collect()
    }

    pub(crate) fn review(&mut self, by: &str, pull: Id, event: ReviewEvent) -> Id {
        self.review_of(by, pull, event, None)
    }

    pub(crate) fn review_of(&mut self, by: &str, pull: Id, event: ReviewEvent, commit: Option<&str>) -> Id {
        let review = NewReview {
            event: Some(event),
            body: "I looked.".to_owned(),
            commit_id: commit.map(str::to_owned),
            comments: Vec::new(),
        };
        self.world.submit_review(self.id(by), pull, &review).unwrap()
    }

    pub(crate) fn approve(&mut self, by: &str, pull: Id) -> Id {
        self.review(by, pull, ReviewEvent::Approve)
    }

    /// An approval that GitHub would refuse, written into the log by hand.
    pub(crate) fn approve_by_hand(&mut self, by: &str, pull: Id) {
        let number = self.world.state().pulls[&pull].number;
        let what = LogEvent::ReviewSubmitted {
            repo: REPO.to_owned(),
            pull: number,
            review: 1,
            state: ReviewState::Approved,
            commit: self.head(pull),
            body: String::new(),
        };
        let seq = self.world.log.len() as u64;
        self.world.log.push(LogEntry { seq, at: self.world.now(), actor: by.to_owned(), what });
    }

    pub(crate) fn comment(&mut self, by: &str, pull: Id, body: &str) -> Id {
        self.world.comment(self.id(by), pull, body).unwrap()
    }

    pub(crate) fn reply(&mut self, by: &str, comment: Id, body: &str) -> Id {
        self.world.reply(self.id(by), comment, body).unwrap()
    }

    pub(crate) fn check(&mut self, pull: Id, conclusion: &str, summary: &str) {
        check(&mut self.world, pull, conclusion, summary);
    }

    pub(crate) fn green(&mut self, pull: Id) {
        self.check(pull, "success", "green");
    }

    /// A closed check that shows the line for an override.
    pub(crate) fn offer(&mut self, pull: Id, digest: &str) {
        self.check(pull, "action_required", &offer(digest));
    }
}

/// The line on a closed check that lets it through.
pub(crate) fn offer(digest: &str) -> String {
    format!("To let it through without approval: `/threadmodel override {digest} <reason>`")
}

/// The app posts its draft, with a thread for each recommendation where the document is still as proposed.
pub(crate) fn draft(world: &mut World, pull: Id) -> Option<Id> {
    let comment = |(index, (line, text)): (usize, &(u32, &str))| NewComment {
        path: EXPORT.to_owned(),
        line: Some(*line),
        body: format!(
            "**R{index}**\n\n```suggestion\n{text}\n```\n<!-- threadmodel:v1:recommendation.1.{index}.0:0 -->"
        ),
        ..NewComment::default()
    };
    let now = world.state().pulls[&pull].clone();
    let text = world.git(now.repo).text(&now.head_sha, EXPORT).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let stands =
        |line: u32| lines.get(line as usize - 1) == EXPORT_TEXT.lines().collect::<Vec<_>>().get(line as usize - 1);
    let comments: Vec<NewComment> =
        SUGGESTIONS.iter().enumerate().filter(|(_, (line, _))| stands(*line)).map(comment).collect();
    let bot = world.account(APP).ok()?;
    let body = "## Draft\n<!-- threadmodel:v1:draft.1.0.0:0 -->".to_owned();
    let whole = NewReview { event: Some(ReviewEvent::Comment), body: body.clone(), comments, commit_id: None };
    // Where the diff does not show the lines, the draft is its body alone.
    let bare = NewReview { event: Some(ReviewEvent::Comment), body, ..NewReview::default() };
    world.submit_review(bot, pull, &whole).or_else(|_| world.submit_review(bot, pull, &bare)).ok()
}

/// The app shows the check of a pull request's head.
pub(crate) fn check(world: &mut World, pull: Id, conclusion: &str, summary: &str) {
    let now = world.state().pulls[&pull].clone();
    let Some(app) = world.state().apps.values().find(|app| app.slug == "threadmodel").map(|app| app.id) else { return };
    let write = CheckWrite {
        name: Some(format!("threadmodel: {}", now.base)),
        head_sha: Some(now.head_sha.clone()),
        status: Some("completed".to_owned()),
        conclusion: Some(conclusion.to_owned()),
        output: Some(CheckOutput { title: Some(conclusion.to_owned()), summary: Some(summary.to_owned()), text: None }),
        ..CheckWrite::default()
    };
    let _ = world.create_check_run(app, now.repo, &write);
}
