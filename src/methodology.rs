//! Methodologies as files: which facts one needs, through which lens it looks, how its draft is laid out, how it rates.
//!
//! Eleven come with threadmodel (`prompts/methodologies/*.toml`); a team's own is a file of the same shape. A methodology holds no
//! code and no free-text verdicts: it names functions of [`rating`] and sections that prose knows. All of them lay out the same
//! threat model, so that switching the lens asks nobody twice.

pub mod attack_tree;
pub mod lens;
pub mod rating;
mod read;
mod reference;

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::threat_model::{ComponentKind, Slot};
use rating::Rating;

pub use read::MethodologyError;
pub use reference::reference_markdown;

/// The one that holds where nothing is said.
pub const DEFAULT: &str = "four-questions";

/// What holds whatever the methodology: for those who write a file or a draft, and for an analyst's model.
pub const HOUSE_RULES: [&str; 9] = [
    "Order by importance, and write for a tired reader.",
    "Before adding anything, ask whether the design would differ without it.",
    "Leave out a threat that is weaker than one already accepted.",
    "What a one-line patch removes is a bug, not a threat.",
    "Where a secret or data about people goes to somebody else, think of a reader there who keeps the rules and is curious.",
    "Every \u{201c}nobody can\u{201d} must be true on what it runs on.",
    "Never promise what the running system cannot keep.",
    "\u{201c}Brief\u{201d}, \u{201c}small\u{201d} and \u{201c}rare\u{201d} need a number.",
    "No category is filled for its own sake.",
];

/// A larger file is not read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

macro_rules! files {
    ($($id:literal),+ $(,)?) => {
        [$((
            concat!("prompts/methodologies/", $id, ".toml"),
            include_str!(concat!("../prompts/methodologies/", $id, ".toml")),
        )),+]
    };
}

/// Those that come with threadmodel.
const FILES: [(&str, &str); 11] = files![
    "four-questions",
    "stride",
    "rapid-risk-assessment",
    "linddun",
    "house",
    "two-scenarios",
    "attack-tree",
    "pasta",
    "trail",
    "platform-review",
    "maestro",
];

/// A way to look for threats and to lay out what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methodology {
    /// Stable name.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Goes up when drafts would look different.
    pub version: u32,
    /// Where it comes from, when that needs saying.
    pub origin: String,
    /// When to choose it.
    pub when_to_use: String,
    /// When not to.
    pub not_for: String,
    /// When it has been done.
    pub stop_when: String,
    /// What goes wrong with it.
    pub pitfalls: Vec<String>,
    /// What counts for questions about slots that are not listed, in percent.
    pub other_slots: u32,
    /// Threats outside the lens are set aside, not drafted.
    pub lens_only: bool,
    /// What a document must hold for it to have anything to say.
    pub fit: Option<Fit>,
    /// The facts that it needs.
    pub slots: Vec<SlotUse>,
    /// Its steps or categories.
    pub lens: Vec<Lens>,
    /// The draft, section by section.
    pub output: Vec<Section>,
    /// How threats are rated: by code.
    pub rating: Rating,
    /// Tiny documents with what must and must not come of them.
    pub golden: Vec<Golden>,
}

/// What a document must hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// What is needed.
    pub needs: Needs,
    /// What the draft says when it is not there.
    pub otherwise: String,
}

/// What a methodology can need of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// Data about people; without it nothing is drafted.
    PersonalData,
    /// Parts of a system; without them the draft says so and lays out what it has.
    Parts,
    /// Models, prompts or assistants among what was read; without them the draft says so and lays out what it has.
    Models,
    /// An attack tree, which only an analyst with a model makes; without one the draft says so and lays out what it has.
    AttackTree,
}

/// A fact that a methodology needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotUse {
    /// The slot, shared by all methodologies.
    pub id: Slot,
    /// What a developer is asked, in plain words.
    pub question: String,
    /// What kind of answer it takes.
    pub answer: AnswerKind,
    /// Why it matters.
    pub why: String,
    /// What is taken for granted while nobody says.
    pub if_unknown: String,
    /// Without it the methodology says little.
    #[serde(default)]
    pub blocking: bool,
    /// How much a question about it counts, in percent.
    #[serde(default = "whole")]
    pub weight: u32,
}

/// What kind of answer a slot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// Yes or no.
    YesNo,
    /// One of a few.
    Choice,
    /// Own words.
    Text,
}

/// A step or a category: a way to look at the model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lens {
    /// Stable name.
    pub id: String,
    /// How it is marked in tables: a letter or a word.
    pub mark: String,
    /// What it means, a few plain words.
    pub title: String,
    /// What to think about.
    pub prompts: Vec<String>,
    /// When it stays empty: nothing is filled for its own sake.
    pub leave_empty_if: String,
    /// Slots whose threats belong here.
    #[serde(default)]
    pub slots: Vec<Slot>,
    /// Concerns whose threats belong here, whatever their slot.
    #[serde(default)]
    pub concerns: Vec<String>,
    /// Elements that a threat of these slots must be about; empty: any.
    #[serde(default)]
    pub elements: Vec<ComponentKind>,
}

/// A section of the draft.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What it shows.
    pub show: Show,
    /// Its heading; none: the section's own words lead in.
    #[serde(default)]
    pub heading: String,
    /// The columns of its table, or the fields of its entries.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// How many entries are shown at most.
    #[serde(default = "many")]
    pub cap: usize,
}

