//! Who may approve a document: CODEOWNERS of the base as GitHub reads it, narrowed by `approval.teams`, with
//! `approval.fallback` where nobody is left.
//!
//! Source: <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>

use super::snapshot::{Actor, CodeownersFile, Known, Snapshot};
use super::verdict::OwnersOf;
use crate::codeowners::{Owner, Rule};
use crate::policy::{Policy, TeamRef};

/// Who owns one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The path.
    pub path: String,
    /// How it was decided, for people.
    pub how: OwnersOf,
    owners: Vec<Owner>,
    /// Members of one of these only; empty: no narrowing.
    within: Vec<TeamRef>,
}

/// Whether somebody is an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owns {
    /// Yes.
    Yes,
    /// No.
    No,
    /// A team could not be read; why.
    CannotTell(String),
}

impl Ownership {
    /// Whether this person owns the path.
    pub fn includes(&self, snapshot: &Snapshot, person: &Actor) -> Owns {
        let owns = Owns::any(self.owners.iter().map(|owner| match owner {
            Owner::User(login) if login.eq_ignore_ascii_case(&person.login) => Owns::Yes,
            Owner::User(_) | Owner::Email(_) => Owns::No,
            Owner::Team { org, slug } => member(snapshot, &TeamRef { org: org.clone(), slug: slug.clone() }, person),
        }));
        if self.within.is_empty() || owns == Owns::No {
            return owns;
        }
        match (owns, Owns::any(self.within.iter().map(|team| member(snapshot, team, person)))) {
            (_, Owns::No) | (Owns::No, _) => Owns::No,
            (Owns::Yes, Owns::Yes) => Owns::Yes,
            (Owns::CannotTell(why), _) | (_, Owns::CannotTell(why)) => Owns::CannotTell(why),
        }
    }

    /// Nobody can ever approve this path.
    pub const fn is_nobody(&self) -> bool {
        matches!(self.how, OwnersOf::Nobody { .. })
    }
}

impl Owns {
    /// Yes, when one of these is; when none is sure, nobody can tell.
    pub fn any(mut answers: impl Iterator<Item = Self>) -> Self {
        answers
            .try_fold(Self::No, |so_far, next| match (so_far, next) {
                (_, Self::Yes) => Err(()),
                (Self::CannotTell(why), _) | (_, Self::CannotTell(why)) => Ok(Self::CannotTell(why)),
                (so_far, Self::No) => Ok(so_far),
            })
            .unwrap_or(Self::Yes)
    }
}

/// Whether somebody is in a team.
pub fn member(snapshot: &Snapshot, team: &TeamRef, person: &Actor) -> Owns {
    match snapshot.teams.get(team) {
        Some(Known::Yes(members)) if members.contains(&person.id) => Owns::Yes,
        Some(Known::Yes(_)) => Owns::No,
        Some(Known::Unknown(why)) => Owns::CannotTell(format!("the members of {team} cannot be read: {why}")),
        None => Owns::CannotTell(format!("the members of {team} were not read")),
    }
}

/// Who owns `path`.
pub fn ownership(snapshot: &Snapshot, policy: &Policy, path: &str) -> Ownership {
    let (file, rule) = match &snapshot.codeowners {
        CodeownersFile::Loaded { path: file, rules } => (file.as_str(), rules.rule_for(path)),
        CodeownersFile::Missing => {
            return fallback(policy, path, "the base has no CODEOWNERS file".to_owned());
        }
        CodeownersFile::TooLarge { path: file } => {
            return fallback(policy, path, format!("{file} is 3 MB or larger, so GitHub does not load it"));
        }
        // Not "no owners": nobody can tell, so nobody can approve.
        CodeownersFile::Unreadable { why } => {
            return nobody(path, format!("CODEOWNERS could not be read: {why}"));
        }
    };
    let Some(rule) = rule else {
        return fallback(policy, path, format!("no line of {file} matches it"));
    };
    if rule.owners.is_empty() {
        return fallback(policy, path, format!("{file} line {} names no owner", rule.line));
    }
    let valid = valid_owners(snapshot, rule);
    if valid.is_empty() {
        return fallback(policy, path, format!("{file} line {} names no owner that GitHub accepts", rule.line));
    }
    if nobody_within(snapshot, &valid, &policy.approval.teams) {
        let why = format!("nobody that {file} line {} names is in the teams of `approval.teams`", rule.line);
        return fallback(policy, path, why);
    }
    Ownership {
        path: path.to_owned(),
        how: OwnersOf::Rule {
            file: file.to_owned(),
            line: rule.line,
            pattern: rule.pattern.clone(),
            owners: rule.owners.iter().map(ToString::to_string).collect(),
        },
        owners: valid,
        within: policy.approval.teams.clone(),
    }
}

/// The owners that GitHub keeps: on a line it reports with an unknown owner, teams that cannot be read are the unknown ones;
/// without such a report an unreadable team stays, and nobody is sure of its members.
fn valid_owners(snapshot: &Snapshot, rule: &Rule) -> Vec<Owner> {
    let reported = snapshot.codeowners_errors.value().is_some_and(|errors| {
        errors.iter().any(|e| e.line == rule.line && e.kind.to_ascii_lowercase().contains("owner"))
    });
    let readable = |owner: &Owner| {
        TeamRef::from_owner(owner).is_some_and(|t| matches!(snapshot.teams.get(&t), Some(Known::Yes(_))))
    };
    let one_owner = rule.owners.len() == 1;
    rule.owners
        .iter()
        .filter(|owner| match owner {
            // E-mail addresses cannot be matched to accounts.
            Owner::Email(_) => false,
            Owner::Team { .. } => !reported || readable(owner),
            Owner::User(_) => !(reported && one_owner),
        })
        .cloned()
        .collect()
}

/// With `approval.teams`: whether it is certain that no owner is in them.
fn nobody_within(snapshot: &Snapshot, owners: &[Owner], within: &[TeamRef]) -> bool {
    !within.is_empty()
        && owners.iter().all(|owner| match owner {
            // A person who never acted here has no id that we know: asked only when they approve.
            Owner::User(_) => false,
            Owner::Email(_) => true,
            Owner::Team { org, slug } => {
                let team = TeamRef { org: org.clone(), slug: slug.clone() };
                !within.contains(&team)
                    && snapshot.teams.get(&team).and_then(Known::value).is_some_and(|members| {
                        within.iter().all(|w| {
                            snapshot.teams.get(w).and_then(Known::value).is_some_and(|m| m.is_disjoint(members))
                        })
                    })
            }
        })
}

fn fallback(policy: &Policy, path: &str, because: String) -> Ownership {
    let teams = &policy.approval.fallback;
    if teams.is_empty() {
        return nobody(path, because);
    }
    Ownership {
        path: path.to_owned(),
        how: OwnersOf::Fallback { teams: teams.iter().map(ToString::to_string).collect(), because },
        owners: teams.iter().map(|t| Owner::Team { org: t.org.clone(), slug: t.slug.clone() }).collect(),
        within: Vec::new(),
    }
}

fn nobody(path: &str, because: String) -> Ownership {
    Ownership { path: path.to_owned(), how: OwnersOf::Nobody { because }, owners: Vec::new(), within: Vec::new() }
}
