//! The draft: what was understood, what can go wrong under the answers that were given, what to change, what was set aside.

use std::sync::LazyLock;

use regex::Regex;

use super::ask::{excerpt, small};
use super::catalogue::{Advice, Catalogue, Concern};
use super::find::{Finding, Findings};
use super::naming::is_own;
use super::phrase::Phrase;
use super::rank;
use super::suggest;
use super::system;
use super::template::capital;
use super::view::{View, is_match};
use super::{Read, across, context, data, focus, memory, understanding};
use crate::analyst::{DraftInput, Settled, weighing};
use crate::document::SentenceKind;
use crate::methodology::chosen;
use crate::threat_model::{
    Anchor, Assumption, Covered, Fact, Quotations, Recommendation, SetAside, Severity, Source, Threat, ThreatModel,
};

/// At most so many threats are worked out; the rest is listed in a line each.
const MOST_THREATS: usize = 12;

/// What is worth less is not worked out unless it was asked about.
const FLOOR: u32 = 240;

/// How sure the ground of a threat is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// Somebody answered so.
    Said,
    /// Asked and left open, or answered in words that only a person can weigh.
    Open,
    /// Not asked.
    NotAsked,
}

/// Writes a draft. The whole document counts, also where the pull request changed a part of it.
pub(crate) fn draft(catalogue: &Catalogue, read: &Read<'_>, input: &DraftInput) -> ThreatModel {
    let whole = &read.views;
    let method = chosen(&input.methodology).methodology;
    let known = Known {
        files: context::read(&input.context),
        facts: understanding::standing(&input.facts, &input.questions),
        input,
    };
    let mut findings = read.findings.clone();
    across::add(catalogue, &mut findings, whole, &known.files);
    focus::weigh(&mut findings, &method);
    stand_where_asked(&mut findings, input);
    let mut model = ThreatModel {
        methodology: input.methodology.clone(),
        summary: understood(whole, findings.open.is_empty() && input.questions.is_empty(), &known.facts),
        components: Vec::new(),
        flows: Vec::new(),
        facts: known.facts.clone(),
        assumptions: Vec::new(),
        threats: Vec::new(),
        recommendations: Vec::new(),
        data: data::read(whole),
        covered: Vec::new(),
        set_aside: Vec::new(),
        attack_tree: None,
        quotations: Quotations::default(),
    };
    if findings.open.is_empty() && input.questions.is_empty() {
        return model;
    }
    let system = system::read(whole);
    model.components = system.components;
    model.flows = system.flows;
    model.covered = covered(&findings, whole);
    // What is still asked about is not called covered.
    let asked_on =
        |anchor: &Anchor| input.questions.iter().any(|s| s.open && s.question.anchor.quotation == anchor.quotation);
    model.covered.retain(|c| !asked_on(&c.anchor));
    for finding in in_order(&findings, input) {
        if !focus::within(&method, finding, &model.data) {
            let reason = format!("Not what {} looks at.", method.id);
            model.set_aside.push(aside(finding, reason));
        } else if let Some(view) = whole.get(finding.view) {
            consider(&mut model, &known, view, finding);
        }
    }
    weighing::order(&mut model.recommendations);
    model.threats.sort_by_key(|t| std::cmp::Reverse(t.severity));
    number_assumptions(&mut model);
    check(&mut model, whole, &known.files);
    model
}

/// What is known beside the documents.
struct Known<'i> {
    input: &'i DraftInput,
    files: Vec<context::File>,
    /// Without what people replaced themselves.
    facts: Vec<Fact>,
}

/// What was asked stays on the words it was asked on.
fn stand_where_asked(findings: &mut Findings<'_>, input: &DraftInput) {
    for finding in &mut findings.open {
        if let Some(settled) = settled(input, finding) {
            finding.anchor = settled.question.anchor.clone();
        }
    }
}

fn settled<'i>(input: &'i DraftInput, finding: &Finding<'_>) -> Option<&'i Settled> {
    let of_concern = || input.questions.iter().filter(|s| s.question.concern == finding.concern.id);
    if finding.beside.is_none() {
        return of_concern().next();
    }
    // Each two texts that do not fit together are a matter of their own.
    of_concern().find(|s| s.question.subject == finding.subject())
}

