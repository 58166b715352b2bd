//! Does an override stand? Its digest must have been shown on this check, for exactly these documents, by the app itself.

use std::collections::BTreeMap;

use super::approval::Case;
use super::draft;
use super::facts::{Comment, Printed};
use super::flaws::Flaw;

/// `/threadmodel override <digest> <reason>` on the first line → digest.
fn digest(comment: &Comment) -> Option<&str> {
    match comment.text.versions.first()?.2.lines().next()?.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["/threadmodel", "override", digest, _, ..] => Some(digest),
        _ => None,
    }
}

pub(crate) fn stands(case: &Case<'_>) -> bool {
    let comments = case.scene.conversation.comments.values().filter(|comment| comment.pull == *case.key);
    comments.into_iter().any(|comment| digest(comment).is_some_and(|digest| counts(case, comment, digest)))
}

fn counts(case: &Case<'_>, comment: &Comment, digest: &str) -> bool {
    let (scene, flaw) = (&case.scene, case.scene.flaw);
    let there = !comment.deleted || flaw == Some(Flaw::DeletedOverride);
    let untouched = !comment.text.edited() || flaw == Some(Flaw::EditedOverride);
    let here = comment.base == case.pull.rules_from() || flaw == Some(Flaw::CarriesToOtherBase);
    let member = case.policy.teams.iter().any(|team| scene.people.members(team).contains(&comment.author));
    let wrote = comment.author == case.pull.author || committed(case, &comment.author);
    let person = !scene.people.bots.contains(&comment.author) && comment.author != scene.app;
    let may = match flaw {
        Some(Flaw::AnybodyOverrides) => !wrote,
        Some(Flaw::AuthorOverrides) => member,
        _ => member && !wrote,
    };
    there && untouched && here && person && may && (flaw == Some(Flaw::AnyDigest) || shown(case, comment, digest))
}

/// In the author or the committer field of a commit of the pull request.
fn committed(case: &Case<'_>, login: &str) -> bool {
    let objects = case.scene.objects;
    let Some(tip) = case.scene.code.branches.get(&(case.key.0.clone(), case.pull.base.clone())) else { return true };
    let known = objects.ancestors(tip);
    objects
        .ancestors(&case.pull.head_sha)
        .difference(&known)
        .filter_map(|sha| objects.commits.get(sha))
        .any(|commit| [&commit.author, &commit.committer].into_iter().any(|who| who.as_deref() == Some(login)))
}

/// The app showed this digest before, on the check of this name, for a commit with exactly these documents, and the draft was not revised since.
fn shown(case: &Case<'_>, comment: &Comment, digest: &str) -> bool {
    let objects = case.scene.objects;
    let documents = |sha: &str| -> BTreeMap<&String, Option<&str>> {
        case.documents.iter().map(|path| (path, objects.blob(sha, path))).collect()
    };
    let name = case.scene.check_name(&case.key.0, case.pull);
    let revised = draft::draft(case.scene.conversation, case.key, case.scene.app, case.scene.lag)
        .map_or(i64::MIN, |draft| draft.revised);
    let fits = |line: &&Printed| {
        line.repo == case.key.0
            && line.name == name
            && line.digest == digest
            && line.at <= comment.at
            && documents(&line.sha) == documents(&case.pull.head_sha)
    };
    let lines: Vec<&Printed> = case.scene.conversation.printed.iter().filter(fits).collect();
    // Shown after the revision, or the comment itself came before it: then the revision ended it.
    lines.iter().any(|line| line.at >= revised)
}
