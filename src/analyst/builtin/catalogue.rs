//! The catalogue of concerns: what makes one relevant, what answers it already, what to ask, what follows from each answer.
//! Embedded TOML (`prompts/catalogue/*.toml`, described in its README.md), checked when it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;

use super::lint;
use super::pattern::{Index, Pattern, Scratch};
use super::reading::Structure;
use super::senses::Sense;
use super::template::Template;
use crate::threat_model::{Effort, Slot};

/// The files, in the order in which ties are broken.
pub(super) const FILES: [(&str, &str); 20] = [
    ("prompts/catalogue/access.toml", include_str!("../../../prompts/catalogue/access.toml")),
    ("prompts/catalogue/identity.toml", include_str!("../../../prompts/catalogue/identity.toml")),
    ("prompts/catalogue/new-parts.toml", include_str!("../../../prompts/catalogue/new-parts.toml")),
    ("prompts/catalogue/pages-and-accounts.toml", include_str!("../../../prompts/catalogue/pages-and-accounts.toml")),
    ("prompts/catalogue/secrets.toml", include_str!("../../../prompts/catalogue/secrets.toml")),
    ("prompts/catalogue/input.toml", include_str!("../../../prompts/catalogue/input.toml")),
    ("prompts/catalogue/data.toml", include_str!("../../../prompts/catalogue/data.toml")),
    ("prompts/catalogue/people.toml", include_str!("../../../prompts/catalogue/people.toml")),
    ("prompts/catalogue/abuse.toml", include_str!("../../../prompts/catalogue/abuse.toml")),
    ("prompts/catalogue/agents.toml", include_str!("../../../prompts/catalogue/agents.toml")),
    ("prompts/catalogue/letting-in.toml", include_str!("../../../prompts/catalogue/letting-in.toml")),
    ("prompts/catalogue/selling.toml", include_str!("../../../prompts/catalogue/selling.toml")),
    ("prompts/catalogue/web-products.toml", include_str!("../../../prompts/catalogue/web-products.toml")),
    ("prompts/catalogue/house-practice.toml", include_str!("../../../prompts/catalogue/house-practice.toml")),
    ("prompts/catalogue/devices-and-models.toml", include_str!("../../../prompts/catalogue/devices-and-models.toml")),
    ("prompts/catalogue/running.toml", include_str!("../../../prompts/catalogue/running.toml")),
    ("prompts/catalogue/parts.toml", include_str!("../../../prompts/catalogue/parts.toml")),
    ("prompts/catalogue/structure.toml", include_str!("../../../prompts/catalogue/structure.toml")),
    ("prompts/catalogue/traces.toml", include_str!("../../../prompts/catalogue/traces.toml")),
    ("prompts/catalogue/senses.toml", include_str!("../../../prompts/catalogue/senses.toml")),
];

/// What is wrong with the catalogue, and where.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}, line {line}: {problem}")]
pub struct CatalogueError {
    /// The file, from the root of the source tree.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// What kind of value an answer holds, so that it can be held against a value in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Attribute {
    /// For how long something works or is kept.
    Lifetime,
    /// How many, how large.
    Limit,
}

/// All concerns, and an index over their patterns.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(crate) concerns: Vec<Concern>,
    /// Other senses of words that concerns are about.
    pub(crate) senses: Vec<Sense>,
    index: Index,
    patterns: usize,
}

impl Catalogue {
    fn new(mut concerns: Vec<Concern>, mut senses: Vec<Sense>) -> Self {
        let mut patterns = 0;
        let of_senses = senses.iter_mut().flat_map(Sense::patterns_mut);
        for pattern in concerns.iter_mut().flat_map(Concern::patterns_mut).chain(of_senses) {
            pattern.id = patterns;
            patterns += 1;
        }
        let of_senses = senses.iter().flat_map(Sense::patterns);
        let index = Index::new(concerns.iter().flat_map(Concern::patterns).chain(of_senses));
        Self { concerns, senses, index, patterns }
    }

    /// The concern of this name.
    pub(crate) fn get(&self, id: &str) -> Option<&Concern> {
        self.concerns.iter().find(|c| c.id == id)
    }

    /// For each pattern, by its number, the texts (by theirs) that it could match; ascending.
    pub(crate) fn candidates<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Vec<Vec<usize>> {
        let mut out = vec![Vec::new(); self.patterns];
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        for (at, text) in texts.into_iter().enumerate() {
            self.index.candidates(text, &mut scratch, &mut found);
            for pattern in &found {
                if let Some(list) = out.get_mut(*pattern) {
                    list.push(at);
                }
            }
        }
        out
    }
}

