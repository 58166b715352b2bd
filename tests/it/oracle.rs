//! The safety oracle: was there a ground for every success?
//!
//! It reads the sandbox's log alone and knows BEHAVIOUR's approval rule alone; nothing of the product. What it holds the app to:
//!
//! * A check run whose conclusion lets a merge through (`success`; `neutral` and `skipped` do, too, and are never right) may be written only
//!   while its commit is the head of an open pull request whose base gives the check that name.
//! * Then each such pull request needs a ground. GitHub's reads lag, so facts count as of any moment between `lag` before the write and the
//!   write, chosen separately for the conversation (pull requests, reviews, comments), for people (teams, permissions), and for branches
//!   (CODEOWNERS, policy), because they are read from surfaces that lag separately. A ground that existed at no combination of moments within
//!   that window was never there for anyone to see. With `lag` 0 the facts are those at the write, exactly.
//! * A pull request that the app might have missed, because it had this head and name only during a part of the window, may lack a ground, as
//!   long as another one has it.
//! * [`standing`] asks for more where nothing lags any more: a success that still stands needs a ground now.
//!
//! Bounds of what plain code can tell: a rewording of the draft is seen when a part is posted anew or a suggestion changes; a trivial change
//! is one that keeps all words. In both the oracle is on the app's side.

pub(crate) mod approval;
pub(crate) mod draft;
pub(crate) mod facts;
pub(crate) mod flaws;
mod overrides;
mod reading;
mod right_gates;
pub(crate) mod script;
mod suggestions;
mod trivial;
mod wrong_gates;

use std::collections::VecDeque;
use std::sync::Arc;

use threadmodel::sandbox::log::{LogEntry, LogEvent};

use approval::Scene;
use facts::{Facts, Objects, PullKey, Replay};
use flaws::Flaw;

/// Why a check may be green.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// No changed file is a design document.
    NoDesignDocuments,
    /// The documents say the same, or may change freely.
    TrivialByRule,
    /// The policy only advises.
    AdviseMode,
    /// A valid override.
    Overridden,
    /// The approval rule holds.
    Approved,
}

/// A success without a ground.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    /// The log's entry that wrote it.
    #[expect(dead_code, reason = "shown by a failing test")]
    pub(crate) seq: u64,
    /// What was green, and what for.
    #[expect(dead_code, reason = "shown by a failing test")]
    pub(crate) what: String,
}

/// Judges every success in a log of the app whose bot has this login.
pub(crate) fn judge(log: &[LogEntry], app: &str, lag_ms: i64) -> Vec<Violation> {
    let mut replay = Replay::new(app);
    // (true until, facts): those that ended within the window.
    let mut past: VecDeque<(i64, Facts)> = VecDeque::new();
    let mut violations = Vec::new();
    let mut last_at = i64::MIN;
    for entry in log {
        if let Some(fault) = green(entry, &replay, &past, lag_ms) {
            violations.push(Violation { seq: entry.seq, what: fault });
        }
        if lag_ms > 0 && entry.at > last_at {
            past.push_back((entry.at, replay.now.clone()));
            while past.front().is_some_and(|(until, _)| *until < entry.at - lag_ms) {
                past.pop_front();
            }
        }
        last_at = entry.at;
        replay.play(entry);
    }
    violations
}

/// What is wrong with this entry, if it is a success without a ground.
fn green(entry: &LogEntry, replay: &Replay, past: &VecDeque<(i64, Facts)>, lag_ms: i64) -> Option<String> {
    let LogEvent::CheckRunWritten { repo, sha, name, conclusion: Some(conclusion), .. } = &entry.what else {
        return None;
    };
    if entry.actor.to_lowercase() != replay.app() || !matches!(conclusion.as_str(), "success" | "neutral" | "skipped") {
        return None;
    }
    let place = format!("{conclusion} for {name:?} on {repo}@{sha}");
    if conclusion != "success" {
        return Some(format!("{place}: never allowed"));
    }
    let moments: Vec<&Facts> = std::iter::once(&replay.now)
        .chain(past.iter().rev().filter(|(until, _)| *until >= entry.at - lag_ms).map(|(_, facts)| facts))
        .collect();
    let window = Window { moments, objects: &replay.objects, app: replay.app(), lag: lag_ms };
    let mut concerned: Vec<PullKey> = window
        .moments
        .iter()
        .flat_map(|facts| facts.conversation.pulls.keys())
        .filter(|(of, _)| of == repo)
        .cloned()
        .collect();
    concerned.sort();
    concerned.dedup();
    concerned.retain(|key| window.moments.iter().any(|facts| window.shows(facts, key, sha, name)));
    if concerned.is_empty() {
        return Some(format!("{place}: no open pull request has that head and that check"));
    }
    let grounded: Vec<bool> = concerned.iter().map(|key| window.has_ground(key, sha, name)).collect();
    let missing: Vec<u64> = concerned
        .iter()
        .zip(&grounded)
        .filter(|(key, has)| !**has && window.moments.iter().all(|facts| window.shows(facts, key, sha, name)))
        .map(|(key, _)| key.1)
        .collect();
    if missing.is_empty() && grounded.contains(&true) {
        return None;
    }
    Some(format!("{place}: no ground for #{missing:?} of {concerned:?}"))
}

