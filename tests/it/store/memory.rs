//! Organisational memory in the store: written with the record, read by the other reviews, forgotten for good.

use threadmodel::digest::Canonical;
use threadmodel::review::record::{Pin, Record};
use threadmodel::store::{Claim, Store};
use threadmodel::threat_model::Decision;
use threadmodel::time::Timestamp;

use super::{NOW, claim, label, later, pull, wake, woken};
use crate::memory::decision;

fn remember(id: &str, reason: &str, at: Timestamp) -> Pin {
    let decision = Decision { reason: reason.to_owned(), ..decision(id, at) };
    let digest = Canonical::new("test", 1).json(&decision).finish();
    Pin::Remember { decision: Box::new(decision), digest }
}

async fn ids(store: &Store, repository: u64, number: u64) -> Vec<String> {
    let record = store.load(pull(repository, number)).await.unwrap();
    record.memory.into_iter().map(|d| d.id).collect()
}

/// A store in which pull request 1 of repository 101 is in hand; 102 is of the same installation, 201 of another.
async fn in_hand() -> (Store, Claim) {
    let store = woken(&[pull(101, 1)]).await;
    let held = claim(&store, NOW).await.unwrap();
    let others = [pull(101, 2), pull(102, 1), pull(201, 1)].map(|p| wake(p, threadmodel::store::WakeClass::Due, NOW));
    store.wake_all(others.into(), NOW).await.unwrap();
    (store, held)
}

#[tokio::test]
async fn a_decision_is_known_to_the_other_reviews_of_its_installation() {
    let (store, held) = in_hand().await;
    let pins = vec![remember("one", "a", NOW), remember("two", "b", later(1))];
    let record = store.pin(&held, pins.clone()).await.unwrap();
    assert_eq!(record.remembered.len(), 2);
    assert_eq!(store.pin(&held, pins).await.unwrap(), record, "twice is once");
    assert_eq!(ids(&store, 101, 2).await, ["two", "one"], "newest first");
    assert_eq!(ids(&store, 102, 1).await, ["two", "one"]);
    assert_eq!(ids(&store, 101, 1).await, [] as [&str; 0], "its own review knows it from the record");
    assert_eq!(ids(&store, 201, 1).await, [] as [&str; 0], "another organisation");
    let kept = store.memory(Some("ACME".to_owned())).await.unwrap();
    assert_eq!(
        kept.iter().map(|k| (k.pull, k.owner.as_str())).collect::<Vec<_>>(),
        [(held.pull, label(101).owner.as_str()); 2]
    );
    assert!(store.memory(Some("other".to_owned())).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_later_decision_replaces_one_that_is_taken_back_is_gone() {
    let (store, held) = in_hand().await;
    store.pin(&held, vec![remember("one", "first", NOW)]).await.unwrap();
    store.pin(&held, vec![remember("one", "second", later(1))]).await.unwrap();
    let reasons: Vec<_> = store.memory(None).await.unwrap().into_iter().map(|k| k.decision.reason).collect();
    assert_eq!(reasons, ["second"]);
    let record = store.pin(&held, vec![Pin::TakeBack("one".to_owned())]).await.unwrap();
    assert_eq!(record, Record::default());
    assert!(store.memory(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_forgotten_comes_back_only_when_it_is_decided_anew() {
    let (store, held) = in_hand().await;
    store.pin(&held, vec![remember("one", "first", NOW)]).await.unwrap();
    assert!(store.forget(101, "one", later(10)).await.unwrap());
    assert!(!store.forget(101, "one", later(11)).await.unwrap(), "it is gone already");
    assert!(!store.forget(102, "one", later(11)).await.unwrap(), "of another repository");
    assert_eq!(ids(&store, 102, 1).await, [] as [&str; 0]);
    // Pinned once more, or taken back: still forgotten.
    store.pin(&held, vec![remember("one", "first", NOW), Pin::TakeBack("one".to_owned())]).await.unwrap();
    store.pin(&held, vec![remember("one", "first", later(10))]).await.unwrap();
    assert_eq!(ids(&store, 102, 1).await, [] as [&str; 0]);
    store.pin(&held, vec![remember("one", "again", later(11))]).await.unwrap();
    assert_eq!(ids(&store, 102, 1).await, ["one"]);
}

#[tokio::test]
async fn memory_goes_with_its_installation() {
    let (store, held) = in_hand().await;
    store.pin(&held, vec![remember("one", "first", NOW)]).await.unwrap();
    store.forget_installation(2).await.unwrap();
    assert_eq!(store.memory(None).await.unwrap().len(), 1);
    store.forget_installation(1).await.unwrap();
    assert!(store.memory(None).await.unwrap().is_empty());
}
