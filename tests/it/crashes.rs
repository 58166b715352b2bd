//! kill -9 at random moments under load: no acknowledged delivery is lost, nothing is posted twice.
//!
//! People open pull requests, talk, push and approve without pause; the binary is killed and started again, on the same database. It sweeps
//! only once an hour here and cannot list GitHub, so that a lost delivery stays lost, and sees no lag, so that a doubled post has no excuse. Deliveries that were not
//! acknowledged (refused, or cut off by the kill) may be lost; GitHub does not repeat them either: the test has them delivered again at the
//! end, and those alone.

#![allow(clippy::disallowed_methods, reason = "a test is shell: it waits by the clock and reads the environment")]

use std::time::Duration;

use serde_json::json;
use threadmodel::sandbox::Hostility;
use threadmodel::sandbox::world::Rng;

use crate::stage::{Beginning, CHECK, REPO, Stage, posted};
use crate::stories::DOCUMENT;

const PULLS: u64 = 4;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn document(pull: u64) -> String {
    DOCUMENT.replace("Invoice", &format!("Invoice {pull}")).replace("exports-bucket", &format!("exports-bucket-{pull}"))
}

/// One person does something somewhere. What GitHub refuses has not happened.
fn somebody_acts(stage: &Stage, rng: &mut Rng) {
    let pull = 1 + rng.below(PULLS);
    let who = ["alice", "bob", "sam", "tess"][usize::try_from(rng.below(4)).unwrap()];
    let page = stage.page(pull);
    let threads = page.threads();
    let thread = usize::try_from(rng.below(threads.len().max(1) as u64)).unwrap();
    let act = match (rng.below(10), threads.get(thread)) {
        (0..=4, Some(thread)) => {
            json!({"act": "reply", "by": who, "comment": thread.root().id, "body": "We have not decided that yet."})
        }
        (5, _) => {
            json!({"act": "push", "by": "alice", "repo": REPO, "branch": format!("design-{pull}"), "message": "Notes", "edits": [{"path": "README.md", "text": format!("{}\n", rng.next_u64())}]})
        }
        (6, _) => {
            json!({"act": "review", "by": "sam", "repo": REPO, "pull": pull, "event": "APPROVE", "body": "Fine."})
        }
        (7, _) => json!({"act": "comment", "by": "alice", "repo": REPO, "pull": pull, "body": "/threadmodel draft"}),
        _ => {
            json!({"act": "comment", "by": who, "repo": REPO, "pull": pull, "body": format!("Aside {}.", rng.next_u64())})
        }
    };
    let _ = stage.try_act(act);
}

#[test]
fn kill_at_any_moment_loses_nothing_and_doubles_nothing() {
    let seed = setting("CRASH_SEED", u64::from(std::process::id()));
    let kills = setting("CRASH_KILLS", 20);
    println!("CRASH_SEED={seed} CRASH_KILLS={kills}");
    let mut rng = Rng::new(seed);
    // The test makes more requests in a minute than GitHub allows in an hour.
    let generous = Hostility { requests_per_hour: 10_000_000, ..Hostility::none() };
    let mut stage = Stage::without_app(&Beginning { required: false, ..Beginning::default() }, generous);
    stage.set("ENGINE__SWEEP_SECONDS", "3600");
    stage.heal_nothing();
    stage.start();
    for pull in 1..=PULLS {
        stage.push("alice", &format!("design-{pull}"), &[(&format!("docs/export-{pull}.md"), &document(pull))]);
        assert_eq!(stage.open("alice", &format!("design-{pull}"), "main"), pull);
    }
    for _ in 0..kills {
        let until = std::time::Instant::now() + Duration::from_millis(100 + rng.below(1_400));
        while std::time::Instant::now() < until {
            somebody_acts(&stage, &mut rng);
            std::thread::sleep(Duration::from_millis(rng.below(40)));
        }
        stage.kill();
        std::thread::sleep(Duration::from_millis(rng.below(100)));
        stage.start();
    }
    let acknowledged = stage.redeliver_unacknowledged();
    println!("{acknowledged} deliveries were acknowledged");
    assert!(
        acknowledged > usize::try_from(kills).unwrap() * 5,
        "{acknowledged} deliveries are no load:\n{}",
        stage.app_log()
    );
    for pull in 1..=PULLS {
        stage.quiet(pull);
        // An analysis that was killed five times is given up, and says so: whatever kills the process must not do so for ever.
        if stage.page(pull).check(CHECK).is_some_and(|check| check.says("did not come to an end")) {
            stage.press("alice", pull, "Try again");
            stage.until(pull, "another try", |page| (!page.check(CHECK)?.says("did not come to an end")).then_some(()));
            stage.quiet(pull);
        }
        let page = stage.page(pull);
        let check = page.check(CHECK).unwrap_or_else(|| {
            panic!("seed {seed}: #{pull} has no check on its newest commit:\n{}\n{}", page.in_short(), stage.app_log())
        });
        assert!(
            check.is_green() || check.is_closed(),
            "seed {seed}: #{pull} was left without a conclusion: {}",
            check.words
        );
        let spoken_to = !page.questions().is_empty() || page.draft().is_some();
        assert!(spoken_to, "seed {seed}: #{pull} was left alone:\n{}\n{}", page.in_short(), stage.app_log());
    }
    let doubled: Vec<_> = posted(&stage.log()).into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(doubled.is_empty(), "seed {seed}: posted more than once: {doubled:?}");
    assert!(crate::oracle::judge(&stage.log(), crate::stage::BOT, 60_000).is_empty(), "seed {seed}: unsafe");
    // Each comes to its end: the draft, an approval, green.
    for pull in 1..=PULLS {
        if !stage.page(pull).check(CHECK).is_some_and(|check| check.is_green()) {
            stage.drafted(pull);
            stage.quiet(pull);
            stage.approve("tess", pull);
        }
        stage.green(pull);
    }
    let doubled: Vec<(_, usize)> = posted(&stage.log()).into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(doubled.is_empty(), "seed {seed}: posted more than once: {doubled:?}");
}

#[test]
fn looks_that_are_cut_off_again_and_again_are_given_up_and_the_newest_commit_says_so() {
    let mut stage = Stage::without_app(&Beginning::default(), Hostility::none());
    stage.set("ENGINE__SWEEP_SECONDS", "3600");
    stage.heal_nothing();
    stage.start();
    // GitHub answers so slowly that no look comes to an end before the process is killed.
    stage.fault(json!({"contains": "/pulls/1/files", "trouble": {"hang": 600_000}, "times": u32::MAX}));
    let pull = stage.propose("docs/export.md", DOCUMENT);
    stage.delivered();
    for _ in 0..5 {
        stage.looking(pull);
        stage.kill();
        stage.start();
    }
    let check = stage.closed(pull, "did not come to an end");
    assert!(!check.is_green());
    // A person's doing begins anew.
    stage.shared().lock().clear_faults();
    stage.heal_nothing();
    stage.press("alice", pull, "Try again");
    stage.questions(pull);
}
