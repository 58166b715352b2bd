//! What is read from sentences of our own, and what is not.

use proptest::prelude::*;

use super::super::view::View;
use super::{Kind, Place, Reading, Structure};
use crate::analyst::DocumentText;

fn view(text: &str) -> View {
    View::read(&DocumentText { path: "docs/design/a.md".to_owned(), text: text.to_owned(), before: None })
}

fn read(text: &str) -> Reading {
    Reading::of(&view(&format!("# A\n\n## Design\n\n{text}\n")))
}

/// Flows as `from -> to: label`, an open end as `?`.
fn flows(text: &str) -> Vec<String> {
    let reading = read(text);
    let name = |end: Option<usize>| end.map_or("?", |i| reading.entities()[i].name.as_str());
    reading.flows().iter().map(|f| format!("{} -> {}: {}", name(f.from), name(f.to), f.label)).collect()
}

fn named(text: &str, kind: Kind) -> Vec<String> {
    let reading = read(text);
    let of_kind = reading.entities().iter().filter(|e| e.kind == kind && e.mentions > 0);
    of_kind.map(|e| format!("{} {}", e.name, e.mentions)).collect()
}

#[test]
fn a_flow_is_read_in_many_shapes() {
    for (text, flow) in [
        ("The gateway sends the order to the billing service.", "gateway -> billing service: order"),
        ("The index receives documents from the crawler.", "crawler -> index: documents"),
        ("Each agent polls the scheduler.", "agent -> scheduler: polls"),
        ("The worker fetches the invoices from `billing-db`.", "billing-db -> worker: invoices"),
        ("The report is sent to the archive store by the exporter.", "exporter -> archive store: report"),
        ("The browser POSTs the form to the gateway.", "browser -> gateway: form"),
        ("The importer writes rows into the orders table.", "importer -> orders table: rows"),
        ("Users upload pictures to the media server.", "Users -> media server: pictures"),
        ("The gateway signs the request and forwards it to the billing service.", "gateway -> billing service: "),
        ("The mail service (MS) returns a receipt to the gateway.", "mail service -> gateway: receipt"),
        ("The CLI makes a request to the login endpoint.", "CLI -> login endpoint: request"),
        ("This allows the collector to push samples to the broker.", "collector -> broker: samples"),
        ("Operators sign in to the admin console.", "Operators -> admin console: sign"),
        ("The worker watching the queue calls the scheduler.", "worker -> scheduler: calls"),
    ] {
        assert_eq!(flows(text), [flow], "{text}");
    }
}

#[test]
fn what_does_not_flow_is_not_drawn() {
    for text in [
        "The gateway does not send the order to the billing service.",
        "The gateway must never send tokens to the billing service.",
        "A malicious server sends tokens to the gateway.",
        "The request goes on to the next section.",
        "Mike writes a letter to Bob.",
        "Once a user has authenticated, the gateway waits.",
        "The server certificate is stored for a year.",
    ] {
        let reading = read(text);
        let whole = reading.flows().iter().filter(|f| f.from.is_some() && f.to.is_some()).count();
        assert_eq!(whole, 0, "{text}: {:?}", flows(text));
    }
}

#[test]
fn an_end_that_is_not_named_stays_open() {
    assert_eq!(flows("Users upload attachments."), ["Users -> ?: attachments"]);
    assert_eq!(flows("Invoices are stored in the archive bucket."), ["? -> archive bucket: Invoices"]);
}

#[test]
fn one_thing_has_one_name() {
    let text = "The ingest workers start. An ingest worker waits. The Ingest Worker ends.";
    assert_eq!(named(text, Kind::Process), ["ingest workers 3"]);
    let text = "The `mailer` waits. The mailer service retries. The mailer ends.";
    assert_eq!(named(text, Kind::Process), ["mailer 3"]);
    let text = "The identity provider (IP) answers. The IP waits.";
    assert_eq!(read(text).entities().iter().filter(|e| e.kind == Kind::ThirdParty).count(), 1);
}

#[test]
fn kinds_are_told_apart() {
    let text = "Customers see it. The orders database grows. An external scanner looks. The API key is long. The gateway waits.";
    assert_eq!(named(text, Kind::Actor), ["Customers 1"]);
    assert_eq!(named(text, Kind::Store), ["orders database 1"]);
    assert_eq!(named(text, Kind::ThirdParty), Vec::<String>::new());
    assert_eq!(named("The external registry waits.", Kind::ThirdParty), ["external registry 1"]);
    assert!(named(text, Kind::Data).contains(&"API key 1".to_owned()));
    assert_eq!(named(text, Kind::Process), ["gateway 1"]);
}

#[test]
fn words_that_name_nothing_become_no_parts() {
    let text =
        "It takes services and systems in general. Server certificates expire. A malicious user waits. We process it.";
    let parts: Vec<_> = read(text).entities().iter().filter(|e| e.kind != Kind::Data).map(|e| e.name.clone()).collect();
    assert!(parts.is_empty(), "{parts:?}");
}

#[test]
fn a_table_of_flows_is_read() {
    let text = "| From | To | Data |\n| --- | --- | --- |\n| gateway | billing service | orders |\n";
    assert_eq!(flows(text), ["gateway -> billing service: orders"]);
}

#[test]
fn a_drawing_gives_parts_with_their_boundary() {
    let text = "```mermaid\nflowchart LR\n  subgraph Cloud\n    a[Billing service] --> b[(Orders)]\n  end\n  u[Customer] -->|order| a\n```\n";
    let reading = read(text);
    let zone = |name: &str| reading.entities().iter().find(|e| e.name == name).and_then(|e| e.zone.clone());
    assert_eq!(zone("Billing service").as_deref(), Some("Cloud"));
    assert_eq!(zone("Customer"), None);
    assert_eq!(flows(text), ["Billing service -> Orders: ", "Customer -> Billing service: order"]);
}

