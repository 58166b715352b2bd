//! What a push did to a draft: asked of the analyst, shown on the check and in the threads, never counted by the gate.

use super::curation;
use super::questioning::{Around, documents_since};
use super::record::{Analysis, Revision};
use super::wanted::WantedAnalysis;
use crate::analyst::{Answer, FollowInput, FollowOutput, Task};
use crate::digest::Canonical;

/// What is known of a push since the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Following {
    /// The analysis that is missing.
    pub analyses: Vec<WantedAnalysis>,
    /// What came back, for the documents as they stand.
    pub seen: FollowOutput,
}

/// Compares the documents with what the draft read. Only called when they say more than its own suggestions applied.
pub(super) fn following(around: Around<'_>, revision: &Revision) -> Following {
    let Around { record, scope, now, .. } = around;
    let kept = |ordinal: &u32| curation::is_there(revision, *ordinal);
    let input = FollowInput {
        documents: documents_since(scope, record, Some(&revision.documents)),
        recommendations: revision.model.recommendations.iter().filter(|r| kept(&r.ordinal)).cloned().collect(),
        covered: revision.model.covered.clone(),
    };
    let key = Canonical::new("follow", 1).json(&input).finish();
    let mut result = Following::default();
    match record.analyses.get(&key) {
        Some(Analysis::Done { answer }) => {
            if let Answer::Follow(seen) = &**answer {
                result.seen = seen.clone();
            }
        }
        // Nothing waits for it: what it would say is shown and never counted.
        Some(Analysis::Waiting { .. } | Analysis::Failed { .. }) => {}
        None => result.analyses.push(WantedAnalysis { key, task: Task::Follow(input), not_before: now }),
    }
    result
}
