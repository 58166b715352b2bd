//! Who is heard, and to which question their words belong: a reply in a question's thread, or elsewhere when it names the
//! question (`Q2: …`) or quotes it. People without a say are heard once somebody with one confirms.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::drafting::draft_post;
use super::marker::{PostKey, PostKind};
use super::pasted;
use super::questioning::question_post;
use super::record::{Post, QuestionKey, Record};
use super::snapshot::{Actor, ActorKind, Comment, Permission, Snapshot, Thread};
use super::verb;
use crate::analyst::Reply;
use crate::digest::{Canonical, Digest};
use crate::threat_model::{Fact, Question, Slot, Source};
use crate::time::Timestamp;

/// Words that are read as a reply to one question.
#[derive(Clone, Debug)]
pub struct Heard<'a> {
    /// The comment that holds them.
    pub comment: &'a Comment,
    /// Who wrote it.
    pub login: &'a str,
    /// The part of it that is about this question.
    pub text: Cow<'a, str>,
}

impl Heard<'_> {
    /// When it last changed.
    pub fn latest(&self) -> Timestamp {
        latest(self.comment)
    }

    /// As the analyst gets it.
    pub fn reply(&self) -> Reply {
        Reply {
            comment: self.comment.node.to_string(),
            login: self.login.to_owned(),
            body: pasted::masked(&self.text),
            at: self.latest(),
        }
    }
}

fn latest(comment: &Comment) -> Timestamp {
    comment.last_edited_at.unwrap_or(comment.created_at).max(comment.created_at)
}

/// What was said to one question.
#[derive(Clone, Debug, Default)]
pub struct Said<'a> {
    /// By people with a say, or confirmed by them; oldest first.
    pub heard: Vec<Heard<'a>>,
    /// The last person without a say whose words nobody has confirmed.
    pub unconfirmed: Option<&'a str>,
}

impl Said<'_> {
    /// What was said and when, in one value: another one means that there is something to read.
    pub fn digest(&self, follow_ups: usize) -> Digest {
        digest(&self.heard, follow_ups)
    }

    /// When somebody last spoke.
    pub fn last_word(&self) -> Option<Timestamp> {
        self.heard.iter().map(Heard::latest).max()
    }

    /// Something was edited after this moment.
    pub fn edited_after(&self, moment: Timestamp) -> bool {
        self.heard.iter().any(|heard| heard.comment.last_edited_at.is_some_and(|at| at > moment))
    }
}

