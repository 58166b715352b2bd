//! The `[llm]` table: which language model is asked, if any.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use figment::Figment;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::error::Origin;
use super::{ConfigError, Problem, Settings, secrets};
use crate::llm::analysts::{Limits, Turns};
use crate::llm::provider::Provider;
use crate::llm::provider::setup::{Kind, Prices, Setup, SetupError};
use crate::time::Millis;

/// The language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct LlmSettings {
    /// `none`, `anthropic`, `openai`, `gemini`, `openai-compatible` (Azure, Ollama, vLLM, llama.cpp, gateways), `bedrock` or
    /// `vertex`.
    pub provider: Kind,
    /// The model as the provider spells it. Required, but for `anthropic`.
    pub model: Option<String>,
    /// A smaller model for triage and for reading replies. If left out, `model` does these too.
    pub small_model: Option<String>,
    /// The address up to the version, for `openai-compatible`, `bedrock`, `vertex` and gateways. The key is sent there and
    /// nowhere else. `https`, or `http` on this machine.
    pub base_url: Option<String>,
    /// File with the key, or set THREADMODEL_LLM_KEY. Required, but for an `openai-compatible` server on this machine.
    pub key_file: Option<PathBuf>,
    /// An HTTP proxy on the way there. The proxy of the environment is not used.
    pub proxy: Option<String>,
    /// Requests at once.
    pub concurrency: u32,
    /// The longest that one request may take.
    pub timeout_seconds: u32,
    /// How often a request is sent at most, with a few seconds between, while the provider fails in passing.
    pub tries: u32,
    /// How often a task is then put to the model at most; after that the built-in analyst does it.
    pub turns: u32,
    /// The wait before the second turn; four times as long before each further one.
    pub turn_seconds: u32,
    /// The longest answer, in tokens, reasoning too.
    pub max_output_tokens: u32,
    /// How much the model can read, in tokens. Set it to what a local model was started with.
    pub context_tokens: u32,
    /// For servers that take no JSON Schema: it then stands in the prompt.
    pub schema_in_prompt: bool,
    /// The price of a million input tokens, in your currency. 0: not known, then budgets count tokens only.
    pub input_price: f64,
    /// The same for input that comes out of the provider's cache.
    pub cached_price: f64,
    /// The same for output.
    pub output_price: f64,
    /// Tokens for one repository over 30 days; then the built-in analyst reads. 0: no limit.
    pub tokens_per_repository: u64,
    /// Tokens for one installation, so for all repositories of an organisation, over 30 days. 0: no limit.
    pub tokens_per_installation: u64,
}

impl Default for LlmSettings {
    fn default() -> Self {
        Self {
            provider: Kind::None,
            model: None,
            small_model: None,
            base_url: None,
            key_file: None,
            proxy: None,
            concurrency: 4,
            timeout_seconds: 180,
            tries: 4,
            turns: 3,
            turn_seconds: 10,
            max_output_tokens: 16_000,
            context_tokens: 128_000,
            schema_in_prompt: false,
            input_price: 0.0,
            cached_price: 0.0,
            output_price: 0.0,
            tokens_per_repository: 0,
            tokens_per_installation: 0,
        }
    }
}

/// A language model that is configured: checked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Llm {
    /// Which, where, how.
    pub setup: Setup,
    /// The key, if there is one.
    pub key: Option<SecretString>,
    /// What may be spent.
    pub limits: Limits,
    /// How often a task is put to it.
    pub turns: Turns,
}

impl Llm {
    /// The provider.
    pub fn provider(&self) -> Result<Arc<dyn Provider>, SetupError> {
        self.setup.open(self.key.clone())
    }
}

