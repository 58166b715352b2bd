//! The GraphQL API: documents parsed by `graphql-parser`, executed by a small generic executor over lazily resolved objects.
//!
//! A field that the sandbox does not know is an error for the whole document, as an unknown field is at GitHub: nothing is made up.

mod code;
mod exec;
mod fields;
mod mutations;
mod objects;
mod pull;
mod talk;

use std::sync::Arc;

use graphql_parser::query::{Definition, OperationDefinition, parse_query};
use serde_json::{Map, Value, json};

use super::model::Id;
use super::rest::{Answer, Request, Who, count, covers, grants};
use super::server::{Sandbox, Surface, Token, wall};
use exec::Exec;
use objects::Obj;

/// Why a field has no value.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The schema has no such field or argument (or the sandbox does not know it): the whole document fails.
    Document(String),
    /// `NOT_FOUND`, `FORBIDDEN`, …: null at the field, an entry in `errors`.
    Field(&'static str, String),
}

/// Who asks, and what they may.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) token: Token,
    pub(super) bot: Id,
    /// (limit, used, reset in real milliseconds).
    pub(super) rate: (u64, u64, i64),
    pub(super) page_cap: usize,
}

#[expect(clippy::needless_pass_by_value, reason = "callers build it in place")]
fn only_errors(errors: Value) -> Answer {
    Answer::json(200, json!({"errors": errors}))
}

/// The answer to a client over its limit: HTTP 200 (FACTS 10).
pub(super) fn rate_limited() -> Answer {
    only_errors(json!([{"type": "RATE_LIMITED", "message": "API rate limit exceeded for installation."}]))
}

/// Serves a GraphQL request.
pub(super) fn serve(sandbox: &mut Sandbox, request: &Request) -> Answer {
    let who = match super::auth::authenticate(sandbox, request) {
        Ok(who) => who,
        Err(answer) => return answer,
    };
    let Who::Installation { token, bot, .. } = who.clone() else {
        return Answer::error(401, "This endpoint requires you to be authenticated.");
    };
    if count(sandbox, request, &who).is_err() {
        return rate_limited();
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(text) = body["query"].as_str() else {
        return Answer::error(400, "A query attribute must be specified and must be a string.");
    };
    let document = match parse_query::<String>(text) {
        Ok(document) => document.into_static(),
        Err(error) => return only_errors(json!([{"message": error.to_string()}])),
    };
    let (mut fragments, mut operation) = (std::collections::BTreeMap::new(), None);
    for definition in document.definitions {
        match definition {
            Definition::Fragment(fragment) => {
                fragments.insert(fragment.name.clone(), fragment);
            }
            Definition::Operation(found) => operation = Some(found),
        }
    }
    let (declared, set, mutation) = match operation {
        Some(OperationDefinition::SelectionSet(set)) => (Vec::new(), set, false),
        Some(OperationDefinition::Query(query)) => (query.variable_definitions, query.selection_set, false),
        Some(OperationDefinition::Mutation(mutation)) => (mutation.variable_definitions, mutation.selection_set, true),
        _ => return only_errors(json!([{"message": "A query attribute must be specified and must be a string."}])),
    };
    let mut variables: Map<String, Value> = body["variables"].as_object().cloned().unwrap_or_default();
    for variable in declared {
        let required = matches!(variable.var_type, graphql_parser::query::Type::NonNullType(_));
        if let Some(value) = &variable.default_value {
            let value = exec::constant(value, &variables);
            variables.entry(variable.name).or_insert(value);
        } else if required && variables.get(&variable.name).is_none_or(Value::is_null) {
            return only_errors(
                json!([{"message": format!("Variable ${} of type {} was provided invalid value", variable.name, variable.var_type)}]),
            );
        }
    }
    let used = sandbox.used.get(&token.installation).copied().unwrap_or((wall(), 0));
    let asker = Asker {
        token,
        bot,
        rate: (sandbox.hostility.requests_per_hour, used.1, used.0),
        page_cap: sandbox.hostility.page_cap,
    };
    if mutation {
        return mutations::serve(sandbox, &asker, &fragments, &variables, &set);
    }
    let state = sandbox.lagged(Surface::GraphQl);
    let exec = Exec::new(sandbox.world(), Arc::clone(&state), asker, fragments, variables);
    exec.run(&Obj::Query, &set)
}

impl Asker {
    /// May the asker see this repository?
    fn sees(&self, state: &super::model::State, repo: Id) -> bool {
        state.repos.get(&repo).is_some_and(|repo| !repo.private || covers(state, &self.token, repo))
    }

    /// Does the token hold this permission there? Public repositories are readable.
    fn may(&self, state: &super::model::State, repo: Id, name: &str, write: bool) -> bool {
        let Some(repo) = state.repos.get(&repo) else { return false };
        (covers(state, &self.token, repo) && grants(&self.token, name, write)) || (!write && !repo.private)
    }
}
