//! threadmodel: asks, drafts, and gates a merge on the security team's approval.

pub mod analyst;
pub mod cli;
pub mod codeowners;
pub mod config;
pub mod diff;
pub mod digest;
pub mod document;
pub mod engine;
pub mod eval;
pub mod evidence;
pub mod export;
pub mod github;
pub mod llm;
pub mod memory;
pub mod methodology;
pub mod policy;
pub mod prose;
pub mod review;
pub mod sandbox;
pub mod store;
pub mod text;
pub mod threat_model;
pub mod time;
pub mod web;
