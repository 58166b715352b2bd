//! Random histories over the real core: no success without a ground, and it always comes to rest.

use std::sync::Arc;

use threadmodel::analyst::{Answer, AskOutput, Task};
use threadmodel::sandbox::model::Id;
use threadmodel::sandbox::world::World;
use threadmodel::threat_model::{
    Anchor, Effort, Quotations, Recommendation, Severity, Slot, Source, Suggestion, Threat, ThreatModel,
};

use crate::histories::{App as Seam, safe};
use crate::oracle::script::{BEGINNING, EXPORT, SUGGESTIONS};
use crate::plug::{App, LAG, Look};

/// Asks nothing, so that histories spend their steps on the gate; drafts a recommendation for each line that it knows.
fn analyst(task: &Task) -> Answer {
    let input = match task {
        Task::Ask(_) => {
            return Answer::Ask(AskOutput {
                questions: Vec::new(),
                dropped: 0,
                facts: Vec::new(),
                considered: Vec::new(),
            });
        }
        Task::Assess(_) => panic!("nothing was asked"),
        Task::Follow(_) => return Answer::Follow(threadmodel::analyst::FollowOutput::default()),
        Task::Refine(_) => return Answer::Refine(threadmodel::analyst::RefineOutput::default()),
        Task::Draft(input) => input,
    };
    let text = input.documents.iter().find(|d| d.path == EXPORT).map(|d| d.text.as_str()).unwrap_or_default();
    let original: Vec<&str> = crate::oracle::script::EXPORT_TEXT.lines().collect();
    let mut recommendations = Vec::new();
    for (line, new) in SUGGESTIONS {
        let old = original[line as usize - 1];
        let Some(at) = text.lines().position(|l| l == old) else { continue };
        let at = u32::try_from(at).unwrap() + 1;
        let anchor = Anchor { path: EXPORT.to_owned(), start_line: at, end_line: at, quotation: old.to_owned() };
        recommendations.push(Recommendation {
            ordinal: u32::try_from(recommendations.len()).unwrap() + 1,
            title: "Change it".to_owned(),
            threat: "T1".to_owned(),
            severity: Severity::High,
            effort: Effort::Small,
            change: "Change it.".to_owned(),
            alternative: "Leave it".to_owned(),
            trade_off: "It stays.".to_owned(),
            evidence: vec![Source::Document { anchor: anchor.clone() }],
            protects_today: String::new(),
            left_over: "Little.".to_owned(),
            anchor,
            suggestion: Some(Suggestion {
                path: EXPORT.to_owned(),
                start_line: at,
                end_line: at,
                replacement: new.to_owned(),
            }),
        });
    }
    Answer::Draft(Box::new(ThreatModel {
        methodology: input.methodology.clone(),
        summary: "An export.".to_owned(),
        components: Vec::new(),
        flows: Vec::new(),
        facts: Vec::new(),
        assumptions: Vec::new(),
        threats: vec![Threat {
            id: "T1".to_owned(),
            concern: "c".to_owned(),
            story: "Somebody opens it.".to_owned(),
            slot: Slot::Authz,
            severity: Severity::High,
            impact: Severity::High,
            evidence: Vec::new(),
        }],
        recommendations,
        data: vec![],
        covered: Vec::new(),
        set_aside: Vec::new(),
        attack_tree: None,
        quotations: Quotations::default(),
    }))
}

struct Core(App);

impl Core {
    fn new(lags: bool, lost_answers: u64) -> Self {
        let state = BEGINNING.state();
        let app = state.apps.values().find(|a| a.slug == "threadmodel").expect("the app").id;
        let installation = state.installations.values().find(|i| i.app == app).expect("installed").id;
        let mut app = App::new(7, app, installation, Arc::new(analyst));
        app.lags = lags;
        app.lost_answers = lost_answers;
        Self(app)
    }
}

impl Seam for Core {
    fn look(&mut self, world: &mut World, pull: Id) {
        // As the engine: a turn that stopped early is followed by another; time goes on in between.
        for _ in 0..60 {
            match self.0.look(world, pull) {
                Look::Quiet(Some(at)) if at.0 <= world.now() + 70_000 => world.set_now(at.0.max(world.now() + 1)),
                Look::Quiet(_) => return,
                Look::Again => world.set_now(world.now() + 5_000),
                Look::Restless => {
                    let trail = &self.0.trail;
                    panic!("a look does not come to rest: {:#?}", &trail[trail.len().saturating_sub(8)..]);
                }
            }
        }
        let trail = &self.0.trail;
        panic!("it does not converge: {:#?}", &trail[trail.len().saturating_sub(8)..]);
    }
}

/// Which histories each test plays: `CORE_HISTORIES` asks for another number, or for a range of seeds such as `5000..9000`.
fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("CORE_HISTORIES").unwrap_or_default();
    let (from, to) = asked.split_once("..").unwrap_or(("0", &asked));
    from.parse().unwrap_or(0)..to.parse().unwrap_or(150)
}

/// With reads that show the present: strict.
#[test]
fn no_success_without_a_ground() {
    let successes = safe(seeds(), 0, || Core::new(false, 0));
    println!("{successes} successes, each with a ground");
    assert!(successes > 0);
}

/// With reads that lag up to 30 s and answers that get lost.
#[test]
fn no_success_without_a_ground_under_lag_and_lost_answers() {
    let successes = safe(seeds(), LAG, || Core::new(true, 30));
    println!("{successes} successes, each with a ground");
    assert!(successes > 0);
}
