//! The rules that decide, all from the tip of the base: policy, CODEOWNERS, and what GitHub says about them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use serde::Deserialize;
use serde_json::Value;

use super::trees::Found;
use super::{Look, ObserveError, ttl};
use crate::codeowners::{self, Codeowners};
use crate::github::cache::OrgDefaults;
use crate::github::call::segment;
use crate::github::limits::Failure;
use crate::github::rest::CodeownersErrorsJson;
use crate::methodology;
use crate::policy::{Methodology, OrgPolicy, PATH, Policy, PolicyFile, PolicyProblem, TeamRef};
use crate::review::snapshot::{CodeownersError, CodeownersFile, CommitSha, Files, Known};

/// Rules of a branch that are read.
const MOST_RULES: usize = 1_000;

pub(super) struct Rules {
    pub(super) policy: Result<Arc<Policy>, PolicyProblem>,
    pub(super) overruled: Vec<PolicyProblem>,
    pub(super) codeowners: CodeownersFile,
    pub(super) errors: Known<Vec<CodeownersError>>,
}

impl Rules {
    /// Design documents among the changed files: both paths of a rename.
    pub(super) fn documents(&self, files: &Files) -> BTreeSet<String> {
        // A broken policy names no documents; the gate is closed then, so none are needed.
        let Ok(policy) = &self.policy else { return BTreeSet::new() };
        let of = |path: &String| policy.is_document(path);
        let touched = files.list.iter().filter(|f| of(&f.path) || f.previous_path.as_ref().is_some_and(of));
        touched.flat_map(|f| std::iter::once(&f.path).chain(&f.previous_path).cloned()).collect()
    }

    /// Teams that own these documents or that the policy names.
    pub(super) fn teams(&self, documents: &BTreeSet<String>) -> BTreeSet<TeamRef> {
        let mut teams = BTreeSet::new();
        if let Ok(policy) = &self.policy {
            teams.extend(policy.approval.teams.iter().chain(&policy.approval.fallback).cloned());
        }
        if let CodeownersFile::Loaded { rules, .. } = &self.codeowners {
            let owners = documents.iter().filter_map(|path| rules.rule_for(path)).flat_map(|rule| &rule.owners);
            teams.extend(owners.filter_map(TeamRef::from_owner));
        }
        teams
    }
}

fn problem(file: PolicyFile, message: String) -> PolicyProblem {
    PolicyProblem { file, line: 1, column: 1, message }
}

#[derive(Deserialize)]
struct ContentsJson {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
}

