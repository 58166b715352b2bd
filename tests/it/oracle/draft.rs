//! The draft as the log shows it: the app's own posts with a marker, when they were posted, what people did to them.

use std::collections::BTreeMap;

use super::facts::{Comment, Conversation, PullKey, Text};

/// `<!-- threadmodel:v1:KEY:MAC -->` → `KEY`.
pub(crate) fn marker(body: &str) -> Option<&str> {
    body.split_once("<!-- threadmodel:v1:")?.1.split([':', ' ']).next()
}

/// A post of the draft: its text and when it was made.
struct Post<'a> {
    at: i64,
    text: &'a Text,
}

/// The first post of each key (a second one of the same key is a double that the app takes back).
fn posts<'a>(conversation: &'a Conversation, pull: &PullKey, app: &str) -> BTreeMap<String, Post<'a>> {
    let reviews = conversation
        .reviews
        .iter()
        .filter(|(_, review)| review.pull == *pull && review.author == app)
        .map(|(id, review)| (*id, review.at, &review.text));
    let comments = conversation
        .comments
        .iter()
        .filter(|(_, comment)| comment.pull == *pull && comment.author == app && !comment.deleted)
        .map(|(id, comment)| (*id, comment.at, &comment.text));
    let mut all: Vec<(i64, u64, &Text)> = reviews.chain(comments).map(|(id, at, text)| (at, id, text)).collect();
    all.sort_by_key(|(at, id, _)| (*at, *id));
    let mut first = BTreeMap::new();
    for (at, _, text) in all {
        let key = text.versions.first().and_then(|(.., body)| marker(body)).unwrap_or_default();
        if key.starts_with("draft.") || key.starts_with("recommendation.") {
            first.entry(key.to_owned()).or_insert(Post { at, text });
        }
    }
    first
}

/// The app's recommendations, by the id of their comment.
pub(crate) fn recommendations<'a>(
    conversation: &'a Conversation,
    pull: &PullKey,
    app: &str,
) -> Vec<(u64, &'a Comment)> {
    let ours = conversation.comments.iter().filter(|(_, comment)| comment.pull == *pull && comment.author == app);
    ours.filter(|(_, comment)| {
        comment
            .text
            .versions
            .first()
            .and_then(|(.., body)| marker(body))
            .is_some_and(|key| key.starts_with("recommendation."))
    })
    .map(|(id, comment)| (*id, comment))
    .collect()
}

/// The moments of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The last time that the app posted a part of it, or reworded a suggestion.
    pub(crate) revised: i64,
    /// The last time that the app put its own words back after a person had changed them.
    pub(crate) restored: Option<i64>,
    /// From when until when somebody else's words stood in a post for so short a time that reads which lag may never have
    /// shown them, until the app wrote over them. What was approved before is what stands; what was approved then is not.
    pub(crate) unseen: Vec<(i64, i64)>,
    /// A post shows what somebody else wrote.
    pub(crate) altered: bool,
}

/// From when until when somebody else's words stood in a post, for each time that the app wrote over them.
fn alterations<'a>(post: &Post<'a>, app: &'a str) -> Vec<(i64, i64)> {
    let mut since = None;
    let mut all = Vec::new();
    for (at, by, _) in &post.text.versions {
        match since {
            None if by != app => since = Some(*at),
            Some(from) if by == app => {
                all.push((from, *at));
                since = None;
            }
            _ => {}
        }
    }
    all
}

/// The draft of a pull request, if it was posted; `lag`: how old the facts may be that the app was shown.
pub(crate) fn draft(conversation: &Conversation, pull: &PullKey, app: &str, lag: i64) -> Option<Draft> {
    let posts = posts(conversation, pull, app);
    if !posts.keys().any(|key| key.starts_with("draft.")) {
        return None;
    }
    let reworded = posts.values().flat_map(|post| post.text.versions.windows(2)).filter_map(|pair| match pair {
        [(_, before_by, before), (at, after_by, after)]
            if after_by == app && before_by == app && differs(before, after) =>
        {
            Some(*at)
        }
        _ => None,
    });
    let alterations = posts.values().flat_map(|post| alterations(post, app));
    let (unseen, seen): (Vec<_>, Vec<_>) = alterations.partition(|(from, until)| lag > 0 && until - from <= lag);
    Some(Draft {
        revised: posts.values().map(|post| post.at).chain(reworded).max()?,
        restored: seen.into_iter().map(|(_, until)| until).max(),
        unseen,
        altered: posts.values().any(|post| post.text.editor() != app),
    })
}

/// Both show a suggestion, and another one: the one rewording that plain code can tell from a change of status.
fn differs(before: &str, after: &str) -> bool {
    let block = |body: &str| {
        body.split_once("```suggestion").map(|(_, rest)| rest.split("```").next().unwrap_or("").to_owned())
    };
    matches!((block(before), block(after)), (Some(before), Some(after)) if before != after)
}
