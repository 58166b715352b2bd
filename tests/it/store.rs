//! The store: nothing acknowledged is lost, nobody writes without a lease, nobody waits behind a broken pull request.

mod fanout;
mod memory;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use sqlx::Connection as _;
use threadmodel::analyst::{Answer, AskInput, AskOutput, Task};
use threadmodel::digest::{Canonical, Digest};
use threadmodel::review::marker::{PostKey, PostKind};
use threadmodel::review::record::{Analysis, Pin, Post, Record};
use threadmodel::review::wanted::WantedAnalysis;
use threadmodel::store::{
    Accepted, AnalysisFailed, AuditEntry, Claim, Failed, Means, NewDelivery, NewWake, PullKey, RepositoryLabel,
    Standing, Store, StoreError, Turn, WakeClass,
};
use threadmodel::time::{Millis, Timestamp};

pub const NOW: Timestamp = Timestamp(1_700_000_000_000);
const LEASE: Millis = Millis::minutes(2);

fn later(seconds: i64) -> Timestamp {
    NOW.after(Millis::seconds(seconds))
}

pub fn pull(repository: u64, number: u64) -> PullKey {
    PullKey { repository, number }
}

/// Repository n belongs to installation n / 100.
fn label(repository: u64) -> RepositoryLabel {
    RepositoryLabel { owner: "acme".to_owned(), name: format!("r{repository}"), installation: repository / 100 }
}

fn wake(pull: PullKey, class: WakeClass, due_at: Timestamp) -> NewWake {
    NewWake { pull, label: label(pull.repository), class, due_at }
}

fn delivery(guid: &str) -> NewDelivery {
    NewDelivery { guid: guid.to_owned(), event: "pull_request".to_owned(), at: NOW, added: Vec::new() }
}

async fn accept(store: &Store, guid: &str, pull: PullKey) -> Accepted {
    store.accept(delivery(guid), vec![wake(pull, WakeClass::Person, NOW)], vec![], None).await.unwrap()
}

pub async fn woken(pulls: &[PullKey]) -> Store {
    let store = Store::in_memory().await.unwrap();
    let wakes = pulls.iter().map(|pull| wake(*pull, WakeClass::Person, NOW)).collect();
    store.wake_all(wakes, NOW).await.unwrap();
    store
}

pub async fn claim(store: &Store, now: Timestamp) -> Option<Claim> {
    store.claim(now, LEASE).await.unwrap()
}

fn standing(head: &str, gate_open: bool) -> Standing {
    Standing {
        open: true,
        head: head.into(),
        base: "main".to_owned(),
        check: "threadmodel: main".to_owned(),
        gate_open,
        updated_at: NOW,
    }
}

fn gave_up(why: &str) -> Vec<Pin> {
    vec![Pin::GaveUp(Some(why.to_owned()))]
}

/// What a `kill -9` leaves behind: the files as they are at this moment, while the store still runs.
fn crash_image(from: &Path, to: &Path) {
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        std::fs::copy(name(from), name(to)).unwrap();
    }
}

#[tokio::test]
async fn wakes_of_one_pull_request_are_one_look() {
    let store = woken(&[]).await;
    for class in [WakeClass::Sweep, WakeClass::Person, WakeClass::Due] {
        store.wake_all(vec![wake(pull(1, 1), class, NOW)], NOW).await.unwrap();
    }
    let held = claim(&store, NOW).await.unwrap();
    assert_eq!((held.class, held.attempts, held.turn.clone()), (WakeClass::Person, 1, Turn::Look));
    assert_eq!(held.label, label(1));
    assert_eq!(claim(&store, NOW).await, None);
    store.release(held, None).await.unwrap();
    assert_eq!(claim(&store, later(3600)).await, None);
}

#[tokio::test]
async fn a_wake_while_claimed_is_another_look_after_the_release() {
    let store = woken(&[pull(1, 1)]).await;
    let held = claim(&store, NOW).await.unwrap();
    assert_eq!(accept(&store, "g", pull(1, 1)).await, Accepted::New);
    assert_eq!(claim(&store, NOW).await, None, "one worker at a time");
    store.release(held, Some(later(90))).await.unwrap();
    assert_eq!(claim(&store, NOW).await.unwrap().pull, pull(1, 1));
}

#[tokio::test]
async fn a_release_names_the_next_look() {
    let store = woken(&[pull(1, 1)]).await;
    let held = claim(&store, NOW).await.unwrap();
    store.release(held, Some(later(90))).await.unwrap();
    assert_eq!(claim(&store, later(89)).await, None);
    assert_eq!(claim(&store, later(90)).await.unwrap().class, WakeClass::Due);
}

