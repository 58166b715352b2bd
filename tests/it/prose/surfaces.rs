//! Every surface as people see it, and what may stand on none of them.

use std::collections::{BTreeMap, BTreeSet};

use threadmodel::digest::Canonical;
use threadmodel::prose::check::{
    self, ChangedSince, CheckDetails, DraftState, PolicyTrouble, Quiet, Trouble, WaitingQuestion, WayThrough,
};
use threadmodel::prose::command::{self, Others, Understood};
use threadmodel::prose::follow_up::{self, ThreadLines};
use threadmodel::prose::notice::{self, Pasted};
use threadmodel::prose::recommendation::{self, Dropped, Outcome, Seen, Shown};
use threadmodel::prose::round::{self, Beside, LeftOpen, QuestionMark, Round, RoundQuestion};
use threadmodel::prose::{CommentRef, RepoLink, SafeMarkdown, draft, reminder};
use threadmodel::review::commands::{Refusal, Verb};
use threadmodel::review::curation::{Asked, Change, Note, Part};
use threadmodel::review::pasted::Kind;
use threadmodel::review::snapshot::CodeownersError;
use threadmodel::review::spent::StoodIn;
use threadmodel::review::verdict::{DocumentNeeds, Ground, OwnersOf, Reason, TrivialRule, Verdict, Why};
use threadmodel::review::wanted::Phase;
use threadmodel::text::Untrusted;
use threadmodel::threat_model::{Choice, How, Reading, Severity, Suggestion, Wording};
use threadmodel::time::Timestamp;

use super::example::*;

/// Shows several texts in one snapshot and holds each to the rules of the tone.
pub(super) fn show<'a>(texts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let texts: Vec<_> = texts.into_iter().collect();
    for (name, text) in &texts {
        lint(name, text);
    }
    texts.iter().map(|(name, text)| format!("════ {name}\n{}\n", text.replace('\u{2060}', "·"))).collect()
}

fn lint(name: &str, text: &str) {
    let emoji = |c: char| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}') && !matches!(c, '✓' | '✎');
    assert!(!text.chars().any(emoji), "{name}: an emoji in {text}");
    let words = text.replace("<!--", "");
    assert!(!words.contains('!'), "{name}: an exclamation mark in {text}");
    let lower = text.to_lowercase();
    for word in [
        "hello",
        "hi ",
        "hey",
        "thanks",
        "thank you",
        "great ",
        "awesome",
        "please note",
        "kindly",
        "sorry",
        "oops",
        "unfortunately",
    ] {
        let starts = lower.starts_with(word) || lower.contains(&format!(" {word}"));
        assert!(!starts, "{name}: “{word}” in {text}");
    }
    for word in [
        "spoofing",
        "repudiation",
        "threat actor",
        "attack surface",
        "least privilege",
        "exfiltrat",
        "adversar",
        "vulnerabilit",
    ] {
        assert!(!lower.contains(word), "{name}: jargon “{word}” in {text}");
    }
}

fn md(text: SafeMarkdown) -> String {
    text.as_str().to_owned()
}

