//! `.github/threadmodel.yml`: what a repository asks of threadmodel, typed.
//!
//! The documentation of each setting is its doc comment here: the JSON Schema
//! (`docs/policy.schema.json`) and the table for repository owners (`docs/policy.md`) are generated
//! from these types. A broken file never opens the gate: it is a [`PolicyProblem`] with line and
//! column, and no policy.
//!
//! A file is read in two steps: [`tree`] turns YAML into a tree in which everything knows its place,
//! [`read`] turns that into a [`Policy`]. [`layer`] puts a repository's file over its organisation's.

mod globs;
mod layer;
mod problem;
mod read;
mod reference;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
mod tree;
mod values;

pub use globs::Globs;
pub use layer::{Layered, OrgPolicy};
pub use problem::{PolicyFile, PolicyProblem};
pub use reference::{reference_markdown, schema};
pub use values::{Language, Methodology, Period, TeamRef};

use schemars::JsonSchema;
use serde::Serialize;

/// Where the file is, in a repository and in the organisation's `.github` repository.
pub const PATH: &str = ".github/threadmodel.yml";

/// Tasks to whose rules a team may add: the names of the files in the folder `prompts`, without `.md`.
pub const PROMPTS: [&str; 5] = ["ask", "assess", "draft", "follow", "refine"];

/// A larger file is not read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// What a repository asks of threadmodel. Every setting may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(default, deny_unknown_fields)]
pub struct Policy {
    /// The design documents, as gitignore-style patterns from the root of the repository.
    pub documents: Globs,
    /// Files that `documents` matches and that are not design documents, as patterns of the same kind.
    pub ignore: Globs,
    /// `enforce`: the check is green only with a ground for it. `advise`: always green, and it says so.
    pub mode: Mode,
    /// What the check is called.
    pub check: Check,
    /// How threats are looked for and laid out: the name of a methodology, or the path of your own in the repository, read from
    /// the base. `docs/methodologies.md` says which to choose.
    pub methodology: Methodology,
    /// How much is asked.
    pub questions: Questions,
    /// Whose approval turns the check green.
    pub approval: Approval,
    /// What is too small for questions and a draft.
    pub trivial: Trivial,
    /// What happens when nobody answers.
    pub reminders: Reminders,
    /// Markdown files about your organisation that the analyst reads, as gitignore-style patterns: from the base, and from the
    /// organisation's `.github` repository.
    pub context: Globs,
    /// The folder of your own prompts, in the repository: what your team adds to the rules of a task (`ask.md`, `assess.md`,
    /// `draft.md`, `follow.md`, `refine.md`), read from the base. A model heeds it; the built-in analyst does not.
    pub prompts: String,
    /// Whether recommendations carry GitHub's "commit suggestion" blocks. `off` where checks of sign-off or
    /// contributor agreements mind a bot as co-author.
    pub suggestions: Suggestions,
    /// How much is written into the pull request. `summary` keeps threat stories on the dashboard;
    /// `auto` is `summary` on public repositories, else `full`.
    pub visibility: Visibility,
    /// What happens on pull requests of people without write access. `ask-first`: nothing begins until
    /// somebody with write access says `start`. `built-in`: only the built-in analyst. `full`: as for everyone.
    pub outsiders: Outsiders,
    /// Hosts that posts may link to, beside this repository.
    #[schemars(length(max = 100))]
    pub links: Vec<String>,
    /// What may be spent.
    pub budget: Budget,
    /// The language of questions and drafts, as a tag such as `en` or `pt-BR`; `auto`: the document's. The built-in
    /// analyst writes English whatever this says.
    pub language: Language,
}

/// Whether the check can be red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Mode {
    /// Green only with a ground for it.
    Enforce,
    /// Always green; the text still tells the truth.
    Advise,
}

/// What the check is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, default, deny_unknown_fields)]
pub struct Check {
    /// The check's name. `{base}` becomes the base branch and must be in it: a green check must not count on another branch.
    #[schemars(length(min = 6, max = 100))]
    pub name: String,
    /// Groups of branches that share a name, by pattern; the first that matches counts. Read from the default branch only.
    #[serde(serialize_with = "as_map")]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub groups: Vec<(String, String)>,
}

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, default, deny_unknown_fields)]
pub struct Questions {
    /// Questions in a round, at most.
    #[schemars(range(min = 1, max = 20))]
    pub max: u32,
    /// Follow-ups in a thread, at most.
    #[schemars(range(min = 0, max = 10))]
    pub followups: u32,
    /// Rounds of questions in a review, at most.
    #[schemars(range(min = 1, max = 10))]
    pub rounds: u32,
}

/// Whose approval turns the check green.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, default, deny_unknown_fields)]
pub struct Approval {
    /// Only code owners in these teams count. Empty: every code owner of the document.
    #[schemars(length(max = 20))]
    pub teams: Vec<TeamRef>,
    /// Approvals that each document needs.
    #[schemars(range(min = 1, max = 10))]
    pub required: u32,
    /// Whether each must-fix recommendation must be applied, accepted as a risk, or approved after the change.
    pub must_fix: bool,
    /// Teams that own a document which CODEOWNERS leaves without a valid owner. Empty: such a document cannot be approved.
    #[schemars(length(max = 20))]
    pub fallback: Vec<TeamRef>,
}

