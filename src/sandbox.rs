//! A GitHub in memory behind real HTTP, for tests, the demo, and `threadmodel sandbox`.
//!
//! It imports nothing else of this crate: it is judged against GitHub's own descriptions, never against what the product expects.
//! [`World`](world::World) is the state machine (pure); around it stand REST, GraphQL, webhooks, faults, and a control API under `/_sandbox`.
//! What it claims about GitHub, with sources, is listed in `docs/sandbox.md`.

pub mod act;
mod auth;
pub mod checks;
pub mod comments;
mod control;
pub mod faults;
mod following;
pub mod git;
mod graphql;
mod http;
pub mod issues;
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
mod rest;
pub mod reviews;
pub mod seed;
mod server;
pub mod webhooks;
pub mod world;

pub use faults::{Fault, Hostility, Trouble, When};
pub use http::serve;
pub use server::{Clock, Sandbox, Shared};