#[tokio::test]
async fn the_more_urgent_class_goes_first_and_nobody_starves() {
    let store = Store::in_memory().await.unwrap();
    let classes = [WakeClass::Sweep, WakeClass::Due, WakeClass::Red, WakeClass::Person];
    let wakes = (1..).zip(classes).map(|(number, class)| wake(pull(1, number), class, NOW)).collect();
    store.wake_all(wakes, NOW).await.unwrap();
    for expected in [4, 3, 2] {
        assert_eq!(claim(&store, NOW).await.unwrap().pull.number, expected);
    }
    store.wake_all(vec![wake(pull(1, 9), WakeClass::Person, later(1000))], NOW).await.unwrap();
    assert_eq!(
        claim(&store, later(1000)).await.unwrap().pull.number,
        1,
        "it has waited for more than a quarter of an hour"
    );
}

#[tokio::test]
async fn installations_take_turns() {
    let busy: Vec<_> = (1..=4).map(|number| pull(100, number)).collect();
    let store = woken(&busy).await;
    store.wake_all(vec![wake(pull(200, 1), WakeClass::Person, later(1))], NOW).await.unwrap();
    let mut order = Vec::new();
    for _ in 0..5 {
        order.push(claim(&store, later(2)).await.unwrap().label.installation);
    }
    assert_eq!(order, [1, 2, 1, 1, 1]);
}

#[tokio::test]
async fn who_lost_the_lease_writes_nothing() {
    let store = woken(&[pull(1, 1)]).await;
    let mut slow = claim(&store, NOW).await.unwrap();
    assert_eq!(claim(&store, later(119)).await, None);
    let quick = claim(&store, later(121)).await.unwrap();
    assert_eq!(quick.attempts, 2);

    assert!(matches!(store.pin(&slow, gave_up("slow")).await, Err(StoreError::LeaseLost)));
    assert!(matches!(store.extend(&mut slow, later(999)).await, Err(StoreError::LeaseLost)));
    assert!(matches!(
        store.queue_analyses(&slow, vec![ask("k", NOW)], Means::default(), NOW).await,
        Err(StoreError::LeaseLost)
    ));
    assert!(matches!(store.fail(slow.clone(), "no", NOW).await, Err(StoreError::LeaseLost)));
    assert!(matches!(store.release(slow, None).await, Err(StoreError::LeaseLost)));
    assert_eq!(store.load(pull(1, 1)).await.unwrap(), Record::default());

    store.pin(&quick, gave_up("quick")).await.unwrap();
    store.release(quick, None).await.unwrap();
    assert_eq!(store.load(pull(1, 1)).await.unwrap().gave_up.as_deref(), Some("quick"));
}

#[tokio::test]
async fn an_extended_lease_is_kept() {
    let store = woken(&[pull(1, 1)]).await;
    let mut held = claim(&store, NOW).await.unwrap();
    store.extend(&mut held, later(300)).await.unwrap();
    assert_eq!(claim(&store, later(299)).await, None);
    store.release(held, None).await.unwrap();
}

#[tokio::test]
async fn a_poisonous_pull_request_is_given_up_and_blocks_nobody() {
    let store = woken(&[pull(1, 1), pull(1, 2)]).await;
    let mut now = NOW;
    let mut looks = 0;
    let mut healthy = 0;
    let why = loop {
        now = now.after(Millis::minutes(11));
        while let Some(held) = claim(&store, now).await {
            if held.pull.number == 2 {
                healthy += 1;
                store.release(held, None).await.unwrap();
                continue;
            }
            match &held.turn {
                Turn::Look => looks += 1,
                Turn::GiveUp(_) => break,
            }
            let failed = store.fail(held, "the patch makes us fall over", now).await.unwrap();
            assert_eq!(failed == Failed::GivesUp, looks == 5);
            if looks == 5 {
                break;
            }
        }
        if looks == 5 {
            let held = claim(&store, now).await.unwrap();
            let Turn::GiveUp(why) = held.turn.clone() else { panic!("{held:?}") };
            store.pin(&held, gave_up(&why)).await.unwrap();
            store.bury(held, now).await.unwrap();
            break why;
        }
    };
    assert_eq!((why.as_str(), healthy), ("the patch makes us fall over", 1));
    assert_eq!(store.queue_state(now).await.unwrap().wakes_dead, 1);

    store.wake(pull(1, 1), WakeClass::Sweep, now, now).await.unwrap();
    assert_eq!(claim(&store, now).await, None, "a sweep does not wake the dead at once");
    store.wake(pull(1, 1), WakeClass::Person, now, now).await.unwrap();
    assert_eq!(claim(&store, now).await.unwrap().turn, Turn::Look);
}

