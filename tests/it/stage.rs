//! The stage of the stories: a sandbox GitHub in this process, the real binary beside it, and eyes that see what a person sees.
//!
//! Nothing here looks into the app: it is started with its documented settings, spoken to by webhooks, and judged by the page and the log.

#![allow(clippy::disallowed_methods, reason = "a test is shell: it waits by the clock and reads the environment")]

#[path = "stage/inside.rs"]
mod inside;
#[path = "stage/page.rs"]
mod page;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use serde_json::{Value, json};
use threadmodel::sandbox::log::LogEntry;
use threadmodel::sandbox::{Clock, Hostility, Sandbox, Shared};

pub(crate) use page::{Check, Draft, Page, Thread, marker, posted};

/// The App's bot.
pub(crate) const BOT: &str = "threadmodel[bot]";
/// The repository of all stories.
pub(crate) const REPO: &str = "acme/api";
/// The check that `main` requires.
pub(crate) const CHECK: &str = "threadmodel: main";
const APP_ID: u64 = 4711;
const SECRET: &str = "a-webhook-secret-of-more-than-32-bytes";

/// How long a person is willing to wait for the app. Generous: test machines are busy.
fn patience() -> Duration {
    let seconds = std::env::var("STORY_PATIENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(90))
}

/// (private, public), PEM: made once.
static KEYS: LazyLock<(String, String)> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = aws_lc_rs::signature::KeyPair::public_key(&pair).as_der().unwrap();
    (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref()))
});

