//! The pool of analysis jobs.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Timeout;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::analyst::{Answer, Task};
use crate::llm::analysts::{Allowance, Model};
use crate::llm::model::{Manner, Performed};
use crate::llm::tally::Tally;
use crate::store::{AnalysisClaim, StoreError, Used};
use crate::time::Millis;

/// A model's whole turn at one task, retries and the repair round included, takes no longer.
const LONGEST: Duration = Duration::from_mins(15);

impl Engine {
    pub(super) async fn analyses(self, stop: CancellationToken) {
        // The lease outlives the built-in analyst's own limit; while a model is asked, it is extended.
        let lease = self.analysis_lease();
        while !stop.is_cancelled() {
            match self.inner.store.claim_analysis(self.now(), lease).await {
                Ok(Some(claim)) => {
                    if let Err(error) = self.analyse(claim, &stop).await {
                        self.trouble(&stop, "writing an analysis", &error).await;
                    }
                }
                Ok(None) => self.rest(&stop).await,
                Err(error) => self.trouble(&stop, "claiming an analysis", &error).await,
            }
        }
    }

    fn analysis_lease(&self) -> Millis {
        let longest = i64::try_from(self.inner.settings.analysis_timeout.as_millis()).unwrap_or(i64::MAX);
        Millis(longest.saturating_add(Millis::minutes(1).0))
    }

    async fn analyse(&self, mut claim: AnalysisClaim, stop: &CancellationToken) -> Result<(), StoreError> {
        let Some(model) = self.inner.analysts.model().filter(|_| claim.means.provider) else {
            return self.built_in(claim).await;
        };
        let allowance = self.allowance(&claim).await?;
        if let Some(why) = model.denied(&claim.task, &allowance, self.now()) {
            return self.stand_in(claim, why).await;
        }
        let manner = manner(&claim, model.left(&allowance));
        let performed = match self.ask_model(model, &mut claim, &manner, stop).await? {
            Turn::Done(performed) => Some(performed),
            Turn::TooLate => Some(Performed::cut_off(manner.tally.take())),
            Turn::Stopped | Turn::GoesOn => None,
        };
        let Some(performed) = performed else {
            self.note(model, &claim, &Performed::cut_off(manner.tally.take())).await?;
            // We stop: the job is put back and done by whoever starts next.
            let again = "threadmodel was stopped".to_owned();
            return self.inner.store.fail_analysis(claim, &again, true, self.now()).await.map(|_| ());
        };
        self.note(model, &claim, &performed).await?;
        let failed = match performed.answer {
            Ok(answer) => return self.inner.store.finish_analysis(claim, &answer, self.now()).await,
            Err(failed) => failed,
        };
        if let Some(then) = model.again(&failed, claim.attempts, self.now()) {
            tracing::warn!(pull = %claim.pull, attempts = claim.attempts, why = failed.name(), "a model gave no answer yet");
            return self.inner.store.put_off_analysis(claim, then).await;
        }
        tracing::warn!(pull = %claim.pull, why = failed.name(), "the built-in analyst stands in for a model");
        self.stand_in(claim, failed.told()).await
    }

    /// What may be spent.
    async fn allowance(&self, claim: &AnalysisClaim) -> Result<Allowance, StoreError> {
        let spending = self.inner.store.spending(claim, self.now()).await?;
        Ok(Allowance {
            spent: [spending.review, spending.repository, spending.installation],
            calls: spending.calls,
            tokens_per_review: claim.means.tokens_per_review,
            calls_per_hour: claim.means.calls_per_hour,
        })
    }

    /// The model's turn, with a heartbeat for the job's lease.
    async fn ask_model(
        &self,
        model: &Arc<Model>,
        claim: &mut AnalysisClaim,
        manner: &Manner,
        stop: &CancellationToken,
    ) -> Result<Turn<Performed>, StoreError> {
        let task = claim.task.clone();
        let work = tokio::time::timeout(LONGEST, model.perform_so(&task, manner));
        tokio::pin!(work);
        let lease = self.analysis_lease();
        let beat = Duration::from_millis(u64::try_from(lease.0 / 3).unwrap_or(20_000)).max(Duration::from_secs(1));
        loop {
            match next(work.as_mut(), beat, stop).await {
                Turn::GoesOn => self.inner.store.extend_analysis(claim, self.now().after(lease)).await?,
                ended => return Ok(ended),
            }
        }
    }

