//! Things that people must know at once.

use super::cite;
use super::link::{Context, RepoLink};
use super::markdown::{SafeMarkdown, link_maybe, login, ordinal, words};
use crate::review::pasted::Kind;
use crate::say;

/// Where a secret was pasted. What it is stays out of our text: not a character of it is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pasted<'a> {
    /// In a document.
    Document {
        /// The document.
        path: &'a str,
        /// 1-based.
        line: u32,
    },
    /// In a comment.
    Comment {
        /// Who wrote it.
        login: &'a str,
        /// The comment.
        link: Option<RepoLink>,
    },
}

/// Tells that something looks like a secret.
pub fn secret(context: &Context, pasted: &Pasted<'_>, kind: Kind) -> SafeMarkdown {
    let what = match kind {
        Kind::AccessKey => "an access key",
        Kind::Token => "a token",
        Kind::PrivateKey => "a private key",
        Kind::SignedToken => "a signed token",
        Kind::Password => "a password or key",
    };
    let advice = words("It was not sent to any model. Please rotate it; deleting the text is not enough.");
    match pasted {
        Pasted::Document { path, line } => {
            let at = super::markdown::link(&say!("Line {}", ordinal(*line)), &context.lines(path, *line, *line));
            say!("{} of {} holds what looks like {}. {}", at, cite::document(path), words(what), advice)
        }
        Pasted::Comment { login: who, link } => {
            let comment = link_maybe(&words("this comment"), link.as_ref());
            say!("{}, {} holds what looks like {}. {}", login(who), comment, words(what), advice)
        }
    }
}
