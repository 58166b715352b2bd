//! Two statements of one document that cannot both be true. Rather none than a wrong one: the subject, the attribute and the
//! scope must be the same, and no word may hint at another case.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

use super::super::view::View;
use super::measures::{Attribute, Measure};
use super::permissions::Permission;

/// Two statements that exclude each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// Statement and byte offset of the first.
    pub(crate) a: (usize, usize),
    /// Statement and byte offset of the second.
    pub(crate) b: (usize, usize),
    pub(crate) subject: String,
    /// What both speak of: "lifetime", "size", "who may open export".
    pub(crate) attribute: String,
}

/// Words that put a statement into a case of its own.
const SCOPED: &[&str] = &[
    "default",
    "defaults",
    "optional",
    "optionally",
    "v1",
    "v2",
    "v3",
    "version",
    "previously",
    "formerly",
    "old",
    "legacy",
    "currently",
    "today",
    "instead",
    "alternatively",
    "production",
    "staging",
    "development",
    "test",
    "testing",
    "example",
    "e.g",
    "unless",
    "except",
    "if",
    "when",
    "otherwise",
    "while",
    "during",
    "until",
    "before",
    "after",
    "first",
    "second",
    "initially",
    "later",
    "future",
    "could",
    "might",
    "would",
    "should",
    "some",
    "most",
    "configurable",
    "configured",
    "override",
    "overridden",
    "alternative",
    "option",
    "another",
    "other",
    "different",
    "enterprise",
    "free",
    "paid",
    "premium",
    "without",
    "alpha",
    "beta",
    "or",
    "with",
    "typically",
    "usually",
    "either",
    "not only",
    "less",
    "more",
    "whose",
    "where",
    "for",
];

/// Subjects that say too little to be one thing.
const NOTHING: &[&str] = &[
    "", "it", "time", "value", "limit", "default", "this", "that", "they", "one", "request", "requests", "response",
    "data", "change", "user", "users", "system", "service", "client", "server", "maximum", "minimum", "length", "size",
    "number",
];

/// What excludes what in a document.
pub(super) fn find(view: &View, measures: &[Measure], permissions: &[Permission]) -> Vec<Contradiction> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut out = Vec::new();
    values(view, measures, &stemmer, &mut out);
    rights(view, permissions, &stemmer, &mut out);
    plain_or_encrypted(view, &stemmer, &mut out);
    out
}

pub(super) fn key(words: &str, stemmer: &Stemmer) -> String {
    words.split_whitespace().map(|w| stemmer.stem(&w.to_lowercase()).into_owned()).collect::<Vec<_>>().join(" ")
}

/// Whether a statement says what is so in every case. `but` are scope words that its own attribute needs.
pub(super) fn is_plain(view: &View, statement: usize, but: &[&str]) -> bool {
    view.statements.get(statement).is_some_and(|s| {
        s.weight >= 2
            && s.text.len() < 400
            && !s.text.contains('?')
            && s.text.split(|c: char| !(c.is_alphanumeric() || c == '.')).all(|word| {
                let lower = word.trim_matches('.').to_lowercase();
                but.contains(&lower.as_str()) || !SCOPED.contains(&lower.as_str())
            })
    })
}

pub(super) fn attribute_word(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Lifetime => "lifetime",
        Attribute::Retention => "how long it is kept",
        Attribute::Timeout => "timeout",
        Attribute::Interval => "interval",
        Attribute::Size => "size",
        Attribute::Count => "limit",
        Attribute::Rate => "rate",
    }
}

/// Measures that are the only one of a plain statement and of a subject that says something.
pub(super) fn plain_measures<'m>(view: &View, measures: &'m [Measure]) -> Vec<&'m Measure> {
    const OWN: [&str; 6] = ["after", "for", "until", "before", "more", "most"];
    let mut in_statement: HashMap<usize, u32> = HashMap::new();
    for m in measures {
        *in_statement.entry(m.statement).or_default() += 1;
    }
    let alone = |m: &Measure| in_statement.get(&m.statement) == Some(&1);
    let named = |m: &Measure| !NOTHING.contains(&m.subject.to_lowercase().as_str());
    measures.iter().filter(|m| alone(m) && named(m) && is_plain(view, m.statement, &OWN)).collect()
}

