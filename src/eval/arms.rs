//! Arms of a blind comparison: ours, a fixed checklist, ours swapped between documents; shuffled by a seed and named by letters.

use serde::{Deserialize, Serialize};

use super::findings::{Finding, Kind};
use super::words::folded;
use crate::digest::Canonical;

/// Whose findings a sheet shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// The analyst's findings on this document.
    Ours,
    /// A generic checklist, the same for every document.
    Checklist,
    /// The analyst's findings on another document.
    Swapped,
}

impl Arm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ours, Self::Checklist, Self::Swapped];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Checklist => "checklist",
            Self::Swapped => "swapped",
        }
    }
}

/// The findings of one arm on one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whose.
    pub arm: Arm,
    /// The document for which they were made; none for the checklist.
    pub made_for: Option<String>,
    /// Questions and threats; nothing that was set aside.
    pub findings: Vec<Finding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Checklist {
    question: Vec<CheckQuestion>,
    threat: Vec<CheckThreat>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckQuestion {
    text: String,
    choices: Vec<String>,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckThreat {
    story: String,
    change: String,
}

/// The generic checklist, in the form of findings.
pub fn checklist() -> Result<Vec<Finding>, String> {
    let list: Checklist = toml::from_str(include_str!("../../prompts/checklist.toml"))
        .map_err(|error| format!("prompts/checklist.toml: {error}"))?;
    let questions = list.question.iter().enumerate().map(|(n, question)| {
        let told = vec![
            folded(&question.text),
            format!("Answers: {}", folded(&question.choices.join(" / "))),
            format!("Why: {}", folded(&question.why)),
        ];
        Finding::new(Kind::Question, format!("Q{}", n + 1), told)
    });
    let threats = list.threat.iter().enumerate().map(|(n, threat)| {
        let told = vec![folded(&threat.story), format!("Change: {}", folded(&threat.change))];
        Finding::new(Kind::Threat, format!("F{}", n + 1), told)
    });
    Ok(questions.chain(threats).collect())
}

/// What each arm shows for each of these documents (name, findings), arms in the order in which they were asked for.
pub fn shown(documents: &[(String, Vec<Finding>)], arms: &[Arm], seed: u64) -> Result<Vec<Vec<Shown>>, String> {
    let checklist = checklist()?;
    let partners = partners(documents, seed);
    let visible = |findings: &[Finding]| findings.iter().filter(|f| f.kind != Kind::Aside).cloned().collect::<Vec<_>>();
    let one = |arm: Arm, n: usize| {
        let (made_for, findings) = match arm {
            Arm::Ours => documents.get(n).map(|(name, found)| (Some(name.clone()), visible(found)))?,
            Arm::Checklist => (None, checklist.clone()),
            Arm::Swapped => {
                documents.get(*partners.get(n)?).map(|(name, found)| (Some(name.clone()), visible(found)))?
            }
        };
        Some(Shown { arm, made_for, findings })
    };
    if arms.contains(&Arm::Swapped) && documents.len() < 2 {
        return Err("the arm `swapped` needs at least two documents with known concerns".to_owned());
    }
    Ok((0..documents.len()).map(|n| arms.iter().filter_map(|arm| one(*arm, n)).collect()).collect())
}

/// For each document another one: its neighbour in an order drawn by the seed.
fn partners(documents: &[(String, Vec<Finding>)], seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..documents.len()).collect();
    order.sort_by_key(|n| drawn(seed, "swap", documents.get(*n).map_or("", |(name, _)| name)));
    let mut partners = vec![0; order.len()];
    for (place, n) in order.iter().enumerate() {
        let next = order.get((place + 1) % order.len()).copied().unwrap_or_default();
        if let Some(partner) = partners.get_mut(*n) {
            *partner = next;
        }
    }
    partners
}

/// Puts arms into an order that the seed draws for this document; their letters follow it.
pub fn shuffle(document: &str, mut arms: Vec<Shown>, seed: u64) -> Vec<Shown> {
    arms.sort_by_key(|shown| drawn(seed, document, shown.arm.name()));
    arms
}

fn drawn(seed: u64, a: &str, b: &str) -> String {
    Canonical::new("eval-draw", 1).int(seed).text(a).text(b).finish().as_str().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Arm, checklist, partners, shown, shuffle};
    use crate::eval::findings::{Finding, Kind};

    fn documents(n: usize) -> Vec<(String, Vec<Finding>)> {
        let finding = |i: usize| Finding::new(Kind::Question, "Q1".to_owned(), vec![format!("about {i}?")]);
        (0..n).map(|i| (format!("doc{i}"), vec![finding(i)])).collect()
    }

    #[test]
    fn the_checklist_has_six_questions_and_twelve_threats() {
        let list = checklist().unwrap();
        assert_eq!(list.iter().filter(|f| f.kind == Kind::Question).count(), 6);
        assert_eq!(list.iter().filter(|f| f.kind == Kind::Threat).count(), 12);
    }

    #[test]
    fn a_swapped_document_never_keeps_its_own_findings() {
        for seed in 0..20 {
            let mut partners = partners(&documents(5), seed);
            assert!(partners.iter().enumerate().all(|(n, partner)| n != *partner));
            partners.sort_unstable();
            assert_eq!(partners, [0, 1, 2, 3, 4]);
        }
        assert!(shown(&documents(1), &[Arm::Swapped], 0).is_err());
    }

    #[test]
    fn the_seed_shuffles_arms_document_by_document() {
        let all = shown(&documents(12), &Arm::ALL, 1).unwrap();
        let order = |seed: u64| -> Vec<Vec<Arm>> {
            let shuffled = all.iter().enumerate().map(|(n, arms)| shuffle(&format!("doc{n}"), arms.clone(), seed));
            shuffled.map(|arms| arms.iter().map(|shown| shown.arm).collect()).collect()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        assert!(order(1).iter().any(|arms| *arms != order(1)[0]));
    }
}
