//! The client over real HTTP.

mod look;
mod scripted;
mod transport;
