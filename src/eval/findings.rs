//! What an analyst found, in one form for judges and sheets: questions, threats with what is recommended for them, and what was set aside.

use super::play::{Played, Settings};
use super::words::{folded, own_and_quoted};
use crate::threat_model::{Question, Recommendation, Threat};

/// How a finding reaches people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Asked.
    Question,
    /// Shown in the draft.
    Threat,
    /// Considered, and listed in a line.
    Aside,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it reaches people.
    pub kind: Kind,
    /// `Q1`, `F1`, `S1`: unique within a document.
    pub number: String,
    /// What is said in the analyst's own words.
    pub own: String,
    /// What it quotes of the document.
    pub quoted: String,
    /// All of it in full words, for people; one paragraph a line.
    pub told: Vec<String>,
}

impl Finding {
    /// From words that somebody reads.
    pub fn new(kind: Kind, number: String, told: Vec<String>) -> Self {
        let (own, quoted) = own_and_quoted(&told.join("\n"));
        Self { kind, number, own: own.replace('\u{0}', " "), quoted: quoted.join("\n"), told }
    }
}

/// Everything that was found in a played review, in the order in which people see it.
pub fn findings(played: &Played, settings: &Settings) -> Vec<Finding> {
    let mut out: Vec<Finding> = played.asked.questions.iter().enumerate().map(|(n, q)| of_question(n + 1, q)).collect();
    let draft = &played.draft;
    let advice = |threat: &Threat| draft.recommendations.iter().filter(|r| r.threat == threat.id).collect::<Vec<_>>();
    let (shown, beyond) = draft.threats.split_at(settings.threats.min(draft.threats.len()));
    for (n, threat) in shown.iter().enumerate() {
        out.push(Finding::new(Kind::Threat, format!("F{}", n + 1), of_threat(threat, &advice(threat))));
    }
    let beyond = beyond.iter().map(|threat| of_threat(threat, &advice(threat)));
    let aside = draft.set_aside.iter().map(|aside| vec![folded(&format!("{} {}", aside.text, aside.reason))]);
    // What was looked at when asking is considered too, where the analyst tells it.
    let looked_at = played.asked.considered.iter().map(|one| vec![folded(&one.text)]);
    for (n, told) in beyond.chain(aside).chain(looked_at).enumerate() {
        out.push(Finding::new(Kind::Aside, format!("S{}", n + 1), told));
    }
    out
}

fn of_question(n: usize, question: &Question) -> Finding {
    let choices: Vec<&str> = question.choices.iter().map(|choice| choice.text.as_str()).collect();
    let told = vec![
        folded(&question.text),
        format!("Answers: {}", folded(&choices.join(" / "))),
        format!("Why: {}", folded(&question.why)),
        format!("On: \"{}\"", folded(&question.anchor.quotation)),
    ];
    Finding::new(Kind::Question, format!("Q{n}"), told)
}

fn of_threat(threat: &Threat, advice: &[&Recommendation]) -> Vec<String> {
    let mut told = vec![folded(&threat.story)];
    for r in advice {
        told.push(format!("Change: {}. {}", folded(&r.title).trim_end_matches('.'), folded(&r.change)));
        told.push(format!("Or: {} {}", folded(&r.alternative), folded(&r.trade_off)));
    }
    told
}
