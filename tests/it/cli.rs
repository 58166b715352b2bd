//! The command line, through the real binary.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn run_in(dir: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_threadmodel"))
        .args(arguments)
        .current_dir(dir)
        .env_remove("RUST_LOG")
        .env("COLUMNS", "100")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may exit without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Ran { code: status.code(), out: String::from_utf8(stdout).unwrap(), err: String::from_utf8(stderr).unwrap() }
}

fn run(arguments: &[&str]) -> Ran {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments, "")
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(".github")).unwrap();
    let owners = "# who\n/docs/design/ @acme/security ana@example.com\n/docs/design/free.md\n!bad @x\n*.rs @rob\n";
    std::fs::write(dir.path().join(".github/CODEOWNERS"), owners).unwrap();
    dir
}

#[test]
fn owners_names_the_line_that_says_so() {
    let dir = repository();
    let ran = run_in(dir.path(), &["owners", "docs/design/login.md", "./src/lib.rs"], "");
    insta::assert_snapshot!(ran.out, @r"
    docs/design/login.md  @acme/security ana@example.com  .github/CODEOWNERS:2  /docs/design/
    ./src/lib.rs          @rob                            .github/CODEOWNERS:5  *.rs
    ");
    assert_eq!(ran.err, ".github/CODEOWNERS:4: GitHub skips this line: patterns cannot be negated with `!`\n");
    assert_eq!(ran.code, Some(0));
}

#[test]
fn owners_ends_with_1_when_a_path_has_none() {
    let dir = repository();
    let ran = run_in(dir.path(), &["owners", "docs/design/free.md", "README.md"], "");
    insta::assert_snapshot!(ran.out, @r"
    docs/design/free.md  nobody  .github/CODEOWNERS:3  /docs/design/free.md
    README.md            nobody  no line of .github/CODEOWNERS matches
    ");
    assert_eq!(ran.code, Some(1));
}

#[test]
fn owners_as_json() {
    let dir = repository();
    let ran = run_in(dir.path(), &["owners", "--json", "a.rs", "b.md"], "");
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        value,
        serde_json::json!({
            "codeowners": ".github/CODEOWNERS",
            "paths": [
                {"path": "a.rs", "owners": ["@rob"], "line": 5, "pattern": "*.rs"},
                {"path": "b.md", "owners": [], "line": null, "pattern": null},
            ],
            "invalid_lines": [{"line": 4, "source": "!bad @x", "reason": "patterns cannot be negated with `!`"}],
        })
    );
}

#[test]
fn owners_without_a_file_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run_in(dir.path(), &["owners", "a.md"], "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert_eq!(
        ran.err,
        "error: there is no .github/CODEOWNERS, CODEOWNERS, docs/CODEOWNERS here: run it at the root of the repository, or name a file with --codeowners\n"
    );
}

#[test]
fn a_wrong_command_line_ends_with_2_and_help_with_0() {
    assert_eq!(run(&["ownerz"]).code, Some(2));
    assert_eq!(run(&["owners"]).code, Some(2));
    let help = run(&["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.out.contains("Exit codes:\n  0 "), "{}", help.out);
    assert_eq!(run(&["--version"]).out, format!("threadmodel {}\n", env!("CARGO_PKG_VERSION")));
}

const DOCUMENT: &str = include_str!("../../examples/invoice-export.md");

fn with_document() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("export.md"), DOCUMENT).unwrap();
    dir
}

#[test]
fn review_asks_on_stderr_and_drafts_on_stdout() {
    let dir = with_document();
    let ran = run_in(dir.path(), &["review", "export.md"], "a\na\na\na\na\na\na\na\na\na\na\na\n");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("Question 1 of ") && ran.err.contains("export.md:"), "{}", ran.err);
    assert!(ran.err.contains("✓ noted: "), "{}", ran.err);
    assert!(ran.out.starts_with("## Draft threat model"), "{}", ran.out);
    assert!(!ran.out.contains("Question 1 of"), "{}", ran.out);
    assert!(ran.out.contains("**Taken from the conversation**"), "{}", ran.out);
}

