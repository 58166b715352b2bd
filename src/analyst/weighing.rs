//! How bad a threat is and which recommendation comes first: by rule, the same for every analyst.

use crate::threat_model::{Effort, Recommendation, Severity};

/// How bad times how near, each from 1 to 3; one lower while nobody has confirmed it.
pub(crate) const fn severity(harm: u32, nearness: u32, confirmed: bool) -> Severity {
    match (harm * nearness, confirmed) {
        (6.., true) => Severity::High,
        (4..=5, true) | (6.., false) => Severity::Medium,
        _ => Severity::Low,
    }
}

/// Puts recommendations in order of risk reduction per effort, best first, and numbers them.
pub(crate) fn order(recommendations: &mut [Recommendation]) {
    let weight = |r: &Recommendation| {
        let risk = match r.severity {
            Severity::High => 9,
            Severity::Medium => 4,
            Severity::Low => 1,
        };
        let cost = match r.effort {
            Effort::Small => 1,
            Effort::Medium => 2,
            Effort::Large => 4,
        };
        risk * 12 / cost
    };
    recommendations.sort_by_key(|r| std::cmp::Reverse(weight(r)));
    for (recommendation, ordinal) in recommendations.iter_mut().zip(1..) {
        recommendation.ordinal = ordinal;
    }
}
