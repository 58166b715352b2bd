//! The portable subset of JSON Schema: what every provider that holds a model to a schema takes.
//!
//! [`portable`] turns what schemars says of a Rust type into that subset, or says what in the type does not fit into it. The
//! rules, and whom each is for:
//!
//! * The root is an object, every object is closed, every property required, in the order of the Rust fields, so that evidence
//!   comes before the verdict. `required` has the same order as `properties`: one provider writes its answer in that order.
//! * What is optional is `anyOf: [..., {"type": "null"}]`. The other spelling, `type: [..., "null"]`, cannot hold an `enum` or an
//!   object everywhere; this one is taken by all, and one spelling is easier to test than two.
//! * A constant is an `enum` of one value, since not every provider knows `const`. Variants with fields need a tag.
//! * Nothing refers to anything: each `$ref` is replaced by what it means. Maps, tuples, sets, recursion, untagged variants and
//!   types that take anything are refused, as is every keyword that is not named here.
//! * Limits are said in words in the description, always. As keywords they stand only in [`Dialect::Limits`]: hosted models
//!   refuse them, and a local model held by a grammar runs to its token limit without them.
//! * At most [`MAX_PROPERTIES`], [`MAX_LEVELS`] and [`MAX_UNIONS`], counted after `$ref`s are replaced.
//!
//! [`check`] holds an answer to the schema with its limits after it was parsed, and complains in words that a model understands.

mod check;
mod words;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

pub use check::{MAX_PROBLEMS, Problem, check};

/// Properties of all objects together: what the strictest provider took when the rule was made.
pub const MAX_PROPERTIES: usize = 100;

/// Objects within objects; the arrays between them are not counted.
pub const MAX_LEVELS: usize = 5;

/// Places that take one of several shapes, null unions among them: one provider compiles no schema with more.
pub const MAX_UNIONS: usize = 16;

/// The longest string, in characters, that a grammar may be asked to count to: one local server refuses 2000.
pub const MAX_LENGTH: u64 = 1999;

/// Who is to understand the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Hosted models: no keyword for a limit, only words.
    Plain,
    /// Local models held by a grammar, and [`check`]: limits are keywords too.
    Limits,
}

/// What does not fit into the portable subset, and where: property names with dots, `[]` for the items of a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", if at.is_empty() { "the root" } else { at.as_str() })]
pub struct SchemaError {
    /// Where in the type.
    pub at: String,
    /// What is wrong there.
    pub why: Unfit,
}

/// Why a type does not fit into the portable subset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The root is a list, a word, a choice.
    #[error("the root must be an object with named fields")]
    Root,
    /// Keys that the type does not name.
    #[error("a map, or an object that takes any key; use a list of entries")]
    Map,
    /// A type within itself.
    #[error("`{0}` holds itself; nothing recursive can be asked for")]
    Recursive(String),
    /// Any JSON value.
    #[error("takes anything; name a type")]
    Anything,
    /// Variants that only their shape tells apart, or their key.
    #[error("variants without a tag; use #[serde(tag = \"...\")]")]
    Untagged,
    /// A list with a type for each place.
    #[error("a tuple; use an object with named fields")]
    Tuple,
    /// A list whose items must differ.
    #[error("a set; use a list")]
    Set,
    /// An object without fields.
    #[error("an object without fields")]
    Empty,
    /// A `$ref` to nowhere.
    #[error("refers to `{0}`, which is not there")]
    Dangling(String),
    /// A keyword outside of the subset, or one whose value cannot be read.
    #[error("`{0}` is not portable here")]
    Keyword(String),
    /// A pattern that grammars or our own check cannot take.
    #[error("the pattern must be a regular expression that begins with ^ and ends with $")]
    Pattern,
    /// A longer string than grammars count to.
    #[error("at most {MAX_LENGTH} characters can be asked for, not {0}")]
    Long(u64),
    /// Objects too deep within each other.
    #[error("more than {MAX_LEVELS} objects within each other")]
    Deep,
    /// Too many properties in all.
    #[error("more than {MAX_PROPERTIES} properties in all")]
    Properties,
    /// Too many places with a choice of shapes.
    #[error("more than {MAX_UNIONS} optional or tagged places in all; say \"none\" by an empty text or list instead")]
    Unions,
}

/// The schema of a type in the portable subset. The same type gives the same bytes every time.
pub fn portable<T: JsonSchema>(dialect: Dialect) -> Result<Value, SchemaError> {
    let schema = schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    narrow(schema.as_value(), dialect)
}

