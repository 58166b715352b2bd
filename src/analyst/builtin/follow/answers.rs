//! Whether changed sentences near its anchor say what a recommendation asked for. When in doubt, nothing is said.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::revised::{Fate, Revised, Revision, key};
use crate::analyst::builtin::rank::stems;
use crate::analyst::builtin::view::is_match;
use crate::analyst::{Followed, How};
use crate::document::Document;
use crate::threat_model::{Anchor, Recommendation};

/// Sentences so many lines away from the anchor are near.
const NEAR: u32 = 12;

/// How a recommendation was followed, if that can be told.
pub(super) fn followed(revision: &Revision, recommendation: &Recommendation) -> Option<Followed> {
    let document = revision.of(&recommendation.anchor.path)?;
    let (how, sentence) = word_for_word(document, recommendation)
        .or_else(|| in_other_words(document, recommendation))
        .or_else(|| superseded(revision, document, recommendation))?;
    Some(Followed { ordinal: recommendation.ordinal, how, sentence })
}

/// The sentences that the suggestion adds.
fn added(recommendation: &Recommendation, document: &Revised) -> Vec<String> {
    let Some(suggestion) = &recommendation.suggestion else { return Vec::new() };
    let before: BTreeSet<String> = document.old.view.statements.iter().map(|s| key(&s.text)).collect();
    let new = Document::parse(&suggestion.path, &suggestion.replacement);
    let new = new.sentences().iter().map(|s| s.text.clone());
    new.filter(|text| !before.contains(&key(text))).collect()
}

/// The suggestion's own sentences stand in the document.
fn word_for_word(document: &Revised, recommendation: &Recommendation) -> Option<(How, Anchor)> {
    let wanted: BTreeSet<String> = added(recommendation, document).iter().map(|s| key(s)).collect();
    let found: Vec<usize> =
        document.new.changed().filter(|(_, s, _)| wanted.contains(&key(&s.text))).map(|(i, ..)| i).collect();
    let said: BTreeSet<String> =
        found.iter().filter_map(|i| document.new.statement(*i)).map(|s| key(&s.text)).collect();
    let last = found.last()?;
    let how = if said.len() == wanted.len() { How::Adopted } else { How::Partly };
    Some((how, document.new.anchor(*last, 0)?))
}

/// Words that any recommendation uses.
const COMMON: &str = " say state write name document design decide describe add change keep make let put set take where there \
    what who how it one them they word sentence line part way need want each same only with before after every ";

/// A sentence that puts it off, or asks.
static UNSURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\?|\b(?:tbd|later|out of scope|not yet|future|might|could|maybe|optional\w*|consider\w*|for now|undecided|to be (?:decided|defined)|open point|unclear|if needed)\b").ok()
});
static DENIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:not|no|never|nobody|nothing|none|without|cannot|neither|nor|\w+n't|no longer|instead of|rather than)\b").ok()
});
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#""[^"]*"|“[^”]*”"#).ok());

/// What has to be said, in stems, and how much of it is enough.
struct Wanted {
    stems: BTreeSet<String>,
    denies: bool,
    /// In per cent.
    whole: usize,
    part: usize,
    least: usize,
}

impl Wanted {
    /// The words that tell it from what the document said near there before.
    fn of(text: &str, before: &BTreeSet<String>, [whole, part, least]: [usize; 3]) -> Self {
        let own = QUOTED.as_ref().map_or_else(|| text.to_owned(), |r| r.replace_all(text, " ").into_owned());
        let common = stems(COMMON);
        let stems = stems(&own).into_iter().filter(|s| !before.contains(s) && !common.contains(s)).collect();
        Self { stems, denies: is_match(&DENIES, &own), whole, part, least }
    }
}

