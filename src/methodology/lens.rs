//! Looking at a threat model through a lens: which part of it a threat belongs to, and what the threat is about.

use super::{Lens, Methodology, Needs};
use crate::threat_model::{Component, DataItem, Severity, Slot, Source, Threat, ThreatModel};

/// The part of the lens that a threat belongs to: by its concern, else by its slot and the element that it is about.
pub fn lens_of<'a>(methodology: &'a Methodology, threat: &Threat, model: &ThreatModel) -> Option<&'a Lens> {
    let by_concern = methodology.lens.iter().find(|lens| lens.concerns.contains(&threat.concern));
    by_concern.or_else(|| {
        let element = element_of(threat, model).map(|c| c.kind);
        let fits = |lens: &&Lens| {
            let elements = &lens.elements;
            lens.slots.contains(&threat.slot)
                && (elements.is_empty() || element.is_none_or(|kind| elements.contains(&kind)))
        };
        methodology.lens.iter().find(fits)
    })
}

/// Whether threats of this concern or slot belong to any part of the lens.
pub fn looks_at(methodology: &Methodology, concern: &str, slot: Slot) -> bool {
    methodology.lens.iter().any(|lens| lens.slots.contains(&slot) || lens.concerns.iter().any(|c| c == concern))
}

/// The part of the system that a threat is about: the one named first in the words it rests on, else in its story.
pub fn element_of<'a>(threat: &Threat, model: &'a ThreatModel) -> Option<&'a Component> {
    let first_in = |text: &str| {
        let named = model.components.iter().filter_map(|c| Some((position(text, &c.name)?, c)));
        named.min_by_key(|(at, c)| (*at, std::cmp::Reverse(c.name.len()))).map(|(_, c)| c)
    };
    words(threat).find_map(first_in)
}

/// The kinds of data that a threat touches.
pub fn data_of<'a>(threat: &'a Threat, model: &'a ThreatModel) -> impl Iterator<Item = &'a DataItem> {
    model.data.iter().filter(|item| words(threat).any(|text| position(text, &item.name).is_some()))
}

/// Whether the document holds what the methodology needs.
pub fn fits(methodology: &Methodology, model: &ThreatModel) -> bool {
    match methodology.fit.as_ref().map(|fit| fit.needs) {
        None => true,
        Some(Needs::PersonalData) => model.data.iter().any(|d| d.class.is_personal()),
        // Without threats there is nothing to lay out by part.
        Some(Needs::Parts) => !model.components.is_empty() || model.threats.is_empty(),
        Some(Needs::Models) => model.threats.is_empty() || read_words(model).any(names_a_model),
        Some(Needs::AttackTree) => model.attack_tree.is_some() || model.threats.is_empty(),
    }
}

/// Words that only texts about models, prompts and assistants use; "model" and "agent" alone mean too much else.
const OF_MODELS: &[&str] = &[
    "llm",
    "language model",
    "chatbot",
    "chat bot",
    "prompt",
    "embedding",
    "assistant",
    "copilot",
    "ai",
    "gpt",
    "inference",
    "machine learning",
    "fine-tuning",
    "mcp",
    "agentic",
    "coding agent",
    "generated answer",
];

fn names_a_model(text: &str) -> bool {
    OF_MODELS.iter().any(|word| position(text, word).is_some())
}

/// What an analyst took from the documents: names and quoted words.
fn read_words(model: &ThreatModel) -> impl Iterator<Item = &str> {
    let parts = model.components.iter().flat_map(|c| [c.name.as_str(), c.evidence.quotation.as_str()]);
    let flows = model.flows.iter().map(|f| f.evidence.quotation.as_str());
    [model.summary.as_str()].into_iter().chain(parts).chain(flows).chain(model.threats.iter().flat_map(words))
}

/// The two threats that `two-scenarios` tells: the most likely one and, beside it, the worst. With severity computed as how bad times how
/// near, a threat is the likelier the more its severity holds against how bad it is.
pub fn likely_and_worst(model: &ThreatModel) -> (Option<&Threat>, Option<&Threat>) {
    let near = |t: &Threat| step(t.severity) - step(t.impact);
    let first = |key: &dyn Fn(&Threat) -> (i32, i32), not: Option<&Threat>| {
        let others = model.threats.iter().filter(|t| not.is_none_or(|n| n.id != t.id));
        // The first of equals: threats come in the order of weight.
        others.rev().max_by_key(|t| key(t))
    };
    let worst = first(&|t| (step(t.impact), step(t.severity)), None);
    if model.threats.len() < 2 {
        return (None, worst);
    }
    let likely = first(&|t| (near(t), step(t.severity)), worst);
    (likely, worst)
}

const fn step(severity: Severity) -> i32 {
    match severity {
        Severity::Low => 0,
        Severity::Medium => 1,
        Severity::High => 2,
    }
}

/// Quoted words first: they are the author's.
fn words(threat: &Threat) -> impl Iterator<Item = &str> {
    let quoted = threat.evidence.iter().filter_map(|source| match source {
        Source::Document { anchor } => Some(anchor.quotation.as_str()),
        Source::Reply { quotation, .. }
        | Source::Description { quotation }
        | Source::Context { quotation, .. }
        | Source::Decision { quotation, .. } => Some(quotation.as_str()),
        Source::Assumption { .. } => None,
    });
    quoted.chain([threat.story.as_str()])
}

/// Where `name` stands in `text` as words of their own, whatever the case.
fn position(text: &str, name: &str) -> Option<usize> {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    if name.trim().is_empty() {
        return None;
    }
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(&name).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at.saturating_add(name.len())..).unwrap_or_default();
        // A plural is the same thing.
        let ends = |rest: &str| !rest.chars().next().is_some_and(inside);
        let ended = ["", "s", "es"].iter().any(|plural| after.strip_prefix(plural).is_some_and(ends));
        ended && !before.is_some_and(inside)
    })
}
