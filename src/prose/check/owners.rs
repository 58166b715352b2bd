//! Per document: whose approval it needs, by which rule, who counts and who does not.

use std::collections::BTreeSet;

use crate::prose::link::Context;
use crate::prose::markdown::{
    SafeMarkdown, and, code, join, lines, list, login_quiet, number, ordinal, text, time, words,
};
use crate::review::verdict::{DocumentNeeds, OwnersOf, Reason, Why};
use crate::say;

fn is_complete(needs: &DocumentNeeds) -> bool {
    needs.counted.len() >= needs.required as usize && !matches!(needs.owners, OwnersOf::Nobody { .. })
}

/// Owners of documents that still lack approvals, without repeats, as written.
pub(super) fn asked(documents: &[DocumentNeeds]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let owners = documents.iter().filter(|d| !is_complete(d)).flat_map(|d| match &d.owners {
        OwnersOf::Rule { owners, .. } => owners.as_slice(),
        OwnersOf::Fallback { teams, .. } => teams.as_slice(),
        OwnersOf::Nobody { .. } => &[],
    });
    owners.filter(|owner| seen.insert(owner.to_lowercase())).cloned().collect()
}

/// "one approval by @acme/security", for the headline; nothing when no approval is missing.
pub(super) fn wanted(documents: &[DocumentNeeds], reasons: &[Reason]) -> SafeMarkdown {
    let from_reasons: Vec<DocumentNeeds> = reasons
        .iter()
        .filter_map(|r| if let Reason::Approvals(needs) = r { Some(needs.clone()) } else { None })
        .collect();
    let documents = if documents.is_empty() { from_reasons.as_slice() } else { documents };
    let owners = asked(documents);
    if owners.is_empty() {
        return SafeMarkdown::default();
    }
    let missing = documents.iter().map(|d| (d.required as usize).saturating_sub(d.counted.len())).max().unwrap_or(1);
    let by = and(owners.iter().map(|o| login_quiet(o)).collect());
    match (documents.iter().filter(|d| !is_complete(d)).count(), missing) {
        (1, 1) => say!("one approval by {}", by),
        (1, n) => say!("{} approvals by {}", number(n as u64), by),
        (_, _) => say!("approvals by {}", by),
    }
}

/// The list of documents.
pub(super) fn documents(context: &Context, documents: &[DocumentNeeds]) -> SafeMarkdown {
    lines(documents.iter().map(|needs| {
        let missing = (needs.required as usize).saturating_sub(needs.counted.len());
        let owners = match &needs.owners {
            OwnersOf::Rule { file, line, pattern, owners } => {
                let rule = if owners.is_empty() { pattern.clone() } else { format!("{pattern} {}", owners.join(" ")) };
                let file = file.rsplit('/').next().unwrap_or(file);
                say!("{} ({} line {})", code(&rule), text(file), ordinal(*line))
            }
            OwnersOf::Fallback { teams, because } => {
                let teams = and(teams.iter().map(|t| login_quiet(t)).collect());
                say!("{} (the policy's fallback: {})", teams, text(because))
            }
            OwnersOf::Nobody { because } => say!(
                "**nobody can approve**: {}. Name a valid owner in CODEOWNERS, or set `approval.fallback` in the policy",
                text(because.trim_end_matches('.'))
            ),
        };
        let tally = match (&needs.owners, missing, needs.required) {
            (OwnersOf::Nobody { .. }, _, _) => SafeMarkdown::default(),
            (_, 0, _) => words(": complete"),
            (_, _, 0 | 1) => SafeMarkdown::default(),
            (_, missing, required) => {
                say!(": {} of {} approvals missing", number(missing as u64), number(u64::from(required)))
            }
        };
        let people = needs
            .counted
            .iter()
            .map(|who| say!("✓ {} approved", login_quiet(who)))
            .chain(needs.not_counted.iter().map(|(who, why)| not_counted(context, who, why)));
        lines([list(0, [say!("{} → {}{}", code(&needs.path), owners, tally)]), list(1, people)])
    }))
}

/// Why somebody's approval does not count.
fn not_counted(context: &Context, who: &str, why: &Why) -> SafeMarkdown {
    let who = login_quiet(who);
    match why {
        Why::BeforeDraft { at } => {
            say!(
                "{} approved at {}, **before the draft as it stands**: please approve again",
                who,
                time(*at, context.now)
            )
        }
        Why::WhileEdited { at } => say!(
            "{} approved at {}, **while the app was editing the draft**: please look once more and approve again",
            who,
            time(*at, context.now)
        ),
        Why::BeforeRetarget => {
            say!("{} approved **before the pull request was moved to this base**: please approve again", who)
        }
        Why::DocumentChanged { paths } => {
            let paths = join(", ", paths.iter().map(|path| code(path)));
            say!("{} approved, and {} **changed since**: please look at the change and approve again", who, paths)
        }
        Why::CommitUnknown => {
            say!("{} approved **a commit that GitHub no longer knows** (a force push): please approve again", who)
        }
        Why::Author => say!("{} is the author: does not count", who),
        Why::CommitAuthor { sha } => {
            say!(
                "{} wrote {}, which changes a design document: does not count",
                who,
                crate::prose::markdown::commit(sha)
            )
        }
        Why::NotOwner => say!("{} approved and is not among the owners that count: does not count", who),
        Why::NoWriteAccess => say!("{} approved and has no write access: does not count", who),
        Why::Bot => say!("{} is not a person: does not count", who),
        Why::CannotTell { what } => say!("cannot tell whether {} counts: {}", who, text(what)),
    }
}