/// Opens a file that was just closed. A process that another test is starting may hold a copy of its lock until it runs.
async fn reopened(path: &std::path::Path) -> Store {
    for _ in 0..200 {
        match Store::open(path).await {
            Err(StoreError::Locked { .. }) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            opened => return opened.unwrap(),
        }
    }
    panic!("the lock of {} does not come free", path.display());
}

#[tokio::test]
async fn looks_that_kill_the_process_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.sqlite");
    let store = Store::open(&path).await.unwrap();
    accept(&store, "g", pull(1, 1)).await;
    store.close().await;
    for attempt in 1..=6 {
        let store = reopened(&path).await;
        let held = claim(&store, NOW).await.unwrap();
        assert_eq!(held.attempts, attempt);
        assert_eq!(matches!(held.turn, Turn::GiveUp(_)), attempt == 6);
        store.close().await;
    }
}

#[tokio::test]
async fn patience_asked_for_by_github_is_not_a_failure() {
    let store = woken(&[pull(1, 1)]).await;
    let mut now = NOW;
    for _ in 0..20 {
        let held = claim(&store, now).await.unwrap();
        assert_eq!((held.attempts, held.turn.clone()), (1, Turn::Look));
        now = now.after(Millis::minutes(1));
        store.postpone(held, now).await.unwrap();
        assert_eq!(claim(&store, Timestamp(now.0 - 1)).await, None);
    }
}

#[tokio::test]
async fn a_doubled_delivery_is_known_and_wakes_nobody() {
    let store = woken(&[]).await;
    assert_eq!(accept(&store, "same", pull(1, 1)).await, Accepted::New);
    assert_eq!(accept(&store, "same", pull(1, 2)).await, Accepted::Duplicate);
    assert_eq!(claim(&store, NOW).await.unwrap().pull, pull(1, 1));
    assert_eq!(claim(&store, NOW).await, None);
    assert_eq!(store.prune(later(1), NOW).await.unwrap(), 1);
    assert_eq!(accept(&store, "same", pull(1, 2)).await, Accepted::New);
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let (path, image) = (directory.path().join("a.sqlite"), directory.path().join("b.sqlite"));
    let store = Store::open(&path).await.unwrap();
    accept(&store, "one", pull(1, 1)).await;
    let held = claim(&store, NOW).await.unwrap();
    store.pin(&held, vec![intent()]).await.unwrap();
    store.queue_analyses(&held, vec![ask("k", NOW)], Means::default(), NOW).await.unwrap();
    let job = store.claim_analysis(NOW, LEASE).await.unwrap().unwrap();
    accept(&store, "two", pull(1, 1)).await;
    crash_image(&path, &image);

    let after = Store::open(&image).await.unwrap();
    assert_eq!(accept(&after, "two", pull(1, 1)).await, Accepted::Duplicate);
    let again = claim(&after, NOW).await.unwrap();
    assert_eq!((again.pull, again.attempts, again.class), (pull(1, 1), 2, WakeClass::Person));
    assert!(after.load(pull(1, 1)).await.unwrap().posts.contains_key(&QUESTION));
    assert!(matches!(after.pin(&held, vec![intent()]).await, Err(StoreError::LeaseLost)), "older leases are void");
    assert!(matches!(after.finish_analysis(job, &nothing_to_ask(), NOW).await, Err(StoreError::LeaseLost)));
    assert_eq!(after.claim_analysis(NOW, LEASE).await.unwrap().unwrap().attempts, 2);
}

