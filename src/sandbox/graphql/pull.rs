//! Fields of pull requests and what hangs on them: commits, files, requests, the timeline.

use serde_json::Value;

use super::super::model::{Id, Place, Pull, PullState, Review, ReviewState, TimelineEvent, TimelineItem};
use super::super::render::{iso, node_id};
use super::Fault;
use super::exec::{Args, Exec, Out, unknown};
use super::fields::{int, leaf};
use super::objects::{Obj, Reviewer};

/// An event's type.
fn event_name(event: &TimelineEvent) -> &'static str {
    match event {
        TimelineEvent::ReviewDismissed { .. } => "ReviewDismissedEvent",
        TimelineEvent::BaseRefChanged { .. } => "BaseRefChangedEvent",
        TimelineEvent::AutomaticBaseChangeSucceeded { .. } => "AutomaticBaseChangeSucceededEvent",
        TimelineEvent::HeadRefForcePushed { .. } => "HeadRefForcePushedEvent",
        TimelineEvent::ReadyForReview => "ReadyForReviewEvent",
        TimelineEvent::ConvertToDraft => "ConvertToDraftEvent",
        TimelineEvent::Closed => "ClosedEvent",
        TimelineEvent::Reopened => "ReopenedEvent",
        TimelineEvent::Merged => "MergedEvent",
        TimelineEvent::ReviewRequested { .. } => "ReviewRequestedEvent",
    }
}

/// `ReviewDismissedEvent` → `REVIEW_DISMISSED_EVENT`.
fn item_type(name: &str) -> String {
    let mut shouted = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            shouted.push('_');
        }
        shouted.push(c.to_ascii_uppercase());
    }
    shouted
}

