//! One look: observe, want, reconcile, act, and again until quiet.

use futures::future::BoxFuture;

use super::Engine;
use super::carry_out::Next;
use crate::github::{Ask, Failure, ObserveError, PullRef, RepoRef};
use crate::review::effect::Effect;
use crate::review::measure::{Measures, measure};
use crate::review::reconcile::{Plan, reconcile};
use crate::review::record::{Pin, Record};
use crate::review::snapshot::{NodeId, PullState, Snapshot, UserId};
use crate::review::verdict::SiblingVerdict;
use crate::review::wanted::Wanted;
use crate::review::{check_key, want};
use crate::store::{Claim, Failed, NewWake, PullKey, RepositoryLabel, Standing, StoreError, Turn, WakeClass};
use crate::time::{Millis, Timestamp};

/// Looks in a row before we say that it does not come to rest.
const PASSES: usize = 25;
/// Changes of the record in a row without anything else.
const PINS: usize = 100;
/// Other pull requests on the same commit that are judged; with more, the gate stays closed.
const SIBLINGS: usize = 8;

/// How soon to look at a pull request that is in motion.
const MOVING: Millis = Millis::seconds(2);

/// How a look ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// Nothing is left to do until then.
    Quiet(Option<Timestamp>),
    /// GitHub asked for patience, or it is in motion.
    Postponed(Timestamp, String),
    /// GitHub does not show it: not yet, or not any more.
    Gone,
    /// Something failed.
    Failed(String),
}

/// What was decided from one observation.
pub(super) struct Decided {
    pub(super) snapshot: Snapshot,
    pub(super) record: Record,
    pub(super) plan: Plan,
    measures: Option<Measures>,
}

impl Engine {
    /// Serves a claim to its end. Never fails: what goes wrong is logged here, once, and the claim is given back.
    pub(super) async fn serve(&self, mut claim: Claim) {
        let pull = claim.pull;
        let farewell = matches!(claim.turn, Turn::GiveUp(_));
        let ended = match claim.turn.clone() {
            Turn::Look => self.look(&mut claim).await,
            Turn::GiveUp(why) => self.farewell(&claim, &why).await,
        };
        let given_back = match ended {
            Ok(Ended::Quiet(_)) if farewell => self.inner.store.bury(claim, self.now()).await,
            Ok(Ended::Quiet(next)) => self.inner.store.release(claim, next).await,
            // A read may lag behind the event that woke us: one more look, later.
            Ok(Ended::Gone) => {
                let later = self.now().after(self.inner.settings.review.settle);
                let next = (claim.class == WakeClass::Person).then_some(later);
                self.inner.store.release(claim, next).await
            }
            Ok(Ended::Postponed(until, why)) => {
                tracing::info!(%pull, why, "later");
                self.inner.store.postpone(claim, until).await
            }
            Ok(Ended::Failed(why)) => self.failed(claim, &why).await,
            Err(error) => self.failed(claim, &error.to_string()).await,
        };
        if let Err(error) = given_back {
            tracing::warn!(%pull, %error, "a claim could not be given back; its lease will run out");
        }
    }

    async fn failed(&self, claim: Claim, why: &str) -> Result<(), StoreError> {
        let pull = claim.pull;
        match self.inner.store.fail(claim, why, self.now()).await? {
            Failed::Backoff(until) => tracing::warn!(%pull, why, until = until.0, "a look failed; another one follows"),
            Failed::GivesUp => tracing::error!(%pull, why, "looks kept failing; the check will say so"),
            Failed::Dead => tracing::error!(%pull, why, "looks kept failing, and the check could not say so"),
        }
        Ok(())
    }

