//! What is new in a design: protection that is gone or says less, access for more people, parts that were not there, other words
//! where the draft quotes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::revised::{Fate, Revised, Revision, State, key};
use crate::analyst::builtin::rank::stems;
use crate::analyst::builtin::reading::{Attribute, Control, Entity, Kind, Measure, Permission, Place};
use crate::analyst::builtin::view::is_match;
use crate::analyst::{FollowInput, News, NewsKind};
use crate::threat_model::{Anchor, Source};

/// More is no overview; of one kind, half.
const MOST: usize = 8;
const MOST_OF_A_KIND: usize = 4;

/// One piece of news, and the sentences that it is about: two pieces about one sentence say one thing.
struct Piece {
    news: News,
    old: Option<(usize, usize)>,
    new: Option<(usize, usize)>,
}

/// Finds what is new, most telling first.
pub(super) fn find(revision: &Revision, input: &FollowInput) -> Vec<News> {
    let mut all: Vec<Piece> = Vec::new();
    for (at, document) in revision.documents.iter().enumerate() {
        all.extend(weaker_numbers(at, document));
        all.extend(wider(at, document, revision));
        all.extend(weaker_words(at, document));
        all.extend(gone(at, document, revision));
        all.extend(parts(at, document, revision));
        all.extend(changed_words(at, document, revision, input));
    }
    // The first to speak of a sentence tells most of it; a part that it names is told as well.
    let mut told = BTreeSet::new();
    all.retain(|piece| {
        let is_part = piece.news.kind == NewsKind::NewComponent && !piece.news.text.ends_with(what(Kind::Actor));
        let places: Vec<_> = [piece.old.map(|p| (0, p)), piece.new.map(|p| (1, p))].into_iter().flatten().collect();
        let fresh = places.iter().all(|p| !told.contains(p)) || is_part;
        if !is_part {
            told.extend(places);
        }
        fresh
    });
    all.sort_by_key(|piece| piece.news.kind);
    let mut of_kind: BTreeMap<NewsKind, usize> = BTreeMap::new();
    let room = |piece: &Piece| {
        let count = of_kind.entry(piece.news.kind).or_default();
        *count += 1;
        *count <= MOST_OF_A_KIND
    };
    all.into_iter().filter(room).map(|piece| piece.news).take(MOST).collect()
}

fn piece(
    kind: NewsKind,
    text: String,
    anchor: Option<Anchor>,
    at: usize,
    old: Option<usize>,
    new: Option<usize>,
) -> Option<Piece> {
    let news = News { kind, text, anchor: anchor? };
    Some(Piece { news, old: old.map(|i| (at, i)), new: new.map(|i| (at, i)) })
}

/// Sentences with other words: their places before and now.
fn reworded(document: &Revised) -> impl Iterator<Item = (usize, usize, &str, &str)> {
    document.old.changed().filter_map(|(i, old, fate)| match fate {
        Fate::Reworded(to) => document.new.statement(to).map(|new| (i, to, old.text.as_str(), new.text.as_str())),
        Fate::Kept | Fate::Alone => None,
    })
}

// ── protection that says less ──

/// "5 minutes" became "5 hours".
fn weaker_numbers(at: usize, document: &Revised) -> Vec<Piece> {
    let of = |state: &'_ State, statement: usize| -> Vec<Measure> {
        state.reading.measures().iter().filter(|m| m.statement == statement).cloned().collect()
    };
    let mut out = Vec::new();
    for (i, to, old_text, _) in reworded(document) {
        let (old, new) = (of(&document.old, i), of(&document.new, to));
        for (before, now) in old.iter().filter_map(|m| new.iter().find(|n| n.attribute == m.attribute).map(|n| (m, n)))
        {
            if is_weaker(before, now, old_text) {
                let text = format!("“{}” became “{}”", before.text, now.text);
                out.extend(piece(
                    NewsKind::RemovedControl,
                    text,
                    document.old.anchor(i, before.at),
                    at,
                    Some(i),
                    Some(to),
                ));
            }
        }
    }
    out
}

static RECORDS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:audit|logs?|logged|backups?|records? of|evidence|history)\b").ok());
static RENEWS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:rotat\w*|renew\w*|scan\w*|review\w*|check\w*|verif\w*|re-?validat\w*|refresh\w*)\b").ok()
});

