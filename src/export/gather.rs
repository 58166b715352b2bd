//! From what is kept of a review to the document.

use serde::Serialize;

use super::{
    Answered, Approval, Assumption, Change, Command, Component, Covered, Curation, Data, Document, Evidence, Export,
    Fact, Flow, Outcome, Place, Question, Quotations, Recommendation, Revision, SCHEMA, SetAside, Standing, Suggestion,
    Threat,
};
use crate::analyst::Settled;
use crate::methodology;
use crate::prose::{CommentRef, RepoAddress, RepoLink};
use crate::review::commands::Verb;
use crate::review::curation::{self, Note};
use crate::review::drafting::recommendation_post;
use crate::review::marker::{PostKey, PostKind};
use crate::review::outcome::{self, Decided, Ending};
use crate::review::questioning::question_post;
use crate::review::record::{self, CommandOutcome, CommandRecord, Post, QuestionKey, Record};
use crate::threat_model::{Anchor, Source, ThreatModel};
use crate::time::Timestamp;

/// Whose review it is.
#[derive(Clone, Debug)]
pub struct Of<'a> {
    /// The repository's owner.
    pub owner: &'a str,
    /// The repository's name.
    pub name: &'a str,
    /// The pull request's number.
    pub pull: u64,
    /// GitHub's web address.
    pub web: &'a str,
    /// Where it stood at the last look.
    pub standing: Option<Standing>,
    /// Now.
    pub now: Timestamp,
}

/// The document.
pub fn gather(of: &Of<'_>, record: &Record) -> Export {
    let gatherer = Gatherer { of, record, home: RepoAddress::new(of.web, of.owner, of.name) };
    let revision = record.revision();
    let model = revision.map(|revision| &revision.model);
    let documents = revision.map(|r| &r.documents).or_else(|| record.rounds.last().map(|r| &r.documents));
    let document = |(path, blob): (&String, &crate::review::snapshot::BlobId)| Document {
        path: path.clone(),
        blob: blob.to_string(),
    };
    Export {
        schema: SCHEMA,
        repository: format!("{}/{}", of.owner, of.name),
        pull: of.pull,
        url: RepoLink::pull(&gatherer.home, of.pull).url().map(str::to_owned),
        exported_at: moment(of.now),
        standing: of.standing.clone(),
        methodology: model.map(|m| methodology_id(&m.methodology)).unwrap_or_default(),
        summary: model.map(|m| m.summary.clone()).unwrap_or_default(),
        documents: documents.into_iter().flatten().map(document).collect(),
        components: of_model(model, components),
        flows: of_model(model, flows),
        data: of_model(model, data),
        questions: gatherer.questions(),
        facts: of_model(model, |m| m.facts.iter().map(fact).collect()),
        assumptions: of_model(model, assumptions),
        threats: of_model(model, |m| m.threats.iter().map(threat).collect()),
        recommendations: revision.map(|r| gatherer.recommendations(r)).unwrap_or_default(),
        covered: of_model(model, covered),
        set_aside: of_model(model, set_aside),
        approvals: gatherer.approvals(),
        commands: gatherer.commands(),
        revisions: record.revisions.iter().map(about_revision).collect(),
        quotations: model.map_or(Quotations { checked: 0, found: 0 }, |m| Quotations {
            checked: m.quotations.checked,
            found: m.quotations.found,
        }),
        remembered: record.remembered.keys().cloned().collect(),
    }
}

fn of_model<T>(model: Option<&ThreatModel>, part: impl FnOnce(&ThreatModel) -> Vec<T>) -> Vec<T> {
    model.map(part).unwrap_or_default()
}

struct Gatherer<'a> {
    of: &'a Of<'a>,
    record: &'a Record,
    home: RepoAddress,
}

