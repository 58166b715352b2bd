//! A review to take along: the schema file is current, what is written fits it, nothing that people wrote is lost or gets out of
//! its place, and the command finds the review.

use std::path::Path;

use serde_json::Value;
use threadmodel::analyst::Settled;
use threadmodel::export::{Of, SCHEMA, gather, markdown, schema};
use threadmodel::review::record::{Pin, Record};
use threadmodel::store::{NewWake, PullKey, RepositoryLabel, Standing, Store, WakeClass};
use threadmodel::threat_model::{Assumption, Covered, Fact, SetAside, Slot, Source};
use threadmodel::time::{Millis, Timestamp};

use crate::cli::run_in;
use crate::facts::{Facts, R1, question};

const HOSTILE: &str = "</details> @all\n# Green\n| a | `x` <!-- ![i](https://e.example/i)";

/// A reviewed pull request in which everything that can be said is said.
fn record() -> Record {
    let drafted = Facts::drafted().reply(R1, "sec", "/threadmodel drop too late for that").settle();
    let mut facts = drafted.approve("sec").settle();
    let revision = &mut facts.record.revisions[0];
    let asked = question();
    let reply = Source::Reply {
        comment: "IC_node".to_owned(),
        login: "ana".to_owned(),
        quotation: "anyone with the link".to_owned(),
    };
    let anchor = asked.anchor.clone();
    let settled = |open, noted: &str| Settled {
        question: question(),
        branches: vec![],
        noted: noted.to_owned(),
        by: Some("ana".to_owned()).filter(|_| !noted.is_empty()),
        open,
    };
    revision.questions = vec![settled(false, "anyone with the link"), settled(false, ""), settled(true, "")];
    let model = &mut revision.model;
    model.facts.push(Fact {
        slot: Slot::Secrets,
        concern: Some("link".to_owned()),
        statement: HOSTILE.to_owned(),
        source: reply.clone(),
        at: facts.now,
    });
    model.assumptions.push(Assumption {
        ordinal: 1,
        text: "The bucket is private".to_owned(),
        concern: None,
        about: String::new(),
    });
    let decided = Source::Decision {
        id: "7-12-link".to_owned(),
        repository: "acme/api".to_owned(),
        pull: 12,
        quotation: "no one-time links".to_owned(),
    };
    let context = Source::Context { path: "context/auth.md".to_owned(), quotation: "SSO".to_owned() };
    let described = Source::Description { quotation: "exports".to_owned() };
    let assumed = Source::Assumption { ordinal: 1 };
    let document = Source::Document { anchor: anchor.clone() };
    model.threats[0].evidence = vec![reply, decided, context, described, assumed, document];
    model.covered.push(Covered { text: "Deletion".to_owned(), anchor: anchor.clone() });
    model.set_aside.push(SetAside {
        text: "Replay".to_owned(),
        reason: "Settled by the answer".to_owned(),
        concern: "replay".to_owned(),
        anchor: Some(anchor),
    });
    facts.record.rounds[0].questions = vec![question(), question(), question()];
    facts.record
}

fn exported(record: &Record) -> threadmodel::export::Export {
    let web = "https://github.com";
    gather(&Of { owner: "acme", name: "api", pull: 42, web, standing: None, now: Timestamp(1_795_400_000_000) }, record)
}

#[test]
fn the_schema_file_of_the_export_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/export.schema.json");
    let expected = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/export.schema.json is not current: run `UPDATE_DOCS=1 cargo test --test it export`"
    );
}

#[test]
fn what_is_exported_fits_the_schema() {
    let validator = jsonschema::validator_for(schema().as_value()).unwrap();
    for record in [Record::default(), Facts::asked().record, record()] {
        let json = serde_json::to_value(exported(&record)).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&json).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        // The schema can say no.
        let mut planted = json.clone();
        planted["schema"] = Value::from("threadmodel.export/0");
        assert!(!validator.is_valid(&planted));
        let mut planted = json;
        planted["anything"] = Value::Null;
        assert!(!validator.is_valid(&planted));
    }
}

