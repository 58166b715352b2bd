//! The gate: the whole approval rule of BEHAVIOUR, as one function from owners, reviews, commits, digests and policy to a
//! verdict with its reasons. It cannot see the analyst: no type that holds model or comment text reaches it.

use std::collections::BTreeSet;

use super::coverage::{Covers, Kept, Touch, covers, touch};
use super::ownership::{Ownership, Owns};
use super::say::{Say, says};
use super::snapshot::{Actor, ActorKind, Known, Permission, PullRequestReview, Snapshot, UserId};
use super::verdict::{DocumentNeeds, Ground, Reason, Verdict, Why};
use crate::time::Timestamp;

/// What the approvals are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A draft whose current revision stands on GitHub since this moment (GitHub's time).
    Draft {
        /// Approvals must be newer; equal does not count.
        settled_at: Timestamp,
    },
    /// A trivial change: a nod, without a draft.
    Nod,
    /// The draft is not there, or not as written.
    NotReady(Vec<Reason>),
}

/// What the gate looks at beside the snapshot.
pub struct Question<'a> {
    /// Owners of every path of every changed design document.
    pub owners: &'a [Ownership],
    /// Kept suggestions.
    pub kept: &'a Kept<'a>,
    /// What the approvals are for.
    pub subject: &'a Subject,
    /// `approval.required`.
    pub required: u32,
    /// What could not be read in whole, in plain words.
    pub unreadable: Vec<String>,
}

/// A verdict, and what every document has and lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// Every document's rule, satisfied or not.
    pub needs: Vec<DocumentNeeds>,
}

/// Judges. The ground `Approved` needs every document's rule satisfied, no objection, and nothing unreadable.
pub fn gate(snapshot: &Snapshot, question: &Question<'_>) -> Judged {
    let mut reasons: Vec<Reason> =
        question.unreadable.iter().map(|what| Reason::CannotTell { what: what.clone() }).collect();
    if let Subject::NotReady(why) = question.subject {
        reasons.extend(why.iter().cloned());
    }
    if question.owners.is_empty() {
        reasons.push(Reason::CannotTell { what: "no document to judge was found".to_owned() });
    }
    let bars = Bars::of(snapshot, question);
    reasons.extend(bars.unreadable.iter().map(|what| Reason::CannotTell { what: what.clone() }));
    reasons.extend(objections(snapshot, question, &bars));

    let needs: Vec<DocumentNeeds> =
        question.owners.iter().map(|ownership| needs(snapshot, question, &bars, ownership)).collect();
    reasons.extend(needs.iter().filter(|needs| !satisfied(needs)).cloned().map(Reason::Approvals));
    let verdict = if reasons.is_empty() {
        let by: BTreeSet<String> = needs.iter().flat_map(|needs| needs.counted.iter().cloned()).collect();
        Verdict::Open { ground: Ground::Approved { by: by.into_iter().collect() } }
    } else {
        Verdict::Closed { reasons }
    };
    Judged { verdict, needs }
}

fn satisfied(needs: &DocumentNeeds) -> bool {
    needs.counted.len() >= usize::try_from(needs.required).unwrap_or(usize::MAX)
}

/// What one document's rule has and lacks.
fn needs(snapshot: &Snapshot, question: &Question<'_>, bars: &Bars, ownership: &Ownership) -> DocumentNeeds {
    let mut counted = Vec::new();
    let mut not_counted = Vec::new();
    for (person, say) in says(snapshot).into_values() {
        let Say::Approves(review) = say else { continue };
        match objection_to(snapshot, question, bars, ownership, person, review) {
            None => counted.push(person.login.clone()),
            Some(why) => not_counted.push((person.login.clone(), why)),
        }
    }
    DocumentNeeds {
        path: ownership.path.clone(),
        owners: ownership.how.clone(),
        // `required: 0` is refused by the policy; one is asked for all the same.
        required: question.required.max(1),
        counted,
        not_counted,
    }
}

/// Why an approval does not count for a document; `None`: it counts.
fn objection_to(
    snapshot: &Snapshot,
    question: &Question<'_>,
    bars: &Bars,
    ownership: &Ownership,
    person: &Actor,
    review: &PullRequestReview,
) -> Option<Why> {
    if let Some(why) = barred(snapshot, bars, person) {
        return Some(why);
    }
    match ownership.includes(snapshot, person) {
        Owns::Yes => {}
        Owns::No => return Some(Why::NotOwner),
        Owns::CannotTell(what) => return Some(Why::CannotTell { what }),
    }
    if let Some(why) = lacks_write(snapshot, person) {
        return Some(why);
    }
    let Some(commit) = &review.commit else {
        return Some(Why::CommitUnknown);
    };
    match covers(snapshot, question.kept, &ownership.path, commit, &snapshot.pull.head) {
        Covers::Yes => {}
        Covers::No => {
            return Some(Why::DocumentChanged { paths: vec![ownership.path.clone()] });
        }
        Covers::CannotTell => {
            return Some(Why::CannotTell {
                what: format!("`{}` could not be compared with what was approved", ownership.path),
            });
        }
    }
    if snapshot.retargeted_at.is_some_and(|at| review.submitted_at <= at) {
        return Some(Why::BeforeRetarget);
    }
    match question.subject {
        Subject::Draft { settled_at } if review.submitted_at <= *settled_at => {
            Some(Why::BeforeDraft { at: review.submitted_at })
        }
        Subject::Draft { .. } | Subject::Nod => None,
        // There is nothing yet that an approval could be about.
        Subject::NotReady(_) => Some(Why::BeforeDraft { at: review.submitted_at }),
    }
}

