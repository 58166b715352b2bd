//! How fast we write. GitHub allows 80 content-creating requests a minute and 500 an hour, at best a second apart, and counts
//! them together with what people do in the browser; a fifth is kept for check runs, so that the gate can always turn red.
//!
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits>

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::time::{Millis, Timestamp};

const MINUTE: Millis = Millis::minutes(1);
const HOUR: Millis = Millis::minutes(60);

/// The limits, per installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// Writes in any minute.
    pub per_minute: usize,
    /// Writes in any hour.
    pub per_hour: usize,
    /// Least time between two writes.
    pub gap: Millis,
    /// The longest wait that is sat out; a longer one is handed to the caller as a delay.
    pub longest_wait: Millis,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { per_minute: 80, per_hour: 500, gap: Millis::seconds(1), longest_wait: Millis::seconds(5) }
    }
}

impl Pacing {
    /// No limits: for tests and the demo.
    pub const fn unlimited() -> Self {
        Self { per_minute: usize::MAX, per_hour: usize::MAX, gap: Millis(0), longest_wait: Millis::seconds(5) }
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// A check run: may use the whole budget.
    Check,
    /// A post, an edit, a request for a review: leaves a fifth for checks.
    Content,
}

/// Remembers when each installation wrote.
pub(crate) struct Limiter {
    pacing: Pacing,
    writes: Mutex<HashMap<u64, VecDeque<Timestamp>>>,
}

impl Limiter {
    pub(crate) fn new(pacing: Pacing) -> Self {
        Self { pacing, writes: Mutex::default() }
    }

    /// Books a write and says how long to wait before it; `Err`: nothing was booked, come back after that time.
    pub(crate) fn book(&self, installation: u64, write: Write, now: Timestamp) -> Result<Millis, Millis> {
        let mut all = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let booked = all.entry(installation).or_default();
        while booked.front().is_some_and(|at| now.since(*at) >= HOUR) {
            booked.pop_front();
        }
        let share = |limit: usize| match write {
            Write::Check => limit.max(1),
            Write::Content => (limit - limit / 5).max(1),
        };
        let mut at = now;
        if let Some(last) = booked.back() {
            at = at.max(last.after(self.pacing.gap));
        }
        for (limit, window) in [(share(self.pacing.per_minute), MINUTE), (share(self.pacing.per_hour), HOUR)] {
            // The window is free again when its limit-th newest write has left it.
            if let Some(oldest) = booked.len().checked_sub(limit).and_then(|i| booked.get(i)) {
                at = at.max(oldest.after(window));
            }
        }
        let wait = at.since(now);
        if wait > self.pacing.longest_wait {
            return Err(wait);
        }
        booked.push_back(at);
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_stand_a_second_apart_and_checks_keep_a_fifth() {
        let limiter = Limiter::new(Pacing { per_minute: 10, per_hour: 100, gap: Millis(0), longest_wait: Millis(0) });
        let now = Timestamp(0);
        for _ in 0..8 {
            assert_eq!(limiter.book(1, Write::Content, now), Ok(Millis(0)));
        }
        assert_eq!(limiter.book(1, Write::Content, now), Err(Millis(60_000)));
        assert_eq!(limiter.book(1, Write::Check, now), Ok(Millis(0)));
        assert_eq!(limiter.book(1, Write::Check, now), Ok(Millis(0)));
        assert_eq!(limiter.book(1, Write::Check, now), Err(Millis(60_000)));
        // Another installation has its own budget, and a minute later this one has it back.
        assert_eq!(limiter.book(2, Write::Content, now), Ok(Millis(0)));
        assert_eq!(limiter.book(1, Write::Content, Timestamp(60_000)), Ok(Millis(0)));

        let apart = Limiter::new(Pacing { gap: Millis(1_000), ..Pacing::default() });
        assert_eq!(apart.book(1, Write::Content, now), Ok(Millis(0)));
        assert_eq!(apart.book(1, Write::Content, now), Ok(Millis(1_000)));
        assert_eq!(apart.book(1, Write::Check, now), Ok(Millis(2_000)));
    }

    #[test]
    fn an_hour_holds_five_hundred() {
        let limiter = Limiter::new(Pacing { gap: Millis(0), ..Pacing::default() });
        let mut now = Timestamp(0);
        let mut done = 0;
        while limiter.book(1, Write::Content, now).is_ok() {
            done += 1;
            now = now.after(Millis::seconds(2));
        }
        assert_eq!(done, 400);
        assert!(Limiter::new(Pacing::unlimited()).book(1, Write::Content, now).is_ok());
    }
}
