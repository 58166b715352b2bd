//! One row of the queue of pull requests to look at, as a pure state machine: waiting, claimed, backing off, giving up, dead.
//! The SQL beside it only loads and saves what is decided here.

use crate::time::{Millis, Timestamp};

/// How urgent a look is; the first is the most urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WakeClass {
    /// A person did something.
    Person,
    /// A check that may have to turn red: a ground may be gone.
    Red,
    /// An analysis ended, or a moment has come that the review waits for.
    Due,
    /// Nothing is known to have happened; a look to be sure.
    Sweep,
}

impl WakeClass {
    const ALL: [Self; 4] = [Self::Person, Self::Red, Self::Due, Self::Sweep];

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Person => 0,
            Self::Red => 1,
            Self::Due => 2,
            Self::Sweep => 3,
        }
    }

    /// An unknown number is the least urgent class: it is looked at, late.
    pub(super) fn from_number(number: i64) -> Self {
        Self::ALL.into_iter().find(|class| class.number() == number).unwrap_or(Self::Sweep)
    }
}

/// Looks that may fail in a row before the check says that threadmodel gave up.
pub const MAX_ATTEMPTS: u32 = 5;
/// Further tries to say so.
const MAX_FAREWELLS: u32 = 3;
/// How long a dead pull request stays untouched by wakes that no person caused.
const REST: Millis = Millis::minutes(60);

/// A lease: who holds the pull request, and until when. The token fences writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) token: String,
    pub(super) until: Timestamp,
}

/// The row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WakeRow {
    pub(super) class: WakeClass,
    pub(super) due_at: Timestamp,
    /// Backing off until then.
    pub(super) not_before: Timestamp,
    /// Claims since the last look that succeeded.
    pub(super) attempts: u32,
    pub(super) lease: Option<Lease>,
    /// What arrived while it was claimed.
    pub(super) again: Option<(WakeClass, Timestamp)>,
    /// Why it is about to be given up, or was.
    pub(super) gave_up: Option<String>,
    pub(super) dead_at: Option<Timestamp>,
}

/// What a claim is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A look, as usual.
    Look,
    /// Too many looks failed: only say so in the check, for this reason, then [`bury`](super::Store::bury) it.
    GiveUp(String),
}

/// What a failed look leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Another look at this moment.
    Backoff(Timestamp),
    /// No further look: the next claim says so in the check.
    GivesUp,
    /// Not even that could be said; only a person's doing, or a sweep much later, brings it back.
    Dead,
}

impl WakeRow {
    /// A fresh row.
    pub(super) const fn new(class: WakeClass, due_at: Timestamp) -> Self {
        Self {
            class,
            due_at,
            not_before: Timestamp(i64::MIN),
            attempts: 0,
            lease: None,
            again: None,
            gave_up: None,
            dead_at: None,
        }
    }

    /// Something happened. Never loses a wake, and never lets one shorten a backoff.
    pub(super) fn wake(&mut self, class: WakeClass, due_at: Timestamp, now: Timestamp) {
        if self.lease.is_some() {
            self.again = Some(sooner(self.again, (class, due_at)));
        } else if let Some(dead_at) = self.dead_at {
            let by_a_person = class <= WakeClass::Red;
            if by_a_person || now >= dead_at.after(REST) {
                *self = Self::new(class, due_at);
            }
        } else {
            (self.class, self.due_at) = sooner(Some((self.class, self.due_at)), (class, due_at));
        }
    }

    /// Whether it may be claimed. The query says the same in SQL.
    #[cfg(test)]
    pub(super) fn claimable(&self, now: Timestamp) -> bool {
        self.dead_at.is_none()
            && self.due_at <= now
            && self.not_before <= now
            && self.lease.as_ref().is_none_or(|lease| lease.until <= now)
    }

