//! What teams of the organisation decided before about the same concern. Only decisions that still hold come in, newest first.

use super::find::Finding;
use crate::threat_model::{Decision, DecisionKind, Source};

/// The decision that speaks against recommending the same again, unless a newer one asks for it.
pub(crate) fn declined<'d>(decisions: &'d [Decision], concern: &str) -> Option<&'d Decision> {
    let about = decisions.iter().filter(|d| d.concern == concern);
    let mut weighs = about.filter(|d| d.declines() || matches!(d.kind, DecisionKind::Edited | DecisionKind::Added));
    weighs.next().filter(|d| d.declines())
}

/// Whether nobody needs to be asked any more.
pub(crate) fn settles(decisions: &[Decision], finding: &Finding<'_>) -> bool {
    let known = |d: &Decision| d.kind == DecisionKind::Fact && d.concern == finding.concern.id;
    declined(decisions, &finding.concern.id).is_some() || decisions.iter().any(known)
}

/// Decisions that support a recommendation, or tell what is known: worth citing.
pub(crate) fn supporting<'d>(decisions: &'d [Decision], concern: &str) -> impl Iterator<Item = Source> + 'd {
    let concern = concern.to_owned();
    let supports = |d: &Decision| matches!(d.kind, DecisionKind::Edited | DecisionKind::Added | DecisionKind::Fact);
    decisions.iter().filter(move |d| d.concern == concern && supports(d)).map(source)
}

/// A decision as evidence: its reason, else its title.
pub(crate) fn source(decision: &Decision) -> Source {
    let words = if decision.reason.trim().is_empty() { &decision.title } else { &decision.reason };
    Source::Decision {
        id: decision.id.clone(),
        repository: decision.repository.clone(),
        pull: decision.pull,
        quotation: words.clone(),
    }
}

/// Who decided what where, with the reason, in a sentence.
pub(crate) fn told(decision: &Decision) -> String {
    let what = match decision.kind {
        DecisionKind::Dropped => "Dropped",
        DecisionKind::RiskAccepted => "Risk accepted",
        DecisionKind::Deferred => "Put off",
        DecisionKind::Edited => "Reworded",
        DecisionKind::Added => "Added",
        DecisionKind::Fact => "Known",
        DecisionKind::Declined => "Declined",
    };
    let reason = decision.reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let reason = if reason.is_empty() { String::new() } else { format!(": “{reason}”") };
    format!("{what} before in {}#{} by {}{reason}.", decision.repository, decision.pull, decision.by)
}
