//! Words that cross with what the app posts. A follow-up rests on what was said when it was decided: words that came while it
//! was on its way, or that were taken back since, are weighed all the same, or a question would wait for ever on an answer that
//! stands. And a number means the question that stood there when it was written.

use std::sync::Arc;

use threadmodel::analyst::{Answer, AskInput, AskOutput, AssessInput, AssessOutput, Task};
use threadmodel::review::effect::Effect;
use threadmodel::review::marker::{PostKey, PostKind};
use threadmodel::review::record::{Analysis, Round};
use threadmodel::review::reminders::REMINDER;
use threadmodel::threat_model::{Question, Reading};

use crate::facts::{Facts, PATH, Q1, TEXT, actor, comment, model, question};

const FOLLOW_UP: PostKey = PostKey::new(PostKind::FollowUp, 1, 1, 1);

/// What the analyst is asked to read now.
fn asked_to_read(facts: &Facts) -> Option<(threadmodel::digest::Digest, AssessInput)> {
    facts.plan().effects.into_iter().find_map(|effect| match effect {
        Effect::Analyse(analysis) => match analysis.task {
            Task::Assess(input) => Some((analysis.key, input)),
            _ => None,
        },
        _ => None,
    })
}

fn words(facts: &Facts) -> Option<Vec<String>> {
    let (_, input) = asked_to_read(facts)?;
    Some(input.replies.into_iter().map(|reply| reply.body).collect())
}

/// The analyst has read the replies so.
fn read(mut facts: Facts, reading: Reading) -> Facts {
    let (key, _) = asked_to_read(&facts).expect("something to read");
    let output = AssessOutput { reading, noted: String::new(), by: None, branches: Vec::new(), facts: Vec::new() };
    let answer = Arc::new(Answer::Assess(output));
    facts.record.analyses.insert(key, Analysis::Done { answer });
    facts.settle()
}

/// Two people answered, and were asked which of them is right.
fn asked_again() -> Facts {
    let facts = Facts::asked().reply(Q1, "ana", "minutes").reply(Q1, "ben", "days");
    read(facts, Reading::Unclear { follow_up: "Which is right?".to_owned() })
}

#[test]
fn a_reply_that_was_taken_back_is_weighed_no_more() {
    let mut facts = asked_again();
    assert!(facts.post_mut(FOLLOW_UP).is_some(), "asked again");
    assert_eq!(words(&facts), None, "it waits");
    for thread in &mut facts.snapshot.threads {
        thread.comments.retain(|c| c.body.raw() != "days");
    }
    assert_eq!(words(&facts), Some(vec!["minutes".to_owned()]));
}

#[test]
fn words_that_crossed_with_a_follow_up_are_read() {
    let mut facts = asked_again();
    // Written before the follow-up stood, and not seen when it was decided.
    let post = facts.post_mut(FOLLOW_UP).expect("asked again");
    post.id += 10;
    let id = post.id - 1;
    let said = comment(id, actor("ben"), "sorry, minutes", None, facts.now);
    let thread = facts.snapshot.threads.iter_mut().find(|t| t.comments[0].marker == Some(Q1)).expect("a thread");
    thread.comments.push(said);
    assert_eq!(words(&facts).and_then(|words| words.last().cloned()).as_deref(), Some("sorry, minutes"));
}

#[test]
fn words_that_no_analyst_had_read_before_the_draft_are_read_after_it() {
    let mut facts = Facts::asked().reply(Q1, "ana", "minutes").say("ana", "/threadmodel draft").settle_pins();
    let (reading, _) = asked_to_read(&facts).expect("the reply waits for its reading");
    let draft = facts.want().analyses.into_iter().find(|analysis| matches!(analysis.task, Task::Draft(_)));
    let answer = Arc::new(Answer::Draft(Box::new(model())));
    facts.record.analyses.insert(draft.expect("a draft was asked for").key, Analysis::Done { answer });
    let mut facts = facts.settle();
    assert!(facts.record.revision().is_some(), "it does not wait for the reading");
    let noted = AssessOutput {
        reading: Reading::Answered,
        noted: "links work for minutes".to_owned(),
        by: Some("ana".to_owned()),
        branches: Vec::new(),
        facts: Vec::new(),
    };
    facts.record.analyses.insert(reading, Analysis::Done { answer: Arc::new(Answer::Assess(noted)) });
    let mut facts = facts.settle();
    let question = facts.post_mut(Q1).expect("the question").body.raw().to_owned();
    assert!(question.contains("links work for minutes"), "{question}");
}

#[test]
fn a_number_means_a_question_of_the_round_that_stood_there() {
    let facts = Facts::asked().say("ana", "Q1: minutes");
    assert_eq!(words(&facts), Some(vec!["minutes".to_owned()]));
    let mut facts = read(facts, Reading::Answered).later(60);
    let later = Question { concern: "bucket".to_owned(), text: "Who reads the bucket?".to_owned(), ..question() };
    let first = facts.record.rounds[0].clone();
    facts.record.rounds.push(Round { ordinal: 2, questions: vec![later], at: facts.now, ..first });
    let facts = facts.settle();
    assert_eq!(words(&facts), None, "nobody has answered the second round");
    let facts = facts.say("ben", "Q1: the worker");
    assert_eq!(words(&facts), Some(vec!["the worker".to_owned()]));
}

/// A push that raises no question, after a round that waits.
fn pushed_without_a_question() -> Facts {
    let mut facts = Facts::asked().push("ana", &[(PATH, Some("# Export\n\nA signed link, by mail.\n"))]);
    let (key, _) = asked_to_ask(&facts).expect("a push is read");
    let nothing = AskOutput { questions: Vec::new(), dropped: 0, facts: Vec::new(), considered: Vec::new() };
    facts.record.analyses.insert(key, Analysis::Done { answer: Arc::new(Answer::Ask(nothing)) });
    facts.settle()
}

fn asked_to_ask(facts: &Facts) -> Option<(threadmodel::digest::Digest, AskInput)> {
    facts.want().analyses.into_iter().find_map(|analysis| match analysis.task {
        Task::Ask(input) => Some((analysis.key, input)),
        _ => None,
    })
}

#[test]
fn a_push_that_raises_no_question_does_not_silence_the_reminder() {
    let facts = pushed_without_a_question();
    assert_eq!(facts.record.rounds.len(), 2);
    assert!(facts.want().wake_at.is_some(), "it looks again to remind");
    let mut facts = facts.later(8 * 24 * 60 * 60).settle();
    assert!(facts.post_mut(REMINDER).is_some());
}

#[test]
fn documents_that_were_read_before_are_not_read_again() {
    // As a lagging read shows them, or a push that takes a change back.
    let facts = pushed_without_a_question().push("ana", &[(PATH, Some(TEXT))]);
    assert_eq!(asked_to_ask(&facts), None);
    let facts = facts.push("ana", &[(PATH, Some("# Export\n\nA link without a signature.\n"))]);
    assert!(asked_to_ask(&facts).is_some());
}
