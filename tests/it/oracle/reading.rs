//! The oracle's own reading of policy, CODEOWNERS and globs: enough for the worlds that the tests make, and nobody else's code.

use std::collections::BTreeSet;

use serde_json::Value;
use threadmodel::sandbox::model::{OrgRole, Permission};

use super::facts::{Objects, People};

/// The settings that decide.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    documents: Vec<String>,
    ignore: Vec<String>,
    pub(crate) advise: bool,
    pub(crate) teams: Vec<String>,
    pub(crate) required: usize,
    fallback: Vec<String>,
    trivial_paths: Vec<String>,
    pub(crate) trivial_passes: bool,
    groups: Vec<(String, String)>,
}

const SETTINGS: [&str; 18] = [
    "documents",
    "ignore",
    "mode",
    "check",
    "methodology",
    "questions",
    "approval",
    "trivial",
    "reminders",
    "context",
    "prompts",
    "suggestions",
    "visibility",
    "outsiders",
    "links",
    "budget",
    "language",
    "version",
];

fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(all) => all.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

impl Policy {
    /// The policy of a commit; `None`: broken, so nothing passes. Without a file, the block in BEHAVIOUR.
    pub(crate) fn of(objects: &Objects, sha: &str) -> Option<Self> {
        let text = objects.text(sha, ".github/threadmodel.yml").unwrap_or("{}");
        let value: Value = serde_saphyr::from_str(text).ok()?;
        let known = value.as_object()?;
        if known.keys().any(|key| !SETTINGS.contains(&key.as_str())) {
            return None;
        }
        let at = |path: &str| value.pointer(path).unwrap_or(&Value::Null);
        let documents = words(at("/documents"))?;
        let standard = || vec!["docs/design/**/*.md".to_owned(), "rfcs/*.md".to_owned()];
        let groups = at("/check/groups").as_object().into_iter().flatten();
        Some(Self {
            documents: if at("/documents").is_null() { standard() } else { documents },
            ignore: words(at("/ignore"))?,
            advise: match at("/mode").as_str() {
                Some("advise") => true,
                Some("enforce") => false,
                None if at("/mode").is_null() => false,
                _ => return None,
            },
            teams: words(at("/approval/teams"))?,
            required: at("/approval/required").as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(1),
            fallback: words(at("/approval/fallback"))?,
            trivial_paths: words(at("/trivial/paths"))?,
            trivial_passes: matches!(at("/trivial/then").as_str(), None | Some("pass")),
            groups: groups.filter_map(|(pattern, name)| Some((pattern.clone(), name.as_str()?.to_owned()))).collect(),
        })
    }

    pub(crate) fn is_document(&self, path: &str) -> bool {
        self.documents.iter().any(|pattern| glob(pattern, path))
            && !self.ignore.iter().any(|pattern| glob(pattern, path))
    }

    pub(crate) fn is_trivial_path(&self, path: &str) -> bool {
        self.trivial_paths.iter().any(|pattern| glob(pattern, path))
    }

    /// The name of the check for a base branch; asked of the default branch's policy.
    pub(crate) fn check_name(&self, base: &str) -> String {
        self.groups
            .iter()
            .find(|(pattern, _)| glob(pattern, base))
            .map_or_else(|| format!("threadmodel: {base}"), |(_, name)| name.clone())
    }
}

/// gitignore's way: anchored when a slash stands anywhere but at the end; what lies below a match matches.
pub(crate) fn glob(pattern: &str, path: &str) -> bool {
    let anchored = pattern.trim_end_matches('/').contains('/');
    let below = !pattern.ends_with("/*");
    let pieces: Vec<&str> = pattern.trim_matches('/').split('/').collect();
    let parts: Vec<&str> = path.split('/').collect();
    let ends =
        (1..=parts.len()).filter(|end| *end == parts.len() && !pattern.ends_with('/') || below && *end < parts.len());
    ends.into_iter().any(|end| (0..if anchored { 1 } else { end }).any(|start| pieces_fit(&pieces, &parts[start..end])))
}

fn pieces_fit(pieces: &[&str], parts: &[&str]) -> bool {
    match pieces {
        [] => parts.is_empty(),
        ["**", rest @ ..] => (0..=parts.len()).any(|skip| pieces_fit(rest, &parts[skip..])),
        [piece, rest @ ..] => {
            parts.split_first().is_some_and(|(part, others)| piece_fits(piece, part) && pieces_fit(rest, others))
        }
    }
}

fn piece_fits(piece: &str, part: &str) -> bool {
    match piece.split_once('*') {
        None => piece == part,
        Some((start, rest)) => part.strip_prefix(start).is_some_and(|left| {
            (0..=left.len()).filter(|at| left.is_char_boundary(*at)).any(|at| piece_fits(rest, &left[at..]))
        }),
    }
}

