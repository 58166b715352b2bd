//! What one reply says, read on its own.

use unicode_segmentation::UnicodeSegmentation as _;

use super::choose::{Options, Pick, is_bare};
use super::follow_up;
use super::plain::{own_words, strip};
use super::words::{
    AGREES, ASK_LOGIN, ASK_TEAM, ASKS_BACK, DISPUTES, DONT_KNOW, HANDED_OVER, HEDGE, INTERNAL_ONLY, LOOSE_TERM,
    MENTION, NEITHER, NOT_APPLICABLE, NOT_DECIDED, POINTER, PRIVATE, QUALIFIES, REASON, RETRACTS, TEAM, VAGUE, WAITING,
    stems,
};
use crate::analyst::Reply;

/// What one reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// One or more of the proposed answers, and the words around the choice.
    Chosen {
        branches: Vec<String>,
        rest: String,
    },
    /// An answer in the person's own words.
    Own,
    /// Not enough to rely on; what to ask.
    Unclear(String),
    NotApplicable,
    DontKnow {
        ask: Option<String>,
    },
    /// Would tell it, but not here.
    Private,
    /// Asks back: why, or (`false`) something else.
    Asks {
        why: bool,
    },
    /// A thank-you, a promise to look, a nod: nothing to read.
    Aside,
    /// Takes the earlier reply back.
    Retracted,
}

/// A reply with what it says.
#[derive(Debug)]
pub(super) struct Heard<'a> {
    pub(super) reply: &'a Reply,
    /// Its own words.
    pub(super) own: String,
    pub(super) said: Said,
    /// Begins with words that correct an earlier reply.
    pub(super) corrects: bool,
    /// Could be a nod to what somebody else said.
    pub(super) agrees: bool,
    /// Says that what somebody else said is wrong.
    pub(super) disputes: bool,
}

/// Reads a reply.
pub(super) fn hear<'a>(options: Options<'_>, reply: &'a Reply) -> Heard<'a> {
    let own = own_words(&reply.body);
    let stripped = strip(&own);
    let said = if stripped.text.chars().any(char::is_alphanumeric) {
        read(options, stripped.text)
    } else if stripped.corrects && RETRACTS.are_in(&own) {
        Said::Retracted
    } else {
        Said::Aside
    };
    Heard {
        reply,
        said,
        corrects: stripped.corrects,
        agrees: AGREES.are_in(&own),
        disputes: DISPUTES.are_in(&own) && stems(&own).len() <= 6,
        own,
    }
}

fn read(options: Options<'_>, text: &str) -> Said {
    if PRIVATE.are_in(text) && !matches!(options.pick(text), Some(Pick::Sure { .. })) {
        return Said::Private;
    }
    if let Some(to) = HANDED_OVER.captured(text) {
        return Said::DontKnow { ask: MENTION.captured(text).or(Some(to)).map(str::to_owned) };
    }
    if WAITING.are_in(text) && text.split_whitespace().count() <= 14 {
        return waiting(text);
    }
    let (stated, asked) = without_questions(text);
    if stated.is_empty() {
        return only_asks(options, text);
    }
    let said = statement(options, &stated);
    // A word or two beside a question are no answer in own words.
    if asked && said == Said::Own && stems(&stated).len() < 3 {
        Said::Asks { why: ASKS_BACK.are_in(text) }
    } else {
        said
    }
}

/// Somebody will look: themselves, or with somebody who is named.
fn waiting(text: &str) -> Said {
    match asked_somebody(text) {
        None => Said::Aside,
        ask => Said::DontKnow { ask },
    }
}

/// The sentences that state something, and whether others ask back.
fn without_questions(text: &str) -> (String, bool) {
    let (mut stated, mut asked) = (String::new(), false);
    for sentence in text.lines().flat_map(|line| line.split_sentence_bounds()) {
        if sentence.trim_end().ends_with('?') || ASKS_BACK.are_in(sentence) {
            let before = before_the_question(sentence);
            asked = true;
            stated.push_str(before);
        } else {
            stated.push_str(sentence);
        }
        stated.push(' ');
    }
    (stated.trim().to_owned(), asked)
}

/// "b, but why do you ask?": what stands before the question.
fn before_the_question(sentence: &str) -> &str {
    let cuts = sentence.match_indices([',', ';', '.', '!', '–', '—', '(']).map(|(at, _)| at);
    let mut parts = cuts.filter_map(|at| {
        let (before, after) = sentence.split_at(at);
        ASKS_BACK.are_in(after).then_some(before)
    });
    parts.next().unwrap_or_default()
}

/// Nothing but questions: "b?" offers an answer, "why?" wants one.
fn only_asks(options: Options<'_>, text: &str) -> Said {
    if !ASKS_BACK.are_in(text) {
        let offered = text.trim_end_matches(['?', ' ']);
        if let Some(Pick::Sure { branches, .. } | Pick::Perhaps(branches)) = options.pick(offered) {
            return perhaps(options, text, &branches);
        }
    }
    Said::Asks { why: ASKS_BACK.are_in(text) }
}

