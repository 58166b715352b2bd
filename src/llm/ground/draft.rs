//! A draft out of what a model said: only parts that the documents name, only threats whose words stand, severity by rule, and
//! recommendations for what is not covered.

use std::collections::BTreeMap;

use super::{Dropped, Ground, alike, plain, slug, step};
use crate::analyst::builtin::{memory, understanding};
use crate::analyst::{DraftInput, Settled, weighing};
use crate::llm::answers::tree::TreeSaid;
use crate::llm::answers::{DraftAnswer, Level, RecommendationSaid, ThreatSaid};
use crate::llm::ground::recommend::recommendation;
use crate::llm::ground::tree::tree;
use crate::llm::sources::{Sources, Stands};
use crate::threat_model::{
    Anchor, Assumption, Component, Covered, DataFlow, DataItem, Decision, SetAside, Severity, Source, Threat,
    ThreatModel,
};

/// So many threats are laid out; what is weaker is listed in a line each.
const MOST_THREATS: usize = 12;
/// So many recommendations are kept; prose shows five and folds the rest.
const MOST_RECOMMENDATIONS: usize = 10;

/// The draft, with what stands of an attack tree where one was asked for, and what fell.
pub fn draft(
    answer: &DraftAnswer,
    attack_tree: Option<&TreeSaid>,
    input: &DraftInput,
    sources: &Sources,
) -> (ThreatModel, Vec<Dropped>) {
    let mut ground = Ground::new(sources);
    let mut model = empty(input);
    model.summary = plain(&answer.summary, 1200);
    components(&mut ground, answer, &mut model);
    data(&mut ground, answer, &mut model);
    for said in &answer.covered {
        if let Some(anchor) = ground.in_documents("covered", &said.text, &said.quotation) {
            cover(&mut model, &plain(&said.text, 160), anchor);
        }
    }
    let threats = threats(&mut ground, answer, input, &mut model);
    recommendations(&mut ground, answer, input, &threats, &mut model);
    assumptions(&mut ground, answer, input, &threats, &mut model);
    model.threats.sort_by_key(|threat| std::cmp::Reverse(threat.severity));
    fold(&mut model);
    weighing::order(&mut model.recommendations);
    model.attack_tree = attack_tree.and_then(|said| tree(&mut ground, said, answer, &threats, &model));
    model.quotations = ground.quotations;
    (model, ground.dropped)
}

fn empty(input: &DraftInput) -> ThreatModel {
    ThreatModel {
        methodology: input.methodology.clone(),
        summary: String::new(),
        components: Vec::new(),
        flows: Vec::new(),
        facts: understanding::standing(&input.facts, &input.questions),
        assumptions: Vec::new(),
        threats: Vec::new(),
        recommendations: Vec::new(),
        data: Vec::new(),
        covered: Vec::new(),
        set_aside: Vec::new(),
        attack_tree: None,
        quotations: crate::threat_model::Quotations::default(),
    }
}

/// Parts that a document names, and flows between them.
fn components(ground: &mut Ground<'_>, answer: &DraftAnswer, model: &mut ThreatModel) {
    for said in &answer.components {
        let name = plain(&said.name, 80);
        let Some(evidence) = ground.in_documents("component", &name, &said.quotation) else { continue };
        if !holds(&evidence.quotation, &name) {
            ground.drop("component", &name, "its name does not stand in the words that it quotes");
            continue;
        }
        if known(model, &name).is_none() {
            let zone = said.zone.as_deref().map(|zone| plain(zone, 60)).filter(|zone| !zone.is_empty());
            model.components.push(Component { name, kind: said.kind, zone, evidence });
        }
    }
    for said in &answer.flows {
        let text = format!("{} → {}", said.from, said.to);
        let Some(evidence) = ground.in_documents("flow", &text, &said.quotation) else { continue };
        let (Some(from), Some(to)) = (known(model, &said.from), known(model, &said.to)) else {
            ground.drop("flow", &text, "one of its ends is no part of the system");
            continue;
        };
        if model.flows.iter().all(|f| (&f.from, &f.to) != (&from, &to)) {
            model.flows.push(DataFlow { from, to, label: plain(&said.carries, 80), evidence });
        }
    }
}

fn data(ground: &mut Ground<'_>, answer: &DraftAnswer, model: &mut ThreatModel) {
    for said in &answer.data {
        let name = plain(&said.name, 80);
        let Some(evidence) = ground.in_documents("data", &name, &said.quotation) else { continue };
        if !holds(&evidence.quotation, &name) {
            ground.drop("data", &name, "its name does not stand in the words that it quotes");
        } else if model.data.iter().all(|d| d.name.to_lowercase() != name.to_lowercase()) {
            model.data.push(DataItem { name, class: said.class, handling: said.handling, evidence });
        }
    }
}

