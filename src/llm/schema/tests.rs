//! Every rule of the portable subset, one test each; types that must be refused; the check against an independent validator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::threat_model::Slot;

/// A question as a model might be asked for it.
#[derive(Deserialize, JsonSchema)]
struct Asked {
    /// What was found.
    #[schemars(length(max = 3))]
    questions: Vec<Question>,
    /// How sure, in percent.
    #[schemars(range(min = 0, max = 100))]
    sure: u32,
    verdict: Verdict,
}

#[derive(Deserialize, JsonSchema)]
struct Question {
    /// The words it rests on.
    #[schemars(length(min = 3, max = 20))]
    evidence: String,
    /// Which line.
    line: Option<u32>,
    /// A name.
    #[schemars(regex(pattern = r"^[a-z-]+$"), length(max = 9))]
    name: String,
    #[schemars(length(min = 2, max = 4))]
    choices: Vec<Choice>,
    /// Who may know.
    who: Option<Person>,
    slot: Option<Side>,
    #[serde(default)]
    decided: bool,
}

#[derive(Deserialize, JsonSchema)]
struct Choice {
    #[schemars(length(max = 20))]
    text: String,
}

/// Somebody.
#[derive(Deserialize, JsonSchema)]
struct Person {
    #[schemars(length(max = 20))]
    login: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Side {
    Inside,
    OutSide,
}

/// How it was read.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Verdict {
    /// It stands.
    Stands,
    /// It does not.
    Falls {
        /// Why.
        #[schemars(length(max = 30))]
        reason: String,
    },
    /// Somebody must look.
    Look(Person),
}

fn plain<T: JsonSchema>() -> Value {
    portable::<T>(Dialect::Plain).unwrap()
}

fn limits<T: JsonSchema>() -> Value {
    portable::<T>(Dialect::Limits).unwrap()
}

fn refused<T: JsonSchema>() -> (String, Unfit) {
    let error = portable::<T>(Dialect::Plain).unwrap_err();
    assert_eq!(portable::<T>(Dialect::Limits).unwrap_err(), error);
    (error.at, error.why)
}

/// All nodes of a schema, descriptions and values aside.
fn nodes(schema: &Value) -> Vec<&Value> {
    let mut out = vec![schema];
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|p| p.values());
    for child in properties.chain(schema.get("items")).chain(list(schema.get("anyOf"))) {
        out.extend(nodes(child));
    }
    out
}

fn names(schema: &Value) -> Vec<&str> {
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_whole_of_one_schema() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&limits::<Asked>()).unwrap());
}

#[test]
fn the_root_is_an_object() {
    assert_eq!(plain::<Asked>()["type"], "object");
    assert_eq!(refused::<Vec<Person>>(), (String::new(), Unfit::Root));
    assert_eq!(refused::<String>(), (String::new(), Unfit::Root));
    assert_eq!(refused::<Option<Person>>(), (String::new(), Unfit::Root));
    assert_eq!(refused::<Verdict>(), (String::new(), Unfit::Root));
}

#[test]
fn every_object_is_closed_and_every_property_required_in_its_order() {
    let schema = plain::<Asked>();
    let mut seen = 0;
    for node in nodes(&schema).into_iter().filter(|n| n["type"] == "object") {
        seen += 1;
        assert_eq!(node["additionalProperties"], false);
        assert_eq!(
            names(node),
            node["required"].as_array().unwrap().iter().map(|r| r.as_str().unwrap()).collect::<Vec<_>>()
        );
    }
    assert_eq!(seen, 7);
}

#[test]
fn optional_is_a_null_union() {
    let question = plain::<Asked>()["properties"]["questions"]["items"].clone();
    let property = |name: &str| question["properties"][name].clone();
    assert_eq!(
        property("line"),
        json!({"description": "Which line.\nAt least 0.", "anyOf": [{"type": "integer"}, {"type": "null"}]})
    );
    assert_eq!(property("who")["description"], "Who may know.");
    assert_eq!(property("who")["anyOf"][0]["type"], "object");
    assert_eq!(property("who")["anyOf"][1], json!({"type": "null"}));
    assert_eq!(
        property("slot"),
        json!({"anyOf": [{"type": "string", "enum": ["inside", "out_side"]}, {"type": "null"}]})
    );
    // What has a default is asked for all the same.
    assert_eq!(property("decided"), json!({"type": "boolean"}));
}

