//! A GitHub in memory behind real HTTP, for tests, the demo, and `threadmodel sandbox`.
//!
//! It imports nothing else of this crate: it is judged against GitHub's own descriptions, never against what the product expects.
//! [`World`](world::World) is the state machine (pure); around it stand REST, GraphQL, webhooks, faults, and a control API under `/_sandbox`.
//! What it claims about GitHub, with sources, is listed in `docs/sandbox.md`.

pub mod act;
pub mod checks;
pub mod comments;
pub mod git;
pub mod log;
mod merging;
pub mod model;
pub mod owners;
mod page;
pub mod patch;
pub mod people;
pub mod pulls;
mod reads;
mod render;
pub mod repos;
pub mod reviews;
pub mod seed;
pub mod world;
