//! What a telling came to: everything that people see and the record holds at the end, line by line, without ids and commits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use threadmodel::review::marker::{PostKey, PostKind};
use threadmodel::review::outcome;
use threadmodel::review::record::CommandOutcome;
use threadmodel::review::want;
use threadmodel::sandbox::log::LogEvent;
use threadmodel::sandbox::model::CheckRun;
use threadmodel::sandbox::world::World;
use threadmodel::time::Timestamp;

use super::{Telling, cast};
use crate::plug::snapshot::{Lags, snapshot};

static IDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[0-9a-f]{7,64}\b|(?:discussion_r|issuecomment-|pullrequestreview-)\d+").expect("a pattern")
});

/// Without ids and commits.
pub fn anonymous(text: &str) -> String {
    IDS.replace_all(text, "·").into_owned()
}

/// The newest run of the check on the head.
pub fn check(world: &World) -> Option<&CheckRun> {
    let head = &world.state().pulls.get(&cast::pull(world)?)?.head_sha;
    let run = world.state().runs.values().rfind(|run| run.sha == *head && run.name == "threadmodel: main");
    run.map(|run| &**run)
}

/// The app's posts as they stand: (key, text).
fn posts(telling: &Telling) -> Vec<(PostKey, String)> {
    let (state, pull) = (telling.world.state(), telling.pull());
    let reviews = state.reviews.values().filter(|r| r.pull == pull).map(|r| &r.body);
    let comments = state.comments.values().filter(|c| c.pull == pull).map(|c| &c.body);
    let mut all: Vec<(PostKey, String)> =
        reviews.chain(comments).filter_map(|body| Some((key(telling, body)?, shown(telling, body)))).collect();
    all.sort();
    all
}

fn key(telling: &Telling, body: &str) -> Option<PostKey> {
    let state = telling.world.state();
    telling.app.marker.read(state.pulls[&telling.pull()].repo, telling.pull(), body).1
}

fn shown(telling: &Telling, body: &str) -> String {
    let state = telling.world.state();
    telling.app.marker.read(state.pulls[&telling.pull()].repo, telling.pull(), body).0.to_owned()
}

/// Everything that must be the same whatever the order of the deliveries.
pub fn of(telling: &Telling) -> Vec<String> {
    let mut lines = telling.on_the_way.clone();
    let mut text = |what: &str, text: &str| {
        lines.extend(anonymous(text).lines().map(|line| format!("{what}: {line}")));
    };
    let run = check(&telling.world).expect("a check");
    text("conclusion", run.conclusion.as_deref().unwrap_or("none"));
    text("title", run.title.as_deref().unwrap_or_default());
    text("summary", run.summary.as_deref().unwrap_or_default());
    // A follow-up was posted or not, as people were quicker or slower than the app; everything else stands.
    for (key, body) in posts(telling).into_iter().filter(|(key, _)| key.kind != PostKind::FollowUp) {
        text(&key.to_string(), &body);
    }
    let pull = telling.world.state().pulls[&telling.pull()].clone();
    text("asked", &format!("{:?} {:?}", pull.requested_users, pull.requested_teams));
    record(telling, &mut text);
    lines
}

fn record(telling: &Telling, text: &mut impl FnMut(&str, &str)) {
    let (pull, world) = (telling.pull(), &telling.world);
    let record = telling.app.record(pull);
    let app = &telling.app;
    let lags = Lags { graphql: 0, checks: 0 };
    let seen = snapshot(world, app.app, app.installation, &app.marker, pull, lags, &[]).expect("seen");
    let wanted = want(&seen, &record, &app.settings, Timestamp(world.now()));
    text("verdict", &format!("{:?} {:?} {:?}", wanted.phase, wanted.verdict, wanted.reviewers));
    for round in &record.rounds {
        let questions: Vec<&str> = round.questions.iter().map(|q| q.text.as_str()).collect();
        text("round", &format!("{} {questions:?}", round.ordinal));
    }
    let revision = record.revision().expect("drafted");
    text("revision", &format!("{} curated {}", revision.number, revision.curated));
    for settled in &revision.questions {
        let open = if settled.open { "open" } else { "settled" };
        text("question", &format!("{} {open} {:?} by {:?}", settled.question.text, settled.noted, settled.by));
    }
    for r in &revision.model.recommendations {
        let ended = outcome::standing(revision, r.ordinal).map(|d| (&d.by, d.owner, &d.what));
        let dropped = revision.dropped.get(&r.ordinal);
        text("recommendation", &format!("R{} {:?} {} {ended:?} {dropped:?}", r.ordinal, r.severity, r.title));
    }
    for a in &revision.model.assumptions {
        text("assumption", &format!("A{} {}", a.ordinal, a.text));
    }
    let mut commands: Vec<_> = record.commands.values().collect();
    commands.sort_by_key(|c| c.ordinal);
    for command in commands {
        let outcome = match &command.outcome {
            CommandOutcome::Applied { .. } => "applied".to_owned(),
            other => format!("{other:?}"),
        };
        text("command", &format!("{} @{} {:?} {outcome}", command.ordinal, command.by, command.verb));
    }
}

