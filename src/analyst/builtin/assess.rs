//! Reading replies without a model: letters and words of the proposed answers, yes and no, numbers, "don't know", "why?". What
//! it cannot read it takes word for word, and says so.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::catalogue::{Attribute, Catalogue, Concern};
use super::suggest;
use super::values::{Value, values};
use super::view::{View, window};
use crate::analyst::{AssessInput, AssessOutput, Reply};
use crate::document::SentenceKind;
use crate::threat_model::{Anchor, Fact, Question, Reading, ReplyQuote, Source, Suggestion};

/// What one reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// One or more of the proposed answers, and the words around the choice.
    Chosen {
        branches: Vec<String>,
        rest: String,
    },
    /// An answer in the person's own words.
    Own,
    /// Too vague to rely on.
    Vague,
    NotApplicable,
    DontKnow {
        ask: Option<String>,
    },
    Why,
    Aside,
    /// After a contradiction was shown: which side is right.
    TheDocument,
    TheReply,
}

macro_rules! pattern {
    ($name:ident, $regex:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($regex).ok());
    };
}

pattern!(
    ASIDE,
    r"(?i)^\W*(?:thanks?(?: you)?|thx|ty|cheers|great|nice|good (?:point|question|catch)|ok(?:ay)?|ack|will (?:do|check|look|answer)|looking(?: into (?:it|this))?|on it|\+1|lgtm|hi|hello|bump|ping|sorry|done|let me check|i'?ll (?:check|look|get back))\b[\s\w,'!.@-]{0,40}\W*$"
);
pattern!(
    NOT_APPLICABLE,
    r"(?i)\b(?:not applicable|n/a|out of scope|does(?:n't| not) apply|not relevant(?: here)?|irrelevant here)\b|^\W*na\W*$"
);
pattern!(
    DONT_KNOW,
    r"(?i)\b(?:(?:i )?(?:don'?t|do not) know|dunno|no (?:idea|clue)|not (?:yet )?decided|undecided|not sure(?: yet)?$|we haven'?t decided|to be decided|tbd|unknown|can'?t say|i'?m not sure)\b"
);
pattern!(
    ASK_SOMEBODY,
    r"(?i)(?:\bask|\bcc|\bping|\bmaybe|\bperhaps)\s+@([A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9._-]+)?)|@([A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9._-]+)?)\s+(?:knows?|would know|may know|can (?:say|answer|tell)|should know)|\b(?:ask\s+)?the ([a-z][a-z-]*(?: [a-z-]+)?) team\s*(?:knows?|would know|can (?:say|answer)|$)"
);
pattern!(
    WHY,
    r"(?i)^\W*(?:why(?: (?:do you|does (?:that|this|it)|is (?:that|this)|would)[^?]*)?|what do you mean|what does (?:that|this) (?:mean|have to do)[^?]*|(?:can|could) you (?:explain|clarify)[^?]*|how (?:is|does) (?:that|this) (?:relevant|matter)[^?]*|what is the (?:risk|problem|concern)[^?]*)\??\W*$"
);
pattern!(
    VAGUE,
    r"(?i)^\W*(?:it )?(?:probably|maybe|perhaps|should(?: be (?:fine|ok|okay))?|depends|it depends|i (?:think|guess) so|kind of|sort of|somewhat|presumably|hopefully|hmm*|internal(?: only)?)\W*$"
);
pattern!(
    LETTER,
    r"(?i)^\W*(?:option\s+|answer\s+|choice\s+)?([a-e])(?:\s*[,.;:)!–—-]+|\s*$|\s*\n|\s+(?:and|but|because|since|for|with)\b)\s*"
);
pattern!(OPTION_LETTER, r"(?i)\b(?:option|answer|choice)\s+([a-e])\b");
pattern!(MORE_LETTERS, r"(?i)^(?:and|or|/|\+|&)\s*([a-e])\b");
pattern!(
    DOCUMENT_RIGHT,
    r"(?i)^\W*(?:the )?(?:document|doc|docs|text|first(?: one)?|line|former)(?: is (?:right|correct)| wins|,? not the (?:reply|answer))?\b"
);
pattern!(
    REPLY_RIGHT,
    r"(?i)^\W*(?:(?:the|my) )?(?:reply|answer|comment|second(?: one)?|latter|mine|what i (?:said|wrote))\b"
);
pattern!(CARD, r"(?i)do not fit together|which is (?:right|accurate|correct)|the document says");

