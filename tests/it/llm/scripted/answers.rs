//! Answers of the form that the app asks for, to be changed where a story wants something else.

use threadmodel::llm::answers::refine::{ActSaid, RefineAnswer, WordingSaid};
use threadmodel::llm::answers::{
    AskAnswer, AssessAnswer, ComponentSaid, CoveredSaid, DraftAnswer, FactSaid, FlowSaid, FollowAnswer, Level,
    OutcomeSaid, ProposedSaid, QuestionSaid, Quote, RecommendationSaid, ThreatSaid, TriageAnswer,
};
use threadmodel::threat_model::{ComponentKind, Effort, Slot};

/// Words of a source.
pub(crate) fn quote(source: &str, words: &str) -> Quote {
    Quote { source: source.to_owned(), words: words.to_owned() }
}

/// Much is at stake.
pub(crate) fn triage(source: &str, words: &str) -> TriageAnswer {
    TriageAnswer { quotation: quote(source, words), reason: "It hands data to people.".to_owned(), risk: Level::High }
}

/// A question about words of a document. `concern` tells it from others.
pub(crate) fn question(source: &str, words: &str, concern: &str, text: &str) -> QuestionSaid {
    let answer = |text: &str, name: &str, leads_to: &str| ProposedSaid {
        text: text.to_owned(),
        name: name.to_owned(),
        leads_to: leads_to.to_owned(),
    };
    QuestionSaid {
        quotation: quote(source, words),
        slot: Slot::Authz,
        concern: concern.to_owned(),
        subject: String::new(),
        text: text.to_owned(),
        answers: vec![
            answer("everybody in the team", "everybody", "The draft names the whole team as readers."),
            answer("two people by name", "named", "The draft says that two people read it."),
        ],
        why: "Whoever can read it can also pass it on.".to_owned(),
        changes: Level::High,
        open: Level::High,
        exposure: Level::High,
    }
}

/// An answer with these questions.
pub(crate) fn ask(questions: Vec<QuestionSaid>) -> AskAnswer {
    AskAnswer { facts: Vec::new(), considered: Vec::new(), questions }
}

/// The replies answer the question: these words of `reply1`.
pub(crate) fn answered(words: &str, noted: &str) -> AssessAnswer {
    AssessAnswer {
        facts: vec![FactSaid { quotation: quote("reply1", words), slot: Slot::Authz, statement: noted.to_owned() }],
        reply: Some(quote("reply1", words)),
        against: None,
        outcome: OutcomeSaid::Answered,
        noted: noted.to_owned(),
        chosen: Vec::new(),
        follow_up: String::new(),
        may_know: String::new(),
        explanation: String::new(),
    }
}

/// The replies say nothing to the matter, or what `outcome` says; nothing else is filled in.
pub(crate) fn read_as(outcome: OutcomeSaid) -> AssessAnswer {
    AssessAnswer {
        facts: Vec::new(),
        reply: None,
        against: None,
        outcome,
        noted: String::new(),
        chosen: Vec::new(),
        follow_up: String::new(),
        may_know: String::new(),
        explanation: String::new(),
    }
}

/// A part of the system.
pub(crate) fn component(source: &str, words: &str, name: &str) -> ComponentSaid {
    ComponentSaid { quotation: quote(source, words), name: name.to_owned(), kind: ComponentKind::Process, zone: None }
}

/// A flow between two parts.
pub(crate) fn flow(source: &str, words: &str, from: &str, to: &str, carries: &str) -> FlowSaid {
    FlowSaid { quotation: quote(source, words), from: from.to_owned(), to: to.to_owned(), carries: carries.to_owned() }
}

/// What the design already does.
pub(crate) fn covered(source: &str, words: &str, text: &str) -> CoveredSaid {
    CoveredSaid { quotation: quote(source, words), text: text.to_owned() }
}

/// What can go wrong. `concern` tells it from others.
pub(crate) fn threat(source: &str, words: &str, id: &str, concern: &str, story: &str) -> ThreatSaid {
    ThreatSaid {
        quotation: quote(source, words),
        id: id.to_owned(),
        slot: Slot::Authz,
        concern: concern.to_owned(),
        part: None,
        story: story.to_owned(),
        covered_by: None,
        impact: Level::High,
        likelihood: Level::Medium,
    }
}

/// What to change, for a threat.
pub(crate) fn recommendation(source: &str, words: &str, threat: &str, title: &str) -> RecommendationSaid {
    RecommendationSaid {
        threat: threat.to_owned(),
        quotation: quote(source, words),
        title: title.to_owned(),
        change: format!("{title}, and say so in this section."),
        alternative: "Leave it as it is and watch who opens it.".to_owned(),
        trade_off: "Somebody has to look at what was watched.".to_owned(),
        protects_today: String::new(),
        left_over: "A person who may read it can still copy it.".to_owned(),
        effort: Effort::Small,
        new_words: None,
    }
}

/// An empty draft with a summary.
pub(crate) fn draft(summary: &str) -> DraftAnswer {
    DraftAnswer {
        components: Vec::new(),
        flows: Vec::new(),
        data: Vec::new(),
        summary: summary.to_owned(),
        covered: Vec::new(),
        threats: Vec::new(),
        assumptions: Vec::new(),
        recommendations: Vec::new(),
    }
}

/// The push changed nothing that matters.
pub(crate) fn nothing_new() -> FollowAnswer {
    FollowAnswer { recommendations: Vec::new(), news: Vec::new() }
}

/// These words of the code owner ask for this; nothing else is filled in.
pub(crate) fn refine(act: ActSaid, words: &str) -> RefineAnswer {
    RefineAnswer {
        quotation: Some(quote("reply1", words)),
        act,
        reason: None,
        wordings: Vec::new(),
        other: None,
        question: String::new(),
        remember: None,
    }
}

/// What a recommendation says: its title and its change.
pub(crate) fn wording(title: &str, change: &str) -> WordingSaid {
    WordingSaid { title: Some(title.to_owned()), change: Some(change.to_owned()), ..WordingSaid::default() }
}
