//! `threadmodel memory`, through the real binary, beside a store that is in use.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use threadmodel::digest::Canonical;
use threadmodel::review::record::Pin;
use threadmodel::store::{NewWake, PullKey, RepositoryLabel, Store, WakeClass};
use threadmodel::threat_model::Decision;
use threadmodel::time::{Millis, Timestamp};

use super::decision;
use crate::cli::run_in;

/// Real git takes a patch in this folder.
pub fn git_apply(folder: &Path, patch: &str) {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("GIT_DIR");
        git
    };
    assert!(git(&["init", "-q"]).status().unwrap().success());
    let mut child =
        git(&["apply", "--whitespace=nowarn"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{}\n{patch}", String::from_utf8_lossy(&done.stderr));
}

/// A database with two decisions, held open as `serve` holds it; also settings that name it.
pub async fn served(folder: &Path) -> Store {
    let store = Store::open(&folder.join("t.sqlite")).await.unwrap();
    std::fs::write(folder.join("threadmodel.toml"), "database = \"t.sqlite\"\n").unwrap();
    let pull = PullKey { repository: 7, number: 12 };
    let label = RepositoryLabel { owner: "acme".to_owned(), name: "api".to_owned(), installation: 9 };
    let now = Timestamp(1_795_400_000_000);
    let wake = NewWake { pull, label, class: WakeClass::Due, due_at: now };
    store.wake_all(vec![wake], now).await.unwrap();
    let held = store.claim(now, Millis::minutes(2)).await.unwrap().unwrap();
    let over = Decision { until: Some(now), title: "Sign exports".to_owned(), ..decision("7-12-sign", now) };
    let remember = |decision: Decision| {
        let digest = Canonical::new("test", 1).json(&decision).finish();
        Pin::Remember { decision: Box::new(decision), digest }
    };
    store.pin(&held, vec![remember(decision("7-12-link", now)), remember(over)]).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_listed_shown_and_forgotten_while_it_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let _store = served(folder.path()).await;
    let run = |arguments: &[&str]| run_in(folder.path(), arguments, "");
    let listed = run(&["memory", "list", "ACME"]);
    let lines: Vec<&str> = listed.out.lines().collect();
    assert_eq!(lines.len(), 2, "a head and a decision: {}{}", listed.out, listed.err);
    for said in ["7-12-link", "dropped", "acme/api#12", "sec", "Use one-time links", "we never do one-time links"] {
        assert!(lines[1].contains(said), "{said} in {}", lines[1]);
    }
    assert_eq!(run(&["memory", "list", "--all"]).out.lines().count(), 3, "and what is over");
    assert_eq!(run(&["memory", "list", "elsewhere"]).out, "");
    let shown = run(&["memory", "show", "7-12-link", "--database", "t.sqlite"]);
    assert!(shown.out.contains("## Why\n\nwe never do one-time links\n"), "{}{}", shown.out, shown.err);

    let forgotten = run(&["memory", "forget", "7-12-link"]);
    assert_eq!((forgotten.code, forgotten.err.as_str()), (Some(0), "forgotten: Use one-time links\n"));
    let again = run(&["memory", "forget", "7-12-link"]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("nothing is remembered as `7-12-link`"), "{}", again.err);
    assert_eq!(run(&["memory", "list"]).out, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_left_is_forgotten_once_its_name_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let store = served(folder.path()).await;
    let run = |arguments: &[&str], typed: &str| run_in(folder.path(), arguments, typed);
    for typed in ["", "y\n", "other\n"] {
        let refused = run(&["forget", "acme"], typed);
        assert_eq!(refused.code, Some(1), "{typed:?}");
        assert!(refused.err.contains("installation 9: acme/api\n"), "{}", refused.err);
        assert!(refused.err.ends_with("nothing was deleted\n"), "{}", refused.err);
    }
    assert_eq!(store.memory(None).await.unwrap().len(), 2);
    let elsewhere = run(&["forget", "elsewhere", "--yes"], "");
    assert_eq!((elsewhere.code, elsewhere.err.as_str()), (Some(1), "nothing is stored of `elsewhere`\n"));

    let done = run(&["forget", "Acme"], "acme\n");
    assert_eq!((done.code, done.out.as_str()), (Some(0), "forgotten\n"), "{}", done.err);
    assert!(store.memory(None).await.unwrap().is_empty());
    assert!(store.label(7).await.unwrap().is_none());
    assert_eq!(run(&["forget", "acme", "--yes"], "").code, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_exported_as_files_that_people_may_edit_and_as_a_patch() {
    let folder = tempfile::tempdir().unwrap();
    let _store = served(folder.path()).await;
    let run = |arguments: &[&str]| run_in(folder.path(), arguments, "");
    let written = run(&["memory", "export", "--to", "context"]);
    assert_eq!(written.code, Some(0), "{}", written.err);
    let file = folder.path().join("context/.github/threadmodel/context/decisions/7-12-link.md");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(file.parent().unwrap().read_dir().unwrap().count(), 1, "what is over is not exported");
    let edited = text.replace("we never", "we hardly ever");
    std::fs::write(&file, &edited).unwrap();
    let again = run(&["memory", "export", "--to", "context"]);
    assert!(again.err.starts_with("0 written") && again.err.contains("1 left"), "{}", again.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), edited);

    let patched = tempfile::tempdir().unwrap();
    git_apply(patched.path(), &run(&["memory", "export", "acme", "--patch"]).out);
    let path = patched.path().join(".github/threadmodel/context/decisions/7-12-link.md");
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}

#[test]
fn without_a_database_memory_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(folder.path(), &["memory", "list", "--database", "none.sqlite"], "");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("there is no database none.sqlite") && ran.err.contains("--config"), "{}", ran.err);
    let ran = run_in(folder.path(), &["memory", "export"], "");
    assert!(ran.err.contains("--to <DIR>") && ran.err.contains("--patch"), "{}", ran.err);
}
