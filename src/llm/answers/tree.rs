//! What a model is asked to return beside the draft where the methodology draws an attack tree: a flat list of places and of steps.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use super::{DraftAnswer, Quote};
use crate::threat_model::{Skill, Takes};

/// A draft with an attack tree. Other methodologies are answered by [`DraftAnswer`] alone, whose schema has no word of trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeDraftAnswer {
    /// The draft.
    pub draft: DraftAnswer,
    /// The ways to one feared outcome; null when the material tells of none.
    pub attack_tree: Option<TreeSaid>,
}

/// The property that the tree is told in, after those of the draft.
const TREE: &str = "attack_tree";

/// The ways to one feared outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeSaid {
    /// What somebody would want, one plain line.
    #[schemars(length(min = 5, max = 160))]
    pub goal: String,
    /// The places where ways meet; one of them is the goal.
    #[schemars(length(min = 1, max = 20))]
    pub nodes: Vec<NodeSaid>,
    /// The single steps, at most four levels below the goal.
    #[schemars(length(min = 1, max = 20))]
    pub steps: Vec<StepSaid>,
}

/// A place where ways meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeSaid {
    /// `n1`, `n2`, …
    #[schemars(length(min = 2, max = 8))]
    pub id: String,
    /// The place it is under, from `nodes`; null for the goal only.
    #[schemars(length(min = 2, max = 8))]
    pub under: Option<String>,
    /// What is reached there, a few words.
    #[schemars(length(min = 3, max = 100))]
    pub title: String,
    /// any: one of what is under it is enough; all: it takes each of them.
    pub takes: Takes,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSaid {
    /// The words that say that its precondition holds; null when none do.
    pub quotation: Option<Quote>,
    /// The assumption that its precondition is, by its place in `assumptions`, counted from 1; null when words say so.
    #[schemars(range(min = 1, max = 12))]
    pub assumption: Option<u32>,
    /// What must be true first, one plain line.
    #[schemars(length(min = 3, max = 200))]
    pub precondition: String,
    /// The id of the step that makes it true, when that one is always taken before; else null.
    #[schemars(length(min = 2, max = 8))]
    pub after: Option<String>,
    /// `s1`, `s2`, …
    #[schemars(length(min = 2, max = 8))]
    pub id: String,
    /// The place it is under, from `nodes`.
    #[schemars(length(min = 2, max = 8))]
    pub under: String,
    /// What somebody does, a few plain words.
    #[schemars(length(min = 3, max = 120))]
    pub action: String,
    /// The threat that this step is, from `threats`; null when it is none.
    #[schemars(length(min = 2, max = 8))]
    pub threat: Option<String>,
    /// What somebody must know.
    pub skill: Skill,
    /// Days of one person's work, rounded up.
    #[schemars(range(min = 0, max = 1000))]
    pub cost: u32,
    /// Whether somebody would notice: it leaves a trace that is looked at.
    pub noticed: bool,
}

// One object for the model, two types for us. Serde's `flatten` and closed objects do not go together.
impl JsonSchema for TreeDraftAnswer {
    fn schema_name() -> Cow<'static, str> {
        "TreeDraftAnswer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = DraftAnswer::json_schema(generator);
        let mut tree = generator.subschema_for::<Option<TreeSaid>>();
        tree.insert(
            "description".to_owned(),
            Value::from("The ways to the one outcome that is feared most; null when the material tells of none."),
        );
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert(TREE.to_owned(), tree.to_value());
        }
        schema
    }
}

impl<'de> Deserialize<'de> for TreeDraftAnswer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut said = Map::deserialize(deserializer)?;
        let tree = said.remove(TREE).ok_or_else(|| de::Error::missing_field(TREE))?;
        let draft = serde_json::from_value(Value::Object(said)).map_err(de::Error::custom)?;
        let attack_tree = serde_json::from_value(tree).map_err(de::Error::custom)?;
        Ok(Self { draft, attack_tree })
    }
}

impl Serialize for TreeDraftAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut said = serde_json::to_value(&self.draft).map_err(serde::ser::Error::custom)?;
        let tree = serde_json::to_value(&self.attack_tree).map_err(serde::ser::Error::custom)?;
        if let Some(said) = said.as_object_mut() {
            said.insert(TREE.to_owned(), tree);
        }
        said.serialize(serializer)
    }
}
