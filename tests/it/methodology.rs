//! Methodologies: the files that come with threadmodel, what may not stand in one, and how a threat model is read through them.

use std::path::Path;

use threadmodel::methodology::rating::{Function, tier};
use threadmodel::methodology::{DEFAULT, Methodology, chosen, embedded, lens, reference_markdown};
use threadmodel::policy;
use threadmodel::threat_model::*;

const OWN: &str = r#"
id = "our-way"
title = "Our way"
version = 3
when_to_use = "Always."
not_for = "Nothing."
stop_when = "It is five."
other_slots = 50

[[slots]]
id = "authn"
question = "Who are you?"
answer = "text"
why = "It matters."
if_unknown = "Somebody."
weight = 200

[[lens]]
id = "people"
mark = "P"
title = "people"
prompts = ["Who?"]
leave_empty_if = "nobody is there"
slots = ["authn"]
elements = ["actor"]

[[output]]
show = "context"

[[output]]
show = "recommendations"
heading = "Do"
fields = ["id", "recommendation"]

[rating]
function = "harm_and_ease"
levels = [
  { level = "low", wording = "a" },
  { level = "medium", wording = "b" },
  { level = "high", wording = "c" },
]
"#;

fn text_of(id: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts/methodologies").join(format!("{id}.toml"));
    std::fs::read_to_string(path).unwrap()
}

fn own() -> Methodology {
    Methodology::parse("own.toml", OWN).unwrap()
}

/// What is said of the file with one thing changed.
#[track_caller]
fn refused(from: &str, to: &str) -> String {
    assert_eq!(OWN.matches(from).count(), 1, "{from}");
    Methodology::parse("own.toml", &OWN.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn a_wrong_file_is_refused_with_its_line() {
    for (from, to, line, problem) in [
        ("version = 3", "version = 3\nverison = 4", 5, "unknown field `verison`"),
        ("id = \"our-way\"", "id = \"Our way\"", 2, "small letters"),
        ("title = \"Our way\"", "title = \" \"", 3, "must not be empty"),
        ("id = \"authn\"", "id = \"login\"", 11, "unknown variant `login`"),
        ("Who are you?", "Who are you? Really?", 10, "one question mark"),
        ("weight = 200", "weight = 2000", 10, "percentage"),
        ("leave_empty_if = \"nobody is there\"", "leave_empty_if = \"\"", 18, "stays empty"),
        ("slots = [\"authn\"]", "slots = []", 18, "nothing feeds"),
        ("show = \"context\"", "show = \"covered\"", 27, "needs `context`"),
        ("show = \"recommendations\"", "show = \"threats\"", 27, "needs `recommendations`"),
        ("[\"id\", \"recommendation\"]", "[\"id\", \"story\"]", 30, "cannot show"),
        ("[\"id\", \"recommendation\"]", "[]", 30, "name the `fields`"),
        ("heading = \"Do\"", "cap = 500", 30, "`cap` is 1 to 50"),
        ("level = \"high\"", "level = \"terrible\"", 35, "`low`, `medium`, `high`"),
        ("show = \"context\"", "show = \"context\"\n[[output]]\nshow = \"context\"", 29, "twice"),
    ] {
        let said = refused(from, to);
        assert!(said.starts_with(&format!("own.toml, line {line}: ")) && said.contains(problem), "{to}: {said}");
    }
    let long = format!("{OWN}\n#{}", "x".repeat(70_000));
    assert!(Methodology::parse("own.toml", &long).unwrap_err().to_string().contains("longer"));
}

#[test]
fn the_policy_knows_those_that_are_here() {
    let mut here: Vec<&str> = embedded().unwrap().iter().map(|m| m.id.as_str()).collect();
    assert_eq!(here.first(), Some(&DEFAULT));
    here.sort_unstable();
    let mut names = policy::Methodology::NAMES;
    names.sort_unstable();
    assert_eq!(here, names);
}

#[test]
fn what_cannot_be_followed_is_told_and_the_default_followed() {
    assert_eq!(chosen("stride").methodology.id, "stride");
    assert_eq!(chosen("stride").instead_of, None);
    assert_eq!((chosen(OWN).methodology.into_owned(), chosen(OWN).instead_of), (own(), None));
    for named in ["octave", "docs/our-way.toml", "id = \"broken\"\n"] {
        let chosen = chosen(named);
        assert_eq!((chosen.methodology.id.as_str(), chosen.instead_of), (DEFAULT, Some(named)));
    }
}

#[test]
fn every_file_teaches_when_to_use_it_and_has_two_golden_examples() {
    let jargon = ["spoofing", "repudiation", "threat actor", "attack surface", "least privilege", "exfiltrat"];
    for method in embedded().unwrap() {
        assert!(method.golden.len() >= 2, "{}", method.id);
        assert!(method.golden.iter().any(|g| !g.forbidden.is_empty()), "{}", method.id);
        assert!(method.slots.iter().any(|s| s.blocking) || method.id == "house", "{}", method.id);
        let asked = method.slots.iter().map(|s| s.question.as_str()).chain(method.slots.iter().map(|s| s.why.as_str()));
        for text in asked.chain(method.lens.iter().map(|l| l.title.as_str())) {
            assert!(!jargon.iter().any(|word| text.to_lowercase().contains(word)), "{}: {text}", method.id);
        }
    }
}

#[test]
fn every_concern_that_a_lens_names_is_in_the_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts/catalogue");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let tables = files.filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let catalogue: String = tables.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for method in embedded().unwrap() {
        for concern in method.lens.iter().flat_map(|lens| &lens.concerns) {
            assert!(catalogue.contains(&format!("\nid = \"{concern}\"\n")), "{} names `{concern}`", method.id);
        }
    }
}

