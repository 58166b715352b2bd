//! The histories' own test: they must get a careful app to green, and must catch every careless one.

use super::naive::Naive;
use super::{App, count, generate, play, safe};
use crate::oracle::flaws::Flaw;
use threadmodel::sandbox::model::Id;
use threadmodel::sandbox::world::World;

/// Never writes anything.
struct Silent;

impl App for Silent {
    fn look(&mut self, _world: &mut World, _pull: Id) {}
}

/// GitHub refuses an author's approval, so no history can show whether a gate would count it; `wrong_gates` does.
const OUT_OF_REACH: [Flaw; 1] = [Flaw::CountsAuthor];

#[test]
fn a_silent_app_is_safe() {
    assert_eq!(safe(0..50, 30_000, || Silent), 0);
}

#[test]
fn a_careful_app_is_safe_and_often_green() {
    let histories = count(100);
    let successes = safe(0..histories, 0, || Naive::new(None));
    assert!(u64::try_from(successes).unwrap() > histories / 4, "{successes} successes in {histories} histories");
}

#[test]
fn random_histories_catch_every_wrong_gate() {
    let most = count(600);
    let first_caught = |flaw: Flaw| {
        let wrong = |seed: &u64| !play(&generate(*seed), &mut Naive::new(Some(flaw)), 0).faults.is_empty();
        let caught = (0..most).find(wrong);
        println!("{flaw:?}: first caught by history {caught:?}");
        caught
    };
    let reachable: Vec<Flaw> = Flaw::ALL.into_iter().filter(|flaw| !OUT_OF_REACH.contains(flaw)).collect();
    let (even, odd): (Vec<_>, Vec<_>) = reachable.iter().enumerate().partition(|(index, _)| index % 2 == 0);
    let run = |flaws: Vec<(usize, &Flaw)>| {
        flaws.into_iter().map(|(_, flaw)| (*flaw, first_caught(*flaw))).collect::<Vec<_>>()
    };
    let caught = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(odd));
        [run(even), other.join().unwrap()].concat()
    });
    let missed: Vec<Flaw> = caught.into_iter().filter(|(_, seed)| seed.is_none()).map(|(flaw, _)| flaw).collect();
    assert!(missed.is_empty(), "not caught within {most} histories: {missed:?}");
}

/// A count for people who tune the generator: `HISTORIES=1000 cargo test --test it how_often -- --ignored --nocapture`.
#[test]
#[ignore = "prints a table; a figure for people"]
fn how_often_each_wrong_gate_is_caught() {
    let histories = count(1_000);
    for flaw in Flaw::ALL {
        let caught = (0..histories)
            .filter(|seed| !play(&generate(*seed), &mut Naive::new(Some(flaw)), 0).faults.is_empty())
            .count();
        println!("{caught:>5} of {histories}  {flaw:?}");
    }
}
