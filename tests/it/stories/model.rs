//! A review by a model, whose answers are written by hand: what it asks and drafts, and what its budget ends.

use super::acts::{asked, at_rest, noted, on};
use super::manners::proposed_from_outside;
use super::{DOCUMENT, PATH, assert_safe};
use crate::llm::scripted::answers::{
    answered, ask, component, covered, draft, flow, question, recommendation, threat, triage,
};
use crate::llm::scripted::{Reply, Request, Scripted};
use crate::stage::{Beginning, Stage};
use threadmodel::sandbox::Hostility;

/// Sentences of the document.
pub(super) const STAFF: &str = "Support staff can open every export";
const LINK: &str = "Customers download the file through a signed link";
const MAIL: &str = "The mail service is run by another company";
const WORKER: &str =
    "The export-worker reads the invoices from billing-db and writes a CSV file to the exports-bucket.";

/// What the model's draft begins with, and its recommendation.
pub(super) const SUMMARY: &str = "Customers fetch a file with their invoices";
pub(super) const TITLE: &str = "Show support staff the exports of their own cases";

/// The model at its best.
pub(super) fn well(request: &Request) -> Reply {
    match request.task.as_str() {
        "triage" => Reply::answer(&triage("doc1", STAFF)),
        "ask" => Reply::answer(&ask(vec![
            question("doc1", STAFF, "staff-access", "Who among the support staff may open an export?"),
            question("doc1", LINK, "link-sharing", "What can somebody do to whom the mail was forwarded?"),
            question("doc1", MAIL, "mail-data", "For how long does the mail company keep what it gets?"),
        ])),
        "assess" => {
            let said = request.piece("reply1").unwrap_or_default();
            Reply::answer(&answered(&said, &format!("the author says: {said}")))
        }
        "draft" => {
            let mut answer = draft(&format!("{SUMMARY}."));
            answer.components =
                ["export-worker", "billing-db", "exports-bucket"].map(|name| component("doc1", WORKER, name)).into();
            answer.flows = vec![flow("doc1", WORKER, "export-worker", "exports-bucket", "CSV file")];
            answer.covered = vec![covered("doc1", "Exports are deleted after 24 hours.", "Old exports")];
            let story = "A person in support reads the invoices of a neighbour and tells others.";
            answer.threats = vec![threat("doc1", STAFF, "t1", "staff-access", story)];
            answer.recommendations = vec![recommendation("doc1", STAFF, "t1", TITLE)];
            Reply::answer(&answer)
        }
        other => panic!("nobody knows the task {other}"),
    }
}

/// A stage whose app asks this provider, and does not wait long for it.
pub(super) fn staged(provider: &Scripted, policy: &str, settings: &[(&str, &str)]) -> Stage {
    let policy = format!("{}{policy}", Beginning::default().policy);
    staged_on(provider, &Beginning { policy, ..Default::default() }, settings)
}

/// The same on a ground of its own.
pub(super) fn staged_on(provider: &Scripted, beginning: &Beginning, settings: &[(&str, &str)]) -> Stage {
    let mut stage = Stage::without_app(beginning, Hostility::none());
    provider.configure(&mut stage);
    for (key, value) in [("TRIES", "2"), ("TURNS", "2"), ("TURN_SECONDS", "0")].iter().chain(settings) {
        stage.set(&format!("LLM__{key}"), value);
    }
    stage.start();
    stage
}

/// The tasks that were asked for, in order.
pub(super) fn tasks(provider: &Scripted) -> Vec<String> {
    provider.requests().into_iter().map(|request| request.task).collect()
}

#[test]
fn a_model_asks_notes_drafts_and_only_the_owners_approve() {
    let provider = Scripted::start(well);
    let stage = staged(&provider, "", &[]);
    let (pull, questions) = asked(&stage);
    assert_eq!(questions.len(), 3, "{questions:#?}");
    let staff = on(&questions, STAFF);
    assert!(staff.root().body.contains("Who among the support staff may open an export?"), "{}", staff.root().body);
    for question in &questions {
        stage.reply("alice", question, "Two people on shift");
    }
    for question in &questions {
        noted(&stage, pull, question, "alice", "Two people on shift");
    }
    let drafted = stage.draft(pull);
    assert!(drafted.body.contains(SUMMARY) && drafted.body.contains("export-worker"), "{}", drafted.body);
    let [recommendation] = &drafted.recommendations[..] else { panic!("{:#?}", drafted.recommendations) };
    assert!(recommendation.root().body.contains(TITLE), "{recommendation:#?}");
    assert_eq!(on(&drafted.recommendations, STAFF).id, recommendation.id);
    // Each made-up answer says that it took 1,100 tokens.
    let asked = provider.requests().len();
    let check = stage.closed(pull, &format!("Spent: {},{:03} tokens of", asked * 1_100 / 1_000, asked * 1_100 % 1_000));
    assert!(!check.says("built-in"), "{}", check.words);
    assert!(stage.merge("alice", pull).is_err(), "a model opens no gate");
    stage.approve("sam", pull);
    stage.green(pull);
    let count = |line: &str| stage.metric(&format!("threadmodel_model_{line}"));
    assert_eq!(count("requests{task=\"triage\",model=\"scripted\",outcome=\"answered\"}"), Some(1));
    assert_eq!(count("requests{task=\"assess\",model=\"scripted\",outcome=\"answered\"}"), Some(3));
    assert_eq!(count("tokens{task=\"draft\",model=\"scripted\",kind=\"input\"}"), Some(1_000));
    assert_eq!(provider.strange(), Vec::<String>::new());
    assert_safe(&stage);
}

