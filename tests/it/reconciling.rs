//! An effect is remembered and seen: every row of that table (ARCHITECTURE, invariant 2) on facts built by hand.

use std::sync::Arc;

use threadmodel::analyst::{Answer, AssessOutput};
use threadmodel::review::effect::Effect;
use threadmodel::review::marker::PostKey;
use threadmodel::review::reconcile::Plan;
use threadmodel::review::record::{Analysis, CommandOutcome, Pin, Post, Press};
use threadmodel::review::seen::body_digest;
use threadmodel::review::snapshot::{CheckRun, Probed};
use threadmodel::review::verdict::Why;
use threadmodel::review::wanted::Conclusion;
use threadmodel::text::Untrusted;
use threadmodel::threat_model::Reading;
use threadmodel::time::{Millis, Timestamp};

use crate::facts::{ANSWER, DRAFT, Facts, Q1, R1, ROUND, actor};

/// The posts that an effect creates.
fn created(effect: &Effect) -> Vec<PostKey> {
    match effect {
        Effect::PostReview { key, comments, .. } => key.iter().copied().chain(comments.iter().map(|c| c.key)).collect(),
        Effect::PostReply { key, .. } | Effect::PostComment { key, .. } => vec![*key],
        _ => vec![],
    }
}

fn creates(plan: &Plan) -> Vec<PostKey> {
    plan.effects.iter().flat_map(created).collect()
}

fn edits(plan: &Plan) -> Vec<PostKey> {
    plan.effects.iter().filter_map(|e| if let Effect::Edit { key, .. } = e { Some(*key) } else { None }).collect()
}

fn check_written(plan: &Plan) -> Option<(Conclusion, Option<u64>)> {
    plan.effects.iter().find_map(|e| match e {
        Effect::WriteCheck { check, id } => Some((check.conclusion, *id)),
        _ => None,
    })
}

fn times_created(facts: &Facts, key: PostKey) -> usize {
    facts.log.iter().flat_map(created).filter(|k| *k == key).count()
}

fn pin(facts: &mut Facts, plan: &Plan) {
    let [Effect::Pin(pins)] = plan.effects.as_slice() else { panic!("{:?}", plan.effects) };
    for pin in pins.clone() {
        facts.record.apply(pin);
    }
}

/// Everything is done but the posts, which are about to be written.
fn about_to_post(mut facts: Facts) -> Facts {
    loop {
        let plan = facts.plan();
        if !creates(&plan).is_empty() {
            return facts;
        }
        assert!(!plan.effects.is_empty(), "nothing is posted");
        plan.effects.into_iter().for_each(|effect| facts.carry_out(effect));
    }
}

/// The write is on its way, and its answer is lost.
fn answer_lost(facts: &mut Facts, attempts: u32) {
    for key in creates(&facts.plan()) {
        facts.record.apply(Pin::Post(key, Post::Intent { at: facts.now, attempts, looks: 0 }));
    }
}

fn edited_by(facts: &mut Facts, key: PostKey, login: &str, body: Option<&str>) {
    let now = facts.now;
    let post = facts.post_mut(key).expect("it stands");
    if let Some(body) = body {
        post.body = Untrusted::new(body);
    }
    post.editor = Some(actor(login));
    post.last_edited_at = Some(now);
}

#[test]
fn what_is_wanted_and_neither_applied_nor_seen_is_applied() {
    let facts = about_to_post(Facts::new().question());
    assert_eq!(creates(&facts.plan()), [ROUND, Q1]);
    let facts = facts.settle();
    assert_eq!((times_created(&facts, ROUND), times_created(&facts, Q1)), (1, 1));
}

#[test]
fn a_write_without_an_answer_is_tried_once_more_after_the_wait_and_two_looks_then_failed() {
    let mut facts = about_to_post(Facts::new().question());
    answer_lost(&mut facts, 1);
    let facts = facts.later(59);
    assert_eq!(creates(&facts.plan()), []);
    assert!(facts.plan().wake_at.is_some_and(|at| at <= facts.now.after(Millis::seconds(1))));

    let mut facts = facts.later(1);
    let plan = facts.plan();
    let counted = |e: &Effect| matches!(e, Effect::Pin(pins) if pins.iter().all(Pin::counts_a_look));
    assert!(plan.effects.iter().all(counted), "the second look must be another one: {:?}", plan.effects);
    pin(&mut facts, &plan);
    assert_eq!(creates(&facts.plan()), [ROUND, Q1]);

    answer_lost(&mut facts, 2);
    let mut facts = facts.later(60);
    let plan = facts.plan();
    pin(&mut facts, &plan);
    let plan = facts.plan();
    pin(&mut facts, &plan);
    assert!(matches!(facts.record.posts[&ROUND], Post::Failed { .. }));
    assert_eq!(creates(&facts.plan()), []);
    assert!(!facts.is_open());
}

