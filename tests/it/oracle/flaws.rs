//! Ways to be wrong: each takes one rule away. A gate that judges with a flaw is a planted wrong gate; the oracle itself judges with none.

/// One missing rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flaw {
    /// A COMMENTED review counts as an approval.
    CountsComments,
    /// An approval from before the draft counts.
    CountsEarly,
    /// An approval in the very second of the revision counts.
    CountsSameSecond,
    /// An approval counts whatever the documents have become.
    CountsAnyContent,
    /// A dismissed approval still counts.
    CountsDismissed,
    /// Below a dismissed or withdrawn opinion, an older approval of the same person counts again.
    RevivesOlderApproval,
    /// Requests for changes are not seen.
    IgnoresObjection,
    /// Anybody's dismissal lifts an objection, the author's too.
    AnybodyLifts,
    /// People who left a team are still its members.
    RemembersMembers,
    /// Owners need no write access.
    IgnoresAccess,
    /// CODEOWNERS of the head decides.
    OwnersOfHead,
    /// The first matching line of CODEOWNERS decides.
    FirstLine,
    /// Bots count.
    CountsBots,
    /// One document's owners are enough for all.
    OneDocumentSuffices,
    /// People who wrote the documents count.
    CountsCommitAuthors,
    /// The author's own approval counts.
    CountsAuthor,
    /// Posts of the draft may say what somebody else wrote.
    IgnoresAlteredDraft,
    /// Approvals given to an altered draft count once it is restored.
    ForgetsRestore,
    /// A suggestion that the code owners dropped may be applied after approval.
    KeepsDropped,
    /// Two approvals by one person are two.
    CountsTwice,
    /// `required` is one whatever the policy says.
    OneIsEnough,
    /// What was said for another base counts for this one.
    CarriesToOtherBase,
    /// Only one of the pull requests on the commit is judged.
    ForgetsSiblings,
    /// The old path of a renamed document, or a deleted one, needs no owner.
    ForgetsOldPath,
    /// Other words in a document pass as trivial.
    EverythingIsTrivial,
    /// Changed comments, that nobody sees, pass as trivial.
    OnlyVisibleText,
    /// The head's policy decides.
    PolicyOfHead,
    /// A broken policy is read as an empty one.
    OpensWhenBroken,
    /// The author of the pull request may override.
    AuthorOverrides,
    /// Anybody may override.
    AnybodyOverrides,
    /// An override counts whatever its digest.
    AnyDigest,
    /// An edited override counts.
    EditedOverride,
    /// A deleted override counts.
    DeletedOverride,
    /// An author without an account is nobody.
    IgnoresUnknownAuthors,
}

impl Flaw {
    /// All of them.
    pub(crate) const ALL: [Self; 34] = [
        Self::CountsComments,
        Self::CountsEarly,
        Self::CountsSameSecond,
        Self::CountsAnyContent,
        Self::CountsDismissed,
        Self::RevivesOlderApproval,
        Self::IgnoresObjection,
        Self::AnybodyLifts,
        Self::RemembersMembers,
        Self::IgnoresAccess,
        Self::OwnersOfHead,
        Self::FirstLine,
        Self::CountsBots,
        Self::OneDocumentSuffices,
        Self::CountsCommitAuthors,
        Self::CountsAuthor,
        Self::IgnoresAlteredDraft,
        Self::ForgetsRestore,
        Self::KeepsDropped,
        Self::CountsTwice,
        Self::OneIsEnough,
        Self::CarriesToOtherBase,
        Self::ForgetsSiblings,
        Self::ForgetsOldPath,
        Self::EverythingIsTrivial,
        Self::OnlyVisibleText,
        Self::PolicyOfHead,
        Self::OpensWhenBroken,
        Self::AuthorOverrides,
        Self::AnybodyOverrides,
        Self::AnyDigest,
        Self::EditedOverride,
        Self::DeletedOverride,
        Self::IgnoresUnknownAuthors,
    ];
}
