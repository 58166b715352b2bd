//! Conformance: third-party data and the design texts, read in place (`THREADMODEL_SHARED`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub
)]
#![allow(clippy::disallowed_methods, reason = "tests are no core: they read the clock and the environment")]
#![allow(clippy::too_many_lines, reason = "a test that drives every operation is a list")]

mod analyst;
mod approvals;
mod client;
mod codeowners;
mod documents;
mod evaluation;
mod model;
mod patches;
mod payloads;
mod policy;
mod sandbox_graphql;
mod sandbox_rest;
mod sandbox_town;
mod shared;
#[path = "../it/stage.rs"]
#[allow(dead_code, reason = "made for the stories of tests/it, which use more of it")]
mod stage;
mod stories;
mod validate;
mod wire;