#[test]
fn a_write_whose_answer_was_lost_is_adopted_when_it_is_seen_and_not_repeated() {
    let mut facts = about_to_post(Facts::new().question());
    let before = facts.record.posts.clone();
    for effect in facts.plan().effects {
        facts.carry_out(effect);
    }
    facts.record.posts = before;
    for key in [ROUND, Q1] {
        facts.record.apply(Pin::Post(key, Post::Intent { at: facts.now, attempts: 1, looks: 0 }));
    }
    let facts = facts.settle();
    assert!(matches!(facts.record.posts[&Q1], Post::Done { .. }));
    assert_eq!((times_created(&facts, ROUND), times_created(&facts, Q1)), (1, 1));
}

#[test]
fn a_question_that_was_removed_before_it_was_ever_seen_is_removed_and_not_waited_for() {
    let mut facts = Facts::asked();
    facts.remove(Q1);
    facts.record.apply(Pin::Post(Q1, Post::Intent { at: facts.now, attempts: 1, looks: 1 }));
    let facts = facts.later(60).settle();
    assert!(matches!(facts.record.posts[&Q1], Post::Removed { .. }));
    assert_eq!(times_created(&facts, Q1), 1);
}

#[test]
fn what_is_not_seen_may_lag_and_then_is_asked_for_by_id() {
    let mut facts = Facts::asked();
    facts.remove(Q1);
    assert_eq!(facts.plan().effects, []);
    assert!(facts.plan().wake_at.is_some());
    let mut facts = facts.later(61);
    let plan = facts.plan();
    assert!(matches!(plan.effects.as_slice(), [Effect::Probe(_)]), "{:?}", plan.effects);

    // Still there: the lists lag.
    let Post::Done { node, .. } = facts.record.posts[&Q1].clone() else { panic!("done") };
    facts.snapshot.probed.insert(node.clone(), Probed::Present);
    assert_eq!(facts.plan().effects, []);
    assert!(facts.plan().wake_at.is_some());

    // Gone: a person removed it, and it is never posted again.
    facts.snapshot.probed.insert(node, Probed::Gone);
    let facts = facts.settle().later(10_000).settle();
    assert!(matches!(facts.record.posts[&Q1], Post::Removed { .. }));
    assert_eq!(times_created(&facts, Q1), 1);
}

#[test]
fn what_is_gone_and_still_listed_is_lag_and_not_edited_over_and_over() {
    let mut facts = Facts::asked();
    facts.record.apply(Pin::Post(Q1, Post::Removed { at: facts.now }));
    let plan = facts.plan();
    assert!(edits(&plan).is_empty() && creates(&plan).is_empty(), "{:?}", plan.effects);
    let facts = facts.settle();
    assert!(matches!(facts.record.posts[&Q1], Post::Removed { .. }));
    // After the wait it is there after all.
    let facts = facts.later(61).settle();
    assert!(matches!(facts.record.posts[&Q1], Post::Done { .. }));
}

#[test]
fn a_post_that_reads_otherwise_without_an_editor_is_updated_after_the_wait() {
    let mut facts = Facts::asked();
    facts.post_mut(Q1).unwrap().body = Untrusted::new("an older text");
    assert_eq!(edits(&facts.plan()), []);
    assert!(facts.plan().wake_at.is_some());
    assert_eq!(edits(&facts.later(61).plan()), [Q1]);
}

#[test]
fn what_a_person_edits_is_theirs_except_the_draft() {
    let mut facts = Facts::asked().later(100);
    edited_by(&mut facts, Q1, "ana", Some("We answered this elsewhere."));
    let facts = facts.later(100).settle();
    assert!(facts.log.iter().all(|e| !matches!(e, Effect::Edit { key, .. } if *key == Q1)));
}

#[test]
fn an_altered_post_of_the_draft_is_restored_and_approvals_from_before_are_void() {
    for (key, text) in [(DRAFT, Some("LGTM")), (R1, Some("Nothing to do here.")), (R1, None)] {
        let mut facts = Facts::drafted().approve("sec").later(100);
        assert!(facts.is_open());
        edited_by(&mut facts, key, "ana", text);
        assert!(!facts.want().verdict.is_open());
        let mut facts = facts.settle();
        let now = facts.post_mut(key).unwrap().clone();
        assert!(now.editor.is_some_and(|e| e.login == "threadmodel"), "restored");
        assert!(now.body.raw().contains("restored"), "even where the same words were put back");
        assert!(!facts.is_open(), "{key}");
        assert!(facts.approve("sec").is_open(), "{key}");
    }
}

