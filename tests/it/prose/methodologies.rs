//! The same threat model, read through each methodology.

use std::collections::{BTreeMap, BTreeSet};

use threadmodel::prose::draft::{self, Draft};
use threadmodel::prose::recommendation::{Dropped, Outcome};
use threadmodel::threat_model::*;

use super::example::*;
use super::surfaces::show;

/// The example with threats of several kinds and the data that it handles.
pub(super) fn through(methodology: &str) -> ThreatModel {
    let threat = |id: &str, concern: &str, slot, story: &str, quotation: &str, impact| Threat {
        id: id.into(),
        concern: concern.into(),
        story: story.into(),
        slot,
        severity: Severity::Medium,
        impact,
        evidence: vec![Source::Document { anchor: anchor(42, quotation) }],
    };
    let data = |name: &str, class, handling, line| DataItem {
        name: name.into(),
        class,
        handling,
        evidence: anchor(line, name),
    };
    let threats = vec![
        threat(
            "t1",
            "link-lifetime",
            Slot::DataTypes,
            "A forwarded mail opens a customer's invoices for a week",
            "The customer gets the postal address and the invoices through a signed link",
            Severity::High,
        ),
        threat(
            "t2",
            "x",
            Slot::Logging,
            "Nobody could say who in support looked",
            "export-worker writes a line",
            Severity::Medium,
        ),
        threat(
            "t3",
            "x",
            Slot::FailureModes,
            "A second job writes the file twice",
            "exports-bucket holds one file",
            Severity::Low,
        ),
        threat("t4", "x", Slot::Purpose, "It is used for something else", "as often as they like", Severity::Low),
    ];
    let titles = [
        "Tie the link to the signed-in customer",
        "Record who in support opened which export",
        "Keep one file for one job",
        "Say what it is for",
    ];
    let named = |(title, n): (&&str, u32)| Recommendation { threat: format!("t{n}"), ..recommendation(n, title) };
    let base = model();
    ThreatModel {
        methodology: methodology.into(),
        recommendations: titles.iter().zip(1..).map(named).collect(),
        assumptions: vec![Assumption {
            ordinal: 1,
            text: "The bucket is not public".into(),
            concern: Some("link-lifetime".into()),
            about: "link-lifetime".into(),
        }],
        data: vec![
            data("postal address", DataClass::Personal, Handling::Stored, 15),
            data("signing key", DataClass::Secret, Handling::Used, 16),
            data("invoices", DataClass::Internal, Handling::Sent, 17),
        ],
        covered: vec![Covered { text: "encryption at rest".into(), anchor: anchor(42, "x") }],
        threats,
        ..base
    }
}

pub(super) fn drafted(model: &ThreatModel, stories: bool) -> String {
    let dropped = Outcome::Dropped(Dropped { by: None, reason: "we never log reads" });
    let draft = Draft {
        model,
        reviewers: vec!["@acme/security".into()],
        curated: false,
        outcomes: BTreeMap::from([(2, dropped)]),
        notes: BTreeMap::new(),
        threaded: BTreeSet::from([1, 2, 3, 4]),
        asked: 4,
        answered: 4,
        stories,
        advises: false,
    };
    draft::body(&context(), &draft).as_str().to_owned()
}

/// Without what every draft begins with, and without addresses.
fn own_part(body: &str) -> String {
    let rest = body.split_once("```\n\n").map_or(body, |(_, rest)| rest);
    let mut out = String::new();
    let mut parts = rest.split("](http");
    out.push_str(parts.next().unwrap());
    for part in parts {
        out.push(']');
        out.push_str(part.split_once(')').unwrap().1);
    }
    out
}

#[test]
fn the_same_model_through_each_methodology() {
    let known = threadmodel::methodology::embedded().unwrap();
    let texts = known.iter().map(|m| (m.id.as_str(), own_part(&drafted(&through(&m.id), true))));
    insta::assert_snapshot!(show(texts));
}

