//! The client over real HTTP.

mod around;
mod look;
mod scripted;
mod transport;
