//! Every real payload is taken: GitHub's own examples, and the ones derived from them.

use std::path::{Path, PathBuf};

use http::HeaderMap;
use secrecy::SecretString;
use threadmodel::github::Wake;
use threadmodel::github::webhook::{Delivery, signature};

use super::shared::shared;

/// As many as the two folders held when this was written: an empty folder must not pass.
const AT_LEAST: usize = 134;

fn payloads(root: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for folder in ["data/payloads", "data/payloads_derived"] {
        let index: serde_json::Value =
            serde_json::from_slice(&std::fs::read(root.join(folder).join("index.json")).unwrap()).unwrap();
        for entry in index["files"].as_array().unwrap() {
            let file = entry["file"].as_str().unwrap();
            let event = match entry["event"].as_str() {
                Some(event) => event.to_owned(),
                None => file.split(['.', '/']).next().unwrap().to_owned(),
            };
            if !file.contains("schemas/") {
                found.push((event, root.join(folder).join(file)));
            }
        }
    }
    found
}

fn deliver(event: &str, body: &[u8]) -> Result<Delivery, threadmodel::github::Rejected> {
    let secret = SecretString::from("It's a Secret to Everybody".to_owned());
    let mut headers = HeaderMap::new();
    headers.insert("x-github-event", event.parse().unwrap());
    headers.insert("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958".parse().unwrap());
    headers.insert("x-hub-signature-256", signature(&secret, body).parse().unwrap());
    Delivery::verify(&headers, body, &[secret])
}

#[test]
fn every_payload_is_taken_and_its_fields_are_read() {
    let Some(root) = shared() else { return };
    let all = payloads(&root);
    assert!(all.len() >= AT_LEAST, "{} payloads", all.len());
    for (event, path) in all {
        let body = std::fs::read(&path).unwrap();
        let name = path.display();
        let delivery = deliver(&event, &body).unwrap_or_else(|e| panic!("{name}: {e}"));
        let payload: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(delivery.installation, payload["installation"]["id"].as_u64(), "{name}");
        let number = payload["pull_request"]["number"].as_u64().or_else(|| {
            payload["issue"]["pull_request"].is_object().then(|| payload["issue"]["number"].as_u64()).flatten()
        });
        let woken = delivery.wakes.iter().find_map(|w| match w {
            Wake::Pull { number, repo } => Some((*number, repo.id)),
            _ => None,
        });
        assert_eq!(woken, number.map(|n| (n, payload["repository"]["id"].as_u64().unwrap())), "{name}");
        let pressed = matches!(
            (event.as_str(), delivery.action.as_deref()),
            ("check_run", Some("rerequested" | "requested_action")) | ("check_suite", Some("rerequested"))
        );
        assert_eq!(delivery.press.is_some(), pressed, "{name}");
        let silent = matches!(event.as_str(), "ping" | "meta" | "github_app_authorization")
            || (event == "issue_comment" && number.is_none())
            || (matches!(event.as_str(), "push" | "create" | "delete") && !on_branch(&payload));
        assert_eq!(delivery.wakes.is_empty(), silent, "{name}: {:?}", delivery.wakes);
    }
}

fn on_branch(payload: &serde_json::Value) -> bool {
    payload["ref"].as_str().is_some_and(|r| r.starts_with("refs/heads/")) || payload["ref_type"] == "branch"
}

/// A payload that lost a field is an error with a name or a smaller wake, never a panic.
#[test]
fn payloads_with_missing_or_wrong_fields_do_no_harm() {
    let Some(root) = shared() else { return };
    let mut refused = 0;
    for (event, path) in payloads(&root) {
        let payload: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for key in payload.as_object().unwrap().keys() {
            for replacement in [serde_json::Value::Null, serde_json::json!("x")] {
                let mut broken = payload.clone();
                broken[key] = replacement;
                refused += usize::from(deliver(&event, broken.to_string().as_bytes()).is_err());
            }
        }
    }
    assert!(refused > 0);
}
