//! Decisions as files: what is written is read back, what people change counts, and no text gets out of its place.

use proptest::prelude::*;
use threadmodel::memory::{FOLDER, NoDecision, from_markdown, patch, to_markdown};
use threadmodel::threat_model::{Decision, DecisionKind, Slot};
use threadmodel::time::Timestamp;

use super::decision;

const AT: Timestamp = Timestamp(1_795_400_000_000);

fn text(decision: &Decision) -> String {
    let [(_, text)] = to_markdown(std::slice::from_ref(decision)).try_into().unwrap();
    text
}

#[test]
fn a_decision_reads_well() {
    let decision = Decision {
        reason: "Mail is forwarded.\n\n* we tried".to_owned(),
        until: Some(AT),
        ..decision("7-12-link", AT)
    };
    let files = to_markdown(&[decision]);
    assert_eq!(files[0].0, format!("{FOLDER}/7-12-link.md"));
    insta::assert_snapshot!(files[0].1, @r#"
    ---
    id: "7-12-link"
    kind: dropped
    concern: "link"
    slot: secrets
    by: "sec"
    at: 2026-11-23T02:13:20Z
    until: 2026-11-23T02:13:20Z
    repository: "acme/api"
    pull: 12
    ---

    # Use one-time links

    Dropped from the draft by @sec in acme/api#12, 2026-11-23, until 2026-11-23.

    ## Why

    Mail is forwarded.

    * we tried
    "#);
}

#[test]
fn what_people_change_counts() {
    let written = text(&decision("d", AT));
    let edited = written
        .replace("we never do one-time links", "we do them now,\nbut not for mail")
        .replace("# Use one-time links", "# Links that work once")
        .replace("\"sec\"", "lee")
        .replace("---\n\n#", "until: 2027-01-31\n---\n\n#")
        .replace('\n', "\r\n");
    let read = from_markdown(&edited).unwrap();
    assert_eq!(read.reason, "we do them now,\nbut not for mail");
    assert_eq!((read.title.as_str(), read.by.as_str()), ("Links that work once", "lee"));
    assert_eq!(read.until, Some(Timestamp(1_801_353_600_000)));
}

#[test]
fn what_is_no_decision_says_why() {
    let written = text(&decision("d", AT));
    let why = |text: &str| from_markdown(text).unwrap_err();
    assert_eq!(why("# Words"), NoDecision::FrontMatter);
    assert_eq!(why(&written.replace("## Why", "## Because")), NoDecision::Heading("## Why"));
    for (from, to, says) in [
        ("kind: dropped", "kind: dropt", "dropt"),
        ("pull: 12", "pul: 12", "pul"),
        ("at: 2026-11-23T02:13:20Z", "at: yesterday", "`at` is no day"),
        ("id: \"d\"", "id: ../d", "`id`"),
    ] {
        let error = why(&written.replace(from, to)).to_string();
        assert!(error.contains(says), "{error}");
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let hostile = proptest::sample::select(vec![
        "---",
        "\n---\n",
        "\n## Why\n",
        "# ",
        "\"",
        "\\",
        ": ",
        "id: x",
        "\r",
        "\t",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{ffff}",
        "'",
        "{",
        "*a",
        "&b",
        "!c",
        "%",
        "@",
        "`",
        "\n",
        "é",
        "日本",
        "\u{1f600}",
        "null",
        "1e3",
    ]);
    proptest::collection::vec(prop_oneof![hostile.prop_map(str::to_owned), ".*"], 0..6).prop_map(|parts| parts.concat())
}

fn any_decision() -> impl Strategy<Value = Decision> {
    let kinds = proptest::sample::select(vec![DecisionKind::Dropped, DecisionKind::Edited, DecisionKind::RiskAccepted]);
    let times = (0_i64..4_000_000_000_000, proptest::option::of(0_i64..4_000_000_000_000));
    let texts = (any_text(), any_text(), any_text(), any_text(), any_text());
    (kinds, times, texts, "[a-z0-9-]{1,20}", any::<u64>()).prop_map(
        |(kind, (at, until), (concern, title, reason, by, repository), id, pull)| Decision {
            id,
            repository,
            pull,
            kind,
            concern,
            slot: Slot::AdminPaths,
            title,
            reason,
            by,
            at: Timestamp(at),
            until: until.map(Timestamp),
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(decision in any_decision()) {
        let written = text(&decision);
        let read = from_markdown(&written).unwrap();
        prop_assert_eq!(text(&read), written, "as it was written");
        let exact = |d: &Decision| (d.id.clone(), d.kind, d.slot, d.pull, d.at, d.until);
        prop_assert_eq!(exact(&read), exact(&decision));
        // Words are kept; only what is no text goes, and white space is folded where a line is wanted.
        let words = |text: &str| {
            let text = text.replace(|c: char| c.is_control() && !c.is_whitespace(), "");
            text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        for (read, given) in [
            (&read.title, &decision.title), (&read.reason, &decision.reason), (&read.by, &decision.by),
            (&read.concern, &decision.concern), (&read.repository, &decision.repository),
        ] {
            prop_assert_eq!(words(read), words(given));
        }
    }
}

proptest! {
    // Each case starts git twice, so few cases with much in each.
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn git_takes_the_patch(decisions in proptest::collection::vec(any_decision(), 20..60)) {
        // Two of one name would be one file.
        let files: std::collections::BTreeMap<_, _> = to_markdown(&decisions).into_iter().collect();
        let files: Vec<_> = files.into_iter().collect();
        let folder = tempfile::tempdir().unwrap();
        super::command::git_apply(folder.path(), &patch(&files));
        for (path, text) in files {
            prop_assert_eq!(std::fs::read_to_string(folder.path().join(path)).unwrap(), text);
        }
    }
}
