//! The policy's generated files are current. `UPDATE_DOCS=1 cargo test --test it policy` writes them.

use std::path::Path;

use threadmodel::policy::{Policy, reference_markdown, schema};

/// Compares a file of `docs/` with what it should be, or writes it.
fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{name} is not current: run `UPDATE_DOCS=1 cargo test --test it policy` and commit"
    );
}

#[test]
fn the_schema_file_is_current() {
    let schema = serde_json::to_string_pretty(&schema()).unwrap();
    check("policy.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_page_is_current() {
    check("policy.md", &reference_markdown());
}

#[test]
fn the_examples_of_the_page_are_policies() {
    let page = reference_markdown();
    let examples: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 3);
    for example in examples {
        if example.contains("locked:") {
            threadmodel::policy::OrgPolicy::parse(example).unwrap();
        } else {
            Policy::parse(example).unwrap();
        }
    }
}

#[test]
fn the_schema_takes_the_default_policy_and_refuses_what_the_reader_refuses() {
    let validator = jsonschema::validator_for(schema().as_value()).unwrap();
    let default = serde_json::to_value(Policy::default()).unwrap();
    assert!(validator.is_valid(&default));
    for wrong in [
        r#"{"metodology": "stride"}"#,
        r#"{"mode": "strict"}"#,
        r#"{"approval": {"required": 0}}"#,
        r#"{"approval": {"teams": ["security"]}}"#,
        r#"{"reminders": {"after": "soon"}}"#,
        r#"{"methodology": "strid"}"#,
        r#"{"trivial": {"sample": 2}}"#,
    ] {
        // JSON is YAML.
        assert!(Policy::parse(wrong).is_err(), "{wrong}");
        assert!(!validator.is_valid(&serde_json::from_str(wrong).unwrap()), "{wrong}");
    }
}