fn pem(label: &str, der: &[u8]) -> String {
    let coded = base64::prelude::BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = coded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// What a story begins with.
pub(crate) struct Beginning {
    /// `.github/threadmodel.yml` on `main`.
    pub(crate) policy: String,
    /// `.github/CODEOWNERS` on `main`; `None`: no such file.
    pub(crate) owners: Option<String>,
    /// More files on `main`.
    pub(crate) files: Vec<(String, String)>,
    /// Files of the organisation's `.github` repository; none: there is no such repository.
    pub(crate) organisation: Vec<(String, String)>,
    /// The required check of `main`, if it is required.
    pub(crate) required: bool,
    /// The App is installed from the start.
    pub(crate) installed: bool,
}

impl Default for Beginning {
    fn default() -> Self {
        Self {
            policy: concat!(
                "documents: [\"docs/**/*.md\"]\n",
                "approval: { teams: [\"@acme/security\", \"@acme/privacy\"], required: 1 }\n",
                "trivial: { sample: 0 }\n",
            )
            .to_owned(),
            owners: Some("/docs/ @acme/security\n/docs/privacy/ @acme/privacy\n".to_owned()),
            files: Vec::new(),
            organisation: Vec::new(),
            required: true,
            installed: true,
        }
    }
}

/// A running stage.
pub(crate) struct Stage {
    runtime: tokio::runtime::Runtime,
    shared: Shared,
    github: SocketAddr,
    directory: tempfile::TempDir,
    port: u16,
    settings: Vec<(String, String)>,
    app: Option<Child>,
}

impl Stage {
    /// Alice and Bob develop, Sam and Tess are the security team, Pia minds privacy, Root owns the organisation.
    pub(crate) fn new() -> Self {
        Self::with(&Beginning::default())
    }

    /// A stage that begins otherwise, with the app running.
    pub(crate) fn with(beginning: &Beginning) -> Self {
        let mut stage = Self::without_app(beginning, Hostility::none());
        stage.start();
        stage
    }

    /// GitHub alone; the app is started later.
    pub(crate) fn without_app(beginning: &Beginning, hostility: Hostility) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut sandbox = Sandbox::new(7, Clock::Real { ahead: 0 });
        sandbox.hostility = hostility;
        let port = free_port();
        let seed = seed(beginning, port);
        sandbox.world_mut().seed(&serde_json::from_value(seed).unwrap()).unwrap();
        sandbox.world_mut().settle();
        let _ = sandbox.world_mut().take_events();
        let shared = Shared::new(sandbox);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let github = listener.local_addr().unwrap();
        let served = shared.clone();
        runtime.spawn(async move {
            threadmodel::sandbox::serve(tokio::net::TcpListener::from_std(listener).unwrap(), served).await
        });
        let settings = [
            ("ENGINE__SETTLE_SECONDS", "2"),
            ("ENGINE__QUIET_SECONDS", "0"),
            ("ENGINE__QUIET_MAX_SECONDS", "0"),
            ("ENGINE__DRAIN_SECONDS", "1"),
            ("PACING__WRITES_PER_MINUTE", "100000"),
            ("PACING__WRITES_PER_HOUR", "1000000"),
            ("PACING__MILLISECONDS_BETWEEN_WRITES", "0"),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        let directory = tempfile::tempdir().unwrap();
        Self { runtime, shared, github, directory, port, settings, app: None }
    }

    /// One more of the app's settings, for the next start.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.settings.push((key.to_owned(), value.to_owned()));
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("threadmodel.log")
    }

    /// Starts the binary and waits until it answers.
    pub(crate) fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_threadmodel"));
        command.arg("serve").current_dir(self.directory.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("THREADMODEL_")) {
            command.env_remove(name);
        }
        let own = [
            ("LISTEN", format!("127.0.0.1:{}", self.port)),
            ("GITHUB_URL", format!("http://{}", self.github)),
            ("APP_ID", APP_ID.to_string()),
            ("PRIVATE_KEY", KEYS.0.clone()),
            ("WEBHOOK_SECRET", SECRET.to_owned()),
            ("DATABASE", self.directory.path().join("threadmodel.sqlite").display().to_string()),
        ];
        for (key, value) in
            own.into_iter().chain(self.settings.iter().map(|(key, value)| (key.as_str(), value.clone())))
        {
            command.env(format!("THREADMODEL_{key}"), value);
        }
        let mut child = command.spawn().unwrap();
        let begun = Instant::now();
        while !self.answers() {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the binary ended at once ({status}):\n{}", self.app_log());
            }
            assert!(begun.elapsed() < patience(), "the binary does not listen:\n{}", self.app_log());
            std::thread::sleep(Duration::from_millis(10));
        }
        self.app = Some(child);
    }

    /// It listens a while before it is ready; then deliveries would wait.
    fn answers(&self) -> bool {
        let url = format!("http://127.0.0.1:{}/healthz", self.port);
        self.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
            client.get(url).send().await.is_ok_and(|answer| answer.status().is_success())
        })
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        if let Some(mut app) = self.app.take() {
            let _ = app.kill();
            let _ = app.wait();
        }
    }

    /// What a command of the binary prints, run beside the app on the same database.
    pub(crate) fn cli(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threadmodel"));
        command.args(arguments).current_dir(self.directory.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("THREADMODEL_")) {
            command.env_remove(name);
        }
        command.env("THREADMODEL_DATABASE", self.directory.path().join("threadmodel.sqlite"));
        let done = command.output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{arguments:?}: {out}{err}");
        out.into_owned()
    }

    /// SIGTERM. How it ended, and how long that took.
    pub(crate) fn terminate(&mut self) -> (std::process::ExitStatus, Duration) {
        let mut app = self.app.take().expect("a running app");
        let begun = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &app.id().to_string()]).status().unwrap().success());
        loop {
            if let Some(status) = app.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            if begun.elapsed() > patience() {
                let _ = app.kill();
                panic!("it does not end:\n{}", self.app_log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until GitHub has sent all that it will send.
    pub(crate) fn delivered(&self) {
        let url = format!("http://{}/_sandbox/idle", self.github);
        self.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            client.post(url).send().await.unwrap();
        });
    }

    /// Makes GitHub do something odd.
    pub(crate) fn fault(&self, fault: Value) {
        self.shared.lock().add_fault(serde_json::from_value(fault).unwrap());
    }

    /// The app cannot list GitHub, so that what was lost stays lost.
    pub(crate) fn heal_nothing(&self) {
        self.fault(
            json!({"method": "GET", "contains": "/app/installations ", "trouble": {"status": 403}, "times": u32::MAX}),
        );
    }

    /// Waits until the app looks at a pull request.
    pub(crate) fn looking(&self, pull: u64) {
        let claimed = || self.metric("threadmodel_wakes{state=\"claimed\"}");
        self.until(pull, "a look under way", |_| (claimed() == Some(1)).then_some(()));
    }

    /// A number that the app's `/metrics` tell.
    pub(crate) fn metric(&self, line: &str) -> Option<u64> {
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        let text = self.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
            client.get(url).send().await.ok()?.text().await.ok()
        })?;
        text.lines().find_map(|one| one.strip_prefix(line)?.trim().parse().ok())
    }

    /// The last lines that the app logged, and the deliveries that it did not acknowledge.
    pub(crate) fn app_log(&self) -> String {
        let log = std::fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let (kept, lost): (Vec<Value>, Vec<Value>) =
            self.runtime.block_on(self.deliveries()).into_iter().partition(acknowledged);
        let lost: Vec<String> =
            lost.iter().map(|one| format!("{} {} {}", one["event"], one["action"], one["status_code"])).collect();
        format!(
            "{}\n── {} deliveries acknowledged, not: {lost:?} ──",
            lines[lines.len().saturating_sub(40)..].join("\n"),
            kept.len()
        )
    }

    /// Everything that the app logged.
    #[allow(dead_code, reason = "the conformance target does not look for leaks")]
    pub(crate) fn whole_log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    async fn deliveries(&self) -> Vec<Value> {
        let url = format!("http://{}/_sandbox/deliveries", self.github);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let text = client.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    // ── what people do ──

    /// An act of a person, as the sandbox's control API takes it; refused acts answer with the reason.
    pub(crate) fn try_act(&self, act: Value) -> Result<Value, String> {
        let act = serde_json::from_value(act).unwrap();
        let mut sandbox = self.shared.lock();
        let done = sandbox.world_mut().act(&act).map_err(|refusal| refusal.to_string());
        sandbox.collect();
        done
    }

    /// An act that must succeed.
    pub(crate) fn act(&self, act: Value) -> Value {
        let shown = act.to_string();
        self.try_act(act).unwrap_or_else(|why| panic!("{shown}: {why}"))
    }

    /// Pushes files (path, text) to a branch, made from `main` where it does not exist.
    pub(crate) fn push(&self, by: &str, branch: &str, files: &[(&str, &str)]) {
        let edits: Vec<Value> = files.iter().map(|(path, text)| json!({"path": path, "text": text})).collect();
        self.act(json!({"act": "push", "by": by, "repo": REPO, "branch": branch, "message": "Update", "edits": edits}));
    }

    /// Opens a pull request from a branch.
    pub(crate) fn open(&self, by: &str, head: &str, base: &str) -> u64 {
        let act = json!({"act": "open_pull", "by": by, "repo": REPO, "title": "A design", "base": base, "head": head});
        self.act(act)["number"].as_u64().unwrap()
    }

    /// A pull request to `main` by Alice with one document.
    pub(crate) fn propose(&self, path: &str, text: &str) -> u64 {
        self.push("alice", "design", &[(path, text)]);
        self.open("alice", "design", "main")
    }

    /// A comment in the conversation.
    pub(crate) fn comment(&self, by: &str, pull: u64, body: &str) -> u64 {
        let act = json!({"act": "comment", "by": by, "repo": REPO, "pull": pull, "body": body});
        self.act(act)["comment"].as_u64().unwrap()
    }

    /// An answer in a thread.
    pub(crate) fn reply(&self, by: &str, thread: &Thread, body: &str) -> u64 {
        let act = json!({"act": "reply", "by": by, "comment": thread.root().id, "body": body});
        self.act(act)["comment"].as_u64().unwrap()
    }

    /// A review without comments: `APPROVE`, `REQUEST_CHANGES`, `COMMENT`. GitHub counts in seconds, so a person takes one.
    pub(crate) fn try_review(&self, by: &str, pull: u64, event: &str) -> Result<u64, String> {
        std::thread::sleep(Duration::from_millis(1_100));
        let act =
            json!({"act": "review", "by": by, "repo": REPO, "pull": pull, "event": event, "body": "I have read it."});
        self.try_act(act).map(|done| done["review"].as_u64().unwrap())
    }

    /// An approval.
    pub(crate) fn approve(&self, by: &str, pull: u64) -> u64 {
        self.try_review(by, pull, "APPROVE").unwrap()
    }

    /// "Commit suggestion".
    pub(crate) fn commit_suggestion(&self, by: &str, thread: &Thread) {
        self.act(json!({"act": "commit_suggestion", "by": by, "comments": [thread.root().id]}));
    }

    /// Presses a button of the check.
    pub(crate) fn press(&self, by: &str, pull: u64, label: &str) {
        let page = self.page(pull);
        let check = page.list("checks").iter().find(|check| check["name"] == CHECK).expect("a check");
        let button =
            check["actions"].as_array().unwrap().iter().find(|action| action["label"] == label).expect("a button");
        self.act(json!({"act": "press_button", "by": by, "run": check["id"], "identifier": button["identifier"]}));
    }

    /// The merge button; the error says what GitHub says.
    pub(crate) fn merge(&self, by: &str, pull: u64) -> Result<Value, String> {
        self.try_act(json!({"act": "merge", "by": by, "repo": REPO, "pull": pull}))
    }

    // ── what people see ──

    /// The page of a pull request.
    pub(crate) fn page(&self, pull: u64) -> Page {
        let sandbox = self.shared.lock();
        let world = sandbox.world();
        let id = world.pull(world.repo(REPO).unwrap(), pull).unwrap();
        Page(world.page(id).unwrap())
    }

    /// Waits until the page shows something.
    pub(crate) fn until<T>(&self, pull: u64, what: &str, seen: impl Fn(&Page) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            let page = self.page(pull);
            if let Some(seen) = seen(&page) {
                return seen;
            }
            assert!(
                begun.elapsed() < patience(),
                "waited in vain: {what}\n── the pages ──\n{}\n── the app ──\n{}",
                self.all_pages(),
                self.app_log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn all_pages(&self) -> String {
        let numbers: Vec<u64> = self.shared.lock().world().state().pulls.values().map(|pull| pull.number).collect();
        numbers.into_iter().map(|number| self.page(number).in_short()).collect::<Vec<_>>().join("\n\n")
    }

    /// Waits until the check is completed and says this in its title, summary or text.
    pub(crate) fn closed(&self, pull: u64, words: &str) -> Check {
        self.until(pull, &format!("a closed check that says {words:?}"), |page| {
            page.check(CHECK).filter(|check| check.is_closed() && check.says(words))
        })
    }

    /// Waits until the check is green.
    pub(crate) fn green(&self, pull: u64) -> Check {
        self.until(pull, "a green check", |page| page.check(CHECK).filter(Check::is_green))
    }

    /// Waits until the app asks something; all its questions.
    pub(crate) fn questions(&self, pull: u64) -> Vec<Thread> {
        self.until(pull, "questions", |page| Some(page.questions()).filter(|all| !all.is_empty()))
    }

    /// Waits for the draft's body and the recommendations' threads, and for the check to wait for its approval.
    pub(crate) fn draft(&self, pull: u64) -> Draft {
        let draft = self.until(pull, "a draft", Page::draft);
        self.closed(pull, "@acme/");
        Draft { recommendations: self.page(pull).recommendations(), ..draft }
    }

    /// The shortest way to a draft: the author asks for it.
    pub(crate) fn drafted(&self, pull: u64) -> Draft {
        self.until(pull, "questions or a draft", |page| {
            (!page.questions().is_empty() || page.draft().is_some()).then_some(())
        });
        if self.page(pull).draft().is_none() {
            self.comment("alice", pull, "/threadmodel draft");
        }
        self.draft(pull)
    }

    /// Nothing changes on the page for a while: the app is content.
    pub(crate) fn quiet(&self, pull: u64) -> Page {
        let begun = Instant::now();
        let (mut before, mut since) = (self.page(pull), Instant::now());
        while since.elapsed() < Duration::from_secs(4) {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.page(pull);
            if now.0 != before.0 {
                (before, since) = (now, Instant::now());
            }
            assert!(
                begun.elapsed() < patience() * 2,
                "it never comes to rest:\n{}\n{}",
                before.in_short(),
                self.app_log()
            );
        }
        before
    }

    /// The sandbox's log.
    pub(crate) fn log(&self) -> Vec<LogEntry> {
        self.shared.lock().world().log.clone()
    }

    /// Has GitHub deliver again what was not acknowledged, as its API allows, and waits. Answers how many deliveries were acknowledged.
    pub(crate) fn redeliver_unacknowledged(&self) -> usize {
        let origin = format!("http://{}", self.github);
        let now = chrono::Utc::now().timestamp();
        let claims = json!({"iat": now - 30, "exp": now + 300, "iss": APP_ID.to_string()});
        let key = jsonwebtoken::EncodingKey::from_rsa_pem(KEYS.0.as_bytes()).unwrap();
        let token =
            jsonwebtoken::encode(&jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256), &claims, &key).unwrap();
        self.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let idle = || client.post(format!("{origin}/_sandbox/idle")).send();
            idle().await.unwrap();
            let (kept, lost): (Vec<Value>, Vec<Value>) = self.deliveries().await.into_iter().partition(acknowledged);
            for delivery in lost {
                let url = format!("{origin}/app/hook/deliveries/{}/attempts", delivery["id"]);
                let answer = client.post(url).bearer_auth(&token).send().await.unwrap();
                assert!(answer.status().is_success(), "{}", answer.status());
            }
            idle().await.unwrap();
            kept.len()
        })
    }

    /// Where GitHub listens.
    #[allow(dead_code, reason = "the conformance target reads what goes over the wire")]
    pub(crate) fn github(&self) -> SocketAddr {
        self.github
    }

    /// Virtual GitHub, for what the helpers do not do.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.kill();
        if let Ok(keep) = std::env::var("STORY_KEEP") {
            let _ = std::process::Command::new("cp").arg("-r").arg(self.directory.path()).arg(keep).status();
        }
    }
}

