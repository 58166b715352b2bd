//! One long story, two hundred times: people act at fixed times, what tells the app of it is lost, doubled, late and out of
//! order, its reads lag and answers to its writes get lost. The review ends the same every time.

mod analyst;
mod calm;
mod cast;
mod crossing;
mod ending;

use std::collections::BTreeSet;
use std::sync::Arc;

use threadmodel::review::settings::Settings;
use threadmodel::sandbox::model::Id;
use threadmodel::sandbox::world::{Rng, World};

use crate::oracle::{judge, standing};
use crate::plug::{App, LAG, Look};
use cast::{BEGINNING, MINUTE, SCRIPT, START};

/// How often the app looks by itself.
const SWEEP: i64 = 10 * MINUTE;

/// Of a thousand, how many deliveries are lost, and how many are doubled.
const LOST: u64 = 300;
const DOUBLED: u64 = 300;

/// The latest that a delivery comes.
const LATE: i64 = 120 * MINUTE;

/// Of a thousand writes, how many lose their answer.
const UNANSWERED: u64 = 20;

/// One telling of the story.
struct Telling {
    seed: u64,
    world: World,
    app: App,
    /// Looks, and the passes that found something to do.
    looks: usize,
    /// Every sweep looks, also where nothing can have changed.
    restless: bool,
    /// Looked without finding anything to do, since nothing lagged any more: until then, or something happens.
    rests: bool,
    wake: Option<i64>,
    /// The check before each act, where people had time to see it.
    on_the_way: Vec<String>,
}

impl Telling {
    fn new(seed: u64) -> Self {
        let world = BEGINNING.clone();
        let app = *world.state().apps.keys().next().expect("an app");
        let installation = *world.state().installations.keys().next().expect("an installation");
        let mut app = App::new(seed, app, installation, Arc::new(analyst::answer));
        app.settings = Settings::default();
        app.lost_answers = UNANSWERED;
        let restless = seed == 0;
        Self { seed, world, app, looks: 0, restless, rests: false, wake: None, on_the_way: Vec::new() }
    }

    /// Plays the whole script.
    fn tell(mut self) -> Self {
        let mut rng = Rng::new(self.seed ^ 0x10_06_57);
        let mut deliveries: BTreeSet<i64> = BTreeSet::new();
        let mut sweep = START - i64::try_from(rng.below(SWEEP as u64)).unwrap_or(0);
        let mut acts = SCRIPT.iter().map(|(minute, who, act)| (START + minute * MINUTE, *who, *act)).peekable();
        let end = acts.clone().last().map_or(START, |(at, ..)| at) + LATE + 2 * SWEEP;
        let mut last_act = START;
        loop {
            let act = acts.peek().map(|(at, ..)| *at);
            let delivery = deliveries.first().copied();
            let next = [act, delivery, self.wake, Some(sweep)].into_iter().flatten().min().expect("a sweep");
            if next > end {
                return self;
            }
            self.world.set_now(next);
            if act == Some(next) {
                let (at, who, act) = acts.next().expect("peeked");
                if at - last_act >= 59 * MINUTE {
                    self.note_check(at);
                }
                last_act = at;
                if let Err(why) = cast::perform(&mut self.world, who, act) {
                    panic!("seed {}: {why}\n{}", self.seed, self.trail());
                }
                self.rests = false;
                deliveries.extend(told(&mut rng, at));
                continue;
            }
            let waited_for = self.wake.is_some_and(|at| at <= next);
            deliveries.remove(&next);
            if sweep == next {
                sweep += SWEEP;
            }
            if self.restless || waited_for || !self.rests {
                self.look();
            }
        }
    }

    fn look(&mut self) {
        let Some(pull) = cast::pull(&self.world) else { return };
        let (now, before) = (self.world.now(), self.world.log.len());
        self.looks += 1;
        self.wake = match self.app.look(&mut self.world, pull) {
            Look::Quiet(at) => at.map(|at| at.0.max(now + 1)),
            Look::Again => Some(now + 5_000),
            Look::Restless => panic!("seed {}: it does not come to rest\n{}", self.seed, self.trail()),
        };
        let log = &self.world.log;
        let settled = log.last().is_none_or(|entry| entry.at + LAG < now);
        self.rests = log.len() == before && settled;
    }

