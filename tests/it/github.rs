//! The client over real HTTP.

mod scripted;
mod transport;
