//! Reviews.

use serde::Deserialize;
use serde_json::Value;

use super::super::model::{Comment, Id, Place, Pull, Repo, Review, ReviewState};
use super::super::render::Render;
use super::super::reviews::{NewComment, NewReview, ReviewEvent};
use super::super::server::Surface;
use super::super::world::Refusal;
use super::{Answer, Call, Served};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    body: Option<String>,
    event: Option<String>,
    commit_id: Option<String>,
    comments: Vec<Posted>,
}

/// A comment of a batch. `subject_type` is no field of it (FACTS 2c).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Posted {
    path: String,
    body: String,
    line: Option<u32>,
    side: Option<super::super::model::Side>,
    start_line: Option<u32>,
    start_side: Option<super::super::model::Side>,
}

impl Call<'_> {
    fn review(&self, pull: &Pull, id: &str) -> Result<std::sync::Arc<Review>, Answer> {
        let found = id
            .parse::<Id>()
            .ok()
            .and_then(|id| self.sandbox.world().state().reviews.get(&id))
            .filter(|review| review.pull == pull.id && self.visible(review));
        found.cloned().ok_or_else(|| Answer::error(404, "Not Found"))
    }

    /// A pending review is its author's alone.
    fn visible(&self, review: &Review) -> bool {
        review.state != ReviewState::Pending
            || matches!(&self.who, super::Who::Installation { bot, .. } if *bot == review.author)
    }

    pub(super) fn reviews(&mut self, method: &str, repo: &Repo, rest: &[&str]) -> Served {
        let ["pulls", number, "reviews", rest @ ..] = rest else { return Err(Answer::error(404, "Not Found")) };
        let pull = self.pull(repo, number)?;
        if method == "GET" {
            self.need_read(repo, &["pull_requests"])?;
            return self.read_reviews(&pull, rest);
        }
        let bot = self.need_write(repo, &["pull_requests"])?;
        let posted: Written = self.body().map_err(|_| Answer::from(Refusal::Invalid("Invalid request.".to_owned())))?;
        // A dismissal's `DISMISS` is no event of a review.
        let event = posted.event.as_deref().filter(|event| *event != "DISMISS").map(event_named).transpose()?;
        let id = match (method, rest) {
            ("POST", []) => {
                if posted.comments.iter().any(|comment| comment.line.is_none()) {
                    return Err(Refusal::Invalid("Unprocessable Entity".to_owned()).into());
                }
                let comments = posted
                    .comments
                    .into_iter()
                    .map(|c| NewComment {
                        path: c.path,
                        body: c.body,
                        line: c.line,
                        side: c.side,
                        start_line: c.start_line,
                        start_side: c.start_side,
                    })
                    .collect();
                let new =
                    NewReview { event, body: posted.body.unwrap_or_default(), commit_id: posted.commit_id, comments };
                self.sandbox.world_mut().submit_review(bot, pull.id, &new)?
            }
            ("PUT", [id]) => {
                let review = self.review(&pull, id)?.id;
                self.sandbox.world_mut().edit_review(bot, review, &posted.body.unwrap_or_default())?;
                review
            }
            ("PUT", [id, "dismissals"]) => {
                let review = self.review(&pull, id)?.id;
                let message = self
                    .text("message")
                    .map_err(|_| Answer::from(Refusal::Invalid("message wasn't supplied".to_owned())))?;
                self.sandbox.world_mut().dismiss_review(bot, review, &message)?;
                review
            }
            ("POST", [id, "events"]) => {
                let review = self.review(&pull, id)?.id;
                let Some(event) = event else {
                    return Err(Refusal::Invalid("event wasn't supplied".to_owned()).into());
                };
                self.sandbox.world_mut().submit_pending(bot, review, event, posted.body.as_deref())?;
                review
            }
            _ => return Err(Answer::error(404, "Not Found")),
        };
        let world = self.sandbox.world();
        world
            .state()
            .reviews
            .get(&id)
            .map(|review| Answer::json(200, Render::now(world).review(review)))
            .ok_or_else(|| Answer::error(404, "Not Found"))
    }

    fn read_reviews(&mut self, pull: &Pull, rest: &[&str]) -> Served {
        match rest {
            [] => {
                let state = self.lagged(Surface::Rest);
                let r = self.render(&state);
                let mut reviews: Vec<_> =
                    state.reviews.values().filter(|review| review.pull == pull.id && self.visible(review)).collect();
                reviews.sort_by_key(|review| (review.submitted_at, review.id));
                let shown = reviews.into_iter().map(|review| r.review(review)).collect();
                self.list(shown)
            }
            [id] => {
                let review = self.review(pull, id)?;
                Answer::ok(Render::now(self.sandbox.world()).review(&review))
            }
            [id, "comments"] => {
                let review = self.review(pull, id)?.id;
                let state = self.lagged(Surface::Rest);
                let r = self.render(&state);
                let own = |comment: &&std::sync::Arc<Comment>| matches!(comment.place, Place::Thread { review: of, .. } if of == review);
                let shown: Vec<Value> =
                    state.comments.values().filter(own).map(|comment| r.review_comment(comment, true)).collect();
                self.list(shown)
            }
            _ => Err(Answer::error(404, "Not Found")),
        }
    }
}

fn event_named(name: &str) -> Result<ReviewEvent, Answer> {
    match name {
        "APPROVE" => Ok(ReviewEvent::Approve),
        "REQUEST_CHANGES" => Ok(ReviewEvent::RequestChanges),
        "COMMENT" => Ok(ReviewEvent::Comment),
        _ => Err(Refusal::Invalid(
            "Variable $event of type PullRequestReviewEvent was provided invalid value".to_owned(),
        )
        .into()),
    }
}
