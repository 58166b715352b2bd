//! Reading a methodology's file, and what may not stand in one.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::rating::Rating;
use super::{Field, Fit, Golden, Lens, MAX_BYTES, Methodology, Section, Show, SlotUse};

/// What is wrong with a methodology, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {problem}")]
pub struct MethodologyError {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is wrong and what is allowed.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToml {
    id: Spanned<String>,
    title: Spanned<String>,
    version: u32,
    #[serde(default)]
    origin: String,
    when_to_use: Spanned<String>,
    not_for: Spanned<String>,
    stop_when: Spanned<String>,
    #[serde(default)]
    pitfalls: Vec<String>,
    #[serde(default = "super::whole")]
    other_slots: u32,
    #[serde(default)]
    lens_only: bool,
    fit: Option<Fit>,
    #[serde(default)]
    slots: Vec<Spanned<SlotUse>>,
    #[serde(default)]
    lens: Vec<Spanned<Lens>>,
    output: Vec<Spanned<Section>>,
    rating: Spanned<Rating>,
    #[serde(default)]
    golden: Vec<Golden>,
}

/// One file while it is read: turns byte offsets into lines.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, at: usize, problem: impl Into<String>) -> MethodologyError {
        let before = self.text.get(..at).unwrap_or(self.text);
        MethodologyError { file: self.file.to_owned(), line: before.matches('\n').count() + 1, problem: problem.into() }
    }

    /// A check that found something says it at `at`.
    fn held(&self, at: usize, problem: Option<String>) -> Result<(), MethodologyError> {
        problem.map_or(Ok(()), |problem| Err(self.error(at, problem)))
    }
}

pub(super) fn parse(file: &str, text: &str) -> Result<Methodology, MethodologyError> {
    let source = Source { file, text };
    if text.len() > MAX_BYTES {
        return Err(source.error(0, format!("longer than {MAX_BYTES} bytes")));
    }
    let raw: FileToml =
        toml::from_str(text).map_err(|e| source.error(e.span().map_or(0, |s| s.start), e.message().to_owned()))?;
    source.held(raw.id.span().start, id(raw.id.get_ref()))?;
    for said in [&raw.title, &raw.when_to_use, &raw.not_for, &raw.stop_when] {
        source.held(said.span().start, said.get_ref().trim().is_empty().then(|| "must not be empty".to_owned()))?;
    }
    let weight = raw.other_slots;
    source.held(0, (weight > 300).then(|| "`other_slots` is a percentage up to 300".to_owned()))?;
    each(&source, &raw.slots, |s| s.id, slot)?;
    each(&source, &raw.lens, |l| l.id.clone(), lens)?;
    each(&source, &raw.output, |s| s.show as usize, section)?;
    source.held(raw.output.first().map_or(0, |s| s.span().start), output(&raw.output))?;
    source.held(raw.rating.span().start, rating(raw.rating.get_ref()))?;
    Ok(Methodology {
        id: raw.id.into_inner(),
        title: raw.title.into_inner(),
        version: raw.version,
        origin: raw.origin,
        when_to_use: raw.when_to_use.into_inner(),
        not_for: raw.not_for.into_inner(),
        stop_when: raw.stop_when.into_inner(),
        pitfalls: raw.pitfalls,
        other_slots: raw.other_slots,
        lens_only: raw.lens_only,
        fit: raw.fit,
        slots: raw.slots.into_iter().map(Spanned::into_inner).collect(),
        lens: raw.lens.into_iter().map(Spanned::into_inner).collect(),
        output: raw.output.into_iter().map(Spanned::into_inner).collect(),
        rating: raw.rating.into_inner(),
        golden: raw.golden,
    })
}

/// Each entry by itself, and none twice.
fn each<T, K: Ord>(
    source: &Source<'_>,
    entries: &[Spanned<T>],
    key: impl Fn(&T) -> K,
    problem: impl Fn(&T) -> Option<String>,
) -> Result<(), MethodologyError> {
    let mut seen = BTreeSet::new();
    for entry in entries {
        let twice = !seen.insert(key(entry.get_ref()));
        let found = if twice { Some("is there twice".to_owned()) } else { problem(entry.get_ref()) };
        source.held(entry.span().start, found)?;
    }
    Ok(())
}

