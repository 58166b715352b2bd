//! The built-in analyst: a catalogue and plain code; no model, no network, the same answer every time.
//!
//! It works when there is no provider, when one is down or a budget is spent, and is the base of all tests. It asks only where
//! the text gives reason to, in the text's own words.

mod ask;
mod assess;
mod catalogue;
mod draft;
mod lint;
mod phrase;
mod relevance;
mod suggest;
mod system;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod view;

pub use catalogue::CatalogueError;

use super::{Answer, AskInput, AskOutput, AssessInput, AssessOutput, DraftInput, Task};
use crate::threat_model::ThreatModel;

/// The built-in analyst with its catalogue.
#[derive(Debug)]
pub struct Builtin {
    catalogue: Vec<catalogue::Concern>,
}

impl Builtin {
    /// Reads and checks the embedded catalogue.
    pub fn new() -> Result<Self, CatalogueError> {
        Ok(Self { catalogue: catalogue::load()? })
    }

    /// What to ask the author.
    pub fn ask(&self, input: &AskInput) -> AskOutput {
        ask::ask(&self.catalogue, input)
    }

    /// How the replies to one question read.
    pub fn assess(&self, input: &AssessInput) -> AssessOutput {
        assess::assess(&self.catalogue, input)
    }

    /// The draft of a threat model.
    pub fn draft(&self, input: &DraftInput) -> ThreatModel {
        draft::draft(&self.catalogue, input)
    }

    /// Any task.
    pub fn perform(&self, task: &Task) -> Answer {
        match task {
            Task::Ask(input) => Answer::Ask(self.ask(input)),
            Task::Assess(input) => Answer::Assess(self.assess(input)),
            Task::Draft(input) => Answer::Draft(Box::new(self.draft(input))),
        }
    }
}
