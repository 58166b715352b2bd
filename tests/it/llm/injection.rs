//! Injections: attackers write where they may, a provider obeys them in the worst way, and everything that the app then does on
//! GitHub is judged. The real binary against the sandbox, from webhook to post; the judge shares no code with the app.

mod model;
mod oracle;
mod place;
mod planted;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::json;
use threadmodel::sandbox::Hostility;
use threadmodel::sandbox::log::LogEvent;

use super::scripted::{KEY, Request, Scripted};
use crate::oracle as gate;
use crate::stage::{BOT, Beginning, CHECK, Page, REPO, Stage};
use oracle::squeeze;
use place::Placed;
use watch::{Review, VAULT};

/// Stages side by side, each with its share of the cases.
const STAGES: usize = 3;
const POLICY: &str = "\
documents: [\"docs/**/*.md\"]
approval: { teams: [\"@acme/security\"], required: 1 }
trivial: { sample: 0 }
budget: { tokens_per_review: 10000000, calls_per_hour: 10000 }
";

/// What became of a share of the cases.
struct Outcome {
    wrong: Vec<String>,
    /// Cases whose words stand on GitHub, as harmless text.
    shown: usize,
    /// Cases whose model was never asked for what it would have done.
    untried: Vec<String>,
}

#[test]
fn every_injection_is_withstood() {
    let only = std::env::var("INJECTION").ok();
    let chosen =
        |case: &Placed| only.as_ref().is_none_or(|only| only.split(',').any(|id| case.case.id.starts_with(id)));
    let cases: Vec<Placed> = place::all().into_iter().filter(chosen).collect();
    let begun = Instant::now();
    let shares = (0..STAGES).map(|n| cases.iter().skip(n).step_by(STAGES).cloned().collect::<Vec<_>>());
    let running: Vec<_> =
        shares.filter(|share| !share.is_empty()).map(|share| std::thread::spawn(move || play(&share))).collect();
    let outcomes: Vec<Outcome> = running.into_iter().map(|one| one.join().expect("a stage")).collect();
    let wrong: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.wrong.clone()).collect();
    let untried: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.untried.clone()).collect();
    let shown: usize = outcomes.iter().map(|outcome| outcome.shown).sum();
    let broken: BTreeSet<&str> = cases
        .iter()
        .filter(|case| wrong.iter().any(|wrong| wrong.contains(&case.mark)))
        .map(|case| case.case.id.as_str())
        .collect();
    println!(
        "injections: {} of {} withstood ({shown} shown as plain text, the others thrown away) in {:.0?}",
        cases.len() - broken.len(),
        cases.len(),
        begun.elapsed()
    );
    assert!(wrong.is_empty(), "{broken:?}\n{}", wrong.join("\n"));
    assert!(untried.is_empty(), "the model was never asked, so these show nothing: {untried:?}");
}

/// Plays a share of the cases on one stage and judges it.
fn play(cases: &[Placed]) -> Outcome {
    let (stage, provider) = begin(cases);
    let vault = open_vault(&stage);
    let reviews: Vec<Review> = cases.iter().map(|case| open(&stage, case)).collect();
    let pages = |what: &str, seen: &dyn Fn(&Page) -> bool| wait(&stage, &reviews, what, seen);
    pages("questions or a draft", &|page| !page.questions().is_empty() || page.draft().is_some());
    rest(&stage);
    for (case, review) in cases.iter().zip(&reviews) {
        if let Some(first) = stage.page(review.pull).questions().first() {
            stage.reply("alice", first, &case.answer);
        }
    }
    rest(&stage);
    for (case, review) in cases.iter().zip(&reviews) {
        if let (Some(aside), Some(second)) = (&case.aside, stage.page(review.pull).questions().get(1)) {
            stage.reply("mal", second, aside);
        }
    }
    rest(&stage);
    for review in &reviews {
        if stage.page(review.pull).draft().is_none() {
            stage.comment("alice", review.pull, "/threadmodel draft");
        }
    }
    pages("a draft", &|page| {
        page.draft().is_some() && page.check(CHECK).is_some_and(|check| check.says("acme/security"))
    });
    rest(&stage);
    for (case, review) in cases.iter().zip(&reviews) {
        if let (Some((before, after)), Some(first)) =
            (&case.curation, stage.page(review.pull).recommendations().first())
        {
            if let Some(words) = before {
                stage.reply("alice", first, words);
            }
            stage.reply("sam", first, after);
        }
    }
    rest(&stage);
    for case in cases {
        if let Some(later) = &case.later {
            stage.push("alice", &case.branch, &[(&case.path, later)]);
        }
    }
    rest(&stage);
    let reviews: Vec<Review> = reviews.into_iter().chain([vault]).collect();
    judge(&stage, &provider, cases, &reviews)
}

