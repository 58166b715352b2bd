//! Reading replies without a model: letters and words of the proposed answers, yes and no, times, "don't know", "why?". What it
//! cannot read it takes as written, and says so. An uncertain reply is asked about once; it never becomes an answer that would
//! ask for no change.

mod access;
mod amounts;
mod choose;
mod contradiction;
mod explain;
mod follow_up;
mod language;
mod plain;
#[cfg(test)]
mod replies;
mod said;
mod thread;
mod words;

use self::choose::{Options, is_bare};
use self::contradiction::Contradiction;
use self::plain::{one_line, quotation, strip};
use self::said::{Heard, Said, hear};
use self::thread::{Answer, Standing};
use self::words::{AGREES, DOCUMENT_RIGHT, HEDGE, QUALIFIES, REPLY_RIGHT, YES};
use super::catalogue::Catalogue;
use crate::analyst::{AssessInput, AssessOutput, Reply};
use crate::threat_model::{Fact, Reading, ReplyQuote, Source};

/// Reads the replies to a question.
pub(crate) fn assess(catalogue: &Catalogue, input: &AssessInput) -> AssessOutput {
    let question = &input.question;
    let options = Options { question, concern: catalogue.get(&question.concern), catalogue };
    let heard: Vec<Heard<'_>> = input.replies.iter().map(|reply| hear(options, reply)).collect();
    let thread = Thread { options, input, heard: &heard };
    thread.after_our_words().unwrap_or_else(|| thread.read())
}

/// What a follow-up of ours was about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// The document against a reply.
    Contradiction,
    /// Two people.
    Disagreement,
}

fn shown(follow_up: &str) -> Option<Shown> {
    let asks = ["do not fit together", "Which is right?", "settle it here"].iter().any(|w| follow_up.contains(w));
    if !asks || follow_up::is_ours(follow_up) {
        return None;
    }
    // As the thread describes it ("@ana: … @ben: …"), or as a conversation without names does (“…” and “…”).
    let people = follow_up.starts_with(['@', '“']) || follow_up.contains("settle it here");
    Some(if people { Shown::Disagreement } else { Shown::Contradiction })
}

/// A thread as it was heard.
struct Thread<'h> {
    options: Options<'h>,
    input: &'h AssessInput,
    heard: &'h [Heard<'h>],
}

impl<'h> Thread<'h> {
    /// A word that only makes sense after what we asked: "the document", "mine", "ben is right", "yes".
    fn after_our_words(&self) -> Option<AssessOutput> {
        let follow_up = self.input.follow_ups.last()?;
        let (last, earlier) = self.heard.split_last()?;
        match shown(follow_up) {
            Some(Shown::Contradiction) => self.settled(last, earlier),
            Some(Shown::Disagreement) => thread::side(self.heard).map(|h| self.answered(&thread::alone(h))),
            None => self.confirmed(follow_up, last, earlier),
        }
    }

