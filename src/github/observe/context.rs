//! The organisation's context: Markdown files that the policy's `context` names, in the repository at the tip of the deciding
//! base and in the organisation's `.github` repository. Listed by git trees, which never change; cut to a size that an analyst
//! can read. No fact of the gate: what GitHub refuses is left out and said so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::try_join_all;
use serde::Deserialize;

use super::{Look, ObserveError, ttl};
use crate::document::{Document, FrontMatterKind};
use crate::github::call::segment;
use crate::github::limits::Failure;
use crate::memory;
use crate::policy::Policy;
use crate::review::pasted;
use crate::review::snapshot::{BlobId, CommitSha, ContextText, Decided};

/// What an analyst is given at most; stated in `docs/policy.md`.
const MOST: Most = Most { file: 64 * 1024, files: 20, bytes: 256 * 1024 };
/// Lines that tell what was left out.
const MOST_LEFT_OUT: usize = 50;
/// Folders that one pattern may lead through.
const DEEPEST: usize = 20;

/// What an analyst may read of the organisation's context, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) texts: Vec<ContextText>,
    pub(super) decided: Vec<Decided>,
    pub(super) prompts: BTreeMap<String, String>,
    pub(super) left_out: Vec<String>,
}

/// A repository that context is read from.
pub(super) struct Source {
    id: u64,
    /// `/repos/OWNER/NAME`
    root: String,
    /// What stands before a path when it is shown.
    pub(super) label: String,
    top: Arc<Listing>,
}

/// A listed tree: <https://docs.github.com/en/rest/git/trees>.
#[derive(Debug, Deserialize)]
pub(crate) struct Listing {
    sha: String,
    tree: Vec<Item>,
    /// More than GitHub lists: 100,000 entries, or 7 MB.
    #[serde(default)]
    truncated: bool,
}

#[derive(Debug, Deserialize)]
struct Item {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    /// GitHub gives none for a submodule in some answers.
    #[serde(default)]
    sha: String,
    #[serde(default)]
    size: u64,
}

/// The `.github` repository of an organisation, as read: none, or its id and the tree at the tip of its default branch; or why
/// it cannot be read.
pub(crate) type OrgTop = Result<Option<(u64, Arc<Listing>)>, String>;

#[derive(Deserialize)]
struct RepoJson {
    id: u64,
    default_branch: String,
}

/// A file that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct File {
    pub(super) path: String,
    blob: BlobId,
    pub(super) bytes: u64,
}