/// What was asked comes first, then the best of what was not.
fn in_order<'f, 'a>(findings: &'f Findings<'a>, input: &DraftInput) -> Vec<&'f Finding<'a>> {
    let (mut all, rest): (Vec<_>, Vec<_>) = findings.open.iter().partition(|f| settled(input, f).is_some());
    let families: Vec<&str> = all.iter().map(|f| f.concern.family.as_str()).collect();
    let rest = rest.into_iter().filter(|f| !families.contains(&f.concern.family.as_str()));
    all.extend(rank::spread(rest, |f| f.value));
    all
}

/// One concern with what is known about it: a threat with its recommendation, or a line among those set aside.
fn consider(model: &mut ThreatModel, known: &Known<'_>, view: &View, finding: &Finding<'_>) {
    let concern = finding.concern;
    let settled = settled(known.input, finding);
    let mut aside = |reason: String| model.set_aside.push(aside(finding, reason));
    let (ground, advice) = match settled {
        Some(s) if !s.open && s.noted.is_empty() => {
            return aside("Said not to apply here.".to_owned());
        }
        Some(s) if !s.open => match outcome(concern, s) {
            Outcome::Safe(known) => {
                return aside(format!("Settled by the answer: {}.", known.unwrap_or(&s.noted).trim_end_matches('.')));
            }
            Outcome::Change(advice) => (Ground::Said, Some(advice)),
            Outcome::Unread => (Ground::Open, worst(concern)),
        },
        Some(_) => (Ground::Open, worst(concern)),
        None => (Ground::NotAsked, worst(concern)),
    };
    // Only an answer that asks for the change outright weighs more than what was settled before.
    if ground != Ground::Said
        && let Some(reason) = settled_before(known, finding)
    {
        return aside(reason);
    }
    let Some(advice) = advice else {
        return aside("No change would follow from it.".to_owned());
    };
    if model.threats.len() >= MOST_THREATS || (ground == Ground::NotAsked && finding.value < FLOOR) {
        return aside("Less would change by it than by those shown; it was not asked about.".to_owned());
    }
    if ground != Ground::Said && settled.is_none_or(|s| s.open) {
        model.assumptions.push(Assumption {
            ordinal: 0,
            text: capital(&concern.assume.fill(&finding.words)),
            concern: settled.map(|_| concern.id.clone()),
            about: concern.id.clone(),
        });
    }
    push(model, known, view, finding, advice, ground);
}

/// What a team decided before, or what the organisation's context says, when that settles it.
fn settled_before(known: &Known<'_>, finding: &Finding<'_>) -> Option<String> {
    if let Some(decision) = memory::declined(&known.input.decisions, &finding.concern.id) {
        return Some(memory::told(decision));
    }
    match context::answer(&known.files, finding)? {
        Source::Context { path, quotation } => Some(format!("Covered by {path}: “{quotation}”")),
        _ => None,
    }
}

fn aside(finding: &Finding<'_>, reason: String) -> SetAside {
    SetAside {
        text: capital(&finding.concern.title),
        reason,
        concern: finding.concern.id.clone(),
        anchor: Some(finding.anchor.clone()),
    }
}

