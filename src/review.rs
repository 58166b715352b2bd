//! `want()`: what should be true of one pull request. Pure: the same snapshot, record, policy and time give the same plan.

pub mod commands;
pub mod effect;
pub mod marker;
pub mod record;
pub mod snapshot;
pub mod verdict;
pub mod wanted;
