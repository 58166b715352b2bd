//! The report as tables for a terminal.

use comfy_table::{CellAlignment, Table, presets};

use super::compare::Comparison;
use super::corpus::Group;
use super::judged;
use super::report::{DocumentReport, Recall, Report, ratio};
use super::rubric::Rule;
use super::terms::RULE;

/// How many broken rules are told one by one without `--explain`.
const MOST_FAULTS: usize = 12;

/// The whole report.
pub fn report(report: &Report, explain: bool) -> String {
    let mut parts = vec![documents(report), recall(report)];
    parts.extend(arms(report));
    parts.extend([rules(report), summary(report)]);
    parts.extend(faults(report, if explain { usize::MAX } else { MOST_FAULTS }));
    if explain {
        parts.push(explained(report));
    }
    parts.join("\n\n")
}

/// A table in Markdown's form, so that it can be pasted into a page. The columns after the first are numbers.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// `3/4 75%`.
pub(super) fn part(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{part}/{whole} {:.0}%", 100.0 * ratio(part, whole)) }
}

fn documents(report: &Report) -> String {
    let header = [
        "document",
        "Q",
        "threats",
        "aside",
        "concerns",
        "by Q",
        "by threat",
        "either",
        "considered",
        "broken",
        "quotes",
        "doubled",
        "same",
        "ms",
    ];
    table(&header, report.documents.iter().map(row).collect())
}

fn row(d: &DocumentReport) -> Vec<String> {
    let r = Recall::of(d.concerns.iter());
    let of = |n: usize| if r.expected == 0 { "-".to_owned() } else { n.to_string() };
    vec![
        if d.low { format!("{} (low)", d.name) } else { d.name.clone() },
        d.questions.to_string(),
        d.threats.to_string(),
        d.aside.to_string(),
        of(r.expected),
        of(r.by_question),
        of(r.by_threat),
        of(r.by_either),
        of(r.considered),
        d.faults.len().to_string(),
        format!("{}/{}", d.quotations.found, d.quotations.checked),
        d.doubled.len().to_string(),
        if d.stability.identical { "yes".to_owned() } else { format!("{:.2}", d.stability.concerns) },
        format!("{:.0}", d.milliseconds),
    ]
}

/// The header of a table of recall.
pub(super) const RECALL: [&str; 6] =
    ["known concerns", "in all", "by question", "by threat", "by either", "considered"];

/// One row of a table of recall.
pub(super) fn recall_row(name: &str, r: &Recall) -> Vec<String> {
    let of = |n: usize| part(n, r.expected);
    vec![name.to_owned(), r.expected.to_string(), of(r.by_question), of(r.by_threat), of(r.by_either), of(r.considered)]
}

fn recall(report: &Report) -> String {
    let t = &report.totals;
    let rows = vec![
        recall_row("all", &t.all),
        recall_row("cut out of the text", &t.open),
        recall_row("hinted in the text", &t.hinted),
        recall_row("came up later, elsewhere", &t.later),
    ];
    table(&RECALL, rows)
}

fn arms(report: &Report) -> Option<String> {
    let mut rows = Vec::new();
    for (arm, recall) in &report.arms {
        let mut row = recall_row(arm.name(), recall);
        row.pop(); // an arm shows nothing that was set aside
        rows.push(row);
    }
    (!rows.is_empty()).then(|| {
        table(&[&format!("arm, by {}", report.judge), "in all", "by question", "by threat", "by either"], rows)
    })
}

/// What changed since an earlier run.
pub fn comparison(comparison: &Comparison) -> String {
    let list = |head: &str, lines: &[String]| {
        let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
        format!("{head}\n{}", lines.join("\n"))
    };
    let mut parts = Vec::new();
    match comparison.differences.as_slice() {
        [] => parts.push("Since the earlier run: no difference".to_owned()),
        lines => parts.push(list("Since the earlier run:", lines)),
    }
    match comparison.regressions.as_slice() {
        [] => parts.push("No regression.".to_owned()),
        lines => parts.push(list("Regressions:", lines)),
    }
    parts.join("\n")
}

fn rules(report: &Report) -> String {
    let rows = Rule::ALL
        .iter()
        .map(|rule| {
            let broken = report.totals.broken.get(rule).copied().unwrap_or(0);
            let of = if rule.of_questions() { report.totals.questions } else { report.totals.recommendations };
            vec![format!("{rule:?} {}", rule.told()), part(broken, of)]
        })
        .collect();
    table(&["hard rule", "broken by"], rows)
}

fn summary(report: &Report) -> String {
    let t = &report.totals;
    let money = t.spent.micro_dollars;
    [
        format!(
            "{} documents, {} questions ({:.1} each, at most {}), analyst `{}`, judge `{}`, methodology `{}`",
            t.documents,
            t.questions,
            ratio(t.questions, t.documents),
            t.most_questions,
            report.analyst,
            report.judge,
            report.settings.methodology
        ),
        format!("quotations that stand: {}", part(t.quotations.found as usize, t.quotations.checked as usize)),
        format!(
            "documents without security relevance: {}; left alone {}; questions on them {}",
            t.low, t.low_quiet, t.low_questions
        ),
        format!("pairs of questions that ask the same: {}", t.doubled),
        format!(
            "stability over {} runs: the same bytes on {} documents, concerns alike {:.2}",
            report.documents.first().map_or(1, |d| d.stability.runs),
            part(t.identical, t.documents),
            t.concerns_stable
        ),
        format!(
            "time {:.0} ms, tokens {}, money ${}.{:06}",
            t.milliseconds,
            t.spent.tokens,
            money / 1_000_000,
            money % 1_000_000
        ),
    ]
    .join("\n")
}

fn faults(report: &Report, most: usize) -> Option<String> {
    let of = |d: &DocumentReport| {
        let name = &d.name;
        let rules = d.faults.iter().map(|f| format!("  {:?} {name} {}: {}", f.rule, f.item, f.why));
        let quotations = d.fallen.iter().map(|why| format!("  quotation {name}: {why}"));
        let doubled = d.doubled.iter().map(|(a, b)| format!("  doubled {name}: Q{a} and Q{b}"));
        rules.chain(quotations).chain(doubled).collect::<Vec<_>>()
    };
    let all: Vec<String> = report.documents.iter().flat_map(of).collect();
    if all.is_empty() {
        return None;
    }
    let mut told = vec!["What is wrong:".to_owned()];
    told.extend(all.iter().take(most).cloned());
    if all.len() > most {
        told.push(format!("  and {} more: --explain tells all", all.len() - most));
    }
    Some(told.join("\n"))
}

fn explained(report: &Report) -> String {
    let mut told = vec![if report.judge == "terms" { RULE.to_owned() } else { judged::RULE.to_owned() }];
    for document in report.documents.iter().filter(|d| !d.concerns.is_empty()) {
        told.push(format!("\n{}", document.name));
        for concern in &document.concerns {
            let group = match concern.group {
                Group::Open => "",
                Group::Hinted => " (hinted)",
                Group::Later => " (later)",
            };
            let touched: Vec<&str> = [&concern.by_question, &concern.by_threat, &concern.by_aside]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            let by = if touched.is_empty() { "nothing".to_owned() } else { touched.join(", ") };
            told.push(format!("  {} {}{group}: touched by {by}", concern.id, concern.title));
            let terms: Vec<String> = concern.terms.iter().map(|t| format!("{} {:.2}", t.stem, t.weight)).collect();
            if !terms.is_empty() {
                told.push(format!("    {}", terms.join(", ")));
            }
            told.extend(concern.quoted.iter().map(|words| format!("    {words}")));
        }
    }
    told.join("\n")
}
