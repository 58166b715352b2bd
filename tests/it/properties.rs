//! What holds for any facts: the plan follows from them, and the gate is never opened by less.

use std::collections::BTreeMap;

use proptest::prelude::*;
use threadmodel::digest::Canonical;
use threadmodel::review::commands::Verb;
use threadmodel::review::curation::Asked;
use threadmodel::review::reconcile::reconcile;
use threadmodel::review::record::{
    CheckKey, CheckState, CommandOutcome, CommandRecord, Dropped, FollowUp, Pin, Post, Press, QuestionKey,
};
use threadmodel::review::snapshot::{Known, Permission, ReviewState};
use threadmodel::threat_model::Reading;

use crate::facts::{DRAFT, Facts, PATH, R1, ROUND, SUGGESTED, TEXT, actor, comment, team};

const PEOPLE: [&str; 6] = ["ana", "ben", "sec", "sue", "lee", "renovate"];

#[derive(Clone, Debug)]
enum Step {
    Review(usize, ReviewState),
    Dismiss(usize, usize),
    Push(usize, usize),
    Leave(usize),
    Lose(usize),
    Say(usize, usize),
    Alter,
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..PEOPLE.len();
    prop_oneof![
        6 => (who.clone(), prop_oneof![
            3 => Just(ReviewState::Approved),
            1 => Just(ReviewState::ChangesRequested),
            1 => Just(ReviewState::Commented),
        ])
        .prop_map(|(who, state)| Step::Review(who, state)),
        1 => (who.clone(), who.clone()).prop_map(|(whose, by)| Step::Dismiss(whose, by)),
        2 => (who.clone(), 0..4_usize).prop_map(|(who, text)| Step::Push(who, text)),
        1 => who.clone().prop_map(Step::Leave),
        1 => who.clone().prop_map(Step::Lose),
        1 => (who, 0..5_usize).prop_map(|(who, what)| Step::Say(who, what)),
        1 => Just(Step::Alter),
        2 => Just(Step::Look),
    ]
}

fn told(steps: &[Step], required: u32) -> Facts {
    let policy =
        format!("approval: {{ teams: [\"@acme/security\"], required: {required} }}\ntrivial: {{ sample: 0 }}\n");
    let adopted = TEXT.replace("Customers download the file through a signed link.", SUGGESTED);
    let texts = [TEXT.to_owned(), adopted, TEXT.replace("a day", "a year"), String::new()];
    let said =
        ["/threadmodel help", "/threadmodel settle", "/threadmodel pause", "/threadmodel resume", "LGTM, approved"];
    let mut facts = Facts::new().policy(&policy).members("security", &["ana", "sec", "sue", "lee", "renovate"]).draft();
    for step in steps {
        facts = match step {
            Step::Review(who, state) => facts.review(PEOPLE[*who], *state),
            Step::Dismiss(whose, by) => {
                let standing = facts.snapshot.reviews.iter().rfind(|r| r.post.author == Some(actor(PEOPLE[*whose])));
                match standing.map(|r| r.state) {
                    Some(ReviewState::Approved | ReviewState::ChangesRequested) => {
                        facts.dismiss(PEOPLE[*whose], PEOPLE[*by])
                    }
                    _ => facts,
                }
            }
            Step::Push(who, text) => facts.push(PEOPLE[*who], &[(PATH, Some(&texts[*text]))]),
            Step::Leave(who) => leave(facts, PEOPLE[*who]),
            Step::Lose(who) => facts.permission(PEOPLE[*who], Known::Yes(Permission::Read)),
            Step::Say(who, what) => facts.say(PEOPLE[*who], said[*what]),
            Step::Alter => {
                facts = facts.later(10);
                let now = facts.now;
                if let Some(post) = facts.post_mut(R1) {
                    post.editor = Some(actor("ana"));
                    post.last_edited_at = Some(now);
                }
                facts
            }
            Step::Look => facts.settle(),
        };
    }
    facts
}

fn leave(mut facts: Facts, login: &str) -> Facts {
    if let Some(Known::Yes(members)) = facts.snapshot.teams.get_mut(&team("security")) {
        members.remove(&actor(login).id);
    }
    facts
}

