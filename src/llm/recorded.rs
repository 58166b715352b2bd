//! A model's answer that was written down, played through all that a live one goes through: prompts, form, grounding.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

use super::model::{Failed, Llm, LlmError, ModelSettings, Performed};
use super::provider::{Completion, Provider, ProviderError, Request, Usage};
use crate::analyst::{DraftInput, Task};

/// Says the same whatever is asked.
#[derive(Debug)]
struct Recorded(String);

impl Provider for Recorded {
    fn complete<'a>(&'a self, _: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
        let (text, model) = (self.0.clone(), "recorded".to_owned());
        ready(Ok(Completion { text, usage: Usage::default(), model })).boxed()
    }
}

/// What a recorded answer to the task "draft" comes to. Nothing is sent anywhere.
pub fn draft(recorded: &str, input: DraftInput) -> Result<Performed, LlmError> {
    let settings = ModelSettings {
        model: "recorded".to_owned(),
        small_model: "recorded".to_owned(),
        context_tokens: 200_000,
        max_output_tokens: 16_000,
    };
    let llm = Llm::new(Arc::new(Recorded(recorded.to_owned())), settings)?;
    // Nothing of it waits: the answer is there at once.
    let performed = llm.perform(&Task::Draft(input), None).now_or_never();
    Ok(performed.unwrap_or_else(|| {
        let error = ProviderError::Unreachable("no answer in time");
        let (exchanges, dropped, outlined) = (Vec::new(), Vec::new(), Vec::new());
        Performed { answer: Err(Failed::Provider(error)), exchanges, dropped, outlined }
    }))
}