#[test]
fn nothing_refers_to_anything_and_what_is_for_people_is_gone() {
    let schema = plain::<Asked>();
    for node in nodes(&schema) {
        for gone in ["$ref", "$defs", "$schema", "title", "format", "default", "oneOf", "allOf", "const"] {
            assert!(node.get(gone).is_none(), "{gone} in {node}");
        }
    }
}

#[test]
fn variants_without_fields_are_an_enum_that_says_what_each_means() {
    #[derive(JsonSchema)]
    struct Root {
        /// What it is about.
        slot: Slot,
    }
    let slot = plain::<Root>()["properties"]["slot"].clone();
    assert_eq!(slot["enum"].as_array().unwrap().len(), 21);
    let said = slot["description"].as_str().unwrap();
    assert!(said.starts_with("What it is about.\npurpose: What it is for.\nactors: Who takes part.\n"), "{said}");
}

#[test]
fn variants_with_fields_have_a_constant_tag_that_comes_first() {
    let verdict = plain::<Asked>()["properties"]["verdict"].clone();
    assert_eq!(verdict["description"], "How it was read.");
    let tags: Vec<Value> =
        list(verdict.get("anyOf")).iter().map(|b| b["properties"]["outcome"]["enum"].clone()).collect();
    assert_eq!(tags, [json!(["stands"]), json!(["falls"]), json!(["look"])]);
    for branch in list(verdict.get("anyOf")) {
        assert_eq!(names(branch)[0], "outcome");
    }
    assert_eq!(names(&verdict["anyOf"][2]), ["outcome", "login"]);
}

#[test]
fn limits_are_words_everywhere_and_keywords_where_they_are_taken() {
    let (plain, limits) = (plain::<Asked>(), limits::<Asked>());
    let keywords =
        |schema: &Value| nodes(schema).iter().filter(|n| words::LIMITS.iter().any(|k| n.get(*k).is_some())).count();
    assert_eq!((keywords(&plain), keywords(&limits)), (0, 10));
    let said = |schema: &Value, at: &str| schema.pointer(at).unwrap()["description"].as_str().unwrap().to_owned();
    for schema in [&plain, &limits] {
        assert_eq!(said(schema, "/properties/questions"), "What was found.\nAt most 3 items.");
        assert_eq!(said(schema, "/properties/sure"), "How sure, in percent.\nFrom 0 to 100.");
        let question = "/properties/questions/items/properties";
        assert_eq!(said(schema, &format!("{question}/evidence")), "The words it rests on.\nFrom 3 to 20 characters.");
        assert_eq!(
            said(schema, &format!("{question}/name")),
            "A name.\nAt most 9 characters. Must match the regular expression ^[a-z-]+$"
        );
        assert_eq!(said(schema, &format!("{question}/choices")), "From 2 to 4 items.");
    }
    assert_eq!(limits["properties"]["questions"]["maxItems"], 3);
    assert_eq!(unbounded(&limits), Vec::<String>::new());
    assert_eq!(unbounded(&plain).len(), 8);
}

#[test]
fn what_has_no_limit_is_named() {
    #[derive(JsonSchema)]
    struct Root {
        texts: Vec<Option<String>>,
        side: Side,
    }
    assert_eq!(unbounded(&limits::<Root>()), ["texts[]", "texts[]"]);
}

#[test]
fn properties_keep_the_order_of_the_fields() {
    #[derive(JsonSchema)]
    struct Root {
        zebra: u8,
        evidence: bool,
        mouse: u8,
        verdict: bool,
        ant: u8,
    }
    assert_eq!(names(&plain::<Root>()), ["zebra", "evidence", "mouse", "verdict", "ant"]);
}

#[test]
fn the_bytes_are_the_same_every_time() {
    let bytes = |dialect| serde_json::to_string(&portable::<Asked>(dialect).unwrap()).unwrap();
    for dialect in [Dialect::Plain, Dialect::Limits] {
        let first = bytes(dialect);
        let others: Vec<String> =
            (0..4).map(|_| std::thread::spawn(move || bytes(dialect))).map(|t| t.join().unwrap()).collect();
        assert!(others.iter().all(|other| *other == first));
    }
}

