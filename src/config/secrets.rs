//! Secrets: from a variable or from a file of their own. No message shows one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::error::{Origin, Problem};
use super::{OTHERS, PREFIX, Settings};
use crate::review::marker::MarkerKey;

/// The least length of a webhook secret, in bytes.
const LEAST: usize = 32;

/// Names of variables that hold a secret, without prefix, in lower case.
pub(super) const NAMES: [&str; 5] =
    ["private_key", "webhook_secret", "webhook_secret_previous", "marker_secret", "llm_key"];

/// The table whose variables may be written with one `_`.
const SHORT: &str = "llm_";

/// Secrets that the environment holds.
pub(super) struct Given(BTreeMap<String, SecretString>);

/// Parts our variables into settings and secrets.
pub(super) fn part(environment: impl IntoIterator<Item = (String, String)>) -> (Vec<(String, String)>, Given) {
    let mut settings = Vec::new();
    let mut secrets = BTreeMap::new();
    for (name, value) in environment {
        let Some(name) = name.strip_prefix(PREFIX).map(str::to_ascii_lowercase) else { continue };
        if NAMES.contains(&name.as_str()) {
            secrets.insert(name, SecretString::from(value));
        } else if !OTHERS.contains(&name.as_str()) {
            let name = match name.strip_prefix(SHORT) {
                Some(key) if !key.starts_with('_') => format!("{SHORT}_{key}"),
                _ => name,
            };
            settings.push((name, value));
        }
    }
    (settings, Given(secrets))
}

impl Given {
    pub(super) fn private_key(&self, settings: &Settings) -> Result<SecretString, Problem> {
        let (key, origin) = self.required(
            "private_key",
            settings.private_key_file.as_ref(),
            "generate one on the App's page (Private keys) and name the file that GitHub gives you",
        )?;
        // Some environments cannot hold a line break.
        let key = SecretString::from(key.expose_secret().replace("\\n", "\n"));
        match jsonwebtoken::EncodingKey::from_rsa_pem(key.expose_secret().as_bytes()) {
            Ok(_) => Ok(key),
            Err(_) => Err(Problem::new(
                "private_key",
                origin,
                "it is not an RSA private key in PEM",
                "use the file as GitHub gave it, from `-----BEGIN` to `-----END`",
            )),
        }
    }

    /// The secret, and the one before it where there is one.
    pub(super) fn webhook(&self, settings: &Settings) -> Result<Vec<SecretString>, Problem> {
        let fix = "make one with `openssl rand -hex 32` and enter the same on the App's page (Webhook secret)";
        let current = self.required("webhook_secret", settings.webhook_secret_file.as_ref(), fix)?;
        let previous = self.find("webhook_secret_previous", settings.webhook_secret_previous_file.as_ref())?;
        let named = [("webhook_secret", Some(current)), ("webhook_secret_previous", previous)];
        let mut secrets = Vec::new();
        for (name, given) in named {
            let Some((secret, origin)) = given else { continue };
            let length = secret.expose_secret().len();
            if length < LEAST {
                let what = format!(
                    "it has {length} bytes; anybody could guess it and forge deliveries, so {LEAST} are the least"
                );
                return Err(Problem::new(name, origin, what, fix));
            }
            secrets.push(secret);
        }
        Ok(secrets)
    }

    pub(super) fn marker(&self, settings: &Settings, private_key: &SecretString) -> Result<MarkerKey, Problem> {
        let given = self.find("marker_secret", settings.marker_secret_file.as_ref())?;
        if let Some((secret, origin)) = &given
            && secret.expose_secret().len() < LEAST
        {
            let what = format!("it has fewer than {LEAST} bytes");
            return Err(Problem::new("marker_secret", origin.clone(), what, "make one with `openssl rand -hex 32`"));
        }
        let secret = given.as_ref().map_or(private_key, |(secret, _)| secret);
        Ok(MarkerKey::new(derive(secret.expose_secret())))
    }

    /// The key of the language model, wherever it is given. An empty one is none.
    pub(super) fn llm_key(&self, file: Option<&PathBuf>) -> Result<Option<SecretString>, Problem> {
        let found = self.find("llm_key", file)?;
        Ok(found.map(|(key, _)| key).filter(|key| !key.expose_secret().is_empty()))
    }

    fn required(
        &self,
        name: &'static str,
        file: Option<&PathBuf>,
        fix: &str,
    ) -> Result<(SecretString, Origin), Problem> {
        let variable = variable(name);
        self.find(name, file)?.ok_or_else(|| {
            Problem::new(
                name,
                Origin::Default,
                "it is not set",
                format!("set {variable} or `{}`: {fix}", file_of(name)),
            )
        })
    }

    fn find(&self, name: &'static str, file: Option<&PathBuf>) -> Result<Option<(SecretString, Origin)>, Problem> {
        match (self.0.get(name), file) {
            (None, None) => Ok(None),
            (Some(secret), None) => {
                let secret = SecretString::from(secret.expose_secret().trim());
                Ok(Some((secret, Origin::Variable(variable(name)))))
            }
            (None, Some(path)) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Some((SecretString::from(text.trim()), Origin::File(path.clone())))),
                Err(error) => {
                    let what = format!("the file cannot be read: {error}");
                    Err(Problem::new(name, Origin::File(path.clone()), what, "check its path and who may read it"))
                }
            },
            (Some(_), Some(_)) => {
                let what = format!("it is given twice, by {} and by `{}`", variable(name), file_of(name));
                Err(Problem::new(name, Origin::Variable(variable(name)), what, "keep one of them"))
            }
        }
    }
}

/// The variable of a setting.
pub(super) fn variable(name: &str) -> String {
    let between = if name.starts_with("llm.") { "_" } else { "__" };
    format!("{PREFIX}{}", name.replace('.', between).to_ascii_uppercase())
}

/// The setting that names a secret's file.
pub(super) fn file_of(name: &str) -> String {
    match name.strip_prefix(SHORT) {
        Some(key) => format!("llm.{key}_file"),
        None => format!("{name}_file"),
    }
}

/// 32 bytes that tell nothing about the secret. White space does not count: a key is the same however it is wrapped.
fn derive(secret: &str) -> [u8; 32] {
    let secret: String = secret.split_whitespace().collect();
    let mut hash = Sha256::new();
    hash.update(b"threadmodel marker key v1\0");
    hash.update(secret.as_bytes());
    hash.finalize().into()
}
