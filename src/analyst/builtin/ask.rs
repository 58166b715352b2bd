//! Finding what to ask: every concern against every statement, then the few that matter most.

use std::collections::{BTreeMap, BTreeSet};

use regex::{Captures, Regex};

use super::catalogue::Concern;
use super::lint;
use super::phrase::{Phrase, is_code};
use super::relevance;
use super::template::{Template, capital};
use super::view::{Statement, View};
use crate::analyst::{AskInput, AskOutput};
use crate::document::SentenceKind;
use crate::threat_model::{Anchor, Choice, Question};

/// A concern that the text gives reason for, with the words that do.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    pub(crate) concern: &'a Concern,
    pub(crate) view: usize,
    pub(crate) statement: usize,
    pub(crate) words: BTreeMap<String, Phrase>,
    pub(crate) anchor: Anchor,
    pub(crate) value: u32,
    template: &'a Template,
    /// Byte offset of the words within the statement.
    at: usize,
}

/// A concern that the text answers by itself.
#[derive(Debug)]
pub(crate) struct AnsweredByText<'a> {
    pub(crate) concern: &'a Concern,
    pub(crate) anchor: Anchor,
}

/// What reading the documents gave, most valuable first.
#[derive(Debug, Default)]
pub(crate) struct Findings<'a> {
    pub(crate) open: Vec<Finding<'a>>,
    pub(crate) answered: Vec<AnsweredByText<'a>>,
}

impl Finding<'_> {
    /// The thing asked about, in the author's words.
    pub(crate) fn subject(&self) -> String {
        self.words.get("x").or_else(|| self.words.get("y")).map_or_else(String::new, |p| p.text().to_owned())
    }
}

/// Reads the documents against the catalogue. Documents without security relevance give nothing.
pub(crate) fn find<'a>(catalogue: &'a [Concern], views: &[View], description: &str) -> Findings<'a> {
    let mut all = Findings::default();
    for (index, view) in views.iter().enumerate() {
        if !relevance::is_relevant(view) {
            continue;
        }
        for concern in catalogue {
            match look(concern, index, view, description) {
                Look::Open(finding) => all.open.push(*finding),
                Look::Answered(answered) => all.answered.push(answered),
                Look::Nothing => {}
            }
        }
    }
    all.open
        .sort_by(|a, b| b.value.cmp(&a.value).then_with(|| a.concern.id.cmp(&b.concern.id)).then(a.view.cmp(&b.view)));
    all
}

enum Look<'a> {
    Open(Box<Finding<'a>>),
    Answered(AnsweredByText<'a>),
    Nothing,
}

fn look<'a>(concern: &'a Concern, index: usize, view: &View, description: &str) -> Look<'a> {
    if concern.needs.as_ref().is_some_and(|n| !view.statements.iter().any(|s| s.weight > 0 && n.is_match(&s.text))) {
        return Look::Nothing;
    }
    let mut best: Option<Finding<'a>> = None;
    let mut found = 0_u32;
    for (i, statement) in view.statements.iter().enumerate() {
        if statement.weight == 0 || !statement.changed || is_a_question(statement) {
            continue;
        }
        let Some(finding) = fires(concern, index, view, i, statement) else {
            continue;
        };
        let excluded = concern.excludes.as_ref().is_some_and(|e| e.is_match(&statement.text));
        if excluded || concern.answered_near.as_ref().is_some_and(|near| answered_nearby(near, view, i)) {
            continue;
        }
        found += 1;
        if best.as_ref().is_none_or(|b| finding.value > b.value) {
            best = Some(finding);
        }
    }
    let Some(mut best) = best else {
        return Look::Nothing;
    };
    if let Some(answered) = &concern.answered {
        if answered.is_match(description) {
            return Look::Nothing;
        }
        if let Some((statement, at)) = answered_by(answered, view) {
            return Look::Answered(AnsweredByText { concern, anchor: view.anchor(statement, at) });
        }
    }
    best.value = (best.value + 10 * found.min(5)).min(1000);
    Look::Open(Box::new(best))
}

fn is_a_question(statement: &Statement) -> bool {
    statement.text.trim_end().ends_with('?') || statement.text.split_whitespace().count() < 4
}

fn answered_by<'v>(answered: &Regex, view: &'v View) -> Option<(&'v Statement, usize)> {
    view.statements
        .iter()
        .filter(|s| s.weight >= 2 && s.kind != SentenceKind::Heading)
        .find_map(|s| answered.find(&s.text).map(|m| (s, m.start())))
}

