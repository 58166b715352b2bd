//! Git objects with git's own ids (SHA-1 of `type length NUL content`): blobs, trees, commits, and what is computed from them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use super::model::{Id, Millis, Oid};

/// Path → blob of a whole tree.
pub type Files = BTreeMap<String, Oid>;

/// Name and e-mail with a time, as a commit object holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name.
    pub name: String,
    /// E-mail; forgeable.
    pub email: String,
    /// When.
    pub at: Millis,
    /// The account that GitHub links to the e-mail, when there is one.
    pub user: Option<Id>,
}

/// A commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its id.
    pub sha: Oid,
    /// Its root tree.
    pub tree: Oid,
    /// Parents, first first.
    pub parents: Vec<Oid>,
    /// Author field.
    pub author: Signature,
    /// Committer field; `web-flow` for what GitHub's site committed.
    pub committer: Signature,
    /// Message.
    pub message: String,
    /// All files.
    pub files: Arc<Files>,
}

/// An entry of a tree object.
#[derive(Clone, Debug)]
pub struct TreeEntry {
    /// Name within the directory.
    pub name: String,
    /// `100644` or `040000`.
    pub mode: &'static str,
    /// Object.
    pub oid: Oid,
}

/// The objects of one fork network.
#[derive(Clone, Debug, Default)]
pub struct Git {
    blobs: BTreeMap<Oid, Arc<Vec<u8>>>,
    trees: BTreeMap<Oid, Arc<Vec<TreeEntry>>>,
    commits: BTreeMap<Oid, Arc<Commit>>,
}

/// The id git gives to this object.
pub fn object_id(kind: &str, content: &[u8]) -> Oid {
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", content.len()).as_bytes());
    hash.update(content);
    hex::encode(hash.finalize())
}

impl Git {
    /// Stores a blob.
    pub fn add_blob(&mut self, content: Vec<u8>) -> Oid {
        let oid = object_id("blob", &content);
        self.blobs.entry(oid.clone()).or_insert_with(|| Arc::new(content));
        oid
    }

    /// A blob's bytes.
    pub fn blob(&self, oid: &str) -> Option<&Arc<Vec<u8>>> {
        self.blobs.get(oid)
    }

    /// A commit by its full id.
    pub fn commit(&self, oid: &str) -> Option<&Arc<Commit>> {
        self.commits.get(oid)
    }

    /// A commit by an abbreviated id of at least seven digits, when only one fits.
    pub fn commit_by_prefix(&self, prefix: &str) -> Option<&Arc<Commit>> {
        if prefix.len() < 7 || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut hits = self.commits.range(prefix.to_owned()..).take_while(|(oid, _)| oid.starts_with(prefix));
        match (hits.next(), hits.next()) {
            (Some((_, commit)), None) => Some(commit),
            _ => None,
        }
    }

    /// A tree's entries.
    pub fn tree(&self, oid: &str) -> Option<&Arc<Vec<TreeEntry>>> {
        self.trees.get(oid)
    }

    /// Writes the tree objects of these files; gives the root's id.
    pub fn add_tree(&mut self, files: &Files) -> Oid {
        let paths: Vec<(&str, &Oid)> = files.iter().map(|(path, oid)| (path.as_str(), oid)).collect();
        self.add_subtree(&paths)
    }

    fn add_subtree(&mut self, paths: &[(&str, &Oid)]) -> Oid {
        let mut entries: Vec<TreeEntry> = Vec::new();
        let mut directories: BTreeMap<&str, Vec<(&str, &Oid)>> = BTreeMap::new();
        for (path, oid) in paths {
            match path.split_once('/') {
                Some((directory, rest)) => directories.entry(directory).or_default().push((rest, oid)),
                None => entries.push(TreeEntry { name: (*path).to_owned(), mode: "100644", oid: (*oid).clone() }),
            }
        }
        for (name, inside) in directories {
            let oid = self.add_subtree(&inside);
            entries.push(TreeEntry { name: name.to_owned(), mode: "40000", oid });
        }
        // Git sorts directories as if their names ended in a slash.
        entries.sort_by_key(
            |entry| {
                if entry.mode == "40000" { format!("{}/", entry.name) } else { entry.name.clone() }
            },
        );
        let mut content = Vec::new();
        for entry in &entries {
            content.extend_from_slice(format!("{} {}\0", entry.mode, entry.name).as_bytes());
            content.extend_from_slice(&hex::decode(&entry.oid).unwrap_or_default());
        }
        let oid = object_id("tree", &content);
        self.trees.entry(oid.clone()).or_insert_with(|| Arc::new(entries));
        oid
    }

