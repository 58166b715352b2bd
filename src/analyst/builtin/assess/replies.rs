//! Replies as people write them, and how each is to be read: one table for each of four questions.

#![allow(clippy::panic, reason = "tests")]

mod beyond;

use super::follow_up;
use crate::analyst::builtin::Builtin;
use crate::analyst::{AssessInput, AssessOutput, DocumentText, Reply};
use crate::threat_model::{Anchor, Choice, Question, Reading, Slot};
use crate::time::Timestamp;

fn analyst() -> &'static Builtin {
    static ANALYST: std::sync::LazyLock<Builtin> = std::sync::LazyLock::new(|| match Builtin::new() {
        Ok(analyst) => analyst,
        Err(e) => panic!("{e}"),
    });
    &ANALYST
}

const DOCUMENT: &str = "# Guest passes\n\n## Design\n\nA host creates a guest pass and sends it as a link.\n\
    Session tokens are kept in a cookie.\nA session token expires after 12 hours.\n\
    Each guest pass has a page of its own, which is deleted after 30 days.\n\
    By default, a pass is valid for 2 days.\nThe clean-up works through old session tokens every 6 hours.\n";

/// A question of the catalogue, about a thing of the document.
fn question(concern: &str, subject: &str, words: &str) -> Question {
    let found = analyst().catalogue.get(concern).unwrap_or_else(|| panic!("no concern {concern}"));
    let choices = found.choices.iter().map(|c| Choice { text: c.text.clone(), branch: c.branch.clone() }).collect();
    Question {
        concern: concern.to_owned(),
        subject: subject.to_owned(),
        slot: Slot::Secrets,
        anchor: Anchor { path: "docs/passes.md".to_owned(), start_line: 5, end_line: 5, quotation: words.to_owned() },
        text: format!("About {subject}?"),
        choices,
        why: "It decides who gets in.".to_owned(),
        value: 500,
    }
}

/// "not at all, only for the person it was made for" (`owner`, safe), "minutes, for anyone who has it" (`short`), "days or longer,
/// for anyone who has it" (`long`).
fn link() -> Question {
    question("forwarded-link", "link", "A host creates a guest pass and sends it as a link.")
}

/// "minutes" (`minutes`, safe), "hours or days" (`days`), "until somebody withdraws it" (`forever`).
fn token() -> Question {
    question("token-lifetime", "session token", "Session tokens are kept in a cookie.")
}

/// "yes, and it is checked" (`checked`, safe), "yes, but nothing checks it yet" (`unchecked`), "no, anyone with an account may"
/// (`anyone`).
fn change() -> Question {
    question("who-may-change", "guest pass", "A host creates a guest pass and sends it as a link.")
}

/// "yes, nothing happens before they agree" (`agree`, safe), "no, but they can leave again" (`leave`), "no" (`no`).
fn agree() -> Question {
    question("added-without-asking", "guest", "A host creates a guest pass and sends it as a link.")
}

/// "days, removed by itself" (`days`, safe), "months or years, for a reason" (`long`), "nothing removes it" (`forever`).
fn kept() -> Question {
    question("how-long-kept", "visit log", "")
}

fn assess(question: &Question, said: &[(&str, &str)], follow_ups: &[&str], last_word: bool) -> AssessOutput {
    let reply = |(n, (login, body)): (i64, &(&str, &str))| Reply {
        comment: format!("C{n}"),
        login: (*login).to_owned(),
        body: (*body).to_owned(),
        at: Timestamp(n * 1000),
    };
    analyst().assess(&AssessInput {
        question: question.clone(),
        follow_ups: follow_ups.iter().map(|f| (*f).to_owned()).collect(),
        replies: (1..).zip(said).map(reply).collect(),
        document: Some(DocumentText { path: "docs/passes.md".to_owned(), text: DOCUMENT.to_owned(), before: None }),
        facts: Vec::new(),
        last_word,
        context: Vec::new(),
        earlier: Vec::new(),
    })
}

