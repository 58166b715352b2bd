//! What the client really sends in a whole story, and what it is answered, judged by GitHub's own descriptions. A proxy between the real
//! binary and the sandbox writes everything down.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use apollo_compiler::ExecutableDocument;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName};
use serde_json::{Value, json};
use threadmodel::sandbox::Hostility;

use super::shared::{shared_json, shared_part};
use super::stage::{Beginning, Stage};
use super::stories::{DOCUMENTS, text};
use super::validate::{Exchange, GraphQl, Rest};

/// Operations that the description at hand lacks: deletions of our own doubled comments, see `client.rs`.
const NOT_DESCRIBED: [&str; 2] = ["/pulls/comments/", "/issues/comments/"];

/// Everything that went over the wire.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<Exchange>>>);

struct Proxy {
    tape: Tape,
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Proxy {
    fn before(github: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let tape = Tape::default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let router = axum::Router::new().fallback(pass_on).with_state((tape.clone(), client, github));
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { tape, address, _runtime: runtime }
    }

    fn taken(&self) -> Vec<Exchange> {
        self.tape.0.lock().unwrap().clone()
    }
}

async fn pass_on(
    State((tape, client, github)): State<(Tape, reqwest::Client, SocketAddr)>,
    asked: Request,
) -> Response {
    let (parts, body) = asked.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let mut exchange = Exchange {
        method: parts.method.to_string(),
        target: target.clone(),
        request: serde_json::from_slice(&body).unwrap_or(Value::Null),
        // A client that hears nothing was answered nothing wrong.
        status: 500,
        ..Exchange::default()
    };
    let request = client
        .request(parts.method, format!("http://{github}{target}"))
        .headers(end_to_end(&parts.headers))
        .body(body)
        .send();
    let answer = match request.await {
        Ok(answer) => {
            let (status, headers) = (answer.status(), end_to_end(answer.headers()));
            answer.bytes().await.ok().map(|bytes| (status, headers, bytes))
        }
        Err(_) => None,
    };
    if let Some((status, headers, bytes)) = &answer {
        exchange.status = status.as_u16();
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
        kind.unwrap_or_default().clone_into(&mut exchange.content_type);
        exchange.answer = String::from_utf8_lossy(bytes).into_owned();
    }
    tape.0.lock().unwrap().push(exchange);
    if let Some((status, headers, bytes)) = answer {
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    } else {
        let broken = async { Err::<Bytes, _>(std::io::Error::other("the connection was dropped")) };
        Response::new(Body::from_stream(futures::stream::once(broken)))
    }
}

/// Without what belongs to one connection.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let of_the_connection =
        |name: &HeaderName| matches!(name.as_str(), "host" | "connection" | "content-length" | "transfer-encoding");
    headers
        .iter()
        .filter(|(name, _)| !of_the_connection(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Both descriptions.
struct Judges {
    rest: Rest,
    graphql: GraphQl,
}

impl Judges {
    fn at_hand() -> Option<Self> {
        let rest = Rest::new(shared_json("github/openapi.json", 2)?);
        let graphql = GraphQl::new(&std::fs::read_to_string(shared_part("github/schema.graphql", 2)?).unwrap());
        Some(Self { rest, graphql })
    }

    /// What is wrong with an exchange; empty: nothing.
    fn check(&self, exchange: &Exchange) -> Vec<String> {
        if exchange.target.ends_with("/graphql") {
            let document = exchange.request["query"].as_str().unwrap_or_default();
            let mut wrong = self.graphql.check_variables(document, &exchange.request["variables"]);
            for extra in exchange.request.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
                if !matches!(extra, "query" | "variables" | "operationName") {
                    wrong.push(format!("`{extra}` is no part of a GraphQL request"));
                }
            }
            if exchange.status == 200 {
                let answer: Value = serde_json::from_str(&exchange.answer).unwrap_or_default();
                wrong.extend(self.graphql.check(document, &answer));
            }
            return wrong;
        }
        let left_out = exchange.method == "DELETE" && NOT_DESCRIBED.iter().any(|part| exchange.target.contains(part));
        match self.rest.check(exchange) {
            Some(wrong) => wrong,
            None if left_out => Vec::new(),
            None => vec!["the operation is not described".to_owned()],
        }
    }

    fn name(&self, exchange: &Exchange) -> String {
        if exchange.target.ends_with("/graphql") {
            return "POST /graphql".to_owned();
        }
        let bare = Exchange { target: exchange.target.trim_start_matches("/api/v3").to_owned(), ..exchange.clone() };
        self.rest.name(&bare).unwrap_or_else(|| format!("{} {}", exchange.method, exchange.target))
    }
}

fn stage_behind_a_proxy(hostility: Hostility) -> (Stage, Proxy) {
    let mut stage = Stage::without_app(&Beginning::default(), hostility);
    let proxy = Proxy::before(stage.github());
    stage.set("GITHUB_URL", &format!("http://{}", proxy.address));
    stage.start();
    (stage, proxy)
}

/// Opened, asked, answered, drafted, approved, merged.
fn play(stage: &Stage, document: &str, meanwhile: impl FnOnce(&Stage)) {
    let pull = stage.propose("docs/design.md", document);
    let questions = stage.questions(pull);
    stage.quiet(pull);
    meanwhile(stage);
    for question in &questions {
        stage.reply("alice", question, "Not decided yet.");
    }
    stage.drafted(pull);
    stage.quiet(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.merge("alice", pull).expect("the check is green");
}

fn all_in_order(judges: &Judges, taken: &[Exchange]) {
    let wrong: BTreeSet<String> = taken
        .iter()
        .flat_map(|exchange| {
            let at = format!("{} {} → {}", exchange.method, exchange.target, exchange.status);
            judges.check(exchange).into_iter().map(move |error| format!("{at}: {error}"))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} are not as GitHub describes:\n{}",
        wrong.len(),
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn all_that_the_client_sends_and_is_answered_in_a_whole_story_is_as_github_describes() {
    let Some(document) = text(DOCUMENTS[1], 2) else { return };
    let Some(judges) = Judges::at_hand() else { return };
    let (stage, proxy) = stage_behind_a_proxy(Hostility::none());
    play(&stage, &document, |_| {});
    let taken = proxy.taken();
    all_in_order(&judges, &taken);
    let seen: BTreeSet<String> = taken.iter().map(|exchange| judges.name(exchange)).collect();
    println!("{} exchanges, {} operations: {seen:#?}", taken.len(), seen.len());
    for operation in [
        "GET /app/installations",
        "GET /installation/repositories",
        "GET /repos/{owner}/{repo}/pulls",
        "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
        "PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}",
        "POST /repos/{owner}/{repo}/check-runs",
        "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
        "POST /graphql",
    ] {
        assert!(seen.contains(operation), "{operation} was not seen");
    }
    planted_faults_are_found(&judges, &taken);
}

/// Whatever was sent, with one undocumented parameter or field more, is refused.
fn planted_faults_are_found(judges: &Judges, taken: &[Exchange]) {
    let mut planted = BTreeSet::new();
    for exchange in taken.iter().filter(|exchange| planted.insert(judges.name(exchange))) {
        let joint = if exchange.target.contains('?') { '&' } else { '?' };
        if !exchange.target.ends_with("/graphql") {
            let target = format!("{}{joint}undocumented=1", exchange.target);
            let found = judges.check(&Exchange { target, ..exchange.clone() });
            assert!(!found.is_empty(), "a parameter that nobody knows was not found: {}", exchange.target);
        }
        let mut request = exchange.request.clone();
        match request.as_object_mut() {
            Some(fields) => {
                fields.insert("undocumented".to_owned(), json!(1));
            }
            None => request = json!({"undocumented": 1}),
        }
        let found = judges.check(&Exchange { request, ..exchange.clone() });
        assert!(!found.is_empty(), "a field that nobody knows was not found: {} {}", exchange.method, exchange.target);
    }
    // Also deep inside.
    let run = taken
        .iter()
        .find(|exchange| exchange.target.ends_with("/check-runs") && exchange.method == "POST")
        .expect("a run");
    let mut request = run.request.clone();
    request["output"]["undocumented"] = json!(1);
    assert!(
        !judges.check(&Exchange { request, ..run.clone() }).is_empty(),
        "an unknown field of the output was not found"
    );
    let graphql = taken.iter().find(|exchange| exchange.target.ends_with("/graphql")).expect("a query");
    let mut request = graphql.request.clone();
    request["query"] = json!(graphql.request["query"].as_str().unwrap().replacen("updatedAt", "updatedWhen", 1));
    assert!(
        !judges.check(&Exchange { request, ..graphql.clone() }).is_empty(),
        "an unknown field of GraphQL was not found"
    );
}

#[test]
fn it_is_so_as_well_when_github_fails_and_refuses() {
    let Some(document) = text(DOCUMENTS[3], 2) else { return };
    let Some(judges) = Judges::at_hand() else { return };
    let trouble = Hostility { read_faults: 15, write_faults: 30, page_cap: 2, nulls: true, ..Hostility::none() };
    let (stage, proxy) = stage_behind_a_proxy(Hostility { requests_per_hour: 1_000_000, ..trouble });
    play(&stage, &document, |stage| {
        // The draft is refused: a batch names no culprit, so its comments go elsewhere.
        stage.fault(json!({"method": "POST", "contains": "/reviews", "trouble": {"status": 422}}));
    });
    let taken = proxy.taken();
    assert!(taken.iter().any(|exchange| exchange.status >= 400), "nothing failed");
    all_in_order(&judges, &taken);
}

/// Variables are judged too: this is what the judge calls wrong about them.
#[test]
fn a_variable_of_the_wrong_type_is_found() {
    let Some(judges) = Judges::at_hand() else { return };
    let document =
        "query($number: Int!) { repository(owner: \"a\", name: \"b\") { pullRequest(number: $number) { id } } }";
    assert!(ExecutableDocument::parse(judges.graphql.schema(), document, "d.graphql").is_ok());
    assert_eq!(judges.graphql.check_variables(document, &json!({"number": 1})), Vec::<String>::new());
    for wrong in [json!({"number": "1"}), json!({}), json!({"number": 1, "more": 2})] {
        assert!(!judges.graphql.check_variables(document, &wrong).is_empty(), "{wrong}");
    }
}