/// One thing that a security engineer would look for.
#[derive(Debug)]
pub(crate) struct Concern {
    pub(crate) id: String,
    /// Where it is written, for complaints.
    place: (String, usize),
    pub(crate) slot: Slot,
    /// Concerns of one family ask much the same: one of them is shown.
    pub(crate) family: String,
    pub(crate) title: String,
    /// How bad it would be, 1 to 3.
    pub(crate) impact: u32,
    /// How easily somebody gets there, 1 to 3.
    pub(crate) exposure: u32,
    /// How surely a reader would ask it where it is found, 1 to 3.
    pub(crate) sure: u32,
    pub(crate) attribute: Option<Attribute>,
    pub(crate) fires: Vec<Pattern>,
    /// Shapes of the text and of its diagrams that make it relevant.
    pub(crate) structures: Vec<Structure>,
    pub(crate) excludes: Option<Pattern>,
    pub(crate) needs: Option<Pattern>,
    pub(crate) answered: Option<Pattern>,
    pub(crate) answered_near: Option<Pattern>,
    /// It is only asked about words near which this stands.
    pub(crate) context: Option<Pattern>,
    pub(crate) questions: Vec<Template>,
    pub(crate) why: Template,
    pub(crate) choices: Vec<Answer>,
    pub(crate) assume: Template,
    pub(crate) advice: BTreeMap<String, Advice>,
    /// Its thing has to be what the words before it are done to, with nothing but articles and adjectives between.
    pub(crate) direct: bool,
    /// Senses of its words that it speaks of too; in any other sense than the usual one they are no reason for it.
    pub(crate) senses: Vec<String>,
    /// A text of its own on which it must be found.
    pub(crate) fires_on: String,
    /// Texts of its own on which it must not be found.
    pub(crate) silent_on: Vec<String>,
}

/// A proposed answer and where it leads.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) branch: String,
    /// What is then known to be so; such an answer asks for no change.
    pub(crate) safe: Option<Template>,
    /// Which advice follows when it is not safe.
    pub(crate) advice: String,
}

/// What goes wrong under an answer, and what could be changed.
#[derive(Debug)]
pub(crate) struct Advice {
    pub(crate) threat: Template,
    pub(crate) title: Template,
    pub(crate) change: Template,
    pub(crate) alternative: Template,
    pub(crate) trade_off: Template,
    pub(crate) left_over: Template,
    pub(crate) effort: Effort,
    /// A sentence that, put behind the author's own, would make the document say what is recommended.
    pub(crate) clause: Option<Template>,
}

impl Concern {
    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let more = [&self.excludes, &self.needs, &self.answered, &self.answered_near, &self.context];
        self.fires.iter().chain(more.into_iter().flatten())
    }

    fn patterns_mut(&mut self) -> impl Iterator<Item = &mut Pattern> {
        let Self { fires, excludes, needs, answered, answered_near, context, .. } = self;
        let more = [excludes, needs, answered, answered_near, context];
        fires.iter_mut().chain(more.into_iter().flatten())
    }

    /// Every pattern of it, compiled: the first complaint, if there is one.
    pub(crate) fn check(&self) -> Option<CatalogueError> {
        self.patterns().find_map(|p| p.check().err()).map(|problem| self.error(problem))
    }

    /// A complaint about it, with its place.
    pub(crate) fn error(&self, problem: String) -> CatalogueError {
        let (file, line) = self.place.clone();
        CatalogueError { file, line, problem }
    }

    /// The proposed answer with this branch.
    pub(crate) fn choice(&self, branch: &str) -> Option<&Answer> {
        self.choices.iter().find(|c| c.branch == branch)
    }

    /// The first answer that asks for a change.
    pub(crate) fn worst(&self) -> Option<&Answer> {
        self.choices.iter().rev().find(|c| c.safe.is_none())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToml {
    #[serde(default)]
    concern: Vec<toml::Spanned<ConcernToml>>,
    #[serde(default)]
    sense: Vec<toml::Spanned<SenseToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SenseToml {
    name: String,
    words: toml::Spanned<String>,
    usual: Option<toml::Spanned<String>>,
    shows: toml::Spanned<String>,
    throughout: Option<toml::Spanned<String>>,
    other: String,
    same: String,
}

/// One text, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Several(Vec<String>),
}

impl Texts {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Several(texts) => texts,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConcernToml {
    id: String,
    slot: Slot,
    family: Option<String>,
    title: String,
    impact: u32,
    exposure: u32,
    #[serde(default = "two")]
    sure: u32,
    attribute: Option<Attribute>,
    #[serde(default)]
    fires: Vec<toml::Spanned<String>>,
    #[serde(default)]
    structures: Vec<Structure>,
    excludes: Option<toml::Spanned<String>>,
    needs: Option<toml::Spanned<String>>,
    answered: Option<toml::Spanned<String>>,
    answered_near: Option<toml::Spanned<String>>,
    context: Option<toml::Spanned<String>>,
    questions: Vec<toml::Spanned<String>>,
    why: toml::Spanned<String>,
    choices: Vec<ChoiceToml>,
    assume: toml::Spanned<String>,
    #[serde(default)]
    direct: bool,
    #[serde(default)]
    senses: Vec<String>,
    fires_on: String,
    silent_on: Texts,
    advice: BTreeMap<String, AdviceToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceToml {
    text: toml::Spanned<String>,
    branch: String,
    safe: Option<toml::Spanned<String>>,
    advice: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdviceToml {
    threat: toml::Spanned<String>,
    title: toml::Spanned<String>,
    change: toml::Spanned<String>,
    alternative: toml::Spanned<String>,
    trade_off: toml::Spanned<String>,
    left_over: toml::Spanned<String>,
    effort: Effort,
    clause: Option<toml::Spanned<String>>,
}

fn two() -> u32 {
    2
}

/// One file while it is read: turns byte offsets into lines for errors.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
    wording: Wording,
}

/// Whether the words of questions and answers are checked while reading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wording {
    Checked,
    /// A test did, before the program was built.
    Known,
}

impl Source<'_> {
    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1
    }

    fn error(&self, at: usize, problem: impl Into<String>) -> CatalogueError {
        CatalogueError { file: self.file.to_owned(), line: self.line(at), problem: problem.into() }
    }

    fn pattern(&self, written: &toml::Spanned<String>) -> Result<Pattern, CatalogueError> {
        Pattern::parse(written.get_ref()).map_err(|problem| self.error(written.span().start, problem))
    }

    fn maybe_pattern(&self, written: Option<&toml::Spanned<String>>) -> Result<Option<Pattern>, CatalogueError> {
        written.map(|w| self.pattern(w)).transpose()
    }

    /// A complaint about the words themselves.
    fn wording(&self, written: &toml::Spanned<String>, lint: fn(&str) -> Option<String>) -> Result<(), CatalogueError> {
        let problem = if self.wording == Wording::Checked { lint(written.get_ref()) } else { None };
        problem.map_or(Ok(()), |problem| Err(self.error(written.span().start, problem)))
    }

    fn template(&self, written: &toml::Spanned<String>) -> Result<Template, CatalogueError> {
        Template::parse(written.get_ref()).map_err(|problem| self.error(written.span().start, problem))
    }
}

