//! Numbers with units, as people and documents write them.

use std::sync::LazyLock;

use regex::Regex;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Time, in seconds.
    Time,
    /// Size, in bytes.
    Size,
}

/// A number with its unit, and where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) unit: Unit,
    pub(crate) amount: u64,
    /// As written.
    pub(crate) text: String,
    /// Byte offset in the text.
    pub(crate) at: usize,
}

static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(\d{1,9}|an?|one|two|three|four|five|six|seven|ten|twelve|thirty)[ -]?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|months?|years?|bytes?|[kmg]i?b)\b").ok()
});

/// The values in a text, in order.
pub(crate) fn values(text: &str) -> Vec<Value> {
    let Some(regex) = VALUE.as_ref() else {
        return Vec::new();
    };
    regex
        .captures_iter(text)
        .filter_map(|c| {
            let (all, number, unit) = (c.get(0)?, c.get(1)?.as_str().to_lowercase(), c.get(2)?.as_str().to_lowercase());
            let written_out = !number.starts_with(|c: char| c.is_ascii_digit());
            // "a d" or "an m" is no value.
            if written_out && unit.len() < 3 {
                return None;
            }
            let count: u64 = match number.as_str() {
                "a" | "an" | "one" => 1,
                "two" => 2,
                "three" => 3,
                "four" => 4,
                "five" => 5,
                "six" => 6,
                "seven" => 7,
                "ten" => 10,
                "twelve" => 12,
                "thirty" => 30,
                digits => digits.parse().ok()?,
            };
            let (kind, factor) = factor(&unit)?;
            Some(Value {
                unit: kind,
                amount: count.saturating_mul(factor),
                text: all.as_str().to_owned(),
                at: all.start(),
            })
        })
        .collect()
}

fn factor(unit: &str) -> Option<(Unit, u64)> {
    const MINUTE: u64 = 60;
    const DAY: u64 = 24 * 60 * MINUTE;
    let stem = unit.trim_end_matches('s');
    Some(match stem {
        "" | "sec" | "second" => (Unit::Time, 1),
        "m" | "min" | "minute" => (Unit::Time, MINUTE),
        "h" | "hr" | "hour" => (Unit::Time, 60 * MINUTE),
        "d" | "day" => (Unit::Time, DAY),
        "w" | "week" => (Unit::Time, 7 * DAY),
        "month" => (Unit::Time, 30 * DAY),
        "year" => (Unit::Time, 365 * DAY),
        "byte" => (Unit::Size, 1),
        "kb" | "kib" => (Unit::Size, 1 << 10),
        "mb" | "mib" => (Unit::Size, 1 << 20),
        "gb" | "gib" => (Unit::Size, 1 << 30),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_compared_in_one_measure() {
        let of = |t: &str| values(t).iter().map(|v| v.amount).collect::<Vec<_>>();
        assert_eq!(of("deleted after 24 hours"), of("1 day"));
        assert_eq!(of("a week or 7d"), [604_800, 604_800]);
        assert_eq!(of("64 KiB"), [65_536]);
        assert_eq!(of("b, 7 days, the mail system needs it"), [604_800]);
        assert!(of("a d in v2 and 403").is_empty());
    }
}
