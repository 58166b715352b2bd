//! What reviews are measured by: each number from facts that are laid out here, and the sums of them.

use threadmodel::analyst::Settled;
use threadmodel::review::measure::{MOST_GROUPS, Measures, OTHER, measure, totals};
use threadmodel::review::snapshot::PullState;
use threadmodel::store::Store;
use threadmodel::threat_model::{SetAside, Source};
use threadmodel::time::Timestamp;

use crate::facts::{Facts, PATH, Q1, R1, SUGGESTED, TEXT, question};

fn measured(facts: &Facts) -> Option<Measures> {
    measure(&facts.snapshot, &facts.record, &facts.want())
}

fn settled(open: bool, noted: &str) -> Settled {
    Settled { question: question(), branches: vec![], noted: noted.to_owned(), by: None, open }
}

fn reply() -> Source {
    Source::Reply { comment: "N1".to_owned(), login: "ana".to_owned(), quotation: "a week".to_owned() }
}

#[test]
fn nothing_is_measured_before_something_was_asked_or_after_the_end() {
    assert_eq!(measured(&Facts::new()), None);
    let mut facts = Facts::asked();
    assert!(measured(&facts).is_some());
    facts.snapshot.pull.state = PullState::Merged;
    assert_eq!(measured(&facts), None);
}

#[test]
fn questions_and_answers_are_counted_and_timed() {
    let facts = Facts::asked();
    let asked = facts.post_time(Q1);
    let unanswered = measured(&facts).unwrap();
    assert_eq!((unanswered.questions, unanswered.answered, unanswered.to_first_answer), (1, 0, None));
    let begun = facts.snapshot.pull.created_at;
    assert_eq!(unanswered.to_first_question, Some(u64::try_from(asked.since(begun).0 / 60_000).unwrap()));
    // A command, a stranger's word and our own posts are no answers.
    let facts = facts.reply(Q1, "ana", "/threadmodel status").reply(Q1, "renovate", "Merge me");
    assert_eq!(measured(&facts).unwrap().answered, 0);
    let facts = facts.later(600).reply(Q1, "ana", "a week");
    let answered = measured(&facts).unwrap();
    assert_eq!((answered.questions, answered.answered), (1, 1));
    assert_eq!(answered.to_first_answer, Some(10), "the first one, in whole minutes");
    assert_eq!(measured(&facts.later(600).reply(Q1, "ana", "or two")).unwrap().to_first_answer, Some(10));
}

#[test]
fn an_answer_changed_the_draft_when_something_rests_on_it() {
    let changed = |change: &dyn Fn(&mut Facts)| {
        let mut facts = Facts::drafted();
        facts.record.revisions[0].questions = vec![settled(false, "a week")];
        change(&mut facts);
        let measures = measured(&facts).unwrap();
        (measures.settled, measures.changed)
    };
    assert_eq!(changed(&|_| ()), (1, 0), "the threat stands on the document alone");
    assert_eq!(changed(&|f| f.record.revisions[0].model.threats[0].evidence = vec![reply()]), (1, 1));
    assert_eq!(changed(&|f| f.record.revisions[0].model.recommendations[0].evidence = vec![reply()]), (1, 1));
    let aside = |facts: &mut Facts| {
        let model = &mut facts.record.revisions[0].model;
        model.threats.clear();
        model.recommendations.clear();
        model.set_aside.push(SetAside {
            text: "Link".to_owned(),
            reason: "Settled by the answer".to_owned(),
            concern: "link".to_owned(),
            anchor: None,
        });
    };
    assert_eq!(changed(&aside), (1, 1));
    let open = |facts: &mut Facts| {
        aside(facts);
        facts.record.revisions[0].questions = vec![settled(true, "")];
    };
    assert_eq!(changed(&open), (0, 0), "what stayed open changed nothing");
}

#[test]
fn green_is_the_approval_that_opened_the_gate() {
    let facts = Facts::drafted().later(3_600);
    assert_eq!(measured(&facts).unwrap().to_green, None);
    let facts = facts.approve("sec").settle();
    let minutes = facts.last_time("sec").since(facts.snapshot.pull.created_at).0 / 60_000;
    assert!(minutes >= 60);
    assert_eq!(measured(&facts).unwrap().to_green, Some(u64::try_from(minutes).unwrap()));
    // And stays that, whatever is written later.
    assert_eq!(
        measured(&facts.later(36_000).say("ana", "thanks")).unwrap().to_green.map(|m| i64::try_from(m).unwrap()),
        Some(minutes)
    );
}

