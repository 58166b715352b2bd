//! The REST API: authentication, permissions, limits, pages; the operations stand in the files below.

mod apps;
mod checks;
mod code;
mod comments;
mod orgs;
mod pulls;
mod reviews;

use std::sync::Arc;

use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::model::{Id, Millis, Repo, State};
use super::render::Render;
use super::server::{Sandbox, Surface, Token, wall};
use super::world::Refusal;

/// A request, read whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    /// Decoded path without `/api/v3`.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    /// As the client sent it, for links.
    pub(super) raw_query: String,
    pub(super) authorization: String,
    pub(super) accept: String,
    pub(super) if_none_match: String,
    pub(super) body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Content,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// An answer's body.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Json(Value),
    Raw(Vec<u8>),
    Empty,
}

/// What an operation gives: an answer, or an error answer.
type Served = Result<Answer, Answer>;

impl Answer {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Content::Json(body), headers: Vec::new() }
    }

    pub(super) fn error(status: u16, message: &str) -> Self {
        Self::json(
            status,
            json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()}),
        )
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last word of an operation that can fail")]
    fn ok(body: Value) -> Served {
        Ok(Self::json(200, body))
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::NotFound => Self::error(404, "Not Found"),
            Refusal::Forbidden(why) => Self::error(403, why),
            Refusal::Invalid(why) => Self::json(
                422,
                json!({"message": "Unprocessable Entity", "errors": [why], "documentation_url": "https://docs.github.com/rest", "status": "422"}),
            ),
            Refusal::Conflict(why) => Self::error(409, why),
        }
    }
}

/// GitHub's longer form of 422, of some operations.
fn validation_failed(resource: &str, field: &str, message: &str) -> Answer {
    Answer::json(
        422,
        json!({"message": "Validation Failed", "errors": [{"resource": resource, "field": field, "code": "custom", "message": message}], "documentation_url": "https://docs.github.com/rest", "status": "422"}),
    )
}

/// Puts a refusal into that longer form.
fn long_form(resource: &'static str) -> impl Fn(Refusal) -> Answer {
    move |refusal| match refusal {
        Refusal::Invalid(why) => validation_failed(resource, "base", &why),
        other => other.into(),
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum Who {
    Nobody,
    App(Id),
    Installation { token: Token, app: Id, bot: Id },
}

/// One call: the sandbox, the request, who asks.
pub(super) struct Call<'a> {
    sandbox: &'a mut Sandbox,
    request: &'a Request,
    who: Who,
}

/// Serves a request: who asks, limits, the operation, decoration.
pub(super) fn serve(sandbox: &mut Sandbox, request: &Request) -> Answer {
    let who = match super::auth::authenticate(sandbox, request) {
        Ok(who) => who,
        Err(answer) => return answer,
    };
    if let Err(answer) = count(sandbox, request, &who) {
        return answer;
    }
    let mut call = Call { sandbox, request, who: who.clone() };
    let mut answer = call.dispatch().unwrap_or_else(|error| error);
    decorate(sandbox, request, &who, &mut answer);
    answer
}

/// Counts a request against the hourly limit, and a content-making one against the secondary limit.
pub(super) fn count(sandbox: &mut Sandbox, request: &Request, who: &Who) -> Result<(), Answer> {
    let Who::Installation { token, .. } = who else { return Ok(()) };
    let (id, now) = (token.installation, wall());
    let limit = sandbox.hostility.requests_per_hour;
    let used = sandbox.used.entry(id).or_insert((now + 3_600_000, 0));
    if used.0 < now {
        *used = (now + 3_600_000, 0);
    }
    if used.1 >= limit && request.path != "/rate_limit" {
        let mut answer = Answer::error(403, &format!("API rate limit exceeded for installation ID {id}."));
        limit_headers(&mut answer, limit, *used);
        return Err(answer);
    }
    used.1 += 1;
    let most = sandbox.hostility.content_per_minute;
    if most > 0 && request.method != "GET" && !request.path.ends_with("graphql") {
        let virtual_now = sandbox.now();
        let made = sandbox.content.entry(id).or_default();
        made.retain(|at| *at > virtual_now - 60_000);
        if made.len() as u64 >= most {
            return Err(secondary_limit(60));
        }
        made.push(virtual_now);
    }
    Ok(())
}

/// The secondary limit's answer.
pub(super) fn secondary_limit(seconds: u64) -> Answer {
    let mut answer =
        Answer::error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.");
    answer.headers.push(("retry-after", seconds.to_string()));
    answer
}

fn limit_headers(answer: &mut Answer, limit: u64, (reset, used): (Millis, u64)) {
    answer.headers.extend([
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", limit.saturating_sub(used).to_string()),
        ("x-ratelimit-used", used.to_string()),
        ("x-ratelimit-reset", (reset / 1000).to_string()),
        ("x-ratelimit-resource", "core".to_owned()),
    ]);
}

/// Headers, unknown fields, ETag.
fn decorate(sandbox: &mut Sandbox, request: &Request, who: &Who, answer: &mut Answer) {
    if let Content::Json(body) = &mut answer.body
        && sandbox.hostility.extra_fields
        && answer.status < 300
    {
        add_unknown(body);
    }
    answer.headers.push(("x-github-media-type", "github.v3; format=json".to_owned()));
    if let Who::Installation { token, .. } = who
        && let Some(used) = sandbox.used.get(&token.installation)
    {
        limit_headers(answer, sandbox.hostility.requests_per_hour, *used);
    }
    if request.method == "GET" && answer.status == 200 {
        let mut hash = Sha1::new();
        // ETags die with the token.
        hash.update(request.authorization.as_bytes());
        match &answer.body {
            Content::Json(body) => hash.update(body.to_string().as_bytes()),
            Content::Raw(bytes) => hash.update(bytes),
            Content::Empty => {}
        }
        let tag = format!("W/\"{}\"", hex::encode(hash.finalize()));
        if request.if_none_match == tag {
            answer.status = 304;
            answer.body = Content::Empty;
        }
        answer.headers.push(("etag", tag));
    }
}

/// A field that no client knows, in every object that stands for something.
fn add_unknown(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_unknown),
        Value::Object(map) => {
            map.values_mut().for_each(add_unknown);
            if map.contains_key("id") || map.contains_key("url") {
                map.insert("x_sandbox_unknown".to_owned(), json!({"since": "tomorrow"}));
            }
        }
        _ => {}
    }
}