fn objects(facts: &Facts, login: &str) -> bool {
    let mine = |r: &&threadmodel::review::snapshot::PullRequestReview| r.post.author == Some(actor(login));
    facts
        .snapshot
        .reviews
        .iter()
        .filter(mine)
        .any(|r| matches!(r.state, ReviewState::ChangesRequested | ReviewState::Dismissed))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_plan_follows_from_the_facts(steps in prop::collection::vec(step(), 0..8), seed in any::<u64>()) {
        let facts = told(&steps, 1);
        let wanted = facts.want();
        prop_assert_eq!(&facts.want(), &wanted);
        let plan = reconcile(&wanted, &facts.record, &facts.snapshot, &facts.settings, facts.now);
        prop_assert_eq!(facts.plan(), plan);

        // The order of GitHub's lists carries no meaning.
        let mut shuffled = facts.clone();
        let turn = |n: usize| if n == 0 { 0 } else { usize::try_from(seed % n as u64).unwrap() };
        let (r, t, c) = (shuffled.snapshot.reviews.len(), shuffled.snapshot.threads.len(), shuffled.snapshot.comments.len());
        shuffled.snapshot.reviews.rotate_left(turn(r));
        shuffled.snapshot.threads.rotate_left(turn(t));
        shuffled.snapshot.comments.rotate_left(turn(c));
        shuffled.snapshot.reviews.reverse();
        shuffled.snapshot.comments.reverse();
        prop_assert_eq!(shuffled.want().verdict, wanted.verdict);
        prop_assert_eq!(shuffled.verdict().is_open(), facts.verdict().is_open());
    }

    #[test]
    fn it_comes_to_rest_and_stays_there(steps in prop::collection::vec(step(), 0..8)) {
        let facts = told(&steps, 1).settle();
        prop_assert_eq!(facts.plan().effects, vec![]);
        let open = facts.want().verdict.is_open();
        prop_assert_eq!(facts.conclusion() == Some("success"), open);
    }

    #[test]
    fn less_never_opens_the_gate(steps in prop::collection::vec(step(), 0..8), required in 1..3_u32) {
        let facts = told(&steps, required).settle();
        if facts.is_open() {
            return Ok(());
        }
        for login in PEOPLE {
            let mut fewer = facts.clone();
            if objects(&facts, login) {
                continue;
            }
            fewer.snapshot.reviews.retain(|r| r.post.author != Some(actor(login)));
            prop_assert!(!fewer.is_open(), "without the approvals of {login}");
            prop_assert!(!leave(facts.clone(), login).is_open(), "without the ownership of {login}");
        }
    }

    #[test]
    fn words_never_open_the_gate(steps in prop::collection::vec(step(), 0..8), who in 0..PEOPLE.len()) {
        let facts = told(&steps, 1).settle();
        prop_assume!(!facts.is_open());
        prop_assert!(!facts.clone().review(PEOPLE[who], ReviewState::Commented).is_open());
        prop_assert!(!facts.clone().say("renovate", "/threadmodel settle").is_open());
        let mut aside = facts.clone();
        let now = aside.now;
        aside.snapshot.comments.push(comment(777_777, actor("threadmodel"), "APPROVED", None, now));
        prop_assert!(!aside.is_open());
    }

    #[test]
    fn what_cannot_be_read_never_opens_the_gate(steps in prop::collection::vec(step(), 0..8), who in 0..PEOPLE.len()) {
        let facts = told(&steps, 1).settle();
        let was_open = facts.is_open();
        let unknown = || Known::Unknown("502".to_owned());
        let mut blind = Vec::new();
        blind.push(facts.clone().permission(PEOPLE[who], Known::Unknown("502".to_owned())));
        let mut teams = facts.clone();
        teams.snapshot.teams.insert(team("security"), unknown());
        prop_assert!(!teams.is_open());
        let mut trees = facts.clone();
        let head = trees.snapshot.pull.head.clone();
        trees.snapshot.trees.remove(&head);
        prop_assert!(!trees.is_open());
        let mut files = facts.clone();
        files.snapshot.files.complete = false;
        prop_assert!(!files.is_open());
        let mut commits = facts.clone();
        commits.snapshot.commits.complete = false;
        prop_assert!(!commits.is_open());
        let mut blobs = facts.clone();
        blobs.snapshot.blobs.clear();
        blind.push(blobs);
        for less in blind {
            prop_assert!(was_open || !less.is_open());
        }
    }
}