fn id(id: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (id.is_empty() || id.len() > 40 || !id.chars().all(plain))
        .then(|| "`id` is up to 40 small letters, digits and hyphens".to_owned())
}

fn slot(slot: &SlotUse) -> Option<String> {
    let question = slot.question.trim();
    if !question.ends_with('?') || question.matches('?').count() != 1 {
        return Some("`question` asks one thing and ends with the one question mark".to_owned());
    }
    if question.split_whitespace().count() > 60 {
        return Some("`question` has at most 60 words".to_owned());
    }
    if slot.why.trim().is_empty() || slot.if_unknown.trim().is_empty() {
        return Some("`why` and `if_unknown` must not be empty".to_owned());
    }
    (!(25..=300).contains(&slot.weight)).then(|| "`weight` is a percentage from 25 to 300".to_owned())
}

fn lens(lens: &Lens) -> Option<String> {
    if lens.mark.trim().is_empty() || lens.title.trim().is_empty() || lens.mark.chars().count() > 20 {
        return Some("`mark` (at most 20 characters) and `title` must not be empty".to_owned());
    }
    if lens.prompts.is_empty() || lens.leave_empty_if.trim().is_empty() {
        return Some("a part of the lens needs `prompts`, and says when it stays empty (`leave_empty_if`)".to_owned());
    }
    (lens.slots.is_empty() && lens.concerns.is_empty())
        .then(|| "nothing feeds this part of the lens: name `slots` or `concerns`".to_owned())
}

/// The fields that a section can show.
const fn fields(show: Show) -> &'static [Field] {
    use Field as F;
    match show {
        Show::Elements => &[F::Id, F::Element, F::Kind, F::Zone, F::Place],
        Show::Data | Show::PersonalData => &[F::Data, F::Class, F::Handling, F::Place],
        Show::Threats | Show::Scenarios | Show::TwoScenarios => &[
            F::Id,
            F::Element,
            F::Lens,
            F::Story,
            F::Today,
            F::Gap,
            F::Recommendation,
            F::Effort,
            F::Level,
            F::Evidence,
            F::Data,
        ],
        Show::Recommendations => &[
            F::Id,
            F::Element,
            F::Lens,
            F::Recommendation,
            F::Answers,
            F::Change,
            F::Alternative,
            F::Effort,
            F::Level,
            F::Benefit,
            F::Place,
        ],
        _ => &[],
    }
}

fn section(section: &Section) -> Option<String> {
    let allowed = fields(section.show);
    if section.fields.iter().any(|f| !allowed.contains(f)) {
        return Some("a field that this section cannot show; docs/methodologies.md lists them".to_owned());
    }
    if section.fields.is_empty() && !allowed.is_empty() {
        return Some("name the `fields` that this section shows".to_owned());
    }
    if section.heading.chars().count() > 100 || section.heading.contains('\n') {
        return Some("`heading` is one line of at most 100 characters".to_owned());
    }
    (!(1..=50).contains(&section.cap)).then(|| "`cap` is 1 to 50".to_owned())
}

/// What people approve must be on the page, whatever the layout.
fn output(sections: &[Spanned<Section>]) -> Option<String> {
    let has = |show| sections.iter().any(|s| s.get_ref().show == show);
    if !has(Show::Context) {
        return Some("`output` needs `context`: approving accepts the assumptions in it by number".to_owned());
    }
    (!has(Show::Recommendations)).then(|| "`output` needs `recommendations`: they are what is approved".to_owned())
}

fn rating(rating: &Rating) -> Option<String> {
    let named: Vec<&str> = rating.levels.iter().map(|l| l.level.as_str()).collect();
    (named != rating.function.levels()).then(|| {
        let levels: Vec<String> = rating.function.levels().iter().map(|level| format!("`{level}`")).collect();
        format!("the levels of this function are {}, lowest first", levels.join(", "))
    })
}
