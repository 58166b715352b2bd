//! The built-in analyst, with the catalogue that is built in or with one from a folder.

use std::path::Path;

use anyhow::Context as _;

use super::outcome::Trouble;
use crate::analyst::builtin::Builtin;

/// The built-in analyst; with a folder, its concerns are read from the `*.toml` files there, by name.
pub(super) fn builtin(folder: Option<&Path>) -> Result<Builtin, Trouble> {
    let Some(folder) = folder else {
        return Ok(Builtin::new().context("the built-in analyst's catalogue cannot be read")?);
    };
    let files = files(folder)?;
    Builtin::with_catalogue(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .map_err(|error| Trouble::Usage(error.to_string()))
}

fn files(folder: &Path) -> Result<Vec<(String, String)>, Trouble> {
    let wrong =
        |what: &Path, why: &dyn std::fmt::Display| Trouble::Usage(format!("{} cannot be read: {why}", what.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| wrong(folder, &error))? {
        let path = entry.map_err(|error| wrong(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(wrong(folder, &"no *.toml file is there; each holds [[concern]] entries"));
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, &error))?;
            Ok((path.display().to_string(), text))
        })
        .collect()
}
