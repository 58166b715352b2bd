//! Bounded memories: what cannot change (by SHA) stays until others push it out; what can (teams, permissions) grows old.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use super::observe::{About, Listing, OrgTop};
use crate::policy::OrgPolicy;
use crate::review::snapshot::{App, BlobId, CommitSha, Known, Permission, UserId};
use crate::time::{Millis, Timestamp};

/// Keeps the most recently used entries, up to a total weight.
pub(crate) struct Bounded<K, V> {
    capacity: usize,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    entries: HashMap<K, (V, usize, u64)>,
    order: BTreeMap<u64, K>,
    weight: usize,
    tick: u64,
}

impl<K: Clone + Eq + Hash, V: Clone> Bounded<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        let state = State { entries: HashMap::new(), order: BTreeMap::new(), weight: 0, tick: 0 };
        Self { capacity, state: Mutex::new(state) }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let (value, _, used) = state.entries.get_mut(key)?;
        state.order.remove(used);
        state.tick += 1;
        *used = state.tick;
        state.order.insert(state.tick, key.clone());
        Some(value.clone())
    }

    pub(crate) fn put(&self, key: K, value: V, weight: usize) {
        if weight > self.capacity {
            return;
        }
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        state.tick += 1;
        if let Some((_, old, used)) = state.entries.insert(key.clone(), (value, weight, state.tick)) {
            state.order.remove(&used);
            state.weight -= old;
        }
        state.order.insert(state.tick, key);
        state.weight += weight;
        while state.weight > self.capacity {
            let Some((_, oldest)) = state.order.pop_first() else { break };
            if let Some((_, weight, _)) = state.entries.remove(&oldest) {
                state.weight -= weight;
            }
        }
    }
}

/// Keeps answers for a short while.
pub(crate) struct Timed<K, V>(Mutex<HashMap<K, (V, Timestamp)>>);

impl<K, V> Default for Timed<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Timed<K, V> {
    pub(crate) fn get(&self, key: &K, now: Timestamp, ttl: Millis) -> Option<V> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(_, at)| (0..ttl.0).contains(&now.since(*at).0)).map(|(value, _)| value.clone())
    }

    pub(crate) fn put(&self, key: K, value: V, now: Timestamp) {
        const MOST: usize = 20_000;
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(key, (value, now));
    }
}

/// A file in a commit's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) blob: BlobId,
    pub(crate) bytes: u64,
}

/// The organisation's defaults, as read.
pub(crate) type OrgDefaults = Result<Option<Arc<OrgPolicy>>, crate::policy::PolicyProblem>;

/// Everything that the client remembers. Keys hold the repository's id: access to one says nothing about another.
pub(crate) struct Caches {
    /// Which blob stands at a path of a commit.
    pub(crate) trees: Bounded<(u64, CommitSha, String), Option<Entry>>,
    /// Texts of blobs, by bytes. `None`: not a text.
    pub(crate) blobs: Bounded<(u64, BlobId), Option<Arc<str>>>,
    /// Merge bases of two commits.
    pub(crate) merge_bases: Bounded<(u64, CommitSha, CommitSha), CommitSha>,
    /// Ourselves, by installation.
    pub(crate) apps: Timed<u64, App>,
    /// What somebody may do in a repository.
    pub(crate) permissions: Timed<(u64, UserId), Known<Permission>>,
    /// Members of a team, by installation and lower-case name.
    pub(crate) teams: Timed<(u64, String), Known<std::collections::BTreeSet<UserId>>>,
    /// Organisations' defaults, by installation and owner.
    pub(crate) defaults: Timed<(u64, String), OrgDefaults>,
    /// What stands below a tree, by its id; with its folders' files, too, or without. By entries.
    pub(crate) listings: Bounded<(u64, String, bool), Arc<Listing>>,
    /// Organisations' `.github` repositories, by installation and owner.
    pub(crate) org_tops: Timed<(u64, String), OrgTop>,
    /// What people's words point to: (installation, repository, what about, name).
    pub(crate) answers: Timed<(u64, u64, About, String), Known<bool>>,
}

impl Default for Caches {
    fn default() -> Self {
        Self {
            trees: Bounded::new(100_000),
            blobs: Bounded::new(64 * 1024 * 1024),
            merge_bases: Bounded::new(10_000),
            apps: Timed::default(),
            permissions: Timed::default(),
            teams: Timed::default(),
            defaults: Timed::default(),
            listings: Bounded::new(500_000),
            org_tops: Timed::default(),
            answers: Timed::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first_and_the_weight_stays_bounded() {
        let cache = Bounded::new(10);
        cache.put("a", 1, 4);
        cache.put("b", 2, 4);
        assert_eq!(cache.get(&"a"), Some(1));
        cache.put("c", 3, 4);
        assert_eq!((cache.get(&"a"), cache.get(&"b"), cache.get(&"c")), (Some(1), None, Some(3)));
        cache.put("huge", 4, 11);
        assert_eq!(cache.get(&"huge"), None);
        cache.put("a", 5, 10);
        assert_eq!((cache.get(&"a"), cache.get(&"c")), (Some(5), None));
    }

    #[test]
    fn short_lived_answers_die() {
        let cache = Timed::default();
        cache.put(1, "x", Timestamp(1_000));
        assert_eq!(cache.get(&1, Timestamp(1_500), Millis(1_000)), Some("x"));
        assert_eq!(cache.get(&1, Timestamp(2_000), Millis(1_000)), None);
        // A clock that was set back must not make an old answer young.
        assert_eq!(cache.get(&1, Timestamp(500), Millis(1_000)), None);
    }
}
