//! What the sandbox's GitHub does, act by act.

use serde_json::{Value, json};
use threadmodel::sandbox::act::Act;
use threadmodel::sandbox::checks::CheckWrite;
use threadmodel::sandbox::model::{Id, Permission, Protection, RequiredCheck, ReviewState};
use threadmodel::sandbox::pulls::NewPull;
use threadmodel::sandbox::repos::{Edit, Push};
use threadmodel::sandbox::reviews::{NewComment, NewReview, ReviewEvent};
use threadmodel::sandbox::seed::Seed;
use threadmodel::sandbox::world::{Refusal, World};

const START: i64 = 1_790_000_000_000;
const DOC: &str = "# Sharing\n\nFiles can be shared.\n\nA link opens a file.\n\nLinks never expire.\n";

struct Town {
    world: World,
    repo: Id,
    pull: Id,
    alice: Id,
    bob: Id,
    sam: Id,
}

/// alice (author) and bob may write; sam is in the security team, which owns the design documents; dora is an outsider.
fn town() -> Town {
    let mut world = World::new(7, START);
    let seed: Seed = serde_json::from_value(json!({
        "users": ["alice", "bob", "sam", "root", "dora"],
        "orgs": [{"login": "acme", "owners": ["root"], "members": ["alice", "bob", "sam"], "base": "read"}],
        "repos": [{"name": "acme/api", "private": true, "files": {".github/CODEOWNERS": "docs/ @acme/security\n", "README.md": "hi\n"}, "collaborators": {"alice": "write", "bob": "write"}}],
        "teams": [{"name": "acme/security", "members": ["sam"], "repos": {"acme/api": "write"}}],
        "apps": [{"slug": "threadmodel", "owner": "acme", "permissions": {"checks": "write"}, "events": ["pull_request"], "install": ["acme"]}],
        "pulls": [{"by": "alice", "repo": "acme/api", "title": "Sharing", "head": "design", "files": {"docs/sharing.md": DOC}}],
    }))
    .unwrap();
    world.seed(&seed).unwrap();
    let repo = world.repo("acme/api").unwrap();
    let pull = world.pull(repo, 1).unwrap();
    let id = |login: &str| world.account(login).unwrap();
    let (alice, bob, sam) = (id("alice"), id("bob"), id("sam"));
    Town { world, repo, pull, alice, bob, sam }
}

impl Town {
    fn later(&mut self) {
        let now = self.world.now();
        self.world.set_now(now + 1_000);
    }

    fn push(&mut self, by: Id, text: &str) -> String {
        self.later();
        let push =
            Push { branch: "design".into(), edits: vec![Edit::write("docs/sharing.md", text)], ..Push::default() };
        self.world.push(by, self.repo, &push).unwrap()
    }

    fn ask(&mut self, by: Id, line: u32, body: &str) -> (Id, Id) {
        self.later();
        let comment =
            NewComment { path: "docs/sharing.md".into(), body: body.into(), line: Some(line), ..NewComment::default() };
        let review = NewReview {
            event: Some(ReviewEvent::Comment),
            body: "questions".into(),
            comments: vec![comment],
            ..NewReview::default()
        };
        let review = self.world.submit_review(by, self.pull, &review).unwrap();
        let page = self.page();
        let thread = page["conversation"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["id"] == json!(review))
            .unwrap()["threads"][0]
            .as_u64()
            .unwrap();
        let comment =
            page["threads"].as_array().unwrap().iter().find(|entry| entry["id"] == json!(thread)).unwrap()["comments"]
                [0]["id"]
                .as_u64()
                .unwrap();
        (thread, comment)
    }

    fn page(&self) -> Value {
        self.world.page(self.pull).unwrap()
    }

    fn thread(&self, id: Id) -> Value {
        self.page()["threads"].as_array().unwrap().iter().find(|entry| entry["id"] == json!(id)).unwrap().clone()
    }

    fn file(&self) -> String {
        let head = self.world.state().pulls[&self.pull].head_sha.clone();
        self.world.git(self.repo).text(&head, "docs/sharing.md").unwrap()
    }

    fn opinion(&mut self, by: Id, event: ReviewEvent) -> Result<Id, Refusal> {
        self.later();
        self.world.submit_review(
            by,
            self.pull,
            &NewReview { event: Some(event), body: "so".into(), ..NewReview::default() },
        )
    }

    fn check(&mut self, conclusion: &str) -> Id {
        self.later();
        let app = *self.world.state().apps.keys().next().unwrap();
        let head_sha = Some(self.world.state().pulls[&self.pull].head_sha.clone());
        let write = CheckWrite {
            name: Some("threadmodel: main".into()),
            head_sha,
            conclusion: Some(conclusion.into()),
            ..CheckWrite::default()
        };
        self.world.create_check_run(app, self.repo, &write).unwrap()
    }

    fn protect(&mut self, rules: Protection) {
        let root = self.world.account("root").unwrap();
        self.world.protect(root, self.repo, "main", Some(rules)).unwrap();
    }
}

