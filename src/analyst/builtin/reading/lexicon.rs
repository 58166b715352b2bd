//! The closed lists that the reading rests on: small words, verbs that move data, nouns that name parts, roles, stores and data.
//! No tagger: what is not listed is only ever part of a name, never the reason for one.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a word can be; a word can be several.
pub(super) type Class = u32;

pub(super) const DET: Class = 1;
pub(super) const PREP: Class = 1 << 1;
pub(super) const CONJ: Class = 1 << 2;
pub(super) const PRON: Class = 1 << 3;
pub(super) const MODAL: Class = 1 << 4;
pub(super) const AUX: Class = 1 << 5;
pub(super) const NEG: Class = 1 << 6;
pub(super) const ADVERB: Class = 1 << 7;
/// An adjective that is no part of a name.
pub(super) const PLAIN: Class = 1 << 8;
/// "which", "that", "who".
pub(super) const WHO: Class = 1 << 9;
pub(super) const TO: Class = 1 << 10;
pub(super) const VERB: Class = 1 << 11;
/// A verb that is as often a noun: "request", "store".
pub(super) const EITHER: Class = 1 << 12;
/// Begins a condition: "if", "when", "unless".
pub(super) const IF: Class = 1 << 13;
pub(super) const ROLE: Class = 1 << 14;
pub(super) const PROCESS: Class = 1 << 15;
pub(super) const STORE: Class = 1 << 16;
pub(super) const THIRD: Class = 1 << 17;
pub(super) const DATA: Class = 1 << 18;
pub(super) const PLURAL: Class = 1 << 19;
/// A product: a name by itself.
pub(super) const PRODUCT: Class = 1 << 20;
/// "external", "third-party": whose system it is.
pub(super) const OUTSIDE: Class = 1 << 21;
/// A place where parts run: "cluster", "browser", "network".
pub(super) const ZONE: Class = 1 << 22;
/// A noun that says too little by itself: "service", "part".
pub(super) const VAGUE: Class = 1 << 23;
/// "malicious", "compromised": who is called so is nobody of the design.
pub(super) const HOSTILE: Class = 1 << 24;
/// A unit of time or size.
pub(super) const UNIT: Class = 1 << 25;
/// Something on the user's side of the wire.
pub(super) const CLIENT: Class = 1 << 26;
/// "anyone", "nobody".
pub(super) const ANYONE: Class = 1 << 27;
/// A verb that says how many, how long, how large.
pub(super) const MEASURE: Class = 1 << 28;

/// Ends a noun phrase to its left.
pub(super) const STOP: Class =
    DET | PREP | CONJ | PRON | MODAL | AUX | NEG | ADVERB | PLAIN | WHO | TO | VERB | IF | ANYONE | HOSTILE | UNIT;
/// Names a part of the system when it is the last word of a name.
pub(super) const PART: Class = ROLE | PROCESS | STORE | THIRD;

/// How a verb moves data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// It does not.
    Still,
    /// "X sends Y to Z".
    Send,
    /// "X calls Z", "X connects to Z".
    Call,
    /// "X fetches Y from Z".
    Fetch,
    /// "X makes a request to Z".
    Make,
    /// "X uses Z", "X opens Z": a call where Z is a part.
    Use,
}

/// The form of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Base,
    Third,
    Past,
    Going,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) class: Class,
    /// The verb's or noun's plain form; empty for a word that is not listed.
    pub(super) base: &'static str,
    pub(super) frame: Frame,
    pub(super) form: Form,
}

const NOT_LISTED: Entry = Entry { class: 0, base: "", frame: Frame::Still, form: Form::Base };

