//! Hostility: how unhelpful the sandbox is, always (`Hostility`) or once on demand (`Fault`).

use serde::{Deserialize, Serialize};

use super::model::Millis;
use super::world::Rng;

/// What the sandbox does to its clients all the time, by seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hostility {
    /// Lists of the REST API show the world as it was up to so many milliseconds ago.
    pub lag_rest_ms: Millis,
    /// GraphQL does.
    pub lag_graphql_ms: Millis,
    /// Lists of check runs do.
    pub lag_checks_ms: Millis,
    /// At most so many items a page, whatever `per_page` or `first` says; 0: as asked.
    pub page_cap: usize,
    /// Unknown fields in every object.
    pub extra_fields: bool,
    /// Nulls where the description allows them and nothing is lost (links, mergeability not computed yet).
    pub nulls: bool,
    /// Lists without a documented order come in another one.
    pub reorder: bool,
    /// Chance in a thousand that a delivery is lost.
    pub drop_deliveries: u64,
    /// … is sent twice.
    pub double_deliveries: u64,
    /// Deliveries wait up to so long, so that they overtake each other.
    pub delay_deliveries_ms: Millis,
    /// Chance in a thousand that a write fails: 5xx, limits, a dropped connection, before or after it was done.
    pub write_faults: u64,
    /// Chance in a thousand that a read fails.
    pub read_faults: u64,
    /// Secondary limit: content-making requests a minute (80 on GitHub); 0: none.
    pub content_per_minute: u64,
    /// Primary limit: requests an hour (5,000 on GitHub).
    pub requests_per_hour: u64,
}

impl Hostility {
    /// As friendly as can be: for the demo, and for tests of something else.
    pub fn none() -> Self {
        Self {
            lag_rest_ms: 0,
            lag_graphql_ms: 0,
            lag_checks_ms: 0,
            page_cap: 0,
            extra_fields: false,
            nulls: false,
            reorder: false,
            drop_deliveries: 0,
            double_deliveries: 0,
            delay_deliveries_ms: 0,
            write_faults: 0,
            read_faults: 0,
            content_per_minute: 0,
            requests_per_hour: 5_000,
        }
    }
}

impl Default for Hostility {
    fn default() -> Self {
        Self {
            lag_rest_ms: 30_000,
            lag_graphql_ms: 30_000,
            lag_checks_ms: 30_000,
            page_cap: 2,
            extra_fields: true,
            nulls: true,
            reorder: true,
            drop_deliveries: 50,
            double_deliveries: 100,
            delay_deliveries_ms: 5_000,
            write_faults: 30,
            read_faults: 15,
            content_per_minute: 0,
            requests_per_hour: 1_000_000,
        }
    }
}

/// Before or after the request was carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Nothing was done.
    #[default]
    Before,
    /// It was done; the client does not learn it.
    After,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// This status with GitHub's HTML page (502, 503, 504) or JSON.
    Status(u16),
    /// 403 of the secondary limit with `Retry-After` in seconds.
    SecondaryLimit(u64),
    /// 403 of the primary limit with `X-RateLimit-Reset` so many seconds ahead.
    PrimaryLimit(u64),
    /// The connection breaks in the middle of the answer.
    Drop,
    /// No answer for so many milliseconds, then 502.
    Hang(u64),
}

/// A fault on demand: strikes the next requests that fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only paths (for GraphQL: or documents) that contain this.
    #[serde(default)]
    pub contains: Option<String>,
    /// What.
    pub trouble: Trouble,
    /// When.
    #[serde(default)]
    pub when: When,
    /// How often.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// The trouble that chance brings to a request, if any.
pub(super) fn by_chance(rng: &mut Rng, hostility: &Hostility, write: bool) -> Option<(Trouble, When)> {
    if !rng.chance(if write { hostility.write_faults } else { hostility.read_faults }) {
        return None;
    }
    let trouble = match rng.below(6) {
        0 => Trouble::Status(500),
        1 => Trouble::Status(502),
        2 => Trouble::Status(503),
        3 => Trouble::SecondaryLimit(1),
        _ => Trouble::Drop,
    };
    // A limit refuses; only what breaks on the way back can have been done.
    let after = write && !matches!(trouble, Trouble::SecondaryLimit(_)) && rng.chance(500);
    Some((trouble, if after { When::After } else { When::Before }))
}
