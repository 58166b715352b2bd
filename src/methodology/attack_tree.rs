//! What follows from an attack tree: the cheapest way, a way that nobody notices, what blocks every way. An analyst says what the
//! steps are; none of this is ever an analyst's word.
//!
//! Every step stands in one place of the tree, so ways and cuts follow from its shape: a way through "any" is a way through one of
//! its branches and through "all" one through each; with cuts it is the other way round. No way and no cut contains another.

use std::collections::{BTreeMap, BTreeSet};

use crate::threat_model::{Assumption, AttackTree, Skill, Source, Takes, TreeNode, TreeStep};

/// Levels from the goal to a step, both counted.
pub const MAX_LEVELS: usize = 4;

/// Steps in a tree; with more, nobody reads it.
pub const MAX_STEPS: usize = 20;

/// Places where ways meet; more could not all lead to a step.
pub const MAX_NODES: usize = 2 * MAX_STEPS + 1;

/// Days that one step may cost; what costs more is as good as out of reach.
pub const MAX_COST: u32 = 1_000;

/// Why a tree cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// No goal, or more than one.
    #[error("a tree has one goal; {0} nodes are under nothing")]
    Goals(usize),
    /// Two nodes or steps with one name.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// Something under a node that is not there.
    #[error("`{0}` is under `{1}`, which is not there")]
    Nowhere(String, String),
    /// A node under itself, or a branch that does not hang on the goal.
    #[error("`{0}` does not hang on the goal")]
    Loose(String),
    /// Too deep.
    #[error("more than {MAX_LEVELS} levels")]
    Deep,
    /// Too wide.
    #[error("{0} steps; at most {MAX_STEPS}")]
    Steps(usize),
    /// Too many places where ways meet.
    #[error("{0} nodes; at most {MAX_NODES}")]
    Nodes(usize),
    /// Nothing left to climb.
    #[error("no step leads to the goal")]
    Empty,
}

/// A step that was taken out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallen {
    /// The step's id.
    pub step: String,
    /// Why.
    pub why: WhyFallen,
}

/// Why a step was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhyFallen {
    /// Nothing says that its precondition holds.
    NotEstablished,
    /// It rests on an assumption that the draft does not make.
    UnknownAssumption,
    /// The step that should come first is not taken on every way that takes this one.
    NotAlwaysAfter,
    /// It is one of several that must all be taken, and another one fell.
    WithAnother,
    /// It costs more than anybody would spend.
    OutOfReach,
}

/// One way to the goal: the steps it takes, by their place in `AttackTree::steps`, and what they add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The steps, in the order of the tree.
    pub steps: Vec<usize>,
    /// The sum of their costs, in days.
    pub cost: u32,
    /// The most that one of them asks for.
    pub skill: Skill,
    /// One of them would be noticed.
    pub noticed: bool,
}

/// A tree that hangs together.
#[derive(Clone, Debug)]
pub struct Climb<'a> {
    tree: &'a AttackTree,
    root: Branch,
}

/// A part of a tree; steps by their place.
#[derive(Clone, Debug)]
enum Branch {
    Step(usize),
    Any(Vec<Branch>),
    All(Vec<Branch>),
}

/// Reads a tree: one goal, everything hangs on it, not too deep and not too wide. A node under which there is nothing cannot be
/// reached, and neither can one that takes it.
pub fn climb(tree: &AttackTree) -> Result<Climb<'_>, TreeError> {
    if tree.steps.len() > MAX_STEPS {
        return Err(TreeError::Steps(tree.steps.len()));
    }
    if tree.nodes.len() > MAX_NODES {
        return Err(TreeError::Nodes(tree.nodes.len()));
    }
    let ids = || tree.nodes.iter().map(|n| &n.id).chain(tree.steps.iter().map(|s| &s.id));
    let mut seen = BTreeSet::new();
    if let Some(twice) = ids().find(|id| !seen.insert(id.as_str())) {
        return Err(TreeError::Twice(twice.clone()));
    }
    let nodes: BTreeMap<&str, &TreeNode> = tree.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
    let mut goals = tree.nodes.iter().filter(|n| n.under.is_none());
    let (Some(goal), None) = (goals.next(), goals.next()) else {
        return Err(TreeError::Goals(tree.nodes.iter().filter(|n| n.under.is_none()).count()));
    };
    let under = tree.nodes.iter().filter_map(|n| Some((&n.id, n.under.as_ref()?)));
    for (id, under) in under.chain(tree.steps.iter().map(|s| (&s.id, &s.under))) {
        if !nodes.contains_key(under.as_str()) {
            return Err(TreeError::Nowhere(id.clone(), under.clone()));
        }
    }
    for node in &tree.nodes {
        // More steps up than there are nodes: they go round.
        let mut up = Some(node);
        for _ in 0..=tree.nodes.len() {
            up = up.and_then(|n| n.under.as_deref()).and_then(|id| nodes.get(id).copied());
        }
        if up.is_some() {
            return Err(TreeError::Loose(node.id.clone()));
        }
    }
    match branch(tree, goal, 1)? {
        Some(root) => Ok(Climb { tree, root }),
        None => Err(TreeError::Empty),
    }
}

