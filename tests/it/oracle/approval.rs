//! Has a pull request a ground to be green, for facts that held? BEHAVIOUR's approval rule, told once more, slowly.

use std::collections::BTreeSet;
use std::rc::Rc;

use threadmodel::sandbox::model::ReviewState;

use super::draft;
use super::facts::{Code, Conversation, Objects, People, Pull, PullKey, Review};
use super::flaws::Flaw;
use super::reading::{Policy, fallback, owners_named};
use super::suggestions::{Suggestion, covers, kept};
use super::{Ground, overrides, trivial};

/// One moment (or three, one for each part that lags separately), seen by a gate with at most one flaw.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) objects: &'a Objects,
    pub(crate) conversation: &'a Conversation,
    pub(crate) people: &'a People,
    pub(crate) code: &'a Code,
    pub(crate) app: &'a str,
    /// How old the facts may be that the app was shown.
    pub(crate) lag: i64,
    pub(crate) flaw: Option<Flaw>,
}

/// A pull request judged: what its base says and what it changes.
pub(crate) struct Case<'a> {
    pub(crate) scene: Scene<'a>,
    pub(crate) key: &'a PullKey,
    pub(crate) pull: &'a Pull,
    pub(crate) policy: Rc<Policy>,
    /// Tip of the branch whose rules decide.
    pub(crate) rules: &'a str,
    pub(crate) base: String,
    /// Changed design documents, both paths of a rename.
    pub(crate) documents: Vec<String>,
}

impl<'a> Scene<'a> {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The check's name for a pull request: the default branch's policy may group branches.
    pub(crate) fn check_name(&self, repo: &str, pull: &Pull) -> String {
        let default = self.code.defaults.get(repo).cloned().unwrap_or_default();
        let policy = self.code.branches.get(&(repo.to_owned(), default)).and_then(|tip| self.objects.policy(tip));
        policy.map_or_else(
            || format!("threadmodel: {}", pull.rules_from()),
            |policy| policy.check_name(pull.rules_from()),
        )
    }

    /// The case of a pull request; `None`: unreadable, so nothing passes.
    pub(crate) fn case(self, key: &'a PullKey) -> Option<Case<'a>> {
        let pull = self.conversation.pulls.get(key)?;
        let rules = self.code.branches.get(&(key.0.clone(), pull.rules_from().to_owned()))?;
        let into = self.code.branches.get(&(key.0.clone(), pull.base.clone()))?;
        let policy = match self.objects.policy(if self.has(Flaw::PolicyOfHead) { &pull.head_sha } else { rules }) {
            None if self.has(Flaw::OpensWhenBroken) => self.objects.policy("")?,
            read => read?,
        };
        let base = self.objects.merge_base(into, &pull.head_sha)?;
        let (before, after) =
            (&self.objects.commits.get(&base)?.files, &self.objects.commits.get(&pull.head_sha)?.files);
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
        let seen = changed
            .filter(|path| policy.is_document(path) && (after.contains_key(*path) || !self.has(Flaw::ForgetsOldPath)));
        let documents = seen.cloned().collect();
        Some(Case { scene: self, key, pull, policy, rules, base, documents })
    }
}

impl Case<'_> {
    /// The grounds, in the order in which they are looked for.
    pub(crate) fn ground(&self) -> Option<Ground> {
        if self.documents.is_empty() {
            return Some(Ground::NoDesignDocuments);
        }
        if self.policy.advise {
            return Some(Ground::AdviseMode);
        }
        let trivial = self.is_trivial();
        if trivial && self.policy.trivial_passes {
            return Some(Ground::TrivialByRule);
        }
        if overrides::stands(self) {
            return Some(Ground::Overridden);
        }
        self.is_approved(trivial).then_some(Ground::Approved)
    }

    /// Every changed document says the same, or may change freely.
    fn is_trivial(&self) -> bool {
        let objects = self.scene.objects;
        self.documents.iter().all(|path| {
            let (before, after) = (objects.text(&self.base, path), objects.text(&self.pull.head_sha, path));
            let same =
                matches!((before, after), (Some(before), Some(after)) if trivial::same(before, after, self.scene.flaw));
            same || self.policy.is_trivial_path(path)
        })
    }