    /// Claims it. The attempt counts now, so that a look that kills the process counts too.
    pub(super) fn claim(&mut self, token: String, until: Timestamp) -> Turn {
        if let Some(again) = self.again.take() {
            (self.class, self.due_at) = sooner(Some((self.class, self.due_at)), again);
        }
        self.attempts = self.attempts.saturating_add(1);
        self.lease = Some(Lease { token, until });
        if self.gave_up.is_none() && self.attempts > MAX_ATTEMPTS {
            self.gave_up = Some("the last looks at this pull request did not come to an end".to_owned());
        }
        self.gave_up.clone().map_or(Turn::Look, Turn::GiveUp)
    }

    /// The look succeeded. `None`: nothing is left to wait for.
    pub(super) fn release(self, next: Option<Timestamp>) -> Option<Self> {
        let next = next.map(|at| (WakeClass::Due, at));
        let (class, due_at) = match (self.again, next) {
            (Some(again), Some(next)) => sooner(Some(again), next),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => return None,
        };
        Some(Self::new(class, due_at))
    }

    /// GitHub asked for patience: nobody's fault, so the attempt does not count.
    pub(super) fn postpone(&mut self, until: Timestamp) {
        self.attempts = self.attempts.saturating_sub(1);
        self.unlease();
        self.not_before = until;
        self.due_at = self.due_at.min(until);
    }

    /// The look failed.
    pub(super) fn fail(&mut self, why: &str, now: Timestamp) -> Failed {
        self.unlease();
        if self.gave_up.is_none() && self.attempts >= MAX_ATTEMPTS {
            self.gave_up = Some(why.to_owned());
            self.due_at = now;
            self.not_before = now;
            return Failed::GivesUp;
        }
        if self.attempts >= MAX_ATTEMPTS.saturating_add(MAX_FAREWELLS) {
            self.dead_at = Some(now);
            return Failed::Dead;
        }
        self.not_before = now.after(backoff(self.attempts));
        Failed::Backoff(self.not_before)
    }

    /// It was said that it is given up.
    pub(super) fn bury(&mut self, now: Timestamp) {
        self.lease = None;
        self.dead_at = Some(now);
        if let Some((class, due_at)) = self.again.take() {
            self.wake(class, due_at, now);
        }
    }

    /// Gives the lease back without a word on how it went.
    pub(super) fn unlease(&mut self) {
        self.lease = None;
        if let Some(again) = self.again.take() {
            (self.class, self.due_at) = sooner(Some((self.class, self.due_at)), again);
        }
    }
}

/// The more urgent class and the earlier moment of both.
fn sooner(one: Option<(WakeClass, Timestamp)>, other: (WakeClass, Timestamp)) -> (WakeClass, Timestamp) {
    one.map_or(other, |one| (one.0.min(other.0), one.1.min(other.1)))
}

