//! Questions that may be asked, out of those that a model proposed.

use super::{Dropped, Ground, alike, plain, slug, step};
use crate::analyst::builtin::lint;
use crate::analyst::{AskInput, AskOutput};
use crate::llm::answers::{AskAnswer, ConsideredSaid, FactSaid, ProposedSaid, QuestionSaid};
use crate::llm::sources::Sources;
use crate::threat_model::{Choice, Considered, Fact, Question};
use crate::time::Timestamp;

/// What is kept in the ledger of what documents state.
const MOST_FACTS: usize = 20;

/// What may be asked, and what fell.
pub fn ask(answer: &AskAnswer, input: &AskInput, sources: &Sources) -> (AskOutput, Vec<Dropped>) {
    let mut ground = Ground::new(sources);
    let facts = answer.facts.iter().filter_map(|said| fact(&mut ground, said)).take(MOST_FACTS).collect();
    let mut looked_at: Vec<Considered> = Vec::new();
    for said in &answer.considered {
        if let Some(one) = considered(&mut ground, said, &looked_at) {
            looked_at.push(one);
        }
    }
    let mut questions: Vec<Question> = Vec::new();
    for said in &answer.questions {
        if let Some(question) = question(&mut ground, said, input, &questions) {
            questions.push(question);
        }
    }
    // Ties keep the model's own order.
    questions.sort_by_key(|question| std::cmp::Reverse(question.value));
    let most = usize::try_from(input.max_questions).unwrap_or(usize::MAX);
    let most = if input.topic.is_some() || input.concern.is_some() { most.min(1) } else { most };
    while questions.len() > most {
        if let Some(last) = questions.pop() {
            ground.drop("question", &last.text, "more than may be asked at once");
        }
    }
    let unquoted = ground.quotations.checked.saturating_sub(ground.quotations.found);
    (AskOutput { questions, dropped: unquoted, facts, considered: looked_at }, ground.dropped)
}

/// What was looked at, once, with its words. An answer whose words stand nowhere answers nothing; the matter stays open.
fn considered(ground: &mut Ground<'_>, said: &ConsideredSaid, so_far: &[Considered]) -> Option<Considered> {
    let text = plain(&said.could_go_wrong, 300);
    let stands = ground.stands("considered", &text, &said.quotation)?;
    if stands.before {
        ground.drop("considered", &text, "the document does not say so any more");
        return None;
    }
    if so_far.iter().any(|other| alike(&other.text, &text)) {
        ground.drop("considered", &text, "it is said twice");
        return None;
    }
    let answer = said.answered_by.as_ref().and_then(|quote| ground.stands("answer to considered", &text, quote));
    let answered_by = answer.filter(|stands| !stands.before).map(|stands| stands.source);
    Some(Considered { slot: said.slot, text, source: stands.source, answered_by })
}

pub(super) fn fact(ground: &mut Ground<'_>, said: &FactSaid) -> Option<Fact> {
    let stands = ground.stands("fact", &said.statement, &said.quotation)?;
    if stands.before {
        ground.drop("fact", &said.statement, "the document does not say so any more");
        return None;
    }
    Some(Fact {
        slot: said.slot,
        concern: None,
        statement: plain(&said.statement, 300),
        source: stands.source,
        at: Timestamp::default(),
    })
}

fn question(ground: &mut Ground<'_>, said: &QuestionSaid, input: &AskInput, so_far: &[Question]) -> Option<Question> {
    let text = plain(&said.text, 500);
    let anchor = ground.in_documents("question", &text, &said.quotation)?;
    if anchor.quotation.split_whitespace().count() > 40 {
        ground.drop("question", &text, "it quotes more than a sentence");
        return None;
    }
    if lint::question(&text).is_some() {
        ground.drop("question", &text, "it is not one plain question (rules Q4, Q5, Q9, Q12 of a good question)");
        return None;
    }
    let choices = choices(&said.answers);
    let leads: Vec<String> = said.answers.iter().map(|a| plain(&a.leads_to, 300).to_lowercase()).collect();
    let differs = leads.iter().any(|lead| Some(lead) != leads.first());
    if choices.len() < 2 || !differs {
        ground.drop("question", &text, "its answers all lead to the same draft");
        return None;
    }
    // A challenged assumption is asked about under its own name.
    let concern = input.concern.clone().unwrap_or_else(|| slug(&said.concern));
    if concern.is_empty() {
        ground.drop("question", &text, "it has no name");
        return None;
    }
    let subject = plain(&said.subject, 80);
    let challenged = input.concern.is_some();
    let same = |other: &Question| {
        (other.concern == concern && other.subject.to_lowercase() == subject.to_lowercase())
            || alike(&other.text, &text)
    };
    if !challenged && (input.asked.iter().any(same) || so_far.iter().any(same)) {
        ground.drop("question", &text, "it was asked already");
        return None;
    }
    // How different the drafts, times how open, times how exposed: 27 at most.
    let value = step(said.changes) * step(said.open) * step(said.exposure) * 1000 / 27;
    let why = plain(&said.why, 400);
    Some(Question { concern, subject, slot: said.slot, anchor, text, choices, why, value })
}

fn choices(said: &[ProposedSaid]) -> Vec<Choice> {
    let mut out: Vec<Choice> = Vec::new();
    for answer in said {
        let (text, branch) = (plain(&answer.text, 120), slug(&answer.name));
        let known = out.iter().any(|c| c.branch == branch || c.text.to_lowercase() == text.to_lowercase());
        if !text.is_empty() && !branch.is_empty() && !known {
            out.push(Choice { text, branch });
        }
    }
    out
}
