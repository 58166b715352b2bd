//! The happy path of the pure core over the sandbox's world, with lagging reads: from opened to green.

use std::sync::Arc;

use crate::plug::{App, Look};
use threadmodel::analyst::{Answer, AskOutput, AssessOutput, Task};
use threadmodel::sandbox::model::Id;
use threadmodel::sandbox::reviews::{NewReview, ReviewEvent};
use threadmodel::sandbox::seed::Seed;
use threadmodel::sandbox::world::World;
use threadmodel::threat_model::{Assumption, Choice, Question, Reading, ThreatModel};

use crate::facts::{PATH, TEXT, model, question};

/// Asks one question, takes any reply as the answer, drafts one recommendation with a suggestion.
fn analyst(task: &Task) -> Answer {
    match task {
        Task::Ask(input) if input.asked.is_empty() => {
            let choice = |text: &str, branch: &str| Choice { text: text.to_owned(), branch: branch.to_owned() };
            let choices = vec![choice("minutes", "short"), choice("longer", "long")];
            Answer::Ask(AskOutput {
                questions: vec![Question { choices, ..question() }],
                dropped: 0,
                facts: Vec::new(),
                considered: Vec::new(),
            })
        }
        Task::Ask(_) => {
            Answer::Ask(AskOutput { questions: vec![], dropped: 0, facts: Vec::new(), considered: Vec::new() })
        }
        Task::Assess(input) => {
            let reply = input.replies.last().expect("only asked with a reply");
            Answer::Assess(AssessOutput {
                reading: Reading::Answered,
                noted: reply.body.clone(),
                by: Some(reply.login.clone()),
                branches: vec![],
                facts: vec![],
            })
        }
        Task::Draft(_) => {
            let assumption = Assumption {
                ordinal: 1,
                text: "The bucket is private.".to_owned(),
                concern: None,
                about: String::new(),
            };
            Answer::Draft(Box::new(ThreatModel { assumptions: vec![assumption], ..model() }))
        }
        Task::Follow(_) => Answer::Follow(threadmodel::analyst::FollowOutput::default()),
        Task::Refine(_) => Answer::Refine(threadmodel::analyst::RefineOutput::default()),
    }
}

/// A world with one repository, its owners, and the app.
fn stage(seed: u64) -> (World, App) {
    let mut world = World::new(seed, 1_795_400_000_000);
    let json = serde_json::json!({
        "users": ["ana", "ben", "sec", "root"],
        "orgs": [{"login": "acme", "owners": ["root"], "members": ["ana", "ben", "sec"], "base": "read"}],
        "repos": [{"name": "acme/api", "private": true, "default_branch": "main",
            "files": {".github/CODEOWNERS": "/docs/design/ @acme/security\n",
                      ".github/threadmodel.yml": "approval: { teams: [\"@acme/security\"] }\ntrivial: { sample: 0 }\n"},
            "collaborators": {"ana": "write", "ben": "write"}}],
        "teams": [{"name": "acme/security", "members": ["sec"], "repos": {"acme/api": "write"}}],
        "apps": [{"slug": "threadmodel", "owner": "acme", "install": ["acme"]}]
    });
    let seeded: Seed = serde_json::from_value(json).expect("a seed");
    world.seed(&seeded).expect("seeded");
    let app = *world.state().apps.keys().next().expect("an app");
    let installation = *world.state().installations.keys().next().expect("an installation");
    (world, App::new(seed, app, installation, Arc::new(analyst)))
}

/// Looks and lets time pass until nothing is left to do.
fn settle(world: &mut World, app: &mut App, pull: Id) {
    for _ in 0..200 {
        match app.look(world, pull) {
            Look::Quiet(Some(at)) if at.0 <= world.now() + 600_000 => world.set_now(at.0.max(world.now() + 1)),
            Look::Quiet(_) => return,
            Look::Again => world.set_now(world.now() + 5_000),
            Look::Restless => panic!("it does not come to rest"),
        }
    }
    panic!("it does not converge");
}

fn open(world: &mut World) -> Id {
    let ana = world.account("ana").unwrap();
    let repo = world.repo("acme/api").unwrap();
    world.set_now(world.now() + 5_000);
    let seed: Seed = serde_json::from_value(serde_json::json!({"pulls": [
        {"by": "ana", "repo": "acme/api", "title": "Export", "base": "main", "head": "design", "files": {PATH: TEXT}}]}))
    .unwrap();
    world.seed(&seed).unwrap();
    let _ = ana;
    let pull = world.pull(repo, 1).unwrap();
    // A read may not show it yet.
    world.set_now(world.now() + 31_000);
    pull
}

fn conclusion(world: &World, pull: Id) -> Option<String> {
    let state = world.state();
    let head = &state.pulls[&pull].head_sha;
    state.runs.values().rfind(|r| r.sha == *head && r.name == "threadmodel: main").and_then(|r| r.conclusion.clone())
}

#[test]
fn a_pull_request_goes_from_questions_to_green() {
    for seed in 0..20 {
        let (mut world, mut app) = stage(seed);
        let pull = open(&mut world);
        settle(&mut world, &mut app, pull);
        assert_eq!(conclusion(&world, pull).as_deref(), Some("action_required"), "seed {seed}");
        let question = world.state().comments.values().find(|c| c.body.contains("How long")).expect("asked").id;
        let ana = world.account("ana").unwrap();
        world.set_now(world.now() + 60_000);
        world.reply(ana, question, "7 days").unwrap();
        world.set_now(world.now() + 31_000);
        settle(&mut world, &mut app, pull);
        let said = &world.state().comments[&question].body;
        assert!(said.contains("Noted") && said.contains("7 days"), "{said}");
        assert!(world.state().reviews.values().any(|r| r.body.contains("Draft threat model")), "drafted");
        world.set_now(world.now() + 60_000);
        let sec = world.account("sec").unwrap();
        let approve = NewReview { event: Some(ReviewEvent::Approve), ..NewReview::default() };
        world.submit_review(sec, pull, &approve).unwrap();
        world.set_now(world.now() + 31_000);
        settle(&mut world, &mut app, pull);
        assert_eq!(conclusion(&world, pull).as_deref(), Some("success"), "seed {seed}");

        // Committing the suggestion keeps it green; another change turns it red.
        let suggested =
            world.state().comments.values().find(|c| c.body.contains("```suggestion")).expect("suggested").id;
        world.commit_suggestion(ana, suggested).unwrap();
        world.set_now(world.now() + 31_000);
        settle(&mut world, &mut app, pull);
        assert_eq!(conclusion(&world, pull).as_deref(), Some("success"), "suggestion, seed {seed}");
    }
}
