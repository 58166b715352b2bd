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
    Regex::new(r"(?i-u)\b([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9}(?:\.[0-9]{1,3})?|half an?|an?|eine[nmr]?|ein|une?|una|one|zwei|deux|dos|drei|trois|tres|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|ninety)[ -]?(seconds?|secs?|s|minutes?|mins?|minuten|minutos?|m|hours?|hrs?|stunden?|heures?|horas?|h|days?|tage?n?|jours?|d(?:i|í)as?|d|weeks?|wochen?|semaines?|semanas?|w|months?|monate?n?|mois|meses|mes|years?|jahre?n?|ans|ann(?:é|e)es?|años?|bytes?|[kmg]i?b)\b").ok()
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
            // In thousandths, so that "1.5 hours" is no "5 hours".
            let count: u64 = match number.as_str() {
                "a" | "an" | "one" | "ein" | "eine" | "einen" | "einem" | "einer" | "un" | "une" | "una" => 1_000,
                "two" | "zwei" | "deux" | "dos" => 2_000,
                "three" | "drei" | "trois" | "tres" => 3_000,
                "four" => 4_000,
                "five" => 5_000,
                "six" => 6_000,
                "seven" => 7_000,
                "half a" | "half an" => 500,
                "eight" => 8_000,
                "nine" => 9_000,
                "ten" => 10_000,
                "twelve" => 12_000,
                "fifteen" => 15_000,
                "twenty" => 20_000,
                "thirty" => 30_000,
                "sixty" => 60_000,
                "ninety" => 90_000,
                digits => thousandths(digits)?,
            };
            let (kind, factor) = factor(&unit)?;
            Some(Value {
                unit: kind,
                amount: count.saturating_mul(factor) / 1_000,
                text: all.as_str().to_owned(),
                at: all.start(),
            })
        })
        .collect()
}

/// "65,536" and "1.5" in thousandths.
fn thousandths(digits: &str) -> Option<u64> {
    let plain = digits.replace(',', "");
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let part: u64 = format!("{part:0<3}").parse().ok()?;
    Some(whole.parse::<u64>().ok()?.saturating_mul(1_000).saturating_add(part))
}

fn factor(unit: &str) -> Option<(Unit, u64)> {
    const MINUTE: u64 = 60;
    const DAY: u64 = 24 * 60 * MINUTE;
    let stem = unit.trim_end_matches('s');
    Some(match stem {
        "" | "sec" | "second" => (Unit::Time, 1),
        "m" | "min" | "minute" | "minuten" | "minuto" => (Unit::Time, MINUTE),
        "h" | "hr" | "hour" | "stunde" | "stunden" | "heure" | "hora" => (Unit::Time, 60 * MINUTE),
        "d" | "day" | "tag" | "tage" | "tagen" | "jour" | "dia" | "día" => (Unit::Time, DAY),
        "w" | "week" | "woche" | "wochen" | "semaine" | "semana" => (Unit::Time, 7 * DAY),
        "month" | "monat" | "monate" | "monaten" | "moi" | "me" | "mese" => (Unit::Time, 30 * DAY),
        "year" | "jahr" | "jahre" | "jahren" | "an" | "annee" | "année" | "año" => (Unit::Time, 365 * DAY),
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
        assert_eq!(of("1.5 hours"), [5_400]);
        assert_eq!(of("65,536 bytes"), of("64 KiB"));
        assert_eq!(of("half an hour, 90min, 7 Tage, 2 heures"), [1_800, 5_400, 604_800, 7_200]);
        assert_eq!(of("zwei Wochen, trois jours, dos días, 1 año"), [1_209_600, 259_200, 172_800, 31_536_000]);
        assert!(of("a d in v2 and 403").is_empty());
    }
}
