//! What is evaluated on: documents with the concerns that are known about them, and simulated answers.

use serde::{Deserialize, Serialize};

use crate::analyst::DocumentText;
use crate::threat_model::{Decision, Question};

/// One document of a corpus with what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Name of its folder.
    pub name: String,
    /// The text.
    pub document: DocumentText,
    /// It has no security relevance: nothing should be asked.
    pub low: bool,
    /// Concerns that a good review would touch. Findings beyond them are not wrong.
    pub expected: Vec<Expected>,
    /// What its author would answer.
    pub answers: Vec<ScriptedAnswer>,
    /// What the organisation decided before, and the analyst is told.
    pub decisions: Vec<Decision>,
}

/// A known concern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// `T1` for one; no white space, no colon.
    pub id: String,
    /// A few words.
    pub title: String,
    /// A sentence or two.
    #[serde(default)]
    pub detail: String,
    /// Kinds of harm; for people, not used by the judges.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Whether the text that is read still gives it away: `true`, or words that say where.
    #[serde(default, deserialize_with = "yes_or_where")]
    pub hinted_in_stripped: bool,
    /// It came up later and stands nowhere in the document.
    #[serde(default)]
    pub not_in_document: bool,
}

/// Which group of concerns one belongs to; recall is told for each apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Known from the document's author, and cut out of the text that is read.
    Open,
    /// The text that is read still gives it away.
    Hinted,
    /// It came up later, elsewhere.
    Later,
}

impl Expected {
    /// Its group.
    pub fn group(&self) -> Group {
        match (self.not_in_document, self.hinted_in_stripped) {
            (true, _) => Group::Later,
            (false, true) => Group::Hinted,
            (false, false) => Group::Open,
        }
    }
}

/// An answer that is given to the questions that it fits: by `concern`, by `order` (1 for the first question), or by `words`, all
/// of which stand in the question. The first one of the list that fits is given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedAnswer {
    /// Concern of the question.
    pub concern: Option<String>,
    /// Place of the question, from 1.
    pub order: Option<usize>,
    /// Words that all stand in the question's text, subject or quotation; case does not count.
    pub words: Option<Vec<String>>,
    /// What is answered.
    pub answer: String,
    /// What is answered when asked again in that thread.
    pub then: Option<String>,
}

impl ScriptedAnswer {
    /// Whether it answers the `order`th question.
    pub fn fits(&self, order: usize, question: &Question) -> bool {
        let text = format!("{}\n{}\n{}", question.text, question.subject, question.anchor.quotation).to_lowercase();
        self.concern.as_ref().is_none_or(|concern| *concern == question.concern)
            && self.order.is_none_or(|place| place == order)
            && self.words.as_ref().is_none_or(|words| words.iter().all(|word| text.contains(&word.to_lowercase())))
    }
}

/// The files of a case, read.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Name of the folder.
    pub name: String,
    /// Name of the document's file.
    pub file: String,
    /// The document.
    pub document: String,
    /// `expected.json`.
    pub expected: Option<String>,
    /// `meta.json`.
    pub meta: Option<String>,
    /// `answers.json`.
    pub answers: Option<String>,
}

