//! The hard rules of a good question (Q) and a good recommendation (R), as far as code can check them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;

use super::corpus::Case;
use super::plain;
use super::play::{Played, Probed};
use super::words::{Stems, folded, jaccard, own_and_quoted};
use crate::document::Document;
use crate::evidence::{Source as Text, find_in_text};
use crate::threat_model::{Anchor, Decision, Question, Quotations, Recommendation, Source, Threat, ThreatModel};

/// A hard rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rule {
    /// Stands on words of the document: at most 25, found, on the lines it names.
    Q1,
    /// Not answered by what is known.
    Q2,
    /// At least two answers lead to different drafts.
    Q3,
    /// One thing, one question mark.
    Q4,
    /// No word of the trade; a reading grade of at most 9.
    Q5,
    /// Does not blame.
    Q9,
    /// No advice in disguise.
    Q12,
    /// Rests on words that all stand in their source.
    R1,
    /// Names a part, or words, of this document.
    R2,
    /// Not what the document says already.
    R3,
    /// Names nothing that the document does not have.
    R4,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 11] =
        [Self::Q1, Self::Q2, Self::Q3, Self::Q4, Self::Q5, Self::Q9, Self::Q12, Self::R1, Self::R2, Self::R3, Self::R4];

    /// Whether it is about questions.
    pub fn of_questions(self) -> bool {
        self < Self::R1
    }

    /// What it asks for, in a few words.
    pub fn told(self) -> &'static str {
        match self {
            Self::Q1 => "stands on at most 25 words of the document, on the lines it names",
            Self::Q2 => "not answered already (ledger, or what the draft calls covered)",
            Self::Q3 => "at least two answers lead to different drafts",
            Self::Q4 => "one thing, one question mark",
            Self::Q5 => "no word of the trade, reading grade at most 9",
            Self::Q9 => "does not blame",
            Self::Q12 => "no advice in disguise",
            Self::R1 => "rests on quotations that all stand",
            Self::R2 => "names a part or words of this document",
            Self::R3 => "not in the document already",
            Self::R4 => "invents no part",
        }
    }
}

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Which.
    pub rule: Rule,
    /// `Q2`, `R1`: the question or recommendation, in order.
    pub item: String,
    /// In what way.
    pub why: String,
}

/// The longest quotation, in words.
const LONGEST_QUOTATION: usize = 25;
/// From this likeness on two questions are one.
const SAME: f64 = 0.6;
/// A recommendation whose words stand in one sentence of the document to this share says nothing new.
const SAID: f64 = 0.8;

/// A document, made ready for its rules.
pub struct Rubric<'a> {
    case: &'a Case,
    played: &'a Played,
    document: Document,
    text: Text,
    stems: Stems,
}

impl<'a> Rubric<'a> {
    /// Reads the document.
    pub fn new(case: &'a Case, played: &'a Played) -> Self {
        let document = Document::parse(&case.document.path, &case.document.text);
        let text = Text::of_document(&document);
        Self { case, played, document, text, stems: Stems::new() }
    }

    /// Every rule that is broken.
    pub fn faults(&self, probed: Option<&Probed>) -> Vec<Fault> {
        let mut out = Vec::new();
        for (n, question) in self.played.asked.questions.iter().enumerate() {
            let item = format!("Q{}", n + 1);
            let mut note = |rule: Rule, why: Option<String>| {
                out.extend(why.map(|why| Fault { rule, item: item.clone(), why }));
            };
            let (own, _) = own_and_quoted(&question.text);
            note(Rule::Q1, self.unanchored(&question.anchor));
            note(Rule::Q2, self.answered(question, probed));
            note(Rule::Q3, indifferent(question, probed.and_then(|p| p.branches.get(n))));
            note(Rule::Q4, several(&own));
            note(Rule::Q5, not_plain(&own, question));
            note(Rule::Q9, plain::blame(&own).map(|words| format!("`{words}`")));
            note(Rule::Q12, plain::advice(&own).map(|words| format!("`{words}`")));
        }
        for recommendation in &self.played.draft.recommendations {
            let item = format!("R{}", recommendation.ordinal);
            let mut note = |rule: Rule, why: Option<String>| {
                out.extend(why.map(|why| Fault { rule, item: item.clone(), why }));
            };
            let threat = self.played.draft.threats.iter().find(|threat| threat.id == recommendation.threat);
            note(Rule::R1, self.ungrounded(recommendation));
            note(Rule::R2, self.unspecific(recommendation));
            note(Rule::R3, self.said_already(recommendation));
            note(Rule::R4, self.invented(recommendation, threat));
        }
        out
    }

