//! threadmodel: asks, drafts, and gates a merge on the security team's approval.
