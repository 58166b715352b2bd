//! What a code owner's words ask for, as far as they stand in their comment.

use super::{Dropped, Ground, plain};
use crate::analyst::{Act, Mode, RefineInput, RefineOutput, Refined};
use crate::llm::answers::Quote;
use crate::llm::answers::refine::{ActSaid, RefineAnswer, WordingSaid};
use crate::llm::sources::{Sources, Stands};
use crate::threat_model::Wording;

/// The act; none when the answer names none, or its words do not bear it.
pub fn refine(answer: &RefineAnswer, input: &RefineInput, sources: &Sources) -> (RefineOutput, Vec<Dropped>) {
    let mut ground = Ground::new(sources);
    let asked_for = asked_for(&mut ground, answer, input);
    (RefineOutput { asked_for }, ground.dropped)
}

fn asked_for(ground: &mut Ground<'_>, answer: &RefineAnswer, input: &RefineInput) -> Option<Refined> {
    // After a command the whole of the words asks for it; plain words must be quoted.
    let words = match (input.mode, &answer.quotation) {
        _ if answer.act == ActSaid::None => return None,
        (Mode::Edit | Mode::Split, _) => String::new(),
        (Mode::Words, Some(quote)) => own_words(ground, quote)?,
        (Mode::Words, None) => {
            ground.drop("act", &format!("{:?}", answer.act), "it quotes nothing");
            return None;
        }
    };
    let fits = match input.mode {
        Mode::Words => true,
        Mode::Edit => answer.act == ActSaid::Edit,
        Mode::Split => answer.act == ActSaid::Split,
    };
    if !fits {
        ground.drop("act", &format!("{:?}", answer.act), "it is not what the command asks for");
        return None;
    }
    let act = act(ground, answer, input, &words)?;
    let remember = answer.remember.as_ref().and_then(|quote| own_words(ground, quote));
    Some(Refined { act, words, remember })
}

fn own_words(ground: &mut Ground<'_>, quote: &Quote) -> Option<String> {
    let said = ground.stands("act", &quote.words, quote).as_ref().and_then(Stands::reply)?;
    Some(plain(&said.quotation, 400)).filter(|words| !words.is_empty())
}

fn act(ground: &mut Ground<'_>, answer: &RefineAnswer, input: &RefineInput, words: &str) -> Option<Act> {
    Some(match answer.act {
        ActSaid::None => return None,
        ActSaid::Keep => Act::Keep,
        ActSaid::Raise => Act::Raise,
        ActSaid::Lower => Act::Lower,
        ActSaid::Drop => {
            let reason = answer.reason.as_ref().and_then(|quote| own_words(ground, quote));
            Act::Drop { reason: reason.unwrap_or_else(|| words.to_owned()) }
        }
        ActSaid::Edit => {
            let said = one(ground, &answer.wordings)?;
            let wording = wording(ground, said, Some(&input.wording))?;
            if wording == input.wording {
                ground.drop("edit", &wording.title, "it says what it said before");
                return None;
            }
            Act::Edit { wording }
        }
        ActSaid::Add => {
            let said = one(ground, &answer.wordings)?;
            Act::Add { wording: wording(ground, said, None)? }
        }
        ActSaid::Split => {
            let parts = answer.wordings.iter().map(|said| wording(ground, said, None)).collect::<Option<Vec<_>>>()?;
            if !(2..=3).contains(&parts.len()) {
                ground.drop("split", &input.wording.title, "it is not two or three");
                return None;
            }
            Act::Split { into: parts }
        }
        ActSaid::Merge => {
            let other = answer.other.filter(|other| input.others.iter().any(|known| known.ordinal == *other));
            if other.is_none() {
                ground.drop("merge", &input.wording.title, "there is no such recommendation");
            }
            Act::Merge { other: other? }
        }
        ActSaid::Ask => {
            let question = plain(&answer.question, 400);
            if question.matches('?').count() != 1 {
                ground.drop("ask", &question, "it is not one question");
                return None;
            }
            Act::Ask { question }
        }
    })
}

fn one<'a>(ground: &mut Ground<'_>, said: &'a [WordingSaid]) -> Option<&'a WordingSaid> {
    if let [one] = said {
        return Some(one);
    }
    ground.drop("wording", "", "there is not one");
    None
}

/// What it says then: what is not said stays as it is, where there is something to stay.
fn wording(ground: &mut Ground<'_>, said: &WordingSaid, before: Option<&Wording>) -> Option<Wording> {
    let part = |said: &Option<String>, before: Option<&String>, most: usize| match said {
        Some(said) => plain(said, most),
        None => before.cloned().unwrap_or_default(),
    };
    let alternative = part(&said.alternative, before.map(|b| &b.alternative), 400);
    let trade_off = part(&said.trade_off, before.map(|b| &b.trade_off), 300);
    let wording = Wording {
        title: part(&said.title, before.map(|b| &b.title), 100),
        change: part(&said.change, before.map(|b| &b.change), 600),
        // What another way costs is nothing without that way.
        trade_off: if alternative.is_empty() { String::new() } else { trade_off },
        alternative,
    };
    if wording.title.is_empty() || wording.change.is_empty() {
        ground.drop("wording", &wording.title, "it lacks a title or a change");
        return None;
    }
    Some(wording)
}