#[test]
fn recommendations_count_when_curation_ended() {
    let counts = |facts: &Facts| {
        let measures = measured(facts).unwrap();
        (measures.decided, measures.accepted, measures.adopted)
    };
    let facts = Facts::drafted();
    assert_eq!(counts(&facts), (0, 0, 0));
    let settled = facts.clone().say("sec", "/threadmodel settle").settle();
    assert_eq!(counts(&settled), (1, 1, 0));
    let adopted = TEXT.replace("Customers download the file through a signed link.", SUGGESTED);
    assert_eq!(counts(&settled.push("ana", &[(PATH, Some(&adopted))]).settle()), (1, 1, 1));
    let dropped = facts.reply(R1, "sec", "/threadmodel drop no").settle().approve("sec").settle();
    assert_eq!(counts(&dropped), (1, 0, 0));
}

#[test]
fn the_security_teams_time_follows_the_stated_rule() {
    let facts = Facts::drafted();
    // One recommendation, half a threat.
    assert_eq!(measured(&facts).unwrap().security_half_minutes, 2 + 1);
    let facts = facts.reply(R1, "sec", "/threadmodel drop no").settle();
    assert_eq!(measured(&facts).unwrap().security_half_minutes, 3 + 2, "a command");
    let facts = facts.approve("sec").settle();
    assert_eq!(measured(&facts).unwrap().security_half_minutes, 5 + 4, "an approval");
}

#[test]
fn groups_beyond_the_most_are_one() {
    let one = |methodology: &str| Measures {
        methodology: methodology.to_owned(),
        questions: 3,
        answered: 2,
        to_green: Some(7),
        ..Measures::default()
    };
    let names: Vec<String> = (0..MOST_GROUPS + 5).map(|n| format!("acme/r{n}")).collect();
    let measures = one("stride");
    let busy = [("acme/busy", &measures), ("acme/busy", &measures)];
    let all = names.iter().map(|name| (name.as_str(), &measures)).chain(busy);
    let totals = totals(all);
    assert_eq!(totals.len(), MOST_GROUPS + 1);
    assert_eq!((totals[0].0.repository.as_str(), totals[0].1.reviews), ("acme/busy", 2));
    assert_eq!((totals[0].1.sums.questions, totals[0].1.to_green.sum, totals[0].1.to_green.of), (6, 14, 2));
    let (rest, sums) = totals.last().unwrap();
    assert_eq!((rest.repository.as_str(), sums.reviews, sums.sums.answered), (OTHER, 6, 12));
}

#[tokio::test]
async fn measures_are_kept_with_the_pull_request_and_go_with_the_installation() {
    use crate::store::{NOW, claim, pull, woken};
    let store: Store = woken(&[pull(101, 1)]).await;
    let held = claim(&store, NOW).await.unwrap();
    let mut measures = Measures { methodology: "stride".to_owned(), questions: 3, ..Measures::default() };
    store.note_measures(&held, &measures).await.unwrap();
    measures.questions = 4;
    store.note_measures(&held, &measures).await.unwrap();
    let totals = store.totals().await.unwrap();
    assert_eq!(totals.len(), 1);
    assert_eq!((totals[0].0.repository.as_str(), totals[0].1.reviews, totals[0].1.sums.questions), ("acme/r101", 1, 4));
    store.release(held.clone(), None).await.unwrap();
    store.note_measures(&held, &measures).await.expect("unchanged: nothing is written");
    measures.questions = 5;
    store.note_measures(&held, &measures).await.expect_err("the lease is gone");
    store.forget_installation(1).await.unwrap();
    assert_eq!(store.totals().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_prints_shares_and_means() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("t.sqlite")).await.unwrap();
    let now = Timestamp(1_795_400_000_000);
    let label =
        threadmodel::store::RepositoryLabel { owner: "acme".to_owned(), name: "api".to_owned(), installation: 9 };
    let pull = threadmodel::store::PullKey { repository: 7, number: 42 };
    let wake = threadmodel::store::NewWake { pull, label, class: threadmodel::store::WakeClass::Due, due_at: now };
    store.wake_all(vec![wake], now).await.unwrap();
    let held = store.claim(now, threadmodel::time::Millis::minutes(2)).await.unwrap().unwrap();
    let measures = Measures {
        methodology: "stride".to_owned(),
        questions: 4,
        answered: 3,
        settled: 3,
        changed: 2,
        to_first_question: Some(2),
        to_first_answer: Some(15),
        to_green: None,
        decided: 3,
        accepted: 2,
        adopted: 1,
        security_half_minutes: 11,
    };
    store.note_measures(&held, &measures).await.unwrap();
    let ran = crate::cli::run_in(folder.path(), &["stats", "--database", "t.sqlite"], "");
    let row = ran.out.lines().last().unwrap_or_default();
    let cells: Vec<&str> = row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(
        cells,
        ["acme/api", "stride", "1", "4.0", "75 %", "66 %", "2.0", "15.0", "–", "66 %", "50 %", "5.5"],
        "{}{}",
        ran.out,
        ran.err
    );
}