#[test]
fn review_goes_on_when_nobody_answers() {
    let dir = with_document();
    let ran = run_in(dir.path(), &["review", "export.md"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("no more answers"), "{}", ran.err);
    assert!(ran.out.contains("**Assumed, nobody said**"), "{}", ran.out);
}

#[test]
fn review_as_json_without_questions() {
    let dir = with_document();
    let ran = run_in(dir.path(), &["review", "--yes", "--json", "export.md"], "");
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["documents"], serde_json::json!(["export.md"]));
    let questions = value["questions"].as_array().unwrap();
    assert!(!questions.is_empty() && questions.iter().all(|q| q["open"] == true), "{}", ran.out);
    assert!(!value["threat_model"]["assumptions"].as_array().unwrap().is_empty(), "{}", ran.out);
}

#[test]
fn review_of_a_file_that_is_not_there_ends_with_2() {
    let ran = run(&["review", "no/such.md"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.starts_with("error: no/such.md cannot be read: "), "{}", ran.err);
}

#[test]
fn serve_without_configuration_says_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run_in(dir.path(), &["serve"], "");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("app_id"), "{}", ran.err);
}

/// A corpus of one document on which something is asked, and one on which nothing is.
fn corpus() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("corpus/exports/doc.md", include_str!("../../examples/invoice-export.md"));
    write(
        "corpus/exports/expected.json",
        r#"{"threats": [{"id": "T1", "title": "Key of a partner never expires", "detail": "It is never revoked."}]}"#,
    );
    write("corpus/names/doc.md", "# Names\n\nWe call the second column `width`. Its tests move beside it.\n");
    write("corpus/names/meta.json", r#"{"class": "low"}"#);
    dir
}

#[test]
fn eval_tells_a_table_and_json_that_a_later_run_is_compared_with() {
    let dir = corpus();
    let table = run_in(dir.path(), &["eval", "corpus", "--explain"], "");
    assert_eq!(table.code, Some(0), "{}", table.err);
    for part in
        ["| exports ", "| names (low) ", "| Q1 stands on ", "Judge `terms`", "T1 Key of a partner never expires"]
    {
        assert!(table.out.contains(part), "{part}: {}", table.out);
    }
    let json = run_in(dir.path(), &["eval", "corpus", "--json"], "");
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["totals"]["low_quiet"], 1);
    assert_eq!(report["documents"][0]["stability"]["identical"], true);
    assert_eq!(report["totals"]["spent"]["tokens"], 0);

    std::fs::write(dir.path().join("run.json"), &json.out).unwrap();
    let same = run_in(dir.path(), &["eval", "corpus", "--against", "run.json"], "");
    assert!(same.out.ends_with("Since the earlier run: no difference\nNo regression.\n"), "{}", same.out);
    assert_eq!(same.code, Some(0));

    // An earlier run that asked nothing: now there are more questions.
    let mut quieter = report;
    quieter["documents"][0]["questions"] = 0.into();
    quieter["documents"][0]["output"] = "other".into();
    std::fs::write(dir.path().join("quieter.json"), quieter.to_string()).unwrap();
    let more = run_in(dir.path(), &["eval", "corpus", "--against", "quieter.json", "--regression", "questions=0"], "");
    assert!(more.out.contains("Regressions:\n  questions: 0.000 → "), "{}", more.out);
    assert_eq!(more.code, Some(1));
}

#[test]
fn eval_shows_what_the_organisations_decisions_change() {
    let dir = corpus();
    let json = run_in(dir.path(), &["eval", "corpus", "--json"], "");
    std::fs::write(dir.path().join("before.json"), &json.out).unwrap();
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(report["documents"][0]["questions"].as_u64().unwrap() > 0);
    let asked = run_in(dir.path(), &["review", "--json", "--yes", "corpus/exports/doc.md"], "");
    let asked: serde_json::Value = serde_json::from_str(&asked.out).unwrap();
    let concern = asked["questions"][0]["question"]["concern"].as_str().unwrap_or_else(|| panic!("{asked:#}"));
    let file = format!(
        "---\nid: \"7-1-it\"\nkind: dropped\nconcern: \"{concern}\"\nslot: purpose\nby: \"sam\"\nat: 2026-01-31\nrepository: \"acme/api\"\npull: 1\n---\n\n# It\n\n## Why\n\nwe sign people in\n"
    );
    std::fs::create_dir(dir.path().join("decisions")).unwrap();
    std::fs::write(dir.path().join("decisions/it.md"), &file).unwrap();
    let told = run_in(dir.path(), &["eval", "corpus", "--memory", "decisions", "--against", "before.json"], "");
    assert!(told.out.contains("Since the earlier run") && !told.out.contains("no difference"), "{}", told.out);
    std::fs::write(dir.path().join("decisions/it.md"), file.replace("## Why", "")).unwrap();
    let broken = run_in(dir.path(), &["eval", "corpus", "--memory", "decisions"], "");
    assert!(broken.code == Some(2) && broken.err.contains("it.md: there is no line `## Why`"), "{}", broken.err);
}

