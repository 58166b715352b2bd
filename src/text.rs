//! Text from outside.

use serde::{Deserialize, Serialize};

/// Text that somebody outside wrote: an attacker's until made safe. It has no `Display`, so that it cannot slip into what we
/// post; `prose` turns it into `SafeMarkdown`, which escapes.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Marks text as coming from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The words themselves, to be parsed, compared or escaped; never to be shown as they are.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // People's text does not belong in logs.
        write!(f, "Untrusted({} bytes)", self.0.len())
    }
}
