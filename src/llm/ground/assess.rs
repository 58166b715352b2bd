//! How replies read, as far as their words bear it.

use super::{Dropped, Ground, plain};
use crate::analyst::builtin::lint;
use crate::analyst::{AssessInput, AssessOutput};
use crate::llm::answers::{AssessAnswer, FactSaid, OutcomeSaid};
use crate::llm::sources::{Sources, Stands};
use crate::threat_model::{Fact, Reading, ReplyQuote, Source};
use crate::time::Timestamp;

/// The reading; None when the answer bears none: then somebody else must read.
pub fn assess(answer: &AssessAnswer, input: &AssessInput, sources: &Sources) -> (Option<AssessOutput>, Vec<Dropped>) {
    let mut ground = Ground::new(sources);
    let facts: Vec<Fact> = answer.facts.iter().filter_map(|said| fact(&mut ground, said, input)).collect();
    let reply = answer.reply.as_ref().and_then(|quote| ground.stands("reply", &answer.noted, quote));
    // What is known from another thread is not said here.
    let here = |said: &ReplyQuote| input.replies.iter().any(|reply| reply.comment == said.comment);
    let said = reply.as_ref().and_then(Stands::reply).filter(here);
    let reading = reading(&mut ground, answer, input, said.as_ref());
    let Some(reading) = reading else { return (None, ground.dropped) };
    // Only a reading that rests on words of a reply is noted.
    let settles = matches!(reading, Reading::Answered | Reading::Partly { .. } | Reading::NotApplicable);
    let noted = if settles { plain(&answer.noted, 240) } else { String::new() };
    let branches = if matches!(reading, Reading::Answered | Reading::Partly { .. }) {
        let known = |name: &&String| input.question.choices.iter().any(|c| c.branch == **name);
        answer.chosen.iter().filter(known).cloned().collect()
    } else {
        Vec::new()
    };
    let facts = if matches!(reading, Reading::NotAnAnswer | Reading::Private) { Vec::new() } else { facts };
    let by = said.map(|said| said.login).filter(|_| !noted.is_empty());
    (Some(AssessOutput { reading, noted, by, branches, facts }), ground.dropped)
}

/// A fact that a reply states; facts of documents are known from the reading of documents.
fn fact(ground: &mut Ground<'_>, said: &FactSaid, input: &AssessInput) -> Option<Fact> {
    let stands = ground.stands("fact", &said.statement, &said.quotation)?;
    let Source::Reply { comment, .. } = &stands.source else {
        ground.drop("fact", &said.statement, "it is no reply's");
        return None;
    };
    let at = input.replies.iter().find(|reply| reply.comment == *comment).map_or(Timestamp::default(), |r| r.at);
    Some(Fact {
        slot: input.question.slot,
        concern: Some(input.question.concern.clone()),
        statement: plain(&said.statement, 300),
        source: stands.source,
        at,
    })
}

fn reading(
    ground: &mut Ground<'_>,
    answer: &AssessAnswer,
    input: &AssessInput,
    said: Option<&ReplyQuote>,
) -> Option<Reading> {
    let follow_up = || {
        let text = plain(&answer.follow_up, 400);
        Some(text).filter(|text| text.matches('?').count() == 1 && lint::plain(text).is_none())
    };
    let asks = !input.last_word;
    match answer.outcome {
        OutcomeSaid::NotAnAnswer => Some(Reading::NotAnAnswer),
        OutcomeSaid::Private => Some(Reading::Private),
        OutcomeSaid::CounterQuestion => Some(Reading::CounterQuestion { explanation: plain(&answer.explanation, 600) })
            .filter(|_| !answer.explanation.trim().is_empty()),
        OutcomeSaid::Deferred => {
            let to = plain(&answer.may_know, 60);
            let to = to.trim_start_matches('@');
            // A name counts only when somebody said it.
            let named = !to.is_empty() && input.replies.iter().any(|reply| names(&reply.body, to));
            Some(Reading::Deferred { to: named.then(|| to.to_owned()) })
        }
        OutcomeSaid::NotApplicable => said.map(|_| Reading::NotApplicable),
        OutcomeSaid::Answered => said.map(|_| Reading::Answered),
        OutcomeSaid::Partly => match follow_up().filter(|_| asks) {
            Some(follow_up) => said.map(|_| Reading::Partly { follow_up }),
            // Nothing more may be asked, or the question is none: what was said counts.
            None => said.map(|_| Reading::Answered),
        },
        OutcomeSaid::Unclear => match follow_up().filter(|_| asks) {
            Some(follow_up) => Some(Reading::Unclear { follow_up }),
            None => Some(Reading::Deferred { to: None }),
        },
        OutcomeSaid::Contradicts | OutcomeSaid::PeopleDisagree => {
            let said = said?.clone();
            let against = answer.against.as_ref()?;
            let stands = ground.stands("contradiction", &against.words, against)?;
            match (stands.reply(), stands.anchor) {
                (Some(other), _) if other.login != said.login => {
                    Some(Reading::PeopleDisagree { one: other, other: said })
                }
                (None, Some(document)) if !stands.before => {
                    Some(Reading::Contradicts { document, reply: said, suggestion: None })
                }
                _ => {
                    ground.drop("contradiction", &against.words, "it is no other person's and not the document's");
                    None
                }
            }
        }
    }
}

/// Whether a name stands in a text as a word of its own.
fn names(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(&name).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.get(name.len()..).and_then(|after| after.chars().next());
        !before.chars().next_back().is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_a_word_of_its_own() {
        for text in ["ask sam", "Sam, maybe", "@sam", "(sam)"] {
            assert!(names(text, "sam"), "{text}");
        }
        for text in ["the same", "sam-2 knows", "flotsam"] {
            assert!(!names(text, "sam"), "{text}");
        }
    }
}
