//! The built-in analyst: a catalogue and plain code; no model, no network, the same answer every time.
//!
//! It works when there is no provider, when one is down or a budget is spent, and is the base of all tests. It asks only where
//! the text gives reason to, in the text's own words.

mod across;
mod ask;
mod assess;
mod catalogue;
mod context;
#[cfg(test)]
mod conversation;
mod data;
mod draft;
mod find;
mod focus;
mod follow;
pub(crate) mod lint;
pub(crate) mod memory;
mod naming;
mod pattern;
mod phrase;
mod rank;
mod reading;
mod relevance;
mod senses;
mod stated;
mod suggest;
mod system;
mod template;
#[cfg(test)]
mod tests;
mod topic;
pub(crate) mod understanding;
mod values;
mod view;
mod worth;

pub use catalogue::CatalogueError;

use self::view::View;
use super::{
    Answer, AskInput, AskOutput, AssessInput, AssessOutput, DocumentText, DraftInput, FollowInput, FollowOutput,
    RefineOutput, Task,
};
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
        let concerns = self.catalogue.concerns.iter().flat_map(|concern| try_out(&self.catalogue, concern));
        let senses = self.catalogue.senses.iter().flat_map(|sense| {
            let (file, line) = &sense.place;
            sense.try_out().into_iter().map(|problem| CatalogueError { file: file.clone(), line: *line, problem })
        });
        concerns.chain(senses).collect()
    }

    /// Reads documents, for several tasks on the same ones.
    pub fn read(&self, documents: &[DocumentText], description: &str) -> Read<'_> {
        let views: Vec<View> = documents.iter().map(View::read).collect();
        Read { findings: find::find(&self.catalogue, &views, description), catalogue: &self.catalogue, views }
    }

    /// What to ask the author.
    pub fn ask(&self, input: &AskInput) -> AskOutput {
        if input.concern.is_some() || input.topic.is_some() {
            return ask::on_request(&self.catalogue, input);
        }
        self.read(&input.documents, &input.description).ask(input)
    }

    /// How the replies to one question read.
    pub fn assess(&self, input: &AssessInput) -> AssessOutput {
        assess::assess(&self.catalogue, input)
    }

    /// The draft of a threat model.
    pub fn draft(&self, input: &DraftInput) -> ThreatModel {
        let whole = |d: &DocumentText| DocumentText { before: None, ..d.clone() };
        let documents: Vec<DocumentText> = input.documents.iter().map(whole).collect();
        self.read(&documents, &input.description).draft(input)
    }

    /// What a push did to a draft.
    pub fn follow(&self, input: &FollowInput) -> FollowOutput {
        follow::follow(input)
    }

    /// Any task.
    pub fn perform(&self, task: &Task) -> Answer {
        match task {
            Task::Ask(input) => Answer::Ask(self.ask(input)),
            Task::Assess(input) => Answer::Assess(self.assess(input)),
            Task::Draft(input) => Answer::Draft(Box::new(self.draft(input))),
            Task::Follow(input) => Answer::Follow(self.follow(input)),
            // Plain words are no business of rules: what is typed is taken as typed, and the command is asked for.
            Task::Refine(_) => Answer::Refine(RefineOutput::default()),
        }
    }
}

/// Documents, read: what they are about and what was found in them.
#[derive(Debug)]
pub struct Read<'a> {
    catalogue: &'a catalogue::Catalogue,
    views: Vec<View>,
    findings: find::Findings<'a>,
}

impl Read<'_> {
    /// What to ask the author. Documents and description are those that were read, not those of the input, which wants no one
    /// concern or topic.
    pub fn ask(&self, input: &AskInput) -> AskOutput {
        ask::ask(self.catalogue, self, input)
    }

    /// The draft of a threat model. Documents and description are those that were read, not those of the input; they were to
    /// be read whole, without what stood there before.
    pub fn draft(&self, input: &DraftInput) -> ThreatModel {
        draft::draft(self.catalogue, self, input)
    }
}

fn try_out(catalogue: &catalogue::Catalogue, concern: &catalogue::Concern) -> Vec<CatalogueError> {
    let open = |text: &str| {
        let text = format!("# Own text\n\n## Design\n\n{text}\n");
        let document = DocumentText { path: "own.md".to_owned(), text, before: None };
        find::is_open(catalogue, concern, &View::read(&document))
    };
    let mut wrong: Vec<_> = concern.check().into_iter().collect();
    if !open(&concern.fires_on) {
        wrong.push(concern.error(format!("`{}` is not found on its own text `fires_on`", concern.id)));
    }
    if concern.silent_on.is_empty() {
        wrong.push(concern.error(format!("`{}` has no text `silent_on`", concern.id)));
    }
    wrong.extend(
        concern
            .silent_on
            .iter()
            .filter(|text| open(text))
            .map(|text| concern.error(format!("`{}` is found on its text `silent_on`: \"{text}\"", concern.id))),
    );
    wrong
}
