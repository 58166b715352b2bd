//! Integration tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, unreachable_pub)]

mod approvals;
mod cli;
mod codeowners;
mod config;
mod demo;
mod diagrams;
mod diff;
mod document;
mod evidence;
mod facts;
mod github;
mod happy;
mod histories;
mod histories_core;
mod layering;
mod oracle;
mod overriding;
mod plug;
mod policy;
mod properties;
mod prose;
mod reconciling;
mod sandbox;
mod sandbox_http;
mod store;
mod tidy;
mod web;
