//! GraphQL answers of `queries/*.graphql`. Whatever the schema lets be null may be null.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::review::snapshot::{Actor, ActorKind, UserId};
use crate::time::Timestamp;

#[derive(Deserialize)]
pub(super) struct PullData {
    pub(super) repository: Option<Repo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repo {
    pub(super) database_id: Option<u64>,
    pub(super) name: String,
    pub(super) owner: Login,
    pub(super) visibility: String,
    pub(super) default_branch_ref: Option<Branch>,
    pub(super) base: Option<Branch>,
    pub(super) pull_request: Option<Pull>,
}

#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) login: String,
}

#[derive(Deserialize)]
pub(super) struct Branch {
    #[serde(default)]
    pub(super) name: String,
    pub(super) target: Option<Oid>,
}

#[derive(Deserialize)]
pub(super) struct Oid {
    pub(super) oid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pull {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) author: Option<Who>,
    pub(super) author_association: String,
    #[serde(flatten)]
    pub(super) stamp: Stamp,
    pub(super) reviews: Option<Page<Review>>,
    pub(super) review_threads: Page<Thread>,
    pub(super) comments: Page<Post>,
    pub(super) timeline_items: Page<Event>,
}

/// What must not move while a pull request is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stamp {
    pub(super) state: String,
    pub(super) is_draft: bool,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) head_ref_oid: String,
    pub(super) base_ref_name: String,
    pub(super) base_ref_oid: String,
    /// Tip of the deciding base; filled in from beside the pull request.
    #[serde(skip)]
    pub(super) base_tip: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct StillData {
    pub(super) repository: Option<StillRepo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StillRepo {
    pub(super) base: Option<Branch>,
    pub(super) pull_request: Option<Stamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<T> {
    pub(super) page_info: PageInfo,
    pub(super) nodes: Option<Vec<Option<T>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Who {
    #[serde(rename = "__typename")]
    kind: String,
    login: String,
    database_id: Option<u64>,
}

impl Who {
    /// An account without a numeric id cannot be told from others, so it is nobody.
    pub(super) fn actor(self) -> Option<Actor> {
        let kind = match self.kind.as_str() {
            "User" => ActorKind::User,
            "Bot" => ActorKind::Bot,
            _ => ActorKind::Other,
        };
        Some(Actor { id: UserId(self.database_id?), login: self.login, kind })
    }
}

/// A review, a review comment or a comment of the conversation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) full_database_id: Option<BigInt>,
    pub(super) body: String,
    pub(super) author_association: String,
    pub(super) is_minimized: bool,
    pub(super) created_at: DateTime<Utc>,
    pub(super) last_edited_at: Option<DateTime<Utc>>,
    pub(super) author: Option<Who>,
    pub(super) editor: Option<Who>,
}

/// `BigInt` is written as a string; a number is taken as well.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum BigInt {
    Text(String),
    Number(u64),
}

impl BigInt {
    pub(super) fn value(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => Some(*number),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Review {
    #[serde(flatten)]
    pub(super) post: Post,
    pub(super) state: String,
    pub(super) submitted_at: Option<DateTime<Utc>>,
    pub(super) commit: Option<Oid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) line: Option<u32>,
    pub(super) is_resolved: bool,
    pub(super) is_outdated: bool,
    pub(super) resolved_by: Option<Who>,
    pub(super) comments: Page<ThreadComment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThreadComment {
    #[serde(flatten)]
    pub(super) post: Post,
    pub(super) state: String,
    pub(super) reply_to: Option<NodeRef>,
}

#[derive(Deserialize)]
pub(super) struct NodeRef {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct ThreadData {
    pub(super) node: Option<ThreadNode>,
}

#[derive(Deserialize)]
pub(super) struct ThreadNode {
    pub(super) comments: Option<Page<ThreadComment>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    #[serde(rename = "__typename")]
    pub(super) kind: String,
    pub(super) id: Option<String>,
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) previous_review_state: Option<String>,
    pub(super) actor: Option<Who>,
    pub(super) review: Option<NodeRef>,
}

pub(super) fn moment(at: DateTime<Utc>) -> Timestamp {
    Timestamp(at.timestamp_millis())
}