/// A reading in a word or two: branches; `own`; `again` (asked again), with the branch when just one is offered; `open`, with whom to
/// ask; `n/a`; `why`; `aside`; `card`; `split`.
fn short(question: &Question, out: &AssessOutput) -> String {
    match &out.reading {
        Reading::Answered if out.branches.is_empty() => {
            assert!(
                out.noted.starts_with("taken as written: ") || out.noted.starts_with("the document is"),
                "{}",
                out.noted
            );
            "own".to_owned()
        }
        Reading::Answered => out.branches.join("+"),
        Reading::Unclear { follow_up } | Reading::Partly { follow_up } => {
            assert!(follow_up::is_ours(follow_up) && follow_up.matches('?').count() == 1, "{follow_up}");
            let meant = follow_up::asked_to_confirm(question, follow_up);
            meant.map_or_else(|| "again".to_owned(), |c| format!("again:{}", c.branch))
        }
        Reading::Contradicts { .. } => "card".to_owned(),
        Reading::PeopleDisagree { .. } => "split".to_owned(),
        Reading::Private => "private".to_owned(),
        Reading::NotApplicable => "n/a".to_owned(),
        Reading::Deferred { to: None } => "open".to_owned(),
        Reading::Deferred { to: Some(to) } => format!("open:{to}"),
        Reading::CounterQuestion { .. } => "why".to_owned(),
        Reading::NotAnAnswer => "aside".to_owned(),
    }
}

