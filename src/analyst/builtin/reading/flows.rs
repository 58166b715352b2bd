//! What goes from where to where, out of sentences: "X sends Y to Z" in the shapes people write it in.

use super::lexicon::{AUX, CONJ, DET, Form, Frame, IF, MODAL, NEG, PART, PREP, PRON, TO, VERB, WHO};
use super::parts::{Parts, Place};
use super::words::{self, Gap, Span, Word};

/// Something that travels. An end that the sentence does not name is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    /// Index of an entity.
    pub(crate) from: Option<usize>,
    /// Index of an entity.
    pub(crate) to: Option<usize>,
    /// What travels, in the author's words; may be empty.
    pub(crate) label: String,
    pub(crate) place: Place,
    /// Drawn by the author.
    pub(crate) drawn: bool,
}

/// What stands around a verb.
#[derive(Default)]
struct Around {
    object: Option<Span>,
    /// The first name after each of these.
    to: Option<Span>,
    from: Option<Span>,
    by: Option<Span>,
}

/// A sentence with what is known so far of whom it speaks.
pub(super) struct Sentence<'a, 't> {
    pub(super) text: &'a str,
    pub(super) words: &'a [Word<'t>],
    pub(super) index: usize,
}

/// The flows of one sentence.
pub(super) fn read(sentence: &Sentence<'_, '_>, parts: &mut Parts, out: &mut Vec<Flow>) {
    let words = sentence.words;
    let mut last_subject: Option<Span> = None;
    for i in 0..words.len() {
        let Some(word) = words.get(i) else { break };
        if !word.is(VERB) && !words::is_verb(words, i) {
            continue;
        }
        if word.entry.form == Form::Going {
            continue;
        }
        let passive = word.entry.form == Form::Past && is_after_be(words, i);
        // "the sender provided" is rather a name than a deed: a past form acts only after "has".
        let acts = word.entry.form != Form::Past || is_after(words, i, |w| matches!(w.entry.base, "has" | "have"));
        let own = if passive || !acts { None } else { subject_of(words, i) };
        if own.is_some() {
            last_subject = own;
        }
        let subject = own.or_else(|| last_subject.filter(|_| follows_and(words, i)));
        let frame = words::frame(words, i);
        if frame == Frame::Still || is_denied(words, i) {
            continue;
        }
        let around = around(words, i);
        if passive {
            received(sentence, parts, out, i, &around);
        } else if let Some(subject) = subject.filter(|_| acts) {
            active(sentence, parts, out, i, subject, &around, frame);
        }
    }
}

/// "X sends Y to Z", "X calls Z", "X fetches Y from Z".
fn active(
    sentence: &Sentence<'_, '_>,
    parts: &mut Parts,
    out: &mut Vec<Flow>,
    verb: usize,
    subject: Span,
    around: &Around,
    frame: Frame,
) {
    let Sentence { text, words, index } = *sentence;
    let mut part = |span: Option<Span>| span.and_then(|s| parts.resolve(text, words, s, index));
    let Some(who) = part(Some(subject)) else { return };
    let verb_text = words.get(verb).map_or("", |w| w.text);
    let thing = around.object.map_or("", |s| s.text(text, words));
    let (from, to, label) = match frame {
        Frame::Send => (Some(who), part(around.to), thing),
        Frame::Fetch => (part(around.from), Some(who), thing),
        Frame::Call => {
            let direct = part(around.object);
            match direct.or_else(|| part(around.to)) {
                Some(called) if direct.is_some() => (Some(who), Some(called), verb_text),
                Some(called) => (Some(who), Some(called), if thing.is_empty() { verb_text } else { thing }),
                // "polls Z for Y", "queries Y from Z"
                None => (Some(who), part(around.from), thing),
            }
        }
        Frame::Make => {
            const ASKED: [&str; 6] = ["request", "call", "query", "connection", "handshake", "lookup"];
            let head = around.object.and_then(|o| o.head(words));
            if !head.is_some_and(|w| ASKED.contains(&w.entry.base) || ASKED.contains(&w.text)) {
                return;
            }
            (Some(who), part(around.to), thing)
        }
        Frame::Use => (Some(who), part(around.object), verb_text),
        Frame::Still => return,
    };
    // Who only uses something that is no part moves nothing.
    if frame == Frame::Use && to.is_none() {
        return;
    }
    push(sentence, out, from, to, label, subject.start);
}

/// "Y is sent to Z by X".
fn received(sentence: &Sentence<'_, '_>, parts: &mut Parts, out: &mut Vec<Flow>, verb: usize, around: &Around) {
    let Sentence { text, words, index } = *sentence;
    let frame = words::frame(words, verb);
    let thing = words::subject(words, verb);
    let label = thing.map_or("", |s| s.text(text, words));
    let mut part = |span: Option<Span>| span.and_then(|s| parts.resolve(text, words, s, index));
    let (from, to) = match frame {
        Frame::Send => (part(around.by).or_else(|| part(around.from)), part(around.to)),
        Frame::Fetch => (part(around.from), part(around.by)),
        Frame::Call | Frame::Use => (part(around.by), part(thing)),
        Frame::Make | Frame::Still => return,
    };
    let start = thing.map_or(verb, |s| s.start);
    if frame == Frame::Use && (from.is_none() || to.is_none()) {
        return;
    }
    let label = if matches!(frame, Frame::Call | Frame::Use) { words.get(verb).map_or("", |w| w.text) } else { label };
    push(sentence, out, from, to, label, start);
}