#[test]
fn eval_writes_a_blind_sheet_and_reads_it_back() {
    let dir = corpus();
    let another = dir.path().join("corpus/again");
    std::fs::create_dir(&another).unwrap();
    for file in ["doc.md", "expected.json"] {
        std::fs::copy(dir.path().join("corpus/exports").join(file), another.join(file)).unwrap();
    }
    let arms = ["eval", "corpus", "--quick", "--sheet", "sheet.md", "--arms", "ours,checklist,swapped", "--seed", "7"];
    let written = run_in(dir.path(), &arms, "");
    assert_eq!(written.code, Some(0), "{}", written.err);
    assert!(written.out.contains("| checklist "), "{}", written.out);
    let sheet = std::fs::read_to_string(dir.path().join("sheet.md")).unwrap();
    let ticked = sheet.replacen("- [ ] T1:", "- [x] T1: Q1", 1);
    std::fs::write(dir.path().join("sheet.md"), &ticked).unwrap();
    let read = run_in(dir.path(), &["eval", "--ticked", "sheet.md", "--json"], "");
    let arms: serde_json::Value = serde_json::from_str(&read.out).unwrap();
    let touched = |arm: &str| arms[arm]["all"]["by_question"].as_u64().unwrap();
    assert_eq!(touched("ours") + touched("checklist") + touched("swapped"), 1);

    std::fs::write(dir.path().join("sheet.md"), ticked.replacen("- [x] T1: Q1", "- [x] T1: Z1", 1)).unwrap();
    let wrong = run_in(dir.path(), &["eval", "--ticked", "sheet.md"], "");
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.starts_with("error: sheet.md: line ") && wrong.err.contains("`Z1`"), "{}", wrong.err);
}

#[test]
fn eval_says_what_a_corpus_looks_like_and_what_a_judge_needs() {
    let dir = corpus();
    let nothing = run_in(dir.path(), &["eval", "corpus/exports"], "");
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.err.contains("no folder in it holds a document"), "{}", nothing.err);
    assert!(nothing.err.contains("doc.stripped.md or doc.md"), "{}", nothing.err);
    let judge = run_in(dir.path(), &["eval", "corpus", "--judge", "llm"], "");
    assert_eq!(judge.code, Some(2));
    let told = "--judge llm: no model is set up: set THREADMODEL_LLM_PROVIDER and THREADMODEL_LLM_KEY";
    assert!(judge.err.contains(told), "{}", judge.err);
    std::fs::write(dir.path().join("corpus/exports/expected.json"), "{").unwrap();
    let broken = run_in(dir.path(), &["eval", "corpus"], "");
    assert!(broken.err.contains("exports/expected.json: EOF while parsing"), "{}", broken.err);
    assert_eq!(broken.code, Some(2));
}

