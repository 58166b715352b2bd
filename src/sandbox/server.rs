//! `Sandbox`: the world with a clock, tokens, faults, and deliveries; everything that is not pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::faults::{Fault, Hostility, Trouble, When, by_chance};
use super::model::{Id, Millis, State};
use super::webhooks::Delivery;
use super::world::{Rng, World};

/// Where virtual time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The real clock and an offset that only grows.
    Real {
        /// Milliseconds ahead.
        ahead: Millis,
    },
    /// Stands still until advanced.
    Fixed(Millis),
}

/// An installation token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) installation: Id,
    pub(super) permissions: BTreeMap<String, String>,
    pub(super) repos: Option<BTreeSet<Id>>,
    /// By the real clock: the client's.
    pub(super) expires_at: Millis,
}

/// The three kinds of reads that lag, each by its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    Rest,
    GraphQl,
    Checks,
}

/// A GitHub with everything around it.
#[derive(Debug)]
pub struct Sandbox {
    world: World,
    clock: Clock,
    rng: Rng,
    pub(super) seed: u64,
    pub(super) tokens: BTreeMap<String, Token>,
    /// What it does to its clients.
    pub hostility: Hostility,
    faults: Vec<Fault>,
    pub(super) deliveries: Vec<Delivery>,
    /// Requests of each installation in its current hour: (hour's end in real milliseconds, used).
    pub(super) used: BTreeMap<Id, (Millis, u64)>,
    /// When content was made, for the secondary limit.
    pub(super) content: BTreeMap<Id, Vec<Millis>>,
    /// How often a pull request's mergeability was asked for at a head.
    pub(super) asked_mergeable: BTreeSet<(Id, String)>,
}

/// Milliseconds by the real clock.
#[expect(clippy::disallowed_methods, reason = "this is the shell: tokens live by the client's clock")]
pub(super) fn wall() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX))
}

impl Sandbox {
    /// An empty GitHub, hostile by default.
    pub fn new(seed: u64, clock: Clock) -> Self {
        let now = match clock {
            Clock::Real { ahead } => wall() + ahead,
            Clock::Fixed(now) => now,
        };
        Self {
            world: World::new(seed, now),
            clock,
            rng: Rng::new(seed ^ 0x5EED),
            seed,
            tokens: BTreeMap::new(),
            hostility: Hostility::default(),
            faults: Vec::new(),
            deliveries: Vec::new(),
            used: BTreeMap::new(),
            content: BTreeMap::new(),
            asked_mergeable: BTreeSet::new(),
        }
    }

    /// Virtual time.
    pub fn now(&self) -> Millis {
        match self.clock {
            Clock::Real { ahead } => wall() + ahead,
            Clock::Fixed(now) => now,
        }
    }

    /// Moves virtual time ahead.
    pub fn advance(&mut self, by: Millis) {
        match &mut self.clock {
            Clock::Real { ahead: time } | Clock::Fixed(time) => *time += by.max(0),
        }
        let now = self.now();
        self.world.set_now(now);
    }

    /// The world, at the current time.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world, to act in. Call [`Sandbox::collect`] afterwards (the HTTP surfaces do) so that webhooks go out.
    pub fn world_mut(&mut self) -> &mut World {
        let now = self.now();
        self.world.set_now(now);
        &mut self.world
    }

    /// Turns what happened into deliveries.
    pub fn collect(&mut self) {
        for event in self.world.take_events() {
            super::webhooks::plan(self, &event);
        }
    }

    /// A token of an installation with everything it was granted, for tests of something other than authentication.
    pub fn token_for(&mut self, installation: Id) -> String {
        let permissions = self.world.state().installations.get(&installation).map(|found| found.permissions.clone());
        self.issue(installation, permissions.unwrap_or_default(), None).0
    }

    /// Makes a token: (secret, when it expires by the real clock).
    pub(super) fn issue(
        &mut self,
        installation: Id,
        permissions: BTreeMap<String, String>,
        repos: Option<BTreeSet<Id>>,
    ) -> (String, Millis) {
        // Tokens are no longer 40 characters (FACTS 10c).
        let length = 37 + usize::try_from(self.rng.below(40)).unwrap_or(0);
        let mut secret = String::from("ghs_");
        while secret.len() < length {
            secret.push_str(&hex::encode(self.rng.next_u64().to_be_bytes()));
        }
        secret.truncate(length);
        let expires_at = wall() + 3_600_000;
        self.tokens.insert(secret.clone(), Token { installation, permissions, repos, expires_at });
        (secret, expires_at)
    }

    /// Requests that installations made in this hour.
    pub fn requests(&self) -> u64 {
        self.used.values().map(|(_, used)| used).sum()
    }

    /// Puts a fault in wait.
    pub fn add_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Takes back the faults that still wait.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// The world and the generator at once.
    pub(super) fn parts(&mut self) -> (&World, &mut Rng) {
        (&self.world, &mut self.rng)
    }

    /// The state that a surface shows now.
    pub(super) fn lagged(&mut self, surface: Surface) -> Arc<State> {
        let most = match surface {
            Surface::Rest => self.hostility.lag_rest_ms,
            Surface::GraphQl => self.hostility.lag_graphql_ms,
            Surface::Checks => self.hostility.lag_checks_ms,
        };
        let lag = if most > 0 { Millis::try_from(self.rng.below(most.unsigned_abs() + 1)).unwrap_or(0) } else { 0 };
        self.world.state_at(self.now() - lag)
    }

    /// The trouble for a request: one in wait, else by chance.
    pub(super) fn trouble(&mut self, method: &str, text: &str, write: bool) -> Option<(Trouble, When)> {
        let fits = |fault: &Fault| {
            fault.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && fault.contains.as_ref().is_none_or(|part| text.contains(part))
        };
        if let Some(index) = self.faults.iter().position(fits)
            && let Some(fault) = self.faults.get_mut(index)
        {
            let found = (fault.trouble.clone(), fault.when);
            fault.times = fault.times.saturating_sub(1);
            if fault.times == 0 {
                self.faults.remove(index);
            }
            return Some(found);
        }
        by_chance(&mut self.rng, &self.hostility, write)
    }
}

/// A sandbox that tasks share.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Mutex<Sandbox>>);

impl Shared {
    /// Shares it.
    pub fn new(sandbox: Sandbox) -> Self {
        Self(Arc::new(Mutex::new(sandbox)))
    }

    /// Takes it; hold it only between awaits.
    pub fn lock(&self) -> MutexGuard<'_, Sandbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
