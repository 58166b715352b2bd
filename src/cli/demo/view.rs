//! The page as the template shows it: every string is either text, which the template escapes, or Markdown rendered by `markdown`.

use askama::Template;

use super::markdown::render;
use super::page::{APP, Check, Comment, Page, Stage, Thread};
use super::town::{PEOPLE, REPOSITORY, time_change};

/// What the visitor sends with a request for the page.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Visit {
    /// Who they are.
    #[serde(default, rename = "as")]
    pub(super) me: String,
    /// What the last act was refused with.
    #[serde(default)]
    pub(super) problem: String,
}

#[derive(Template)]
#[template(path = "demo/page.html")]
pub(super) struct View {
    version: usize,
    repository: &'static str,
    me: &'static str,
    people: Vec<Person>,
    problem: String,
    title: String,
    number: u64,
    author: String,
    state: &'static str,
    base: String,
    head: String,
    body: String,
    commits: Vec<(String, String, String)>,
    waits_for: String,
    steps: Vec<Step>,
    advice: Advice,
    checks: Vec<CheckView>,
    entries: Vec<EntryView>,
    blockers: Vec<String>,
    mergeable: bool,
    open: bool,
    document: String,
    text: String,
    time_change: Option<String>,
}

struct Person {
    login: &'static str,
    part: &'static str,
    me: bool,
}

struct Step {
    name: &'static str,
    what: &'static str,
    state: &'static str,
}