/// The language model of the file and the environment, for commands that need nothing else of the configuration.
pub fn llm(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Option<Llm>, ConfigError> {
    let (variables, secrets) = secrets::part(environment);
    let figment = super::figment(file, variables)?;
    let settings: Settings = figment.extract().map_err(ConfigError::from_figment)?;
    checked(&settings, &figment, &secrets).map_err(ConfigError::many)
}

/// Checks the table.
pub(super) fn checked(
    settings: &Settings,
    figment: &Figment,
    secrets: &secrets::Given,
) -> Result<Option<Llm>, Vec<Problem>> {
    let s = &settings.llm;
    let problem = |error: SetupError| {
        let key = format!("llm.{}", error.setting);
        Problem::new(&key, Origin::of(figment, &key), error.what, error.fix)
    };
    let key = secrets.llm_key(s.key_file.as_ref()).map_err(|problem| vec![problem])?;
    let setup = Setup::new(s.provider, s.model.as_deref(), s.base_url.as_deref());
    let Some(mut setup) = setup.map_err(|errors| errors.into_iter().map(problem).collect::<Vec<_>>())? else {
        // Whoever gave a key meant a model to be asked. `none` that was written is an answer.
        let silent = matches!(Origin::of(figment, "llm.provider"), Origin::Default);
        return if key.is_some() && silent {
            let fix = "set THREADMODEL_LLM_PROVIDER, for instance to `anthropic`; with `none` the built-in analyst works alone";
            Err(vec![Problem::new("llm.provider", Origin::Default, "it is not set, but a key is given", fix)])
        } else {
            Ok(None)
        };
    };
    let mut problems = Vec::new();
    let mut wrong = |key: &str, fix: &str| {
        let key = format!("llm.{key}");
        problems.push(Problem::new(
            &key,
            Origin::of(figment, &key),
            "its value does not fit",
            format!("give it {fix}"),
        ));
    };
    let mut within = |name: &str, n: u32, least: u32, most: u32| {
        if !(least..=most).contains(&n) {
            wrong(name, &format!("a number from {least} to {most}"));
        }
        n
    };
    setup.concurrency = within("concurrency", s.concurrency, 1, 256) as usize;
    setup.timeout = Duration::from_secs(within("timeout_seconds", s.timeout_seconds, 1, 3600).into());
    setup.patience.tries = within("tries", s.tries, 1, 10);
    let most = within("turns", s.turns, 1, Turns::MOST);
    let turns = Turns { most, wait: Millis::seconds(within("turn_seconds", s.turn_seconds, 0, 3600).into()) };
    setup.max_output_tokens = within("max_output_tokens", s.max_output_tokens, 16, 1_000_000);
    setup.context_tokens = within("context_tokens", s.context_tokens, 256, 100_000_000);
    let mut price = |name: &str, price: f64| {
        millionths(price).unwrap_or_else(|| {
            wrong(name, "a price from 0 to 1000000");
            0
        })
    };
    setup.prices = Prices {
        input: price("input_price", s.input_price),
        cached: price("cached_price", s.cached_price),
        output: price("output_price", s.output_price),
    };
    setup.schema_in_prompt = s.schema_in_prompt;
    if let Some(small) = s.small_model.as_deref().map(str::trim).filter(|small| !small.is_empty()) {
        small.clone_into(&mut setup.small_model);
    }
    if let Some(proxy) = &s.proxy {
        match Url::parse(proxy).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            Some(proxy) => setup.proxy = Some(proxy),
            None => wrong("proxy", "an address, such as `http://proxy.example.com:3128`"),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // Opened once to see that it can be; whoever uses it opens its own.
    setup.open(key.clone()).map_err(|error| vec![problem(error)])?;
    let limits = Limits { repository: s.tokens_per_repository, installation: s.tokens_per_installation };
    Ok(Some(Llm { setup, key, limits, turns }))
}

/// A price as a whole number of millionths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its bounds are checked")]
fn millionths(price: f64) -> Option<u64> {
    (0.0..=1_000_000.0).contains(&price).then(|| (price * 1_000_000.0).round() as u64)
}
