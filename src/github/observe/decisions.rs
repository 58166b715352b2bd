//! Decisions as files that people committed: `threadmodel memory export` writes them, an edit of them counts.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::context::{Budget, Most, Root, Source};
use super::{Look, ObserveError};
use crate::github::limits::Failure;
use crate::memory;
use crate::review::pasted;
use crate::review::snapshot::Decided;
use crate::threat_model::Decision;

/// What is read of one repository at most; stated in `docs/memory.md`. A file holds a title, and a reason in a person's words.
const MOST: Most = Most { file: 16 * 1024, files: 200, bytes: 200 * 16 * 1024 };
/// GitHub asks for few requests at once (<https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>).
const AT_ONCE: usize = 8;

impl Look<'_> {
    /// The decisions that stand in a repository as files; a file that is none is named, with what is wrong with it.
    pub(super) async fn decided(
        &self,
        source: &Source,
        left_out: &mut Vec<String>,
    ) -> Result<Vec<Decided>, ObserveError> {
        let folder = Root::only(memory::FOLDER);
        let files = match self.markdown_in(source, &folder, left_out).await {
            Ok(files) => files,
            Err(ObserveError::Failed(Failure::Refused { why, .. })) => {
                left_out.push(format!("{}{}: {why}", source.label, memory::FOLDER));
                return Ok(Vec::new());
            }
            Err(other) => return Err(other),
        };
        let label = &source.label;
        let chosen = Budget::new(MOST).choose(files, |file, why| left_out.push(format!("{label}{}: {why}", file.path)));
        let reads = stream::iter(chosen).map(|file| self.text_of(source, file)).buffered(AT_ONCE);
        let texts: Vec<_> = reads.try_collect().await?;
        let mut decided = Vec::new();
        for (path, text) in texts {
            let path = format!("{label}{path}");
            match text.as_deref().map(memory::from_markdown) {
                Some(Ok(decision)) => decided.push(Decided { path, decision: masked(decision) }),
                Some(Err(why)) => left_out.push(format!("{path}: {why}")),
                None => left_out.push(format!("{path}: not a text that can be read")),
            }
        }
        Ok(decided)
    }
}

/// Without a secret that somebody pasted.
fn masked(decision: Decision) -> Decision {
    Decision { title: pasted::masked(&decision.title), reason: pasted::masked(&decision.reason), ..decision }
}
