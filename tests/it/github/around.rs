//! What one look reads around a pull request, against the sandbox: the organisation's context, whom replies name, issues.

use serde_json::{Value, json};
use threadmodel::github::{Ask, GitHub, Observed, PullRef, RepoRef};
use threadmodel::review::marker::{MarkerKey, PostKey, PostKind};
use threadmodel::review::snapshot::Known;
use threadmodel::sandbox::{Clock, Hostility, Sandbox, Shared, serve};

use super::scripted::{app_keys, config};

const QUESTION: PostKey = PostKey::new(PostKind::Question, 1, 1, 0);
const BOT: &str = "threadmodel[bot]";

struct Town {
    shared: Shared,
    github: GitHub,
    pull: PullRef,
    id: u64,
    base: String,
}

impl Town {
    /// A private repository with a pull request by Alice. Ben may read it, Mallory may not; the payments team may, the legal
    /// team may not.
    async fn new(policy: &str, files: Value, org_files: Value) -> Self {
        let mut sandbox = Sandbox::new(5, Clock::Real { ahead: 0 });
        sandbox.hostility = Hostility::none();
        let mut all = json!({".github/threadmodel.yml": policy, ".github/CODEOWNERS": "docs/ @acme/payments\n"});
        all.as_object_mut().unwrap().extend(files.as_object().unwrap().clone());
        let mut repos = vec![
            json!({"name": "acme/api", "private": true, "files": all, "collaborators": {"alice": "write", "ben": "read"}}),
            json!({"name": "acme/ops", "private": true, "files": {"a.md": "a"}}),
            json!({"name": "other/closed", "private": true, "files": {"a.md": "a"}}),
        ];
        if !org_files.is_null() {
            repos.push(json!({"name": "acme/.github", "default_branch": "trunk", "files": org_files}));
        }
        let permissions = json!({"metadata": "read", "contents": "read", "pull_requests": "write", "issues": "write", "checks": "write", "members": "read"});
        let seed = json!({
            "users": ["root", "alice", "ben", "mallory"],
            "orgs": [{"login": "acme", "owners": ["root"], "members": ["alice", "ben"]}, {"login": "other", "owners": ["mallory"]}],
            "repos": repos,
            "teams": [
                {"name": "acme/payments", "members": ["ben"], "repos": {"acme/api": "write"}},
                {"name": "acme/invoices", "parent": "acme/payments"},
                {"name": "acme/legal", "members": ["ben"]},
            ],
            "apps": [{"id": 1, "slug": "threadmodel", "owner": "acme", "public_key_pem": app_keys().1, "permissions": permissions, "events": ["pull_request"], "install": ["acme"]}],
            "pulls": [{"by": "alice", "repo": "acme/api", "title": "Exports", "head": "design", "files": {"docs/x.md": "# Exports\n\nLinks never expire.\n"}}],
        });
        let made = sandbox.world_mut().seed(&serde_json::from_value(seed).unwrap()).unwrap();
        sandbox.world_mut().settle();
        let installation = made["apps"]["threadmodel"]["installations"]["acme"].as_u64().unwrap();
        let repo = sandbox.world().repo("acme/api").unwrap();
        let id = sandbox.world().pull(repo, 1).unwrap();
        let shared = Shared::new(sandbox);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, shared.clone()));
        let mut config = config(&base);
        config.timeout = std::time::Duration::from_secs(30);
        let github = GitHub::new(config).unwrap();
        let repo = RepoRef { id: repo, owner: "acme".into(), name: "api".into() };
        Self { shared, github, pull: PullRef { installation, repo, number: 1 }, id, base }
    }

    fn act(&self, act: Value) -> Value {
        self.shared.lock().world_mut().act(&serde_json::from_value(act).unwrap()).unwrap()
    }

    /// A question of ours; gives its comment.
    fn asked(&self) -> u64 {
        let body = MarkerKey::new([7; 32]).sign(self.pull.repo.id, self.id, QUESTION, "How long does a link work?");
        let comment = json!({"path": "docs/x.md", "line": 3, "side": "RIGHT", "body": body});
        let act = json!({"act": "comment_on_line", "by": BOT, "repo": "acme/api", "pull": 1, "comment": comment});
        self.act(act)["comment"].as_u64().unwrap()
    }

    fn requests(&self) -> u64 {
        // What the sandbox counts against the hourly limit.
        self.shared.lock().requests()
    }

    async fn look(&self) -> Observed {
        self.github.observe(&self.pull, &Ask::default()).await.unwrap()
    }
}

