//! What a model that judges findings is asked to return: a verdict for each concern, with the words that it rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which known concerns are touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeAnswer {
    /// Each concern once.
    #[schemars(length(max = 40))]
    pub verdicts: Vec<VerdictSaid>,
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictSaid {
    /// The concern: `c1`, `c2`, …
    #[schemars(length(min = 2, max = 8))]
    pub concern: String,
    /// The findings that touch it; none where none does.
    #[schemars(length(max = 12))]
    pub touches: Vec<TouchSaid>,
    /// Whether any finding touches it.
    pub touched: bool,
}

/// A finding that touches a concern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TouchSaid {
    /// The finding: `f1`, `f2`, …
    #[schemars(length(min = 2, max = 8))]
    pub finding: String,
    /// Its words that do, copied exactly.
    #[schemars(length(min = 3, max = 300))]
    pub quotation: String,
}
