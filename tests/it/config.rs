//! The server's configuration: what it takes, what it refuses, and that a message says which, where and what to do.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use threadmodel::config::{Config, ConfigError, Settings};
use threadmodel::time::Millis;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A throw-away key, made for each run of the tests.
fn private_key() -> &'static str {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use base64::Engine as _;
    static KEY: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let key = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).unwrap();
        let text = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
    });
    &KEY
}

fn read(file: Option<&Path>, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(file, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

/// The least that is needed, and what is given on top.
fn with(more: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut variables = vec![
        ("THREADMODEL_APP_ID", "7"),
        ("THREADMODEL_PRIVATE_KEY", private_key()),
        ("THREADMODEL_WEBHOOK_SECRET", SECRET),
    ];
    variables.extend(more);
    read(None, &variables)
}

fn refused(more: &[(&str, &str)]) -> String {
    with(more).unwrap_err().to_string()
}

fn written(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_least_is_enough_and_the_rest_has_defaults() {
    let config = with(&[("HOME", "/root"), ("THREADMODEL_LOG", "debug")]).unwrap();
    assert_eq!((config.app_id, config.listen.to_string().as_str()), (7, "127.0.0.1:8080"));
    assert_eq!(config.endpoints.rest, "https://api.github.com");
    assert_eq!(config.settings, threadmodel::review::settings::Settings::default());
    assert_eq!((config.engine.sweep, config.pacing.per_minute), (Millis::minutes(10), 80));
    assert_eq!(config.webhook_secrets.len(), 1);
}

#[test]
fn variables_win_over_the_file_and_reach_into_tables() {
    let directory = tempfile::tempdir().unwrap();
    let file = written(
        directory.path(),
        "t.toml",
        "listen = \"0.0.0.0:80\"\ngithub_url = \"https://ghe.example.com\"\n[engine]\nworkers = 3\nquiet_seconds = 5\n",
    );
    let variables = [
        ("THREADMODEL_APP_ID", "7"),
        ("THREADMODEL_PRIVATE_KEY", private_key()),
        ("THREADMODEL_WEBHOOK_SECRET", SECRET),
        ("THREADMODEL_ENGINE__WORKERS", "5"),
    ];
    let config = read(Some(&file), &variables).unwrap();
    assert_eq!((config.engine.workers, config.settings.quiet), (5, Millis::seconds(5)));
    assert_eq!(config.listen.port(), 80);
    assert_eq!(config.endpoints.graphql, "https://ghe.example.com/api/graphql");
    assert_eq!(config.settings.web, "https://ghe.example.com");
}

#[test]
fn a_short_webhook_secret_is_refused_with_what_to_do() {
    for short in ["", "hunter2", "0123456789abcdef0123456789abcde"] {
        let message = read(
            None,
            &[
                ("THREADMODEL_APP_ID", "7"),
                ("THREADMODEL_PRIVATE_KEY", private_key()),
                ("THREADMODEL_WEBHOOK_SECRET", short),
            ],
        )
        .unwrap_err()
        .to_string();
        assert!(message.contains("webhook_secret (THREADMODEL_WEBHOOK_SECRET): it has"), "{message}");
        assert!(message.contains("openssl rand -hex 32"), "{message}");
        assert!(short.is_empty() || !message.contains(short), "{message}");
    }
    assert!(refused(&[("THREADMODEL_WEBHOOK_SECRET_PREVIOUS", "short")]).contains("webhook_secret_previous"));
}

#[test]
fn what_is_missing_is_named_all_at_once() {
    let error = read(None, &[]).unwrap_err();
    let keys: Vec<_> = error.problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["app_id", "private_key", "webhook_secret"]);
    let message = error.to_string();
    assert!(message.contains("set THREADMODEL_WEBHOOK_SECRET or `webhook_secret_file`"), "{message}");
}

#[test]
fn secrets_come_from_files_and_two_count_during_rotation() {
    let directory = tempfile::tempdir().unwrap();
    let key = written(directory.path(), "key.pem", private_key());
    let new = written(directory.path(), "new", &format!("{SECRET}new\n"));
    let old = written(directory.path(), "old", &format!("{SECRET}old\n"));
    let settings = format!(
        "app_id = 7\nprivate_key_file = {key:?}\nwebhook_secret_file = {new:?}\nwebhook_secret_previous_file = {old:?}\n"
    );
    let file = written(directory.path(), "t.toml", &settings);
    let config = read(Some(&file), &[]).unwrap();
    let secrets: Vec<_> = config.webhook_secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect();
    assert_eq!(secrets, [format!("{SECRET}new"), format!("{SECRET}old")]);

    let twice = read(Some(&file), &[("THREADMODEL_WEBHOOK_SECRET", SECRET)]).unwrap_err().to_string();
    assert!(twice.contains("given twice"), "{twice}");
    std::fs::remove_file(&new).unwrap();
    let gone = read(Some(&file), &[]).unwrap_err().to_string();
    assert!(gone.contains("cannot be read") && gone.contains("new"), "{gone}");
}

#[test]
fn a_key_with_escaped_line_breaks_is_the_same_key() {
    let (app, secret) = (("THREADMODEL_APP_ID", "7"), ("THREADMODEL_WEBHOOK_SECRET", SECRET));
    let escaped = private_key().replace('\n', "\\n");
    let config = read(None, &[app, secret, ("THREADMODEL_PRIVATE_KEY", &escaped)]).unwrap();
    let plain = with(&[]).unwrap();
    let sign = |config: &Config| {
        let key = threadmodel::review::marker::PostKey::new(threadmodel::review::marker::PostKind::Round, 1, 0, 0);
        config.marker.sign(1, 2, key, "words")
    };
    assert_eq!(sign(&config), sign(&plain), "and so it signs the same marks");
    let other = with(&[("THREADMODEL_MARKER_SECRET", SECRET)]).unwrap();
    assert_ne!(sign(&other), sign(&plain));
    let message =
        read(None, &[app, secret, ("THREADMODEL_PRIVATE_KEY", "-----BEGIN nonsense")]).unwrap_err().to_string();
    assert!(message.contains("not an RSA private key in PEM") && !message.contains("nonsense"), "{message}");
}

#[test]
fn a_secret_in_the_settings_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = written(directory.path(), "t.toml", &format!("webhook_secret = \"{SECRET}\"\n"));
    let message = read(Some(&file), &[]).unwrap_err().to_string();
    assert!(message.contains("webhook_secret") && message.contains("t.toml"), "{message}");
    assert!(message.contains("THREADMODEL_WEBHOOK_SECRET") && message.contains("`webhook_secret_file`"), "{message}");
    assert!(!message.contains(SECRET), "{message}");
}

#[test]
fn unknown_settings_are_errors_wherever_they_stand() {
    let directory = tempfile::tempdir().unwrap();
    let file = written(directory.path(), "t.toml", "[engine]\nworker = 3\n");
    let message = read(Some(&file), &[]).unwrap_err().to_string();
    assert!(message.contains("engine.worker (") && message.contains("t.toml"), "{message}");
    assert!(message.contains("there is no such setting; the settings here are workers,"), "{message}");

    let message = refused(&[("THREADMODEL_LISTENS", "x")]);
    assert!(message.contains("listens (THREADMODEL_LISTENS): there is no such setting"), "{message}");
    let message = refused(&[("THREADMODEL_ENGINE__WORKER", "3")]);
    assert!(message.contains("engine.worker (THREADMODEL_ENGINE__WORKER)"), "{message}");
}

#[test]
fn a_message_names_the_setting_its_origin_and_the_fix() {
    for (name, value, expected) in [
        (
            "THREADMODEL_ENGINE__WORKERS",
            "many",
            "engine.workers (THREADMODEL_ENGINE__WORKERS): found string \"many\"; give it u32",
        ),
        (
            "THREADMODEL_ENGINE__WORKERS",
            "0",
            "engine.workers (THREADMODEL_ENGINE__WORKERS): its value does not fit; give it a number from 1",
        ),
        (
            "THREADMODEL_LISTEN",
            "8080x",
            "listen (THREADMODEL_LISTEN): its value does not fit; give it an address and a port",
        ),
        ("THREADMODEL_GITHUB_URL", "http://evil.example.com", "github_url (THREADMODEL_GITHUB_URL)"),
        ("THREADMODEL_PUBLIC_URL", "threadmodel.example.com", "public_url (THREADMODEL_PUBLIC_URL)"),
        ("THREADMODEL_WEBHOOK_PATH", "/{x}", "webhook_path (THREADMODEL_WEBHOOK_PATH)"),
        ("THREADMODEL_WEBHOOK_PATH", "/metrics", "webhook_path (THREADMODEL_WEBHOOK_PATH)"),
        ("THREADMODEL_ENGINE__QUIET_MAX_SECONDS", "10", "engine.quiet_max_seconds"),
        ("THREADMODEL_PACING__WRITES_PER_HOUR", "0", "pacing.writes_per_hour"),
        ("THREADMODEL_ENGINE__LEASE_SECONDS", "5", "at least 60 seconds"),
    ] {
        let message = refused(&[(name, value)]);
        assert!(message.contains(expected), "{name}={value}: {message}");
    }
    let directory = tempfile::tempdir().unwrap();
    let broken = written(directory.path(), "t.toml", "listen = \n");
    let message = read(Some(&broken), &[]).unwrap_err().to_string();
    assert!(message.contains("t.toml") && message.contains("line 1"), "{message}");
    let message = read(Some(&directory.path().join("none.toml")), &[]).unwrap_err().to_string();
    assert!(message.contains("none.toml: it cannot be read") && message.contains("--config"), "{message}");
}

#[test]
fn nothing_shows_a_secret() {
    let config = with(&[("THREADMODEL_MARKER_SECRET", "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm")]).unwrap();
    let shown = format!("{config:?}");
    for secret in [SECRET, "BEGIN PRIVATE", "mmmm"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("app_id: 7"), "{shown}");
}

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/threadmodel.example.toml");

/// `UPDATE_EXAMPLE=1 cargo test` writes it anew.
#[test]
fn the_example_shows_every_setting_with_its_default() {
    let expected = Settings::example();
    if std::env::var_os("UPDATE_EXAMPLE").is_some() {
        std::fs::write(EXAMPLE, &expected).unwrap();
    }
    assert_eq!(std::fs::read_to_string(EXAMPLE).unwrap(), expected, "write it anew with UPDATE_EXAMPLE=1 cargo test");

    let is_setting = |line: &&str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let uncommented: Vec<&str> =
        expected.lines().map(|line| line.strip_prefix("# ").filter(is_setting).unwrap_or(line)).collect();
    let uncommented = uncommented.join("\n");
    let settings: Settings = toml::from_str(&uncommented).unwrap();
    let defaults = Settings::default();
    assert_eq!((&settings.engine, &settings.pacing), (&defaults.engine, &defaults.pacing));
    assert_eq!((&settings.listen, &settings.database), (&defaults.listen, &defaults.database));
    let lines = uncommented.lines().filter(|line| !line.starts_with('#') && line.contains(" = ")).count();
    let known: usize = serde_json::to_value(&defaults)
        .unwrap()
        .as_object()
        .unwrap()
        .values()
        .map(|value| value.as_object().map_or(1, serde_json::Map::len))
        .sum();
    assert_eq!(lines, known, "{uncommented}");
}
