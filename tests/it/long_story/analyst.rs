//! The story's analyst: it knows five sentences, reads replies by simple rules, and answers the same to the same question.

use threadmodel::analyst::{
    Answer, AskInput, AskOutput, AssessInput, AssessOutput, DocumentText, DraftInput, FollowInput, FollowOutput,
    Followed, How, News, NewsKind, Reply, Settled, Task,
};
use threadmodel::threat_model::{
    Anchor, Assumption, Choice, Covered, Effort, Fact, Question, Quotations, Reading, Recommendation, ReplyQuote,
    Severity, Slot, Source, Suggestion, Threat, ThreatModel,
};

use super::cast::PATH;

/// What the analyst knows about a sentence of the document.
struct Topic {
    concern: &'static str,
    slot: Slot,
    /// How the line begins.
    line: &'static str,
    question: &'static str,
    /// The answers `a` and `b`: words, branch, and the line that the draft would have instead.
    choices: [(&'static str, &'static str, &'static str); 2],
    /// The line while nobody has answered.
    undecided: &'static str,
    title: &'static str,
    severity: Severity,
    value: u32,
}

const TOPICS: [Topic; 5] = [
    Topic {
        concern: "link",
        slot: Slot::Secrets,
        line: "Customers download",
        question: "How long does the signed link work?",
        choices: [
            ("minutes", "short", "Customers sign in and download the file through a link that works for minutes."),
            ("days", "long", "Customers sign in and download the file; the link in the mail only leads there."),
        ],
        undecided: "Customers sign in before they download the file.",
        title: "Tie the link to the customer",
        severity: Severity::High,
        value: 900,
    },
    Topic {
        concern: "bucket",
        slot: Slot::DataStores,
        line: "The worker writes",
        question: "Who can read the bucket?",
        choices: [
            ("only the worker", "worker", "The worker writes the file to a bucket that nobody else can read."),
            ("everybody in engineering", "all", "The worker writes the file to a bucket of its own."),
        ],
        undecided: "The worker writes the file to a bucket whose readers are listed.",
        title: "Give the bucket one reader",
        severity: Severity::High,
        value: 800,
    },
    Topic {
        concern: "support",
        slot: Slot::AdminPaths,
        line: "Support staff",
        question: "Who in support can open an export?",
        choices: [
            ("the leads", "leads", "Support leads open an export with a reason that is recorded."),
            ("everybody in support", "everybody", "Support staff open an export with a customer's consent."),
        ],
        undecided: "Support staff open an export with a reason.",
        title: "Record why support opens an export",
        severity: Severity::Medium,
        value: 700,
    },
    Topic {
        concern: "deletion",
        slot: Slot::Retention,
        line: "Exports are deleted",
        question: "When is an export deleted?",
        choices: [
            ("after a day", "day", "Exports are deleted after a day, by the bucket's own rule."),
            ("when somebody asks", "asked", "Exports are deleted after thirty days, by the bucket's own rule."),
        ],
        undecided: "Exports are deleted after a time that is written here.",
        title: "Let the bucket delete exports",
        severity: Severity::Medium,
        value: 600,
    },
    Topic {
        concern: "partner",
        slot: Slot::Authn,
        line: "A partner fetches",
        question: "How does the partner prove who it is?",
        choices: [("with a key", "key", ""), ("it does not", "nothing", "")],
        undecided: "",
        title: "",
        severity: Severity::High,
        value: 950,
    },
];

/// The story's analyst.
pub fn answer(task: &Task) -> Answer {
    match task {
        Task::Ask(input) => {
            Answer::Ask(AskOutput { questions: ask(input), dropped: 0, facts: Vec::new(), considered: Vec::new() })
        }
        Task::Assess(input) => Answer::Assess(assess(input)),
        Task::Draft(input) => Answer::Draft(Box::new(draft(input))),
        Task::Follow(input) => Answer::Follow(follow(input)),
        Task::Refine(_) => Answer::Refine(threadmodel::analyst::RefineOutput::default()),
    }
}

fn anchor(document: &DocumentText, begins: &str) -> Option<Anchor> {
    let (at, words) = (1..).zip(document.text.lines()).find(|(_, line)| line.starts_with(begins))?;
    Some(Anchor { path: PATH.to_owned(), start_line: at, end_line: at, quotation: words.to_owned() })
}

fn ask(input: &AskInput) -> Vec<Question> {
    let Some(document) = input.documents.first() else { return Vec::new() };
    let new = TOPICS.iter().filter(|topic| input.asked.iter().all(|asked| asked.concern != topic.concern));
    let mut questions: Vec<Question> = new
        .filter_map(|topic| {
            let choice = |(text, branch, _): &(&str, &str, &str)| Choice {
                text: (*text).to_owned(),
                branch: (*branch).to_owned(),
            };
            Some(Question {
                concern: topic.concern.to_owned(),
                subject: String::new(),
                slot: topic.slot,
                anchor: anchor(document, topic.line)?,
                text: topic.question.to_owned(),
                choices: topic.choices.iter().map(choice).collect(),
                why: "It decides who can read invoices.".to_owned(),
                value: topic.value,
            })
        })
        .collect();
    questions.truncate(input.max_questions as usize);
    questions
}

/// What one reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Letter(usize),
    Why,
    Ask(Option<String>),
    Nothing,
}

fn said(reply: &Reply) -> Said {
    let body = reply.body.trim().to_lowercase();
    let mut chars = body.chars();
    match (chars.next(), chars.next()) {
        (Some('?'), None) => Said::Why,
        (Some(letter @ 'a'..='b'), None | Some(',' | '.' | ' ')) => Said::Letter(usize::from(letter == 'b')),
        _ => match body.strip_prefix("ask @") {
            Some(who) => Said::Ask(who.split_whitespace().next().map(str::to_owned)),
            None if body.starts_with("no idea") => Said::Ask(None),
            None => Said::Nothing,
        },
    }
}

fn assess(input: &AssessInput) -> AssessOutput {
    let topic = TOPICS.iter().find(|topic| topic.concern == input.question.concern).expect("one of its own questions");
    let words: Vec<(&Reply, Said)> = input.replies.iter().map(|reply| (reply, said(reply))).collect();
    let mut output = AssessOutput {
        reading: Reading::NotAnAnswer,
        noted: String::new(),
        by: None,
        branches: Vec::new(),
        facts: Vec::new(),
    };
    let Some((last, what)) = words.iter().rfind(|(_, said)| *said != Said::Nothing) else { return output };
    output.by = Some(last.login.clone());
    let latest_of = |login: &str| {
        words.iter().rev().find_map(|(reply, said)| match said {
            Said::Letter(letter) if reply.login == login => Some((*reply, *letter)),
            _ => None,
        })
    };
    match what {
        Said::Why => {
            output.reading = Reading::CounterQuestion { explanation: format!("Because of {}.", topic.concern) }
        }
        Said::Ask(to) => output.reading = Reading::Deferred { to: to.clone() },
        Said::Letter(letter) => {
            let everybody = words.iter().filter_map(|(reply, _)| latest_of(&reply.login));
            let other = everybody.into_iter().find(|(_, other)| other != letter);
            if let Some((other, _)) = other {
                output.reading = Reading::PeopleDisagree { one: quote(other), other: quote(last) };
                return output;
            }
            let (text, branch, _) = topic.choices[*letter];
            output.reading = Reading::Answered;
            output.noted = text.to_owned();
            output.branches = vec![branch.to_owned()];
            output.facts = vec![Fact {
                slot: topic.slot,
                concern: Some(topic.concern.to_owned()),
                statement: text.to_owned(),
                source: Source::Reply {
                    comment: last.comment.clone(),
                    login: last.login.clone(),
                    quotation: last.body.clone(),
                },
                at: last.at,
            }];
        }
        Said::Nothing => {}
    }
    output
}

fn quote(reply: &Reply) -> ReplyQuote {
    ReplyQuote { comment: reply.comment.clone(), login: reply.login.clone(), quotation: reply.body.clone() }
}

fn draft(input: &DraftInput) -> ThreatModel {
    let document = input.documents.first().expect("a document");
    let settled = |topic: &Topic| input.questions.iter().find(|s| s.question.concern == topic.concern);
    let mut model = ThreatModel {
        methodology: input.methodology.clone(),
        summary: "Customers export the invoices of a month.".to_owned(),
        components: Vec::new(),
        flows: Vec::new(),
        facts: input.facts.clone(),
        assumptions: Vec::new(),
        threats: Vec::new(),
        recommendations: Vec::new(),
        data: Vec::new(),
        covered: Vec::new(),
        set_aside: Vec::new(),
        attack_tree: None,
        quotations: Quotations::default(),
    };
    for topic in &TOPICS {
        let Some(at) = anchor(document, topic.line) else { continue };
        let open = settled(topic).is_none_or(|s| s.open);
        if open {
            assume(&mut model, &format!("{} Nobody said.", topic.question), Some(topic.concern));
        }
        if topic.title.is_empty() {
            model.covered.push(Covered { text: "The partner is known".to_owned(), anchor: at });
        } else {
            recommend(&mut model, topic, at, settled(topic));
        }
    }
    assume(&mut model, "Only operators read the log.", None);
    model
}

fn assume(model: &mut ThreatModel, text: &str, asked: Option<&str>) {
    model.assumptions.push(Assumption {
        ordinal: u32::try_from(model.assumptions.len()).unwrap() + 1,
        text: text.to_owned(),
        concern: asked.map(str::to_owned),
        about: asked.unwrap_or("logging").to_owned(),
    });
}

fn recommend(model: &mut ThreatModel, topic: &Topic, at: Anchor, settled: Option<&Settled>) {
    let ordinal = u32::try_from(model.recommendations.len()).unwrap() + 1;
    let branch = settled.and_then(|s| s.branches.first());
    let chosen = branch.and_then(|branch| topic.choices.iter().find(|(_, name, _)| name == branch));
    let (heard, replacement) = chosen.map_or(("nobody knows", topic.undecided), |(text, _, line)| (*text, *line));
    let id = format!("T{ordinal}");
    model.threats.push(Threat {
        id: id.clone(),
        concern: topic.concern.to_owned(),
        story: format!("Somebody else reads invoices, by way of the {}.", topic.concern),
        slot: topic.slot,
        severity: topic.severity,
        impact: topic.severity,
        evidence: vec![Source::Document { anchor: at.clone() }],
    });
    let (start_line, end_line) = (at.start_line, at.end_line);
    model.recommendations.push(Recommendation {
        ordinal,
        title: topic.title.to_owned(),
        threat: id,
        severity: topic.severity,
        effort: Effort::Small,
        change: format!("Write down what holds for the {} ({heard}).", topic.concern),
        alternative: "Leave it to the implementation".to_owned(),
        trade_off: "Then nobody reviews it.".to_owned(),
        evidence: vec![Source::Document { anchor: at.clone() }],
        protects_today: String::new(),
        left_over: "A mistake in the code.".to_owned(),
        anchor: at,
        suggestion: Some(Suggestion {
            path: PATH.to_owned(),
            start_line,
            end_line,
            replacement: replacement.to_owned(),
        }),
    });
}

/// Every line that was not there is news; a changed line of a recommendation follows it in part.
fn follow(input: &FollowInput) -> FollowOutput {
    let mut output = FollowOutput::default();
    for document in &input.documents {
        let before = document.before.as_deref().unwrap_or_default();
        for (at, line) in (1..).zip(document.text.lines()).filter(|(_, line)| before.lines().all(|old| old != *line)) {
            let words = Anchor { path: PATH.to_owned(), start_line: at, end_line: at, quotation: line.to_owned() };
            let topic = TOPICS.iter().find(|topic| line.starts_with(topic.line));
            let about = |r: &&Recommendation| {
                topic.is_some_and(|t| r.change.contains(t.concern) || r.anchor.quotation.starts_with(t.line))
            };
            match input.recommendations.iter().find(about) {
                Some(r) => output.answers.push(Followed { ordinal: r.ordinal, how: How::Partly, sentence: words }),
                None => {
                    output.news.push(News { kind: NewsKind::NewComponent, text: line.to_owned(), anchor: words });
                }
            }
        }
    }
    output
}