#[test]
fn a_second_alteration_in_the_second_of_the_restore_is_restored_too() {
    let mut facts = Facts::drafted().later(100);
    edited_by(&mut facts, R1, "ana", Some("No."));
    let altered_at = facts.now;
    let mut facts = facts.settle();
    edited_by(&mut facts, R1, "ana", Some("Again no."));
    facts.post_mut(R1).unwrap().last_edited_at = Some(altered_at);
    assert!(!facts.want().verdict.is_open());
    let mut facts = facts.approve("sec").later(61).settle();
    assert!(facts.post_mut(R1).unwrap().body.raw().contains("restored"));
    assert!(!facts.is_open(), "approved while it read otherwise");
    assert!(facts.approve("sec").is_open());
}

/// What we write over may have been somebody else's words, which reads that lag did not show.
#[test]
fn an_approval_that_was_first_read_after_we_wrote_over_a_post_does_not_count() {
    let unread = Facts::drafted().later(100).approve("sec").later(10);
    let mut read = unread.clone().settle();
    let mut unread = unread;
    for facts in [&mut read, &mut unread] {
        edited_by(facts, R1, "threadmodel", None);
    }
    assert!(matches!(unread.why_not("sec"), Why::WhileEdited { .. }));
    assert!(unread.approve("sec").is_open());
    assert!(read.is_open(), "known to have been given to our words");
}

#[test]
fn a_removed_post_of_the_draft_is_posted_again_and_approvals_from_before_are_void() {
    let mut facts = Facts::drafted().approve("sec").later(100);
    facts.remove(R1);
    let facts = facts.settle();
    assert_eq!(times_created(&facts, R1), 2);
    assert!(!facts.is_open());
    assert!(facts.approve("sec").is_open());
}

#[test]
fn a_lost_post_of_the_draft_is_not_tried_for_ever() {
    let mut facts = Facts::drafted();
    facts.remove(R1);
    facts.record.apply(Pin::Post(R1, Post::Intent { at: Timestamp(0), attempts: 1, looks: 1 }));
    let attempts = facts.plan().effects.into_iter().find_map(|e| match e {
        Effect::PostReview { attempts, .. } => Some(attempts),
        _ => None,
    });
    assert_eq!(attempts, Some(1));
    facts.record.apply(Pin::Post(R1, Post::Intent { at: Timestamp(0), attempts: 2, looks: 1 }));
    let plan = facts.plan();
    pin(&mut facts, &plan);
    assert!(matches!(facts.record.posts[&R1], Post::Failed { .. }));
    assert!(!facts.approve("sec").is_open());
}

#[test]
fn what_was_refused_is_not_tried_again_until_something_else_is_wanted() {
    let facts = about_to_post(Facts::asked().say("ana", "/threadmodel help"));
    let body = facts.want().posts.iter().find(|p| p.key == ANSWER).map(|p| body_digest(p.body.as_str())).unwrap();
    let refused = |wanted| Pin::Post(ANSWER, Post::Refused { why: "locked".to_owned(), wanted });
    let mut facts = facts;
    facts.record.apply(refused(body));
    assert_eq!(creates(&facts.plan()), []);
    facts.record.apply(refused(body_digest("something else")));
    assert_eq!(creates(&facts.plan()), [ANSWER]);
}

#[test]
fn a_refused_line_of_the_draft_goes_into_its_body() {
    let mut facts = about_to_post(Facts::new().question());
    facts.record.apply(Pin::Post(Q1, Post::Refused { why: "line".to_owned(), wanted: body_digest("x") }));
    let mut facts = facts.settle();
    assert_eq!(times_created(&facts, Q1), 0);
    assert!(facts.post_mut(ROUND).unwrap().body.raw().contains("How long does a signed link work?"));
}

#[test]
fn posts_of_a_lost_database_are_adopted() {
    let mut facts = Facts::drafted().say("ana", "/threadmodel help").settle();
    let posted = facts.log.iter().map(|e| created(e).len()).sum::<usize>();
    facts.record.posts.clear();
    facts.record.checks.clear();
    facts.log.clear();
    let facts = facts.settle();
    assert_eq!(facts.log.iter().map(|e| created(e).len()).sum::<usize>(), 0);
    assert_eq!(facts.record.posts.len(), posted);
}

