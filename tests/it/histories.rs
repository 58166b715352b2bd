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
    /// What happened, for a failure that is shown.
    #[expect(dead_code, reason = "shown by a failing test")]
    pub(crate) log: Vec<String>,
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
    faults.extend(standing(&world.log, APP, lag_ms));
    let is_success = |entry: &&threadmodel::sandbox::log::LogEntry| matches!(&entry.what, threadmodel::sandbox::log::LogEvent::CheckRunWritten { conclusion: Some(conclusion), .. } if conclusion == "success");
    let log = if faults.is_empty() { Vec::new() } else { told(&world) };
    Outcome { faults, successes: world.log.iter().filter(is_success).count(), log }
}

/// The log in short lines, without the beginning that all histories share.
fn told(world: &World) -> Vec<String> {
    let line = |entry: &threadmodel::sandbox::log::LogEntry| {
        let what: String = format!("{:?}", entry.what).chars().take(400).collect();
        format!("{} {} {}: {what}", entry.seq, entry.at % 10_000_000, entry.actor)
    };
    world.log.iter().skip(BEGINNING.log.len()).map(line).collect()
}

pub(crate) fn look_at_all(world: &mut World, app: &mut dyn App) {
    let open: Vec<Id> =
        world.state().pulls.values().filter(|pull| pull.state == PullState::Open).map(|pull| pull.id).collect();
    for pull in open {
        app.look(world, pull);
    }
}

/// Plays the histories of these seeds against fresh apps on two threads; panics with the smallest form of the first that fail.
/// Answers with the number of successes: none would mean that nothing was tested.
pub(crate) fn safe<A: App>(seeds: std::ops::Range<u64>, lag_ms: i64, app: impl Fn() -> A + Sync) -> usize {
    let half = |parity: u64| {
        let (mut successes, mut failed) = (0, Vec::new());
        for seed in seeds.clone().filter(|seed| seed % 2 == parity) {
            let steps = generate(seed);
            let outcome = try_to_play(&steps, &mut app(), lag_ms);
            successes += outcome.successes;
            if !outcome.faults.is_empty() {
                failed.push((seed, steps));
            }
            if failed.len() == FAILURES_SHOWN {
                break;
            }
        }
        let story = |(seed, steps)| {
            let small = shrink(steps, |steps| !try_to_play(steps, &mut app(), lag_ms).faults.is_empty());
            format!("history {seed} fails: {:#?}\nin short: {small:?}", try_to_play(&small, &mut app(), lag_ms))
        };
        (successes, failed.into_iter().map(story).collect::<Vec<String>>())
    };
    let (successes, failed) = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let (mine, mut stories) = half(0);
        let (others, more) = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        stories.extend(more);
        (mine + others, stories)
    });
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    successes
}

/// How many failing histories each thread shows before it stops.
const FAILURES_SHOWN: usize = 4;

/// An app that panics, or that does not come to rest, has failed that history only.
fn try_to_play(steps: &[Step], app: &mut dyn App, lag_ms: i64) -> Outcome {
    let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(steps, app, lag_ms)));
    played.unwrap_or_else(|panic| {
        let why = panic.downcast_ref::<String>().cloned();
        let why = why.or_else(|| panic.downcast_ref::<&str>().map(|why| (*why).to_owned()));
        Outcome { faults: vec![why.unwrap_or_default()], ..Outcome::default() }
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
