//! The yardstick itself, on small corpora of its own with scripted analysts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::arms::{Arm, shown};
use super::compare::{Limits, compare};
use super::corpus::{Case, Files, Group, read};
use super::findings::{Finding, Kind, findings};
use super::play::{Played, Settings, play, probe};
use super::report::{DocumentReport, Recall, Report, Seen, Totals, document};
use super::rubric::{Fault, Rubric, Rule};
use super::sheet::sheet;
use super::terms::{Judge, touches};
use super::{table, ticks};
use crate::analyst::{Answer, AskOutput, AssessOutput, Task};
use crate::threat_model::{
    Anchor, Choice, Component, ComponentKind, Covered, Effort, Fact, Question, Quotations, Reading, Recommendation,
    Severity, Slot, Source, Threat, ThreatModel,
};

const TEXT: &str =
    "# Exports\n\nThe exporter writes a nightly file to the bucket.\nPartners fetch the file with a shared key.\n";

fn case(name: &str, text: &str, expected: &str, answers: Option<&str>) -> Case {
    read(Files {
        name: name.to_owned(),
        file: "doc.md".to_owned(),
        document: text.to_owned(),
        expected: Some(format!(r#"{{"threats": [{expected}]}}"#)),
        meta: None,
        answers: answers.map(str::to_owned),
    })
    .unwrap()
}

fn exports() -> Case {
    case(
        "exports",
        TEXT,
        r#"{"id": "T1", "title": "Shared partner key never revoked", "detail": "A partner that left keeps fetching with the key."},
           {"id": "T2", "title": "Clock skew", "detail": "Nightly rotation depends on synchronised clocks.", "hinted_in_stripped": true}"#,
        Some(r#"{"answers": [{"words": ["KEY"], "answer": "each partner has its own", "then": "really"}]}"#),
    )
}

fn settings() -> Settings {
    Settings { questions: 6, threats: 12, methodology: "four-questions".to_owned() }
}

fn anchor() -> Anchor {
    Anchor {
        path: "exports/doc.md".to_owned(),
        start_line: 4,
        end_line: 4,
        quotation: "Partners fetch the file with a shared key".to_owned(),
    }
}

fn question() -> Question {
    Question {
        concern: "keys.shared".to_owned(),
        subject: "shared key".to_owned(),
        slot: Slot::Secrets,
        anchor: anchor(),
        text: "When a partner leaves, who revokes the shared key?".to_owned(),
        choices: vec![
            Choice { text: "nobody".to_owned(), branch: "nobody".to_owned() },
            Choice { text: "we do".to_owned(), branch: "us".to_owned() },
        ],
        why: "Whoever still has it can go on fetching.".to_owned(),
        value: 500,
    }
}

fn recommendation() -> Recommendation {
    Recommendation {
        ordinal: 1,
        title: "Give each partner a key of its own".to_owned(),
        threat: "t1".to_owned(),
        severity: Severity::High,
        effort: Effort::Small,
        change: "Issue one key for each partner of the bucket, and withdraw it when they leave.".to_owned(),
        alternative: "Rotate the shared key every month.".to_owned(),
        trade_off: "Everybody has to follow.".to_owned(),
        evidence: vec![Source::Document { anchor: anchor() }],
        protects_today: String::new(),
        left_over: String::new(),
        anchor: anchor(),
        suggestion: None,
    }
}

fn model(recommendations: Vec<Recommendation>) -> ThreatModel {
    ThreatModel {
        methodology: "four-questions".to_owned(),
        summary: "Exports.".to_owned(),
        components: vec![Component {
            name: "bucket".to_owned(),
            kind: ComponentKind::Store,
            zone: None,
            evidence: Anchor {
                start_line: 3,
                end_line: 3,
                quotation: "writes a nightly file to the bucket".to_owned(),
                ..anchor()
            },
        }],
        flows: Vec::new(),
        facts: Vec::new(),
        assumptions: Vec::new(),
        threats: vec![Threat {
            id: "t1".to_owned(),
            concern: "keys.shared".to_owned(),
            story: "A former partner goes on reading the bucket, because of \"a shared key\".".to_owned(),
            slot: Slot::Secrets,
            severity: Severity::High,
            impact: Severity::High,
            evidence: vec![Source::Document { anchor: anchor() }],
        }],
        data: Vec::new(),
        recommendations,
        covered: Vec::new(),
        set_aside: Vec::new(),
        attack_tree: None,
        quotations: Quotations::default(),
    }
}

/// An analyst that asks this, takes every answer, and drafts by what was answered.
fn analyst(questions: Vec<Question>, draft: ThreatModel) -> impl FnMut(&Task) -> Result<Answer, String> {
    move |task| {
        Ok(match task {
            Task::Ask(input) => {
                let known =
                    |q: &&Question| !input.facts.iter().any(|f| f.concern.as_deref() == Some(q.concern.as_str()));
                Answer::Ask(AskOutput {
                    questions: questions.iter().filter(known).cloned().collect(),
                    dropped: 0,
                    facts: Vec::new(),
                    considered: Vec::new(),
                })
            }
            Task::Assess(input) => {
                let body = input.replies.last().unwrap().body.clone();
                let reading = if input.last_word {
                    Reading::Answered
                } else {
                    Reading::Unclear { follow_up: "Really?".to_owned() }
                };
                Answer::Assess(AssessOutput {
                    reading,
                    noted: body,
                    by: Some("author".to_owned()),
                    branches: vec!["us".to_owned()],
                    facts: Vec::new(),
                })
            }
            Task::Draft(input) => {
                let safe = input.questions.iter().any(|s| s.branches == ["us"]);
                let mut draft = draft.clone();
                if safe {
                    draft.threats.iter_mut().for_each(|threat| threat.severity = Severity::Low);
                }
                Answer::Draft(Box::new(draft))
            }
            Task::Follow(_) => Answer::Follow(crate::analyst::FollowOutput::default()),
            Task::Refine(_) => Answer::Refine(crate::analyst::RefineOutput::default()),
        })
    }
}

fn faults(questions: Vec<Question>, draft: ThreatModel) -> Vec<Fault> {
    let case = exports();
    let mut analyst = analyst(questions, draft);
    let played = play(&case, &settings(), &mut analyst).unwrap();
    let probed = probe(&case, &settings(), &played, &mut analyst).unwrap();
    Rubric::new(&case, &played).faults(Some(&probed))
}

fn broken_by(change: impl FnOnce(&mut Question)) -> Vec<Rule> {
    let mut question = question();
    change(&mut question);
    faults(vec![question], model(vec![recommendation()])).iter().map(|fault| fault.rule).collect()
}

fn broken_by_advice(change: impl FnOnce(&mut Recommendation, &mut Threat)) -> Vec<Rule> {
    let mut model = model(vec![recommendation()]);
    change(&mut model.recommendations[0], &mut model.threats[0]);
    faults(vec![question()], model).iter().map(|fault| fault.rule).collect()
}

#[test]
fn good_work_breaks_no_rule() {
    assert_eq!(faults(vec![question()], model(vec![recommendation()])), Vec::new());
}

#[test]
fn a_quotation_that_does_not_stand_where_it_says_breaks_q1() {
    assert_eq!(broken_by(|q| q.anchor.quotation = "Partners send us the file".to_owned()), [Rule::Q1]);
    assert_eq!(broken_by(|q| (q.anchor.start_line, q.anchor.end_line) = (3, 3)), [Rule::Q1]);
    assert_eq!(broken_by(|q| q.anchor.path = "other.md".to_owned()), [Rule::Q1]);
    assert_eq!(broken_by(|q| q.anchor.quotation = "key ".repeat(26)), [Rule::Q1]);
}

#[test]
fn asking_what_is_covered_breaks_q2() {
    let mut model = model(vec![recommendation()]);
    model.covered.push(Covered { text: "Who revokes keys of partners".to_owned(), anchor: anchor() });
    let found = faults(vec![question()], model);
    assert_eq!(found.iter().map(|f| f.rule).collect::<Vec<_>>(), [Rule::Q2]);
}

#[test]
fn asking_again_what_the_ledger_holds_breaks_q2() {
    let case = exports();
    let mut deaf = |task: &Task| match task {
        Task::Ask(_) => Ok(Answer::Ask(AskOutput {
            questions: vec![question()],
            dropped: 0,
            facts: Vec::new(),
            considered: Vec::new(),
        })),
        other => analyst(Vec::new(), model(Vec::new()))(other),
    };
    let played = play(&case, &settings(), &mut deaf).unwrap();
    let probed = probe(&case, &settings(), &played, &mut deaf).unwrap();
    let found = Rubric::new(&case, &played).faults(Some(&probed));
    assert!(found.iter().any(|f| f.rule == Rule::Q2 && f.why.starts_with("asked again")), "{found:?}");
}

#[test]
fn answers_that_change_nothing_break_q3() {
    assert_eq!(broken_by(|q| q.choices.truncate(1)), [Rule::Q3]);
    // The drafts differ by the branch `us` only.
    assert_eq!(broken_by(|q| q.choices[1].branch = "them".to_owned()), [Rule::Q3]);
}

#[test]
fn two_questions_in_one_break_q4() {
    assert_eq!(broken_by(|q| q.text = "Who has the shared key? Who can revoke it?".to_owned()), [Rule::Q4]);
    assert_eq!(broken_by(|q| q.text = "Tell us who has the shared key.".to_owned()), [Rule::Q4]);
    assert_eq!(broken_by(|q| q.text = "Who reads and/or writes it?".to_owned()), [Rule::Q4]);
}

#[test]
fn words_of_the_trade_and_hard_reading_break_q5_unless_they_are_the_documents() {
    assert_eq!(broken_by(|q| q.text = "Could somebody spoof a partner?".to_owned()), [Rule::Q5]);
    let hard = "Which organisational authentication considerations necessitate administrative intervention?";
    assert_eq!(broken_by(|q| q.text = hard.to_owned()), [Rule::Q5]);
    assert_eq!(broken_by(|q| q.text = "Who reads \"the threat actor repudiation ledger\"?".to_owned()), []);
}

#[test]
fn blame_and_advice_break_q9_and_q12() {
    assert_eq!(broken_by(|q| q.text = "Why didn't this name who has the key?".to_owned()), [Rule::Q9]);
    assert_eq!(broken_by(|q| q.text = "Have you considered one key for each?".to_owned()), [Rule::Q12]);
}

#[test]
fn a_recommendation_without_standing_words_breaks_r1() {
    assert_eq!(broken_by_advice(|r, _| r.evidence.clear()), [Rule::R1]);
    let reply = |quotation: &str| Source::Reply {
        comment: "answer-1-1".to_owned(),
        login: "author".to_owned(),
        quotation: quotation.to_owned(),
    };
    assert_eq!(broken_by_advice(|r, _| r.evidence.push(reply("really"))), []);
    assert_eq!(broken_by_advice(|r, _| r.evidence.push(reply("nobody ever"))), [Rule::R1]);
    assert_eq!(broken_by_advice(|r, _| r.evidence.push(Source::Assumption { ordinal: 7 })), [Rule::R1]);
}

#[test]
fn a_recommendation_that_fits_any_document_breaks_r2() {
    let general = |r: &mut Recommendation, _: &mut Threat| {
        r.title = "Use least rights".to_owned();
        r.change = "Deny by default.".to_owned();
        r.alternative = "Do nothing.".to_owned();
    };
    assert_eq!(broken_by_advice(general), [Rule::R2]);
}

#[test]
fn a_recommendation_that_the_document_holds_breaks_r3() {
    let said = |r: &mut Recommendation, _: &mut Threat| {
        r.change = "Let the exporter write the nightly file to the bucket.".to_owned();
    };
    assert_eq!(broken_by_advice(said), [Rule::R3]);
}

#[test]
fn an_invented_part_breaks_r4() {
    assert_eq!(broken_by_advice(|r, _| r.change.push_str(" Ask the KeyBroker of the bucket.")), [Rule::R4]);
    assert_eq!(broken_by_advice(|_, t| t.story = "Somebody reads `/admin/dump`.".to_owned()), [Rule::R4]);
    assert_eq!(broken_by_advice(|r, _| r.change.push_str(" Use OAuth.")), []);
}

#[test]
fn answers_are_given_and_given_again() {
    let played = play(&exports(), &settings(), &mut analyst(vec![question()], model(Vec::new()))).unwrap();
    assert_eq!(
        played.replies.iter().map(|r| r.body.as_str()).collect::<Vec<_>>(),
        ["each partner has its own", "really"]
    );
    assert!(!played.settled[0].open);
    let silent = Case { answers: Vec::new(), ..exports() };
    assert!(play(&silent, &settings(), &mut analyst(vec![question()], model(Vec::new()))).unwrap().settled[0].open);
}

#[test]
fn questions_that_ask_the_same_in_other_words_are_found() {
    let other = Question {
        concern: "keys.leaving".to_owned(),
        subject: "partner".to_owned(),
        text: "Who revokes the shared key when partners are leaving?".to_owned(),
        ..question()
    };
    let different = Question { concern: "x".to_owned(), text: "Where does the file go?".to_owned(), ..question() };
    let case = exports();
    let played = play(&case, &settings(), &mut analyst(vec![question(), different, other], model(Vec::new()))).unwrap();
    assert_eq!(Rubric::new(&case, &played).doubled(), [(1, 3)]);
}

#[test]
fn every_quotation_is_checked_again() {
    let mut model = model(vec![recommendation()]);
    model.components[0].evidence.quotation = "a second bucket".to_owned();
    let case = exports();
    let played = play(&case, &settings(), &mut analyst(vec![question()], model)).unwrap();
    // Question, component, threat, recommendation twice.
    let (count, fallen) = Rubric::new(&case, &played).quotations();
    assert_eq!(count, Quotations { checked: 5, found: 4 });
    assert_eq!(fallen, ["\"a second bucket\" does not stand in the document"]);
}

fn said(text: &str) -> Finding {
    Finding::new(Kind::Question, "Q1".to_owned(), vec![text.to_owned()])
}

#[test]
fn terms_touch_by_meaningful_words_and_not_by_what_the_document_is_about() {
    let cases = [exports(), case("other", "# Other\n\nA cache of pages.\n", "", None)];
    let judge = Judge::of(&cases);
    let terms = judge.read(&cases[0]).terms(&cases[0].expected[0]);
    let touched = |text: &str| touches(&terms, &judge.hear(&said(text)));
    assert!(touched("Who revokes the key when a partner has left?"));
    assert!(!touched("Which partner pays for the file that the exporter writes?"));
    assert!(!touched("Is the cache encrypted?"));
    // Words that are only quoted count half.
    assert!(!touched("What does \"revokes the key, partner has left\" mean?"));
}

#[test]
fn a_rare_term_weighs_more_than_a_common_one() {
    let cases = [exports(), case("other", "# Other\n\nA shared page.\n", "", None)];
    let judge = Judge::of(&cases);
    let terms = judge.read(&cases[0]).terms(&cases[0].expected[0]);
    let weight = |stem: &str| terms.iter().find(|term| term.stem == stem).unwrap().weight;
    assert!(weight("revoke") > weight("share"));
    assert!(weight("revoke") > weight("partner"));
}

fn reported(questions: Vec<Question>, further: Vec<Played>) -> DocumentReport {
    let case = exports();
    let judge = Judge::of(std::slice::from_ref(&case));
    let mut analyst = analyst(questions, model(vec![recommendation()]));
    let first = play(&case, &settings(), &mut analyst).unwrap();
    let probed = Some(probe(&case, &settings(), &first, &mut analyst).unwrap());
    let seen = Seen { first, further, probed, milliseconds: 1.0, spent: super::play::Spent::default() };
    document(&case, &settings(), &judge, &seen)
}

fn report(documents: Vec<DocumentReport>) -> Report {
    Report {
        version: super::report::VERSION,
        analyst: "scripted".to_owned(),
        judge: "terms".to_owned(),
        settings: settings(),
        totals: Totals::of(&documents),
        arms: std::collections::BTreeMap::new(),
        documents,
    }
}

#[test]
fn recall_counts_groups_apart() {
    let totals = report(vec![reported(vec![question()], Vec::new())]).totals;
    let one = |expected, touched| Recall {
        expected,
        by_question: touched,
        by_threat: totals.all.by_threat,
        by_either: touched,
        considered: touched,
    };
    assert_eq!(totals.open, one(1, 1));
    assert_eq!((totals.hinted.expected, totals.hinted.by_either), (1, 0));
    assert_eq!(totals.later.expected, 0);
}

#[test]
fn a_run_that_says_something_else_is_not_stable() {
    let case = exports();
    let same = play(&case, &settings(), &mut analyst(vec![question()], model(vec![recommendation()]))).unwrap();
    assert!(reported(vec![question()], vec![same.clone()]).stability.identical);
    let mut other = same;
    other.draft.threats[0].concern = "another".to_owned();
    let stability = reported(vec![question()], vec![other]).stability;
    assert!(!stability.identical);
    assert!((stability.concerns - 0.5).abs() < 1e-9);
}

#[test]
fn a_report_survives_json() {
    let report = report(vec![reported(vec![question()], Vec::new())]);
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap().totals.all, report.totals.all);
    assert!(table::report(&report, true).contains("T1 Shared partner key never revoked: touched by Q1"));
}

#[test]
fn losing_a_concern_is_a_regression_and_the_same_again_is_none() {
    let before = report(vec![reported(vec![question()], Vec::new())]);
    assert_eq!(compare(&before, &before, &Limits::default()), super::compare::Comparison::default());
    let mut quiet = reported(vec![question()], Vec::new());
    quiet.output = "other".to_owned();
    quiet.concerns.iter_mut().for_each(|c| (c.by_question, c.by_threat) = (Vec::new(), Vec::new()));
    let after = report(vec![quiet]);
    let found = compare(&before, &after, &Limits::default());
    assert_eq!(found.differences, ["exports: concerns by either 1 → 0, considered 1 → 0, -T1"]);
    assert_eq!(found.regressions.len(), 2, "{found:?}");
    assert!(compare(&before, &after, &"recall=1,considered=1".parse().unwrap()).regressions.is_empty());
    assert!("recal=1".parse::<Limits>().unwrap_err().contains("none of recall"));
    assert!("recall=-1".parse::<Limits>().is_err());
}

#[test]
fn what_is_beyond_the_limit_counts_as_considered_only() {
    let played = play(&exports(), &settings(), &mut analyst(vec![question()], model(vec![recommendation()]))).unwrap();
    let kinds = |threats| {
        let found = findings(&played, &Settings { threats, ..settings() });
        found.iter().map(|f| (f.kind, f.number.clone())).collect::<Vec<_>>()
    };
    assert_eq!(kinds(12), [(Kind::Question, "Q1".to_owned()), (Kind::Threat, "F1".to_owned())]);
    assert_eq!(kinds(0), [(Kind::Question, "Q1".to_owned()), (Kind::Aside, "S1".to_owned())]);
}

/// A sheet on two documents with all arms, and its key.
fn blind() -> (String, super::sheet::Key) {
    let other = case(
        "other",
        "# Other\n\nA cache of pages.\n",
        r#"{"id": "T1", "title": "Stale page", "not_in_document": true}"#,
        None,
    );
    let cases = [exports(), other];
    let found = [
        ("exports".to_owned(), vec![said("Who revokes the key?")]),
        ("other".to_owned(), vec![said("How old may a page be?")]),
    ];
    let arms = shown(&found, &Arm::ALL, 3).unwrap();
    sheet(&cases.iter().zip(arms).collect::<Vec<_>>(), 3)
}

#[test]
fn a_sheet_names_no_arm_and_an_unticked_one_reads_as_nothing_touched() {
    let (text, key) = blind();
    let findings = text.split_once("## Document").unwrap().1;
    assert!(!["ours", "checklist", "swapped"].iter().any(|name| findings.contains(name)));
    let result = ticks::read(&text, &key).unwrap();
    assert_eq!(result.len(), 3);
    assert!(result.values().all(|ticked| ticked.all.expected == 3 && ticked.all.by_either == 0));
    assert_eq!(result[&Arm::Checklist].questions, 12);
}

#[test]
fn ticks_are_counted_for_the_arm_behind_the_letter() {
    let (text, key) = blind();
    let letter = key.documents[0].arms.iter().find(|arm| arm.arm == Arm::Checklist).unwrap().letter;
    let heading = "## Document exports\n";
    let (head, tail) = text.split_once(heading).unwrap();
    let (before, arm) = tail.split_once(&format!("### Arm {letter}\n")).unwrap();
    let arm = arm.replacen("- [ ] T1:", "- [x] T1: Q3, F5", 1).replacen("- [ ] T2:", "- [X] T2: F1", 1);
    let arm = arm.replacen("- [ ] Q2 a", "- [x] Q2 a", 1);
    let ticked = ticks::read(&format!("{head}{heading}{before}### Arm {letter}\n{arm}"), &key).unwrap();
    let checklist = &ticked[&Arm::Checklist];
    assert_eq!((checklist.all.by_question, checklist.all.by_threat, checklist.all.by_either), (1, 2, 2));
    assert_eq!((checklist.open.by_either, checklist.hinted.by_either, checklist.later.expected), (1, 1, 1));
    assert_eq!(checklist.would_ask, 1);
    assert_eq!(ticked[&Arm::Ours].all.by_either, 0);
    assert!(ticks::told(&ticked).contains("ours is -67 points ahead of checklist by either"));
}

#[test]
fn a_mistake_on_a_sheet_is_named_with_its_line() {
    let (text, key) = blind();
    let line = text.lines().position(|line| line == "- [ ] T1:").unwrap() + 1;
    for (written, why) in [
        ("- [x] T1:", "T1 is ticked but names no finding"),
        ("- [ ] T1: Q1", "T1 names findings but is not ticked"),
        ("- [x] T1: Q99", "has no finding `Q99`"),
        ("- [x] T9: Q1", "exports has no concern T9"),
        ("- [y] T1: Q1", "a box is written `- [ ] ` or `- [x] `"),
        ("-[x] T1: Q1", "a box is written"),
        ("- [x] T1", "after the box comes"),
        ("- [ ] T1:\n- [ ] T1:", "the box of concern T1 stands twice"),
    ] {
        let error = ticks::read(&text.replacen("- [ ] T1:", written, 1), &key).unwrap_err();
        assert!(error.contains(why), "{written}: {error}");
        let at = if why.ends_with("twice") { line + 1 } else { line };
        assert!(error.starts_with(&format!("line {at}: ")), "{written}: {error}");
    }
    let gone = ticks::read(&text.replacen("- [ ] T1:\n", "", 1), &key).unwrap_err();
    assert!(gone.contains("of exports has no box for concern T1"), "{gone}");
    let cut = text.split_once("## Document other").unwrap().0;
    assert!(ticks::read(cut, &key).unwrap_err().contains("the sheet has no arm A of other"));
}

#[test]
fn a_fact_from_a_reply_counts_as_a_quotation() {
    let mut model = model(Vec::new());
    model.facts.push(Fact {
        slot: Slot::Secrets,
        concern: None,
        statement: "x".to_owned(),
        source: Source::Reply {
            comment: "answer-1-0".to_owned(),
            login: "author".to_owned(),
            quotation: "never said".to_owned(),
        },
        at: crate::time::Timestamp::default(),
    });
    let case = exports();
    let played = play(&case, &settings(), &mut analyst(vec![question()], model)).unwrap();
    let (quotations, _) = Rubric::new(&case, &played).quotations();
    assert_eq!(quotations.checked - quotations.found, 1);
    assert_eq!(case.expected[1].group(), Group::Hinted);
}