fn push(
    sentence: &Sentence<'_, '_>,
    out: &mut Vec<Flow>,
    from: Option<usize>,
    to: Option<usize>,
    label: &str,
    start: usize,
) {
    if (from.is_none() && to.is_none()) || from == to {
        return;
    }
    let at = sentence.words.get(start).map_or(0, |w| w.at);
    let place = Place::Statement { statement: sentence.index, at };
    let label = label.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
    out.push(Flow { from, to, label, place, drawn: false });
}

/// The subject; also in "lets X send".
fn subject_of(words: &[Word<'_>], i: usize) -> Option<Span> {
    let word = words.get(i)?;
    let before = words.get(i.checked_sub(1)?)?;
    if before.is(TO) {
        const LETTING: [&str; 8] = ["allow", "enable", "ask", "require", "cause", "want", "expect", "trigger"];
        let last = i.checked_sub(2)?;
        let name = words::name_ending_at(words, last);
        let opener = words.get(..name.start)?.iter().rev().find(|w| !w.is(DET));
        let lets = opener.is_some_and(|w| LETTING.contains(&w.entry.base));
        return (lets && words.get(last).is_some_and(|w| w.is(PART))).then_some(name);
    }
    if word.entry.form == Form::Base && !before.is(MODAL) {
        // "users upload": a plain form needs a plural subject, or an auxiliary that `subject` walks over.
        let found = words::subject(words, i)?;
        let head = found.head(words)?;
        let helped = before.is(AUX | NEG | super::lexicon::ADVERB);
        let many = head.text.ends_with('s') || matches!(head.entry.base, "people" | "staff");
        return (helped || many).then_some(found);
    }
    words::subject(words, i)
}

fn is_after_be(words: &[Word<'_>], i: usize) -> bool {
    is_after(words, i, |w| {
        w.is(AUX) && !matches!(w.entry.base, "has" | "have" | "had" | "having" | "do" | "does" | "did")
    })
}

/// Whether such an auxiliary stands before the verb.
fn is_after(words: &[Word<'_>], i: usize, such: impl Fn(&Word<'_>) -> bool) -> bool {
    (i.saturating_sub(3)..i)
        .rev()
        .filter_map(|n| words.get(n))
        .take_while(|w| w.is(AUX | super::lexicon::ADVERB | NEG))
        .any(such)
}

/// "X signs it and sends it": the verb after the "and" has the subject of the verb before.
fn follows_and(words: &[Word<'_>], i: usize) -> bool {
    let mut at = i;
    while let Some(before) = at.checked_sub(1).and_then(|n| words.get(n)) {
        if before.is(CONJ) {
            return true;
        }
        if !before.is(super::lexicon::ADVERB | MODAL) {
            return words.get(at).is_some_and(|w| w.gap == Gap::Comma);
        }
        at -= 1;
    }
    false
}

/// "does not send", "must never send": what does not flow.
fn is_denied(words: &[Word<'_>], i: usize) -> bool {
    (i.saturating_sub(3)..i).filter_map(|n| words.get(n)).any(|w| w.is(NEG) && !w.is(PREP) && w.entry.base != "neither")
}

fn around(words: &[Word<'_>], verb: usize) -> Around {
    const FAR: usize = 22;
    let mut out = Around::default();
    let mut i = verb + 1;
    let mut first = true;
    while i < words.len().min(verb + FAR) {
        let Some(word) = words.get(i) else { break };
        if word.gap != Gap::None && word.gap != Gap::Bracket {
            break;
        }
        let small = word.text;
        let is = |list: &[&str]| list.iter().any(|l| small.eq_ignore_ascii_case(l));
        if word.is(TO | PREP) && !word.code {
            first = false;
            let slot = if is(&["to", "into", "in", "onto", "on", "at", "with", "against", "towards"]) {
                Some(&mut out.to)
            } else if is(&["from"]) {
                Some(&mut out.from)
            } else if is(&["by"]) {
                Some(&mut out.by)
            } else {
                None
            };
            let named = words::name_from(words, i + 1);
            let next = named.map_or(i + 1, |(_, end)| end);
            // "to" before a verb begins another clause.
            let infinitive = word.is(TO) && words.get(i + 1).is_some_and(|w| w.is(VERB) && w.entry.form == Form::Base);
            if infinitive {
                break;
            }
            if let (Some(slot), Some((span, _))) = (slot, named)
                && slot.is_none()
            {
                *slot = Some(span);
            }
            i = next.max(i + 1);
        } else if first && !word.is(WHO | MODAL | IF | CONJ) && (word.is(DET) || !word.is(AUX | VERB)) {
            first = false;
            match words::name_from(words, i) {
                Some((span, end)) => {
                    out.object = Some(span);
                    i = end;
                }
                None => i += 1,
            }
        } else if word.is(WHO | MODAL | AUX | IF) || (word.is(CONJ | PRON) && words::is_verb(words, i + 1)) {
            break;
        } else if words::is_verb(words, i) && word.entry.form != Form::Going {
            // "the file stored in" belongs to the object; a finite verb does not.
            if word.entry.form != Form::Past {
                break;
            }
            i += 1;
        } else {
            i += 1;
        }
    }
    out
}
