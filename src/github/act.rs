//! One write. It leaves at most once: what became of it is told, and whether to look before repeating it. Where it goes comes
//! from the snapshot, what it says is `SafeMarkdown` with its marker.

mod check;
mod place;

use http::Method;
use serde_json::{Value, json};

use super::call::segment;
use super::limits::Failure;
use super::pacing::Write;
use super::rest::{Account, IdJson, PostJson};
use super::transport::Answer;
use super::{GitHub, PullRef, RepoRef};
use crate::prose::SafeMarkdown;
use crate::prose::markdown::{link, words};
use crate::review::effect::{Effect, LineComment};
use crate::review::marker::PostKey;
use crate::review::snapshot::{CommitSha, NodeId, Snapshot};
use crate::say;
use place::Kind;

/// More comments in one review are answered "submitted too quickly", or posted although the answer is an error.
const MOST_COMMENTS: usize = 20;
/// GitHub takes 65,536 characters; the marker and a margin come on top of this.
const LONGEST_BODY: usize = 60_000;
/// Comments of one review, or posts of one pull request, that are read back.
const MOST_READ_BACK: usize = 3_000;

/// Where effects go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The pull request.
    pub pull: PullRef,
    /// Its numeric id, which the markers are made for.
    pub pull_id: u64,
    /// The head commit that was looked at.
    pub head: CommitSha,
}

impl Target {
    /// The pull request of a snapshot, by its current name.
    pub fn of(snapshot: &Snapshot) -> Self {
        let repository = &snapshot.repository;
        let repo = RepoRef { id: repository.id, owner: repository.owner.clone(), name: repository.name.clone() };
        Self {
            pull: PullRef { installation: snapshot.app.installation, repo, number: snapshot.pull.number },
            pull_id: snapshot.pull.id,
            head: snapshot.pull.head.clone(),
        }
    }

    fn root(&self) -> String {
        format!("/repos/{}/{}", segment(&self.pull.repo.owner), segment(&self.pull.repo.name))
    }
}

/// A post that GitHub confirmed, with the ids that it gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Which.
    pub key: PostKey,
    /// Node id.
    pub node: NodeId,
    /// REST id.
    pub id: u64,
}

/// What became of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// Posts that GitHub confirmed. With `Done` it may lack comments of a review whose ids could not be read back: they are
    /// there, and the next look finds them by their markers.
    pub written: Vec<Written>,
    /// Posts of the effect that were not sent at all: more than fit into one review.
    pub unsent: Vec<PostKey>,
    /// The check run that was written.
    pub check: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an effect ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out.
    Done,
    /// GitHub refused it, in whole: a fact.
    Refused {
        /// HTTP status; 0 when it was not sent.
        status: u16,
        /// GitHub's words.
        why: String,
        /// The posts that were refused. A refused review names no culprit.
        keys: Vec<PostKey>,
    },
    /// Not carried out; may be tried again after this time.
    Delay {
        /// From now.
        seconds: u64,
        /// GitHub's words.
        why: String,
    },
    /// Whether it was carried out is not known: look before repeating.
    Uncertain {
        /// What happened.
        why: String,
    },
}

impl Acted {
    const fn done() -> Self {
        Self { written: Vec::new(), unsent: Vec::new(), check: None, outcome: Outcome::Done }
    }

    fn written(key: PostKey, post: PostJson) -> Self {
        Self { written: vec![Written { key, node: post.node_id.into(), id: post.id }], ..Self::done() }
    }

    fn failed(failure: Failure, keys: Vec<PostKey>) -> Self {
        let outcome = match failure {
            Failure::Refused { status, why } => Outcome::Refused { status, why, keys },
            Failure::Delay { seconds, why } => Outcome::Delay { seconds, why },
            Failure::Uncertain { why } => Outcome::Uncertain { why },
        };
        Self { outcome, ..Self::done() }
    }
}

