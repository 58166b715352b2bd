//! Deliveries: signed, forged, cut short.

use serde_json::json;

use super::*;

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn deliver_raw(event: &str, body: &[u8], signed_with: &str, secrets: &[&str]) -> Result<Delivery, Rejected> {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-github-event", event.to_owned()),
        ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958".to_owned()),
        ("x-hub-signature-256", signature(&secret(signed_with), body)),
    ] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    let secrets: Vec<_> = secrets.iter().map(|s| secret(s)).collect();
    Delivery::verify(&headers, body, &secrets)
}

fn deliver(event: &str, payload: &Value) -> Result<Delivery, Rejected> {
    deliver_raw(event, payload.to_string().as_bytes(), "s", &["s"])
}

fn repo() -> Value {
    json!({"id": 7, "name": "api", "owner": {"login": "acme"}})
}

fn ours() -> RepoRef {
    RepoRef { id: 7, owner: "acme".into(), name: "api".into() }
}

#[test]
fn githubs_own_test_vector_holds() {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(signature(&secret("It's a Secret to Everybody"), b"Hello, World!"), expected);
}

#[test]
fn one_of_two_secrets_is_enough_and_any_other_is_not() {
    let body = br#"{"zen":"x"}"#;
    assert!(deliver_raw("ping", body, "new", &["old", "new"]).is_ok());
    assert!(deliver_raw("ping", body, "old", &["old", "new"]).is_ok());
    assert_eq!(deliver_raw("ping", body, "other", &["old", "new"]), Err(Rejected::Signature));
    assert_eq!(deliver_raw("ping", body, "x", &[]), Err(Rejected::Signature));
    // An empty secret would sign anything that anybody sends.
    assert_eq!(deliver_raw("ping", body, "", &[""]), Err(Rejected::Signature));
}

#[test]
fn the_signature_covers_every_byte_and_its_form_is_strict() {
    let body = br#"{"zen":"x"}"#;
    let good = signature(&secret("s"), body);
    let check = |value: &str, body: &[u8]| {
        let mut headers = HeaderMap::new();
        headers.insert("x-github-event", http::HeaderValue::from_static("ping"));
        headers.insert("x-github-delivery", http::HeaderValue::from_static("g"));
        if let Ok(value) = value.parse() {
            headers.insert("x-hub-signature-256", value);
        }
        Delivery::verify(&headers, body, &[secret("s")])
    };
    assert!(check(&good, body).is_ok());
    assert!(check(&good.to_uppercase().replace("SHA256", "sha256"), body).is_ok());
    for wrong in ["sha256=", "sha256=zz", "sha1=00", "", good.trim_start_matches("sha256="), &good[..good.len() - 2]] {
        assert!(check(wrong, body).is_err(), "{wrong}");
    }
    assert_eq!(check(&good, br#"{"zen":"x"} "#), Err(Rejected::Signature));
    assert_eq!(Delivery::verify(&HeaderMap::new(), body, &[secret("s")]), Err(Rejected::Header("X-Hub-Signature-256")));
}

#[test]
fn bodies_that_are_not_what_they_say() {
    assert_eq!(deliver_raw("push", b"payload=%7B%7D", "s", &["s"]), Err(Rejected::NotJson));
    assert_eq!(deliver_raw("push", b"[1]", "s", &["s"]), Err(Rejected::NotJson));
    assert_eq!(deliver("push", &json!({})), Err(Rejected::Field { event: "push".into(), field: "/ref" }));
    assert!(deliver("pull_request", &json!({"repository": repo(), "pull_request": {"number": "3"}})).is_err());
    assert_eq!(deliver("some_new_event", &json!({"action": "x"})).map(|d| d.wakes), Ok(vec![]));
}

#[test]
fn what_each_event_wakes() {
    let wakes = |event: &str, payload: Value| deliver(event, &payload).map(|d| d.wakes);
    let pull = Wake::Pull { repo: ours(), number: 3 };
    assert_eq!(
        wakes(
            "pull_request",
            json!({"action": "opened", "repository": repo(), "pull_request": {"number": 3, "head": {"sha": "abc"}}})
        ),
        Ok(vec![pull.clone(), Wake::Commit { repo: ours(), sha: "abc".into() }])
    );
    assert_eq!(
        wakes(
            "pull_request_review",
            json!({"action": "submitted", "repository": repo(), "pull_request": {"number": 3}})
        ),
        Ok(vec![pull.clone()])
    );
    assert_eq!(
        wakes("issue_comment", json!({"repository": repo(), "issue": {"number": 3, "pull_request": {}}})),
        Ok(vec![pull])
    );
    assert_eq!(wakes("issue_comment", json!({"repository": repo(), "issue": {"number": 3}})), Ok(vec![]));
    assert_eq!(
        wakes("push", json!({"repository": repo(), "ref": "refs/heads/release/1"})),
        Ok(vec![Wake::Branch { repo: ours(), branch: "release/1".into() }])
    );
    assert_eq!(wakes("push", json!({"repository": repo(), "ref": "refs/tags/v1"})), Ok(vec![]));
    assert_eq!(
        wakes("membership", json!({"organization": {"login": "acme"}, "team": {"id": 1, "deleted": true}})),
        Ok(vec![Wake::Team { organization: "acme".into(), slug: None }])
    );
}

#[test]
fn a_press_is_kept_with_its_sender() {
    let payload = json!({
        "action": "requested_action", "repository": repo(), "installation": {"id": 9},
        "check_run": {"id": 5, "head_sha": "abc", "name": "threadmodel: main", "app": {"id": 1}},
        "requested_action": {"identifier": "draft_now"},
        "sender": {"id": 4, "login": "ana", "type": "User"},
    });
    let delivery = deliver("check_run", &payload);
    let press = delivery.as_ref().ok().and_then(|d| d.press.clone());
    assert_eq!(
        press,
        Some(Press {
            repo: ours(),
            sender: UserId(4),
            login: "ana".into(),
            action: "draft_now".into(),
            check: Some(5),
            name: Some("threadmodel: main".into()),
            sha: "abc".into(),
            app: Some(1),
        })
    );
    assert_eq!(delivery.map(|d| (d.installation, d.is_own("threadmodel"))), Ok((Some(9), false)));
    let own = deliver("ping", &json!({"sender": {"id": 1, "login": "threadmodel[bot]", "type": "Bot"}}));
    assert_eq!(own.map(|d| d.is_own("threadmodel")), Ok(true));
}
