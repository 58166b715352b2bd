//! `threadmodel stats`: what reviews cost and bring, by repository and methodology.

use clap::Args;
use comfy_table::CellAlignment;

use super::console;
use super::database::{Database, visit};
use super::outcome::{Outcome, Result};
use crate::review::measure::{Group, Sum, Totals};

/// Says what reviews cost and bring, by repository and methodology: how many questions are answered and how soon, how many
/// answers change the draft, what is accepted and adopted, the security team's time by estimate.
#[derive(Debug, Args)]
#[command(after_help = "\
The same numbers are served at /metrics; docs/metrics.md says how each is counted.
It may run beside `threadmodel serve`.
Exit codes: 0 done; 1 it failed; 2 the configuration is wrong.")]
pub(super) struct Arguments {
    #[command(flatten)]
    database: Database,
}

const HEAD: [&str; 12] = [
    "repository",
    "methodology",
    "reviews",
    "questions each",
    "answered",
    "changed draft",
    "min to question",
    "min to answer",
    "min to green",
    "accepted",
    "adopted",
    "security min each",
];

pub(super) fn run(arguments: &Arguments) -> Result {
    visit(&arguments.database, |store| async move {
        let totals = store.totals().await?;
        if totals.is_empty() {
            console::note("nothing was asked yet");
            return Ok(Outcome::Done);
        }
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::ASCII_MARKDOWN).set_header(HEAD);
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for (group, totals) in &totals {
            table.add_row(row(group, totals));
        }
        console::print(&table.to_string())?;
        Ok(Outcome::Done)
    })
}

fn row(group: &Group, totals: &Totals) -> [String; 12] {
    let sums = &totals.sums;
    [
        group.repository.clone(),
        group.methodology.clone(),
        totals.reviews.to_string(),
        mean(Sum { sum: sums.questions, of: totals.reviews }),
        share(sums.answered, sums.questions),
        share(sums.changed, sums.settled),
        mean(totals.to_first_question),
        mean(totals.to_first_answer),
        mean(totals.to_green),
        share(sums.accepted, sums.decided),
        share(sums.adopted, sums.accepted),
        mean(Sum { sum: sums.security_half_minutes, of: totals.reviews.saturating_mul(2) }),
    ]
}

/// With one decimal; a dash where there is nothing to take the mean of.
fn mean(sum: Sum) -> String {
    let tenths = sum.sum.saturating_mul(10).checked_div(sum.of);
    tenths.map_or_else(|| "–".to_owned(), |tenths| format!("{}.{}", tenths / 10, tenths % 10))
}

fn share(part: u64, whole: u64) -> String {
    let percent = part.saturating_mul(100).checked_div(whole);
    percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}
