//! Plays a golden example: through the built-in analyst, or a model's recorded answer through all that a live one goes through; then
//! through the draft's words.

use std::fmt::Write as _;

use super::super::review;
use crate::analyst::builtin::Builtin;
use crate::analyst::{Answer, AskInput, DocumentText, DraftInput, Settled};
use crate::llm::recorded;
use crate::methodology::Golden;
use crate::threat_model::{Slot, ThreatModel};

/// What does not hold.
pub(super) fn complaints(analyst: &Builtin, methodology: &str, golden: &Golden) -> Vec<String> {
    let documents = vec![DocumentText { path: "golden.md".to_owned(), text: golden.document.clone(), before: None }];
    let mut out = Vec::new();
    let (model, settled) = match &golden.recorded {
        None => built_in(analyst, methodology, documents),
        Some(recorded) => match from_recorded(recorded, methodology, documents, golden, &mut out) {
            Some(model) => (model, Vec::new()),
            None => return out,
        },
    };
    if golden.recorded.is_none() && !golden.falls.is_empty() {
        out.push("`falls` is of recorded answers only".to_owned());
    }
    let draft = review::markdown(&model, &settled);
    let touched =
        |slot: &Slot| settled.iter().any(|s| s.question.slot == *slot) || model.threats.iter().any(|t| t.slot == *slot);
    out.extend(golden.slots.iter().filter(|slot| !touched(slot)).map(|s| format!("nothing about the slot {s:?}")));
    out.extend(golden.sections.iter().filter(|s| !draft.contains(*s)).map(|s| format!("the draft lacks “{s}”")));
    out.extend(golden.forbidden.iter().filter(|s| draft.contains(*s)).map(|s| format!("the draft holds “{s}”")));
    out
}

fn built_in(analyst: &Builtin, methodology: &str, documents: Vec<DocumentText>) -> (ThreatModel, Vec<Settled>) {
    let asked = analyst.ask(&AskInput {
        documents: documents.clone(),
        description: String::new(),
        facts: Vec::new(),
        asked: Vec::new(),
        max_questions: 6,
        methodology: methodology.to_owned(),
        topic: None,
        concern: None,
        decisions: Vec::new(),
        context: Vec::new(),
        earlier: Vec::new(),
    });
    let open = |question| Settled { question, branches: Vec::new(), noted: String::new(), by: None, open: true };
    let settled: Vec<Settled> = asked.questions.into_iter().map(open).collect();
    (analyst.draft(&input(methodology, documents, settled.clone())), settled)
}

/// The draft of a recorded answer. What falls of it must be named by the example, and what is named must fall.
fn from_recorded(
    recorded: &str,
    methodology: &str,
    documents: Vec<DocumentText>,
    golden: &Golden,
    out: &mut Vec<String>,
) -> Option<ThreatModel> {
    let played = match recorded::draft(recorded, input(methodology, documents, Vec::new())) {
        Ok(played) => played,
        Err(error) => {
            out.push(format!("a model cannot be stood in for: {error}"));
            return None;
        }
    };
    for dropped in &played.dropped {
        if !golden.falls.iter().any(|words| dropped.text.contains(words)) {
            out.push(format!("of the recorded answer fell a {}: “{}”; {}", dropped.what, dropped.text, dropped.why));
        }
    }
    for words in &golden.falls {
        if !played.dropped.iter().any(|dropped| dropped.text.contains(words)) {
            out.push(format!("“{words}” stands and should fall"));
        }
    }
    match played.answer {
        Ok(Answer::Draft(model)) => Some(*model),
        Ok(_) => None,
        Err(failed) => {
            let mut told = format!("the recorded answer cannot be used: {}", failed.told());
            if let Some(trouble) = played.exchanges.first().and_then(|exchange| exchange.trouble.as_ref()) {
                // Writing to a String cannot fail.
                let _ = write!(told, " ({trouble})");
            }
            out.push(told);
            None
        }
    }
}

fn input(methodology: &str, documents: Vec<DocumentText>, questions: Vec<Settled>) -> DraftInput {
    DraftInput {
        documents,
        description: String::new(),
        questions,
        facts: Vec::new(),
        methodology: methodology.to_owned(),
        nonce: 0,
        decisions: Vec::new(),
        context: Vec::new(),
    }
}
