//! What people read on GitHub.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod attack_tree;
mod example;
mod markdown;
mod methodologies;
mod surfaces;
mod unseen;
