//! How a document that changed is sent: as it was sent before, byte for byte, so that a provider's cache knows it again, then what
//! changed since. When the changes come to more than a third of the document, it is sent whole again.

use super::sources::{Line, Mark};
use crate::diff::line_changes;

/// Changes of more than one part in so many of the document: it is sent whole.
const A_THIRD: usize = 3;

/// What a line costs beside its words: its number and marks.
const AROUND_A_LINE: usize = 8;

/// A document in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Laid {
    /// The text that the parts begin with.
    pub first: Vec<Line>,
    /// What changed after that, version after version, each with its number (the first text has 1).
    pub steps: Vec<(usize, Vec<Line>)>,
}

/// Lays out the versions of a document, oldest first, each once; the last one is the text as it is now.
pub fn lay_out(versions: &[Vec<Line>]) -> Laid {
    let mut laid = Laid::default();
    let mut before: Option<&Vec<Line>> = None;
    let mut changed = 0;
    for (number, version) in (1..).zip(versions) {
        let step = before.map(|before| difference(before, version));
        match step {
            Some(step) if (changed + size(&step)).saturating_mul(A_THIRD) <= size(version) => {
                changed += size(&step);
                if !step.is_empty() {
                    laid.steps.push((number, step));
                }
            }
            _ => {
                laid = Laid { first: version.clone(), steps: Vec::new() };
                changed = 0;
            }
        }
        before = Some(version);
    }
    laid
}

/// What went away and what came, each with its number in its own version, and a line around.
fn difference(before: &[Line], after: &[Line]) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut shown = 0;
    for (old, new) in line_changes(&words(before), &words(after)) {
        let above = new.start.saturating_sub(1).max(shown);
        out.extend(after.get(above..new.start).unwrap_or_default().iter().cloned());
        out.extend(marked(before, old, Mark::Gone));
        out.extend(marked(after, new.clone(), Mark::New));
        shown = new.end;
    }
    if let Some(below) = after.get(shown).filter(|_| !out.is_empty()) {
        out.push(below.clone());
    }
    out
}

/// What went away of a document that is sent whole itself, and the numbers of the lines that came instead.
pub fn gone(before: &[Line], after: &[Line]) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for (old, new) in line_changes(&words(before), &words(after)) {
        out.extend(marked(before, old, Mark::Gone));
        let came = after.get(new).unwrap_or_default();
        if let (Some(first), Some(last)) = (came.first(), came.last()) {
            let text = match (first.number, last.number) {
                (0, _) | (_, 0) => "new lines".to_owned(),
                (first, last) if first == last => format!("line {first} as it is now"),
                (first, last) => format!("lines {first} to {last} as they are now"),
            };
            out.push(Line { number: 0, text, heading: false, mark: Mark::New });
        }
    }
    out
}

fn words(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

fn marked(lines: &[Line], range: std::ops::Range<usize>, mark: Mark) -> impl Iterator<Item = Line> + '_ {
    lines.get(range).unwrap_or_default().iter().map(move |line| Line { mark, ..line.clone() })
}

fn size(lines: &[Line]) -> usize {
    lines.iter().map(|line| line.text.len().saturating_add(AROUND_A_LINE)).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]

    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        let line = |(number, text): (u32, &str)| Line { number, text: text.to_owned(), ..Line::default() };
        (1..).zip(text.split('/')).map(line).collect()
    }

    fn shown(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| format!("{}{}:{}", line.mark.sign(), line.number, line.text)).collect()
    }

    const FIRST: &str = "one is here/two is here/three is here/four is here/five is here/six is here/seven is here";

    #[test]
    fn what_changed_is_told_with_a_line_around() {
        let after = lines(&FIRST.replace("four is here", "four went on/and on"));
        assert_eq!(
            shown(&difference(&lines(FIRST), &after)),
            ["3:three is here", "- 4:four is here", "+ 4:four went on", "+ 5:and on", "6:five is here"]
        );
        assert_eq!(shown(&gone(&lines(FIRST), &after)), ["- 4:four is here", "+ 0:lines 4 to 5 as they are now"]);
        assert!(difference(&after, &after).is_empty() && gone(&after, &after).is_empty());
    }

    #[test]
    fn the_first_text_stays_until_the_changes_are_a_third() {
        let all = (0..40).map(|n| format!("sentence number {n}/")).collect::<Vec<_>>().concat();
        let with = |n: usize| lines(&format!("{all}{}", "one more sentence/".repeat(n)));
        let versions: Vec<Vec<Line>> = (0..40).step_by(4).map(with).collect();
        for n in 1..=versions.len() {
            let laid = lay_out(&versions[..n]);
            let changed: usize = laid.steps.iter().map(|(_, step)| size(step)).sum();
            assert!(changed * A_THIRD <= size(&versions[n - 1]), "{n}");
            let earlier = lay_out(&versions[..n - 1]);
            let goes_on = laid.first == earlier.first && laid.steps.starts_with(&earlier.steps);
            assert!(goes_on || (laid.first == versions[n - 1] && laid.steps.is_empty()), "{n}");
        }
        assert_eq!(lay_out(&versions[..3]).first, versions[0]);
        assert_ne!(lay_out(&versions).first, versions[0], "at last it is sent whole again");
    }

    #[test]
    fn another_text_is_sent_whole() {
        let other = lines("all/of/it/is/new/and/nothing stayed");
        let laid = lay_out(&[lines(FIRST), other.clone()]);
        assert_eq!(laid, Laid { first: other, steps: Vec::new() });
        assert_eq!(lay_out(&[]), Laid::default());
    }
}