    /// The people who own a document and may write, read at this moment.
    pub(crate) fn owners(&self, path: &str) -> BTreeSet<String> {
        let (scene, repo) = (&self.scene, &self.key.0);
        let file = if scene.has(Flaw::OwnersOfHead) { &self.pull.head_sha } else { self.rules };
        let named = owners_named(scene.objects, file, path, scene.has(Flaw::FirstLine));
        let mut people: BTreeSet<String> = named.iter().flat_map(|owner| scene.people.behind(owner, repo)).collect();
        if scene.has(Flaw::IgnoresAccess) {
            people.extend(named.iter().flat_map(|owner| scene.people.members(owner)));
            people.extend(named.iter().cloned());
        }
        let mut teams: BTreeSet<String> =
            self.policy.teams.iter().flat_map(|team| scene.people.members(team)).collect();
        if scene.has(Flaw::RemembersMembers) {
            people.extend(named.iter().flat_map(|owner| scene.people.once_members(owner)));
            teams.extend(self.policy.teams.iter().flat_map(|team| scene.people.once_members(team)));
        }
        if !self.policy.teams.is_empty() {
            people.retain(|login| teams.contains(login));
        }
        let unread = scene.has(Flaw::IgnoresAccess) || scene.has(Flaw::RemembersMembers);
        people.retain(|login| unread || scene.people.writes(login, repo));
        // Either reading of "left without a valid owner": no person is left, or no named owner is one of the policy's teams.
        let listed = |owner: &String| {
            !owner.contains('/')
                || self.policy.teams.iter().any(|team| team.trim_start_matches('@').eq_ignore_ascii_case(owner))
        };
        if people.is_empty() || !self.policy.teams.is_empty() && !named.iter().any(listed) {
            people.extend(
                fallback(&self.policy, scene.people).into_iter().filter(|login| scene.people.writes(login, repo)),
            );
        }
        people
    }

    pub(crate) fn owns_any(&self, login: &str) -> bool {
        self.documents.iter().any(|path| self.owners(path).contains(login))
    }

    /// The suggestions that an approval covers.
    pub(crate) fn suggestions(&self) -> Vec<Suggestion> {
        kept(
            self.scene.objects,
            self.scene.conversation,
            self.key,
            self.scene.app,
            // Commands are people's.
            &|login| !self.scene.people.bots.contains(login) && self.owns_any(login),
            self.scene.flaw,
        )
    }

    fn is_approved(&self, trivial: bool) -> bool {
        let (scene, suggestions) = (&self.scene, self.suggestions());
        let draft = draft::draft(scene.conversation, self.key, scene.app, scene.lag);
        if draft.as_ref().is_none_or(|draft| draft.altered && !scene.has(Flaw::IgnoresAlteredDraft))
            && !trivial
            && !scene.has(Flaw::CountsEarly)
        {
            return false;
        }
        let Some(barred) = self.barred(&suggestions) else { return false };
        if !scene.has(Flaw::IgnoresObjection) && self.objected(&barred) {
            return false;
        }
        let floor = |at: i64| at.div_euclid(1000);
        let in_time = |review: &Review| match &draft {
            _ if trivial || scene.has(Flaw::CountsEarly) => true,
            None => false,
            Some(draft) => {
                let restored = draft
                    .restored
                    .filter(|_| !scene.has(Flaw::ForgetsRestore))
                    .is_none_or(|at| floor(review.at) > floor(at));
                let unseen = |(from, until): &(i64, i64)| review.at > *from && floor(review.at) <= floor(*until);
                restored
                    && !draft.unseen.iter().any(unseen)
                    && (floor(review.at) > floor(draft.revised)
                        || scene.has(Flaw::CountsSameSecond) && floor(review.at) == floor(draft.revised))
            }
        };
        let approvals: Vec<&Review> = self
            .approvals()
            .into_iter()
            .filter(|review| in_time(review) && self.may_approve(&review.author, &barred))
            .collect();
        let here = |review: &&&Review| review.base == self.pull.rules_from() || scene.has(Flaw::CarriesToOtherBase);
        let needed = if scene.has(Flaw::OneIsEnough) { 1 } else { self.policy.required };
        let enough = |path: &String| {
            let owners = self.owners(path);
            let by: Vec<&str> = approvals
                .iter()
                .filter(here)
                .filter(|review| owners.contains(&review.author) && self.covered(review, path, &suggestions))
                .map(|review| review.author.as_str())
                .collect();
            let people: BTreeSet<&str> = by.iter().copied().collect();
            needed <= if scene.has(Flaw::CountsTwice) { by.len() } else { people.len() }
        };
        if scene.has(Flaw::OneDocumentSuffices) {
            self.documents.iter().any(enough)
        } else {
            self.documents.iter().all(enough)
        }
    }

