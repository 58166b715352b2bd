//! Moments and spans as plain numbers, so that the core can compare times without a clock.

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since the Unix epoch, UTC. GitHub's own times have a resolution of one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Timestamp {
    /// The moment `span` later; saturates instead of overflowing.
    #[must_use]
    pub const fn after(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The last millisecond of a day written `2027-03-31`, UTC; `None`: not a day.
    pub fn end_of_day(day: &str) -> Option<Self> {
        let day = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
        let next = day.succ_opt()?.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis();
        Some(Self(next.saturating_sub(1)))
    }

    /// How long ago `earlier` was; negative when it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Millis {
    /// `n` seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(n.saturating_mul(1_000))
    }

    /// `n` minutes.
    pub const fn minutes(n: i64) -> Self {
        Self::seconds(n.saturating_mul(60))
    }
}