/// A port for the app to listen on. Not one that the system hands out by itself (on Linux from 32768 on): any connection of a
/// test beside this one could take that before the app does.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    (0..10_000)
        .map(|_| std::process::id().wrapping_mul(997).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000)
        .filter_map(|at| u16::try_from(20_000 + at).ok())
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port")
}

fn seed(beginning: &Beginning, port: u16) -> Value {
    let mut files = json!({"README.md": "An API.\n", ".github/threadmodel.yml": beginning.policy});
    if let Some(owners) = &beginning.owners {
        files[".github/CODEOWNERS"] = json!(owners);
    }
    for (path, text) in &beginning.files {
        files[path] = json!(text);
    }
    let mut repos = vec![
        json!({"name": REPO, "private": true, "files": files, "collaborators": {"alice": "write", "bob": "write"}}),
    ];
    if !beginning.organisation.is_empty() {
        let files: serde_json::Map<String, Value> =
            beginning.organisation.iter().map(|(path, text)| (path.clone(), json!(text))).collect();
        repos.push(json!({"name": "acme/.github", "private": true, "files": files}));
    }
    let manifest: Value = serde_saphyr::from_str(include_str!("../../app-manifest.yml")).unwrap();
    let check = json!({"context": CHECK, "app_id": APP_ID});
    let rules = json!({"required_checks": if beginning.required { vec![check] } else { Vec::new() }});
    json!({
        "users": ["alice", "bob", "sam", "tess", "pia", "root"],
        "orgs": [{"login": "acme", "owners": ["root"], "members": ["alice", "bob", "sam", "tess", "pia"], "base": "read"}],
        "repos": repos,
        "teams": [
            {"name": "acme/security", "members": ["sam", "tess"], "repos": {REPO: "write"}},
            {"name": "acme/privacy", "members": ["pia"], "repos": {REPO: "write"}},
        ],
        "apps": [{
            "id": APP_ID, "slug": "threadmodel", "owner": "acme", "public_key_pem": KEYS.1, "webhook_secret": SECRET,
            "webhook_url": format!("http://127.0.0.1:{port}/webhook"),
            "permissions": manifest["default_permissions"], "events": manifest["default_events"],
            "install": if beginning.installed { vec!["acme"] } else { Vec::new() },
        }],
        "protection": {REPO: {"main": rules}},
    })
}

fn acknowledged(delivery: &Value) -> bool {
    delivery["status_code"].as_u64().is_some_and(|code| (200..300).contains(&code))
}
