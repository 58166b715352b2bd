//! Two states of the documents, sentence by sentence: what stayed, what has other words, what is gone, what is new.

use std::collections::{BTreeSet, HashMap, HashSet};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::analyst::DocumentText;
use crate::analyst::builtin::rank::stems;
use crate::analyst::builtin::reading::Reading;
use crate::analyst::builtin::view::{Statement, View};
use crate::document::SentenceKind;
use crate::threat_model::Anchor;

/// What became of a sentence, or where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stands in both, in any of the documents, but for a slip of the pen.
    Kept,
    /// It is this one in the other state.
    Reworded(usize),
    /// It is in one of them only.
    Alone,
}

/// One state of a document.
#[derive(Debug)]
pub(super) struct State {
    pub(super) view: View,
    pub(super) reading: Reading,
    /// For each statement.
    pub(super) fates: Vec<Fate>,
}

impl State {
    fn read(path: &str, text: &str) -> Self {
        let view = View::read(&DocumentText { path: path.to_owned(), text: text.to_owned(), before: None });
        let reading = Reading::of(&view);
        let fates = vec![Fate::Alone; view.statements.len()];
        Self { view, reading, fates }
    }

    pub(super) fn statement(&self, index: usize) -> Option<&Statement> {
        self.view.statements.get(index)
    }

    pub(super) fn fate(&self, index: usize) -> Fate {
        self.fates.get(index).copied().unwrap_or(Fate::Kept)
    }

    /// Sentences of the design that do not stand in the other state as they are.
    pub(super) fn changed(&self) -> impl Iterator<Item = (usize, &Statement, Fate)> {
        let all = self.view.statements.iter().zip(&self.fates).enumerate().map(|(i, (s, fate))| (i, s, *fate));
        all.filter(|(_, s, fate)| *fate != Fate::Kept && s.weight > 0 && s.kind != SentenceKind::Heading)
    }

    /// The statement that holds a quotation, where it stood first.
    pub(super) fn holding(&self, anchor: &Anchor) -> Option<usize> {
        let quoted = key(&anchor.quotation);
        let holds = |s: &Statement| !quoted.is_empty() && key(&s.text).contains(&quoted);
        let here = |s: &Statement| s.lines.start <= anchor.end_line && anchor.start_line <= s.lines.end;
        let all = || self.view.statements.iter().enumerate().filter(|(_, s)| holds(s));
        all().find(|(_, s)| here(s)).or_else(|| all().next()).map(|(i, _)| i)
    }

    /// The words of a statement as an anchor, when they stand in the document.
    pub(super) fn anchor(&self, statement: usize, at: usize) -> Option<Anchor> {
        let anchor = self.view.anchor(self.statement(statement)?, at);
        self.view.source.find(&anchor.quotation).map(|_| anchor)
    }
}

/// A document before and now.
#[derive(Debug)]
pub(super) struct Revised {
    pub(super) old: State,
    pub(super) new: State,
}

/// All documents before and now.
#[derive(Debug)]
pub(super) struct Revision {
    pub(super) documents: Vec<Revised>,
    /// All words before, and all words now, each between spaces.
    pub(super) old_words: String,
    pub(super) new_words: String,
    pub(super) old_stems: BTreeSet<String>,
    pub(super) new_stems: BTreeSet<String>,
}

impl Revision {
    pub(super) fn read(documents: &[DocumentText]) -> Self {
        let changed = |d: &DocumentText| d.before.as_deref() != Some(d.text.as_str());
        let mut all: Vec<Revised> = documents
            .iter()
            .filter(|d| changed(d))
            .map(|d| Revised {
                old: State::read(&d.path, d.before.as_deref().unwrap_or_default()),
                new: State::read(&d.path, &d.text),
            })
            .collect();
        // Text may move from one document to another, also from or to one that is otherwise as it was.
        let texts = |of: fn(&DocumentText) -> &str| {
            documents.iter().map(|d| key(of(d))).fold(String::from(" "), |all, text| all + &text + " ")
        };
        let (old_words, new_words) = (texts(|d| d.before.as_deref().unwrap_or_default()), texts(|d| d.text.as_str()));
        let kept: Vec<State> =
            documents.iter().filter(|d| !changed(d)).map(|d| State::read(&d.path, &d.text)).collect();
        keep(&mut all, &kept);
        for document in &mut all {
            pair(document);
        }
        let (old_stems, new_stems) = (stems(&old_words), stems(&new_words));
        Self { documents: all, old_words, new_words, old_stems, new_stems }
    }