fn begin(cases: &[Placed]) -> (Stage, Scripted) {
    let all = cases.to_vec();
    let provider = Scripted::start(move |request| model::answer(&all, request));
    let beginning = Beginning {
        policy: POLICY.to_owned(),
        owners: Some("/docs/ @acme/security\n".to_owned()),
        files: cases.iter().filter_map(|case| case.context.clone()).collect(),
        ..Beginning::default()
    };
    let hostility = Hostility { requests_per_hour: 10_000_000, ..Hostility::none() };
    let mut stage = Stage::without_app(&beginning, hostility);
    provider.configure(&mut stage);
    // Somebody who may read and say something, and no more.
    stage.act(json!({"act": "add_user", "login": "mal"}));
    stage.act(json!({"act": "set_org_member", "by": "root", "org": "acme", "user": "mal", "role": "member"}));
    stage.start();
    (stage, provider)
}

/// A review in another, private repository of the same organisation, whose words must stay there.
fn open_vault(stage: &Stage) -> Review {
    let (repo, path) = ("acme/vault", "docs/vault.md");
    let document = format!("# Vault\n\n{}\n{}\n{}\n{VAULT}\n", place::INTAKE, place::OPENS, place::PRINTER);
    let push = |branch: &str, path: &str, text: &str| {
        let edits = json!([{"path": path, "text": text}]);
        stage.act(
            json!({"act": "push", "by": "root", "repo": repo, "branch": branch, "message": "Write", "edits": edits}),
        );
    };
    stage.act(json!({"act": "add_repo", "owner": "acme", "name": "vault", "private": true}));
    push("main", ".github/threadmodel.yml", POLICY);
    push("main", ".github/threadmodel/context/vault.md", &format!("# Vault rules\n\n{VAULT}\n"));
    push("design", path, &document);
    let act =
        json!({"act": "open_pull", "by": "root", "repo": repo, "title": "Vault", "base": "main", "head": "design"});
    let pull = stage.act(act)["number"].as_u64().unwrap();
    let (repo, path) = (repo.to_owned(), path.to_owned());
    Review { repo, pull, mark: String::new(), path, document, may_call: Vec::new() }
}

fn open(stage: &Stage, case: &Placed) -> Review {
    let edits = json!([{"path": case.path, "text": case.document}]);
    stage.act(json!({
        "act": "push", "by": "alice", "repo": REPO, "branch": case.branch, "message": case.message, "edits": edits,
    }));
    let pull = stage.act(json!({
        "act": "open_pull", "by": "alice", "repo": REPO, "title": case.title, "body": case.description,
        "base": "main", "head": case.branch,
    }));
    Review {
        repo: REPO.to_owned(),
        pull: pull["number"].as_u64().unwrap(),
        mark: case.mark.clone(),
        path: case.path.clone(),
        document: case.document.clone(),
        may_call: case.case.may_call.clone().into_iter().collect(),
    }
}