impl GitHub {
    /// Carries an effect out. `Pin`, `Analyse` and `Probe` are not GitHub's to carry out: nothing happens.
    pub async fn act(&self, at: &Target, effect: &Effect) -> Acted {
        match effect {
            Effect::Pin(_) | Effect::Analyse(_) | Effect::Probe(_) => Acted::done(),
            Effect::PostReview { key, body, comments, .. } => self.post_review(at, *key, body, comments).await,
            Effect::PostReply { key, to, body, .. } => {
                let path = format!("{}/pulls/{}/comments/{to}/replies", at.root(), at.pull.number);
                self.post(at, *key, Method::POST, &path, body).await
            }
            Effect::PostComment { key, body, .. } => {
                let path = format!("{}/issues/{}/comments", at.root(), at.pull.number);
                self.post(at, *key, Method::POST, &path, body).await
            }
            Effect::Edit { key, node, id, body } => {
                let (method, path) = Kind::of(*key, node).edit(at, *id);
                self.post(at, *key, method, &path, body).await
            }
            Effect::Undouble { key, id, first } => self.undouble(at, *key, *id, *first).await,
            Effect::WriteCheck { check, id } => self.write_check(at, check, *id).await,
            Effect::RequestReview(who) => {
                let path = format!("{}/pulls/{}/requested_reviewers", at.root(), at.pull.number);
                let body = json!({ "reviewers": [who.login] });
                match self.send(at, Write::Content, Method::POST, &path, Some(&body)).await {
                    Ok(_) => Acted::done(),
                    Err(failure) => Acted::failed(failure, Vec::new()),
                }
            }
        }
    }

    async fn send(
        &self,
        at: &Target,
        kind: Write,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        self.write(at.pull.installation, kind, method, path, body).await
    }

    fn signed(&self, at: &Target, key: PostKey, body: &SafeMarkdown) -> Result<String, Failure> {
        let text = body.as_str();
        if text.chars().count() > LONGEST_BODY {
            return Err(Failure::Refused {
                status: 0,
                why: format!("the post is longer than {LONGEST_BODY} characters"),
            });
        }
        Ok(self.inner.config.marker.sign(at.pull.repo.id, at.pull_id, key, text))
    }

    /// Writes one post and notes the ids that GitHub gave.
    async fn post(&self, at: &Target, key: PostKey, method: Method, path: &str, body: &SafeMarkdown) -> Acted {
        let sent = async {
            let body = json!({ "body": self.signed(at, key, body)? });
            self.send(at, Write::Content, method, path, Some(&body)).await?.json::<PostJson>()
        };
        match sent.await {
            Ok(post) => Acted::written(key, post),
            Err(failure) => Acted::failed(failure, vec![key]),
        }
    }

    /// <https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request>: all comments or none.
    async fn post_review(
        &self,
        at: &Target,
        key: Option<PostKey>,
        body: &SafeMarkdown,
        comments: &[LineComment],
    ) -> Acted {
        let (now, later) = comments.split_at(comments.len().min(MOST_COMMENTS));
        let unsent: Vec<PostKey> = later.iter().map(|c| c.key).collect();
        let keys = || key.into_iter().chain(now.iter().map(|c| c.key)).collect::<Vec<_>>();
        let path = format!("{}/pulls/{}/reviews", at.root(), at.pull.number);
        let sent = async {
            let signed = match key {
                Some(key) => self.signed(at, key, body)?,
                None => body.as_str().to_owned(),
            };
            // GitHub's description demands a body for a COMMENT, whatever it takes in practice.
            let signed = if signed.trim().is_empty() { words("Posted again.").as_str().to_owned() } else { signed };
            let comments = now.iter().map(|c| self.line_comment(at, c)).collect::<Result<Vec<_>, _>>()?;
            let body = json!({ "commit_id": at.head, "event": "COMMENT", "body": signed, "comments": comments });
            self.send(at, Write::Content, Method::POST, &path, Some(&body)).await?.json::<PostJson>()
        };
        let review = match sent.await {
            Ok(review) => review,
            Err(failure) => return Acted { unsent, ..Acted::failed(failure, keys()) },
        };
        let mut written = Vec::new();
        if !now.is_empty() {
            // The answer names the review only. What cannot be read back now is found by its marker later.
            let path = format!("{}/pulls/{}/reviews/{}/comments", at.root(), at.pull.number, review.id);
            if let Ok(posts) = self.our_posts(at, &path).await {
                written.extend(posts.into_iter().filter(|w| now.iter().any(|c| c.key == w.key)));
            }
        }
        written.extend(key.map(|key| Written { key, node: review.node_id.into(), id: review.id }));
        Acted { written, unsent, ..Acted::done() }
    }

