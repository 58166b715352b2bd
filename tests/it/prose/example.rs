//! A made-up design, "Invoice export", and a conversation about it.

use std::collections::BTreeMap;

use threadmodel::prose::{CommentRef, Context, RepoAddress};
use threadmodel::review::verdict::{DocumentNeeds, OwnersOf, Why};
use threadmodel::threat_model::*;
use threadmodel::time::Timestamp;

pub(super) const DOCUMENT: &str = "docs/design/invoice-export.md";
/// 25 February 2026, 14:02 UTC.
pub(super) const TWO_PAST_TWO: Timestamp = Timestamp(1_772_028_120_000);

pub(super) fn context() -> Context {
    Context {
        repository: RepoAddress::new("https://github.com", "acme", "shop"),
        pull: 12,
        sha: "3f2c1d90a1b2c3d4e5f60718293a4b5c6d7e8f90".into(),
        comments: BTreeMap::from([
            ("C1".into(), CommentRef::Thread(501)),
            ("C2".into(), CommentRef::Conversation(502)),
        ]),
        now: Timestamp(TWO_PAST_TWO.0 + 3_600_000),
    }
}

pub(super) fn anchor(line: u32, quotation: &str) -> Anchor {
    Anchor { path: DOCUMENT.into(), start_line: line, end_line: line, quotation: quotation.into() }
}

pub(super) fn link_question() -> Question {
    let choice = |text: &str| Choice { text: text.into(), branch: text.into() };
    Question {
        concern: "link-lifetime".into(),
        subject: "signed link".into(),
        slot: Slot::Authz,
        anchor: anchor(42, "Customers download the file through a signed link."),
        text: "How long does a signed link work, and can somebody else use it?".into(),
        choices: vec![
            choice("minutes, only the signed-in customer"),
            choice("minutes, anyone who has the link"),
            choice("longer"),
            choice("not decided"),
        ],
        why: "If anyone with the link can use it for days, an export forwarded by mail is open to whoever gets that mail.".into(),
        value: 900,
    }
}

pub(super) fn retention_question() -> Question {
    Question {
        concern: "retention".into(),
        anchor: anchor(57, "Exports are deleted after 24 hours."),
        text: "What happens to the exports in `exports-bucket` of a customer who leaves?".into(),
        choices: vec![],
        why: String::new(),
        ..link_question()
    }
}

pub(super) fn ana(quotation: &str) -> ReplyQuote {
    ReplyQuote { comment: "C1".into(), login: "ana".into(), quotation: quotation.into() }
}

pub(super) fn ben(quotation: &str) -> ReplyQuote {
    ReplyQuote { comment: "C2".into(), login: "ben".into(), quotation: quotation.into() }
}

pub(super) fn from_ana(quotation: &str) -> Source {
    Source::Reply { comment: "C1".into(), login: "ana".into(), quotation: quotation.into() }
}

pub(super) fn recommendation(ordinal: u32, title: &str) -> Recommendation {
    Recommendation {
        ordinal,
        title: title.into(),
        threat: "t1".into(),
        severity: Severity::High,
        effort: Effort::Small,
        change: "Send people to a page that asks them to sign in, and let the page fetch the file. The mail then holds no key".into(),
        alternative: "keep the link, 15 minutes, one use, and a “send again” button".into(),
        trade_off: "Cheaper, but a forwarded fresh mail still works once".into(),
        evidence: vec![
            Source::Document { anchor: anchor(42, "Customers download the file through a signed link") },
            from_ana("anyone with the link, 7 days"),
        ],
        protects_today: "links cannot be guessed".into(),
        left_over: "a customer's own mailbox being read while signed in".into(),
        anchor: anchor(42, "Customers download the file through a signed link."),
        suggestion: Some(Suggestion {
            path: DOCUMENT.into(),
            start_line: 42,
            end_line: 42,
            replacement: "Customers follow a link to the billing page, sign in, and download the file there.".into(),
        }),
    }
}

pub(super) fn threat() -> Threat {
    Threat {
        id: "t1".into(),
        concern: "link-lifetime".into(),
        story: "A forwarded mail opens a customer's invoices for a week".into(),
        slot: Slot::Authz,
        severity: Severity::High,
        impact: Severity::High,
        evidence: vec![],
    }
}

pub(super) fn model() -> ThreatModel {
    let part = |name: &str, kind, zone: Option<&str>| Component {
        name: name.into(),
        kind,
        zone: zone.map(Into::into),
        evidence: anchor(12, name),
    };
    let flow = |from: &str, to: &str, label: &str| DataFlow {
        from: from.into(),
        to: to.into(),
        label: label.into(),
        evidence: anchor(13, label),
    };
    let titles = [
        "Tie the link to the signed-in customer",
        "Record who in support opened which export",
        "Keep `exports-bucket` private by policy",
        "Limit exports per customer and day",
        "Check the file name of an export",
        "Mask account numbers in the mail",
    ];
    ThreatModel {
        methodology: "four-questions".into(),
        summary: "Customers ask for an export of their invoices; `export-worker` writes a CSV to `exports-bucket` and mails a signed link. Staff open exports in `backoffice`.".into(),
        components: vec![
            part("customer", ComponentKind::Actor, None),
            part("export-worker", ComponentKind::Process, Some("ours")),
            part("exports-bucket", ComponentKind::Store, Some("ours")),
        ],
        flows: vec![flow("customer", "export-worker", "asks for export"), flow("export-worker", "exports-bucket", "CSV")],
        facts: vec![Fact {
            slot: Slot::Authz,
            concern: None,
            statement: "Links work 7 days for anyone who has them.".into(),
            source: from_ana("anyone with the link, 7 days"),
            at: TWO_PAST_TWO,
        }],
        assumptions: vec![
            Assumption { ordinal: 1, text: "The bucket is not public".into(), concern: None, about: String::new() },
            Assumption { ordinal: 2, text: "Exports hold no card data".into(), concern: None, about: String::new() },
        ],
        threats: vec![threat()],
        recommendations: titles.iter().zip(1..).map(|(title, n)| recommendation(n, title)).collect(),
        data: vec![],
        covered: vec![Covered { text: "encryption at rest".into(), anchor: anchor(61, "x") }],
        set_aside: vec![SetAside {
            text: "Guessing of links".into(),
            reason: "the signature is 256 bits".into(),
            concern: "x".into(),
            anchor: Some(anchor(42, "x")),
        }],
        attack_tree: None,
        quotations: Quotations { checked: 11, found: 11 },
    }
}

pub(super) fn needs() -> DocumentNeeds {
    DocumentNeeds {
        path: DOCUMENT.into(),
        owners: OwnersOf::Rule {
            file: ".github/CODEOWNERS".into(),
            line: 7,
            pattern: "/docs/design/".into(),
            owners: vec!["@acme/security".into()],
        },
        required: 1,
        counted: vec![],
        not_counted: vec![("sec-lead".into(), Why::BeforeDraft { at: TWO_PAST_TWO }), ("ana".into(), Why::Author)],
    }
}
