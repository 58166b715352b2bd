//! Metrics in Prometheus' text format: counts only, no names.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::Web;
use crate::store::QueueState;

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
    let queues = match web.store.queue_state((web.clock)()).await {
        Ok(queues) => queues,
        Err(error) => {
            tracing::error!(%error, "the queues cannot be measured");
            return (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read; the log says why\n").into_response();
        }
    };
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text(&web.counters, &queues)).into_response()
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
