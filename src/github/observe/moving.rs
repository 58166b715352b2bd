//! What moves, by one paged GraphQL query: the pull request, reviews, threads, conversation, dismissals, changes of base.

use std::collections::BTreeMap;

use serde_json::json;

use super::wire::{
    Event, Page, Post, PullData, Repo, Review, Stamp, StillData, Thread, ThreadComment, ThreadData, Who, moment,
};
use super::{Look, ObserveError};
use crate::github::limits::Failure;
use crate::github::queries;
use crate::review::snapshot::{self, Actor, Comment, Dismissal, NodeId, PullRequestReview, Repository, ReviewState};
use crate::text::Untrusted;
use crate::time::Timestamp;

/// A page of a GraphQL list: small enough that a page of threads with a page of comments each stays a cheap query.
const PAGE: u32 = 50;

/// Everything that the query gave.
pub(super) struct Moving {
    pub(super) repository: Repository,
    /// Name and tip of the default branch.
    pub(super) default: Option<(String, String)>,
    pub(super) node: NodeId,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) author: Option<Actor>,
    pub(super) associated: bool,
    pub(super) created_at: Timestamp,
    pub(super) stamp: Stamp,
    pub(super) reviews: Vec<PullRequestReview>,
    pub(super) threads: Vec<snapshot::Thread>,
    pub(super) comments: Vec<Comment>,
    pub(super) dismissals: Vec<Dismissal>,
    pub(super) retargeted_at: Option<Timestamp>,
}

/// Items by node id: a list that shifts between two pages may give one twice.
#[derive(Default)]
struct Collected {
    reviews: BTreeMap<String, Review>,
    threads: BTreeMap<String, Thread>,
    comments: BTreeMap<String, Post>,
    events: BTreeMap<String, Event>,
}

/// Takes a page in; the cursor moves on. `true`: there is more.
fn take<T>(page: Page<T>, cursor: &mut Option<String>, mut put: impl FnMut(T)) -> Result<bool, ObserveError> {
    for node in page.nodes.unwrap_or_default() {
        // A hole in a list could be anybody's objection: the pull request was not read whole.
        put(node.ok_or_else(|| incomplete("an entry of a list is missing"))?);
    }
    if page.page_info.has_next_page && page.page_info.end_cursor.is_none() {
        return Err(incomplete("a list goes on without a cursor"));
    }
    if page.page_info.end_cursor.is_some() {
        *cursor = page.page_info.end_cursor;
    }
    Ok(page.page_info.has_next_page)
}

fn incomplete(what: &str) -> ObserveError {
    ObserveError::Failed(Failure::Uncertain { why: format!("GitHub's answer is not whole: {what}") })
}