enum Outcome<'a> {
    Safe(Option<&'a str>),
    Change(&'a Advice),
    Unread,
}

fn outcome<'a>(concern: &'a Concern, settled: &'a Settled) -> Outcome<'a> {
    let chosen: Vec<_> = settled.branches.iter().filter_map(|b| concern.choice(b)).collect();
    if let Some(change) = chosen.iter().find(|c| c.safe.is_none()).and_then(|c| concern.advice.get(&c.advice)) {
        return Outcome::Change(change);
    }
    if chosen.is_empty() {
        Outcome::Unread
    } else {
        Outcome::Safe(Some(settled.noted.as_str()).filter(|n| !n.is_empty()))
    }
}

fn worst(concern: &Concern) -> Option<&Advice> {
    concern.worst().and_then(|c| concern.advice.get(&c.advice))
}

/// How bad alone.
fn impact(concern: &Concern) -> Severity {
    match concern.impact {
        3.. => Severity::High,
        2 => Severity::Medium,
        _ => Severity::Low,
    }
}

fn push(
    model: &mut ThreatModel,
    known: &Known<'_>,
    view: &View,
    finding: &Finding<'_>,
    advice: &Advice,
    ground: Ground,
) {
    let concern = finding.concern;
    let words = &finding.words;
    let id = format!("T{}", model.threats.len() + 1);
    let evidence = evidence(known, finding);
    let severity = weighing::severity(concern.impact, concern.exposure, ground == Ground::Said);
    let statement =
        view.statements.get(finding.statement).filter(|s| s.text.contains(finding.anchor.quotation.as_str()));
    let suggestion = statement
        .zip(advice.clause.as_ref())
        .and_then(|(statement, clause)| suggest::append(view, statement, &capital(&clause.fill(words))));
    let taken = |s: &crate::threat_model::Suggestion| {
        model
            .recommendations
            .iter()
            .filter_map(|r| r.suggestion.as_ref())
            .any(|o| o.path == s.path && o.start_line == s.start_line)
    };
    let suggestion = suggestion.filter(|s| !taken(s));
    let story = capital(&advice.threat.fill(words));
    model.threats.push(Threat {
        id: id.clone(),
        concern: concern.id.clone(),
        story,
        slot: concern.slot,
        severity,
        impact: impact(concern),
        evidence: evidence.clone(),
    });
    let protects_today = protects_today(model, known, finding);
    model.recommendations.push(Recommendation {
        ordinal: 0,
        title: capital(&advice.title.fill(words)),
        threat: id,
        severity,
        effort: advice.effort,
        change: of_this_document(view, finding, &capital(&advice.change.fill(words))),
        alternative: capital(&advice.alternative.fill(words)),
        trade_off: capital(&advice.trade_off.fill(words)),
        evidence,
        protects_today,
        left_over: capital(&advice.left_over.fill(words)),
        anchor: finding.anchor.clone(),
        suggestion,
    });
}

/// The document's words, those of people that still count, and what was decided before.
fn evidence(known: &Known<'_>, finding: &Finding<'_>) -> Vec<Source> {
    let id = finding.concern.id.as_str();
    let said = known.facts.iter().filter(|f| f.concern.as_deref() == Some(id)).map(|f| f.source.clone());
    let decisions = &known.input.decisions;
    let mut evidence = vec![Source::Document { anchor: finding.anchor.clone() }];
    evidence.extend(finding.beside.iter().map(|beside| beside.source.clone()));
    evidence.extend(said);
    evidence.extend(memory::declined(decisions, id).map(memory::source));
    evidence.extend(memory::supporting(decisions, id));
    evidence
}

/// What the design covers on the same line; and why the same was declined before, where an answer here asks for it again.
fn protects_today(model: &ThreatModel, known: &Known<'_>, finding: &Finding<'_>) -> String {
    let at = &finding.anchor;
    let covers = |c: &&Covered| c.anchor.path == at.path && c.anchor.start_line == at.start_line;
    let covered = model.covered.iter().find(covers).map(|c| c.text.clone());
    let before = memory::declined(&known.input.decisions, &finding.concern.id);
    let before = before.map(|d| format!("{} The answer here asks for it all the same.", memory::told(d)));
    [covered, before].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// A change that names nothing of this document says first which words it is about.
fn of_this_document(view: &View, finding: &Finding<'_>, change: &str) -> String {
    let lower = change.to_lowercase();
    let says = |thing: &Phrase| is_own(view, thing) || thing.text().contains(' ');
    if finding.words.values().any(|thing| says(thing) && lower.contains(&thing.text().to_lowercase())) {
        return change.to_owned();
    }
    let statement = view.statements.get(finding.statement).map_or("", |s| s.text.as_str());
    format!("Where it says \"{}\": {}", excerpt(statement, finding.at), small(change))
}

/// What was asked and left open comes first.
fn number_assumptions(model: &mut ThreatModel) {
    model.assumptions.sort_by_key(|a| a.concern.is_none());
    for (assumption, ordinal) in model.assumptions.iter_mut().zip(1..) {
        assumption.ordinal = ordinal;
    }
}

static SUMMARY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:summary|abstract|overview|purpose|introduction|tl;?dr|what it is|synopsis|what we build|in short)\b",
    )
    .ok()
});

/// What is being built, as people corrected it.
fn understood(views: &[View], harmless: bool, facts: &[Fact]) -> String {
    understanding::corrected(summary(views, harmless), facts).join(" ")
}

