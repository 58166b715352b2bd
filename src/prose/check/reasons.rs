//! Why the gate is closed, beside missing approvals (`owners.rs`).

use super::owners;
use crate::prose::link::Context;
use crate::prose::markdown::{
    SafeMarkdown, link, list, login_quiet, number, ordinal, say_when, sentence, text, time, words,
};
use crate::review::verdict::{DocumentNeeds, Reason};
use crate::say;

/// The one reason that a reader should see first; nothing when there is none.
pub(super) fn title(reasons: &[Reason]) -> Option<String> {
    let missing: Vec<DocumentNeeds> = reasons
        .iter()
        .filter_map(|r| if let Reason::Approvals(needs) = r { Some(needs.clone()) } else { None })
        .collect();
    let first = reasons.iter().min_by_key(|reason| rank(reason))?;
    Some(match first {
        Reason::Objection { by, .. } => format!("@{by} wants changes"),
        Reason::CannotTell { what } => format!("Cannot tell: {what}"),
        Reason::Altered { post, .. } => format!("Somebody edited {post}: being restored"),
        Reason::NoDraft => "The draft is not there yet".to_owned(),
        Reason::DraftNotSettled => "The draft is being posted".to_owned(),
        Reason::MustFix { ordinal } => format!("R{ordinal} must be settled first"),
        Reason::Sibling { number } => format!("Waits for #{number}, which has the same commit"),
        Reason::Approvals(_) => match owners::asked(&missing) {
            who if who.is_empty() => "Nobody can approve: see below".to_owned(),
            who => format!("Waits for {}", super::people(&who)),
        },
    })
}

const fn rank(reason: &Reason) -> u8 {
    match reason {
        Reason::Objection { .. } => 0,
        Reason::CannotTell { .. } => 1,
        Reason::Altered { .. } => 2,
        Reason::NoDraft => 3,
        Reason::DraftNotSettled => 4,
        Reason::MustFix { .. } => 5,
        Reason::Approvals(_) => 6,
        Reason::Sibling { .. } => 7,
    }
}

/// Every reason in a line; approvals are told document by document elsewhere.
pub(super) fn all(context: &Context, reasons: &[Reason]) -> SafeMarkdown {
    list(0, reasons.iter().map(|reason| line(context, reason)))
}

fn line(context: &Context, reason: &Reason) -> SafeMarkdown {
    match reason {
        // Said by the phase itself.
        Reason::NoDraft | Reason::Approvals(_) => SafeMarkdown::default(),
        Reason::DraftNotSettled => {
            words("The draft's posts are being written; approvals count from when all of them stand.")
        }
        Reason::Altered { post, editor } => {
            let by = say_when(editor.as_deref(), |editor| say!(" by {}", login_quiet(editor)));
            say!(
                "**{} was edited**{}. It is being restored; approvals given before that do not count.",
                text(&super::upper_first(post)),
                by
            )
        }
        Reason::Objection { by, at, dismissed_by } => {
            let lead = say!("{} asked for changes at {}", login_quiet(by), time(*at, context.now));
            let Some(who) = dismissed_by else {
                return say!("{}: waits for their approval, or until they take it back.", lead);
            };
            say!(
                "{}. {} dismissed that, and cannot lift it: only {} or another owner whose approval counts can.",
                lead,
                login_quiet(who),
                login_quiet(by)
            )
        }
        Reason::CannotTell { what } => say!("**Cannot tell**: {}", sentence(what)),
        Reason::MustFix { ordinal: n } => say!(
            "**R{} must be settled**: apply its suggestion as it stands, change its lines and have a code owner approve that, or a code owner takes the risk (`/threadmodel accept-risk <reason>` in its thread).",
            ordinal(*n)
        ),
        Reason::Sibling { number: n } => say!(
            "{} has the same commit and shares this check: it is not through yet.",
            link(&say!("Pull request {}", number(*n)), &context.pull(*n))
        ),
    }
}