#[tokio::test]
async fn one_process_uses_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.sqlite");
    let store = Store::open(&path).await.unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert!(error.to_string().contains("in use by another threadmodel process"));
    let clone = store.clone();
    store.close().await;
    assert!(matches!(clone.check_writable(NOW).await, Err(StoreError::Closed)));
    Store::open(&path).await.unwrap().check_writable(NOW).await.unwrap();
    let missing = Store::open(&directory.path().join("no/such/t.sqlite")).await.unwrap_err();
    assert!(missing.to_string().contains("check that its directory exists"), "{missing}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_our_eyes_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("t.sqlite")).await.unwrap();
    accept(&store, "g", pull(1, 1)).await;
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn a_record_of_another_version_is_an_error_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.sqlite");
    for (statement, expected) in [
        ("UPDATE records SET schema_version = 999", "schema version 999"),
        ("UPDATE records SET schema_version = 1, record = '{\"rounds\": \"people wrote this\"}'", "line 1"),
    ] {
        let store = Store::open(&path).await.unwrap();
        store.wake_all(vec![wake(pull(1, 1), WakeClass::Person, NOW)], NOW).await.unwrap();
        let held = claim(&store, NOW).await.unwrap();
        if expected.contains("999") {
            store.pin(&held, vec![intent()]).await.unwrap();
        }
        store.close().await;
        sql(&path, statement).await;

        let store = Store::open(&path).await.unwrap();
        let error = store.load(pull(1, 1)).await.unwrap_err();
        assert!(matches!(error, StoreError::Unreadable { .. }));
        assert!(error.to_string().contains(expected) && !error.to_string().contains("people"), "{error}");
        let held = claim(&store, NOW).await.unwrap();
        assert!(matches!(store.pin(&held, vec![intent()]).await, Err(StoreError::Unreadable { .. })));
        store.release(held, None).await.unwrap();
        store.close().await;
    }
}

