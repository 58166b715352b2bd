//! The gate: the whole approval rule of BEHAVIOUR, as one function from [`Facts`] to a verdict with its reasons. It cannot see
//! the analyst: what it is given are names, times, permissions and answers of plain code; no type that holds model or comment
//! text is among them.

use std::collections::{BTreeMap, BTreeSet};

use super::coverage::{Covers, Touch};
use super::ownership::Owns;
use super::snapshot::{ActorKind, Known, Permission, UserId};
use super::verdict::{DocumentNeeds, Ground, OwnersOf, Reason, Verdict, Why};
use crate::time::Timestamp;

/// Everything that the gate sees. `weighing::facts` takes it from a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Both paths of every changed design document, with how their owners were found.
    pub documents: Vec<Document>,
    /// Everybody whose say, dismissal or commit matters.
    pub people: BTreeMap<UserId, Person>,
    /// The latest say of each person who has one.
    pub says: BTreeMap<UserId, Say>,
    /// The pull request's commits.
    pub commits: Vec<Commit>,
    /// The list of commits is whole.
    pub commits_complete: bool,
    /// Who opened the pull request; `None`: a deleted account.
    pub author: Option<UserId>,
    /// When the base was last changed.
    pub retargeted_at: Option<Timestamp>,
    /// What the approvals are for.
    pub subject: Subject,
    /// `approval.required`.
    pub required: u32,
    /// What could not be read in whole, in plain words.
    pub unreadable: Vec<String>,
}

/// A path that needs approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The path.
    pub path: String,
    /// Who owns it and which rule says so.
    pub owners: OwnersOf,
}

/// What is known of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their login, for the reasons.
    pub login: String,
    /// Person or not.
    pub kind: ActorKind,
    /// What they may do here at this moment; `None`: not read.
    pub permission: Option<Known<Permission>>,
    /// Whether they own each of the documents, in their order.
    pub owns: Vec<Owns>,
}

/// What somebody's latest review amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say {
    /// They approve.
    Approves(Approval),
    /// They object.
    Objects {
        /// When.
        at: Timestamp,
    },
    /// They objected and somebody dismissed it; whether that lifts the objection depends on who.
    ObjectionDismissed {
        /// When they objected.
        at: Timestamp,
        /// Who dismissed it; `None`: a deleted account.
        by: Option<UserId>,
    },
    /// Their review was dismissed and GitHub does not (yet) say what it was.
    DismissedUnread,
}

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// REST id of the review.
    pub id: u64,
    /// When it was submitted.
    pub at: Timestamp,
    /// Whether the commit that it was given on covers each document as it stands, in their order; `None`: GitHub no longer
    /// says which commit that was.
    pub covers: Option<Vec<Covers>>,
}

/// A commit of the pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The first digits of its SHA.
    pub short: String,
    /// The account in the author field; `None`: no account has that e-mail.
    pub author: Option<UserId>,
    /// What it did to the documents.
    pub touch: Touch,
}

/// What the approvals are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A draft whose current revision stands on GitHub.
    Draft {
        /// Since this moment (GitHub's time): approvals must be newer; equal does not count.
        settled_at: Timestamp,
        /// Approvals that are known to have been given while its posts read as the app wrote them.
        witnessed: BTreeSet<u64>,
    },
    /// A trivial change: a nod, without a draft.
    Nod,
    /// The draft is not there, or not as written.
    NotReady(Vec<Reason>),
}

