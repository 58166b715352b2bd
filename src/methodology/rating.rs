//! How threats are rated. A methodology words the levels; which one holds is computed here.

use serde::Deserialize;

use super::Methodology;
use super::lens::{data_of, lens_of};
use crate::threat_model::{Severity, Threat, ThreatModel};

/// A rating: the function, and its levels in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// Which function computes the level.
    pub function: Function,
    /// Its levels, lowest first.
    pub levels: Vec<Level>,
}

/// A level in words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// The function's name for it.
    pub level: String,
    /// When it holds, one sentence.
    pub wording: String,
}

/// The functions that compute a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// How bad times how near, one lower while nobody has confirmed it: the threat's severity.
    #[default]
    HarmAndEase,
    /// How bad alone; the worst, and about data of people or secrets, is one higher.
    Impact,
}

impl Function {
    /// The names of its levels, lowest first.
    pub const fn levels(self) -> &'static [&'static str] {
        match self {
            Self::HarmAndEase => &["low", "medium", "high"],
            Self::Impact => &["low", "medium", "high", "maximum"],
        }
    }

    /// The level of a threat.
    pub fn level(self, threat: &Threat, model: &ThreatModel) -> &'static str {
        let step = |severity| match severity {
            Severity::Low => 0,
            Severity::Medium => 1,
            Severity::High => 2_usize,
        };
        let at = match self {
            Self::HarmAndEase => step(threat.severity),
            Self::Impact => {
                let sensitive = data_of(threat, model).any(|d| d.class.is_sensitive());
                step(threat.impact) + usize::from(threat.impact == Severity::High && sensitive)
            }
        };
        self.levels().get(at).copied().unwrap_or("high")
    }

    /// One sentence for the documentation.
    pub const fn explained(self) -> &'static str {
        match self {
            Self::HarmAndEase => "`harm_and_ease`: how bad times how near, one lower while nobody has confirmed it",
            Self::Impact => {
                "`impact`: how bad, leaving aside how likely; the worst is one higher when data of people or secrets are in it"
            }
        }
    }
}

/// How much attention a document deserves: 1 (nothing of the lens is touched), 2 (one or two parts of it), 3 (more).
pub fn tier(methodology: &Methodology, model: &ThreatModel) -> u32 {
    let touched = methodology.lens.iter().filter(|lens| {
        model.threats.iter().any(|threat| lens_of(methodology, threat, model).is_some_and(|of| of.id == lens.id))
    });
    match touched.count() {
        0 => 1,
        1 | 2 => 2,
        _ => 3,
    }
}
