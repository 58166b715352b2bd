//! A model that judges whether findings touch known concerns, for `threadmodel eval`: one request with two lists, whose order and
//! labels tell nothing.

use std::fmt::Write as _;

use minijinja::context as values;

use super::{Exchange, Failed, Llm, Manner, Material, Work, log};
use crate::llm::answers::judge::JudgeAnswer;
use crate::llm::provider::Part;
use crate::llm::sources::Sources;

/// What a judge said, and what it took.
#[derive(Debug)]
pub struct Judgement {
    /// The verdicts, as they came, or why there are none.
    pub answer: Result<JudgeAnswer, Failed>,
    /// Requests that were made.
    pub exchanges: Vec<Exchange>,
}

/// A list of a label and a text each.
pub type Listed<'a> = &'a [(&'a str, &'a str)];

impl Llm {
    /// Judges the findings of one document by its known concerns.
    pub async fn judge(&self, concerns: Listed<'_>, findings: Listed<'_>) -> Judgement {
        let Manner { tally, tokens_left, .. } = Manner::default();
        let (language, dropped, outlined) = (String::new(), Vec::new(), Vec::new());
        let mut work = Work { llm: self, language, guidance: "", tokens_left, tally, dropped, outlined };
        let answer = work.judge(concerns, findings).await;
        Judgement { answer, exchanges: work.tally.take() }
    }
}

impl Work<'_> {
    /// Rules of its own, and nothing but the two lists: it is no task of a review.
    async fn judge(&mut self, concerns: Listed<'_>, findings: Listed<'_>) -> Result<JudgeAnswer, Failed> {
        let fenced = |id, text: String| self.llm.fences.around_text(id, "a list", &crate::document::visible(&text));
        let (concerns, findings) = (fenced("concerns", lines(concerns)), fenced("findings", lines(findings)));
        let system = Part::cached(self.llm.prompts.render("judge_rules", ()).map_err(|error| log(&error))?);
        let text = self.text("judge", |canary| values! { concerns, findings, canary })?;
        let material = Material { sources: Sources::default(), system, before: Vec::new() };
        self.request("judge", &self.llm.settings.model.clone(), &material, text).await
    }
}

fn lines(list: Listed<'_>) -> String {
    let mut out = String::new();
    for (label, text) in list {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{label}: {text}");
    }
    out
}
