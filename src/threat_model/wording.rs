//! The words of a recommendation, apart from what they rest on.

use serde::{Deserialize, Serialize};

use super::Recommendation;

/// What a recommendation says, as far as a person may have it reworded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// A few words, imperative.
    pub title: String,
    /// What to change in the design, concretely.
    pub change: String,
    /// Another way; may be empty.
    pub alternative: String,
    /// What the other way costs or leaves; may be empty.
    pub trade_off: String,
}

impl Wording {
    /// The words of a recommendation.
    pub fn of(recommendation: &Recommendation) -> Self {
        let Recommendation { title, change, alternative, trade_off, .. } = recommendation.clone();
        Self { title, change, alternative, trade_off }
    }
}

impl Recommendation {
    /// Says this from now on; what it said before. New text for the document goes with the words that it stood for.
    pub fn reword(&mut self, wording: &Wording) -> Wording {
        let before = Wording::of(self);
        let Wording { title, change, alternative, trade_off } = wording.clone();
        if change != before.change {
            self.suggestion = None;
        }
        (self.title, self.change, self.alternative, self.trade_off) = (title, change, alternative, trade_off);
        before
    }
}