/// What a corpus looks like, for those who gave something else.
pub const FORM: &str = "\
A corpus is a folder of folders, one a document. Each holds
  doc.stripped.md or doc.md    the text that is read (also .markdown .rst .adoc .asciidoc .txt; `stripped` is preferred)
  expected.json                optional: {\"threats\": [{\"id\": \"T1\", \"title\": \"…\", \"detail\": \"…\",
                               \"hinted_in_stripped\": false, \"not_in_document\": false}]}
  meta.json                    optional: {\"class\": \"low\"} for a document without security relevance
  answers.json                 optional: {\"answers\": [{\"concern\" or \"order\" or \"words\": …, \"answer\": \"…\"}]}";

const ENDINGS: [&str; 6] = ["md", "markdown", "rst", "adoc", "asciidoc", "txt"];

/// The document among the file names of a folder.
pub fn document_among(names: &[String]) -> Option<&str> {
    ["doc.stripped", "doc"]
        .iter()
        .flat_map(|stem| ENDINGS.iter().map(move |ending| format!("{stem}.{ending}")))
        .find_map(|wanted| names.iter().find(|name| **name == wanted))
        .map(String::as_str)
}

#[derive(Deserialize)]
struct ExpectedFile {
    threats: Vec<Expected>,
}

#[derive(Deserialize)]
struct Meta {
    class: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswersFile {
    answers: Vec<ScriptedAnswer>,
}

/// Reads a case; says which file is wrong and why.
pub fn read(files: Files) -> Result<Case, String> {
    let expected: Option<ExpectedFile> = json(&files.name, "expected.json", files.expected.as_deref())?;
    let meta: Option<Meta> = json(&files.name, "meta.json", files.meta.as_deref())?;
    let answers: Option<AnswersFile> = json(&files.name, "answers.json", files.answers.as_deref())?;
    let case = Case {
        document: DocumentText { path: format!("{}/{}", files.name, files.file), text: files.document, before: None },
        low: meta.and_then(|meta| meta.class).is_some_and(|class| class == "low"),
        expected: expected.map(|file| file.threats).unwrap_or_default(),
        answers: answers.map(|file| file.answers).unwrap_or_default(),
        decisions: Vec::new(),
        name: files.name,
    };
    check(&case)?;
    Ok(case)
}

fn json<T: for<'a> Deserialize<'a>>(name: &str, file: &str, text: Option<&str>) -> Result<Option<T>, String> {
    text.map(|text| serde_json::from_str(text).map_err(|error| format!("{name}/{file}: {error}"))).transpose()
}

fn check(case: &Case) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    for expected in &case.expected {
        let id = expected.id.as_str();
        if id.is_empty() || id.contains(|c: char| c.is_whitespace() || c == ':') {
            return Err(format!("{}/expected.json: the id `{id}` is empty or holds white space or a colon", case.name));
        }
        if !seen.insert(id) {
            return Err(format!("{}/expected.json: the id `{id}` stands twice", case.name));
        }
    }
    for (n, answer) in case.answers.iter().enumerate() {
        let ways = [answer.concern.is_some(), answer.order.is_some(), answer.words.is_some()];
        if ways.iter().filter(|given| **given).count() != 1 || answer.words.as_ref().is_some_and(Vec::is_empty) {
            return Err(format!(
                "{}/answers.json: answer {} needs exactly one of `concern`, `order` and `words`",
                case.name,
                n + 1
            ));
        }
    }
    Ok(())
}

fn yes_or_where<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Yes(bool),
        Where(String),
    }
    Ok(match Option::<Either>::deserialize(deserializer)? {
        None => false,
        Some(Either::Yes(yes)) => yes,
        Some(Either::Where(words)) => !words.is_empty(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Files, Group, document_among, read};

    fn files(expected: &str, answers: &str) -> Files {
        Files {
            name: "a".to_owned(),
            file: "doc.md".to_owned(),
            document: "# A".to_owned(),
            expected: Some(expected.to_owned()),
            meta: Some(r#"{"class": "low", "more": 1}"#.to_owned()),
            answers: (!answers.is_empty()).then(|| answers.to_owned()),
        }
    }

    #[test]
    fn a_stripped_document_is_preferred() {
        let names = ["doc.md", "doc.stripped.rst", "expected.json"].map(str::to_owned);
        assert_eq!(document_among(&names), Some("doc.stripped.rst"));
        assert_eq!(document_among(&names[..1]), Some("doc.md"));
        assert_eq!(document_among(&names[2..]), None);
    }

    #[test]
    fn concerns_are_grouped_by_what_the_text_gives_away() {
        let case = read(files(
            r#"{"threats": [{"id": "T1", "title": "a"}, {"id": "T2", "title": "b", "hinted_in_stripped": "section 2"},
               {"id": "T3", "title": "c", "hinted_in_stripped": false, "not_in_document": true}]}"#,
            "",
        ))
        .unwrap();
        let groups: Vec<Group> = case.expected.iter().map(super::Expected::group).collect();
        assert_eq!(groups, [Group::Open, Group::Hinted, Group::Later]);
        assert!(case.low);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_file() {
        let twice = r#"{"threats": [{"id": "T1", "title": "a"}, {"id": "T1", "title": "b"}]}"#;
        assert_eq!(read(files(twice, "")).unwrap_err(), "a/expected.json: the id `T1` stands twice");
        assert!(read(files("{}", "")).unwrap_err().starts_with("a/expected.json: missing field `threats`"));
        let both = r#"{"answers": [{"order": 1, "concern": "x", "answer": "y"}]}"#;
        assert!(read(files(r#"{"threats": []}"#, both)).unwrap_err().contains("answer 1 needs exactly one"));
    }
}