fn context(seen: &Observed) -> Vec<(&str, &str)> {
    seen.snapshot.context.iter().map(|c| (c.path.as_str(), c.text.as_str())).collect()
}

#[tokio::test]
async fn the_organisations_context_is_read_from_the_base_and_from_its_dot_github_repository() {
    let files = json!({
        ".github/threadmodel/context/b.md": "---\nowner: sec\n---\n# Sign-in\n",
        ".github/threadmodel/context/a.md": "# Logs\n",
        ".github/threadmodel/context/old/c.md": "not matched",
        ".github/threadmodel/context/picture.svg": "<svg/>",
    });
    let org = json!({".github/threadmodel/context/all.md": "# For everybody\n", "README.md": "not matched"});
    let town = Town::new("documents: [\"docs/*.md\"]\n", files, org).await;
    let seen = town.look().await;
    assert_eq!(
        context(&seen),
        [
            (".github/threadmodel/context/a.md", "# Logs\n"),
            (".github/threadmodel/context/b.md", "# Sign-in\n"),
            ("acme/.github:.github/threadmodel/context/all.md", "# For everybody\n"),
        ]
    );
    assert_eq!(seen.snapshot.context_left_out, Vec::<String>::new());
    // The author's branch says nothing about it; the base does, at once.
    let push = |by: &str, branch: &str, text: &str| json!({"act": "push", "by": by, "repo": "acme/api", "branch": branch, "message": "m", "edits": [{"path": ".github/threadmodel/context/a.md", "text": text}]});
    town.act(push("alice", "design", "# Mine\n"));
    assert_eq!(context(&town.look().await)[0].1, "# Logs\n");
    town.act(push("root", "main", "# New\n"));
    assert_eq!(context(&town.look().await)[0].1, "# New\n");
}

#[tokio::test]
async fn context_that_does_not_fit_is_named_and_secrets_in_it_are_masked() {
    let large = "x".repeat(65 * 1024);
    let token = ["gh", "p_", "b7Kq2ZtW9xLmA4cVfR8sJ1nHyE5uGdP3oQ6i"].concat();
    let files = json!({"notes/deep/large.md": large, "notes/key.md": format!("use {token}\n"), "notes/deep/a.MD": "A"});
    let town =
        Town::new("documents: [\"docs/*.md\"]\ncontext: [\"notes/**/*.md\", \"notes/**/*.MD\"]\n", files, Value::Null)
            .await;
    let seen = town.look().await;
    assert_eq!(context(&seen), [("notes/deep/a.MD", "A"), ("notes/key.md", "use [secret]\n")]);
    assert_eq!(seen.snapshot.context_left_out, ["notes/deep/large.md: larger than 64 KiB"]);
}

#[tokio::test]
async fn context_that_cannot_be_read_closes_nothing() {
    let org = json!({".github/threadmodel/context/all.md": "# For everybody\n"});
    let town = Town::new("documents: [\"docs/*.md\"]\n", json!({}), org).await;
    let fault = json!({"method": "GET", "contains": "/.github/git/trees", "trouble": {"status": 403}, "times": 100});
    town.shared.lock().add_fault(serde_json::from_value(fault).unwrap());
    let seen = town.look().await;
    assert_eq!(context(&seen), []);
    let left_out = &seen.snapshot.context_left_out;
    assert!(left_out.len() == 1 && left_out[0].starts_with("acme/.github:"), "{left_out:?}");
}

