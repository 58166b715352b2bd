//! Fences around other people's text, which nobody outside can forge, and the canary that shows a leaked prompt.
//!
//! The mark of a fence follows from a secret of this process and from the text inside: the same text has the same fence in every
//! request, so that a provider's cache knows it again, and who writes the text cannot know the mark (docs/adr/0011).

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

use super::sources::Piece;

/// The secret behind the fences of one process.
#[derive(Debug)]
pub struct Fences {
    secret: SecretSlice<u8>,
}

/// The system cannot give randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

impl Fences {
    /// Fences with a new secret.
    #[expect(clippy::disallowed_methods, reason = "the shell makes the secret")]
    pub fn new() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self::with_secret(&bytes))
    }

    /// Fences with a given secret, for tests.
    pub fn with_secret(secret: &[u8]) -> Self {
        Self { secret: secret.to_vec().into() }
    }

    /// The mark of a text.
    fn mark(&self, purpose: &str, text: &str) -> String {
        // A key of any length is taken.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret()) else { return String::new() };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        hex::encode(mac.finalize().into_bytes()).chars().take(16).collect()
    }

    /// A word that stands in one prompt only; an answer that holds it gives away the prompt.
    pub fn canary(&self, prompt: &str) -> String {
        format!("tm-{}", self.mark("canary", prompt))
    }

    /// The lines of a piece between its fences.
    pub fn around(&self, piece: &Piece, lines: &str) -> String {
        self.around_text(&piece.id, &piece.label, lines)
    }

    /// A text between fences.
    pub fn around_text(&self, id: &str, label: &str, text: &str) -> String {
        let (mark, text) = (self.mark(id, text), text.trim_end());
        format!("<<<{id} {mark} {label}>>>\n{text}\n<<<end {id} {mark}>>>\n")
    }
}

/// The mark of a closing fence, when a line of a prompt is one. Lines of other people's text begin with their number.
pub fn mark_in(line: &str) -> Option<&str> {
    let mark = line.strip_prefix("<<<end ")?.strip_suffix(">>>")?.rsplit(' ').next()?;
    Some(mark).filter(|mark| mark.len() == 16)
}