#[test]
fn a_round_and_its_questions() {
    let (one, two) = (link_question(), retention_question());
    let asked = |question, ordinal, on_line| RoundQuestion {
        question,
        ordinal,
        on_line,
        mark: QuestionMark::Waiting,
        beside: Beside::default(),
    };
    let round = Round {
        ordinal: 1,
        questions: vec![asked(&one, 1, true), asked(&two, 2, false)],
        public: true,
        asked_by: None,
    };
    let all_on_lines =
        Round { ordinal: 2, questions: vec![asked(&one, 1, true)], public: false, asked_by: Some("sec-lead") };
    let open = |because, assumption| QuestionMark::LeftOpen { because, assumption };
    let marks = [
        QuestionMark::Waiting,
        QuestionMark::Noted {
            by: "ana".into(),
            understood: "anyone with the link, 7 days, because the mail system needs it".into(),
        },
        QuestionMark::NotApplicable { by: "ana".into() },
        open(LeftOpen::Deferred { by: "ana".into(), to: Some("carol".into()) }, None),
        open(LeftOpen::Deferred { by: "ana".into(), to: None }, Some(2)),
        open(LeftOpen::Resolved { by: Some("ana".into()) }, Some(2)),
        open(LeftOpen::Resolved { by: None }, None),
        open(LeftOpen::Waived { by: "sec-lead".into() }, None),
        open(LeftOpen::AskedEnough, Some(1)),
        open(LeftOpen::DraftedFirst, Some(1)),
        open(LeftOpen::Private { by: "ana".into() }, None),
    ];
    let texts = [
        ("round, public, one in the body", md(round::body(&context(), &round))),
        ("second round", md(round::body(&context(), &all_on_lines))),
    ];
    let beside = Beside { unconfirmed: Some("zed"), moved_on: true };
    let beside = ("question, beside", md(round::question(&one, &QuestionMark::Waiting, beside)));
    let marks = marks.iter().map(|mark| ("question", md(round::question(&one, mark, Beside::default()))));
    let advise = ("advise", md(round::without_threads(&context(), &all_on_lines)));
    insta::assert_snapshot!(show(texts.into_iter().chain(marks).chain([beside, advise])));
}

#[test]
fn follow_ups() {
    let suggestion = Suggestion {
        path: DOCUMENT.into(),
        start_line: 57,
        end_line: 57,
        replacement: "Exports and their links expire after 7 days.".into(),
    };
    let contradiction = Reading::Contradicts {
        document: anchor(57, "Exports are deleted after 24 hours."),
        reply: ana("anyone with the link, 7 days"),
        suggestion: Some(suggestion),
    };
    let at = |line| Some(ThreadLines { path: DOCUMENT, start: line, end: line });
    let reply = |reading: &Reading, thread| {
        let choices = ["nobody", "somebody"];
        let choices = choices.map(|text| Choice { text: text.to_owned(), branch: text.to_owned() });
        md(follow_up::reply(&context(), reading, thread, &choices, &["@acme/security".to_owned()]).unwrap())
    };
    insta::assert_snapshot!(show([
        ("partly", reply(&Reading::Partly { follow_up: "You wrote “a while”: is that hours or days?".into() }, at(42))),
        ("contradiction on its line", reply(&contradiction, at(57))),
        ("contradiction elsewhere", reply(&contradiction, at(42))),
        (
            "people disagree",
            reply(
                &Reading::PeopleDisagree {
                    one: ana("support can open an export"),
                    other: ben("nobody in support can")
                },
                None
            )
        ),
        (
            "people disagree by letters",
            reply(&Reading::PeopleDisagree { one: ana("a"), other: ben("b, since May") }, None)
        ),
        (
            "asked back",
            reply(
                &Reading::CounterQuestion {
                    explanation: "A link that works for days is open to whoever gets the mail.".into()
                },
                None
            )
        ),
        ("asked elsewhere", reply(&Reading::Deferred { to: Some("acme/payments".into()) }, None)),
        ("not here", reply(&Reading::Private, None)),
    ]));
    for quiet in [Reading::Answered, Reading::NotApplicable, Reading::Deferred { to: None }, Reading::NotAnAnswer] {
        assert_eq!(follow_up::reply(&context(), &quiet, None, &[], &[]), None);
    }
}

#[test]
fn a_draft() {
    let model = model();
    let dropped = Outcome::Dropped(Dropped { by: Some("sec-lead"), reason: "we never log reads" });
    let outcomes = BTreeMap::from([(2, dropped)]);
    let draft = |curated, stories, advises| draft::Draft {
        model: &model,
        reviewers: vec!["@acme/security".into()],
        curated,
        outcomes: outcomes.clone(),
        notes: BTreeMap::new(),
        threaded: BTreeSet::from([1, 2, 3, 4, 5]),
        asked: 4,
        answered: 4,
        stories,
        advises,
    };
    let nothing = threadmodel::threat_model::ThreatModel {
        summary: String::new(),
        threats: vec![],
        recommendations: vec![],
        ..model.clone()
    };
    let none = draft::Draft { model: &nothing, ..draft(false, true, false) };
    insta::assert_snapshot!(show([
        ("draft", md(draft::body(&context(), &draft(false, true, false)))),
        ("curated, summary", md(draft::body(&context(), &draft(true, false, false)))),
        ("no relevance", md(draft::body(&context(), &none))),
    ]));
    assert!(draft::body(&context(), &draft(false, true, true)).as_str().starts_with("## Draft threat model — advice"));
}

