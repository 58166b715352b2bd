//! Decisions as plain Markdown files, which people read, edit and delete: front matter for what must stay exact, a heading
//! for what was decided about, and the reason under `## Why`, where an edit counts.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use serde::Deserialize;

use crate::threat_model::{Decision, DecisionKind, Slot};
use crate::time::Timestamp;

/// Where the files stand in the organisation's repository.
pub const FOLDER: &str = ".github/threadmodel/context/decisions";

const WHY: &str = "## Why";

/// A file that is no decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDecision {
    /// Nothing between two lines of `---` at the head.
    #[error("there is no front matter: it stands between two lines `---` at the head of the file")]
    FrontMatter,
    /// The front matter is not what is expected.
    #[error("the front matter: {0}")]
    Field(String),
    /// A heading is missing.
    #[error("there is no line `{0}`")]
    Heading(&'static str),
}

/// One file for each decision: its path and its text.
pub fn to_markdown(decisions: &[Decision]) -> Vec<(String, String)> {
    decisions.iter().map(|decision| (format!("{FOLDER}/{}.md", name(&decision.id)), file(decision))).collect()
}

fn file(decision: &Decision) -> String {
    let until = decision.until.map(|until| format!("until: {}\n", moment(until))).unwrap_or_default();
    let front = format!(
        "id: {}\nkind: {}\nconcern: {}\nslot: {}\nby: {}\nat: {}\n{until}repository: {}\npull: {}\n",
        quoted(&name(&decision.id)),
        word(&decision.kind),
        quoted(&decision.concern),
        word(&decision.slot),
        quoted(&decision.by),
        moment(decision.at),
        quoted(&decision.repository),
        decision.pull,
    );
    let title = line(&decision.title);
    let reason = match lines(&decision.reason) {
        reason if reason.is_empty() => String::new(),
        reason => format!("\n{reason}\n"),
    };
    format!("---\n{front}---\n\n# {title}\n\n{}\n\n{WHY}\n{reason}", said(decision))
}

/// The decision in a sentence, for those who read the file only.
fn said(decision: &Decision) -> String {
    let what = match decision.kind {
        DecisionKind::Dropped => "Dropped from the draft",
        DecisionKind::Declined => "Declined",
        DecisionKind::Edited => "Reworded; the new words stand under “Why”",
        DecisionKind::Added => "Added",
        DecisionKind::RiskAccepted => "The risk was accepted",
        DecisionKind::Deferred => "Put off",
        DecisionKind::Fact => "A fact about the organisation",
    };
    let by = line(&decision.by);
    let by = if by.is_empty() { by } else { format!(" by @{by}") };
    let until = decision.until.map(|until| format!(", until {}", day(until))).unwrap_or_default();
    let repository = line(&decision.repository);
    format!("{what}{by} in {repository}#{}, {}{until}.", decision.pull, day(decision.at))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    id: String,
    kind: DecisionKind,
    #[serde(default)]
    concern: String,
    slot: Slot,
    #[serde(default)]
    by: String,
    at: String,
    #[serde(default)]
    until: Option<String>,
    repository: String,
    pull: u64,
}

/// Reads a file back, with what people changed in it.
pub fn from_markdown(text: &str) -> Result<Decision, NoDecision> {
    let text = lines(text.trim_start_matches('\u{feff}'));
    let rest = text.strip_prefix("---\n").ok_or(NoDecision::FrontMatter)?;
    let (front, body) = rest.split_once("\n---\n").ok_or(NoDecision::FrontMatter)?;
    let front: Front = serde_saphyr::from_str(front).map_err(|error| NoDecision::Field(error.to_string()))?;
    let id = name(&front.id);
    if id != front.id || id.is_empty() {
        return Err(NoDecision::Field("`id` is made of lower-case letters, digits and `-`".to_owned()));
    }
    let mut body = body.lines();
    let title = body.find_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with('#')));
    let title = line(title.ok_or(NoDecision::Heading("# (what it is about)"))?);
    body.find(|line| line.trim_end() == WHY).ok_or(NoDecision::Heading(WHY))?;
    Ok(Decision {
        id,
        repository: front.repository,
        pull: front.pull,
        kind: front.kind,
        concern: front.concern,
        slot: front.slot,
        title,
        reason: lines(&body.collect::<Vec<_>>().join("\n")),
        by: front.by,
        at: read_moment("at", &front.at)?,
        until: front.until.as_deref().map(|until| read_moment("until", until)).transpose()?,
    })
}

/// A patch that creates these files, for `git apply`. The texts end with a line break.
pub fn patch(files: &[(String, String)]) -> String {
    let one = |(path, text): &(String, String)| {
        let added: String = text.lines().flat_map(|line| ["+", line, "\n"]).collect();
        let count = text.lines().count();
        format!(
            "diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{count} @@\n{added}"
        )
    };
    files.iter().map(one).collect()
}

/// A decision's name, as a file's.
fn name(id: &str) -> String {
    id.chars()
        .map(|c| match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => c,
            _ => '-',
        })
        .collect()
}

/// Text of several lines: without what is no text, without spaces around.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    let space = |c: char| if c.is_control() && c.is_whitespace() && c != '\n' { ' ' } else { c };
    let text: String = text.chars().map(space).filter(|c| *c == '\n' || !c.is_control()).collect();
    text.trim().to_owned()
}

/// Text on one line, its white space folded.
pub(crate) fn line(text: &str) -> String {
    lines(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value of the front matter that cannot be taken for anything else: as JSON writes it, in ASCII.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(line(text)).to_string();
    let escaped = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\U{:08X}", u32::from(c)) };
    json.chars().map(escaped).collect()
}

/// A variant as serde writes it.
pub(crate) fn word<T: serde::Serialize>(value: &T) -> String {
    let word = serde_json::to_value(value).ok();
    word.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn moment(at: Timestamp) -> String {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn day(at: Timestamp) -> String {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default().format("%Y-%m-%d").to_string()
}

/// A moment, or a day: its first moment, UTC.
fn read_moment(field: &str, text: &str) -> Result<Timestamp, NoDecision> {
    let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc());
    let at = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()).or_else(day);
    let wrong = || NoDecision::Field(format!("`{field}` is no day (2026-01-31) and no moment (2026-01-31T12:00:00Z)"));
    at.map(|at| Timestamp(at.timestamp_millis())).ok_or_else(wrong)
}
