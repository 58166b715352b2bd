//! What must cost nothing: asides after an approval, and a release with other prompts.

use std::sync::Arc;

use threadmodel::analyst::{Answer, Task};
use threadmodel::sandbox::model::Id;
use threadmodel::sandbox::pulls::NewPull;
use threadmodel::sandbox::repos::{Edit, Push};
use threadmodel::sandbox::reviews::{NewReview, ReviewEvent};
use threadmodel::sandbox::world::World;
use threadmodel::time::Millis;

use super::analyst;
use super::cast::{self, APP, BEGINNING, REPO};
use crate::plug::{App, Look};

const MINUTE: i64 = 60_000;

/// Many pull requests, and an app that looks until nothing is left to do.
struct Office {
    world: World,
    app: App,
}

impl Office {
    fn new() -> Self {
        let world = BEGINNING.clone();
        let app = *world.state().apps.keys().next().expect("an app");
        let installation = *world.state().installations.keys().next().expect("an installation");
        let mut app = App::new(1, app, installation, Arc::new(analyst::answer));
        app.settings.quiet = Millis(0);
        app.lags = false;
        let mut office = Self { world, app };
        office.later(10 * MINUTE);
        office
    }

    /// Time passes.
    fn later(&mut self, millis: i64) {
        self.world.set_now(self.world.now() + millis);
    }

    fn person(&self, login: &str) -> Id {
        self.world.account(login).unwrap()
    }

    /// A pull request with a document of its own.
    fn open(&mut self, number: usize) -> Id {
        let (ana, repo) = (self.person("ana"), self.world.repo(REPO).unwrap());
        let branch = format!("export-{number}");
        let push = Push {
            branch: branch.clone(),
            message: "Design".to_owned(),
            edits: vec![Edit::write(cast::PATH, &format!("{}\nExport number {number}.\n", cast::TEXT))],
            ..Push::default()
        };
        self.world.push(ana, repo, &push).unwrap();
        let new = NewPull { title: "Export".to_owned(), base: "main".to_owned(), head: branch, ..NewPull::default() };
        let pull = self.world.open_pull(ana, repo, &new).unwrap();
        self.settle(pull);
        pull
    }

    fn settle(&mut self, pull: Id) {
        for _ in 0..60 {
            self.later(1_000);
            match self.app.look(&mut self.world, pull) {
                Look::Quiet(Some(at)) if at.0 <= self.world.now() + 10 * MINUTE => {
                    self.world.set_now(at.0);
                }
                Look::Quiet(_) => return,
                Look::Again => self.later(5_000),
                Look::Restless => break,
            }
        }
        let trail = &self.app.trail;
        panic!("it does not come to rest: {:#?}", &trail[trail.len().saturating_sub(6)..]);
    }

    /// Our posts that began a thread, with their keys.
    fn threads(&self, pull: Id) -> Vec<Id> {
        let bot = self.person(APP);
        let ours = self.world.state().comments.values().filter(|c| c.pull == pull && c.author == bot);
        ours.filter(|c| c.body.contains(":v1:question.") || c.body.contains(":v1:recommendation."))
            .map(|c| c.id)
            .collect()
    }

    fn post(&self, pull: Id, key: &str) -> Id {
        let mark = format!("<!-- threadmodel:v1:{key}:");
        let found = self.world.state().comments.values().find(|c| c.pull == pull && c.body.contains(&mark));
        found.unwrap_or_else(|| panic!("no {key}")).id
    }

    fn reply(&mut self, who: &str, pull: Id, key: &str, text: &str) -> Id {
        self.later(2_000);
        let (by, to) = (self.person(who), self.post(pull, key));
        self.world.reply(by, to, text).unwrap()
    }

    fn say(&mut self, who: &str, pull: Id, text: &str) -> Id {
        self.later(2_000);
        let by = self.person(who);
        self.world.comment(by, pull, text).unwrap()
    }

    /// A pull request in this phase, at rest.
    fn in_phase(&mut self, number: usize, phase: Phase) -> Id {
        let pull = self.open(number);
        if phase >= Phase::Answered {
            self.say("ana", pull, "Q1: a\nQ3: b");
            self.reply("ben", pull, "question.1.2.0", "?");
            self.settle(pull);
        }
        if phase >= Phase::Drafted {
            self.reply("cat", pull, "question.1.2.0", "a");
            self.reply("cat", pull, "question.1.4.0", "no idea");
            self.settle(pull);
        }
        if phase >= Phase::Curated {
            self.reply("sec", pull, "recommendation.1.2.0", "/threadmodel drop we have that");
            self.reply("sue", pull, "recommendation.1.3.0", "/threadmodel raise");
            self.say("sec", pull, "/threadmodel settle");
            self.settle(pull);
        }
        if phase >= Phase::Approved {
            self.later(2_000);
            let by = self.person("sec");
            let approve = NewReview { event: Some(ReviewEvent::Approve), ..NewReview::default() };
            self.world.submit_review(by, pull, &approve).unwrap();
            self.settle(pull);
        }
        pull
    }

    fn conclusion(&self, pull: Id) -> Option<String> {
        let state = self.world.state();
        let head = &state.pulls[&pull].head_sha;
        state.runs.values().rfind(|r| r.sha == *head && r.name == "threadmodel: main")?.conclusion.clone()
    }

