//! The little world of the demo: an organisation, four people, a repository, one pull request; and what people can do in it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::page::Page;
use crate::sandbox::act::Act;
use crate::sandbox::seed::Seed;
use crate::sandbox::world::Refusal;
use crate::sandbox::{Clock, Hostility, Sandbox, Shared};

/// The repository.
pub(super) const REPOSITORY: &str = "acme/billing";
const HEAD: &str = "invoice-export";

/// The people one can be: login and part.
pub(super) const PEOPLE: [(&str, &str); 4] = [
    ("ana", "author"),
    ("ben", "second developer"),
    ("sec-lead", "security reviewer, @acme/security"),
    ("maria", "maintainer"),
];

const CODEOWNERS: &str = "# Design documents are the security team's to approve.\n/docs/design/ @acme/security\n";
const POLICY: &str = "documents: [\"docs/design/**\"]\napproval: { teams: [\"@acme/security\"] }\n";
const README: &str = "# billing\n\nInvoices and payments of acme.\n";

/// The App's registration in the sandbox.
pub(in crate::cli) struct Registration<'a> {
    pub(in crate::cli) public_key_pem: &'a str,
    pub(in crate::cli) webhook_url: &'a str,
    pub(in crate::cli) webhook_secret: &'a str,
}

/// Everything before the pull request: its opening is an act of its own, so that the App hears of it.
pub(in crate::cli) fn seed(app: &Registration<'_>) -> Result<Seed, serde_json::Error> {
    let logins: Vec<&str> = PEOPLE.iter().map(|(login, _)| *login).collect();
    let manifest = crate::cli::manifest::manifest();
    serde_json::from_value(json!({
        "users": logins,
        "orgs": [{"login": "acme", "owners": ["maria"], "members": ["ana", "ben", "sec-lead"], "base": "read"}],
        "repos": [{
            "name": REPOSITORY, "private": true,
            "files": {".github/CODEOWNERS": CODEOWNERS, ".github/threadmodel.yml": POLICY, "README.md": README},
            "collaborators": {"ana": "write", "ben": "write", "maria": "admin"},
        }],
        "teams": [{"name": "acme/security", "members": ["sec-lead"], "repos": {REPOSITORY: "write"}}],
        "apps": [{
            "slug": "threadmodel", "owner": "acme", "public_key_pem": app.public_key_pem,
            "webhook_url": app.webhook_url, "webhook_secret": app.webhook_secret,
            "permissions": manifest.permissions, "events": manifest.events, "install": ["acme"],
        }],
        "protection": {REPOSITORY: {"main": {"required_checks": [{"context": "threadmodel: main"}]}}},
    }))
}

/// The pull request: the document is pushed, then proposed.
pub(in crate::cli) fn proposal(path: &str, title: &str, text: &str) -> Result<[Act; 2], serde_json::Error> {
    let push = json!({
        "act": "push", "by": "ana", "repo": REPOSITORY, "branch": HEAD, "message": format!("Add {title}"),
        "edits": [{"path": path, "text": text}],
    });
    let open = json!({
        "act": "open_pull", "by": "ana", "repo": REPOSITORY, "title": title, "head": HEAD, "base": "main",
        "body": "The design, for review before we build it.",
    });
    Ok([serde_json::from_value(push)?, serde_json::from_value(open)?])
}

/// The demo's one pull request.
#[derive(Clone, Debug)]
pub(super) struct Town {
    shared: Shared,
    /// The design document.
    pub(super) document: String,
}

impl Town {
    pub(super) fn new(shared: Shared, document: String) -> Self {
        Self { shared, document }
    }

    /// Does it as a person would; webhooks go out.
    pub(super) fn act(&self, act: &Act) -> Result<Value, Refusal> {
        let mut sandbox = self.shared.lock();
        let done = sandbox.world_mut().act(act);
        sandbox.collect();
        done
    }

    /// Grows with everything that happens.
    pub(super) fn version(&self) -> usize {
        self.shared.lock().world().log.len()
    }

    /// The pull request's page, the design document's text at its head, and the version that they show.
    pub(super) fn look(&self) -> anyhow::Result<(Page, String, usize)> {
        let sandbox = self.shared.lock();
        let world = sandbox.world();
        let repo = world.repo(REPOSITORY)?;
        let page: Page = serde_json::from_value(world.page(world.pull(repo, 1)?)?)?;
        let text = world.git(repo).text(&page.head_sha, &self.document).unwrap_or_default();
        Ok((page, text, world.log.len()))
    }

    /// A file at a commit.
    pub(super) fn file(&self, sha: &str, path: &str) -> Option<String> {
        let sandbox = self.shared.lock();
        let world = sandbox.world();
        let repo = world.repo(REPOSITORY).ok()?;
        world.git(repo).text(sha, path)
    }