impl Look<'_> {
    pub(super) async fn context(&self, policy: &Policy, base: &CommitSha) -> Result<Context, ObserveError> {
        let mut context = Context::default();
        let own = roots(policy.context.patterns());
        let usual = Policy::default();
        let mut budget = Budget::new(MOST);
        for source in &self.sources(base, &mut context.left_out).await? {
            context.decided.extend(self.decided(source, &mut context.left_out).await?);
            if source.label.is_empty() {
                context.prompts = self.prompts(source, policy, &mut context.left_out).await?;
            }
            // The organisation's own: mandatory files stand where context usually does, whatever the patterns are.
            let mut files = self.files_below(source, &own, policy, &mut context.left_out).await?;
            if !source.label.is_empty() && policy.context != usual.context {
                let roots = roots(usual.context.patterns());
                files.extend(self.files_below(source, &roots, &usual, &mut context.left_out).await?);
            }
            let label = &source.label;
            let chosen =
                budget.choose(files, |file, why| context.left_out.push(format!("{label}{}: {why}", file.path)));
            let reads = chosen.into_iter().map(|file| self.text_of(source, file));
            for (path, text) in try_join_all(reads).await? {
                let shown = format!("{label}{path}");
                match text {
                    Some(text) => {
                        let head = Head::of(&path, &text, &shown, &mut context.left_out);
                        // What the organisation makes mandatory is read whatever a repository's own patterns say.
                        if !is_context(policy, &path) && !head.mandatory {
                            continue;
                        }
                        let text = pasted::masked(&without_front_matter(&path, &text));
                        let always = head.always || head.mandatory;
                        context.texts.push(ContextText { path: shown, text, always, when: head.when });
                    }
                    None => context.left_out.push(format!("{shown}: not a text that can be read")),
                }
            }
        }
        let more = context.left_out.len().saturating_sub(MOST_LEFT_OUT);
        if more > 0 {
            context.left_out.truncate(MOST_LEFT_OUT);
            context.left_out.push(format!("… and {more} more"));
        }
        Ok(context)
    }

    pub(super) async fn text_of(
        &self,
        source: &Source,
        file: File,
    ) -> Result<(String, Option<Arc<str>>), ObserveError> {
        let text = self.blob_of(&source.root, source.id, &file.blob).await?;
        Ok((file.path, text))
    }

    async fn sources(&self, base: &CommitSha, left_out: &mut Vec<String>) -> Result<Vec<Source>, ObserveError> {
        let mut sources = Vec::new();
        let repo = &self.pull.repo;
        match self.listing(&self.root, repo.id, base.as_str(), false).await {
            Ok(top) => sources.push(Source { id: repo.id, root: self.root.clone(), label: String::new(), top }),
            Err(ObserveError::Failed(Failure::Refused { why, .. })) => {
                left_out.push(format!("the base's files: {why}"));
            }
            Err(other) => return Err(other),
        }
        if repo.name.eq_ignore_ascii_case(".github") {
            return Ok(sources);
        }
        let label = format!("{}/.github:", repo.owner);
        match self.org_top().await? {
            Ok(Some((id, top))) => {
                sources.push(Source { id, root: format!("/repos/{}/.github", segment(&repo.owner)), label, top });
            }
            Ok(None) => {}
            Err(why) => left_out.push(format!("{label} {why}")),
        }
        Ok(sources)
    }

    /// The organisation's `.github` repository: not there differs from not readable; a private one where the App is not
    /// installed looks like none.
    async fn org_top(&self) -> Result<OrgTop, ObserveError> {
        let (cache, now) = (&self.github.inner.caches.org_tops, self.github.now());
        let key = (self.installation(), self.pull.repo.owner.to_ascii_lowercase());
        if let Some(known) = cache.get(&key, now, ttl(self.github.inner.config.people_ttl)) {
            return Ok(known);
        }
        let root = format!("/repos/{}/.github", segment(&self.pull.repo.owner));
        let known = match self.read_org_top(&root).await {
            Ok((id, top)) => Ok(Some((id, Arc::new(top)))),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            // GitHub answers 409 for a repository without a commit.
            Err(Failure::Delay { why, .. }) if why.contains("is empty") => Ok(None),
            Err(Failure::Refused { why, .. }) => Err(format!("GitHub does not show it to the App ({why})")),
            Err(other) => return Err(other.into()),
        };
        cache.put(key, known.clone(), now);
        Ok(known)
    }

    async fn read_org_top(&self, root: &str) -> Result<(u64, Listing), Failure> {
        let repo: RepoJson = self.github.get(self.installation(), root).await?;
        let path = format!("{root}/git/trees/{}", segment(&repo.default_branch));
        Ok((repo.id, self.github.get(self.installation(), &path).await?))
    }

    /// Lists a tree, or a commit's, by its id: remembered, since neither changes.
    async fn listing(&self, root: &str, repo: u64, sha: &str, deep: bool) -> Result<Arc<Listing>, ObserveError> {
        let cache = &self.github.inner.caches.listings;
        let key = (repo, sha.to_owned(), deep);
        if let Some(known) = cache.get(&key) {
            return Ok(known);
        }
        let query = if deep { "?recursive=1" } else { "" };
        let path = format!("{root}/git/trees/{}{query}", segment(sha));
        let listing: Arc<Listing> = Arc::new(self.github.get(self.installation(), &path).await?);
        cache.put(key, Arc::clone(&listing), listing.tree.len().max(1));
        Ok(listing)
    }

    /// The Markdown files of a repository that the patterns match, in the order of their paths.
    async fn files_below(
        &self,
        source: &Source,
        roots: &BTreeSet<Root>,
        policy: &Policy,
        left_out: &mut Vec<String>,
    ) -> Result<BTreeSet<File>, ObserveError> {
        let mut files = BTreeSet::new();
        for root in roots {
            match self.markdown_in(source, root, left_out).await {
                Ok(found) => files.extend(found.into_iter().filter(|file| is_context(policy, &file.path))),
                Err(ObserveError::Failed(Failure::Refused { why, .. })) => {
                    left_out.push(format!("{}{}: {why}", source.label, root.folder));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(files)
    }

    /// The Markdown files in a folder; none where it is not there.
    pub(super) async fn markdown_in(
        &self,
        source: &Source,
        root: &Root,
        left_out: &mut Vec<String>,
    ) -> Result<BTreeSet<File>, ObserveError> {
        let Some(listing) = self.folder(source, root).await? else { return Ok(BTreeSet::new()) };
        if listing.truncated {
            left_out.push(format!("{}{}: more files than GitHub lists", source.label, root.folder));
        }
        let path_of = |item: &Item| match root.folder.as_str() {
            "" => item.path.clone(),
            folder => format!("{folder}/{}", item.path),
        };
        let blobs = listing.tree.iter().filter(|item| item.kind == "blob");
        let files = blobs.map(|item| File { path: path_of(item), blob: item.sha.as_str().into(), bytes: item.size });
        Ok(files.filter(|file| is_markdown(&file.path)).collect())
    }

    /// What stands in a folder, walking down from the top; `None`: there is no such folder.
    async fn folder(&self, source: &Source, root: &Root) -> Result<Option<Arc<Listing>>, ObserveError> {
        let mut listing = Arc::clone(&source.top);
        let steps: Vec<&str> = root.folder.split('/').filter(|step| !step.is_empty()).collect();
        if steps.is_empty() && root.deep {
            return self.listing(&source.root, source.id, &source.top.sha, true).await.map(Some);
        }
        for (n, step) in (1..).zip(&steps) {
            let Some(folder) = listing.tree.iter().find(|item| item.kind == "tree" && item.path == *step) else {
                return Ok(None);
            };
            let deep = root.deep && n == steps.len();
            listing = self.listing(&source.root, source.id, &folder.sha, deep).await?;
        }
        Ok(Some(listing))
    }
}

/// A folder that may hold files that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Root {
    folder: String,
    /// Its folders, too.
    deep: bool,
}

impl Root {
    /// A folder, without those below.
    pub(super) fn only(folder: &str) -> Self {
        Self { folder: folder.to_owned(), deep: false }
    }
}

/// Whether an analyst may read it as context; decisions are read as what they are.
fn is_context(policy: &Policy, path: &str) -> bool {
    let decision = path.strip_prefix(memory::FOLDER).is_some_and(|rest| rest.starts_with('/'));
    policy.is_context(path) && !decision
}

/// Where to look for what gitignore-style patterns match: the folders in front of their first special character.
fn roots(patterns: &[String]) -> BTreeSet<Root> {
    let mut roots: BTreeSet<Root> =
        patterns.iter().filter(|pattern| !pattern.starts_with('!')).map(|pattern| root(pattern)).collect();
    // A folder that is listed with everything below needs no other listing.
    let deep: Vec<Root> = roots.iter().filter(|root| root.deep).cloned().collect();
    let within = |root: &Root, other: &Root| {
        *root != *other
            && (other.folder.is_empty()
                || root.folder == other.folder
                || root.folder.strip_prefix(&other.folder).is_some_and(|rest| rest.starts_with('/')))
    };
    roots.retain(|root| !deep.iter().any(|other| within(root, other)));
    roots
}

fn root(pattern: &str) -> Root {
    let is_plain = |part: &&str| !part.contains(['*', '?', '[', '\\', '{']);
    // Without a slash in front of its end, a pattern matches at any depth.
    if !pattern.trim_end_matches('/').contains('/') {
        return Root { folder: String::new(), deep: true };
    }
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let (last, before) = parts.split_last().map_or(("", &[][..]), |(last, before)| (*last, before));
    let plain = before.iter().copied().take_while(|part| is_plain(part)).take(DEEPEST).count();
    if plain == before.len() && is_plain(&last) && !is_markdown(last) {
        // A folder by its name: all that stands below.
        return Root { folder: parts.join("/"), deep: true };
    }
    let folder = before.get(..plain).unwrap_or_default().join("/");
    Root { folder, deep: plain < before.len() || !is_markdown(last) }
}

fn is_markdown(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(ending.as_deref(), Some("md" | "markdown"))
}

/// How much is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Bytes of one file.
    pub(super) file: u64,
    /// Files.
    pub(super) files: usize,
    /// Bytes of all of them.
    pub(super) bytes: u64,
}

