//! The mark that every post of ours carries: an HTML comment with the post's key and an HMAC. It is identity only, never a
//! source of facts, and counts only in a post whose author is our app (anybody may copy it).

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Which of our posts. Ids are (kind, round, ordinal, part), given by the record, never derived from a model's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostKey {
    /// What it is.
    pub kind: PostKind,
    /// The round of questions, or the revision of the draft, from 1; 0 where it does not apply.
    pub round: u32,
    /// The question, recommendation or command, from 1; 0 for a review's body.
    pub ordinal: u32,
    /// The follow-up within a thread, or the part of a long post, from 1; 0 where it does not apply.
    pub part: u32,
}

/// What a post is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PostKind {
    /// The body of a round's review.
    Round,
    /// A question on its line.
    Question,
    /// A reply in a question's thread: a follow-up, a contradiction, an explanation.
    FollowUp,
    /// The body of the draft's review.
    Draft,
    /// A recommendation on its line.
    Recommendation,
    /// The answer to a command.
    CommandReply,
    /// The reminder of a round.
    Reminder,
    /// Something people must know (a pasted secret, for one).
    Notice,
}

impl PostKind {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Round, "round"),
        (Self::Question, "question"),
        (Self::FollowUp, "follow-up"),
        (Self::Draft, "draft"),
        (Self::Recommendation, "recommendation"),
        (Self::CommandReply, "command"),
        (Self::Reminder, "reminder"),
        (Self::Notice, "notice"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

impl PostKey {
    /// A key.
    pub const fn new(kind: PostKind, round: u32, ordinal: u32, part: u32) -> Self {
        Self { kind, round, ordinal, part }
    }

    /// Whether the post makes up the draft: such posts are restored, and while one is altered no approval counts.
    pub const fn is_of_draft(self) -> bool {
        matches!(self.kind, PostKind::Draft | PostKind::Recommendation)
    }
}

impl std::fmt::Display for PostKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}.{}", self.kind.word(), self.round, self.ordinal, self.part)
    }
}

impl std::str::FromStr for PostKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let word = parts.next().ok_or(())?;
        let kind = PostKind::ALL.iter().find(|(_, w)| *w == word).map(|(kind, _)| *kind).ok_or(())?;
        let mut number = || parts.next().ok_or(())?.parse::<u32>().map_err(|_| ());
        let key = Self { kind, round: number()?, ordinal: number()?, part: number()? };
        if parts.next().is_some() || key.to_string() != text {
            return Err(());
        }
        Ok(key)
    }
}

impl Serialize for PostKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PostKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|()| serde::de::Error::custom("not a post key"))
    }
}

/// Signs and checks markers.
#[derive(Clone)]
pub struct MarkerKey([u8; 32]);

impl std::fmt::Debug for MarkerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MarkerKey(…)")
    }
}

const OPEN: &str = "\n\n<!-- threadmodel:v1:";
const CLOSE: &str = " -->";

impl MarkerKey {
    /// A key from 32 secret bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn mac(&self, repository: u64, pull: u64, key: PostKey) -> String {
        // HMAC takes a key of any length, so this cannot fail; an empty MAC would match no marker.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(format!("threadmodel marker v1\0{repository}\0{pull}\0{key}").as_bytes());
        let mut text = hex::encode(mac.finalize().into_bytes());
        text.truncate(32);
        text
    }

    /// The body with its marker appended, as it goes to GitHub.
    pub fn sign(&self, repository: u64, pull: u64, key: PostKey, body: &str) -> String {
        format!("{body}{OPEN}{key}:{}{CLOSE}", self.mac(repository, pull, key))
    }

    /// Takes a body apart into what people see and the key, when its marker holds for this pull request. A body without a
    /// valid marker is returned as it is.
    pub fn read<'a>(&self, repository: u64, pull: u64, body: &'a str) -> (&'a str, Option<PostKey>) {
        let unmarked = (body, None);
        let trimmed = body.trim_end();
        // GitHub may answer with CRLF where we wrote LF.
        let Some(start) = trimmed.rfind(OPEN.trim_start()) else {
            return unmarked;
        };
        let Some(inner) = trimmed.get(start..).and_then(|m| m.strip_prefix(OPEN.trim_start())) else {
            return unmarked;
        };
        let Some((key, mac)) = inner.strip_suffix(CLOSE).and_then(|inner| inner.rsplit_once(':')) else {
            return unmarked;
        };
        let Ok(key) = key.parse::<PostKey>() else {
            return unmarked;
        };
        let expected = self.mac(repository, pull, key);
        if expected.is_empty() || !bool::from(expected.as_bytes().ct_eq(mac.as_bytes())) {
            return unmarked;
        }
        (trimmed.get(..start).unwrap_or_default().trim_end(), Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: PostKey = PostKey::new(PostKind::Question, 1, 2, 0);

    #[test]
    fn a_marker_comes_back_only_for_its_own_pull_request_and_key() {
        let ours = MarkerKey::new([7; 32]);
        let body = ours.sign(1, 2, KEY, "words");
        assert_eq!(ours.read(1, 2, &body), ("words", Some(KEY)));
        assert_eq!(ours.read(1, 2, &body.replace('\n', "\r\n")).1, Some(KEY));
        assert_eq!(ours.read(1, 3, &body).1, None);
        assert_eq!(MarkerKey::new([8; 32]).read(1, 2, &body).1, None);
        assert_eq!(ours.read(1, 2, &body.replace("question.1.2", "question.1.3")).1, None);
        assert_eq!(ours.read(1, 2, "words"), ("words", None));
    }

    #[test]
    fn keys_are_read_back_as_written() {
        assert_eq!(KEY.to_string().parse(), Ok(KEY));
        assert_eq!("question.01.2.0".parse::<PostKey>(), Err(()));
    }
}
