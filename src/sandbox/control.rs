//! The control API under `/_sandbox`: seed, act as a person, read the page and the log, move the clock, make trouble. Never part of GitHub.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::act::Act;
use super::faults::Fault;
use super::rest::{Answer, Content, Request};
use super::seed::Seed;
use super::server::Shared;
use super::webhooks;
use super::world::Refusal;

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Answer> {
    let text = String::from_utf8_lossy(&request.body);
    serde_json::from_str(&text).map_err(|error| Answer::error(400, &error.to_string()))
}

/// Serves a control request.
pub(super) async fn serve(shared: &Shared, request: &Request) -> Answer {
    if request.path == "/_sandbox/idle" {
        return wait_idle(shared).await;
    }
    route(shared, request).unwrap_or_else(|error| error)
}

fn route(shared: &Shared, request: &Request) -> Result<Answer, Answer> {
    let mut sandbox = shared.lock();
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').skip(1).collect();
    let number = |name: &str| {
        request.query.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse::<usize>().ok())
    };
    let answer = match (request.method.as_str(), parts.as_slice()) {
        ("POST", ["seed"]) => {
            let seed: Seed = read(request)?;
            let made = sandbox.world_mut().seed(&seed)?;
            sandbox.world_mut().settle();
            made
        }
        ("POST", ["act"]) => {
            let act: Act = read(request)?;
            sandbox.world_mut().act(&act)?
        }
        ("GET", ["page", owner, name, pull]) => {
            let world = sandbox.world();
            let repo = world.repo(&format!("{owner}/{name}"))?;
            let pull = world.pull(repo, pull.parse().map_err(|_| Refusal::NotFound)?)?;
            world.page(pull)?
        }
        ("GET", ["log"]) => {
            let log = &sandbox.world().log;
            let entries: Vec<_> = log.iter().skip(number("from").unwrap_or(0)).collect();
            json!({"entries": entries, "next": log.len()})
        }
        ("GET", ["blob", owner, name, oid]) => {
            let repo = sandbox.world().repo(&format!("{owner}/{name}"))?;
            let bytes = sandbox.world().git(repo).blob(oid).ok_or(Refusal::NotFound)?.to_vec();
            return Ok(Answer { status: 200, body: Content::Raw(bytes), headers: Vec::new() });
        }
        ("GET", ["clock"]) => json!({"now": sandbox.now()}),
        ("POST", ["clock"]) => {
            let body: Value = read(request)?;
            sandbox.advance(body["advance_ms"].as_i64().unwrap_or(0));
            json!({"now": sandbox.now()})
        }
        ("GET", ["hostility"]) => json!(sandbox.hostility),
        ("POST", ["hostility"]) => {
            let mut merged = json!(sandbox.hostility);
            if let (Value::Object(now), Value::Object(changes)) = (&mut merged, read::<Value>(request)?) {
                now.extend(changes);
            }
            sandbox.hostility =
                serde_json::from_value(merged).map_err(|error| Answer::error(400, &error.to_string()))?;
            json!(sandbox.hostility)
        }
        ("POST", ["app"]) => change_app(&mut sandbox, &read(request)?)?,
        ("POST", ["faults"]) => {
            for fault in read::<Vec<Fault>>(request)? {
                sandbox.add_fault(fault);
            }
            json!({})
        }
        ("GET", ["deliveries"]) => Value::Array(
            sandbox
                .deliveries
                .iter()
                .map(|delivery| {
                    let mut shown = webhooks::shown(delivery);
                    shown["lost"] = json!(delivery.lost);
                    shown["pending"] = json!(delivery.answer.is_none() && !delivery.lost);
                    shown
                })
                .collect(),
        ),
        _ => return Err(Answer::error(404, "no such control")),
    };
    sandbox.collect();
    Ok(Answer::json(200, answer))
}

/// `{"slug": …, "webhook_url"?, "webhook_secret"?, "public_key_pem"?}`: an App's registration changes.
fn change_app(sandbox: &mut super::server::Sandbox, body: &Value) -> Result<Value, Answer> {
    let slug = body["slug"].as_str().unwrap_or_default();
    let id = sandbox
        .world()
        .state()
        .apps
        .values()
        .find(|app| app.slug == slug)
        .map(|app| app.id)
        .ok_or(Refusal::NotFound)?;
    sandbox.world_mut().change_app(id, |app| {
        for (field, slot) in [
            ("webhook_url", &mut app.webhook_url),
            ("webhook_secret", &mut app.webhook_secret),
            ("public_key_pem", &mut app.public_key_pem),
        ] {
            if let Some(text) = body[field].as_str() {
                text.clone_into(slot);
            }
        }
    })?;
    Ok(json!({"id": id}))
}

/// Waits (at most 30 s) until nothing that was to be delivered by now is on its way.
async fn wait_idle(shared: &Shared) -> Answer {
    for _ in 0..3000 {
        if webhooks::idle(&shared.lock()) {
            return Answer::json(200, json!({"idle": true}));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Answer::json(200, json!({"idle": false}))
}