    /// Q1.
    fn unanchored(&self, anchor: &Anchor) -> Option<String> {
        let words = anchor.quotation.split_whitespace().count();
        if words == 0 {
            return Some("quotes nothing".to_owned());
        }
        if words > LONGEST_QUOTATION {
            return Some(format!("quotes {words} words"));
        }
        self.misplaced(anchor)
    }

    /// Why a quotation does not stand where it says.
    fn misplaced(&self, anchor: &Anchor) -> Option<String> {
        if anchor.path != self.case.document.path {
            return Some(format!("names another document, {}", anchor.path));
        }
        let Some(found) = self.text.find(&anchor.quotation) else {
            return Some(format!("\"{}\" does not stand in the document", folded(&anchor.quotation)));
        };
        // The first place that was found may not be the one that is meant.
        let meets = found.start <= anchor.end_line && found.end >= anchor.start_line;
        let stated: Vec<&str> =
            (anchor.start_line..=anchor.end_line).filter_map(|n| self.document.line_text(n)).collect();
        let there = meets || find_in_text(&anchor.quotation, &stated.join("\n")).is_some();
        (!there).then(|| {
            format!("\"{}\" stands on line {}, not {}", folded(&anchor.quotation), found.start, anchor.start_line)
        })
    }

    /// Q2: asked with the answer in the ledger, or on words that the draft calls covered.
    fn answered(&self, question: &Question, probed: Option<&Probed>) -> Option<String> {
        let same = |q: &&Question| {
            (q.concern == question.concern && q.subject == question.subject) || self.alike(&q.text, &question.text)
        };
        if let Some(again) = probed.and_then(|probed| probed.again.iter().find(same)) {
            return Some(format!("asked again with an answer in the ledger: {}", folded(&again.text)));
        }
        let asked = self.stems.set(&format!("{} {}", own_and_quoted(&question.text).0, question.why));
        let covered = self.played.draft.covered.iter().find(|covered| {
            let text = self.stems.set(&covered.text);
            let same_words = covered.anchor.quotation == question.anchor.quotation;
            same_words && !text.is_empty() && text.intersection(&asked).count() * 2 >= text.len()
        });
        covered.map(|covered| format!("the draft calls it covered: {}", folded(&covered.text)))
    }

    /// Questions that ask the same: pairs of their places, from 1.
    pub fn doubled(&self) -> Vec<(usize, usize)> {
        let questions = &self.played.asked.questions;
        let mut out = Vec::new();
        for (a, one) in questions.iter().enumerate() {
            for (b, other) in questions.iter().enumerate().skip(a + 1) {
                let named = one.concern == other.concern && one.subject == other.subject;
                if named || self.alike(&one.text, &other.text) {
                    out.push((a + 1, b + 1));
                }
            }
        }
        out
    }

    fn alike(&self, a: &str, b: &str) -> bool {
        let stems = |text: &str| self.stems.set(&own_and_quoted(text).0);
        let (a, b) = (stems(a), stems(b));
        !a.is_empty() && jaccard(&a, &b) >= SAME
    }

    /// R1.
    fn ungrounded(&self, recommendation: &Recommendation) -> Option<String> {
        if recommendation.evidence.is_empty() {
            return Some("rests on nothing".to_owned());
        }
        let evidence = recommendation.evidence.iter().find_map(|source| self.does_not_stand(source));
        evidence.or_else(|| self.misplaced(&recommendation.anchor))
    }

