//! An attack tree out of what a model said: a step stands on words, on an assumption of the draft, or on a step before it, and
//! falls otherwise, with the ways that need it. What follows from the tree is computed, never said.

use std::collections::{BTreeMap, BTreeSet};

use super::{Ground, alike, plain};
use crate::llm::answers::DraftAnswer;
use crate::llm::answers::tree::{NodeSaid, StepSaid, TreeSaid};
use crate::methodology::attack_tree::{TreeError, WhyFallen, established};
use crate::threat_model::{AttackTree, Source, Threat, ThreatModel, TreeNode, TreeStep};

/// What stands of the tree; None when it does not hang together or no way is left.
pub(super) fn tree(
    ground: &mut Ground<'_>,
    said: &TreeSaid,
    answer: &DraftAnswer,
    threats: &BTreeMap<String, Threat>,
    model: &ThreatModel,
) -> Option<AttackTree> {
    let goal = plain(&said.goal, 160);
    let node = |node: &NodeSaid| TreeNode {
        id: node.id.clone(),
        under: node.under.clone(),
        title: plain(&node.title, 100),
        takes: node.takes,
    };
    let nodes: Vec<TreeNode> = said.nodes.iter().map(node).collect();
    let mut steps: Vec<TreeStep> = Vec::new();
    let mut seen: BTreeSet<&str> = said.nodes.iter().map(|n| n.id.as_str()).collect();
    for step in &said.steps {
        let action = plain(&step.action, 120);
        if !said.nodes.iter().any(|n| n.id == step.under) {
            ground.drop("step", &action, "it is under a place that is not there");
        } else if !seen.insert(&step.id) {
            ground.drop("step", &action, "another step or place has its name");
        } else if aside(step, answer, threats, model) {
            ground.drop("step", &action, "the threat that it is was set aside");
        } else {
            let evidence = evidence(ground, step, &action, answer, model);
            // A threat that is only listed has nothing in the draft to point to.
            let threat = step.threat.as_ref().and_then(|id| threats.get(id));
            let threat = threat.filter(|t| model.threats.iter().any(|kept| kept.id == t.id));
            steps.push(TreeStep {
                id: step.id.clone(),
                under: step.under.clone(),
                action,
                precondition: plain(&step.precondition, 200),
                evidence,
                after: step.after.clone(),
                threat: threat.map(|t| t.id.clone()),
                skill: step.skill,
                cost: step.cost,
                noticed: step.noticed,
            });
        }
    }
    let whole = AttackTree { goal: goal.clone(), nodes, steps };
    let found = match established(&whole, &model.assumptions) {
        Ok(found) => found,
        Err(error) => {
            ground.drop("attack tree", &goal, wrong(&error));
            return None;
        }
    };
    for fallen in &found.fallen {
        let action = whole.steps.iter().find(|s| s.id == fallen.step).map_or("", |s| s.action.as_str());
        ground.drop("step", action, why(fallen.why));
    }
    if found.tree.is_none() {
        ground.drop("attack tree", &goal, "no way to it is left");
    }
    found.tree
}

/// What says that a step's precondition holds. Words that stand nowhere say nothing, and neither does an assumption that the draft
/// does not make; a step that comes after another may still stand on that one.
fn evidence(
    ground: &mut Ground<'_>,
    step: &StepSaid,
    action: &str,
    answer: &DraftAnswer,
    model: &ThreatModel,
) -> Option<Source> {
    let quoted = step.quotation.as_ref().and_then(|quote| {
        let stands = ground.sources.find(quote).filter(|stands| !stands.before);
        ground.count(stands.is_some());
        if stands.is_none() {
            ground.drop("words of a step", action, "they stand in no source");
        }
        stands
    });
    if let Some(stands) = quoted {
        return Some(stands.source);
    }
    let place = usize::try_from(step.assumption?).ok()?.checked_sub(1)?;
    let text = answer.assumptions.get(place).map(|a| plain(&a.text, 300))?;
    let exactly = model.assumptions.iter().find(|a| a.text == text);
    let made = exactly.or_else(|| model.assumptions.iter().find(|a| alike(&a.text, &text)))?;
    Some(Source::Assumption { ordinal: made.ordinal })
}

/// Whether the step is a threat that the design answers, or that does not apply: nobody can take it.
fn aside(step: &StepSaid, answer: &DraftAnswer, threats: &BTreeMap<String, Threat>, model: &ThreatModel) -> bool {
    let Some(id) = step.threat.as_ref().filter(|id| !threats.contains_key(*id)) else { return false };
    let stories = answer.threats.iter().filter(|t| t.id == *id).map(|t| plain(&t.story, 500));
    stories.into_iter().any(|story| model.set_aside.iter().any(|s| s.text == story))
}

const fn wrong(error: &TreeError) -> &'static str {
    match error {
        TreeError::Goals(_) => "it has no goal, or more than one",
        TreeError::Twice(_) => "two of its places have one name",
        TreeError::Nowhere(..) => "a place is under one that is not there",
        TreeError::Loose(_) => "its places go round",
        TreeError::Deep => "it has more than four levels",
        TreeError::Steps(_) | TreeError::Nodes(_) => "it is larger than anybody reads",
        TreeError::Empty => "no step leads to the goal",
    }
}

const fn why(fallen: WhyFallen) -> &'static str {
    match fallen {
        WhyFallen::NotEstablished => "nothing says that its precondition holds",
        WhyFallen::UnknownAssumption => "the draft does not make the assumption that it rests on",
        WhyFallen::NotAlwaysAfter => "the step that it comes after is not always taken first",
        WhyFallen::WithAnother => "its way needs a step that fell",
        WhyFallen::OutOfReach => "it costs more than anybody would spend",
    }
}