#[test]
fn the_default_weighs_nothing_and_others_what_they_need() {
    let by_id = |id: &str| embedded().unwrap().iter().find(|m| m.id == id).unwrap();
    for slot in [Slot::Authn, Slot::Purpose, Slot::Compatibility] {
        assert_eq!(by_id(DEFAULT).weight(slot), 100);
    }
    assert!(by_id("linddun").weight(Slot::DataTypes) > by_id("linddun").weight(Slot::Authn));
    assert_eq!((own().weight(Slot::Authn), own().weight(Slot::Crypto)), (200, 50));
}

fn at(quotation: &str) -> Anchor {
    Anchor { path: "a.md".into(), start_line: 1, end_line: 1, quotation: quotation.into() }
}

fn threat(concern: &str, slot: Slot, quotation: &str) -> Threat {
    Threat {
        id: "T1".into(),
        concern: concern.into(),
        story: "Somebody does it.".into(),
        slot,
        severity: Severity::Low,
        impact: Severity::High,
        evidence: vec![Source::Document { anchor: at(quotation) }],
    }
}

fn model(threats: Vec<Threat>) -> ThreatModel {
    let part = |name: &str, kind| Component { name: name.into(), kind, zone: None, evidence: at(name) };
    let data =
        |name: &str, class| DataItem { name: name.into(), class, handling: Handling::Stored, evidence: at(name) };
    ThreatModel {
        methodology: "stride".into(),
        summary: "A shop.".into(),
        components: vec![
            part("Customer", ComponentKind::Actor),
            part("orders", ComponentKind::Process),
            part("orders-db", ComponentKind::Store),
        ],
        flows: vec![],
        facts: vec![],
        assumptions: vec![],
        threats,
        recommendations: vec![],
        data: vec![data("email address", DataClass::Personal), data("invoices", DataClass::Internal)],
        covered: vec![],
        set_aside: vec![],
        attack_tree: None,
        quotations: Quotations::default(),
    }
}