    /// Writes a commit object.
    pub fn add_commit(
        &mut self,
        files: Files,
        parents: Vec<Oid>,
        author: Signature,
        committer: Signature,
        message: &str,
    ) -> Arc<Commit> {
        let tree = self.add_tree(&files);
        let mut content = format!("tree {tree}\n");
        for parent in &parents {
            content.extend(["parent ", parent, "\n"]);
        }
        for (role, who) in [("author", &author), ("committer", &committer)] {
            content.extend([
                role,
                " ",
                &who.name,
                " <",
                &who.email,
                "> ",
                &who.at.div_euclid(1000).to_string(),
                " +0000\n",
            ]);
        }
        content.push('\n');
        content.push_str(message);
        let sha = object_id("commit", content.as_bytes());
        let commit = Arc::new(Commit {
            sha: sha.clone(),
            tree,
            parents,
            author,
            committer,
            message: message.to_owned(),
            files: Arc::new(files),
        });
        self.commits.entry(sha).or_insert_with(|| commit.clone()).clone()
    }

    /// All ancestors, the commit itself included.
    pub fn ancestors(&self, sha: &str) -> BTreeSet<Oid> {
        let mut seen = BTreeSet::new();
        let mut open = vec![sha.to_owned()];
        while let Some(next) = open.pop() {
            if let Some(commit) = self.commits.get(&next)
                && seen.insert(next)
            {
                open.extend(commit.parents.iter().cloned());
            }
        }
        seen
    }

    /// Is `old` reachable from `new`?
    pub fn is_ancestor(&self, old: &str, new: &str) -> bool {
        old == new || self.ancestors(new).contains(old)
    }

    /// The first common ancestor met breadth-first from `b`.
    pub fn merge_base(&self, a: &str, b: &str) -> Option<Oid> {
        let ours = self.ancestors(a);
        let mut queue = VecDeque::from([b.to_owned()]);
        let mut seen = BTreeSet::new();
        while let Some(next) = queue.pop_front() {
            if ours.contains(&next) {
                return Some(next);
            }
            if let Some(commit) = self.commits.get(&next)
                && seen.insert(next)
            {
                queue.extend(commit.parents.iter().cloned());
            }
        }
        None
    }

    /// Commits reachable from `head` and not from `base`, oldest first.
    pub fn commits_between(&self, base: &str, head: &str) -> Vec<Arc<Commit>> {
        let known = self.ancestors(base);
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        self.visit(head, &known, &mut seen, &mut order);
        order
    }

    fn visit(&self, sha: &str, known: &BTreeSet<Oid>, seen: &mut BTreeSet<Oid>, order: &mut Vec<Arc<Commit>>) {
        // Post-order over an explicit stack: parents before children, no recursion depth to fear.
        let mut stack = vec![(sha.to_owned(), false)];
        while let Some((sha, done)) = stack.pop() {
            let Some(commit) = self.commits.get(&sha) else {
                continue;
            };
            if done {
                order.push(commit.clone());
            } else if !known.contains(&sha) && seen.insert(sha.clone()) {
                stack.push((sha, true));
                stack.extend(commit.parents.iter().rev().map(|parent| (parent.clone(), false)));
            }
        }
    }

    /// The files at a commit.
    pub fn files(&self, sha: &str) -> Option<Arc<Files>> {
        self.commits.get(sha).map(|commit| commit.files.clone())
    }

    /// A file's bytes at a commit.
    pub fn file(&self, sha: &str, path: &str) -> Option<&Arc<Vec<u8>>> {
        self.blobs.get(self.commits.get(sha)?.files.get(path)?)
    }

    /// A file's text at a commit, lossily decoded.
    pub fn text(&self, sha: &str, path: &str) -> Option<String> {
        self.file(sha, path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Merges two trees over their base file by file; `None` where both sides changed one file differently.
    pub fn merge_files(&self, base: &Files, ours: &Files, theirs: &Files) -> Option<Files> {
        let mut merged = ours.clone();
        let paths: BTreeSet<&String> = base.keys().chain(theirs.keys()).collect();
        for path in paths {
            let (before, left, right) = (base.get(path), ours.get(path), theirs.get(path));
            if right == before || right == left {
                continue;
            }
            if left != before {
                return None;
            }
            match right {
                Some(oid) => merged.insert(path.clone(), oid.clone()),
                None => merged.remove(path),
            };
        }
        Some(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_gits_own() {
        // `printf 'hello\n' | git hash-object --stdin`, and the empty tree.
        assert_eq!(object_id("blob", b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(Git::default().add_tree(&Files::new()), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }
}
