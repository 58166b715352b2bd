//! Rounds of questions and the follow-ups in their threads.

use super::super::marker::{PostKey, PostKind};
use super::super::placing::Line;
use super::super::questioning::{Asked, LeftOpen, Standing, question_post};
use super::super::record::{Post, QuestionKey, Record, Round};
use super::super::wanted::{Place, WantedPost};
use super::super::{Parts, View, post};
use super::on_line;
use crate::policy::Suggestions;
use crate::prose::follow_up::{self, ThreadLines};
use crate::prose::round::{self, Beside, QuestionMark, RoundQuestion};

/// Every round with its questions.
pub(super) fn rounds(view: &View<'_>, parts: &Parts<'_>) -> Vec<WantedPost> {
    view.record.rounds.iter().flat_map(|round| one_round(view, parts, round)).collect()
}

fn one_round(view: &View<'_>, parts: &Parts<'_>, round: &Round) -> Vec<WantedPost> {
    let key = PostKey::new(PostKind::Round, round.ordinal, 0, 0);
    // Asked before the draft and not posted in time; what came after it is posted.
    let overtaken = !view.record.posts.contains_key(&key) && view.record.revision().is_some_and(|r| r.at >= round.at);
    if round.questions.is_empty() || overtaken {
        return Vec::new();
    }
    let asked: Vec<&Asked<'_>> = parts.questioning.asked.iter().filter(|a| a.id.round == round.ordinal).collect();
    let placed: Vec<(&Asked<'_>, Option<Line>)> = asked.iter().map(|a| (*a, line_of(view, round, a))).collect();
    let questions = placed
        .iter()
        .map(|(asked, line)| RoundQuestion {
            question: asked.question,
            ordinal: asked.id.ordinal,
            on_line: line.is_some(),
            mark: mark(view.record, asked).unwrap_or(QuestionMark::Waiting),
            beside: beside(asked),
        })
        .collect();
    let context = view.context(&round.head);
    let said = round::Round {
        ordinal: round.ordinal,
        questions,
        public: view.snapshot.repository.public,
        asked_by: round.by_command.as_ref().and_then(|node| view.record.commands.get(node)).map(|c| c.by.as_str()),
    };
    let body = if view.advises() { round::without_threads(&context, &said) } else { round::body(&context, &said) };
    let mut posts = vec![post(key, body, Place::Review)];
    for (asked, line) in placed {
        let (Some(line), Some(mark)) = (line, mark(view.record, asked)) else { continue };
        let place = Place::InReview { review: key, path: line.path, line: line.line, start_line: line.start_line };
        posts.push(post(question_post(asked.id), round::question(asked.question, &mark, beside(asked)), place));
    }
    posts
}

fn beside<'a>(asked: &'a Asked<'_>) -> Beside<'a> {
    Beside { unconfirmed: asked.unconfirmed.as_deref(), moved_on: asked.moved_on }
}

/// The line that a question stands on; `None`: in the body.
fn line_of(view: &View<'_>, round: &Round, asked: &Asked<'_>) -> Option<Line> {
    let review = PostKey::new(PostKind::Round, round.ordinal, 0, 0);
    let line = round.placed.lines.get(&asked.id.ordinal)?;
    (!view.advises() && on_line(view.record, review, question_post(asked.id))).then(|| line.clone())
}

/// What became of a question, as its post says; `None`: leave the post as it is while a reply is read.
fn mark(record: &Record, asked: &Asked<'_>) -> Option<QuestionMark> {
    let posted = record.posts.contains_key(&question_post(asked.id));
    Some(match &asked.standing {
        Standing::Reading if posted => return None,
        Standing::Waiting | Standing::Reading | Standing::Unread(_) | Standing::AskedAgain => QuestionMark::Waiting,
        Standing::Noted(output) => {
            QuestionMark::Noted { by: output.by.clone().unwrap_or_default(), understood: output.noted.clone() }
        }
        Standing::NotApplicable(output) => QuestionMark::NotApplicable { by: output.by.clone().unwrap_or_default() },
        Standing::Left(why) => QuestionMark::LeftOpen {
            because: match why {
                LeftOpen::Deferred { by, to } => round::LeftOpen::Deferred { by: by.clone(), to: to.clone() },
                LeftOpen::AskedEnough => round::LeftOpen::AskedEnough,
                LeftOpen::Resolved { by } => round::LeftOpen::Resolved { by: by.clone() },
                LeftOpen::Waived { by } => round::LeftOpen::Waived { by: by.clone() },
                LeftOpen::Removed | LeftOpen::Drafted => round::LeftOpen::DraftedFirst,
                LeftOpen::Private { by } => round::LeftOpen::Private { by: by.clone() },
            },
            assumption: assumption(record, asked),
        },
    })
}

fn assumption(record: &Record, asked: &Asked<'_>) -> Option<u32> {
    let assumptions = &record.revision()?.model.assumptions;
    assumptions.iter().find(|a| a.concern.as_deref() == Some(&asked.question.concern)).map(|a| a.ordinal)
}

/// Every follow-up that was decided.
pub(super) fn follow_ups(view: &View<'_>) -> Vec<WantedPost> {
    let mut posts = Vec::new();
    let owners = super::replies::owners(view);
    for (id, follow_ups) in &view.record.follow_ups {
        let round = view.record.rounds.iter().find(|r| r.ordinal == id.round);
        let context = view.context(round.map_or(&view.snapshot.pull.head, |r| &r.head));
        let at = usize::try_from(id.ordinal).ok().and_then(|ordinal| ordinal.checked_sub(1));
        let question = round.zip(at).and_then(|(round, at)| round.questions.get(at));
        let choices = question.map_or(&[][..], |question| &question.choices);
        for (part, decided) in (1..).zip(follow_ups) {
            let key = PostKey::new(PostKind::FollowUp, id.round, id.ordinal, part);
            let stands = thread_lines(view, *id);
            let stands = stands.as_ref().map(|(path, line)| ThreadLines { path, start: *line, end: *line });
            let Some(body) = follow_up::reply(&context, &decided.reading, stands, choices, &owners) else { continue };
            let first = question_post(*id);
            let place = match view.record.posts.get(&first) {
                Some(Post::Done { .. }) => Place::Thread { first },
                _ => Place::Conversation,
            };
            posts.push(post(key, body, place));
        }
    }
    posts
}

/// Where a question's thread stands now, for a suggestion block; `None` where suggestions are off or it has no line.
fn thread_lines(view: &View<'_>, id: QuestionKey) -> Option<(String, u32)> {
    if view.policy.suggestions == Suggestions::Off {
        return None;
    }
    let key = question_post(id);
    let thread = view.snapshot.threads.iter().find(|t| t.comments.first().is_some_and(|c| c.marker == Some(key)))?;
    Some((thread.path.clone(), thread.line.filter(|_| !thread.outdated)?))
}
