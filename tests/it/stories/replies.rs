//! What people say in answer to a question, and what is taken from it.

use serde_json::json;

use super::acts::{all_open, asked, facts, looked, noted, on, other_bot, public, said_in, stranger, thread, told};
use super::assert_safe;
use threadmodel::sandbox::Hostility;

use crate::stage::{Beginning, Stage, Thread};

const LINK: &str = "signed link";
const SUPPORT: &str = "Support staff";

fn is_noted(page: &crate::stage::Page, question: &Thread) -> bool {
    thread(page, question.id).root().body.contains("Noted")
}

#[test]
fn facts_tell_who_said_what_and_where() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let alice = stage.reply("alice", on(&questions, LINK), "b, 15 minutes");
    let bob = stage.reply("bob", on(&questions, SUPPORT), "b");
    noted(&stage, pull, on(&questions, LINK), "alice", "15 minutes");
    noted(&stage, pull, on(&questions, SUPPORT), "bob", "ordinary logs");
    let facts = facts(&stage, pull);
    let line = |who: &str| facts.lines().find(|line| line.contains(who)).unwrap_or_else(|| panic!("{who}: {facts}"));
    assert!(line("alice").contains("15 minutes") && line("alice").contains(&format!("discussion_r{alice}")), "{facts}");
    assert!(line("bob").contains("ordinary logs") && line("bob").contains(&format!("discussion_r{bob}")), "{facts}");
    assert_safe(&stage);
}

#[test]
fn a_newer_word_of_the_same_person_replaces_the_older() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.reply("alice", on(&questions, SUPPORT), "c");
    noted(&stage, pull, on(&questions, SUPPORT), "alice", "nowhere");
    stage.reply("alice", on(&questions, SUPPORT), "a, I looked it up");
    noted(&stage, pull, on(&questions, SUPPORT), "alice", "in a record that they cannot change");
    let facts = facts(&stage, pull);
    assert!(facts.contains("in a record that they cannot change") && !facts.contains("nowhere"), "{facts}");
    assert_safe(&stage);
}

#[test]
fn an_answer_in_the_conversation_may_name_its_question_by_number() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.comment("alice", pull, "Q2: b, 15 minutes");
    noted(&stage, pull, &questions[1], "alice", "15 minutes");
    assert!(!is_noted(&looked(&stage, pull), &questions[0]));
    assert_safe(&stage);
}

#[test]
fn an_answer_in_the_conversation_may_quote_its_question() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    let words = question.root().body.lines().next().unwrap();
    stage.comment("alice", pull, &format!("> {words}\n\nb"));
    noted(&stage, pull, question, "alice", "ordinary logs");
    assert_safe(&stage);
}

#[test]
fn one_comment_may_answer_several_questions() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.comment("alice", pull, "Q1: b, 15 minutes\nQ2: c");
    noted(&stage, pull, &questions[0], "alice", "15 minutes");
    noted(&stage, pull, &questions[1], "alice", "nowhere");
    assert_safe(&stage);
}

#[test]
fn an_answer_in_another_questions_thread_goes_to_the_question_that_it_names() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.reply("alice", &questions[0], "Q2: c");
    noted(&stage, pull, &questions[1], "alice", "nowhere");
    assert!(!is_noted(&looked(&stage, pull), &questions[0]), "its own question was not answered");
    assert_safe(&stage);
}

#[test]
fn an_answer_in_another_questions_thread_goes_to_the_question_that_it_quotes() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let words = questions[1].root().body.lines().next().unwrap();
    stage.reply("bob", &questions[0], &format!("> {words}\n\nb"));
    noted(&stage, pull, &questions[1], "bob", "ordinary logs");
    assert!(!is_noted(&looked(&stage, pull), &questions[0]), "its own question was not answered");
    assert_safe(&stage);
}

#[test]
fn an_edited_reply_is_read_anew() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let reply = stage.reply("alice", on(&questions, SUPPORT), "c");
    noted(&stage, pull, on(&questions, SUPPORT), "alice", "nowhere");
    stage.act(json!({"act": "edit_comment", "by": "alice", "comment": reply, "body": "a"}));
    noted(&stage, pull, on(&questions, SUPPORT), "alice", "in a record that they cannot change");
    assert!(!facts(&stage, pull).contains("nowhere"));
    assert_safe(&stage);
}