fn statement(options: Options<'_>, text: &str) -> Said {
    // Its reason may say "if" and "currently" as it likes.
    let claim = REASON.split(text).map_or(text, |(reason, after)| cut(text, reason.len() + after.len()));
    let excepts = ["except", "unless", "apart from", "other than"].iter().any(|w| text.to_lowercase().contains(w));
    if NOT_APPLICABLE.are_in(text) && !QUALIFIES.are_in(claim) && !excepts {
        return Said::NotApplicable;
    }
    match options.pick(text) {
        Some(Pick::Sure { branches, rest }) if undecided(options, &branches) => {
            Said::DontKnow { ask: asked_somebody(&rest) }
        }
        Some(Pick::Sure { branches, rest }) => Said::Chosen { branches, rest },
        Some(Pick::Perhaps(branches)) => perhaps(options, text, &branches),
        Some(Pick::Beyond { rest }) => beyond(options, text, &rest),
        Some(Pick::Qualified) => Said::Own,
        None => without_choice(options, text),
    }
}

/// The proposed answer says itself that nothing is decided.
fn undecided(options: Options<'_>, branches: &[String]) -> bool {
    let chosen = options.question.choices.iter().filter(|c| branches.contains(&c.branch));
    chosen.into_iter().all(|c| NOT_DECIDED.are_in(&c.text))
}

/// A text without so many bytes at its end.
fn cut(text: &str, behind: usize) -> &str {
    text.get(..text.len().saturating_sub(behind)).unwrap_or(text)
}

fn perhaps(options: Options<'_>, text: &str, branches: &[String]) -> Said {
    let one = options.question.choices.iter().find(|c| branches == [c.branch.clone()]);
    Said::Unclear(match one {
        Some(choice) => follow_up::confirm(text, choice),
        None => follow_up::which(options.question, text, branches),
    })
}

/// "Something else, or not decided" was chosen.
fn beyond(options: Options<'_>, text: &str, rest: &str) -> Said {
    let offered = options.question.choices.iter().any(|c| NOT_DECIDED.are_in(&c.text));
    if rest.split_whitespace().count() >= 2 {
        let ask = asked_somebody(rest);
        return if ask.is_some() || DONT_KNOW.are_in(rest) { Said::DontKnow { ask } } else { Said::Own };
    }
    if offered { Said::Unclear(follow_up::what_else(text)) } else { Said::DontKnow { ask: None } }
}

fn without_choice(options: Options<'_>, text: &str) -> Said {
    let ask = asked_somebody(text);
    if DONT_KNOW.are_in(text) || (ask.is_some() && !says_more(text)) {
        return Said::DontKnow { ask };
    }
    match too_little(options, text) {
        Some(follow_up) => Said::Unclear(follow_up),
        None => Said::Own,
    }
}

/// Whom the reply names as one who knows: a login, or a team as a plain word ("payments", "door-firmware").
fn asked_somebody(text: &str) -> Option<String> {
    const NOBODY: &str = " for about whether if me you him her them us user users customer customers someone somebody again it i we he \
        she they who nobody everybody everyone anyone anybody god one no-one this that code doc document das er sie wir ich man \
        niemand je on il elle nous nadie él ella lo ";
    let login = ASK_LOGIN.captured(text).map(str::to_owned);
    login.or_else(|| {
        let name = ASK_TEAM.captured(text)?.to_lowercase();
        let name = TEAM.split(&name).map_or(name.as_str(), |(team, _)| cut(&name, team.len()));
        let named = !name.is_empty() && !NOBODY.contains(&format!(" {name} "));
        named.then(|| name.split_whitespace().collect::<Vec<_>>().join("-"))
    })
}

/// Whether there is an answer beside the words that name somebody.
fn says_more(text: &str) -> bool {
    let beside =
        text.split([',', ';', '.', '\n']).filter(|clause| asked_somebody(clause).is_none() && !clause.contains('@'));
    beside.map(|clause| stems(clause).len()).sum::<usize>() >= 4
}

/// What to ask where the words do not suffice.
fn too_little(options: Options<'_>, text: &str) -> Option<String> {
    let short = text.split_whitespace().count() <= 8;
    if let Some((_, rest)) = NEITHER.split(text) {
        return (stems(rest).len() < 2).then(|| follow_up::what_else(text));
    }
    if INTERNAL_ONLY.are_in(text) {
        return Some(follow_up::how_far(text));
    }
    if let Some(term) = LOOSE_TERM.captured(text).filter(|_| short) {
        return Some(follow_up::whom(text, term));
    }
    let one_letter = text.chars().filter(|c| c.is_alphanumeric()).count() == 1;
    let denied_letter = text.to_lowercase().starts_with("not ") && text.chars().count() <= 6;
    let little = is_bare(text).is_some()
        || one_letter
        || denied_letter
        || VAGUE.are_in(text)
        || POINTER.are_in(text)
        || (short && HEDGE.are_in(text));
    little.then(|| follow_up::closest(options.question, text))
}
