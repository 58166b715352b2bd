//! Every word that a user reads on GitHub, one file a surface: facts in, `SafeMarkdown` out.

pub mod markdown;

pub use markdown::SafeMarkdown;