/// Whether a name stands in some words, marks and case aside.
fn holds(words: &str, name: &str) -> bool {
    let form = |text: &str| -> String { text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect() };
    let name = form(name);
    !name.is_empty() && form(words).contains(&name)
}

fn known(model: &ThreatModel, name: &str) -> Option<String> {
    let name = plain(name, 80).to_lowercase();
    model.components.iter().find(|c| c.name.to_lowercase() == name).map(|c| c.name.clone())
}

fn cover(model: &mut ThreatModel, text: &str, anchor: Anchor) {
    if model.covered.iter().all(|c| c.anchor.quotation != anchor.quotation) {
        model.covered.push(Covered { text: text.to_owned(), anchor });
    }
}

/// Threats by the model's own ids; what is covered or was settled before is set aside with its words.
fn threats(
    ground: &mut Ground<'_>,
    answer: &DraftAnswer,
    input: &DraftInput,
    model: &mut ThreatModel,
) -> BTreeMap<String, Threat> {
    let mut kept: BTreeMap<String, Threat> = BTreeMap::new();
    for said in &answer.threats {
        let story = plain(&said.story, 500);
        let Some(stands) = ground.stands("threat", &story, &said.quotation) else { continue };
        if let Some(part) = &said.part
            && known(model, part).is_none()
        {
            ground.drop("threat", &story, "it is about a part that no document names");
            continue;
        }
        if kept.contains_key(&said.id) || kept.values().any(|t| alike(&t.story, &story)) {
            ground.drop("threat", &story, "it is said twice");
            continue;
        }
        let concern = concern(said, input);
        if let Some(reason) = settled_before(ground, said, &concern, input, model) {
            model.set_aside.push(SetAside { text: story, reason, concern, anchor: stands.anchor });
            continue;
        }
        let asked = input.questions.iter().find(|s| s.question.concern == concern);
        let id = format!("T{}", kept.len() + 1);
        let threat = Threat {
            id,
            story,
            slot: said.slot,
            severity: weighing::severity(step(said.impact), step(said.likelihood), asked.is_some_and(|s| !s.open)),
            impact: level(said.impact),
            evidence: evidence(stands, asked, input),
            concern,
        };
        kept.insert(said.id.clone(), threat);
    }
    model.threats = kept.values().cloned().collect();
    kept
}

/// The question's own name where a threat comes from one.
fn concern(said: &ThreatSaid, input: &DraftInput) -> String {
    let name = slug(&said.concern);
    let of = |s: &&Settled| s.question.concern == said.concern || slug(&s.question.concern) == name;
    input.questions.iter().find(of).map_or(name, |s| s.question.concern.clone())
}

const fn level(said: Level) -> Severity {
    match said {
        Level::High => Severity::High,
        Level::Medium => Severity::Medium,
        Level::Low => Severity::Low,
    }
}

/// The words it rests on, and those of the people who answered.
fn evidence(stands: Stands, asked: Option<&Settled>, input: &DraftInput) -> Vec<Source> {
    let mut evidence = vec![stands.source];
    if let Some(asked) = asked {
        let of = |f: &&crate::threat_model::Fact| f.concern.as_deref() == Some(asked.question.concern.as_str());
        for fact in input.facts.iter().filter(of) {
            if !evidence.contains(&fact.source) {
                evidence.push(fact.source.clone());
            }
        }
    }
    evidence
}

/// Why a threat is not worked out: the design answers it, an answer says that it does not apply, or a team decided before.
fn settled_before(
    ground: &mut Ground<'_>,
    said: &ThreatSaid,
    concern: &str,
    input: &DraftInput,
    model: &mut ThreatModel,
) -> Option<String> {
    if let Some(quote) = &said.covered_by
        && let Some(stands) = ground.stands("covered", &said.story, quote)
    {
        if let Some(anchor) = stands.anchor {
            let words = anchor.quotation.clone();
            cover(model, &concern.replace('-', " "), anchor);
            return Some(format!("Covered: “{words}”"));
        }
        return Some(match &stands.source {
            Source::Context { path, quotation } => format!("Covered by {path}: “{quotation}”"),
            Source::Reply { login, quotation, .. } => format!("Covered, as {login} said: “{quotation}”"),
            _ => "Covered.".to_owned(),
        });
    }
    let not_here = |s: &&Settled| s.question.concern == concern && !s.open && s.noted.is_empty();
    if input.questions.iter().any(|s| not_here(&s)) {
        return Some("Said not to apply here.".to_owned());
    }
    let asks = input.questions.iter().any(|s| s.question.concern == concern && !s.open);
    let decision = memory::declined(&input.decisions, concern).filter(|_| !asks && !concern.is_empty())?;
    Some(memory::told(decision))
}

