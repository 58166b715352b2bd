//! The analyst that asks a language model. Every answer of a provider in these tests is written by hand in the form that
//! the provider documents; none was recorded.

mod errors;
mod injection;
pub(crate) mod scripted;
mod server;
mod settings;
mod smoke;
mod wire;
