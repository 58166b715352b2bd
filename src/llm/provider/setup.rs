//! Which provider is asked, where and how: checked, and made into something that answers.

use std::sync::Arc;
use std::time::Duration;

use genai::adapter::AdapterKind;
use http::HeaderValue;
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::genai::Genai;
use super::limits::Limited;
use super::openai::Flavour;
use super::retry::{Patience, Patient, chance};
use super::wire::{self, Speech, Wire};
use super::{Provider, Usage};

/// The model of Anthropic that is asked when none is named.
pub const ANTHROPIC_MODEL: &str = "claude-sonnet-4-6";

/// The tasks that a small model can do.
const SMALL_TASKS: [&str; 2] = ["triage", "assess"];

/// Who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Kind {
    /// Nobody: the built-in analyst works alone.
    #[default]
    None,
    /// Anthropic.
    Anthropic,
    /// OpenAI.
    Openai,
    /// Google's Gemini.
    Gemini,
    /// Anything that speaks OpenAI's chat completions.
    OpenaiCompatible,
    /// Amazon Bedrock, by a bearer token.
    Bedrock,
    /// Google Vertex AI, by a bearer token.
    Vertex,
}

/// How the model is reached and what it may cost.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Setup {
    kind: Kind,
    base: Url,
    /// The model, as the provider spells it.
    pub model: String,
    /// The model for triage and for reading replies.
    pub small_model: String,
    /// An HTTP proxy on the way.
    pub proxy: Option<Url>,
    /// Requests at once.
    pub concurrency: usize,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// How often and how long a request is tried again.
    pub patience: Patience,
    /// The longest answer.
    pub max_output_tokens: u32,
    /// How much the model can read.
    pub context_tokens: u32,
    /// The schema stands in the prompt: the server takes none.
    pub schema_in_prompt: bool,
    /// What tokens cost.
    pub prices: Prices,
}

/// What a million tokens cost, in millionths of the currency; 0: not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Input that no cache held.
    pub input: u64,
    /// Input out of a cache.
    pub cached: u64,
    /// Output.
    pub output: u64,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {what}; {fix}")]
pub struct SetupError {
    /// Which, within the table: `base_url`.
    pub setting: &'static str,
    /// What is wrong. Shows no secret.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl SetupError {
    fn new(setting: &'static str, what: &str, fix: impl Into<String>) -> Self {
        Self { setting, what: what.to_owned(), fix: fix.into() }
    }
}