impl Look<'_> {
    /// Reads the rules at the tip of the deciding base.
    pub(super) async fn rules(
        &self,
        base: &str,
        base_sha: &CommitSha,
        default: Option<&(String, String)>,
    ) -> Result<Rules, ObserveError> {
        let mut pairs: BTreeSet<_> =
            codeowners::LOCATIONS.iter().map(|path| (base_sha.clone(), (*path).to_owned())).collect();
        pairs.insert((base_sha.clone(), PATH.to_owned()));
        let default_sha: Option<CommitSha> =
            default.filter(|(name, _)| name != base).map(|(_, sha)| sha.as_str().into());
        pairs.extend(default_sha.clone().map(|sha| (sha, PATH.to_owned())));
        let found = self.entries(pairs).await?;
        let entries = found.values().flatten().filter(|e| e.bytes < codeowners::MAX_BYTES as u64);
        let texts = self.blobs(entries.map(|e| (e.blob.clone(), e.bytes)).collect::<BTreeMap<_, _>>()).await?;
        let text = |sha: &CommitSha, path: &str| match found.get(&(sha.clone(), path.to_owned())) {
            None => Text::Unreadable,
            Some(None) => Text::Missing,
            Some(Some(entry)) => texts.get(&entry.blob).map_or(Text::Unreadable, |text| Text::Read(Arc::clone(text))),
        };

        let defaults = self.defaults().await?;
        let mut overruled = Vec::new();
        let mut policy = layered(&defaults, &text(base_sha, PATH), &mut overruled);
        if let (Ok(policy), Some(sha)) = (&mut policy, &default_sha) {
            // Which branches share a check's name is said by the default branch only: a branch must not name itself.
            match layered(&defaults, &text(sha, PATH), &mut Vec::new()) {
                Ok(of_default) => policy.check.groups = of_default.check.groups,
                Err(_) => policy.check.groups.clear(),
            }
        }
        let own = self.own_methodology(base_sha, &policy).await?;
        match (own, &mut policy) {
            (Some(Ok(read)), Ok(policy)) => policy.methodology = read,
            (Some(Err(message)), _) => policy = Err(problem(PolicyFile::Repository, message)),
            (_, Err(_)) | (None, Ok(_)) => {}
        }
        let codeowners = self.codeowners(base_sha, &found, text);
        let errors = self.errors(base_sha, &codeowners).await?;
        Ok(Rules { policy: policy.map(Arc::new), overruled, codeowners, errors })
    }

    #[allow(clippy::unused_self, reason = "reads better beside the others")]
    fn codeowners(
        &self,
        base_sha: &CommitSha,
        found: &Found,
        text: impl Fn(&CommitSha, &str) -> Text,
    ) -> CodeownersFile {
        let unreadable = |why: &str| CodeownersFile::Unreadable { why: why.to_owned() };
        for path in codeowners::LOCATIONS {
            let Some(entry) = found.get(&(base_sha.clone(), path.to_owned())) else {
                return unreadable("GitHub does not show the base commit");
            };
            let Some(entry) = entry else { continue };
            if entry.bytes >= codeowners::MAX_BYTES as u64 {
                return CodeownersFile::TooLarge { path: path.to_owned() };
            }
            return match text(base_sha, path) {
                Text::Read(text) => {
                    CodeownersFile::Loaded { path: path.to_owned(), rules: Arc::new(Codeowners::parse(&text)) }
                }
                Text::Missing | Text::Unreadable => unreadable("the file is not a text"),
            };
        }
        CodeownersFile::Missing
    }

    /// The methodology's file, when the policy names one of the repository's own: read at the same commit, or what is wrong with it.
    async fn own_methodology(
        &self,
        base_sha: &CommitSha,
        policy: &Result<Policy, PolicyProblem>,
    ) -> Result<Option<Result<Methodology, String>>, ObserveError> {
        let Ok(Policy { methodology: Methodology::Path(path), .. }) = policy else { return Ok(None) };
        let found = self.entries(BTreeSet::from([(base_sha.clone(), path.clone())])).await?;
        let Some(entry) = found.into_values().flatten().next() else {
            return Ok(Some(Err(format!("The methodology `{path}` is not there."))));
        };
        let small = entry.bytes <= methodology::MAX_BYTES as u64;
        let wanted = small.then(|| (entry.blob.clone(), entry.bytes));
        let Some(text) = self.blobs(wanted.into_iter().collect()).await?.remove(&entry.blob) else {
            return Ok(Some(Err(format!("The methodology `{path}` is larger than 64 KiB or not a text."))));
        };
        let checked = methodology::Methodology::parse(path, &text);
        let read = Methodology::Read { path: path.clone(), text };
        Ok(Some(
            checked.map(|_| read).map_err(|e| format!("The methodology `{path}`, line {}: {}.", e.line, e.problem)),
        ))
    }

    /// Lines that GitHub skips: <https://docs.github.com/en/rest/repos/repos#list-codeowners-errors>.
    async fn errors(
        &self,
        base_sha: &CommitSha,
        codeowners: &CodeownersFile,
    ) -> Result<Known<Vec<CodeownersError>>, ObserveError> {
        if matches!(codeowners, CodeownersFile::Missing) {
            return Ok(Known::Yes(Vec::new()));
        }
        let path = format!("{}/codeowners/errors?ref={base_sha}", self.root);
        match self.github.get::<CodeownersErrorsJson>(self.installation(), &path).await {
            Ok(json) => {
                let mut errors: Vec<_> = json
                    .errors
                    .into_iter()
                    .map(|e| CodeownersError { line: e.line, kind: e.kind, source: e.source.unwrap_or_default() })
                    .collect();
                errors.sort_by_key(|e| e.line);
                Ok(Known::Yes(errors))
            }
            Err(Failure::Refused { why, .. }) => {
                Ok(Known::Unknown(format!("GitHub does not say which lines of CODEOWNERS it skips ({why})")))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The organisation's defaults, from its `.github` repository. Not there differs from not readable.
    async fn defaults(&self) -> Result<OrgDefaults, ObserveError> {
        let (cache, now) = (&self.github.inner.caches.defaults, self.github.now());
        let key = (self.installation(), self.pull.repo.owner.to_ascii_lowercase());
        if !self.ask.fresh
            && let Some(known) = cache.get(&key, now, ttl(self.github.inner.config.people_ttl))
        {
            return Ok(known);
        }
        let path = format!("/repos/{}/.github/contents/{PATH}", segment(&self.pull.repo.owner));
        let unreadable = |why: &str| {
            problem(PolicyFile::Organisation, format!("The organisation's `.github` repository cannot be read: {why}."))
        };
        let known = match self.github.get::<ContentsJson>(self.installation(), &path).await {
            Ok(ContentsJson { content: Some(content), encoding: Some(encoding) }) if encoding == "base64" => {
                let packed: String = content.split_ascii_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(packed).ok();
                match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
                    Some(text) => OrgPolicy::parse(&text).map(|policy| Some(Arc::new(policy))),
                    None => Err(unreadable("the file is not a text")),
                }
            }
            Ok(_) => Err(unreadable("the file is too large or not a file")),
            // No such repository or file; a private one where the App is not installed looks the same, `doctor` says which.
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(Failure::Refused { .. }) => Err(unreadable("GitHub refuses it to the App")),
            Err(other) => return Err(other.into()),
        };
        cache.put(key, known.clone(), now);
        Ok(known)
    }

    /// Whether the branch demands that conversations are resolved: <https://docs.github.com/en/rest/repos/rules>. It is only told.
    pub(super) async fn conversation_resolution(&self, base: &str) -> Result<bool, ObserveError> {
        let path = format!("{}/rules/branches/{}", self.root, segment(base));
        match self.github.get_all(self.installation(), &path, MOST_RULES, |page: Vec<Value>| page).await {
            Ok(rules) => Ok(rules.items.iter().any(|rule| {
                rule.get("type").and_then(Value::as_str) == Some("pull_request")
                    && rule.pointer("/parameters/required_review_thread_resolution").and_then(Value::as_bool)
                        == Some(true)
            })),
            Err(Failure::Refused { .. }) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }
}

enum Text {
    Missing,
    Unreadable,
    Read(Arc<str>),
}

fn layered(defaults: &OrgDefaults, text: &Text, overruled: &mut Vec<PolicyProblem>) -> Result<Policy, PolicyProblem> {
    let org = defaults.as_ref().map_err(Clone::clone)?.as_deref();
    let repo = match text {
        Text::Read(text) => Some(&**text),
        Text::Missing => None,
        Text::Unreadable => return Err(problem(PolicyFile::Repository, "The file cannot be read as text.".to_owned())),
    };
    let layered = Policy::layered(org, repo)?;
    overruled.extend(layered.overruled);
    Ok(layered.policy)
}