async fn sql(path: &Path, statement: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn the_audit_is_append_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.sqlite");
    let store = Store::open(&path).await.unwrap();
    let entry = AuditEntry {
        at: NOW,
        pull: pull(1, 1),
        installation: 1,
        what: "check.success",
        subject: "c0ffee".to_owned(),
        digest: Some(key("k")),
    };
    store.audit(vec![entry]).await.unwrap();
    store.forget_installation(1).await.unwrap();
    store.close().await;
    let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    for statement in ["UPDATE audit SET what = 'nothing'", "DELETE FROM audit"] {
        let error = sqlx::query(statement).execute(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

// ── analyses ──

const QUESTION: PostKey = PostKey::new(PostKind::Question, 1, 1, 0);

fn intent() -> Pin {
    Pin::Post(QUESTION, Post::Intent { at: NOW, attempts: 1, looks: 0 })
}

fn key(name: &str) -> Digest {
    Canonical::new("test", 1).text(name).finish()
}

fn ask(name: &str, not_before: Timestamp) -> WantedAnalysis {
    let task = Task::Ask(AskInput {
        documents: vec![],
        description: "words".to_owned(),
        facts: vec![],
        asked: vec![],
        max_questions: 5,
        methodology: "stride".to_owned(),
        topic: None,
        concern: None,
        decisions: Vec::new(),
        context: Vec::new(),
        earlier: Vec::new(),
    });
    WantedAnalysis { key: key(name), task, not_before }
}

fn nothing_to_ask() -> Answer {
    Answer::Ask(AskOutput { questions: vec![], dropped: 0, facts: Vec::new(), considered: Vec::new() })
}

#[tokio::test]
async fn a_finished_analysis_stands_in_the_record_and_wakes_its_pull_request() {
    let store = woken(&[pull(1, 1)]).await;
    let held = claim(&store, NOW).await.unwrap();
    store.queue_analyses(&held, vec![ask("k", later(90))], Means::default(), NOW).await.unwrap();
    store.queue_analyses(&held, vec![ask("k", later(120))], Means::default(), later(5)).await.unwrap();
    store.release(held, None).await.unwrap();
    assert_eq!(
        store.load(pull(1, 1)).await.unwrap().analyses,
        BTreeMap::from([(key("k"), Analysis::Waiting { since: NOW })])
    );

    assert_eq!(store.claim_analysis(later(119), LEASE).await.unwrap(), None, "the quiet period moved");
    let job = store.claim_analysis(later(120), LEASE).await.unwrap().unwrap();
    assert_eq!((job.attempts, &job.task), (1, &ask("k", NOW).task));
    assert_eq!(store.claim_analysis(later(120), LEASE).await.unwrap(), None);
    store.finish_analysis(job.clone(), &nothing_to_ask(), later(130)).await.unwrap();
    assert!(matches!(store.finish_analysis(job, &nothing_to_ask(), later(131)).await, Err(StoreError::LeaseLost)));

    let record = store.load(pull(1, 1)).await.unwrap();
    assert_eq!(record.analyses.get(&key("k")), Some(&Analysis::Done { answer: nothing_to_ask().into() }));
    let held = claim(&store, later(130)).await.unwrap();
    assert_eq!(held.class, WakeClass::Due);
    store.queue_analyses(&held, vec![ask("k", NOW)], Means::default(), later(140)).await.unwrap();
    assert_eq!(store.claim_analysis(later(999), LEASE).await.unwrap(), None, "done stays done");
}

#[tokio::test]
async fn a_failing_analysis_ends_after_five_tries_and_may_be_asked_for_anew() {
    let store = woken(&[pull(1, 1)]).await;
    let held = claim(&store, NOW).await.unwrap();
    store.queue_analyses(&held, vec![ask("k", NOW)], Means::default(), NOW).await.unwrap();
    store.release(held, None).await.unwrap();
    let mut now = NOW;
    for attempt in 1..=5 {
        now = now.after(Millis::minutes(11));
        let job = store.claim_analysis(now, LEASE).await.unwrap().unwrap();
        let failed = store.fail_analysis(job, "the provider is down", true, now).await.unwrap();
        assert_eq!(failed == AnalysisFailed::Final, attempt == 5);
        assert_eq!(store.claim_analysis(now, LEASE).await.unwrap(), None, "it backs off");
    }
    let record = store.load(pull(1, 1)).await.unwrap();
    let expected = Analysis::Failed { why: "the provider is down".to_owned(), at: now };
    assert_eq!(record.analyses.get(&key("k")), Some(&expected));

    let held = claim(&store, now).await.unwrap();
    store.queue_analyses(&held, vec![ask("k", now)], Means::default(), now).await.unwrap();
    assert_eq!(store.claim_analysis(now, LEASE).await.unwrap().unwrap().attempts, 1);
}

#[tokio::test]
async fn an_analysis_whose_workers_die_ends_too() {
    let store = woken(&[pull(1, 1)]).await;
    let held = claim(&store, NOW).await.unwrap();
    store.queue_analyses(&held, vec![ask("k", NOW), ask("other", later(1))], Means::default(), NOW).await.unwrap();
    store.release(held, None).await.unwrap();
    for attempt in 0..5 {
        let job = store.claim_analysis(NOW.after(Millis(LEASE.0 * attempt)), LEASE).await.unwrap().unwrap();
        assert_eq!(job.key, key("k"));
    }
    // The spent one ends, the next one is handed out by the same call.
    let job = store.claim_analysis(NOW.after(Millis(LEASE.0 * 5)), LEASE).await.unwrap().unwrap();
    assert_eq!(job.key, key("other"));
    let record = store.load(pull(1, 1)).await.unwrap();
    assert!(matches!(record.analyses.get(&key("k")), Some(Analysis::Failed { .. })));
}

#[tokio::test]
async fn an_analysis_that_nobody_wants_any_more_is_forgotten() {
    let store = woken(&[pull(1, 1)]).await;
    let held = claim(&store, NOW).await.unwrap();
    store
        .queue_analyses(&held, vec![ask("old", later(90)), ask("new", later(90))], Means::default(), NOW)
        .await
        .unwrap();
    store.forget_analyses_except(&held, vec![key("new")]).await.unwrap();
    assert_eq!(store.load(pull(1, 1)).await.unwrap().analyses.into_keys().collect::<Vec<_>>(), [key("new")]);
}

#[tokio::test]
async fn the_sweep_finds_open_pull_requests_by_age() {
    let store = woken(&[pull(1, 1), pull(1, 2), pull(1, 3)]).await;
    for _ in 0..3 {
        let held = claim(&store, NOW).await.unwrap();
        let number = held.pull.number;
        let mut standing = standing("aaa", false);
        standing.open = number != 3;
        store.note_standing(&held, standing, NOW.after(Millis(-i64::try_from(number).unwrap()))).await.unwrap();
    }
    let open = store.open_pulls(later(1), 10).await.unwrap();
    assert_eq!(open.iter().map(|open| open.pull.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(store.open_pulls(NOW.after(Millis(-1)), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_installation_is_forgotten_whole_and_others_stay() {
    let store = woken(&[pull(100, 1), pull(200, 1)]).await;
    let mut jobs = Vec::new();
    for _ in 0..2 {
        let held = claim(&store, NOW).await.unwrap();
        store.pin(&held, vec![intent()]).await.unwrap();
        store.queue_analyses(&held, vec![ask("k", NOW)], Means::default(), NOW).await.unwrap();
        store.note_standing(&held, standing("aaa", false), NOW).await.unwrap();
        jobs.push(held);
    }
    store.forget_installation(1).await.unwrap();
    assert_eq!(store.load(pull(100, 1)).await.unwrap(), Record::default());
    assert!(!store.load(pull(200, 1)).await.unwrap().posts.is_empty());
    assert_eq!(store.open_pulls(later(1), 9).await.unwrap().len(), 1);
    let gone = jobs.iter().find(|held| held.pull == pull(100, 1)).unwrap();
    assert!(matches!(store.pin(gone, vec![intent()]).await, Err(StoreError::LeaseLost)));
    assert_eq!(store.claim_analysis(NOW, LEASE).await.unwrap().unwrap().pull, pull(200, 1));
    assert_eq!(store.claim_analysis(NOW, LEASE).await.unwrap(), None);
}

#[tokio::test]
async fn a_repository_keeps_its_work_when_it_is_renamed() {
    let store = woken(&[pull(1, 1)]).await;
    let renamed = RepositoryLabel { owner: "acme".to_owned(), name: "renamed".to_owned(), installation: 0 };
    store
        .wake_all(vec![NewWake { pull: pull(1, 1), label: renamed, class: WakeClass::Sweep, due_at: NOW }], NOW)
        .await
        .unwrap();
    let held = claim(&store, NOW).await.unwrap();
    assert_eq!((held.label.name.as_str(), held.label.installation), ("renamed", label(1).installation));
}

// ── many at once ──

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_deliveries_a_second_are_durable() {
    const DELIVERIES: u64 = 2_000;
    let directory = tempfile::tempdir().unwrap();
    let (path, image) = (directory.path().join("a.sqlite"), directory.path().join("b.sqlite"));
    let store = Store::open(&path).await.unwrap();
    let begin = Instant::now();
    let all: Vec<_> = (0..DELIVERIES)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { accept(&store, &format!("g{n}"), pull(n % 7 + 1, n % 50 + 1)).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), Accepted::New);
    }
    let took = begin.elapsed();
    crash_image(&path, &image);
    let after = Store::open(&image).await.unwrap();
    for n in 0..DELIVERIES {
        assert_eq!(accept(&after, &format!("g{n}"), pull(1, 1)).await, Accepted::Duplicate, "delivery {n}");
    }
    // One commit a delivery would be 2,000 fsyncs: minutes on a slow disk. Generous for a machine that does other things.
    assert!(took.as_secs() < 20, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_fails_takes_no_other_with_it() {
    let store = woken(&[pull(1, 1)]).await;
    let good = claim(&store, NOW).await.unwrap();
    let lost = {
        let other = woken(&[pull(1, 1)]).await;
        claim(&other, NOW).await.unwrap()
    };
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for n in 0..200 {
        let (store_, good, lost) = (store.clone(), good.clone(), lost.clone());
        let pin =
            move |ordinal| vec![Pin::Post(PostKey::new(PostKind::Question, 1, ordinal, 0), Post::Removed { at: NOW })];
        kept.push(tokio::spawn(async move { store_.pin(&good, pin(n)).await.map(|_| ()) }));
        let store_ = store.clone();
        refused.push(tokio::spawn(async move { store_.pin(&lost, pin(1000 + n)).await.map(|_| ()) }));
    }
    for one in kept {
        one.await.unwrap().unwrap();
    }
    for one in refused {
        assert!(matches!(one.await.unwrap(), Err(StoreError::LeaseLost)));
    }
    assert_eq!(store.load(pull(1, 1)).await.unwrap().posts.len(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_worker_at_a_time_however_many_there_are() {
    use std::sync::{Arc, Mutex};
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("t.sqlite")).await.unwrap();
    let in_hand = Arc::new(Mutex::new(std::collections::BTreeSet::new()));
    for n in 0..300_u64 {
        accept(&store, &format!("g{n}"), pull(n % 3 + 1, n % 20 + 1)).await;
    }
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (store, in_hand) = (store.clone(), Arc::clone(&in_hand));
            tokio::spawn(async move {
                let mut looks = 0;
                while let Some(held) = claim(&store, NOW).await {
                    assert!(in_hand.lock().unwrap().insert(held.pull), "two workers hold {}", held.pull);
                    tokio::task::yield_now().await;
                    assert!(in_hand.lock().unwrap().remove(&held.pull));
                    store.release(held, None).await.unwrap();
                    looks += 1;
                }
                looks
            })
        })
        .collect();
    let mut looks = 0;
    for worker in workers {
        looks += worker.await.unwrap();
    }
    assert_eq!(looks, 60);
}