/// 10 s, 40 s, 160 s, then 640 s.
pub(super) fn backoff(attempts: u32) -> Millis {
    Millis::seconds(10_i64.saturating_mul(4_i64.saturating_pow(attempts.saturating_sub(1).min(3))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const UNTIL: Timestamp = Timestamp(1_060_000);

    fn claimed() -> WakeRow {
        let mut row = WakeRow::new(WakeClass::Sweep, NOW);
        assert_eq!(row.claim("token".to_owned(), UNTIL), Turn::Look);
        row
    }

    #[test]
    fn a_wake_while_claimed_arms_it_again() {
        let mut row = claimed();
        row.wake(WakeClass::Person, NOW, NOW);
        let row = row.release(None);
        assert_eq!(row, Some(WakeRow::new(WakeClass::Person, NOW)));
        assert_eq!(claimed().release(None), None);
    }

    #[test]
    fn five_failures_are_said_and_then_it_is_dead_until_a_person_comes() {
        let mut row = WakeRow::new(WakeClass::Person, NOW);
        for attempt in 1..=MAX_ATTEMPTS {
            assert_eq!(row.claim("t".to_owned(), UNTIL), Turn::Look);
            let failed = row.fail("no", NOW);
            assert_eq!(failed == Failed::GivesUp, attempt == MAX_ATTEMPTS);
        }
        assert_eq!(row.claim("t".to_owned(), UNTIL), Turn::GiveUp("no".to_owned()));
        row.bury(NOW);
        row.wake(WakeClass::Sweep, NOW, NOW);
        assert!(!row.claimable(NOW));
        row.wake(WakeClass::Person, NOW, NOW);
        assert!(row.claimable(NOW));
        assert_eq!(row.attempts, 0);
    }

    #[test]
    fn looks_that_never_end_are_given_up_too() {
        let mut row = WakeRow::new(WakeClass::Person, NOW);
        for _ in 0..MAX_ATTEMPTS {
            assert_eq!(row.claim("t".to_owned(), UNTIL), Turn::Look);
            row.unlease();
        }
        assert!(matches!(row.claim("t".to_owned(), UNTIL), Turn::GiveUp(_)));
    }

    #[test]
    fn a_wake_does_not_shorten_a_backoff() {
        let mut row = claimed();
        assert_eq!(row.fail("no", NOW), Failed::Backoff(NOW.after(Millis::seconds(10))));
        row.wake(WakeClass::Person, NOW, NOW);
        assert!(!row.claimable(NOW));
        assert!(row.claimable(NOW.after(Millis::seconds(10))));
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Wake(i64),
        Claim,
        Release,
        Fail,
        Postpone,
        Crash,
        Bury,
    }

    proptest! {
        /// Whatever happens, a person's wake is followed by a claim that begins after it (unless a claim gives up first, and
        /// then by the next person's): no wake is lost.
        #[test]
        fn no_wake_is_lost(steps in proptest::collection::vec(
            prop_oneof![(0_i64..4).prop_map(Step::Wake), Just(Step::Claim), Just(Step::Release), Just(Step::Fail),
                        Just(Step::Postpone), Just(Step::Crash), Just(Step::Bury)], 0..60)) {
            let mut row: Option<WakeRow> = None;
            let mut now = NOW;
            let mut owed = false;
            for step in steps {
                now = now.after(Millis::seconds(1));
                let leased = row.as_ref().is_some_and(|row| row.lease.is_some());
                match (step, row.as_mut()) {
                    (Step::Wake(class), Some(row)) => {
                        let class = WakeClass::from_number(class);
                        let asleep = row.dead_at.is_some() && class > WakeClass::Red;
                        row.wake(class, now, now);
                        owed |= !asleep;
                    }
                    (Step::Wake(class), None) => {
                        row = Some(WakeRow::new(WakeClass::from_number(class), now));
                        owed = true;
                    }
                    (Step::Claim, Some(row)) if row.claimable(now) => {
                        let turn = row.claim("t".to_owned(), now.after(Millis::seconds(5)));
                        prop_assert!(row.attempts <= MAX_ATTEMPTS || turn != Turn::Look);
                        owed = false;
                    }
                    (Step::Release, Some(row_)) if leased => row = row_.clone().release(None),
                    (Step::Fail, Some(row)) if leased => {
                        // A failed look has not seen anything: it is owed again, unless it was the last.
                        owed = row.fail("no", now) != Failed::Dead;
                    }
                    (Step::Postpone, Some(row)) if leased => { row.postpone(now.after(Millis::seconds(3))); owed = true; }
                    (Step::Crash, Some(row)) if leased => { row.unlease(); owed = true; }
                    (Step::Bury, Some(row)) if leased && row.gave_up.is_some() => {
                        let person = row.again.is_some_and(|(class, _)| class <= WakeClass::Red);
                        row.bury(now);
                        owed = person;
                    }
                    _ => {}
                }
                if owed {
                    let row = row.clone();
                    let later = now.after(Millis::minutes(120));
                    prop_assert!(row.is_some_and(|row| row.claimable(later) || row.lease.is_some()));
                }
            }
        }
    }
}
