//! Secrets that somebody pasted.

use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{BOT, Page, Stage};

/// Put together here, so that no scanner takes this file for a leak.
fn token() -> String {
    ["gh", "p_", "b7Kq2ZtW9xLmA4cVfR8sJ1nHyE5uGdP3oQ6i"].concat()
}

/// What the app says about secrets, on the whole page.
fn notices(page: &Page) -> Vec<String> {
    let said = page.conversation().into_iter().chain(page.threads().into_iter().flat_map(|t| t.comments));
    said.filter(|s| s.author == BOT && s.body.contains("looks like")).map(|s| s.body).collect()
}

#[test]
fn a_token_in_a_reply_is_told_once_in_its_thread_and_never_repeated() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let asked = stage.questions(pull).remove(0);
    stage.reply("alice", &asked, &format!("only admins; they use {}", token()));
    stage.until(pull, "the notice", |page| {
        let thread = page.threads().into_iter().find(|t| t.id == asked.id)?;
        let notice = thread.comments.into_iter().find(|c| c.author == BOT && c.body.contains("looks like a token"))?;
        (notice.body.contains("alice") && notice.body.contains("rotate")).then_some(())
    });
    stage.reply("bob", &asked, "Thanks");
    let page = stage.quiet(pull);
    assert_eq!(notices(&page).len(), 1);
    assert!(page.by_the_app().iter().all(|said| !said.body.contains(&token())), "it repeats the secret");
    assert_safe(&stage);
}

#[test]
fn a_key_in_a_document_is_told_once_with_its_line_also_when_it_moves() {
    let stage = Stage::new();
    let keyed = |above: &str| format!("{above}{DOCUMENT}\nThe worker signs in with {} today.\n", token());
    let line = keyed("").lines().count();
    let pull = stage.propose(PATH, &keyed(""));
    let told = stage.until(pull, "the notice", |page| notices(page).pop());
    assert!(told.contains(&format!("[Line {line}]")), "{told}");
    stage.questions(pull);
    stage.push("alice", "design", &[(PATH, &keyed("Draft of May.\n\n"))]);
    let page = stage.quiet(pull);
    assert_eq!(notices(&page).len(), 1);
    assert!(page.by_the_app().iter().all(|said| !said.body.contains(&token())), "it repeats the secret");
}