/// Cuts a root schema down to the portable subset.
pub fn narrow(root: &Value, dialect: Dialect) -> Result<Value, SchemaError> {
    let mut narrowing =
        Narrowing { root, dialect, at: Vec::new(), within: Vec::new(), levels: 0, properties: 0, unions: 0 };
    let narrowed = narrowing.node(root)?;
    if narrowed.body.contains_key("properties") { Ok(narrowed.value()) } else { narrowing.refuse(Unfit::Root) }
}

/// Places of a schema that set no upper limit: strings without `maxLength` or `pattern`, lists without `maxItems`. A local model
/// can write there until its tokens run out. Read a schema of [`Dialect::Limits`].
pub fn unbounded(schema: &Value) -> Vec<String> {
    fn walk(schema: &Value, at: &str, out: &mut Vec<String>) {
        let has = |keyword: &str| schema.get(keyword).is_some();
        match schema.get("type").and_then(Value::as_str) {
            Some("string") if !(has("maxLength") || has("enum") || has("pattern")) => out.push(at.to_owned()),
            Some("array") if !has("maxItems") => out.push(format!("{at}[]")),
            _ => {}
        }
        if let Some(items) = schema.get("items") {
            walk(items, &format!("{at}[]"), out);
        }
        for branch in list(schema.get("anyOf")) {
            walk(branch, at, out);
        }
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            walk(property, &check::below(at, name), out);
        }
    }
    let mut out = Vec::new();
    walk(schema, "", &mut out);
    out
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What is kept of the way down.
struct Narrowing<'a> {
    root: &'a Value,
    dialect: Dialect,
    /// Names on the way down.
    at: Vec<String>,
    /// Definitions that are being replaced right now.
    within: Vec<String>,
    levels: usize,
    properties: usize,
    unions: usize,
}

/// For people and generators; says nothing about the values.
const DROPPED: &[&str] =
    &["$schema", "$defs", "title", "format", "default", "examples", "deprecated", "readOnly", "writeOnly"];

/// What is read below.
const READ: &[&str] = &[
    "$ref",
    "description",
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
    "oneOf",
    "allOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
];

/// A narrowed node before it is put into its place.
struct Node {
    /// What the author of the type says of it.
    said: Option<String>,
    /// What its limits and its words mean, told by us.
    rules: String,
    body: Map<String, Value>,
}

impl Node {
    fn new(said: Option<&str>, rules: String, body: Map<String, Value>) -> Self {
        Self { said: said.map(str::to_owned), rules, body }
    }

    /// The use's own description comes before that of what it means.
    fn said_first(mut self, said: Option<&str>) -> Self {
        if let Some(said) = said {
            self.said = Some(said.to_owned());
        }
        self
    }

    fn value(self) -> Value {
        let parts: Vec<String> = self.said.into_iter().chain([self.rules]).filter(|t| !t.is_empty()).collect();
        let mut out = Map::new();
        if !parts.is_empty() {
            out.insert("description".to_owned(), json!(parts.join("\n")));
        }
        out.extend(self.body);
        Value::Object(out)
    }
}

type Narrowed = Result<Node, SchemaError>;

