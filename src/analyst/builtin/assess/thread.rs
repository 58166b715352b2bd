//! Several replies in one thread: what stands after all of them, who corrects what, and where two people differ.

use super::choose::{Options, names_a_letter};
use super::plain::{one_line, strip};
use super::said::{Heard, Said};
use super::words::{DENIES, QUALIFIES, TAKES_SIDE, stems};

/// What stands after all replies.
#[derive(Debug)]
pub(super) enum Standing<'h> {
    Nothing,
    Answered(Answer<'h>),
    /// No answer: this is the last word.
    Last(&'h Heard<'h>),
    /// The second says that the first is wrong.
    Split(&'h Heard<'h>, &'h Heard<'h>),
}

/// An answer, given in one reply or more.
#[derive(Debug)]
pub(super) struct Answer<'h> {
    pub(super) parts: Vec<&'h Heard<'h>>,
    pub(super) branches: Vec<String>,
    /// What the same person had said before.
    before: Option<String>,
}

impl<'h> Answer<'h> {
    fn of(heard: &'h Heard<'h>) -> Self {
        let branches = if let Said::Chosen { branches, .. } = &heard.said { branches.clone() } else { Vec::new() };
        Self { parts: vec![heard], branches, before: None }
    }

    /// A proposed answer that was confirmed when we asked.
    pub(super) fn confirmed(parts: Vec<&'h Heard<'h>>, branch: String) -> Self {
        Self { parts, branches: vec![branch], before: None }
    }

    /// Who gave it.
    pub(super) fn login(&self) -> &str {
        self.parts.first().map_or("", |h| h.reply.login.as_str())
    }

    /// More words to it. A safe answer does not survive words that take a part of it back.
    fn add(mut self, options: Options<'_>, heard: &'h Heard<'h>) -> Self {
        if options.all_safe(&self.branches) && (QUALIFIES.are_in(&heard.own) || DENIES.are_in(&heard.own)) {
            self.branches.clear();
        }
        self.parts.push(heard);
        self
    }

    /// What was understood, in a line.
    pub(super) fn noted(&self, options: Options<'_>) -> String {
        let login = self.login();
        let mut line = String::new();
        for (at, part) in self.parts.iter().enumerate() {
            let words = words(options, &self.branches, part);
            match at {
                0 => line = if self.branches.is_empty() { format!("taken as written: {words}") } else { words },
                _ if part.reply.login == login => line = format!("{line}; {words}"),
                _ => line = format!("{line}; {} adds: {words}", part.reply.login),
            }
        }
        match &self.before {
            Some(before) => format!("{line} (before: {before})"),
            None => line,
        }
    }
}

/// One reply in a line: the proposed answer and what was said with it, or its own words.
pub(super) fn words(options: Options<'_>, branches: &[String], heard: &Heard<'_>) -> String {
    let own = one_line(strip(&heard.own).text);
    let Said::Chosen { branches: chosen, rest } = &heard.said else { return own };
    if branches.is_empty() || (!names_a_letter(&own) && own.split_whitespace().count() > 3) {
        return own;
    }
    let (texts, rest) = (options.texts(chosen), one_line(rest));
    if rest.is_empty() { texts } else { format!("{texts}, {rest}") }
}

/// Goes through the replies, oldest first.
pub(super) fn standing<'h>(options: Options<'_>, heard: &'h [Heard<'h>]) -> Standing<'h> {
    heard.iter().fold(Standing::Nothing, |so_far, next| after(options, so_far, next))
}

fn after<'h>(options: Options<'_>, so_far: Standing<'h>, next: &'h Heard<'h>) -> Standing<'h> {
    if next.said == Said::Aside {
        return so_far;
    }
    let Standing::Answered(answer) = so_far else {
        return match next.said {
            Said::Chosen { .. } | Said::Own => Standing::Answered(Answer::of(next)),
            _ => Standing::Last(next),
        };
    };
    if answer.login() == next.reply.login {
        by_the_same(options, answer, next)
    } else {
        by_another(options, answer, next)
    }
}