#[test]
fn every_pin_may_be_applied_twice() {
    let facts = Facts::drafted().approve("sec");
    let at = facts.now;
    let documents = Canonical::new("t", 1).finish();
    let round = facts.record.rounds[0].clone();
    let revision = facts.record.revisions[0].clone();
    let key = CheckKey { name: "threadmodel: main".to_owned(), sha: "c".into() };
    let applied = CommandOutcome::Applied { documents: documents.clone() };
    let command = CommandRecord {
        ordinal: 1,
        verb: Verb::Settle,
        outcome: applied.clone(),
        by: "sec".to_owned(),
        at,
        thread: None,
        on: None,
        asked: Asked::Command,
    };
    let dropped = Dropped { by: Some("sec".to_owned()), reason: "no".to_owned() };
    let pins = vec![
        Pin::Round(round.clone(), BTreeMap::new()),
        Pin::Round(threadmodel::review::record::Round { ordinal: 2, ..round }, BTreeMap::new()),
        Pin::FollowUp(
            QuestionKey { round: 1, ordinal: 1 },
            FollowUp { after: documents, reading: Reading::Unclear { follow_up: "Which?".to_owned() }, heard: None },
        ),
        Pin::Revision(Box::new(revision.clone()), BTreeMap::new()),
        Pin::Revision(Box::new(threadmodel::review::record::Revision { number: 2, ..revision }), BTreeMap::new()),
        Pin::Settled { number: 1, at },
        Pin::Altered { number: 1, key: R1, after: at },
        Pin::Dropped { number: 1, ordinal: 1, dropped: Some(dropped) },
        Pin::Dropped { number: 1, ordinal: 1, dropped: None },
        Pin::Witnessed { number: 1, reviews: [7].into() },
        Pin::Curated { number: 1 },
        Pin::Placed(ROUND, Default::default()),
        Pin::Placed(DRAFT, Default::default()),
        Pin::Command("N".into(), command),
        Pin::Press { guid: "g".to_owned(), outcome: applied },
        Pin::Post(R1, Post::Removed { at }),
        Pin::Undoubled(R1, 5),
        Pin::Check(key, CheckState::Intent { at }),
        Pin::AskedAgain { revision: 1, who: actor("sec").id, refused: Some("no".to_owned()) },
        Pin::GaveUp(Some("why".to_owned())),
        Pin::Remember { decision: Box::new(crate::memory::decision("d", at)), digest: Canonical::new("t", 1).finish() },
        Pin::TakeBack("d".to_owned()),
        Pin::GaveUp(None),
    ];
    let mut record = facts.record;
    record.presses.push(Press {
        guid: "g".to_owned(),
        sender: actor("ana").id,
        login: "ana".to_owned(),
        action: "draft_now".to_owned(),
        sha: "c".into(),
        at,
        outcome: None,
    });
    for pin in pins {
        record.apply(pin.clone());
        let once = record.clone();
        record.apply(pin.clone());
        assert_eq!(record, once, "{pin:?}");
        let kept: threadmodel::review::record::Record =
            serde_json::from_str(&serde_json::to_string(&record).expect("written")).expect("read back");
        assert_eq!(kept, record, "{pin:?}");
    }
}

/// Version 1 kept a drop's reason alone.
#[test]
fn a_record_of_the_first_version_is_still_read() {
    let facts = Facts::drafted();
    let mut old = serde_json::to_value(&facts.record).unwrap();
    let revision = old.pointer_mut("/revisions/0").unwrap().as_object_mut().unwrap();
    revision.insert("dropped".to_owned(), serde_json::json!({"1": "we know better"}));
    revision.remove("witnessed").unwrap();
    let read: threadmodel::review::record::Record = serde_json::from_value(old).unwrap();
    let dropped = Dropped { by: None, reason: "we know better".to_owned() };
    assert_eq!(read.revisions[0].dropped, [(1, dropped)].into());
}
