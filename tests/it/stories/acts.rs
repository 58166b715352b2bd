//! What the stories about the conversation do, and look for, again and again.

use serde_json::json;

use super::{DOCUMENT, PATH};
use crate::stage::{BOT, Page, REPO, Stage, Thread, marker};

/// The thread as it is now.
pub(super) fn thread(page: &Page, id: u64) -> Thread {
    page.threads().into_iter().find(|thread| thread.id == id).expect("the thread")
}

/// The thread that stands on these words of the document.
pub(super) fn on<'a>(threads: &'a [Thread], words: &str) -> &'a Thread {
    let stands = |thread: &&Thread| thread.text.as_deref().is_some_and(|text| text.contains(words));
    threads.iter().find(stands).unwrap_or_else(|| panic!("nothing stands on {words:?}: {threads:#?}"))
}

/// A proposal, and the questions about it.
pub(super) fn asked(stage: &Stage) -> (u64, Vec<Thread>) {
    let pull = stage.propose(PATH, DOCUMENT);
    let questions = stage.questions(pull);
    (pull, questions)
}

/// Waits until the comment that opened a thread says all this; what it says then.
pub(super) fn root_says(stage: &Stage, pull: u64, thread_: &Thread, words: &[&str]) -> String {
    stage.until(pull, &format!("{words:?} in the comment that opened thread {}", thread_.id), |page| {
        let body = thread(page, thread_.id).root().body.clone();
        words.iter().all(|word| body.contains(word)).then_some(body)
    })
}

/// Waits until a question's own comment shows what was taken from an answer.
pub(super) fn noted(stage: &Stage, pull: u64, question: &Thread, who: &str, words: &str) {
    root_says(stage, pull, question, &["Noted", who, words]);
}

/// What the app said in a thread after its first comment.
pub(super) fn said_in(page: &Page, thread_: &Thread) -> Vec<String> {
    let later = thread(page, thread_.id).comments.into_iter().skip(1);
    later.filter(|said| said.author == BOT).map(|said| said.body).collect()
}

/// Waits until the app says all this in a new comment of a thread.
pub(super) fn told(stage: &Stage, pull: u64, thread_: &Thread, words: &[&str]) -> String {
    stage.until(pull, &format!("a comment that says {words:?} in thread {}", thread_.id), |page| {
        said_in(page, thread_).into_iter().find(|body| words.iter().all(|word| body.contains(word)))
    })
}

/// Waits until the draft's body says all this.
pub(super) fn draft_says(stage: &Stage, pull: u64, words: &[&str]) -> String {
    stage.until(pull, &format!("a draft that says {words:?}"), |page| {
        page.draft().map(|draft| draft.body).filter(|body| words.iter().all(|word| body.contains(word)))
    })
}

fn command_answers(page: &Page) -> Vec<String> {
    let bodies = page.by_the_app().into_iter().map(|said| said.body);
    bodies.filter(|body| marker(body).is_some_and(|key| key.starts_with("command."))).collect()
}

/// A command in the conversation, and its answer there.
pub(super) fn command(stage: &Stage, by: &str, pull: u64, words: &str) -> String {
    let before = command_answers(&stage.page(pull)).len();
    stage.comment(by, pull, &format!("/threadmodel {words}"));
    stage.until(pull, &format!("an answer to {words:?}"), |page| command_answers(page).get(before).cloned())
}

/// What was understood.
pub(super) fn facts(stage: &Stage, pull: u64) -> String {
    command(stage, "bob", pull, "facts")
}

/// Waits until all was delivered and the app has nothing to do.
pub(super) fn at_rest(stage: &Stage, pull: u64) -> Page {
    let work = [
        "wakes{state=\"due\"}",
        "wakes{state=\"claimed\"}",
        "analyses{state=\"waiting\"}",
        "analyses{state=\"claimed\"}",
        "fanouts",
    ];
    let idle = || {
        stage.delivered();
        work.iter().all(|line| stage.metric(&format!("threadmodel_{line}")) == Some(0))
    };
    stage.until(pull, "an app that has nothing to do", |_| (idle() && idle()).then_some(()));
    stage.page(pull)
}

/// The page after the app has surely seen all that people did so far: it answers a command that came later.
pub(super) fn looked(stage: &Stage, pull: u64) -> Page {
    command(stage, "bob", pull, "status");
    at_rest(stage, pull)
}

/// A draft that has come to rest.
pub(super) fn rested_draft(stage: &Stage) -> (u64, Vec<Thread>) {
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let page = at_rest(stage, pull);
    (pull, page.recommendations())
}

/// `R2` of a thread's title.
pub(super) fn number(recommendation: &Thread) -> String {
    let body = &recommendation.root().body;
    let (_, rest) = body.split_once("**R").unwrap_or_else(|| panic!("no number: {body}"));
    format!("R{}", rest.chars().take_while(char::is_ascii_digit).collect::<String>())
}

/// Somebody whom the organisation does not know.
pub(super) fn stranger(stage: &Stage, login: &str) {
    stage.act(json!({"act": "add_user", "login": login}));
}

/// The repository is public from now on.
pub(super) fn public(stage: &Stage) {
    stage.act(json!({"act": "set_private", "by": "root", "repo": REPO, "private": false}));
}

/// Another App, whose bot may comment where everybody may.
pub(super) fn other_bot(stage: &Stage) -> &'static str {
    let seed = json!({"apps": [{"slug": "linter", "owner": "acme"}]});
    stage.shared().lock().world_mut().seed(&serde_json::from_value(seed).unwrap()).unwrap();
    "linter[bot]"
}

/// How many reviews and comments the app has posted, by the log.
pub(super) fn posts(stage: &Stage) -> usize {
    crate::stage::posted(&stage.log()).values().sum()
}

/// How many drafts were posted, whatever became of them.
pub(super) fn drafts(stage: &Stage) -> usize {
    let posted = crate::stage::posted(&stage.log());
    posted.iter().filter(|((_, key), _)| key.starts_with("draft.")).map(|(_, times)| times).sum()
}

/// The check waits for an answer to each of these.
pub(super) fn all_open(stage: &Stage, pull: u64, questions: &[Thread]) {
    stage.closed(pull, &format!("{} questions wait", questions.len()));
}

/// GitHub counts in seconds: what happens now happens after what was.
pub(super) fn a_moment_later() {
    std::thread::sleep(std::time::Duration::from_millis(2_100));
}

/// How many recommendations the draft has, by what the check says.
pub(super) fn counted(stage: &Stage, pull: u64) -> usize {
    let words = stage.page(pull).check(crate::stage::CHECK).unwrap().words;
    let (before, _) = words.split_once(" recommendations").unwrap_or_else(|| panic!("no count: {words}"));
    before.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("no count: {words}"))
}
