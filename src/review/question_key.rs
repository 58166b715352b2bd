//! A question's place in a review.

use serde::{Deserialize, Serialize};

/// A question's place: (round, ordinal), both from 1.
pub type QuestionId = QuestionKey;

/// See [`QuestionId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionKey {
    /// Round, from 1.
    pub round: u32,
    /// Ordinal within the round, from 1.
    pub ordinal: u32,
}

impl Serialize for QuestionKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{}", self.round, self.ordinal))
    }
}

impl<'de> Deserialize<'de> for QuestionKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let (round, ordinal) = text.split_once('.').ok_or_else(|| serde::de::Error::custom("not a question id"))?;
        let number = |t: &str| t.parse().map_err(serde::de::Error::custom);
        Ok(Self { round: number(round)?, ordinal: number(ordinal)? })
    }
}
