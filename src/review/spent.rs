//! What model providers cost one pull request, and where the built-in analyst stood in for them: shown, never counted.

/// What was spent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens, in and out.
    pub tokens: u64,
    /// Where the built-in analyst stood in last, by task.
    pub stood_in: Vec<StoodIn>,
}

/// The built-in analyst did a task that a model was to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoodIn {
    /// The task: `ask`, `assess`, `draft`, `follow`, `refine`.
    pub task: String,
    /// Why, in plain words.
    pub why: String,
}
