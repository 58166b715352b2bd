//! The happy path of the pure core over the sandbox's world, with lagging reads: from opened to green.

use std::sync::Arc;

use crate::plug::{App, Look};
use threadmodel::analyst::{Answer, AskOutput, AssessOutput, Task};
use threadmodel::sandbox::model::Id;
use threadmodel::sandbox::reviews::{NewReview, ReviewEvent};
use threadmodel::sandbox::seed::Seed;
use threadmodel::sandbox::world::World;
use threadmodel::threat_model::{
    Anchor, Assumption, Choice, Effort, Question, Quotations, Reading, Recommendation, Severity, Slot, Source,
    Suggestion, Threat, ThreatModel,
};

pub const PATH: &str = "docs/design/export.md";
pub const TEXT: &str =
    "# Export\n\nCustomers download the file through a signed link.\n\nExports are deleted after 24 hours.\n";

fn anchor(line: u32, quotation: &str) -> Anchor {
    Anchor { path: PATH.to_owned(), start_line: line, end_line: line, quotation: quotation.to_owned() }
}

/// Asks one question, takes any reply as the answer, drafts one recommendation with a suggestion.
pub fn analyst(task: &Task) -> Answer {
    match task {
        Task::Ask(input) if input.asked.is_empty() => Answer::Ask(AskOutput {
            questions: vec![Question {
                concern: "link-lifetime".to_owned(),
                subject: "signed link".to_owned(),
                slot: Slot::Secrets,
                anchor: anchor(3, "signed link"),
                text: "How long does a signed link work?".to_owned(),
                choices: vec![
                    Choice { text: "minutes".to_owned(), branch: "short".to_owned() },
                    Choice { text: "longer".to_owned(), branch: "long".to_owned() },
                ],
                why: "A forwarded link opens the file for as long as it works.".to_owned(),
                value: 500,
            }],
            dropped: 0,
        }),
        Task::Ask(_) => Answer::Ask(AskOutput { questions: vec![], dropped: 0 }),
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
        Task::Draft(_) => Answer::Draft(Box::new(ThreatModel {
            methodology: "four-questions".to_owned(),
            summary: "Customers export their invoices.".to_owned(),
            components: vec![],
            flows: vec![],
            facts: vec![],
            assumptions: vec![Assumption { ordinal: 1, text: "The bucket is private.".to_owned(), concern: None }],
            threats: vec![Threat {
                id: "T1".to_owned(),
                concern: "link-lifetime".to_owned(),
                story: "A forwarded mail opens invoices.".to_owned(),
                slot: Slot::Secrets,
                severity: Severity::High,
                evidence: vec![Source::Document { anchor: anchor(3, "signed link") }],
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
                evidence: vec![Source::Document { anchor: anchor(3, "signed link") }],
                protects_today: String::new(),
                left_over: "A mailbox read while signed in.".to_owned(),
                anchor: anchor(3, "signed link"),
                suggestion: Some(Suggestion {
                    path: PATH.to_owned(),
                    start_line: 3,
                    end_line: 3,
                    replacement: "Customers sign in and download the file.".to_owned(),
                }),
            }],
            covered: vec![],
            set_aside: vec![],
            quotations: Quotations { checked: 2, found: 2 },
        })),
    }
}

/// A world with one repository, its owners, and the app.
pub fn stage(seed: u64) -> (World, App) {
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
pub fn settle(world: &mut World, app: &mut App, pull: Id) {
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