/// Whether the new number protects less. What is not plain is not said.
fn is_weaker(before: &Measure, now: &Measure, text: &str) -> bool {
    let (more, less) = (now.amount > before.amount, now.amount < before.amount);
    if before.at_least != now.at_least {
        return false;
    }
    match before.attribute {
        _ if before.at_least => less,
        Attribute::Retention if is_match(&RECORDS, text) => less,
        Attribute::Interval => more && is_match(&RENEWS, text),
        Attribute::Timeout => false,
        Attribute::Lifetime | Attribute::Retention | Attribute::Rate | Attribute::Count | Attribute::Size => more,
    }
}

static FORBIDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:must not|mustn't|shall not|may not|cannot|can not|can't|must never|never|not (?:be )?(?:allowed|permitted|able)|no one|nobody|forbidden|prohibited)\b").ok()
});
static DENIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:only|not|no|none|never|nobody|without|cannot|\w+n't|refus\w*|reject\w*|den(?:y|ies|ied)|block\w*|prevent\w*|fails?|forbidden|prohibited)\b").ok()
});
static DUTY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:must|shall|always|required|requires?|mandatory|enforced)\b").ok());
static LOOSE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:should|may|might|could|can|optional\w*|usually|where possible|best[- ]effort|ideally|recommended|not (?:required|mandatory|enforced)|no longer)\b").ok()
});
/// A sentence about protection, not about comfort.
static PROTECTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:sign(?:s|ed|ing|ature\w*)?|auth\w*|encrypt\w*|tokens?|secrets?|keys?|passwords?|permissions?|roles?|admin\w*|access\w*|verif\w*|validat\w*|check\w*|logs?|logged|audit\w*|expir\w*|delet\w*|retention|limit\w*|tls|https|approv\w*|review\w*|confirm\w*|isolat\w*|sandbox\w*|read|open|see|leave|leaves|share[ds]?|export\w*|public|stor(?:e|ed|es)|cached?|sent|written|kept|chang\w*|modif\w*|edit\w*|creat\w*)\b").ok()
});

/// "must not" became "may", "must" became "should".
fn weaker_words(at: usize, document: &Revised) -> Vec<Piece> {
    let weaker = |old: &str, new: &str| {
        let allowed = is_match(&FORBIDS, old) && !is_match(&DENIES, new);
        let loosened = is_match(&DUTY, old) && !is_match(&LOOSE, old) && is_match(&LOOSE, new) && !is_match(&DUTY, new);
        is_match(&PROTECTS, old) && (allowed || (loosened && !is_match(&FORBIDS, old)))
    };
    let told = |(i, to, old, new): (usize, usize, &str, &str)| {
        let rule = if is_match(&FORBIDS, old) { &FORBIDS } else { &DUTY };
        let from = rule.as_ref()?.find(old)?;
        let became = if let Some(found) = LOOSE.as_ref().and_then(|r| r.find(new)) {
            format!("“{}” became “{}”", from.as_str(), found.as_str())
        } else {
            format!("“{}” is not said any more", from.as_str())
        };
        piece(NewsKind::RemovedControl, became, document.old.anchor(i, from.start()), at, Some(i), Some(to))
    };
    reworded(document).filter(|(_, _, old, new)| weaker(old, new)).filter_map(told).collect()
}

/// A sentence on a control is gone, and no new one speaks of that control for the same thing.
fn gone(at: usize, document: &Revised, revision: &Revision) -> Vec<Piece> {
    let mut out = Vec::new();
    for protection in document.old.reading.protections() {
        let Some(old) = document.old.statement(protection.statement) else { continue };
        let fate = document.old.fate(protection.statement);
        if fate == Fate::Kept || old.weight == 0 {
            continue;
        }
        let own = stems(&old.text);
        let said_elsewhere = revision.new_sentences().any(|(d, i, s)| {
            let here = fate == Fate::Reworded(i) && std::ptr::eq(d, document);
            controls(&d.new, i).contains(&protection.control)
                && (here || stems(&s.text).intersection(&own).count() >= 2)
        });
        // The phrase may be read in one wording only; its own word is enough not to claim that it is gone.
        let in_short = match fate {
            Fate::Reworded(to) => {
                document.new.statement(to).is_some_and(|s| keeps(&old.text, &s.text, protection.control))
            }
            Fate::Kept | Fate::Alone => false,
        };
        if said_elsewhere || in_short {
            continue;
        }
        let text = format!("{} is not said any more", protection.control.words());
        let to = if let Fate::Reworded(to) = fate { Some(to) } else { None };
        let anchor = document.old.anchor(protection.statement, protection.at);
        out.extend(piece(NewsKind::RemovedControl, text, anchor, at, Some(protection.statement), to));
    }
    out
}

