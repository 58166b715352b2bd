//! One pattern, compiled into steps over the segments of a path.
//!
//! A path matches when the pattern covers it or one of its directories. That is written into the
//! steps, so that matching needs no parents: `/docs/` is "docs, any name, any depth".

use std::ops::Range;

/// The steps of all patterns of a file, in one piece: a large file is read faster so.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Steps {
    all: Vec<Step>,
    /// Where the steps of each pattern end.
    ends: Vec<usize>,
}

/// What one step accepts. Texts are ranges of the pattern as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Exactly this segment.
    Literal(Range<u32>),
    /// One segment that fits this glob, which holds `*`, `?` or `\`.
    Glob(Range<u32>),
    /// Any one segment.
    Any,
    /// Any number of segments, none included.
    Deep,
}

/// A compiled pattern.
#[derive(Clone, Copy)]
pub(super) struct Pattern<'a> {
    text: &'a str,
    steps: &'a [Step],
}

impl Steps {
    /// Makes room for so many patterns.
    pub(super) fn reserve(&mut self, patterns: usize) {
        self.all.reserve(patterns.saturating_mul(4));
        self.ends.reserve(patterns);
    }

    /// Compiles a pattern that [`super::line::parse`] found valid, as the next one of the file.
    pub(super) fn push(&mut self, text: &str) {
        let directory_only = text.ends_with('/');
        let body = text.strip_suffix('/').unwrap_or(text);
        // A separator at the beginning or in the middle ties the pattern to the root.
        let anchored = body.contains('/');
        if !anchored {
            self.all.push(Step::Deep);
        }
        let mut start = usize::from(body.starts_with('/'));
        for segment in body.get(start..).unwrap_or_default().split('/') {
            let end = start + segment.len();
            self.push_segment(segment, start..end, end == body.len());
            start = end + 1;
        }
        // GitHub's exception: `docs/*` owns the files in `docs`, not what lies deeper.
        let direct_children_only = anchored && matches!(self.all.last(), Some(Step::Any));
        if directory_only {
            self.all.extend([Step::Any, Step::Deep]);
        } else if !direct_children_only {
            self.all.push(Step::Deep);
        }
        self.ends.push(self.all.len());
    }

    fn push_segment(&mut self, segment: &str, place: Range<usize>, last: bool) {
        // A file has less than 3 MB.
        let place = || {
            let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
            offset(place.start)..offset(place.end)
        };
        if segment == "*" {
            self.all.push(Step::Any);
        } else if segment.len() > 1 && segment.bytes().all(|byte| byte == b'*') {
            // `a/**` is what lies in `a`, not `a` itself.
            if last {
                self.all.push(Step::Any);
            }
            self.all.push(Step::Deep);
        } else if segment.bytes().any(is_special) {
            self.all.push(Step::Glob(place()));
        } else {
            self.all.push(Step::Literal(place()));
        }
    }

    /// The pattern at `position`, given its text.
    pub(super) fn pattern<'a>(&'a self, position: usize, text: &'a str) -> Pattern<'a> {
        let end_of = |position: usize| self.ends.get(position).copied();
        let start = position.checked_sub(1).and_then(end_of).unwrap_or(0);
        let steps = end_of(position).and_then(|end| self.all.get(start..end));
        Pattern { text, steps: steps.unwrap_or_default() }
    }
}

/// Whether a byte of a pattern means something else than itself.
pub(super) fn is_special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'\\')
}

impl<'a> Pattern<'a> {
    pub(super) fn steps(self) -> &'a [Step] {
        self.steps
    }

    /// The text of a literal or a glob.
    pub(super) fn text_of(self, place: &Range<u32>) -> &'a str {
        let place = place.start as usize..place.end as usize;
        self.text.get(place).unwrap_or_default()
    }

    /// Whether the pattern covers the path with these segments. A mismatch goes back to the last
    /// `Deep` only, which is enough: an earlier one could not accept more. So the work is bounded
    /// by steps × segments.
    pub(super) fn matches(self, path: &[&str]) -> bool {
        let steps = self.steps;
        let (mut step, mut segment) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while let Some(name) = path.get(segment) {
            match steps.get(step) {
                Some(Step::Deep) => {
                    step += 1;
                    if step == steps.len() {
                        return true;
                    }
                    retry = Some((step, segment));
                }
                Some(other) if self.accepts(other, name) => {
                    step += 1;
                    segment += 1;
                }
                _ => {
                    let Some((after, from)) = retry else {
                        return false;
                    };
                    retry = Some((after, from + 1));
                    step = after;
                    segment = from + 1;
                }
            }
        }
        steps.get(step..).is_some_and(|rest| rest.iter().all(|step| *step == Step::Deep))
    }

    fn accepts(self, step: &Step, name: &str) -> bool {
        match step {
            Step::Literal(place) => self.text_of(place) == name,
            Step::Glob(place) => glob_matches(self.text_of(place), name),
            Step::Any | Step::Deep => true,
        }
    }
}

/// Whether a glob of `*` (any text), `?` (one character) and `\` (the next character as it is)
/// covers a whole name. As above, only the last `*` is tried again.
fn glob_matches(glob: &str, name: &str) -> bool {
    let mut pattern = glob.chars();
    let mut text = name.chars();
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let before = text.clone();
        let mut ahead = pattern.clone();
        let fits = match (ahead.next(), text.next()) {
            (Some('*'), _) => {
                retry = Some((ahead.clone(), before.clone()));
                text = before;
                true
            }
            (None, None) => return true,
            (Some('?'), Some(_)) => true,
            (Some('\\'), Some(c)) => ahead.next() == Some(c),
            (Some(wanted), Some(c)) => wanted == c,
            _ => false,
        };
        if fits {
            pattern = ahead;
            continue;
        }
        // The last `*` takes one character more.
        let Some((after, from)) = retry.as_mut() else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        pattern = after.clone();
        text = from.clone();
    }
}