/// The facts of all moments that a read before a write may have shown.
struct Window<'a> {
    moments: Vec<&'a Facts>,
    objects: &'a Objects,
    app: &'a str,
    lag: i64,
}

impl Window<'_> {
    fn scene<'a>(&'a self, facts: &'a Facts) -> Scene<'a> {
        Scene {
            objects: self.objects,
            conversation: &facts.conversation,
            people: &facts.people,
            code: &facts.code,
            app: self.app,
            lag: self.lag,
            flaw: None,
        }
    }

    fn shows(&self, facts: &Facts, key: &PullKey, sha: &str, name: &str) -> bool {
        facts
            .conversation
            .pulls
            .get(key)
            .is_some_and(|pull| pull.open && pull.head_sha == sha && self.scene(facts).check_name(&key.0, pull) == name)
    }

    /// Tries every combination of moments.
    fn has_ground(&self, key: &PullKey, sha: &str, name: &str) -> bool {
        fn distinct<'a, T>(moments: &[&'a Facts], part: impl Fn(&'a Facts) -> &'a Arc<T>) -> Vec<&'a Arc<T>> {
            let mut all: Vec<&Arc<T>> = Vec::new();
            for one in moments.iter().map(|facts| part(facts)) {
                if !all.iter().any(|known| Arc::ptr_eq(known, one)) {
                    all.push(one);
                }
            }
            all
        }
        let talk = distinct(&self.moments, |facts| &facts.conversation);
        let people = distinct(&self.moments, |facts| &facts.people);
        let code = distinct(&self.moments, |facts| &facts.code);
        talk.iter().any(|conversation| {
            code.iter().any(|code| {
                people.iter().any(|people| {
                    let scene = Scene { conversation, people, code, ..self.scene(self.moments[0]) };
                    let Some(pull) = conversation.pulls.get(key) else { return false };
                    let shown = pull.open && pull.head_sha == sha && scene.check_name(&key.0, pull) == name;
                    shown && scene.case(key).and_then(|case| case.ground()).is_some()
                })
            })
        })
    }
}

/// What holds now, seen by a gate with this flaw.
fn scene_now(replay: &Replay, lag: i64, flaw: Option<Flaw>) -> Scene<'_> {
    let facts = &replay.now;
    Scene {
        objects: &replay.objects,
        conversation: &facts.conversation,
        people: &facts.people,
        code: &facts.code,
        app: replay.app(),
        lag,
        flaw,
    }
}

/// The ground of a pull request now, seen by a gate with this flaw.
pub(crate) fn ground_now(replay: &Replay, key: &PullKey, flaw: Option<Flaw>) -> Option<Ground> {
    scene_now(replay, 0, flaw).case(key)?.ground()
}

/// Open pull requests of this repository with this head and check name, now.
pub(crate) fn concerned_now(replay: &Replay, repo: &str, sha: &str, name: &str) -> Vec<PullKey> {
    let window = Window { moments: Vec::new(), objects: &replay.objects, app: replay.app(), lag: 0 };
    replay
        .now
        .conversation
        .pulls
        .keys()
        .filter(|key| key.0 == repo && window.shows(&replay.now, key, sha, name))
        .cloned()
        .collect()
}

/// The name that the check of a pull request has now.
pub(crate) fn name_now(replay: &Replay, key: &PullKey) -> Option<String> {
    replay.now.conversation.pulls.get(key).map(|pull| scene_now(replay, 0, None).check_name(&key.0, pull))
}

/// Successes that stand at the end of the log for an open pull request without a ground: what is left when the app had time to look.
/// `lag_ms`: how old the facts were that it was shown on the way.
pub(crate) fn standing(log: &[LogEntry], app: &str, lag_ms: i64) -> Vec<String> {
    let mut replay = Replay::new(app);
    let mut runs = std::collections::BTreeMap::new();
    for entry in log {
        replay.play(entry);
        if let LogEvent::CheckRunWritten { repo, sha, name, conclusion, .. } = &entry.what
            && entry.actor.to_lowercase() == replay.app()
        {
            runs.insert((repo.clone(), sha.clone(), name.clone()), conclusion.clone());
        }
    }
    let pulls = replay.now.conversation.pulls.iter().filter(|(_, pull)| pull.open);
    pulls
        .filter_map(|(key, pull)| {
            let run = runs.get(&(key.0.clone(), pull.head_sha.clone(), name_now(&replay, key)?))?;
            let green = matches!(run.as_deref(), Some("success" | "neutral" | "skipped"));
            let grounded = scene_now(&replay, lag_ms, None).case(key).and_then(|case| case.ground()).is_some();
            (green && !grounded).then(|| format!("{}#{} is green without a ground", key.0, key.1))
        })
        .collect()
}