    fn note_check(&mut self, at: i64) {
        let minutes = (at - START) / MINUTE;
        let check = ending::check(&self.world).map(|run| {
            let title = run.title.clone().unwrap_or_default();
            format!("{} {}", run.conclusion.clone().unwrap_or_default(), ending::anonymous(&title))
        });
        let told = check.unwrap_or_else(|| "no check".to_owned());
        self.on_the_way.push(format!("at {:02}:{:02} {told}", minutes / 60, minutes % 60));
    }

    fn pull(&self) -> Id {
        cast::pull(&self.world).expect("opened")
    }

    /// How far it came, for a failure that is shown.
    fn trail(&self) -> String {
        let trail = &self.app.trail;
        let lately = trail[trail.len().saturating_sub(6)..].join("\n");
        let check = ending::check(&self.world).and_then(|run| run.summary.clone()).unwrap_or_default();
        [self.on_the_way.join("\n"), check, lately].join("\n\n")
    }

    /// Passes that wrote something.
    fn effects(&self) -> usize {
        self.app.trail.iter().filter(|line| !line.contains(": [] wake")).count()
    }

    /// What must not be, whatever the order.
    fn faults(&self) -> Vec<String> {
        let log = &self.world.log;
        let mut faults: Vec<String> = judge(log, cast::APP, LAG).into_iter().map(|v| format!("{v:?}")).collect();
        faults.extend(standing(log, cast::APP, LAG));
        faults.extend(ending::excesses(self));
        faults
    }
}

/// When the app is told of what happened at `at`, if ever.
fn told(rng: &mut Rng, at: i64) -> Vec<i64> {
    let copies = 1 + u64::from(rng.chance(DOUBLED));
    let mut times = Vec::new();
    for _ in 0..copies {
        let most = [2_000, 60_000, LATE as u64, LATE as u64][usize::try_from(rng.below(4)).unwrap_or(0)];
        let delay = i64::try_from(rng.below(most)).unwrap_or(0);
        if !rng.chance(LOST) {
            times.push(at + 1 + delay);
        }
    }
    times
}

/// How many tellings; `STORIES` asks for another number, or for a range of seeds such as `7..8`.
fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("STORIES").unwrap_or_default();
    let (from, to) = asked.split_once("..").unwrap_or(("0", &asked));
    from.parse().unwrap_or(0)..to.parse().unwrap_or(200)
}

#[test]
fn two_hundred_orders_of_deliveries_end_in_the_same_review() {
    let seeds = seeds();
    let first = Telling::new(seeds.start).tell();
    let expected = ending::of(&first);
    if std::env::var("STORIES").is_ok() {
        println!("{}", expected.join("\n"));
    }
    let half = |parity: u64| {
        let (mut looks, mut effects, mut failed) = (0, 0, Vec::new());
        for seed in seeds.clone().filter(|seed| seed % 2 == parity) {
            let telling = Telling::new(seed).tell();
            (looks, effects) = (looks + telling.looks, effects + telling.effects());
            let faults = telling.faults();
            let difference = first_difference(&expected, &ending::of(&telling));
            failed.extend(faults.into_iter().chain(difference).map(|what| format!("seed {seed}: {what}")));
        }
        (looks, effects, failed)
    };
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        (half(0), other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let failed = [one.2, other.2].concat();
    let told = seeds.count();
    println!("{told} tellings: {} looks, {} passes that did something", one.0 + other.0, one.1 + other.1);
    assert!(failed.is_empty(), "{} differences:\n{}", failed.len(), failed.join("\n"));
    // What the endings share is the story that was meant.
    ending::is_the_story(&expected);
}

fn first_difference(expected: &[String], found: &[String]) -> Option<String> {
    let at = (0..expected.len().max(found.len())).find(|at| expected.get(*at) != found.get(*at))?;
    let line = |of: &[String]| of.get(at).cloned().unwrap_or_else(|| "nothing more".to_owned());
    Some(format!("the first telling ends with\n  {}\nthis one with\n  {}", line(expected), line(found)))
}