impl Subject {
    /// Whether an approval was given to what stands now.
    pub fn is_about(&self, approval: u64, at: Timestamp) -> bool {
        match self {
            Self::Draft { settled_at, witnessed } => at > *settled_at && witnessed.contains(&approval),
            Self::Nod => true,
            // There is nothing yet that an approval could be about.
            Self::NotReady(_) => false,
        }
    }
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
pub fn gate(facts: &Facts) -> Judged {
    let cannot_tell = |what: &String| Reason::CannotTell { what: what.clone() };
    let mut reasons: Vec<Reason> = facts.unreadable.iter().map(cannot_tell).collect();
    if let Subject::NotReady(why) = &facts.subject {
        reasons.extend(why.iter().cloned());
    }
    if facts.documents.is_empty() {
        reasons.push(Reason::CannotTell { what: "no document to judge was found".to_owned() });
    }
    let bars = Bars::of(facts);
    reasons.extend(bars.unreadable.iter().map(cannot_tell));
    reasons.extend(facts.says.iter().filter_map(|(person, say)| objection(facts, &bars, *person, say)));

    let needs: Vec<DocumentNeeds> =
        facts.documents.iter().enumerate().map(|(n, d)| needs(facts, &bars, n, d)).collect();
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
fn needs(facts: &Facts, bars: &Bars, index: usize, document: &Document) -> DocumentNeeds {
    let mut counted = Vec::new();
    let mut not_counted = Vec::new();
    for (id, say) in &facts.says {
        let Say::Approves(approval) = say else { continue };
        let login = facts.login(*id);
        match objection_to(facts, bars, index, document, *id, approval) {
            None => counted.push(login),
            Some(why) => not_counted.push((login, why)),
        }
    }
    DocumentNeeds {
        path: document.path.clone(),
        owners: document.owners.clone(),
        // `required: 0` is refused by the policy; one is asked for all the same.
        required: facts.required.max(1),
        counted,
        not_counted,
    }
}

/// Why an approval does not count for a document; `None`: it counts.
fn objection_to(
    facts: &Facts,
    bars: &Bars,
    index: usize,
    document: &Document,
    person: UserId,
    approval: &Approval,
) -> Option<Why> {
    if let Some(why) = barred(facts, bars, person) {
        return Some(why);
    }
    match facts.owns(person, index) {
        Owns::Yes => {}
        Owns::No => return Some(Why::NotOwner),
        Owns::CannotTell(what) => return Some(Why::CannotTell { what }),
    }
    if let Some(why) = lacks_write(facts, person) {
        return Some(why);
    }
    let Some(covers) = &approval.covers else {
        return Some(Why::CommitUnknown);
    };
    match covers.get(index).copied().unwrap_or(Covers::CannotTell) {
        Covers::Yes => {}
        Covers::No => return Some(Why::DocumentChanged { paths: vec![document.path.clone()] }),
        Covers::CannotTell => {
            return Some(Why::CannotTell {
                what: format!("`{}` could not be compared with what was approved", document.path),
            });
        }
    }
    if facts.retargeted_at.is_some_and(|at| approval.at <= at) {
        return Some(Why::BeforeRetarget);
    }
    let at = approval.at;
    match &facts.subject {
        subject if subject.is_about(approval.id, at) => None,
        Subject::Draft { settled_at, .. } if at > *settled_at => Some(Why::WhileEdited { at }),
        Subject::Draft { .. } | Subject::Nod | Subject::NotReady(_) => Some(Why::BeforeDraft { at }),
    }
}

/// Who can never approve here, whatever they own.
fn barred(facts: &Facts, bars: &Bars, person: UserId) -> Option<Why> {
    if facts.people.get(&person).is_none_or(|p| p.kind != ActorKind::User) {
        return Some(Why::Bot);
    }
    if facts.author == Some(person) {
        return Some(Why::Author);
    }
    bars.authors.iter().find(|(id, _)| *id == person).map(|(_, sha)| Why::CommitAuthor { sha: sha.clone() })
}

fn lacks_write(facts: &Facts, person: UserId) -> Option<Why> {
    match facts.people.get(&person).and_then(|p| p.permission.as_ref()) {
        Some(Known::Yes(Permission::Write | Permission::Admin)) => None,
        Some(Known::Yes(Permission::None | Permission::Read)) => Some(Why::NoWriteAccess),
        Some(Known::Unknown(why)) => Some(Why::CannotTell {
            what: format!("the permission of {} could not be read: {why}", facts.login(person)),
        }),
        None => Some(Why::CannotTell { what: format!("the permission of {} was not read", facts.login(person)) }),
    }
}

/// People who wrote what is to be approved. Hygiene, not security: the author field can be forged.
struct Bars {
    authors: Vec<(UserId, String)>,
    unreadable: Vec<String>,
}

impl Bars {
    fn of(facts: &Facts) -> Self {
        let mut bars = Self { authors: Vec::new(), unreadable: Vec::new() };
        if !facts.commits_complete {
            bars.unreadable
                .push("the list of commits ends at GitHub's limit of 250: squash or split the pull request".to_owned());
        }
        if facts.author.is_none() {
            bars.unreadable.push(
                "the pull request's author has no account any more: open it again from another account".to_owned(),
            );
        }
        for Commit { short, author, touch } in &facts.commits {
            match (touch, author) {
                (Touch::None, _) => {}
                (Touch::Changed, Some(author)) => bars.authors.push((*author, short.clone())),
                (Touch::Changed, None) => bars.unreadable.push(format!(
                    "commit {short} changes a design document and its author's e-mail belongs to no GitHub account: amend it \
                     with an address that does"
                )),
                (Touch::CannotTell, _) => {
                    bars.unreadable.push(format!("what commit {short} did to the documents could not be read"));
                }
            }
        }
        bars
    }
}

/// An objection by an owner (a bot that owns the document may object, never approve), lifted only by themselves or by another
/// owner who could approve.
fn objection(facts: &Facts, bars: &Bars, person: UserId, say: &Say) -> Option<Reason> {
    let (at, dismissed_by) = match say {
        Say::Objects { at } => (*at, None),
        Say::ObjectionDismissed { at, by } => match lifts(facts, bars, person, *by) {
            Lifts::Yes => return None,
            Lifts::No => (*at, Some(by.map_or_else(|| "a deleted account".to_owned(), |by| facts.login(by)))),
            Lifts::CannotTell(what) => return Some(Reason::CannotTell { what }),
        },
        Say::DismissedUnread => {
            let login = facts.login(person);
            return (facts.owns_any(person) != Owns::No).then(|| Reason::CannotTell {
                what: format!("a review by {login} was dismissed; what it was is not readable yet"),
            });
        }
        Say::Approves(_) => return None,
    };
    match facts.owns_any(person) {
        Owns::Yes => Some(Reason::Objection { by: facts.login(person), at, dismissed_by }),
        Owns::No => None,
        Owns::CannotTell(what) => Some(Reason::CannotTell { what }),
    }
}

enum Lifts {
    Yes,
    No,
    CannotTell(String),
}

fn lifts(facts: &Facts, bars: &Bars, objector: UserId, by: Option<UserId>) -> Lifts {
    let Some(by) = by else { return Lifts::No };
    if by == objector {
        return Lifts::Yes;
    }
    if barred(facts, bars, by).is_some() {
        return Lifts::No;
    }
    match facts.owns_any(by) {
        Owns::No => return Lifts::No,
        Owns::CannotTell(what) => return Lifts::CannotTell(what),
        Owns::Yes => {}
    }
    match lacks_write(facts, by) {
        None => Lifts::Yes,
        Some(Why::CannotTell { what }) => Lifts::CannotTell(what),
        Some(_) => Lifts::No,
    }
}

impl Facts {
    fn login(&self, person: UserId) -> String {
        self.people.get(&person).map_or_else(|| format!("user {}", person.0), |p| p.login.clone())
    }

    /// Whether somebody owns one of the documents.
    fn owns(&self, person: UserId, index: usize) -> Owns {
        let answer = self.people.get(&person).and_then(|p| p.owns.get(index));
        answer.cloned().unwrap_or_else(|| Owns::CannotTell(format!("{} is not known", self.login(person))))
    }

    /// Whether somebody owns any of the documents.
    fn owns_any(&self, person: UserId) -> Owns {
        Owns::any((0..self.documents.len()).map(|index| self.owns(person, index)))
    }
}