#[test]
fn a_recommendation() {
    let (r, threat) = (recommendation(1, "Tie the link to the signed-in customer"), threat());
    let thread = Some(ThreadLines { path: DOCUMENT, start: 42, end: 42 });
    let note =
        |change| Note { node: "C".into(), by: "sec-lead".into(), at: TWO_PAST_TWO, change, asked: Asked::Command };
    let notes = [
        note(Change::Lowered { to: Severity::Medium }),
        note(Change::Edited { part: Part::Alternative, before: "we never do one-time links".into() }),
        note(Change::Took { other: 4 }),
    ];
    let words = |change| Note {
        asked: Asked::Words { quotation: "should be @bound to the session".into(), remember: None },
        ..note(change)
    };
    let before = Box::new(Wording {
        title: "Tie the link".into(),
        change: "Ask people to <b>sign in</b>.".into(),
        alternative: "Short links.".into(),
        trade_off: "They still work once.".into(),
    });
    let reworded = [
        words(Change::Rewritten { before }),
        words(Change::Raised { to: Severity::High }),
        words(Change::SplitOff { other: 7 }),
        Note { asked: Asked::AsTyped, ..note(Change::Edited { part: Part::Change, before: String::new() }) },
    ];
    let sentence = anchor(43, "People sign in before they download.");
    let seen = Some(Seen { how: How::Partly, sentence: &sentence });
    let told = |outcome, threat, thread, notes, seen| {
        let shown =
            Shown { recommendation: &r, threat, outcome, notes, seen, lines_changed: !notes.is_empty(), thread };
        md(recommendation::recommendation(&context(), &shown))
    };
    let shown = |outcome, threat, thread| told(outcome, threat, thread, &[], None);
    let accepted = |over| Outcome::RiskAccepted {
        by: "sec-lead",
        reason: "one customer only",
        until: Timestamp::end_of_day("2027-03-31"),
        over,
    };
    insta::assert_snapshot!(show([
        ("proposed", shown(Outcome::Proposed, Some(&threat), thread)),
        ("kept, suggestions off, summary", shown(Outcome::Kept, None, None)),
        ("curated, a push since", told(Outcome::Kept, None, None, &notes, seen)),
        ("curated in plain words", told(Outcome::Proposed, None, None, &reworded, None)),
        ("merged", shown(Outcome::WentInto { other: 1 }, None, None)),
        ("answered", shown(Outcome::Answered { noted: "links work for ten minutes" }, None, None)),
        (
            "declined by the author",
            shown(Outcome::Declined { by: "ana", reason: "no time", counts: false }, None, None)
        ),
        ("risk accepted", shown(accepted(false), None, None)),
        ("risk accepted, over", shown(accepted(true), None, None)),
        ("deferred", shown(Outcome::Deferred { by: "sec-lead", issue: "acme/shop#12" }, None, None)),
        ("deferred elsewhere", shown(Outcome::Deferred { by: "sec-lead", issue: "acme/ops#7" }, None, None)),
        (
            "dropped",
            shown(
                Outcome::Dropped(Dropped { by: Some("sec-lead"), reason: "we never do one-time links" }),
                Some(&threat),
                thread
            )
        ),
        (
            "adopted",
            shown(
                Outcome::Adopted { sha: "3f2c1d90a1b2c3d4e5f60718293a4b5c6d7e8f90", line: Some(42) },
                Some(&threat),
                thread
            )
        ),
    ]));
}

fn closed(reasons: Vec<Reason>) -> Verdict {
    Verdict::Closed { reasons }
}

