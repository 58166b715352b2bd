//! The prompts: templates of `prompts/llm/`, strict, put together in the order in which they change least.

use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

use crate::methodology::{HOUSE_RULES, Methodology};

/// Templates, by name.
const FILES: [(&str, &str); 15] = [
    ("system", include_str!("../../prompts/llm/system.md")),
    ("methodology", include_str!("../../prompts/llm/methodology.md")),
    ("triage", include_str!("../../prompts/llm/triage.md")),
    ("ask_rules", include_str!("../../prompts/llm/ask_rules.md")),
    ("ask", include_str!("../../prompts/llm/ask.md")),
    ("assess_rules", include_str!("../../prompts/llm/assess_rules.md")),
    ("assess", include_str!("../../prompts/llm/assess.md")),
    ("draft", include_str!("../../prompts/llm/draft.md")),
    ("follow", include_str!("../../prompts/llm/follow.md")),
    ("refine_rules", include_str!("../../prompts/llm/refine_rules.md")),
    ("refine", include_str!("../../prompts/llm/refine.md")),
    ("guidance", include_str!("../../prompts/llm/guidance.md")),
    ("judge_rules", include_str!("../../prompts/llm/judge_rules.md")),
    ("judge", include_str!("../../prompts/llm/judge.md")),
    ("repair", include_str!("../../prompts/llm/repair.md")),
];

/// A template is broken, or lacks a value. Names and lines only, no text of anybody.
#[derive(Debug, thiserror::Error)]
#[error("the prompt `{name}` cannot be made: {why}")]
pub struct PromptError {
    name: String,
    why: String,
}

/// The templates, read.
#[derive(Debug)]
pub struct Prompts {
    environment: Environment<'static>,
}

impl Prompts {
    /// Reads the templates that come with threadmodel.
    pub fn new() -> Result<Self, PromptError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        for (name, text) in FILES {
            environment.add_template(name, text).map_err(|error| failed(name, &error))?;
        }
        Ok(Self { environment })
    }

    /// Fills a template.
    pub fn render(&self, name: &str, values: impl Serialize) -> Result<String, PromptError> {
        let template = self.environment.get_template(name).map_err(|error| failed(name, &error))?;
        template.render(values).map_err(|error| failed(name, &error))
    }

    /// What a task's requests have in common beside the rules for all tasks: how it is done well. Empty: nothing is.
    pub fn rules_of(&self, task: &str) -> Result<String, PromptError> {
        match task {
            "ask" => self.render("ask_rules", ()),
            "assess" => self.render("assess_rules", ()),
            "refine" => self.render("refine_rules", ()),
            _ => Ok(String::new()),
        }
    }

    /// The rules, the same for all tasks.
    pub fn system(&self, language: &str) -> Result<String, PromptError> {
        self.render("system", context! { language })
    }

    /// The methodology.
    pub fn methodology(&self, methodology: &Methodology) -> Result<String, PromptError> {
        let slots: Vec<_> = methodology
            .slots
            .iter()
            .map(|slot| context! { id => slot.id, question => slot.question, why => slot.why })
            .collect();
        let lens: Vec<_> = methodology
            .lens
            .iter()
            .map(|lens| {
                context! { title => lens.title, prompts => lens.prompts, leave_empty_if => lens.leave_empty_if }
            })
            .collect();
        let m = context! {
            title => methodology.title, when_to_use => methodology.when_to_use, stop_when => methodology.stop_when,
            pitfalls => methodology.pitfalls, slots, lens,
        };
        self.render("methodology", context! { m, lens_only => methodology.lens_only, house => HOUSE_RULES })
    }
}

fn failed(name: &str, error: &minijinja::Error) -> PromptError {
    let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
    PromptError { name: name.to_owned(), why: format!("{}{line}", error.kind()) }
}
