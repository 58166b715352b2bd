//! What a policy file may say, and what is said about one that may not.

use super::problem::did_you_mean;
use super::*;
use proptest::prelude::*;

fn problem(text: &str) -> String {
    Policy::parse(text).unwrap_err().to_string()
}

/// The problem of a file, without the name of the file.
#[track_caller]
fn check(text: &str, expected: &str) {
    let problem = problem(text);
    let shown = problem.strip_prefix("`.github/threadmodel.yml`, line ").unwrap();
    assert_eq!(shown, expected);
}

#[test]
fn a_file_that_says_nothing_gives_the_defaults() {
    for text in ["", "\n", "# only words\n\n", "{}"] {
        assert_eq!(Policy::parse(text), Ok(Policy::default()), "{text:?}");
    }
}

#[test]
fn every_setting_is_read() {
    let policy = Policy::parse(
        r#"
documents: ["plans/**"]
ignore: ["plans/old/"]
mode: advise
check: { name: "tm {base}", groups: { "release/*": "tm release" } }
methodology: docs/our-way.md
questions: { max: 3, followups: 0, rounds: 1 }
approval: { teams: ["@acme/security", "@acme/crypto"], required: 2, must_fix: true, fallback: ["@acme/leads"] }
trivial: { paths: ["plans/log.md"], then: acknowledge, sample: 1 }
reminders: { after: 12h, then: wait }
context: ["notes/*.md"]
prompts: own/prompts
suggestions: off
visibility: full
outsiders: built-in
links: [Wiki.example.com]
budget: { tokens_per_review: 5000, calls_per_hour: 1 }
language: pt-BR
"#,
    )
    .unwrap();
    let default = serde_json::to_value(Policy::default()).unwrap();
    let read = serde_json::to_value(&policy).unwrap();
    for name in read::names() {
        let value = |json: &serde_json::Value| json.pointer(&format!("/{}", name.replace('.', "/"))).cloned().unwrap();
        assert_ne!(value(&read), value(&default), "{name} was not read");
    }
    assert_eq!(policy.reminders.after.hours(), 12);
    assert_eq!(policy.approval.teams[0].to_string(), "@acme/security");
    assert_eq!(policy.links, ["wiki.example.com"]);
}

#[test]
fn a_setting_in_a_group_leaves_the_others_alone() {
    let policy = Policy::parse("questions: { max: 2 }").unwrap();
    assert_eq!(policy.questions, Questions { max: 2, ..Questions::default() });
}

#[test]
fn unknown_settings_are_told_with_their_place() {
    check(
        "mode: advise\n\nmetodology: stride\n",
        "3, column 1: `metodology` is not a setting. Did you mean `methodology`?",
    );
    check(
        "approval:\n  teams: []\n  requried: 2\n",
        "3, column 3: `approval.requried` is not a setting. Did you mean `required`?",
    );
    check("required: 2\n", "1, column 1: `required` is not a setting. Did you mean `approval.required`?");
    check(
        "budget: { money: 2 }",
        "1, column 11: `budget.money` is not a setting. There are `tokens_per_review` and `calls_per_hour`.",
    );
    check(
        "mode: advise\nlocked: [mode]\n",
        "2, column 1: `locked` is not a setting. There are `documents`, `ignore`, `mode`, `check`, `methodology`, \
         `questions`, `approval`, `trivial`, `reminders`, `context`, `prompts`, `suggestions`, `visibility`, \
         `outsiders`, `links`, `budget` and `language`.",
    );
}

