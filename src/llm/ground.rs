//! From what a model said to what may be shown: every claim is checked against the words that it quotes, and falls with them.
//!
//! What fell is kept with its reason, for the log, the operator and `--explain`; it is never shown on GitHub.

pub mod ask;
pub mod assess;
pub mod draft;
pub mod follow;
mod recommend;
pub mod refine;
mod tree;

use std::collections::BTreeSet;

use super::answers::{Level, Quote};
use super::sources::{Sources, Stands};
use crate::document::visible;
use crate::threat_model::{Anchor, Quotations};

/// Something that a model said and that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// What it was: `question`, `fact`, `threat`, …
    pub what: &'static str,
    /// What it said, cut short.
    pub text: String,
    /// Why it fell.
    pub why: &'static str,
}

/// The material, and what became of claims about it.
#[derive(Debug)]
pub struct Ground<'s> {
    sources: &'s Sources,
    /// What fell.
    pub dropped: Vec<Dropped>,
    /// Quotations that were looked up, and how many of them stand.
    pub quotations: Quotations,
}

impl<'s> Ground<'s> {
    /// Ground to stand on.
    pub fn new(sources: &'s Sources) -> Self {
        Self { sources, dropped: Vec::new(), quotations: Quotations::default() }
    }

    /// Notes what fell.
    fn drop(&mut self, what: &'static str, text: &str, why: &'static str) {
        self.dropped.push(Dropped { what, text: short(text, 200), why });
    }

    /// Where a quotation stands, or the claim falls.
    fn stands(&mut self, what: &'static str, text: &str, quote: &Quote) -> Option<Stands> {
        let found = self.sources.find(quote);
        self.count(found.is_some());
        if found.is_none() {
            self.drop(what, text, "its quotation stands in no source");
        }
        found
    }

    /// Where a quotation stands in a document as it is now, or the claim falls.
    fn in_documents(&mut self, what: &'static str, text: &str, quote: &Quote) -> Option<Anchor> {
        let found = self.sources.find_in_documents(quote);
        self.count(found.is_some());
        if found.is_none() {
            self.drop(what, text, "its quotation stands in no design document");
        }
        found
    }

    fn count(&mut self, found: bool) {
        self.quotations.checked = self.quotations.checked.saturating_add(1);
        self.quotations.found = self.quotations.found.saturating_add(u32::from(found));
    }
}

/// What a model wrote, as plain text: one line, nothing invisible, at most so many characters.
fn plain(text: &str, most: usize) -> String {
    let text = visible(text);
    let folded: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    short(&folded.join(" "), most)
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// A name of a matter: lower-case letters, digits, `-`.
fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= 60 {
            break;
        }
    }
    out.trim_end_matches('-').to_owned()
}

const fn step(level: Level) -> u32 {
    match level {
        Level::Low => 1,
        Level::Medium => 2,
        Level::High => 3,
    }
}

/// Whether two sentences say much the same in much the same words.
fn alike(one: &str, other: &str) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2).map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    let (both, all) = (one.intersection(&other).count(), one.union(&other).count());
    all > 0 && both * 10 >= all * 6
}
