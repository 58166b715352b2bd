//! Button presses, pull requests that share a commit, and hints that concern many.

use threadmodel::review::record::{Pin, Record};
use threadmodel::review::snapshot::UserId;
use threadmodel::store::{NewPress, Scope, StoreError, WakeClass};
use threadmodel::time::Millis;

use super::{LEASE, NOW, claim, delivery, label, later, pull, standing, woken};

fn press(numbers: Vec<u64>, sha: &str) -> NewPress {
    NewPress {
        repository: 1,
        label: label(1),
        numbers,
        sender: UserId(7),
        login: "ana".to_owned(),
        action: "draft_now".to_owned(),
        sha: sha.to_owned(),
    }
}

#[tokio::test]
async fn a_press_is_in_the_record_until_it_has_an_outcome_and_then_still() {
    use threadmodel::review::record::CommandOutcome;
    let store = woken(&[pull(1, 1)]).await;
    store.accept(delivery("named"), vec![], vec![], Some(press(vec![1], "aaa"))).await.unwrap();
    store.accept(delivery("fork"), vec![], vec![], Some(press(vec![], "bbb"))).await.unwrap();
    let guids = |record: &Record| record.presses.iter().map(|press| press.guid.clone()).collect::<Vec<_>>();
    assert_eq!(guids(&store.load(pull(1, 1)).await.unwrap()), ["named"]);

    let held = claim(&store, NOW).await.unwrap();
    store.note_standing(&held, standing("bbb", false), NOW).await.unwrap();
    assert_eq!(guids(&store.load(pull(1, 1)).await.unwrap()), ["fork", "named"]);
    let outcome = CommandOutcome::Answered;
    store.pin(&held, vec![Pin::Press { guid: "named".to_owned(), outcome: outcome.clone() }]).await.unwrap();
    let record = store.load(pull(1, 1)).await.unwrap();
    let outcomes: Vec<_> = record.presses.iter().map(|press| (press.guid.as_str(), press.outcome.clone())).collect();
    assert_eq!(outcomes, [("fork", None), ("named", Some(outcome))]);
}

#[tokio::test]
async fn pull_requests_that_share_a_commit_wake_each_other_when_something_changed() {
    let store = woken(&[pull(1, 1), pull(1, 2)]).await;
    let one = claim(&store, NOW).await.unwrap();
    let two = claim(&store, NOW).await.unwrap();
    assert_eq!(store.note_standing(&one, standing("aaa", true), NOW).await.unwrap(), []);
    let seen = store.note_standing(&two, standing("aaa", false), NOW).await.unwrap();
    assert_eq!(
        seen.iter().map(|sibling| (sibling.number, sibling.open)).collect::<Vec<_>>(),
        [(one.pull.number, true)]
    );
    let (first, second) = (one.pull, two.pull);
    store.release(two, None).await.unwrap();
    store.release(one, None).await.unwrap();

    let again = claim(&store, NOW).await.unwrap();
    assert_eq!((again.pull, again.class), (first, WakeClass::Red));
    store.note_standing(&again, standing("aaa", true), later(1)).await.unwrap();
    store.release(again, None).await.unwrap();
    assert_eq!(claim(&store, later(1)).await, None, "nothing changed: it ends");

    store.wake(second, WakeClass::Person, later(2), later(2)).await.unwrap();
    let left = claim(&store, later(2)).await.unwrap();
    store.note_standing(&left, standing("bbb", false), later(2)).await.unwrap();
    store.release(left, None).await.unwrap();
    assert_eq!(claim(&store, later(2)).await.unwrap().pull, first, "the one that was left is looked at again");
}

#[tokio::test]
async fn a_hint_about_a_branch_wakes_the_pull_requests_into_it() {
    let pulls: Vec<_> = (1..=5).map(|number| pull(1, number)).collect();
    let store = woken(&pulls).await;
    while let Some(held) = claim(&store, NOW).await {
        let mut standing = standing(&format!("head{}", held.pull.number), held.pull.number == 5);
        if held.pull.number == 1 {
            standing.base = "other".to_owned();
        }
        store.note_standing(&held, standing, NOW).await.unwrap();
        store.release(held, None).await.unwrap();
    }
    let scope = Scope::Branch { repository: 1, branch: "main".to_owned() };
    for guid in ["a", "b"] {
        store.accept(delivery(guid), vec![], vec![scope.clone()], None).await.unwrap();
    }
    let fanout = store.claim_fanout(NOW, LEASE).await.unwrap().unwrap();
    assert_eq!((&fanout.scope, fanout.attempts), (&scope, 1));
    assert_eq!(store.claim_fanout(NOW, LEASE).await.unwrap(), None, "both hints are one");
    let mut last = None;
    let mut pages = 0;
    while let Some(next) = store.wake_known(scope.clone(), last, 3, NOW).await.unwrap() {
        last = Some(next);
        pages += 1;
    }
    assert_eq!(pages, 2);
    store.fan_out(scope.clone(), NOW).await.unwrap();
    store.finish_fanout(fanout.clone(), NOW).await.unwrap();
    let again = store.claim_fanout(NOW, LEASE).await.unwrap().unwrap();
    store.finish_fanout(again, NOW).await.unwrap();
    assert_eq!(store.claim_fanout(later(9999), LEASE).await.unwrap(), None);
    assert!(matches!(store.finish_fanout(fanout, NOW).await, Err(StoreError::LeaseLost)));

    let mut order = Vec::new();
    while let Some(held) = claim(&store, NOW).await {
        order.push(held.pull.number);
    }
    assert_eq!(order, [5, 2, 3, 4], "what may have to turn red comes first");
}

#[tokio::test]
async fn a_fanout_that_keeps_failing_ends_and_a_new_hint_revives_it() {
    let store = woken(&[]).await;
    let scope = Scope::Installation { installation: 1 };
    store.fan_out(scope.clone(), NOW).await.unwrap();
    let mut now = NOW;
    for attempt in 1..=5 {
        now = now.after(Millis::minutes(11));
        let fanout = store.claim_fanout(now, LEASE).await.unwrap().unwrap();
        assert_eq!(store.fail_fanout(fanout, "no", now).await.unwrap(), attempt < 5);
    }
    let much_later = now.after(Millis::minutes(60));
    assert_eq!(store.claim_fanout(much_later, LEASE).await.unwrap(), None);
    store.fan_out(scope, much_later).await.unwrap();
    assert_eq!(store.claim_fanout(much_later, LEASE).await.unwrap().unwrap().attempts, 1);
}
