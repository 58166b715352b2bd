//! At most so many requests at once to one provider; the others wait in the order in which they came.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use super::{Completion, Provider, ProviderError, Request};

/// A provider with a limit. It belongs inside `retry::Patient`, so that a wait between two tries keeps nobody from asking.
#[derive(Debug)]
pub struct Limited<P> {
    inner: P,
    places: Semaphore,
}

impl<P> Limited<P> {
    /// At most `places` requests at once; at least one.
    pub fn new(inner: P, places: usize) -> Self {
        Self { inner, places: Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS)) }
    }
}

impl<P: Provider> Provider for Limited<P> {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
        async move {
            // It is never closed.
            let Ok(_place) = self.places.acquire().await else {
                return Err(ProviderError::Unreachable("we are stopping"));
            };
            self.inner.complete(request).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::time::Duration;

    use super::super::{AnswerSchema, Usage};
    use super::*;

    /// Takes a second for each answer and counts how many it is asked for at once.
    #[derive(Debug, Default)]
    struct Slow {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Provider for Slow {
        fn complete<'a>(&'a self, _: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
            async move {
                self.most.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.now.fetch_sub(1, SeqCst);
                Ok(Completion { text: String::new(), usage: Usage::default(), model: String::new() })
            }
            .boxed()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_limit_are_under_way_and_all_are_served() {
        let limited = Limited::new(Slow::default(), 3);
        let request = Request {
            task: "ask",
            model: String::new(),
            system: vec![],
            user: vec![],
            repair: None,
            schema: AnswerSchema { name: "answer", schema: serde_json::json!({}) },
            max_output_tokens: 1,
        };
        let begun = tokio::time::Instant::now();
        let answers = futures::future::join_all((0..10).map(|_| limited.complete(&request))).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(limited.inner.most.load(SeqCst), 3);
        assert_eq!(begun.elapsed().as_secs(), 4);
    }
}