#[test]
fn wrong_values_are_told_with_what_is_allowed() {
    check("mode: strict", "1, column 7: `mode` must be `enforce` or `advise`, not `strict`.");
    check(
        "approval: { required: 0 }",
        "1, column 23: `approval.required` must be a whole number from 1 to 10, not `0`.",
    );
    check("questions: { max: many }", "1, column 19: `questions.max` must be a whole number from 1 to 20, not `many`.");
    check(
        "reminders: { after: 3 }",
        "1, column 21: `reminders.after` must be days or hours such as `3d` or `12h`, from `1h` to `90d`, not `3`.",
    );
    check("trivial: { sample: 1.5 }", "1, column 20: `trivial.sample` must be a number from 0 to 1, not `1.5`.");
    check(
        "approval: { teams: [security] }",
        "1, column 21: `approval.teams[0]` must be a team such as `\"@acme/security\"` (with quotes), not `security`.",
    );
    check("documents: docs/*.md", "1, column 12: `documents` must be a list in `[ ]`, not `docs/*.md`.");
    check(
        "documents:\n  - docs/*.md\n  - a/{b\n",
        "3, column 5: the pattern `a/{b` cannot be read: unclosed alternate group; missing '}' \
         (maybe escape '{' with '[{]'?).",
    );
    check(
        "prompts: ../elsewhere",
        "1, column 10: `prompts` must be a path in the repository, without `..` and `/` at its beginning, \
         not `../elsewhere`.",
    );
    check(
        "check: { name: threadmodel }",
        "1, column 16: `check.name` must hold `{base}`: without it, a check that is green on one branch would count \
         on another.",
    );
    check("- a", "1, column 1: the file must hold `name: value` pairs, not a list.");
    check("approval:", "1, column 9: `approval` must hold `name: value` pairs, not nothing.");
    assert!(problem("methodology: strid").ends_with("not `strid`. Did you mean `stride`?"));
}

#[test]
fn what_is_not_yaml_is_told() {
    check("mode: advise\nmode: enforce\n", "2, column 1: `mode` is set twice.");
    for text in [
        "mode: [",
        "mode: \"x",
        "a: b: c",
        "\tmode: x",
        "---\nmode: advise\n---\nmode: enforce",
        "&a mode: advise",
        "mode: &x advise\nvisibility: *x",
        "<<: { mode: advise }",
        "mode: !!binary x",
        "? [a]\n: b",
        "\u{0}",
        "%YAML 9.9",
    ] {
        let problem = Policy::parse(text).unwrap_err();
        assert!(problem.line >= 1 && problem.column >= 1, "{text}: {problem}");
        assert!(!problem.message.contains('\n'), "{text}: {problem}");
    }
}

#[test]
fn hostile_files_are_refused_quickly() {
    let bomb = "a: &a [1, 1]\nb: &b [*a, *a]\nc: &c [*b, *b]\n".to_owned();
    for text in [bomb, "[".repeat(60_000), "{a: ".repeat(10_000), " ".repeat(MAX_BYTES + 1)] {
        assert!(Policy::parse(&text).is_err());
    }
}

#[test]
fn quoted_text_cannot_leave_its_backticks() {
    let problem = Policy::parse("\"a`\\n# b\": 1").unwrap_err();
    assert!(problem.message.starts_with("`a\u{fffd}\u{fffd}# b` is not a setting."), "{problem}");
}

#[test]
fn near_words_are_suggested_and_far_ones_are_not() {
    let known = ["documents", "mode", "approval"];
    assert_eq!(did_you_mean("documnets", &known), " Did you mean `documents`?");
    assert_eq!(did_you_mean("Mode", &known), " Did you mean `mode`?");
    assert_eq!(did_you_mean("aproval", &known), " Did you mean `approval`?");
    assert_eq!(did_you_mean("colour", &known), "");
    assert_eq!(did_you_mean("node", &[]), "");
}

#[test]
fn documents_are_what_matches_and_is_not_ignored() {
    let policy = Policy::default();
    assert!(policy.is_document("docs/design/a/b.md"));
    assert!(policy.is_document("rfcs/1.md"));
    for path in
        ["docs/design/template.md", "rfcs/a/1.md", "x/rfcs/1.md", "docs/design/a.png", "", "/rfcs/1.md", "./rfcs/1.md"]
    {
        assert!(!policy.is_document(path), "{path}");
    }
    let policy = Policy::parse("documents: [plans/, \"!plans/old.md\"]\ntrivial: { paths: [\"*.log.md\"] }").unwrap();
    assert!(policy.is_document("a/plans/b.txt"));
    assert!(!policy.is_document("plans"));
    assert!(policy.is_trivial_path("a/b.log.md"));
}

#[test]
fn the_check_carries_its_base() {
    let policy = Policy::parse(
        "check: { groups: { \"release/*\": \"threadmodel: release\", \"release/1*\": never, \"dev/**\": \"d {base}\" } }",
    )
    .unwrap();
    assert_eq!(policy.check_name("main"), "threadmodel: main");
    assert_eq!(policy.check_name("release/1.0"), "threadmodel: release");
    assert_eq!(policy.check_name("release/1/2"), "threadmodel: release/1/2");
    assert_eq!(policy.check_name("dev/a/b"), "d dev/a/b");
    assert_eq!(policy.check_name("{base}"), "threadmodel: {base}");
}

