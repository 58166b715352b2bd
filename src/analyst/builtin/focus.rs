//! What the chosen methodology cares about: it weighs what was found, and may leave a part of it out.

use super::data;
use super::find::{Finding, Findings};
use super::view::View;
use crate::methodology::{Methodology, Needs, chosen, lens};
use crate::threat_model::DataItem;

/// The findings as the methodology ranks them; what it would draft nothing from is not asked either.
pub(crate) fn focused<'a>(mut findings: Findings<'a>, methodology: &str, views: &[View]) -> Findings<'a> {
    let method = chosen(methodology).methodology;
    weigh(&mut findings, &method);
    if method.lens_only {
        let data = data::read(views);
        findings.open.retain(|finding| within(&method, finding, &data));
    }
    findings
}

/// Ranks anew by how much each slot counts.
pub(crate) fn weigh(findings: &mut Findings<'_>, method: &Methodology) {
    for finding in &mut findings.open {
        let weighed = |points: u32| (points.saturating_mul(method.weight(finding.concern.slot)) / 100).min(1000);
        (finding.value, finding.asking) = (weighed(finding.value), weighed(finding.asking));
        if let Some(instead) = &mut finding.instead {
            (instead.value, instead.asking) = (weighed(instead.value), weighed(instead.asking));
        }
    }
    // Stable: what counts the same stays in order.
    findings.open.sort_by_key(|finding| std::cmp::Reverse(finding.value));
}

/// Whether the methodology would draft anything from it.
pub(crate) fn within(method: &Methodology, finding: &Finding<'_>, data: &[DataItem]) -> bool {
    let needs_people = method.fit.as_ref().is_some_and(|fit| fit.needs == Needs::PersonalData);
    let people = data.iter().any(|item| item.class.is_personal());
    !method.lens_only || lens::looks_at(method, &finding.concern.id, finding.concern.slot) && (people || !needs_people)
}
