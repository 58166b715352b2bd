//! `threadmodel sandbox`: the sandbox alone on a port, `serve` pointed at it with the settings that it prints, a world from a file.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stories::DOCUMENT;

fn threadmodel(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadmodel"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("THREADMODEL_")) {
        command.env_remove(name);
    }
    command.current_dir(dir).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Killed at the end, however that comes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// The sandbox, its address, and the settings that it printed, in a file.
fn sandbox(dir: &Path, webhook_port: u16, more: &[&str]) -> (Running, String) {
    let webhook = format!("http://127.0.0.1:{webhook_port}/webhook");
    let mut command = threadmodel(dir);
    command.args(["sandbox", "--port", "0", "--webhook", &webhook]).args(more).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let running = Running(child);
    let mut settings = String::new();
    while !settings.contains("listen =") {
        settings.push_str(&lines.next().expect("settings on stdout"));
        settings.push('\n');
    }
    let settings = settings.replace("127.0.0.1:8080", &format!("127.0.0.1:{webhook_port}"));
    std::fs::write(dir.join("sandbox.toml"), &settings).unwrap();
    let parsed: toml::Table = toml::from_str(&settings).unwrap();
    (running, parsed["github_url"].as_str().unwrap().to_owned())
}

async fn until_questions(address: &str, page: &str) -> Vec<Value> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let begun = Instant::now();
    loop {
        let text = client.get(format!("{address}/_sandbox/page/{page}")).send().await.unwrap().text().await.unwrap();
        let page: Value = serde_json::from_str(&text).unwrap();
        let threads = page["threads"].as_array().unwrap();
        if !threads.is_empty() {
            return threads.clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "no question: {page:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn act(address: &str, act: Value) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(format!("{address}/_sandbox/act")).body(act.to_string()).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{act}: {text}");
    serde_json::from_str(&text).unwrap()
}

fn world() -> Value {
    let manifest: Value = serde_saphyr::from_str(include_str!("../../app-manifest.yml")).unwrap();
    json!({
        "users": ["alice", "sam", "root"],
        "orgs": [{"login": "acme", "owners": ["root"], "members": ["alice", "sam"], "base": "read"}],
        "repos": [{"name": "acme/api", "private": true, "collaborators": {"alice": "write"}, "files": {
            ".github/CODEOWNERS": "/docs/ @acme/security\n", ".github/threadmodel.yml": "documents: [\"docs/*.md\"]\n",
        }}],
        "teams": [{"name": "acme/security", "members": ["sam"], "repos": {"acme/api": "write"}}],
        "apps": [{
            "slug": "threadmodel", "owner": "acme", "install": ["acme"],
            "permissions": manifest["default_permissions"], "events": manifest["default_events"],
        }],
    })
}

#[tokio::test]
async fn serve_works_with_the_settings_that_the_sandbox_prints_on_a_world_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    std::fs::write(dir.path().join("world.json"), world().to_string()).unwrap();
    let (_sandbox, address) = sandbox(dir.path(), port, &["--seed", "world.json"]);
    let mut serve = threadmodel(dir.path());
    serve.args(["serve", "--config", "sandbox.toml"]).env("THREADMODEL_ENGINE__QUIET_SECONDS", "0");
    let _serve = Running(serve.stdout(Stdio::null()).spawn().unwrap());
    act(&address, json!({"act": "push", "by": "alice", "repo": "acme/api", "branch": "design", "message": "Design", "edits": [{"path": "docs/export.md", "text": DOCUMENT}]})).await;
    // Whether `serve` listens yet or not: what is not delivered is found when it starts.
    act(&address, json!({"act": "open_pull", "by": "alice", "repo": "acme/api", "title": "Export", "head": "design", "base": "main"})).await;
    let threads = until_questions(&address, "acme/api/1").await;
    assert!(threads.iter().all(|thread| thread["comments"][0]["author"] == "threadmodel[bot]"), "{threads:#?}");
}

#[tokio::test]
async fn without_a_seed_there_is_the_organisation_of_the_demo_and_sigterm_ends_it_with_0() {
    let dir = tempfile::tempdir().unwrap();
    let (mut running, address) = sandbox(dir.path(), free_port(), &[]);
    let opened = act(&address, json!({"act": "open_pull", "by": "ana", "repo": "acme/billing", "title": "Invoice export", "head": "invoice-export", "base": "main"})).await;
    assert_eq!(opened["number"], 1);
    #[cfg(unix)]
    for secret in ["app.pem", "webhook-secret"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(dir.path().join("threadmodel-sandbox").join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{secret} is for its owner only");
    }
    assert!(Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_seed_that_cannot_be_read_is_2_and_names_file_and_field() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text, says) in [
        ("world.json", "{\"userz\": []}", "userz"),
        ("world.toml", "users = [\"alice\"", "world.toml"),
        ("other.json", "{\"repos\": [{\"name\": \"nobody/api\"}]}", "seed"),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
        let mut command = threadmodel(dir.path());
        let ended = command.args(["sandbox", "--port", "0", "--seed", name]).stderr(Stdio::piped()).output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{told}");
        assert!(told.contains(says), "{told}");
    }
}