/// Words and when they were said, in one value.
pub fn digest(heard: &[Heard<'_>], follow_ups: usize) -> Digest {
    let start = Canonical::new("heard", 1).int(follow_ups as u64);
    let all = heard.iter().fold(start, |digest, heard| {
        digest.text(heard.comment.node.as_str()).int(u64::try_from(heard.latest().0).unwrap_or(0))
    });
    all.finish()
}

/// Whether somebody has a say in what the context is: the author, people with write access, members, collaborators; on a
/// private repository everybody who can read it.
pub fn has_say(snapshot: &Snapshot, comment: &Comment, author: &Actor) -> bool {
    if author.kind != ActorKind::User {
        return false;
    }
    let is_author = snapshot.pull.author.as_ref().is_some_and(|a| a.id == author.id);
    is_author || comment.associated || belongs(snapshot, author)
}

/// Has write access; on a private repository, can read it.
fn belongs(snapshot: &Snapshot, person: &Actor) -> bool {
    match snapshot.people.get(&person.id).and_then(|p| p.permission.value().copied()) {
        Some(Permission::Write | Permission::Admin) => true,
        Some(Permission::Read) => !snapshot.repository.public,
        Some(Permission::None) | None => false,
    }
}

/// Whether the pull request comes from somebody who does not belong here. Who cannot be told does not; a bot does, since
/// somebody with a say installed it.
pub fn from_outside(snapshot: &Snapshot) -> bool {
    match &snapshot.pull.author {
        Some(author) if author.kind == ActorKind::Bot => false,
        Some(author) => !snapshot.pull.associated && !belongs(snapshot, author),
        None => true,
    }
}

/// A person's words, hidden ones and commands left out.
fn words_of(comment: &Comment) -> Option<&Actor> {
    let author = comment.author.as_ref().filter(|author| author.kind == ActorKind::User)?;
    let counts = !comment.minimized && comment.marker.is_none() && !verb::is_command(comment.body.raw());
    counts.then_some(author)
}

/// Every question with its place, in order.
pub fn questions(record: &Record) -> impl Iterator<Item = (QuestionKey, &Question)> {
    record.rounds.iter().flat_map(|round| {
        (1..).zip(&round.questions).map(|(ordinal, question)| (QuestionKey { round: round.ordinal, ordinal }, question))
    })
}

/// A question's thread on GitHub.
pub fn thread_of(snapshot: &Snapshot, id: QuestionKey) -> Option<&Thread> {
    let key = question_post(id);
    snapshot.threads.iter().find(|t| t.comments.first().is_some_and(|c| c.marker == Some(key)))
}

/// What was said to each question. `until`: words written after this moment are not heard.
pub fn conversation<'a>(
    snapshot: &'a Snapshot,
    record: &'a Record,
    until: Option<Timestamp>,
) -> BTreeMap<QuestionKey, Said<'a>> {
    let asked: Vec<(QuestionKey, &Question)> = questions(record).collect();
    let body = BodyPlaced::of(snapshot, record);
    let mut words: Vec<(QuestionKey, &'a Comment, &'a Actor, Cow<'a, str>)> = Vec::new();
    let mut hear = |comment: &'a Comment, home: Option<QuestionKey>| {
        let Some(author) = words_of(comment).filter(|_| until.is_none_or(|until| comment.created_at <= until)) else {
            return;
        };
        let named = |n: u32| named(&asked, &body, home, n, comment.created_at);
        words.extend(
            route(comment.body.raw(), home, &asked, named).into_iter().map(|(id, text)| (id, comment, author, text)),
        );
    };
    for (id, _) in &asked {
        for comment in thread_of(snapshot, *id).into_iter().flat_map(|t| t.comments.iter().skip(1)) {
            hear(comment, Some(*id));
        }
    }
    for comment in snapshot.comments.iter().filter(|c| body.since.is_some_and(|since| c.created_at >= since)) {
        // A single question that no line could carry is answered by whatever is said in the conversation.
        let only = body.ids.first().copied().filter(|_| body.ids.len() == 1);
        hear(comment, only);
    }
    words.sort_by_key(|(_, comment, _, _)| (comment.created_at, comment.id));
    let mut said: BTreeMap<QuestionKey, Said<'a>> = asked.iter().map(|(id, _)| (*id, Said::default())).collect();
    let mut waiting: BTreeMap<QuestionKey, Vec<Heard<'a>>> = BTreeMap::new();
    for (id, comment, author, text) in words {
        let heard = Heard { comment, login: &author.login, text };
        let Some(of) = said.get_mut(&id) else { continue };
        if !has_say(snapshot, comment, author) {
            of.unconfirmed = Some(&author.login);
            waiting.entry(id).or_default().push(heard);
        } else if confirms(&heard.text)
            && let Some(confirmed) = waiting.remove(&id)
        {
            of.heard.extend(confirmed);
            of.unconfirmed = None;
        } else {
            of.heard.push(heard);
        }
    }
    said
}

