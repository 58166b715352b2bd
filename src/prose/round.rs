//! A round of questions: one review with a body, and a comment on the line of each question.

use super::cite;
use super::link::Context;
use super::markdown::{
    SafeMarkdown, blocks, code, count, details, join, login_quiet, ordinal, sentence, small, strong, struck, told,
    words,
};
use crate::say;
use crate::threat_model::{Assumption, Choice, Question};

/// What became of a question, as its own comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionMark {
    /// Nobody has answered yet, or a follow-up waits.
    Waiting,
    /// Answered, and what was understood.
    Noted {
        /// Who answered.
        by: String,
        /// The one-line understanding.
        understood: String,
    },
    /// Stays open.
    LeftOpen {
        /// Why.
        because: LeftOpen,
        /// The assumption `A<n>` of the draft that stands for it, once there is one.
        assumption: Option<u32>,
    },
    /// Does not apply here.
    NotApplicable {
        /// Who said so.
        by: String,
    },
}

/// Why a question stays open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOpen {
    /// The reply says that somebody else may know, or nobody.
    Deferred {
        /// Who said so.
        by: String,
        /// Who may know, as named in the reply.
        to: Option<String>,
    },
    /// The thread was resolved without an answer.
    Resolved {
        /// Who resolved it.
        by: Option<String>,
    },
    /// A code owner waived it.
    Waived {
        /// Who.
        by: String,
    },
    /// Asked as often as the policy allows.
    AskedEnough,
    /// No answer in time, or somebody asked for the draft first.
    DraftedFirst,
    /// Somebody wants to tell it, but not here.
    Private {
        /// Who.
        by: String,
    },
}

/// A question of the round and how it is posted.
#[derive(Clone, Debug)]
pub struct RoundQuestion<'a> {
    /// The question.
    pub question: &'a Question,
    /// Its number in the round, from 1.
    pub ordinal: u32,
    /// Whether it has a comment on its line; else it is listed in the body.
    pub on_line: bool,
    /// What became of it.
    pub mark: QuestionMark,
    /// What it says beside itself while it is open.
    pub beside: Beside<'a>,
}

/// What the body of a round's review says.
#[derive(Clone, Debug)]
pub struct Round<'a> {
    /// From 1.
    pub ordinal: u32,
    /// The questions, in order.
    pub questions: Vec<RoundQuestion<'a>>,
    /// Anybody can read the repository.
    pub public: bool,
    /// The code owner who asked for it, where one did.
    pub asked_by: Option<&'a str>,
}

/// The body of a round's review.
pub fn body(context: &Context, round: &Round<'_>) -> SafeMarkdown {
    let mut paths: Vec<&str> = round.questions.iter().map(|q| q.question.anchor.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let listed: Vec<_> = round.questions.iter().filter(|q| !q.on_line).collect();
    let n = round.questions.len();
    let asked =
        if round.ordinal > 1 { count(n, "more question", "more questions") } else { count(n, "question", "questions") };
    let placed = match (listed.len(), n) {
        (0, 1) => words(", on its line"),
        (0, _) => words(", each on its line"),
        (all, n) if all == n => words(""),
        _ => words(", on their lines or below"),
    };
    let about = cite::documents(paths);
    let asked_by = super::markdown::say_when(round.asked_by, |by| say!(" for {}", login_quiet(by)));
    let placed = say!("{}{}", placed, asked_by);
    let lead = say!(
        "{}{}. A sentence is enough; “not decided” is an answer too. What stays open becomes a stated assumption.",
        strong(&say!("{} about {}", asked, about)),
        placed,
    );
    let how = match listed.as_slice() {
        [] => SafeMarkdown::default(),
        [first, ..] => say!(
            "<sub>Answer in a comment on this pull request that begins with the number, such as {}.</sub>",
            code(&format!("Q{}:", first.ordinal)),
        ),
    };
    let public = if round.public {
        words("<sub>This repository is public, and so is every answer here.</sub>")
    } else {
        SafeMarkdown::default()
    };
    blocks([lead].into_iter().chain(listed.iter().map(|q| in_body(context, q))).chain([how, public])).capped()
}

fn in_body(context: &Context, asked: &RoundQuestion<'_>) -> SafeMarkdown {
    let lead = say!(
        "{} · {}",
        strong(&say!("Q{}", ordinal(asked.ordinal))),
        cite::place(context, &asked.question.anchor, None)
    );
    let text = question(asked.question, &asked.mark, asked.beside);
    blocks([say!("{}\n{}", lead, quoted_words(asked.question)), text])
}

fn quoted_words(asked: &Question) -> SafeMarkdown {
    if asked.anchor.quotation.trim().is_empty() {
        SafeMarkdown::default()
    } else {
        say!("> {}", super::markdown::text_within(&asked.anchor.quotation, 300))
    }
}

/// A question's own comment, in whatever state it is.
pub fn question(asked: &Question, mark: &QuestionMark, beside: Beside<'_>) -> SafeMarkdown {
    match outcome(mark) {
        None => blocks([told(&asked.text), choices(asked), why(asked), beside_said(beside)]),
        Some(outcome) => blocks([outcome, struck(&told(&asked.text))]),
    }
}

/// What an open question says beside itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside<'a> {
    /// Somebody without a say answered, and nobody has confirmed it.
    pub unconfirmed: Option<&'a str>,
    /// The words that it is about do not stand in the document any more.
    pub moved_on: bool,
}