/// The suggestion's words, else those of the change, stand in changed sentences near the anchor.
fn in_other_words(document: &Revised, recommendation: &Recommendation) -> Option<(How, Anchor)> {
    let near = near(document, &recommendation.anchor);
    if near.is_empty() {
        return None;
    }
    let before = said_before(document, &recommendation.anchor);
    let suggested = added(recommendation, document).join(" ");
    let asked =
        [Wanted::of(&suggested, &before, [80, 50, 3]), Wanted::of(&recommendation.change, &before, [70, 45, 4])];
    let found: Vec<(How, Anchor)> = asked.iter().filter_map(|wanted| said(document, &near, wanted)).collect();
    let adopted = found.iter().position(|(how, _)| *how == How::Adopted);
    found.into_iter().nth(adopted.unwrap_or(0))
}

fn said(document: &Revised, near: &[usize], wanted: &Wanted) -> Option<(How, Anchor)> {
    if wanted.stems.len() < wanted.least {
        return None;
    }
    let mut all = BTreeSet::new();
    let mut best = (0, 0);
    for index in near {
        let text = &document.new.statement(*index)?.text;
        if is_match(&UNSURE, text) || (is_match(&DENIES, text) && !wanted.denies) {
            continue;
        }
        let here: BTreeSet<String> = stems(text).intersection(&wanted.stems).cloned().collect();
        if here.len() > best.0 {
            best = (here.len(), *index);
        }
        all.extend(here);
    }
    let share = all.len() * 100 / wanted.stems.len();
    let how = if all.len() >= wanted.least && share >= wanted.whole {
        How::Adopted
    } else if all.len() >= 3 && share >= wanted.part {
        How::Partly
    } else {
        return None;
    };
    Some((how, document.new.anchor(best.1, 0)?))
}

/// Changed sentences in the anchor's place: its own new wording, its section, the lines around it.
fn near(document: &Revised, anchor: &Anchor) -> Vec<usize> {
    let (old, new) = (&document.old, &document.new);
    let Some(home) = old.holding(anchor) else { return Vec::new() };
    let heading = old.statement(home).map(|s| old.view.heading(s)).unwrap_or_default();
    let line = match old.fate(home) {
        Fate::Reworded(to) => new.statement(to).map(|s| s.lines.start),
        Fate::Kept | Fate::Alone => new.view.source.find(&anchor.quotation).map(|span| span.start),
    };
    let line = line.unwrap_or(anchor.start_line);
    new.changed()
        .filter(|(_, s, fate)| {
            *fate == Fate::Reworded(home)
                || (!heading.is_empty() && new.view.heading(s) == heading)
                || s.lines.start.abs_diff(line) <= NEAR
        })
        .map(|(i, ..)| i)
        .collect()
}

/// The stems of what stood in the anchor's very place before.
fn said_before(document: &Revised, anchor: &Anchor) -> BTreeSet<String> {
    let around = |s: &&crate::analyst::builtin::view::Statement| s.lines.start.abs_diff(anchor.start_line) <= 2;
    document.old.view.statements.iter().filter(around).flat_map(|s| stems(&s.text)).collect()
}

/// The sentence is gone, and so is everything that it names.
fn superseded(revision: &Revision, document: &Revised, recommendation: &Recommendation) -> Option<(How, Anchor)> {
    let home = document.old.holding(&recommendation.anchor)?;
    if document.old.fate(home) != Fate::Alone {
        return None;
    }
    let words = format!(" {} ", key(&recommendation.anchor.quotation));
    let named: Vec<&str> = document
        .old
        .reading
        .entities()
        .iter()
        .filter(|e| !e.vague && words.contains(&format!(" {} ", key(&e.name))))
        .map(|e| e.name.as_str())
        .collect();
    let gone = |name: &&str| {
        let own = name.contains(['-', '_']) || name.chars().skip(1).any(char::is_uppercase);
        !revision.is_named_now(name) && (own || stems(name).iter().all(|stem| !revision.new_stems.contains(stem)))
    };
    if named.is_empty() || !named.iter().all(gone) {
        return None;
    }
    Some((How::Superseded, document.old.anchor(home, 0)?))
}