/// How much is still taken.
pub(super) struct Budget {
    most: Most,
    files: usize,
    bytes: u64,
}

impl Budget {
    pub(super) const fn new(most: Most) -> Self {
        Self { most, files: most.files, bytes: most.bytes }
    }

    pub(super) fn choose(&mut self, files: BTreeSet<File>, mut left_out: impl FnMut(&File, &str)) -> Vec<File> {
        let Most { file: largest, files: most_files, bytes: most_bytes } = self.most;
        let mut chosen = Vec::new();
        for file in files {
            if file.bytes > largest {
                left_out(&file, &format!("larger than {} KiB", largest / 1024));
            } else if self.files == 0 {
                left_out(&file, &format!("more than {most_files} files"));
            } else if file.bytes > self.bytes {
                left_out(&file, &format!("more than {} KiB in all", most_bytes / 1024));
            } else {
                self.files -= 1;
                self.bytes -= file.bytes;
                chosen.push(file);
            }
        }
        chosen
    }
}

/// What a file's front matter says about when it is to be read.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Head {
    always: bool,
    mandatory: bool,
    when: Vec<String>,
}

impl Head {
    /// Reads it; other keys are other people's. One that cannot be read is told, and says nothing.
    fn of(path: &str, text: &str, shown: &str, left_out: &mut Vec<String>) -> Self {
        let document = Document::parse(path, text);
        let Some(block) = document.front_matter().filter(|block| block.kind == FrontMatterKind::Yaml) else {
            return Self::default();
        };
        serde_saphyr::from_str(&block.text).unwrap_or_else(|_| {
            left_out
                .push(format!("{shown}: its front matter (`always`, `mandatory`, `when`) cannot be read; the text is"));
            Self::default()
        })
    }
}

