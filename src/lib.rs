//! threadmodel: asks, drafts, and gates a merge on the security team's approval.

pub mod analyst;
pub mod digest;
pub mod github;
pub mod diff;
pub mod document;
pub mod evidence;
pub mod prose;
pub mod review;
pub mod sandbox;
pub mod text;
pub mod codeowners;
pub mod threat_model;
pub mod time;
/// Placeholder until the real module lands: whoever lands it deletes this block.
pub mod policy { /// x
 #[derive(Clone,Debug,PartialEq)] pub struct Policy; 
/// x
 #[derive(Clone,Debug,PartialEq)] pub struct PolicyProblem; 
/// x
 #[derive(Clone,Debug,PartialEq,Eq,PartialOrd,Ord)] pub struct TeamRef; }
