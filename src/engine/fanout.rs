//! Spreads hints that concern many pull requests.

use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::store::{Fanout, StoreError};
use crate::time::Millis;

/// Pull requests woken in one commit.
const BATCH: u32 = 200;

impl Engine {
    pub(super) async fn fanouts(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.inner.store.claim_fanout(self.now(), Millis::minutes(2)).await {
                Ok(Some(fanout)) => {
                    if let Err(error) = self.spread(fanout).await {
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
}
