//! Links: to the same repository only, so that no text from outside can choose where a link goes.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::time::Timestamp;

/// What a path keeps as it is; everything else, white space and Markdown's signs too, is percent-encoded.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.');

/// A repository as it is linked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoAddress {
    root: Option<String>,
}

impl RepoAddress {
    /// The repository `owner/name` on `web` (`https://github.com`, or the operator's GitHub Enterprise Server). An address
    /// that is none gives no links: the words stay.
    pub fn new(web: &str, owner: &str, name: &str) -> Self {
        let web = web.trim_end_matches('/');
        let host = web.strip_prefix("https://").or_else(|| web.strip_prefix("http://")).unwrap_or_default();
        let plain = |text: &str, more: &[char]| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(&c))
        };
        let fits = plain(host, &['.', '-', ':']) && plain(owner, &['-', '_']) && plain(name, &['-', '_', '.']);
        let encode = |text: &str| utf8_percent_encode(text, PATH).to_string();
        Self { root: fits.then(|| format!("{web}/{}/{}", encode(owner), encode(name))) }
    }
}

/// Which kind of comment, by its REST id: each kind has its own anchor on GitHub's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommentRef {
    /// In the conversation.
    Conversation(u64),
    /// In a review thread.
    Thread(u64),
    /// A review's body.
    Review(u64),
}

/// A link to something in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoLink {
    url: Option<String>,
}

impl RepoLink {
    fn below(repository: &RepoAddress, rest: &str) -> Self {
        Self { url: repository.root.as_ref().map(|root| format!("{root}/{rest}")) }
    }

    /// Lines of a file at a commit. `plain=1` makes GitHub show a Markdown file's source, where line anchors work.
    pub fn file_lines(repository: &RepoAddress, sha: &str, path: &str, start: u32, end: u32) -> Self {
        if !is_sha(sha) {
            return Self { url: None };
        }
        let path = utf8_percent_encode(path.trim_start_matches('/'), PATH);
        let lines = if start == end { format!("L{start}") } else { format!("L{start}-L{end}") };
        Self::below(repository, &format!("blob/{sha}/{path}?plain=1#{lines}"))
    }

    /// A comment of a pull request.
    pub fn comment(repository: &RepoAddress, pull: u64, comment: CommentRef) -> Self {
        let anchor = match comment {
            CommentRef::Conversation(id) => format!("issuecomment-{id}"),
            CommentRef::Thread(id) => format!("discussion_r{id}"),
            CommentRef::Review(id) => format!("pullrequestreview-{id}"),
        };
        Self::below(repository, &format!("pull/{pull}#{anchor}"))
    }

    /// A pull request.
    pub fn pull(repository: &RepoAddress, pull: u64) -> Self {
        Self::below(repository, &format!("pull/{pull}"))
    }

    /// An issue, named `owner/name#12`, when it is one of this repository.
    pub fn issue(repository: &RepoAddress, issue: &str) -> Option<Self> {
        let (name, number) = issue.split_once('#')?;
        let number: u64 = number.parse().ok()?;
        let root = repository.root.as_ref()?.to_lowercase();
        root.ends_with(&format!("/{name}")).then(|| Self::below(repository, &format!("issues/{number}")))
    }

    /// A commit within a pull request.
    pub fn commit(repository: &RepoAddress, pull: u64, sha: &str) -> Self {
        if is_sha(sha) { Self::below(repository, &format!("pull/{pull}/commits/{sha}")) } else { Self { url: None } }
    }

    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

fn is_sha(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// Where and when something is written: what every surface needs to link and to tell the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The repository.
    pub repository: RepoAddress,
    /// The pull request's number.
    pub pull: u64,
    /// The commit in which the anchors' line numbers hold (that of the round or revision).
    pub sha: String,
    /// Comments that may be cited: node id to what it is.
    pub comments: BTreeMap<String, CommentRef>,
    /// Now.
    pub now: Timestamp,
}

impl Context {
    /// Where there is no repository to link to.
    pub fn unlinked(now: Timestamp) -> Self {
        let repository = RepoAddress::new("", "", "");
        Self { repository, pull: 0, sha: String::new(), comments: BTreeMap::new(), now }
    }

    /// Link to lines of a document.
    pub fn lines(&self, path: &str, start: u32, end: u32) -> RepoLink {
        RepoLink::file_lines(&self.repository, &self.sha, path, start, end)
    }

    /// Link to a comment, when its place is known.
    pub fn comment(&self, node: &str) -> Option<RepoLink> {
        self.comments.get(node).map(|comment| RepoLink::comment(&self.repository, self.pull, *comment))
    }

    /// Link to another pull request of the repository.
    pub fn pull(&self, number: u64) -> RepoLink {
        RepoLink::pull(&self.repository, number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_in_the_repository_and_hold_no_markdown() {
        let home = RepoAddress::new("https://github.com/", "acme", "shop");
        let to = RepoLink::file_lines(&home, "3f2c1d9", "docs/a b](x)/ü.md", 4, 6);
        assert_eq!(
            to.url(),
            Some("https://github.com/acme/shop/blob/3f2c1d9/docs/a%20b%5D%28x%29/%C3%BC.md?plain=1#L4-L6")
        );
        assert_eq!(RepoLink::pull(&RepoAddress::new("https://github.com", "ac)me", "shop"), 1).url(), None);
        assert_eq!(RepoLink::file_lines(&home, "../../x", "a.md", 1, 1).url(), None);
    }
}