    fn does_not_stand(&self, source: &Source) -> Option<String> {
        match source {
            Source::Document { anchor } => self.misplaced(anchor),
            Source::Reply { comment, quotation, .. } => {
                let reply = self.played.replies.iter().find(|reply| reply.comment == *comment);
                let stands = reply.is_some_and(|reply| find_in_text(quotation, &reply.body).is_some());
                (!stands).then(|| format!("\"{}\" stands in no reply", folded(quotation)))
            }
            Source::Description { quotation } => {
                Some(format!("\"{}\" stands in no description: there is none", folded(quotation)))
            }
            Source::Context { quotation, .. } => {
                Some(format!("\"{}\" stands in no context: there is none", folded(quotation)))
            }
            Source::Decision { id, quotation, .. } => {
                let decision = self.case.decisions.iter().find(|decision| decision.id == *id);
                let said =
                    |d: &Decision| [&d.reason, &d.title].into_iter().any(|t| find_in_text(quotation, t).is_some());
                let stands = decision.is_some_and(said);
                (!stands).then(|| format!("\"{}\" stands in no decision", folded(quotation)))
            }
            Source::Assumption { ordinal } => {
                let known = self.played.draft.assumptions.iter().any(|a| a.ordinal == *ordinal);
                (!known).then(|| format!("there is no assumption A{ordinal}"))
            }
        }
    }

    /// R2.
    fn unspecific(&self, recommendation: &Recommendation) -> Option<String> {
        let told = format!("{}\n{}\n{}", recommendation.title, recommendation.change, recommendation.alternative);
        let lower = told.to_lowercase();
        let names = |name: &str| name.len() > 2 && lower.contains(&name.to_lowercase());
        let model = &self.played.draft;
        let parts = model.components.iter().any(|c| names(&c.name)) || model.flows.iter().any(|f| names(&f.label));
        let subjects = self.played.asked.questions.iter().any(|q| names(&q.subject));
        let quoted = own_and_quoted(&told).1.iter().any(|words| self.text.find(words).is_some());
        let shared = self.stems.set(&told).intersection(&self.stems.set(&recommendation.anchor.quotation)).count();
        (!parts && !subjects && !quoted && shared < 2)
            .then(|| format!("could stand under any document: {}", folded(&recommendation.title)))
    }

    /// R3.
    fn said_already(&self, recommendation: &Recommendation) -> Option<String> {
        let change = self.stems.set(&own_and_quoted(&recommendation.change).0);
        if change.len() < 5 {
            return None;
        }
        let most = |text: &str| share(&change, &self.stems.set(text)) >= SAID;
        let said = self.document.sentences().iter().find(|sentence| most(&sentence.text));
        said.map(|sentence| format!("line {} says so", sentence.lines.start))
    }

    /// R4: what is quoted or named as code in the story, and names that look like a part, stand in the document or in a reply.
    fn invented(&self, recommendation: &Recommendation, threat: Option<&Threat>) -> Option<String> {
        let story = threat.map(|threat| threat.story.as_str()).unwrap_or_default();
        let (story_own, quoted) = own_and_quoted(story);
        let (change_own, _) = own_and_quoted(&format!("{} {}", recommendation.title, recommendation.change));
        let names = part_names(&story_own).chain(part_names(&change_own)).map(str::to_owned);
        let model = &self.played.draft;
        let all = format!("{story_own} {change_own}");
        let parts = model.components.iter().map(|c| c.name.clone()).filter(|name| all.contains(name.as_str()));
        let unknown = quoted.into_iter().chain(names).chain(parts).find(|name| !self.known(name));
        unknown.map(|name| format!("`{}` is not of this document", folded(&name)))
    }

    fn known(&self, name: &str) -> bool {
        self.text.find(name).is_some()
            || self.played.replies.iter().any(|reply| find_in_text(name, &reply.body).is_some())
            || COMMON_NAMES.contains(&name)
    }

    /// Every quotation, checked once more, and what is wrong with those that do not stand.
    pub fn quotations(&self) -> (Quotations, Vec<String>) {
        let draft = &self.played.draft;
        let evidence =
            draft.threats.iter().map(|t| &t.evidence).chain(draft.recommendations.iter().map(|r| &r.evidence));
        let sources = evidence.flatten().chain(draft.facts.iter().map(|fact| &fact.source));
        let anchors = anchors(&self.played.asked.questions, draft).map(|anchor| self.misplaced(anchor));
        let mut count = Quotations::default();
        let mut fallen = Vec::new();
        for problem in anchors.chain(sources.map(|source| self.does_not_stand(source))) {
            count.checked += 1;
            match problem {
                None => count.found += 1,
                Some(why) => fallen.push(why),
            }
        }
        (count, fallen)
    }
}