/// Whether the statement itself, or one beside it in the same section, answers.
fn answered_nearby(near: &Regex, view: &View, at: usize) -> bool {
    let section = view.statements.get(at).and_then(|s| s.section);
    let from = at.saturating_sub(3);
    view.statements.iter().skip(from).take(at - from + 5).any(|s| s.section == section && near.is_match(&s.text))
}

fn fires<'a>(concern: &'a Concern, index: usize, view: &View, i: usize, statement: &Statement) -> Option<Finding<'a>> {
    let text = &statement.text;
    for pattern in &concern.fires {
        for captures in pattern.captures_iter(text) {
            let Some(words) = words(view, statement, pattern, &captures) else {
                continue;
            };
            let Some(template) = concern.questions.iter().find(|q| q.fits(&words)) else {
                continue;
            };
            let at =
                captures.name("x").or_else(|| captures.name("y")).or_else(|| captures.get(0)).map_or(0, |m| m.start());
            let value = value(concern, view, statement, &words);
            return Some(Finding {
                concern,
                view: index,
                statement: i,
                words,
                anchor: view.anchor(statement, at),
                value,
                template,
                at,
            });
        }
    }
    None
}

/// The named parts of a match as phrases; nothing when one of them names nothing.
fn words(
    view: &View,
    statement: &Statement,
    pattern: &Regex,
    captures: &Captures<'_>,
) -> Option<BTreeMap<String, Phrase>> {
    let mut out = BTreeMap::new();
    let taken: Vec<_> = pattern.capture_names().flatten().filter_map(|n| captures.name(n)).map(|m| m.end()).collect();
    for name in pattern.capture_names().flatten() {
        let Some(found) = captures.name(name) else {
            continue;
        };
        if in_a_longer_word(&statement.text, found.start(), found.end()) {
            return None;
        }
        // Never back into the words of another gap: "upload" is the verb of "upload attestations".
        let floor = taken.iter().copied().filter(|end| *end <= found.start()).max().unwrap_or(0);
        let words = if name == "v" {
            found.as_str().to_lowercase()
        } else {
            widen(view, &statement.text, floor, found.start(), found.end())
        };
        let words = if statement.text.starts_with(words.as_str()) { uncapital(view, &words) } else { words };
        let phrase = Phrase::new(&words);
        if !phrase.is_name() || phrase.text().split(' ').count() > 7 || phrase.text().len() > 70 {
            return None;
        }
        out.insert(name.to_owned(), phrase);
    }
    Some(out)
}

/// Words from the start of a sentence without its capital, when the document writes the first one small elsewhere.
fn uncapital(view: &View, words: &str) -> String {
    let first = words.split(' ').next().unwrap_or_default();
    let small = first.to_lowercase();
    let elsewhere = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '-').any(|w| w == small);
    if first == small || !view.statements.iter().any(|s| elsewhere(&s.text)) {
        return words.to_owned();
    }
    format!("{small}{}", words.get(first.len()..).unwrap_or_default())
}

/// Whether the match is a piece of a name such as `crates.io` or `pod/status`.
fn in_a_longer_word(text: &str, start: usize, end: usize) -> bool {
    let mut after = text.get(end..).unwrap_or_default().chars();
    let mut before = text.get(..start).unwrap_or_default().chars().rev();
    let mark = |c: char| matches!(c, '.' | '/' | '_' | '-' | ':');
    after.next().is_some_and(mark) && after.next().is_some_and(char::is_alphanumeric)
        || before.next().is_some_and(mark) && before.next().is_some_and(char::is_alphanumeric)
}

/// Words before a noun that belong to its name although they are ordinary.
const BEFORE_NOUN: [&str; 50] = [
    "access",
    "refresh",
    "api",
    "service",
    "account",
    "client",
    "server",
    "signing",
    "private",
    "public",
    "session",
    "bearer",
    "user",
    "registry",
    "package",
    "image",
    "profile",
    "upload",
    "download",
    "content",
    "webhook",
    "callback",
    "node",
    "pod",
    "container",
    "cluster",
    "namespace",
    "custom",
    "remote",
    "external",
    "internal",
    "signed",
    "encrypted",
    "media",
    "room",
    "event",
    "request",
    "response",
    "audit",
    "export",
    "trusted",
    "shared",
    "default",
    "temporary",
    "pending",
    "ephemeral",
    "debug",
    "mirror",
    "static",
    "build",
];

