//! Every word that a user reads on GitHub, one file a surface: facts in, `SafeMarkdown` out.

pub mod check;
pub mod cite;
pub mod diagram;
mod escape;
pub mod link;
pub mod markdown;
pub mod round;

pub use link::{CommentRef, Context, RepoAddress, RepoLink};
pub use markdown::SafeMarkdown;
