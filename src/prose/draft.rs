//! The draft: the body of one review. Each recommendation shown has a thread of its own (`recommendation.rs`). Which sections
//! it has, and in which order, is said by the methodology; their words are here and in `draft/`.

mod attack_tree;
mod sections;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use super::link::Context;
use super::markdown::{
    SafeMarkdown, and, blocks, code, count, join, login, number, say_when, sentence, small, text, words,
};
use super::recommendation::Outcome;
use crate::methodology::{Chosen, Methodology, Section, Show, chosen, lens};
use crate::review::curation::Note;
use crate::say;
use crate::threat_model::{DataClass, ThreatModel};

/// How many recommendations are shown; the rest is folded.
pub const SHOWN: usize = 5;

/// What the draft's body says, beside the model itself.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// The model.
    pub model: &'a ThreatModel,
    /// Who curates: teams or people.
    pub reviewers: Vec<String>,
    /// Curation has ended.
    pub curated: bool,
    /// What became of recommendations; what is not there is proposed, or kept once curation has ended.
    pub outcomes: BTreeMap<u32, Outcome<'a>>,
    /// What code owners changed in them.
    pub notes: BTreeMap<u32, &'a [Note]>,
    /// Recommendations that have a thread of their own; the others are told in full here.
    pub threaded: BTreeSet<u32>,
    /// Questions asked.
    pub asked: usize,
    /// Questions answered.
    pub answered: usize,
    /// Whether threat stories may stand on the page (`visibility: full`).
    pub stories: bool,
    /// `mode: advise`: nothing waits for it.
    pub advises: bool,
}

/// The body of the draft's review, laid out by the methodology that the model names.
pub fn body(context: &Context, draft: &Draft<'_>) -> SafeMarkdown {
    let model = draft.model;
    if model.summary.trim().is_empty() && model.recommendations.is_empty() && model.threats.is_empty() {
        return without_relevance(draft);
    }
    let chosen = chosen(&model.methodology);
    let page = Page { context, draft, methodology: &chosen.methodology };
    let sections = chosen.methodology.output.iter().map(|section| page.section(section));
    let note = blocks([followed_instead(&chosen), page.misfit()]);
    blocks([heading(draft), note].into_iter().chain(sections).chain([stories_elsewhere(draft), footer(&page)])).capped()
}

/// Everything that a section is made from.
#[derive(Clone, Copy)]
struct Page<'a> {
    context: &'a Context,
    draft: &'a Draft<'a>,
    methodology: &'a Methodology,
}

impl<'a> Page<'a> {
    fn model(&self) -> &'a ThreatModel {
        self.draft.model
    }

    /// A section under its heading; nothing when it has nothing to say.
    fn section(&self, section: &Section) -> SafeMarkdown {
        let body = match section.show {
            Show::Understood => self.understood(),
            Show::Context => self.conversation_and_assumptions(),
            Show::Elements => self.elements(section),
            Show::Data => self.data(section, |_| true),
            Show::PersonalData => self.data(section, DataClass::is_personal),
            Show::Threats => self.threats(section),
            Show::Scenarios => self.scenarios(section),
            Show::TwoScenarios => self.two_scenarios(section),
            Show::AttackTree => self.attack_tree(section),
            Show::Recommendations => self.recommendations(section),
            Show::Covered => self.covered(),
            Show::SetAside => self.set_aside(section),
            Show::Tier => self.tier(),
            Show::Enough => self.enough(),
            Show::Checks => self.checks(section),
            Show::Notes => self.notes(),
        };
        let none = section.show == Show::Recommendations && self.model().recommendations.is_empty();
        if section.heading.is_empty() || body.is_empty() || none {
            return body;
        }
        blocks([say!("### {}", text(&section.heading)), body])
    }

    /// What the methodology says where the document does not hold what it needs.
    fn misfit(&self) -> SafeMarkdown {
        let fit = self.methodology.fit.as_ref().filter(|_| !lens::fits(self.methodology, self.model()));
        say_when(fit, |fit| say!("**{}**", sentence(&fit.otherwise)))
    }
}

/// Says so when another methodology was asked for.
fn followed_instead(chosen: &Chosen<'_>) -> SafeMarkdown {
    let followed = text(&chosen.methodology.id);
    say_when(chosen.instead_of, |wanted| {
        let why = if wanted.contains('\n') {
            words("The methodology's file cannot be read")
        } else {
            say!("{} is not known here", code(wanted))
        };
        say!("*{}. This draft follows {}.*", why, followed)
    })
}

fn reviewers(draft: &Draft<'_>) -> SafeMarkdown {
    if draft.reviewers.is_empty() {
        return words("the code owners");
    }
    and(draft.reviewers.iter().map(|who| login(who)).collect())
}

fn heading(draft: &Draft<'_>) -> SafeMarkdown {
    match (draft.advises, draft.curated) {
        (true, _) => words("## Draft threat model — advice, nothing waits for it"),
        (false, false) => say!("## Draft threat model — for {}, not for action yet", reviewers(draft)),
        (false, true) => say!("## Threat model — curated by {}; what was kept is for the author", reviewers(draft)),
    }
}

/// Two lines for a document in which nothing bears on security; the owner's approval is asked for all the same.
fn without_relevance(draft: &Draft<'_>) -> SafeMarkdown {
    let read = say!(
        "**Draft threat model for {}**: nothing found in this change that a threat model would add to.",
        reviewers(draft)
    );
    let then = if draft.advises {
        words("Nothing waits for it.")
    } else {
        words("Approve if you see it the same way; a comment here says what is missing.")
    };
    super::markdown::lines([read, then])
}

fn stories_elsewhere(draft: &Draft<'_>) -> SafeMarkdown {
    if draft.stories {
        return SafeMarkdown::default();
    }
    words("This repository is public, so what can go wrong in detail is on the reviewers' dashboard and not here.")
}

fn footer(page: &Page<'_>) -> SafeMarkdown {
    let (draft, model) = (page.draft, page.model());
    let quotations = match (model.quotations.checked, model.quotations.found) {
        (0, _) => SafeMarkdown::default(),
        (checked, found) if checked == found => {
            say!("{}, all found", count(checked as usize, "quotation", "quotations"))
        }
        (checked, found) => say!(
            "{} of {} found, the rest not shown",
            number(u64::from(found)),
            count(checked as usize, "quotation", "quotations")
        ),
    };
    let questions =
        say!("{}, {}", count(draft.asked, "question", "questions"), count(draft.answered, "answer", "answers"));
    small(&join(" · ", [questions, text(&page.methodology.id), quotations]))
}