/// What is too small for questions and a draft.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(inline, default, deny_unknown_fields)]
pub struct Trivial {
    /// Design documents whose changes are always trivial, as gitignore-style patterns.
    pub paths: Globs,
    /// `pass`: the check is green at once. `acknowledge`: it waits for a code owner's approval.
    pub then: TrivialThen,
    /// The share of trivial changes that wait for a code owner's approval all the same.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub sample: f64,
}

/// What follows a trivial change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum TrivialThen {
    /// Green at once.
    Pass,
    /// A code owner's nod.
    Acknowledge,
}

/// What happens when nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, default, deny_unknown_fields)]
pub struct Reminders {
    /// Working time until the one reminder: days (`3d`) or hours (`12h`).
    pub after: Period,
    /// `draft`: the draft goes ahead on stated assumptions. `wait`: it waits for the answers.
    pub then: ReminderThen,
}

/// What follows a reminder that nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum ReminderThen {
    /// The draft goes ahead on stated assumptions.
    Draft,
    /// It waits.
    Wait,
}

/// Whether recommendations carry suggestion blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Suggestions {
    /// Where they change the document's own words.
    On,
    /// Never.
    Off,
}

/// How much is written into the pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Visibility {
    /// Everything.
    Full,
    /// Threat stories stay on the dashboard.
    Summary,
    /// `summary` on public repositories, else `full`.
    Auto,
}

/// What happens on pull requests of people without write access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Outsiders {
    /// Nothing begins until somebody with write access says `start`.
    AskFirst,
    /// Only the built-in analyst.
    BuiltIn,
    /// As for everyone.
    Full,
}

/// What may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, default, deny_unknown_fields)]
pub struct Budget {
    /// Tokens for one review, over its whole life.
    #[schemars(range(min = 1_000, max = 100_000_000))]
    pub tokens_per_review: u64,
    /// Calls of a model provider in an hour, for this repository.
    #[schemars(range(min = 1, max = 10_000))]
    pub calls_per_hour: u32,
}

impl Default for Policy {
    fn default() -> Self {
        let globs = |patterns: &[&str]| {
            let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            // The default patterns are valid (a test); were one not, nothing would match.
            Globs::new(patterns).unwrap_or_default()
        };
        Self {
            documents: globs(&["docs/design/**/*.md", "rfcs/*.md"]),
            ignore: globs(&["docs/design/template.md"]),
            mode: Mode::Enforce,
            check: Check::default(),
            methodology: Methodology::default(),
            questions: Questions::default(),
            approval: Approval::default(),
            trivial: Trivial::default(),
            reminders: Reminders::default(),
            context: globs(&[".github/threadmodel/context/*.md"]),
            prompts: ".github/threadmodel/prompts".to_owned(),
            suggestions: Suggestions::On,
            visibility: Visibility::Auto,
            outsiders: Outsiders::AskFirst,
            links: Vec::new(),
            budget: Budget::default(),
            language: Language::Auto,
        }
    }
}

impl Default for Check {
    fn default() -> Self {
        Self { name: "threadmodel: {base}".to_owned(), groups: Vec::new() }
    }
}

impl Default for Questions {
    fn default() -> Self {
        Self { max: 6, followups: 2, rounds: 3 }
    }
}

impl Default for Approval {
    /// No teams: any name would be that of somebody else's organisation.
    fn default() -> Self {
        Self { teams: Vec::new(), required: 1, must_fix: false, fallback: Vec::new() }
    }
}

impl Default for Trivial {
    fn default() -> Self {
        Self { paths: Globs::default(), then: TrivialThen::Pass, sample: 0.05 }
    }
}

impl Default for Reminders {
    fn default() -> Self {
        Self { after: Period::days(3), then: ReminderThen::Draft }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { tokens_per_review: 400_000, calls_per_hour: 30 }
    }
}

impl Policy {
    /// Reads a repository's file. What it does not say has its default; an empty file says nothing.
    pub fn parse(text: &str) -> Result<Self, PolicyProblem> {
        Ok(Self::layered(None, Some(text))?.policy)
    }

    /// A repository's file (None: it has none) over its organisation's. Settings that the organisation
    /// locked and the repository sets otherwise are told in [`Layered::overruled`], and the organisation wins.
    pub fn layered(org: Option<&OrgPolicy>, repo: Option<&str>) -> Result<Layered, PolicyProblem> {
        layer::layered(org, repo)
    }

    /// Whether a file of the repository is a design document.
    pub fn is_document(&self, path: &str) -> bool {
        self.documents.matches(path) && !self.ignore.matches(path)
    }

    /// Whether changes of this file are trivial by rule. Does not ask whether it is a document.
    pub fn is_trivial_path(&self, path: &str) -> bool {
        self.trivial.paths.matches(path)
    }

    /// Whether this file is context that the analyst may read.
    pub fn is_context(&self, path: &str) -> bool {
        self.context.matches(path)
    }

    /// The check's name on a pull request into `base_ref` (a branch, without `refs/heads/`). Groups
    /// count only in the default branch's policy; which one this is, the caller knows.
    pub fn check_name(&self, base_ref: &str) -> String {
        let group = self.check.groups.iter().find(|(pattern, _)| {
            // A branch's `/` parts names as in GitHub's own branch patterns: `release/*` is not `release/1/2`.
            globs::branch_pattern(pattern).is_ok_and(|pattern| pattern.is_match(base_ref))
        });
        let template = group.map_or(&self.check.name, |(_, name)| name);
        template.replace("{base}", base_ref)
    }
}

fn as_map<S: serde::Serializer>(groups: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(groups.iter().map(|(pattern, name)| (pattern, name)))
}