fn by_the_same<'h>(options: Options<'_>, answer: Answer<'h>, next: &'h Heard<'h>) -> Standing<'h> {
    match &next.said {
        // What may not be said here takes nothing back of what was said.
        Said::Private => Standing::Answered(answer),
        Said::Own if !next.corrects && !next.disputes => Standing::Answered(answer.add(options, next)),
        Said::Own if next.disputes && stems(&next.own).len() <= 2 => Standing::Last(next),
        Said::Own | Said::Chosen { .. } => {
            let new = Answer::of(next);
            let same = !new.branches.is_empty() && new.branches == answer.branches;
            let before = if same { None } else { Some(plain_noted(options, &answer)) };
            Standing::Answered(Answer { before, ..new })
        }
        _ => Standing::Last(next),
    }
}

fn plain_noted(options: Options<'_>, answer: &Answer<'_>) -> String {
    answer.parts.first().map(|part| words(options, &answer.branches, part)).unwrap_or_default()
}

fn by_another<'h>(options: Options<'_>, answer: Answer<'h>, next: &'h Heard<'h>) -> Standing<'h> {
    let chose = matches!(next.said, Said::Chosen { .. });
    if next.agrees {
        return Standing::Answered(answer);
    }
    let first = answer.parts.first().copied();
    match (&next.said, first) {
        (Said::NotApplicable, Some(first)) => Standing::Split(first, next),
        (_, Some(first)) if next.disputes && !chose => Standing::Split(first, next),
        (Said::Own, _) => Standing::Answered(answer.add(options, next)),
        (Said::Chosen { .. }, _) => Standing::Answered(Answer::of(next)),
        // Somebody else's doubt or question takes nothing back.
        _ => Standing::Answered(answer),
    }
}

/// Two people's latest choices that exclude each other: the last one, and one before it.
pub(super) fn disagreement<'h>(heard: &'h [Heard<'h>]) -> Option<(&'h Heard<'h>, &'h Heard<'h>)> {
    let mut latest: Vec<(&Heard<'_>, &Vec<String>)> = Vec::new();
    for next in heard.iter().filter(|h| h.said != Said::Aside) {
        let adds = next.said == Said::Own && !next.corrects;
        if !adds && !next.agrees {
            latest.retain(|(h, _)| h.reply.login != next.reply.login);
        }
        if let (Said::Chosen { branches, .. }, false) = (&next.said, next.agrees && !latest.is_empty()) {
            latest.push((next, branches));
        }
    }
    let (other, theirs) = latest.last().copied()?;
    let apart = |(h, b): &&(&Heard<'_>, &Vec<String>)| {
        h.reply.login != other.reply.login && b.iter().all(|x| !theirs.contains(x))
    };
    let (one, _) = latest.iter().rev().find(apart).copied()?;
    Some((one, other))
}

/// After two people were shown to differ: whose answer the last word names.
pub(super) fn side<'h>(heard: &'h [Heard<'h>]) -> Option<&'h Heard<'h>> {
    let (last, earlier) = heard.split_last()?;
    let short = last.own.split_whitespace().count() <= 10;
    if !short || !TAKES_SIDE.are_in(&last.own) || DENIES.are_in(&last.own) || last.disputes {
        return None;
    }
    let named: Vec<String> =
        last.own.to_lowercase().split(|c: char| !c.is_alphanumeric() && c != '-').map(str::to_owned).collect();
    let answers = |h: &&Heard<'_>| matches!(h.said, Said::Chosen { .. } | Said::Own);
    earlier.iter().rev().filter(answers).find(|h| named.contains(&h.reply.login.to_lowercase()))
}

/// The answer in one reply, whoever else said what.
pub(super) fn alone<'h>(heard: &'h Heard<'h>) -> Answer<'h> {
    Answer::of(heard)
}
