//! Webhook deliveries: who hears an event, signed as GitHub signs, lost, doubled and late as hostility says.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::model::{Id, Installation, Millis};
use super::render::Render;
use super::server::{Sandbox, Shared};
use super::world::Event;

/// One delivery, sent or to be sent.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Database id.
    pub id: Id,
    /// `X-GitHub-Delivery`; a redelivery keeps it.
    pub guid: String,
    /// The App.
    pub app: Id,
    /// `X-GitHub-Event`.
    pub event: &'static str,
    /// `action`.
    pub action: Option<String>,
    /// The installation.
    pub installation: Id,
    /// The repository.
    pub repo: Option<Id>,
    /// The body, as sent.
    pub body: String,
    /// Virtual time from which it may go.
    pub due: Millis,
    /// A redelivery.
    pub redelivery: bool,
    /// Lost by hostility: never sent, but listed as failed.
    pub lost: bool,
    /// It is being sent.
    pub under_way: bool,
    /// Sent: the status (0: no connection) and when.
    pub answer: Option<(u16, Millis)>,
}

/// Events that come without a subscription.
const ALWAYS: [&str; 4] = ["check_run", "check_suite", "installation", "installation_repositories"];

/// `sha256=…` over the raw body.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Plans the deliveries of an event: one for each installation that hears it.
pub(super) fn plan(sandbox: &mut Sandbox, event: &Event) {
    let hears = |installation: &Installation| {
        let state = sandbox.world().state();
        let subscribed = ALWAYS.contains(&event.name) || installation.events.contains(event.name);
        // `check_run` created and completed come with `checks: write`; to other Apps they would with a subscription.
        let right_app = event.app.is_none_or(|app| app == installation.app);
        let place = match (event.repo, event.account) {
            (Some(repo), _) => state.repos.get(&repo).is_some_and(|repo| installation.covers(repo)),
            (None, Some(account)) => installation.account == account,
            (None, None) => false,
        };
        subscribed && right_app && place && (installation.suspended_at.is_none() || event.name == "installation")
    };
    let listeners: Vec<(Id, Id)> = sandbox
        .world()
        .state()
        .installations
        .values()
        .filter(|installation| hears(installation))
        .map(|installation| (installation.id, installation.app))
        .collect();
    for (installation, app) in listeners {
        let mut payload = event.payload.clone();
        if !payload["installation"].is_object() {
            payload["installation"] = json!({"id": installation, "node_id": Render::now(sandbox.world()).node("MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u_", installation)});
        }
        if sandbox.hostility.extra_fields {
            payload["x_sandbox_unknown"] = json!({"since": "tomorrow"});
        }
        let (hostility, now) = (sandbox.hostility.clone(), sandbox.now());
        let (_, rng) = sandbox.parts();
        let wait = Millis::try_from(rng.below(hostility.delay_deliveries_ms.unsigned_abs())).unwrap_or(0);
        let again = Millis::try_from(rng.below(hostility.delay_deliveries_ms.unsigned_abs())).unwrap_or(0);
        let (lost, doubled) = (rng.chance(hostility.drop_deliveries), rng.chance(hostility.double_deliveries));
        let (high, low) = (rng.next_u64(), rng.next_u64());
        let guid = uuid::Uuid::from_u64_pair(high, low).to_string();
        let delivery = Delivery {
            id: 170_000_000_000 + sandbox.deliveries.len() as u64,
            guid,
            app,
            event: event.name,
            action: event.action.clone(),
            installation,
            repo: event.repo,
            body: payload.to_string(),
            due: now + wait,
            redelivery: false,
            lost,
            under_way: false,
            answer: None,
        };
        if doubled {
            sandbox.deliveries.push(Delivery { id: delivery.id + 1_000_000_000, due: now + again, ..delivery.clone() });
        }
        sandbox.deliveries.push(delivery);
    }
}

/// A delivery as `GET /app/hook/deliveries` lists it.
pub(super) fn shown(delivery: &Delivery) -> Value {
    let (code, at) = delivery.answer.unwrap_or((0, delivery.due));
    json!({
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": super::render::iso(at),
        "redelivery": delivery.redelivery,
        "duration": 0.1,
        "status": if (200..300).contains(&code) { "OK" } else { "failed to connect to host" },
        "status_code": code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation,
        "repository_id": delivery.repo,
        "throttled_at": null,
    })
}

/// Plans a delivery again, with its old GUID.
pub(super) fn redeliver(sandbox: &mut Sandbox, id: Id) -> bool {
    let Some(old) = sandbox.deliveries.iter().find(|delivery| delivery.id == id).cloned() else { return false };
    let (due, number) = (sandbox.now(), sandbox.deliveries.len() as u64);
    sandbox.deliveries.push(Delivery {
        id: 180_000_000_000 + number,
        redelivery: true,
        due,
        lost: false,
        answer: None,
        under_way: false,
        ..old
    });
    true
}

/// Is everything sent that was to be sent by now?
pub(super) fn idle(sandbox: &Sandbox) -> bool {
    sandbox.deliveries.iter().all(|delivery| delivery.answer.is_some() || delivery.lost)
}

/// Sends what is due, for ever.
pub(super) async fn deliver(shared: Shared) {
    let Ok(client) = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build() else { return };
    loop {
        let due = next_due(&shared);
        if due.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for (index, delivery, url, secret) in due {
            let (client, shared) = (client.clone(), shared.clone());
            tokio::spawn(async move {
                let code = if url.is_empty() { 0 } else { send(&client, &url, &secret, &delivery).await };
                let mut sandbox = shared.lock();
                let now = sandbox.now();
                if let Some(sent) = sandbox.deliveries.get_mut(index) {
                    sent.answer = Some((code, now));
                }
            });
        }
    }
}

fn next_due(shared: &Shared) -> Vec<(usize, Delivery, String, String)> {
    let mut sandbox = shared.lock();
    let now = sandbox.now();
    let mut due = Vec::new();
    for index in 0..sandbox.deliveries.len() {
        let Some(delivery) = sandbox.deliveries.get_mut(index) else { continue };
        if delivery.under_way || delivery.lost || delivery.due > now {
            continue;
        }
        delivery.under_way = true;
        let delivery = delivery.clone();
        let (url, secret) = sandbox
            .world()
            .state()
            .apps
            .get(&delivery.app)
            .map(|app| (app.webhook_url.clone(), app.webhook_secret.clone()))
            .unwrap_or_default();
        due.push((index, delivery, url, secret));
    }
    due.sort_by_key(|(_, delivery, ..)| delivery.due);
    due
}

async fn send(client: &reqwest::Client, url: &str, secret: &str, delivery: &Delivery) -> u16 {
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", "GitHub-Hookshot/sandbox")
        .header("x-github-event", delivery.event)
        .header("x-github-delivery", &delivery.guid)
        .header("x-github-hook-installation-target-type", "integration")
        .header("x-github-hook-installation-target-id", delivery.app)
        .header("x-hub-signature-256", signature(secret, delivery.body.as_bytes()))
        .body(delivery.body.clone());
    request.send().await.map_or(0, |answer| answer.status().as_u16())
}