    /// What a form asks for, as an act.
    pub(super) fn wish(&self, form: &BTreeMap<String, String>) -> Result<Act, String> {
        let field = |name: &str| form.get(name).map(|text| text.replace("\r\n", "\n")).unwrap_or_default();
        let number = |name: &str| field(name).parse::<u64>().map_err(|_| format!("`{name}` is missing"));
        let by = field("by");
        if !PEOPLE.iter().any(|(login, _)| *login == by) {
            return Err("Choose who you are first.".to_owned());
        }
        let here = |act: &str| json!({"act": act, "by": by, "repo": REPOSITORY, "pull": 1});
        let with = |mut act: Value, name: &str, value: Value| {
            act[name] = value;
            act
        };
        let text = || {
            Some(field("body"))
                .filter(|body| !body.trim().is_empty())
                .ok_or_else(|| "Write something first.".to_owned())
        };
        let act = match field("kind").as_str() {
            "reply" => json!({"act": "reply", "by": by, "comment": number("comment")?, "body": text()?}),
            "comment" => with(here("comment"), "body", json!(text()?)),
            "approve" => with(with(here("review"), "event", json!("APPROVE")), "body", json!(field("body"))),
            "request_changes" => with(with(here("review"), "event", json!("REQUEST_CHANGES")), "body", json!(text()?)),
            "resolve" => json!({"act": "resolve_thread", "by": by, "thread": number("thread")?}),
            "unresolve" => json!({"act": "unresolve_thread", "by": by, "thread": number("thread")?}),
            "delete" => json!({"act": "delete_comment", "by": by, "comment": number("comment")?}),
            "suggestion" => json!({"act": "commit_suggestion", "by": by, "comments": [number("comment")?]}),
            "press" => {
                json!({"act": "press_button", "by": by, "run": number("run")?, "identifier": field("identifier")})
            }
            "merge" => here("merge"),
            "push" => self.push(&by, &field("text"))?,
            "add_sentence" => self.push(&by, &with_a_sentence(&self.text()))?,
            "change_time" => {
                let text = with_another_time(&self.text()).ok_or("The document states no time that could change.")?;
                self.push(&by, &text)?
            }
            other => return Err(format!("`{other}` is nothing that one can do here.")),
        };
        serde_json::from_value(act).map_err(|error| error.to_string())
    }

    fn text(&self) -> String {
        self.look().map(|(_, text, _)| text).unwrap_or_default()
    }

    fn push(&self, by: &str, text: &str) -> Result<Value, String> {
        if text == self.text() {
            return Err("The document is as it was: change something first.".to_owned());
        }
        let name = self.document.rsplit('/').next().unwrap_or_default();
        Ok(json!({
            "act": "push", "by": by, "repo": REPOSITORY, "branch": HEAD, "message": format!("Update {name}"),
            "edits": [{"path": self.document, "text": text}],
        }))
    }
}

/// The document with one more thing in it.
fn with_a_sentence(text: &str) -> String {
    let more = "Staff of our partner agencies can open every customer's files as well.";
    format!("{}\n\n{more}\n", text.trim_end())
}

/// Where a span of time is stated in plain text, outside blocks of code.
fn time_at(text: &str) -> Option<(std::ops::Range<usize>, String)> {
    let words = regex::Regex::new(r"\b(\d{1,4}) (minutes|hours|days|weeks|months)\b").ok()?;
    let mut fenced = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        fenced ^= line.trim_start().starts_with("```");
        if let Some(found) = words.captures(line).filter(|_| !fenced)
            && let (Some(number), Some(unit)) = (found.get(1), found.get(2))
        {
            let value: u64 = number.as_str().parse().ok()?;
            let new = format!("{} {}", value.saturating_mul(30), unit.as_str());
            return Some((start + number.start()..start + unit.end(), new));
        }
        start += line.len();
    }
    None
}

fn with_another_time(text: &str) -> Option<String> {
    let (at, new) = time_at(text)?;
    Some(format!("{}{new}{}", text.get(..at.start)?, text.get(at.end..)?))
}

/// "24 hours → 720 hours", when the document states a time.
pub(super) fn time_change(text: &str) -> Option<String> {
    let (at, new) = time_at(text)?;
    Some(format!("{} → {new}", text.get(at)?))
}

/// A friendly sandbox with this seed, and the App's id in it.
pub(in crate::cli) fn sandbox(seed: &Seed) -> anyhow::Result<(Sandbox, u64)> {
    let mut sandbox = Sandbox::new(1, Clock::Real { ahead: 0 });
    sandbox.hostility = Hostility::none();
    let made = sandbox.world_mut().seed(seed)?;
    // What led here is history: no deliveries for it.
    drop(sandbox.world_mut().take_events());
    sandbox.world_mut().settle();
    let app_id = made["apps"]["threadmodel"]["id"].as_u64().context("the seed has no App")?;
    Ok((sandbox, app_id))
}

#[cfg(test)]
mod tests {
    use super::{time_change, with_another_time};

    #[test]
    fn the_first_time_outside_code_is_changed() {
        let text = "```\n5 days\n```\nKept for 24 hours.\n";
        assert_eq!(time_change(text).as_deref(), Some("24 hours → 720 hours"));
        assert_eq!(with_another_time(text).as_deref(), Some("```\n5 days\n```\nKept for 720 hours.\n"));
        assert_eq!(with_another_time("Kept for ever.\n"), None);
    }
}