#[test]
fn code_owners_are_asked_when_a_pull_request_opens() {
    assert_eq!(town().page()["requested_teams"], json!(["acme/security"]));
}

#[test]
fn a_thread_follows_its_line_and_is_outdated_when_the_line_changes() {
    let mut town = town();
    let (bob, alice) = (town.bob, town.alice);
    let (thread, _) = town.ask(bob, 5, "Who may open it?");
    town.push(alice, &DOC.replace("# Sharing\n", "# Sharing\n\nNew.\n"));
    let moved = town.thread(thread);
    assert_eq!(
        (&moved["line"], &moved["outdated"], &moved["text"]),
        (&json!(7), &json!(false), &json!("A link opens a file."))
    );
    town.push(alice, &DOC.replace("A link opens a file.", "A link opens one file."));
    let lost = town.thread(thread);
    assert_eq!((&lost["line"], &lost["outdated"], &lost["original_line"]), (&Value::Null, &json!(true), &json!(5)));
}

#[test]
fn a_committed_suggestion_changes_exactly_its_lines_and_names_who_did_it() {
    let mut town = town();
    let (bob, alice) = (town.bob, town.alice);
    let (thread, comment) = town.ask(bob, 7, "Better:\n```suggestion\nLinks expire after 7 days.\n```\n");
    let sha = town.world.commit_suggestion(alice, comment).unwrap();
    assert_eq!(town.file(), DOC.replace("Links never expire.", "Links expire after 7 days."));
    let commit = town.world.git(town.repo).commit(&sha).unwrap().clone();
    assert_eq!(commit.author.user, Some(alice));
    assert_eq!(town.world.state().login(commit.committer.user.unwrap()), "web-flow");
    assert!(commit.message.contains("Co-authored-by: bob <"), "{}", commit.message);
    assert_eq!(town.thread(thread)["outdated"], json!(true));
    assert!(town.world.commit_suggestion(alice, comment).is_err(), "an outdated suggestion cannot be committed again");
}

#[test]
fn comments_stand_only_on_lines_that_a_hunk_shows_and_a_batch_is_all_or_nothing() {
    let mut town = town();
    let at = |path: &str, line| NewComment {
        path: path.into(),
        body: "?".into(),
        line: Some(line),
        ..NewComment::default()
    };
    for bad in
        [at("docs/sharing.md", 8), at("README.md", 1), NewComment { start_line: Some(3), ..at("docs/sharing.md", 3) }]
    {
        let review = NewReview {
            event: Some(ReviewEvent::Comment),
            body: "b".into(),
            comments: vec![at("docs/sharing.md", 3), bad],
            ..NewReview::default()
        };
        assert!(matches!(town.world.submit_review(town.bob, town.pull, &review), Err(Refusal::Invalid(_))));
    }
    assert_eq!(town.page()["threads"], json!([]));
}

#[test]
fn the_author_cannot_approve_but_a_writer_may_dismiss_a_block() {
    let mut town = town();
    let (alice, sam) = (town.alice, town.sam);
    assert!(town.opinion(alice, ReviewEvent::Approve).is_err());
    let review = town.opinion(sam, ReviewEvent::RequestChanges).unwrap();
    town.world.dismiss_review(alice, review, "no time").unwrap();
    assert_eq!(town.world.state().reviews[&review].state, ReviewState::Dismissed);
    let dora = town.world.account("dora").unwrap();
    assert_eq!(
        town.world.dismiss_review(dora, review, "x"),
        Err(Refusal::NotFound),
        "a private repository is not there for outsiders"
    );
}

#[test]
fn a_merge_obeys_checks_owners_and_conversations() {
    let mut town = town();
    let (alice, bob, sam) = (town.alice, town.bob, town.sam);
    let check = RequiredCheck { context: "threadmodel: main".into(), app_id: None };
    town.protect(Protection {
        required_checks: vec![check],
        code_owner_review: true,
        conversation_resolution: true,
        ..Protection::default()
    });
    let (thread, _) = town.ask(bob, 3, "?");
    town.check("action_required");
    assert_eq!(town.page()["blockers"].as_array().unwrap().len(), 3, "{}", town.page()["blockers"]);
    town.opinion(bob, ReviewEvent::Approve).unwrap();
    assert_eq!(town.page()["blockers"].as_array().unwrap().len(), 3, "bob owns nothing here");
    town.opinion(sam, ReviewEvent::Approve).unwrap();
    town.world.resolve_thread(alice, thread, true).unwrap();
    town.check("success");
    assert_eq!(town.page()["blockers"], json!([]));
    town.world.merge(alice, town.pull).unwrap();
}

#[test]
fn reads_of_the_past_show_the_past() {
    let mut town = town();
    let alice = town.alice;
    town.later();
    let before = town.world.now() - 1;
    let comment = town.world.comment(alice, town.pull, "hello").unwrap();
    assert!(!town.world.state_at(before).comments.contains_key(&comment));
    assert!(town.world.state_at(town.world.now()).comments.contains_key(&comment));
}

