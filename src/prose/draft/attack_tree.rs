//! The attack tree: its picture, its steps, and what follows from them.

use super::Page;
use crate::methodology::Section;
use crate::methodology::attack_tree::{Climb, Way, climb};
use crate::prose::markdown::{
    SafeMarkdown, and, blocks, count, join, ordinal, say_when, sentence, table_of, text, told, words,
};
use crate::prose::recommendation::Outcome;
use crate::prose::{cite, diagram};
use crate::say;
use crate::threat_model::{AttackTree, Recommendation, Skill, TreeStep};

impl Page<'_> {
    /// Nothing where stories stay off the page: the tree tells how.
    pub(super) fn attack_tree(&self, section: &Section) -> SafeMarkdown {
        let Some(tree) = self.model().attack_tree.as_ref().filter(|_| self.draft.stories) else {
            return SafeMarkdown::default();
        };
        let climb = match climb(tree) {
            Ok(climb) => climb,
            Err(error) => return say!("*The tree cannot be read: {}.*", text(&error.to_string())),
        };
        let cheapest = climb.cheapest();
        let marked = cheapest.as_ref().map(|way| way.steps.as_slice()).unwrap_or_default();
        let goal = say!("**What somebody would want:** {}", sentence(&tree.goal));
        let picture = diagram::attack_tree(tree, marked);
        let follows = [
            say_when(cheapest.as_ref(), |way| say!("**Cheapest way:** {}", told_way(way))),
            unnoticed(&climb, cheapest.as_ref()),
            self.blocks_all(tree, &climb),
        ];
        blocks([goal, picture, self.steps(tree, section.cap)].into_iter().chain(follows))
    }

    fn steps(&self, tree: &AttackTree, cap: usize) -> SafeMarkdown {
        let row = |(n, step): (u32, &TreeStep)| {
            let after = || {
                let after = step.after.as_ref().and_then(|id| tree.steps.iter().position(|s| s.id == *id));
                say_when(after, |at| say!("after {}", numbered(at)))
            };
            let because = match &step.evidence {
                Some(from) => cite::source(self.context, from, self.home()),
                None => after(),
            };
            [
                say!("S{}", ordinal(n)),
                told(&step.action),
                told(&step.precondition),
                because,
                words(skill(step.skill)),
                days(step.cost),
                words(if step.noticed { "yes" } else { "no" }),
            ]
        };
        let rows = (1..).zip(&tree.steps).take(cap).map(row);
        table_of(&["", "step", "what must be true first", "because", "who can", "takes", "noticed"], rows)
    }

    /// The fewest recommendations that block every way, and the fewest steps.
    fn blocks_all(&self, tree: &AttackTree, climb: &Climb<'_>) -> SafeMarkdown {
        let cuts = climb.cuts();
        let Some(first) = cuts.first() else { return SafeMarkdown::default() };
        let as_small = cuts.iter().filter(|cut| cut.len() == first.len()).count();
        let steps = and(first.iter().map(|at| numbered(*at)).collect());
        let steps = match (first.len(), tree.steps.len()) {
            (n, all) if n == all => words("every step has to go"),
            (1, _) => say!("{} alone", steps),
            _ => say!("{} together", steps),
        };
        let others = as_small.saturating_sub(1);
        let others = say_when((others > 0).then_some(others), |n| {
            say!(" ({} would do as well)", count(n, "other choice of steps", "other choices of steps"))
        });
        let controls = climb.fewest_controls(|step| {
            let threat = step.threat.as_ref()?;
            let answer = self.model().recommendations.iter().find(|r| r.threat == *threat && self.stands(r))?;
            Some(answer.ordinal)
        });
        let by = match controls {
            Some(by) => {
                let by = and(by.iter().map(|n| say!("R{}", ordinal(*n))).collect());
                say!("The fewest recommendations that do it: {}.", by)
            }
            None => words("No recommendations together do it: some way has none on it."),
        };
        say!("**What blocks every way:** {}{}. {}", steps, others, by)
    }

    /// Proposed, kept or done; not dropped, declined, put off.
    fn stands(&self, recommendation: &Recommendation) -> bool {
        matches!(
            self.draft.outcomes.get(&recommendation.ordinal),
            None | Some(Outcome::Proposed | Outcome::Kept | Outcome::Adopted { .. })
        )
    }
}

fn unnoticed(climb: &Climb<'_>, cheapest: Option<&Way>) -> SafeMarkdown {
    match climb.unnoticed() {
        None => words("**Unnoticed:** no way; each has a step that somebody would notice."),
        Some(way) if cheapest.is_some_and(|c| c.steps == way.steps) => words("**Unnoticed:** the cheapest way is."),
        Some(way) => say!("**Unnoticed:** {}", told_way(&way)),
    }
}

fn told_way(way: &Way) -> SafeMarkdown {
    let steps = join(" → ", way.steps.iter().map(|at| numbered(*at)));
    let noticed = words(if way.noticed { "somebody would notice" } else { "nobody would notice" });
    say!("{}; {}, by {}; {}.", steps, days(way.cost), words(skill(way.skill)), noticed)
}

fn numbered(at: usize) -> SafeMarkdown {
    say!("S{}", ordinal(u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)))
}

fn days(days: u32) -> SafeMarkdown {
    match days {
        0 => words("less than a day"),
        days => count(usize::try_from(days).unwrap_or(usize::MAX), "day", "days"),
    }
}

const fn skill(skill: Skill) -> &'static str {
    match skill {
        Skill::Anybody => "anybody",
        Skill::Trained => "somebody who builds such systems",
        Skill::Expert => "a specialist",
    }
}
