//! What is computed of a tree against every subset of its steps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::threat_model::Anchor;

#[allow(clippy::unnecessary_wraps, reason = "as a step holds it")]
fn words(quotation: &str) -> Option<Source> {
    let anchor = Anchor { path: "a.md".into(), start_line: 1, end_line: 1, quotation: quotation.into() };
    Some(Source::Document { anchor })
}

fn node(id: &str, under: Option<&str>, takes: Takes) -> TreeNode {
    TreeNode { id: id.into(), under: under.map(str::to_owned), title: format!("reach {id}"), takes }
}

fn step(id: &str, under: &str, cost: u32, skill: Skill, noticed: bool) -> TreeStep {
    TreeStep {
        id: id.into(),
        under: under.into(),
        action: format!("do {id}"),
        precondition: "it is so".into(),
        evidence: words("so it is"),
        after: None,
        threat: None,
        skill,
        cost,
        noticed,
    }
}

/// Read invoices: ask support (2 days, noticed); or find the link (1) and guess the key (5, expert).
fn invoices() -> AttackTree {
    AttackTree {
        goal: "Read other customers' invoices".into(),
        nodes: vec![node("goal", None, Takes::Any), node("link", Some("goal"), Takes::All)],
        steps: vec![
            step("ask", "goal", 2, Skill::Anybody, true),
            step("find", "link", 1, Skill::Trained, false),
            step("guess", "link", 5, Skill::Expert, false),
        ],
    }
}

fn set(steps: &[usize]) -> BTreeSet<usize> {
    steps.iter().copied().collect()
}

#[test]
fn ways_and_cuts_of_a_small_tree() {
    let tree = invoices();
    let climb = climb(&tree).unwrap();
    assert_eq!(climb.cheapest(), Some(Way { steps: vec![0], cost: 2, skill: Skill::Anybody, noticed: true }));
    assert_eq!(climb.unnoticed(), Some(Way { steps: vec![1, 2], cost: 6, skill: Skill::Expert, noticed: false }));
    let ways: BTreeSet<_> = climb.ways().into_iter().collect();
    assert_eq!(ways, [set(&[0]), set(&[1, 2])].into_iter().collect());
    assert_eq!(climb.cuts(), [set(&[0, 1]), set(&[0, 2])]);
}

#[test]
fn the_fewest_controls_may_block_several_steps_each() {
    let tree = invoices();
    let climb = climb(&tree).unwrap();
    let by = |pairs: &'static [(&str, &str)]| {
        climb.fewest_controls(move |s| pairs.iter().find(|(id, _)| *id == s.id).map(|(_, control)| *control))
    };
    assert_eq!(by(&[("ask", "R1"), ("find", "R2"), ("guess", "R1")]), Some(["R1"].into_iter().collect()));
    assert_eq!(by(&[("ask", "R1"), ("guess", "R3")]), Some(["R1", "R3"].into_iter().collect()));
    assert_eq!(by(&[("find", "R2"), ("guess", "R3")]), None, "nothing blocks asking");
}

#[test]
fn what_does_not_hang_together_is_refused() {
    let wrong = |change: &dyn Fn(&mut AttackTree)| {
        let mut tree = invoices();
        change(&mut tree);
        climb(&tree).err()
    };
    let more = |n: usize| {
        move |t: &mut AttackTree| {
            t.steps = (0..n).map(|i| step(&format!("s{i}"), "goal", 1, Skill::Anybody, false)).collect();
        }
    };
    assert_eq!(wrong(&|_| {}), None);
    assert_eq!(wrong(&|t| t.nodes[0].under = Some("link".into())), Some(TreeError::Goals(0)));
    assert_eq!(wrong(&|t| t.nodes[1].under = None), Some(TreeError::Goals(2)));
    assert_eq!(wrong(&|t| t.steps[1].id = "link".into()), Some(TreeError::Twice("link".into())));
    assert_eq!(wrong(&|t| t.steps[1].under = "x".into()), Some(TreeError::Nowhere("find".into(), "x".into())));
    assert_eq!(wrong(&|t| t.steps.clear()), Some(TreeError::Empty));
    let round = |t: &mut AttackTree| {
        t.nodes.push(node("a", Some("b"), Takes::Any));
        t.nodes.push(node("b", Some("a"), Takes::Any));
    };
    assert_eq!(wrong(&round), Some(TreeError::Loose("a".into())));
    let deep = |t: &mut AttackTree| {
        t.nodes.push(node("a", Some("link"), Takes::Any));
        t.steps[2].under = "a".into();
    };
    assert_eq!(wrong(&deep), None);
    let deeper = |t: &mut AttackTree| {
        deep(t);
        t.nodes.push(node("b", Some("a"), Takes::Any));
        t.steps[2].under = "b".into();
    };
    assert_eq!(wrong(&deeper), Some(TreeError::Deep));
    assert_eq!(wrong(&more(MAX_STEPS)), None);
    assert_eq!(wrong(&more(MAX_STEPS + 1)), Some(TreeError::Steps(21)));
    let nodes = |t: &mut AttackTree| t.nodes.extend((0..40).map(|i| node(&format!("n{i}"), Some("goal"), Takes::Any)));
    assert_eq!(wrong(&nodes), Some(TreeError::Nodes(42)));
}

