//! A code owner's words on one recommendation.

use std::fmt::Write as _;

use minijinja::context as values;

use super::{Failed, Work};
use crate::analyst::{Answer, Mode, RefineInput};
use crate::llm::answers::refine::RefineAnswer;
use crate::llm::ground;
use crate::llm::sources::Sources;
use crate::threat_model::Severity;

impl Work<'_> {
    /// What is asked for. Plain words that ask for nothing are an answer; a command that could not be put into words is none.
    pub(super) async fn refine(&mut self, input: &RefineInput) -> Result<Answer, Failed> {
        let mut sources = Sources::default();
        sources.replies(std::slice::from_ref(&input.said));
        let material = self.material(sources, "refine", "", "")?;
        let fenced = |id, label, text: &str| self.llm.fences.around_text(id, label, &crate::document::visible(text));
        let recommendation = fenced("recommendation", "what is recommended", &told(input));
        let others: Vec<String> = input.others.iter().map(|r| format!("- {}: {}", r.ordinal, r.title)).collect();
        let others = if others.is_empty() {
            String::new()
        } else {
            fenced("others", "other recommendations", &others.join("\n"))
        };
        let mode = match input.mode {
            Mode::Words => "words",
            Mode::Edit => "edit",
            Mode::Split => "split",
        };
        let number = input.ordinal;
        let text = self.text("refine", |canary| values! { recommendation, others, mode, number, canary })?;
        let model = self.llm.settings.model.clone();
        let answer: RefineAnswer = self.request("refine", &model, &material, text).await?;
        let (output, dropped) = ground::refine::refine(&answer, input, &material.sources);
        self.dropped.extend(dropped);
        let nothing = output.asked_for.is_none() && input.mode != Mode::Words;
        if nothing { Err(Failed::Nothing) } else { Ok(Answer::Refine(output)) }
    }
}

/// The recommendation for a model: a line for each part, so that text of others cannot begin one.
fn told(input: &RefineInput) -> String {
    let severity = match input.severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    };
    let mut out = String::new();
    let parts = [
        ("title", input.wording.title.as_str()),
        ("change", &input.wording.change),
        ("alternative", &input.wording.alternative),
        ("trade_off", &input.wording.trade_off),
        ("severity", severity),
        ("what can go wrong", &input.story),
        ("words of the document that it is about", &input.about),
    ];
    for (name, text) in parts {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{name}: {line}");
    }
    out
}