/// Nouns after a noun that make it part of a longer name.
const AFTER_NOUN: [&str; 28] = [
    "endpoint",
    "endpoints",
    "request",
    "requests",
    "header",
    "headers",
    "file",
    "files",
    "format",
    "server",
    "servers",
    "service",
    "services",
    "repository",
    "controller",
    "controllers",
    "controllers'",
    "field",
    "fields",
    "list",
    "store",
    "config",
    "registry",
    "key",
    "keys",
    "id",
    "ids",
    "uris",
];

/// Takes the author's own qualifiers along: code, names, and a few ordinary words right before; a head noun right after.
fn widen(view: &View, text: &str, floor: usize, start: usize, end: usize) -> String {
    let mut from = start;
    for _ in 0..3 {
        let before = text.get(..from).unwrap_or_default();
        let Some(trimmed) = before.strip_suffix(' ') else {
            break;
        };
        let word = trimmed.rsplit(' ').next().unwrap_or_default();
        let first_of_sentence = trimmed.len() == word.len();
        if word.is_empty() || !belongs(view, word, first_of_sentence) {
            break;
        }
        let next = trimmed.len() - word.len();
        if next < floor {
            break;
        }
        from = next;
    }
    let mut to = end;
    let rest = text.get(end..).unwrap_or_default();
    if let Some(next) = rest.strip_prefix(' ').and_then(|r| r.split(' ').next()) {
        let bare = next.trim_end_matches(|c: char| !c.is_alphanumeric());
        if AFTER_NOUN.contains(&bare.to_lowercase().as_str()) {
            to = end + 1 + bare.len();
        }
    }
    text.get(from..to).unwrap_or_default().to_owned()
}

fn belongs(view: &View, word: &str, first_of_sentence: bool) -> bool {
    if !word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')) || word.ends_with(['.', '-']) {
        return false;
    }
    if BEFORE_NOUN.contains(&word.to_lowercase().as_str()) {
        return true;
    }
    if is_code(word) || (view.names.contains(word) && word.len() > 3 && !word.chars().all(char::is_lowercase)) {
        return true;
    }
    let loud = [
        "MUST",
        "SHOULD",
        "MAY",
        "NOT",
        "CAN",
        "SHALL",
        "WILL",
        "OPTIONAL",
        "REQUIRED",
        "RECOMMENDED",
        "IF",
        "A",
        "I",
        "AND",
        "OR",
    ];
    let capital = word.chars().next().is_some_and(char::is_uppercase);
    capital && !first_of_sentence && !loud.contains(&word) && word.len() > 1
}

/// How much the answer changes the draft: how bad and how near, how open the text leaves it, how central the words are.
fn value(concern: &Concern, view: &View, statement: &Statement, words: &BTreeMap<String, Phrase>) -> u32 {
    let base = concern.impact * concern.exposure * 55;
    let place = [0, 0, 90, 140].get(usize::try_from(statement.weight).unwrap_or(0)).copied().unwrap_or(0);
    let lower = statement.text.to_lowercase();
    let open = if [" may ", " might ", "optional", "should", "tbd", "todo", "for now", "arbitrary", " any "]
        .iter()
        .any(|h| lower.contains(h))
    {
        50
    } else {
        0
    };
    let own = if words.values().any(|p| is_own(view, p)) { 60 } else { 0 };
    let running = if matches!(statement.kind, SentenceKind::TableRow | SentenceKind::Quote) { 0 } else { 40 };
    let length = statement.text.split_whitespace().count();
    let readable = if (6..=40).contains(&length) { 40 } else { 0 };
    let sum = base + place + open + own + running + readable;
    // Why something is wanted says less about what will be built.
    let reasons = if statement.weight < 2 { 120 } else { 0 };
    sum.saturating_sub(reasons).min(1000)
}

/// Names that many documents share.
const COMMON_NAMES: [&str; 30] = [
    "Kubernetes",
    "Docker",
    "GitHub",
    "GitLab",
    "HTTP",
    "HTTPS",
    "API",
    "JSON",
    "YAML",
    "TLS",
    "OIDC",
    "OAuth",
    "OAuth2",
    "URL",
    "URI",
    "README",
    "AWS",
    "GCP",
    "Azure",
    "Linux",
    "Windows",
    "ConfigMap",
    "OpenID",
    "WebSocket",
    "JavaScript",
    "TypeScript",
    "PyPI",
    "PostgreSQL",
    "GraphQL",
    "gRPC",
];

