//! How a number with a unit is meant: exactly, about, at most; denied; or how often rather than how long.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::builtin::values::{Unit, Value, values};

/// How exactly a value is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Exactly,
    About,
    AtMost,
    AtLeast,
}

/// A value with what the words around it make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) value: Value,
    pub(super) bound: Bound,
    /// The smallest amount of a range ("one to two days"), else the amount.
    from: u64,
    /// Said to be wrong or past: "not 24 hours", "instead of a day".
    pub(super) denied: bool,
    /// How often, not how long: "every ten minutes".
    pub(super) repeats: bool,
}

impl Amount {
    /// The least and the most that the words allow.
    pub(super) fn range(&self) -> (u64, u64) {
        let most = self.value.amount;
        match self.bound {
            Bound::Exactly => (self.from, most),
            Bound::About => (self.from / 2, most.saturating_mul(2)),
            Bound::AtMost => (0, most),
            Bound::AtLeast => (self.from, u64::MAX),
        }
    }

    /// Whether it is a time for which something lasts.
    pub(super) fn is_meant(&self) -> bool {
        !self.denied && !self.repeats
    }

    /// How a document would write it: "7 days" for "7d". English words are kept as they are.
    pub(super) fn spelled(&self) -> String {
        let text = &self.value.text;
        let unit = text.trim_start_matches(|c: char| !c.is_alphabetic());
        let name = match (self.value.unit, unit.to_lowercase().as_str()) {
            (Unit::Time, "s" | "sec" | "secs") => "second",
            (Unit::Time, "m" | "min" | "mins" | "minuten" | "minuto" | "minutos") => "minute",
            (Unit::Time, "h" | "hr" | "hrs" | "stunde" | "stunden" | "heure" | "heures" | "hora" | "horas") => "hour",
            (Unit::Time, "d" | "tag" | "tage" | "tagen" | "jour" | "jours" | "día" | "días" | "dia" | "dias") => {
                "day"
            }
            (Unit::Time, "w" | "woche" | "wochen" | "semaine" | "semaines" | "semana" | "semanas") => "week",
            (Unit::Time, "monat" | "monate" | "monaten" | "mois" | "mes" | "meses") => "month",
            (Unit::Time, "jahr" | "jahre" | "jahren" | "ans" | "année" | "années" | "año" | "años") => "year",
            _ => return text.clone(),
        };
        let number = text.strip_suffix(unit).unwrap_or(text).trim_end_matches([' ', '-']);
        if number == "1" { format!("1 {name}") } else { format!("{number} {name}s") }
    }
}

static BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:
        (?P<most>at\ most|maximum(?:\ of)?|max\.?|within|up\ to|no\ (?:more|longer)\ than|not\ (?:more|longer)\ than|less\ than|under|below
            |höchstens|maximal|bis\ zu|weniger\ als|unter|au\ plus|au\ maximum|jusqu'à|moins\ de|como\ máximo|hasta|menos\ de)
        |(?P<least>at\ least|minimum(?:\ of)?|min\.?|more\ than|longer\ than|over|mindestens|mehr\ als|länger\ als|über|au\ moins|plus\ de|al\ menos|más\ de)
        |(?P<about>about|around|roughly|approx(?:imately|\.)?|circa|ca\.?|some|etwa|ungefähr|environ|unos|unas|cerca\ de|aproximadamente)
        |(?P<denied>not|isn't|no\ longer|instead\ of|rather\ than|used\ to\ be|was|were|nicht|statt|pas|sondern|au\ lieu\ de|en\ vez\ de)
        |(?P<repeats>every|each|per|once|alle|jede[nr]?|tou(?:te)?s\ les|chaque|cada)
        )[\s:]*(?:the|for|after)?\s*$|(?P<tilde>~|≈)\s*$|(?P<from>\b\d{1,9})\s?(?:-|–|to|or)\s?$|(?P<less><|≤|<=)\s*$|(?P<more>>|≥|>=)\s*$",
    )
    .ok()
});

static AFTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:(?P<most>max(?:imum)?\b|at most|tops\b|or less|or fewer)|(?P<least>min(?:imum)?\b|at least|or (?:more|longer)|\+)|(?P<about>or so\b|ish\b|-ish\b|more or less))").ok()
});