/// What a section can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// What is being built, with the picture.
    Understood,
    /// What people said, and the assumptions that approving accepts.
    Context,
    /// The parts of the system with their ids.
    Elements,
    /// The kinds of data.
    Data,
    /// The kinds of data that are about people.
    PersonalData,
    /// A table of threats.
    Threats,
    /// Threats as stories under each part of the lens.
    Scenarios,
    /// Two threats as stories: the most likely one and the worst.
    TwoScenarios,
    /// The ways to one feared outcome, with what follows from them.
    AttackTree,
    /// The recommendations.
    Recommendations,
    /// What the design already does.
    Covered,
    /// What was considered and set aside.
    SetAside,
    /// How much attention it deserves, and why.
    Tier,
    /// Whether it was enough: what is open, and when to look again.
    Enough,
    /// Questions before the end, each with what the model holds about it.
    Checks,
    /// What to watch in the process, from the file.
    Notes,
}

/// What can stand in a table or an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Number within the draft.
    Id,
    /// The part of the system.
    Element,
    /// What kind of part.
    Kind,
    /// The group of parts under the same rules.
    Zone,
    /// Where the document says so.
    Place,
    /// How closely data must be held.
    Class,
    /// What is done with it.
    Handling,
    /// The lens's mark.
    Lens,
    /// The threat's story.
    Story,
    /// What the design already does.
    Today,
    /// What is missing while that is all.
    Gap,
    /// The recommendation's title.
    Recommendation,
    /// The threat that a recommendation answers.
    Answers,
    /// What to change, in full.
    Change,
    /// The other way.
    Alternative,
    /// The work.
    Effort,
    /// The level by the methodology's rating.
    Level,
    /// What goes away if the recommendation is followed: the level of its threat.
    Benefit,
    /// The words it rests on.
    Evidence,
    /// The data it touches.
    Data,
}

/// A tiny document and what must come of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// What it shows.
    pub name: String,
    /// The document.
    pub document: String,
    /// What an analyst's model answers to it when asked for a draft (JSON); none: the built-in analyst drafts.
    #[serde(default)]
    pub recorded: Option<String>,
    /// Slots that are asked about or in which a threat is drafted.
    #[serde(default)]
    pub slots: Vec<Slot>,
    /// Words that stand in the draft.
    #[serde(default)]
    pub sections: Vec<String>,
    /// Words that must not.
    #[serde(default)]
    pub forbidden: Vec<String>,
    /// Words of what is said in the recorded answer and must fall, because nothing bears it out. All else stands.
    #[serde(default)]
    pub falls: Vec<String>,
}

const fn whole() -> u32 {
    100
}

const fn many() -> usize {
    12
}

static EMBEDDED: LazyLock<Result<Vec<Methodology>, MethodologyError>> =
    LazyLock::new(|| FILES.iter().map(|(file, text)| Methodology::parse(file, text)).collect());

/// Those that come with threadmodel, the default first.
pub fn embedded() -> Result<&'static [Methodology], &'static MethodologyError> {
    EMBEDDED.as_ref().map(Vec::as_slice)
}

/// The methodology that a task or a model names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen<'a> {
    /// What is followed.
    pub methodology: Cow<'static, Methodology>,
    /// What was asked for, when that cannot be followed here.
    pub instead_of: Option<&'a str>,
}

/// Finds what `named` stands for: the id of one that comes with threadmodel, or the whole text of a file. What is neither is
/// told, and the default followed.
pub fn chosen(named: &str) -> Chosen<'_> {
    if let Some(known) = by_id(named) {
        return Chosen { methodology: Cow::Borrowed(known), instead_of: None };
    }
    if named.contains('\n')
        && let Ok(own) = Methodology::parse("the methodology", named)
    {
        return Chosen { methodology: Cow::Owned(own), instead_of: None };
    }
    let default = by_id(DEFAULT).map_or_else(|| Cow::Owned(Methodology::plain()), Cow::Borrowed);
    Chosen { methodology: default, instead_of: Some(named) }
}

fn by_id(id: &str) -> Option<&'static Methodology> {
    embedded().unwrap_or_default().iter().find(|m| m.id == id)
}

impl Methodology {
    /// Reads and checks a file; `file` is how errors name it.
    pub fn parse(file: &str, text: &str) -> Result<Self, MethodologyError> {
        read::parse(file, text)
    }

    /// How much a question about this slot counts, in percent.
    pub fn weight(&self, slot: Slot) -> u32 {
        self.slots.iter().find(|s| s.id == slot).map_or(self.other_slots, |s| s.weight)
    }

    /// Whether its draft shows an attack tree.
    pub fn draws_a_tree(&self) -> bool {
        self.output.iter().any(|section| section.show == Show::AttackTree)
    }

    /// No lens, and only what every draft must show.
    fn plain() -> Self {
        let section = |show| Section { show, heading: String::new(), fields: Vec::new(), cap: many() };
        Self {
            id: DEFAULT.to_owned(),
            title: String::new(),
            version: 1,
            origin: String::new(),
            when_to_use: String::new(),
            not_for: String::new(),
            stop_when: String::new(),
            pitfalls: Vec::new(),
            other_slots: whole(),
            lens_only: false,
            fit: None,
            slots: Vec::new(),
            lens: Vec::new(),
            output: [Show::Understood, Show::Context, Show::Recommendations].map(section).into(),
            rating: Rating::default(),
            golden: Vec::new(),
        }
    }
}