impl Gatherer<'_> {
    fn comment(&self, post: PostKey) -> Option<String> {
        match self.record.posts.get(&post) {
            Some(Post::Done { id, .. }) => self.link(CommentRef::Thread(*id)),
            _ => None,
        }
    }

    fn link(&self, to: CommentRef) -> Option<String> {
        RepoLink::comment(&self.home, self.of.pull, to).url().map(str::to_owned)
    }

    fn questions(&self) -> Vec<Question> {
        let settled = self.record.revision().map(|r| r.questions.as_slice()).unwrap_or_default();
        let asked = self.record.rounds.iter().flat_map(|round| {
            (1..).zip(&round.questions).map(|(ordinal, q)| (QuestionKey { round: round.ordinal, ordinal }, q))
        });
        let one = |(n, (key, question)): (usize, (QuestionKey, &crate::threat_model::Question))| Question {
            id: format!("{}.{}", key.round, key.ordinal),
            concern: question.concern.clone(),
            slot: word(&question.slot),
            text: question.text.clone(),
            why: question.why.clone(),
            place: place(&question.anchor),
            answer: settled.get(n).map(answered),
            url: self.comment(question_post(key)),
        };
        asked.enumerate().map(one).collect()
    }

    fn recommendations(&self, revision: &record::Revision) -> Vec<Recommendation> {
        let one = |r: &crate::threat_model::Recommendation| Recommendation {
            id: format!("R{}", r.ordinal),
            title: r.title.clone(),
            threat: r.threat.clone(),
            severity: word(&r.severity),
            effort: word(&r.effort),
            change: r.change.clone(),
            alternative: r.alternative.clone(),
            trade_off: r.trade_off.clone(),
            protects_today: r.protects_today.clone(),
            left_over: r.left_over.clone(),
            place: place(&r.anchor),
            suggestion: r.suggestion.as_ref().map(suggestion),
            evidence: r.evidence.iter().map(evidence).collect(),
            curation: curation(revision, r.ordinal),
            changes: revision.notes.get(&r.ordinal).into_iter().flatten().map(change).collect(),
            outcome: outcome::standing(revision, r.ordinal).map(ended),
            url: self.comment(recommendation_post(revision.number, r.ordinal)),
        };
        revision.model.recommendations.iter().map(one).collect()
    }

    fn approvals(&self) -> Vec<Approval> {
        let all = self.record.revisions.iter().flat_map(|r| r.witnessed.iter().map(|review| (r.number, *review)));
        all.map(|(revision, review)| Approval { review, revision, url: self.link(CommentRef::Review(review)) })
            .collect()
    }

    fn commands(&self) -> Vec<Command> {
        let mut commands: Vec<&CommandRecord> =
            self.record.commands.values().filter(|c| c.verb != Verb::Talk).collect();
        commands.sort_by_key(|command| (command.at, command.ordinal));
        commands.into_iter().map(command).collect()
    }
}

fn command(command: &CommandRecord) -> Command {
    let outcome = match command.outcome {
        CommandOutcome::Applied { .. } => "applied",
        CommandOutcome::Answered => "answered",
        CommandOutcome::Refused { .. } => "refused",
    };
    let about = command.thread.and_then(|post| match post.kind {
        PostKind::Recommendation => Some(format!("R{}", post.ordinal)),
        PostKind::Question => Some(format!("{}.{}", post.round, post.ordinal)),
        _ => None,
    });
    // A verb is an object with its name, and what was typed with it.
    let verb = serde_json::to_value(&command.verb).ok();
    let verb = verb.as_ref().and_then(|verb| verb.get("name")?.as_str()).unwrap_or_default().replace('_', "-");
    Command { verb, by: command.by.clone(), at: moment(command.at), about, outcome: outcome.to_owned() }
}

fn answered(settled: &Settled) -> Answered {
    let state = match (settled.open, settled.noted.is_empty()) {
        (true, _) => "open",
        (false, true) => "does_not_apply",
        (false, false) => "answered",
    };
    Answered { state: state.to_owned(), noted: settled.noted.clone(), by: settled.by.clone() }
}

fn curation(revision: &record::Revision, ordinal: u32) -> Curation {
    let (state, by, reason) = if let Some(dropped) = revision.dropped.get(&ordinal) {
        ("dropped", dropped.by.clone(), Some(dropped.reason.clone()))
    } else if let Some(other) = curation::gone_into(revision, ordinal) {
        ("merged", None, Some(format!("R{other}")))
    } else if let Some(noted) = revision.answered.get(&ordinal) {
        ("needless", None, Some(noted.clone()))
    } else {
        ("kept", None, None)
    };
    Curation { state: state.to_owned(), by, reason }
}

fn change(note: &Note) -> Change {
    // A change is an object with its name, and what it holds.
    let written = serde_json::to_value(&note.change).unwrap_or_default();
    let text = |key: &str| written.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
    Change {
        what: text("change").unwrap_or_default(),
        by: note.by.clone(),
        at: moment(note.at),
        before: match &note.change {
            // Of a whole recommendation what it had been about.
            curation::Change::Rewritten { before } => Some(before.change.clone()),
            _ => text("before"),
        },
    }
}

