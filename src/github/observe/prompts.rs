//! What a team adds to the rules of a task: Markdown files in the folder that the policy's `prompts` names, in the repository at the
//! tip of the deciding base. What stands at a pull request's head is never read.

use std::collections::BTreeMap;

use super::context::{Budget, Most, Root, Source, without_front_matter};
use super::{Look, ObserveError};
use crate::document::visible;
use crate::github::limits::Failure;
use crate::policy::{PROMPTS, Policy};
use crate::review::pasted;

/// What is taken; stated in `docs/policy.md`.
const MOST: Most = Most { file: 8 * 1024, files: PROMPTS.len(), bytes: 32 * 1024 };

impl Look<'_> {
    /// The additions, by the name of their task. What cannot be used is told.
    pub(super) async fn prompts(
        &self,
        source: &Source,
        policy: &Policy,
        left_out: &mut Vec<String>,
    ) -> Result<BTreeMap<String, String>, ObserveError> {
        let folder = policy.prompts.trim_matches('/');
        let files = match self.markdown_in(source, &Root::only(folder), left_out).await {
            Ok(files) => files,
            Err(ObserveError::Failed(Failure::Refused { why, .. })) => {
                left_out.push(format!("{folder}: {why}"));
                return Ok(BTreeMap::new());
            }
            Err(other) => return Err(other),
        };
        let (known, other) = files.into_iter().partition(|file| task(&file.path).is_some());
        let other: std::collections::BTreeSet<_> = other;
        let names = PROMPTS.map(|task| format!("{task}.md")).join(", ");
        left_out.extend(other.iter().map(|file| format!("{}: no task is called so; there are {names}", file.path)));
        let mut prompts = BTreeMap::new();
        for file in Budget::new(MOST).choose(known, |file, why| left_out.push(format!("{}: {why}", file.path))) {
            let (path, text) = self.text_of(source, file).await?;
            match (task(&path), text) {
                (Some(task), Some(text)) => {
                    let text = visible(&pasted::masked(&without_front_matter(&path, &text)));
                    if !text.trim().is_empty() {
                        prompts.insert(task.to_owned(), text);
                    }
                }
                _ => left_out.push(format!("{path}: not a text that can be read")),
            }
        }
        Ok(prompts)
    }
}

/// The task that a file is about, by its name.
fn task(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).strip_suffix(".md")?;
    PROMPTS.into_iter().find(|task| *task == name)
}
