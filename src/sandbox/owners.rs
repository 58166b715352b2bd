//! CODEOWNERS as far as GitHub itself acts on it in the sandbox: whom it asks for a review, what "require review from code owners" demands.
//!
//! Its own small reading of GitHub's documentation ("About code owners"): it shares nothing with the product's parser, so that one can contradict the other.

use std::collections::BTreeSet;

use super::git::Git;
use super::model::{Id, Permission, Pull, State};
use super::world::World;

/// Where GitHub looks, first found wins.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
/// Larger files are not loaded.
const MAX_BYTES: usize = 3 * 1024 * 1024;

/// The owners of one changed path that count: with write access, visible.
#[derive(Clone, Debug, Default)]
pub struct PathOwners {
    /// People.
    pub users: BTreeSet<Id>,
    /// Teams.
    pub teams: BTreeSet<Id>,
}

impl PathOwners {
    /// Nobody owns it: GitHub requires nobody.
    pub fn nobody(&self) -> bool {
        self.users.is_empty() && self.teams.is_empty()
    }

    /// Is this person among them?
    pub fn includes(&self, state: &State, user: Id) -> bool {
        self.users.contains(&user) || self.teams.iter().any(|team| state.team_members(*team).contains(&user))
    }
}

/// A line of the file that GitHub cannot use.
#[derive(Clone, Debug)]
pub struct OwnersError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The line.
    pub source: String,
    /// `Invalid pattern`, `Invalid owner`, `Unknown owner`.
    pub kind: &'static str,
    /// The file.
    pub path: &'static str,
}

/// The file of a commit: its place and its text.
pub fn find(git: &Git, sha: &str) -> Option<(&'static str, String)> {
    let place = PLACES.into_iter().find(|place| git.file(sha, place).is_some())?;
    let bytes = git.file(sha, place)?;
    (bytes.len() <= MAX_BYTES).then(|| (place, String::from_utf8_lossy(bytes).into_owned()))
}

/// Splits a line into pattern and owners; comments and empty lines give nothing.
fn split(line: &str) -> Option<(String, Vec<String>)> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut chars) = (String::new(), line.trim().chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            // An escaped space or number sign belongs to the word.
            '\\' => word.push(chars.next_if(|next| matches!(next, ' ' | '#')).unwrap_or(c)),
            '#' if word.is_empty() => break,
            c if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    let mut words = words.into_iter();
    words.next().map(|pattern| (pattern, words.collect()))
}

/// GitHub's patterns: gitignore's without `!`, `[ ]` and `\#`; `dir/*` reaches no deeper.
fn matches(pattern: &str, path: &str) -> bool {
    if pattern.starts_with('!') || pattern.contains(['[', ']']) {
        return false;
    }
    let anchored = pattern.trim_end_matches('/').contains('/');
    let body = pattern.trim_start_matches('/');
    let (body, directory) = body.strip_suffix('/').map_or((body, false), |body| (body, true));
    let pieces: Vec<&str> = body.split('/').collect();
    let parts: Vec<&str> = path.split('/').collect();
    let deep = !body.ends_with("/*") || body == "*";
    let starts = if anchored { 0..1 } else { 0..parts.len() };
    starts.into_iter().any(|start| pieces_match(&pieces, parts.get(start..).unwrap_or_default(), deep, directory))
}

fn pieces_match(pieces: &[&str], parts: &[&str], deep: bool, directory: bool) -> bool {
    match (pieces.split_first(), parts.split_first()) {
        // The pattern is used up: the rest lies inside the directory that it names.
        (None, None) => !directory,
        (None, Some(_)) => deep || directory,
        (Some((&"**", [])), _) => !parts.is_empty(),
        (Some((&"**", rest)), _) => {
            (0..=parts.len()).any(|skip| pieces_match(rest, parts.get(skip..).unwrap_or_default(), deep, directory))
        }
        (Some(_), None) => false,
        (Some((piece, rest)), Some((part, others))) => {
            word_matches(piece.as_bytes(), part.as_bytes()) && pieces_match(rest, others, deep, directory)
        }
    }
}

/// `*` and `?` within one path component, iteratively: no blow-up.
fn word_matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}

fn owner_of(state: &State, repo: Id, word: &str, owners: &mut PathOwners) -> Result<(), &'static str> {
    let found = match word.strip_prefix('@') {
        Some(name) if name.contains('/') => {
            let team = state
                .team(name)
                .filter(|team| !team.secret && state.team_permission(team.id, repo) >= Permission::Write);
            team.map(|team| owners.teams.insert(team.id))
        }
        Some(name) => state
            .account(name)
            .filter(|user| state.permission(user.id, repo) >= Permission::Write)
            .map(|user| owners.users.insert(user.id)),
        None if word.contains('@') => return Ok(()),
        None => return Err("Invalid owner"),
    };
    found.map(|_| ()).ok_or("Unknown owner")
}

/// What GitHub finds wrong with the file of a commit.
pub fn errors(state: &State, git: &Git, repo: Id, sha: &str) -> Option<Vec<OwnersError>> {
    let (path, text) = find(git, sha)?;
    let mut errors = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some((pattern, owners)) = split(line) else {
            continue;
        };
        let mut fault = |word: &str, kind| {
            let column = line.find(word).map_or(1, |at| line.get(..at).map_or(1, |before| before.chars().count() + 1));
            errors.push(OwnersError { line: index + 1, column, source: line.to_owned(), kind, path });
        };
        if pattern.starts_with('!') || pattern.contains(['[', ']']) {
            fault(&pattern, "Invalid pattern");
        }
        for owner in &owners {
            if let Err(kind) = owner_of(state, repo, owner, &mut PathOwners::default()) {
                fault(owner, kind);
            }
        }
    }
    Some(errors)
}

impl World {
    /// The owners of each changed path (both paths of a rename), by the file on the base.
    pub fn owners_of_pull(&self, pull: &Pull) -> Vec<PathOwners> {
        let git = self.git(pull.repo);
        let base = pull.stack_base.as_ref().unwrap_or(&pull.base);
        let Some(tip) = self.state.repos.get(&pull.repo).and_then(|repo| repo.branches.get(base)) else {
            return Vec::new();
        };
        let Some((_, text)) = find(git, tip) else {
            return Vec::new();
        };
        // An invalid line is skipped: one with a bad pattern, or with an owner that is no owner's form at all.
        let rules: Vec<(String, Vec<String>)> = text
            .lines()
            .filter_map(split)
            .filter(|(_, owners)| owners.iter().all(|owner| owner.contains('@')))
            .collect();
        let files = self.pull_files(pull);
        let paths = files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.previous));
        let mut all = Vec::new();
        for path in paths {
            let Some((_, words)) = rules.iter().rfind(|(pattern, _)| matches(pattern, path)) else {
                continue;
            };
            let mut owners = PathOwners::default();
            for word in words {
                // Unknown owners are dropped, as GitHub does; `errors` tells of them.
                let _ = owner_of(&self.state, pull.repo, word, &mut owners);
            }
            all.push(owners);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_reach_as_far_as_githubs() {
        for (pattern, path, expected) in [
            ("*", "a/b.md", true),
            ("*.md", "a/b.md", true),
            ("/docs/", "docs/a/b.md", true),
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/a/b.md", false),
            ("docs/", "x/docs/a.md", true),
            ("/docs/", "x/docs/a.md", false),
            ("/docs", "docs/a.md", true),
            ("**/logs", "x/y/logs/a", true),
            ("docs/**/x.md", "docs/x.md", true),
            ("docs/**", "docs/a/b", true),
            ("design?.md", "design1.md", true),
            ("!a", "a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
