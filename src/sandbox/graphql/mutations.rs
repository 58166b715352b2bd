//! Mutations: resolving and reopening threads, hiding comments.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use graphql_parser::query::FragmentDefinition;
use serde_json::{Map, Value, json};

use super::super::model::Id;
use super::super::render::parse_node_id;
use super::super::rest::Answer;
use super::super::server::Sandbox;
use super::super::world::Refusal;
use super::exec::{Exec, Set};
use super::objects::Obj;
use super::{Asker, only_errors};

/// What a mutation did: its payload's type, field and object.
type Made = (&'static str, &'static str, Obj);

pub(super) fn serve(
    sandbox: &mut Sandbox,
    asker: &Asker,
    fragments: &BTreeMap<String, FragmentDefinition<'static, String>>,
    variables: &Map<String, Value>,
    set: &Set,
) -> Answer {
    let state = Arc::new(sandbox.world().state().clone());
    let reader = Exec::new(sandbox.world(), state, asker.clone(), fragments.clone(), variables.clone());
    let fields = match reader.fields_of(&Obj::Query, set) {
        Ok(fields) => fields,
        Err(message) => return only_errors(json!([{"message": message}])),
    };
    let (mut data, mut errors) = (Map::new(), Vec::new());
    for (key, name, args, below) in fields {
        let input = args.get("input").cloned().unwrap_or_default();
        match carry_out(sandbox, asker, &name, &input) {
            Ok((payload, field, obj)) => {
                let state = Arc::new(sandbox.world().state().clone());
                let exec = Exec::new(sandbox.world(), state, asker.clone(), fragments.clone(), variables.clone());
                let client = input["clientMutationId"].as_str().map(str::to_owned);
                match exec.object(&Obj::Payload(payload, field, Rc::new(obj), client), &[&below], &mut vec![json!(key)])
                {
                    Ok(value) => {
                        data.insert(key, value);
                    }
                    Err(message) => return only_errors(json!([{"message": message}])),
                }
            }
            Err(Some((kind, message))) => {
                errors.push(json!({"type": kind, "path": [key], "message": message}));
                data.insert(key, Value::Null);
            }
            Err(None) => {
                return only_errors(json!([{"message": format!("Field '{name}' doesn't exist on type 'Mutation'")}]));
            }
        }
    }
    if errors.is_empty() {
        Answer::json(200, json!({"data": data}))
    } else {
        Answer::json(200, json!({"data": data, "errors": errors}))
    }
}

fn carry_out(
    sandbox: &mut Sandbox,
    asker: &Asker,
    name: &str,
    input: &Value,
) -> Result<Made, Option<(&'static str, String)>> {
    let refused = |refusal: Refusal| match refusal {
        Refusal::NotFound => Some(("NOT_FOUND", "Could not resolve to a node with the global id".to_owned())),
        Refusal::Forbidden(why) => Some(("FORBIDDEN", why)),
        Refusal::Invalid(why) | Refusal::Conflict(why) => Some(("UNPROCESSABLE", why)),
    };
    let forbidden = || Some(("FORBIDDEN", "Resource not accessible by integration".to_owned()));
    let id = |field: &str, prefixes: &[&str]| -> Result<Id, Option<(&'static str, String)>> {
        let text = input[field].as_str().unwrap_or_default();
        parse_node_id(text)
            .filter(|(prefix, _)| prefixes.contains(prefix))
            .map(|(_, id)| id)
            .ok_or_else(|| Some(("NOT_FOUND", format!("Could not resolve to a node with the global id of '{text}'"))))
    };
    let repo_of = |sandbox: &Sandbox, pull: Option<Id>| {
        pull.and_then(|pull| sandbox.world().state().pulls.get(&pull)).map(|pull| pull.repo)
    };
    match name {
        "resolveReviewThread" | "unresolveReviewThread" => {
            let thread = id("threadId", &["PRRT_"])?;
            let repo = repo_of(sandbox, sandbox.world().state().threads.get(&thread).map(|thread| thread.pull))
                .ok_or_else(|| refused(Refusal::NotFound))?;
            // `pull_requests: write` is not enough (FACTS 1b).
            if !asker.may(sandbox.world().state(), repo, "contents", true) {
                return Err(forbidden());
            }
            let resolve = name == "resolveReviewThread";
            sandbox.world_mut().resolve_thread(asker.bot, thread, resolve).map_err(refused)?;
            Ok((
                if resolve { "ResolveReviewThreadPayload" } else { "UnresolveReviewThreadPayload" },
                "thread",
                Obj::Thread(thread),
            ))
        }
        "minimizeComment" => {
            let comment = id("subjectId", &["IC_", "PRRC_"])?;
            let repo = repo_of(sandbox, sandbox.world().state().comments.get(&comment).map(|comment| comment.pull))
                .ok_or_else(|| refused(Refusal::NotFound))?;
            // Unclear (FACTS 1c): either, by seed.
            if !sandbox.world().quirks.app_may_minimize
                || !asker.may(sandbox.world().state(), repo, "pull_requests", true)
            {
                return Err(forbidden());
            }
            let reason = input["classifier"].as_str().unwrap_or("OUTDATED").to_owned();
            let in_thread = input["subjectId"].as_str().is_some_and(|id| id.starts_with("PRRC_"));
            sandbox.world_mut().minimize_comment(asker.bot, comment, Some(&reason)).map_err(refused)?;
            Ok((
                "MinimizeCommentPayload",
                "minimizedComment",
                if in_thread { Obj::ReviewComment(comment) } else { Obj::IssueComment(comment) },
            ))
        }
        _ => Err(None),
    }
}
