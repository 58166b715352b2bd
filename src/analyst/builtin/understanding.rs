//! How the draft says it understood the design, after people corrected it; and which of what people said still counts.

use crate::analyst::Settled;
use crate::threat_model::{Fact, Source};

/// The concern of facts that correct the summary of the draft.
pub(crate) const UNDERSTANDING: &str = "understanding";

/// Fewer words are no sentence of their own.
const LEAST: usize = 4;

/// Each sentence of the summary that a correction quotes (after `>`, in quotation marks, or as it stands) gives way to what the
/// person says instead, or to nothing when they say no more. The newest correction comes last and wins.
pub(crate) fn corrected(mut summary: Vec<String>, facts: &[Fact]) -> Vec<String> {
    let mut corrections: Vec<&Fact> = facts.iter().filter(|f| f.concern.as_deref() == Some(UNDERSTANDING)).collect();
    corrections.sort_by_key(|f| f.at);
    for fact in corrections {
        let correction = Correction::of(fact, &summary);
        let Some(first) = summary.iter().position(|s| correction.quotes(s)) else { continue };
        let mut kept: Vec<String> = summary.iter().filter(|s| !correction.quotes(s)).cloned().collect();
        if let Some(instead) = correction.instead {
            kept.insert(first.min(kept.len()), instead);
        }
        summary = kept;
    }
    summary
}

struct Correction {
    /// What it quotes, as words alone.
    quoted: Vec<String>,
    instead: Option<String>,
}

impl Correction {
    fn of(fact: &Fact, summary: &[String]) -> Self {
        let mut quoted = Vec::new();
        let mut own = String::new();
        for line in fact.statement.lines() {
            match line.trim_start().strip_prefix('>') {
                Some(cited) => quoted.push(words(cited)),
                None => own = own + line + " ",
            }
        }
        let own = own.replace(['“', '”'], "\"");
        let mut rest = String::new();
        for (at, part) in own.split('"').enumerate() {
            if at % 2 == 1 && words(part).split(' ').count() >= LEAST {
                quoted.push(words(part));
            } else {
                rest = rest + part + " ";
            }
        }
        // A sentence of the summary may also stand there without marks.
        for sentence in summary {
            if let Some(at) = rest.find(sentence.trim_end_matches('.')) {
                quoted.push(words(sentence));
                rest.replace_range(at..at + sentence.trim_end_matches('.').len(), "");
            }
        }
        if let Source::Reply { quotation, .. } = &fact.source {
            quoted.push(words(quotation));
        }
        let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
        let rest = rest.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '`' | '(')).to_owned();
        let instead = (rest.split(' ').count() >= LEAST).then(|| format!("{}.", large(&rest)));
        Self { quoted, instead }
    }

    fn quotes(&self, sentence: &str) -> bool {
        let sentence = words(sentence);
        let holds = |whole: &str, part: &str| {
            part.split(' ').count() >= LEAST && format!(" {whole} ").contains(&format!(" {part} "))
        };
        self.quoted.iter().any(|quoted| holds(&sentence, quoted) || holds(quoted, &sentence))
    }
}

/// Begins a sentence.
fn large(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().collect::<String>() + chars.as_str())
}

fn words(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The facts without those that their own person replaced: of two things that one person said to one concern the later counts,
/// unless the answer as it was understood rests on both.
pub(crate) fn standing(facts: &[Fact], questions: &[Settled]) -> Vec<Fact> {
    let login = |f: &Fact| match &f.source {
        Source::Reply { login, .. } => Some(login.clone()),
        _ => None,
    };
    let noted = |concern: &str| {
        let settled = questions.iter().find(|s| s.question.concern == concern);
        settled.map(|s| s.noted.split(" (before: ").next().unwrap_or_default().to_owned()).unwrap_or_default()
    };
    let replaced = |fact: &Fact| {
        let (Some(concern), Some(who)) = (fact.concern.as_deref(), login(fact)) else { return false };
        let later = |other: &Fact| {
            other.at > fact.at && other.concern.as_deref() == Some(concern) && login(other).as_ref() == Some(&who)
        };
        // Corrections of the summary are of different sentences.
        concern != UNDERSTANDING
            && facts.iter().any(later)
            && (fact.statement.is_empty() || !noted(concern).contains(&fact.statement))
    };
    facts.iter().filter(|f| !replaced(f)).cloned().collect()
}