impl Narrowing<'_> {
    fn refuse<T>(&self, why: Unfit) -> Result<T, SchemaError> {
        Err(SchemaError { at: self.at.concat(), why })
    }

    fn below<T>(
        &mut self,
        name: String,
        then: impl FnOnce(&mut Self) -> Result<T, SchemaError>,
    ) -> Result<T, SchemaError> {
        self.at.push(name);
        let result = then(self)?; // after an error nothing is read on: the path may stay
        self.at.pop();
        Ok(result)
    }

    fn node(&mut self, schema: &Value) -> Narrowed {
        let Some(object) = schema.as_object() else { return self.refuse(Unfit::Anything) };
        let meaning: Vec<&str> =
            object.keys().map(String::as_str).filter(|k| !DROPPED.contains(k) && *k != "description").collect();
        if meaning.is_empty() {
            return self.refuse(Unfit::Anything);
        }
        for keyword in &meaning {
            match *keyword {
                "prefixItems" => return self.refuse(Unfit::Tuple),
                "uniqueItems" => return self.refuse(Unfit::Set),
                "patternProperties" | "propertyNames" | "unevaluatedProperties" => return self.refuse(Unfit::Map),
                keyword if !READ.contains(&keyword) => return self.refuse(Unfit::Keyword(keyword.to_owned())),
                _ => {}
            }
        }
        let said = object.get("description").and_then(Value::as_str);
        if let Some(reference) = object.get("$ref") {
            return self.reference(reference, object, said);
        }
        if let Some(all) = object.get("allOf") {
            let [only] = list(Some(all)) else { return self.refuse(Unfit::Keyword("allOf".to_owned())) };
            if meaning.len() > 1 {
                return self.refuse(Unfit::Keyword("allOf".to_owned()));
            }
            return Ok(self.node(only)?.said_first(said));
        }
        if let Some(branches) = object.get("oneOf").or_else(|| object.get("anyOf")) {
            if meaning.len() > 1 {
                return self.refuse(Unfit::Untagged);
            }
            return self.union(list(Some(branches)), said);
        }
        self.plain(object, said)
    }

    /// What a `$ref` means, in its place. Fields beside it are those of a tagged variant that holds a struct.
    fn reference(&mut self, reference: &Value, object: &Map<String, Value>, said: Option<&str>) -> Narrowed {
        if reference == "#" {
            let root = self.root.get("title").and_then(Value::as_str).unwrap_or("the root");
            return self.refuse(Unfit::Recursive(root.to_owned()));
        }
        let name = reference.as_str().and_then(|r| r.strip_prefix("#/$defs/")).unwrap_or_default().to_owned();
        let target = self.root.get("$defs").and_then(|defs| defs.get(&name));
        let Some(target) = target else {
            return self.refuse(Unfit::Dangling(reference.as_str().unwrap_or("?").to_owned()));
        };
        if self.within.contains(&name) {
            return self.refuse(Unfit::Recursive(name));
        }
        self.within.push(name);
        let node = if let Some(tag) = object.get("properties").and_then(Value::as_object) {
            let Some(fields) = target.get("properties").and_then(Value::as_object) else {
                return self.refuse(Unfit::Untagged);
            };
            let mut merged = target.as_object().cloned().unwrap_or_default();
            let mut properties = tag.clone();
            properties.extend(fields.clone());
            merged.insert("properties".to_owned(), Value::Object(properties));
            self.node(&Value::Object(merged))?
        } else {
            self.node(target)?
        };
        self.within.pop();
        Ok(node.said_first(said))
    }

    /// Variants: words become an `enum`, objects keep their tag, and null makes the rest optional.
    fn union(&mut self, branches: &[Value], said: Option<&str>) -> Narrowed {
        let null = json!({"type": "null"});
        let some: Vec<&Value> = branches.iter().filter(|b| **b != null).collect();
        if some.len() < branches.len() {
            let [only] = some.as_slice() else { return self.refuse(Unfit::Untagged) };
            let node = self.node(only)?.said_first(said);
            return self.optional(node);
        }
        if let Some(words) = words_of(&some) {
            return Ok(choice(&words, said));
        }
        let mut narrowed = Vec::new();
        for branch in &some {
            narrowed.push(self.node(branch)?.value());
        }
        if check::tag(&narrowed).is_none() {
            return self.refuse(Unfit::Untagged);
        }
        self.count_union()?;
        Ok(Node::new(said, String::new(), [("anyOf".to_owned(), Value::Array(narrowed))].into_iter().collect()))
    }

    /// A shape or null. The description stands outside, where it is read first.
    fn optional(&mut self, node: Node) -> Narrowed {
        self.count_union()?;
        let either = json!([node.body, {"type": "null"}]);
        Ok(Node { body: [("anyOf".to_owned(), either)].into_iter().collect(), ..node })
    }

    fn count_union(&mut self) -> Result<(), SchemaError> {
        self.unions += 1;
        if self.unions > MAX_UNIONS { self.refuse(Unfit::Unions) } else { Ok(()) }
    }

    /// A node that says what it is by `type`.
    fn plain(&mut self, object: &Map<String, Value>, said: Option<&str>) -> Narrowed {
        if let Some(types) = object.get("type").and_then(Value::as_array) {
            let some: Vec<&Value> = types.iter().filter(|t| *t != "null").collect();
            let ([only], true) = (some.as_slice(), some.len() < types.len()) else {
                return self.refuse(Unfit::Untagged);
            };
            let mut one = object.clone();
            one.insert("type".to_owned(), (*only).clone());
            if let Some(Value::Array(words)) = one.get_mut("enum") {
                words.retain(|w| !w.is_null());
            }
            let node = self.node(&Value::Object(one))?;
            return self.optional(node);
        }
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        let may: &[&str] = match kind {
            "string" => &["enum", "const", "minLength", "maxLength", "pattern"],
            "integer" | "number" => &["minimum", "maximum"],
            "array" => &["items", "minItems", "maxItems"],
            "object" => &["properties", "required", "additionalProperties"],
            "boolean" => &[],
            // schemars tells a lone variant without its type.
            "" if object.contains_key("const") || object.contains_key("enum") => &["enum", "const"],
            "" => return self.refuse(Unfit::Anything),
            other => return self.refuse(Unfit::Keyword(format!("type: {other}"))),
        };
        for keyword in object.keys().map(String::as_str).filter(|k| *k != "type" && *k != "description") {
            if READ.contains(&keyword) && !may.contains(&keyword) {
                return self.refuse(Unfit::Keyword(keyword.to_owned()));
            }
        }
        if object.contains_key("const") || object.contains_key("enum") {
            let node = Value::Object(object.clone());
            return match words_of(&[&node]) {
                Some(words) => Ok(choice(&words, said)),
                None => self.refuse(Unfit::Keyword("enum".to_owned())),
            };
        }
        let mut limits = Map::new();
        for keyword in may.iter().filter(|k| words::LIMITS.contains(k)) {
            if let Some(limit) = object.get(*keyword) {
                self.limit(keyword, limit)?;
                limits.insert((*keyword).to_owned(), limit.clone());
            }
        }
        let mut out = Map::new();
        out.insert("type".to_owned(), json!(kind));
        match kind {
            "array" => {
                let Some(items) = object.get("items") else { return self.refuse(Unfit::Anything) };
                let items = self.below("[]".to_owned(), |this| this.node(items))?;
                out.insert("items".to_owned(), items.value());
            }
            "object" => self.object(object, &mut out)?,
            _ => {}
        }
        let rules = words::of_limits(kind, &limits);
        if self.dialect == Dialect::Limits {
            out.extend(limits);
        }
        Ok(Node::new(said, rules, out))
    }

    fn object(&mut self, object: &Map<String, Value>, out: &mut Map<String, Value>) -> Result<(), SchemaError> {
        if object.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false)) {
            return self.refuse(Unfit::Map);
        }
        let Some(properties) = object.get("properties").and_then(Value::as_object).filter(|p| !p.is_empty()) else {
            return self.refuse(Unfit::Empty);
        };
        self.levels += 1;
        if self.levels > MAX_LEVELS {
            return self.refuse(Unfit::Deep);
        }
        let mut narrowed = Map::new();
        for (name, property) in properties {
            self.properties += 1;
            if self.properties > MAX_PROPERTIES {
                return self.refuse(Unfit::Properties);
            }
            let step = if self.at.is_empty() { name.clone() } else { format!(".{name}") };
            let property = self.below(step, |this| this.node(property))?;
            narrowed.insert(name.clone(), property.value());
        }
        self.levels -= 1;
        let required = narrowed.keys().map(|name| json!(name)).collect();
        out.insert("properties".to_owned(), Value::Object(narrowed));
        out.insert("required".to_owned(), required);
        out.insert("additionalProperties".to_owned(), json!(false));
        Ok(())
    }

    /// Whether a limit is one that all of its readers take.
    fn limit(&self, keyword: &str, limit: &Value) -> Result<(), SchemaError> {
        match keyword {
            "pattern" => {
                let sound = limit
                    .as_str()
                    .is_some_and(|p| p.starts_with('^') && p.ends_with('$') && regex::Regex::new(p).is_ok());
                if sound { Ok(()) } else { self.refuse(Unfit::Pattern) }
            }
            "minimum" | "maximum" if limit.is_number() => Ok(()),
            _ => match limit.as_u64() {
                Some(length) if keyword.ends_with("Length") && length > MAX_LENGTH => self.refuse(Unfit::Long(length)),
                Some(_) => Ok(()),
                None => self.refuse(Unfit::Keyword(keyword.to_owned())),
            },
        }
    }
}

/// The words of variants without fields, each with what it means; none if one is not a word.
fn words_of(branches: &[&Value]) -> Option<Vec<(String, String)>> {
    let mut out = Vec::new();
    for branch in branches {
        let object = branch.as_object()?;
        let known = |k: &String| ["type", "const", "enum", "description", "title"].contains(&k.as_str());
        if !object.keys().all(known) || object.get("type").is_some_and(|t| t != "string") {
            return None;
        }
        let means = object.get("description").and_then(Value::as_str).unwrap_or_default();
        if let Some(word) = object.get("const") {
            out.push((word.as_str()?.to_owned(), means.to_owned()));
        } else {
            for word in object.get("enum")?.as_array()? {
                out.push((word.as_str()?.to_owned(), String::new()));
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

/// An `enum` of words.
fn choice(words: &[(String, String)], said: Option<&str>) -> Node {
    let mut body = Map::new();
    body.insert("type".to_owned(), json!("string"));
    body.insert("enum".to_owned(), words.iter().map(|(word, _)| json!(word)).collect());
    Node::new(said, words::of_choices(words), body)
}

#[cfg(test)]
mod tests;
