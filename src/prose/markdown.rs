//! Markdown that is safe to post.

use serde::{Deserialize, Serialize};

/// Markdown that may be posted. Our own words go in as `&'static str`; everything else is escaped on the way in. There is
/// no other constructor, so text from outside cannot reach GitHub unescaped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SafeMarkdown(String);

impl SafeMarkdown {
    /// The text as it goes to GitHub.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