fn open(ground: Ground) -> Verdict {
    Verdict::Open { ground }
}

fn both(phase: Phase, verdict: &Verdict, details: &CheckDetails<'_>) -> String {
    let title = check::title(&context(), phase, verdict, details);
    assert!(title.chars().count() <= 121 && !title.contains('\n'), "{title}");
    format!("[{title}]\n\n{}", check::summary(&context(), phase, verdict, details).as_str())
}

#[test]
fn the_check_in_every_phase() {
    let waiting = closed(vec![Reason::NoDraft]);
    let none = CheckDetails::default();
    let quiet = |quiet| CheckDetails { quiet: Some(quiet), ..CheckDetails::default() };
    let policy = PolicyTrouble {
        path: ".github/threadmodel.yml",
        line: Some(9),
        column: Some(3),
        message: "`metodology` is not a setting. Did you mean `methodology`?",
        branch: "main",
    };
    let question = |text, asked_again| WaitingQuestion {
        text,
        document: DOCUMENT,
        link: Some(RepoLink::comment(&context().repository, 12, CommentRef::Thread(501))),
        asked_again,
        unconfirmed: asked_again.then_some("zed"),
    };
    let trouble = Trouble {
        what: "the model provider has not answered for 40 minutes (rate limited)",
        next: Some(Timestamp(TWO_PAST_TWO.0 + 7_200_000)),
    };
    let questioning = CheckDetails {
        questions: vec![
            question("How long does a signed link work?", false),
            question("Who can open [an export](http://x.example)?", true),
        ],
        draft_at: Some(Timestamp(TWO_PAST_TWO.0 + 2 * 86_400_000)),
        unresolved: 2,
        ..CheckDetails::default()
    };
    let nod =
        CheckDetails { approvals: vec![DocumentNeeds { not_counted: vec![], ..needs() }], ..CheckDetails::default() };
    insta::assert_snapshot!(show([
        ("out of scope", both(Phase::OutOfScope, &open(Ground::NoDesignDocuments), &none)),
        (
            "trivial",
            both(Phase::Trivial, &open(Ground::TrivialByRule { rule: TrivialRule::ContentEqual, nod: vec![] }), &none)
        ),
        (
            "trivial paths, nod",
            both(
                Phase::Trivial,
                &open(Ground::TrivialByRule { rule: TrivialRule::Paths, nod: vec!["sec-lead".into()] }),
                &none
            )
        ),
        ("nod wanted", both(Phase::Trivial, &closed(vec![Reason::Approvals(needs())]), &nod)),
        ("draft pull request", both(Phase::NotStarted, &waiting, &quiet(Quiet::DraftPullRequest))),
        ("older than the app", both(Phase::NotStarted, &waiting, &quiet(Quiet::OpenedBeforeInstallation))),
        ("outsider", both(Phase::NotStarted, &waiting, &quiet(Quiet::Outsider { login: Some("newcomer") }))),
        ("paused", both(Phase::Paused, &waiting, &CheckDetails { paused_by: Some("ana"), ..CheckDetails::default() })),
        (
            "policy broken",
            both(
                Phase::PolicyBroken,
                &closed(vec![]),
                &CheckDetails { policy: Some(policy), ..CheckDetails::default() }
            )
        ),
        (
            "reading",
            both(Phase::Reading, &waiting, &CheckDetails { documents: vec![DOCUMENT], ..CheckDetails::default() })
        ),
        ("questioning", both(Phase::Questioning, &waiting, &questioning)),
        ("drafting", both(Phase::Drafting, &waiting, &none)),
        (
            "drafting is slow",
            both(Phase::Drafting, &waiting, &CheckDetails { trouble: Some(trouble), ..CheckDetails::default() })
        ),
        (
            "failed",
            both(
                Phase::Failed,
                &waiting,
                &CheckDetails {
                    trouble: Some(Trouble { what: "GitHub refused the review three times", next: None }),
                    ..CheckDetails::default()
                }
            )
        ),
        ("closed", both(Phase::Closed, &waiting, &none)),
    ]));
}