#[test]
fn at_most_a_hundred_properties_in_all() {
    let wide = |count: usize| {
        let properties: Map<String, Value> =
            (0..count).map(|i| (format!("p{i}"), json!({"type": "boolean"}))).collect();
        narrow(&json!({"type": "object", "properties": properties}), Dialect::Plain)
    };
    assert!(wide(MAX_PROPERTIES).is_ok());
    assert_eq!(wide(MAX_PROPERTIES + 1).unwrap_err().why, Unfit::Properties);
    // Counted after definitions were put into their places: forty fields, three times.
    let fields: Map<String, Value> = (0..40).map(|i| (format!("p{i}"), json!({"type": "boolean"}))).collect();
    let twice = json!({
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/F"}, "b": {"$ref": "#/$defs/F"}, "c": {"$ref": "#/$defs/F"}},
        "$defs": {"F": {"type": "object", "properties": fields}},
    });
    assert_eq!(narrow(&twice, Dialect::Plain).unwrap_err().why, Unfit::Properties);
}

#[test]
fn at_most_five_objects_within_each_other() {
    let deep = |levels: usize| {
        let mut schema = json!({"type": "boolean"});
        for _ in 0..levels {
            schema = json!({"type": "object", "properties": {"list": {"type": "array", "items": schema}}});
        }
        narrow(&schema, Dialect::Plain)
    };
    assert!(deep(MAX_LEVELS).is_ok());
    let error = deep(MAX_LEVELS + 1).unwrap_err();
    assert_eq!(error.to_string(), "list[].list[].list[].list[].list[]: more than 5 objects within each other");
}

#[test]
fn at_most_sixteen_choices_of_shape() {
    let choices = |count: usize| {
        let properties: Map<String, Value> =
            (0..count).map(|i| (format!("p{i}"), json!({"type": ["boolean", "null"]}))).collect();
        narrow(&json!({"type": "object", "properties": properties}), Dialect::Plain)
    };
    assert!(choices(MAX_UNIONS).is_ok());
    assert_eq!(choices(MAX_UNIONS + 1).unwrap_err().why, Unfit::Unions);
}

/// What models are asked to return: portable, every text and list with an upper limit, and no error at run time.
#[test]
fn every_answer_is_portable_and_bounded() {
    use crate::llm::answers::*;
    fn hold<T: JsonSchema>() {
        let name = std::any::type_name::<T>();
        let portable = |dialect| portable::<T>(dialect).unwrap_or_else(|error| panic!("{name}: {error}"));
        portable(Dialect::Plain);
        assert_eq!(unbounded(&portable(Dialect::Limits)), Vec::<String>::new(), "{name}");
    }
    hold::<TriageAnswer>();
    hold::<AskAnswer>();
    hold::<AssessAnswer>();
    hold::<DraftAnswer>();
    hold::<FollowAnswer>();
}

