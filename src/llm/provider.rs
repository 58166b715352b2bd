//! One request to a language model and what comes back, whoever serves it. `setup` makes a provider of the settings.

mod anthropic;
mod faults;
mod form;
mod gemini;
mod genai;
pub mod limits;
mod openai;
pub mod retry;
pub mod setup;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// A service that answers requests; one method, so that a scripted one stands in for tests.
pub trait Provider: Send + Sync + fmt::Debug {
    /// Sends one request and waits for its whole answer. No retry happens here: `retry::Patient` wraps a provider.
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>>;
}

impl<P: Provider + ?Sized> Provider for Arc<P> {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
        (**self).complete(request)
    }
}

/// What is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Which task it is for (`ask`, `draft`, …): a label for logs, metrics and the budget; it is not sent.
    pub task: &'static str,
    /// The model's name as the provider spells it.
    pub model: String,
    /// The rules: the same bytes for all requests of a task.
    pub system: Vec<Part>,
    /// The material and the task, what changes least first.
    pub user: Vec<Part>,
    /// An answer that could not be used and what was wrong with it, for the one repair round.
    pub repair: Option<Repair>,
    /// The form of the answer.
    pub schema: AnswerSchema,
    /// The longest answer, in tokens.
    pub max_output_tokens: u32,
}

/// A piece of a request.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// Everything up to the end of this part is the same in the next requests of this review: a cache marker goes here
        /// where the provider has them (at most four a request).
        cache: bool,
    },
    /// A picture that stands in the repository.
    Image {
        /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        media_type: String,
        /// The file.
        bytes: Vec<u8>,
    },
}

/// The one repair round.
#[derive(Clone, PartialEq, Eq)]
pub struct Repair {
    /// The answer, as it came.
    pub answer: String,
    /// What was wrong with it, in words for the model.
    pub complaint: String,
}

/// The form of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerSchema {
    /// A name that providers accept: lower-case letters and `_`.
    pub name: &'static str,
    /// JSON Schema in the portable subset with its limits (`schema::portable`, `Dialect::Limits`), the same bytes every time.
    /// A provider leaves out what it does not take.
    pub schema: serde_json::Value,
}

/// What came back, before anybody parsed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Completion {
    /// The answer's text.
    pub text: String,
    /// Tokens, as the provider counted them.
    pub usage: Usage,
    /// The model that answered, as the provider names it.
    pub model: String,
}

/// Tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All input, cached or not.
    pub input: u64,
    /// Of the input: read from a cache.
    pub cached: u64,
    /// Of the input: written to a cache.
    pub cache_written: u64,
    /// All output, reasoning too.
    pub output: u64,
}

impl Usage {
    /// All tokens.
    pub const fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cached: self.cached.saturating_add(other.cached),
            cache_written: self.cache_written.saturating_add(other.cache_written),
            output: self.output.saturating_add(other.output),
        }
    }
}

/// Why no usable answer came. No text of a request or an answer and no key is ever in one: it may be logged and shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Too many requests or tokens for this key at the moment.
    #[error("the provider limits our requests")]
    RateLimited {
        /// What the provider asked for (`retry-after`).
        after: Option<Duration>,
    },
    /// The provider has too much to do, or failed on its side (5xx).
    #[error("the provider is overloaded or failed (status {status})")]
    Overloaded {
        /// HTTP status.
        status: u16,
        /// What the provider asked for (`retry-after`).
        after: Option<Duration>,
    },
    /// The model or a filter of the provider declined to answer.
    #[error("the provider refused to answer")]
    Refused {
        /// Tokens spent.
        usage: Usage,
    },
    /// The answer reached the limit of tokens and ends in the middle.
    #[error("the answer was cut off at its token limit")]
    Truncated {
        /// Tokens spent.
        usage: Usage,
    },
    /// The request does not fit into the model's context.
    #[error("the request is too long for the model")]
    TooLong,
    /// The answer is no answer: no text, too large, not what the protocol says.
    #[error("the provider's answer cannot be used: {0}")]
    Invalid(String),
    /// The key is wrong or may not use this model.
    #[error("the provider does not accept the key (status {0})")]
    Unauthorised(u16),
    /// The provider does not take the request as it is (400, 404, 422), for instance an unknown model.
    #[error("the provider does not take the request (status {status}): {hint}")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// The provider's own error code or type, made safe: letters, digits, `_`, `-`, `.`, at most 60.
        hint: String,
    },
    /// No connection, or no answer in time.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(&'static str),
}

impl ProviderError {
    /// Whether the same request may succeed later.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Overloaded { .. } | Self::Unreachable(_))
    }

    /// A stable name for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded { .. } => "overloaded",
            Self::Refused { .. } => "refused",
            Self::Truncated { .. } => "truncated",
            Self::TooLong => "too_long",
            Self::Invalid(_) => "invalid",
            Self::Unauthorised(_) => "unauthorised",
            Self::Rejected { .. } => "rejected",
            Self::Unreachable(_) => "unreachable",
        }
    }
}

impl Part {
    /// Text that no cache marker follows.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), cache: false }
    }

    /// Text that ends a stable prefix.
    pub fn cached(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), cache: true }
    }
}

// What people wrote and what a model answered is never printed.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("task", &self.task).field("model", &self.model).finish_non_exhaustive()
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completion").field("model", &self.model).field("usage", &self.usage).finish_non_exhaustive()
    }
}
