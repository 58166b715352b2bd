//! Reads what `threadmodel eval` is given: the corpus, a catalogue, earlier runs, sheets and keys.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::Arguments;
use crate::cli::app::clock;
use crate::cli::outcome::Trouble;
use crate::eval::corpus::{self, Case, Files};
use crate::memory;
use crate::review::memory::MOST;
use crate::threat_model::Decision;

/// The documents of the corpus that are wanted.
pub(super) fn cases(root: &Path, arguments: &Arguments) -> std::result::Result<Vec<Case>, Trouble> {
    let wrong = |why: String| Trouble::Usage(format!("{}: {why}\n\n{}", root.display(), corpus::FORM));
    let entries = std::fs::read_dir(root).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(format!("cannot be read: {error}")))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    let mut cases = Vec::new();
    for folder in folders {
        cases.extend(case(&folder).map_err(wrong)?);
    }
    if cases.is_empty() {
        return Err(wrong("no folder in it holds a document".to_owned()));
    }
    if !arguments.only.is_empty() {
        cases.retain(|case| arguments.only.iter().any(|part| case.name.contains(part.as_str())));
        if cases.is_empty() {
            return Err(Trouble::Usage(format!("no document's name holds {}", arguments.only.join(" or "))));
        }
    }
    if arguments.no_answers {
        for case in &mut cases {
            case.answers.clear();
        }
    }
    if let Some(folder) = &arguments.memory {
        let decisions = decisions(folder)?;
        for case in &mut cases {
            case.decisions.clone_from(&decisions);
        }
    }
    Ok(cases)
}

/// The decisions in a folder that hold today: as many, and in the order, that a review is given.
fn decisions(folder: &Path) -> std::result::Result<Vec<Decision>, Trouble> {
    let wrong = |path: &Path, why: String| Trouble::Usage(format!("--memory {}: {why}", path.display()));
    let entries = std::fs::read_dir(folder).map_err(|error| wrong(folder, format!("cannot be read: {error}")))?;
    let mut decisions = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(folder, format!("cannot be read: {error}")))?.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, error.to_string()))?;
            decisions.push(memory::from_markdown(&text).map_err(|error| wrong(&path, error.to_string()))?);
        }
    }
    if decisions.is_empty() {
        return Err(wrong(folder, "holds no decision (*.md)".to_owned()));
    }
    let now = clock()();
    decisions.retain(|decision: &Decision| decision.holds(now));
    decisions.sort_by(Decision::newest_first);
    decisions.truncate(MOST);
    Ok(decisions)
}

/// Reads one folder; nothing when it holds no document.
fn case(folder: &Path) -> std::result::Result<Option<Case>, String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = |file: &str| {
        let bytes = std::fs::read(folder.join(file)).map_err(|error| format!("{name}/{file}: {error}"))?;
        String::from_utf8(bytes).map_err(|_| format!("{name}/{file}: no text in UTF-8"))
    };
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{name}: {error}"))?;
    let names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let Some(file) = corpus::document_among(&names) else { return Ok(None) };
    let optional = |file: &str| names.iter().any(|n| n == file).then(|| text(file)).transpose();
    let files = Files {
        document: text(file)?,
        file: file.to_owned(),
        expected: optional("expected.json")?,
        meta: optional("meta.json")?,
        answers: optional("answers.json")?,
        name: name.clone(),
    };
    corpus::read(files).map(Some)
}

/// A text that an option names.
pub(super) fn text(option: &str, file: &Path) -> std::result::Result<String, Trouble> {
    std::fs::read_to_string(file).map_err(|error| Trouble::Usage(format!("{option} {}: {error}", file.display())))
}

/// A JSON file that an option names, written by an earlier `eval`.
pub(super) fn json<T: DeserializeOwned>(option: &str, file: &Path) -> std::result::Result<T, Trouble> {
    serde_json::from_str(&text(option, file)?).map_err(|error| {
        Trouble::Usage(format!("{option} {}: not written by this version of `eval`: {error}", file.display()))
    })
}