    async fn look(&self, claim: &mut Claim) -> Result<Ended, StoreError> {
        let mut probe = Vec::new();
        // A ground may be gone (a team, a permission, the owners changed): what is remembered of people does not count.
        let fresh = claim.class == WakeClass::Red;
        for _ in 0..PASSES {
            self.inner.store.extend(claim, self.now().after(self.inner.settings.lease)).await?;
            let snapshot = match self.observe(&claim.label, claim.pull, fresh, std::mem::take(&mut probe)).await {
                Ok(snapshot) => snapshot,
                Err(ended) => return Ok(ended),
            };
            let Some(decided) = self.decide(claim, snapshot).await? else {
                return Ok(Ended::Failed(format!("its record did not come to rest after {PINS} changes")));
            };
            if decided.plan.effects.is_empty() && decided.record.gave_up.is_none() {
                if let Some(measures) = &decided.measures {
                    self.inner.store.note_measures(claim, measures).await?;
                }
                return Ok(Ended::Quiet(decided.plan.wake_at));
            }
            if decided.plan.effects.is_empty() {
                self.inner.store.pin(claim, vec![Pin::GaveUp(None)]).await?;
                continue;
            }
            match self.carry_out(claim, &decided).await? {
                Next::Look(nodes) => probe = nodes,
                Next::End(ended) => return Ok(ended),
            }
        }
        Ok(Ended::Failed(format!("it did not come to rest after {PASSES} looks")))
    }

    /// Reads the pull request; an error is how the look ends.
    pub(super) async fn observe(
        &self,
        label: &RepositoryLabel,
        pull: PullKey,
        fresh: bool,
        probe: Vec<NodeId>,
    ) -> Result<Snapshot, Ended> {
        let ask = Ask { fresh, probe, people: self.pressed(pull).await, ..Ask::default() };
        let at = pull_ref(label, pull);
        // Boxed: the compiler does not see through a future of this size that it may move between threads.
        let reading: BoxFuture<'_, _> = Box::pin(self.inner.github.observe(&at, &ask));
        match reading.await {
            Ok(observed) => self.since_added(pull, observed.snapshot).await,
            Err(ObserveError::Moving(what)) => {
                Err(Ended::Postponed(self.now().after(MOVING), format!("it moved while it was read: {what}")))
            }
            Err(ObserveError::Gone(why)) => {
                tracing::info!(%pull, why, "not to be seen");
                Err(Ended::Gone)
            }
            Err(ObserveError::Failed(Failure::Delay { seconds, why })) => {
                Err(Ended::Postponed(self.now().after(seconds_from_now(seconds)), why))
            }
            Err(error) => Err(Ended::Failed(error.to_string())),
        }
    }

    /// A repository that was added to an older installation was installed that day.
    async fn since_added(&self, pull: PullKey, mut snapshot: Snapshot) -> Result<Snapshot, Ended> {
        let added = self.inner.store.added_at(pull.repository).await.map_err(|e| Ended::Failed(e.to_string()))?;
        snapshot.app.installed_at = snapshot.app.installed_at.max(added);
        Ok(snapshot)
    }

    /// Who pressed a button that was not looked at yet: they may not appear on the pull request itself.
    async fn pressed(&self, pull: PullKey) -> Vec<(UserId, String)> {
        match self.inner.store.load(pull).await {
            Ok(record) => {
                record.presses.iter().filter(|p| p.outcome.is_none()).map(|p| (p.sender, p.login.clone())).collect()
            }
            // Told where the record is needed to decide.
            Err(_) => Vec::new(),
        }
    }

    /// Decides from a snapshot; what only the record must learn is written on the way.
    async fn decide(&self, claim: &Claim, mut snapshot: Snapshot) -> Result<Option<Decided>, StoreError> {
        let mut record = self.inner.store.load(claim.pull).await?;
        for _ in 0..PINS {
            let now = self.now();
            let settings = &self.inner.settings.review;
            let mut wanted = want(&snapshot, &record, settings, now);
            if wanted.pins.is_empty() {
                snapshot.siblings = self.siblings(claim, &snapshot, &wanted).await?;
                wanted = want(&snapshot, &record, settings, now);
            }
            let plan = reconcile(&wanted, &record, &snapshot, settings, now);
            match plan.effects.as_slice() {
                [Effect::Pin(pins)] if !pins.iter().any(Pin::counts_a_look) => {
                    record = self.inner.store.pin(claim, pins.clone()).await?;
                }
                effects => {
                    // At rest only: what is in motion would be measured again and again.
                    let rests = effects.is_empty();
                    let measures = rests.then(|| measure(&snapshot, &record, &wanted)).flatten();
                    return Ok(Some(Decided { snapshot, record, plan, measures }));
                }
            }
        }
        Ok(None)
    }

