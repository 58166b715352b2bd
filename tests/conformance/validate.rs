//! GitHub's own descriptions as judges: every request and answer of the REST API against `openapi.json`, every GraphQL answer against
//! `schema.graphql` by selection, type and nullability. Any test can record exchanges and have them judged.

use std::collections::BTreeMap;

use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, Type};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value, json};

/// A request with its answer, as it went over the wire.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// `GET`, …
    pub method: String,
    /// Path with query, without host; percent-encoded.
    pub target: String,
    /// JSON body, or null.
    pub request: Value,
    /// Status.
    pub status: u16,
    /// `content-type` of the answer.
    pub content_type: String,
    /// Body of the answer as text.
    pub answer: String,
}

/// GitHub's OpenAPI description, ready to judge.
pub struct Rest {
    description: Value,
}

/// OpenAPI 3.0's `nullable` as JSON Schema has it: a union with null; `example`s and other notes fall away with it.
fn translate(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(translate),
        Value::Object(map) => {
            map.values_mut().for_each(translate);
            if map.remove("nullable") == Some(Value::Bool(true)) {
                if let Some(Value::Array(allowed)) = map.get_mut("enum")
                    && !allowed.contains(&Value::Null)
                {
                    allowed.push(Value::Null);
                }
                match map.get("type") {
                    Some(Value::String(kind)) => {
                        let union = json!([kind, "null"]);
                        map.insert("type".to_owned(), union);
                    }
                    Some(_) => {}
                    None => {
                        let inner = Value::Object(std::mem::take(map));
                        *map = Map::from_iter([("anyOf".to_owned(), json!([inner, {"type": "null"}]))]);
                    }
                }
            }
        }
        _ => {}
    }
}

impl Rest {
    pub fn new(mut description: Value) -> Self {
        translate(&mut description);
        Self { description }
    }