#[test]
fn the_check_in_curation() {
    let digest = Canonical::new("test", 1).finish();
    let whys = [
        ("a", Why::BeforeRetarget),
        ("b", Why::DocumentChanged { paths: vec![DOCUMENT.into()] }),
        ("c", Why::CommitUnknown),
        ("d", Why::CommitAuthor { sha: "3f2c1d90a1b2c3d4e5f60718293a4b5c6d7e8f90".into() }),
        ("e", Why::NotOwner),
        ("f", Why::NoWriteAccess),
        ("g", Why::Bot),
        ("h", Why::CannotTell { what: "GitHub did not list the team's members".into() }),
    ];
    let many = DocumentNeeds {
        path: "rfcs/0001.md".into(),
        owners: OwnersOf::Fallback { teams: vec!["@acme/security".into()], because: "no rule matches".into() },
        required: 2,
        counted: vec!["sec-lead".into()],
        not_counted: whys.into_iter().map(|(who, why)| (who.to_owned(), why)).collect(),
    };
    let nobody = DocumentNeeds {
        owners: OwnersOf::Nobody { because: "line 7 names @acme/gone, which GitHub does not know".into() },
        not_counted: vec![],
        ..needs()
    };
    let stood = |task: &str, why: &str| StoodIn { task: task.to_owned(), why: why.to_owned() };
    let stood_in = [
        stood("ask", "the provider limits our requests"),
        stood("assess", "the provider limits our requests"),
        stood("draft", "the tokens that the policy allows for this review are spent"),
    ];
    let details = |approvals| CheckDetails {
        approvals,
        draft: Some(DraftState {
            revision: 2,
            link: None,
            kept: 2,
            dropped: 1,
            adopted: 1,
            declined: 1,
            accepted: 0,
            accepted_until: None,
            deferred: 0,
            assumptions: vec![1, 2],
        }),
        way_through: Some(WayThrough { digest: &digest, teams: vec!["@acme/security".into()] }),
        spent: Some((41_200, 400_000)),
        stood_in: &stood_in,
        ..CheckDetails::default()
    };
    let approvals = |needs: &DocumentNeeds| closed(vec![Reason::Approvals(needs.clone())]);
    let everything = vec![
        Reason::DraftNotSettled,
        Reason::Altered { post: "the draft".into(), editor: Some("mallory".into()) },
        Reason::Objection { by: "sec-lead".into(), at: TWO_PAST_TWO, dismissed_by: Some("ana".into()) },
        Reason::Objection { by: "dev-sec".into(), at: Timestamp(TWO_PAST_TWO.0 - 2 * 86_400_000), dismissed_by: None },
        Reason::CannotTell { what: "the pull request has more than 250 commits: squash it, or split it".into() },
        Reason::MustFix { ordinal: 2 },
        Reason::Sibling { number: 14 },
    ];
    let approved = DocumentNeeds { counted: vec!["sec-lead".into()], not_counted: vec![], ..needs() };
    let more = CheckDetails {
        unresolved: 1,
        only_owner_is_author: true,
        skipped_lines: vec![CodeownersError { line: 3, kind: "Unknown owner".into(), source: "*.md @gone".into() }],
        changed_since: Some(ChangedSince { by: "sec-lead", diff: "-Exports are deleted after 24 hours.\n+```\n+@ana" }),
        ..details(vec![nobody.clone()])
    };
    let by = |reason: &str| Ground::Overridden { by: "sec-lead".into(), reason: Untrusted::new(reason) };
    insta::assert_snapshot!(show([
        ("one approval missing", both(Phase::Curation, &approvals(&needs()), &details(vec![needs()]))),
        (
            "two documents, every why",
            both(
                Phase::Curation,
                &closed(vec![Reason::Approvals(needs()), Reason::Approvals(many.clone())]),
                &details(vec![needs(), many])
            )
        ),
        ("nobody can approve", both(Phase::Curation, &approvals(&nobody), &more)),
        ("every other reason", both(Phase::Curation, &closed(everything), &details(vec![approved.clone()]))),
        (
            "approved",
            both(Phase::Approved, &open(Ground::Approved { by: vec!["sec-lead".into()] }), &details(vec![approved]))
        ),
        ("overridden", both(Phase::Overridden, &open(by("incident 4711 @everyone\n# x")), &details(vec![needs()]))),
        (
            "advise, closed",
            both(Phase::Curation, &open(Ground::AdviseMode { would_be_open: false }), &details(vec![needs()]))
        ),
        ("advise, open", both(Phase::Approved, &open(Ground::AdviseMode { would_be_open: true }), &details(vec![]))),
    ]));
}