/// Comments and reviews that tell people something: all that the app ever posted, by key, with its text when posted.
fn told(telling: &Telling) -> Vec<(PostKey, String)> {
    let ours = telling.world.log.iter().filter(|entry| entry.actor == cast::APP);
    let bodies = ours.filter_map(|entry| match &entry.what {
        LogEvent::ReviewSubmitted { body, .. }
        | LogEvent::ReviewCommentPosted { body, .. }
        | LogEvent::IssueCommentPosted { body, .. } => Some(body),
        _ => None,
    });
    bodies.filter_map(|body| Some((key(telling, body)?, shown(telling, body)))).collect()
}

/// Follow-ups in one thread, as the policy allows.
const FOLLOW_UPS: usize = 2;

/// Notifications in the whole story: two rounds, a draft, a reminder, a refusal, a thread of a person's recommendation, and
/// follow-ups.
const NOTIFICATIONS: usize = 14;

/// What was posted too often.
pub fn excesses(telling: &Telling) -> Vec<String> {
    let told = told(telling);
    let mut faults = Vec::new();
    let mut times: BTreeMap<PostKey, usize> = BTreeMap::new();
    told.iter().for_each(|(key, _)| *times.entry(*key).or_default() += 1);
    faults.extend(times.iter().filter(|(_, n)| **n > 1).map(|(key, n)| format!("{key} was posted {n} times")));
    let of = |kind: PostKind| told.iter().filter(move |(key, _)| key.kind == kind);
    let mut texts = BTreeSet::new();
    let twice = of(PostKind::Question).filter(|(_, text)| !texts.insert(text.lines().next().unwrap_or_default()));
    faults.extend(twice.map(|(key, text)| format!("{key} was asked before: {text}")));
    if of(PostKind::Reminder).count() > 1 {
        faults.push("more than one reminder".to_owned());
    }
    let mut by_thread: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    of(PostKind::FollowUp).for_each(|(key, _)| *by_thread.entry((key.round, key.ordinal)).or_default() += 1);
    faults
        .extend(by_thread.iter().filter(|(_, n)| **n > FOLLOW_UPS).map(|(id, n)| format!("{n} follow-ups in {id:?}")));
    // What comes with its review is one notification.
    let with_review = |key: &PostKey| match key.kind {
        PostKind::Question => true,
        PostKind::Recommendation => !telling.foreign().contains(&key.ordinal),
        _ => false,
    };
    let notifications = told.iter().filter(|(key, _)| !with_review(key)).count();
    if notifications > NOTIFICATIONS {
        faults.push(format!("{notifications} notifications"));
    }
    faults
}

impl Telling {
    /// Recommendations that stand in threads of people.
    fn foreign(&self) -> BTreeSet<u32> {
        let record = self.app.record(self.pull());
        record.revision().map(|r| r.foreign.keys().copied().collect()).unwrap_or_default()
    }
}

/// The story that was meant to be told was told.
pub fn is_the_story(lines: &[String]) {
    let has = |line: &str| assert!(lines.iter().any(|l| l.starts_with(line)), "missing: {line}\n{}", lines.join("\n"));
    for line in [
        "at 03:00 action_required 4 questions wait for an answer",
        "at 48:00 action_required 1 question waits for an answer",
        "at 66:00 success Approved by @sue",
        "at 68:00 action_required",
        "at 70:00 action_required",
        "at 72:00 success Approved by @sec",
        "conclusion: success",
        "title: Approved by @sec",
        "reminder.0.0.0",
        "question: When is an export deleted? settled \"when somebody asks\" by Some(\"ana\")",
        "question: Who can read the bucket? settled \"everybody in engineering\" by Some(\"cat\")",
        "recommendation: R2 High Give the bucket to the worker alone",
        "recommendation: R3 Medium",
        "revision: 1 curated true",
    ] {
        has(line);
    }
}