const SMALL: &[(Class, &str)] = &[
    (
        DET,
        "a an the this that these those its their his her our your my each every any some all no both either neither another such what whichever",
    ),
    (
        PREP,
        "of in into on onto at by from with without via through over under for as between among across within inside outside against about toward towards upon per like during until after before since behind using than except besides despite instead due based along around beyond",
    ),
    (CONJ, "and or but nor so then plus while whereas because yet"),
    (
        PRON,
        "it they them he she him we us you i me itself themselves one ones something anything everything nothing there here others",
    ),
    (MODAL, "can could may might must shall should will would cannot can't won't shouldn't mustn't couldn't wouldn't"),
    (
        AUX,
        "is are was were be been being am has have had having do does did isn't aren't wasn't weren't doesn't don't didn't hasn't haven't get gets got gotten becomes become remains remain",
    ),
    (
        NEG,
        "not never no-one cannot can't mustn't shouldn't won't isn't aren't doesn't don't without neither nor didn't",
    ),
    (
        ADVERB,
        "also only just still even always often usually then now again first next finally later once already directly automatically periodically simply currently typically normally generally optionally additionally therefore thus instead immediately subsequently securely explicitly implicitly internally locally remotely however too further otherwise hence back together asynchronously synchronously regularly eventually never not either",
    ),
    (
        PLAIN,
        "new existing same given current other separate single own different certain specific appropriate corresponding respective several many few multiple more most less additional particular actual entire whole full following previous above below latest various possible necessary available first second third last next old real own two three four five simple small large big similar proposed potential arbitrary valid invalid such particular original final resulting initial common subsequent regular normal typical configured underlying relevant specified selected associated individual main target good bad better best important likely unlikely able unable needed standard nearby remote local dedicated usual so-called actual",
    ),
    (WHO, "which that who whom whose where"),
    (TO, "to"),
    (IF, "if when unless whenever until once whether why how"),
    (OUTSIDE, "external third-party 3rd-party thirdparty outside foreign partner vendor public upstream"),
    (HOSTILE, "malicious compromised rogue hostile evil untrusted attacker attackers adversary adversaries bogus fake"),
    (
        UNIT,
        "second seconds sec secs minute minutes min mins hour hours hr hrs day days week weeks month months year years byte bytes kb mb gb kib mib gib ms times",
    ),
    (ANYONE, "anyone everyone anybody everybody nobody someone no-one whoever"),
    (
        MEASURE,
        "expire expires expired expiry expiration lifetime lifetimes ttl valid validity live lives last lasts kept keep retained retain retention deleted removed purged timeout timeouts times interval rotated rotate refreshed limit limits limited maximum max most size exceed exceeds larger longer up",
    ),
];

/// Verb and frame; `*` marks one that is as often a noun.
const VERBS: &[(Frame, &str)] = &[
    (
        Frame::Send,
        "send post* push* forward upload* write publish submit pass* deliver transmit emit export* stream* return* store* save persist put mail* email* replicate append insert hand relay dispatch upsert record* issue* provide share* supply present propagate serve publish attach",
    ),
    (
        Frame::Call,
        "call* query* poll* invoke contact* notify ping* connect authenticate talk subscribe access* communicate ask log* sign* authorise register",
    ),
    (
        Frame::Fetch,
        "fetch read download* pull* load* retrieve obtain receive request* import* consume scrape collect acquire",
    ),
    (Frame::Make, "make perform initiate do"),
    (Frame::Use, "use* open* visit click browse run* launch execute trigger* manage"),
    (
        Frame::Still,
        "allow enable create generate verify validate check* require need* provide support* take give show* contain include add remove delete update* change* set* start* stop* handle* implement define specify describe ensure prevent protect avoid apply reject accept approve deny refuse grant revoke encrypt decrypt hash* exist depend rely follow happen occur mean want let keep hold expect assume consider expose extend replace cause* result* return* configure install deploy host* serve listen* match* map* process* parse compute compare select choose map* close* know see find try attempt* introduce propose determine decide treat rotate expire invalidate refresh redirect render display view* list* edit assign own* act move* merge build* break work* fail succeed wait continue begin end* leave lead* bind mount inject override pick detect identify represent indicate mark* attest trust* audit cache* copy* sync prefer ignore skip drop limit* mitigate address* become belong correspond say tell look help bring lose gain come go opt rename convert resolve translate iterate reduce increase improve solve present discuss document maintain offer link* enter type* confirm compose enforce evaluate inspect scan schedule restart recover transfer authorize authorise disable restrict report*",
    ),
];

