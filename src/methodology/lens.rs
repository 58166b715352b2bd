//! Looking at a threat model through a lens: which part of it a threat belongs to, and what the threat is about.

use super::{Lens, Methodology, Needs};
use crate::threat_model::{Component, DataItem, Slot, Source, Threat, ThreatModel};

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
    }
}

/// Quoted words first: they are the author's.
fn words(threat: &Threat) -> impl Iterator<Item = &str> {
    let quoted = threat.evidence.iter().filter_map(|source| match source {
        Source::Document { anchor } => Some(anchor.quotation.as_str()),
        Source::Reply { quotation, .. } | Source::Description { quotation } => Some(quotation.as_str()),
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
