//! An attack tree on the page: picture, steps, what follows; nothing of it where stories stay off the page.

use threadmodel::threat_model::*;

use super::example::*;
use super::methodologies::{drafted, through};
use super::surfaces::show;

fn node(id: &str, under: Option<&str>, title: &str, takes: Takes) -> TreeNode {
    TreeNode { id: id.into(), under: under.map(str::to_owned), title: title.into(), takes }
}

fn step(id: &str, under: &str, action: &str, threat: &str, cost: u32, noticed: bool) -> TreeStep {
    TreeStep {
        id: id.into(),
        under: under.into(),
        action: action.into(),
        precondition: "A link opens for anybody who has it".into(),
        evidence: Some(Source::Document { anchor: anchor(42, "through a signed link") }),
        after: None,
        threat: Some(threat.into()),
        skill: Skill::Trained,
        cost,
        noticed,
    }
}

/// Two ways: ask support (noticed, t2, which is dropped), or find a link (t1) and use it in time (t3).
fn tree() -> AttackTree {
    let used = TreeStep {
        evidence: None,
        after: Some("find".into()),
        ..step("use", "link", "Use it in time", "t3", 1, false)
    };
    let asked = step("ask", "goal", "Talk support into it", "t2", 0, true);
    AttackTree {
        goal: "Read another customer's invoices".into(),
        nodes: vec![
            node("goal", None, "Read them", Takes::Any),
            node("link", Some("goal"), "By a forwarded link", Takes::All),
        ],
        steps: vec![
            TreeStep { skill: Skill::Anybody, evidence: Some(Source::Assumption { ordinal: 1 }), ..asked },
            step("find", "link", "Find a forwarded mail", "t1", 2, false),
            used,
        ],
    }
}

fn with(tree: AttackTree) -> ThreatModel {
    ThreatModel { attack_tree: Some(tree), ..through("attack-tree") }
}

#[test]
fn a_tree_on_the_page() {
    let body = drafted(&with(tree()), true);
    let section = body.split("### ").find(|s| s.starts_with("Ways to the one thing")).unwrap().trim_end().to_owned();
    insta::assert_snapshot!(show([("attack tree", section)]));
}

#[test]
fn only_recommendations_that_stand_block_a_way() {
    // R2 answers asking support, and it was dropped in this draft.
    let body = drafted(&with(tree()), true);
    assert!(body.contains("S1 and S2 together (1 other choice of steps would do as well)"), "{body}");
    assert!(body.contains("No recommendations together do it"), "{body}");
    let mut without = tree();
    without.steps[0].threat = Some("t3".into());
    let body = drafted(&with(without), true);
    assert!(body.contains("The fewest recommendations that do it: R3."), "{body}");
}

#[test]
fn where_stories_stay_off_the_page_there_is_no_tree() {
    let body = drafted(&with(tree()), false);
    for told in ["flowchart TD", "Find a forwarded mail", "Cheapest way", "Ways to the one thing"] {
        assert!(!body.contains(told), "{told} in {body}");
    }
    assert!(!body.contains("No tree was drawn"), "there is one, for those who may see it");
}

#[test]
fn without_a_tree_that_is_said() {
    let body = drafted(&through("attack-tree"), true);
    assert!(body.contains("**No tree was drawn: that takes an analyst that uses a model, and a way"), "{body}");
    assert!(body.contains("### Step by step") && !body.contains("### Ways to the one thing"), "{body}");
}

#[test]
fn a_tree_that_does_not_hang_together_is_told_and_not_drawn() {
    let mut wrong = tree();
    wrong.steps[1].under = "<img> @acme/all".into();
    let body = drafted(&with(wrong), true);
    assert!(body.contains("*The tree cannot be read:") && !body.contains("flowchart TD"), "{body}");
    assert!(!body.contains("<img>") && !body.contains("@acme/all"), "{body}");
}

#[test]
fn words_of_a_model_are_escaped_in_the_picture_and_in_the_table() {
    let evil = "<img src=x> @acme/all ![x](http://evil) | \"]; click n1 href \"http://evil\" %%{init}%% ``` /close";
    let mut wrong = tree();
    wrong.goal = evil.into();
    for node in &mut wrong.nodes {
        node.title = evil.into();
    }
    for step in &mut wrong.steps {
        step.action = evil.into();
        step.precondition = evil.into();
    }
    let body = drafted(&with(wrong), true);
    let outside = body.split("```").step_by(2).collect::<String>();
    for bad in ["<img", "@acme/all", "![x]", "(http://evil", "\n/close"] {
        assert!(!outside.contains(bad), "{bad} in {outside}");
    }
    let picture = body.split("```").find(|p| p.contains("flowchart TD")).unwrap();
    // Our own marks stand; nothing of theirs ends a label or begins a directive.
    for line in picture.lines() {
        let quoted = line.matches('"').count();
        assert!(quoted == 0 || quoted == 2, "{line}");
        assert!(!line.contains("%%") && !line.contains(';') && !line.contains('<') && !line.contains('`'), "{line}");
    }
    assert!(!picture.lines().any(|l| l.trim_start().starts_with("click")), "{picture}");
}

#[test]
fn a_record_of_a_draft_without_a_tree_reads_and_writes_as_before() {
    let without = through("attack-tree");
    let text = serde_json::to_string(&without).unwrap();
    assert!(!text.contains("attack_tree"), "bytes of older drafts stay the same");
    assert_eq!(serde_json::from_str::<ThreatModel>(&text).unwrap(), without);
    let with = with(tree());
    assert_eq!(serde_json::from_str::<ThreatModel>(&serde_json::to_string(&with).unwrap()).unwrap(), with);
}