/// The next thing to try.
struct Advice {
    text: &'static str,
    /// Text to type, if any.
    example: Option<String>,
    /// Anchors and labels of where to do it.
    go: Vec<(String, &'static str)>,
    /// Somebody else who should do it.
    switch: Option<&'static str>,
    more: &'static str,
}

struct CheckView {
    id: u64,
    name: String,
    look: &'static str,
    mark: &'static str,
    says: String,
    title: String,
    summary: String,
    required: bool,
    actions: Vec<(String, String, String)>,
}

struct EntryView {
    id: u64,
    anchor: String,
    author: String,
    app: bool,
    verb: &'static str,
    look: &'static str,
    at: String,
    edited_by: Option<String>,
    body: String,
    deletable: bool,
    threads: Vec<ThreadView>,
}

struct ThreadView {
    id: u64,
    root: u64,
    path: String,
    lines: String,
    quoted: Vec<(u32, String)>,
    outdated: bool,
    resolved: bool,
    resolved_by: String,
    answers: Vec<String>,
    settled: bool,
    comments: Vec<CommentView>,
}

struct CommentView {
    id: u64,
    author: String,
    app: bool,
    at: String,
    edited_by: Option<String>,
    body: String,
    suggestion: bool,
    deletable: bool,
}

/// Renders the page for this visitor.
pub(super) fn page(
    page: &Page,
    document: &str,
    text: String,
    version: usize,
    visit: &Visit,
) -> Result<String, askama::Error> {
    let me = PEOPLE.iter().find(|(login, _)| *login == visit.me).map_or("ana", |(login, _)| *login);
    let stage = page.stage();
    View {
        version,
        repository: REPOSITORY,
        me,
        people: PEOPLE.iter().map(|(login, part)| Person { login, part, me: *login == me }).collect(),
        problem: visit.problem.clone(),
        title: page.title.clone(),
        number: page.number,
        author: page.author.clone(),
        state: match page.state.as_str() {
            "merged" => "merged",
            "closed" => "closed",
            _ => "open",
        },
        base: page.base.clone(),
        head: page.head.clone(),
        body: render(&page.body, None),
        commits: page
            .commits
            .iter()
            .map(|commit| {
                let message = commit.message.lines().next().unwrap_or_default().to_owned();
                (commit.sha.chars().take(7).collect(), message, commit.author.clone().unwrap_or_default())
            })
            .collect(),
        waits_for: page
            .requested_teams
            .iter()
            .chain(&page.requested_reviewers)
            .map(|who| format!("@{who}"))
            .collect::<Vec<_>>()
            .join(", "),
        steps: steps(stage),
        advice: advice(page, stage, me),
        checks: page.checks.iter().map(check).collect(),
        entries: entries(page, me),
        blockers: page.blockers.clone(),
        mergeable: page.mergeable,
        open: page.state == "open",
        document: document.to_owned(),
        time_change: time_change(&text),
        text,
    }
    .render()
}

fn steps(stage: Stage) -> Vec<Step> {
    let (done, now) = match stage {
        Stage::Reading => (0, Some(0)),
        Stage::Questions { .. } => (2, Some(2)),
        Stage::Drafting => (3, Some(3)),
        Stage::Curation => (4, Some(4)),
        Stage::Green | Stage::Over => (5, None),
    };
    let names = [
        ("It reads", "the design documents that the pull request changes"),
        ("It asks", "a few questions, each on the line it is about"),
        ("You answer", "in the thread, in your own words"),
        ("It drafts", "a threat model from the document and the answers"),
        ("The owner approves", "and only then the check turns green"),
    ];
    names
        .into_iter()
        .enumerate()
        .map(|(n, (name, what))| Step {
            name,
            what,
            state: if now == Some(n) {
                "now"
            } else if n < done {
                "done"
            } else {
                "later"
            },
        })
        .collect()
}

fn advice(page: &Page, stage: Stage, me: &str) -> Advice {
    let nothing = Advice { text: "", example: None, go: Vec::new(), switch: None, more: "" };
    let thread = |id: u64| format!("thread-{id}");
    let draft = page.draft().map(|draft| (format!("pullrequestreview-{}", draft.id), "Read the draft"));
    match stage {
        Stage::Reading => {
            Advice { text: "It reads the document now. The first questions come in a moment.", ..nothing }
        }
        Stage::Questions { first, .. } => {
            let link = page.threads.iter().find(|thread| {
                let asks = thread.comments.first().is_some_and(|root| root.body.to_lowercase().contains("link"));
                asks && thread.answers().is_some()
            });
            let days = link.and_then(|thread| Some((thread.id, thread.letter_of_days()?)));
            Advice {
                text: "Answer a question: a letter, a sentence, or both.",
                example: Some(days.map_or("not decided".to_owned(), |(_, letter)| {
                    format!("{letter}, 7 days, the mail system needs it")
                })),
                go: vec![(thread(days.map_or(first, |(id, _)| id)), "Go to the question")],
                switch: (me != "ana" && me != "ben").then_some("ana"),
                more: "Do two people disagree? Answer again as @ben. Enough? Press “Draft now” on the check: what is open becomes a stated assumption.",
            }
        }
        Stage::Drafting => Advice { text: "All is answered. The draft comes in a moment.", ..nothing },
        Stage::Curation => curation(page, me, draft),
        Stage::Green => match page.threads.iter().find(|thread| thread.offers()) {
            Some(offering) => Advice {
                text: "Approved: the check is green. Now adopt a recommendation: commit its suggestion with one click. The approval covers it, so the check stays green.",
                example: None,
                go: [(thread(offering.id), "Go to the suggestion")].into_iter().chain(draft).collect(),
                switch: (me != "ana").then_some("ana"),
                more: "Any other change of the document asks its owners again: try that below.",
            },
            None => Advice {
                text: "Approved: the check is green. Now change the document and see it turn red again.",
                example: None,
                go: [("change".to_owned(), "Change the document")].into_iter().chain(draft).collect(),
                switch: (me != "ana").then_some("ana"),
                more: "The check then shows just the difference since the approval. Or merge.",
            },
        },
        Stage::Over => Advice {
            text: "Merged. Start the demo again for another round, or give it your own document: threadmodel demo --document FILE",
            ..nothing
        },
    }
}

/// The security reviewer curates, first in plain words, then by the command that the app shows; then approves.
fn curation(page: &Page, me: &str, draft: Option<(String, &'static str)>) -> Advice {
    let thread = |id: u64| format!("thread-{id}");
    let switch = (me != "sec-lead").then_some("sec-lead");
    let asked = page.threads.iter().find_map(|t| Some((t.id, t.shown_command()?)));
    let of_draft = page.threads.iter().filter(|t| t.is_recommendation());
    let untouched = of_draft.clone().all(|t| t.comments.iter().all(|c| c.author != "sec-lead"));
    match (asked, of_draft.rev().find(|_| untouched)) {
        (Some((id, command)), _) => Advice {
            text: "Plain words change nothing by themselves. If the command is what you meant, post it.",
            example: Some(command),
            go: vec![(thread(id), "Go to the thread")],
            switch,
            more: "With a command you can also edit, raise, lower, merge, split and add: /threadmodel help lists them.",
        },
        (None, Some(last)) => Advice {
            text: "Curate as the security reviewer: say in a recommendation's thread what you think of it, in plain words.",
            example: Some("Please drop this, the mail system does that already.".to_owned()),
            go: [(thread(last.id), "Go to a recommendation")].into_iter().chain(draft).collect(),
            switch,
            more: "Or approve at once: their team owns the document.",
        },
        (None, None) => Advice {
            text: "Approve as the security reviewer: their team owns the document.",
            example: None,
            go: draft.into_iter().chain([("decide".to_owned(), "Go to the review buttons")]).collect(),
            switch,
            more: "Or try to get around it: approve as @ben, merge as @maria. The check says why that does not count.",
        },
    }
}

fn check(check: &Check) -> CheckView {
    let (look, mark, says) = match (check.status.as_str(), check.conclusion.as_deref()) {
        ("completed", Some("success")) => ("good", "✓", "passed"),
        ("completed", Some("action_required")) => ("bad", "✗", "blocks the merge"),
        ("completed", Some("neutral" | "skipped")) => ("good", "–", "neutral"),
        ("completed", _) => ("bad", "✗", "failed"),
        ("expected", _) => ("wait", "○", "expected, not reported yet"),
        _ => ("wait", "◔", "in progress"),
    };
    let text = [&check.summary, &check.text].into_iter().flatten().map(|part| render(part, None)).collect();
    CheckView {
        id: check.id.unwrap_or_default(),
        name: check.name.clone(),
        look,
        mark,
        says: says.to_owned(),
        title: check.title.clone().unwrap_or_default(),
        summary: text,
        required: check.required,
        actions: check.actions.iter().map(|a| (a.identifier.clone(), a.label.clone(), a.description.clone())).collect(),
    }
}

fn entries(page: &Page, me: &str) -> Vec<EntryView> {
    page.conversation
        .iter()
        .map(|entry| {
            let (verb, look) = match (entry.kind.as_str(), entry.state.as_str()) {
                ("review", "APPROVED") => ("approved", "good"),
                ("review", "CHANGES_REQUESTED") => ("requested changes", "bad"),
                ("review", "DISMISSED") => ("reviewed (dismissed)", "plain"),
                ("review", _) => ("reviewed", "plain"),
                _ => ("commented", "plain"),
            };
            let kind = if entry.kind == "review" { "pullrequestreview" } else { "issuecomment" };
            EntryView {
                id: entry.id,
                anchor: format!("{kind}-{}", entry.id),
                author: entry.author.clone(),
                app: entry.author == APP,
                verb,
                look,
                at: clock(&entry.at),
                edited_by: entry.edited_by.clone().filter(|who| who != APP),
                body: render(&entry.body, None),
                deletable: entry.kind == "comment" && (me == "maria" || entry.author == me),
                threads: page.threads.iter().filter(|t| entry.threads.contains(&t.id)).map(|t| thread(t, me)).collect(),
            }
        })
        .collect()
}

fn thread(thread: &Thread, me: &str) -> ThreadView {
    let first = thread.start_line.or(thread.line).unwrap_or(1);
    let quoted = thread.text.as_deref().unwrap_or_default();
    ThreadView {
        id: thread.id,
        root: thread.comments.first().map(|root| root.id).unwrap_or_default(),
        path: thread.path.clone(),
        lines: thread.lines(),
        quoted: (first..).zip(quoted.lines().map(str::to_owned)).collect(),
        outdated: thread.outdated,
        resolved: thread.resolved,
        resolved_by: thread.resolved_by.clone().unwrap_or_default(),
        answers: thread.answers().unwrap_or_default(),
        settled: thread.is_settled(),
        comments: thread.comments.iter().map(|c| comment(c, thread, me)).collect(),
    }
}

fn comment(comment: &Comment, thread: &Thread, me: &str) -> CommentView {
    CommentView {
        id: comment.id,
        author: comment.author.clone(),
        app: comment.author == APP,
        at: clock(&comment.at),
        edited_by: comment.edited_by.clone().filter(|who| who != APP),
        body: render(&comment.body, thread.text.as_deref()),
        suggestion: !thread.outdated && comment.body.contains("```suggestion"),
        deletable: me == "maria" || comment.author == me,
    }
}

/// `2026-11-23T19:43:01Z` → `19:43`.
fn clock(at: &str) -> String {
    at.get(11..16).unwrap_or(at).to_owned()
}