#[test]
fn commands_reminder_and_notice() {
    let (owners, people) = (["@acme/security".to_owned()], ["sec-lead".to_owned(), "dev-sec".to_owned()]);
    let others = Others { owners: &owners, people: &people };
    let drop = Verb::Drop { target: Some(1), reason: "no".into() };
    let over = Verb::Override { digest: "3fa91c07".into(), reason: "incident 4711".into() };
    let accept = Verb::AcceptRisk { target: Some(1), reason: "small".into(), until: Some(TWO_PAST_TWO) };
    let wild = Verb::Unknown { verb: "merge@all`x`".into() };
    let no = |verb: &Verb, why: Refusal| ("refusal", md(command::refusal(verb, &why, &others)));
    let refusals = [
        no(&drop, Refusal::OwnersOnly),
        no(&Verb::Pause, Refusal::WriteOnly),
        no(&Verb::Draft, Refusal::AuthorOrOwner),
        no(&over, Refusal::OverrideTeamsOnly { teams: vec!["@acme/security".into()] }),
        no(&over, Refusal::OverrideNobody),
        no(&over, Refusal::OverrideOwnWork),
        no(&over, Refusal::StaleDigest { typed: "3fa91c07".into(), current: "8be01c44".into() }),
        no(&over, Refusal::ReasonMissing),
        no(&drop, Refusal::ReasonMissing),
        no(&Verb::Waive, Refusal::QuestionThreadOnly),
        no(&drop, Refusal::RecommendationThreadOnly),
        no(&Verb::Settle, Refusal::NoDraft),
        no(&Verb::Settle, Refusal::CannotTell),
        no(&Verb::NotYet { verb: "challenge".into() }, Refusal::NotYet),
        no(&drop, Refusal::NotThere),
        no(&Verb::Split { target: Some(1), into: vec![], parts: vec![] }, Refusal::Usage),
        no(&Verb::Raise { target: Some(1) }, Refusal::NoFurther),
        no(&Verb::Challenge { assumption: Some(9) }, Refusal::NoAssumption),
        no(&accept, Refusal::DayOver),
        no(&Verb::Defer { target: Some(1), issue: "#99".into() }, Refusal::IssueNotFound),
        no(&wild, Refusal::Unknown),
    ];
    let model = model();
    let link = RepoLink::comment(&context().repository, 12, CommentRef::Thread(501));
    let waiting = [("How long does a signed link work?", Some(link.clone()))];
    let said: Vec<_> = model.facts.iter().map(|fact| (fact, model.facts.first())).collect();
    let understood = Understood { said: &said, found: &model.facts, assumptions: &model.assumptions };
    let rest = [
        ("help", md(command::help())),
        ("facts", md(command::facts(&context(), &understood))),
        ("no facts", md(command::facts(&context(), &Understood::default()))),
        ("reminder", md(reminder::reminder(&context(), "ana", &waiting, Some(Timestamp(TWO_PAST_TWO.0 + 86_400_000))))),
        (
            "secret in a document",
            md(notice::secret(&context(), &Pasted::Document { path: DOCUMENT, line: 31 }, Kind::AccessKey)),
        ),
        (
            "secret in a comment",
            md(notice::secret(&context(), &Pasted::Comment { login: "ana", link: Some(link) }, Kind::Password)),
        ),
    ];
    insta::assert_snapshot!(show(refusals.into_iter().chain(rest)));
}
