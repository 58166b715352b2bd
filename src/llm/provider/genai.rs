//! Bedrock and Vertex, as the `genai` crate has them. Untested against the real services; what it cannot do is in docs/adr/0010.

use std::fmt;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use genai::adapter::AdapterKind;
use genai::chat::{
    CacheControl, ChatMessage, ChatOptions, ChatRequest, ChatResponse, ContentPart, JsonSpec, StopReason,
};
use genai::resolver::{AuthData, Endpoint};
use genai::{ModelIden, ServiceTarget};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::form::{Piece, Turns, base64, some_text};
use super::wire::{LARGEST_ANSWER, no_answer};
use super::{Completion, Part, Provider, ProviderError, Request, Usage, faults, gemini};

/// A provider behind the crate.
pub(super) struct Genai {
    client: genai::Client,
    adapter: AdapterKind,
    base: Url,
    key: SecretString,
    schema_in_prompt: bool,
}

impl fmt::Debug for Genai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Genai")
            .field("adapter", &self.adapter)
            .field("host", &self.base.host_str())
            .finish_non_exhaustive()
    }
}

impl Genai {
    /// With a client of ours (no redirects, one time limit) and bound to one adapter. `None`: the crate does not take it.
    pub(super) fn new(
        client: reqwest::Client,
        adapter: AdapterKind,
        base: Url,
        key: SecretString,
        schema_in_prompt: bool,
    ) -> Option<Self> {
        let client = genai::Client::builder().with_reqwest(client).with_adapter_kind(adapter).build().ok()?;
        Some(Self { client, adapter, base, key, schema_in_prompt })
    }

    /// Where the crate sends no schema: Bedrock's Converse, and Claude on Vertex.
    fn drops_schemas(&self, model: &str) -> bool {
        self.adapter != AdapterKind::Vertex || !model.starts_with("gemini")
    }

    async fn send(&self, request: &Request) -> Result<Completion, ProviderError> {
        let in_prompt = self.schema_in_prompt || self.drops_schemas(&request.model);
        let mut options = ChatOptions::default().with_max_tokens(request.max_output_tokens).with_capture_raw_body(true);
        if !in_prompt {
            let schema = request.schema.schema.clone();
            options = options.with_response_format(JsonSpec::new(request.schema.name, schema));
        }
        // A complete target: the crate looks up neither an address nor a key, least of all in the environment.
        let target = ServiceTarget {
            endpoint: Endpoint::from_owned(self.base.as_str()),
            auth: AuthData::from_single(self.key.expose_secret()),
            model: ModelIden::new(self.adapter, request.model.as_str()),
        };
        match self.client.exec_chat(target, chat(request, in_prompt), Some(&options)).await {
            Ok(response) => read(&response, &request.model),
            // Its words hold the request and the answer: only its kind is looked at.
            Err(error) => Err(fault(&error)),
        }
    }
}

impl Provider for Genai {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
        self.send(request).boxed()
    }
}

fn chat(request: &Request, schema_in_prompt: bool) -> ChatRequest {
    let turns = Turns::of(request, schema_in_prompt);
    let mut messages: Vec<ChatMessage> = turns.system.iter().filter_map(|part| system(part)).collect();
    let user: Vec<ContentPart> = turns
        .user
        .into_iter()
        .map(|piece| match piece {
            Piece::Part(Part::Text { text, .. }) => ContentPart::from_text(text),
            Piece::Own(text) => ContentPart::from_text(text),
            Piece::Part(Part::Image { media_type, bytes }) => {
                ContentPart::from_binary_base64(media_type, base64(bytes), None)
            }
        })
        .collect();
    messages.push(ChatMessage::user(user));
    if let Some((answer, complaint)) = turns.repair {
        messages.push(ChatMessage::assistant(answer));
        messages.push(ChatMessage::user(complaint));
    }
    ChatRequest::new(messages)
}

fn system(part: &Part) -> Option<ChatMessage> {
    match part {
        Part::Text { text, cache: true } => {
            Some(ChatMessage::system(text.as_str()).with_options(CacheControl::Ephemeral))
        }
        Part::Text { text, .. } => Some(ChatMessage::system(text.as_str())),
        Part::Image { .. } => None,
    }
}

fn read(response: &ChatResponse, asked: &str) -> Result<Completion, ProviderError> {
    let usage = usage(&response.usage);
    match &response.stop_reason {
        Some(StopReason::Completed(_) | StopReason::StopSequence(_)) => {}
        Some(StopReason::MaxTokens(_)) => return Err(ProviderError::Truncated { usage }),
        Some(StopReason::ContentFilter(_)) => return Err(ProviderError::Refused { usage }),
        // Bedrock's own names.
        Some(StopReason::Other(reason)) if matches!(reason.as_str(), "guardrail_intervened" | "content_filtered") => {
            return Err(ProviderError::Refused { usage });
        }
        Some(_) => return Err(ProviderError::Invalid("it stopped for a reason that is not known".to_owned())),
        None if response.captured_raw_body.as_ref().is_some_and(gemini::blocked) => {
            return Err(ProviderError::Refused { usage });
        }
        None => return Err(ProviderError::Invalid("it does not say why it stopped".to_owned())),
    }
    let text = response.content.texts().concat();
    if text.len() > LARGEST_ANSWER {
        return Err(ProviderError::Invalid("it is too large".to_owned()));
    }
    Ok(Completion { text: some_text(text)?, usage, model: asked.to_owned() })
}

fn usage(usage: &genai::chat::Usage) -> Usage {
    let count = |tokens: Option<i32>| tokens.and_then(|tokens| u64::try_from(tokens).ok()).unwrap_or(0);
    let details = usage.prompt_tokens_details.as_ref();
    Usage {
        input: count(usage.prompt_tokens),
        cached: count(details.and_then(|details| details.cached_tokens)),
        cache_written: count(details.and_then(|details| details.cache_creation_tokens)),
        output: count(usage.completion_tokens),
    }
}

fn fault(error: &genai::Error) -> ProviderError {
    use genai::webc;
    match error {
        genai::Error::WebModelCall { webc_error, .. } | genai::Error::WebAdapterCall { webc_error, .. } => {
            match webc_error {
                webc::Error::ResponseFailedStatus { status, body, headers } => {
                    faults::of(*status, headers, body.as_bytes())
                }
                webc::Error::Reqwest(error) => no_answer(error),
                _ => ProviderError::Invalid("it is not JSON".to_owned()),
            }
        }
        genai::Error::ChatResponseGeneration { response_body, .. } if gemini::blocked(response_body) => {
            ProviderError::Refused { usage: Usage::default() }
        }
        genai::Error::AdapterNotSupported { .. } => {
            ProviderError::Rejected { status: 0, hint: "model_not_supported".to_owned() }
        }
        _ => ProviderError::Invalid("it is not what the protocol says".to_owned()),
    }
}
