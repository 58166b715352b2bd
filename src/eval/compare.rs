//! Two runs side by side: what changed, document by document, and whether that is a regression.

use super::report::{DocumentReport, Recall, Report, Totals, ratio};

/// How much worse a run may be before it is a regression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Loss of recall by either, as a share of known concerns.
    pub recall: f64,
    /// Loss of recall over all that was considered.
    pub considered: f64,
    /// More questions a document.
    pub questions: f64,
    /// More broken hard rules, on all documents.
    pub rules: f64,
    /// Loss of the share of quotations that stand.
    pub quotations: f64,
    /// More questions on documents without security relevance.
    pub low: f64,
    /// More pairs of questions that ask the same.
    pub doubled: f64,
    /// Loss of the share of documents on which every run says the same.
    pub stability: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            recall: 0.02,
            considered: 0.02,
            questions: 1.0,
            rules: 0.0,
            quotations: 0.0,
            low: 0.0,
            doubled: 0.0,
            stability: 0.0,
        }
    }
}

impl std::str::FromStr for Limits {
    type Err = String;

    /// `recall=0.05,questions=2`; what is not named keeps its default.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("`{part}` is not NAME=NUMBER"))?;
            let value: f64 = value.trim().parse().map_err(|_| format!("`{value}` is no number"))?;
            if !(value.is_finite() && value >= 0.0) {
                return Err(format!("`{part}`: a limit is zero or more"));
            }
            *limits.named(name.trim())? = value;
        }
        Ok(limits)
    }
}

impl Limits {
    fn named(&mut self, name: &str) -> Result<&mut f64, String> {
        Ok(match name {
            "recall" => &mut self.recall,
            "considered" => &mut self.considered,
            "questions" => &mut self.questions,
            "rules" => &mut self.rules,
            "quotations" => &mut self.quotations,
            "low" => &mut self.low,
            "doubled" => &mut self.doubled,
            "stability" => &mut self.stability,
            _ => {
                return Err(format!(
                    "`{name}` is none of recall, considered, questions, rules, quotations, low, doubled, stability"
                ));
            }
        })
    }
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// One line a difference.
    pub differences: Vec<String>,
    /// Those that are worse than the limits allow.
    pub regressions: Vec<String>,
}

/// Compares a run with an earlier one, on the documents that both have.
pub fn compare(before: &Report, after: &Report, limits: &Limits) -> Comparison {
    let mut out = Comparison::default();
    let mut pairs: Vec<(&DocumentReport, &DocumentReport)> = Vec::new();
    for document in &after.documents {
        match before.documents.iter().find(|earlier| earlier.name == document.name) {
            Some(earlier) => pairs.push((earlier, document)),
            None => out.differences.push(format!("{}: new", document.name)),
        }
    }
    for earlier in before.documents.iter().filter(|e| !pairs.iter().any(|(known, _)| known.name == e.name)) {
        out.differences.push(format!("{}: gone", earlier.name));
    }
    for (name, a, b) in [("judge", &before.judge, &after.judge), ("analyst", &before.analyst, &after.analyst)] {
        if a != b {
            out.differences.push(format!("{name}: {a} → {b}"));
        }
    }
    if before.settings != after.settings {
        out.differences.push("settings differ: questions, threats or methodology".to_owned());
    }
    out.differences.extend(pairs.iter().filter_map(|(earlier, document)| difference(earlier, document)));
    let totals = |side: fn(&(&DocumentReport, &DocumentReport)) -> DocumentReport| {
        Totals::of(&pairs.iter().map(side).collect::<Vec<_>>())
    };
    out.regressions = regressions(&totals(|pair| pair.0.clone()), &totals(|pair| pair.1.clone()), limits);
    out
}

fn difference(before: &DocumentReport, after: &DocumentReport) -> Option<String> {
    if before.output == after.output && before.concerns == after.concerns && before.faults == after.faults {
        return None;
    }
    let (a, b) = (Recall::of(before.concerns.iter()), Recall::of(after.concerns.iter()));
    let numbers = [
        ("questions", before.questions, after.questions),
        ("threats", before.threats, after.threats),
        ("aside", before.aside, after.aside),
        ("concerns by either", a.by_either, b.by_either),
        ("considered", a.considered, b.considered),
        ("broken rules", before.faults.len(), after.faults.len()),
        ("doubled", before.doubled.len(), after.doubled.len()),
    ];
    let mut parts: Vec<String> =
        numbers.iter().filter(|(_, a, b)| a != b).map(|(name, a, b)| format!("{name} {a} → {b}")).collect();
    let touched = |document: &DocumentReport, id: &str| {
        document.concerns.iter().any(|c| c.id == id && !(c.by_question.is_empty() && c.by_threat.is_empty()))
    };
    for concern in &after.concerns {
        match (touched(before, &concern.id), touched(after, &concern.id)) {
            (false, true) => parts.push(format!("+{}", concern.id)),
            (true, false) => parts.push(format!("-{}", concern.id)),
            _ => {}
        }
    }
    if parts.is_empty() {
        parts.push("other words, same figures".to_owned());
    }
    Some(format!("{}: {}", after.name, parts.join(", ")))
}

#[expect(clippy::cast_precision_loss, reason = "counts of findings are small")]
fn regressions(before: &Totals, after: &Totals, limits: &Limits) -> Vec<String> {
    let recall = |t: &Totals| ratio(t.all.by_either, t.all.expected);
    let considered = |t: &Totals| ratio(t.all.considered, t.all.expected);
    let rules = |t: &Totals| t.broken.values().sum::<usize>() as f64;
    // No quotation at all is no bad one.
    let quotations = |t: &Totals| {
        if t.quotations.checked == 0 { 1.0 } else { f64::from(t.quotations.found) / f64::from(t.quotations.checked) }
    };
    let each = |t: &Totals| ratio(t.questions, t.documents);
    let alike = |t: &Totals| if t.documents == 0 { 1.0 } else { ratio(t.identical, t.documents) };
    let worse = [
        ("recall", recall(before) - recall(after), limits.recall, recall(before), recall(after)),
        (
            "considered",
            considered(before) - considered(after),
            limits.considered,
            considered(before),
            considered(after),
        ),
        ("questions", each(after) - each(before), limits.questions, each(before), each(after)),
        ("rules", rules(after) - rules(before), limits.rules, rules(before), rules(after)),
        (
            "quotations",
            quotations(before) - quotations(after),
            limits.quotations,
            quotations(before),
            quotations(after),
        ),
        (
            "low",
            after.low_questions as f64 - before.low_questions as f64,
            limits.low,
            before.low_questions as f64,
            after.low_questions as f64,
        ),
        (
            "doubled",
            after.doubled as f64 - before.doubled as f64,
            limits.doubled,
            before.doubled as f64,
            after.doubled as f64,
        ),
        ("stability", alike(before) - alike(after), limits.stability, alike(before), alike(after)),
    ];
    // A hair's breadth of rounding is no regression.
    let found = worse.iter().filter(|(_, by, limit, ..)| *by > limit + 1e-9);
    found.map(|(name, _, limit, a, b)| format!("{name}: {a:.3} → {b:.3} (limit {limit})")).collect()
}
