//! Every word that a user reads on GitHub, one file a surface: facts in, `SafeMarkdown` out.

pub mod check;
pub mod cite;
pub mod command;
pub mod diagram;
pub mod draft;
mod escape;
pub mod follow_up;
pub mod link;
pub mod markdown;
pub mod notice;
pub mod recommendation;
pub mod reminder;
pub mod round;
pub mod unseen;

pub use link::{CommentRef, Context, RepoAddress, RepoLink};
pub use markdown::SafeMarkdown;