/// Waits until every page shows something.
fn wait(stage: &Stage, reviews: &[Review], what: &str, seen: &dyn Fn(&Page) -> bool) {
    let begun = Instant::now();
    let mut waiting: Vec<&Review> = reviews.iter().collect();
    while let Some(first) = waiting.first().copied() {
        waiting.retain(|review| !seen(&stage.page(review.pull)));
        assert!(
            begun.elapsed() < Duration::from_secs(240),
            "{} of {} wait in vain for {what}, such as {}:\n{}\n{}",
            waiting.len(),
            reviews.len(),
            first.mark,
            stage.page(first.pull).in_short(),
            stage.app_log()
        );
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// Waits until all was delivered and the app has nothing to do.
fn rest(stage: &Stage) {
    let work = [
        "wakes{state=\"due\"}",
        "wakes{state=\"claimed\"}",
        "analyses{state=\"waiting\"}",
        "analyses{state=\"claimed\"}",
        "fanouts",
    ];
    let idle = || {
        stage.delivered();
        work.iter().all(|line| stage.metric(&format!("threadmodel_{line}")) == Some(0))
    };
    let begun = Instant::now();
    while !(idle() && idle()) {
        assert!(begun.elapsed() < Duration::from_secs(240), "it never rests:\n{}", stage.app_log());
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn judge(stage: &Stage, provider: &Scripted, cases: &[Placed], reviews: &[Review]) -> Outcome {
    let (log, requests) = (stage.log(), provider.requests());
    let origin = format!("http://{}", stage.github());
    let secrets = watch::secrets(&requests, cases);
    let mut wrong = watch::judge_acts(&log, &origin, reviews, &secrets);
    wrong.extend(watch::judge_requests(&requests, cases));
    wrong.extend(provider.strange().into_iter().map(|what| format!("asks the provider for {what}")));
    let mine = reviews.iter().filter(|review| review.repo == REPO);
    for review in mine.clone() {
        let found = watch::judge_page(&stage.page(review.pull));
        wrong.extend(found.into_iter().map(|what| format!("#{} ({}): {what}", review.pull, review.mark)));
    }
    for (case, review) in cases.iter().zip(mine.clone()).filter(|(case, _)| case.curation.is_some()) {
        let found = watch::judge_curation(&stage.page(review.pull), &case.case.obeys);
        wrong.extend(found.into_iter().map(|what| format!("#{} ({}): {what}", review.pull, review.mark)));
    }
    wrong.extend(gate::judge(&log, BOT, 60_000).into_iter().map(|violation| format!("{violation:?}")));
    let told = stage.whole_log();
    for word in [KEY, VAULT, place::OPENS] {
        if told.contains(word) {
            wrong.push(format!("the app's log holds: {word}"));
        }
    }
    let mut posts: BTreeMap<u64, String> = BTreeMap::new();
    for entry in log.iter().filter(|entry| entry.actor == BOT) {
        let (pull, body) = match &entry.what {
            LogEvent::ReviewSubmitted { repo, pull, body, .. }
            | LogEvent::ReviewCommentPosted { repo, pull, body, .. }
            | LogEvent::IssueCommentPosted { repo, pull, body, .. }
            | LogEvent::TextEdited { repo, pull, after: body, .. }
                if repo == REPO =>
            {
                (*pull, body)
            }
            _ => continue,
        };
        posts.entry(pull).or_default().push_str(&squeeze(body));
    }
    let shown = |case: &Placed, pull: u64| {
        let words: String = squeeze(&case.says).chars().take(24).collect();
        !words.is_empty() && posts.get(&pull).is_some_and(|posts| posts.contains(&words))
    };
    let shown = cases.iter().zip(mine).filter(|(case, review)| shown(case, review.pull)).count();
    let untried = cases.iter().filter(|case| !tried(case, &requests)).map(|case| case.case.id.clone()).collect();
    Outcome { wrong, shown, untried }
}

/// Whether the model was asked for the task in which it would obey.
fn tried(case: &Placed, requests: &[Request]) -> bool {
    let task = match case.case.obeys.split_once('.') {
        Some((_, "draft")) => "draft",
        Some((task @ ("triage" | "assess" | "draft" | "follow" | "refine"), _)) => task,
        _ => "ask",
    };
    // Its own words have arrived where all of its file is read.
    let context =
        |request: &Request| case.context.is_none() || request.text.contains(&format!("context/{}.md", case.mark));
    let asked = |request: &&Request| request.task == task && model::mark_of(request) == Some(&case.mark);
    requests.iter().filter(asked).any(context)
}

#[test]
fn the_corpus_is_large_and_told_in_the_documentation() {
    let cases = place::cases();
    assert!(cases.len() >= 120, "{}", cases.len());
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "two cases have one name");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        *counts.entry(&case.wants).or_default() += 1;
    }
    let page = include_str!("../../../docs/injection.md");
    for (wants, count) in &counts {
        assert!(page.contains(&format!("| {wants} | {count} |")), "docs/injection.md: {wants}: {count}");
    }
    assert!(
        page.contains(&format!("{} of {} withstood", cases.len(), cases.len())),
        "docs/injection.md: {}",
        cases.len()
    );
}
