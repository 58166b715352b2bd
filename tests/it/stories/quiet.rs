//! How little it says.

use super::acts::{asked, at_rest, looked, noted, on, posts, rested_draft};
use super::assert_safe;
use crate::stage::{BOT, Page, Stage, marker};

/// How many acts of the app the log holds.
fn writes(stage: &Stage) -> usize {
    stage.log().iter().filter(|entry| entry.actor == BOT).count()
}

fn reviews(page: &Page) -> Vec<String> {
    let kinds = |kind: &str| ["round.", "draft."].iter().any(|one| kind.starts_with(one));
    let keys: Vec<String> = page.by_the_app().iter().filter_map(|said| marker(&said.body).map(str::to_owned)).collect();
    keys.into_iter().filter(|key| kinds(key)).collect()
}

#[test]
fn forty_asides_after_approval_cause_no_analysis_and_no_write() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let questions = stage.page(pull).questions();
    stage.approve("sam", pull);
    stage.green(pull);
    at_rest(&stage, pull);
    // GitHub tells times to the second: what is said within the second of the approval was said before it.
    std::thread::sleep(std::time::Duration::from_secs(1));
    let before = writes(&stage);
    let asides = ["Thanks!", "Nice, thank you all.", "LGTM 👍", "Great, see you at lunch.", "Good work, everybody."];
    for at in 0..10 {
        let aside = asides[at % asides.len()];
        stage.reply("alice", &questions[at % questions.len()], aside);
        stage.reply("bob", &recommendations[at % recommendations.len()], aside);
        stage.comment("tess", pull, aside);
        stage.comment("bob", pull, aside);
        if at % 3 == 0 {
            at_rest(&stage, pull);
        }
        assert_eq!(stage.metric("threadmodel_analyses{state=\"waiting\"}"), Some(0));
    }
    let page = at_rest(&stage, pull);
    let acts = stage.log();
    let acts: Vec<_> = acts.iter().filter(|entry| entry.actor == BOT).skip(before).collect();
    assert!(acts.is_empty(), "not a word, not an edit: {acts:#?}");
    assert!(page.check(crate::stage::CHECK).unwrap().is_green());
    stage.merge("alice", pull).unwrap();
    assert_safe(&stage);
}

#[test]
fn a_thank_you_under_a_question_that_was_left_open_changes_nothing_in_its_post() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let questions = stage.page(pull).questions();
    let says = |page: &Page| -> Vec<String> { page.questions().iter().map(|q| q.root().body.clone()).collect() };
    let before = says(&stage.page(pull));
    assert!(before.iter().all(|body| body.contains("**Left open**")), "{before:#?}");
    stage.reply("alice", &questions[0], "Thanks!");
    assert_eq!(says(&looked(&stage, pull)), before);
    assert_safe(&stage);
}

#[test]
fn asides_before_the_draft_are_no_answers_and_get_none() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    at_rest(&stage, pull);
    let before = posts(&stage);
    for (question, aside) in questions.iter().zip(["Thanks!", "Good question.", "LGTM 👍", "Great, see you at lunch."])
    {
        stage.reply("alice", question, aside);
    }
    stage.comment("bob", pull, "Shall we have lunch?");
    let page = at_rest(&stage, pull);
    assert_eq!(posts(&stage), before);
    assert!(page.questions().iter().all(|question| !question.root().body.contains("Noted")));
    super::acts::all_open(&stage, pull, &questions);
    assert_safe(&stage);
}

#[test]
fn each_round_is_one_review_and_the_draft_is_one() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    assert_eq!(reviews(&at_rest(&stage, pull)).len(), 1);
    for (question, answer) in questions.iter().zip(["a", "c", "c", "c"]) {
        stage.reply("alice", question, answer);
    }
    stage.drafted(pull);
    stage.comment("sam", pull, "/threadmodel challenge A1");
    let page = looked(&stage, pull);
    let reviews = reviews(&page);
    assert!(reviews.len() <= 3, "two rounds at most, and the draft: {reviews:?}");
    assert_eq!(page.by_the_app().len(), reviews.len() + 1, "and the answer to a command: {:#?}", page.by_the_app());
    assert_safe(&stage);
}

#[test]
fn answers_are_noted_by_edits_and_progress_is_on_the_check() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    at_rest(&stage, pull);
    let before = posts(&stage);
    for (count, question) in questions.iter().enumerate().take(questions.len() - 1) {
        stage.reply("alice", question, "b");
        super::acts::root_says(&stage, pull, question, &["Noted"]);
        let wait = questions.len() - count - 1;
        stage.closed(pull, &format!("{wait} question"));
    }
    at_rest(&stage, pull);
    assert_eq!(posts(&stage), before);
    assert_safe(&stage);
}

#[test]
fn a_second_command_of_the_same_kind_is_answered_and_nothing_else_is_said() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.reply("alice", on(&questions, "Support staff"), "b");
    noted(&stage, pull, on(&questions, "Support staff"), "alice", "ordinary logs");
    let before = posts(&stage);
    super::acts::facts(&stage, pull);
    super::acts::facts(&stage, pull);
    at_rest(&stage, pull);
    assert_eq!(posts(&stage), before + 2);
    assert_safe(&stage);
}