#[test]
fn methodologies_teach_which_to_choose() {
    let ran = run(&["methodologies"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    for said in ["four-questions (default)", "not for  Systems without data about people", "attack-tree: Attack tree"] {
        assert!(ran.out.contains(said), "{said} in {}", ran.out);
    }
}

#[test]
fn the_golden_examples_of_every_methodology_hold() {
    let known = threadmodel::methodology::embedded().unwrap();
    let files: Vec<String> = known.iter().map(|m| format!("prompts/methodologies/{}.toml", m.id)).collect();
    let arguments: Vec<&str> = ["methodologies"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let ran = run(&arguments);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    assert_eq!(ran.err.matches("golden examples played: 2\n").count(), 5, "{}", ran.err);
    let recorded = "golden examples played: 2, 1 of them from a recorded answer\n";
    assert_eq!(ran.err.matches(recorded).count(), 6, "{}", ran.err);
}

#[test]
fn a_golden_example_that_does_not_hold_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let stride = std::fs::read_to_string("prompts/methodologies/stride.toml").unwrap();
    let wrong = stride
        .replace("slots = [\"secrets\"]", "slots = [\"tenancy\"]")
        .replace("forbidden = [\"| R |\"", "forbidden = [\"Parts of the system\"");
    std::fs::write(dir.path().join("ours.toml"), wrong).unwrap();
    let ran = run_in(dir.path(), &["methodologies", "ours.toml"], "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("nothing about the slot Tenancy"), "{}", ran.out);
    assert!(ran.out.contains("the draft holds “Parts of the system”"), "{}", ran.out);
}

#[test]
fn a_recorded_answer_goes_through_what_a_live_one_goes_through() {
    let dir = tempfile::tempdir().unwrap();
    let tree = std::fs::read_to_string("prompts/methodologies/attack-tree.toml").unwrap();
    let tree = tree.replace("id = \"attack-tree\"", "id = \"ours\"");
    let played = |change: &dyn Fn(&str) -> String| {
        let changed = change(&tree);
        assert_ne!(changed, tree);
        std::fs::write(dir.path().join("ours.toml"), changed).unwrap();
        let ran = run_in(dir.path(), &["methodologies", "ours.toml"], "");
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
        ran.out
    };
    let form = played(&|t| t.replace("\"takes\": \"all\"", "\"takes\": \"some\""));
    assert!(form.contains("the recorded answer cannot be used") && form.contains("attack_tree"), "{form}");
    // Words that stand nowhere take their threat along, what was recommended for it, and its place in the tree.
    let words = played(&|t| {
        t.replace("\"words\": \"The `backoffice` can be reached", "\"words\": \"The `office` can be reached")
    });
    assert!(words.contains("of the recorded answer fell a threat: “Somebody in the company network"), "{words}");
    assert!(words.contains("fell a recommendation: “End sessions of support"), "{words}");
    assert!(words.contains("the draft lacks “**What blocks every way:** S1 and S2 together"), "{words}");
    // What should fall must.
    let stood =
        played(&|t| t.replace("falls = [\"SIT AT THE CONSOLE\"]", "falls = [\"SIT AT THE CONSOLE\", \"Count up\"]"));
    assert!(stood.contains("“Count up” stands and should fall"), "{stood}");
    let fell = played(&|t| t.replace("falls = [\"SIT AT THE CONSOLE\"]", ""));
    assert!(fell.contains("fell a step: “SIT AT THE CONSOLE”; nothing says that its precondition holds"), "{fell}");
}

#[test]
fn review_lays_the_draft_out_by_the_methodology() {
    let ran = run(&["review", "--yes", "--methodology", "stride", "examples/invoice-export.md"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("### Parts of the system") && ran.out.contains(" · stride · "), "{}", ran.out);

    let dir = tempfile::tempdir().unwrap();
    let house = std::fs::read_to_string("prompts/methodologies/house.toml").unwrap();
    let ours = house.replace("id = \"house\"", "id = \"ours\"").replace("\"Changes\"", "\"To *do*\"");
    std::fs::write(dir.path().join("ours.toml"), ours).unwrap();
    std::fs::copy("examples/invoice-export.md", dir.path().join("a.md")).unwrap();
    let ran = run_in(dir.path(), &["review", "--yes", "--methodology", "ours.toml", "a.md"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("### To \\*do\\*") && ran.out.contains(" · ours · "), "{}", ran.out);
}

#[test]
fn a_methodology_that_cannot_be_followed_is_told_before_anything_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.md"), "# A\n").unwrap();
    std::fs::write(dir.path().join("ours.toml"), "id = \"ours\"\ntitel = 1\n").unwrap();
    for (named, said) in [
        ("strid", "no methodology and no file: choose one of four-questions, stride"),
        ("ours.toml", "ours.toml, line 2: unknown field `titel`"),
    ] {
        let ran = run_in(dir.path(), &["review", "--methodology", named, "a.md"], "");
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{named}");
        assert!(ran.err.contains(said), "{named}: {}", ran.err);
    }
}