#[test]
fn a_threat_is_about_the_part_that_its_words_name() {
    let element = |quotation: &str| {
        let threat = threat("x", Slot::Authn, quotation);
        lens::element_of(&threat, &model(vec![])).map(|c| c.name.clone())
    };
    assert_eq!(element("It writes to orders-db at night."), Some("orders-db".into()));
    assert_eq!(element("The customers pay, orders keeps the receipt."), Some("Customer".into()));
    assert_eq!(element("Nothing of reorders or orders_v2."), None);
}

#[test]
fn the_letter_follows_from_concern_slot_and_element_and_may_be_missing() {
    let letter = |concern: &str, slot, quotation: &str| {
        let threat = threat(concern, slot, quotation);
        let method = chosen("stride").methodology;
        lens::lens_of(&method, &threat, &model(vec![])).map(|lens| lens.mark.clone())
    };
    assert_eq!(letter("x", Slot::Authn, "orders asks who calls").as_deref(), Some("S"));
    assert_eq!(letter("x", Slot::Authn, "orders-db asks who calls"), None, "nobody passes for a store");
    assert_eq!(letter("x", Slot::InputHandling, "orders-db is written").as_deref(), Some("T"));
    assert_eq!(letter("logs-with-content", Slot::Logging, "orders writes").as_deref(), Some("I"), "by the concern");
    assert_eq!(letter("x", Slot::Logging, "orders writes").as_deref(), Some("R"));
    assert_eq!(letter("x", Slot::FailureModes, "orders waits").as_deref(), Some("D"));
    assert_eq!(letter("x", Slot::AdminPaths, "Customer").as_deref(), Some("E"));
    assert_eq!(letter("x", Slot::Purpose, "orders is nice"), None);
}

#[test]
fn levels_are_computed() {
    let mild = threat("x", Slot::DataTypes, "the invoices lie there");
    let grave = threat("x", Slot::DataTypes, "the email addresses lie there");
    let small = Threat { impact: Severity::Low, ..grave.clone() };
    let model = model(vec![]);
    assert_eq!(Function::HarmAndEase.level(&grave, &model), "low");
    assert_eq!(Function::Impact.level(&mild, &model), "high");
    assert_eq!(Function::Impact.level(&grave, &model), "maximum");
    assert_eq!(Function::Impact.level(&small, &model), "low", "data alone makes nothing grave");
}

#[test]
fn two_stories_are_the_worst_and_the_likeliest_of_the_others() {
    let of =
        |id: &str, severity, impact| Threat { id: id.into(), severity, impact, ..threat("x", Slot::Authn, "orders") };
    let picked = |threats: Vec<Threat>| {
        let model = model(threats);
        let (likely, worst) = lens::likely_and_worst(&model);
        (likely.map(|t| t.id.clone()), worst.map(|t| t.id.clone()))
    };
    use Severity::{High, Low, Medium};
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(picked(vec![]), (None, None));
    assert_eq!(picked(vec![of("a", Low, Low)]), (None, some("a")));
    let three = vec![of("far", Low, High), of("near", Medium, Medium), of("worst", Medium, High)];
    assert_eq!(picked(three), (some("near"), some("worst")));
    // Of equals the first, which is the one with more weight; never one twice.
    assert_eq!(picked(vec![of("a", High, High), of("b", High, High), of("c", Low, Low)]), (some("b"), some("a")));
}

#[test]
fn what_a_methodology_needs_is_looked_for_in_what_was_read() {
    let fits = |id: &str, quotation: &str| {
        let model = model(vec![threat("x", Slot::Authn, quotation)]);
        lens::fits(&chosen(id).methodology, &model)
    };
    assert!(fits("maestro", "The chatbot answers customers"));
    assert!(fits("maestro", "It sends the prompts to the provider"));
    assert!(!fits("maestro", "The data model of the printer-agent is small"));
    assert!(!fits("attack-tree", "orders"));
    assert!(lens::fits(&chosen("attack-tree").methodology, &model(vec![])), "nothing to say anyway");
}

