//! threadmodel: asks, drafts, and gates a merge on the security team's approval.

pub mod analyst;
pub mod threat_model;
pub mod time;
