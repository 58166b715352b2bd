//! Claims a pull request, looks at it, does what is wanted, and looks again until nothing is left to do. It decides nothing:
//! `review::want` and `review::reconcile` do. Analyses run in a pool of their own and hold no claim.

mod carry_out;
mod fanout;
mod jobs;
mod listing;
mod locks;
mod look;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::github::{Clock, GitHub};
use crate::llm::analysts::Analysts;
use crate::review::settings::Settings;
use crate::store::{Store, StoreError, WakeClass};
use crate::time::{Millis, Timestamp};

/// How the engine works; all of it the operator's to set.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// What the core must know.
    pub review: Settings,
    /// Pull requests looked at at the same time.
    pub workers: usize,
    /// Analyses at the same time.
    pub analysis_workers: usize,
    /// How long a claim holds unless it is extended.
    pub lease: Millis,
    /// Every open review is looked at at least this often.
    pub sweep: Millis,
    /// The longest that one analysis may take.
    pub analysis_timeout: Duration,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            review: Settings::default(),
            workers: 4,
            analysis_workers: 2,
            lease: Millis::minutes(2),
            sweep: Millis::minutes(10),
            analysis_timeout: Duration::from_mins(5),
        }
    }
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    github: GitHub,
    analysts: Analysts,
    settings: EngineSettings,
    clock: Clock,
    commits: locks::Locks<(u64, String)>,
    etags: listing::Etags,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

/// How long a worker waits for a hint before it looks at the queue by itself.
const POLL: Duration = Duration::from_millis(500);
/// After the store failed.
const PAUSE: Duration = Duration::from_secs(2);
/// Open reviews woken at once by the sweep.
const SWEEP_BATCH: u32 = 200;

impl Engine {
    /// An engine over a store and a client.
    pub fn new(
        store: Store,
        github: GitHub,
        analysts: impl Into<Analysts>,
        mut settings: EngineSettings,
        clock: Clock,
    ) -> Self {
        let analysts = analysts.into();
        settings.review.refines = analysts.model().is_some();
        let (commits, etags) = (locks::Locks::default(), listing::Etags::default());
        Self { inner: Arc::new(Inner { store, github, analysts, settings, clock, commits, etags }) }
    }

    fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// Works until `stop`, then finishes what is in hand.
    pub async fn run(&self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        for _ in 0..self.inner.settings.workers.max(1) {
            tasks.spawn(self.clone().looks(stop.clone()));
        }
        for _ in 0..self.inner.settings.analysis_workers.max(1) {
            tasks.spawn(self.clone().analyses(stop.clone()));
        }
        tasks.spawn(self.clone().sweeps(stop.clone()));
        tasks.spawn(self.clone().listings(stop.clone()));
        tasks.spawn(self.clone().fanouts(stop.clone()));
        tasks.close();
        tasks.wait().await;
    }

    async fn looks(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.inner.store.claim(self.now(), self.inner.settings.lease).await {
                Ok(Some(claim)) => self.serve(claim).await,
                Ok(None) => self.rest(&stop).await,
                Err(error) => self.trouble(&stop, "claiming a pull request", &error).await,
            }
        }
    }

    async fn sweeps(self, stop: CancellationToken) {
        // Four times as often as a review is due, so that the work is spread.
        let pause = (self.sweep_period() / 4).max(Duration::from_secs(1));
        while !stop.is_cancelled() {
            if let Err(error) = self.sweep().await {
                self.trouble(&stop, "sweeping", &error).await;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn sweep_period(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.inner.settings.sweep.0).unwrap_or_default())
            .max(Duration::from_secs(1))
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        let now = self.now();
        let before = now.after(Millis(self.inner.settings.sweep.0.saturating_neg()));
        for open in self.inner.store.open_pulls(before, SWEEP_BATCH).await? {
            self.inner.store.wake(open.pull, WakeClass::Sweep, now, now).await?;
        }
        Ok(())
    }

    /// Waits for a hint, the poll, or the end.
    async fn rest(&self, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.inner.store.stirred() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }

    async fn trouble(&self, stop: &CancellationToken, doing: &'static str, error: &StoreError) {
        tracing::error!(doing, %error, "the store failed");
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}
