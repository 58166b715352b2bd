//! How much of what a model is sent it was sent before, so that a provider's cache can hold it: one review with three rounds.
//!
//! Counted strictly: in characters; only what equals the beginning of an earlier request for the same task and model, since the form of
//! the answer stands before everything else; only up to where a cache marker stands (after the rules, after what lasts over pushes, after
//! the documents, after what changed of them); and only from 4,096 characters on, since providers keep no beginning of fewer than about 1,024 tokens. The form itself
//! is not counted on either side.

use std::collections::BTreeMap;

use super::acts::{asked, at_rest, noted, on, told};
use super::model::{STAFF, staged, well};
use super::{PATH, assert_safe};
use crate::llm::scripted::answers::{answered, ask, question};
use crate::llm::scripted::{Reply, Request, Scripted};
use crate::stage::{Stage, Thread};
use threadmodel::llm::answers::OutcomeSaid;

/// The least that a cache holds.
const LEAST: usize = 4_096;

/// A document of the usual length: the stories' own, and what such documents say beside.
fn document() -> String {
    let parts = [
        (
            "Queue",
            "The export-worker takes one export after another from the queue",
            "an export that fails is put back twice",
        ),
        (
            "Format",
            "A file has one line for each invoice with its number, date, sum and currency",
            "sums are written with a dot",
        ),
        ("Limits", "A customer starts at most ten exports a day", "a file holds at most a hundred thousand invoices"),
        (
            "Retries",
            "A mail that does not arrive is sent again after an hour",
            "after three mails the export counts as delivered",
        ),
        (
            "Metrics",
            "The worker counts exports, their lines and their seconds",
            "the numbers are shown on the team's board",
        ),
        ("Rollout", "At first ten customers see the new page", "all others follow after two weeks without complaints"),
        ("Costs", "A gigabyte of files costs two cents a month", "ten thousand exports a day come to eleven gigabytes"),
        ("Languages", "The heading of a file is in the customer's language", "numbers are the same in all of them"),
        ("Old exports", "The old page stays for a month and says where the new one is", "its files are not moved"),
        ("Support", "The team answers questions about exports on working days", "the handbook has a page about them"),
        (
            "Alternatives",
            "A file by mail was tried and was too large for some mailboxes",
            "a page to look at was not wanted",
        ),
        (
            "Words",
            "An export is a file with invoices",
            "a customer is a company with an account, and its people are users",
        ),
    ];
    let more: String = parts
        .iter()
        .map(|(title, one, two)| {
            format!(
                "\n## {title}\n\n{one}, and {two}. This was agreed with the people who run the billing page in spring, \
                 and nobody has asked for anything else since; what is written here holds until the next version of this text. \
                 Whoever changes it tells the billing team and the people who answer customers.\n"
            )
        })
        .collect();
    format!("{}{more}", super::DOCUMENT)
}

/// What each round asks about, in words of the document as it is then.
const ASKED: [(&str, &str, &str); 10] = [
    (STAFF, "staff-access", "Who among the support staff may open an export?"),
    (
        "Customers download the file through a signed link",
        "link",
        "What can somebody do to whom the mail was forwarded?",
    ),
    ("The mail service is run by another company", "mail", "For how long does the mail company keep what it gets?"),
    ("The request body carries the customer's id", "body-id", "Who may start an export for a given customer?"),
    ("A customer starts at most ten exports a day", "limit", "What happens to the eleventh export of a day?"),
    ("The old page stays for a month", "old-page", "Who sees the files of the old page in that month?"),
    (
        "Resellers open the exports of their customers",
        "resellers",
        "How does the backoffice know whose customers are a reseller's?",
    ),
    ("A reseller is told by mail about each new export", "told", "What stands in the mail that a reseller gets?"),
    ("A nightly job copies new exports to the archive", "archive", "When does a copy in the archive end?"),
    ("Auditors read the archive", "auditors", "Which exports does an auditor find in the archive?"),
];

fn script(request: &Request) -> Reply {
    match request.task.as_str() {
        "ask" => {
            let text = ["doc1", "doc1v2", "doc1v3"].into_iter().filter_map(|id| request.piece(id)).collect::<String>();
            let text = text.replace('`', "");
            let stands = ASKED.iter().filter(|(words, _, _)| text.contains(words));
            Reply::answer(&ask(stands.map(|(words, concern, text)| question("doc1", words, concern, text)).collect()))
        }
        "assess" => {
            let replies: Vec<String> = (1..9).map_while(|n| request.piece(&format!("reply{n}"))).collect();
            let said = replies.last().cloned().unwrap_or_default();
            let mut answer = answered(&said, &said);
            if said == VAGUE {
                answer.outcome = OutcomeSaid::Partly;
                answer.follow_up = format!("You say “{VAGUE}”: who is that?");
            }
            answer.facts[0].quotation.source = format!("reply{}", replies.len());
            answer.reply = Some(answer.facts[0].quotation.clone());
            Reply::answer(&answer)
        }
        _ => well(request),
    }
}