fn values(view: &View, measures: &[Measure], stemmer: &Stemmer, out: &mut Vec<Contradiction>) {
    let mut seen: HashMap<(String, Attribute), &Measure> = HashMap::new();
    for measure in plain_measures(view, measures) {
        match seen.get(&(key(&measure.subject, stemmer), measure.attribute)) {
            None => {
                seen.insert((key(&measure.subject, stemmer), measure.attribute), measure);
            }
            Some(first) => {
                let same_side = first.at_least == measure.at_least;
                if first.amount != measure.amount && same_side && first.statement != measure.statement {
                    out.push(Contradiction {
                        a: (first.statement, first.at),
                        b: (measure.statement, measure.at),
                        subject: measure.subject.clone(),
                        attribute: attribute_word(measure.attribute).to_owned(),
                    });
                }
            }
        }
    }
}

fn rights(view: &View, permissions: &[Permission], stemmer: &Stemmer, out: &mut Vec<Contradiction>) {
    let mut seen: HashMap<String, &Permission> = HashMap::new();
    for permission in permissions {
        let thin = permission.object.is_empty() || permission.actor.is_empty();
        if thin || permission.only || !is_plain(view, permission.statement, &[]) {
            continue;
        }
        let what = key(&format!("{} {} {}", permission.actor, permission.verb, permission.object), stemmer);
        match seen.get(&what) {
            None => {
                seen.insert(what, permission);
            }
            Some(first) if first.negated != permission.negated && first.statement != permission.statement => {
                out.push(Contradiction {
                    a: (first.statement, first.at),
                    b: (permission.statement, permission.at),
                    subject: permission.actor.clone(),
                    attribute: format!("whether they may {} {}", permission.verb, permission.object),
                });
            }
            Some(_) => {}
        }
    }
}

/// "X is encrypted" against "X is stored in plain text"; "X is required" against "X is optional".
fn plain_or_encrypted(view: &View, stemmer: &Stemmer, out: &mut Vec<Contradiction>) {
    let mut seen: HashMap<(String, &str), (bool, usize)> = HashMap::new();
    for said in all_said(view, stemmer) {
        let entry = seen.entry((said.key, said.attribute)).or_insert((said.holds, said.statement));
        if entry.0 != said.holds && entry.1 != said.statement {
            out.push(Contradiction {
                a: (entry.1, 0),
                b: (said.statement, 0),
                subject: said.subject,
                attribute: said.attribute.to_owned(),
            });
        }
    }
}

/// "X is encrypted": what is said of a thing, yes or no.
pub(super) struct IsSaid {
    pub(super) key: String,
    pub(super) subject: String,
    pub(super) attribute: &'static str,
    pub(super) holds: bool,
    pub(super) statement: usize,
}

pub(super) fn all_said(view: &View, stemmer: &Stemmer) -> Vec<IsSaid> {
    const PAIRS: &[(&str, &[&str], &[&str])] = &[
        (
            "encryption",
            &["encrypted", "encrypted at rest", "stored encrypted"],
            &[
                "unencrypted",
                "not encrypted",
                "stored in plain text",
                "stored in plaintext",
                "stored in clear text",
                "stored unencrypted",
                "kept in plain text",
            ],
        ),
        ("whether it is required", &["required", "mandatory"], &["optional", "not required", "not mandatory"]),
        ("whether it is public", &["public", "publicly readable"], &["private", "not public"]),
    ];
    let mut out = Vec::new();
    for (statement, text) in view.statements.iter().map(|s| s.text.as_str()).enumerate() {
        let Some((subject, said)) = is_said(text) else { continue };
        for (attribute, yes, no) in PAIRS {
            let own = yes.iter().chain(*no).flat_map(|p| p.split(' ')).collect::<Vec<_>>();
            let holds = yes.contains(&said.as_str());
            if !holds && !no.contains(&said.as_str()) {
                continue;
            }
            let many_words = subject.split(' ').count() >= 2 || *attribute == "encryption";
            if many_words && !NOTHING.contains(&subject.as_str()) && is_plain(view, statement, &own) {
                let key = key(&subject, stemmer);
                out.push(IsSaid { key, subject: subject.clone(), attribute, holds, statement });
            }
        }
    }
    out
}

/// A statement that is only "X is Y": X and Y in small letters.
fn is_said(text: &str) -> Option<(String, String)> {
    let text = text.trim_end_matches(['.', ' ']);
    if text.len() > 120 {
        return None;
    }
    let (at, verb) = [" is ", " are "].into_iter().filter_map(|v| text.find(v).map(|at| (at, v))).min()?;
    let subject = text.get(..at)?.to_lowercase();
    let said = text.get(at + verb.len()..)?.to_lowercase();
    let subject =
        ["the ", "a ", "an ", "all ", "every "].iter().find_map(|d| subject.strip_prefix(d)).unwrap_or(&subject);
    (subject.split(' ').count() <= 4).then(|| (subject.to_owned(), said))
}