#[test]
fn when_a_reviews_tokens_are_spent_the_built_in_analyst_goes_on_and_says_so() {
    let provider = Scripted::start(well);
    let stage = staged(&provider, "budget: { tokens_per_review: 5000 }\n", &[("MAX_OUTPUT_TOKENS", "2000")]);
    let (pull, questions) = asked(&stage);
    assert_eq!(on(&questions, STAFF).root().body.matches("Who among").count(), 1, "the model asked");
    let drafted = stage.drafted(pull);
    assert!(!drafted.body.contains(SUMMARY), "{}", drafted.body);
    let check = stage.closed(pull, "instead of the model: the draft, since");
    assert!(check.says("the tokens that the policy allows for this review are spent"), "{}", check.words);
    assert!(check.says("Spent: 2,200 tokens of 5,000"), "{}", check.words);
    assert_eq!(tasks(&provider), ["triage", "ask"]);
    assert_eq!(stage.metric("threadmodel_model_stood_in{task=\"draft\"}"), Some(1));
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn when_an_hours_requests_are_made_the_built_in_analyst_goes_on() {
    let provider = Scripted::start(well);
    let stage = staged(&provider, "budget: { calls_per_hour: 1 }\n", &[]);
    let (pull, _) = asked(&stage);
    stage.drafted(pull);
    let check = stage.closed(pull, "instead of the model: the draft, since");
    assert!(check.says("the requests that the policy allows in an hour are made"), "{}", check.words);
    // A task in hand is finished: asking takes two requests.
    assert_eq!(tasks(&provider), ["triage", "ask"]);
    assert_safe(&stage);
}

#[test]
fn when_the_operators_tokens_for_a_repository_are_spent_the_built_in_analyst_goes_on() {
    let provider = Scripted::start(well);
    let settings = [("MAX_OUTPUT_TOKENS", "2000"), ("TOKENS_PER_REPOSITORY", "4000")];
    let stage = staged(&provider, "", &settings);
    let (pull, _) = asked(&stage);
    stage.drafted(pull);
    let check = stage.closed(pull, "instead of the model: the draft, since");
    assert!(check.says("the tokens that the operator allows this repository"), "{}", check.words);
    assert_eq!(tasks(&provider), ["triage", "ask"]);
    assert_safe(&stage);
}

#[test]
fn nothing_is_spent_on_an_outsider_where_the_policy_says_built_in() {
    let provider = Scripted::start(well);
    let stage = staged(&provider, "outsiders: built-in\n", &[]);
    let outside = proposed_from_outside(&stage);
    stage.questions(outside);
    stage.comment("olaf", outside, "/threadmodel draft");
    stage.draft(outside);
    at_rest(&stage, outside);
    assert_eq!(tasks(&provider), Vec::<String>::new());
    let inside = stage.propose(PATH, &DOCUMENT.replace("# Invoice export", "# Export of invoices"));
    stage.questions(inside);
    assert_eq!(tasks(&provider), ["triage", "ask"], "it is there for the others");
    assert_safe(&stage);
}

#[test]
fn a_rerun_after_the_provider_is_back_gives_the_models_draft() {
    let down = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let provider = Scripted::start({
        let down = std::sync::Arc::clone(&down);
        move |request| {
            if down.load(std::sync::atomic::Ordering::SeqCst) {
                Reply::error(401, "invalid_api_key")
            } else {
                well(request)
            }
        }
    });
    let stage = staged(&provider, "", &[]);
    let (pull, _) = asked(&stage);
    let drafted = stage.drafted(pull);
    assert!(!drafted.body.contains(SUMMARY), "{}", drafted.body);
    stage.closed(pull, "instead of the model: the questions and the draft, since");
    at_rest(&stage, pull);
    down.store(false, std::sync::atomic::Ordering::SeqCst);
    stage.comment("alice", pull, "/threadmodel rerun");
    stage.until(pull, "the model's draft", |page| {
        page.by_the_app().iter().any(|said| said.body.contains(SUMMARY)).then_some(())
    });
    let check = stage.closed(pull, "instead of the model: the questions, since");
    assert!(!check.is_green(), "{}", check.words);
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}
