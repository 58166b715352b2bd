//! The built-in analyst: a catalogue and plain code; no model, no network, the same answer every time.
//!
//! It works when there is no provider, when one is down or a budget is spent, and is the base of all tests. It asks only where
//! the text gives reason to, in the text's own words.

mod ask;
mod assess;
mod catalogue;
mod data;
mod draft;
mod find;
mod focus;
mod lint;
mod naming;
mod pattern;
mod phrase;
mod rank;
mod reading;
mod relevance;
mod suggest;
mod system;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod view;

pub use catalogue::CatalogueError;

use super::{Answer, AskInput, AskOutput, AssessInput, AssessOutput, DocumentText, DraftInput, Task};
use crate::threat_model::ThreatModel;

/// The built-in analyst with its catalogue.
#[derive(Debug)]
pub struct Builtin {
    catalogue: catalogue::Catalogue,
}

impl Builtin {
    /// Reads and checks the embedded catalogue.
    pub fn new() -> Result<Self, CatalogueError> {
        Ok(Self { catalogue: catalogue::embedded()? })
    }

    /// Reads and checks another catalogue, given as names and texts of its files in the order in which ties are broken, and
    /// tries each concern on its own two texts.
    pub fn with_catalogue<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CatalogueError> {
        let analyst = Self { catalogue: catalogue::read(files)? };
        match analyst.own_texts().into_iter().next() {
            Some(wrong) => Err(wrong),
            None => Ok(analyst),
        }
    }

    /// What is wrong when each concern is tried on its own two texts: it has to be found on the one and not on the other.
    pub fn own_texts(&self) -> Vec<CatalogueError> {
        self.catalogue.concerns.iter().flat_map(try_out).collect()
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

fn try_out(concern: &catalogue::Concern) -> Vec<CatalogueError> {
    let open = |text: &str| {
        let text = format!("# Own text\n\n## Design\n\n{text}\n");
        let document = DocumentText { path: "own.md".to_owned(), text, before: None };
        find::is_open(concern, &view::View::read(&document))
    };
    let mut wrong: Vec<_> = concern.check().into_iter().collect();
    if !open(&concern.fires_on) {
        wrong.push(concern.error(format!("`{}` is not found on its own text `fires_on`", concern.id)));
    }
    if open(&concern.silent_on) {
        wrong.push(concern.error(format!("`{}` is found on its text `silent_on`", concern.id)));
    }
    wrong
}