#[tokio::test]
async fn what_does_not_change_is_listed_once() {
    let files = json!({".github/threadmodel/context/a.md": "# Logs\n"});
    let org = json!({".github/threadmodel/context/all.md": "# For everybody\n"});
    let town = Town::new("documents: [\"docs/*.md\"]\n", files, org).await;
    town.look().await;
    let before = town.requests();
    town.look().await;
    let again = town.requests() - before;
    let bare = Town::new("documents: [\"docs/*.md\"]\ncontext: []\n", json!({}), Value::Null).await;
    bare.look().await;
    let before = bare.requests();
    bare.look().await;
    assert_eq!(again, bare.requests() - before);
}

#[tokio::test]
async fn those_whom_a_reply_names_can_read_the_repository_or_not() {
    let town = Town::new("documents: [\"docs/*.md\"]\n", json!({}), Value::Null).await;
    let question = town.asked();
    let reply = |body: &str| town.act(json!({"act": "reply", "by": "alice", "comment": question, "body": body}));
    reply("No idea. Ask @Ben, or @mallory, or @nobody-at-all.");
    reply("The payments team knows, or team invoices; perhaps @acme/legal or @other/staff. Not `@root`.");
    // Elsewhere nobody is named.
    town.act(json!({"act": "comment", "by": "alice", "repo": "acme/api", "pull": 1, "body": "cc @root"}));
    let seen = town.look().await.snapshot.named;
    let expected = [
        ("acme/invoices", true),
        ("acme/legal", false),
        ("acme/payments", true),
        ("ben", true),
        ("mallory", false),
        ("nobody-at-all", false),
        ("other/staff", false),
    ];
    let expected = expected.map(|(name, reads)| (name.to_owned(), Known::Yes(reads)));
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn issues_that_a_command_names_are_there_or_not() {
    let town = Town::new("documents: [\"docs/*.md\"]\n", json!({}), Value::Null).await;
    let open = |by: &str, repo: &str| {
        town.act(json!({"act": "open_issue", "by": by, "repo": repo, "title": "Sign links"}))["number"].as_u64()
    };
    assert_eq!((open("alice", "acme/api"), open("alice", "acme/api")), (Some(2), Some(3)));
    assert_eq!((open("root", "acme/ops"), open("mallory", "other/closed")), (Some(1), Some(1)));
    town.act(json!({"act": "delete_issue", "by": "root", "repo": "acme/api", "issue": 3}));
    let say =
        |body: &str| town.act(json!({"act": "comment", "by": "alice", "repo": "acme/api", "pull": 1, "body": body}));
    for issue in ["#1", "#2", "#3", "#99", "Acme/Ops#1", "other/closed#1"] {
        say(&format!("/threadmodel defer {issue}"));
    }
    say(&format!("/threadmodel defer {}/acme/ops/issues/77", town.base));
    say("> /threadmodel defer #5");
    let seen = town.look().await.snapshot.issues;
    let expected = [
        ("acme/api#1", false),
        ("acme/api#2", true),
        ("acme/api#3", false),
        ("acme/api#99", false),
        ("acme/ops#1", true),
        ("acme/ops#77", false),
        ("other/closed#1", false),
    ];
    let expected = expected.map(|(issue, there)| (issue.to_owned(), Known::Yes(there)));
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn without_its_permission_a_question_stays_unknown() {
    let town = Town::new("documents: [\"docs/*.md\"]\n", json!({}), Value::Null).await;
    let question = town.asked();
    town.act(json!({"act": "reply", "by": "alice", "comment": question, "body": "the payments team knows"}));
    let refused =
        json!({"method": "GET", "contains": "/teams/payments/repos/", "trouble": {"status": 403}, "times": 100});
    town.shared.lock().add_fault(serde_json::from_value(refused).unwrap());
    let seen = town.look().await.snapshot;
    assert!(matches!(&seen.named["acme/payments"], Known::Unknown(_)), "{:?}", seen.named);
}