fn controls(state: &State, statement: usize) -> Vec<Control> {
    state.reading.protections().iter().filter(|p| p.statement == statement).map(|p| p.control).collect()
}

/// Whether the new wording still has the word by which the control is known, and does not deny it.
fn keeps(old: &str, new: &str, control: Control) -> bool {
    let sign = match control {
        Control::EncryptionAtRest | Control::EncryptionInTransit => r"(?i)\b(?:encrypt\w*|tls|https|mtls)\b",
        Control::Authentication => r"(?i)\b(?:authenticat\w*|sign(?:s|ed)?[- ]in|log(?:s|ged)?[- ]in|tokens?)\b",
        Control::Authorization => r"(?i)\b(?:authori[sz]\w*|permissions?|roles?|rbac|only|403)\b",
        Control::RateLimit => r"(?i)\b(?:rate|throttl\w*|limit\w*|at most)\b",
        Control::Verification => r"(?i)\b(?:sign\w*|verif\w*|checksum\w*|digest\w*|hmac)\b",
        Control::InputValidation => r"(?i)\b(?:validat\w*|saniti[sz]\w*|escap\w*|reject\w*|schema\w*|check\w*)\b",
        Control::Audit => r"(?i)\b(?:audit\w*|log(?:s|ged)?|record\w*)\b",
        Control::Expiry => r"(?i)\b(?:expir\w*|short-lived|valid|single-use|one-time|lifetime|ends?|until)\b",
        Control::Isolation => r"(?i)\b(?:sandbox\w*|isolat\w*|non-root|polic(?:y|ies)|privileged?|separate)\b",
        Control::Revocation => r"(?i)\brevo\w+\b",
        Control::Allowlist => r"(?i)\b(?:allow-?list\w*|allow list\w*|whitelist\w*|restricted|limited|only)\b",
    };
    let denies = |text: &str| DENIES.as_ref().map_or(0, |r| r.find_iter(text).count());
    Regex::new(sign).is_ok_and(|r| r.is_match(new)) && denies(new) <= denies(old)
}

// ── access for more people ──

/// Names of everybody.
static EVERYBODY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:anyone|everyone|everybody|anybody|(?:all|any|every)(?: [\w-]+){0,2} (?:users?|people|employees?|staff|customers?|members?|teams?|tenants?|accounts?|guests?|visitors?)|publicly|the public|is public|are public|anonymous(?:ly)?|unauthenticated|without (?:an account|signing in|sign-?in|a login|logging in|authentication))\b").ok()
});
/// Words by which a sentence lets somebody do something.
static LETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:can|may|could|allow(?:s|ed)?|lets?|able to|access\w*|visible|available|readable|reachable|open(?:s|ed)?|sees?|reads?|downloads?|public(?:ly)?)\b").ok()
});
static ONLY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:only|solely|exclusively)\b(?:\s+[\w-]+){0,3}").ok());
const TOUCHES: [&str; 26] = [
    "open",
    "read",
    "see",
    "view",
    "access",
    "download",
    "delete",
    "remove",
    "change",
    "edit",
    "update",
    "modify",
    "export",
    "write",
    "create",
    "approve",
    "share",
    "list",
    "query",
    "impersonate",
    "call",
    "use",
    "manage",
    "publish",
    "upload",
    "run",
];

fn wider(at: usize, document: &Revised, revision: &Revision) -> Vec<Piece> {
    let mut out = Vec::new();
    for (i, statement, fate) in document.new.changed() {
        let old = match fate {
            Fate::Reworded(from) => document.old.statement(from).map(|s| (from, s.text.as_str())),
            Fate::Kept | Fate::Alone => None,
        };
        let text = statement.text.as_str();
        let found = to_everybody(text, old.map(|(_, s)| s))
            .or_else(|| no_longer_only(text, old.map(|(_, s)| s)))
            .or_else(|| one_more(document, i, old, revision));
        let Some((words, place)) = found else { continue };
        out.extend(piece(
            NewsKind::WidenedAccess,
            words,
            document.new.anchor(i, place),
            at,
            old.map(|(from, _)| from),
            Some(i),
        ));
    }
    out
}

