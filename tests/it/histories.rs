//! Random histories: people act on a small GitHub, the app looks now and then, the oracle judges every success.
//!
//! An app is anything that implements [`App`]. A failing history is cut down to the steps that matter and printed with its seed.

pub(crate) mod naive;
mod steps;
mod wrong;

use threadmodel::sandbox::model::{Id, PullState};
use threadmodel::sandbox::world::World;

use crate::oracle::script::{APP, BEGINNING};
use crate::oracle::{judge, standing};
pub(crate) use steps::{Step, generate};

/// The seam: let the app look at a pull request now, and do all it wants to do until it is quiet. The pull request may be closed.
pub(crate) trait App {
    /// One look.
    fn look(&mut self, world: &mut World, pull: Id);
}

/// What came of a history.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Successes without a ground, and those left standing.
    pub(crate) faults: Vec<String>,
    /// Successes that were written.
    pub(crate) successes: usize,
}

/// Plays a history, then lets the app look until nothing lags any more. `lag_ms`: how old the facts may be that the app was shown.
pub(crate) fn play(steps: &[Step], app: &mut dyn App, lag_ms: i64) -> Outcome {
    let mut world = BEGINNING.clone();
    for step in steps {
        step.act(&mut world, app);
    }
    for _ in 0..3 {
        world.set_now(world.now() + lag_ms + 61_000);
        look_at_all(&mut world, app);
    }
    let mut faults: Vec<String> =
        judge(&world.log, APP, lag_ms).into_iter().map(|violation| format!("{violation:?}")).collect();
    faults.extend(standing(&world.log, APP));
    let is_success = |entry: &&threadmodel::sandbox::log::LogEntry| matches!(&entry.what, threadmodel::sandbox::log::LogEvent::CheckRunWritten { conclusion: Some(conclusion), .. } if conclusion == "success");
    Outcome { faults, successes: world.log.iter().filter(is_success).count() }
}

pub(crate) fn look_at_all(world: &mut World, app: &mut dyn App) {
    let open: Vec<Id> =
        world.state().pulls.values().filter(|pull| pull.state == PullState::Open).map(|pull| pull.id).collect();
    for pull in open {
        app.look(world, pull);
    }
}

/// Plays the histories of these seeds against fresh apps on two threads; panics with the smallest form of the first that fails.
/// Answers with the number of successes: none would mean that nothing was tested.
pub(crate) fn safe<A: App>(seeds: std::ops::Range<u64>, lag_ms: i64, app: impl Fn() -> A + Sync) -> usize {
    let half = |parity: u64| {
        let mut successes = 0;
        for seed in seeds.clone().filter(|seed| seed % 2 == parity) {
            let steps = generate(seed);
            let outcome = play(&steps, &mut app(), lag_ms);
            successes += outcome.successes;
            if !outcome.faults.is_empty() {
                let small = shrink(steps, |steps| !play(steps, &mut app(), lag_ms).faults.is_empty());
                panic!("history {seed} fails: {:#?}\nin short: {small:#?}", play(&small, &mut app(), lag_ms).faults);
            }
        }
        successes
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        half(0) + other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Leaves out steps, larger pieces first, as long as it still fails.
pub(crate) fn shrink(mut steps: Vec<Step>, fails: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    let mut piece = steps.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < steps.len() {
            let fewer: Vec<Step> = steps
                .iter()
                .enumerate()
                .filter(|(index, _)| *index < at || *index >= at + piece)
                .map(|(_, step)| step.clone())
                .collect();
            if fails(&fewer) { steps = fewer } else { at += piece }
        }
        piece /= 2;
    }
    steps
}

/// How many histories CI plays; `HISTORIES` asks for more.
#[expect(clippy::disallowed_methods, reason = "asked by who runs the tests")]
pub(crate) fn count(default: u64) -> u64 {
    std::env::var("HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}
