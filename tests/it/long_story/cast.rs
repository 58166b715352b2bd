//! Who takes part in the long story, and what each does when: fixed, whatever the app has seen by then.

use std::sync::LazyLock;

use serde_json::json;
use threadmodel::sandbox::model::Id;
use threadmodel::sandbox::pulls::NewPull;
use threadmodel::sandbox::repos::Edit;
use threadmodel::sandbox::reviews::{NewComment, NewReview, ReviewEvent};
use threadmodel::sandbox::world::World;

pub const APP: &str = "threadmodel[bot]";
pub const REPO: &str = "acme/api";
pub const PATH: &str = "docs/design/export.md";

/// Monday morning.
pub const START: i64 = 1_795_400_000_000;
pub const MINUTE: i64 = 60_000;

pub const TEXT: &str = "# Invoice export

Customers download the file through a signed link.

The worker writes the file to a bucket.

Support staff can open every export.

Exports are deleted after a while.
";

const POLICY: &str = "approval: { teams: [\"@acme/security\"] }
trivial: { sample: 0 }
reminders: { after: 24h, then: wait }
questions: { rounds: 4 }
";

/// Three developers, two security reviewers, one repository.
pub static BEGINNING: LazyLock<World> = LazyLock::new(|| {
    let mut world = World::new(11, START - 5 * MINUTE);
    world.silent = true;
    let seed = json!({
        "users": ["ana", "ben", "cat", "sec", "sue", "root"],
        "orgs": [{"login": "acme", "owners": ["root"], "members": ["ana", "ben", "cat", "sec", "sue"], "base": "read"}],
        "repos": [{"name": REPO, "private": true, "default_branch": "main",
            "files": {".github/CODEOWNERS": "/docs/design/ @acme/security\n", ".github/threadmodel.yml": POLICY},
            "collaborators": {"ana": "write", "ben": "write", "cat": "write"}}],
        "teams": [{"name": "acme/security", "members": ["sec", "sue"], "repos": {REPO: "write"}}],
        "apps": [{"slug": "threadmodel", "owner": "acme", "install": ["acme"]}]
    });
    world.seed(&serde_json::from_value(seed).expect("a seed")).expect("seeded");
    world
});