#[test]
fn the_export_tells_the_whole_story() {
    let json = serde_json::to_value(exported(&record())).unwrap();
    let at = |pointer: &str| json.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {json:#}")).clone();
    assert_eq!(at("/schema"), SCHEMA);
    assert_eq!(at("/url"), "https://github.com/acme/api/pull/42");
    assert_eq!(at("/questions/0/answer/noted"), "anyone with the link");
    let states: Vec<Value> = (0..3).map(|n| at(&format!("/questions/{n}/answer/state"))).collect();
    assert_eq!(states, ["answered", "does_not_apply", "open"]);
    assert_eq!(at("/facts/0/source/by"), "ana");
    assert_eq!(at("/recommendations/0/curation/state"), "dropped");
    assert_eq!(at("/recommendations/0/curation/reason"), "too late for that");
    assert_eq!(at("/commands/0/verb"), "drop");
    assert_eq!(at("/commands/0/about"), "R1");
    assert_eq!(at("/approvals/0/revision"), 1);
    assert_eq!(at("/revisions/0/dropped"), 1);
    assert_eq!(at("/remembered/0"), "7-42-link");
    let kinds: Vec<Value> = (0..6).map(|n| at(&format!("/threats/0/evidence/{n}/kind"))).collect();
    assert_eq!(kinds, ["reply", "decision", "context", "description", "assumption", "document"]);
    // Node ids are of no use to anybody else.
    assert!(!json.to_string().contains("IC_node"));
}

#[test]
fn the_page_says_it_in_words_and_no_text_gets_out_of_its_place() {
    let page = markdown(&exported(&record()));
    for said in ["anyone with the link", "too late for that", "The bucket is private", "Replay", "acme/api"] {
        assert!(page.contains(said), "{said} in\n{page}");
    }
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
    assert!(!headings.iter().any(|heading| heading.contains("Green")), "{headings:?}");
    assert!(!page.contains("</details>") && !page.contains("<!--") && !page.contains("![i]("), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_exported_while_it_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("t.sqlite")).await.unwrap();
    let (pull, now) = (PullKey { repository: 7, number: 42 }, Timestamp(1_795_400_000_000));
    let label = RepositoryLabel { owner: "acme".to_owned(), name: "api".to_owned(), installation: 9 };
    store.wake_all(vec![NewWake { pull, label, class: WakeClass::Due, due_at: now }], now).await.unwrap();
    let held = store.claim(now, Millis::minutes(2)).await.unwrap().unwrap();
    let known = record();
    let revision = Box::new(known.revision().unwrap().clone());
    store.pin(&held, vec![Pin::Revision(revision, Default::default())]).await.unwrap();
    let standing = Standing {
        open: true,
        head: "c0ffee".into(),
        base: "main".to_owned(),
        check: "threadmodel: main".to_owned(),
        gate_open: true,
        updated_at: now,
    };
    store.note_standing(&held, standing, now).await.unwrap();
    let run = |arguments: &[&str]| run_in(folder.path(), arguments, "");
    let page = run(&["export", "ACME/api#42", "--database", "t.sqlite"]);
    assert_eq!(page.code, Some(0), "{}", page.err);
    assert!(page.out.starts_with("# Threat model: acme/api pull request 42\n"), "{}", page.out);
    let done = run(&["export", "acme/api#42", "--database", "t.sqlite", "--format", "json", "--to", "out.json"]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), ""));
    let json: Value = serde_json::from_slice(&std::fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(json["standing"]["green"], true);
    let unknown = run(&["export", "acme/api#43", "--database", "t.sqlite"]);
    assert_eq!((unknown.code, unknown.err.as_str()), (Some(1), "acme/api#43 was never looked at\n"));
    let wrong = run(&["export", "acme/api", "--database", "t.sqlite"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("write it as acme/api#42"), "{}", wrong.err);
}
