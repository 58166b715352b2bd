//! The page of a pull request as a person reads it: checks, threads, conversation.

use serde_json::Value;
use threadmodel::sandbox::log::{LogEntry, LogEvent};

use super::BOT;

/// `<!-- threadmodel:v1:KEY:MAC -->` → `KEY`.
pub(crate) fn marker(body: &str) -> Option<&str> {
    body.split_once("<!-- threadmodel:v1:")?.1.split([':', ' ']).next()
}

/// A check as the page shows it.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    conclusion: Option<String>,
    /// Title, summary and text.
    pub(crate) words: String,
}

impl Check {
    pub(crate) fn is_green(&self) -> bool {
        self.conclusion.as_deref() == Some("success")
    }

    /// Completed, and no merge: `action_required`.
    pub(crate) fn is_closed(&self) -> bool {
        self.conclusion.as_deref() == Some("action_required")
    }

    pub(crate) fn says(&self, words: &str) -> bool {
        self.words.to_lowercase().contains(&words.to_lowercase())
    }

    /// The line to paste for an override: its digest.
    pub(crate) fn digest(&self) -> Option<String> {
        let (_, rest) = self.words.split_once("/threadmodel override ")?;
        Some(rest.chars().take_while(char::is_ascii_hexdigit).collect()).filter(|digest: &String| !digest.is_empty())
    }
}

/// A comment as the page shows it.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
}

/// A review thread as the page shows it.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) id: u64,
    /// The words that it stands on.
    pub(crate) text: Option<String>,
    pub(crate) resolved: bool,
    pub(crate) comments: Vec<Said>,
}

impl Thread {
    /// The comment that opened it.
    pub(crate) fn root(&self) -> &Said {
        &self.comments[0]
    }
}

/// The draft: its review's body and the threads of its recommendations.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) review: u64,
    pub(crate) body: String,
    pub(crate) recommendations: Vec<Thread>,
}

impl Draft {
    /// A recommendation that can be committed, with the words that it would change.
    pub(crate) fn suggestion(&self) -> &Thread {
        let fits = |thread: &&Thread| thread.text.is_some() && thread.root().body.contains("```suggestion");
        self.recommendations.iter().find(fits).expect("a recommendation with a suggestion block")
    }
}

/// The page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Page(pub(crate) Value);

impl Page {
    pub(super) fn list(&self, key: &str) -> &[Value] {
        self.0[key].as_array().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn state(&self) -> &str {
        self.0["state"].as_str().unwrap_or_default()
    }

    pub(crate) fn check(&self, name: &str) -> Option<Check> {
        let check = self.list("checks").iter().find(|check| check["name"] == name && !check["id"].is_null())?;
        let words: Vec<&str> = ["title", "summary", "text"].iter().filter_map(|key| check[key].as_str()).collect();
        let conclusion = check["conclusion"].as_str().map(str::to_owned);
        Some(Check { conclusion, words: words.join("\n") })
    }

    pub(crate) fn threads(&self) -> Vec<Thread> {
        let read = |thread: &Value| Thread {
            id: thread["id"].as_u64().unwrap(),
            text: thread["text"].as_str().map(str::to_owned),
            resolved: thread["resolved"] == true,
            comments: thread["comments"].as_array().unwrap().iter().map(said).collect(),
        };
        self.list("threads").iter().map(read).filter(|thread| !thread.comments.is_empty()).collect()
    }

    fn ours(&self, kind: &str) -> Vec<Thread> {
        let ours = |thread: &Thread| {
            let root = thread.root();
            root.author == BOT && marker(&root.body).is_some_and(|key| key.starts_with(kind))
        };
        self.threads().into_iter().filter(ours).collect()
    }

    pub(crate) fn questions(&self) -> Vec<Thread> {
        self.ours("question.")
    }

    pub(crate) fn recommendations(&self) -> Vec<Thread> {
        self.ours("recommendation.")
    }

    /// Reviews and comments of the conversation, oldest first.
    pub(crate) fn conversation(&self) -> Vec<Said> {
        self.list("conversation").iter().map(said).collect()
    }

    /// What the app wrote into the conversation.
    pub(crate) fn by_the_app(&self) -> Vec<Said> {
        self.conversation().into_iter().filter(|said| said.author == BOT).collect()
    }

    pub(crate) fn draft(&self) -> Option<Draft> {
        let body = self
            .by_the_app()
            .into_iter()
            .find(|said| marker(&said.body).is_some_and(|key| key.starts_with("draft.")))?;
        Some(Draft { review: body.id, body: body.body, recommendations: self.recommendations() })
    }

    /// Everything that the app says, thread by thread.
    pub(crate) fn posts(&self) -> Vec<Said> {
        let threads = self.threads().into_iter().flat_map(|thread| thread.comments);
        threads.filter(|said| said.author == BOT).chain(self.by_the_app()).collect()
    }

    pub(crate) fn in_short(&self) -> String {
        let mut lines = vec![format!("#{} {} into {}", self.0["number"], self.state(), self.0["base"])];
        for check in self.list("checks") {
            lines.push(format!(
                "check {}: {} {} | {}\n{}",
                check["name"],
                check["status"],
                check["conclusion"],
                check["title"],
                check["summary"].as_str().unwrap_or_default()
            ));
        }
        let cut = |said: &Said| {
            format!("{}: {}", said.author, said.body.chars().take(200).collect::<String>().replace('\n', " ⏎ "))
        };
        lines.extend(self.conversation().iter().map(cut));
        for thread in self.threads() {
            lines.push(format!(
                "thread {} on {:?}{}",
                thread.id,
                thread.text,
                if thread.resolved { ", resolved" } else { "" }
            ));
            lines.extend(thread.comments.iter().map(|said| format!("  {}", cut(said))));
        }
        lines.join("\n")
    }
}

fn said(value: &Value) -> Said {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Said { id: value["id"].as_u64().unwrap_or_default(), author: text("author"), body: text("body") }
}

/// How often the app made a post with each marker, by the log: (pull request, key) → times.
pub(crate) fn posted(log: &[LogEntry]) -> std::collections::BTreeMap<(u64, String), usize> {
    let mut times = std::collections::BTreeMap::new();
    for entry in log.iter().filter(|entry| entry.actor == BOT) {
        let (pull, body) = match &entry.what {
            LogEvent::ReviewSubmitted { pull, body, .. }
            | LogEvent::ReviewCommentPosted { pull, body, .. }
            | LogEvent::IssueCommentPosted { pull, body, .. } => (*pull, body),
            _ => continue,
        };
        if let Some(key) = marker(body) {
            *times.entry((pull, key.to_owned())).or_default() += 1;
        }
    }
    times
}