#[test]
fn the_widest_trees_are_computed_at_once() {
    // Six times three or so: the most ways that twenty steps can make, and the other way round the most cuts.
    for (outer, inner) in [(Takes::All, Takes::Any), (Takes::Any, Takes::All)] {
        let mut tree = AttackTree { goal: "x".into(), nodes: vec![node("g", None, outer)], steps: vec![] };
        for i in 0..20 {
            let under = format!("n{}", i / 3);
            if i % 3 == 0 {
                tree.nodes.push(node(&under, Some("g"), inner));
            }
            tree.steps.push(step(&format!("s{i}"), &under, 1, Skill::Anybody, false));
        }
        let climb = climb(&tree).unwrap();
        let most = climb.ways().len().max(climb.cuts().len());
        assert_eq!(most, 3_usize.pow(6) * 2);
    }
}

fn fallen(tree: &AttackTree) -> (Vec<String>, Vec<(String, WhyFallen)>) {
    let assumed = [Assumption { ordinal: 1, text: "x".into(), concern: None, about: String::new() }];
    let found = established(tree, &assumed).unwrap();
    let kept = found.tree.map(|t| t.steps.into_iter().map(|s| s.id).collect()).unwrap_or_default();
    (kept, found.fallen.into_iter().map(|f| (f.step, f.why)).collect())
}

#[test]
fn a_step_that_nobody_establishes_falls_and_takes_its_way_along() {
    use WhyFallen::*;
    let mut tree = invoices();
    assert_eq!(fallen(&tree).1, []);
    tree.steps[2].evidence = None;
    let (kept, gone) = fallen(&tree);
    assert_eq!(kept, ["ask"]);
    assert_eq!(gone, [("find".into(), WithAnother), ("guess".into(), NotEstablished)]);
    tree.steps[2].evidence = words("  ");
    assert_eq!(fallen(&tree).1[1], ("guess".into(), NotEstablished));
    tree.steps[2].evidence = Some(Source::Assumption { ordinal: 1 });
    assert_eq!(fallen(&tree).1, []);
    tree.steps[2].evidence = Some(Source::Assumption { ordinal: 2 });
    assert_eq!(fallen(&tree).1[1], ("guess".into(), UnknownAssumption));
    tree.steps[2].cost = MAX_COST + 1;
    assert_eq!(fallen(&tree).1[1], ("guess".into(), OutOfReach));
    // What is left holds no node without a step, and stays as it is.
    let left = established(&tree, &[]).unwrap().tree.unwrap();
    assert_eq!(left.nodes.len(), 1);
    assert_eq!(established(&left, &[]).unwrap(), Established { tree: Some(left), fallen: vec![] });
}

#[test]
fn a_step_may_stand_on_another_that_is_always_taken_with_it() {
    use WhyFallen::*;
    let after = |id: &str, first: &str, tree: &mut AttackTree| {
        let step = tree.steps.iter_mut().find(|s| s.id == id).unwrap();
        (step.evidence, step.after) = (None, Some(first.into()));
    };
    let mut tree = invoices();
    after("guess", "find", &mut tree);
    assert_eq!(fallen(&tree).1, []);
    after("guess", "ask", &mut tree);
    assert_eq!(fallen(&tree).1[1], ("guess".into(), NotAlwaysAfter), "the other way does not take it");
    after("guess", "guess", &mut tree);
    assert_eq!(fallen(&tree).1[1], ("guess".into(), NotAlwaysAfter), "itself");
    after("guess", "find", &mut tree);
    after("find", "guess", &mut tree);
    assert_eq!(fallen(&tree).1, [("find".into(), NotAlwaysAfter), ("guess".into(), NotAlwaysAfter)], "a ring");
}

#[test]
fn when_nothing_stands_there_is_no_tree() {
    let mut tree = invoices();
    for step in &mut tree.steps {
        step.evidence = None;
    }
    let (kept, gone) = fallen(&tree);
    assert_eq!((kept.len(), gone.len()), (0, 3));
    // A part without any step cannot be reached, and what takes it neither.
    let mut bare = invoices();
    bare.nodes.push(node("more", Some("link"), Takes::Any));
    let (kept, gone) = fallen(&bare);
    assert_eq!(kept, ["ask"]);
    assert!(gone.iter().all(|(_, why)| *why == WhyFallen::WithAnother));
}

// ── against every subset of the steps ──

