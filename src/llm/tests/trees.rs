//! An attack tree by a model: when it is asked for, what of it stands.

use super::*;
use crate::llm::answers::tree::TreeDraftAnswer;
use crate::threat_model::{AttackTree, Source};

fn by_tree() -> DraftInput {
    DraftInput { methodology: "attack-tree".to_owned(), ..draft_input(true) }
}

fn step(id: &str, under: &str, action: &str) -> Value {
    json!({"quotation": link(), "assumption": null, "precondition": "A link opens for anybody.", "after": null, "id": id,
           "under": under, "action": action, "threat": null, "skill": "anybody", "cost": 1, "noticed": false})
}

fn with_key(mut step: Value, key: &str, value: Value) -> Value {
    step[key] = value;
    step
}

/// Forward the mail and use the link; or ask at the counter.
fn answer(steps: &[Value]) -> Value {
    let mut answer = drafted();
    answer["assumptions"] = json!([{"question": null, "threat": "t1", "text": "The counter asks for no papers."}]);
    answer["attack_tree"] = json!({
        "goal": "Read the invoices of a neighbour",
        "nodes": [{"id": "n1", "under": null, "title": "read them", "takes": "any"},
                  {"id": "n2", "under": "n1", "title": "by the link", "takes": "all"}],
        "steps": steps,
    });
    answer
}

fn two_ways() -> Vec<Value> {
    let used = with_key(step("s2", "n2", "Use it in time"), "quotation", Value::Null);
    let asked = with_key(step("s3", "n1", "Ask at the counter"), "quotation", Value::Null);
    vec![
        with_key(step("s1", "n2", "Get a forwarded mail"), "threat", json!("t1")),
        with_key(used, "after", json!("s1")),
        with_key(asked, "assumption", json!(1)),
    ]
}