const READ: bool = false;
const WRITE: bool = true;

impl Call<'_> {
    fn dispatch(&mut self) -> Served {
        let request = self.request;
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let method = request.method.as_str();
        match (method, parts.as_slice()) {
            ("GET", ["rate_limit"]) => Ok(self.rate_limit()),
            (_, ["app" | "installation", ..]) => self.apps(method, parts.get(..).unwrap_or_default()),
            (_, ["orgs", org, rest @ ..]) => self.orgs(method, org, rest),
            (_, ["repos", owner, name, rest @ ..]) => self.in_repo(method, owner, name, rest),
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    fn in_repo(&mut self, method: &str, owner: &str, name: &str, rest: &[&str]) -> Served {
        let repo = self.repo(owner, name)?;
        match rest {
            ["installation"] | [] => self.repo_itself(method, &repo, rest),
            ["commits", reference @ .., "check-runs"] => self.runs_of_commit(&repo, &reference.join("/")),
            ["contents" | "git" | "compare" | "codeowners" | "commits", ..] => self.code(method, &repo, rest),
            ["check-runs", ..] => self.check_runs(method, &repo, rest),
            ["pulls", ..] => self.pulls(method, &repo, rest),
            ["issues", ..] => self.issues(method, &repo, rest),
            ["collaborators" | "rules", ..] => self.people_of(method, &repo, rest),
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    // ── who may ──

    /// A repository that the asker can see at all.
    fn repo(&self, owner: &str, name: &str) -> Result<Arc<Repo>, Answer> {
        let state = self.sandbox.world().state();
        let missing = || Answer::error(404, "Not Found");
        let repo = state.repo(&format!("{owner}/{name}")).ok_or_else(missing)?;
        let seen = match &self.who {
            // A JWT sees `GET /repos/{owner}/{repo}/installation` only; that operation asks again.
            Who::App(_) => true,
            Who::Installation { token, .. } => !repo.private || covers(state, token, repo),
            Who::Nobody => !repo.private,
        };
        if seen { Ok(repo.clone()) } else { Err(missing()) }
    }

    /// The permission that an operation needs: any one of these. A public repository is readable by anybody.
    fn need(&self, repo: &Repo, any: &[(&str, bool)]) -> Result<Id, Answer> {
        let refused = || Answer::error(403, "Resource not accessible by integration");
        match &self.who {
            Who::Nobody if !repo.private && any.iter().all(|(_, write)| !write) => Ok(0),
            Who::Nobody => Err(Answer::error(401, "Requires authentication")),
            Who::App(_) => Err(Answer::error(401, "A JSON web token could not be decoded")),
            Who::Installation { token, bot, .. } => {
                let inside = covers(self.sandbox.world().state(), token, repo);
                let granted = any.iter().any(|(name, write)| grants(token, name, *write));
                let public_read = !repo.private && any.iter().any(|(_, write)| !write);
                if (inside && granted) || public_read { Ok(*bot) } else { Err(refused()) }
            }
        }
    }

    fn need_write(&self, repo: &Repo, any: &[&str]) -> Result<Id, Answer> {
        let any: Vec<(&str, bool)> = any.iter().map(|name| (*name, WRITE)).collect();
        self.need(repo, &any)
    }

    fn need_read(&self, repo: &Repo, any: &[&str]) -> Result<Id, Answer> {
        let any: Vec<(&str, bool)> = any.iter().map(|name| (*name, READ)).collect();
        self.need(repo, &any)
    }

    fn app(&self) -> Result<Id, Answer> {
        match self.who {
            Who::Installation { app, .. } | Who::App(app) => Ok(app),
            Who::Nobody => Err(Answer::error(401, "Requires authentication")),
        }
    }

    // ── reading the request ──

    fn query(&self, name: &str) -> Option<&str> {
        self.request
            .query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn body<T: serde::de::DeserializeOwned>(&self) -> Result<T, Answer> {
        let bytes: &[u8] = if self.request.body.is_empty() { b"{}" } else { &self.request.body };
        let value: Value = serde_json::from_slice(bytes).map_err(|_| Answer::error(400, "Problems parsing JSON"))?;
        serde_json::from_value(value)
            .map_err(|error| validation_failed("Request", "body", &format!("Invalid request.\n\n{error}")))
    }

    fn text(&self, field: &str) -> Result<String, Answer> {
        let body: Value = self.body()?;
        body[field].as_str().map(str::to_owned).ok_or_else(|| {
            validation_failed("Request", field, &format!("Invalid request.\n\n\"{field}\" wasn't supplied."))
        })
    }

    // ── lists ──

    fn lagged(&mut self, surface: Surface) -> Arc<State> {
        self.sandbox.lagged(surface)
    }

    fn render<'a>(&'a self, state: &'a State) -> Render<'a> {
        Render { world: self.sandbox.world(), state }
    }

    /// Another order, the same on every page.
    fn shuffle<T>(&self, items: &mut [T], key: impl Fn(&T) -> Id) {
        if self.sandbox.hostility.reorder {
            let seed = self.sandbox.seed;
            items.sort_by_key(|item| super::world::Rng::new(key(item) ^ seed).next_u64());
        }
    }

    /// The page asked for: (page, items a page).
    fn window(&self) -> (usize, usize) {
        let number = |name: &str| self.query(name).and_then(|text| text.parse::<usize>().ok());
        let asked = number("per_page").unwrap_or(30).clamp(1, 100);
        let cap = self.sandbox.hostility.page_cap;
        (number("page").unwrap_or(1).max(1), if cap > 0 { asked.min(cap) } else { asked })
    }

    /// Cuts out the page and says in `Link` where the others are.
    fn page<T>(&self, items: Vec<T>) -> (Vec<T>, Vec<(&'static str, String)>) {
        let (page, size) = self.window();
        let last = items.len().div_ceil(size).max(1);
        let link = |to: usize, rel: &str| {
            let kept = self.request.raw_query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("page="));
            let query: Vec<String> = kept.map(str::to_owned).chain([format!("page={to}")]).collect();
            format!("<{}{}?{}>; rel=\"{rel}\"", self.sandbox.world().origin, self.request.path, query.join("&"))
        };
        let mut links = Vec::new();
        if page > 1 {
            links.extend([link(page - 1, "prev"), link(1, "first")]);
        }
        if page < last {
            links.extend([link(page + 1, "next"), link(last, "last")]);
        }
        let headers = if links.is_empty() { Vec::new() } else { vec![("link", links.join(", "))] };
        (items.into_iter().skip((page - 1) * size).take(size).collect(), headers)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last word of an operation that can fail")]
    fn list(&self, items: Vec<Value>) -> Served {
        let (items, headers) = self.page(items);
        Ok(Answer { status: 200, body: Content::Json(Value::Array(items)), headers })
    }

    fn rate_limit(&self) -> Answer {
        let limit = self.sandbox.hostility.requests_per_hour;
        let (reset, used) = match &self.who {
            Who::Installation { token, .. } => {
                self.sandbox.used.get(&token.installation).copied().unwrap_or((wall(), 0))
            }
            _ => (wall(), 0),
        };
        let rate =
            json!({"limit": limit, "used": used, "remaining": limit.saturating_sub(used), "reset": reset / 1000});
        Answer::json(200, json!({"resources": {"core": rate, "graphql": rate, "search": rate}, "rate": rate}))
    }
}

/// Does the token reach this repository?
pub(super) fn covers(state: &State, token: &Token, repo: &Repo) -> bool {
    let installation = state.installations.get(&token.installation);
    installation.is_some_and(|installation| installation.suspended_at.is_none() && installation.covers(repo))
        && token.repos.as_ref().is_none_or(|repos| repos.contains(&repo.id))
}

/// Does the token hold this permission?
pub(super) fn grants(token: &Token, name: &str, write: bool) -> bool {
    match token.permissions.get(name).map(String::as_str) {
        Some("write" | "admin") => true,
        Some("read") => !write,
        _ => name == "metadata" && !write,
    }
}