    fn settled(&self, last: &'h Heard<'h>, earlier: &'h [Heard<'h>]) -> Option<AssessOutput> {
        let short = last.own.split_whitespace().count() <= 12;
        if short && REPLY_RIGHT.are_in(&last.own) {
            return Some(match thread::standing(self.options, earlier) {
                Standing::Answered(answer) => self.answered(&answer),
                Standing::Last(heard) | Standing::Split(_, heard) => self.answered(&thread::alone(heard)),
                Standing::Nothing => self.answered(&thread::alone(last)),
            });
        }
        (short && DOCUMENT_RIGHT.are_in(&last.own)).then(|| {
            let found = earlier.iter().rev().find_map(|h| self.contradiction(h));
            let words = found.map(|c| format!(": {}", one_line(&c.document.quotation))).unwrap_or_default();
            let noted = format!("the document is right{words}");
            let facts = vec![self.fact(last.reply, noted.clone())];
            AssessOutput { by: Some(last.reply.login.clone()), noted, facts, ..nothing(Reading::Answered) }
        })
    }

    /// After "Do you mean …?".
    fn confirmed(&self, follow_up: &str, last: &'h Heard<'h>, earlier: &'h [Heard<'h>]) -> Option<AssessOutput> {
        let choice = follow_up::asked_to_confirm(self.options.question, follow_up)?;
        let text = strip(&last.own).text;
        let meant = earlier.iter().rev().find(|h| h.said != Said::Aside);
        if is_bare(text) == Some(false) && !self.input.last_word {
            let first = meant.unwrap_or(last);
            let follow_up = follow_up::closest(self.options.question, strip(&first.own).text);
            return Some(nothing(Reading::Unclear { follow_up }));
        }
        let reserved = |rest: &str| QUALIFIES.are_in(rest) || HEDGE.are_in(rest);
        let yes = AGREES.are_in(text) || YES.split(text).is_some_and(|(_, rest)| !reserved(rest) && rest.len() < 40);
        yes.then(|| {
            let answer = Answer::confirmed(meant.into_iter().chain([last]).collect(), choice.branch.clone());
            AssessOutput { noted: choice.text.clone(), ..self.answered(&answer) }
        })
    }

    /// What all replies together come to.
    fn read(&self) -> AssessOutput {
        match thread::standing(self.options, self.heard) {
            Standing::Nothing => nothing(Reading::NotAnAnswer),
            Standing::Split(one, other) => disagree(one, other),
            Standing::Last(last) => self.last_word(last),
            Standing::Answered(answer) => {
                if let Some((one, other)) = thread::disagreement(self.heard) {
                    return disagree(one, other);
                }
                self.against_the_document(&answer).unwrap_or_else(|| self.answered(&answer))
            }
        }
    }

    fn last_word(&self, last: &'h Heard<'h>) -> AssessOutput {
        let nod = self.heard.last().is_some_and(|h| h.said == Said::Aside) && !self.input.follow_ups.is_empty();
        match &last.said {
            Said::NotApplicable => self.not_applicable(last),
            Said::DontKnow { ask } => deferred(last.reply, ask.as_deref()),
            Said::Private => AssessOutput { by: Some(last.reply.login.clone()), ..nothing(Reading::Private) },
            // Thanks for an explanation ask for no second one.
            Said::Asks { .. } | Said::Unclear(_) | Said::Retracted if nod => nothing(Reading::NotAnAnswer),
            Said::Asks { why } => {
                let explanation = explain::explain(self.options, self.input, &last.own, *why);
                nothing(Reading::CounterQuestion { explanation })
            }
            Said::Unclear(follow_up) => self.unclear(last, follow_up),
            _ => self.unclear(last, &follow_up::closest(self.options.question, strip(&last.own).text)),
        }
    }

    /// Asks once; after that, what was said is taken as written.
    fn unclear(&self, last: &'h Heard<'h>, follow_up: &str) -> AssessOutput {
        let answer = thread::alone(last);
        if let Some(card) = self.against_the_document(&answer) {
            return card;
        }
        let asked_before = self.input.follow_ups.iter().any(|f| follow_up::is_ours(f));
        if self.input.last_word || asked_before {
            return self.answered(&answer);
        }
        nothing(Reading::Unclear { follow_up: follow_up.to_owned() })
    }

    /// A card, unless one was shown in this thread.
    fn against_the_document(&self, answer: &Answer<'h>) -> Option<AssessOutput> {
        if self.input.follow_ups.iter().any(|f| shown(f) == Some(Shown::Contradiction)) {
            return None;
        }
        let mut found = answer.parts.iter().rev().filter_map(|h| Some((h, self.contradiction(h)?)));
        let (heard, Contradiction { document, suggestion }) = found.next()?;
        Some(AssessOutput {
            noted: answer.noted(self.options),
            by: Some(heard.reply.login.clone()),
            ..nothing(Reading::Contradicts { document, reply: quote(heard), suggestion })
        })
    }

    /// What a reply says otherwise than the document: how long, or who.
    fn contradiction(&self, heard: &Heard<'_>) -> Option<Contradiction> {
        let time = self.options.asks_for_time().then(|| contradiction::find(self.options, self.input, heard));
        time.flatten().or_else(|| access::find(self.options, self.input, heard))
    }

    fn answered(&self, answer: &Answer<'h>) -> AssessOutput {
        let statement = |h: &&Heard<'_>| self.fact(h.reply, thread::words(self.options, &answer.branches, h));
        AssessOutput {
            reading: Reading::Answered,
            noted: answer.noted(self.options),
            by: Some(answer.login().to_owned()),
            branches: answer.branches.clone(),
            facts: answer.parts.iter().map(statement).collect(),
        }
    }

    /// `noted` stays empty: the mark and the draft say it in their own words; the reason goes into the ledger.
    fn not_applicable(&self, last: &Heard<'_>) -> AssessOutput {
        let reason = format!("does not apply here: {}", one_line(strip(&last.own).text));
        AssessOutput {
            by: Some(last.reply.login.clone()),
            facts: vec![self.fact(last.reply, reason)],
            ..nothing(Reading::NotApplicable)
        }
    }

    fn fact(&self, reply: &Reply, statement: String) -> Fact {
        Fact {
            slot: self.options.question.slot,
            concern: Some(self.options.question.concern.clone()),
            statement,
            source: Source::Reply {
                comment: reply.comment.clone(),
                login: reply.login.clone(),
                quotation: quotation(&reply.body),
            },
            at: reply.at,
        }
    }
}

fn nothing(reading: Reading) -> AssessOutput {
    AssessOutput { reading, noted: String::new(), by: None, branches: Vec::new(), facts: Vec::new() }
}

fn deferred(reply: &Reply, ask: Option<&str>) -> AssessOutput {
    let noted = ask.map_or_else(|| "not known yet, left open".to_owned(), |who| format!("left open, {who} may know"));
    let reading = Reading::Deferred { to: ask.map(str::to_owned) };
    AssessOutput { noted, by: Some(reply.login.clone()), ..nothing(reading) }
}

fn disagree(one: &Heard<'_>, other: &Heard<'_>) -> AssessOutput {
    nothing(Reading::PeopleDisagree { one: quote(one), other: quote(other) })
}

fn quote(heard: &Heard<'_>) -> ReplyQuote {
    ReplyQuote {
        comment: heard.reply.comment.clone(),
        login: heard.reply.login.clone(),
        quotation: quotation(&heard.reply.body),
    }
}
