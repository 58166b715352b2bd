//! Integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub
)]
#![allow(clippy::disallowed_methods, reason = "tests are no core: they read the clock and the environment")]
#![allow(clippy::pedantic, clippy::too_many_arguments, reason = "tests are written to be read, not to be called")]

mod approvals;
mod cli;
mod codeowners;
mod config;
mod crashes;
mod demo;
mod diagrams;
mod diff;
mod document;
mod evidence;
mod export;
mod facts;
mod github;
mod happy;
mod histories;
mod histories_core;
mod judging;
mod layering;
mod llm;
mod long_story;
mod measures;
mod memory;
mod methodology;
mod oracle;
mod overriding;
mod plug;
mod policy;
mod properties;
mod prose;
mod reconciling;
mod refining;
mod sandbox;
mod sandbox_command;
mod sandbox_http;
mod stage;
mod stopping;
mod store;
mod stories;
mod tidy;
mod web;