/// Everything that has no portable form is refused, with its place, and nothing is quietly dropped.
#[test]
fn hostile_types_are_refused() {
    #[derive(JsonSchema)]
    struct Root<T> {
        it: Vec<T>,
    }
    #[derive(JsonSchema)]
    struct Tree {
        branches: Vec<Tree>,
    }
    #[derive(JsonSchema)]
    struct Ping {
        pong: Option<Box<Pong>>,
    }
    #[derive(JsonSchema)]
    struct Pong {
        ping: Ping,
    }
    #[derive(JsonSchema)]
    #[serde(untagged)]
    enum Untagged {
        Text(String),
        Person(Person),
    }
    #[derive(JsonSchema)]
    enum ByKey {
        Person(Person),
        Text { text: String },
    }
    #[derive(JsonSchema)]
    enum Mixed {
        Nothing,
        Person(Person),
    }
    #[derive(JsonSchema)]
    struct Nothing {}
    #[derive(JsonSchema)]
    struct Flat {
        name: String,
        #[serde(flatten)]
        rest: BTreeMap<String, String>,
    }
    #[derive(JsonSchema)]
    struct Long {
        #[schemars(length(max = 2000))]
        text: String,
    }
    #[derive(JsonSchema)]
    struct Loose {
        #[schemars(regex(pattern = "[a-z]"))]
        text: String,
    }
    #[derive(JsonSchema)]
    struct Looking {
        #[schemars(regex(pattern = "^(?=a).$"))]
        text: String,
    }
    let it = || "it[]".to_owned();
    assert_eq!(refused::<Root<BTreeMap<String, String>>>(), (it(), Unfit::Map));
    assert_eq!(refused::<Root<Flat>>(), (it(), Unfit::Map));
    assert_eq!(refused::<Root<Tree>>(), ("it[].branches[]".into(), Unfit::Recursive("Tree".into())));
    assert_eq!(refused::<Ping>().1, Unfit::Recursive("Ping".into()));
    assert_eq!(refused::<Root<Untagged>>(), (it(), Unfit::Untagged));
    assert_eq!(refused::<Root<ByKey>>(), (it(), Unfit::Untagged));
    assert_eq!(refused::<Root<Mixed>>(), (it(), Unfit::Untagged));
    assert_eq!(refused::<Root<(String, u32)>>(), (it(), Unfit::Tuple));
    assert_eq!(refused::<Root<BTreeSet<u32>>>(), (it(), Unfit::Set));
    assert_eq!(refused::<Root<Value>>(), (it(), Unfit::Anything));
    assert_eq!(refused::<Root<Nothing>>(), (it(), Unfit::Empty));
    assert_eq!(refused::<Root<()>>(), (it(), Unfit::Keyword("type: null".into())));
    assert_eq!(refused::<Long>(), ("text".into(), Unfit::Long(2000)));
    assert_eq!(refused::<Loose>(), ("text".into(), Unfit::Pattern));
    assert_eq!(refused::<Looking>(), ("text".into(), Unfit::Pattern));
    for (schema, why) in [
        (json!({"$ref": "#/$defs/Gone"}), Unfit::Dangling("#/$defs/Gone".into())),
        (json!({"$ref": "https://example.org/x.json"}), Unfit::Dangling("https://example.org/x.json".into())),
        (json!({"type": "object", "patternProperties": {"x": {}}}), Unfit::Map),
        (json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true}), Unfit::Map),
        (json!({"type": "string", "if": {}}), Unfit::Keyword("if".into())),
        (json!({"type": "integer", "multipleOf": 3}), Unfit::Keyword("multipleOf".into())),
        (json!({"type": "integer", "enum": [1, 2]}), Unfit::Keyword("enum".into())),
        (json!({"type": "string", "maxItems": 3}), Unfit::Keyword("maxItems".into())),
        (json!({"type": "string", "maxLength": "3"}), Unfit::Keyword("maxLength".into())),
        (json!({"type": ["string", "integer"]}), Unfit::Untagged),
        (json!({"allOf": [{"type": "string"}, {"type": "string"}]}), Unfit::Keyword("allOf".into())),
        (json!(true), Unfit::Anything),
        (json!({"description": "Anything."}), Unfit::Anything),
        (json!({"type": "array"}), Unfit::Anything),
    ] {
        let root = json!({"type": "object", "properties": {"a": schema}});
        assert_eq!(narrow(&root, Dialect::Limits), Err(SchemaError { at: "a".into(), why }));
    }
    assert_eq!(refused::<Vec<()>>().0, "[]");
    assert!(SchemaError { at: String::new(), why: Unfit::Root }.to_string().starts_with("the root: "));
}

