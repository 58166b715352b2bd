//! temporary
use super::marker::PostKey;
use super::seen::SeenPost;
use super::*;
use crate::policy::PolicyProblem;
pub(super) fn broken_policy(
    snapshot: &Snapshot,
    _record: &Record,
    _problem: &PolicyProblem,
    _now: Timestamp,
) -> WantedCheck {
    WantedCheck {
        key: check_key(snapshot, &Policy::default()),
        conclusion: Conclusion::ActionRequired,
        title: String::new(),
        summary: SafeMarkdown::default(),
        actions: vec![],
        nonce: 0,
    }
}
pub(super) fn check(
    view: &View<'_>,
    _parts: &Parts<'_>,
    _phase: Phase,
    _verdict: &Verdict,
    conclusion: Conclusion,
) -> WantedCheck {
    WantedCheck {
        key: check_key(view.snapshot, view.policy),
        conclusion,
        title: String::new(),
        summary: SafeMarkdown::default(),
        actions: vec![],
        nonce: 0,
    }
}
pub(super) fn posts(
    _view: &View<'_>,
    _parts: &Parts<'_>,
    _seen: &BTreeMap<PostKey, Vec<SeenPost<'_>>>,
) -> Vec<WantedPost> {
    vec![]
}
pub(super) fn command_replies(_view: &View<'_>, _wanted: &Wanted) -> Vec<WantedPost> {
    vec![]
}