/// Reads the embedded catalogue.
pub(crate) fn embedded() -> Result<Catalogue, CatalogueError> {
    all_of(FILES, Wording::Known)
}

/// Reads and checks catalogue files, given as names and texts, in the order in which ties are broken.
pub(crate) fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Catalogue, CatalogueError> {
    all_of(files, Wording::Checked)
}

fn all_of<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    wording: Wording,
) -> Result<Catalogue, CatalogueError> {
    let (mut all, mut senses) = (Vec::new(), Vec::new());
    for (file, text) in files {
        let read = parse_with(file, text, wording)?;
        all.extend(read.0);
        senses.extend(read.1);
    }
    let mut seen = BTreeSet::new();
    for concern in &all {
        if !seen.insert(concern.id.as_str()) {
            return Err(concern.error(format!("a concern named `{}` was there before", concern.id)));
        }
        if let Some(name) = concern.senses.iter().find(|name| !senses.iter().any(|s: &Sense| s.name == **name)) {
            return Err(concern.error(format!("no sense is named `{name}`")));
        }
    }
    Ok(Catalogue::new(all, senses))
}

/// Reads and checks one file.
#[cfg(test)]
pub(crate) fn parse(file: &str, text: &str) -> Result<Vec<Concern>, CatalogueError> {
    parse_with(file, text, Wording::Checked).map(|(concerns, _)| concerns)
}

fn parse_with(file: &str, text: &str, wording: Wording) -> Result<(Vec<Concern>, Vec<Sense>), CatalogueError> {
    let source = Source { file, text, wording };
    let read: FileToml = toml::from_str(text)
        .map_err(|e| source.error(e.span().map_or(0, |s: Range<usize>| s.start), e.message().to_owned()))?;
    let concerns = read.concern.into_iter().map(|spanned| {
        let at = spanned.span().start;
        concern(&source, at, spanned.into_inner())
    });
    let senses = read.sense.into_iter().map(|spanned| {
        let at = spanned.span().start;
        sense(&source, at, spanned.into_inner())
    });
    Ok((concerns.collect::<Result<_, _>>()?, senses.collect::<Result<_, _>>()?))
}

fn sense(source: &Source<'_>, at: usize, raw: SenseToml) -> Result<Sense, CatalogueError> {
    Ok(Sense {
        words: source.pattern(&raw.words)?,
        usual: source.maybe_pattern(raw.usual.as_ref())?,
        shows: source.pattern(&raw.shows)?,
        throughout: source.maybe_pattern(raw.throughout.as_ref())?,
        place: (source.file.to_owned(), source.line(at)),
        name: raw.name,
        other: raw.other,
        same: raw.same,
    })
}

