//! Real design documents on the way from `pull_request.opened` to the merge, on the real binary.

use serde_json::json;

use crate::shared::shared_part;
use crate::stage::{BOT, CHECK, Draft, Stage, Thread, marker, posted};

pub(crate) const DOCUMENTS: [&str; 5] = [
    "rust-rfc3691-trusted-publishing",
    "msc2246-asynchronous-uploads",
    "flux-rfc0001-authorization",
    "tekton-tep0102-https-interceptor",
    "rust-rfc3231-asymmetric-tokens",
];

/// Documents that the collection classes as low: nothing in them is about security.
const HARMLESS: [&str; 2] = ["otep0108-metric-naming-guidelines", "swift-se0118-closure-parameter-names"];

pub(crate) fn text(id: &str, checks: usize) -> Option<String> {
    let path = shared_part(&format!("data/docs/{id}/doc.md"), checks)?;
    Some(std::fs::read_to_string(path).expect("a readable document"))
}

/// A real document on its way: opened and asked about, on lines that it really has.
struct Way {
    stage: Stage,
    pull: u64,
    path: String,
    text: String,
    questions: Vec<Thread>,
}

impl Way {
    /// `None`: the data is not at hand.
    fn begin(id: &str) -> Option<Self> {
        let text = text(id, 4)?;
        let (stage, path) = (Stage::new(), format!("docs/{id}.md"));
        let pull = stage.propose(&path, &text);
        let questions = stage.questions(pull);
        for question in &questions {
            // A thread's words are what the page shows under its line.
            let on_its_line = question.text.as_deref().is_some_and(|line| text.contains(line.trim_end_matches('\r')));
            assert!(on_its_line, "{question:?}");
        }
        let way = Self { stage, pull, path, text, questions };
        way.shut("questions are open");
        Some(way)
    }

    /// GitHub enforces the required check.
    fn shut(&self, why: &str) {
        let refused = self.stage.merge("alice", self.pull);
        assert!(refused.as_ref().is_err_and(|says| says.contains(CHECK)), "{why}: {refused:?}");
    }

    fn answer_all(&self) {
        for question in &self.questions {
            self.stage.reply("alice", question, "Not decided yet.");
        }
    }

    fn draft(&self) -> Draft {
        let draft = self.stage.drafted(self.pull);
        self.stage.quiet(self.pull);
        self.shut("a draft is no approval");
        draft
    }

    fn thread(&self, id: u64) -> Thread {
        self.stage.page(self.pull).threads().into_iter().find(|thread| thread.id == id).expect("the thread")
    }

    fn merge(&self) {
        self.stage.merge("alice", self.pull).expect("the check is green");
        assert_eq!(self.stage.page(self.pull).state(), "merged");
    }
}

#[test]
fn trusted_publishing_is_merged_after_two_people_disagreed() {
    let Some(way) = Way::begin(DOCUMENTS[0]) else { return };
    let asked = &way.questions[0];
    way.stage.reply("alice", asked, "a");
    way.stage
        .until(way.pull, "alice's answer noted", |_| way.thread(asked.id).root().body.contains("Noted").then_some(()));
    way.stage.reply("bob", asked, "c");
    // Both are named, and neither is picked.
    way.stage.until(way.pull, "both named", |_| {
        let said = way.thread(asked.id).comments.into_iter().filter(|said| said.author == BOT);
        said.map(|said| said.body).find(|body| body.contains("alice") && body.contains("bob"))
    });
    way.draft();
    way.stage.approve("sam", way.pull);
    way.stage.green(way.pull);
    way.merge();
}

#[test]
fn asynchronous_uploads_are_merged_though_a_question_was_deleted_and_a_thread_reopened() {
    let Some(way) = Way::begin(DOCUMENTS[1]) else { return };
    let [gone, reopened, ..] = way.questions.as_slice() else { panic!("{} questions", way.questions.len()) };
    way.stage.quiet(way.pull);
    way.stage.act(json!({"act": "delete_comment", "by": "root", "comment": gone.root().id}));
    way.stage.act(json!({"act": "resolve_thread", "by": "alice", "thread": reopened.id}));
    way.stage.quiet(way.pull);
    way.stage.act(json!({"act": "unresolve_thread", "by": "bob", "thread": reopened.id}));
    way.stage.quiet(way.pull);
    for question in &way.questions[1..] {
        way.stage.reply("alice", question, "Not decided yet.");
    }
    way.draft();
    assert!(!way.thread(reopened.id).resolved, "a person reopened it");
    let key = marker(&gone.root().body).expect("a marker").to_owned();
    assert_eq!(posted(&way.stage.log()).get(&(way.pull, key)), Some(&1), "a deleted question is not asked again");
    way.stage.approve("sam", way.pull);
    way.stage.green(way.pull);
    way.merge();
}

