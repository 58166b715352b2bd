//! Spreads hints that concern many pull requests.

use tokio_util::sync::CancellationToken;

use super::Engine;
use super::listing::Unlisted;
use crate::github::Failure;
use crate::store::{Fanout, Scope, StoreError};
use crate::time::Millis;

/// Pull requests woken in one commit.
const BATCH: u32 = 200;

impl Engine {
    pub(super) async fn fanouts(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.inner.store.claim_fanout(self.now(), Millis::minutes(2)).await {
                Ok(Some(fanout)) => {
                    let done = match fanout.scope {
                        Scope::Unheard { installation } => self.spread_unheard(fanout, installation).await,
                        _ => self.spread(fanout).await,
                    };
                    if let Err(error) = done {
                        self.trouble(&stop, "spreading a hint", &error).await;
                    }
                }
                Ok(None) => self.rest(&stop).await,
                Err(error) => self.trouble(&stop, "claiming a hint", &error).await,
            }
        }
    }

    async fn spread(&self, fanout: Fanout) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            after = self.inner.store.wake_known(fanout.scope.clone(), after, BATCH, self.now()).await?;
            if after.is_none() {
                return self.inner.store.finish_fanout(fanout, self.now()).await;
            }
        }
    }

    /// Lists what an installation reaches. What GitHub refuses (it was uninstalled, say) is nothing to look at.
    async fn spread_unheard(&self, fanout: Fanout, installation: u64) -> Result<(), StoreError> {
        match self.list_installation(installation, usize::MAX).await {
            Ok(()) => self.inner.store.finish_fanout(fanout, self.now()).await,
            Err(Unlisted::Store(error)) => Err(error),
            Err(Unlisted::GitHub(Failure::Refused { status, why })) => {
                tracing::info!(installation, status, why, "nothing is listed");
                self.inner.store.finish_fanout(fanout, self.now()).await
            }
            Err(Unlisted::GitHub(failure)) => {
                let why = failure.to_string();
                tracing::warn!(installation, why, "an installation could not be listed; another try follows");
                self.inner.store.fail_fanout(fanout, &why, self.now()).await.map(|_| ())
            }
        }
    }
}