/// What was taken from a reply is given up, and the question is open again.
fn taken_back(stage: &Stage, pull: u64, questions: &[Thread]) {
    let question = on(questions, SUPPORT);
    stage.until(pull, "the question is open again", |page| (!is_noted(page, question)).then_some(()));
    all_open(stage, pull, questions);
    assert!(!facts(stage, pull).contains("nowhere"));
    assert_safe(stage);
}

#[test]
fn a_deleted_reply_was_never_said() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let reply = stage.reply("alice", on(&questions, SUPPORT), "c");
    noted(&stage, pull, on(&questions, SUPPORT), "alice", "nowhere");
    stage.act(json!({"act": "delete_comment", "by": "alice", "comment": reply}));
    taken_back(&stage, pull, &questions);
}

#[test]
fn a_hidden_reply_was_never_said() {
    // GitHub tells no app of a comment that is hidden: the next sweep finds it.
    let mut stage = Stage::without_app(&Beginning::default(), Hostility::none());
    stage.set("ENGINE__SWEEP_SECONDS", "10");
    stage.start();
    let (pull, questions) = asked(&stage);
    let reply = stage.reply("alice", on(&questions, SUPPORT), "c");
    noted(&stage, pull, on(&questions, SUPPORT), "alice", "nowhere");
    stage.act(json!({"act": "minimize_comment", "by": "bob", "comment": reply, "reason": "off-topic"}));
    taken_back(&stage, pull, &questions);
}

#[test]
fn a_bot_is_neither_heard_nor_answered() {
    let stage = Stage::new();
    public(&stage);
    let bot = other_bot(&stage);
    let (pull, questions) = asked(&stage);
    stage.reply(bot, on(&questions, SUPPORT), "c");
    stage.reply(bot, on(&questions, LINK), "Why does that matter?");
    stage.comment(bot, pull, "/threadmodel facts");
    let page = looked(&stage, pull);
    assert!(!is_noted(&page, on(&questions, SUPPORT)));
    assert_eq!(said_in(&page, on(&questions, LINK)).len(), 0);
    assert_eq!(page.by_the_app().len(), 2, "the round, and the answer to bob: {:#?}", page.by_the_app());
    assert_safe(&stage);
}

#[test]
fn what_an_outsider_says_counts_once_a_member_confirms_it() {
    let stage = Stage::new();
    public(&stage);
    stranger(&stage, "olaf");
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("olaf", question, "c");
    assert!(!is_noted(&looked(&stage, pull), question), "anybody can write here");
    assert!(!facts(&stage, pull).contains("nowhere"));
    stage.reply("bob", question, "confirmed");
    noted(&stage, pull, question, "olaf", "nowhere");
    assert_safe(&stage);
}

#[test]
fn why_is_explained_and_the_question_stays_open() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "Why does that matter?");
    let why = told(&stage, pull, question, &["nobody can say who looked"]);
    let why = why.split("<!--").next().unwrap();
    assert!(why.split(['.', '!', '?']).filter(|sentence| sentence.trim().len() > 10).count() <= 4, "{why}");
    all_open(&stage, pull, &questions);
    stage.reply("alice", question, "I see. b");
    noted(&stage, pull, question, "alice", "ordinary logs");
    assert_safe(&stage);
}

#[test]
fn a_reply_may_quote_the_question_above_its_answer() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    let quoted: Vec<String> = question.root().body.lines().take(3).map(|line| format!("> {line}")).collect();
    stage.reply("alice", question, &format!("{}\n\nIn ordinary logs.", quoted.join("\n")));
    noted(&stage, pull, question, "alice", "ordinary logs");
    let facts = facts(&stage, pull);
    assert!(!facts.contains("cannot change"), "the other proposals were quoted, not said: {facts}");
    assert_safe(&stage);
}

#[test]
fn a_german_answer_is_understood() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.reply("alice", on(&questions, LINK), "b, 15 Minuten, länger geht es nicht");
    noted(&stage, pull, on(&questions, LINK), "alice", "15 Minuten");
    stage.reply("alice", on(&questions, SUPPORT), "Das steht in den normalen Logs, wie alles andere auch.");
    noted(&stage, pull, on(&questions, SUPPORT), "alice", "normalen Logs");
    assert_safe(&stage);
}

#[test]
fn a_german_why_is_answered_in_german() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "Warum ist das wichtig?");
    told(&stage, pull, question, &[" nicht "]);
    assert_safe(&stage);
}