/// "confirmed", "+1", "what @zed says": nothing but agreement with what somebody else wrote.
fn confirms(text: &str) -> bool {
    const BEGINNINGS: [&str; 12] = [
        "confirmed",
        "i confirm",
        "i can confirm",
        "agreed",
        "correct",
        "that's right",
        "that is right",
        "exactly",
        "yes, that",
        "+1",
        "👍",
        "what @",
    ];
    let text = text.trim().to_lowercase();
    text.split_whitespace().count() <= 6 && BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// Which question `Q3` means: one of the thread's own round, one that stands in a review's body, or else the latest that stood
/// there when it was written `at` this moment: a later round has a third question, too.
fn named(
    asked: &[(QuestionKey, &Question)],
    body: &BodyPlaced,
    home: Option<QuestionKey>,
    n: u32,
    at: Timestamp,
) -> Option<QuestionKey> {
    let stood = |id: &QuestionKey| {
        home.is_some_and(|home| home.round == id.round)
            || body.posted.get(&id.round).is_some_and(|posted| *posted <= at)
    };
    let all: Vec<QuestionKey> =
        asked.iter().map(|(id, _)| *id).filter(|id| id.ordinal == n && stood(id)).rev().collect();
    let of_round = home.and_then(|home| all.iter().find(|id| id.round == home.round));
    let in_body = all.iter().find(|id| body.ids.contains(id));
    of_round.or(in_body).or(all.first()).copied()
}

/// Takes a comment apart by the questions that it names or quotes. Words before the first of them belong to `home`.
fn route<'a>(
    text: &'a str,
    home: Option<QuestionKey>,
    asked: &[(QuestionKey, &Question)],
    named: impl Fn(u32) -> Option<QuestionKey>,
) -> Vec<(QuestionKey, Cow<'a, str>)> {
    let mut parts: Vec<(Option<QuestionKey>, String)> = vec![(home, String::new())];
    let mut routed = false;
    let mut lines = text.lines().peekable();
    let mut fence = false;
    while let Some(line) = lines.next() {
        fence ^= line.trim_start().starts_with("```");
        if !fence && line.trim_start().starts_with('>') {
            let mut quote = vec![line];
            while let Some(more) = lines.next_if(|l| l.trim_start().starts_with('>')) {
                quote.push(more);
            }
            if let Some(id) = quoted(&quote.join(" "), asked) {
                routed |= Some(id) != home;
                parts.push((Some(id), String::new()));
            } else if let Some((_, part)) = parts.last_mut() {
                for line in quote {
                    push_line(part, line);
                }
            }
        } else if let Some((id, rest)) = numbered(line).filter(|_| !fence).and_then(|(n, rest)| Some((named(n)?, rest)))
        {
            routed = true;
            parts.push((Some(id), rest.to_owned()));
        } else if let Some((_, part)) = parts.last_mut() {
            push_line(part, line);
        }
    }
    if !routed {
        // As it was written.
        return home.map(|id| (id, Cow::Borrowed(text))).into_iter().collect();
    }
    let spoken = parts.into_iter().filter(|(_, text)| !text.trim().is_empty());
    spoken.filter_map(|(id, text)| Some((id?, Cow::Owned(text.trim().to_owned())))).collect()
}

fn push_line(part: &mut String, line: &str) {
    if !part.is_empty() {
        part.push('\n');
    }
    part.push_str(line);
}

/// `Q3: minutes`: a number with a mark behind it, so that "Q3 was busy" is none.
fn numbered(line: &str) -> Option<(u32, &str)> {
    let line = line.trim_start().trim_start_matches(['-', '*']).trim_start();
    let rest = line.strip_prefix(['Q', 'q'])?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (digits, rest) = rest.split_at_checked(end)?;
    let rest = rest.strip_prefix([':', '.', ')', '-', '–', ','])?;
    Some((digits.parse().ok()?, rest.trim()))
}

