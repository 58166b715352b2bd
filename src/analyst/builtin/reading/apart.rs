//! Two texts that cannot both be true: `a` of what is found points into the other text, `b` into this one. As careful as within
//! one document; a rule of the organisation also holds for things that its words name in part ("links" for "signed links").

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

use super::super::view::View;
use super::Reading;
use super::contradictions::{Contradiction, all_said, attribute_word, is_plain, key, plain_measures};
use super::measures::{Attribute, Measure};
use super::permissions::Permission;

/// What excludes what between this text and another. `rule`: the other is a rule, which allows what stays within it.
pub(crate) fn between(this: (&View, &Reading), other: (&View, &Reading), rule: bool) -> Vec<Contradiction> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut out = Vec::new();
    values(this, other, rule, &stemmer, &mut out);
    rights(this, other, &stemmer, &mut out);
    let theirs: HashMap<_, _> =
        all_said(other.0, &stemmer).into_iter().map(|s| ((s.key, s.attribute), (s.holds, s.statement))).collect();
    for said in all_said(this.0, &stemmer) {
        let found = theirs.get(&(said.key, said.attribute)).filter(|(holds, _)| *holds != said.holds);
        out.extend(found.map(|(_, statement)| Contradiction {
            a: (*statement, 0),
            b: (said.statement, 0),
            subject: said.subject,
            attribute: said.attribute.to_owned(),
        }));
    }
    out
}

type Side<'t> = (&'t View, &'t Reading);

fn values(this: Side<'_>, other: Side<'_>, rule: bool, stemmer: &Stemmer, out: &mut Vec<Contradiction>) {
    let mut theirs: HashMap<String, Vec<(String, &Measure)>> = HashMap::new();
    for measure in plain_measures(other.0, &other.1.measures) {
        let subject = key(&measure.subject, stemmer);
        let head = subject.rsplit(' ').next().unwrap_or_default().to_owned();
        theirs.entry(head).or_default().push((subject, measure));
    }
    for ours in plain_measures(this.0, &this.1.measures) {
        let subject = key(&ours.subject, stemmer);
        let named = theirs.get(subject.rsplit(' ').next().unwrap_or_default()).into_iter().flatten();
        let about = |named: &str| {
            named == subject || (rule && named.split(' ').all(|w| subject.split(' ').any(|own| own == w)))
        };
        let apart = |m: &Measure| {
            let same = kind(m.attribute, rule) == kind(ours.attribute, rule);
            same && if rule { breaks(ours, m, is_most(other.0, m)) } else { differs(ours, m) }
        };
        let mut found = named.filter(|(subject, m)| about(subject) && apart(m));
        out.extend(found.next().map(|(_, m)| Contradiction {
            a: (m.statement, m.at),
            b: (ours.statement, ours.at),
            subject: ours.subject.clone(),
            attribute: attribute_word(ours.attribute).to_owned(),
        }));
    }
}

/// For a rule, how long something is good and how long it is kept are one.
const fn kind(attribute: Attribute, rule: bool) -> Attribute {
    match attribute {
        Attribute::Retention if rule => Attribute::Lifetime,
        other => other,
    }
}

const fn differs(ours: &Measure, theirs: &Measure) -> bool {
    ours.amount != theirs.amount && ours.at_least == theirs.at_least
}

/// Whether a number is outside of what a rule allows.
const fn breaks(ours: &Measure, rule: &Measure, most: bool) -> bool {
    if rule.at_least {
        ours.amount < rule.amount && !ours.at_least
    } else if most {
        ours.amount > rule.amount && !ours.at_least
    } else {
        differs(ours, rule)
    }
}

/// "at most 24 hours", "24 hours at most".
fn is_most(view: &View, measure: &Measure) -> bool {
    let after = view.statements.get(measure.statement).and_then(|s| s.text.get(measure.at + measure.text.len()..));
    let after = after.unwrap_or_default().trim_start().to_lowercase();
    measure.at_most || ["at most", "max", "or less", "or fewer", "tops"].iter().any(|words| after.starts_with(words))
}

/// "X may" against "X must not"; "only X may" against "Y may".
fn rights(this: Side<'_>, other: Side<'_>, stemmer: &Stemmer, out: &mut Vec<Contradiction>) {
    let usable = |view: &View, p: &Permission| {
        let own = if p.only { &["only"][..] } else { &[] };
        !p.object.is_empty() && !p.actor.is_empty() && is_plain(view, p.statement, own)
    };
    let what = |p: &Permission| key(&format!("{} {}", p.verb, p.object), stemmer);
    let mut theirs: HashMap<String, Vec<&Permission>> = HashMap::new();
    for permission in other.1.permissions.iter().filter(|p| usable(other.0, p)) {
        theirs.entry(what(permission)).or_default().push(permission);
    }
    for ours in this.1.permissions.iter().filter(|p| usable(this.0, p)) {
        let actor = key(&ours.actor, stemmer);
        let apart = |p: &&&Permission| {
            let same = key(&p.actor, stemmer) == actor;
            let denied = same && !p.only && !ours.only && p.negated != ours.negated;
            let others = !same && p.only != ours.only && !p.negated && !ours.negated;
            denied || others
        };
        let found = theirs.get(&what(ours)).into_iter().flatten().find(apart);
        out.extend(found.map(|p| Contradiction {
            a: (p.statement, p.at),
            b: (ours.statement, ours.at),
            subject: ours.actor.clone(),
            attribute: format!("who may {} {}", ours.verb, ours.object),
        }));
    }
}
