//! The demo through its page, as a visitor without scripts uses it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Demo {
    child: Child,
    url: String,
    client: reqwest::Client,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    fn start(more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_threadmodel"))
            .args(["demo", "--no-open", "--port", "0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, url: line.trim().to_owned(), client: reqwest::Client::new() }
    }

    async fn page(&self) -> String {
        self.client.get(&self.url).send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
    }

    /// The page, once it says so.
    async fn until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let page = self.page().await;
            if holds(&page) {
                return page;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "not seen within a minute: {what}\n{page}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ben answers what is still open.
    async fn answer_the_rest(&self) {
        for _ in 0..20 {
            let page = self.page().await;
            let Some(next) = open_questions(&page).first().cloned() else { break };
            let left = open_questions(&page).len();
            self.send(&[("by", "ben"), ("kind", "reply"), ("comment", &next), ("body", "b")]).await;
            self.until("one question less", |page| open_questions(page).len() < left).await;
        }
    }

    async fn send(&self, form: &[(&str, &str)]) -> String {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client.post(format!("{}act", self.url));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
    }
}

/// The comment that each reply form answers, for threads whose question is open.
fn open_questions(page: &str) -> Vec<String> {
    let forms = page.split("class=\"letters\"").skip(1);
    forms.map(|form| between(form, "name=\"comment\" value=\"", "\"")).collect()
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0.to_owned()
}

fn green(page: &str) -> bool {
    page.contains("class=\"check good\"")
}

#[tokio::test]
async fn from_the_first_question_to_the_merge() {
    let start = Instant::now();
    let demo = Demo::start(&[]);
    let page = demo.until("a question", |page| !open_questions(page).is_empty()).await;
    println!("first question on the page after {:?}", start.elapsed());
    assert!(page.contains("Merge pull request") && !green(&page));

    let first = open_questions(&page).remove(0);
    demo.send(&[
        ("by", "ana"),
        ("kind", "reply"),
        ("comment", &first),
        ("body", "b, because the mail system needs it"),
    ])
    .await;
    demo.until("the answer noted", |page| page.contains("Noted")).await;

    demo.answer_the_rest().await;
    let page = demo.until("the draft", |page| page.contains("Draft threat model")).await;
    assert!(!green(&page));

    let refused = demo.send(&[("by", "ana"), ("kind", "approve"), ("body", "")]).await;
    assert!(refused.contains("Refused:"), "an author approved their own pull request");
    demo.send(&[("by", "ben"), ("kind", "approve"), ("body", "looks fine")]).await;
    let blocked = demo.send(&[("by", "maria"), ("kind", "merge")]).await;
    assert!(blocked.contains("Refused:") && !green(&blocked));

    // GitHub's times have a resolution of one second, and an approval must be later than the draft.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    demo.send(&[("by", "sec-lead"), ("kind", "approve"), ("body", "")]).await;
    demo.until("green", green).await;

    demo.send(&[("by", "ana"), ("kind", "add_sentence")]).await;
    demo.until("red again", |page| !green(page) && page.contains("class=\"check bad\"")).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    demo.send(&[("by", "sec-lead"), ("kind", "approve"), ("body", "")]).await;
    demo.until("green again", green).await;
    demo.send(&[("by", "maria"), ("kind", "merge")]).await;
    demo.until("merged", |page| page.contains("class=\"pill merged\"")).await;
}

#[tokio::test]
async fn the_page_shows_what_is_typed_as_text() {
    let demo = Demo::start(&[]);
    let page = demo.send(&[("by", "ben"), ("kind", "comment"), ("body", "<script>alert(1)</script> **bold**")]).await;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert"), "{page}");
    let page = demo.send(&[("by", "eve"), ("kind", "comment"), ("body", "x")]).await;
    assert!(page.contains("Choose who you are first."), "{page}");
}

/// The threads of the page, as HTML, with the comment that a reply answers.
fn threads(page: &str) -> Vec<(String, String)> {
    let sections = page.split("<section class=\"thread").skip(1).map(|s| s.split("</section>").next().unwrap_or(s));
    let with_form = sections.filter(|s| s.contains("class=\"reply\""));
    with_form.map(|s| (between(s, "name=\"comment\" value=\"", "\""), s.to_owned())).collect()
}

/// As the page's own "Try next" leads.
#[tokio::test]
async fn a_contradiction_a_curation_in_plain_words_and_an_adopted_suggestion() {
    let demo = Demo::start(&[]);
    let page = demo.until("the questions", |page| !open_questions(page).is_empty()).await;
    let days = between(&page, "<p class=\"example\"><code>", "</code>");
    assert!(days.contains("7 days"), "{days}");
    let questions = open_questions(&page);
    let all = threads(&page);
    let (link, _) = all.iter().find(|(id, html)| questions.contains(id) && html.contains("signed link")).unwrap();
    demo.send(&[("by", "ana"), ("kind", "reply"), ("comment", link), ("body", &days)]).await;
    let card = demo.until("both sayings side by side", |page| page.contains("do not fit together")).await;
    assert!(card.contains("24 hours") && card.contains("7 days"), "{card}");
    demo.send(&[("by", "ana"), ("kind", "reply"), ("comment", link), ("body", "the document")]).await;
    demo.until("it is settled", |page| !open_questions(page).contains(link)).await;
    demo.answer_the_rest().await;
    let page = demo.until("a suggestion", |page| page.contains("value=\"suggestion\"")).await;

    let proposed = |html: &str| html.contains("<strong>R");
    let of_draft: Vec<_> = threads(&page).into_iter().filter(|(_, html)| proposed(html)).collect();
    let offers = |html: &str| html.contains("value=\"suggestion\"");
    let (first, _) = of_draft.iter().find(|(_, html)| offers(html)).expect("a suggestion");
    let (dropped, _) = of_draft.iter().rfind(|(id, _)| id != first).expect("another recommendation");
    let plain = "Please drop this, the mail system does that already.";
    demo.send(&[("by", "sec-lead"), ("kind", "reply"), ("comment", dropped), ("body", plain)]).await;
    let shown = demo.until("the command", |page| page.contains("Nothing has changed yet")).await;
    let command = between(&shown, "<p class=\"example\"><code>", "</code>");
    assert_eq!(command, "/threadmodel drop the mail system does that already");
    demo.send(&[("by", "sec-lead"), ("kind", "reply"), ("comment", dropped), ("body", &command)]).await;
    demo.until("dropped", |page| page.contains("<strong>dropped</strong> this")).await;

    // GitHub's times have a resolution of one second, and an approval must be later than the draft.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    demo.send(&[("by", "sec-lead"), ("kind", "approve"), ("body", "")]).await;
    let page = demo.until("green", green).await;
    let (adopted, _) = threads(&page).into_iter().find(|(_, html)| html.contains("value=\"suggestion\"")).unwrap();
    demo.send(&[("by", "ana"), ("kind", "suggestion"), ("comment", &adopted)]).await;
    demo.until("adopted, and still green", |page| page.contains("<strong>Adopted</strong>") && green(page)).await;
}