/// "anyone" where it was not said before.
fn to_everybody(new: &str, old: Option<&str>) -> Option<(String, usize)> {
    let found = EVERYBODY.as_ref()?.find(new)?;
    let before = new.get(..found.start()).unwrap_or_default();
    let near = before.rsplit(['.', ',', ';', ':']).next().unwrap_or(before);
    let denied = is_match(&DENIES, near) || is_match(&FORBIDS, new) || new.trim_end().ends_with('?');
    if denied || !is_match(&LETS, new) || old.is_some_and(|old| is_match(&EVERYBODY, old)) {
        return None;
    }
    let people = ["any", "every", "all ", "the public"].iter().any(|w| found.as_str().to_lowercase().starts_with(w));
    let told =
        if people { format!("open to “{}”", found.as_str()) } else { format!("new: “{}”", found.as_str()) };
    Some((told, found.start()))
}

/// "Only admins can" became "admins can", "support can".
fn no_longer_only(new: &str, old: Option<&str>) -> Option<(String, usize)> {
    let only = ONLY.as_ref()?.find(old?)?;
    if is_match(&DENIES, new) || !is_match(&LETS, old?) {
        return None;
    }
    Some((format!("“{}” is not said any more", only.as_str()), LETS.as_ref()?.find(new)?.start()))
}

/// Somebody may do to a thing that was there what was not said of them before.
fn one_more(
    document: &Revised,
    statement: usize,
    old: Option<(usize, &str)>,
    revision: &Revision,
) -> Option<(String, usize)> {
    const SMALL: [&str; 16] =
        ["the", "a", "an", "of", "for", "to", "in", "on", "and", "or", "their", "its", "his", "her", "our", "your"];
    if document.new.statement(statement).is_none_or(|s| is_match(&DENIES, &s.text)) {
        return None;
    }
    let known = |p: &Permission| {
        let mut all = revision.documents.iter().flat_map(|d| d.old.reading.permissions());
        all.any(|o| {
            !o.negated && o.verb == p.verb && stems(&o.actor) == stems(&p.actor) && stems(&o.object) == stems(&p.object)
        })
    };
    let here = document.new.reading.permissions().iter().filter(|p| p.statement == statement);
    let mut new = here.filter(|p| !p.negated && !p.only && TOUCHES.contains(&p.verb.as_str()) && !known(p));
    let permission = new.find(|p| {
        let thing = stems(&p.object);
        // In a sentence that was there in other words: somebody who was not named in it.
        let joined = old.is_none_or(|(_, text)| stems(&p.actor).iter().all(|s| !stems(text).contains(s)));
        joined && !thing.is_empty() && thing.iter().any(|s| revision.old_stems.contains(s))
    })?;
    let small = |w: &&str| SMALL.contains(w);
    let mut object: Vec<&str> = permission.object.split_whitespace().skip_while(small).take(4).collect();
    while object.last().is_some_and(small) {
        object.pop();
    }
    let object = object.join(" ");
    Some((format!("{} may {} {object}", permission.actor, permission.verb), permission.at))
}

// ── parts that were not there ──

fn parts(at: usize, document: &Revised, revision: &Revision) -> Vec<Piece> {
    let reading = &document.new.reading;
    let in_flows: BTreeSet<usize> = reading.flows().iter().flat_map(|f| [f.from, f.to]).flatten().collect();
    let mut zones: BTreeSet<&str> = document.old.reading.entities().iter().filter_map(|e| e.zone.as_deref()).collect();
    let mut out = Vec::new();
    for (index, entity) in reading.entities().iter().enumerate() {
        let zone = entity.zone.as_deref().filter(|z| !z.is_empty() && !revision.was_named(z));
        if let Some(zone) = zone.filter(|z| zones.insert(z)) {
            out.extend(placed(at, document, entity.place, format!("{zone}, a boundary")));
        }
        if is_new_part(document, entity, in_flows.contains(&index), revision) {
            let text = format!("{}{}", entity.name.replace('`', ""), what(entity.kind));
            out.extend(placed(at, document, entity.place, text));
        }
    }
    out
}