fn problems(answer: &Value) -> Vec<String> {
    match check(answer, &limits::<Asked>()) {
        Ok(()) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn answer() -> Value {
    json!({
        "questions": [{
            "evidence": "the key is shared",
            "line": null,
            "name": "shared",
            "choices": [{"text": "Yes"}, {"text": "No"}],
            "who": {"login": "anna"},
            "slot": "inside",
            "decided": false,
        }],
        "sure": 80,
        "verdict": {"outcome": "falls", "reason": "nobody said so"},
    })
}

fn with(at: &str, value: Value) -> Value {
    let mut answer = answer();
    *answer.pointer_mut(at).unwrap() = value;
    answer
}

#[test]
fn what_passes_the_check_fits_the_type() {
    assert_eq!(problems(&answer()), Vec::<String>::new());
    serde_json::from_value::<Asked>(answer()).unwrap();
    let look = with("/verdict", json!({"outcome": "look", "login": "bo"}));
    assert_eq!(problems(&look), Vec::<String>::new());
    serde_json::from_value::<Asked>(look).unwrap();
}

#[test]
fn complaints_are_plain_words() {
    let choice = json!({"text": "x"});
    for (wrong, says) in [
        (json!([]), "the answer is a list; it must be an object"),
        (with("/questions/0/choices", json!(vec![&choice; 7])), "`questions[0].choices` has 7 items; at most 4"),
        (with("/questions/0/choices", json!([choice])), "`questions[0].choices` has 1 item; at least 2"),
        (with("/questions/0/evidence", json!("ab")), "`questions[0].evidence` has 2 characters; at least 3"),
        (
            with("/questions/0/choices/1/text", json!("ä".repeat(21))),
            "`questions[0].choices[1].text` has 21 characters; at most 20",
        ),
        (
            with("/questions/0/name", json!("A b")),
            "`questions[0].name` is \"A b\"; it must match the regular expression ^[a-z-]+$",
        ),
        (
            with("/questions/0/slot", json!("left")),
            "`questions[0].slot` is \"left\"; it must be one of inside, out_side",
        ),
        (with("/questions/0/decided", json!("yes")), "`questions[0].decided` is a text; it must be true or false"),
        (
            with("/questions/0/line", json!(1.5)),
            "`questions[0].line` is 1.5; it must be a whole number, written without a point",
        ),
        (with("/questions/0/line", json!(-1)), "`questions[0].line` is -1; at least 0"),
        (with("/questions/0/who", json!({})), "`questions[0].who.login` is missing"),
        (
            with("/questions/0/choices/0", json!({"text": "x", "why": 1})),
            "`questions[0].choices[0]` has a field `why` that is not asked for; it has text",
        ),
        (with("/sure", json!(101)), "`sure` is 101; at most 100"),
        (with("/sure", json!(null)), "`sure` is null; it must be a whole number"),
        (
            with("/verdict", json!({"reason": "x"})),
            "`verdict.outcome` is missing; it must be one of stands, falls, look",
        ),
        (with("/verdict", json!({"outcome": "falls"})), "`verdict.reason` is missing"),
        (
            with("/verdict", json!({"outcome": "flies"})),
            "`verdict.outcome` is \"flies\"; it must be one of stands, falls, look",
        ),
        (with("/verdict", json!("stands")), "`verdict` is a text; it must be an object"),
    ] {
        assert_eq!(problems(&wrong), [says], "{wrong}");
    }
}

#[test]
fn complaints_are_few_and_short() {
    let many = with("/questions", json!(vec![json!({"evidence": 1}); 50]));
    assert_eq!(problems(&many).len(), MAX_PROBLEMS);
    let long = problems(&with("/questions/0/slot", json!("x\n".repeat(100_000))));
    assert!(long[0].len() < 200 && !long[0].contains('\n'), "{}", long[0]);
}

#[test]
fn without_limits_only_the_shape_is_checked() {
    let long = with("/questions/0/evidence", json!("x".repeat(500)));
    assert_eq!(check(&long, &plain::<Asked>()), Ok(()));
    assert!(check(&with("/sure", json!("x")), &plain::<Asked>()).is_err());
}

// ── against an independent validator ──

fn leaf() -> impl Strategy<Value = Value> {
    let between = |name: &'static str| {
        (0u64..3, 0u64..4).prop_map(move |(low, more)| {
            let (low_name, high_name) = (format!("min{name}"), format!("max{name}"));
            json!({low_name: low, high_name: low + more})
        })
    };
    let string = (between("Length"), proptest::option::of(Just("^[ab]*$"))).prop_map(|(mut schema, pattern)| {
        schema["type"] = json!("string");
        if let Some(pattern) = pattern {
            schema["pattern"] = json!(pattern);
        }
        schema
    });
    let number = (prop_oneof![Just("integer"), Just("number")], -3i64..3, 0i64..4)
        .prop_map(|(kind, low, more)| json!({"type": kind, "minimum": low, "maximum": low + more}));
    let word = proptest::sample::subsequence(vec!["a", "b", "ab", "c"], 1..4)
        .prop_map(|w| json!({"type": "string", "enum": w}));
    prop_oneof![string, number, word, Just(json!({"type": "boolean"}))]
}

/// Schemas as schemars writes them.
fn schemas() -> impl Strategy<Value = Value> {
    let node = leaf().prop_recursive(3, 12, 3, |inner| {
        let object = |inner: BoxedStrategy<Value>| {
            proptest::collection::btree_map("[a-d]", inner, 1..4)
                .prop_map(|p| json!({"type": "object", "required": p.keys().collect::<Vec<_>>(), "properties": p}))
        };
        let tagged = proptest::collection::vec(object(inner.clone().boxed()), 2..4).prop_map(|mut branches| {
            for (i, branch) in branches.iter_mut().enumerate() {
                branch["properties"]["kind"] = json!({"type": "string", "const": format!("k{i}")});
                branch["required"].as_array_mut().unwrap().push(json!("kind"));
            }
            json!({"oneOf": branches})
        });
        prop_oneof![
            object(inner.clone().boxed()),
            tagged,
            inner.clone().prop_map(|s| json!({"anyOf": [s, {"type": "null"}]})),
            (inner, 0u64..2, 0u64..3).prop_map(
                |(s, low, more)| json!({"type": "array", "items": s, "minItems": low, "maxItems": low + more})
            ),
        ]
    });
    proptest::collection::btree_map("[a-d]", node, 1..3)
        .prop_map(|p| json!({"type": "object", "required": p.keys().collect::<Vec<_>>(), "properties": p}))
}

/// A value that follows the schema most of the time: `dice` says where it does not.
fn value_for(schema: &Value, dice: &mut impl Iterator<Item = u8>) -> Value {
    let roll = dice.next().unwrap_or(0);
    if roll > 244 {
        return [json!(null), json!("a"), json!(1), json!(0.5), json!([]), json!({}), json!(true)]
            [usize::from(roll) % 7]
            .clone();
    }
    let some = |n: u64, dice: &mut dyn Iterator<Item = u8>| n + u64::from(dice.next().unwrap_or(0) > 235);
    if let Some(branches) = schema.get("anyOf").or(schema.get("oneOf")) {
        let branches = branches.as_array().unwrap();
        return value_for(&branches[usize::from(roll) % branches.len()], dice);
    }
    if let Some(words) = schema.get("enum") {
        return if roll > 235 {
            json!("zz")
        } else {
            words[usize::from(roll) % words.as_array().unwrap().len()].clone()
        };
    }
    if let Some(word) = schema.get("const") {
        return if roll > 235 { json!("k9") } else { word.clone() };
    }
    match schema["type"].as_str().unwrap() {
        "string" => {
            let length =
                some(schema[if roll.is_multiple_of(2) { "minLength" } else { "maxLength" }].as_u64().unwrap(), dice);
            json!((if roll > 225 { "ä" } else { "b" }).repeat(usize::try_from(length).unwrap()))
        }
        "integer" | "number" if roll % 16 == 15 && schema["type"] == "number" => {
            json!(schema["minimum"].as_f64().unwrap() + 0.5)
        }
        "integer" | "number" => {
            json!(schema["minimum"].as_i64().unwrap() + i64::from(roll % 4) - i64::from(roll > 235) * 2)
        }
        "boolean" => json!(roll.is_multiple_of(2)),
        "null" => json!(null),
        "array" => {
            let length = some(schema["maxItems"].as_u64().unwrap(), dice);
            json!((0..length).map(|_| value_for(&schema["items"], dice)).collect::<Vec<_>>())
        }
        "object" => {
            let mut out = Map::new();
            for (name, property) in schema["properties"].as_object().unwrap() {
                if dice.next().unwrap_or(0) < 250 {
                    out.insert(name.clone(), value_for(property, dice));
                }
            }
            if roll > 240 {
                out.insert("more".into(), json!(1));
            }
            Value::Object(out)
        }
        other => panic!("{other}"),
    }
}

/// Whether both validators found right and wrong answers at all: a generator that only makes wrong ones tests nothing.
#[test]
fn an_independent_validator_agrees() {
    use proptest::test_runner::{Config, TestRunner};
    let mut runner = TestRunner::new(Config { cases: 1500, failure_persistence: None, ..Config::default() });
    let (right, wrong) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let strategy = (schemas(), proptest::collection::vec(any::<u8>(), 60));
    runner
        .run(&strategy, |(source, dice)| {
            let schema = match narrow(&source, Dialect::Limits) {
                Ok(schema) => schema,
                Err(error) => {
                    prop_assert!(
                        matches!(error.why, Unfit::Untagged | Unfit::Deep | Unfit::Unions),
                        "{error} in {source}"
                    );
                    return Ok(());
                }
            };
            let value = value_for(&schema, &mut dice.into_iter());
            let theirs = jsonschema::validator_for(&schema).unwrap().is_valid(&value);
            prop_assert_eq!(
                check(&value, &schema).is_ok(),
                theirs,
                "{:?}\n{} {}",
                check(&value, &schema),
                schema,
                value
            );
            // The portable schema is never wider than what it was made from.
            if theirs {
                prop_assert!(jsonschema::validator_for(&source).unwrap().is_valid(&value), "{source} {value}");
            }
            // Nor is the plain one narrower than the one with limits.
            let plain = narrow(&source, Dialect::Plain).unwrap();
            prop_assert!(!theirs || jsonschema::validator_for(&plain).unwrap().is_valid(&value));
            let count = if theirs { &right } else { &wrong };
            count.set(count.get() + 1);
            Ok(())
        })
        .unwrap();
    assert!(right.get() > 200 && wrong.get() > 200, "{} right, {} wrong", right.get(), wrong.get());
}
