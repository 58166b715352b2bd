//! A time in a reply against the document's own. Both have to be about the same thing, or about a link and what it leads to; and
//! they have to exclude each other. When in doubt there is none.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::amounts::{Amount, Bound, amounts, span};
use super::choose::Options;
use super::said::{Heard, Said};
use super::words::{HEDGE, SCOPED, stems};
use crate::analyst::AssessInput;
use crate::analyst::builtin::suggest;
use crate::analyst::builtin::view::{Statement, View, window};
use crate::document::SentenceKind;
use crate::threat_model::{Anchor, Suggestion};

/// What does not fit together, and the document's line with the reply's value.
#[derive(Debug)]
pub(super) struct Contradiction {
    pub(super) document: Anchor,
    pub(super) suggestion: Option<Suggestion>,
}

/// Says that something comes to an end.
static LASTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:delet\w*|expir\w*|valid\w*|kept|keeps?|retain\w*|retention|remov\w*|lifetime|lives?|lived|works?|lasts?|ttl|purg\w*|stored for|available for|usable)\b",
    )
    .ok()
});

/// How the document's statement is about what was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// The thing itself: any other time is another.
    Same,
    /// What it leads to: it cannot work for longer than that.
    Target,
}

/// Holds the reply's time against the document.
pub(super) fn find(options: Options<'_>, input: &AssessInput, heard: &Heard<'_>) -> Option<Contradiction> {
    let said = said(options, heard)?;
    let view = View::read(input.document.as_ref()?);
    let topic = Topic::of(input, &view);
    let stated: Vec<(&Statement, About, Amount)> = view
        .statements
        .iter()
        .filter(|s| matches!(s.kind, SentenceKind::Paragraph | SentenceKind::ListItem) && s.weight > 0)
        .filter_map(|s| stated(&topic, s, &said).map(|(about, value)| (s, about, value)))
        .collect();
    // A document that says both is its own affair.
    if stated.iter().any(|(_, about, value)| *about == About::Same && !excludes(*about, value, &said)) {
        return None;
    }
    let (statement, _, value) = stated.into_iter().find(|(_, about, value)| excludes(*about, value, &said))?;
    let document = Anchor {
        path: view.document.path().to_owned(),
        start_line: statement.lines.start,
        end_line: statement.lines.end,
        quotation: window(&statement.text, value.value.at, 25),
    };
    Some(Contradiction { suggestion: swap(&view, &document, &value, &said), document })
}

/// The one time that a reply states without reserve; else that of the answer that it picks ("minutes").
fn said(options: Options<'_>, heard: &Heard<'_>) -> Option<Amount> {
    let own = &heard.own;
    if HEDGE.are_in(own) || SCOPED.are_in(own) {
        return None;
    }
    let all = amounts(own);
    match &heard.said {
        Said::Chosen { branches, .. } if all.is_empty() => span(&options.texts(branches)),
        _ => {
            let mut meant = all.into_iter().filter(Amount::is_meant);
            meant.next().filter(|_| meant.next().is_none())
        }
    }
}

/// Stems of things that lead to something else and are of no use after it is gone.
const LEADS: [&str; 7] = ["link", "url", "address", "invit", "ticket", "code", "pass"];

/// What was asked about, in stems.
struct Topic {
    /// The thing's own noun: the last word of its name.
    thing: Option<String>,
    /// It leads to something else, as a link does.
    leads: bool,
    around: BTreeSet<String>,
}

impl Topic {
    fn of(input: &AssessInput, view: &View) -> Self {
        let words = format!("{} {} {}", input.question.subject, input.question.anchor.quotation, view.title);
        let thing = stems(&input.question.subject).pop();
        let leads = thing.as_deref().is_some_and(|t| LEADS.contains(&t));
        Self { thing, leads, around: stems(&words).into_iter().collect() }
    }

    /// How words that stand before "expires", "is deleted" are about the topic.
    fn about(&self, subject: &str) -> Option<About> {
        let stems = stems(subject);
        if self.thing.as_ref().is_some_and(|thing| stems.contains(thing)) {
            return Some(About::Same);
        }
        (self.leads && stems.iter().any(|s| self.around.contains(s))).then_some(About::Target)
    }
}

/// The document's one time in a statement about the topic.
fn stated(topic: &Topic, statement: &Statement, said: &Amount) -> Option<(About, Amount)> {
    const NEAR: usize = 60;
    if SCOPED.are_in(&statement.text) {
        return None;
    }
    let lasts = LASTS.as_ref()?.find(&statement.text)?;
    let mut all = amounts(&statement.text).into_iter().filter(|a| a.value.unit == said.value.unit);
    let value = all.next().filter(|v| all.next().is_none() && v.is_meant())?;
    if value.value.at.abs_diff(lasts.end()) > NEAR {
        return None;
    }
    let before = statement.text.get(..lasts.start()).unwrap_or_default();
    let subject = if stems(before).is_empty() { statement.text.as_str() } else { before };
    Some((topic.about(subject)?, value))
}

/// Whether both cannot be true.
fn excludes(about: About, stated: &Amount, said: &Amount) -> bool {
    let ((from, to), (least, most)) = (stated.range(), said.range());
    match about {
        About::Same => most < from || least > to,
        About::Target => least > to,
    }
}

/// The document's line with the value of the reply instead of its own.
fn swap(view: &View, anchor: &Anchor, stated: &Amount, said: &Amount) -> Option<Suggestion> {
    // "Minutes" is no value to put in.
    let fits = !said.value.text.is_empty()
        && (said.bound == stated.bound || (said.bound == Bound::Exactly && stated.bound != Bound::AtLeast));
    if !fits {
        return None;
    }
    let mut found = (anchor.start_line..=anchor.end_line)
        .filter_map(|n| view.document.line_text(n).map(|text| (n, text)))
        .filter(|(_, t)| t.contains(&stated.value.text));
    let (line, text) = found.next()?;
    if found.next().is_some() || text.matches(&stated.value.text).count() != 1 || !suggest::is_prose(view, line) {
        return None;
    }
    Some(Suggestion {
        path: anchor.path.clone(),
        start_line: line,
        end_line: line,
        replacement: text.replacen(&stated.value.text, &said.spelled(), 1),
    })
}