fn branch(tree: &AttackTree, node: &TreeNode, level: usize) -> Result<Option<Branch>, TreeError> {
    if level >= MAX_LEVELS {
        return Err(TreeError::Deep);
    }
    let mut below = Vec::new();
    let mut blocked = false;
    for child in tree.nodes.iter().filter(|n| n.under.as_ref() == Some(&node.id)) {
        match branch(tree, child, level + 1)? {
            Some(reached) => below.push(reached),
            None => blocked = true,
        }
    }
    below.extend(tree.steps.iter().enumerate().filter(|(_, s)| s.under == node.id).map(|(at, _)| Branch::Step(at)));
    if below.is_empty() || (blocked && node.takes == Takes::All) {
        return Ok(None);
    }
    Ok(Some(match node.takes {
        Takes::Any => Branch::Any(below),
        Takes::All => Branch::All(below),
    }))
}

impl Climb<'_> {
    /// The cheapest way; of equally cheap ones that which asks for the least skill.
    pub fn cheapest(&self) -> Option<Way> {
        self.best(&self.root, &|_| true)
    }

    /// The cheapest way of which nobody would notice a step; none when every way has one.
    pub fn unnoticed(&self) -> Option<Way> {
        self.best(&self.root, &|step| !step.noticed)
    }

    /// Every way to the goal, as the sets of steps that it takes.
    pub fn ways(&self) -> Vec<BTreeSet<usize>> {
        sets(&self.root, false)
    }

    /// Every smallest-possible way to block the goal: sets of steps of which none can be left out. The smallest come first.
    pub fn cuts(&self) -> Vec<BTreeSet<usize>> {
        let mut cuts = sets(&self.root, true);
        cuts.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        cuts
    }

    /// The fewest controls that block every way, when a control blocks the steps that `control_of` gives it to; none when some way
    /// has no control on it.
    pub fn fewest_controls<C: Ord>(&self, control_of: impl Fn(&TreeStep) -> Option<C>) -> Option<BTreeSet<C>> {
        let controls = |cut: &BTreeSet<usize>| -> Option<BTreeSet<C>> {
            cut.iter().map(|at| self.tree.steps.get(*at).and_then(&control_of)).collect()
        };
        // What any set of controls blocks contains a cut, so the fewest controls are those of some cut.
        let mut all: Vec<BTreeSet<C>> = self.cuts().iter().filter_map(controls).collect();
        all.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        all.into_iter().next()
    }

    fn best(&self, branch: &Branch, may: &impl Fn(&TreeStep) -> bool) -> Option<Way> {
        match branch {
            Branch::Step(at) => {
                let step = self.tree.steps.get(*at).filter(|step| may(step))?;
                let cost = step.cost.min(MAX_COST);
                Some(Way { steps: vec![*at], cost, skill: step.skill, noticed: step.noticed })
            }
            Branch::Any(below) => {
                below.iter().filter_map(|b| self.best(b, may)).min_by(|a, b| (a.cost, a.skill).cmp(&(b.cost, b.skill)))
            }
            Branch::All(below) => {
                let ways: Option<Vec<Way>> = below.iter().map(|b| self.best(b, may)).collect();
                let together = |mut one: Way, other: Way| {
                    one.steps.extend(other.steps);
                    one.steps.sort_unstable();
                    Way {
                        cost: one.cost.saturating_add(other.cost),
                        skill: one.skill.max(other.skill),
                        noticed: one.noticed || other.noticed,
                        steps: one.steps,
                    }
                };
                ways?.into_iter().reduce(together)
            }
        }
    }
}

/// The sets of steps that reach the goal, or with `block` those without which it cannot be reached. At most 20 steps in four levels
/// make some three thousand of either.
fn sets(branch: &Branch, block: bool) -> Vec<BTreeSet<usize>> {
    match (branch, block) {
        (Branch::Step(at), _) => vec![[*at].into_iter().collect()],
        (Branch::Any(below), false) | (Branch::All(below), true) => below.iter().flat_map(|b| sets(b, block)).collect(),
        (Branch::All(below), false) | (Branch::Any(below), true) => {
            below.iter().fold(vec![BTreeSet::new()], |so_far, b| {
                let more = sets(b, block);
                so_far.iter().flat_map(|one| more.iter().map(move |other| one | other)).collect()
            })
        }
    }
}