    /// From now on a call of the analyst fails the test.
    fn no_more_calls(&mut self) {
        self.app.analyst = Arc::new(|task: &Task| -> Answer { panic!("the analyst was called: {task:?}") });
        self.app.trail.clear();
    }

    /// What was done since: every look that had something to do.
    fn did(&self) -> Vec<&String> {
        self.app.trail.iter().filter(|line| !line.contains(": [] wake")).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Asked,
    Answered,
    Drafted,
    Curated,
    Approved,
}

const PHASES: [Phase; 5] = [Phase::Asked, Phase::Answered, Phase::Drafted, Phase::Curated, Phase::Approved];

/// The rules of the repository, with another methodology, other prompts and other context.
const OTHER_POLICY: &str = "approval: { teams: [\"@acme/security\"] }
trivial: { sample: 0 }
reminders: { after: 24h, then: wait }
questions: { rounds: 4 }
methodology: stride
prompts: .github/threadmodel/other-prompts
context: [\"docs/context/*.md\"]
";

#[test]
fn a_release_with_other_prompts_over_100_open_reviews_makes_no_call_and_no_write() {
    let mut office = Office::new();
    let pulls: Vec<(Id, Phase)> =
        (0..100).map(|n| (n, PHASES[n % 5])).map(|(n, p)| (office.in_phase(n, p), p)).collect();
    for (pull, phase) in &pulls {
        let open = office.conclusion(*pull).as_deref() == Some("success");
        assert_eq!(open, *phase == Phase::Approved, "{phase:?}");
    }
    // The new release: another analyst, with other answers. It is never asked.
    office.no_more_calls();
    let (root, repo) = (office.person("root"), office.world.repo(REPO).unwrap());
    let edits = vec![
        Edit::write(".github/threadmodel.yml", OTHER_POLICY),
        Edit::write(".github/threadmodel/other-prompts/ask.md", "Ask something else.\n"),
        Edit::write("docs/context/rules.md", "Every bucket has one reader.\n"),
    ];
    let push = Push { branch: "main".to_owned(), message: "Other prompts".to_owned(), edits, ..Push::default() };
    office.world.push(root, repo, &push).unwrap();
    office.later(10 * MINUTE);
    let before = office.world.log.len();
    for (pull, phase) in &pulls {
        let look = office.app.look(&mut office.world, *pull);
        assert!(matches!(look, Look::Quiet(_)), "{phase:?}: {look:?}");
        assert_eq!(office.did(), Vec::<&String>::new(), "{phase:?}");
    }
    assert_eq!(office.world.log.len(), before, "something was written");
}

#[test]
fn forty_asides_after_approval_call_no_analyst_and_write_nothing() {
    let mut office = Office::new();
    let pull = office.open(1);
    let thanks = office.reply("ben", pull, "question.1.2.0", "Thanks!");
    let soon = office.say("ana", pull, "I come back to this soon.");
    for (key, text) in
        [("question.1.1.0", "a"), ("question.1.2.0", "b"), ("question.1.3.0", "a"), ("question.1.4.0", "b")]
    {
        office.reply("ana", pull, key, text);
    }
    office.settle(pull);
    office.later(MINUTE);
    let approve = NewReview { event: Some(ReviewEvent::Approve), ..NewReview::default() };
    let by = office.person("sec");
    office.world.submit_review(by, pull, &approve).unwrap();
    office.settle(pull);
    assert_eq!(office.conclusion(pull).as_deref(), Some("success"));
    office.no_more_calls();
    let before = ours(&office);

    let words =
        ["Nice work.", "a", "?", "Q3: b", "ask @cat", "> How long does the signed link work?\n\nFor days.", "Ship it!"];
    let people = ["ana", "ben", "cat", "sec", "sue"];
    let threads = office.threads(pull);
    let mut said: Vec<(Id, Id)> = vec![(office.person("ben"), thanks), (office.person("ana"), soon)];
    for n in 0..40 {
        office.later(2_000);
        let (by, text) = (office.person(people[n % people.len()]), words[n % words.len()]);
        // Every thread, the conversation, and what was said before, in turn.
        match n % (threads.len() + 2) {
            place if place < threads.len() => said.push((by, office.world.reply(by, threads[place], text).unwrap())),
            place if place == threads.len() => said.push((by, office.world.comment(by, pull, text).unwrap())),
            _ => {
                let (who, comment) = said[n * 7 % said.len()];
                office.world.edit_comment(who, comment, &format!("{text} Edited.")).unwrap();
            }
        }
        office.settle(pull);
        assert_eq!(office.did(), Vec::<&String>::new(), "aside {n}: {text}");
    }
    for (who, comment) in said {
        office.later(2_000);
        office.world.edit_comment(who, comment, "b").unwrap();
        office.settle(pull);
        assert_eq!(office.did(), Vec::<&String>::new(), "an aside was edited");
    }
    assert_eq!(ours(&office), before, "something was written");
    assert_eq!(office.conclusion(pull).as_deref(), Some("success"));
}

/// How much the app ever wrote.
fn ours(office: &Office) -> usize {
    office.world.log.iter().filter(|entry| entry.actor == APP).count()
}
