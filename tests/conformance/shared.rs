//! Where third-party data is read from. It is never copied into the project.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The folder of shared data: `THREADMODEL_SHARED`, or `../shared` beside the project.
///
/// Missing data fails where `CI` is "true"; elsewhere it is told plainly that nothing was checked.
#[allow(dead_code, reason = "for tests that read more than one file")]
pub fn shared() -> Option<PathBuf> {
    existing(root(), 1)
}

/// One file or folder below [`shared`], for a test that makes `checks` checks on it.
pub fn shared_part(part: &str, checks: usize) -> Option<PathBuf> {
    existing(root().join(part), checks)
}

fn root() -> PathBuf {
    std::env::var_os("THREADMODEL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}

fn existing(path: PathBuf, checks: usize) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    let message = format!("conformance: shared data not found at {}; {checks} checks did NOT run", path.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    // Past the test harness, which swallows the output of a test that passes.
    let _ = writeln!(std::io::stderr(), "{message}");
    None
}

/// Reads a JSON file below the shared folder, for a test that makes `checks` checks on it.
pub fn shared_json<T: DeserializeOwned>(part: &str, checks: usize) -> Option<T> {
    let path = shared_part(part, checks)?;
    let text = std::fs::read_to_string(&path).expect("a readable file of shared data");
    Some(serde_json::from_str(&text).expect("shared data in the expected form"))
}
