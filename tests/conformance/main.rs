//! Conformance: third-party data and the design texts, read in place (`THREADMODEL_SHARED`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub)]

mod analyst;
mod approvals;
mod client;
mod codeowners;
mod documents;
mod patches;
mod payloads;
mod policy;
mod sandbox_graphql;
mod sandbox_rest;
mod sandbox_town;
mod shared;
mod validate;