fn is_new_part(document: &Revised, entity: &Entity, in_flow: bool, revision: &Revision) -> bool {
    let code = entity.name.contains(['-', '_', '`']);
    let telling = entity.drawn || in_flow || code || entity.mentions >= 2;
    let outside = matches!(entity.kind, Kind::ThirdParty | Kind::Store);
    let known = revision.was_named(&entity.name)
        || document.old.reading.entities().iter().any(|e| stems(&e.name) == stems(&entity.name) && e.mentions > 0);
    entity.kind != Kind::Data
        && !entity.vague
        && (entity.mentions > 0 || entity.drawn)
        && (telling || outside)
        && !known
        && !is_renamed(document, entity, revision)
}

/// The sentence was there with another name in it, which is gone from the documents.
fn is_renamed(document: &Revised, entity: &Entity, revision: &Revision) -> bool {
    let Place::Statement { statement, .. } = entity.place else { return false };
    let Fate::Reworded(from) = document.new.fate(statement) else { return false };
    let Some(old) = document.old.statement(from) else { return false };
    let words = format!(" {} ", key(&old.text));
    let names = document.old.reading.entities().iter().filter(|e| e.kind == entity.kind).map(|e| e.name.as_str());
    names.into_iter().any(|name| words.contains(&format!(" {} ", key(name))) && !revision.is_named_now(name))
}

const fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Actor => ", not named before",
        Kind::ThirdParty => ", somebody else's",
        Kind::Store => ", where data is kept",
        Kind::Process | Kind::Data => "",
    }
}

fn placed(at: usize, document: &Revised, place: Place, text: String) -> Option<Piece> {
    match place {
        Place::Statement { statement, at: offset } => {
            let said = document.new.statement(statement).is_some_and(|s| s.weight > 0);
            let anchor = document.new.anchor(statement, offset).filter(|_| said);
            piece(NewsKind::NewComponent, text, anchor, at, None, Some(statement))
        }
        Place::Line(line) => {
            let view = &document.new.view;
            let quotation = view.document.line_text(line)?.trim().to_owned();
            view.source.find(&quotation)?;
            let path = view.document.path().to_owned();
            let anchor = Anchor { path, start_line: line, end_line: line, quotation };
            piece(NewsKind::NewComponent, text, Some(anchor), at, None, None)
        }
    }
}

// ── words that the draft quotes ──

/// What rests on words of a document.
fn cited(input: &FollowInput) -> Vec<(String, &Anchor)> {
    let mut all: Vec<(String, &Anchor)> = Vec::new();
    for recommendation in &input.recommendations {
        let name = format!("R{}", recommendation.ordinal);
        let quoted = recommendation.evidence.iter().filter_map(|source| match source {
            Source::Document { anchor } => Some(anchor),
            _ => None,
        });
        all.extend(quoted.chain([&recommendation.anchor]).map(|anchor| (name.clone(), anchor)));
    }
    all.extend(input.covered.iter().map(|covered| (format!("“{}”", covered.text), &covered.anchor)));
    all
}

fn changed_words(at: usize, document: &Revised, revision: &Revision, input: &FollowInput) -> Vec<Piece> {
    let path = document.new.view.document.path();
    let mut told: Vec<(usize, Vec<String>)> = Vec::new();
    for (name, anchor) in cited(input).into_iter().filter(|(_, a)| a.path == path) {
        let stands = revision.documents.iter().any(|d| d.new.view.source.find(&anchor.quotation).is_some());
        let Some(home) = document.old.holding(anchor).filter(|_| !stands) else { continue };
        match told.iter_mut().find(|(i, _)| *i == home) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => told.push((home, vec![name])),
        }
    }
    let one = |(home, names): (usize, Vec<String>)| {
        let names = names.join(", ");
        match document.old.fate(home) {
            Fate::Kept => None,
            Fate::Reworded(to) => {
                let text = format!("where {names} quotes the design");
                piece(NewsKind::ChangedWords, text, document.new.anchor(to, 0), at, Some(home), Some(to))
            }
            Fate::Alone => {
                let text = format!("what {names} quotes is gone");
                piece(NewsKind::ChangedWords, text, document.old.anchor(home, 0), at, Some(home), None)
            }
        }
    };
    told.into_iter().filter_map(one).collect()
}