/// What is asked about once more.
const VAGUE: &str = "Some people in the team";

fn answer(stage: &Stage, pull: u64, questions: &[Thread]) {
    for question in questions {
        stage.reply("alice", question, "Two people on shift decide that");
        noted(stage, pull, question, "alice", "Two people on shift");
    }
}

/// The first answer says half; the second, the rest.
fn answer_twice(stage: &Stage, pull: u64, question: &Thread) {
    stage.reply("alice", question, VAGUE);
    told(stage, pull, question, &["who is that?"]);
    answer(stage, pull, std::slice::from_ref(question));
}

/// The questions that were not there before.
fn new_ones(stage: &Stage, pull: u64, before: &[Thread], n: usize) -> Vec<Thread> {
    stage.until(pull, "a further round", |page| {
        let new: Vec<Thread> =
            page.questions().into_iter().filter(|one| before.iter().all(|old| old.id != one.id)).collect();
        (new.len() == n).then_some(new)
    })
}

/// Six questions, two of which are asked about once more; the last waits for its answer until the end.
fn first_round<'a>(stage: &Stage, pull: u64, questions: &'a [Thread]) -> &'a Thread {
    let [one, two, rest @ .., last] = questions else { panic!("{} questions", questions.len()) };
    assert_eq!(questions.len(), 6);
    for question in [one, two] {
        answer_twice(stage, pull, question);
    }
    answer(stage, pull, rest);
    last
}

/// The request's text without the form, and where cache markers stand in it.
fn marked(request: &Request) -> (String, Vec<usize>) {
    let system = request.said_by("system");
    let all = format!("{system}{}", request.said_by("user"));
    let mut marks = vec![system.len()];
    marks.extend(all.find("<<<doc1 "));
    let end = |ids: &[&str]| {
        let ends = ids.iter().filter_map(|id| all.rfind(&format!("<<<end {id}")));
        ends.max().and_then(|at| Some(at + all[at..].find(">>>")? + 3))
    };
    let documents = end(&["doc1 ", "description "]);
    marks.extend(documents);
    marks.extend(end(&["doc1v", "old1 "]).filter(|at| Some(*at) > documents));
    (all, marks)
}

#[derive(Default)]
struct Figure {
    requests: usize,
    asks: usize,
    sent: usize,
    eligible: usize,
}

impl Figure {
    fn percent(&self) -> usize {
        self.eligible * 100 / self.sent.max(1)
    }

    fn fresh(&self) -> usize {
        self.sent - self.eligible
    }
}

/// By task, in all, and by round; the draft is of no round.
fn figures(requests: &[Request]) -> (BTreeMap<String, Figure>, Figure, Vec<Figure>) {
    let (mut by_task, mut all): (BTreeMap<String, Figure>, Figure) = Default::default();
    let mut rounds = vec![Figure::default()];
    let texts: Vec<(String, Vec<usize>)> = requests.iter().map(marked).collect();
    for (n, (request, (text, marks))) in requests.iter().zip(&texts).enumerate() {
        let like = |m: &usize| requests[*m].task == request.task && requests[*m].model == request.model;
        let held = |mark: &usize| {
            (0..n).filter(like).any(|m| texts[m].1.contains(mark) && texts[m].0.get(..*mark) == text.get(..*mark))
        };
        let eligible = marks.iter().copied().filter(|mark| *mark >= LEAST && held(mark)).max().unwrap_or(0);
        if request.task == "ask" && rounds.last().is_some_and(|round| round.asks > 0) {
            rounds.push(Figure::default());
        }
        let round = rounds.last_mut().filter(|_| request.task != "draft");
        for figure in [by_task.entry(request.task.clone()).or_default(), &mut all].into_iter().chain(round) {
            figure.asks += usize::from(request.task == "ask");
            figure.requests += 1;
            figure.sent += text.len();
            figure.eligible += eligible;
        }
    }
    (by_task, all, rounds)
}