    /// The operation that a request is: (path template, operation).
    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let paths = self.description["paths"].as_object()?;
        let fits = |template: &str| {
            let pattern: Vec<&str> = template.trim_matches('/').split('/').collect();
            // `{path}` and `{branch}` take the rest.
            let open = matches!(pattern.last(), Some(&("{path}" | "{branch}" | "{basehead}" | "{ref}" | "{tree_sha}")));
            (pattern.len() == parts.len() || (open && parts.len() >= pattern.len()))
                && pattern.iter().zip(&parts).all(|(piece, part)| piece.starts_with('{') || piece == part)
        };
        let mut found: Vec<(&String, &Value)> = paths.iter().filter(|(template, _)| fits(template)).collect();
        // The template with the most literal pieces, then the one of the same length.
        found.sort_by_key(|(template, _)| {
            let pieces: Vec<&str> = template.trim_matches('/').split('/').collect();
            (pieces.len() == parts.len(), pieces.iter().filter(|piece| !piece.starts_with('{')).count())
        });
        let method = method.to_lowercase();
        found
            .into_iter()
            .rev()
            .find_map(|(template, item)| item.get(&method).map(|operation| (template.as_str(), operation)))
    }

    /// `GET /rate_limit`: the operation that an exchange is.
    pub fn name(&self, exchange: &Exchange) -> Option<String> {
        let path = exchange.target.split('?').next().unwrap_or_default();
        self.operation(&exchange.method, path).map(|(template, _)| format!("{} {template}", exchange.method))
    }

    fn target<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                self.description.pointer(reference.trim_start_matches('#')).expect("a reference that leads somewhere")
            }
            None => value,
        }
    }

    fn judge(&self, schema: &Value, instance: &Value) -> Vec<String> {
        let whole = json!({"components": self.description["components"], "allOf": [schema]});
        let validator = jsonschema::options().should_validate_formats(true).build(&whole).expect("a schema");
        validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// The schema and every part that it is put together from.
    fn parts<'a>(&'a self, schema: &'a Value, parts: &mut Vec<&'a Value>) {
        let schema = self.target(schema);
        parts.push(schema);
        for together in ["allOf", "anyOf", "oneOf"] {
            for part in schema[together].as_array().into_iter().flatten() {
                self.parts(part, parts);
            }
        }
    }

    /// Fields that no part of the schema names. Where GitHub's description allows any further field, it takes them and drops
    /// them: a misspelt one would never be missed.
    fn strangers(&self, schemas: &[&Value], instance: &Value, path: &str, wrong: &mut Vec<String>) {
        let mut parts = Vec::new();
        for schema in schemas {
            self.parts(schema, &mut parts);
        }
        match instance {
            Value::Object(fields) => {
                let named = |name: &str| -> Vec<&Value> {
                    parts.iter().filter_map(|part| part["properties"].get(name)).collect()
                };
                if parts.iter().all(|part| !part["properties"].is_object()) {
                    return;
                }
                for (name, value) in fields {
                    let below = format!("{path}.{name}");
                    match named(name).as_slice() {
                        [] => wrong.push(format!("{below} is not described")),
                        schemas => self.strangers(schemas, value, &below, wrong),
                    }
                }
            }
            Value::Array(items) => {
                let of: Vec<&Value> = parts.iter().filter_map(|part| part.get("items")).collect();
                for item in items {
                    self.strangers(&of, item, &format!("{path}[]"), wrong);
                }
            }
            _ => {}
        }
    }

    /// What is wrong with an exchange; empty: nothing. `None`: the description at hand does not hold the operation.
    pub fn check(&self, exchange: &Exchange) -> Option<Vec<String>> {
        let (path, query) = exchange.target.split_once('?').unwrap_or((&exchange.target, ""));
        let (_, operation) = self.operation(&exchange.method, path.trim_start_matches("/api/v3"))?;
        let mut wrong = Vec::new();
        let parameters: Vec<&Value> =
            operation["parameters"].as_array().into_iter().flatten().map(|parameter| self.target(parameter)).collect();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            if !parameters.iter().any(|parameter| parameter["in"] == "query" && parameter["name"] == name) {
                wrong.push(format!("query parameter `{name}` is not described"));
            }
        }
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        if body.is_object() && !exchange.request.is_null() {
            wrong.extend(self.judge(body, &exchange.request).into_iter().map(|error| format!("request: {error}")));
            self.strangers(&[body], &exchange.request, "request", &mut wrong);
        } else if !exchange.request.is_null() {
            wrong.push("request: no body is described".to_owned());
        }
        let Some(answer) = operation["responses"].get(exchange.status.to_string()).map(|answer| self.target(answer))
        else {
            // The description leaves out what every operation may answer.
            if !matches!(exchange.status, 401 | 403 | 404 | 422 | 500..=599) {
                wrong.push(format!("status {} is not described", exchange.status));
            }
            return Some(wrong);
        };
        let schema = &answer["content"]["application/json"]["schema"];
        if schema.is_object() && exchange.content_type.contains("json") {
            match serde_json::from_str::<Value>(&exchange.answer) {
                Ok(instance) => {
                    wrong.extend(self.judge(schema, &instance).into_iter().map(|error| format!("answer: {error}")));
                }
                Err(error) => wrong.push(format!("answer: {error}")),
            }
        } else if !schema.is_object()
            && answer["content"].is_null()
            && !exchange.answer.is_empty()
            && exchange.status < 300
        {
            wrong.push("an answer without a body is described".to_owned());
        }
        Some(wrong)
    }
}

/// GitHub's GraphQL schema, ready to judge.
pub struct GraphQl {
    schema: Valid<Schema>,
}

impl GraphQl {
    pub fn new(text: &str) -> Self {
        let schema = match Schema::parse_and_validate(text, "schema.graphql") {
            Ok(schema) => schema,
            // GitHub's file defines two fields of `EnterpriseOwnerInfo` twice; the client's test makes sure that nothing else is wrong.
            Err(broken) => Valid::assume_valid(broken.partial),
        };
        Self { schema }
    }