#[test]
fn of_two_the_oldest_stays_and_the_other_is_dealt_with_once() {
    let mut facts = Facts::asked().say("ana", "/threadmodel help").settle();
    let first = facts.post_mut(ANSWER).unwrap().clone();
    let facts_now = facts.later(5);
    let mut facts = facts_now;
    let double = facts.posted(Some(ANSWER), first.body.raw());
    facts.snapshot.comments.push(double.clone());
    let wanted = Effect::Undouble { key: ANSWER, id: double.id, first: first.id };
    assert_eq!(facts.plan().effects, std::slice::from_ref(&wanted));
    facts.carry_out(wanted);
    // The list shows it for a while.
    facts.snapshot.comments.push(double);
    assert_eq!(facts.plan().effects, []);
}

#[test]
fn a_double_that_people_answered_stays() {
    let mut facts = Facts::asked().later(5);
    let mut thread = facts.snapshot.threads[0].clone();
    let body = thread.comments[0].body.raw().to_owned();
    thread.comments = vec![facts.posted(Some(Q1), &body)];
    facts.snapshot.threads.push(thread);
    assert!(facts.plan().effects.iter().any(|e| matches!(e, Effect::Undouble { .. })));
    let now = facts.now;
    let reply = crate::facts::comment(999_999, actor("ana"), "thanks", None, now);
    facts.snapshot.threads[1].comments.push(reply);
    assert!(facts.plan().effects.iter().all(|e| !matches!(e, Effect::Undouble { .. })));
}

#[test]
fn a_check_that_reads_otherwise_is_written_again_after_the_wait() {
    let mut facts = Facts::drafted();
    facts.snapshot.checks[0].conclusion = None;
    assert_eq!(check_written(&facts.plan()), None);
    assert!(facts.plan().wake_at.is_some());
    let facts = facts.later(61);
    assert_eq!(check_written(&facts.plan()), Some((Conclusion::ActionRequired, Some(facts.snapshot.checks[0].id))));
}

#[test]
fn an_update_of_the_check_without_an_answer_is_written_again_and_counts_as_green() {
    let mut facts = Facts::drafted();
    let (key, id) = (facts.check_key(), facts.snapshot.checks[0].id);
    assert_eq!(check_written(&facts.plan()), None);
    // Success was on its way when the answer was lost; then the ground went away, and reads still show the old run.
    let unknown = facts.record.checks[&key].updating(id, true, facts.now);
    facts.record.apply(Pin::Check(key, unknown));
    let plan = facts.say("ana", "/threadmodel help").settle_pins().plan();
    assert!(matches!(plan.effects.first(), Some(Effect::WriteCheck { id: Some(run), .. }) if *run == id), "{plan:?}");
}

#[test]
fn the_newest_run_is_the_one_that_is_kept_right() {
    let mut facts = Facts::drafted();
    let old = facts.snapshot.checks[0].clone();
    let newer = CheckRun { id: old.id + 1_000, conclusion: Some("success".to_owned()), ..old };
    // In either order of the list.
    facts.snapshot.checks.push(newer.clone());
    let written = Some((Conclusion::ActionRequired, Some(newer.id)));
    assert_eq!(check_written(&facts.plan()), written);
    facts.snapshot.checks.reverse();
    assert_eq!(check_written(&facts.plan()), written);
}

#[test]
fn a_check_that_must_turn_red_is_written_first() {
    let facts = Facts::drafted().approve("sec").settle();
    assert_eq!(facts.conclusion(), Some("success"));
    let plan = facts.object("sue").say("ana", "/threadmodel help").settle_pins().plan();
    assert!(
        matches!(&plan.effects[0], Effect::WriteCheck { check, .. } if check.conclusion == Conclusion::ActionRequired)
    );
    assert_eq!(creates(&plan), [ANSWER]);
}

#[test]
fn success_is_written_last_and_the_check_waits_for_posts() {
    let mut facts = Facts::drafted().approve("sec").say("ana", "/threadmodel help").settle_pins();
    let plan = facts.plan();
    assert_eq!((creates(&plan), check_written(&plan)), (vec![ANSWER], None));
    for effect in plan.effects {
        facts.carry_out(effect);
    }
    let plan = facts.plan();
    assert!(
        matches!(plan.effects.last(), Some(Effect::WriteCheck { check, .. }) if check.conclusion == Conclusion::Success)
    );
}