pub(super) fn without_front_matter(path: &str, text: &str) -> String {
    let document = Document::parse(path, text);
    match document.front_matter() {
        Some(block) => {
            let skipped = usize::try_from(block.lines.end).unwrap_or(usize::MAX);
            let rest: String = text.split_inclusive('\n').skip(skipped).collect();
            rest.trim_start_matches(['\r', '\n']).to_owned()
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_says_when_a_file_is_read() {
        let read = |text: &str| {
            let mut told = Vec::new();
            (Head::of("a.md", text, "a.md", &mut told), told.len())
        };
        let head = |always, mandatory, when: &[&str]| Head {
            always,
            mandatory,
            when: when.iter().map(|w| (*w).to_owned()).collect(),
        };
        assert_eq!(read("Plain.\n"), (Head::default(), 0));
        assert_eq!(read("---\nalways: true\ntitle: Links\n---\nText.\n"), (head(true, false, &[]), 0));
        assert_eq!(
            read("---\nmandatory: true\nwhen: [webhook, callback]\n---\nText.\n"),
            (head(false, true, &["webhook", "callback"]), 0)
        );
        assert_eq!(read("---\nwhen: 3\n---\nText.\n"), (Head::default(), 1));
    }

    #[test]
    fn patterns_lead_to_the_fewest_folders() {
        let check = |patterns: &[&str], expected: &[(&str, bool)]| {
            let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
            let found: Vec<_> = roots(&patterns).into_iter().map(|r| (r.folder, r.deep)).collect();
            let expected: Vec<_> = expected.iter().map(|(f, deep)| ((*f).to_owned(), *deep)).collect();
            assert_eq!(found, expected, "{patterns:?}");
        };
        check(&[".github/threadmodel/context/*.md"], &[(".github/threadmodel/context", false)]);
        check(&["/docs/security.md", "docs/*.md"], &[("docs", false)]);
        check(&["docs/context/", "docs/context/a/*.md"], &[("docs/context", true)]);
        check(&["docs/**/context.md", "!docs/old/**"], &[("docs", true)]);
        check(&["docs/*/context.md"], &[("docs", true)]);
        check(&["docs/notes/*"], &[("docs/notes", true)]);
        check(&["CONTEXT.md", "docs/*.md"], &[("", true)]);
        check(&["/CONTEXT.md"], &[("", false)]);
        check(&["!docs/*.md"], &[]);
    }

    #[test]
    fn files_that_do_not_fit_are_named() {
        let file = |n: u32, bytes| File { path: format!("{n:02}.md"), blob: "b".into(), bytes };
        let chosen = |files: BTreeSet<File>| {
            let mut left_out = Vec::new();
            let chosen = Budget::new(MOST).choose(files, |file, why| left_out.push(format!("{}: {why}", file.path)));
            (chosen.len(), left_out)
        };
        assert_eq!(
            chosen((0..22).map(|n| file(n, 10)).collect()),
            (20, vec!["20.md: more than 20 files".to_owned(), "21.md: more than 20 files".to_owned()])
        );
        assert_eq!(
            chosen(BTreeSet::from([file(1, MOST.file + 1), file(2, MOST.file)])),
            (1, vec!["01.md: larger than 64 KiB".to_owned()])
        );
        assert_eq!(
            chosen((0..6_u32).map(|n| file(n, if n == 5 { 1 } else { MOST.file })).collect()),
            (4, vec!["04.md: more than 256 KiB in all".to_owned(), "05.md: more than 256 KiB in all".to_owned()])
        );
    }

    #[test]
    fn front_matter_is_taken_off() {
        assert_eq!(without_front_matter("a.md", "---\nowner: sec\n---\n\n# Rules\n"), "# Rules\n");
        assert_eq!(without_front_matter("a.md", "# Rules\n\n---\n"), "# Rules\n\n---\n");
    }
}
