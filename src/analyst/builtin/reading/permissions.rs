//! Who may do what, and who may not.

use super::lexicon::{ADVERB, ANYONE, AUX, DET, MODAL, NEG, PART, PREP, ROLE, STOP, STORE, TO};
use super::words::{self, Gap, Span, Word};

/// A statement about what somebody may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) statement: usize,
    /// Byte offset of the actor.
    pub(crate) at: usize,
    pub(crate) actor: String,
    /// "can", "may", "must not", "only".
    pub(crate) modal: String,
    /// In its plain form where it is known.
    pub(crate) verb: String,
    pub(crate) object: String,
    pub(crate) negated: bool,
    /// "only X can", "X can only".
    pub(crate) only: bool,
}

/// The permissions that a statement gives or takes.
pub(super) fn read(text: &str, words: &[Word<'_>], statement: usize, out: &mut Vec<Permission>) {
    for (i, word) in words.iter().enumerate() {
        let Some(modal) = modal_at(words, i) else { continue };
        let Some(verb_at) = modal.verb_at else { continue };
        let Some(actor) = actor(words, i) else { continue };
        let Some(verb) = words.get(verb_at) else { continue };
        let object = object(words, verb_at);
        let only = is_only(words, actor.start, i, verb_at);
        let nobody = actor.head(words).is_some_and(|w| matches!(w.entry.base, "nobody" | "no-one"))
            || actor.start.checked_sub(1).and_then(|n| words.get(n)).is_some_and(|w| w.text.eq_ignore_ascii_case("no"));
        let base = if verb.entry.base.is_empty() { verb.text } else { verb.entry.base };
        out.push(Permission {
            statement,
            at: words.get(actor.start).map_or(word.at, |w| w.at),
            actor: actor.text(text, words).to_owned(),
            modal: modal.text,
            verb: base.to_ascii_lowercase(),
            object: object.map_or_else(String::new, |span| span.text(text, words).to_owned()),
            negated: modal.negated || nobody,
            only,
        });
    }
}

/// What may be done to: the name after the verb, else the next words of the clause.
fn object(words: &[Word<'_>], verb: usize) -> Option<Span> {
    const FAR: usize = 5;
    let after = words.get(verb + 1).filter(|w| w.gap == Gap::None)?;
    let start = verb + 1 + usize::from(after.is(PREP | TO));
    if let Some((span, _)) = words::name_from(words, start) {
        return Some(span);
    }
    let goes_on = |i: &usize| words.get(*i).is_some_and(|w| *i == start || w.gap == Gap::None);
    let end = (start..start + FAR).take_while(goes_on).last()? + 1;
    Some(Span { start, end })
}

struct Modal {
    text: String,
    negated: bool,
    verb_at: Option<usize>,
}

/// "can", "must not", "is allowed to", "are not able to" at word `i`.
fn modal_at(words: &[Word<'_>], i: usize) -> Option<Modal> {
    let word = words.get(i)?;
    let base = word.entry.base;
    let mut at = i + 1;
    let mut text = word.text.to_ascii_lowercase();
    let mut negated = matches!(base, "cannot" | "can't" | "mustn't" | "shouldn't");
    if word.is(MODAL) {
        if matches!(base, "could" | "will" | "would" | "might" | "couldn't" | "won't" | "wouldn't") {
            return None;
        }
        while words.get(at).is_some_and(|w| w.gap == Gap::None && w.is(NEG | ADVERB)) {
            negated |= words.get(at).is_some_and(|w| w.is(NEG));
            if words.get(at).is_some_and(|w| w.is(NEG)) {
                text.push_str(" not");
            }
            at += 1;
        }
        // "must" alone is a duty; "must not" takes a permission away.
        if matches!(base, "must" | "shall" | "should") && !negated {
            return None;
        }
        // "may be sent": what may be done to a thing says who only with "by".
        if words.get(at).is_some_and(|w| w.is(AUX)) {
            return None;
        }
    } else if matches!(base, "is" | "are") {
        while words.get(at).is_some_and(|w| w.gap == Gap::None && w.is(NEG | ADVERB)) {
            negated |= words.get(at).is_some_and(|w| w.is(NEG));
            at += 1;
        }
        let allowed = words.get(at)?;
        if !matches!(allowed.text, "allowed" | "permitted" | "able" | "authorized" | "authorised" | "entitled") {
            return None;
        }
        if !words.get(at + 1)?.is(TO) {
            return None;
        }
        text = format!("{}{}", if negated { "not " } else { "" }, allowed.text);
        at += 2;
    } else {
        return None;
    }
    let verb = words.get(at).filter(|w| w.gap == Gap::None && !w.is(AUX | ROLE) && !w.is_number())?;
    let is_verb = !verb.entry.base.is_empty() && !verb.is(PREP | DET) || verb.entry.class == 0;
    Some(Modal { text, negated, verb_at: is_verb.then_some(at) })
}

/// The name before the modal, when it can act.
fn actor(words: &[Word<'_>], i: usize) -> Option<Span> {
    let span = words::subject(words, i)?;
    let head = span.head(words)?;
    let acts = head.is(PART | ANYONE) && (!head.is(STORE) || head.is(ROLE));
    (acts && (!head.is(STOP) || head.is(ANYONE))).then_some(span)
}

fn is_only(words: &[Word<'_>], actor: usize, modal: usize, verb: usize) -> bool {
    let only = |i: usize| words.get(i).is_some_and(|w| w.text.eq_ignore_ascii_case("only"));
    (actor.saturating_sub(2)..actor).any(only) || (modal..verb).any(only)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let mut list = Vec::new();
        words::split(text, &[], &mut list);
        let mut out = Vec::new();
        read(text, &list, 0, &mut out);
        out.iter()
            .map(|p| {
                let mark = if p.negated {
                    "!"
                } else if p.only {
                    "only "
                } else {
                    ""
                };
                format!("{mark}{}: {} {}", p.actor, p.verb, p.object)
            })
            .collect()
    }

    #[test]
    fn who_may_do_what_is_read_with_its_sign() {
        assert_eq!(of("Support staff can open every export in the back office."), ["Support staff: open export"]);
        assert_eq!(of("A guest must not delete rooms."), ["!guest: delete rooms"]);
        assert_eq!(of("Only administrators may change the retention."), ["only administrators: change retention"]);
        assert_eq!(of("Users are not allowed to rotate the key."), ["!Users: rotate key"]);
        assert_eq!(of("Anyone can read the list."), ["Anyone: read list"]);
    }

    #[test]
    fn duties_wishes_and_things_give_no_permission() {
        for text in [
            "The server must check the token.",
            "The page will show the list.",
            "Files may be stored for a week.",
            "This can lead to confusion.",
            "The value can change.",
        ] {
            assert!(of(text).is_empty(), "{text}: {:?}", of(text));
        }
    }
}
