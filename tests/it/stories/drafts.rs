//! The draft: what it says, what it takes for granted, and what a late answer does to it.

use super::acts::{
    asked, at_rest, command, draft_says, drafts, facts, looked, noted, number, on, posts, rested_draft, root_says,
    said_in, told,
};
use super::{DOCUMENT, assert_safe};
use crate::stage::{Stage, Thread};

/// The words of the suggestion block, if there is one.
fn suggestion(recommendation: &Thread) -> Option<String> {
    let (_, rest) = recommendation.root().body.split_once("```suggestion\n")?;
    Some(rest.split_once("\n```")?.0.to_owned())
}

#[test]
fn each_recommendation_has_an_alternative_and_shows_its_evidence() {
    let stage = Stage::new();
    let (_, recommendations) = rested_draft(&stage);
    for recommendation in &recommendations {
        let body = &recommendation.root().body;
        let alternative = body.split_once("*Or:*").unwrap_or_else(|| panic!("an alternative: {body}")).1;
        assert!(alternative.lines().next().unwrap().trim().len() > 20, "with its trade-off: {body}");
        assert!(body.contains("**Because**") && body.contains("**Left over:**"), "{body}");
    }
    assert_safe(&stage);
}

#[test]
fn a_suggestion_changes_the_line_that_its_recommendation_quotes() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let mut seen = 0;
    for recommendation in &recommendations {
        let Some(new) = suggestion(recommendation) else { continue };
        let line = recommendation.text.clone().expect("a line");
        assert!(DOCUMENT.lines().any(|one| one == line), "it stands on one line: {line}");
        let evidence = recommendation.root().body.split_once("**Because**").unwrap().1.replace('`', "");
        assert!(evidence.contains(&line.replace('`', "")), "that it quotes: {evidence}");
        assert_ne!(new, line, "it changes something");
        seen += 1;
    }
    assert!(seen > 0, "{recommendations:#?}");
    let one = recommendations.iter().find(|one| suggestion(one).is_some()).unwrap();
    stage.commit_suggestion("alice", one);
    let (line, new) = (one.text.clone().unwrap(), suggestion(one).unwrap());
    let page = stage.page(pull);
    let patch = page.0["files"][0]["patch"].as_str().unwrap();
    let expected: Vec<String> = DOCUMENT.replace(&line, &new).lines().map(|line| format!("+{line}")).collect();
    let got: Vec<&str> = patch.lines().filter(|line| line.starts_with('+')).collect();
    assert_eq!(got, expected);
    assert_safe(&stage);
}

#[test]
fn what_the_design_already_covers_is_credited() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let body = stage.page(pull).draft().unwrap().body;
    let credit = body.lines().find(|line| line.contains("Already covered")).unwrap_or_else(|| panic!("{body}"));
    assert!(credit.contains("deletion") && credit.contains("line 12") && credit.contains("#L12"), "{credit}");
    assert_safe(&stage);
}

#[test]
fn a_comment_that_quotes_a_sentence_of_the_draft_corrects_what_was_understood() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let before = posts(&stage);
    let sentence = "The export-worker reads the invoices from billing-db and writes a CSV file to the exports-bucket.";
    draft_says(&stage, pull, &[sentence]);
    stage.comment("alice", pull, &format!("> {sentence}\n\nIt reads them from `ledger-db`, not from `billing-db`."));
    let body = draft_says(&stage, pull, &["ledger-db", "alice"]);
    let understood = body.split("```").next().unwrap();
    assert!(understood.contains("ledger-db"), "how we understood it: {understood}");
    at_rest(&stage, pull);
    assert_eq!(posts(&stage), before, "by edits");
    assert!(facts(&stage, pull).contains("ledger-db"));
    assert_safe(&stage);
}