/// The share is at least this, and a later round takes at most so much of what the first takes and was not sent before, both in
/// percent; the table is printed.
fn assert_share(what: &str, requests: &[Request], least: usize, most_later: usize) {
    let (by_task, all, rounds) = figures(requests);
    println!("{what}: {} requests", requests.len());
    for (task, figure) in by_task.iter().map(|(task, figure)| (task.as_str(), figure)).chain([("all", &all)]) {
        let Figure { requests, sent, eligible, .. } = figure;
        println!("| {task} | {requests} | {sent} | {eligible} | {} % |", figure.percent());
    }
    assert!(all.percent() >= least, "{what}: {} %", all.percent());
    let [first, later @ ..] = &rounds[..] else { panic!("no round") };
    for (n, round) in (2..).zip(later) {
        let of_first = round.fresh() * 100 / first.fresh();
        println!("round {n}: {} of {} not sent before, {of_first} %", round.fresh(), first.fresh());
        assert!(of_first <= most_later, "{what}, round {n}: {of_first} %");
    }
}

#[test]
fn over_two_pushes_what_did_not_change_was_sent_before() {
    let provider = Scripted::start(script);
    let stage = staged(&provider, "", &[]);
    let first = document();
    let pull = stage.propose(PATH, &first);
    let questions = stage.questions(pull);
    let last = first_round(&stage, pull, &questions);
    let second = format!(
        "{first}\n## Resellers\n\nResellers open the exports of their customers in the backoffice.\n\
         A reseller is told by mail about each new export.\n"
    );
    stage.push("alice", "design", &[(PATH, &second)]);
    let new = new_ones(&stage, pull, &questions, 2);
    answer(&stage, pull, &new);
    let third = format!(
        "{second}\n## Archive\n\nA nightly job copies new exports to the archive.\n\nAuditors read the archive.\n"
    );
    stage.push("alice", "design", &[(PATH, &third)]);
    let before = stage.page(pull).questions();
    let new = new_ones(&stage, pull, &before, 2);
    answer(&stage, pull, &new);
    answer(&stage, pull, std::slice::from_ref(last));
    stage.draft(pull);
    at_rest(&stage, pull);
    assert_eq!(provider.requests_of("ask").len(), 3, "three rounds");
    assert_share("two pushes", &provider.requests(), 60, 25);
    assert_safe(&stage);
}

#[test]
fn most_of_what_is_sent_over_three_rounds_was_sent_before() {
    let provider = Scripted::start(|request| {
        let topic = request.piece("topic").unwrap_or_default();
        let wanted = |about: &str| topic.contains(about);
        match request.task.as_str() {
            "ask" if wanted("rollout") => Reply::answer(&ask(vec![question(
                "doc1",
                "At first ten customers see the new page",
                "first-ten",
                "Who picks the first ten customers?",
            )])),
            "ask" if wanted("board") => Reply::answer(&ask(vec![question(
                "doc1",
                "the numbers are shown on the team's board",
                "board",
                "Who else looks at the team's board?",
            )])),
            _ => script(request),
        }
    });
    let stage = staged(&provider, "", &[]);
    let pull = stage.propose(PATH, &document());
    let questions = stage.questions(pull);
    let last = first_round(&stage, pull, &questions);
    for topic in ["the rollout", "the board"] {
        let before = stage.page(pull).questions();
        stage.comment("sam", pull, &format!("/threadmodel ask {topic}"));
        let new = new_ones(&stage, pull, &before, 1);
        answer(&stage, pull, &new);
    }
    answer(&stage, pull, std::slice::from_ref(last));
    stage.draft(pull);
    at_rest(&stage, pull);
    assert_eq!(provider.requests_of("ask").len(), 3, "three rounds");
    assert_share("two questions on request", &provider.requests(), 60, 25);
    assert_safe(&stage);
}

#[test]
fn what_counts_is_a_whole_part_of_a_request_of_the_same_kind() {
    let provider = Scripted::start(well);
    let stage = staged(&provider, "", &[]);
    let (_, questions) = asked(&stage);
    assert!(!questions.is_empty() && !on(&questions, STAFF).resolved);
    let once = provider.requests();
    assert_eq!(figures(&once).1.eligible, 0, "each task was asked for once");
    let twice: Vec<Request> = once.iter().chain(&once).cloned().collect();
    let (text, marks) = marked(twice.last().unwrap());
    assert!(marks.iter().all(|mark| *mark < text.len()) && marks.is_sorted(), "{marks:?}");
    assert_eq!(figures(&twice).0["ask"].eligible, marks[2], "up to the end of the documents");
    let mut other = twice;
    for request in &mut other[once.len()..] {
        request.model = "another".to_owned();
    }
    assert_eq!(figures(&other).1.eligible, 0);
}