/// The values in a text, in order, as they are meant.
pub(super) fn amounts(text: &str) -> Vec<Amount> {
    values(text).into_iter().map(|value| amount(text, value)).collect()
}

fn amount(text: &str, value: Value) -> Amount {
    let before = BEFORE.as_ref().and_then(|r| r.captures(near(text, value.at)));
    let after = AFTER.as_ref().and_then(|r| r.captures(text.get(value.at + value.text.len()..).unwrap_or_default()));
    let has = |name: &str| [&before, &after].into_iter().flatten().any(|c| c.name(name).is_some());
    let bound = if has("most") || has("less") {
        Bound::AtMost
    } else if has("least") || has("more") {
        Bound::AtLeast
    } else if has("about") || has("tilde") {
        Bound::About
    } else {
        Bound::Exactly
    };
    let unit = value.text.trim_start_matches(|c: char| !c.is_alphabetic());
    let range = before.as_ref().and_then(|c| values(&format!("{} {unit}", c.name("from")?.as_str())).pop());
    let from = range.map_or(value.amount, |v| v.amount).min(value.amount);
    let (denied, repeats) = (has("denied"), has("repeats"));
    Amount { value, bound, from, denied, repeats }
}

/// The last words before a place.
fn near(text: &str, end: usize) -> &str {
    const REACH: usize = 32;
    let from = (end.saturating_sub(REACH)..=end).find(|at| text.is_char_boundary(*at)).unwrap_or(end);
    text.get(from..end).unwrap_or_default()
}

static UNITS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:(?P<unit>seconds|minutes|hours|days|weeks|months|years)|(?P<more>or (?:longer|more)))\b").ok()
});

/// The time that units without a number stand for: "minutes", "hours or days", "days or longer". It cannot be put into a document.
pub(super) fn span(text: &str) -> Option<Amount> {
    const MINUTE: u64 = 60;
    const DAY: u64 = 24 * 60 * MINUTE;
    let (mut from, mut to) = (u64::MAX, 0);
    for found in UNITS.iter().flat_map(|regex| regex.captures_iter(text)) {
        let (least, most) = match found.name("unit").map(|u| u.as_str().to_lowercase()).as_deref() {
            Some("seconds") => (1, 2 * MINUTE),
            Some("minutes") => (MINUTE, 90 * MINUTE),
            Some("hours") => (60 * MINUTE, 2 * DAY),
            Some("days") => (DAY, 30 * DAY),
            Some("weeks") => (7 * DAY, 90 * DAY),
            Some("months") => (30 * DAY, 730 * DAY),
            Some("years") => (365 * DAY, u64::MAX),
            _ => (u64::MAX, u64::MAX),
        };
        (from, to) = (from.min(least), to.max(most));
    }
    (from < u64::MAX).then(|| Amount {
        bound: if to == u64::MAX { Bound::AtLeast } else { Bound::Exactly },
        from,
        denied: false,
        repeats: false,
        value: Value { unit: Unit::Time, amount: to, text: String::new(), at: 0 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_around_a_value_say_how_it_is_meant() {
        use Bound::{About, AtLeast, AtMost, Exactly};
        let text = "at most 24 hours, at least a day, about a week, ~15 min, 7 days max, 3 hours";
        let bounds: Vec<Bound> = amounts(text).iter().map(|v| v.bound).collect();
        assert_eq!(bounds, [AtMost, AtLeast, About, About, AtMost, Exactly]);
        assert_eq!(amounts("1-2 days").first().map(Amount::range), Some((86_400, 172_800)));
        let denied: Vec<bool> = amounts("not 24 hours, 7 days").iter().map(|v| v.denied).collect();
        assert_eq!(denied, [true, false]);
        assert!(amounts("tries again every ten minutes").iter().all(|v| v.repeats));
        assert_eq!(span("hours or days").map(|v| v.range()), Some((3_600, 2_592_000)));
    }

    #[test]
    fn a_short_form_is_spelled_out_for_a_document() {
        let spelled = |text: &str| amounts(text).first().map(Amount::spelled).unwrap_or_default();
        assert_eq!(spelled("7d"), "7 days");
        assert_eq!(spelled("1h"), "1 hour");
        assert_eq!(spelled("15 min"), "15 minutes");
        assert_eq!(spelled("a week"), "a week");
        assert_eq!(spelled("7 Tage"), "7 days");
    }
}
