//! Choosing what to ask: the few findings that matter most, each put into the document's own words.

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use super::context;
use super::find::{Finding, Findings, find};
use super::focus::focused;
use super::naming::is_own;
use super::phrase::is_code;
use super::template::{Template, capital};
use super::topic::Topic;
use super::view::View;
use super::{Read, across, lint, memory, rank, relevance, stated, worth};
use crate::analyst::{AskInput, AskOutput, DocumentText};
use crate::threat_model::{Choice, Question};

/// The questions of a round.
pub(crate) fn ask(catalogue: &Catalogue, read: &Read<'_>, input: &AskInput) -> AskOutput {
    let views = &read.views;
    let files = context::read(&input.context);
    let mut findings = read.findings.clone();
    across::add(catalogue, &mut findings, views, &files);
    let findings = focused(findings, &input.methodology, views);
    let limit = limit(views, input.max_questions, &findings);
    let candidates = findings.open.iter().filter(|f| f.asking >= FLOOR);
    let mut out = AskOutput { questions: Vec::new(), dropped: 0, facts: Vec::new(), considered: Vec::new() };
    for finding in rank::spread(candidates, |f| f.asking) {
        if out.questions.len() >= limit {
            break;
        }
        // A few good ones are better than a full round.
        if out.questions.len() >= ENOUGH && finding.asking < FLOOR_OF_THE_REST {
            continue;
        }
        let settled = memory::settles(&input.decisions, finding) || context::answer(&files, finding).is_some();
        let Some(view) = views.get(finding.view).filter(|_| !settled) else { continue };
        let floor = if out.questions.len() >= ENOUGH { FLOOR_OF_THE_REST } else { FLOOR };
        let instead = finding.instead.as_deref().filter(|f| f.asking >= floor).and_then(|f| question(view, f));
        let Some(first) = question(view, finding) else {
            out.dropped += 1;
            continue;
        };
        // Two questions that begin with the same words read like one that was asked twice.
        let fresh = |q: &Question| !out.questions.iter().any(|other| begin_alike(other, q));
        let Some(question) = Some(first).filter(fresh).or_else(|| instead.filter(fresh)) else { continue };
        if view.source.find(&question.anchor.quotation).is_none() {
            out.dropped += 1;
        } else if !known(&question, input) && !out.questions.iter().any(|q| alike(q, &question)) {
            out.questions.push(question);
        }
    }
    out.facts =
        stated::facts(&views.iter().filter(|v| relevance::is_relevant(v)).collect::<Vec<_>>(), &input.description);
    out
}

/// The one question that somebody wants asked: on a concern, or on a topic in their own words. All that the documents say counts,
/// also what the pull request did not change, and no rank, number or earlier decision stands in the way.
pub(crate) fn on_request(catalogue: &Catalogue, input: &AskInput) -> AskOutput {
    let whole = |d: &DocumentText| View::read(&DocumentText { before: None, ..d.clone() });
    let views: Vec<View> = input.documents.iter().map(whole).collect();
    let mut findings = find(catalogue, &views, &input.description);
    across::add(catalogue, &mut findings, &views, &context::read(&input.context));
    let worded = findings.open.iter().filter_map(|finding| {
        let view = views.get(finding.view)?;
        let question = question(view, finding)?;
        view.source.find(&question.anchor.quotation).map(|_| (finding, question))
    });
    let one = match (&input.concern, &input.topic) {
        // The most valuable comes first.
        (Some(id), _) => {
            let mut of_concern = worded.filter(|(finding, _)| finding.concern.id == *id);
            of_concern.next().map(|(_, question)| question)
        }
        (None, topic) => {
            let topic = Topic::of(topic.as_deref().unwrap_or_default());
            let fresh = worded.filter(|(_, question)| !known(question, input));
            let fits = fresh.filter_map(|(f, q)| Some(((topic.fit(f, &q.text)?, f.value), q)));
            fits.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, question)| question)
        }
    };
    AskOutput { questions: one.into_iter().collect(), dropped: 0, facts: Vec::new(), considered: Vec::new() }
}

/// Below this a question is not worth somebody's two minutes.
const FLOOR: u32 = 340;

/// With so many asked, another has to be worth more.
const ENOUGH: usize = 3;
const FLOOR_OF_THE_REST: u32 = 450;

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