impl Prices {
    /// What `usage` cost, in millionths of the currency; `None`: the prices are not known.
    pub fn of(self, usage: Usage) -> Option<u64> {
        if self == Self::default() {
            return None;
        }
        let cost = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        let sum = cost(usage.input.saturating_sub(usage.cached), self.input)
            + cost(usage.cached, self.cached)
            + cost(usage.output, self.output);
        Some(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

impl Setup {
    /// Of what was written, the rest at its defaults. `Ok(None)`: no model. Every problem is told, not only the first.
    pub fn new(kind: Kind, model: Option<&str>, base_url: Option<&str>) -> Result<Option<Self>, Vec<SetupError>> {
        if kind == Kind::None {
            return Ok(None);
        }
        let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let model = match (given(model), kind) {
            (Some(model), _) => Ok(model),
            (None, Kind::Anthropic) => Ok(ANTHROPIC_MODEL.to_owned()),
            (None, _) => Err(SetupError::new("model", "it is not set", "name the model as the provider spells it")),
        };
        let base = base(kind, given(base_url).as_deref());
        match (model, base) {
            (Ok(model), Ok(base)) => Ok(Some(Self {
                kind,
                base,
                small_model: model.clone(),
                model,
                proxy: None,
                concurrency: 4,
                timeout: Duration::from_mins(3),
                patience: Patience::default(),
                max_output_tokens: 16_000,
                context_tokens: 128_000,
                schema_in_prompt: false,
                prices: Prices::default(),
            })),
            (model, base) => Err(model.err().into_iter().chain(base.err()).collect()),
        }
    }

    /// Who answers.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The model for a task.
    pub fn model_for(&self, task: &str) -> &str {
        if SMALL_TASKS.contains(&task) { &self.small_model } else { &self.model }
    }

    /// Whether requests stay on this machine.
    pub fn is_local(&self) -> bool {
        is_loopback(&self.base)
    }

    /// The provider, with its limit and its patience. The key is sent to the base URL and nowhere else.
    pub fn open(&self, key: Option<SecretString>) -> Result<Arc<dyn Provider>, SetupError> {
        let key = key.filter(|key| !key.expose_secret().trim().is_empty());
        if key.is_none() && !(self.kind == Kind::OpenaiCompatible && self.is_local()) {
            let fix = "set THREADMODEL_LLM_KEY, or put it into a file and name that in `key_file`";
            let fix = match self.kind {
                Kind::OpenaiCompatible => format!("{fix} (a server that wants none takes any word)"),
                _ => fix.to_owned(),
            };
            return Err(SetupError::new("key", "it is not set", fix));
        }
        let client = wire::client(&self.base, self.proxy.as_ref(), self.timeout)
            .map_err(|_| SetupError::new("proxy", "no client can be made with it", "give it an address of a proxy"))?;
        let wire = |speech: Speech| {
            let key = key.as_ref().map(|key| header(speech.key_prefix(), key)).transpose()?;
            let base = self.base.clone();
            let wire = Wire { client: client.clone(), base, key, speech, schema_in_prompt: self.schema_in_prompt };
            Ok(self.around(wire))
        };
        match self.kind {
            Kind::Anthropic => wire(Speech::Anthropic),
            Kind::Openai => wire(Speech::OpenAi(Flavour::OpenAi)),
            Kind::OpenaiCompatible if is_azure(&self.base) => wire(Speech::OpenAi(Flavour::OpenAi)),
            Kind::OpenaiCompatible => wire(Speech::OpenAi(Flavour::Compatible)),
            Kind::Gemini => wire(Speech::Gemini),
            Kind::Bedrock => self.genai(client, AdapterKind::BedrockApi, key),
            Kind::Vertex => self.genai(client, AdapterKind::Vertex, key),
            Kind::None => Err(SetupError::new("provider", "it is `none`", "name a provider")),
        }
    }

    fn genai(
        &self,
        client: reqwest::Client,
        adapter: AdapterKind,
        key: Option<SecretString>,
    ) -> Result<Arc<dyn Provider>, SetupError> {
        let key = key.unwrap_or_default();
        header("Bearer ", &key)?;
        Genai::new(client, adapter, self.base.clone(), key, self.schema_in_prompt)
            .map(|genai| self.around(genai))
            .ok_or_else(|| SetupError::new("provider", "its client cannot be made", "use another provider"))
    }

    fn around(&self, inner: impl Provider + 'static) -> Arc<dyn Provider> {
        Arc::new(Patient::new(Limited::new(inner, self.concurrency), self.patience, chance()))
    }
}

/// A key as a header that is never printed.
fn header(prefix: &str, key: &SecretString) -> Result<HeaderValue, SetupError> {
    let text = SecretString::from(format!("{prefix}{}", key.expose_secret().trim()));
    let mut value = HeaderValue::from_str(text.expose_secret()).map_err(|_| {
        SetupError::new("key", "it holds a character that no key has", "copy it again, without line breaks")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Where requests go: what was written, or the provider's own address.
fn base(kind: Kind, written: Option<&str>) -> Result<Url, SetupError> {
    let fix = match kind {
        Kind::OpenaiCompatible => "give it the address up to `/v1`, such as `http://127.0.0.1:11434/v1` for Ollama",
        Kind::Bedrock => "give it `https://bedrock-runtime.REGION.amazonaws.com`",
        Kind::Vertex => "give it `https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION`",
        _ => "give it the address up to the version, such as `https://gateway.example.com/v1`",
    };
    let wrong = |what: &str| SetupError::new("base_url", what, fix);
    let text = match (written, kind) {
        (Some(text), _) => text,
        (None, Kind::Anthropic) => "https://api.anthropic.com/v1",
        (None, Kind::Openai) => "https://api.openai.com/v1",
        (None, Kind::Gemini) => "https://generativelanguage.googleapis.com/v1beta",
        (None, _) => return Err(wrong("it is not set")),
    };
    let mut url = Url::parse(text).map_err(|_| wrong("it is no address"))?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(wrong("it is no web address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a name or a password, which would be sent with every request"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(wrong(
            "it is not encrypted: `http` is taken for this machine only, since documents and the key go there",
        ));
    }
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Azure's own models take the newer name of the limit only.
fn is_azure(url: &Url) -> bool {
    url.domain().is_some_and(|name| name.ends_with(".openai.azure.com") || name.ends_with(".services.ai.azure.com"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    fn setup(kind: Kind, model: Option<&str>, base: Option<&str>) -> Result<Setup, String> {
        let words = |errors: Vec<SetupError>| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        Setup::new(kind, model, base).map(Option::unwrap).map_err(words)
    }

    #[test]
    fn two_things_are_enough() {
        let key = || Some(SecretString::from("k"));
        let anthropic = setup(Kind::Anthropic, None, None).unwrap();
        assert_eq!(anthropic.base.as_str(), "https://api.anthropic.com/v1/");
        anthropic.open(key()).unwrap();
        let local = setup(Kind::OpenaiCompatible, Some("m"), Some("http://127.0.0.1:11434/v1")).unwrap();
        assert!(local.is_local());
        local.open(None).unwrap();
    }

    #[test]
    fn what_is_missing_is_said_with_what_to_do() {
        let both = setup(Kind::OpenaiCompatible, None, Some(" ")).unwrap_err();
        assert!(both.contains("model: it is not set") && both.contains("base_url: it is not set"), "{both}");
        let keyless = setup(Kind::Anthropic, None, None).unwrap().open(Some(SecretString::from(" "))).unwrap_err();
        assert!(keyless.to_string().contains("THREADMODEL_LLM_KEY"), "{keyless}");
        let remote = setup(Kind::OpenaiCompatible, Some("m"), Some("https://llm.example.com/v1")).unwrap();
        assert!(remote.open(None).unwrap_err().fix.contains("takes any word"));
        let broken = setup(Kind::Anthropic, None, None).unwrap().open(Some(SecretString::from("sk-a\nb"))).unwrap_err();
        assert!(!broken.to_string().contains("sk-a"), "{broken}");
        assert_eq!(Setup::new(Kind::None, None, None), Ok(None));
    }

    #[test]
    fn a_key_travels_encrypted_or_not_at_all() {
        let base = |text| setup(Kind::Openai, Some("m"), Some(text)).map(|setup| setup.base.to_string());
        assert_eq!(base("https://a.example/v1?api-version=1").unwrap(), "https://a.example/v1/?api-version=1");
        for local in ["http://127.0.0.1:8080/v1", "http://[::1]/v1", "http://localhost/v1"] {
            assert!(base(local).is_ok(), "{local}");
        }
        for bad in [
            "http://llm.example.com/v1",
            "http://127.0.0.1.example.com/v1",
            "http://10.0.0.1/v1",
            "https://name:secret@a.example/v1",
            "ftp://a.example/v1",
            "file:///etc/passwd",
            "api.openai.com",
        ] {
            let error = base(bad).unwrap_err();
            assert!(error.starts_with("base_url: ") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn small_tasks_go_to_the_small_model() {
        let mut setup = setup(Kind::Anthropic, Some("large"), None).unwrap();
        assert_eq!(setup.model_for("triage"), "large");
        setup.small_model = "small".to_owned();
        let models: Vec<&str> = ["triage", "ask", "assess", "draft"].map(|task| setup.model_for(task)).to_vec();
        assert_eq!(models, ["small", "large", "small", "large"]);
    }

    #[test]
    fn prices_count_cached_tokens_apart() {
        // 3.00, 0.30 and 15.00 for a million tokens.
        let prices = Prices { input: 3_000_000, cached: 300_000, output: 15_000_000 };
        let usage = Usage { input: 10_000, cached: 8_000, cache_written: 0, output: 1_000 };
        assert_eq!(prices.of(usage), Some(6_000 + 2_400 + 15_000));
        assert_eq!(Prices::default().of(usage), None);
    }

    #[test]
    fn nothing_prints_a_key() {
        let setup = setup(Kind::Anthropic, None, None).unwrap();
        let printed = format!("{setup:?} {:?}", setup.open(Some(SecretString::from("sk-hidden"))).unwrap());
        assert!(!printed.contains("sk-hidden"), "{printed}");
    }
}