/// Reads each reply on its own and reports all that read otherwise, so that one run shows the whole picture.
fn check(question: &Question, table: &[(&str, &str)]) {
    let read = |reply: &str| short(question, &assess(question, &[("ana", reply)], &[], false));
    let wrong: Vec<String> = table
        .iter()
        .filter(|(reply, expected)| read(reply) != *expected)
        .map(|(reply, expected)| format!("{reply:?} reads {:?}, not {expected:?}", read(reply)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

/// Several replies, oldest first.
fn thread(question: &Question, said: &[(&str, &str)]) -> (String, AssessOutput) {
    let out = assess(question, said, &[], false);
    (short(question, &out), out)
}

#[test]
fn letters_are_read_in_every_way_people_write_them() {
    check(
        &link(),
        &[
            ("a", "owner"),
            ("B", "short"),
            ("b)", "short"),
            ("(b)", "short"),
            ("B.", "short"),
            ("**b**", "short"),
            ("`c`", "long"),
            ("option b", "short"),
            ("Option C!", "long"),
            ("Answer: b", "short"),
            ("it's c", "long"),
            ("I'd go with b", "short"),
            ("We picked option b because the kiosk has no login", "short"),
            ("b - the kiosk has no login", "short"),
            ("c: hosts mail them around weeks ahead", "long"),
            ("b 👍", "short"),
            ("b. thanks for asking!", "short"),
            ("Good question! c", "long"),
            ("ok, so b for us", "short"),
            ("Hi, sorry for the late reply, it is b.", "short"),
            ("Q2: b", "short"),
            ("b and c", "short+long"),
            ("a for staff, b for guests", "owner+short"),
            ("b or c, depending on the pass", "short+long"),
            ("a or b, depending on the host's settings", "owner+short"),
            ("a or b", "again"),
            ("b/c", "again"),
            ("a, because the page asks for the guest's phone", "owner"),
            ("> How long does it work?\n\nb", "short"),
            ("<!-- draft --> b", "short"),
            ("b\n\nOn Tue, 3 Mar, somebody wrote:\nolder text with option a", "short"),
            ("a, 15 minutes", "again"),
            ("f", "again"),
            ("not b", "again"),
        ],
    );
}

#[test]
fn an_uncertain_choice_is_asked_about_and_a_restricted_one_is_taken_as_written() {
    check(
        &link(),
        &[
            ("probably a", "again:owner"),
            ("a i guess", "again:owner"),
            ("i think a", "again:owner"),
            ("a?", "again:owner"),
            ("maybe b", "again:short"),
            ("b, probably", "again:short"),
            ("not sure, probably c", "again:long"),
            ("should be only for the person it was made for", "again:owner"),
            ("a, but support can open it too", "own"),
            ("a for now", "own"),
            ("a unless they share their screen", "own"),
            ("only for the person it was made for, except for admins", "own"),
            ("I think b", "short"),
        ],
    );
}

#[test]
fn words_of_an_answer_pick_it_and_other_words_do_not() {
    check(
        &link(),
        &[
            ("only for the person it was made for", "owner"),
            ("it only works for the person it was made for.", "owner"),
            ("minutes, for anyone who has it", "short"),
            ("minuts for anyone", "short"),
            ("it works for days, for anyone who has it", "long"),
            ("whoever holds it gets in", "own"),
            ("not only for the person it was made for", "own"),
            ("the person it was made for can pass it to anybody she likes, then they share one pass", "own"),
            ("not at all", "again:owner"),
            ("20 minutes", "short"),
            ("3 days", "long"),
            ("ca. 10 min", "short"),
            ("zwei Wochen", "long"),
            ("Minuten", "short"),
            ("dos semanas", "long"),
            ("The guest opens a page that asks for a code sent to her phone", "own"),
            ("we sign it with the key of the house and the door checks that", "own"),
            ("```\nttl = 15m\n```", "short"),
            ("```yaml\nbound_to: guest\nreader: door-7\n```", "own"),
        ],
    );
}

#[test]
fn yes_and_no_pick_an_answer_only_when_it_is_said_by_that() {
    check(
        &change(),
        &[
            ("yes", "again"),
            ("Yes.", "again"),
            ("ja", "again"),
            ("oui", "again"),
            ("sí", "again"),
            ("yep, sure", "again"),
            ("no", "anyone"),
            ("nope", "anyone"),
            ("Nein", "anyone"),
            ("non", "anyone"),
            ("no, anyone with an account may", "anyone"),
            ("no, any account can do it", "again:anyone"),
            ("no, only the host who made it", "own"),
            ("yes, and it is checked", "checked"),
            ("yes it's checked in the api", "checked"),
            ("yes, but it is not checked", "unchecked"),
            ("yes but nothing checks it right now", "unchecked"),
            ("yes, it should be checked", "again:checked"),
            ("checked", "checked"),
            ("nothing is checked", "unchecked"),
            ("yes, other hosts. their role is looked up before the change", "own"),
        ],
    );
    check(
        &agree(),
        &[
            ("no", "no"),
            ("nah", "no"),
            ("nein, leider nicht", "own"),
            ("yes", "again:agree"),
            ("oui", "again:agree"),
            ("yes, nothing happens before they agree", "agree"),
            ("nothing happens before they agree", "agree"),
            ("they agree but some things happen before", "own"),
            ("no, but they can leave again", "leave"),
            ("no but they can leave", "leave"),
            ("they can leave again", "leave"),
        ],
    );
}

#[test]
fn times_pick_an_answer_or_stand_against_the_document() {
    check(
        &token(),
        &[
            ("12 hours", "days"),
            ("12h", "days"),
            ("half a day", "days"),
            ("7 days", "card"),
            ("7d, same as the app", "card"),
            ("15 min", "card"),
            ("a token lives 15 minutes, as in the other service", "card"),
            ("it works for at least 3 days", "card"),
            ("not 12 hours any more, 2 days", "card"),
            ("about 10 hours", "days"),
            ("up to 12 hours", "days"),
            ("should be 7 days", "again:days"),
            ("probably around a week", "again:days"),
            ("7 days by default, each site can change that", "days"),
            ("it was 7 days before", "own"),
            ("refreshed every 30 minutes and gone after 2 days without use, or 7 days in all", "own"),
            ("until somebody withdraws it", "forever"),
            ("forever, nobody withdraws it", "own"),
            ("a few minutes", "card"),
            ("minutes", "card"),
            ("a", "card"),
            ("b", "days"),
        ],
    );
    check(
        &kept(),
        &[
            ("14 days", "own"),
            ("7 days", "again:days"),
            ("7 days, then it is removed by itself", "days"),
            ("two months", "long"),
            ("for years", "own"),
            ("nothing removes it", "forever"),
            ("nothing", "own"),
        ],
    );
}

#[test]
fn who_does_not_know_may_name_somebody() {
    check(
        &link(),
        &[
            ("don't know", "open"),
            ("I dont know tbh", "open"),
            ("no idea", "open"),
            ("idk", "open"),
            ("TBD", "open"),
            ("not decided", "open"),
            ("not decided yet, will come with the next version", "open"),
            ("we haven't decided", "open"),
            ("to be defined", "open"),
            ("d", "open"),
            ("weiß ich nicht", "open"),
            ("je ne sais pas", "open"),
            ("on ne sait pas encore", "open"),
            ("no lo sé", "open"),
            ("ni idea", "open"),
            ("das wissen wir noch nicht", "open"),
            ("nobody knows", "open"),
            ("ask @ben", "open:ben"),
            ("maybe @ben-k knows", "open:ben-k"),
            ("@acme/doors can answer that", "open:acme/doors"),
            ("@ben?", "open:ben"),
            ("@ben can you answer this?", "open:ben"),
            ("cc @ben", "open:ben"),
            ("the payments team knows", "open:payments"),
            ("payments knows that", "open:payments"),
            ("ask the platform team", "open:platform"),
            ("frag das Payments-Team", "open:payments"),
            ("l'équipe paiement sait", "open:paiement"),
            ("pregunta al equipo de pagos", "open:pagos"),
            ("nobody knows that", "open"),
            ("it can tell", "own"),
            ("That's a question for legal", "open:legal"),
            ("ask the door firmware team", "open:door-firmware"),
            ("I don't know, ask @ben", "open:ben"),
            ("b, @ben can say more", "short"),
            ("the door reads the name on the pass and shows it to the guard, @ben knows the details", "own"),
        ],
    );
}

#[test]
fn what_does_not_apply_is_said_so_at_the_beginning() {
    check(
        &link(),
        &[
            ("n/a", "n/a"),
            ("N/A here", "n/a"),
            ("not applicable", "n/a"),
            ("Doesn't apply because passes are printed", "n/a"),
            ("this does not apply, there is no link any more", "n/a"),
            ("not relevant for us", "n/a"),
            ("doesn't matter here because passes are printed if somebody asks", "n/a"),
            ("not relevant here, because we currently print them", "n/a"),
            ("that cannot happen here: passes are on paper", "n/a"),
            ("trifft hier nicht zu, weil es keinen Link gibt", "n/a"),
            ("ne s'applique pas", "n/a"),
            ("no aplica aquí", "n/a"),
            ("not relevant here, except for guests", "own"),
            ("out of scope", "again"),
            ("that rule does not apply to admins", "own"),
            ("n/a for staff, guests get one by mail", "own"),
        ],
    );
}

#[test]
fn thanks_nods_and_promises_are_no_answer() {
    check(
        &link(),
        &[
            ("Thanks!", "aside"),
            ("👍", "aside"),
            ("+1", "aside"),
            ("Good question", "aside"),
            ("Great, see you at lunch.", "aside"),
            ("great question, will check", "aside"),
            ("let me get back to you tomorrow", "aside"),
            ("looking into it", "aside"),
            ("I'll check with the code", "aside"),
            ("ok", "aside"),
            ("hmm", "aside"),
            ("> quoted line only", "aside"),
            ("![screenshot](https://example.com/x.png)", "aside"),
            ("", "aside"),
            ("Danke dir!", "aside"),
            ("Muchas gracias", "aside"),
            ("Merci beaucoup !", "aside"),
            ("ok, only for the person it was made for", "owner"),
            ("we will check the guest's name at the door each time", "own"),
            ("done", "again"),
            ("see above", "again"),
            ("updated the doc", "again"),
        ],
    );
}

#[test]
fn a_question_back_is_answered_and_an_answer_beside_it_counts() {
    check(
        &link(),
        &[
            ("why?", "why"),
            ("Why do you ask?", "why"),
            ("warum?", "why"),
            ("Pourquoi ?", "why"),
            ("¿por qué?", "why"),
            ("what do you mean by \"passed on\"?", "why"),
            ("I don't understand the question", "why"),
            ("Do you mean the link in the mail or the one on the page?", "why"),
            ("b, but why do you ask?", "short"),
            ("b. what is the risk?", "short"),
            ("it works minutes, for anyone. why does it matter?", "short"),
            ("hm, why?", "why"),
            ("minutes?", "again:short"),
        ],
    );
}

#[test]
fn vague_words_are_asked_about_once() {
    check(
        &link(),
        &[
            ("probably", "again"),
            ("should be fine", "again"),
            ("it depends", "again"),
            ("a while", "again"),
            ("internal only", "again"),
            ("only authenticated users", "again"),
            ("trusted people", "again"),
            ("neither", "again"),
            ("none of these", "again"),
            ("neither, the door asks the guest for a photo and keeps the pass", "own"),
            ("no", "again"),
            ("yes", "again"),
            ("as usual", "again"),
        ],
    );
}

#[test]
fn a_follow_up_quotes_the_reply_and_is_asked_once() {
    let first = |reply: &str| match assess(&link(), &[("ana", reply)], &[], false).reading {
        Reading::Unclear { follow_up } => follow_up,
        other => panic!("{reply}: {other:?}"),
    };
    assert_eq!(
        first("internal only"),
        "You wrote “internal only”. Is that one machine, everybody on the company's network, or certain people?"
    );
    assert_eq!(
        first("only authenticated users"),
        "You wrote “authenticated users”. Is that anybody with an account there, or fewer?"
    );
    assert_eq!(first("probably b"), "You wrote “probably b”. Do you mean “minutes, for anyone who has it”?");
    assert_eq!(
        first("b or c"),
        "You wrote “b or c”. Which of these is it: b “minutes, for anyone who has it”, or c “days or longer, for anyone who has it”?"
    );
    let vague = first("should be fine");
    assert!(vague.starts_with("You wrote “should be fine”. Which comes closest: a “not at all"), "{vague}");
    let again = assess(&link(), &[("ana", "should be fine"), ("ana", "it depends")], &[&vague], false);
    assert_eq!((short(&link(), &again).as_str(), again.noted.as_str()), ("own", "taken as written: it depends"));
    let at_once = assess(&link(), &[("ana", "probably a")], &[], true);
    assert_eq!((short(&link(), &at_once).as_str(), at_once.noted.as_str()), ("own", "taken as written: probably a"));
}

#[test]
fn yes_after_do_you_mean_settles_it() {
    let question = link();
    let asked = "You wrote “probably a”. Do you mean “not at all, only for the person it was made for”?";
    let then = |word: &str| assess(&question, &[("ana", "probably a"), ("ana", word)], &[asked], false);
    for yes in ["yes", "Yes, exactly.", "correct", "ja", "oui", "yep 👍", "a"] {
        assert_eq!(short(&question, &then(yes)), "owner", "{yes}");
    }
    assert_eq!(then("yes").noted, "not at all, only for the person it was made for");
    assert_eq!(then("yes").facts.len(), 2, "the doubt and the confirmation are both on record");
    assert_eq!(short(&question, &then("no")), "again");
    assert_eq!(short(&question, &then("no, b")), "own");
    assert_eq!(short(&question, &then("yes, mostly")), "own");
    assert_eq!(short(&question, &then("thanks")), "aside");
}

#[test]
fn the_newer_reply_of_a_person_replaces_the_older_and_says_so() {
    let (read, out) = thread(&link(), &[("ana", "b"), ("ana", "sorry, c")]);
    assert_eq!(read, "long");
    assert_eq!(out.noted, "days or longer, for anyone who has it (before: minutes, for anyone who has it)");
    let (read, out) = thread(&link(), &[("ana", "b"), ("ana", "actually the door asks for a photo")]);
    assert_eq!(read, "own");
    assert_eq!(out.noted, "taken as written: the door asks for a photo (before: minutes, for anyone who has it)");
    assert_eq!(thread(&link(), &[("ana", "b"), ("ana", "scratch that")]).0, "again");
    assert_eq!(thread(&link(), &[("ana", "b"), ("ana", "tbd")]).0, "open");
    assert_eq!(thread(&link(), &[("ana", "b"), ("ana", "thanks!")]).0, "short");
}

#[test]
fn further_words_are_added_and_a_safe_answer_does_not_survive_a_but() {
    let (read, out) = thread(&link(), &[("ana", "b"), ("ana", "the kiosk prints it on paper")]);
    assert_eq!(
        (read.as_str(), out.noted.as_str()),
        ("short", "minutes, for anyone who has it; the kiosk prints it on paper")
    );
    assert_eq!(out.facts.len(), 2);
    assert_eq!(thread(&link(), &[("ana", "a"), ("ana", "but support can open it as well")]).0, "own");
    let (read, out) = thread(&link(), &[("ana", "b"), ("ben", "the guard sees the name on his screen")]);
    assert_eq!(
        (read.as_str(), out.noted.as_str()),
        ("short", "minutes, for anyone who has it; ben adds: the guard sees the name on his screen")
    );
}

#[test]
fn two_people_who_differ_are_both_named_until_one_side_is_taken() {
    assert_eq!(thread(&link(), &[("ana", "a"), ("ben", "c")]).0, "split");
    assert_eq!(thread(&link(), &[("ana", "a"), ("ben", "that's not right, support opens it daily")]).0, "split");
    assert_eq!(thread(&link(), &[("ana", "b"), ("ben", "n/a")]).0, "split");
    assert_eq!(thread(&link(), &[("ana", "b"), ("ben", "agreed")]).0, "short");
    assert_eq!(thread(&link(), &[("ana", "b"), ("ben", "+1")]).0, "short");
    assert_eq!(thread(&link(), &[("ana", "b"), ("ben", "no idea")]).0, "short");
    assert_eq!(thread(&link(), &[("ana", "a"), ("ben", "c"), ("ana", "ok, c")]).0, "long");
    let card = "@ana: \"a\". @ben: \"c\". Which is right?";
    let then = |login: &str, word: &str| assess(&link(), &[("ana", "a"), ("ben", "c"), (login, word)], &[card], false);
    for (login, word) in [("ana", "ben is right"), ("ana", "I agree with @ben"), ("cleo", "go with Ben's")] {
        assert_eq!(short(&link(), &then(login, word)), "long", "{word}");
    }
    assert_eq!(short(&link(), &then("ana", "ben is not right")), "split");
}

#[test]
fn a_card_quotes_both_and_mends_the_line() {
    let out = assess(&token(), &[("ana", "7d, same as the app")], &[], false);
    let Reading::Contradicts { document, reply, suggestion } = out.reading else { panic!("{:?}", out.reading) };
    assert_eq!(document.quotation, "A session token expires after 12 hours.");
    assert_eq!(reply.quotation, "7d, same as the app");
    assert_eq!(suggestion.map(|s| s.replacement).as_deref(), Some("A session token expires after 7 days."));
    let card = "Document: \"A session token expires after 12 hours.\". @ana: \"7d, same as the app\". Which is right?";
    let then = |word: &str| assess(&token(), &[("ana", "7d, same as the app"), ("ana", word)], &[card], false);
    for mine in ["mine", "my reply", "7 days", "the doc is outdated", "I'll update the doc", "what I said"] {
        assert_eq!(short(&token(), &then(mine)), "days", "{mine}");
    }
    for document in ["the document", "The document is right.", "doc wins", "sorry, I was wrong", "my mistake"] {
        assert_eq!(then(document).noted, "the document is right: A session token expires after 12 hours", "{document}");
    }
}

#[test]
fn a_link_cannot_outlive_what_it_leads_to_but_may_end_earlier() {
    let page = question("forwarded-link", "link", "Each guest pass has a page of its own.");
    let read = |reply: &str| short(&page, &assess(&page, &[("ana", reply)], &[], false));
    assert_eq!(read("c, 60 days"), "card");
    assert_eq!(read("c, 7 days"), "long");
    assert_eq!(read("b, 20 minutes"), "short");
    assert_eq!(read("b"), "short");
    assert_eq!(read("c"), "long");
}

#[test]
fn a_reply_that_does_not_apply_leaves_its_reason_in_the_ledger() {
    let out = assess(&link(), &[("ana", "doesn't apply because passes are printed")], &[], false);
    assert_eq!((out.reading, out.noted.as_str()), (Reading::NotApplicable, ""));
    let statements: Vec<&str> = out.facts.iter().map(|f| f.statement.as_str()).collect();
    assert_eq!(statements, ["does not apply here: doesn't apply because passes are printed"]);
}

#[test]
fn thanks_for_an_explanation_ask_for_no_second_one() {
    let why = "It decides who gets in.";
    let out = assess(&link(), &[("ana", "why?"), ("ana", "ok, thanks")], &[why], false);
    assert_eq!(out.reading, Reading::NotAnAnswer);
    assert_eq!(short(&link(), &assess(&link(), &[("ana", "why?"), ("ana", "ok, then b")], &[why], false)), "short");
}

#[test]
fn any_text_is_read_the_same_way_twice_and_in_time_that_grows_with_its_length() {
    let long = "no, maybe b? but @ben knows 7 days, ".repeat(20_000);
    let odd = ["\u{0}", "(((((", "> > >", "```", "a".repeat(100_000).as_str(), "İİİ b", "🙂🙂b", long.as_str()]
        .map(str::to_owned);
    for reply in &odd {
        let read = || assess(&token(), &[("ana", reply)], &[], false);
        assert_eq!(read(), read());
    }
}