/// Who can never approve here, whatever they own.
fn barred(snapshot: &Snapshot, bars: &Bars, person: &Actor) -> Option<Why> {
    if person.kind != ActorKind::User {
        return Some(Why::Bot);
    }
    if snapshot.pull.author.as_ref().is_some_and(|author| author.id == person.id) {
        return Some(Why::Author);
    }
    bars.authors.iter().find(|(id, _)| *id == person.id).map(|(_, sha)| Why::CommitAuthor { sha: sha.clone() })
}

fn lacks_write(snapshot: &Snapshot, person: &Actor) -> Option<Why> {
    match snapshot.people.get(&person.id).map(|p| &p.permission) {
        Some(Known::Yes(Permission::Write | Permission::Admin)) => None,
        Some(Known::Yes(Permission::None | Permission::Read)) => Some(Why::NoWriteAccess),
        Some(Known::Unknown(why)) => {
            Some(Why::CannotTell { what: format!("the permission of {} could not be read: {why}", person.login) })
        }
        None => Some(Why::CannotTell { what: format!("the permission of {} was not read", person.login) }),
    }
}

/// People who wrote what is to be approved. Hygiene, not security: the author field can be forged.
struct Bars {
    authors: Vec<(UserId, String)>,
    unreadable: Vec<String>,
}

impl Bars {
    fn of(snapshot: &Snapshot, question: &Question<'_>) -> Self {
        let mut bars = Self { authors: Vec::new(), unreadable: Vec::new() };
        if !snapshot.commits.complete {
            bars.unreadable
                .push("the list of commits ends at GitHub's limit of 250: squash or split the pull request".to_owned());
        }
        if snapshot.pull.author.is_none() {
            bars.unreadable.push(
                "the pull request's author has no account any more: open it again from another account".to_owned(),
            );
        }
        for commit in &snapshot.commits.list {
            let short: String = commit.sha.as_str().chars().take(7).collect();
            match touch(snapshot, question.kept, commit, question.owners.iter().map(|o| o.path.as_str())) {
                Touch::None => {}
                Touch::Changed => match &commit.author {
                    Some(author) => bars.authors.push((author.id, short)),
                    None => bars.unreadable.push(format!(
                        "commit {short} changes a design document and its author's e-mail belongs to no GitHub account: \
                         amend it with an address that does"
                    )),
                },
                Touch::CannotTell => {
                    bars.unreadable.push(format!("what commit {short} did to the documents could not be read"));
                }
            }
        }
        bars
    }
}

/// Objections by owners (a bot that owns the document may object, never approve), lifted only by themselves or by another owner who could approve.
fn objections(snapshot: &Snapshot, question: &Question<'_>, bars: &Bars) -> Vec<Reason> {
    says(snapshot)
        .into_values()
        .filter_map(|(person, say)| {
            let (review, dismissed_by) = match say {
                Say::Objects(review) => (review, None),
                Say::ObjectionDismissed { review, by } => match lifts(snapshot, question, bars, person, by) {
                    Lifts::Yes => return None,
                    Lifts::No => (review, Some(by.map_or_else(|| "a deleted account".to_owned(), |a| a.login.clone()))),
                    Lifts::CannotTell(what) => return Some(Reason::CannotTell { what }),
                },
                Say::DismissedUnread => {
                    return owned_by(snapshot, question, person).is_not_no().then(|| Reason::CannotTell {
                        what: format!("a review by {} was dismissed; what it was is not readable yet", person.login),
                    });
                }
                Say::Approves(_) | Say::Nothing => return None,
            };
            match owned_by(snapshot, question, person) {
                Owns::Yes => {
                    Some(Reason::Objection { by: person.login.clone(), at: review.submitted_at, dismissed_by })
                }
                Owns::No => None,
                Owns::CannotTell(what) => Some(Reason::CannotTell { what }),
            }
        })
        .collect()
}

enum Lifts {
    Yes,
    No,
    CannotTell(String),
}

fn lifts(snapshot: &Snapshot, question: &Question<'_>, bars: &Bars, objector: &Actor, by: Option<&Actor>) -> Lifts {
    let Some(by) = by else { return Lifts::No };
    if by.id == objector.id {
        return Lifts::Yes;
    }
    if barred(snapshot, bars, by).is_some() {
        return Lifts::No;
    }
    match owned_by(snapshot, question, by) {
        Owns::No => return Lifts::No,
        Owns::CannotTell(what) => return Lifts::CannotTell(what),
        Owns::Yes => {}
    }
    match lacks_write(snapshot, by) {
        None => Lifts::Yes,
        Some(Why::CannotTell { what }) => Lifts::CannotTell(what),
        Some(_) => Lifts::No,
    }
}

/// Whether somebody owns any of the documents.
fn owned_by(snapshot: &Snapshot, question: &Question<'_>, person: &Actor) -> Owns {
    let mut unknown = None;
    for ownership in question.owners {
        match ownership.includes(snapshot, person) {
            Owns::Yes => return Owns::Yes,
            Owns::No => {}
            Owns::CannotTell(what) => unknown = Some(what),
        }
    }
    unknown.map_or(Owns::No, Owns::CannotTell)
}

impl Owns {
    /// Yes, or nobody can tell.
    pub fn is_not_no(&self) -> bool {
        *self != Self::No
    }
}