fn trees() -> impl Strategy<Value = AttackTree> {
    let takes = || prop_oneof![Just(Takes::Any), Just(Takes::All)];
    let skill = prop_oneof![Just(Skill::Anybody), Just(Skill::Trained), Just(Skill::Expert)];
    let nodes = (takes(), proptest::collection::vec((takes(), any::<prop::sample::Index>()), 0..6));
    let steps = proptest::collection::vec((any::<prop::sample::Index>(), 0u32..6, skill, any::<bool>()), 1..11);
    (nodes, steps).prop_map(|((root, others), steps)| {
        let mut nodes = vec![node("n0", None, root)];
        let mut levels = vec![1];
        for (takes, at) in others {
            let may: Vec<usize> = (0..nodes.len()).filter(|i| levels[*i] < MAX_LEVELS - 1).collect();
            let parent = may[at.index(may.len())];
            levels.push(levels[parent] + 1);
            nodes.push(node(&format!("n{}", nodes.len()), Some(&format!("n{parent}")), takes));
        }
        let count = nodes.len();
        let steps = steps.into_iter().enumerate().map(|(i, (at, cost, skill, noticed))| {
            step(&format!("s{i}"), &format!("n{}", at.index(count)), cost, skill, noticed)
        });
        AttackTree { goal: "x".into(), nodes, steps: steps.collect() }
    })
}

/// Whether the steps of a set reach a node: straight from the definition.
fn reaches(tree: &AttackTree, node: &TreeNode, taken: u32) -> bool {
    let nodes = tree.nodes.iter().filter(|n| n.under.as_ref() == Some(&node.id)).map(|n| reaches(tree, n, taken));
    let steps = tree.steps.iter().enumerate().filter(|(_, s)| s.under == node.id).map(|(i, _)| taken >> i & 1 == 1);
    let below: Vec<bool> = nodes.chain(steps).collect();
    match node.takes {
        Takes::Any => below.contains(&true),
        Takes::All => !below.is_empty() && !below.contains(&false),
    }
}

fn bits(set: &BTreeSet<usize>) -> u32 {
    set.iter().map(|at| 1 << at).sum()
}

/// The sets for which something holds and of which no part does.
fn smallest(sets: &[u32]) -> BTreeSet<u32> {
    sets.iter().copied().filter(|one| !sets.iter().any(|other| other != one && other & one == *other)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_is_that_of_trying_all_subsets(tree in trees()) {
        let all = (1_u32 << tree.steps.len()) - 1;
        let winning: Vec<u32> = (0..=all).filter(|taken| reaches(&tree, &tree.nodes[0], *taken)).collect();
        let climb = match climb(&tree) {
            Ok(climb) => climb,
            Err(error) => {
                prop_assert_eq!(error, TreeError::Empty);
                prop_assert!(winning.is_empty());
                return Ok(());
            }
        };
        let of = |taken: u32| tree.steps.iter().enumerate().filter(move |(i, _)| taken >> i & 1 == 1).map(|(_, s)| s);
        let cost = |taken: u32| of(taken).map(|s| s.cost).sum::<u32>();
        let skill = |taken: u32| of(taken).map(|s| s.skill).max().unwrap();
        let best = |sets: &[u32]| sets.iter().map(|s| (cost(*s), skill(*s))).min();

        let ways: BTreeSet<u32> = climb.ways().iter().map(bits).collect();
        prop_assert_eq!(&ways, &smallest(&winning));
        let blocking: Vec<u32> = (0..=all).filter(|gone| !winning.contains(&(all & !gone))).collect();
        let cuts: Vec<u32> = climb.cuts().iter().map(bits).collect();
        prop_assert_eq!(&cuts.iter().copied().collect::<BTreeSet<_>>(), &smallest(&blocking));
        prop_assert!(cuts.is_sorted_by_key(|c| c.count_ones()));

        let cheapest = climb.cheapest();
        prop_assert_eq!(cheapest.as_ref().map(|w| (w.cost, w.skill)), best(&winning));
        let quiet: Vec<u32> = winning.iter().copied().filter(|s| of(*s).all(|s| !s.noticed)).collect();
        let unnoticed = climb.unnoticed();
        prop_assert_eq!(unnoticed.as_ref().map(|w| (w.cost, w.skill)), best(&quiet));
        for way in cheapest.iter().chain(&unnoticed) {
            let taken = way.steps.iter().map(|at| 1 << at).sum();
            prop_assert!(ways.contains(&taken), "a way without a step too many");
            prop_assert_eq!((way.cost, way.skill, way.noticed), (cost(taken), skill(taken), of(taken).any(|s| s.noticed)));
        }

        // Controls that block two steps each.
        let control = |at: usize| at / 2;
        let place = |s: &TreeStep| tree.steps.iter().position(|t| t.id == s.id).map(control);
        let fewest = climb.fewest_controls(place).map(|c| c.len());
        let blocked_by = |controls: u32| (0..tree.steps.len()).filter(|i| controls >> control(*i) & 1 == 1).map(|i| 1 << i).sum::<u32>();
        let tried = (0..1_u32 << tree.steps.len().div_ceil(2)).filter(|c| blocking.contains(&blocked_by(*c)));
        prop_assert_eq!(fewest, tried.map(|c| c.count_ones() as usize).min());
    }
}