#[test]
fn what_approving_accepts_is_on_the_page_whatever_the_methodology() {
    for method in threadmodel::methodology::embedded().unwrap() {
        for stories in [true, false] {
            let body = drafted(&through(&method.id), stories);
            for needed in ["**A1** The bucket is not public.", "| R1 |", "| R4 |", "(dropped: “we never log reads”)"]
            {
                assert!(body.contains(needed), "{}: {needed} in {body}", method.id);
            }
        }
    }
}

#[test]
fn on_a_public_page_no_methodology_tells_stories() {
    for method in threadmodel::methodology::embedded().unwrap() {
        let body = drafted(&through(&method.id), false);
        let table: Vec<&str> = body.split("<details>").collect();
        assert!(!table[0].contains("A forwarded mail") && body.contains("This repository is public"), "{body}");
        assert!(!body.contains("Nobody could say who in support looked"), "{}: {body}", method.id);
    }
}

#[test]
fn a_methodology_that_does_not_fit_says_so_and_fills_nothing() {
    let no_people = ThreatModel {
        data: vec![],
        threats: vec![],
        recommendations: vec![],
        assumptions: vec![],
        ..through("linddun")
    };
    let body = drafted(&no_people, true);
    assert!(body.contains("linddun has nothing to say here. four-questions would."), "{body}");
    assert!(!body.contains("###"), "{body}");
    let no_parts = ThreatModel { components: vec![], flows: vec![], ..through("stride") };
    let body = drafted(&no_parts, true);
    assert!(body.contains("nothing is laid out by element") && !body.contains("Parts of the system"), "{body}");
    let nothing = ThreatModel { threats: vec![], recommendations: vec![], ..no_parts };
    assert!(!drafted(&nothing, true).contains("laid out by element"));
}

#[test]
fn one_that_is_not_known_is_told_and_the_default_followed() {
    let body = drafted(&through("octave"), true);
    assert!(body.contains("*`octave` is not known here. This draft follows four-questions.*"));
    let expected = drafted(&through("four-questions"), true);
    assert_eq!(body.lines().filter(|l| !l.contains("octave")).count(), expected.lines().count() + 1);
}

#[test]
fn words_of_a_file_and_of_a_model_are_escaped_in_every_section() {
    let evil = "<img src=x> @acme/all ![x](http://evil) | /close";
    for method in threadmodel::methodology::embedded().unwrap() {
        let path = format!("{}/prompts/methodologies/{}.toml", env!("CARGO_MANIFEST_DIR"), method.id);
        let file = std::fs::read_to_string(path).unwrap();
        let file = file.replace("heading = \"", &format!("heading = \"{evil}"));
        let file = file.replace("\ntitle = \"", &format!("\ntitle = \"{evil}"));
        let mut model = through(&file.replace("stop_when = \"", &format!("stop_when = \"{evil}")));
        for data in &mut model.data {
            data.name = format!("{evil} postal address");
        }
        for part in &mut model.components {
            part.name = format!("{evil}{}", part.name);
            part.zone = Some(evil.into());
        }
        for threat in &mut model.threats {
            threat.id = format!("{evil}{}", threat.id);
            threat.evidence = vec![Source::Document { anchor: anchor(42, &format!("{evil} postal address customer")) }];
        }
        let body = drafted(&model, true);
        let outside_pictures = body.split("```").step_by(2).collect::<String>();
        for bad in ["<img", "@acme/all", "![x]", "(http://evil"] {
            assert!(!outside_pictures.contains(bad), "{}: {bad} in {outside_pictures}", method.id);
        }
    }
}

#[test]
fn a_huge_model_stays_within_what_github_takes() {
    for method in threadmodel::methodology::embedded().unwrap() {
        let mut model = through(&method.id);
        let base = model.clone();
        for _ in 0..200 {
            model.components.extend(base.components.clone());
            model.data.extend(base.data.clone());
            model.threats.extend(base.threats.clone());
            model.assumptions.extend(base.assumptions.clone());
            model.recommendations.extend(base.recommendations.clone());
        }
        assert!(drafted(&model, true).chars().count() <= 60_000, "{}", method.id);
    }
}