    fn line_comment(&self, at: &Target, comment: &LineComment) -> Result<Value, Failure> {
        let mut json = json!({
            "path": comment.path, "line": comment.line, "side": "RIGHT", "body": self.signed(at, comment.key, &comment.body)?,
        });
        // GitHub refuses a range of one line.
        if let (Some(start), Some(fields)) =
            (comment.start_line.filter(|start| *start < comment.line), json.as_object_mut())
        {
            fields.insert("start_line".into(), json!(start));
            fields.insert("start_side".into(), json!("RIGHT"));
        }
        Ok(json)
    }

    /// Posts of a list that carry a marker of ours for this pull request.
    async fn our_posts(&self, at: &Target, path: &str) -> Result<Vec<Written>, Failure> {
        let slug = self.app(at.pull.installation).await.map(|app| app.slug).unwrap_or_default();
        let posts = self.get_all(at.pull.installation, path, MOST_READ_BACK, |page: Vec<PostJson>| page).await?;
        let ours = posts.items.into_iter().filter_map(|post| {
            let author = post.user.clone().and_then(Account::actor)?;
            let body = post.body.as_deref().unwrap_or_default();
            let (_, key) = self.inner.config.marker.read(at.pull.repo.id, at.pull_id, body);
            let is_ours = author.login.eq_ignore_ascii_case(&slug);
            Some(Written { key: key.filter(|_| is_ours)?, node: post.node_id.into(), id: post.id })
        });
        Ok(ours.collect())
    }

    /// GitHub cannot delete a submitted review, so a doubled one becomes a line without a marker; a doubled comment goes.
    async fn undouble(&self, at: &Target, key: PostKey, id: u64, first: u64) -> Acted {
        let kind = match Kind::usual(key) {
            Some(kind) => kind,
            // A command is answered in a thread or in the conversation, and ids of the two may be equal: see which it is.
            None => match self.find(at, key, id).await {
                Ok(Some(kind)) => kind,
                Ok(None) => return Acted::done(),
                Err(failure) => return Acted::failed(failure, vec![key]),
            },
        };
        let sent = if let Some(path) = kind.delete(at, id) {
            self.send(at, Write::Content, Method::DELETE, &path, None).await
        } else {
            let first = self.inner.config.endpoints.review(&at.pull, first);
            let line = say!("This was posted twice by mistake; {} stands.", link(&words("the first one"), &first));
            let (method, path) = kind.edit(at, id);
            self.send(at, Write::Content, method, &path, Some(&json!({ "body": line.as_str() }))).await
        };
        match sent {
            // Already gone is as good.
            Ok(_) | Err(Failure::Refused { status: 404 | 410, .. }) => Acted::done(),
            Err(failure) => Acted::failed(failure, vec![key]),
        }
    }

    async fn find(&self, at: &Target, key: PostKey, id: u64) -> Result<Option<Kind>, Failure> {
        for (kind, path) in [
            (Kind::Conversation, format!("{}/issues/{}/comments", at.root(), at.pull.number)),
            (Kind::Thread, format!("{}/pulls/{}/comments", at.root(), at.pull.number)),
        ] {
            if self.our_posts(at, &path).await?.iter().any(|w| w.id == id && w.key == key) {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }

    async fn write_check(&self, at: &Target, check: &crate::review::wanted::WantedCheck, id: Option<u64>) -> Acted {
        let (method, path, body) = match id {
            Some(id) => (Method::PATCH, format!("{}/check-runs/{id}", at.root()), check::update(check)),
            None => (Method::POST, format!("{}/check-runs", at.root()), check::create(check)),
        };
        let sent = async { self.send(at, Write::Check, method, &path, Some(&body)).await?.json::<IdJson>() };
        match sent.await {
            Ok(run) => Acted { check: Some(run.id), ..Acted::done() },
            Err(failure) => Acted::failed(failure, Vec::new()),
        }
    }
}