/// The owners that the last matching line names (with `first`: the first one, which is wrong). No file, no line: none.
pub(crate) fn owners_named(objects: &Objects, sha: &str, path: &str, first: bool) -> Vec<String> {
    let places = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
    let Some(text) = places.into_iter().find_map(|place| objects.text(sha, place)) else { return Vec::new() };
    let lines = text.lines().map(|line| {
        line.split('#').next().unwrap_or("").split_whitespace().map(str::to_owned).collect::<Vec<String>>()
    });
    let mut fitting = lines.filter(|line| {
        let Some((pattern, owners)) = line.split_first() else { return false };
        !pattern.starts_with('!')
            && !pattern.contains(['[', ']'])
            && owners.iter().all(|owner| owner.contains('@'))
            && glob(pattern, path)
    });
    let line = if first { fitting.next() } else { fitting.next_back() };
    line.map(|line| line[1..].iter().map(|owner| owner.trim_start_matches('@').to_lowercase()).collect())
        .unwrap_or_default()
}

impl People {
    /// Members of `org/slug`, those of the teams below included.
    pub(crate) fn members(&self, name: &str) -> BTreeSet<String> {
        let name = name.trim_start_matches('@').to_lowercase();
        let Some((org, slug)) = name.split_once('/') else { return BTreeSet::new() };
        let Some(team) = self.teams.get(&(org.to_owned(), slug.to_owned())) else { return BTreeSet::new() };
        let below = self.teams.iter().filter(|((of, _), team)| of == org && team.parent.as_deref() == Some(slug));
        team.members
            .iter()
            .cloned()
            .chain(below.flat_map(|((of, child), _)| self.members(&format!("{of}/{child}"))))
            .collect()
    }

    fn granted(&self, org: &str, slug: &str, repo: &str) -> Permission {
        let Some(team) = self.teams.get(&(org.to_owned(), slug.to_owned())) else { return Permission::None };
        let own = team.repos.get(repo).copied().unwrap_or_default();
        team.parent.as_ref().map_or(own, |parent| own.max(self.granted(org, parent, repo)))
    }

    /// Write access.
    pub(crate) fn writes(&self, login: &str, repo: &str) -> bool {
        let org = repo.split('/').next().unwrap_or("").to_lowercase();
        if self.gone.contains(login) {
            return false;
        }
        let owner = org == login
            || self.organisations.get(&org).and_then(|members| members.get(login)) == Some(&OrgRole::Owner);
        let direct = self.collaborators.get(&(repo.to_owned(), login.to_owned())).copied().unwrap_or_default();
        let by_team = self
            .teams
            .iter()
            .filter(|((of, _), team)| *of == org && team.members.contains(login))
            .map(|((of, slug), _)| self.granted(of, slug, repo))
            .max()
            .unwrap_or_default();
        owner || direct.max(by_team) >= Permission::Write
    }

    /// The people behind a name of CODEOWNERS: none for a team that is unknown, secret or may not write.
    pub(crate) fn behind(&self, owner: &str, repo: &str) -> BTreeSet<String> {
        match owner.split_once('/') {
            Some((org, slug)) => match self.teams.get(&(org.to_owned(), slug.to_owned())) {
                Some(team) if !team.secret && self.granted(org, slug, repo) >= Permission::Write => self.members(owner),
                _ => BTreeSet::new(),
            },
            None if owner.contains('@') => BTreeSet::new(),
            None => BTreeSet::from([owner.to_owned()]).into_iter().filter(|login| self.writes(login, repo)).collect(),
        }
    }

    /// Everybody who was ever in a team of this name.
    pub(crate) fn once_members(&self, name: &str) -> BTreeSet<String> {
        let name = name.trim_start_matches('@').to_lowercase();
        self.once
            .iter()
            .filter(|(org, slug, _)| name == format!("{org}/{slug}"))
            .map(|(.., login)| login.clone())
            .collect()
    }
}

/// The teams of the policy whose members may stand in where a document has no valid owner.
pub(crate) fn fallback(policy: &Policy, people: &People) -> BTreeSet<String> {
    policy.fallback.iter().flat_map(|team| people.members(team)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oracles_globs_reach_as_far_as_githubs() {
        for (pattern, path, expected) in [
            ("*", "docs/a.md", true),
            ("*.md", "docs/a.md", true),
            ("/docs/", "docs/design/a.md", true),
            ("/docs/", "docs", false),
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/x/a.md", false),
            ("docs/design/**/*.md", "docs/design/a.md", true),
            ("docs/design/**/*.md", "docs/design/x/y/a.md", true),
            ("docs/design/**/*.md", "docs/other/a.md", false),
            ("design/", "docs/design/a.md", true),
            ("/design/", "docs/design/a.md", false),
            ("rfcs/*.md", "rfcs/1.md", true),
            ("release/*", "release/1", true),
            ("release/*", "main", false),
        ] {
            assert_eq!(glob(pattern, path), expected, "{pattern} {path}");
        }
    }
}
