//! Organisational memory: what a review leaves for the next ones, when, and what the next one makes of it.

mod command;
mod markdown;

use threadmodel::analyst::Task;
use threadmodel::review::memory;
use threadmodel::review::record::{Analysis, Pin, Record};
use threadmodel::review::snapshot::{Decided, PullState};
use threadmodel::threat_model::{Decision, DecisionKind, Slot};
use threadmodel::time::{Millis, Timestamp};

use crate::facts::{Facts, R1};

/// A decision of another review.
pub fn decision(id: &str, at: Timestamp) -> Decision {
    Decision {
        id: id.to_owned(),
        repository: "acme/api".to_owned(),
        pull: 12,
        kind: DecisionKind::Dropped,
        concern: "link".to_owned(),
        slot: Slot::Secrets,
        title: "Use one-time links".to_owned(),
        reason: "we never do one-time links".to_owned(),
        by: "sec".to_owned(),
        at,
        until: None,
    }
}

fn dropped(reason: &str) -> Facts {
    Facts::drafted().reply(R1, "sec", &format!("/threadmodel drop {reason}")).settle()
}

/// What was handed to the store, in order.
fn kept(facts: &Facts) -> Vec<Result<Decision, String>> {
    let pins = facts.log.iter().filter_map(|effect| match effect {
        threadmodel::review::effect::Effect::Pin(pins) => Some(pins),
        _ => None,
    });
    pins.flatten()
        .filter_map(|pin| match pin {
            Pin::Remember { decision, .. } => Some(Ok((**decision).clone())),
            Pin::TakeBack(id) => Some(Err(id.clone())),
            _ => None,
        })
        .collect()
}

#[test]
fn a_drop_is_remembered_once_the_team_approved() {
    let facts = dropped("we never do one-time links");
    assert_eq!(kept(&facts), [], "one owner's word is not yet the team's");
    let facts = facts.approve("sec").settle();
    let kept_first = kept(&facts);
    let [Ok(decision)] = kept_first.as_slice() else { panic!("{kept_first:?}") };
    let Decision { id, repository, pull, kind, concern, slot, reason, by, at, until, .. } = decision.clone();
    assert_eq!((id.as_str(), repository.as_str(), pull), ("7-42-link", "acme/api", 42));
    assert_eq!((kind, concern.as_str(), slot), (DecisionKind::Dropped, "link", Slot::Secrets));
    assert_eq!((reason.as_str(), by.as_str(), until), ("we never do one-time links", "sec", None));
    let typed = facts.record.commands.values().map(|c| c.at).max().unwrap();
    assert!(at > typed, "decided when the team stood by it");
    // It comes to rest, and says nothing twice.
    assert_eq!(kept(&facts.later(3_600).settle()).len(), 1);
}

#[test]
fn a_merge_decides_too_and_a_closed_pull_request_decides_nothing() {
    for (state, remembered) in [(PullState::Merged, 1), (PullState::Closed, 0)] {
        let mut facts = dropped("no");
        facts.snapshot.pull.state = state;
        assert_eq!(kept(&facts.settle()).len(), remembered, "{state:?}");
    }
}

#[test]
fn a_recommendation_that_is_kept_after_all_is_taken_back() {
    let facts = dropped("no").approve("sec").settle();
    let facts = facts.reply(R1, "sec", "/threadmodel keep").settle();
    assert_eq!(kept(&facts).len(), 1, "not before the team stands by that");
    let facts = facts.approve("sec").settle();
    assert_eq!(kept(&facts).last().unwrap(), &Err("7-42-link".to_owned()));
    assert!(facts.record.remembered.is_empty());
}

#[test]
fn another_reason_replaces_the_first_one() {
    let facts = dropped("first").approve("sec").settle();
    let facts = facts.reply(R1, "sec", "/threadmodel drop second").settle().approve("sec").settle();
    let reasons: Vec<_> = kept(&facts).into_iter().map(|kept| kept.unwrap().reason).collect();
    assert_eq!(reasons, ["first", "second"]);
}

#[test]
fn how_a_recommendation_ended_and_what_was_reworded_is_remembered_too() {
    let after = |typed: &str| {
        let facts = Facts::drafted().reply(R1, "sec", typed).settle().approve("sec").settle();
        let all = kept(&facts);
        let [Ok(decision)] = all.as_slice() else { panic!("{typed}: {all:?}") };
        (decision.kind, decision.reason.clone(), decision.until)
    };
    let declined = after("/threadmodel decline we have no time for it");
    assert_eq!(declined, (DecisionKind::Declined, "we have no time for it".to_owned(), None));
    let (kind, reason, until) = after("/threadmodel accept-risk small data until 2027-01-31");
    assert_eq!((kind, reason.as_str()), (DecisionKind::RiskAccepted, "small data"));
    assert!(until.is_some());
    let (kind, reason, _) = after("/threadmodel edit change: Sign the file as well.");
    assert_eq!(kind, DecisionKind::Edited);
    assert!(reason.contains("Sign the file as well"), "{reason}");
}

