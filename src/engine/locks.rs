//! One holder at a time for each key. A check run belongs to a commit, and several pull requests may share it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The locks that are held or waited for; others are forgotten.
#[derive(Debug)]
pub(super) struct Locks<K> {
    held: Mutex<HashMap<K, Arc<AsyncMutex<()>>>>,
}

impl<K> Default for Locks<K> {
    fn default() -> Self {
        Self { held: Mutex::new(HashMap::new()) }
    }
}

impl<K: Eq + Hash> Locks<K> {
    /// Waits for the key.
    pub(super) async fn hold(&self, key: K) -> OwnedMutexGuard<()> {
        let lock = {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(held.entry(key).or_default())
        };
        lock.lock_owned().await
    }
}