#[test]
fn authorization_turns_red_with_another_sentence_and_one_click_turns_it_green() {
    let Some(way) = Way::begin(DOCUMENTS[2]) else { return };
    way.answer_all();
    way.draft();
    // The author may own the document: that does not let them approve.
    way.stage
        .act(json!({"act": "set_team_member", "by": "root", "team": "acme/security", "user": "alice", "member": true}));
    let refused = way.stage.try_review("alice", way.pull, "APPROVE");
    assert!(refused.is_err_and(|why| why.contains("your own")), "GitHub refuses it");
    way.stage.quiet(way.pull);
    way.shut("nobody else has approved");
    way.stage.approve("sam", way.pull);
    way.stage.green(way.pull);
    let (head, rest) = way.text.split_once("\n\n").expect("paragraphs");
    let reworded = format!("{head}\n\nOne more sentence that nobody suggested.\n\n{rest}");
    way.stage.push("alice", "design", &[(&way.path, &reworded)]);
    way.stage.closed(way.pull, "@acme/security");
    way.shut("the document is another");
    way.stage.quiet(way.pull);
    way.stage.approve("sam", way.pull);
    way.stage.green(way.pull);
    way.merge();
}

#[test]
fn an_https_interceptor_stays_green_when_a_suggestion_is_committed_after_the_approval() {
    let Some(way) = Way::begin(DOCUMENTS[3]) else { return };
    way.answer_all();
    let draft = way.draft();
    way.stage.approve("sam", way.pull);
    way.stage.green(way.pull);
    way.stage.commit_suggestion("alice", draft.suggestion());
    way.stage.green(way.pull);
    way.stage.quiet(way.pull);
    way.stage.green(way.pull);
    way.merge();
}

#[test]
fn asymmetric_tokens_are_merged_by_an_override_with_its_digest() {
    let Some(way) = Way::begin(DOCUMENTS[4]) else { return };
    way.answer_all();
    way.draft();
    let digest = way.stage.page(way.pull).check(CHECK).and_then(|check| check.digest()).expect("the line to paste");
    way.stage.comment("sam", way.pull, "/threadmodel override 0123456789abcdef incident 4711");
    way.stage.quiet(way.pull);
    way.shut("that is the digest of nothing");
    way.stage.comment("sam", way.pull, &format!("/threadmodel override {digest} incident 4711"));
    let check = way.stage.green(way.pull);
    assert!(check.says("Overridden") && check.says("sam") && check.says("incident 4711"), "{}", check.words);
    way.merge();
}

#[test]
fn a_real_document_without_security_relevance_is_not_questioned_and_waits_for_its_owner() {
    for id in HARMLESS {
        let Some(text) = text(id, 3) else { return };
        let stage = Stage::new();
        let pull = stage.propose(&format!("docs/{id}.md"), &text);
        let draft = stage.draft(pull);
        assert_eq!(stage.page(pull).questions().len(), 0, "{id}");
        assert_eq!(draft.recommendations.len(), 0, "{id}");
        let lines = draft.body.lines().filter(|line| !line.trim().is_empty() && !line.contains("<!--")).count();
        assert!(lines <= 4, "{id}: a draft of two lines under its heading: {}", draft.body);
        stage.quiet(pull);
        let refused = stage.merge("alice", pull);
        assert!(refused.is_err_and(|says| says.contains(CHECK)), "{id}: it waits for its owner");
        stage.approve("tess", pull);
        stage.green(pull);
        stage.merge("alice", pull).expect("the check is green");
    }
}

#[test]
fn white_space_in_a_real_document_is_green_at_once() {
    let id = DOCUMENTS[1];
    let Some(text) = text(id, 2) else { return };
    let path = format!("docs/{id}.md");
    let beginning = crate::stage::Beginning { files: vec![(path.clone(), text.clone())], ..Default::default() };
    let stage = Stage::with(&beginning);
    let (head, rest) = text.split_once("\n\n").expect("paragraphs");
    let pull = stage.propose(&path, &format!("{head}\n\n\n{rest}"));
    stage.green(pull);
    assert_eq!(stage.quiet(pull).posts().len(), 0);
    stage.merge("alice", pull).expect("the check is green");
}