#[test]
fn teams_compare_without_case() {
    assert_eq!(TeamRef::parse("@Acme/Security"), TeamRef::parse("@acme/security"));
    assert_eq!(TeamRef::parse("@acme"), None);
    assert_ne!(TeamRef::parse("@a/b-c"), TeamRef::parse("@a-b/c"));
}

#[test]
fn periods_have_a_unit_and_a_range() {
    for text in ["1h", "2160h", "1d", "90d"] {
        assert_eq!(Period::parse(text).unwrap().to_string(), text);
    }
    for text in ["", "d", "0d", "91d", "2161h", "3", "3w", "-1d", "+1d", "1.5d", "3 d", "99999999999d", "3ü"] {
        assert_eq!(Period::parse(text), None, "{text}");
    }
}

#[test]
fn an_organisation_gives_defaults() {
    let org = OrgPolicy::parse("mode: advise\napproval: { teams: [\"@acme/security\"], required: 2 }").unwrap();
    let layered = Policy::layered(Some(&org), Some("approval: { required: 1 }")).unwrap();
    assert_eq!(layered.policy.mode, Mode::Advise);
    assert_eq!(layered.policy.approval.required, 1);
    assert_eq!(layered.policy.approval.teams.len(), 1);
    assert_eq!(layered.overruled, []);
    let layered = Policy::layered(Some(&org), None).unwrap();
    assert_eq!(&layered.policy, org.defaults());
}

#[test]
fn a_locked_setting_wins_and_is_told() {
    let org = OrgPolicy::parse("approval: { required: 2 }\nlocked: [approval.required, mode, questions]").unwrap();
    let repo = "mode: enforce\napproval:\n  must_fix: true\n  required: 1\nquestions: { max: 1 }\n";
    let Layered { policy, overruled } = Policy::layered(Some(&org), Some(repo)).unwrap();
    assert_eq!(policy.approval.required, 2);
    assert!(policy.approval.must_fix);
    assert_eq!(policy.questions, Questions::default());
    let overruled: Vec<String> = overruled.iter().map(ToString::to_string).collect();
    assert_eq!(
        overruled,
        [
            "`.github/threadmodel.yml`, line 4, column 3: `approval.required` is locked by the organisation: `2` holds.",
            "`.github/threadmodel.yml`, line 5, column 1: `questions` is locked by the organisation: \
             `{\"max\":6,\"followups\":2,\"rounds\":3}` holds.",
        ]
    );
}

#[test]
fn a_broken_locked_setting_is_still_broken() {
    let org = OrgPolicy::parse("locked: [approval]").unwrap();
    assert!(Policy::layered(Some(&org), Some("approval: { required: 0 }")).is_err());
}

#[test]
fn an_organisations_problems_say_whose_they_are() {
    let problem = |text: &str| OrgPolicy::parse(text).unwrap_err().to_string();
    assert_eq!(
        problem("mode: advise\nlocked: [approval.requird]"),
        "the organisation's `.github/threadmodel.yml`, line 2, column 10: `approval.requird` is not a setting that can \
         be locked. Did you mean `approval.required`?"
    );
    assert!(problem("locked: mode").contains("must be a list"));
    assert!(problem("moode: advise").contains("Did you mean `mode`?"));
}

#[test]
fn the_schema_knows_the_settings_that_are_read() {
    let schema = schema();
    let properties = |schema: &serde_json::Value| {
        let properties = schema.get("properties").and_then(|p| p.as_object()).cloned();
        properties.unwrap_or_default()
    };
    let mut names = Vec::new();
    for (name, property) in properties(schema.as_value()) {
        names.push(name.clone());
        names.extend(properties(&property).keys().map(|inner| format!("{name}.{inner}")));
    }
    assert_eq!(names, read::names());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_policy_or_a_problem(text in r"(?:[\PC\n\t]|[\[\]{}:,&*!|>'%@`#-]|\n  |mode|approval|: )*") {
        let _ = Policy::parse(&text);
        let _ = OrgPolicy::parse(&text);
    }

    #[test]
    fn any_path_and_branch_has_an_answer(text in ".*", pattern in "[a-z*?\\[\\]{}!/\\\\]{1,12}") {
        if let Ok(globs) = Globs::new(vec![pattern.clone()]) {
            let _ = globs.matches(&text);
        }
        let _ = Policy::default().check_name(&text);
    }
}