/// The decisions that the wanted draft is given.
fn given(facts: &Facts) -> Vec<String> {
    let wanted = facts.want();
    let [analysis] = wanted.analyses.as_slice() else { panic!("{:?}", wanted.analyses) };
    let Task::Draft(input) = &analysis.task else { panic!("{:?}", analysis.task) };
    input.decisions.iter().map(|d| d.id.clone()).collect()
}

/// Somebody with a say asked for a draft.
fn to_be_drafted() -> Facts {
    Facts::asked().say("ana", "/threadmodel draft").settle_pins()
}

#[test]
fn a_draft_is_given_what_still_holds_and_was_decided_in_time() {
    let mut facts = to_be_drafted();
    let before = Timestamp(facts.now.0 - 60_000);
    let until = |end: Timestamp, id| Decision { until: Some(end), ..decision(id, before) };
    let soon = facts.now.after(Millis::minutes(9));
    let late = decision("late", facts.now.after(Millis::minutes(1)));
    facts.record.memory = vec![late, decision("holds", before), until(soon, "for-now"), until(before, "over")];
    assert_eq!(given(&facts), ["for-now", "holds"]);
    assert_eq!(given(&facts.later(600)), ["holds"]);
}

#[test]
fn a_committed_file_counts_in_place_of_what_is_remembered_unless_that_was_decided_anew() {
    let mut facts = to_be_drafted();
    let (before, later) = (Timestamp(facts.now.0 - 60_000), Timestamp(facts.now.0 - 30_000));
    let file = |path: &str, decision| Decided { path: path.to_owned(), decision };
    let over = Decision { until: Some(before), ..decision("ended", before) };
    facts.snapshot.decided = vec![
        file("acme/.github:ended.md", over.clone()),
        file("acme/.github:anew.md", Decision { id: "anew".to_owned(), ..over }),
        file("acme/.github:theirs.md", decision("theirs", before)),
        file("ours.md", decision("ours", before)),
    ];
    let own = Decision { pull: 42, ..decision("own", before) };
    facts.snapshot.decided.push(file("own.md", own));
    facts.record.memory = vec![decision("ended", before), decision("anew", later)];
    assert_eq!(given(&facts), ["anew", "ours", "theirs"]);
    facts.snapshot.repository.public = true;
    // The organisation's own repository may be private: what it ends or tells is not known here.
    assert_eq!(given(&facts), ["anew", "ended", "ours"]);
}

/// Or a busy organisation would throw away every draft that is being made.
#[test]
fn a_decision_that_comes_while_the_draft_is_made_asks_for_no_other_draft() {
    let mut facts = to_be_drafted();
    let key = facts.want().analyses[0].key.clone();
    facts.record.analyses.insert(key, Analysis::Waiting { since: facts.now });
    let mut facts = facts.later(60);
    facts.record.memory = vec![decision("new", facts.now)];
    assert_eq!(facts.want().analyses, []);
}

#[test]
fn a_decision_redrafts_nothing_that_stands() {
    let mut facts = Facts::drafted();
    facts.record.memory = vec![decision("old", Timestamp(0))];
    let wanted = facts.want();
    assert!(wanted.analyses.is_empty() && wanted.pins.is_empty());
}

#[test]
fn no_analysis_is_given_more_than_it_can_read() {
    let memory = (0..memory::MOST_LOADED).map(|n| decision(&format!("d{n}"), Timestamp(0))).collect();
    let record = Record { memory, ..Record::default() };
    assert_eq!(memory::known(&Facts::drafted().snapshot, &record, [], Timestamp(1)).len(), memory::MOST);
}

#[test]
fn a_public_repository_is_not_told_what_others_decided() {
    let mut facts = to_be_drafted();
    let elsewhere = Decision { repository: "acme/secret".to_owned(), ..decision("elsewhere", Timestamp(0)) };
    facts.record.memory = vec![elsewhere, decision("here", Timestamp(0))];
    assert_eq!(given(&facts), ["elsewhere", "here"]);
    facts.snapshot.repository.public = true;
    assert_eq!(given(&facts), ["here"]);
}
