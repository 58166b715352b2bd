//! The analyst that asks a language model: prompts in, typed answers out, every claim checked against the words that it quotes.
//!
//! A model holds no power here. What it returns is parsed into closed types, grounded (`ground`), and handed to the same pure
//! code that the built-in analyst feeds; when a provider is down or a budget is spent, the built-in analyst takes over.

pub mod analysts;
pub mod answers;
pub mod changes;
pub mod context;
pub mod fence;
pub mod ground;
pub mod model;
pub mod prompt;
pub mod provider;
pub mod reading;
pub mod recorded;
pub mod schema;
pub mod sources;
pub mod tally;
#[cfg(test)]
mod tests;
