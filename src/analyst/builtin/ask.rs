//! Choosing what to ask: the few findings that matter most, each put into the document's own words.

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use super::find::{Finding, Findings, find};
use super::focus::focused;
use super::lint;
use super::naming::is_own;
use super::phrase::is_code;
use super::rank;
use super::template::{Template, capital};
use super::view::View;
use crate::analyst::{AskInput, AskOutput};
use crate::threat_model::{Choice, Question};

/// The questions of a round.
pub(crate) fn ask(catalogue: &Catalogue, input: &AskInput) -> AskOutput {
    let views: Vec<View> = input.documents.iter().map(View::read).collect();
    let findings = focused(find(catalogue, &views, &input.description), &input.methodology, &views);
    let limit = limit(&views, input.max_questions, &findings);
    let topic = input.topic.as_deref();
    let candidates = findings.open.iter().filter(|f| match topic {
        Some(topic) => matches_topic(f, topic),
        None => f.value >= FLOOR,
    });
    let mut out = AskOutput { questions: Vec::new(), dropped: 0 };
    for finding in rank::spread(candidates) {
        if out.questions.len() >= limit {
            break;
        }
        // A few good ones are better than a full round.
        if out.questions.len() >= ENOUGH && topic.is_none() && finding.value < FLOOR_OF_THE_REST {
            continue;
        }
        let Some(view) = views.get(finding.view) else { continue };
        let Some(question) = question(view, finding) else {
            out.dropped += 1;
            continue;
        };
        if view.source.find(&question.anchor.quotation).is_none() {
            out.dropped += 1;
        } else if !known(&question, input) && !out.questions.iter().any(|q| alike(q, &question)) {
            out.questions.push(question);
        }
    }
    out
}

/// Below this a question is not worth somebody's two minutes.
const FLOOR: u32 = 280;

/// With so many asked, another has to be worth more.
const ENOUGH: usize = 4;
const FLOOR_OF_THE_REST: u32 = 390;

/// Fewer questions for a small change or a text that gives little reason for any.
fn limit(views: &[View], max: u32, findings: &Findings<'_>) -> usize {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let new = views.iter().any(|v| v.changed.is_none());
    let changed: usize = views.iter().filter_map(|v| v.changed).sum();
    let by_change = if new { max } else { changed.div_ceil(3).max(1) };
    max.min(by_change).min(findings.open.len())
}

/// Whether it was asked, or is known, already.
fn known(question: &Question, input: &AskInput) -> bool {
    let asked = input.asked.iter().any(|q| {
        (q.concern == question.concern
            && (q.subject == question.subject || q.anchor.quotation == question.anchor.quotation))
            || (q.slot == question.slot
                && q.anchor.path == question.anchor.path
                && q.anchor.quotation == question.anchor.quotation)
            || alike(q, question)
    });
    asked || input.facts.iter().any(|f| f.concern.as_deref() == Some(question.concern.as_str()))
}

/// Whether two questions ask much the same in much the same words.
fn alike(a: &Question, b: &Question) -> bool {
    let subject = |q: &Question| q.subject.to_lowercase();
    if a.slot == b.slot && !a.subject.is_empty() && subject(a) == subject(b) {
        return true;
    }
    let words =
        |q: &Question| -> BTreeSet<String> { q.text.to_lowercase().split_whitespace().map(str::to_owned).collect() };
    let (one, other) = (words(a), words(b));
    let both = one.intersection(&other).count();
    both * 10 > one.union(&other).count() * 6
}

fn matches_topic(finding: &Finding<'_>, topic: &str) -> bool {
    let slot = format!("{:?}", finding.concern.slot).to_lowercase();
    let hay =
        format!("{} {} {} {slot}", finding.concern.title, finding.concern.id, finding.anchor.quotation).to_lowercase();
    topic.to_lowercase().split_whitespace().filter(|w| w.len() > 3).any(|w| hay.contains(w.trim_end_matches('s')))
}

/// Puts a finding into words: the first of its concern's wordings that fits and reads easily.
pub(crate) fn question(view: &View, finding: &Finding<'_>) -> Option<Question> {
    let concern = finding.concern;
    let wordings = concern.questions.iter().filter(|q| q.fits(&finding.words));
    let text = wordings.map(|q| worded(view, finding, q)).find(|t| lint::question(t).is_none() && lint::is_easy(t))?;
    Some(Question {
        concern: concern.id.clone(),
        subject: finding.subject(),
        slot: concern.slot,
        anchor: finding.anchor.clone(),
        text,
        choices: concern.choices.iter().map(|c| Choice { text: c.text.clone(), branch: c.branch.clone() }).collect(),
        why: concern.why.fill(&finding.words),
        value: finding.value,
    })
}

/// A wording with the document's words; one that names nothing of its own quotes the words that it is about.
fn worded(view: &View, finding: &Finding<'_>, wording: &Template) -> String {
    let body = capital(&wording.fill(&finding.words));
    let own = finding.words.iter().any(|(name, p)| name != "v" && body.contains(p.text()) && is_own(view, p));
    let quoted =
        |(statement, at): (usize, usize)| excerpt(view.statements.get(statement).map_or("", |s| s.text.as_str()), at);
    let here = quoted((finding.statement, finding.at));
    match finding.other.map(quoted) {
        Some(there) => format!("About \"{here}\" and \"{there}\": {}", small(&body)),
        None if own => body,
        None => format!("About \"{here}\": {}", small(&body)),
    }
}

/// A few words around an offset, from the beginning of their clause where that is near; cuts are marked.
pub(crate) fn excerpt(text: &str, at: usize) -> String {
    /// So many words are quoted at most; fewer than `LEAST` say too little.
    const MOST: usize = 16;
    const LEAST: usize = 7;
    let words: Vec<&str> = text.split_whitespace().collect();
    let ends = |i: usize| words.get(i).is_some_and(|w| w.ends_with([',', ';', ':', ')', '.']));
    let (start, end) = if words.len() <= MOST {
        (0, words.len())
    } else {
        let here =
            text.get(..at).map_or(0, |before| before.split_whitespace().count()).min(words.len().saturating_sub(1));
        let clause = (0..here).rev().find(|i| ends(*i)).map_or(0, |i| i + 1);
        let mut start = if here - clause <= 8 { clause } else { here.saturating_sub(4) };
        let mut end = (here..words.len()).find(|i| ends(*i)).map_or(words.len(), |i| i + 1).min(start + MOST);
        if end - start < LEAST {
            start = end.saturating_sub(LEAST + 2);
        }
        if end - start < LEAST {
            end = (start + LEAST).min(words.len());
        }
        (start, end)
    };
    let mut quoted = words.get(start..end).unwrap_or_default().join(" ");
    if let Some(open) = quoted.rfind('(').filter(|open| !quoted.get(*open..).unwrap_or_default().contains(')')) {
        quoted.truncate(open);
    }
    let quoted = quoted
        .trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '-' | ' ') || (c == ')' && !text.contains('(')))
        .replace(['"', '\u{201c}', '\u{201d}', '?', '*', '`'], "");
    let before = if start > 0 { "… " } else { "" };
    let after = if end < words.len() { " …" } else { "" };
    format!("{before}{quoted}{after}")
}

/// The first letter small again, for the middle of a sentence.
pub(crate) fn small(text: &str) -> String {
    let name = text.split(' ').next().is_some_and(|w| w.chars().skip(1).any(char::is_uppercase) || is_code(w));
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !name => first.to_lowercase().collect::<String>() + chars.as_str(),
        _ => text.to_owned(),
    }
}
