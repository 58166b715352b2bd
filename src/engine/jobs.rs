//! The pool of analysis jobs.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::analyst::Answer;
use crate::store::{AnalysisClaim, StoreError};
use crate::time::Millis;

impl Engine {
    pub(super) async fn analyses(self, stop: CancellationToken) {
        let longest = i64::try_from(self.inner.settings.analysis_timeout.as_millis()).unwrap_or(i64::MAX);
        // The lease outlives the job's own limit, so that nobody else begins it while it may still end.
        let lease = Millis(longest.saturating_add(Millis::minutes(1).0));
        while !stop.is_cancelled() {
            match self.inner.store.claim_analysis(self.now(), lease).await {
                Ok(Some(claim)) => {
                    if let Err(error) = self.analyse(claim).await {
                        self.trouble(&stop, "writing an analysis", &error).await;
                    }
                }
                Ok(None) => self.rest(&stop).await,
                Err(error) => self.trouble(&stop, "claiming an analysis", &error).await,
            }
        }
    }

    async fn analyse(&self, claim: AnalysisClaim) -> Result<(), StoreError> {
        let analyst = Arc::clone(&self.inner.analyst);
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
