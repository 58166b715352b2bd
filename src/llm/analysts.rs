//! Who does a task: a model where there is one and it may be asked, else the built-in analyst, who also stands in for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::model::{Failed, Llm, Manner, Performed};
use super::provider::setup::Prices;
use crate::analyst::Task;
use crate::analyst::builtin::Builtin;
use crate::time::{Millis, Timestamp};

/// The analysts at hand. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Analysts {
    builtin: Arc<Builtin>,
    model: Option<Arc<Model>>,
}

/// A model with what the operator allows for it.
#[derive(Debug)]
pub struct Model {
    /// The analyst.
    pub llm: Llm,
    /// What may be spent.
    pub limits: Limits,
    /// What tokens cost.
    pub prices: Prices,
    /// How often a task is put to it.
    pub turns: Turns,
    quiet: Quiet,
}

/// How often a task is put to a model that fails in passing, before the built-in analyst stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turns {
    /// At most this often.
    pub most: u32,
    /// The wait before the second turn; four times as long before each further one.
    pub wait: Millis,
}

/// Until when the provider asked not to be asked. Forgotten at a restart, which costs one request.
#[derive(Debug, Default)]
struct Quiet(AtomicI64);

/// What the operator allows, in tokens over 30 days; 0: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// For one repository.
    pub repository: u64,
    /// For one installation.
    pub installation: u64,
}

/// What may still be spent, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Spent for this review, its repository and its installation.
    pub spent: [u64; 3],
    /// Requests for the repository in the last hour.
    pub calls: u64,
    /// The policy's tokens for a review.
    pub tokens_per_review: u64,
    /// The policy's requests in an hour.
    pub calls_per_hour: u64,
}

impl From<Arc<Builtin>> for Analysts {
    fn from(builtin: Arc<Builtin>) -> Self {
        Self { builtin, model: None }
    }
}

impl Analysts {
    /// The built-in analyst, and a model that is asked first.
    pub fn with_model(builtin: Arc<Builtin>, model: Model) -> Self {
        Self { builtin, model: Some(Arc::new(model)) }
    }

    /// The one that needs nobody.
    pub fn builtin(&self) -> &Arc<Builtin> {
        &self.builtin
    }

    /// The model, where there is one.
    pub fn model(&self) -> Option<&Arc<Model>> {
        self.model.as_ref()
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self { most: 3, wait: Millis::seconds(10) }
    }
}

/// When a provider asks for a longer wait than this, the built-in analyst does what comes up meanwhile.
const LONGEST_WAIT: Millis = Millis::minutes(5);

impl Turns {
    /// The store gives a job out five times; the last is the built-in analyst's.
    pub const MOST: u32 = 4;

    /// How long to wait for the next turn after the `turn`th; None: there is none.
    fn next(self, failed: &Failed, turn: u32) -> Option<Millis> {
        if !failed.is_passing() || turn >= self.most {
            return None;
        }
        let own = self.wait.0.saturating_mul(4_i64.saturating_pow(turn.saturating_sub(1)));
        let asked = failed.asked_to_wait().unwrap_or_default();
        (asked <= LONGEST_WAIT).then_some(Millis(own.max(asked.0)))
    }
}

impl Model {
    /// A model with what the operator allows for it.
    pub fn new(llm: Llm, limits: Limits, prices: Prices, turns: Turns) -> Self {
        Self { llm, limits, prices, turns, quiet: Quiet::default() }
    }

    /// Tokens that may still be spent; None: there is no limit.
    pub fn left(&self, allowance: &Allowance) -> Option<u64> {
        let limits = [allowance.tokens_per_review, self.limits.repository, self.limits.installation];
        let limited = limits.into_iter().zip(allowance.spent).filter(|(limit, _)| *limit > 0);
        limited.map(|(limit, spent)| limit.saturating_sub(spent)).min()
    }

    /// Why a task may not be given to the model now, in plain words; None: it may.
    pub fn denied(&self, task: &Task, allowance: &Allowance, now: Timestamp) -> Option<String> {
        if now.0 < self.quiet.0.load(Ordering::Relaxed) {
            return Some("the provider asked for a pause".to_owned());
        }
        let estimate = self.llm.estimate(task);
        let [review, repository, installation] = allowance.spent;
        let over = |spent: u64, limit: u64| limit > 0 && spent.saturating_add(estimate) > limit;
        if over(review, allowance.tokens_per_review) {
            return Some("the tokens that the policy allows for this review are spent".to_owned());
        }
        if allowance.calls_per_hour > 0 && allowance.calls >= allowance.calls_per_hour {
            return Some("the requests that the policy allows in an hour are made".to_owned());
        }
        if over(repository, self.limits.repository) {
            return Some("the tokens that the operator allows this repository for 30 days are spent".to_owned());
        }
        if over(installation, self.limits.installation) {
            return Some("the tokens that the operator allows this organisation for 30 days are spent".to_owned());
        }
        None
    }

    /// Does a task, in a language (a tag) if one is named.
    pub async fn perform(&self, task: &Task, language: Option<&str>) -> Performed {
        self.llm.perform(task, language).await
    }

    /// Does a task as it is wanted.
    pub async fn perform_so(&self, task: &Task, manner: &Manner) -> Performed {
        self.llm.perform_so(task, manner).await
    }

    /// When the task is put to the model again after its `turn`th turn failed; None: the built-in analyst stands in.
    pub fn again(&self, failed: &Failed, turn: u32, now: Timestamp) -> Option<Timestamp> {
        if let Some(asked) = failed.asked_to_wait().filter(|asked| *asked > LONGEST_WAIT) {
            self.quiet.0.fetch_max(now.after(asked).0, Ordering::Relaxed);
        }
        self.turns.next(failed, turn).map(|wait| now.after(wait))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::provider::{ProviderError, Usage};
    use super::*;

    fn limited(seconds: u64) -> Failed {
        Failed::Provider(ProviderError::RateLimited { after: Some(Duration::from_secs(seconds)) })
    }

    #[test]
    fn a_turn_comes_later_and_later_and_not_before_the_provider_wants() {
        let turns = Turns { most: 4, wait: Millis::seconds(10) };
        let busy = Failed::Provider(ProviderError::Overloaded { status: 503, after: None });
        let waits: Vec<_> = (1..=4).map(|turn| turns.next(&busy, turn)).collect();
        assert_eq!(waits, [Some(10), Some(40), Some(160), None].map(|wait| wait.map(Millis::seconds)));
        assert_eq!(turns.next(&limited(90), 1), Some(Millis::seconds(90)));
        assert_eq!(turns.next(&limited(3_600), 1), None);
        assert_eq!(turns.next(&Failed::Form, 1), None);
        assert_eq!(turns.next(&Failed::Provider(ProviderError::Refused { usage: Usage::default() }), 1), None);
    }
}
