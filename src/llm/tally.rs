//! What a task's requests took, told while they are under way: when a task is cut off, what it took is known all the same.

use std::sync::{Arc, Mutex, PoisonError};

use super::model::Exchange;
use super::provider::{Part, ProviderError, Request, Usage};
use super::reading::tokens;

/// The requests of a task. Cheap to clone: all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Vec<Exchange>>>);

impl Tally {
    /// A request is sent: until its answer is there, it stands with an estimate and as cut off.
    pub fn begun(&self, exchange: Exchange, request: &Request) {
        let usage = Usage { input: input(request), ..Usage::default() };
        self.with(|all| all.push(Exchange { usage, trouble: Some("cut off".to_owned()), ..exchange }));
    }

    /// The answer of the last request is there, or it is known that none comes.
    pub fn ended(&self, exchange: Exchange) {
        self.with(|all| {
            all.pop();
            all.push(exchange);
        });
    }

    /// Why the last answer was not used.
    pub fn complain(&self, trouble: &str) {
        self.with(|all| {
            if let Some(last) = all.last_mut() {
                last.trouble = Some(trouble.to_owned());
            }
        });
    }

    /// All tokens so far.
    pub fn tokens(&self) -> u64 {
        self.with(|all| all.iter().map(|exchange| exchange.usage.total()).sum())
    }

    /// The requests, in order; none are left here.
    pub fn take(&self) -> Vec<Exchange> {
        self.with(std::mem::take)
    }

    fn with<T>(&self, f: impl FnOnce(&mut Vec<Exchange>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// About how many tokens a request has.
pub fn input(request: &Request) -> u64 {
    let of = |part: &Part| match part {
        Part::Text { text, .. } => tokens(text),
        // Providers count a picture by its size on the screen: about as many at most.
        Part::Image { .. } => 1_600,
    };
    let parts: u64 = request.system.iter().chain(&request.user).map(of).sum();
    let form = tokens(&request.schema.schema.to_string());
    let repair = request.repair.as_ref().map_or(0, |repair| tokens(&repair.answer) + tokens(&repair.complaint));
    parts.saturating_add(form).saturating_add(repair)
}

/// What a request without a usable answer took: as the provider counted it, or an estimate where it may have worked for nothing.
pub fn spent(error: &ProviderError, request: &Request) -> Usage {
    let estimated = |output: u64| Usage { input: input(request), output, ..Usage::default() };
    match error {
        ProviderError::Refused { usage } | ProviderError::Truncated { usage } => *usage,
        // An answer that is too large has as many tokens as it may have, at least.
        ProviderError::Invalid(why) if why.contains("large") => estimated(request.max_output_tokens.into()),
        // The provider may have worked for nothing.
        ProviderError::Invalid(_) | ProviderError::Unreachable("no answer in time" | "the connection broke off") => {
            estimated(0)
        }
        ProviderError::Unreachable(_)
        | ProviderError::RateLimited { .. }
        | ProviderError::Overloaded { .. }
        | ProviderError::TooLong
        | ProviderError::Unauthorised(_)
        | ProviderError::Rejected { .. } => Usage::default(),
    }
}
