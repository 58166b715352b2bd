//! Canonical digests: SHA-256 over a domain tag, a version and length-prefixed parts, so that no two different inputs share
//! a byte string. Golden values are tests: a digest that changes silently would void approvals and repeat analyses.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A digest in lower-case hex, 64 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight digits, for people to read and paste.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

/// Builds a digest part by part; the order of the parts counts.
#[derive(Clone)]
pub struct Canonical(Sha256);

impl Canonical {
    /// Starts a digest in `domain`, version `version` of its layout.
    pub fn new(domain: &str, version: u32) -> Self {
        let mut this = Self(Sha256::new());
        this.0.update(b"threadmodel\0");
        this.add(domain);
        this.number(u64::from(version));
        this
    }

    fn add(&mut self, part: &str) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part.as_bytes());
    }

    fn number(&mut self, n: u64) {
        self.0.update(n.to_be_bytes());
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, part: &str) -> Self {
        self.0.update([b't']);
        self.add(part);
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn int(mut self, n: u64) -> Self {
        self.0.update([b'n']);
        self.number(n);
        self
    }

    /// Adds an optional text; absent and empty differ.
    #[must_use]
    pub fn maybe(self, part: Option<&str>) -> Self {
        match part {
            Some(part) => self.int(1).text(part),
            None => self.int(0),
        }
    }

    /// Adds the canonical JSON of a value (field order is the type's own; maps are ordered maps).
    #[must_use]
    pub fn json<T: Serialize>(self, value: &T) -> Self {
        // A value of ours that cannot be written as JSON has a non-string map key: a distinct tag keeps it from
        // colliding with one that can.
        match serde_json::to_string(value) {
            Ok(text) => self.text(&text),
            Err(error) => self.int(u64::MAX).text(&error.to_string()),
        }
    }

    /// The digest.
    pub fn finish(self) -> Digest {
        Digest(hex::encode(self.0.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_run_into_each_other() {
        let one = Canonical::new("test", 1).text("ab").text("c").finish();
        let other = Canonical::new("test", 1).text("a").text("bc").finish();
        assert_ne!(one, other);
        assert_ne!(Canonical::new("test", 1).maybe(None).finish(), Canonical::new("test", 1).maybe(Some("")).finish());
    }

    #[test]
    fn golden_values_hold() {
        let digest = Canonical::new("golden", 1).text("docs/a.md").int(42).maybe(None).finish();
        insta::assert_snapshot!(digest.as_str(), @"5ab198e28bf1538382b566fd0a272dcb936e131ffe7a39ac9cef1bd3ee185f8e");
    }
}