/// Words, folded for comparison.
fn folded(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// Quotations shorter than this are too common to tell anything.
const TELLING: usize = 4;

fn holds(text: &str, quote: &str) -> bool {
    let (text, quote) = (folded(text), folded(quote));
    let enough = |t: &str| t.split(' ').count() >= TELLING;
    (enough(&quote) && text.contains(&quote)) || (enough(&text) && quote.contains(&text))
}

fn quoted(quote: &str, asked: &[(QuestionKey, &Question)]) -> Option<QuestionKey> {
    asked.iter().rev().find(|(_, question)| holds(&question.text, quote)).map(|(id, _)| *id)
}

/// Questions that stand in a review's body, because no line could carry them, and since when questions stand at all.
struct BodyPlaced {
    ids: BTreeSet<QuestionKey>,
    /// When each round was posted.
    posted: BTreeMap<u32, Timestamp>,
    since: Option<Timestamp>,
}

impl BodyPlaced {
    fn of(snapshot: &Snapshot, record: &Record) -> Self {
        let (mut ids, mut posted) = (BTreeSet::new(), BTreeMap::new());
        let mut since: Option<Timestamp> = None;
        for round in &record.rounds {
            let key = PostKey::new(PostKind::Round, round.ordinal, 0, 0);
            let Some(Post::Done { at, .. }) = record.posts.get(&key) else { continue };
            // Our clock and GitHub's may differ a little; commands and our own posts are left out anyway.
            let seen = snapshot.reviews.iter().find(|r| r.post.marker == Some(key)).map_or(*at, |r| r.submitted_at);
            since = Some(since.map_or(seen, |s| s.min(seen)));
            posted.insert(round.ordinal, seen);
            let all = (1..).take(round.questions.len()).map(|ordinal| QuestionKey { round: round.ordinal, ordinal });
            let in_body =
                |id: &QuestionKey| matches!(record.posts.get(&question_post(*id)), None | Some(Post::Refused { .. }));
            ids.extend(all.filter(in_body));
        }
        Self { ids, posted, since }
    }
}

/// The concern of a fact that corrects how the draft understood the design.
pub const UNDERSTANDING: &str = "understanding";

/// Comments that quote the draft's own words on what is being built and say what is right.
pub fn corrections(snapshot: &Snapshot, record: &Record, until: Option<Timestamp>) -> Vec<Fact> {
    let Some(revision) = record.revision() else { return Vec::new() };
    let Some(Post::Done { .. }) = record.posts.get(&draft_post(revision.number)) else { return Vec::new() };
    let correction = |comment: &Comment| {
        let author = words_of(comment)?;
        let early = until.is_none_or(|until| comment.created_at <= until);
        if !early || !has_say(snapshot, comment, author) {
            return None;
        }
        let (quote, own): (Vec<&str>, Vec<&str>) =
            comment.body.raw().lines().partition(|line| line.trim_start().starts_with('>'));
        let (quote, own) = (quote.join(" "), own.join("\n").trim().to_owned());
        let quote = quote.trim_start_matches(['>', ' ']).to_owned();
        // Once it is taken in, the sentence that it quotes is gone from the draft; it must not be forgotten for that.
        let taken_in = || revision.model.facts.iter().any(|fact| corrects(fact, comment));
        ((holds(&revision.model.summary, &quote) || taken_in()) && !own.is_empty()).then(|| Fact {
            slot: Slot::Purpose,
            concern: Some(UNDERSTANDING.to_owned()),
            statement: pasted::masked(&own),
            source: Source::Reply { comment: comment.node.to_string(), login: author.login.clone(), quotation: quote },
            at: latest(comment),
        })
    };
    snapshot.comments.iter().filter_map(correction).collect()
}

/// The fact is what this comment says about how the draft understood the design.
fn corrects(fact: &Fact, comment: &Comment) -> bool {
    let said_here = matches!(&fact.source, Source::Reply { comment: node, .. } if *node == comment.node.to_string());
    said_here && fact.concern.as_deref() == Some(UNDERSTANDING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threat_model::Anchor;

    fn question(text: &str) -> Question {
        Question {
            concern: "c".to_owned(),
            subject: String::new(),
            slot: Slot::Authn,
            anchor: Anchor { path: "d.md".to_owned(), start_line: 1, end_line: 1, quotation: String::new() },
            text: text.to_owned(),
            choices: Vec::new(),
            why: String::new(),
            value: 1,
        }
    }

    fn routed(text: &str, home: Option<u32>) -> Vec<(u32, String)> {
        let (one, two) =
            (question("How long does a signed link work?"), question("Who in support may open an export?"));
        let id = |ordinal| QuestionKey { round: 1, ordinal };
        let asked = [(id(1), &one), (id(2), &two)];
        let named = |n| (1..=2).contains(&n).then(|| id(n));
        let parts = route(text, home.map(id), &asked, named);
        parts.into_iter().map(|(id, text)| (id.ordinal, text.into_owned())).collect()
    }

    #[test]
    fn words_belong_to_their_thread_unless_they_name_another_question() {
        assert_eq!(routed("a, minutes", Some(1)), [(1, "a, minutes".to_owned())]);
        assert_eq!(routed("Q2: only admins", Some(1)), [(2, "only admins".to_owned())]);
        assert_eq!(routed("Q3 was busy", Some(1)), [(1, "Q3 was busy".to_owned())]);
        assert_eq!(routed("Q9: nothing", Some(1)), [(1, "Q9: nothing".to_owned())]);
        assert!(routed("looks good", None).is_empty());
    }

    #[test]
    fn one_comment_answers_several_questions() {
        let both = [(1, "7 days".to_owned()), (2, "anyone in support\nfor now".to_owned())];
        assert_eq!(routed("Q1: 7 days\nQ2: anyone in support\nfor now", None), both);
        let quoted = "> How long does a signed link work?\n7 days\n\n> Who in support may open an export?\nanyone in support\nfor now";
        assert_eq!(routed(quoted, Some(1)), both);
    }

    #[test]
    fn a_question_is_told_by_its_own_words_when_they_are_enough() {
        assert_eq!(routed("> **a** minutes\nyes", Some(1)), [(1, "> **a** minutes\nyes".to_owned())]);
        assert_eq!(routed("> who in support may open an\nall", None), [(2, "all".to_owned())]);
    }

    #[test]
    fn agreement_is_short_and_nothing_else() {
        assert!(confirms("Confirmed."));
        assert!(confirms("what @zed says"));
        assert!(!confirms("yes"));
        assert!(!confirms("confirmed, but only for admins and never for anyone else"));
    }
}