fn is(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    super::view::is_match(regex, text)
}

/// Reads the replies to a question.
pub(crate) fn assess(catalogue: &Catalogue, input: &AssessInput) -> AssessOutput {
    let question = &input.question;
    let concern = catalogue.get(&question.concern);
    let card_shown = input.follow_ups.iter().any(|f| is(&CARD, f));
    let said: Vec<(&Reply, Said)> =
        input.replies.iter().map(|r| (r, read(question, concern, &plain(&r.body), card_shown))).collect();
    let settled = said.iter().rev().find(|(_, s)| *s != Said::Aside);
    let Some((last, what)) = settled else {
        return nothing(Reading::NotAnAnswer);
    };
    match what {
        Said::Why => {
            return nothing(Reading::CounterQuestion { explanation: question.why.clone() });
        }
        Said::NotApplicable => {
            return closed(question, last, Reading::NotApplicable, "does not apply here".to_owned());
        }
        Said::DontKnow { ask } => {
            let noted = ask
                .as_ref()
                .map_or_else(|| "not known yet, left open".to_owned(), |who| format!("left open, {who} may know"));
            return closed(question, last, Reading::Deferred { to: ask.clone() }, noted);
        }
        Said::TheDocument => {
            let noted = stated(input)
                .map_or_else(|| "the document is right".to_owned(), |words| format!("the document is right: {words}"));
            return answered(question, last, Vec::new(), noted);
        }
        Said::TheReply => {
            let earlier = said
                .iter()
                .rev()
                .find(|(r, s)| matches!(s, Said::Chosen { .. } | Said::Own) && r.comment != last.comment);
            return match earlier {
                Some((reply, what)) => answered(question, reply, branches(what), noted(question, what, &reply.body)),
                None => answered(question, last, Vec::new(), own_words(&last.body)),
            };
        }
        Said::Vague if !input.last_word && input.follow_ups.is_empty() => {
            return nothing(Reading::Unclear { follow_up: rephrased(question, &last.body) });
        }
        Said::Vague | Said::Chosen { .. } | Said::Own | Said::Aside => {}
    }
    if let Some(reading) = disagreement(&said) {
        return nothing(reading);
    }
    if !card_shown && let Some(reading) = contradiction(concern, input, last) {
        return AssessOutput {
            noted: noted(question, what, &last.body),
            by: Some(last.login.clone()),
            ..nothing(reading)
        };
    }
    answered(question, last, branches(what), noted(question, what, &last.body))
}

fn nothing(reading: Reading) -> AssessOutput {
    AssessOutput { reading, noted: String::new(), by: None, branches: Vec::new(), facts: Vec::new() }
}

fn closed(_question: &Question, reply: &Reply, reading: Reading, noted: String) -> AssessOutput {
    AssessOutput { reading, noted, by: Some(reply.login.clone()), branches: Vec::new(), facts: Vec::new() }
}

fn answered(question: &Question, reply: &Reply, branches: Vec<String>, noted: String) -> AssessOutput {
    let fact = Fact {
        slot: question.slot,
        concern: Some(question.concern.clone()),
        statement: noted.clone(),
        source: Source::Reply {
            comment: reply.comment.clone(),
            login: reply.login.clone(),
            quotation: quotation(&reply.body),
        },
        at: reply.at,
    };
    AssessOutput { reading: Reading::Answered, noted, by: Some(reply.login.clone()), branches, facts: vec![fact] }
}

fn branches(said: &Said) -> Vec<String> {
    if let Said::Chosen { branches, .. } = said { branches.clone() } else { Vec::new() }
}

/// The lines of a reply that are its author's own: quoted lines are somebody else's.
fn plain(body: &str) -> String {
    body.lines()
        .filter(|l| !l.trim_start().starts_with('>'))
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .replace(['*', '`'], "")
}