    /// Notes where this pull request stands, which wakes the others on its commit when that changed, and says what is known of
    /// them. Certain knowledge is asked for before success only.
    async fn siblings(
        &self,
        claim: &Claim,
        snapshot: &Snapshot,
        alone: &Wanted,
    ) -> Result<Vec<SiblingVerdict>, StoreError> {
        let standing = Standing {
            open: snapshot.pull.state == PullState::Open,
            head: snapshot.pull.head.clone(),
            base: snapshot.pull.base.clone(),
            check: check_name(snapshot),
            gate_open: alone.verdict.is_open(),
            updated_at: snapshot.pull.updated_at,
        };
        self.inner.store.note_standing(claim, standing, self.now()).await
    }

    /// The verdicts of all other open pull requests with this head and check name, each read and judged now.
    pub(super) async fn certain_siblings(
        &self,
        label: &RepositoryLabel,
        snapshot: &Snapshot,
    ) -> Result<Vec<SiblingVerdict>, Ended> {
        let pull = PullKey { repository: snapshot.repository.id, number: snapshot.pull.number };
        let at = pull_ref(label, pull);
        let others = self.inner.github.open_pulls_on(at.installation, &at.repo, &snapshot.pull.head).await;
        let others = others.map_err(|failure| match failure {
            Failure::Delay { seconds, why } => Ended::Postponed(self.now().after(seconds_from_now(seconds)), why),
            failure => Ended::Failed(failure.to_string()),
        })?;
        if !others.complete {
            return Err(Ended::Failed(
                "the repository has too many open pull requests to tell which share this commit".to_owned(),
            ));
        }
        let mut verdicts = Vec::new();
        for number in others.list.into_iter().map(|o| o.pull.number).filter(|number| *number != pull.number) {
            if verdicts.len() >= SIBLINGS {
                verdicts.push(SiblingVerdict { number, open: false });
                break;
            }
            if let Some(verdict) = self.certain_sibling(label, snapshot, PullKey { number, ..pull }).await? {
                verdicts.push(verdict);
            }
        }
        Ok(verdicts)
    }

    async fn certain_sibling(
        &self,
        label: &RepositoryLabel,
        snapshot: &Snapshot,
        other: PullKey,
    ) -> Result<Option<SiblingVerdict>, Ended> {
        let seen = self.observe(label, other, true, Vec::new()).await?;
        let shares = seen.pull.head == snapshot.pull.head
            && seen.pull.state == PullState::Open
            && check_name(&seen) == check_name(snapshot);
        if !shares {
            return Ok(None);
        }
        let failed = |error: StoreError| Ended::Failed(error.to_string());
        let record = self.inner.store.load(other).await.map_err(failed)?;
        let open = want(&seen, &record, &self.inner.settings.review, self.now()).verdict.is_open();
        if !open {
            // It may never have been woken: a delivery was lost.
            let wake = NewWake { pull: other, label: label.clone(), class: WakeClass::Red, due_at: self.now() };
            self.inner.store.wake_all(vec![wake], self.now()).await.map_err(failed)?;
        }
        Ok(Some(SiblingVerdict { number: other.number, open }))
    }
}

/// The check's name for a pull request; with a broken policy the default one, as the check that says so.
pub(super) fn check_name(snapshot: &Snapshot) -> String {
    check_key(snapshot).name
}

/// How the client names a pull request.
pub(super) fn pull_ref(label: &RepositoryLabel, pull: PullKey) -> PullRef {
    PullRef {
        installation: label.installation,
        repo: RepoRef { id: pull.repository, owner: label.owner.clone(), name: label.name.clone() },
        number: pull.number,
    }
}

/// GitHub's seconds as a span.
pub(super) fn seconds_from_now(seconds: u64) -> Millis {
    Millis::seconds(i64::try_from(seconds).unwrap_or(3_600))
}