    pub fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// What is wrong with the variables sent with a document; empty: nothing.
    pub fn check_variables(&self, document: &str, variables: &Value) -> Vec<String> {
        let Ok(parsed) = ExecutableDocument::parse_and_validate(&self.schema, document, "document.graphql") else {
            return vec!["the document is not valid".to_owned()];
        };
        let Some(operation) = parsed.operations.iter().next() else { return vec!["no operation".to_owned()] };
        let given = variables.as_object().cloned().unwrap_or_default();
        let declared = |name: &str| operation.variables.iter().any(|variable| variable.name.as_str() == name);
        let mut wrong: Vec<String> = given
            .keys()
            .filter(|name| !declared(name))
            .map(|name| format!("variable `{name}` is not declared"))
            .collect();
        let given: apollo_compiler::response::JsonMap =
            serde_json::from_value(Value::Object(given)).expect("the same JSON in other types");
        if let Err(error) = apollo_compiler::request::coerce_variable_values(&self.schema, operation, &given) {
            wrong.push(format!("variables: {error:?}"));
        }
        wrong
    }

    /// What is wrong with a document and its answer; empty: nothing.
    pub fn check(&self, document: &str, answer: &Value) -> Vec<String> {
        let parsed = match ExecutableDocument::parse_and_validate(&self.schema, document, "document.graphql") {
            Ok(parsed) => parsed,
            Err(errors) => return vec![errors.errors.to_string()],
        };
        let mut wrong = Vec::new();
        if let Some(errors) = answer.get("errors") {
            let formed = errors
                .as_array()
                .is_some_and(|errors| !errors.is_empty() && errors.iter().all(|error| error["message"].is_string()));
            if !formed {
                wrong.push("errors is no list of messages".to_owned());
            }
        }
        match (answer.get("data"), parsed.operations.iter().next()) {
            (Some(data), Some(operation)) if !data.is_null() => {
                self.object(
                    &parsed,
                    &operation.selection_set,
                    operation.object_type().as_str(),
                    data,
                    "data",
                    &mut wrong,
                );
            }
            (None | Some(Value::Null), _) if answer.get("errors").is_none() => {
                wrong.push("neither data nor errors".to_owned());
            }
            _ => {}
        }
        wrong
    }

    fn applies(&self, condition: &str, object: &str) -> bool {
        condition == object || self.schema.is_subtype(condition, object)
    }

    fn collect<'d>(
        &self,
        document: &'d ExecutableDocument,
        set: &'d SelectionSet,
        object: &str,
        fields: &mut BTreeMap<String, Vec<&'d Field>>,
    ) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => fields.entry(field.response_key().to_string()).or_default().push(field),
                Selection::FragmentSpread(spread) => {
                    let fragment = spread.fragment_def(document).expect("a validated document");
                    if self.applies(fragment.type_condition(), object) {
                        self.collect(document, &fragment.selection_set, object, fields);
                    }
                }
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|condition| self.applies(condition, object)) {
                        self.collect(document, &inline.selection_set, object, fields);
                    }
                }
            }
        }
    }

    fn object(
        &self,
        document: &ExecutableDocument,
        set: &SelectionSet,
        object: &str,
        value: &Value,
        path: &str,
        wrong: &mut Vec<String>,
    ) {
        let Some(map) = value.as_object() else { return wrong.push(format!("{path}: no object")) };
        let mut fields = BTreeMap::new();
        self.collect(document, set, object, &mut fields);
        for extra in map.keys().filter(|key| !fields.contains_key(*key)) {
            wrong.push(format!("{path}.{extra} was not asked for"));
        }
        for (key, fields) in fields {
            let below = format!("{path}.{key}");
            match map.get(&key) {
                None => wrong.push(format!("{below} is missing")),
                Some(value) => self.value(document, &fields, fields[0].ty(), value, &below, wrong),
            }
        }
    }

    fn value(
        &self,
        document: &ExecutableDocument,
        fields: &[&Field],
        ty: &Type,
        value: &Value,
        path: &str,
        wrong: &mut Vec<String>,
    ) {
        if value.is_null() {
            if ty.is_non_null() {
                wrong.push(format!("{path}: null for {ty}"));
            }
            return;
        }
        if ty.is_list() {
            let Some(items) = value.as_array() else { return wrong.push(format!("{path}: no list for {ty}")) };
            for (index, item) in items.iter().enumerate() {
                self.value(document, fields, ty.item_type(), item, &format!("{path}[{index}]"), wrong);
            }
            return;
        }
        let name = ty.inner_named_type().as_str();
        match self.schema.types.get(name) {
            Some(ExtendedType::Scalar(_)) => Self::scalar(name, value, path, wrong),
            Some(ExtendedType::Enum(allowed)) => {
                if !value.as_str().is_some_and(|value| allowed.values.contains_key(value)) {
                    wrong.push(format!("{path}: {value} is no {name}"));
                }
            }
            Some(ExtendedType::Object(_)) => self.merged(document, fields, name, value, path, wrong),
            Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                // What it is must be asked for, else the selection cannot be judged.
                match value["__typename"].as_str() {
                    Some(object) if self.applies(name, object) => {
                        self.merged(document, fields, object, value, path, wrong);
                    }
                    Some(object) => wrong.push(format!("{path}: {object} is no {name}")),
                    // Without `__typename` only the common fields can be looked at.
                    None => {}
                }
            }
            _ => wrong.push(format!("{path}: unknown type {name}")),
        }
    }

    fn merged(
        &self,
        document: &ExecutableDocument,
        fields: &[&Field],
        object: &str,
        value: &Value,
        path: &str,
        wrong: &mut Vec<String>,
    ) {
        let mut set = SelectionSet::new(fields[0].selection_set.ty.clone());
        for field in fields {
            set.selections.extend(field.selection_set.selections.iter().cloned());
        }
        self.object(document, &set, object, value, path, wrong);
    }

    fn scalar(name: &str, value: &Value, path: &str, wrong: &mut Vec<String>) {
        let fits = match name {
            "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "Float" => value.is_number(),
            "Boolean" => value.is_boolean(),
            "DateTime" => value.as_str().is_some_and(|text| text.len() == 20 && text.ends_with('Z')),
            "BigInt" => value.as_str().is_some_and(|text| text.parse::<u64>().is_ok()),
            "GitObjectID" => value.as_str().is_some_and(|text| text.len() == 40),
            "URI" => value.as_str().is_some_and(|text| text.starts_with("http") || text.starts_with('/')),
            _ => value.is_string(),
        };
        if !fits {
            wrong.push(format!("{path}: {value} is no {name}"));
        }
    }
}