const IRREGULAR: &[(&str, &str, Form)] = &[
    ("send", "sent", Form::Past),
    ("write", "wrote", Form::Past),
    ("write", "written", Form::Past),
    ("put", "put", Form::Past),
    ("read", "read", Form::Past),
    ("give", "given", Form::Past),
    ("make", "made", Form::Past),
    ("take", "taken", Form::Past),
    ("keep", "kept", Form::Past),
    ("hold", "held", Form::Past),
    ("show", "shown", Form::Past),
    ("build", "built", Form::Past),
    ("run", "ran", Form::Past),
    ("see", "seen", Form::Past),
    ("know", "known", Form::Past),
    ("find", "found", Form::Past),
    ("choose", "chosen", Form::Past),
    ("bind", "bound", Form::Past),
    ("leave", "left", Form::Past),
    ("mean", "meant", Form::Past),
    ("say", "said", Form::Past),
    ("go", "goes", Form::Third),
    ("go", "gone", Form::Past),
];

/// Nouns that name a part when they come last; plurals are added.
const NOUNS: &[(Class, &str)] = &[
    (
        ROLE,
        "user end-user guest holder recipient sender customer admin administrator operator maintainer developer owner staff reviewer moderator publisher visitor patient author employee engineer contributor auditor tester subscriber clinician doctor nurse student teacher buyer seller merchant cardholder superuser superadmin sysadmin",
    ),
    (ROLE | VAGUE, "member people person team"),
    (
        PROCESS,
        "server controller worker daemon agent gateway proxy backend back-end frontend front-end scheduler webhook resolver broker runner executor cli sdk interceptor sidecar bot crawler indexer mailer dispatcher orchestrator issuer verifier hypervisor homeserver microservice kubelet apiserver api-server load-balancer balancer cronjob collector exporter importer uploader downloader converter generator reconciler authenticator authorizer initializer relay router compiler bundler builder installer updater",
    ),
    (
        PROCESS | VAGUE,
        "service app application api engine component module plugin job endpoint system middleware extension node host pipeline program tool process peer instance console dashboard portal ui website lambda container pod",
    ),
    (PROCESS | CLIENT, "client browser wallet phone laptop"),
    (
        STORE,
        "bucket database db datastore queue cache registry vault keychain keyring keystore ledger warehouse blobstore etcd disk filesystem volume",
    ),
    (STORE | VAGUE, "store storage table index repository repo topic log stream"),
    (THIRD | VAGUE, "provider vendor processor"),
    (THIRD, "idp ca cdn"),
    (STORE, "kms hsm"),
    (PROCESS, "ci"),
    (
        DATA,
        "token password credential secret key email address invoice profile session cookie certificate card file image message event payload header field record attribute claim signature id identifier metadata artifact package manifest document attachment report request response link url code data content location name number request body configuration config policy permission role grant state",
    ),
    (
        ZONE,
        "cluster network namespace tenant vpc subnet perimeter dmz region environment datacenter intranet internet enclave sandbox machine",
    ),
];

/// Names that stand for themselves.
const PRODUCTS: &[(Class, &str)] = &[
    (
        STORE,
        "s3 redis postgres postgresql mysql mariadb sqlite mongodb dynamodb cassandra elasticsearch opensearch memcached kafka rabbitmq sqs kinesis bigquery snowflake clickhouse minio",
    ),
    (
        THIRD,
        "github gitlab bitbucket google aws azure gcp stripe slack twilio sendgrid mailgun okta auth0 cloudflare paypal adyen datadog sentry pagerduty salesforce",
    ),
    (PROCESS, "nginx envoy kubelet kube-apiserver prometheus jenkins haproxy"),
];

static LEXICON: LazyLock<HashMap<String, Entry>> = LazyLock::new(build);

/// What is known of a word in small letters; of one with hyphens, what its last part names.
pub(super) fn look_up(word: &str) -> Entry {
    const NOT_NAMES: [&str; 12] =
        ["multi", "single", "per", "cross", "non", "inter", "intra", "self", "co", "sub", "pre", "in"];
    if let Some(entry) = LEXICON.get(word) {
        return *entry;
    }
    let Some((before, last)) = word.rsplit_once('-').filter(|(before, _)| !NOT_NAMES.contains(before)) else {
        return NOT_LISTED;
    };
    let kept = if before.is_empty() { 0 } else { PART | DATA | PLURAL };
    LEXICON.get(last).map_or(NOT_LISTED, |entry| Entry { class: entry.class & kept, ..NOT_LISTED })
}

