//! Tries again what may pass: a few times, not for long, and never against what the provider asked for.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};

use super::{Completion, Provider, ProviderError, Request};

/// How patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often a request is sent at most.
    pub tries: u32,
    /// No try begins later than this after the first.
    pub whole: Duration,
    /// The first wait is at most this; each further one may be twice as long.
    pub first: Duration,
    /// No wait of our own is longer.
    pub longest: Duration,
    /// When the provider asks for a longer wait than this, the error goes back at once: whoever sent the request then does
    /// something else meanwhile.
    pub asked: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 4,
            whole: Duration::from_mins(5),
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            asked: Duration::from_mins(1),
        }
    }
}

/// A number from 0 to below 1.
pub type Chance = Arc<dyn Fn() -> f64 + Send + Sync>;

/// A provider that tries again. Time is tokio's, which tests stop.
#[derive(Clone)]
pub struct Patient<P> {
    inner: P,
    patience: Patience,
    chance: Chance,
}

impl<P> Patient<P> {
    /// Around `inner`.
    pub fn new(inner: P, patience: Patience, chance: Chance) -> Self {
        Self { inner, patience, chance }
    }
}

impl<P: std::fmt::Debug> std::fmt::Debug for Patient<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Patient").field("inner", &self.inner).field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl<P: Provider> Provider for Patient<P> {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
        self.try_again(request).boxed()
    }
}

impl<P: Provider> Patient<P> {
    async fn try_again(&self, request: &Request) -> Result<Completion, ProviderError> {
        let begun = Instant::now();
        let mut tried = 0;
        loop {
            let error = match self.inner.complete(request).await {
                Ok(completion) => return Ok(completion),
                Err(error) => error,
            };
            tried += 1;
            let Some(wait) = self.patience.wait(tried, &error, (self.chance)()) else { return Err(error) };
            if begun.elapsed().saturating_add(wait) > self.patience.whole {
                return Err(error);
            }
            tracing::info!(
                task = request.task,
                error = error.name(),
                tried,
                wait_ms = wait.as_millis(),
                "asking again"
            );
            sleep(wait).await;
        }
    }
}

impl Patience {
    /// How long to wait after the `tried`th try; `None`: it is not tried again.
    fn wait(&self, tried: u32, error: &ProviderError, chance: f64) -> Option<Duration> {
        if tried >= self.tries || !error.is_passing() {
            return None;
        }
        let asked = match error {
            ProviderError::RateLimited { after } | ProviderError::Overloaded { after, .. } => *after,
            _ => None,
        };
        match asked {
            Some(asked) if asked > self.asked => None,
            // Not before what was asked for, and not all at the same moment.
            Some(asked) => Some(asked.saturating_add(self.first.mul_f64(chance))),
            // Full jitter: anything up to the doubled wait.
            None => {
                let doubled = self.first.saturating_mul(2_u32.saturating_pow(tried.saturating_sub(1)));
                Some(doubled.min(self.longest).mul_f64(chance))
            }
        }
    }
}

/// The system's randomness. If it has none, every wait is its longest.
#[expect(clippy::disallowed_methods, reason = "the shell makes the randomness that others are given")]
pub fn chance() -> Chance {
    Arc::new(|| {
        let mut bytes = [0; 4];
        match getrandom::fill(&mut bytes) {
            Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
            Err(_) => 1.0,
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use super::super::{AnswerSchema, Usage};
    use super::*;

    /// Answers in turn; then always with success.
    #[derive(Debug, Default)]
    struct Script {
        errors: Mutex<VecDeque<ProviderError>>,
        asked_at: Mutex<Vec<Instant>>,
    }

    impl Provider for Script {
        fn complete<'a>(&'a self, _: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
            self.asked_at.lock().unwrap().push(Instant::now());
            let error = self.errors.lock().unwrap().pop_front();
            let completion = Completion { text: "{}".to_owned(), usage: Usage::default(), model: "m".to_owned() };
            async move { error.map_or(Ok(completion), Err) }.boxed()
        }
    }

    fn request() -> Request {
        Request {
            task: "ask",
            model: "m".to_owned(),
            system: vec![],
            user: vec![],
            repair: None,
            schema: AnswerSchema { name: "answer", schema: serde_json::json!({}) },
            max_output_tokens: 10,
        }
    }

    /// What came back, and the seconds between the tries.
    async fn played(errors: Vec<ProviderError>, chance: f64) -> (Result<(), ProviderError>, Vec<f64>) {
        let script = Script { errors: Mutex::new(errors.into()), ..Script::default() };
        let patient = Patient::new(script, Patience::default(), Arc::new(move || chance));
        let result = patient.complete(&request()).await.map(|_| ());
        let at = patient.inner.asked_at.lock().unwrap().clone();
        (result, at.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect())
    }

    const BUSY: ProviderError = ProviderError::Overloaded { status: 529, after: None };

    fn limited(seconds: u64) -> ProviderError {
        ProviderError::RateLimited { after: Some(Duration::from_secs(seconds)) }
    }

    fn near(found: &[f64], expected: &[f64]) -> bool {
        found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01)
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again_after_longer_and_longer_waits() {
        let gone = ProviderError::Unreachable("no connection");
        let (result, waits) = played(vec![BUSY, gone, BUSY], 0.5).await;
        assert_eq!(result, Ok(()));
        assert!(near(&waits, &[0.5, 1.0, 2.0]), "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up_after_four_tries_with_the_last_error() {
        let (result, waits) = played(vec![BUSY; 9], 0.999).await;
        assert_eq!((result, waits.len()), (Err(BUSY), 3));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_not_tried_again() {
        let usage = Usage::default();
        for error in [
            ProviderError::Refused { usage },
            ProviderError::Truncated { usage },
            ProviderError::TooLong,
            ProviderError::Invalid("it is empty".to_owned()),
            ProviderError::Unauthorised(401),
            ProviderError::Rejected { status: 404, hint: "model_not_found".to_owned() },
        ] {
            assert_eq!(played(vec![error.clone()], 0.5).await, (Err(error), vec![]));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_was_asked_for_is_kept_and_a_little_more() {
        let (result, waits) = played(vec![limited(20), limited(0)], 0.5).await;
        assert_eq!(result, Ok(()));
        assert!(near(&waits, &[20.5, 0.5]), "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_wait_goes_back_at_once() {
        let (result, waits) = played(vec![limited(3600)], 0.5).await;
        assert_eq!((result, waits), (Err(limited(3600)), vec![]));
    }

    #[tokio::test(start_paused = true)]
    async fn all_waits_together_are_bounded() {
        let script = Script { errors: Mutex::new(vec![limited(50); 99].into()), ..Script::default() };
        let patience = Patience { tries: 99, ..Patience::default() };
        let patient = Patient::new(script, patience, Arc::new(|| 0.0));
        let begun = Instant::now();
        assert_eq!(patient.complete(&request()).await.map(|_| ()), Err(limited(50)));
        assert_eq!(begun.elapsed().as_secs(), 300);
        assert_eq!(patient.inner.asked_at.lock().unwrap().len(), 7);
    }

    #[test]
    fn chance_is_a_fraction() {
        let chance = chance();
        let drawn: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(drawn.iter().all(|x| (0.0..1.0).contains(x)), "{drawn:?}");
        assert!(drawn.iter().any(|x| *x < 0.5) && drawn.iter().any(|x| *x > 0.5), "{drawn:?}");
    }
}