#[test]
fn a_wrong_answer_is_found() {
    let Some(description) = super::shared::shared_json("github/openapi.json", 4) else { return };
    let rest = Rest::new(description);
    let exchange = |status, answer: &str| Exchange {
        method: "GET".into(),
        target: "/rate_limit".into(),
        status,
        content_type: "application/json".into(),
        answer: answer.into(),
        ..Exchange::default()
    };
    let rate = json!({"limit": 1, "used": 0, "remaining": 1, "reset": 1});
    let good = json!({"resources": {"core": rate, "search": rate}, "rate": rate}).to_string();
    assert_eq!(rest.check(&exchange(200, &good)), Some(vec![]));
    assert_ne!(rest.check(&exchange(200, &good.replace("\"used\":0", "\"used\":\"0\""))), Some(vec![]));
    assert_ne!(rest.check(&exchange(204, "")), Some(vec![]));
    let post = Exchange {
        method: "POST".into(),
        target: "/repos/a/b/issues/1/comments".into(),
        request: json!({"body": "x", "bodi": 1}),
        status: 404,
        ..Exchange::default()
    };
    assert_ne!(rest.check(&post), Some(vec![]));
}

#[test]
fn a_wrong_graphql_answer_is_found() {
    let Some(path) = super::shared::shared_part("github/schema.graphql", 6) else { return };
    let judge = GraphQl::new(&std::fs::read_to_string(path).unwrap());
    let document = "{ viewer { login databaseId } rateLimit { cost } }";
    let good = json!({"data": {"viewer": {"login": "a", "databaseId": null}, "rateLimit": null}});
    assert_eq!(judge.check(document, &good), Vec::<String>::new());
    for (pointer, value) in [
        ("/data/viewer/login", Value::Null),
        ("/data/viewer/databaseId", json!(5_000_000_000_u64)),
        ("/data/viewer", json!({})),
        ("/data", Value::Null),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert_ne!(judge.check(document, &bad), Vec::<String>::new(), "{pointer}");
    }
    assert_ne!(judge.check("{ viewer { nonsense } }", &good), Vec::<String>::new());
}