#[test]
fn protected_branches_refuse_direct_pushes_of_writers() {
    let mut town = town();
    town.protect(Protection { required_approvals: 1, ..Protection::default() });
    let push = Push { branch: "main".into(), edits: vec![Edit::write("x", "y")], ..Push::default() };
    assert!(matches!(town.world.push(town.bob, town.repo, &push), Err(Refusal::Forbidden(_))));
    let root = town.world.account("root").unwrap();
    town.world.push(root, town.repo, &push).unwrap();
}

#[test]
fn acts_read_from_json_as_documented() {
    let mut town = town();
    let act: Act = serde_json::from_value(
        json!({"act": "open_pull", "by": "bob", "repo": "acme/api", "head": "other", "title": "Other"}),
    )
    .unwrap();
    assert!(town.world.act(&act).is_err(), "no such branch");
    let push: Act = serde_json::from_value(json!({"act": "push", "by": "bob", "repo": "acme/api", "branch": "other", "message": "m", "edits": [{"path": "a.md", "text": "a\n"}]})).unwrap();
    town.world.act(&push).unwrap();
    assert_eq!(town.world.act(&act).unwrap()["number"], json!(2));
    assert!(town.world.log.iter().any(|entry| serde_json::to_value(entry).unwrap()["event"] == "pull_opened"));
}

#[test]
fn stale_approvals_are_dismissed_only_where_the_rules_say_so() {
    for dismiss_stale in [false, true] {
        let mut town = town();
        let (alice, sam) = (town.alice, town.sam);
        town.protect(Protection { dismiss_stale, required_approvals: 1, ..Protection::default() });
        let review = town.opinion(sam, ReviewEvent::Approve).unwrap();
        town.push(alice, "# Sharing\n\nAll new.\n");
        let state = town.world.state().reviews[&review].state;
        assert_eq!(state == ReviewState::Dismissed, dismiss_stale);
    }
}

#[test]
fn a_team_gives_its_permission_to_members_of_the_teams_below() {
    let mut town = town();
    let (root, dora) = (town.world.account("root").unwrap(), town.world.account("dora").unwrap());
    let (acme, security) = (town.world.account("acme").unwrap(), town.world.team("acme/security").unwrap());
    town.world.set_org_member(root, acme, dora, Some(threadmodel::sandbox::model::OrgRole::Member)).unwrap();
    let child = town.world.add_team(root, acme, "interns", false, Some(security)).unwrap();
    town.world.set_team_member(root, child, dora, true).unwrap();
    assert_eq!(town.world.state().permission(dora, town.repo), Permission::Write);
    assert!(town.world.state().team_members(security).contains(&dora));
}

#[test]
fn a_fork_can_propose() {
    let mut town = town();
    let (bob, root) = (town.bob, town.world.account("root").unwrap());
    let fork = town.world.fork(bob, town.repo).unwrap();
    town.world
        .push(
            bob,
            fork,
            &Push { branch: "idea".into(), edits: vec![Edit::write("docs/new.md", "n\n")], ..Push::default() },
        )
        .unwrap();
    let new =
        NewPull { title: "t".into(), head: "idea".into(), head_repo: Some("bob/api".into()), ..NewPull::default() };
    let pull = town.world.open_pull(bob, town.repo, &new).unwrap();
    let sha = town.world.merge(root, pull).unwrap();
    assert_eq!(town.world.git(town.repo).text(&sha, "docs/new.md").unwrap(), "n\n");
}

#[test]
fn issues_and_pull_requests_share_their_numbers() {
    let mut town = town();
    let (bob, repo) = (town.bob, town.repo);
    let open = |world: &mut World, title: &str| world.open_issue(bob, repo, title, "later");
    assert_eq!(open(&mut town.world, "Sign links"), Ok(2));
    assert!(matches!(open(&mut town.world, " "), Err(Refusal::Invalid(_))));
    let dora = town.world.account("dora").unwrap();
    assert_eq!(town.world.open_issue(dora, town.repo, "Private", ""), Err(Refusal::NotFound));
    let push = Push { branch: "more".into(), edits: vec![Edit::write("docs/more.md", DOC)], ..Push::default() };
    town.world.push(town.bob, town.repo, &push).unwrap();
    let pull = NewPull { title: "More".into(), head: "more".into(), ..NewPull::default() };
    let third = town.world.open_pull(town.bob, town.repo, &pull).unwrap();
    assert_eq!(town.world.state().pulls[&third].number, 3);
    // Only an administrator deletes; the number stays taken.
    assert!(matches!(town.world.delete_issue(town.bob, town.repo, 2), Err(Refusal::Forbidden(_))));
    let root = town.world.account("root").unwrap();
    assert_eq!(town.world.delete_issue(root, town.repo, 2), Ok(()));
    assert_eq!(town.world.delete_issue(root, town.repo, 1), Err(Refusal::NotFound), "a pull request is no issue here");
    assert_eq!(open(&mut town.world, "Again"), Ok(4));
}