fn recommendations(
    ground: &mut Ground<'_>,
    answer: &DraftAnswer,
    input: &DraftInput,
    threats: &BTreeMap<String, Threat>,
    model: &mut ThreatModel,
) {
    for said in &answer.recommendations {
        let title = plain(&said.title, 100);
        let Some(threat) = threats.get(&said.threat) else {
            ground.drop("recommendation", &title, "the threat that it answers did not stand");
            continue;
        };
        if model.recommendations.len() >= MOST_RECOMMENDATIONS {
            ground.drop("recommendation", &title, "more than are kept");
            continue;
        }
        if model.recommendations.iter().any(|r| alike(&r.title, &title) || alike(&r.change, &said.change)) {
            ground.drop("recommendation", &title, "it is said twice");
            continue;
        }
        if let Some(decision) = declined_alike(input, said) {
            let reason = memory::told(decision);
            let anchor = ground.in_documents("recommendation", &title, &said.quotation);
            model.set_aside.push(SetAside { text: title, reason, concern: threat.concern.clone(), anchor });
            continue;
        }
        let Some(made) = recommendation(ground, said, threat, &input.documents, &model.recommendations) else {
            continue;
        };
        model.recommendations.push(made);
    }
}

/// The same was declined before in much the same words.
fn declined_alike<'i>(input: &'i DraftInput, said: &RecommendationSaid) -> Option<&'i Decision> {
    input.decisions.iter().find(|d| d.declines() && alike(&d.title, &said.title))
}

fn assumptions(
    ground: &mut Ground<'_>,
    answer: &DraftAnswer,
    input: &DraftInput,
    threats: &BTreeMap<String, Threat>,
    model: &mut ThreatModel,
) {
    let open = |id: &str| {
        let n: usize = id.strip_prefix("question")?.parse().ok()?;
        input.questions.get(n.checked_sub(1)?).filter(|s| s.open)
    };
    for said in &answer.assumptions {
        let text = plain(&said.text, 300);
        let Some(threat) = threats.get(&said.threat) else {
            ground.drop("assumption", &text, "the threat under which it stands did not stand");
            continue;
        };
        let asked = said.question.as_deref().and_then(open);
        assume(model, text, asked.map(|s| s.question.concern.clone()), threat.concern.clone());
    }
    // What was asked and stayed open is never a silent guess.
    for settled in input.questions.iter().filter(|s| s.open) {
        let concern = &settled.question.concern;
        if model.assumptions.iter().all(|a| a.concern.as_ref() != Some(concern)) {
            let text = format!("Not answered: {}", settled.question.text);
            assume(model, text, Some(concern.clone()), concern.clone());
        }
    }
    model.assumptions.sort_by_key(|assumption| assumption.concern.is_none());
    for (assumption, ordinal) in model.assumptions.iter_mut().zip(1..) {
        assumption.ordinal = ordinal;
    }
}

fn assume(model: &mut ThreatModel, text: String, concern: Option<String>, about: String) {
    if model.assumptions.iter().all(|a| !alike(&a.text, &text)) {
        model.assumptions.push(Assumption { ordinal: 0, text, concern, about });
    }
}

/// Threats beyond the few that are laid out go into the list of what was considered, with their words: never lost.
fn fold(model: &mut ThreatModel) {
    let answered: Vec<String> = model.recommendations.iter().map(|r| r.threat.clone()).collect();
    let mut shown = 0;
    let mut kept = Vec::new();
    for threat in std::mem::take(&mut model.threats) {
        if answered.contains(&threat.id) || shown < MOST_THREATS.saturating_sub(answered.len()) {
            shown += usize::from(!answered.contains(&threat.id));
            kept.push(threat);
            continue;
        }
        let anchor = threat.evidence.iter().find_map(|source| match source {
            Source::Document { anchor } => Some(anchor.clone()),
            _ => None,
        });
        let reason = "Weaker than what is shown.".to_owned();
        model.set_aside.push(SetAside { text: threat.story, reason, concern: threat.concern, anchor });
    }
    model.threats = kept;
}