impl Exec<'_> {
    pub(super) fn pull_side(&self, obj: &Obj, name: &str, args: &Args) -> Result<Out, Fault> {
        match obj {
            Obj::Pull(id) => match self.state.pulls.get(id) {
                Some(pull) => self.pull_field(pull, name, args),
                None => Ok(Out::Leaf(Value::Null)),
            },
            Obj::PullCommit(pull, oid) => match (name, self.state.pulls.get(pull)) {
                ("id", _) => Ok(leaf(format!("PURC_{pull}_{oid}"))),
                ("commit", Some(found)) => Ok(Out::Obj(Obj::Commit(found.repo, oid.clone()))),
                ("pullRequest", _) => Ok(Out::Obj(Obj::Pull(*pull))),
                ("url", Some(found)) => Ok(leaf(format!("{}/commits/{oid}", self.pull_url(found)))),
                _ => Err(unknown(name, "PullRequestCommit")),
            },
            Obj::ChangedFile(pull, index) => self.file_field(*pull, *index, name),
            Obj::Request(pull, reviewer) => self.request_field(*pull, *reviewer, name),
            Obj::Event(pull, index, kind) => {
                match self.state.pulls.get(pull).and_then(|pull| Some((pull, pull.timeline.get(*index)?))) {
                    Some((pull, item)) => self.event_field(pull, item, kind, name),
                    None => Ok(Out::Leaf(Value::Null)),
                }
            }
            _ => self.talk_field(obj, name),
        }
    }

    pub(super) fn pull_url(&self, pull: &Pull) -> String {
        format!("{}/{}/pull/{}", self.world.origin, self.state.full_name(pull.repo), pull.number)
    }

    pub(super) fn sees_review(&self, review: &Review) -> bool {
        review.state != ReviewState::Pending || review.author == self.asker.bot
    }

    fn pull_field(&self, pull: &Pull, name: &str, args: &Args) -> Result<Out, Fault> {
        if let Some(out) = self.pull_list(pull, name, args) {
            return Ok(out);
        }
        let account = |id: Id| Out::maybe(Obj::account(&self.state, id));
        let branch = |repo: Id, name: &str| {
            self.state
                .repos
                .get(&repo)
                .filter(|found| found.branches.contains_key(name))
                .map(|_| Obj::Ref(repo, name.to_owned()))
        };
        Ok(match name {
            "id" => leaf(node_id("PR_", pull.id)),
            "databaseId" => int(pull.id),
            "fullDatabaseId" => leaf(pull.id.to_string()),
            "number" => leaf(pull.number),
            "title" => leaf(&pull.title),
            "body" | "bodyText" => leaf(&pull.body),
            "state" => leaf(match pull.state {
                PullState::Open => "OPEN",
                PullState::Closed => "CLOSED",
                PullState::Merged => "MERGED",
            }),
            "closed" => leaf(pull.state != PullState::Open),
            "isDraft" => leaf(pull.draft),
            "merged" => leaf(pull.merged.is_some()),
            "mergedAt" => leaf(pull.merged.as_ref().and(pull.closed_at).map(iso)),
            "closedAt" => leaf(pull.closed_at.map(iso)),
            "createdAt" | "publishedAt" => leaf(iso(pull.created_at)),
            "updatedAt" => leaf(iso(pull.updated_at)),
            "lastEditedAt" => leaf(pull.edited.map(|(at, _)| iso(at))),
            "editor" => pull.edited.map_or(Out::Leaf(Value::Null), |(_, by)| account(by)),
            "author" => account(pull.author),
            "authorAssociation" => self.association(pull.author, pull.repo),
            "mergedBy" => pull.merged.as_ref().map_or(Out::Leaf(Value::Null), |(_, by)| account(*by)),
            "mergeCommit" => Out::maybe(pull.merged.as_ref().map(|(sha, _)| Obj::Commit(pull.repo, sha.clone()))),
            "headRefOid" => leaf(&pull.head_sha),
            "headRefName" => leaf(&pull.head),
            "headRef" => Out::maybe(branch(pull.head_repo, &pull.head)),
            "headRepository" => {
                Out::maybe(self.state.repos.contains_key(&pull.head_repo).then_some(Obj::Repo(pull.head_repo)))
            }
            "headRepositoryOwner" => {
                self.state.repos.get(&pull.head_repo).map_or(Out::Leaf(Value::Null), |repo| account(repo.owner))
            }
            "baseRefOid" => leaf(&pull.base_sha),
            "baseRefName" => leaf(&pull.base),
            "baseRef" => Out::maybe(branch(pull.repo, &pull.base)),
            "repository" | "baseRepository" => Out::Obj(Obj::Repo(pull.repo)),
            "locked" => leaf(pull.locked),
            "url" | "permalink" => leaf(self.pull_url(pull)),
            "resourcePath" => leaf(format!("/{}/pull/{}", self.state.full_name(pull.repo), pull.number)),
            "additions" => leaf(self.world.pull_files(pull).iter().map(|file| file.additions).sum::<u64>()),
            "deletions" => leaf(self.world.pull_files(pull).iter().map(|file| file.deletions).sum::<u64>()),
            "changedFiles" => leaf(self.world.pull_files(pull).len()),
            "mergeStateStatus" => leaf(self.world.mergeable_state(pull).to_uppercase()),
            "mergeable" => leaf(match (pull.state, self.world.mergeable_state(pull)) {
                (PullState::Open, "dirty") => "CONFLICTING",
                (PullState::Open, _) => "MERGEABLE",
                _ => "UNKNOWN",
            }),
            "reviewDecision" => leaf(self.world.review_decision(pull)),
            "maintainerCanModify" | "isCrossRepository" => leaf(pull.head_repo != pull.repo),
            "includesCreatedEdit" => leaf(pull.edited.is_some()),
            "createdViaEmail" | "isInMergeQueue" | "isMergeQueueEnabled" => leaf(false),
            "statusCheckRollup" => Out::maybe(
                self.state
                    .runs
                    .values()
                    .any(|run| run.repo == pull.repo && run.sha == pull.head_sha)
                    .then(|| Obj::Rollup(pull.repo, pull.head_sha.clone())),
            ),
            _ => return Err(unknown(name, "PullRequest")),
        })
    }

    fn pull_list(&self, pull: &Pull, name: &str, args: &Args) -> Option<Out> {
        let state = &self.state;
        let strings = |name: &str| -> Vec<&str> {
            args.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
        };
        Some(match name {
            "reviews" => {
                let states = strings("states");
                let author = args.get("author").and_then(Value::as_str);
                let fits = |review: &&std::sync::Arc<Review>| {
                    review.pull == pull.id
                        && self.sees_review(review)
                        && (states.is_empty() || states.contains(&review.state.name()))
                        && author.is_none_or(|author| state.login(review.author).trim_end_matches("[bot]") == author)
                };
                let mut reviews: Vec<_> = state.reviews.values().filter(fits).collect();
                reviews.sort_by_key(|review| (review.submitted_at.unwrap_or(i64::MAX), review.id));
                Out::Conn(
                    "PullRequestReviewConnection",
                    reviews.into_iter().map(|review| Obj::Review(review.id)).collect(),
                )
            }
            "latestOpinionatedReviews" => {
                let writers = args.get("writersOnly").and_then(Value::as_bool).unwrap_or(false);
                let reviews = state.latest_opinions(pull.id).into_iter().filter(|review| {
                    !writers || state.permission(review.author, pull.repo) >= super::super::model::Permission::Write
                });
                Out::Conn("PullRequestReviewConnection", reviews.map(|review| Obj::Review(review.id)).collect())
            }
            "latestReviews" => {
                let mut latest = std::collections::BTreeMap::new();
                for review in state
                    .reviews
                    .values()
                    .filter(|review| review.pull == pull.id && review.state != ReviewState::Pending)
                {
                    latest.insert(review.author, review.id);
                }
                Out::Conn("PullRequestReviewConnection", latest.into_values().map(Obj::Review).collect())
            }
            "reviewThreads" => {
                let shown = |thread: &&std::sync::Arc<super::super::model::Thread>| {
                    thread.pull == pull.id
                        && thread
                            .comments
                            .iter()
                            .filter_map(|id| state.comments.get(id))
                            .any(|comment| !state.is_pending(comment))
                };
                Out::Conn(
                    "PullRequestReviewThreadConnection",
                    state.threads.values().filter(shown).map(|thread| Obj::Thread(thread.id)).collect(),
                )
            }
            "comments" => Out::Conn(
                "IssueCommentConnection",
                state
                    .comments
                    .values()
                    .filter(|comment| comment.pull == pull.id && comment.place == Place::Conversation)
                    .map(|comment| Obj::IssueComment(comment.id))
                    .collect(),
            ),
            "reviewRequests" => {
                let users = pull.requested_users.keys().map(|user| Obj::Request(pull.id, Reviewer::Person(*user)));
                let teams = pull.requested_teams.keys().map(|team| Obj::Request(pull.id, Reviewer::Team(*team)));
                Out::Conn("ReviewRequestConnection", users.chain(teams).collect())
            }
            "commits" => Out::Conn(
                "PullRequestCommitConnection",
                self.world
                    .pull_commits(pull)
                    .iter()
                    .take(self.world.limits.commits)
                    .map(|commit| Obj::PullCommit(pull.id, commit.sha.clone()))
                    .collect(),
            ),
            "files" => Out::Conn(
                "PullRequestChangedFileConnection",
                (0..self.world.pull_files(pull).len().min(self.world.limits.files))
                    .map(|index| Obj::ChangedFile(pull.id, index))
                    .collect(),
            ),
            "timelineItems" => {
                Out::Conn("PullRequestTimelineItemsConnection", self.timeline_of(pull, &strings("itemTypes")))
            }
            _ => return None,
        })
    }

    fn timeline_of(&self, pull: &Pull, types: &[&str]) -> Vec<Obj> {
        let wanted = |name: &str| types.is_empty() || types.contains(&item_type(name).as_str());
        let mut items: Vec<(i64, Id, Obj)> = Vec::new();
        for (index, item) in pull.timeline.iter().enumerate() {
            let name = event_name(&item.what);
            if wanted(name) {
                items.push((item.at, item.id, Obj::Event(pull.id, index, name)));
            }
        }
        if wanted("PullRequestReview") {
            let reviews =
                self.state.reviews.values().filter(|review| review.pull == pull.id && self.sees_review(review));
            items.extend(
                reviews.map(|review| {
                    (review.submitted_at.unwrap_or(review.created_at), review.id, Obj::Review(review.id))
                }),
            );
        }
        if wanted("IssueComment") {
            let comments = self
                .state
                .comments
                .values()
                .filter(|comment| comment.pull == pull.id && comment.place == Place::Conversation);
            items.extend(comments.map(|comment| (comment.created_at, comment.id, Obj::IssueComment(comment.id))));
        }
        if wanted("PullRequestCommit") {
            items.extend(
                self.world
                    .pull_commits(pull)
                    .iter()
                    .map(|commit| (commit.committer.at, 0, Obj::PullCommit(pull.id, commit.sha.clone()))),
            );
        }
        items.sort_by_key(|(at, id, _)| (*at, *id));
        items.into_iter().map(|(_, _, obj)| obj).collect()
    }

    fn file_field(&self, pull: Id, index: usize, name: &str) -> Result<Out, Fault> {
        let Some(file) =
            self.state.pulls.get(&pull).and_then(|pull| self.world.pull_files(pull).into_iter().nth(index))
        else {
            return Ok(Out::Leaf(Value::Null));
        };
        Ok(match name {
            "path" => leaf(file.path),
            "additions" => leaf(file.additions),
            "deletions" => leaf(file.deletions),
            "changeType" => leaf(match file.status {
                "added" => "ADDED",
                "removed" => "DELETED",
                "renamed" => "RENAMED",
                _ => "MODIFIED",
            }),
            "viewerViewedState" => leaf("UNVIEWED"),
            _ => return Err(unknown(name, "PullRequestChangedFile")),
        })
    }

    fn request_field(&self, pull: Id, reviewer: Reviewer, name: &str) -> Result<Out, Fault> {
        let Some(found) = self.state.pulls.get(&pull) else { return Ok(Out::Leaf(Value::Null)) };
        let (id, as_owner, obj) = match reviewer {
            Reviewer::Person(user) => (user, found.requested_users.get(&user), Obj::account(&self.state, user)),
            Reviewer::Team(team) => (team, found.requested_teams.get(&team), Some(Obj::Team(team))),
        };
        Ok(match name {
            "id" => leaf(node_id("RR_", pull ^ id)),
            "databaseId" => int(pull ^ id),
            "asCodeOwner" => leaf(as_owner.copied().unwrap_or_default()),
            "requestedReviewer" => Out::maybe(obj),
            "pullRequest" => Out::Obj(Obj::Pull(pull)),
            _ => return Err(unknown(name, "ReviewRequest")),
        })
    }

    fn event_field(&self, pull: &Pull, item: &TimelineItem, kind: &'static str, name: &str) -> Result<Out, Fault> {
        let closing = matches!(kind, "ClosedEvent" | "ReopenedEvent");
        match name {
            "id" => return Ok(leaf(node_id("EV_", item.id))),
            "actor" => return Ok(Out::maybe(Obj::account(&self.state, item.actor))),
            "createdAt" => return Ok(leaf(iso(item.at))),
            "pullRequest" if !closing => return Ok(Out::Obj(Obj::Pull(pull.id))),
            "closable" if closing => return Ok(Out::Obj(Obj::Pull(pull.id))),
            "stateReason" if closing => return Ok(Out::Leaf(Value::Null)),
            "url"
                if matches!(
                    kind,
                    "ReviewDismissedEvent"
                        | "ReadyForReviewEvent"
                        | "ConvertToDraftEvent"
                        | "ClosedEvent"
                        | "MergedEvent"
                ) =>
            {
                return Ok(leaf(format!("{}#event-{}", self.pull_url(pull), item.id)));
            }
            _ => {}
        }
        Ok(match (&item.what, name) {
            (TimelineEvent::ReviewDismissed { .. } | TimelineEvent::BaseRefChanged { .. }, "databaseId") => {
                int(item.id)
            }
            (TimelineEvent::ReviewDismissed { previous, .. }, "previousReviewState") => leaf(previous.name()),
            (TimelineEvent::ReviewDismissed { message, .. }, "dismissalMessage") => leaf(message),
            (TimelineEvent::ReviewDismissed { review, .. }, "review") => {
                Out::maybe(self.state.reviews.contains_key(review).then_some(Obj::Review(*review)))
            }
            (TimelineEvent::ReviewDismissed { commit, .. }, "pullRequestCommit") => {
                Out::maybe(commit.clone().map(|commit| Obj::PullCommit(pull.id, commit)))
            }
            (TimelineEvent::BaseRefChanged { from, .. }, "previousRefName")
            | (TimelineEvent::AutomaticBaseChangeSucceeded { from, .. }, "oldBase") => leaf(from),
            (TimelineEvent::BaseRefChanged { to, .. }, "currentRefName")
            | (TimelineEvent::AutomaticBaseChangeSucceeded { to, .. }, "newBase") => leaf(to),
            (TimelineEvent::HeadRefForcePushed { before, .. }, "beforeCommit") => {
                Out::maybe(self.world.git(pull.repo).commit(before).map(|_| Obj::Commit(pull.repo, before.clone())))
            }
            (TimelineEvent::HeadRefForcePushed { after, .. }, "afterCommit") => {
                Out::maybe(self.world.git(pull.repo).commit(after).map(|_| Obj::Commit(pull.repo, after.clone())))
            }
            (TimelineEvent::Merged, "commit") => {
                Out::maybe(pull.merged.as_ref().map(|(sha, _)| Obj::Commit(pull.repo, sha.clone())))
            }
            (TimelineEvent::Merged, "mergeRefName") => leaf(&pull.base),
            (TimelineEvent::ReviewRequested { user, team }, "requestedReviewer") => {
                Out::maybe(user.and_then(|user| Obj::account(&self.state, user)).or(team.map(Obj::Team)))
            }
            _ => return Err(unknown(name, kind)),
        })
    }

    /// No value.
    pub(super) fn null() -> Out {
        Out::Leaf(Value::Null)
    }
}