/// Whether a phrase holds a name of this document rather than one that any document could hold.
fn is_own(view: &View, phrase: &Phrase) -> bool {
    phrase.text().split(' ').any(|w| {
        !COMMON_NAMES.contains(&w)
            && w.len() >= 4
            && (is_code(w) || (view.names.contains(w) && !w.chars().all(char::is_lowercase)))
    })
}

/// The questions of a round.
pub(crate) fn ask(catalogue: &[Concern], input: &AskInput) -> AskOutput {
    let views: Vec<View> = input.documents.iter().map(View::read).collect();
    let findings = find(catalogue, &views, &input.description);
    let mut dropped = 0;
    let mut chosen: Vec<Question> = Vec::new();
    let mut taken = BTreeSet::new();
    let limit = limit(&views, input.max_questions, &findings);
    let mut candidates: Vec<&Finding<'_>> =
        findings.open.iter().filter(|f| matches_topic(f, input.topic.as_deref())).collect();
    if input.topic.is_none() {
        candidates.retain(|f| f.value >= FLOOR);
    }
    while chosen.len() < limit && !candidates.is_empty() {
        // Each slot that was used already counts against another question of the same kind, so that a round is spread.
        let Some((at, _)) = candidates
            .iter()
            .enumerate()
            .map(|(i, f)| {
                let same =
                    u32::try_from(chosen.iter().filter(|q| q.slot == f.concern.slot).count()).unwrap_or(u32::MAX);
                (i, f.value.saturating_sub(same.saturating_mul(140)))
            })
            .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
        else {
            break;
        };
        let finding = candidates.remove(at);
        let Some(view) = views.get(finding.view) else {
            continue;
        };
        if !taken.insert((finding.view, finding.statement)) {
            continue;
        }
        let question = question(view, finding);
        if lint::question(&question.text).is_some() {
            dropped += 1;
            continue;
        }
        if view.source.find(&question.anchor.quotation).is_none() {
            dropped += 1;
            continue;
        }
        if known(&question, input) || chosen.iter().any(|q| alike(q, &question)) {
            continue;
        }
        chosen.push(question);
    }
    AskOutput { questions: chosen, dropped }
}

/// Below this a question is not worth somebody's two minutes.
const FLOOR: u32 = 330;

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

fn matches_topic(finding: &Finding<'_>, topic: Option<&str>) -> bool {
    let Some(topic) = topic else { return true };
    let slot = format!("{:?}", finding.concern.slot).to_lowercase();
    let hay =
        format!("{} {} {} {slot}", finding.concern.title, finding.concern.id, finding.anchor.quotation).to_lowercase();
    topic.to_lowercase().split_whitespace().filter(|w| w.len() > 3).any(|w| hay.contains(w.trim_end_matches('s')))
}

/// Puts a finding into words.
pub(crate) fn question(view: &View, finding: &Finding<'_>) -> Question {
    let concern = finding.concern;
    let body = capital(&finding.template.fill(&finding.words));
    let own = finding.words.iter().any(|(name, p)| name != "v" && body.contains(p.text()) && is_own(view, p));
    let text = if own {
        body
    } else {
        let statement = view.statements.get(finding.statement).map_or("", |s| s.text.as_str());
        format!("The text says \"{}\". {body}", excerpt(statement, finding.at))
    };
    Question {
        concern: concern.id.clone(),
        subject: finding.subject(),
        slot: concern.slot,
        anchor: finding.anchor.clone(),
        text,
        choices: concern.choices.iter().map(|c| Choice { text: c.text.clone(), branch: c.branch.clone() }).collect(),
        why: concern.why.fill(&finding.words),
        value: finding.value,
    }
}

/// A few words around an offset, from the beginning of their clause where that is near; cuts are marked.
fn excerpt(text: &str, at: usize) -> String {
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

/// Whether a concern is open in one text, whatever else is in it. For the catalogue's own texts.
pub(crate) fn is_open(concern: &Concern, view: &View) -> bool {
    matches!(look(concern, 0, view, ""), Look::Open(_))
}