impl Look<'_> {
    pub(super) async fn moving(&self, base: &str, pull_id: u64) -> Result<Moving, ObserveError> {
        let (mut reviews, mut threads, mut comments, mut timeline) = (None, None, None, None);
        let mut collected = Collected::default();
        let mut first: Option<Moving> = None;
        for _ in 0..self.ask.max_pages.max(1) {
            let variables = json!({
                "owner": self.pull.repo.owner, "name": self.pull.repo.name, "number": self.pull.number,
                "base": format!("refs/heads/{base}"), "page": PAGE.min(self.github.inner.config.page_size),
                "reviews": reviews, "threads": threads, "comments": comments, "timeline": timeline,
            });
            let data: PullData =
                self.github.query(self.installation(), queries::PULL, &variables).await.map_err(super::gone)?;
            let repo = data.repository.ok_or_else(|| ObserveError::Gone("the repository is not there".to_owned()))?;
            let (moving, page) = self.part(repo)?;
            match &first {
                Some(before) if before.stamp != moving.stamp => {
                    return Err(ObserveError::Moving("it changed between two pages"));
                }
                Some(_) => {}
                None => first = Some(moving),
            }
            // No short cut: every list must be taken in.
            let more = [
                match page.reviews {
                    Some(list) => take(list, &mut reviews, |r| drop(collected.reviews.insert(r.post.id.clone(), r)))?,
                    None => return Err(incomplete("the reviews")),
                },
                take(page.threads, &mut threads, |t| drop(collected.threads.insert(t.id.clone(), t)))?,
                take(page.comments, &mut comments, |c| drop(collected.comments.insert(c.id.clone(), c)))?,
                take(page.events, &mut timeline, |e| {
                    let key = e.id.clone().unwrap_or_else(|| format!("{} {:?}", e.kind, e.created_at));
                    drop(collected.events.insert(key, e));
                })?,
            ];
            if !more.contains(&true) {
                let first = first.ok_or_else(|| incomplete("the pull request"))?;
                return self.assemble(first, collected, pull_id).await;
            }
        }
        Err(ObserveError::Failed(Failure::Refused {
            status: 0,
            why: format!("the pull request has more than {} pages of reviews, threads or comments", self.ask.max_pages),
        }))
    }

    fn part(&self, repo: Repo) -> Result<(Moving, Lists), ObserveError> {
        if repo.database_id != Some(self.pull.repo.id) {
            return Err(ObserveError::Gone(format!(
                "{}/{} is another repository now",
                self.pull.repo.owner, self.pull.repo.name
            )));
        }
        let pull = repo.pull_request.ok_or_else(|| ObserveError::Gone("the pull request is not there".to_owned()))?;
        let mut stamp = pull.stamp;
        stamp.base_tip = repo.base.and_then(|b| b.target).map(|t| t.oid);
        let default = repo.default_branch_ref.and_then(|b| Some((b.name, b.target?.oid)));
        let repository = Repository {
            id: self.pull.repo.id,
            owner: repo.owner.login,
            name: repo.name,
            public: repo.visibility == "PUBLIC",
            default_branch: default.as_ref().map(|(name, _)| name.clone()).unwrap_or_default(),
        };
        let moving = Moving {
            repository,
            default,
            node: pull.id.into(),
            title: pull.title,
            body: pull.body,
            author: pull.author.and_then(Who::actor),
            associated: belongs(&pull.author_association),
            created_at: moment(pull.created_at),
            stamp,
            reviews: Vec::new(),
            threads: Vec::new(),
            comments: Vec::new(),
            dismissals: Vec::new(),
            retargeted_at: None,
        };
        let lists = Lists {
            reviews: pull.reviews,
            threads: pull.review_threads,
            comments: pull.comments,
            events: pull.timeline_items,
        };
        Ok((moving, lists))
    }

    async fn assemble(&self, mut moving: Moving, collected: Collected, pull_id: u64) -> Result<Moving, ObserveError> {
        for review in collected.reviews.into_values() {
            moving.reviews.extend(self.review(review, pull_id)?);
        }
        moving.reviews.sort_by_key(|r| (r.submitted_at, r.post.id));
        for post in collected.comments.into_values() {
            moving.comments.push(self.comment(post, pull_id)?);
        }
        moving.comments.sort_by_key(|c| (c.created_at, c.id));
        for thread in collected.threads.into_values() {
            moving.threads.extend(self.thread(thread, pull_id).await?);
        }
        moving.threads.sort_by_key(|t| t.comments.first().map(|c| (c.created_at, c.id)));
        for event in collected.events.into_values() {
            let at = event.created_at.map(moment).ok_or_else(|| incomplete("an event without a time"))?;
            match event.kind.as_str() {
                "ReviewDismissedEvent" => {
                    // Without its review a dismissal says nothing about anybody.
                    let Some(review) = event.review else { continue };
                    let previous =
                        event.previous_review_state.as_deref().and_then(state).unwrap_or(ReviewState::ChangesRequested);
                    moving.dismissals.push(Dismissal {
                        review: review.id.into(),
                        actor: event.actor.and_then(Who::actor),
                        previous,
                        at,
                    });
                }
                _ => moving.retargeted_at = moving.retargeted_at.max(Some(at)),
            }
        }
        moving.dismissals.sort_by_key(|d| d.at);
        Ok(moving)
    }

    fn review(&self, review: Review, pull_id: u64) -> Result<Option<PullRequestReview>, ObserveError> {
        if review.state == "PENDING" {
            return Ok(None);
        }
        let state = state(&review.state).ok_or_else(|| incomplete("a review in a state that we do not know"))?;
        let submitted_at = review.submitted_at.unwrap_or(review.post.created_at);
        Ok(Some(PullRequestReview {
            post: self.comment(review.post, pull_id)?,
            state,
            commit: review.commit.map(|c| c.oid.into()),
            submitted_at: moment(submitted_at),
        }))
    }

    async fn thread(&self, thread: Thread, pull_id: u64) -> Result<Option<snapshot::Thread>, ObserveError> {
        let mut all: BTreeMap<String, ThreadComment> = BTreeMap::new();
        let mut cursor = None;
        let mut more = take(thread.comments, &mut cursor, |c| drop(all.insert(c.post.id.clone(), c)))?;
        let mut pages = 0;
        while more {
            pages += 1;
            if pages > self.ask.max_pages {
                return Err(incomplete("a thread is too long"));
            }
            let page = PAGE.min(self.github.inner.config.page_size);
            let variables = json!({ "id": thread.id, "page": page, "after": cursor });
            let data: ThreadData = self.github.query(self.installation(), queries::THREAD, &variables).await?;
            let comments = data.node.and_then(|n| n.comments).ok_or(ObserveError::Moving("a thread went away"))?;
            more = take(comments, &mut cursor, |c| drop(all.insert(c.post.id.clone(), c)))?;
        }
        let mut comments = Vec::new();
        // A pending comment is nobody's word yet.
        for comment in all.into_values().filter(|c| c.state != "PENDING") {
            let is_reply = comment.reply_to.as_ref().is_some_and(|to| to.id != comment.post.id);
            comments.push((is_reply, self.comment(comment.post, pull_id)?));
        }
        comments.sort_by_key(|(is_reply, c)| (*is_reply, c.created_at, c.id));
        if comments.is_empty() {
            return Ok(None);
        }
        Ok(Some(snapshot::Thread {
            node: thread.id.into(),
            path: thread.path,
            line: thread.line,
            resolved: thread.is_resolved,
            resolved_by: thread.resolved_by.and_then(Who::actor),
            outdated: thread.is_outdated,
            comments: comments.into_iter().map(|(_, comment)| comment).collect(),
        }))
    }

    /// A post; its marker is believed only where we are the author.
    fn comment(&self, post: Post, pull_id: u64) -> Result<Comment, ObserveError> {
        let id = post
            .full_database_id
            .as_ref()
            .and_then(super::wire::BigInt::value)
            .ok_or_else(|| incomplete("a post without an id"))?;
        let author = post.author.and_then(Who::actor);
        let ours = author.as_ref().is_some_and(|a| self.app.is(a));
        let (body, marker) = if ours {
            self.github.inner.config.marker.read(self.pull.repo.id, pull_id, &post.body)
        } else {
            (post.body.as_str(), None)
        };
        Ok(Comment {
            node: post.id.into(),
            id,
            author,
            editor: post.editor.and_then(Who::actor),
            body: Untrusted::new(body),
            marker,
            associated: belongs(&post.author_association),
            minimized: post.is_minimized,
            created_at: moment(post.created_at),
            last_edited_at: post.last_edited_at.map(moment),
        })
    }

    /// The last reading.
    pub(super) async fn still(&self, base: &str, before: &Stamp) -> Result<(), ObserveError> {
        let variables = json!({
            "owner": self.pull.repo.owner, "name": self.pull.repo.name, "number": self.pull.number, "base": format!("refs/heads/{base}"),
        });
        let data: StillData =
            self.github.query(self.installation(), queries::STILL, &variables).await.map_err(super::gone)?;
        let repo = data.repository.ok_or_else(|| ObserveError::Gone("the repository is not there".to_owned()))?;
        let mut stamp =
            repo.pull_request.ok_or_else(|| ObserveError::Gone("the pull request is not there".to_owned()))?;
        stamp.base_tip = repo.base.and_then(|b| b.target).map(|t| t.oid);
        if stamp == *before { Ok(()) } else { Err(ObserveError::Moving("it changed while it was read")) }
    }
}

struct Lists {
    reviews: Option<Page<Review>>,
    threads: Page<Thread>,
    comments: Page<Post>,
    events: Page<Event>,
}

fn state(word: &str) -> Option<ReviewState> {
    match word {
        "COMMENTED" => Some(ReviewState::Commented),
        "APPROVED" => Some(ReviewState::Approved),
        "CHANGES_REQUESTED" => Some(ReviewState::ChangesRequested),
        "DISMISSED" => Some(ReviewState::Dismissed),
        _ => None,
    }
}

/// A `CommentAuthorAssociation` that only members and collaborators get
/// (<https://docs.github.com/en/graphql/reference/enums#commentauthorassociation>).
fn belongs(association: &str) -> bool {
    matches!(association, "MEMBER" | "OWNER" | "COLLABORATOR")
}
