//! A pull request as the sandbox shows it, typed; and what a visitor may try next.

use serde::Deserialize;

/// The App's login in the sandbox.
pub(super) const APP: &str = "threadmodel[bot]";

/// The page of a pull request.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) number: u64,
    pub(super) body: String,
    pub(super) author: String,
    pub(super) state: String,
    pub(super) base: String,
    pub(super) head: String,
    pub(super) head_sha: String,
    pub(super) conversation: Vec<Entry>,
    pub(super) threads: Vec<Thread>,
    pub(super) checks: Vec<Check>,
    pub(super) commits: Vec<Commit>,
    pub(super) mergeable: bool,
    pub(super) blockers: Vec<String>,
    pub(super) requested_reviewers: Vec<String>,
    pub(super) requested_teams: Vec<String>,
}

/// A review or a comment.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) kind: String,
    pub(super) id: u64,
    pub(super) author: String,
    #[serde(default)]
    pub(super) state: String,
    pub(super) body: String,
    pub(super) at: String,
    pub(super) edited_by: Option<String>,
    #[serde(default)]
    pub(super) threads: Vec<u64>,
}

/// A review thread.
#[derive(Debug, Deserialize)]
pub(super) struct Thread {
    pub(super) id: u64,
    pub(super) path: String,
    pub(super) line: Option<u32>,
    pub(super) start_line: Option<u32>,
    pub(super) original_line: Option<u32>,
    pub(super) text: Option<String>,
    pub(super) outdated: bool,
    pub(super) resolved: bool,
    pub(super) resolved_by: Option<String>,
    pub(super) comments: Vec<Comment>,
}

/// A comment of a thread.
#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) author: String,
    pub(super) body: String,
    pub(super) at: String,
    pub(super) edited_by: Option<String>,
}

/// A check run on the head, or a required one that nobody has reported.
#[derive(Debug, Deserialize)]
pub(super) struct Check {
    pub(super) id: Option<u64>,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) conclusion: Option<String>,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) summary: Option<String>,
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) actions: Vec<Action>,
    #[serde(default)]
    pub(super) required: bool,
}

/// A button of a check run.
#[derive(Debug, Deserialize)]
pub(super) struct Action {
    pub(super) label: String,
    pub(super) description: String,
    pub(super) identifier: String,
}

/// A commit of the pull request.
#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) sha: String,
    pub(super) author: Option<String>,
    pub(super) message: String,
}

/// Where the review is, as far as a visitor can see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was posted yet.
    Reading,
    /// Questions wait: the first one's thread, and how many.
    Questions { first: u64, open: usize },
    /// All is answered, the draft is on its way.
    Drafting,
    /// The draft waits for its owners.
    Curation,
    /// The check is green.
    Green,
    /// Merged or closed.
    Over,
}

impl Thread {
    /// A question of the App that nobody has settled: answers that one click can give.
    pub(super) fn answers(&self) -> Option<Vec<String>> {
        let root = self.comments.first().filter(|root| root.author == APP && !self.resolved)?;
        let letters: Vec<String> =
            ('a'..='e').filter(|letter| root.body.contains(&format!("**{letter}** "))).map(String::from).collect();
        let contradicted =
            self.comments.last().is_some_and(|last| last.author == APP && last.body.contains("do not fit together"));
        match letters.len() {
            0 | 1 => None,
            _ if contradicted => Some(vec!["the document".to_owned(), "the reply".to_owned()]),
            _ => Some(letters),
        }
    }

    /// A question that was answered or left open: there is nothing to do here.
    pub(super) fn is_settled(&self) -> bool {
        let marks = ["✓ **", "**Left open**"];
        self.comments
            .first()
            .is_some_and(|root| root.author == APP && marks.iter().any(|mark| root.body.starts_with(mark)))
    }

    /// A recommendation's thread.
    pub(super) fn is_recommendation(&self) -> bool {
        let root = self.comments.first().filter(|root| root.author == APP);
        root.is_some_and(|root| root.body.contains("**R") && !self.is_settled() && !root.body.contains("~~R"))
    }

    /// A suggestion waits here to be committed.
    pub(super) fn offers(&self) -> bool {
        self.is_recommendation() && self.comments.first().is_some_and(|root| root.body.contains("```suggestion"))
    }

    /// The command that the app showed last, where nobody has answered that yet.
    pub(super) fn shown_command(&self) -> Option<String> {
        let last = self.comments.last().filter(|last| last.author == APP && self.comments.len() > 1)?;
        let line = last.body.lines().find(|line| line.starts_with("/threadmodel "))?;
        Some(line.to_owned())
    }

    /// The letter of the answer that speaks of days.
    pub(super) fn letter_of_days(&self) -> Option<char> {
        let root = self.comments.first()?;
        ('a'..='e').find(|letter| {
            let offered =
                root.body.split_once(&format!("**{letter}** ")).map(|(_, rest)| rest.split('·').next().unwrap_or(rest));
            offered.is_some_and(|offered| offered.contains("days") || offered.contains("longer"))
        })
    }

    /// "line 42", "lines 42–44", where it stood when outdated.
    pub(super) fn lines(&self) -> String {
        match (self.start_line, self.line, self.original_line) {
            (Some(start), Some(line), _) if start < line => format!("lines {start}–{line}"),
            (_, Some(line), _) => format!("line {line}"),
            (_, None, Some(line)) => format!("line {line} before"),
            _ => "whole file".to_owned(),
        }
    }
}

impl Page {
    /// The check that the merge waits for.
    pub(super) fn gate(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.required)
    }

    /// The review that holds the draft.
    pub(super) fn draft(&self) -> Option<&Entry> {
        self.conversation
            .iter()
            .rfind(|entry| entry.author == APP && entry.body.lines().take(2).any(|line| line.contains("hreat model")))
    }

    /// Where it is.
    pub(super) fn stage(&self) -> Stage {
        if self.state != "open" {
            return Stage::Over;
        }
        if self.gate().is_some_and(|check| check.conclusion.as_deref() == Some("success")) {
            return Stage::Green;
        }
        if self.draft().is_some() {
            return Stage::Curation;
        }
        let open: Vec<u64> = self.threads.iter().filter(|t| t.answers().is_some()).map(|t| t.id).collect();
        match open.first() {
            Some(first) => Stage::Questions { first: *first, open: open.len() },
            None if self.threads.iter().any(|t| t.comments.first().is_some_and(|c| c.author == APP)) => Stage::Drafting,
            None => Stage::Reading,
        }
    }
}
