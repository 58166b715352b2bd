//! The draft: the body of one review. Each recommendation shown has a thread of its own (`recommendation.rs`).

use std::collections::{BTreeMap, BTreeSet};

use super::cite;
use super::diagram::data_flow;
use super::link::Context;
use super::markdown::{
    SafeMarkdown, and, blocks, count, details, join, list, login, number, ordinal, say_when, sentence, small, struck,
    table, told, words,
};
use super::recommendation::{Dropped, Outcome, Shown, effort, recommendation};
use crate::say;
use crate::threat_model::{Recommendation, ThreatModel};

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
    /// Dropped recommendations, by whom and why.
    pub dropped: BTreeMap<u32, Dropped<'a>>,
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

/// The body of the draft's review.
pub fn body(context: &Context, draft: &Draft<'_>) -> SafeMarkdown {
    let model = draft.model;
    if model.summary.trim().is_empty() && model.recommendations.is_empty() && model.threats.is_empty() {
        return without_relevance(draft);
    }
    let built = say_when((!model.summary.trim().is_empty()).then_some(&model.summary), |summary| {
        say!("**What is being built, as we understood it.** {} Tell us what is wrong.", sentence(summary))
    });
    blocks([
        heading(draft),
        built,
        data_flow(&model.components, &model.flows),
        super::markdown::lines([conversation(context, draft), assumptions(draft)]),
        recommendations(draft),
        in_full(context, draft),
        covered(context, draft),
        set_aside(context, draft),
        stories_elsewhere(draft),
        footer(draft),
    ])
    .capped()
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

fn conversation(context: &Context, draft: &Draft<'_>) -> SafeMarkdown {
    let facts: Vec<_> = draft
        .model
        .facts
        .iter()
        .map(|fact| {
            let statement = told(fact.statement.trim_end_matches('.'));
            say!("{} ({})", statement, cite::origin(context, &fact.source, None))
        })
        .collect();
    say_when((!facts.is_empty()).then_some(facts), |facts| {
        say!("**Taken from the conversation**: {}.", join("; ", facts))
    })
}

fn assumptions(draft: &Draft<'_>) -> SafeMarkdown {
    let stated = draft.model.assumptions.iter();
    let stated: Vec<_> = stated.map(|a| say!("**A{}** {}", ordinal(a.ordinal), sentence(&a.text))).collect();
    say_when((!stated.is_empty()).then_some(stated), |stated| {
        say!(
            "**Assumed, nobody said**: {} *Approving accepts these by number; an answer in the question's thread replaces one.*",
            join(" ", stated)
        )
    })
}

fn threat_of<'a>(draft: &Draft<'a>, r: &Recommendation) -> Option<&'a crate::threat_model::Threat> {
    draft.model.threats.iter().find(|threat| threat.id == r.threat).filter(|_| draft.stories)
}

fn recommendations(draft: &Draft<'_>) -> SafeMarkdown {
    let all = &draft.model.recommendations;
    if all.is_empty() {
        return words("**No recommendation**: what was considered is below.");
    }
    let row = |r: &Recommendation| {
        let title = told(&r.title);
        let title = match draft.dropped.get(&r.ordinal) {
            Some(Dropped { reason, .. }) if reason.trim().is_empty() => say!("{} (dropped)", struck(&title)),
            Some(Dropped { reason, .. }) => say!("{} (dropped: {})", struck(&title), super::markdown::quote(reason)),
            None => title,
        };
        [say!("R{}", ordinal(r.ordinal)), title, words(effort(r.effort))]
    };
    let shown = all.iter().take(SHOWN);
    if !draft.stories {
        return table(["", "recommendation", "effort"], shown.map(row));
    }
    let with_story = shown.map(|r| {
        let [n, title, effort] = row(r);
        let answers = threat_of(draft, r).map_or_else(|| words("—"), |threat| told(&threat.story));
        [n, title, answers, effort]
    });
    table(["", "recommendation", "answers", "effort"], with_story)
}

/// Recommendations without a thread of their own: told here, those beyond the first five folded.
fn in_full(context: &Context, draft: &Draft<'_>) -> SafeMarkdown {
    let tell = |r: &Recommendation| {
        let outcome = match draft.dropped.get(&r.ordinal) {
            Some(dropped) => Outcome::Dropped(*dropped),
            None if draft.curated => Outcome::Kept,
            None => Outcome::Proposed,
        };
        recommendation(context, &Shown { recommendation: r, threat: threat_of(draft, r), outcome, thread: None })
    };
    let untold = |r: &&Recommendation| !draft.threaded.contains(&r.ordinal);
    let all = &draft.model.recommendations;
    let first: Vec<_> = all.iter().take(SHOWN).filter(untold).map(tell).collect();
    let more: Vec<_> = all.iter().skip(SHOWN).filter(untold).map(tell).collect();
    let n = more.len();
    let more = say_when((n > 0).then_some(more), |more| details("More recommendations", Some(n), &blocks(more)));
    blocks(first.into_iter().chain([more]))
}

fn covered(context: &Context, draft: &Draft<'_>) -> SafeMarkdown {
    let covered: Vec<_> = draft
        .model
        .covered
        .iter()
        .map(|c| say!("{} ({})", told(c.text.trim_end_matches('.')), cite::place(context, &c.anchor, home(draft))))
        .collect();
    say_when((!covered.is_empty()).then_some(covered), |covered| {
        say!("**Already covered by the design**: {}.", join(", ", covered))
    })
}

/// The document, when the whole draft is about one: then lines need not name it.
fn home<'a>(draft: &Draft<'a>) -> Option<&'a str> {
    let model = draft.model;
    let anchors = model.covered.iter().map(|c| &c.anchor).chain(model.recommendations.iter().map(|r| &r.anchor));
    let paths: BTreeSet<&str> = anchors.map(|a| a.path.as_str()).collect();
    paths.first().copied().filter(|_| paths.len() == 1)
}

fn set_aside(context: &Context, draft: &Draft<'_>) -> SafeMarkdown {
    let entries: Vec<_> = draft
        .model
        .set_aside
        .iter()
        .map(|entry| {
            let at = say_when(entry.anchor.as_ref(), |at| say!(" ({})", cite::place(context, at, home(draft))));
            say!("{}{}: {}", told(entry.text.trim_end_matches('.')), at, sentence(&entry.reason))
        })
        .collect();
    let n = entries.len();
    say_when((n > 0).then_some(entries), |entries| details("Considered and set aside", Some(n), &list(0, entries)))
}

fn stories_elsewhere(draft: &Draft<'_>) -> SafeMarkdown {
    if draft.stories {
        return SafeMarkdown::default();
    }
    words("This repository is public, so what can go wrong in detail is on the reviewers' dashboard and not here.")
}

fn footer(draft: &Draft<'_>) -> SafeMarkdown {
    let model = draft.model;
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
    small(&join(" · ", [questions, super::markdown::text(&model.methodology), quotations]))
}
