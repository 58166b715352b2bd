//! The documents with a subset of the kept suggestions applied, byte for byte.

use threadmodel::sandbox::model::Side;

use super::draft;
use super::facts::{Comment, Conversation, Objects, PullKey};
use super::flaws::Flaw;

/// A suggestion that the app made in a recommendation's thread: these lines of this path become those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) path: String,
    /// The lines as they were where it was made, with their ends.
    old: Vec<String>,
    new: Vec<String>,
}

/// The lines of the first suggestion block; `None`: there is none.
fn block(body: &str) -> Option<Vec<String>> {
    let mut lines = body.lines();
    let fence = lines.find_map(|line| {
        let bare = line.trim_start();
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        (ticks >= 3 && bare[ticks..].trim() == "suggestion").then(|| "`".repeat(ticks))
    })?;
    Some(lines.take_while(|line| !line.trim().starts_with(&fence)).map(str::to_owned).collect())
}

/// The suggestions of a pull request's recommendations that were not dropped by somebody in `droppers`, each version that the app wrote.
pub(crate) fn kept(
    objects: &Objects,
    conversation: &Conversation,
    pull: &PullKey,
    app: &str,
    droppers: &dyn Fn(&str) -> bool,
    flaw: Option<Flaw>,
) -> Vec<Suggestion> {
    let mut all = Vec::new();
    for (id, comment) in draft::recommendations(conversation, pull, app) {
        if flaw != Some(Flaw::KeepsDropped) && dropped(conversation, id, droppers) {
            continue;
        }
        let written = comment.text.versions.iter().filter(|(_, who, _)| who == app);
        for suggestion in written.filter_map(|(.., body)| read(objects, conversation, comment, body)) {
            if !all.contains(&suggestion) {
                all.push(suggestion);
            }
        }
    }
    all
}

/// The last of `keep` and `drop` in the thread, by an owner, in a comment never edited.
fn dropped(conversation: &Conversation, root: u64, droppers: &dyn Fn(&str) -> bool) -> bool {
    let said = conversation.comments.values().filter(|comment| {
        !comment.deleted
            && !comment.text.edited()
            && comment.place.as_ref().is_some_and(|place| place.reply_to == Some(root))
    });
    let verbs = said.filter(|comment| droppers(&comment.author)).filter_map(|comment| {
        match comment.text.body().split_whitespace().collect::<Vec<_>>().as_slice() {
            ["/threadmodel", "drop", _, ..] => Some((comment.at, true)),
            ["/threadmodel", "keep", ..] => Some((comment.at, false)),
            _ => None,
        }
    });
    verbs.max().is_some_and(|(_, dropped)| dropped)
}

fn read(objects: &Objects, conversation: &Conversation, comment: &Comment, body: &str) -> Option<Suggestion> {
    let place = comment.place.as_ref().filter(|place| place.side == Side::Right)?;
    let made_on = &conversation.reviews.get(&place.review)?.commit;
    let text = objects.text(made_on, &place.path)?;
    let last = usize::try_from(place.line?).ok()?;
    let first = place.start_line.map_or(Some(last), |line| usize::try_from(line).ok())?;
    let old: Vec<String> =
        text.split_inclusive('\n').skip(first - 1).take(last + 1 - first).map(str::to_owned).collect();
    (!old.is_empty()).then_some(Suggestion { path: place.path.clone(), old, new: block(body)? })
}

impl Suggestion {
    /// The lines that take the place of `old`, with the ends that those had.
    fn lines(&self) -> Vec<String> {
        let end = if self.old[0].ends_with("\r\n") { "\r\n" } else { "\n" };
        let mut lines: Vec<String> =
            self.new.iter().map(|line| format!("{}{end}", line.trim_end_matches('\r'))).collect();
        if let (Some(last), true) = (lines.last_mut(), self.old.last().is_some_and(|line| !line.ends_with('\n'))) {
            last.truncate(last.trim_end_matches(['\r', '\n']).len());
        }
        lines
    }
}

/// Is `after` the text `before` with some subset of these applied, none overlapping? Tries every subset at every place.
pub(crate) fn covers(before: &str, after: &str, path: &str, suggestions: &[Suggestion]) -> bool {
    let here: Vec<&Suggestion> = suggestions.iter().filter(|suggestion| suggestion.path == path).collect();
    let before: Vec<&str> = before.split_inclusive('\n').collect();
    reach(&before, after, &here)
}

/// Walks down the old lines: each is kept as it is, or begins the lines of a suggestion not used yet.
fn reach(before: &[&str], after: &str, unused: &[&Suggestion]) -> bool {
    let Some((line, rest)) = before.split_first() else { return after.is_empty() };
    if let Some(left) = after.strip_prefix(line)
        && reach(rest, left, unused)
    {
        return true;
    }
    unused.iter().enumerate().any(|(index, suggestion)| {
        let fits =
            before.len() >= suggestion.old.len() && before.iter().zip(&suggestion.old).all(|(line, old)| line == old);
        let left = fits.then(|| after.strip_prefix(&suggestion.lines().concat())).flatten();
        let others: Vec<&Suggestion> =
            unused.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| *other).collect();
        left.is_some_and(|left| reach(&before[suggestion.old.len()..], left, &others))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion(old: &[&str], new: &[&str]) -> Suggestion {
        Suggestion {
            path: "a.md".to_owned(),
            old: old.iter().map(|line| (*line).to_owned()).collect(),
            new: new.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    #[test]
    fn exactly_the_subsets_of_the_suggestions_are_covered() {
        let all = [suggestion(&["b\n"], &["B", "BB"]), suggestion(&["d"], &["D"]), suggestion(&["b\n", "c\n"], &[])];
        for (after, expected) in [
            ("a\nb\nc\nd", true),
            ("a\nB\nBB\nc\nd", true),
            ("a\nb\nc\nD", true),
            ("a\nB\nBB\nc\nD", true),
            ("a\nD", true),
            ("a\nB\nc\nd", false),
            ("a\nB\nBB\nd", false),
            ("a\nb\nc\nD\n", false),
            ("A\nb\nc\nd", false),
            ("", false),
        ] {
            assert_eq!(covers("a\nb\nc\nd", after, "a.md", &all), expected, "{after:?}");
        }
        assert!(!covers("a\nb\nc\nd", "a\nb\nc\nD", "other.md", &all));
    }

    #[test]
    fn a_block_ends_at_its_own_fence() {
        assert_eq!(
            block("x\n````suggestion\na\n```\nb\n````\nc"),
            Some(vec!["a".to_owned(), "```".to_owned(), "b".to_owned()])
        );
        assert_eq!(block("x\n```rust\na\n```"), None);
    }
}
