//! Metrics in Prometheus' text format: numbers and names of repositories, never of people.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::Web;
use crate::store::{Group, QueueState, Sum, Totals, Used};

/// What became of a delivery.
#[derive(Clone, Copy)]
pub(super) enum Outcome {
    Accepted,
    Duplicate,
    Ignored,
    BadSignature,
    Malformed,
    TooLarge,
    NotStored,
}

impl Outcome {
    const WORDS: [&'static str; 7] =
        ["accepted", "duplicate", "ignored", "bad_signature", "malformed", "too_large", "not_stored"];
}

/// Counts since the start.
#[derive(Default)]
pub(super) struct Counters([AtomicU64; Outcome::WORDS.len()]);

impl Counters {
    pub(super) fn count(&self, outcome: Outcome) {
        if let Some(counter) = self.0.get(outcome as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub(super) async fn show(State(web): State<Web>) -> Response {
    let read = async {
        let queues = web.store.queue_state((web.clock)()).await?;
        Ok((queues, web.store.totals().await?, web.store.usage_totals().await?))
    };
    let (queues, totals, used) = match read.await {
        Ok(read) => read,
        Err(error) => {
            let error: crate::store::StoreError = error;
            tracing::error!(%error, "the queues, the reviews and the model's use cannot be measured");
            return (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read; the log says why\n").into_response();
        }
    };
    let text = text(&web.counters, &queues) + &reviews(&totals) + &model(&used);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

fn text(counters: &Counters, queues: &QueueState) -> String {
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, rows: &[(String, u64)]| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in rows {
            let _ = writeln!(out, "{name}{labels} {value}");
        }
    };
    let outcomes: Vec<_> = Outcome::WORDS
        .iter()
        .zip(&counters.0)
        .map(|(word, count)| (format!("{{outcome=\"{word}\"}}"), count.load(Ordering::Relaxed)))
        .collect();
    family("threadmodel_deliveries_total", "counter", "Webhook deliveries since the start, by outcome.", &outcomes);
    let states = |rows: &[(&str, u64)]| -> Vec<(String, u64)> {
        rows.iter().map(|(state, n)| (format!("{{state=\"{state}\"}}"), *n)).collect()
    };
    let wakes = states(&[
        ("due", queues.wakes_due),
        ("later", queues.wakes_later),
        ("claimed", queues.wakes_claimed),
        ("dead", queues.wakes_dead),
    ]);
    family("threadmodel_wakes", "gauge", "Pull requests to look at, by state.", &wakes);
    let analyses = states(&[
        ("waiting", queues.analyses_waiting),
        ("claimed", queues.analyses_claimed),
        ("failed", queues.analyses_failed),
    ]);
    family("threadmodel_analyses", "gauge", "Analyses, by state.", &analyses);
    let one = |n: u64| [(String::new(), n)];
    family("threadmodel_fanouts", "gauge", "Hints that wait to be spread.", &one(queues.fanouts));
    family("threadmodel_open_reviews", "gauge", "Open pull requests that are known.", &one(queues.open_pulls));
    let oldest = "How long the oldest due pull request has waited.";
    family("threadmodel_oldest_wake_milliseconds", "gauge", oldest, &one(queues.oldest_due_ms));
    out
}

/// How a number is taken from the totals.
type Number<'a> = &'a dyn Fn(&Totals) -> u64;

/// What reviews are measured by. Sums over what is stored, so gauges: deleting an installation lowers them.
fn reviews(groups: &[(Group, Totals)]) -> String {
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, suffixed: &[(&str, Number<'_>)]| {
        let _ = writeln!(out, "# HELP threadmodel_{name} {help}\n# TYPE threadmodel_{name} {kind}");
        for (group, totals) in groups {
            let labels = format!(
                "{{repository=\"{}\",methodology=\"{}\"}}",
                label(&group.repository),
                label(&group.methodology)
            );
            for (suffix, value) in suffixed {
                let _ = writeln!(out, "threadmodel_{name}{suffix}{labels} {}", value(totals));
            }
        }
    };
    family("reviews", "gauge", "Reviews in which something was asked or drafted.", &[("", &|t| t.reviews)]);
    family("review_questions", "gauge", "Questions asked.", &[("", &|t| t.sums.questions)]);
    family("review_answers", "gauge", "Questions answered, or said not to apply.", &[("", &|t| t.sums.answered)]);
    family("review_drafted_answers", "gauge", "Answers that a draft was made with.", &[("", &|t| t.sums.settled)]);
    family("review_changing_answers", "gauge", "Answers that changed the draft.", &[("", &|t| t.sums.changed)]);
    family("review_recommendations_decided", "gauge", "Recommendations decided on.", &[("", &|t| t.sums.decided)]);
    family("review_recommendations_accepted", "gauge", "Recommendations kept.", &[("", &|t| t.sums.accepted)]);
    family("review_recommendations_adopted", "gauge", "Recommendations adopted.", &[("", &|t| t.sums.adopted)]);
    let seconds = "The security team's time, by estimate.";
    family("review_security_seconds", "gauge", seconds, &[("", &|t| t.sums.security_half_minutes.saturating_mul(30))]);
    let mut minutes = |name: &str, help: &str, sum: fn(&Totals) -> Sum| {
        family(name, "summary", help, &[("_sum", &|t| sum(t).sum), ("_count", &|t| sum(t).of)]);
    };
    minutes("minutes_to_first_question", "From the beginning to the first question.", |t| t.to_first_question);
    minutes("minutes_to_first_answer", "From the first question to the first answer.", |t| t.to_first_answer);
    minutes("minutes_to_green", "From the beginning to the approval that opened the gate.", |t| t.to_green);
    out
}

/// What a model was asked, what it took, and how often the built-in analyst stood in. Sums over what is stored, as above.
fn model(used: &[(Used, u64)]) -> String {
    let mut out = String::new();
    let mut family = |name: &str, help: &str, rows: &[(String, String)]| {
        let _ = writeln!(out, "# HELP threadmodel_model_{name} {help}\n# TYPE threadmodel_model_{name} gauge");
        for (labels, value) in rows {
            let _ = writeln!(out, "threadmodel_model_{name}{{{labels}}} {value}");
        }
    };
    let (requests, stood_in): (Vec<_>, Vec<_>) = used.iter().partition(|(used, _)| !used.model.is_empty());
    let of = |used: &Used| format!("task=\"{}\",model=\"{}\"", label(&used.task), label(&used.model));
    let outcomes: Vec<(String, String)> = requests
        .iter()
        .map(|(used, n)| {
            let outcome = used.trouble.as_deref().unwrap_or("answered");
            (format!("{},outcome=\"{}\"", of(used), label(outcome)), n.to_string())
        })
        .collect();
    family("requests", "Requests to the model, by what came of them.", &outcomes);
    let mut sums: BTreeMap<String, Used> = BTreeMap::new();
    for (used, _) in &requests {
        let sum = sums.entry(of(used)).or_default();
        sum.input = sum.input.saturating_add(used.input);
        sum.cached = sum.cached.saturating_add(used.cached);
        sum.cache_written = sum.cache_written.saturating_add(used.cache_written);
        sum.output = sum.output.saturating_add(used.output);
        sum.micros = sum.micros.saturating_add(used.micros);
        sum.millis = sum.millis.saturating_add(used.millis);
    }
    let tokens: Vec<(String, String)> = sums
        .iter()
        .flat_map(|(labels, sum)| {
            let kinds = [
                ("input", sum.input),
                ("cached", sum.cached),
                ("cache_written", sum.cache_written),
                ("output", sum.output),
            ];
            kinds.map(|(kind, n)| (format!("{labels},kind=\"{kind}\""), n.to_string()))
        })
        .collect();
    family("tokens", "Tokens, as the provider counted them; input counts what a cache held too.", &tokens);
    let each = |number: fn(&Used) -> String| -> Vec<(String, String)> {
        sums.iter().map(|(labels, sum)| (labels.clone(), number(sum))).collect()
    };
    let seconds = each(|sum| format!("{}.{:03}", sum.millis / 1_000, sum.millis % 1_000));
    family("seconds", "How long requests took.", &seconds);
    let money = each(|sum| format!("{}.{:06}", sum.micros / 1_000_000, sum.micros % 1_000_000));
    family("money", "What requests cost, by the prices of the settings.", &money);
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for (used, n) in stood_in {
        let times = times.entry(format!("task=\"{}\"", label(&used.task))).or_default();
        *times = times.saturating_add(*n);
    }
    let times: Vec<(String, String)> = times.into_iter().map(|(labels, n)| (labels, n.to_string())).collect();
    family("stood_in", "How often the built-in analyst did what the model was to do.", &times);
    out
}

/// A label's value as the format wants it.
fn label(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_use_is_summed_over_outcomes_and_the_built_in_analysts_turns_are_counted() {
        let used = |trouble: Option<&str>| Used {
            task: "draft".to_owned(),
            model: "a \"model\"".to_owned(),
            input: 1_000,
            cached: 600,
            output: 50,
            micros: 1_500_001,
            millis: 61_005,
            trouble: trouble.map(str::to_owned),
            ..Used::default()
        };
        let stood_in = Used { task: "draft".to_owned(), ..Used::default() };
        let text = model(&[(used(None), 4), (used(Some("overloaded")), 2), (stood_in, 3)]);
        let labels = r#"task="draft",model="a \"model\"""#;
        for line in [
            format!("requests{{{labels},outcome=\"answered\"}} 4"),
            format!("requests{{{labels},outcome=\"overloaded\"}} 2"),
            format!("tokens{{{labels},kind=\"input\"}} 2000"),
            format!("tokens{{{labels},kind=\"cached\"}} 1200"),
            format!("tokens{{{labels},kind=\"cache_written\"}} 0"),
            format!("tokens{{{labels},kind=\"output\"}} 100"),
            format!("seconds{{{labels}}} 122.010"),
            format!("money{{{labels}}} 3.000002"),
            "stood_in{task=\"draft\"} 3".to_owned(),
        ] {
            let line = format!("threadmodel_model_{line}");
            assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
        }
        let empty = model(&[]);
        assert_eq!(empty.lines().count(), 10, "what it is and its type, for each of five: {empty}");
    }
}
