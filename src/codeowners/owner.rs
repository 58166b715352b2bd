//! Who can own: a user, a team, or the e-mail of an account.

use std::fmt;
use std::hash::{Hash, Hasher};

/// An owner as a line names it. Compared without regard to ASCII case, shown as written.
#[derive(Debug, Clone)]
pub enum Owner {
    /// `@login`
    User(String),
    /// `@org/team`
    Team {
        /// The organisation's login.
        org: String,
        /// The team's slug.
        slug: String,
    },
    /// The e-mail of an account.
    Email(String),
}

impl Owner {
    /// Reads one word of a line. None when it is no owner.
    pub fn parse(word: &str) -> Option<Self> {
        if let Some(name) = word.strip_prefix('@') {
            return match name.split_once('/') {
                None => is_login(name).then(|| Self::User(name.to_owned())),
                Some((org, slug)) => {
                    (is_login(org) && is_slug(slug)).then(|| Self::Team { org: org.to_owned(), slug: slug.to_owned() })
                }
            };
        }
        is_email(word).then(|| Self::Email(word.to_owned()))
    }

    /// Kind and the two parts of the name, for comparison.
    fn parts(&self) -> (u8, &str, &str) {
        match self {
            Self::User(login) => (0, login, ""),
            Self::Team { org, slug } => (1, org, slug),
            Self::Email(address) => (2, address, ""),
        }
    }
}

impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        let (kind, left, right) = self.parts();
        let (other_kind, other_left, other_right) = other.parts();
        kind == other_kind && left.eq_ignore_ascii_case(other_left) && right.eq_ignore_ascii_case(other_right)
    }
}

impl Eq for Owner {}

impl Hash for Owner {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (kind, left, right) = self.parts();
        kind.hash(state);
        for byte in left.bytes().chain([b'/']).chain(right.bytes()) {
            byte.to_ascii_lowercase().hash(state);
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(login) => write!(f, "@{login}"),
            Self::Team { org, slug } => write!(f, "@{org}/{slug}"),
            Self::Email(address) => f.write_str(address),
        }
    }
}

/// Letters, digits and hyphens, not a hyphen first; `_` stands in the logins of managed users.
fn is_login(name: &str) -> bool {
    name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) && is_slug(name)
}

fn is_slug(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// RFC 5321 without quoted local parts and address literals, and with a dot in the domain.
fn is_email(word: &str) -> bool {
    let Some((local, domain)) = word.rsplit_once('@') else {
        return false;
    };
    let is_atom = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!$%&'*+-/=?^_`{|}~".contains(&b))
    };
    let is_label = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    local.split('.').all(is_atom) && domain.contains('.') && domain.split('.').all(is_label)
}