/// Whether two questions begin with the same quoted words, or stand at the same words and neither quotes any.
fn begin_alike(a: &Question, b: &Question) -> bool {
    let lead =
        |q: &Question| q.text.strip_prefix("About \"").and_then(|rest| rest.split('"').next()).map(str::to_owned);
    let same_words = || lead(a).is_some() || a.anchor.quotation == b.anchor.quotation;
    a.anchor.path == b.anchor.path && lead(a) == lead(b) && same_words()
}

/// Whether two questions ask much the same in much the same words; about the same thing fewer of them are enough.
fn alike(a: &Question, b: &Question) -> bool {
    let subject = |q: &Question| q.subject.to_lowercase();
    let same_thing = a.slot == b.slot && !a.subject.is_empty() && subject(a) == subject(b);
    // What is quoted is the same when they stand at the same place.
    let own = |q: &Question| q.text.split('"').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
    let words = |text: String| -> BTreeSet<String> { text.split_whitespace().map(str::to_owned).collect() };
    let share = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        (one.intersection(other).count() * 10, one.union(other).count())
    };
    let (one, other) = (words(a.text.to_lowercase()), words(b.text.to_lowercase()));
    let (both, all) = share(&one, &other);
    if both > all * 6 {
        return true;
    }
    let (both, all) = share(&words(own(a)), &words(own(b)));
    same_thing && both > all * 4
}

/// Puts a finding into words: the first of its concern's wordings that fits and reads easily.
pub(crate) fn question(view: &View, finding: &Finding<'_>) -> Option<Question> {
    let concern = finding.concern;
    let words = worth::sayable(&finding.words);
    let wordings = concern.questions.iter().filter(|q| q.fits(&words));
    let text = wordings.map(|q| worded(view, finding, q)).find(|t| lint::question(t).is_none() && lint::is_easy(t))?;
    Some(Question {
        concern: concern.id.clone(),
        subject: finding.subject(),
        slot: concern.slot,
        anchor: finding.anchor.clone(),
        text,
        choices: concern.choices.iter().map(|c| Choice { text: c.text.clone(), branch: c.branch.clone() }).collect(),
        why: concern.why.fill(&finding.words),
        value: finding.asking,
    })
}

/// A wording with the document's words; one that names nothing of its own quotes the words that it is about.
fn worded(view: &View, finding: &Finding<'_>, wording: &Template) -> String {
    let body = capital(&wording.fill(&finding.words));
    let own = finding.words.iter().any(|(name, p)| name != "v" && body.contains(p.text()) && is_own(view, p));
    let quoted =
        |(statement, at): (usize, usize)| excerpt(view.statements.get(statement).map_or("", |s| s.text.as_str()), at);
    let here = quoted((finding.statement, finding.at));
    if let Some(beside) = &finding.beside {
        return format!("About \"{here}\" and \"{}\" in \"{}\": {}", beside.words, beside.path, small(&body));
    }
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

#[cfg(test)]
mod tests {
    use super::{alike, begin_alike};
    use crate::threat_model::{Anchor, Question, Slot};

    fn question(subject: &str, text: &str) -> Question {
        let anchor = Anchor { path: "a.md".to_owned(), start_line: 1, end_line: 1, quotation: "a page".to_owned() };
        Question {
            concern: "c".to_owned(),
            subject: subject.to_owned(),
            slot: Slot::EntryPoints,
            anchor,
            text: text.to_owned(),
            choices: Vec::new(),
            why: String::new(),
            value: 0,
        }
    }

    #[test]
    fn two_questions_do_not_begin_with_the_same_words() {
        let read = question("page", "About \"… shows a page\": who can read it?");
        assert!(begin_alike(&read, &question("link", "About \"… shows a page\": who can change it?")));
        assert!(!begin_alike(&read, &question("link", "About \"a page with a link\": who can change it?")));
        assert!(!begin_alike(&read, &question("page-store", "Who can read the page-store?")));
        assert!(begin_alike(&question("a", "Who can read the page-store?"), &question("b", "Who fills page-store?")));
    }

    #[test]
    fn two_questions_about_one_thing_are_alike_when_they_share_their_words() {
        let start = question("share", "Can a page start the share by itself, without a click?");
        let frame = question("share", "About \"a page\": can a frame of another site use it as well?");
        let again = question("share", "Can a page start the share by itself, with no key press?");
        assert!(!alike(&start, &frame));
        assert!(alike(&start, &again));
        // The same words about something else may be asked.
        assert!(!alike(
            &question("link", "Who can read the link?"),
            &question("key", "Who writes the key down there?")
        ));
    }
}