fn read(question: &Question, concern: Option<&Concern>, body: &str, card_shown: bool) -> Said {
    if !body.chars().any(char::is_alphanumeric) || is(&ASIDE, body) {
        return Said::Aside;
    }
    if card_shown && body.split_whitespace().count() <= 12 {
        if is(&DOCUMENT_RIGHT, body) {
            return Said::TheDocument;
        }
        if is(&REPLY_RIGHT, body) {
            return Said::TheReply;
        }
    }
    if is(&WHY, body) {
        return Said::Why;
    }
    if let Some(said) = by_letter(question, body) {
        return said;
    }
    if is(&NOT_APPLICABLE, body) {
        return Said::NotApplicable;
    }
    let ask = ASK_SOMEBODY.as_ref().and_then(|r| r.captures(body)).and_then(|c| {
        c.get(1)
            .or_else(|| c.get(2))
            .map(|m| m.as_str().to_owned())
            .or_else(|| c.get(3).map(|m| format!("the {} team", m.as_str())))
    });
    if ask.is_some() || is(&DONT_KNOW, body) {
        return Said::DontKnow { ask };
    }
    if let Some(branch) = by_words(question, concern, body) {
        return Said::Chosen { branches: vec![branch], rest: String::new() };
    }
    if is(&VAGUE, body) {
        return Said::Vague;
    }
    Said::Own
}

fn by_letter(question: &Question, body: &str) -> Option<Said> {
    let (letter, rest) = match LETTER.as_ref().and_then(|r| r.captures(body)) {
        Some(c) => (c.get(1)?.as_str().to_owned(), body.get(c.get(0)?.end()..).unwrap_or_default().trim().to_owned()),
        None => (OPTION_LETTER.as_ref()?.captures(body)?.get(1)?.as_str().to_owned(), String::new()),
    };
    let mut indexes = vec![index(&letter)?];
    let mut rest = rest;
    while let Some(found) = MORE_LETTERS.as_ref().and_then(|r| r.captures(&rest)) {
        indexes.push(index(found.get(1)?.as_str())?);
        let after =
            rest.get(found.get(0)?.end()..).unwrap_or_default().trim_start_matches([',', '.', ' ', ')']).to_owned();
        rest = after;
    }
    if indexes.contains(&question.choices.len()) {
        // The letter after the last one is "something else / not decided", which prose adds.
        return Some(if rest.split_whitespace().count() < 2 { Said::DontKnow { ask: None } } else { Said::Own });
    }
    let branches: Vec<String> =
        indexes.iter().filter_map(|i| question.choices.get(*i)).map(|c| c.branch.clone()).collect();
    (branches.len() == indexes.len()).then_some(Said::Chosen { branches, rest })
}

fn index(letter: &str) -> Option<usize> {
    "abcde".find(&letter.to_lowercase())
}

/// Words that say nothing about which answer is meant.
const SMALL: [&str; 40] = [
    "the", "a", "an", "it", "is", "are", "and", "or", "of", "to", "in", "for", "on", "by", "that", "this", "we", "i",
    "they", "only", "with", "be", "so", "but", "as", "at", "who", "has", "have", "its", "their", "our", "them", "will",
    "can", "do", "does", "from", "one", "than",
];

pub(crate) fn stems(text: &str) -> BTreeSet<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() > 2 && !SMALL.contains(w))
        .map(|w| {
            let w = w.strip_suffix("ies").map_or_else(|| w.trim_end_matches('s').to_owned(), |stem| format!("{stem}y"));
            w.strip_suffix("ing")
                .or_else(|| w.strip_suffix("ed"))
                .filter(|s| s.len() > 3)
                .map_or(w.clone(), str::to_owned)
        })
        .collect()
}

