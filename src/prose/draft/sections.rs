//! Sections of running text: what was understood, said and assumed; what is covered, set aside, open.

use std::collections::BTreeSet;

use super::Page;
use crate::methodology::lens::{fits, lens_of};
use crate::methodology::rating::tier;
use crate::methodology::{Section, SlotUse};
use crate::prose::cite;
use crate::prose::diagram::data_flow;
use crate::prose::markdown::{
    SafeMarkdown, blocks, count, details, join, lines, list, ordinal, say_when, sentence, told, words,
};
use crate::say;
use crate::threat_model::Slot;

impl<'a> Page<'a> {
    pub(super) fn understood(&self) -> SafeMarkdown {
        let model = self.model();
        let built = say_when((!model.summary.trim().is_empty()).then_some(&model.summary), |summary| {
            say!(
                "**What is being built, as we understood it.** {} *Wrong? Quote the sentence in a comment and say what is right.*",
                sentence(summary)
            )
        });
        blocks([built, data_flow(&model.components, &model.flows)])
    }

    pub(super) fn conversation_and_assumptions(&self) -> SafeMarkdown {
        lines([self.conversation(), self.assumptions()])
    }

    fn conversation(&self) -> SafeMarkdown {
        let told_by = |fact: &crate::threat_model::Fact| {
            let statement = told(fact.statement.trim_end_matches('.'));
            say!("{} ({})", statement, cite::origin(self.context, &fact.source, None))
        };
        let facts: Vec<_> = self.model().facts.iter().map(told_by).collect();
        say_when((!facts.is_empty()).then_some(facts), |facts| {
            say!("**Taken from the conversation**: {}.", join("; ", facts))
        })
    }

    fn assumptions(&self) -> SafeMarkdown {
        let stated = self.model().assumptions.iter();
        let stated: Vec<_> = stated.map(|a| say!("**A{}** {}", ordinal(a.ordinal), sentence(&a.text))).collect();
        let last = self.model().assumptions.iter().map(|a| a.ordinal).max().unwrap_or(1);
        say_when((!stated.is_empty()).then_some(stated), |stated| {
            say!(
                "**Assumed, nobody said**: {} *Approving accepts these by number; an answer in the question's thread replaces one, `/threadmodel challenge A{}` asks again.*",
                join(" ", stated),
                ordinal(last)
            )
        })
    }

    pub(super) fn covered(&self) -> SafeMarkdown {
        let place = |c: &crate::threat_model::Covered| {
            let at = cite::place(self.context, &c.anchor, self.home());
            say!("{} ({})", told(c.text.trim_end_matches('.')), at)
        };
        let covered: Vec<_> = self.model().covered.iter().map(place).collect();
        say_when((!covered.is_empty()).then_some(covered), |covered| {
            say!("**Already covered by the design**: {}.", join(", ", covered))
        })
    }

    /// The document, when the whole draft is about one: then lines need not name it.
    pub(super) fn home(&self) -> Option<&'a str> {
        let model = self.model();
        let anchors = model.covered.iter().map(|c| &c.anchor).chain(model.recommendations.iter().map(|r| &r.anchor));
        let paths: BTreeSet<&str> = anchors.map(|a| a.path.as_str()).collect();
        paths.first().copied().filter(|_| paths.len() == 1)
    }

    pub(super) fn set_aside(&self, section: &Section) -> SafeMarkdown {
        let tell = |entry: &crate::threat_model::SetAside| {
            let place = |at| say!(" ({})", cite::place(self.context, at, self.home()));
            let at = say_when(entry.anchor.as_ref(), place);
            say!("{}{}: {}", told(entry.text.trim_end_matches('.')), at, sentence(&entry.reason))
        };
        let all = &self.model().set_aside;
        let entries: Vec<_> = all.iter().take(section.cap).map(tell).collect();
        let n = all.len();
        say_when((n > 0).then_some(entries), |entries| details("Considered and set aside", Some(n), &list(0, entries)))
    }

    /// The tier, and what of the lens is touched by which threat.
    pub(super) fn tier(&self) -> SafeMarkdown {
        let model = self.model();
        let touched = self.methodology.lens.iter().filter_map(|lens| {
            let of = |t: &&crate::threat_model::Threat| {
                lens_of(self.methodology, t, model).is_some_and(|found| found.id == lens.id)
            };
            let threat = model.threats.iter().find(of)?;
            let from = threat.evidence.first();
            let because = say_when(from, |from| say!(" ({})", cite::source(self.context, from, self.home())));
            Some(say!("{}{}", told(&lens.title), because))
        });
        let touched: Vec<_> = touched.collect();
        let tier = ordinal(tier(self.methodology, model));
        if touched.is_empty() {
            return say!("**Tier {} of 3**: nothing that calls for a closer look was found.", tier);
        }
        say!("**Tier {} of 3**: {}.", tier, join("; ", touched))
    }

    /// The last of the four questions: what nobody confirmed, and when to look again.
    pub(super) fn enough(&self) -> SafeMarkdown {
        let model = self.model();
        if model.threats.is_empty() {
            return SafeMarkdown::default();
        }
        let open = match model.assumptions.len() {
            0 => words("Nothing stands on an assumption"),
            n => say!("{} nobody has confirmed", count(n, "assumption", "assumptions")),
        };
        say!("**Did we do enough?** {}; look again when a part, a flow or a rule about who may do what changes.", open)
    }

    /// What the model holds about each fact that the methodology needs, the most important first.
    pub(super) fn checks(&self, section: &Section) -> SafeMarkdown {
        let model = self.model();
        if model.threats.is_empty() || !fits(self.methodology, model) {
            return SafeMarkdown::default();
        }
        let mut slots: Vec<&SlotUse> = self.methodology.slots.iter().collect();
        slots.sort_by_key(|slot| !slot.blocking);
        let asked = slots.into_iter().take(section.cap);
        list(0, asked.map(|slot| say!("{} {}", told(&slot.question), self.known(slot.id, &slot.if_unknown))))
    }

    /// What is known of a slot: said, a threat, or what is taken for granted.
    fn known(&self, slot: Slot, if_unknown: &str) -> SafeMarkdown {
        let model = self.model();
        if let Some(fact) = model.facts.iter().find(|f| f.slot == slot) {
            let from = cite::origin(self.context, &fact.source, self.home());
            return say!("*Said:* {} ({}).", told(fact.statement.trim_end_matches('.')), from);
        }
        let of_slot = model.recommendations.iter().filter(|r| {
            let threat = model.threats.iter().find(|t| t.id == r.threat);
            threat.is_some_and(|t| t.slot == slot)
        });
        let about: Vec<_> = of_slot.take(3).map(|r| say!("R{}", ordinal(r.ordinal))).collect();
        if !about.is_empty() {
            return say!("*See* {}.", join(", ", about));
        }
        say!("*Nobody said; if nothing else holds:* {}", sentence(if_unknown))
    }

    pub(super) fn notes(&self) -> SafeMarkdown {
        let method = self.methodology;
        if self.model().threats.is_empty() {
            return SafeMarkdown::default();
        }
        let done = say!("Done when: {}", sentence(&method.stop_when));
        let notes = [done].into_iter().chain(method.pitfalls.iter().map(|p| say!("Watch for: {}", sentence(p))));
        details("Process notes", None, &list(0, notes))
    }
}
