//! The one reminder of a round.

use super::link::{Context, RepoLink};
use super::markdown::{SafeMarkdown, blocks, count, link_maybe, list, login, plain, time, told, words};
use crate::say;
use crate::time::Timestamp;

/// The reminder: who is asked, what still waits, and what happens without an answer (`draft_at`: the draft goes ahead then;
/// `None`: it waits).
pub fn reminder(
    context: &Context,
    author: &str,
    waiting: &[(&str, Option<RepoLink>)],
    draft_at: Option<Timestamp>,
) -> SafeMarkdown {
    let n = waiting.len();
    let lead = say!(
        "{}, {} here. “Not decided” is an answer too.",
        login(author),
        if n == 1 { words("1 question waits") } else { say!("{} wait", count(n, "question", "questions")) }
    );
    let questions = waiting.iter().map(|(question, to)| link_maybe(&told(&plain(question, 200)), to.as_ref()));
    let then = match draft_at {
        Some(at) => say!("Without answers the draft goes ahead on stated assumptions at {}.", time(at, context.now)),
        None => words("The review waits for them; `/threadmodel draft` goes ahead on stated assumptions."),
    };
    blocks([lead, list(0, questions), then]).capped()
}