/// The tree, and why what fell did.
fn stands(answer: Value) -> (Option<AttackTree>, Vec<(String, &'static str)>) {
    let performed = desk([answer]).perform(&Task::Draft(by_tree()));
    let of_tree = |d: &&super::super::ground::Dropped| ["step", "words of a step", "attack tree"].contains(&d.what);
    let fell = performed.dropped.iter().filter(of_tree).map(|d| (d.text.clone(), d.why)).collect();
    match performed.answer.unwrap() {
        Answer::Draft(model) => (model.attack_tree, fell),
        _ => panic!("another task"),
    }
}

fn ids(tree: Option<AttackTree>) -> Vec<String> {
    tree.map(|tree| tree.steps.into_iter().map(|s| s.id).collect()).unwrap_or_default()
}

#[test]
fn a_tree_is_in_the_form_only_where_one_is_drawn() {
    let form = |input: DraftInput, answer: Value| {
        let desk = desk([answer]);
        assert!(desk.perform(&Task::Draft(input)).answer.is_ok());
        let request = desk.script.asked.lock().unwrap()[0].clone();
        (request.schema.schema.to_string(), desk.sent(0))
    };
    let (lean, prompt) = form(draft_input(true), drafted());
    assert_eq!(lean, portable::<DraftAnswer>(Dialect::Limits).unwrap().to_string());
    assert!(!lean.contains("attack_tree") && !prompt.contains("attack tree"), "{prompt}");
    let (full, prompt) = form(by_tree(), answer(&two_ways()));
    let again = form(by_tree(), answer(&two_ways())).0;
    assert_eq!(full, again, "the same bytes every time");
    assert_eq!(full, portable::<TreeDraftAnswer>(Dialect::Limits).unwrap().to_string());
    assert!(full.contains("attack_tree") && prompt.contains("Last, the attack tree"), "{prompt}");
    // Every property of the lean form is there, before the tree.
    let names = |schema: &str| -> Vec<String> {
        let schema: Value = serde_json::from_str(schema).unwrap();
        schema["required"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&full), [names(&lean), vec!["attack_tree".to_owned()]].concat());
    portable::<TreeDraftAnswer>(Dialect::Plain).unwrap();
    assert_eq!(super::super::schema::unbounded(&serde_json::from_str(&full).unwrap()), Vec::<String>::new());
}

#[test]
fn steps_stand_on_words_on_an_assumption_or_on_a_step_before() {
    let (tree, fell) = stands(answer(&two_ways()));
    assert_eq!(fell, []);
    let tree = tree.unwrap();
    assert!(matches!(&tree.steps[0].evidence, Some(Source::Document { anchor }) if anchor.start_line == 6));
    assert_eq!(tree.steps[0].threat.as_deref(), Some("T1"), "the draft's own name of the threat");
    assert_eq!((tree.steps[1].evidence.clone(), tree.steps[1].after.as_deref()), (None, Some("s1")));
    assert!(matches!(tree.steps[2].evidence, Some(Source::Assumption { .. })));
}

#[test]
fn a_step_that_nothing_bears_out_falls_with_its_way_and_is_counted() {
    let mut steps = two_ways();
    steps[0]["quotation"]["words"] = json!("The mail is forwarded to everybody");
    let (tree, fell) = stands(answer(&steps));
    assert_eq!(ids(tree), ["s3"]);
    let whys: Vec<_> = fell.iter().map(|(text, why)| (text.as_str(), *why)).collect();
    assert_eq!(
        whys,
        [
            ("Get a forwarded mail", "they stand in no source"),
            ("Get a forwarded mail", "nothing says that its precondition holds"),
            ("Use it in time", "its way needs a step that fell"),
        ]
    );
    // An assumption that the draft does not make bears nothing.
    let mut steps = two_ways();
    steps[2]["assumption"] = json!(9);
    let (tree, fell) = stands(answer(&steps));
    assert_eq!(ids(tree), ["s1", "s2"]);
    assert_eq!(fell, [("Ask at the counter".to_owned(), "nothing says that its precondition holds")]);
}

#[test]
fn what_does_not_hang_together_is_no_tree_and_the_draft_stands() {
    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut answer = answer(&two_ways());
        change(&mut answer["attack_tree"]);
        let (tree, fell) = stands(answer);
        (ids(tree), fell.last().map(|(_, why)| *why))
    };
    let none = Vec::<String>::new;
    assert_eq!(wrong(&|t| t["nodes"][0]["under"] = json!("n2")), (none(), Some("it has no goal, or more than one")));
    assert_eq!(
        wrong(&|t| t["nodes"][1]["under"] = json!("n9")),
        (none(), Some("a place is under one that is not there"))
    );
    assert_eq!(wrong(&|t| t["nodes"][1]["under"] = json!("n2")), (none(), Some("its places go round")));
    assert_eq!(wrong(&|t| t["nodes"][1]["id"] = json!("n1")).0, none());
    // One step of a wrong place or name goes alone.
    let lost = wrong(&|t| t["steps"][2]["under"] = json!("n9"));
    assert_eq!(lost, (vec!["s1".to_owned(), "s2".to_owned()], Some("it is under a place that is not there")));
    let named = wrong(&|t| t["steps"][2]["id"] = json!("s1"));
    assert_eq!(named, (vec!["s1".to_owned(), "s2".to_owned()], Some("another step or place has its name")));
    // A ring of steps that each come after the other bears nothing.
    let ring = wrong(&|t| {
        t["steps"] = json!([t["steps"][0], t["steps"][1]]);
        t["steps"][0]["quotation"] = Value::Null;
        t["steps"][0]["after"] = json!("s2");
    });
    assert_eq!(ring, (none(), Some("no way to it is left")));
}

#[test]
fn a_step_that_the_design_answers_is_no_step() {
    let mut answer = answer(&two_ways());
    answer["attack_tree"]["steps"][2]["threat"] = json!("t3");
    answer["threats"][2]["covered_by"] = json!({"source": "doc1", "words": "Exports are deleted after 24 hours."});
    let (tree, fell) = stands(answer);
    assert_eq!(ids(tree), ["s1", "s2"]);
    assert_eq!(fell, [("Ask at the counter".to_owned(), "the threat that it is was set aside")]);
}

#[test]
fn more_steps_than_anybody_reads_are_sent_back_once() {
    let many: Vec<Value> = (0..21).map(|n| step(&format!("s{n}"), "n1", &format!("Do thing {n}"))).collect();
    let desk = desk([answer(&many), answer(&two_ways())]);
    let performed = desk.perform(&Task::Draft(by_tree()));
    let Ok(Answer::Draft(model)) = performed.answer else { panic!("no draft") };
    assert_eq!(ids(model.attack_tree).len(), 3);
    assert!(performed.exchanges[0].trouble.as_deref().unwrap().contains("attack_tree.steps"));
}

#[test]
fn null_is_no_tree() {
    let mut answer = answer(&two_ways());
    answer["attack_tree"] = Value::Null;
    assert_eq!(stands(answer), (None, vec![]));
}