#[test]
fn when_everything_is_done_nothing_is_planned() {
    for facts in [Facts::asked(), Facts::drafted(), Facts::drafted().approve("sec").settle()] {
        assert_eq!(facts.plan().effects, []);
        assert_eq!(facts.clone().later(100_000).plan().effects, []);
    }
}

#[test]
fn an_analysis_waits_for_quiet_and_is_asked_for_once() {
    let mut facts = Facts::asked();
    facts.settings.quiet = Millis::seconds(90);
    let facts = facts.reply(Q1, "ana", "Seven days.");
    let due = facts.now.after(Millis::seconds(90));
    assert_eq!(facts.plan().effects, []);
    assert_eq!(facts.plan().wake_at, Some(due));
    let facts = facts.later(90).settle();
    let asked = |facts: &Facts| facts.log.iter().filter(|e| matches!(e, Effect::Analyse(_))).count();
    assert_eq!(asked(&facts), 1);
    assert_eq!(asked(&facts.later(1_000).settle()), 1);
}

#[test]
fn people_who_keep_talking_do_not_put_the_reading_off() {
    let mut facts = Facts::asked();
    facts.settings.quiet = Millis::seconds(90);
    let asked_for = |facts: &Facts| {
        let plan = facts.plan();
        plan.effects.into_iter().find_map(|e| if let Effect::Analyse(analysis) = e { Some(analysis) } else { None })
    };
    let mut facts = facts.reply(Q1, "ana", "Seven days.");
    let cap = facts.now.after(facts.settings.quiet_max);
    let mut people = ["ben", "ana"].iter().cycle();
    let asked = loop {
        facts = facts.later(60).reply(Q1, people.next().unwrap(), "One more thing.");
        match asked_for(&facts) {
            Some(analysis) => break analysis,
            None => assert!(facts.now < cap, "put off"),
        }
    };
    assert!(facts.now >= cap, "not read while they talk");
    assert_eq!(asked.not_before, cap);

    // What was read does not count any more: the next word has a quiet period of its own.
    let answer = Answer::Assess(AssessOutput {
        reading: Reading::NotAnAnswer,
        noted: String::new(),
        by: None,
        branches: vec![],
        facts: vec![],
    });
    facts.record.analyses.insert(asked.key, Analysis::Done { answer: Arc::new(answer) });
    let facts = facts.later(2_000).settle().reply(Q1, "ana", "Eight.");
    assert!(asked_for(&facts).is_none());
    assert_eq!(facts.plan().wake_at, Some(facts.now.after(facts.settings.quiet)));
}

#[test]
fn a_failed_analysis_is_tried_again_when_somebody_asks_for_that() {
    let mut facts = Facts::asked().reply(Q1, "ana", "Seven days.").settle();
    let key = facts.record.analyses.keys().next().unwrap().clone();
    let at = facts.now;
    facts.record.analyses.insert(key, Analysis::Failed { why: "the provider is down".to_owned(), at });
    let analyses = |facts: &Facts| facts.plan().effects.iter().filter(|e| matches!(e, Effect::Analyse(_))).count();
    assert_eq!(analyses(&facts), 0);
    let mut press = Press {
        guid: "g".to_owned(),
        sender: actor("ana").id,
        login: "ana".to_owned(),
        action: "try_again".to_owned(),
        sha: facts.snapshot.pull.head.clone(),
        at,
        outcome: Some(CommandOutcome::Applied { documents: body_digest("") }),
    };
    facts.record.presses.push(press.clone());
    assert_eq!(analyses(&facts), 0, "pressed before it failed");
    press.at = at.after(Millis::seconds(1));
    facts.record.presses.push(press);
    assert_eq!(analyses(&facts), 1);
}

#[test]
fn a_broken_policy_turns_the_check_red_under_the_name_that_was_green() {
    let named =
        "approval: { teams: [\"@acme/security\"] }\ntrivial: { sample: 0 }\ncheck: { name: \"design: {base}\" }\n";
    let facts = Facts::new().policy(named).draft().approve("sec").settle();
    assert_eq!(facts.conclusion(), Some("success"));
    let mut facts = facts;
    facts.snapshot.policy = Err(threadmodel::policy::Policy::parse("mode: [").unwrap_err());
    let facts = facts.settle();
    assert_eq!(facts.snapshot.checks.len(), 1, "no other name");
    assert_eq!((facts.snapshot.checks[0].name.as_str(), facts.conclusion()), ("design: main", Some("action_required")));
}
