//! Integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub
)]

mod github;
mod cli;
mod codeowners;
mod config;
mod demo;
mod document;
mod happy;
mod plug;
mod policy;
mod prose;
mod sandbox;
mod store;
mod web;
mod diff;
mod evidence;
mod diagrams;
mod layering;
mod tidy;