    /// What each person says last, if it is an approval (and what a flawed gate takes for one).
    fn approvals(&self) -> Vec<&Review> {
        let scene = &self.scene;
        let mut all: Vec<(&u64, &Review)> =
            scene.conversation.reviews.iter().filter(|(_, review)| review.pull == *self.key).collect();
        all.sort_by_key(|(id, review)| (review.at, **id));
        let opinion = |review: &Review| !matches!(review.state, ReviewState::Commented | ReviewState::Pending);
        let counts = |review: &Review| match review.state {
            ReviewState::Approved => true,
            ReviewState::Commented => scene.has(Flaw::CountsComments),
            ReviewState::Dismissed => {
                scene.has(Flaw::CountsDismissed)
                    && review.dismissed.as_ref().is_some_and(|(_, before)| *before == ReviewState::Approved)
            }
            _ => false,
        };
        let last = |review: &Review, id: u64| {
            all.iter()
                .rfind(|(_, other)| other.author == review.author && opinion(other))
                .is_some_and(|(other, _)| **other == id)
        };
        let older_too = scene.has(Flaw::RevivesOlderApproval) || scene.has(Flaw::CountsTwice);
        all.iter()
            .filter(|(id, review)| {
                counts(review) && (older_too || review.state == ReviewState::Commented || last(review, **id))
            })
            .map(|(_, review)| *review)
            .collect()
    }

    fn may_approve(&self, login: &str, barred: &BTreeSet<String>) -> bool {
        let scene = &self.scene;
        let author = login == self.pull.author && !scene.has(Flaw::CountsAuthor);
        let wrote = barred.contains(login)
            && !scene.has(Flaw::CountsCommitAuthors)
            && !(login == self.pull.author && scene.has(Flaw::CountsAuthor));
        let bot = (scene.people.bots.contains(login) || login == scene.app) && !scene.has(Flaw::CountsBots);
        !author && !wrote && !bot
    }

    /// The document at the approved commit, or that with kept suggestions applied.
    fn covered(&self, review: &Review, path: &str, suggestions: &[Suggestion]) -> bool {
        let objects = self.scene.objects;
        if self.scene.has(Flaw::CountsAnyContent)
            || objects.blob(&review.commit, path) == objects.blob(&self.pull.head_sha, path)
        {
            return objects.commits.contains_key(&review.commit);
        }
        matches!((objects.text(&review.commit, path), objects.text(&self.pull.head_sha, path)), (Some(before), Some(after)) if covers(before, after, path, suggestions))
    }

    /// Authors of commits that changed a document. `None`: one has no account, so nobody can tell.
    fn barred(&self, suggestions: &[Suggestion]) -> Option<BTreeSet<String>> {
        let objects = self.scene.objects;
        let known = objects.ancestors(self.scene.code.branches.get(&(self.key.0.clone(), self.pull.base.clone()))?);
        let mut barred = BTreeSet::new();
        for sha in objects.ancestors(&self.pull.head_sha).difference(&known) {
            let commit = objects.commits.get(sha)?;
            let blob = |of: &str, path: &str| objects.blob(of, path).map(str::to_owned);
            let first = commit.parents.first().map(String::as_str).unwrap_or_default();
            // A document that the pull request leaves as it was is nobody's to approve.
            let own = |path: &String| {
                self.documents.contains(path)
                    && commit.parents.iter().all(|parent| blob(parent, path) != blob(sha, path))
            };
            let paths: BTreeSet<&String> = commit
                .files
                .keys()
                .chain(objects.commits.get(first).into_iter().flat_map(|parent| parent.files.keys()))
                .collect();
            let changed: Vec<&String> = paths.into_iter().filter(|path| own(path)).collect();
            let adopted = |path: &&String| matches!((objects.text(first, path), objects.text(sha, path)), (Some(before), Some(after)) if covers(before, after, path, suggestions));
            if changed.is_empty() || commit.parents.len() == 1 && changed.iter().all(adopted) {
                continue;
            }
            match &commit.author {
                Some(author) => barred.insert(author.clone()),
                None if self.scene.has(Flaw::IgnoresUnknownAuthors) => false,
                None => return None,
            };
        }
        Some(barred)
    }

    /// An owner asks for changes, and nobody who may has lifted it.
    fn objected(&self, barred: &BTreeSet<String>) -> bool {
        let reviews = &self.scene.conversation.reviews;
        let mine = |login: &str| {
            reviews
                .iter()
                .filter(|(_, review)| {
                    review.pull == *self.key
                        && review.author == login
                        && !matches!(review.state, ReviewState::Commented | ReviewState::Pending)
                })
                .max_by_key(|(id, review)| (review.at, **id))
        };
        let people: BTreeSet<&str> = reviews.values().map(|review| review.author.as_str()).collect();
        people.into_iter().filter(|login| self.owns_any(login)).filter_map(mine).any(|(_, review)| {
            match &review.dismissed {
                None => review.state == ReviewState::ChangesRequested,
                Some((by, ReviewState::ChangesRequested)) => {
                    let lifted = *by == review.author || self.owns_any(by) && self.may_approve(by, barred);
                    !lifted && !self.scene.has(Flaw::AnybodyLifts)
                }
                Some(_) => false,
            }
        })
    }
}