fn anchors<'a>(questions: &'a [Question], draft: &'a ThreatModel) -> impl Iterator<Item = &'a Anchor> {
    let questions = questions.iter().map(|q| &q.anchor);
    let parts = draft.components.iter().map(|c| &c.evidence).chain(draft.flows.iter().map(|f| &f.evidence));
    let rest = draft.recommendations.iter().map(|r| &r.anchor).chain(draft.covered.iter().map(|c| &c.anchor));
    questions.chain(parts).chain(rest).chain(draft.set_aside.iter().filter_map(|s| s.anchor.as_ref()))
}

#[expect(clippy::cast_precision_loss, reason = "sets of words are small")]
fn share(of: &BTreeSet<String>, within: &BTreeSet<String>) -> f64 {
    of.intersection(within).count() as f64 / of.len().max(1) as f64
}

/// Q3.
fn indifferent(question: &Question, drafts: Option<&Vec<ThreatModel>>) -> Option<String> {
    let branches: BTreeSet<&str> = question.choices.iter().map(|choice| choice.branch.as_str()).collect();
    if branches.len() < 2 {
        return Some("fewer than two answers lead somewhere".to_owned());
    }
    let outcomes: BTreeSet<String> = drafts?.iter().map(outcome).collect();
    (outcomes.len() < 2).then(|| "the draft is the same whatever is answered".to_owned())
}

/// What a reader of a draft would act on.
fn outcome(draft: &ThreatModel) -> String {
    let threats: Vec<_> = draft.threats.iter().map(|t| format!("{} {:?}", t.concern, t.severity)).collect();
    let changes: Vec<_> = draft.recommendations.iter().map(|r| format!("{} {}", r.title, r.change)).collect();
    format!("{threats:?} {changes:?}")
}

/// Q4.
fn several(own: &str) -> Option<String> {
    match own.matches('?').count() {
        1 if own.contains("and/or") => Some("`and/or`".to_owned()),
        1 => None,
        n => Some(format!("{n} question marks")),
    }
}

/// Q5. Words of the document are its author's, who knows them: each stands as one short word. A lead of few words that only
/// quotes (`About "…":`) is no part of the sentence.
fn not_plain(own: &str, question: &Question) -> Option<String> {
    if let Some(word) = plain::jargon(own) {
        return Some(format!("`{word}`"));
    }
    let lead = |lead: &str| lead.contains('\u{0}') && lead.unicode_words().count() <= 2;
    let asked = own.split_once(": ").filter(|(before, _)| lead(before)).map_or(own, |(_, asked)| asked);
    let known = format!("{} {}", question.subject, question.anchor.quotation).to_lowercase();
    let known: BTreeSet<&str> = known.unicode_words().collect();
    let short = |word: &str| {
        let is_word = word.chars().any(char::is_alphanumeric);
        if word == "\u{0}" || (is_word && known.contains(word.to_lowercase().as_str())) { "it" } else { word }
            .to_owned()
    };
    let grade = plain::grade(&asked.split_word_bounds().map(short).collect::<String>());
    (grade > plain::HIGHEST_GRADE).then(|| format!("reading grade {grade:.1}"))
}

/// Words that look like the name of a part: a capital or an underscore inside.
fn part_names(text: &str) -> impl Iterator<Item = &str> {
    let looks = |word: &&str| {
        let inside = word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase);
        (inside || word.contains('_')) && word.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    text.unicode_words().filter(looks)
}

/// Names of the trade that look like a part of a system and are none.
const COMMON_NAMES: &[&str] = &[
    "OAuth",
    "OAuth2",
    "OpenID",
    "GitHub",
    "GitLab",
    "mTLS",
    "IPv4",
    "IPv6",
    "HttpOnly",
    "SameSite",
    "macOS",
    "iOS",
    "JavaScript",
    "TypeScript",
    "WebAuthn",
    "WebSocket",
    "WebSockets",
    "GraphQL",
    "PostgreSQL",
    "MySQL",
    "SQLite",
    "DevOps",
    "APIs",
    "IDs",
    "URLs",
    "JWTs",
    "PRs",
    "VMs",
    "CAs",
    "CRDs",
    "URIs",
    "TTLs",
    "DNSSEC",
];