fn concern(source: &Source<'_>, at: usize, raw: ConcernToml) -> Result<Concern, CatalogueError> {
    if !(1..=3).contains(&raw.impact) || !(1..=3).contains(&raw.exposure) {
        return Err(source.error(at, "impact and exposure are 1, 2 or 3"));
    }
    if !(1..=3).contains(&raw.sure) {
        return Err(source.error(at, "sure is 1, 2 or 3"));
    }
    let fires = raw.fires.iter().map(|f| source.pattern(f)).collect::<Result<Vec<_>, _>>()?;
    if fires.is_empty() && raw.structures.is_empty() {
        return Err(source.error(at, "nothing makes it relevant: it needs `fires` or `structures`"));
    }
    let of_structures: &[&str] = if raw.structures.is_empty() { &[] } else { &["x", "y"] };
    let of_patterns = fires.iter().flat_map(|f| f.names().iter().map(String::as_str));
    let known: BTreeSet<&str> = of_patterns.chain(of_structures.iter().copied()).collect();
    let mut questions = Vec::new();
    for written in &raw.questions {
        let template = source.template(written)?;
        if let Some(unknown) = template.names().find(|n| !known.contains(n)) {
            return Err(source.error(written.span().start, format!("no pattern finds `{unknown}`")));
        }
        source.wording(written, lint::question)?;
        questions.push(template);
    }
    if questions.is_empty() {
        return Err(source.error(at, "a concern needs a question"));
    }
    source.wording(&raw.why, lint::plain)?;
    let choices = choices(source, at, &raw)?;
    let advice = raw
        .advice
        .iter()
        .map(|(name, a)| Ok((name.clone(), advice(source, a)?)))
        .collect::<Result<_, CatalogueError>>()?;
    Ok(Concern {
        fires,
        structures: raw.structures,
        excludes: source.maybe_pattern(raw.excludes.as_ref())?,
        needs: source.maybe_pattern(raw.needs.as_ref())?,
        answered: source.maybe_pattern(raw.answered.as_ref())?,
        answered_near: source.maybe_pattern(raw.answered_near.as_ref())?,
        context: source.maybe_pattern(raw.context.as_ref())?,
        questions,
        why: source.template(&raw.why)?,
        choices,
        assume: source.template(&raw.assume)?,
        advice,
        place: (source.file.to_owned(), source.line(at)),
        family: raw.family.unwrap_or_else(|| raw.id.clone()),
        id: raw.id,
        slot: raw.slot,
        title: raw.title,
        impact: raw.impact,
        exposure: raw.exposure,
        sure: raw.sure,
        attribute: raw.attribute,
        direct: raw.direct,
        senses: raw.senses,
        fires_on: raw.fires_on,
        silent_on: raw.silent_on.into_list(),
    })
}

fn choices(source: &Source<'_>, at: usize, raw: &ConcernToml) -> Result<Vec<Answer>, CatalogueError> {
    if !(2..=4).contains(&raw.choices.len()) {
        return Err(source.error(at, "a question has two to four proposed answers"));
    }
    let mut seen = BTreeSet::new();
    let mut outcomes = BTreeSet::new();
    let mut all = Vec::new();
    for choice in &raw.choices {
        if !seen.insert(choice.branch.as_str()) {
            return Err(source.error(choice.text.span().start, format!("branch `{}` is there twice", choice.branch)));
        }
        source.wording(&choice.text, lint::plain)?;
        let advice = choice.advice.clone().unwrap_or_else(|| "main".to_owned());
        if choice.safe.is_none() && !raw.advice.contains_key(&advice) {
            return Err(source.error(choice.text.span().start, format!("no advice named `{advice}`")));
        }
        outcomes.insert(if choice.safe.is_some() { "" } else { advice.as_str() }.to_owned());
        all.push(Answer {
            text: choice.text.get_ref().clone(),
            branch: choice.branch.clone(),
            safe: choice.safe.as_ref().map(|s| source.template(s)).transpose()?,
            advice,
        });
    }
    if outcomes.len() < 2 {
        return Err(source.error(at, "no two answers lead to different drafts"));
    }
    Ok(all)
}

fn advice(source: &Source<'_>, raw: &AdviceToml) -> Result<Advice, CatalogueError> {
    Ok(Advice {
        threat: source.template(&raw.threat)?,
        title: source.template(&raw.title)?,
        change: source.template(&raw.change)?,
        alternative: source.template(&raw.alternative)?,
        trade_off: source.template(&raw.trade_off)?,
        left_over: source.template(&raw.left_over)?,
        effort: raw.effort,
        clause: raw.clause.as_ref().map(|c| source.template(c)).transpose()?,
    })
}