fn by_words(question: &Question, concern: Option<&Concern>, body: &str) -> Option<String> {
    let lower = body.to_lowercase();
    let first = lower.split(|c: char| !c.is_alphanumeric()).find(|w| !w.is_empty())?.to_owned();
    let negates = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|w| matches!(w, "not" | "no" | "nobody" | "nothing" | "never" | "nowhere" | "none" | "without"))
    };
    // The first word alone, when it is the first word of just one answer: yes, no, nobody, minutes.
    let begins: Vec<_> = question
        .choices
        .iter()
        .filter(|c| c.text.to_lowercase().split(|c: char| !c.is_alphanumeric()).next() == Some(first.as_str()))
        .collect();
    let telling = matches!(
        first.as_str(),
        "yes"
            | "no"
            | "nobody"
            | "nothing"
            | "nowhere"
            | "none"
            | "minutes"
            | "hours"
            | "days"
            | "everything"
            | "everybody"
    );
    if let ([one], true) = (begins.as_slice(), telling) {
        return Some(one.branch.clone());
    }
    let reply = stems(body);
    let mut scored: Vec<(usize, usize, &str)> = question
        .choices
        .iter()
        .filter(|c| negates(&c.text.to_lowercase()) == negates(&lower))
        .map(|c| {
            let words = stems(&c.text);
            (words.intersection(&reply).count() * 100 / words.len().max(1), words.len(), c.branch.as_str())
        })
        .filter(|(share, _, _)| *share >= 60)
        .collect();
    scored.sort_by(|a, b| b.cmp(a));
    match scored.as_slice() {
        [(_, _, branch)] => return Some((*branch).to_owned()),
        [(a, _, branch), (b, _, _), ..] if a > b => return Some((*branch).to_owned()),
        _ => {}
    }
    (concern.and_then(|c| c.attribute) == Some(Attribute::Lifetime)).then(|| by_duration(question, body)).flatten()
}

/// A stated time against answers such as "minutes" and "hours or days", when just one of them fits.
fn by_duration(question: &Question, body: &str) -> Option<String> {
    let value = values(body).into_iter().next()?;
    let unit = match value.amount {
        0..=3_599 => "minute",
        3_600..=86_399 => "hour",
        86_400..=1_209_599 => "day",
        _ => "longer",
    };
    let fits: Vec<_> = question
        .choices
        .iter()
        .filter(|c| {
            let text = c.text.to_lowercase();
            text.contains(unit) || (unit == "longer" && (text.contains("month") || text.contains("year")))
        })
        .collect();
    if let [one] = fits.as_slice() { Some(one.branch.clone()) } else { None }
}

/// What was understood, in a line.
fn noted(question: &Question, said: &Said, body: &str) -> String {
    match said {
        Said::Chosen { branches, rest } => {
            let texts: Vec<&str> =
                question.choices.iter().filter(|c| branches.contains(&c.branch)).map(|c| c.text.as_str()).collect();
            let mut line = texts.join(" and ");
            let rest = one_line(rest);
            if rest.is_empty() {
                let said = one_line(&plain(body));
                // Chosen by words: keep the person's own ones when they say more than the choice.
                if said.split_whitespace().count() > 3
                    && !said.to_lowercase().starts_with("option")
                    && LETTER.as_ref().is_none_or(|r| !r.is_match(&said))
                {
                    line = said;
                }
            } else {
                line = format!("{line}, {rest}");
            }
            line
        }
        _ => own_words(body),
    }
}

fn own_words(body: &str) -> String {
    format!("taken word for word: {}", one_line(&plain(body)))
}

fn one_line(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out: String = folded.chars().take(200).collect();
    if out.len() < folded.len() {
        out.push('…');
    }
    out.trim_end_matches(['.', ' ']).to_owned()
}

/// Words of a reply that are relied upon, as they stand there.
fn quotation(body: &str) -> String {
    window(plain(body).lines().find(|l| !l.trim().is_empty()).unwrap_or_default(), 0, 25)
}

fn quote(reply: &Reply) -> ReplyQuote {
    ReplyQuote { comment: reply.comment.clone(), login: reply.login.clone(), quotation: quotation(&reply.body) }
}

fn rephrased(question: &Question, body: &str) -> String {
    let choices: Vec<String> =
        question.choices.iter().zip('a'..).map(|(c, letter)| format!("{letter}: {}", c.text)).collect();
    format!("You wrote \"{}\". Which comes closest ({})?", one_line(&plain(body)), choices.join("; "))
}

/// Two people's latest answers that exclude each other.
fn disagreement(said: &[(&Reply, Said)]) -> Option<Reading> {
    let mut latest: Vec<(&Reply, &Vec<String>)> = Vec::new();
    for (reply, what) in said {
        let Said::Chosen { branches, .. } = what else {
            continue;
        };
        latest.retain(|(r, _)| r.login != reply.login);
        latest.push((reply, branches));
    }
    let (other, theirs) = latest.last().copied()?;
    let (one, _) =
        latest.iter().rev().find(|(r, b)| r.login != other.login && b.iter().all(|x| !theirs.contains(x))).copied()?;
    Some(Reading::PeopleDisagree { one: quote(one), other: quote(other) })
}