fn build() -> HashMap<String, Entry> {
    let mut map: HashMap<String, Entry> = HashMap::with_capacity(4096);
    for (frame, words) in VERBS {
        for word in words.split(' ') {
            let (base, class) = word.strip_suffix('*').map_or((word, VERB), |base| (base, EITHER));
            for (text, form) in forms(base) {
                let class = if matches!(form, Form::Past | Form::Going) { VERB } else { class };
                map.entry(text).or_insert(Entry { class, base, frame: *frame, form });
            }
        }
    }
    for (base, text, form) in IRREGULAR {
        if let Some(known) = map.get(*base).copied() {
            let class = if text == base { known.class } else { VERB };
            map.insert(
                (*text).to_owned(),
                Entry { class, form: if text == base { known.form } else { *form }, ..known },
            );
        }
    }
    for (class, words) in NOUNS {
        for word in words.split(' ') {
            noun(&mut map, word.to_owned(), word, *class);
            noun(&mut map, plural(word), word, *class | PLURAL);
        }
    }
    for (class, words) in PRODUCTS {
        for word in words.split(' ') {
            noun(&mut map, word.to_owned(), word, *class | PRODUCT);
        }
    }
    for (class, words) in SMALL {
        for word in words.split(' ') {
            let entry = map.entry(word.to_owned()).or_insert(Entry { base: word, ..NOT_LISTED });
            entry.class |= class;
        }
    }
    map
}

/// A word that is also a verb becomes one that can be either.
fn noun(map: &mut HashMap<String, Entry>, text: String, base: &'static str, class: Class) {
    let entry = map.entry(text).or_insert(Entry { base, ..NOT_LISTED });
    if entry.class & VERB != 0 {
        entry.class = entry.class & !VERB | EITHER;
    }
    entry.class |= class;
}

fn plural(word: &str) -> String {
    match word {
        "people" | "staff" | "data" | "metadata" | "person" => format!("{word}s"),
        _ if word.ends_with('y') && !word.ends_with("ay") && !word.ends_with("ey") => {
            format!("{}ies", word.trim_end_matches('y'))
        }
        _ if word.ends_with(['s', 'x']) || word.ends_with("ch") || word.ends_with("sh") => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

fn forms(base: &str) -> [(String, Form); 4] {
    const DOUBLED: [&str; 13] =
        ["submit", "emit", "transmit", "stop", "set", "run", "put", "let", "plug", "log", "drop", "permit", "map"];
    let silent = base.strip_suffix('e');
    let stem = silent.unwrap_or(base);
    let (past, going) = if let Some(last) = base.chars().last().filter(|_| DOUBLED.contains(&base)) {
        (format!("{base}{last}ed"), format!("{base}{last}ing"))
    } else if let Some(stem) = base.strip_suffix('y').filter(|s| !s.ends_with(['a', 'e', 'o'])) {
        (format!("{stem}ied"), format!("{base}ing"))
    } else if base.ends_with("ee") {
        (format!("{base}d"), format!("{base}ing"))
    } else {
        (format!("{stem}ed"), format!("{stem}ing"))
    };
    [(base.to_owned(), Form::Base), (plural(base), Form::Third), (past, Form::Past), (going, Form::Going)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_known_in_each_form() {
        for (word, base, form) in [
            ("sends", "send", Form::Third),
            ("sent", "send", Form::Past),
            ("submitted", "submit", Form::Past),
            ("queries", "query", Form::Third),
            ("writing", "write", Form::Going),
            ("pushes", "push", Form::Third),
        ] {
            let found = look_up(word);
            assert_eq!((found.base, found.form), (base, form), "{word}");
            assert_ne!(found.frame, Frame::Still, "{word}");
        }
    }

    #[test]
    fn nouns_are_known_in_both_numbers() {
        assert_ne!(look_up("registries").class & STORE, 0);
        assert_ne!(look_up("queues").class & PLURAL, 0);
        assert_eq!(look_up("banana").class, 0);
        assert_ne!(look_up("request").class & EITHER, 0);
    }
}
