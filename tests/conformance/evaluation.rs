//! `threadmodel eval` over twenty real design documents, read in place: the figures that must hold.

use std::process::Command;

use threadmodel::eval::report::Report;
use threadmodel::eval::rubric::Rule;

#[test]
fn hard_rules_hold_on_real_documents() {
    let Some(corpus) = super::shared::shared_part("data/docs", 20) else {
        return;
    };
    let ran = Command::new(env!("CARGO_BIN_EXE_threadmodel")).arg("eval").arg(corpus).arg("--json").output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let report: Report = serde_json::from_slice(&ran.stdout).unwrap();
    let totals = &report.totals;
    assert_eq!((totals.documents, totals.all.expected, totals.low), (20, 44, 4));
    assert!(totals.questions > 20, "it asks: {}", totals.questions);
    assert!(totals.most_questions <= 6);
    assert_eq!(totals.quotations.found, totals.quotations.checked);
    assert_eq!(totals.identical, totals.documents, "the same bytes over two runs");
    assert_eq!(totals.doubled, 0, "no question twice in other words");
    assert!(totals.low_quiet >= 3, "documents without security relevance are left alone");
    assert!(report.documents.iter().filter(|d| d.low).all(|d| d.questions <= 1));
    let broken: Vec<String> = report
        .documents
        .iter()
        .flat_map(|d| d.faults.iter().map(move |f| format!("{:?} {} {}: {}", f.rule, d.name, f.item, f.why)))
        .collect();
    for rule in Rule::ALL {
        assert_eq!(totals.broken[&rule], 0, "{}", broken.join("\n"));
    }
}