/// What is recorded as a model's answer has the form that is asked of models, and quotes the example's own words.
#[test]
fn recorded_answers_have_the_form_that_models_are_held_to() {
    use threadmodel::llm::answers::tree::TreeDraftAnswer;
    use threadmodel::llm::answers::{DraftAnswer, Quote};
    use threadmodel::llm::schema::{Dialect, check, portable};
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut seen = 0;
    for method in embedded().unwrap() {
        for golden in &method.golden {
            let Some(recorded) = &golden.recorded else { continue };
            seen += 1;
            let name = format!("{}: {}", method.id, golden.name);
            let value: serde_json::Value = serde_json::from_str(recorded).unwrap_or_else(|e| panic!("{name}: {e}"));
            let tree = method.draws_a_tree();
            let schema =
                if tree { portable::<TreeDraftAnswer> } else { portable::<DraftAnswer> }(Dialect::Limits).unwrap();
            assert_eq!(check(&value, &schema), Ok(()), "{name}");
            let read = |value| {
                if tree {
                    serde_json::from_value(value).map(|a: TreeDraftAnswer| a.draft)
                } else {
                    serde_json::from_value(value)
                }
            };
            let answer: DraftAnswer = read(value).unwrap_or_else(|e| panic!("{name}: {e}"));
            let document = folded(&golden.document);
            let stands = |quote: &Quote| {
                assert!(document.contains(&folded(&quote.words)), "{name}: \u{201c}{}\u{201d}", quote.words);
            };
            answer.components.iter().for_each(|c| stands(&c.quotation));
            answer.threats.iter().for_each(|t| stands(&t.quotation));
            answer.recommendations.iter().for_each(|r| stands(&r.quotation));
        }
    }
    assert_eq!(seen, 6);
}

#[test]
fn the_tier_counts_what_is_touched() {
    let house = chosen("house").methodology;
    let slots = [Slot::DataTypes, Slot::DataStores, Slot::EntryPoints, Slot::Authz];
    let tier_of =
        |n: usize| tier(&house, &model(slots.iter().take(n).map(|slot| threat("x", *slot, "orders")).collect()));
    assert_eq!((tier_of(0), tier_of(1), tier_of(2), tier_of(3), tier_of(4)), (1, 2, 2, 2, 3));
}

#[test]
fn the_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/methodologies.md");
    let expected = reference_markdown().unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/methodologies.md is not current: run `UPDATE_DOCS=1 cargo test --test it methodology` and commit"
    );
}

#[test]
fn an_own_file_may_start_from_any_that_is_here() {
    for method in embedded().unwrap() {
        let text = text_of(&method.id).replace(&format!("id = \"{}\"", method.id), "id = \"ours\"");
        let own = chosen(&text).methodology.into_owned();
        assert_eq!(own, Methodology { id: "ours".into(), ..method.clone() });
    }
}

#[test]
fn data_about_people_is_found_and_its_absence_believed() {
    use threadmodel::analyst::builtin::Builtin;
    use threadmodel::analyst::{DocumentText, DraftInput};
    let data = |text: &str| {
        let documents =
            vec![DocumentText { path: "a.md".into(), text: format!("# A\n\n## Design\n\n{text}\n"), before: None }];
        let model = Builtin::new().unwrap().draft(&DraftInput {
            documents,
            description: String::new(),
            questions: vec![],
            facts: vec![],
            methodology: "linddun".into(),
            nonce: 0,
            decisions: Vec::new(),
            context: Vec::new(),
        });
        model.data.into_iter().map(|d| (d.name, d.class, d.handling)).collect::<Vec<_>>()
    };
    let found =
        data("The form stores the e-mail address. An email address is mailed on. The API token is sent to the worker.");
    assert_eq!(
        found,
        [
            ("e-mail address".to_owned(), DataClass::Personal, Handling::Stored),
            ("API token".to_owned(), DataClass::Secret, Handling::Sent),
        ]
    );
    assert_eq!(
        data("The cache holds compiled objects. No personal data is stored, and it never sees a phone number."),
        []
    );
    assert_eq!(data("It holds the customer's name and address.")[0].0, "customer's name");
}