    /// Whether every sentence is as it was.
    pub(super) fn is_nothing(&self) -> bool {
        let same = |state: &State| state.changed().next().is_none();
        self.documents
            .iter()
            .all(|d| same(&d.old) && same(&d.new) && d.old.view.document.diagrams() == d.new.view.document.diagrams())
    }

    pub(super) fn of(&self, path: &str) -> Option<&Revised> {
        self.documents.iter().find(|d| d.new.view.document.path() == path)
    }

    /// Whether the documents name it now.
    pub(super) fn is_named_now(&self, words: &str) -> bool {
        self.new_words.contains(&format!(" {} ", key(words)))
    }

    /// Whether the documents named it before.
    pub(super) fn was_named(&self, words: &str) -> bool {
        self.old_words.contains(&format!(" {} ", key(words)))
    }

    /// All changed sentences as they stand now.
    pub(super) fn new_sentences(&self) -> impl Iterator<Item = (&Revised, usize, &Statement)> {
        self.documents.iter().flat_map(|d| d.new.changed().map(move |(i, s, _)| (d, i, s)))
    }
}

/// A text as its words alone, in small letters.
pub(super) fn key(text: &str) -> String {
    words(text).join(" ")
}

fn words(text: &str) -> Vec<String> {
    let text = text.replace(['\u{2019}', '\''], "");
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// Marks the sentences that stand in both states.
fn keep(all: &mut [Revised], others: &[State]) {
    let keys = |state: &State| state.view.statements.iter().map(|s| key(&s.text)).collect::<Vec<_>>();
    let everywhere: Vec<String> = others.iter().flat_map(keys).collect();
    let mut sets = [HashSet::new(), HashSet::new()];
    for document in all.iter() {
        for (set, state) in sets.iter_mut().zip([&document.old, &document.new]) {
            set.extend(keys(state));
            set.extend(everywhere.iter().cloned());
        }
    }
    let [old, new] = sets;
    for document in all {
        for (state, other) in [(&mut document.old, &new), (&mut document.new, &old)] {
            for (fate, key) in state.fates.iter_mut().zip(state.view.statements.iter().map(|s| key(&s.text))) {
                if other.contains(&key) {
                    *fate = Fate::Kept;
                }
            }
        }
    }
}

/// So much alike, in per cent of their stems, are two wordings of one sentence.
const ALIKE: usize = 45;
/// A stem that so many sentences have tells none of them apart.
const COMMON: usize = 30;

/// Sentences of one state alone, in stems. What is said twice is compared once.
fn left(state: &mut State) -> Vec<(usize, BTreeSet<String>)> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for (i, (statement, fate)) in state.view.statements.iter().zip(&mut state.fates).enumerate() {
        if *fate != Fate::Alone || statement.kind == SentenceKind::Heading {
            continue;
        }
        if seen.insert(key(&statement.text)) {
            out.push((i, stems(&statement.text)));
        } else {
            *fate = Fate::Kept;
        }
    }
    out
}