fn ended(decided: &Decided) -> Outcome {
    let (state, reason, until) = match &decided.what {
        Ending::Declined { reason } => ("declined", reason, None),
        Ending::RiskAccepted { reason, until } => ("risk_accepted", reason, *until),
        Ending::Deferred { issue } => ("deferred", issue, None),
    };
    Outcome {
        state: state.to_owned(),
        by: decided.by.clone(),
        by_owner: decided.owner,
        at: moment(decided.at),
        reason: reason.clone(),
        until: until.map(moment),
    }
}

fn about_revision(revision: &record::Revision) -> Revision {
    Revision {
        number: revision.number,
        at: moment(revision.at),
        settled_at: revision.settled_at.map(moment),
        head: revision.head.to_string(),
        threats: count(revision.model.threats.len()),
        recommendations: count(revision.model.recommendations.len()),
        dropped: count(revision.dropped.len()),
        restored: revision.restored.values().map(|restored| restored.times).sum(),
    }
}

fn components(model: &ThreatModel) -> Vec<Component> {
    let component = |c: &crate::threat_model::Component| Component {
        name: c.name.clone(),
        kind: word(&c.kind),
        zone: c.zone.clone(),
    };
    model.components.iter().map(component).collect()
}

fn flows(model: &ThreatModel) -> Vec<Flow> {
    let flow =
        |f: &crate::threat_model::DataFlow| Flow { from: f.from.clone(), to: f.to.clone(), label: f.label.clone() };
    model.flows.iter().map(flow).collect()
}

fn data(model: &ThreatModel) -> Vec<Data> {
    let item = |d: &crate::threat_model::DataItem| Data {
        name: d.name.clone(),
        class: word(&d.class),
        handling: word(&d.handling),
    };
    model.data.iter().map(item).collect()
}

fn fact(fact: &crate::threat_model::Fact) -> Fact {
    Fact {
        slot: word(&fact.slot),
        concern: fact.concern.clone(),
        statement: fact.statement.clone(),
        source: evidence(&fact.source),
        at: moment(fact.at),
    }
}

fn assumptions(model: &ThreatModel) -> Vec<Assumption> {
    let assumption = |a: &crate::threat_model::Assumption| Assumption {
        id: format!("A{}", a.ordinal),
        text: a.text.clone(),
        concern: a.concern.clone(),
    };
    model.assumptions.iter().map(assumption).collect()
}

fn threat(threat: &crate::threat_model::Threat) -> Threat {
    Threat {
        id: threat.id.clone(),
        concern: threat.concern.clone(),
        slot: word(&threat.slot),
        story: threat.story.clone(),
        severity: word(&threat.severity),
        impact: word(&threat.impact),
        evidence: threat.evidence.iter().map(evidence).collect(),
    }
}

fn covered(model: &ThreatModel) -> Vec<Covered> {
    model.covered.iter().map(|c| Covered { text: c.text.clone(), place: place(&c.anchor) }).collect()
}

fn set_aside(model: &ThreatModel) -> Vec<SetAside> {
    let one = |s: &crate::threat_model::SetAside| SetAside {
        text: s.text.clone(),
        reason: s.reason.clone(),
        concern: s.concern.clone(),
        place: s.anchor.as_ref().map(place),
    };
    model.set_aside.iter().map(one).collect()
}

fn suggestion(suggestion: &crate::threat_model::Suggestion) -> Suggestion {
    Suggestion {
        path: suggestion.path.clone(),
        first_line: suggestion.start_line,
        last_line: suggestion.end_line,
        replacement: suggestion.replacement.clone(),
    }
}

fn place(anchor: &Anchor) -> Place {
    let Anchor { path, start_line, end_line, quotation } = anchor.clone();
    Place { path, first_line: start_line, last_line: end_line, quotation }
}

fn evidence(source: &Source) -> Evidence {
    match source.clone() {
        Source::Document { anchor: Anchor { path, start_line, end_line, quotation } } => {
            Evidence::Document { path, first_line: start_line, last_line: end_line, quotation }
        }
        Source::Reply { login, quotation, .. } => Evidence::Reply { by: login, quotation },
        Source::Description { quotation } => Evidence::Description { quotation },
        Source::Context { path, quotation } => Evidence::Context { path, quotation },
        Source::Decision { id, repository, pull, quotation } => Evidence::Decision { id, repository, pull, quotation },
        Source::Assumption { ordinal } => Evidence::Assumption { id: format!("A{ordinal}") },
    }
}

/// A variant as serde writes it.
fn word<T: Serialize>(value: &T) -> String {
    let word = serde_json::to_value(value).ok();
    word.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn moment(at: Timestamp) -> String {
    let at = chrono::DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// A methodology's id, also of a whole file.
fn methodology_id(named: &str) -> String {
    methodology::chosen(named).methodology.id.clone()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
