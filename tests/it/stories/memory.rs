//! What a team decided in one review is there for the next, and what the organisation's own files say counts.

use super::acts::{a_moment_later, asked, at_rest, rested_draft, root_says};
use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{Beginning, CHECK, Page, REPO, Stage, Thread};

const WHY: &str = "support needs it, and the audit team reads their log each week";

/// The recommendation whose thread stands on the sentence about support staff.
fn about_support(page: &Page) -> Option<Thread> {
    let stands = |thread: &Thread| thread.text.as_deref().is_some_and(|text| text.contains("Support staff"));
    page.recommendations().into_iter().find(stands)
}

/// Sam drops what is recommended about support staff.
fn dropped(stage: &Stage) -> u64 {
    let (pull, _) = rested_draft(stage);
    let thread = about_support(&stage.page(pull)).expect("something about support staff");
    stage.reply("sam", &thread, &format!("/threadmodel drop {WHY}"));
    root_says(stage, pull, &thread, &["dropped", WHY]);
    at_rest(stage, pull);
    pull
}

/// And approves.
fn declined_and_approved(stage: &Stage) -> u64 {
    let pull = dropped(stage);
    stage.approve("sam", pull);
    stage.green(pull);
    at_rest(stage, pull);
    pull
}

/// The same design, proposed a second time.
fn again(stage: &Stage, branch: &str) -> u64 {
    // GitHub counts in seconds: it is opened after what was decided.
    a_moment_later();
    stage.push("alice", branch, &[(&format!("docs/{branch}.md"), DOCUMENT)]);
    stage.open("alice", branch, "main")
}

#[test]
fn what_was_declined_is_not_recommended_again_and_the_draft_says_who_decided_it() {
    let stage = Stage::new();
    let first = declined_and_approved(&stage);
    let second = again(&stage, "second");
    let questions = stage.questions(second);
    let asked = |words: &str| questions.iter().any(|q| q.text.as_deref().is_some_and(|text| text.contains(words)));
    assert!(!asked("Support staff"), "the answer is known: {questions:#?}");
    stage.drafted(second);
    let page = at_rest(&stage, second);
    assert!(about_support(&page).is_none(), "{:#?}", page.recommendations());
    let draft = page.draft().unwrap().body;
    let cited = draft.lines().find(|line| line.contains(WHY)).unwrap_or_else(|| panic!("no reason: {draft}"));
    assert!(cited.contains(REPO) && cited.contains(&format!("{first} by")) && cited.contains("sam"), "{cited}");
    assert_safe(&stage);
}

#[test]
fn what_is_forgotten_is_recommended_again() {
    let stage = Stage::new();
    declined_and_approved(&stage);
    let listed = stage.cli(&["memory", "list", "acme"]);
    let name = listed.lines().find(|line| line.contains("dropped")).and_then(|line| line.split_whitespace().next());
    let name = name.unwrap_or_else(|| panic!("{listed}")).to_owned();
    let shown = stage.cli(&["memory", "show", &name]);
    assert!(shown.contains(WHY) && shown.contains("by: \"sam\""), "{shown}");
    stage.cli(&["memory", "forget", &name]);
    assert!(!stage.cli(&["memory", "list", "acme"]).contains(&name));
    let second = again(&stage, "second");
    stage.drafted(second);
    assert!(about_support(&at_rest(&stage, second)).is_some());
    assert_safe(&stage);
}

#[test]
fn nothing_is_remembered_before_the_team_stands_by_it() {
    let stage = Stage::new();
    dropped(&stage);
    let second = again(&stage, "second");
    stage.drafted(second);
    assert!(about_support(&at_rest(&stage, second)).is_some());
    assert_safe(&stage);
}

#[test]
fn a_decision_that_people_committed_and_edited_counts_as_they_wrote_it() {
    let first = Stage::new();
    declined_and_approved(&first);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().display().to_string();
    first.cli(&["memory", "export", "acme", "--to", &to]);
    let decisions = folder.path().join(".github/threadmodel/context/decisions");
    let file = std::fs::read_dir(decisions).unwrap().next().expect("a file").unwrap();
    let edited = std::fs::read_to_string(file.path()).unwrap().replace(WHY, "two people sign for each look");
    // The other organisation's first pull request has the same number; a review does not read its own decisions.
    let edited = edited.replace("pull: 1\n", "pull: 900\n");
    assert_safe(&first);
    // Another organisation's app, which remembers nothing by itself.
    let path = format!(".github/threadmodel/context/decisions/{}", file.file_name().display());
    let stage = Stage::with(&Beginning { files: vec![(path, edited)], ..Beginning::default() });
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let page = at_rest(&stage, pull);
    assert!(about_support(&page).is_none(), "{:#?}", page.recommendations());
    assert!(page.draft().unwrap().body.contains("two people sign for each look"));
    assert_safe(&stage);
}

#[test]
fn a_file_that_is_no_decision_is_named_on_the_check_with_what_is_wrong() {
    let path = ".github/threadmodel/context/decisions/broken.md".to_owned();
    let stage = Stage::with(&Beginning { files: vec![(path, "# No links\n".to_owned())], ..Beginning::default() });
    let (pull, _) = asked(&stage);
    let check = at_rest(&stage, pull).check(CHECK).unwrap();
    assert!(check.says("decisions/broken.md") && check.says("front matter"), "{}", check.words);
    assert_safe(&stage);
}

#[test]
fn what_the_organisation_says_is_shown_beside_what_the_document_says_against_it() {
    let path = ".github/threadmodel/context/rules.md".to_owned();
    let rule = "# Rules\n\nExports are deleted after 12 hours.\n".to_owned();
    let stage = Stage::with(&Beginning { files: vec![(path, rule)], ..Beginning::default() });
    let pull = stage.propose(PATH, DOCUMENT);
    stage.questions(pull);
    stage.until(pull, "both sayings, side by side", |page: &Page| {
        let both = |body: &str| body.contains("deleted after 12 hours") && body.contains("deleted after 24 hours");
        page.posts().iter().any(|said| both(&said.body) && said.body.contains("rules.md")).then_some(())
    });
    assert_safe(&stage);
}

#[test]
fn the_export_tells_what_was_dropped_and_why() {
    let stage = Stage::new();
    let pull = declined_and_approved(&stage);
    let exported = stage.cli(&["export", &format!("{REPO}#{pull}")]);
    assert!(exported.contains(WHY) && exported.contains("sam"), "{exported}");
    assert_safe(&stage);
}
