//! SIGTERM: what was acknowledged is not lost, work in hand comes to its end, and the end comes soon.

use serde_json::json;
use threadmodel::sandbox::Hostility;

use crate::stage::{Beginning, Stage, posted};
use crate::stories::DOCUMENT;

/// Longer than `ENGINE__DRAIN_SECONDS` of the stage and the second for threads that compute, with room for a busy machine.
const SOON: std::time::Duration = std::time::Duration::from_secs(8);

fn stage() -> Stage {
    let mut stage = Stage::without_app(&Beginning::default(), Hostility::none());
    stage.set("ENGINE__SWEEP_SECONDS", "3600");
    stage.heal_nothing();
    stage.start();
    stage
}

#[test]
fn a_delivery_acknowledged_just_before_the_end_is_worked_on_after_the_next_start() {
    let mut stage = stage();
    // No look comes to an end before the process does.
    stage.fault(json!({"contains": "/pulls/1/files", "trouble": {"hang": 600_000}, "times": u32::MAX}));
    let pull = stage.propose("docs/export.md", DOCUMENT);
    stage.delivered();
    stage.looking(pull);
    let (status, took) = stage.terminate();
    assert_eq!(status.code(), Some(0), "{}", stage.app_log());
    assert!(took < SOON, "{took:?}");
    assert!(stage.page(pull).posts().is_empty());
    stage.shared().lock().clear_faults();
    stage.heal_nothing();
    stage.start();
    stage.questions(pull);
}

#[test]
fn a_look_in_hand_comes_to_its_end_before_the_process_does() {
    let mut stage = stage();
    stage.set("ENGINE__DRAIN_SECONDS", "60");
    stage.terminate();
    stage.start();
    // The round is being posted when the signal comes.
    stage.fault(json!({"method": "GET", "contains": "/pulls/1/files", "trouble": {"status": 502}}));
    let pull = stage.propose("docs/export.md", DOCUMENT);
    stage.delivered();
    stage.looking(pull);
    let (status, took) = stage.terminate();
    assert_eq!(status.code(), Some(0), "{}", stage.app_log());
    assert!(took < std::time::Duration::from_secs(60), "{took:?}");
    assert!(stage.page(pull).check(crate::stage::CHECK).is_some(), "the look that was begun wrote its check");
    stage.start();
    stage.questions(pull);
    let doubled: Vec<_> = posted(&stage.log()).into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}

#[test]
fn a_server_with_nothing_to_do_ends_at_once() {
    let mut stage = stage();
    let (status, took) = stage.terminate();
    assert_eq!(status.code(), Some(0), "{}", stage.app_log());
    assert!(took < SOON, "{took:?}");
}
