//! Conformance: third-party data and the design texts, read in place (`THREADMODEL_SHARED`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]

use apollo_compiler as _;
use jsonschema as _;

mod client;
mod analyst;
mod codeowners;
mod payloads;
mod policy;
mod shared;
mod patches;
mod documents;
