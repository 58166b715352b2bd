//! A stand-in for the app: it posts a fixed draft, puts it back when people change it, and shows on the check what a gate with at most one
//! flaw says. Without a flaw it must pass; with one, the histories must find it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use threadmodel::sandbox::model::{Id, PullState};
use threadmodel::sandbox::world::World;

use super::App;
use crate::oracle::draft::draft as posted;
use crate::oracle::facts::{PullKey, Replay};
use crate::oracle::flaws::Flaw;
use crate::oracle::script::{APP, check, draft, offer};
use crate::oracle::{concerned_now, ground_now, name_now};

/// The stand-in. `flaw: None` judges as the oracle does.
pub(crate) struct Naive {
    flaw: Option<Flaw>,
    replay: Replay,
    read: usize,
    shown: BTreeMap<(String, String), String>,
}

impl Naive {
    pub(crate) fn new(flaw: Option<Flaw>) -> Self {
        Self { flaw, replay: Replay::new(APP), read: 0, shown: BTreeMap::new() }
    }

    fn read(&mut self, world: &World) {
        for entry in &world.log[self.read..] {
            self.replay.play(entry);
        }
        self.read = world.log.len();
    }

    /// Its own words back wherever a person changed them.
    fn restore(world: &mut World, pull: Id) {
        let Ok(bot) = world.account(APP) else { return };
        let altered = |edited: Option<(i64, Id)>| edited.is_some_and(|(_, who)| who != bot);
        let comments: Vec<Id> = world
            .state()
            .comments
            .values()
            .filter(|comment| comment.pull == pull && comment.author == bot && altered(comment.edited))
            .map(|comment| comment.id)
            .collect();
        let reviews: Vec<Id> = world
            .state()
            .reviews
            .values()
            .filter(|review| review.pull == pull && review.author == bot && altered(review.edited))
            .map(|review| review.id)
            .collect();
        for comment in comments {
            let words = first_words(world, comment);
            let _ = world.edit_comment(bot, comment, &words);
        }
        for review in reviews {
            let words = first_words(world, review);
            let _ = world.edit_review(bot, review, &words);
        }
    }

    /// What an override must name: pull request, base, documents, revision.
    fn digest(&self, key: &PullKey) -> String {
        let mut hash = DefaultHasher::new();
        let talk = &self.replay.now.conversation;
        let Some(pull) = talk.pulls.get(key) else { return String::new() };
        let documents = self
            .replay
            .objects
            .commits
            .get(&pull.head_sha)
            .map(|commit| commit.files.iter().filter(|(path, _)| path.starts_with("design/")).collect::<Vec<_>>());
        (key, &pull.base, documents, posted(talk, key, self.replay.app(), 0).map(|draft| draft.revised))
            .hash(&mut hash);
        format!("{:08x}", hash.finish() & 0xffff_ffff)
    }
}

fn first_words(world: &World, id: Id) -> String {
    use threadmodel::sandbox::log::LogEvent::{ReviewCommentPosted, ReviewSubmitted};
    let posted = world.log.iter().find_map(|entry| match &entry.what {
        ReviewCommentPosted { comment, body, .. } if *comment == id => Some(body.clone()),
        ReviewSubmitted { review, body, .. } if *review == id => Some(body.clone()),
        _ => None,
    });
    posted.unwrap_or_default()
}

impl App for Naive {
    fn look(&mut self, world: &mut World, pull: Id) {
        let now = world.state().pulls[&pull].clone();
        if now.state != PullState::Open {
            return;
        }
        self.read(world);
        let key: PullKey = (world.state().full_name(now.repo), now.number);
        if posted(&self.replay.now.conversation, &key, APP, 0).is_none()
            && ground_now(&self.replay, &key, None).is_none()
        {
            draft(world, pull);
        }
        if self.flaw != Some(Flaw::IgnoresAlteredDraft) {
            Self::restore(world, pull);
        }
        self.read(world);
        let Some(name) = name_now(&self.replay, &key) else { return };
        let concerned = if self.flaw == Some(Flaw::ForgetsSiblings) {
            vec![key.clone()]
        } else {
            concerned_now(&self.replay, &key.0, &now.head_sha, &name)
        };
        let green = concerned.iter().all(|key| ground_now(&self.replay, key, self.flaw).is_some());
        let (conclusion, summary) =
            if green { ("success", "green".to_owned()) } else { ("action_required", offer(&self.digest(&key))) };
        if self.shown.insert((now.head_sha.clone(), name), summary.clone()) != Some(summary.clone()) {
            check(world, pull, conclusion, &summary);
        }
    }
}