fn beside_said(beside: Beside<'_>) -> SafeMarkdown {
    let unconfirmed = super::markdown::say_when(beside.unconfirmed, |by| {
        say!("{} answered. It counts once somebody with write access replies “confirmed”.", login_quiet(by))
    });
    let gone = if beside.moved_on {
        small(&words(
            "The sentence that this is about is gone, or says something else now. If that answers it, say so, or resolve the thread.",
        ))
    } else {
        SafeMarkdown::default()
    };
    blocks([unconfirmed, gone])
}

/// A code owner's topic as a question.
pub fn owners_question(topic: &str) -> String {
    let topic = topic.trim();
    if topic.ends_with('?') { topic.to_owned() } else { format!("What about {}?", topic.trim_end_matches(['.', '!'])) }
}

/// Who wants to know, as the reason for a question.
pub fn asked_by(login: &str) -> String {
    format!("{login}, a code owner, asks this.")
}

/// An assumption put as a question.
pub fn doubt(assumption: &Assumption) -> String {
    format!("The draft takes for granted: “{}” Is that so?", assumption.text.trim())
}

/// The answers to a doubt.
pub fn so_or_not() -> Vec<Choice> {
    let choice = |text: &str, branch: &str| Choice { text: text.to_owned(), branch: branch.to_owned() };
    vec![choice("yes, it is so", "so"), choice("no", "not-so")]
}

fn choices(asked: &Question) -> SafeMarkdown {
    if asked.choices.iter().all(|c| c.text.trim().is_empty()) {
        return SafeMarkdown::default();
    }
    let ours = if offers_not_decided(asked) { "something else" } else { "something else, or not decided" };
    let offered = asked.choices.iter().map(|c| told(&c.text)).filter(|c| !c.is_empty()).take(4).chain([words(ours)]);
    let letters = ["**a**", "**b**", "**c**", "**d**", "**e**"];
    join(" · ", letters.into_iter().zip(offered).map(|(letter, choice)| say!("{} {}", words(letter), choice)))
}

fn offers_not_decided(asked: &Question) -> bool {
    asked.choices.iter().any(|c| {
        let text = c.text.to_lowercase();
        text.contains("not decided") || text.contains("undecided")
    })
}

fn why(asked: &Question) -> SafeMarkdown {
    let why = told(&asked.why);
    if why.is_empty() { why } else { details("Why we ask", None, &why) }
}

fn outcome(mark: &QuestionMark) -> Option<SafeMarkdown> {
    let open = |assumption: &Option<u32>, because: SafeMarkdown| {
        let then = match assumption {
            Some(n) => say!("Assumption A{} of the draft stands for it.", ordinal(*n)),
            None => words("The draft will state an assumption instead."),
        };
        say!(
            "**Left open**: {}. {} {}",
            because,
            then,
            small(&words("An answer here still counts, until the draft is approved."))
        )
    };
    Some(match mark {
        QuestionMark::Waiting => return None,
        QuestionMark::Noted { by, understood } => {
            say!("✓ **Noted** ({}): {} {}", login_quiet(by), sentence(understood), small(&words("Wrong? Just say so.")))
        }
        QuestionMark::NotApplicable { by } => {
            say!("✓ **Does not apply here** ({}). {}", login_quiet(by), small(&words("Wrong? Just say so.")))
        }
        QuestionMark::LeftOpen { because, assumption } => open(assumption, left_open(because)),
    })
}

fn left_open(because: &LeftOpen) -> SafeMarkdown {
    match because {
        LeftOpen::Deferred { by, to: Some(to) } => say!("{} says that {} may know", login_quiet(by), login_quiet(to)),
        LeftOpen::Deferred { by, to: None } => say!("{} does not know", login_quiet(by)),
        LeftOpen::Resolved { by: Some(by) } => say!("{} resolved the thread without an answer", login_quiet(by)),
        LeftOpen::Resolved { by: None } => words("the thread was resolved without an answer"),
        LeftOpen::Waived { by } => say!("waived by {}", login_quiet(by)),
        LeftOpen::AskedEnough => words("asked as often as the policy allows"),
        LeftOpen::DraftedFirst => words("no answer before the draft"),
        LeftOpen::Private { by } => say!("{} tells it elsewhere", login_quiet(by)),
    }
}

/// The round as one review body without threads, for `mode: advise`, where an unresolved thread must not block.
pub fn without_threads(context: &Context, round: &Round<'_>) -> SafeMarkdown {
    let questions = round.questions.iter().cloned().map(|q| RoundQuestion { on_line: false, ..q }).collect();
    let advice = words("<sub>This repository's policy only advises: nothing waits for the answers.</sub>");
    blocks([body(context, &Round { questions, ..round.clone() }), advice])
}