    /// Notes every request, and tells the operator what fell.
    async fn note(&self, model: &Model, claim: &AnalysisClaim, performed: &Performed) -> Result<(), StoreError> {
        let used: Vec<Used> = performed
            .exchanges
            .iter()
            .map(|exchange| Used {
                task: exchange.task.to_owned(),
                model: exchange.model.clone(),
                input: exchange.usage.input,
                cached: exchange.usage.cached,
                cache_written: exchange.usage.cache_written,
                output: exchange.usage.output,
                micros: model.prices.of(exchange.usage).unwrap_or(0),
                millis: exchange.millis,
                trouble: exchange.trouble.as_ref().map(|_| performed.trouble().to_owned()),
                stood_in: None,
            })
            .collect();
        for dropped in &performed.dropped {
            tracing::info!(pull = %claim.pull, what = dropped.what, why = dropped.why, "a claim of the model fell");
        }
        if !performed.outlined.is_empty() {
            tracing::info!(pull = %claim.pull, sections = performed.outlined.len(), "read in outline only");
        }
        self.inner.store.note_usage(claim, used, self.now()).await
    }

    /// The built-in analyst does what a model was to do; the check says so.
    async fn stand_in(&self, claim: AnalysisClaim, why: String) -> Result<(), StoreError> {
        let used = Used { task: name(&claim.task).to_owned(), stood_in: Some(why), ..Used::default() };
        self.inner.store.note_usage(&claim, vec![used], self.now()).await?;
        self.built_in(claim).await
    }

    async fn built_in(&self, claim: AnalysisClaim) -> Result<(), StoreError> {
        let analyst = Arc::clone(self.inner.analysts.builtin());
        let task = claim.task.clone();
        // Plain computation: on a thread of its own, where a panic is caught and a long text blocks nobody.
        let work = tokio::task::spawn_blocking(move || analyst.perform(&task));
        let answer: Result<Answer, String> =
            match tokio::time::timeout(self.inner.settings.analysis_timeout, work).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(_)) => Err("the analyst stopped with an internal error".to_owned()),
                Err(_) => Err("the analyst took too long".to_owned()),
            };
        match answer {
            Ok(answer) => self.inner.store.finish_analysis(claim, &answer, self.now()).await,
            Err(why) => {
                tracing::warn!(pull = %claim.pull, attempts = claim.attempts, why, "an analysis failed");
                self.inner.store.fail_analysis(claim, &why, true, self.now()).await.map(|_| ())
            }
        }
    }
}

/// How a turn stands.
#[derive(Debug, PartialEq, Eq)]
enum Turn<T> {
    Done(T),
    TooLate,
    /// We are being stopped.
    Stopped,
    /// It is still being worked at.
    GoesOn,
}

/// Waits for the work to end, at most for a `beat`.
async fn next<W: Future>(work: Pin<&mut Timeout<W>>, beat: Duration, stop: &CancellationToken) -> Turn<W::Output> {
    tokio::select! {
        done = work => done.map_or(Turn::TooLate, Turn::Done),
        () = stop.cancelled() => Turn::Stopped,
        () = tokio::time::sleep(beat) => Turn::GoesOn,
    }
}

fn manner(claim: &AnalysisClaim, tokens_left: Option<u64>) -> Manner {
    let guidance = claim.means.guidance.get(name(&claim.task)).cloned().unwrap_or_default();
    Manner { language: claim.means.language.clone(), guidance, tokens_left, tally: Tally::default() }
}

const fn name(task: &Task) -> &'static str {
    match task {
        Task::Ask(_) => "ask",
        Task::Assess(_) => "assess",
        Task::Draft(_) => "draft",
        Task::Follow(_) => "follow",
        Task::Refine(_) => "refine",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: Duration = Duration::from_mins(2);

    /// How a turn ends, how often it was said to go on, and how long it took.
    async fn ended<T>(work: impl Future<Output = T>, stop: &CancellationToken) -> (Turn<T>, u32, Duration) {
        let (begun, mut beats) = (tokio::time::Instant::now(), 0);
        let work = tokio::time::timeout(LONGEST, work);
        tokio::pin!(work);
        loop {
            match next(work.as_mut(), BEAT, stop).await {
                Turn::GoesOn => beats += 1,
                turn => return (turn, beats, begun.elapsed()),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_job_is_said_to_go_on_while_a_model_thinks() {
        let work = async {
            tokio::time::sleep(Duration::from_mins(9)).await;
            7
        };
        let (turn, beats, took) = ended(work, &CancellationToken::new()).await;
        assert_eq!((turn, beats, took), (Turn::Done(7), 4, Duration::from_mins(9)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_ends_after_a_quarter_of_an_hour() {
        let (turn, beats, took) = ended(std::future::pending::<()>(), &CancellationToken::new()).await;
        assert_eq!((turn, beats, took), (Turn::TooLate, 7, LONGEST));
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_ends_when_we_are_stopped() {
        let stop = CancellationToken::new();
        let later = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_mins(3)).await;
            later.cancel();
        });
        let (turn, beats, took) = ended(std::future::pending::<()>(), &stop).await;
        assert_eq!((turn, beats, took), (Turn::Stopped, 1, Duration::from_mins(3)));
    }
}
