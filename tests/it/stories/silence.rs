//! Nobody answers. Days pass when the story says so; which day of the week it is does not matter to it.

use threadmodel::sandbox::Hostility;

use super::acts::looked;
use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{Beginning, CHECK, Page, Stage, marker};

fn silent(then: &str) -> (Stage, u64) {
    let policy = format!(
        "documents: [\"docs/**/*.md\"]\napproval: {{ teams: [\"@acme/security\"], required: 1 }}\nreminders: {{ after: 24h, then: {then} }}\n"
    );
    let stage = Stage::without_app(&Beginning { policy, ..Beginning::default() }, Hostility::none());
    stage.start_inside();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.questions(pull);
    stage.quiet(pull);
    (stage, pull)
}

fn reminders(page: &Page) -> Vec<String> {
    let ours = page.by_the_app().into_iter();
    ours.filter(|said| marker(&said.body).is_some_and(|key| key.starts_with("reminder")))
        .map(|said| said.body.clone())
        .collect()
}

#[test]
fn after_a_day_of_silence_the_author_is_reminded_once_and_then_the_draft_goes_ahead() {
    let (stage, pull) = silent("draft");
    let asked = stage.page(pull).questions().len();
    stage.hours_pass(20);
    assert!(reminders(&stage.quiet(pull)).is_empty(), "not before the day is over");
    assert!(stage.page(pull).draft().is_none());

    // A weekend may lie between; Saturdays and Sundays do not count.
    stage.days_pass(3);
    let said = stage.until(pull, "a reminder", |page| reminders(page).pop());
    assert!(said.contains("alice"), "{said}");
    assert!(said.contains("goes ahead on stated assumptions"), "{said}");
    let page = stage.quiet(pull);
    assert_eq!(reminders(&page).len(), 1);
    assert!(page.draft().is_none(), "they have another day");
    assert!(page.check(CHECK).unwrap().is_closed());

    stage.days_pass(4);
    let draft = stage.until(pull, "a draft", Page::draft);
    assert!(draft.body.contains("A1"), "what nobody answered is assumed, by number: {}", draft.body);
    let page = stage.quiet(pull);
    assert_eq!((reminders(&page).len(), page.questions().len()), (1, asked), "nobody is reminded or asked again");
    assert!(page.check(CHECK).unwrap().is_closed(), "silence opens no gate");
    assert_safe(&stage);
}

#[test]
fn where_the_policy_waits_one_reminder_is_all_that_silence_gets() {
    let (stage, pull) = silent("wait");
    stage.days_pass(4);
    let said = stage.until(pull, "a reminder", |page| reminders(page).pop());
    assert!(said.contains("/threadmodel draft"), "{said}");
    for _ in 0..3 {
        stage.days_pass(9);
        let page = stage.quiet(pull);
        assert_eq!(reminders(&page).len(), 1);
        assert!(page.draft().is_none());
        assert!(page.check(CHECK).unwrap().is_closed());
    }
    // An answer is heard as ever, and brings no second reminder.
    let question = stage.page(pull).questions().remove(0);
    stage.reply("alice", &question, "a");
    looked(&stage, pull);
    stage.days_pass(9);
    let page = stage.quiet(pull);
    assert_eq!(reminders(&page).len(), 1);
    assert_safe(&stage);
}
