//! The ways to one feared outcome, as a tree: what a draft carries. What follows from it is computed in `methodology::attack_tree`.

use serde::{Deserialize, Serialize};

use super::Source;

/// The ways to one feared outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttackTree {
    /// What somebody would want, one line.
    pub goal: String,
    /// How the ways hang together. One of them is under nothing: the goal.
    pub nodes: Vec<TreeNode>,
    /// The single steps.
    pub steps: Vec<TreeStep>,
}

/// A place where ways meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeNode {
    /// Stable name within the tree.
    pub id: String,
    /// The node it is under; none: it is the goal.
    pub under: Option<String>,
    /// What is reached there, a few words.
    pub title: String,
    /// What it takes of what is under it.
    pub takes: Takes,
}

/// What a node takes of what is under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// One of them is enough.
    Any,
    /// It takes all of them.
    All,
}

/// One step: a leaf of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeStep {
    /// Stable name within the tree.
    pub id: String,
    /// The node it is under.
    pub under: String,
    /// What somebody does, a few words.
    pub action: String,
    /// What must be true first.
    pub precondition: String,
    /// What says that it is true: words, or an assumption by its number.
    pub evidence: Option<Source>,
    /// The step that makes it true, when another one does: its id.
    pub after: Option<String>,
    /// The threat of the draft that this step is: `Threat::id`.
    pub threat: Option<String>,
    /// What somebody must know.
    pub skill: Skill,
    /// What it costs, in days of one person's work, rounded up.
    pub cost: u32,
    /// Somebody would notice: it leaves a trace that is looked at.
    pub noticed: bool,
}

/// What somebody must know to take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Skill {
    /// Nothing that an ordinary user does not know.
    Anybody,
    /// What somebody who builds such systems knows.
    Trained,
    /// What few know.
    Expert,
}
