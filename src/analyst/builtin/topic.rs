//! Which concern a code owner means by a few words of their own (`/threadmodel ask <topic>`).

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};

use super::find::Finding;
use crate::threat_model::Slot;

/// Words of a request that name no topic.
const EMPTY: &str = " a an the and or of to in on for with by at from about is are be was were do does did how what who when where \
    why which will would can could should may might this that these those it its we you they them our your us their please ask \
    any some more all happens happen happening tell explain handle handled handling work works thing things stuff there here \
    if then than not no question questions concern topic security risk risks ";

/// What people say for what the catalogue says.
const ALSO: &[(&str, &str)] = &[
    ("auth", "authenticate sign caller"),
    ("authn", "authenticate sign caller"),
    ("authz", "permission allowed"),
    ("authorization", "permission allowed"),
    ("login", "sign authenticate"),
    ("gdpr", "personal retention"),
    ("privacy", "personal"),
    ("pii", "personal"),
    ("dos", "limit abuse"),
    ("ddos", "limit abuse"),
    ("ratelimit", "limit"),
    ("throttling", "limit"),
    ("crypto", "encrypt sign"),
    ("encryption", "encrypt"),
    ("secrets", "token key password"),
    ("credentials", "token key password"),
    ("logging", "log record audit"),
    ("monitoring", "log record"),
    ("audit", "log record"),
    ("retention", "kept delete"),
    ("deletion", "kept delete retention"),
    ("expiry", "lifetime expire ends"),
    ("ttl", "lifetime expire"),
    ("tenancy", "tenant customer"),
    ("isolation", "tenant sandbox"),
    ("rollback", "rollout"),
    ("injection", "input"),
    ("validation", "input check"),
];

fn slot_words(slot: Slot) -> &'static str {
    match slot {
        Slot::Purpose => "purpose goal",
        Slot::Actors => "actor person role",
        Slot::EntryPoints => "entry endpoint request",
        Slot::DataTypes => "data personal",
        Slot::DataStores => "store database storage",
        Slot::TrustZones => "zone boundary network",
        Slot::Authn => "authenticate sign caller identity",
        Slot::Authz => "permission allowed access role",
        Slot::AdminPaths => "admin operator staff support",
        Slot::Tenancy => "tenant customer separate",
        Slot::Secrets => "token key password secret",
        Slot::Crypto => "encrypt signature",
        Slot::Dependencies => "dependency library third party",
        Slot::FailureModes => "failure retry down slow",
        Slot::InputHandling => "input check upload file",
        Slot::SupplyChain => "build artifact package supply",
        Slot::Logging => "log record audit",
        Slot::Retention => "kept delete retention",
        Slot::Abuse => "abuse limit cost volume",
        Slot::Rollout => "rollout migration",
        Slot::Compatibility => "compatible old default",
    }
}

/// The stems of a topic's words, each with what else it may be called.
pub(crate) struct Topic(Vec<BTreeSet<String>>);

impl Topic {
    /// Reads a topic.
    pub(crate) fn of(words: &str) -> Self {
        let lower = words.to_lowercase();
        let each = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty() && !is_empty(w));
        Self(
            each.map(|word| {
                let also = ALSO.iter().find(|(name, _)| *name == word).map_or("", |(_, also)| *also);
                stems(&format!("{word} {also}"))
            })
            .collect(),
        )
    }

    /// How well a finding fits: first how many of the words it is about, then how plainly. None when it is about something else.
    pub(crate) fn fit(&self, finding: &Finding<'_>, question: &str) -> Option<(usize, usize)> {
        let concern = finding.concern;
        let names = stems(&format!("{} {} {}", concern.id, concern.title, concern.family));
        let asks = stems(&format!("{question} {}", slot_words(concern.slot)));
        let around = stems(&finding.anchor.quotation);
        let weigh = |word: &BTreeSet<String>| {
            let among = |texts: &BTreeSet<String>| !word.is_disjoint(texts);
            [(&names, 4), (&asks, 3), (&around, 1)]
                .iter()
                .filter(|(texts, _)| among(texts))
                .map(|(_, w)| w)
                .sum::<usize>()
        };
        let weights: Vec<usize> = self.0.iter().map(weigh).filter(|w| *w > 0).collect();
        // That it happens to stand in the same sentence is not enough.
        let plainly = weights.iter().any(|w| *w > 1);
        plainly.then(|| (weights.len(), weights.iter().sum()))
    }
}

fn is_empty(word: &str) -> bool {
    EMPTY.split_whitespace().any(|w| w == word)
}

fn stems(text: &str) -> BTreeSet<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 1 && !is_empty(w));
    words.map(|w| stemmer.stem(w).into_owned()).collect()
}