/// The document's own value for what was asked, in its words.
fn stated(input: &AssessInput) -> Option<String> {
    let view = View::read(input.document.as_ref()?);
    let topic = topic(input);
    view.statements
        .iter()
        .find(|s| !values(&s.text).is_empty() && related(&s.text, &topic, &view.title))
        .map(|s| one_line(&s.text))
}

fn topic(input: &AssessInput) -> BTreeSet<String> {
    stems(&format!("{} {}", input.question.subject, input.question.anchor.quotation))
}

pattern!(
    LASTS,
    r"(?i)\b(?:delet\w*|expir\w*|valid|kept|keep|retain\w*|retention|remov\w*|lifetime|live[sd]?|works?|lasts?|ttl|purg\w*|stored for|available for)\b"
);
pattern!(
    NOT_FIXED,
    r"(?i)\b(?:default|optional\w*|for example|e\.g\.|example|recommended|previously|today|currently|v1|v2|version)\b"
);

fn related(text: &str, topic: &BTreeSet<String>, title: &str) -> bool {
    if !is(&LASTS, text) || is(&NOT_FIXED, text) {
        return false;
    }
    let words = stems(text);
    words.intersection(topic).next().is_some() || words.intersection(&stems(title)).next().is_some()
}

/// A value in the reply against the document's value of the same thing.
fn contradiction(concern: Option<&Concern>, input: &AssessInput, reply: &Reply) -> Option<Reading> {
    concern?.attribute?;
    let document = input.document.as_ref()?;
    let view = View::read(document);
    let topic = topic(input);
    let said = values(&plain(&reply.body));
    let [value, ..] = said.as_slice() else {
        return None;
    };
    for statement in
        view.statements.iter().filter(|s| matches!(s.kind, SentenceKind::Paragraph | SentenceKind::ListItem))
    {
        if !related(&statement.text, &topic, &view.title) {
            continue;
        }
        let theirs: Vec<Value> = values(&statement.text).into_iter().filter(|v| v.unit == value.unit).collect();
        let [stated] = theirs.as_slice() else {
            continue;
        };
        if !excludes(&statement.text, stated, value) {
            continue;
        }
        let anchor = Anchor {
            path: document.path.clone(),
            start_line: statement.lines.start,
            end_line: statement.lines.end,
            quotation: window(&statement.text, stated.at, 25),
        };
        return Some(Reading::Contradicts {
            suggestion: swap(&view, &anchor, stated, value),
            document: anchor,
            reply: quote(reply),
        });
    }
    None
}

/// Whether both cannot be true: "at most" and "at least" leave room on one side.
fn excludes(text: &str, stated: &Value, said: &Value) -> bool {
    let before = text.get(..stated.at).unwrap_or_default().to_lowercase();
    let near: String = before.split_whitespace().rev().take(4).collect::<Vec<_>>().join(" ");
    if ["most", "maximum", "within", "up", "than"].iter().any(|w| near.split(' ').any(|n| n == *w)) {
        return said.amount > stated.amount;
    }
    if ["least", "minimum"].iter().any(|w| near.split(' ').any(|n| n == *w)) {
        return said.amount < stated.amount;
    }
    said.amount != stated.amount
}

/// The document's line with the value of the reply instead of its own.
fn swap(view: &View, anchor: &Anchor, stated: &Value, said: &Value) -> Option<Suggestion> {
    let mut found = (anchor.start_line..=anchor.end_line)
        .filter_map(|n| view.document.line_text(n).map(|text| (n, text)))
        .filter(|(_, t)| t.contains(&stated.text));
    let (line, text) = found.next()?;
    if found.next().is_some() || text.matches(&stated.text).count() != 1 || !suggest::is_prose(view, line) {
        return None;
    }
    Some(Suggestion {
        path: anchor.path.clone(),
        start_line: line,
        end_line: line,
        replacement: text.replacen(&stated.text, &said.text, 1),
    })
}
