//! The `[llm]` table and its variables: what is enough, what is refused, and that no message shows a key.

use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use threadmodel::config::{Llm, llm};
use threadmodel::llm::provider::Usage;
use threadmodel::llm::provider::setup::Kind;

fn read(file: Option<&Path>, variables: &[(&str, &str)]) -> Result<Option<Llm>, String> {
    llm(file, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        .map_err(|error| error.to_string())
}

fn given(variables: &[(&str, &str)]) -> Llm {
    read(None, variables).unwrap().unwrap()
}

fn refused(variables: &[(&str, &str)]) -> String {
    let message = read(None, variables).map(|_| ()).unwrap_err();
    assert!(!message.contains("sk-secret"), "{message}");
    message
}

fn written(directory: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn without_a_provider_there_is_none() {
    assert!(read(None, &[("HOME", "/home/a")]).unwrap().is_none());
    assert!(
        read(None, &[("THREADMODEL_LLM_PROVIDER", "none"), ("THREADMODEL_LLM_KEY", "sk-secret")]).unwrap().is_none()
    );
}

#[test]
fn two_variables_are_enough() {
    let anthropic = given(&[("THREADMODEL_LLM_PROVIDER", "anthropic"), ("THREADMODEL_LLM_KEY", " sk-secret\n")]);
    assert_eq!(anthropic.setup.kind(), Kind::Anthropic);
    assert_eq!(anthropic.setup.model_for("draft"), "claude-sonnet-4-6");
    assert_eq!(anthropic.key.as_ref().unwrap().expose_secret(), "sk-secret");
    assert!(anthropic.provider().is_ok());
    assert!(!format!("{anthropic:?} {:?}", anthropic.provider()).contains("sk-secret"));
}

#[test]
fn a_server_on_this_machine_needs_no_key() {
    let local = given(&[
        ("THREADMODEL_LLM_PROVIDER", "openai-compatible"),
        ("THREADMODEL_LLM_BASE_URL", "http://127.0.0.1:11434/v1"),
        ("THREADMODEL_LLM_MODEL", "qwen3:8b"),
        ("THREADMODEL_LLM_SMALL_MODEL", "qwen3:1b"),
        ("THREADMODEL_LLM_CONTEXT_TOKENS", "8192"),
        ("THREADMODEL_LLM__TIMEOUT_SECONDS", "600"),
    ]);
    assert!(local.setup.is_local() && local.key.is_none());
    assert_eq!((local.setup.model_for("draft"), local.setup.model_for("triage")), ("qwen3:8b", "qwen3:1b"));
    assert_eq!((local.setup.context_tokens, local.setup.timeout), (8192, Duration::from_secs(600)));
}

#[test]
fn the_table_is_read_and_variables_win() {
    let directory = tempfile::tempdir().unwrap();
    let key = written(directory.path(), "key", "sk-secret\n");
    let text = format!(
        "[llm]\nprovider = \"openai\"\nmodel = \"gpt-5\"\nkey_file = {key:?}\nconcurrency = 2\n\
         input_price = 1.25\ncached_price = 0.125\noutput_price = 10\n"
    );
    let file = written(directory.path(), "t.toml", &text);
    let read = read(Some(&file), &[("THREADMODEL_LLM_MODEL", "gpt-5-mini")]).unwrap().unwrap();
    assert_eq!((read.setup.kind(), read.setup.model.as_str(), read.setup.concurrency), (Kind::Openai, "gpt-5-mini", 2));
    let usage = Usage { input: 2_000_000, cached: 1_000_000, cache_written: 0, output: 100_000 };
    assert_eq!(read.setup.prices.of(usage), Some(1_250_000 + 125_000 + 1_000_000));
}

#[test]
fn what_cannot_be_used_says_which_where_and_what_to_do() {
    let anthropic = ("THREADMODEL_LLM_PROVIDER", "anthropic");
    let key = ("THREADMODEL_LLM_KEY", "sk-secret");
    for (variables, parts) in [
        (vec![anthropic], vec!["llm.key: it is not set", "THREADMODEL_LLM_KEY", "`key_file`"]),
        (vec![key], vec!["llm.provider: it is not set, but a key is given", "THREADMODEL_LLM_PROVIDER"]),
        (
            vec![("THREADMODEL_LLM_PROVIDER", "claude"), key],
            vec!["llm.provider (THREADMODEL_LLM_PROVIDER)", "anthropic"],
        ),
        (
            vec![("THREADMODEL_LLM_PROVIDER", "openai-compatible"), key],
            vec!["llm.model: it is not set", "llm.base_url: it is not set", "http://127.0.0.1:11434/v1"],
        ),
        (
            vec![anthropic, key, ("THREADMODEL_LLM_BASE_URL", "http://gateway.example.com/v1")],
            vec!["llm.base_url (THREADMODEL_LLM_BASE_URL): it is not encrypted"],
        ),
        (vec![anthropic, key, ("THREADMODEL_LLM_MODLE", "x")], vec!["llm.modle", "there is no such setting", "model"]),
        (
            vec![anthropic, key, ("THREADMODEL_LLM_CONCURRENCY", "0"), ("THREADMODEL_LLM_INPUT_PRICE", "-1")],
            vec!["llm.concurrency (THREADMODEL_LLM_CONCURRENCY)", "from 1 to 256", "llm.input_price"],
        ),
        (vec![anthropic, key, ("THREADMODEL_LLM_PROXY", "proxy")], vec!["llm.proxy", "http://proxy.example.com:3128"]),
    ] {
        let message = refused(&variables);
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    }
}

#[test]
fn a_key_in_the_settings_file_is_refused_without_showing_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = written(directory.path(), "t.toml", "[llm]\nprovider = \"anthropic\"\nkey = \"sk-secret\"\n");
    let message = read(Some(&file), &[]).map(|_| ()).unwrap_err();
    assert!(message.contains("llm.key") && message.contains("a secret does not belong into this file"), "{message}");
    assert!(message.contains("`llm.key_file`") && message.contains("THREADMODEL_LLM_KEY"), "{message}");
    assert!(!message.contains("sk-secret"), "{message}");

    let key = written(directory.path(), "key", "sk-secret");
    let file = written(directory.path(), "u.toml", &format!("[llm]\nprovider = \"anthropic\"\nkey_file = {key:?}\n"));
    let twice = read(Some(&file), &[("THREADMODEL_LLM_KEY", "sk-secret")]).map(|_| ()).unwrap_err();
    assert!(twice.contains("given twice, by THREADMODEL_LLM_KEY and by `llm.key_file`"), "{twice}");
    assert!(!twice.contains("sk-secret"), "{twice}");
}