/// Finds for each sentence that is gone the new one that says most nearly the same.
fn pair(document: &mut Revised) {
    let (gone, new) = (left(&mut document.old), left(&mut document.new));
    let mut with: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (_, stems)) in new.iter().enumerate() {
        for stem in stems {
            with.entry(stem).or_default().push(at);
        }
    }
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (index, stems) in &gone {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for at in stems.iter().filter_map(|s| with.get(s.as_str())).filter(|l| l.len() <= COMMON).flatten() {
            *shared.entry(*at).or_default() += 1;
        }
        for (at, both) in shared {
            let Some((other, theirs)) = new.get(at) else { continue };
            let score = 200 * both / (stems.len() + theirs.len()).max(1);
            let place = |state: &State, i: usize| state.statement(i).map(|s| state.view.heading(s).to_owned());
            let home = usize::from(place(&document.old, *index) == place(&document.new, *other)) * 10;
            if score >= ALIKE {
                found.push((score + home, *index, *other));
            }
        }
    }
    found.sort_by_key(|(score, old, new)| (std::cmp::Reverse(*score), *old, *new));
    for (_, old, new) in found {
        if document.old.fate(old) != Fate::Alone || document.new.fate(new) != Fate::Alone {
            continue;
        }
        let text = |state: &State, i: usize| state.statement(i).map(|s| s.text.clone()).unwrap_or_default();
        let slip = is_a_slip(&text(&document.old, old), &text(&document.new, new));
        let fate = |other| if slip { Fate::Kept } else { Fate::Reworded(other) };
        if let (Some(here), Some(there)) = (document.old.fates.get_mut(old), document.new.fates.get_mut(new)) {
            (*here, *there) = (fate(new), fate(old));
        }
    }
}

/// Longer sentences are not compared word by word.
const LONGEST: usize = 300;

/// What was taken out and what was put in its place, in order.
fn replaced(old: &str, new: &str) -> Vec<(String, String)> {
    let (old, new) = (words(old), words(new));
    if old.len() > LONGEST || new.len() > LONGEST {
        return Vec::new();
    }
    let part = |words: &[String], from: usize, len: usize| words.get(from..from + len).unwrap_or_default().join(" ");
    capture_diff_slices(Algorithm::Myers, &old, &new)
        .into_iter()
        .filter_map(|op| match op {
            DiffOp::Equal { .. } => None,
            DiffOp::Delete { old_index, old_len, .. } => Some((part(&old, old_index, old_len), String::new())),
            DiffOp::Insert { new_index, new_len, .. } => Some((String::new(), part(&new, new_index, new_len))),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                Some((part(&old, old_index, old_len), part(&new, new_index, new_len)))
            }
        })
        .collect()
}

/// Whether two sentences differ in spelling alone: a letter, a plural, an article.
fn is_a_slip(old: &str, new: &str) -> bool {
    let changes = replaced(old, new);
    !changes.is_empty() && changes.iter().all(|(out, put)| is_same_spelled_otherwise(out, put))
}

fn is_same_spelled_otherwise(out: &str, put: &str) -> bool {
    const ARTICLES: [&str; 4] = ["a", "an", "the", "s"];
    // A blank too few or too many.
    if out.replace(' ', "") == put.replace(' ', "") {
        return true;
    }
    let plain = |text: &str| -> Vec<String> {
        text.split(' ').filter(|w| !w.is_empty() && !ARTICLES.contains(w)).map(str::to_owned).collect()
    };
    let (out, put) = (plain(out), plain(put));
    out.len() == put.len() && out.iter().zip(&put).all(|(a, b)| is_near(a, b))
}

/// A letter too few, too many, or another; never of a number, a small word, or the beginning ("un-", "in-").
fn is_near(a: &str, b: &str) -> bool {
    const LONG: usize = 4;
    let digits = |w: &str| w.chars().any(|c| c.is_ascii_digit());
    a == b
        || (a.len().min(b.len()) >= LONG
            && a.chars().next() == b.chars().next()
            && !digits(a)
            && !digits(b)
            && a.len().abs_diff(b.len()) <= 2
            && (swapped(a, b) || similar::TextDiff::from_chars(a, b).ratio() > 0.79))
}

/// The same letters in another order.
fn swapped(a: &str, b: &str) -> bool {
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    letters(a) == letters(b)
}