/// What stands of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Established {
    /// The tree of the steps that stand; none when the goal cannot be reached by them.
    pub tree: Option<AttackTree>,
    /// The steps that were taken out.
    pub fallen: Vec<Fallen>,
}

/// Takes out every step whose precondition nobody establishes, and what cannot be reached without it. A step stands on words, on an
/// assumption that the draft makes, or on a step that is taken on every way that takes it.
pub fn established(tree: &AttackTree, assumptions: &[Assumption]) -> Result<Established, TreeError> {
    let mut tree = tree.clone();
    let mut fallen = Vec::new();
    loop {
        let ways = match climb(&tree) {
            Ok(climb) => climb.ways(),
            Err(TreeError::Empty) => {
                let all = tree.steps.iter().map(|s| Fallen { step: s.id.clone(), why: WhyFallen::WithAnother });
                fallen.extend(all);
                return Ok(Established { tree: None, fallen });
            }
            Err(error) => return Err(error),
        };
        let wrong = |(at, step): (usize, &TreeStep)| Some((at, why_not(&tree, &ways, assumptions, at, step)?));
        let found: BTreeMap<usize, WhyFallen> = tree.steps.iter().enumerate().filter_map(wrong).collect();
        // A way falls with any of its steps; a step that no way takes any more goes too.
        let stands = |way: &&BTreeSet<usize>| !way.iter().any(|at| found.contains_key(at));
        let kept: BTreeSet<usize> = ways.iter().filter(stands).flatten().copied().collect();
        if kept.len() == tree.steps.len() {
            drop_bare(&mut tree);
            return Ok(Established { tree: Some(tree), fallen });
        }
        let mut steps = Vec::new();
        for (at, step) in tree.steps.into_iter().enumerate() {
            if kept.contains(&at) {
                steps.push(step);
            } else {
                let why = found.get(&at).copied().unwrap_or(WhyFallen::WithAnother);
                fallen.push(Fallen { step: step.id, why });
            }
        }
        tree.steps = steps;
    }
}

/// Takes out nodes under which nothing is left.
fn drop_bare(tree: &mut AttackTree) {
    loop {
        let bare = |node: &TreeNode| {
            node.under.is_some()
                && !tree.nodes.iter().any(|n| n.under.as_ref() == Some(&node.id))
                && !tree.steps.iter().any(|s| s.under == node.id)
        };
        let Some(at) = tree.nodes.iter().position(bare) else { return };
        tree.nodes.remove(at);
    }
}

fn why_not(
    tree: &AttackTree,
    ways: &[BTreeSet<usize>],
    assumptions: &[Assumption],
    at: usize,
    step: &TreeStep,
) -> Option<WhyFallen> {
    if step.cost > MAX_COST {
        return Some(WhyFallen::OutOfReach);
    }
    match (&step.evidence, &step.after) {
        (Some(Source::Assumption { ordinal }), _) if !assumptions.iter().any(|a| a.ordinal == *ordinal) => {
            Some(WhyFallen::UnknownAssumption)
        }
        (Some(evidence), _) if says_something(evidence) => None,
        (_, Some(first)) => {
            let first = tree.steps.iter().position(|s| s.id == *first && s.id != step.id);
            let always = first.is_some_and(|first| {
                ways.iter().all(|way| !way.contains(&at) || way.contains(&first)) && !comes_back(tree, first, at)
            });
            (!always).then_some(WhyFallen::NotAlwaysAfter)
        }
        _ => Some(WhyFallen::NotEstablished),
    }
}

/// Whether `from` itself waits for `to`, directly or through others: two steps cannot each come after the other.
fn comes_back(tree: &AttackTree, from: usize, to: usize) -> bool {
    let mut at = from;
    for _ in 0..tree.steps.len() {
        if at == to {
            return true;
        }
        let after = tree.steps.get(at).filter(|s| !s.evidence.as_ref().is_some_and(says_something));
        let next = after.and_then(|s| s.after.as_ref()).and_then(|id| tree.steps.iter().position(|s| s.id == *id));
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}

fn says_something(source: &Source) -> bool {
    match source {
        Source::Document { anchor } => !anchor.quotation.trim().is_empty(),
        Source::Reply { quotation, .. }
        | Source::Description { quotation }
        | Source::Context { quotation, .. }
        | Source::Decision { quotation, .. } => !quotation.trim().is_empty(),
        Source::Assumption { .. } => true,
    }
}

#[cfg(test)]
mod tests;
