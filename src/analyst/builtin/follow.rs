//! What a push did to a draft: which recommendations the new text answers, and what is new in the design. A wrong claim is worse
//! than none; text that moved, or is wrapped in another way, is no news.

mod answers;
mod news;
mod revised;
#[cfg(test)]
mod tests;

use self::revised::Revision;
use crate::analyst::{FollowInput, FollowOutput};

/// Compares the documents as they stand with what the draft read.
pub(crate) fn follow(input: &FollowInput) -> FollowOutput {
    let revision = Revision::read(&input.documents);
    if revision.is_nothing() {
        return FollowOutput::default();
    }
    FollowOutput {
        answers: input.recommendations.iter().filter_map(|r| answers::followed(&revision, r)).collect(),
        news: news::find(&revision, input),
    }
}