/// What a person does.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// The document is pushed and the pull request opened.
    Open,
    /// A line is added at the end (`None`), or the one that begins so is replaced.
    Push(Option<&'static str>, &'static str),
    /// A comment in the conversation.
    Say(&'static str),
    /// A reply in the thread of one of the app's posts.
    Reply(&'static str, &'static str),
    /// A new thread on a line.
    OnLine(u32, &'static str),
    /// Their comment that began so now says something else.
    EditOwn(&'static str, &'static str),
    /// Their comment that began so goes.
    DeleteOwn(&'static str),
    /// "Commit suggestion" on one of the app's posts.
    Commit(&'static str),
    Review(ReviewEvent),
}

use Act::*;

const Q1: &str = "question.1.1.0";
const Q2: &str = "question.1.2.0";
const Q3: &str = "question.1.3.0";
const Q4: &str = "question.1.4.0";
const Q5: &str = "question.2.1.0";
const R1: &str = "recommendation.1.1.0";
const R2: &str = "recommendation.1.2.0";
const R3: &str = "recommendation.1.3.0";
const R4: &str = "recommendation.1.4.0";

const fn at(hour: i64, minute: i64) -> i64 {
    hour * 60 + minute
}

/// Minutes since [`START`], who, what. What needs a post of the app comes hours after what makes the app post it; minutes lie
/// only between acts of people.
pub const SCRIPT: &[(i64, &str, Act)] = &[
    (at(0, 0), "ana", Open),
    // Too early: there is no draft.
    (at(2, 0), "sec", Review(ReviewEvent::Approve)),
    // Answers by number, an aside, a question back that is overtaken by an answer.
    (at(3, 0), "ana", Say("Q1: a\nQ3: b, all of them")),
    (at(3, 3), "ben", Reply(Q2, "Thanks, that is thorough.")),
    (at(5, 0), "ben", Reply(Q2, "?")),
    (at(5, 3), "cat", Reply(Q2, "a, only the worker")),
    // A disagreement, settled hours later.
    (at(7, 0), "ben", Reply(Q3, "a, the leads")),
    (at(9, 0), "ana", Reply(Q3, "a. Ben is right.")),
    // A contradiction that is taken back within minutes.
    (at(11, 0), "cat", Reply(Q1, "b, I think")),
    (at(11, 4), "cat", DeleteOwn("b, I think")),
    // An answer that is corrected hours later.
    (at(13, 0), "cat", EditOwn("a, only the worker", "b, all of engineering")),
    (at(15, 0), "ana", Reply(Q4, "ask @cat")),
    (at(16, 0), "ben", Say("I like where this is going.")),
    // The second push adds a partner.
    (at(17, 0), "ben", Push(None, "A partner fetches a copy every night.")),
    // A long silence; then the rest is answered.
    (at(46, 0), "cat", Reply(Q4, "No idea either.")),
    (at(48, 0), "ana", Reply(Q5, "a, it signs requests")),
    // Curation.
    (at(50, 0), "sue", Reply(R2, "/threadmodel edit title: Give the bucket to the worker alone")),
    (at(50, 1), "sec", Reply(R3, "/threadmodel lower")),
    (at(50, 2), "sue", Say("/threadmodel add Tell customers when support opened their file.")),
    (at(51, 0), "sec", Say("/threadmodel merge R3 R5")),
    (at(51, 1), "sec", OnLine(9, "/threadmodel add Record who downloads.")),
    (at(52, 0), "sue", Say("/threadmodel drop R6 the platform records it")),
    (at(52, 1), "ben", Reply(R1, "/threadmodel drop too much work")),
    (at(53, 0), "sue", Say("/threadmodel challenge A1")),
    (at(55, 0), "ana", Reply(Q4, "b, when support is asked")),
    (at(58, 0), "sec", Say("/threadmodel settle")),
    // Adoption, in the words of the draft, in other words, not, and not now.
    (at(59, 0), "ben", Commit(R1)),
    (at(60, 0), "ana", Reply(R3, "/threadmodel decline support is on call")),
    (at(61, 0), "sue", Reply(R4, "/threadmodel accept-risk one customer so far, until 2027-03-31")),
    (at(62, 0), "ana", Push(Some("The worker writes"), "The worker writes the file to a bucket for exports.")),
    (at(64, 0), "sue", Review(ReviewEvent::Approve)),
    // Another change after the approval.
    (at(66, 0), "cat", Push(None, "A second partner is planned.")),
    (at(68, 0), "sec", Review(ReviewEvent::RequestChanges)),
    (at(70, 0), "sec", Review(ReviewEvent::Approve)),
    // Ten asides.
    (at(72, 0), "ana", Say("Shipping this on Thursday.")),
    (at(72, 1), "ana", Reply(R1, "Done.")),
    (at(72, 2), "ben", Reply(Q2, "Thanks again.")),
    (at(73, 0), "sue", Reply(R2, "Nice.")),
    (at(73, 1), "cat", Reply(Q5, "b, on second thoughts")),
    (at(74, 0), "sec", Say("Well done, all.")),
    (at(74, 0), "ben", EditOwn("Thanks, that", "Thanks, that was thorough.")),
    (at(74, 30), "ana", EditOwn("Shipping this", "Shipping this on Friday.")),
    (at(75, 0), "ben", Reply(R4, "Noted.")),
    (at(75, 1), "cat", Say("Q4: a")),
    (at(76, 0), "ana", Reply(Q1, "?")),
];

/// The app's post with this key.
pub fn post(world: &World, key: &str) -> Option<Id> {
    let mark = format!("<!-- threadmodel:v1:{key}:");
    world.state().comments.values().find(|c| c.body.contains(&mark)).map(|c| c.id)
}

fn own(world: &World, who: Id, began: &str) -> Option<Id> {
    world.state().comments.values().find(|c| c.author == who && c.body.starts_with(began)).map(|c| c.id)
}

/// The pull request, once it is open.
pub fn pull(world: &World) -> Option<Id> {
    world.pull(world.repo(REPO).ok()?, 1).ok()
}

/// Does it; a refusal fails the story.
pub fn perform(world: &mut World, who: &str, act: Act) -> Result<(), String> {
    let by = world.account(who).map_err(|r| format!("{r:?}"))?;
    let repo = world.repo(REPO).map_err(|r| format!("{r:?}"))?;
    let refused = |r| format!("{act:?}: {r:?}");
    let missing = || format!("{act:?}: there is no such post");
    let Some(pull) = pull(world) else {
        push(world, by, repo, TEXT.to_owned())?;
        let (title, head) = ("Invoice export".to_owned(), "export".to_owned());
        let new = NewPull { title, base: "main".to_owned(), head, ..NewPull::default() };
        return world.open_pull(by, repo, &new).map(drop).map_err(refused);
    };
    match act {
        Open => Err("opened twice".to_owned()),
        Push(begins, line) => {
            let head = world.state().pulls[&pull].head_sha.clone();
            let text = world.git(repo).text(&head, PATH).unwrap_or_default();
            push(world, by, repo, changed(&text, begins, line))
        }
        Say(text) => world.comment(by, pull, text).map(drop).map_err(refused),
        Reply(key, text) => {
            let to = post(world, key).ok_or_else(missing)?;
            world.reply(by, to, text).map(drop).map_err(refused)
        }
        OnLine(line, text) => {
            let (path, body) = (PATH.to_owned(), text.to_owned());
            let comment = NewComment { path, body, line: Some(line), ..NewComment::default() };
            world.comment_on_line(by, pull, None, &comment).map(drop).map_err(refused)
        }
        EditOwn(began, text) => {
            let comment = own(world, by, began).ok_or_else(missing)?;
            world.edit_comment(by, comment, text).map_err(refused)
        }
        DeleteOwn(began) => {
            let comment = own(world, by, began).ok_or_else(missing)?;
            world.delete_comment(by, comment).map_err(refused)
        }
        Commit(key) => {
            let comment = post(world, key).ok_or_else(missing)?;
            world.commit_suggestion(by, comment).map(drop).map_err(refused)
        }
        Review(event) => {
            let body = if event == ReviewEvent::Approve { String::new() } else { "Say more.".to_owned() };
            let review = NewReview { event: Some(event), body, ..NewReview::default() };
            world.submit_review(by, pull, &review).map(drop).map_err(refused)
        }
    }
}

fn push(world: &mut World, by: Id, repo: Id, text: String) -> Result<(), String> {
    let (branch, message) = ("export".to_owned(), "Update the design".to_owned());
    let push = threadmodel::sandbox::repos::Push {
        branch,
        message,
        edits: vec![Edit::write(PATH, &text)],
        ..threadmodel::sandbox::repos::Push::default()
    };
    world.push(by, repo, &push).map(drop).map_err(|r| format!("{r:?}"))
}

fn changed(text: &str, begins: Option<&str>, line: &str) -> String {
    match begins {
        None => format!("{text}\n{line}\n"),
        Some(begins) => {
            text.lines().map(|old| if old.starts_with(begins) { line } else { old }).map(|l| format!("{l}\n")).collect()
        }
    }
}