#[test]
fn an_approval_accepts_the_assumptions_by_number() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let body = stage.page(pull).draft().unwrap().body;
    let line = body.lines().find(|line| line.contains("Assumed, nobody said")).unwrap_or_else(|| panic!("{body}"));
    for number in ["**A1**", "**A2**", "**A3**"] {
        assert!(line.contains(number), "{line}");
    }
    stage.approve("sam", pull);
    let check = stage.green(pull);
    let last = (1..100).take_while(|n| body.contains(&format!("**A{n}**"))).last().unwrap();
    assert!(check.says("A1") && check.says(&format!("A{last}")) && check.says("accept"), "{}", check.words);
    assert_safe(&stage);
}

/// The number of the assumption that stands for a question.
fn stands_for(question: &Thread) -> Option<String> {
    let (_, rest) = question.root().body.split_once("Assumption A")?;
    Some(format!("A{}", rest.chars().take_while(char::is_ascii_digit).collect::<String>()))
}

#[test]
fn a_challenged_assumption_is_asked_about_again_in_its_thread() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let questions = stage.page(pull).questions();
    let question = on(&questions, "Support staff");
    let assumption = stands_for(question).expect("an assumption stands for it");
    stage.comment("sam", pull, &format!("/threadmodel challenge {assumption}"));
    told(&stage, pull, question, &["sam", "record"]);
    stage.closed(pull, "question");
    stage.reply("alice", question, "c");
    noted(&stage, pull, question, "alice", "nowhere");
    let body = draft_says(&stage, pull, &["nowhere"]);
    assert!(!body.contains("Each use of that way in is recorded"), "it is not assumed any more: {body}");
    assert_eq!(drafts(&stage), 1);
    stage.closed(pull, "@acme/security");
    at_rest(&stage, pull);
    stage.approve("tess", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_challenged_assumption_that_nobody_was_asked_about_becomes_a_question() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let questions = stage.page(pull).questions();
    let asked: Vec<String> = questions.iter().filter_map(stands_for).collect();
    let unasked = (1..=5).map(|n| format!("A{n}")).find(|one| !asked.contains(one)).expect("one that nobody was asked");
    stage.comment("sam", pull, &format!("/threadmodel challenge {unasked}"));
    let now = stage
        .until(pull, "one more question", |page| Some(page.questions()).filter(|now| now.len() == questions.len() + 1));
    let new = now.iter().find(|one| questions.iter().all(|old| old.id != one.id)).unwrap();
    stage.reply("alice", new, "a");
    root_says(&stage, pull, new, &["Noted", "alice"]);
    assert_eq!(drafts(&stage), 1);
    assert_safe(&stage);
}

#[test]
fn only_code_owners_challenge_and_others_are_told_so() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let before = stage.page(pull).questions();
    for who in ["alice", "bob"] {
        let refusal = command(&stage, who, pull, "challenge A1");
        assert!(refusal.contains("acme/security") && refusal.contains("challenge"), "{refusal}");
    }
    let page = looked(&stage, pull);
    assert_eq!(page.questions().len(), before.len());
    assert!(before.iter().all(|question| said_in(&page, question).is_empty()));
    let unknown = command(&stage, "sam", pull, "challenge A99");
    assert!(unknown.contains("no such assumption"), "{unknown}");
    assert_safe(&stage);
}

#[test]
fn an_answer_that_rules_a_threat_out_takes_its_recommendation_off_the_list() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let questions = stage.page(pull).questions();
    let recommendation = on(&recommendations, "Support staff");
    let number = number(recommendation);
    stage.reply("alice", on(&questions, "Support staff"), "a");
    noted(&stage, pull, on(&questions, "Support staff"), "alice", "in a record");
    draft_says(&stage, pull, &["in a record that they cannot change"]);
    root_says(&stage, pull, recommendation, &["~~", &number]);
    assert_eq!(drafts(&stage), 1);
    assert_safe(&stage);
}

#[test]
fn the_round_and_the_draft_are_two_reviews_in_all() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    for question in &questions {
        stage.reply("alice", question, "b");
    }
    stage.draft(pull);
    let page = at_rest(&stage, pull);
    assert_eq!(page.by_the_app().len(), 2, "{:#?}", page.by_the_app());
    assert!(page.questions().iter().all(|question| said_in(&page, question).is_empty()), "answers are noted by edits");
    assert_safe(&stage);
}