#[test]
fn an_unclear_reply_is_asked_about_once() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "It depends.");
    stage.until(pull, "a follow-up", |page| (said_in(page, question).len() == 1).then_some(()));
    all_open(&stage, pull, &questions);
    stage.reply("alice", question, "Hard to say, it depends on the case.");
    let page = looked(&stage, pull);
    assert!(said_in(&page, question).len() <= 2, "questions.followups is 2");
    stage.reply("alice", question, "It really depends.");
    stage.reply("alice", question, "As I said, that depends.");
    assert!(said_in(&looked(&stage, pull), question).len() <= 2, "questions.followups is 2");
    assert_safe(&stage);
}

#[test]
fn a_question_that_does_not_apply_is_closed_by_an_edit() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "Does not apply: the backoffice is read-only test data.");
    stage.closed(pull, &format!("{} questions wait for", questions.len() - 1));
    super::acts::root_says(&stage, pull, question, &["alice", "not apply"]);
    assert_eq!(said_in(&stage.page(pull), question).len(), 0, "by an edit");
    assert_safe(&stage);
}

#[test]
fn not_knowing_is_an_answer_that_leaves_the_question_open_for_others() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "I don't know.");
    let page = looked(&stage, pull);
    assert!(!is_noted(&page, question), "{:#?}", thread(&page, question.id));
    stage.reply("bob", question, "b");
    noted(&stage, pull, question, "bob", "ordinary logs");
    assert_safe(&stage);
}

#[test]
fn somebody_who_is_named_is_asked_in_the_thread() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "No idea, ask @bob");
    told(&stage, pull, question, &["@bob"]);
    all_open(&stage, pull, &questions);
    stage.reply("bob", question, "b");
    noted(&stage, pull, question, "bob", "ordinary logs");
    assert_safe(&stage);
}

#[test]
fn a_team_that_knows_is_asked_in_the_thread() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "@acme/privacy knows that");
    told(&stage, pull, question, &["@acme/privacy"]);
    assert_safe(&stage);
}

#[test]
fn nobody_is_called_who_cannot_read_the_repository() {
    let stage = Stage::new();
    stranger(&stage, "stranger");
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "No idea, ask @stranger");
    let page = looked(&stage, pull);
    assert!(page.posts().iter().all(|said| !said.body.contains("@stranger")), "{:#?}", page.posts());
    let body = thread(&page, question.id).root().body.clone();
    assert!(body.contains("Left open") && !body.contains("Noted"), "{body}");
    stage.reply("bob", question, "b");
    noted(&stage, pull, question, "bob", "ordinary logs");
    assert_safe(&stage);
}

#[test]
fn somebody_who_must_not_say_it_here_is_told_whom_to_tell() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "I can't post that here, it is confidential.");
    let told = told(&stage, pull, question, &["acme/security"]);
    assert!(told.contains("not") && told.contains("here"), "not to post it: {told}");
    assert!(!is_noted(&stage.page(pull), question));
    assert_safe(&stage);
}

#[test]
fn why_is_explained_once() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "Why does that matter?");
    told(&stage, pull, question, &["nobody can say who looked"]);
    stage.reply("alice", question, "But why does that matter?");
    assert_eq!(said_in(&looked(&stage, pull), question).len(), 1, "it has been said");
    all_open(&stage, pull, &questions);
    stage.reply("alice", question, "I see. b");
    noted(&stage, pull, question, "alice", "ordinary logs");
    assert_safe(&stage);
}

#[test]
fn a_promise_to_look_is_no_answer() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.reply("alice", on(&questions, SUPPORT), "I'll have a look tomorrow.");
    assert!(!is_noted(&looked(&stage, pull), on(&questions, SUPPORT)));
    all_open(&stage, pull, &questions);
    assert_safe(&stage);
}

#[test]
fn who_looks_it_up_and_answers_anew_is_taken_at_the_newer_word() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, SUPPORT);
    stage.reply("alice", question, "c");
    noted(&stage, pull, question, "alice", "nowhere");
    stage.reply("alice", question, "I looked it up: a");
    noted(&stage, pull, question, "alice", "in a record that they cannot change");
    let facts = facts(&stage, pull);
    assert!(facts.contains("in a record that they cannot change") && !facts.contains("looked it up: a"), "{facts}");
    assert_safe(&stage);
}
