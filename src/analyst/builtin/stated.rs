//! What documents and description state about protection, for the ledger: a few sentences in their own words.

use std::collections::BTreeSet;

use super::reading::{Attribute, Control, Kind, Place};
use super::view::View;
use crate::analyst::DocumentText;
use crate::document::SentenceKind;
use crate::threat_model::{Fact, Slot, Source};
use crate::time::Timestamp;

/// More nobody reads; of one kind, four.
const MOST: usize = 12;
const MOST_OF_A_KIND: usize = 4;

/// A sentence with what it is about: who may do what, a control, a number, a part of somebody else's.
type Stated = (usize, usize, Slot);

/// The facts of the documents, then those of the description. They carry no time of their own.
pub(crate) fn facts(views: &[&View], description: &str) -> Vec<Fact> {
    let mut out = Vec::new();
    let told = DocumentText { path: "description.md".to_owned(), text: description.to_owned(), before: None };
    let told = View::read(&told);
    for view in views {
        let source =
            |statement, at| view.statements.get(statement).map(|s| Source::Document { anchor: view.anchor(s, at) });
        add(view, source, &mut out);
    }
    let source = |statement, at| {
        let words = told.statements.get(statement).map(|s| told.anchor(s, at).quotation);
        words.map(|quotation| Source::Description { quotation })
    };
    add(&told, source, &mut out);
    out
}

fn add(view: &View, source: impl Fn(usize, usize) -> Option<Source>, out: &mut Vec<Fact>) {
    let mut seen = BTreeSet::new();
    for (statement, at, slot) in stated(view) {
        if out.len() >= MOST {
            return;
        }
        let Some(source) = source(statement, at).filter(|s| stands(view, s)) else { continue };
        let Some(text) = view.statements.get(statement).map(|s| s.text.clone()) else { continue };
        let known = out.iter().any(|f| f.statement == text);
        if !known && seen.insert(statement) {
            out.push(Fact { slot, concern: None, statement: text, source, at: Timestamp::default() });
        }
    }
}

fn stands(view: &View, source: &Source) -> bool {
    match source {
        Source::Document { anchor } => view.source.find(&anchor.quotation).is_some(),
        Source::Description { quotation } => view.source.find(quotation).is_some(),
        _ => false,
    }
}

/// The sentences worth keeping, kind after kind.
fn stated(view: &View) -> Vec<Stated> {
    let reading = view.reading();
    let third = reading.entities().iter().filter(|e| e.kind == Kind::ThirdParty && e.mentions > 0 && !e.vague);
    let kinds: [Vec<Stated>; 4] = [
        reading.permissions().iter().map(|p| (p.statement, p.at, Slot::Authz)).collect(),
        reading.protections().iter().map(|p| (p.statement, p.at, of_control(p.control))).collect(),
        reading.measures().iter().map(|m| (m.statement, m.at, of_number(m.attribute))).collect(),
        third.filter_map(|e| in_statement(e.place)).map(|(s, at)| (s, at, Slot::Dependencies)).collect(),
    ];
    let says = |(statement, ..): &Stated| {
        view.statements.get(*statement).is_some_and(|s| {
            let plain = matches!(s.kind, SentenceKind::Paragraph | SentenceKind::ListItem);
            // Length first: a sentence of a megabyte is asked about thousands of times.
            let short = s.text.split_whitespace().nth(40).is_none();
            plain && s.weight >= 2 && s.changed && short && !s.text.contains('?')
        })
    };
    kinds.into_iter().flat_map(|kind| kind.into_iter().filter(says).take(MOST_OF_A_KIND).collect::<Vec<_>>()).collect()
}

const fn in_statement(place: Place) -> Option<(usize, usize)> {
    match place {
        Place::Statement { statement, at } => Some((statement, at)),
        Place::Line(_) => None,
    }
}

const fn of_control(control: Control) -> Slot {
    match control {
        Control::EncryptionAtRest | Control::EncryptionInTransit | Control::Verification => Slot::Crypto,
        Control::Authentication => Slot::Authn,
        Control::Authorization | Control::Allowlist => Slot::Authz,
        Control::RateLimit => Slot::Abuse,
        Control::InputValidation => Slot::InputHandling,
        Control::Audit => Slot::Logging,
        Control::Expiry | Control::Revocation => Slot::Secrets,
        Control::Isolation => Slot::TrustZones,
    }
}

const fn of_number(attribute: Attribute) -> Slot {
    match attribute {
        Attribute::Lifetime => Slot::Secrets,
        Attribute::Retention => Slot::Retention,
        Attribute::Timeout | Attribute::Interval => Slot::FailureModes,
        Attribute::Size | Attribute::Count | Attribute::Rate => Slot::Abuse,
    }
}