/// The document's own sentences on what it is for.
fn summary(views: &[View], harmless: bool) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let most = if harmless { 1 } else { 5 };
    for view in views {
        let prose = |s: &&super::view::Statement| {
            s.kind == SentenceKind::Paragraph
                && s.text.split_whitespace().count() >= 5
                && s.text.trim_end().ends_with('.')
        };
        let of_summary =
            view.statements.iter().filter(prose).filter(|s| is_match(&SUMMARY, view.heading(s))).take(most);
        let mut own: Vec<String> = of_summary.map(|s| s.text.clone()).collect();
        if own.len() < most.min(2) {
            own = view
                .statements
                .iter()
                .filter(prose)
                .filter(|s| s.weight > 0)
                .take(most.min(4))
                .map(|s| s.text.clone())
                .collect();
        }
        if own.is_empty() && !view.title.is_empty() {
            own.push(format!("The document is about: {}.", view.title.trim_end_matches('.')));
        }
        sentences.extend(own);
    }
    if harmless {
        sentences.truncate(1);
        sentences.push("Nothing in it gave reason for a question about security.".to_owned());
    }
    sentences.truncate(6);
    sentences
}

/// Statements of protection that need no concern of their own.
static CONTROLS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    [
        ("encryption at rest", r"(?i)\bencrypted at rest\b|\bencryption at rest\b"),
        ("encrypted connections", r"(?i)\b(?:over|using|via|requires?|must use) (?:mutual )?(?:tls|https|mtls)\b"),
        ("limits on how often", r"(?i)\brate[- ]limit(?:s|ed|ing)?\b"),
        ("refusal of others", r"(?i)\b(?:rejected|refused|denied|M_FORBIDDEN|403)\b.{0,40}\b(?:user|owner|permission|other)|\buser other than\b.{0,80}\breject"),
        ("sign-in", r"(?i)\b(?:requires?|must) (?:be )?auth(?:entication|enticated|orization)?\b|\bonly signed-in\b"),
        ("deletion after a time", r"(?i)\b(?:deleted|removed|expires?) (?:after|within) \d+"),
        ("a record of actions", r"(?i)\baudit (?:log|trail|event)s?\b"),
    ]
    .into_iter()
    .filter_map(|(what, pattern)| Regex::new(pattern).ok().map(|r| (what, r)))
    .collect()
});

fn covered(findings: &Findings<'_>, views: &[View]) -> Vec<Covered> {
    let mut out: Vec<Covered> = Vec::new();
    for view in views {
        for (what, pattern) in CONTROLS.iter() {
            let found = view
                .statements
                .iter()
                .filter(|s| s.weight >= 2)
                .find_map(|s| pattern.find(&s.text).map(|m| (s, m.start())));
            if let Some((statement, at)) = found {
                out.push(Covered { text: (*what).to_owned(), anchor: view.anchor(statement, at) });
            }
        }
    }
    for answered in &findings.answered {
        if !out.iter().any(|c| c.anchor == answered.anchor) {
            out.push(Covered { text: answered.concern.title.clone(), anchor: answered.anchor.clone() });
        }
    }
    out
}

/// Every quotation is looked up in its source; what rests on one that does not stand is taken out.
fn check(model: &mut ThreatModel, views: &[View], files: &[context::File]) {
    let mut count = Quotations::default();
    let mut stands = |anchor: &Anchor| {
        count.checked = count.checked.saturating_add(1);
        let found =
            views.iter().any(|v| v.document.path() == anchor.path && v.source.find(&anchor.quotation).is_some());
        count.found = count.found.saturating_add(u32::from(found));
        found
    };
    let mut source_stands = |source: &Source| match source {
        Source::Document { anchor } => stands(anchor),
        Source::Context { path, quotation } => {
            files.iter().any(|f| f.path == *path && f.view.source.find(quotation).is_some())
        }
        Source::Reply { .. } | Source::Description { .. } | Source::Decision { .. } | Source::Assumption { .. } => true,
    };
    model.threats.retain(|t| t.evidence.iter().all(&mut source_stands));
    let kept: Vec<String> = model.threats.iter().map(|t| t.id.clone()).collect();
    model.recommendations.retain(|r| kept.contains(&r.threat));
    model.covered.retain(|c| stands(&c.anchor));
    model.data.retain(|d| stands(&d.evidence));
    model.components.retain(|c| stands(&c.evidence));
    let names: Vec<String> = model.components.iter().map(|c| c.name.clone()).collect();
    model.flows.retain(|f| names.contains(&f.from) && names.contains(&f.to));
    for (recommendation, ordinal) in model.recommendations.iter_mut().zip(1..) {
        recommendation.ordinal = ordinal;
    }
    model.quotations = count;
}