#[test]
fn a_drawing_of_steps_gives_no_parts() {
    let text = "```mermaid\nflowchart LR\n  a[Start] --> b{Is it valid?}\n  b --> c{Is it new?}\n```\n";
    assert!(flows(text).is_empty());
    let text =
        "```mermaid\nflowchart LR\n  a[POST /orders] --> b[SELECT FROM orders]\n  b --> c[Billing service]\n```\n";
    assert!(flows(text).is_empty());
}

#[test]
fn structures_are_given_with_their_statement() {
    let text = "Customers upload receipts to the receipt service. The receipt service forwards the receipts to the payment provider.";
    let view = view(&format!("# A\n\n## Design\n\n{text}\n"));
    let reading = Reading::of(&view);
    let one = |kind| {
        let found = reading.structures(kind);
        assert_eq!(found.len(), 1, "{kind:?}: {found:?}");
        let (x, y) = (found[0].x.clone(), found[0].y.clone().unwrap_or_default());
        assert!(view.statements[found[0].statement].text[found[0].at..].starts_with(&x), "{found:?}");
        (x, y)
    };
    assert_eq!(one(Structure::FlowIn), ("Customers".to_owned(), "receipt service".to_owned()));
    assert_eq!(one(Structure::FlowOut), ("receipt service".to_owned(), "payment provider".to_owned()));
    assert_eq!(reading.structures(Structure::FlowAcross).len(), 2);
    assert_eq!(one(Structure::Actor).0, "Customers");
}

fn contradictions(text: &str) -> Vec<String> {
    read(text).contradictions().iter().map(|c| format!("{}: {}", c.subject, c.attribute)).collect()
}

#[test]
fn statements_that_exclude_each_other_are_found() {
    for (text, found) in [
        ("Session tokens expire after 15 minutes.\n\nA session token expires after 1 hour.", "session token: lifetime"),
        ("Guests can delete rooms.\n\nGuests cannot delete rooms.", "Guests: whether they may delete rooms"),
        ("The backups are encrypted at rest.\n\nBackups are stored in plain text.", "backups: encryption"),
        ("The signing key is required.\n\nThe signing key is optional.", "signing key: whether it is required"),
    ] {
        assert_eq!(contradictions(text), [found], "{text}");
    }
}

#[test]
fn different_cases_are_no_contradiction() {
    for text in [
        "Session tokens expire after 15 minutes.\n\nRefresh tokens expire after 1 hour.",
        "Session tokens expire after 15 minutes.\n\nSession tokens expire after 900 seconds.",
        "By default session tokens expire after 15 minutes.\n\nSession tokens expire after 1 hour.",
        "In v1 session tokens expire after 15 minutes.\n\nIn v2 session tokens expire after 1 hour.",
        "Session tokens expire after 15 minutes.\n\n## Alternatives\n\nSession tokens expire after 1 hour.",
        "Session tokens expire after 15 minutes.\n\nSession tokens are deleted after 1 hour.",
        "Guests can delete rooms.\n\nGuests cannot delete messages.",
        "Guests can delete rooms.\n\nUnless they own it, guests cannot delete rooms.",
        "The key is required.\n\nThe key is optional.",
    ] {
        assert!(contradictions(text).is_empty(), "{text}: {:?}", contradictions(text));
    }
}

/// Everything that points into the text.
fn places(reading: &Reading) -> Vec<(usize, usize)> {
    use Structure as S;
    let kinds = [
        S::Store,
        S::ThirdParty,
        S::Actor,
        S::Process,
        S::FlowIn,
        S::FlowOut,
        S::FlowAcross,
        S::Permission,
        S::Absence,
        S::Lifetime,
        S::Limit,
        S::Control,
        S::Contradiction,
    ];
    let found = kinds.into_iter().flat_map(|kind| reading.structures(kind));
    found.map(|f| (f.statement, f.at)).collect()
}

const WORDS: &str = "the a gateway sends tokens to from by billing service users can not only upload is stored in bucket expires \
                     after 15 minutes at most 5 attempts (IdP) — , . ; | `a-b` **x** é 中 's TBD for now server's \u{200b} - # \n\n > \
                     admin may delete rooms and which external provider it encrypted rest no authentication";

proptest! {
    #[test]
    fn any_words_are_read_the_same_twice_and_every_place_stands(
        picks in prop::collection::vec(0_usize..80, 0..120), noise in ".{0,40}"
    ) {
        let words: Vec<&str> = WORDS.split(' ').collect();
        let mut text = picks.iter().filter_map(|i| words.get(*i)).copied().collect::<Vec<_>>().join(" ");
        text.push_str(&noise);
        let view = view(&text);
        let (one, two) = (Reading::of(&view), Reading::of(&view));
        prop_assert_eq!(format!("{one:?}"), format!("{two:?}"));
        for (statement, at) in places(&one) {
            let statement = &view.statements[statement];
            prop_assert!(statement.text.is_char_boundary(at) && at <= statement.text.len());
            let quotation = view.anchor(statement, at).quotation;
            let says = quotation.chars().any(char::is_alphanumeric);
            prop_assert!(!says || view.source.find(&quotation).is_some(), "{}", quotation);
        }
        for entity in one.entities() {
            if let Place::Statement { statement, at } = entity.place {
                prop_assert!(view.statements[statement].text.get(at..).is_some_and(|t| t.starts_with(&entity.name)));
            }
        }
    }
}
