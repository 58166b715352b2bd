//! What an analyst looked at before it chose what to ask: broad, each with its words. It is listed, never argued with.

use serde::{Deserialize, Serialize};

use super::{Question, SetAside, Slot, Source, ThreatModel};

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// What it is about.
    pub slot: Slot,
    /// What could go wrong, one plain sentence.
    pub text: String,
    /// The words that gave reason to look.
    pub source: Source,
    /// The words that already answer it, if any do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<Source>,
}

impl Considered {
    /// Whether a question, a threat or what was set aside stands on the same words about the same thing.
    fn is_told(&self, model: &ThreatModel, questions: &[&Question]) -> bool {
        let words = words(&self.source);
        let asked = questions.iter().any(|q| q.slot == self.slot && q.anchor.quotation == words);
        let drafted =
            model.threats.iter().any(|t| t.slot == self.slot && t.evidence.iter().any(|source| source == &self.source));
        asked || drafted || model.set_aside.iter().any(|aside| aside.text == self.text)
    }
}

/// The draft with what was considered and came to nothing, after what it set aside itself.
#[must_use]
pub fn listed<'c>(
    mut model: ThreatModel,
    considered: impl IntoIterator<Item = &'c Considered>,
    questions: &[&Question],
) -> ThreatModel {
    for one in considered {
        if one.is_told(&model, questions) {
            continue;
        }
        let reason = match &one.answered_by {
            Some(answer) => format!("Answered already: \u{201c}{}\u{201d}", words(answer)),
            None => "Looked at before asking, and not taken further.".to_owned(),
        };
        let anchor = match &one.source {
            Source::Document { anchor } => Some(anchor.clone()),
            _ => None,
        };
        model.set_aside.push(SetAside { text: one.text.clone(), reason, concern: String::new(), anchor });
    }
    model
}

/// The words of a source; none of an assumption.
pub fn words(source: &Source) -> &str {
    match source {
        Source::Document { anchor } => &anchor.quotation,
        Source::Reply { quotation, .. }
        | Source::Description { quotation }
        | Source::Context { quotation, .. }
        | Source::Decision { quotation, .. } => quotation,
        Source::Assumption { .. } => "",
    }
}
