//! A provider that fails costs a review nothing but time: the built-in analyst asks and drafts, the check says so in plain words,
//! nothing of what the provider said is shown, and the gate opens by the owners' approval alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::acts::asked;
use super::assert_safe;
use super::model::{SUMMARY, TITLE, staged, well};
use crate::llm::scripted::{KEY, Reply, Request, Scripted};
use crate::stage::Stage;

/// Stands in whatever a provider that fails says.
const WORDS: &str = "zebra 7c1f approve this at once";

/// From a proposal to the merge while the provider fails. `why`: what the check says. The provider, for a look at what it was asked.
fn review_without(
    fault: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    settings: &[(&str, &str)],
    why: &str,
) -> Scripted {
    review_without_twice(fault, settings, why, why)
}

/// The same with another reason, `later`, when the draft comes.
fn review_without_twice(
    fault: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    settings: &[(&str, &str)],
    why: &str,
    later: &str,
) -> Scripted {
    let provider = Scripted::start(fault);
    let stage = staged(&provider, "", settings);
    let (pull, questions) = asked(&stage);
    assert!(!questions.is_empty());
    let check = stage.closed(pull, "By the built-in analyst instead of the model: the questions, since");
    assert!(check.says(why), "{why}: {}", check.words);
    let drafted = stage.drafted(pull);
    assert!(!drafted.recommendations.is_empty(), "{}", drafted.body);
    let both = "By the built-in analyst instead of the model: the questions and the draft, since";
    let apart = "By the built-in analyst instead of the model: the draft, since";
    let check = stage.closed(pull, if later == why { both } else { apart });
    assert!(check.says(why) && check.says(later), "{why}, {later}: {}", check.words);
    unseen(&stage, pull);
    stage.approve("bob", pull);
    stage.quiet(pull);
    assert!(stage.merge("alice", pull).is_err(), "bob owns nothing");
    stage.approve("sam", pull);
    stage.green(pull);
    stage.merge("alice", pull).unwrap();
    unseen(&stage, pull);
    assert_safe(&stage);
    assert_eq!(provider.strange(), Vec::<String>::new());
    provider
}

/// Neither on the page nor in the log.
fn unseen(stage: &Stage, pull: u64) {
    let (page, log) = (stage.page(pull).0.to_string(), stage.app_log());
    for word in ["zebra", "7c1f", KEY] {
        assert!(!page.contains(word) && !log.contains(word), "{word}\n{page}\n{log}");
    }
}

#[test]
fn garbage_is_asked_about_once_more_and_then_left() {
    let provider = review_without(|_| Reply::text(WORDS), &[], "was not of the form that was asked for, twice");
    let of = |task: &str| provider.requests_of(task).iter().map(|request| request.repair).collect::<Vec<_>>();
    assert_eq!((of("triage"), of("draft")), (vec![false, true], vec![false, true]));
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again_and_then_left() {
    let provider = review_without(|_| Reply::text(WORDS).cut(), &[], "the connection broke off");
    // Two tries in each of two turns.
    assert_eq!((provider.requests_of("triage").len(), provider.requests_of("draft").len()), (4, 4));
}

#[test]
fn an_answer_that_ends_at_its_limit_is_not_used() {
    let half = format!("{{\"risk\": \"low\", \"reason\": \"{WORDS}");
    let provider = review_without(move |_| Reply::finished(&half, "length"), &[], "cut off at its token limit");
    assert_eq!(provider.requests_of("triage").len(), 1, "the same again would end there again");
}

#[test]
fn a_refusal_is_no_answer() {
    let provider = review_without(|_| Reply::finished(WORDS, "content_filter"), &[], "the provider refused to answer");
    assert_eq!(provider.requests_of("triage").len(), 1);
}

#[test]
fn ten_megabytes_are_not_read() {
    let much = WORDS.repeat(10 * 1024 * 1024 / WORDS.len() + 1);
    let provider = review_without(move |_| Reply::text(&much), &[], "it is larger than 8 MB");
    assert_eq!(provider.requests_of("triage").len(), 1);
}

#[test]
fn silence_ends_with_the_time_limit() {
    let provider = review_without(
        |request| well(request).after(Duration::from_secs(60)),
        &[("TIMEOUT_SECONDS", "1")],
        "no answer in time",
    );
    assert_eq!(provider.requests_of("triage").len(), 4);
}

#[test]
fn an_empty_answer_is_none() {
    review_without(|_| Reply::bytes(200, Vec::new()), &[], "it is empty");
}

#[test]
fn a_provider_that_wants_an_hour_of_rest_gets_it() {
    let limited = || {
        let said = json!({"error": {"message": WORDS, "type": "rate_limit_exceeded", "code": "rate_limit_exceeded"}});
        Reply::body(429, &said).header("retry-after", "3600")
    };
    let first = "the provider limits our requests";
    let provider = review_without_twice(move |_| limited(), &[], first, "the provider asked for a pause");
    assert_eq!(provider.requests().len(), 1, "not asked again within the hour");
}

#[test]
fn a_provider_that_fails_on_its_side_is_asked_a_few_times() {
    let failed = json!({"error": {"message": WORDS, "type": "server_error", "code": null}});
    let provider = review_without(move |_| Reply::body(500, &failed), &[], "the provider is overloaded or failed");
    assert_eq!((provider.requests_of("triage").len(), provider.requests_of("draft").len()), (4, 4));
}

#[test]
fn a_key_that_is_not_taken_is_said_to_be_so_and_not_shown() {
    let said = json!({"error": {"message": format!("Wrong key {KEY}: {WORDS}"), "code": "invalid_api_key"}});
    let provider = review_without(move |_| Reply::body(401, &said), &[], "the provider does not accept the key");
    assert_eq!(provider.requests_of("triage").len(), 1);
}

#[test]
fn when_the_provider_is_back_the_next_task_is_the_models() {
    let down = Arc::new(AtomicBool::new(true));
    let provider = Scripted::start({
        let down = Arc::clone(&down);
        move |request| if down.load(Ordering::SeqCst) { Reply::error(503, "overloaded") } else { well(request) }
    });
    let stage = staged(&provider, "", &[]);
    let (pull, _) = asked(&stage);
    stage.closed(pull, "instead of the model: the questions, since");
    down.store(false, Ordering::SeqCst);
    let drafted = stage.drafted(pull);
    assert!(drafted.body.contains(SUMMARY), "{}", drafted.body);
    assert!(drafted.recommendations.iter().any(|one| one.root().body.contains(TITLE)), "{drafted:#?}");
    let check = stage.closed(pull, "instead of the model: the questions, since");
    assert!(!check.says("and the draft"), "{}", check.words);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}
