//! One task by a model: the material between fences, one request, the answer parsed and checked, one repair round, then grounded.

pub mod judge;
mod refine;

use std::fmt::{self, Write as _};
use std::sync::Arc;

use minijinja::context as values;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::answers::tree::TreeDraftAnswer;
use super::answers::{AskAnswer, AssessAnswer, FollowAnswer, Level, TriageAnswer};
use super::context;
use super::fence::{self, Fences, NoRandomness};
use super::ground::{self, Dropped};
use super::prompt::{PromptError, Prompts};
use super::provider::{AnswerSchema, Completion, Part, Provider, ProviderError, Repair, Request, Usage};
use super::reading::{Read, fit, tokens};
use super::schema::{self, Dialect};
use super::sources::{Constancy, Piece, Sources};
use super::tally::{self, Tally};
use crate::analyst::{
    Answer, AskInput, AskOutput, AssessInput, ContextText, DocumentText, DraftInput, Earlier, FollowInput, Settled,
    Task,
};
use crate::methodology::chosen;
use crate::threat_model::Question;
use crate::time::Millis;

/// How models are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSettings {
    /// The model for asking, drafting, refining and following.
    pub model: String,
    /// The model for triage and for reading replies.
    pub small_model: String,
    /// How many tokens a model reads at most, its answer included.
    pub context_tokens: u64,
    /// How many tokens an answer has at most.
    pub max_output_tokens: u32,
}

/// The analyst that asks a model.
#[derive(Clone, Debug)]
pub struct Llm {
    provider: Arc<dyn Provider>,
    settings: ModelSettings,
    prompts: Arc<Prompts>,
    fences: Arc<Fences>,
}

/// It cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// A prompt is broken.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// One request with its answer, for the record and for `--explain`.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The task.
    pub task: &'static str,
    /// The model that was asked.
    pub model: String,
    /// The request's text, part after part: rules, material, task.
    pub prompt: Vec<String>,
    /// The answer as it came; empty when none did.
    pub answer: String,
    /// Tokens.
    pub usage: Usage,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Why the answer could not be used, if so.
    pub trouble: Option<String>,
}

/// What a task came to.
#[derive(Debug)]
pub struct Performed {
    /// The answer, or why there is none.
    pub answer: Result<Answer, Failed>,
    /// Requests that were made, in order.
    pub exchanges: Vec<Exchange>,
    /// What was said and not used.
    pub dropped: Vec<Dropped>,
    /// Sections of documents that were sent in outline only.
    pub outlined: Vec<String>,
}

/// Why a model gave no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The provider.
    Provider(ProviderError),
    /// The answer is not of the form, also after one repair.
    Form,
    /// The answer holds parts of the prompt that nobody may see.
    Leak,
    /// What is left of the answer bears nothing.
    Nothing,
    /// What is left to be spent does not suffice to ask once more.
    Spent,
    /// A prompt could not be made.
    Prompt,
}

impl Performed {
    /// It was cut off after these requests.
    pub fn cut_off(exchanges: Vec<Exchange>) -> Self {
        let error = ProviderError::Unreachable("no answer in time");
        Self { answer: Err(Failed::Provider(error)), exchanges, dropped: Vec::new(), outlined: Vec::new() }
    }

    /// A stable name of what went wrong, for what is noted of a request.
    pub fn trouble(&self) -> &'static str {
        match &self.answer {
            Ok(_) => "repaired",
            Err(failed) => failed.name(),
        }
    }
}

impl Failed {
    /// In plain words, for people: no text of anybody, no secret.
    pub fn told(&self) -> String {
        match self {
            Self::Provider(error) => error.to_string(),
            Self::Form => "the model's answer was not of the form that was asked for, twice".to_owned(),
            Self::Leak => "the model's answer held parts of its instructions and was thrown away".to_owned(),
            Self::Nothing => "nothing in the model's answer stood up to its quotations".to_owned(),
            Self::Spent => "the tokens that are left do not suffice to ask the model once more".to_owned(),
            Self::Prompt => "a prompt could not be made; the server's log says which".to_owned(),
        }
    }

    /// Whether the same may succeed later.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Provider(error) if error.is_passing())
    }

    /// How long the provider asked to be left alone.
    pub fn asked_to_wait(&self) -> Option<Millis> {
        let Self::Provider(ProviderError::RateLimited { after } | ProviderError::Overloaded { after, .. }) = self
        else {
            return None;
        };
        after.map(|after| Millis(i64::try_from(after.as_millis()).unwrap_or(i64::MAX)))
    }

    /// A stable name for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Provider(error) => error.name(),
            Self::Form => "form",
            Self::Leak => "leak",
            Self::Nothing => "nothing",
            Self::Spent => "spent",
            Self::Prompt => "prompt",
        }
    }
}

/// How a task is to be done.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// The language, as a tag such as `pt-BR`; none: that of the documents.
    pub language: Option<String>,
    /// What the team adds to the task's rules; may be empty.
    pub guidance: String,
    /// Tokens that may be spent in all: none are spent on a repair beyond it. None: no limit.
    pub tokens_left: Option<u64>,
    /// Where requests are told while they are under way.
    pub tally: Tally,
}

/// What is under way.
struct Work<'l> {
    llm: &'l Llm,
    /// What the model writes, in words for it.
    language: String,
    /// What the team adds to the task's rules.
    guidance: &'l str,
    tokens_left: Option<u64>,
    tally: Tally,
    dropped: Vec<Dropped>,
    outlined: Vec<String>,
}

/// The parts of a prompt that come before the task.
struct Material {
    sources: Sources,
    system: Part,
    before: Vec<Part>,
}

impl Llm {
    /// An analyst over a provider.
    pub fn new(provider: Arc<dyn Provider>, settings: ModelSettings) -> Result<Self, LlmError> {
        let (prompts, fences) = (Arc::new(Prompts::new()?), Arc::new(Fences::new()?));
        Ok(Self { provider, settings, prompts, fences })
    }

    /// The same with fences that are known, for tests.
    #[must_use]
    pub fn with_fences(mut self, fences: Fences) -> Self {
        self.fences = Arc::new(fences);
        self
    }

    /// The models in use: the large and the small one.
    pub fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    /// About how many tokens a task would take at most, input and output.
    pub fn estimate(&self, task: &Task) -> u64 {
        let texts: u64 = match task {
            Task::Ask(i) => documents(&i.documents) + tokens(&i.description) + context_tokens(&i.context),
            Task::Assess(i) => i.document.iter().map(|d| tokens(&d.text)).sum::<u64>() + context_tokens(&i.context),
            Task::Draft(i) => documents(&i.documents) + tokens(&i.description) + context_tokens(&i.context),
            Task::Follow(i) => documents(&i.documents),
            Task::Refine(i) => tokens(&i.said.body).saturating_add(1_000),
        };
        let output = u64::from(self.settings.max_output_tokens);
        // The rules and the task take about two thousand; an answer seldom takes what it may.
        texts.min(self.settings.context_tokens).saturating_add(2_000).saturating_add(output / 2)
    }

    /// Does a task, in a language (a tag such as `pt-BR`) if one is named, else in that of the documents.
    pub async fn perform(&self, task: &Task, language: Option<&str>) -> Performed {
        let language = language.map(str::to_owned);
        self.perform_so(task, &Manner { language, ..Manner::default() }).await
    }

    /// Does a task as it is wanted.
    pub async fn perform_so(&self, task: &Task, manner: &Manner) -> Performed {
        let guidance = manner.guidance.as_str();
        let language = match &manner.language {
            Some(tag) => format!("the language with the tag {tag}"),
            None => "the language of the design documents".to_owned(),
        };
        let (tally, tokens_left) = (manner.tally.clone(), manner.tokens_left);
        let (dropped, outlined) = (Vec::new(), Vec::new());
        let mut work = Work { llm: self, language, guidance, tokens_left, tally, dropped, outlined };
        let answer = match task {
            Task::Ask(input) => work.ask(input).await.map(Answer::Ask),
            Task::Assess(input) => work.assess(input).await,
            Task::Draft(input) => work.draft(input).await,
            Task::Follow(input) => work.follow(input).await,
            Task::Refine(input) => work.refine(input).await,
        };
        Performed { answer, exchanges: work.tally.take(), dropped: work.dropped, outlined: work.outlined }
    }
}

fn documents(of: &[DocumentText]) -> u64 {
    of.iter().map(|d| tokens(&d.text)).sum()
}

fn context_tokens(of: &[ContextText]) -> u64 {
    of.iter().map(|c| tokens(&c.text)).sum()
}

impl Work<'_> {
    async fn ask(&mut self, input: &AskInput) -> Result<AskOutput, Failed> {
        let changed = input.documents.iter().any(|d| d.before.is_some());
        let on_request = input.topic.is_some() || input.concern.is_some();
        if !on_request && input.asked.is_empty() && !self.deserves(input, changed).await? {
            return Ok(AskOutput { questions: Vec::new(), dropped: 0, facts: Vec::new(), considered: Vec::new() });
        }
        let mut sources = Sources::default();
        sources.context(&self.context(&input.context, &input.documents));
        sources.decisions(&input.decisions);
        sources.documents(&input.documents, &input.earlier);
        sources.description(&input.description);
        sources.changes(&input.documents, &input.earlier);
        sources.facts(&input.facts);
        let material = self.material(sources, "ask", &input.methodology, input.topic.as_deref().unwrap_or_default())?;
        let asked: Vec<String> = input.asked.iter().map(|q| format!("- {} ({})", q.text, q.concern)).collect();
        let fenced = |id, label, text: &str| self.llm.fences.around_text(id, label, &crate::document::visible(text));
        let asked = if asked.is_empty() { String::new() } else { fenced("asked", "asked before", &asked.join("\n")) };
        let topic = input.topic.as_deref().map(super::sources::shown);
        let topic = topic.map(|t| fenced("topic", "what is asked for", &t)).unwrap_or_default();
        let max = if on_request { 1 } else { input.max_questions };
        let concern = input.concern.as_deref().unwrap_or_default();
        let text = self.text("ask", |canary| values! { max, asked, changed, topic, concern, canary })?;
        let answer: AskAnswer = self.request("ask", &self.llm.settings.model.clone(), &material, text).await?;
        let (output, dropped) = ground::ask::ask(&answer, input, &material.sources);
        let all_fell = output.questions.is_empty() && !answer.questions.is_empty();
        self.dropped.extend(dropped);
        if all_fell && on_request { Err(Failed::Nothing) } else { Ok(output) }
    }

    /// Whether anything is to be asked at all: the small model's word, which must rest on words of the document.
    async fn deserves(&mut self, input: &AskInput, changed: bool) -> Result<bool, Failed> {
        let mut sources = Sources::default();
        sources.documents(&input.documents, &input.earlier);
        sources.description(&input.description);
        sources.changes(&input.documents, &input.earlier);
        // How to look at a design is not needed to see whether there is something to look at.
        let material = self.material(sources, "triage", "", "")?;
        let text = self.text("triage", |canary| values! { changed, canary })?;
        let answer: TriageAnswer =
            self.request("triage", &self.llm.settings.small_model.clone(), &material, text).await?;
        let stands = material.sources.find(&answer.quotation).is_some();
        Ok(!stands || answer.risk != Level::Low)
    }

    async fn assess(&mut self, input: &AssessInput) -> Result<Answer, Failed> {
        let mut sources = Sources::default();
        sources.context(&self.context(&input.context, input.document.as_slice()));
        sources.documents(input.document.as_slice(), &input.earlier);
        sources.changes(input.document.as_slice(), &input.earlier);
        sources.facts(&input.facts);
        sources.replies(&input.replies);
        // Of a long document the part that the question is about.
        let about = format!("{} {}", input.question.text, input.question.anchor.quotation);
        let material = self.material(sources, "assess", "", &about)?;
        let question = question(&input.question, &input.follow_ups);
        let question = self.llm.fences.around_text("question", "what was asked", &question);
        let (replies, last_word) = (input.replies.len(), input.last_word);
        let text = self.text("assess", |canary| values! { question, replies, last_word, canary })?;
        let answer: AssessAnswer =
            self.request("assess", &self.llm.settings.small_model.clone(), &material, text).await?;
        let (output, dropped) = ground::assess::assess(&answer, input, &material.sources);
        self.dropped.extend(dropped);
        output.map(Answer::Assess).ok_or(Failed::Nothing)
    }

    async fn draft(&mut self, input: &DraftInput) -> Result<Answer, Failed> {
        let mut sources = Sources::default();
        sources.context(&self.context(&input.context, &input.documents));
        sources.decisions(&input.decisions);
        sources.documents(&input.documents, &[]);
        sources.description(&input.description);
        sources.facts(&input.facts);
        let about: Vec<&str> = input.questions.iter().map(|s| s.question.text.as_str()).collect();
        let material = self.material(sources, "draft", &input.methodology, &about.join(" "))?;
        let settled: Vec<String> = (1..).zip(&input.questions).map(|(n, s)| settled(n, s)).collect();
        let settled = if settled.is_empty() {
            String::new()
        } else {
            self.llm.fences.around_text("answers", "what was asked and answered", &settled.join("\n"))
        };
        let decisions = !input.decisions.is_empty();
        let tree = chosen(&input.methodology).methodology.draws_a_tree();
        let text =
            self.text("draft", |canary| values! { max_recommendations => 8, settled, decisions, tree, canary })?;
        let large = self.llm.settings.model.clone();
        // A tree is asked for where one is drawn; the form of all other drafts has no word of it.
        let (answer, tree) = if tree {
            let answer: TreeDraftAnswer = self.request("draft", &large, &material, text).await?;
            (answer.draft, answer.attack_tree)
        } else {
            (self.request("draft", &large, &material, text).await?, None)
        };
        let (model, dropped) = ground::draft::draft(&answer, tree.as_ref(), input, &material.sources);
        let claimed = answer.threats.len() + answer.recommendations.len();
        let stood = model.threats.len() + model.recommendations.len() + model.set_aside.len();
        self.dropped.extend(dropped);
        if claimed > 0 && stood == 0 { Err(Failed::Nothing) } else { Ok(Answer::Draft(Box::new(model))) }
    }

    async fn follow(&mut self, input: &FollowInput) -> Result<Answer, Failed> {
        let mut sources = Sources::default();
        // The draft's own text comes first: it stays the same over pushes.
        let of = |d: &DocumentText| Some(Earlier { path: d.path.clone(), texts: vec![d.before.clone()?] });
        let earlier: Vec<Earlier> = input.documents.iter().filter_map(of).collect();
        sources.documents(&input.documents, &earlier);
        sources.changes(&input.documents, &earlier);
        let about: Vec<&str> = input.recommendations.iter().map(|r| r.change.as_str()).collect();
        let material = self.material(sources, "follow", "", &about.join(" "))?;
        let recommendations: Vec<String> = input
            .recommendations
            .iter()
            .map(|r| format!("- {}: {}. {} It was about: \"{}\"", r.ordinal, r.title, r.change, r.anchor.quotation))
            .collect();
        let recommendations =
            self.llm.fences.around_text("recommendations", "an earlier draft", &recommendations.join("\n"));
        let text = self.text("follow", |canary| values! { recommendations, canary })?;
        let answer: FollowAnswer = self.request("follow", &self.llm.settings.model.clone(), &material, text).await?;
        let (output, dropped) = ground::follow::follow(&answer, input, &material.sources);
        self.dropped.extend(dropped);
        Ok(Answer::Follow(output))
    }

    /// The files of the organisation that are given: at most a quarter of what a model reads.
    fn context(&mut self, files: &[ContextText], documents: &[DocumentText]) -> Vec<ContextText> {
        let (given, out) = context::choose(files, documents, self.llm.settings.context_tokens / 4);
        self.outlined.extend(out.iter().map(|path| format!("{path}: not given, it is further from the documents")));
        given
    }

    /// What the team adds to the rules of a task. Whether anything is asked at all is not for it to say.
    fn guidance(&self, task: &str) -> Result<String, Failed> {
        if self.guidance.trim().is_empty() || task == "triage" {
            return Ok(String::new());
        }
        // Nothing in it looks like a fence.
        let guidance = self.guidance.replace("<<<", "< < <").replace(">>>", "> > >");
        self.llm.prompts.render("guidance", values! { guidance => guidance.trim() }).map_err(|e| log(&e))
    }

    /// The rules, the methodology, what the organisation says, then the documents, each cut to what fits.
    fn material(&mut self, sources: Sources, task: &str, methodology: &str, about: &str) -> Result<Material, Failed> {
        let prompts = &self.llm.prompts;
        let system = prompts.system(&self.language).map_err(|e| log(&e))?;
        let method = if methodology.is_empty() {
            String::new()
        } else {
            prompts.methodology(&chosen(methodology).methodology).map_err(|e| log(&e))?
        };
        // Templates end without a line break.
        let mut lasting = String::new();
        let guidance = self.guidance(task)?;
        for text in [prompts.rules_of(task).map_err(|e| log(&e))?, method, guidance] {
            if !text.is_empty() {
                lasting.push_str(&text);
                lasting.push('\n');
            }
        }
        let answer = u64::from(self.llm.settings.max_output_tokens);
        // The task itself and the form of its answer take about four thousand.
        let room = self.llm.settings.context_tokens.saturating_sub(answer).saturating_sub(4_000);
        let room = room.saturating_sub(tokens(&system)).saturating_sub(tokens(&lasting));
        let pieces: Vec<&Piece> = sources.pieces().iter().filter(|piece| !piece.lines.is_empty()).collect();
        let read = fit(&pieces, room, about);
        // A push leaves the first two alone, a reply the first three: each ends with a marker for the provider's cache.
        let (mut stable, mut changed, mut moving) = (String::new(), String::new(), String::new());
        for (piece, read) in pieces.iter().zip(&read) {
            let text = self.llm.fences.around(piece, &read.text);
            match piece.constancy() {
                Constancy::Lasting => lasting.push_str(&text),
                Constancy::Stable => stable.push_str(&text),
                Constancy::Changed => changed.push_str(&text),
                Constancy::Moving => moving.push_str(&text),
            }
            self.outlined.extend(outlined(piece, read));
        }
        let mut before = Vec::new();
        before.extend([lasting, stable, changed].into_iter().filter(|text| !text.is_empty()).map(Part::cached));
        if !moving.is_empty() {
            before.push(Part::text(moving));
        }
        Ok(Material { sources, system: Part::cached(system), before })
    }

    /// The task's own text, with a canary that follows from it.
    fn text(&self, name: &str, values: impl Fn(&str) -> minijinja::Value) -> Result<(String, String), Failed> {
        let plain = self.llm.prompts.render(name, values("")).map_err(|e| log(&e))?;
        let canary = self.llm.fences.canary(&plain);
        let line = format!("(Mark of this request, never to be repeated: {canary})");
        let text = self.llm.prompts.render(name, values(&line)).map_err(|e| log(&e))?;
        Ok((text, canary))
    }

    /// One request and, when its answer is not of the form, one more.
    async fn request<T: DeserializeOwned + schemars::JsonSchema>(
        &mut self,
        task: &'static str,
        model: &str,
        material: &Material,
        (text, canary): (String, String),
    ) -> Result<T, Failed> {
        // With its limits: a provider that refuses keywords for them gets the words only, and they are checked here anyway.
        let schema = schema::portable::<T>(Dialect::Limits).map_err(|error| {
            tracing::error!(task, %error, "a schema is not portable");
            Failed::Prompt
        })?;
        let mut user = material.before.clone();
        user.push(Part::text(text));
        let mut request = Request {
            task,
            model: model.to_owned(),
            system: vec![material.system.clone()],
            user,
            repair: None,
            schema: AnswerSchema { name: task, schema },
            max_output_tokens: self.llm.settings.max_output_tokens,
        };
        loop {
            let (answer, trouble) = self.once(&request, &canary).await?;
            let complaint = match parse::<T>(&answer, &request.schema.schema) {
                Ok(parsed) if trouble.is_none() => return Ok(parsed),
                Ok(_) => return Err(Failed::Leak),
                Err(complaint) => complaint,
            };
            self.tally.complain(&complaint);
            if trouble.is_some() {
                return Err(Failed::Leak);
            }
            if request.repair.is_some() {
                return Err(Failed::Form);
            }
            let complaint = self.llm.prompts.render("repair", values! { complaint }).map_err(|e| log(&e))?;
            request.repair = Some(Repair { answer, complaint });
            let most = tally::input(&request).saturating_add(request.max_output_tokens.into());
            if self.tokens_left.is_some_and(|left| self.tally.tokens().saturating_add(most) > left) {
                return Err(Failed::Spent);
            }
        }
    }

    /// One request; what must not be seen in its answer is told as trouble.
    async fn once(&mut self, request: &Request, canary: &str) -> Result<(String, Option<&'static str>), Failed> {
        let mut exchange = Exchange {
            task: request.task,
            model: request.model.clone(),
            prompt: prompt(request),
            answer: String::new(),
            usage: Usage::default(),
            millis: 0,
            trouble: None,
        };
        // Names of OpenTelemetry's conventions for generative AI; what was said is not in it.
        // (<https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/>)
        let span = tracing::info_span!(
            "chat",
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = request.model,
            gen_ai.request.max_tokens = request.max_output_tokens,
            gen_ai.output.type = "json",
            gen_ai.response.model = tracing::field::Empty,
            gen_ai.usage.input_tokens = tracing::field::Empty,
            gen_ai.usage.cache_read.input_tokens = tracing::field::Empty,
            gen_ai.usage.output_tokens = tracing::field::Empty,
            error.r#type = tracing::field::Empty,
            threadmodel.task = request.task,
        );
        self.tally.begun(exchange.clone(), request);
        let began = tokio::time::Instant::now();
        let answered = self.llm.provider.complete(request).instrument(span.clone()).await;
        exchange.millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        observe(&span, &answered);
        match answered {
            Ok(completion) => {
                exchange.answer.clone_from(&completion.text);
                exchange.usage = completion.usage;
                let leak = leaks(&completion.text, canary, request).then_some("parts of the instructions");
                exchange.trouble = leak.map(str::to_owned);
                self.tally.ended(exchange);
                Ok((completion.text, leak))
            }
            Err(error) => {
                exchange.usage = tally::spent(&error, request);
                exchange.trouble = Some(error.to_string());
                self.tally.ended(exchange);
                Err(Failed::Provider(error))
            }
        }
    }
}

/// Fills a request's span, and says in the log that it ended.
fn observe(span: &tracing::Span, answered: &Result<Completion, ProviderError>) {
    let usage = match answered {
        Ok(completion) => {
            span.record("gen_ai.response.model", completion.model.as_str());
            completion.usage
        }
        Err(error) => {
            span.record("error.type", error.name());
            match error {
                ProviderError::Refused { usage } | ProviderError::Truncated { usage } => *usage,
                _ => Usage::default(),
            }
        }
    };
    span.record("gen_ai.usage.input_tokens", usage.input);
    span.record("gen_ai.usage.cache_read.input_tokens", usage.cached);
    span.record("gen_ai.usage.output_tokens", usage.output);
    let _entered = span.enter();
    match answered {
        Ok(_) => tracing::info!("a model answered"),
        Err(error) => tracing::warn!(%error, "a model gave no answer"),
    }
}

fn log(error: &PromptError) -> Failed {
    tracing::error!(%error, "a prompt could not be made");
    Failed::Prompt
}

/// The answer as the task's type; else what is wrong with it, in words for the model.
fn parse<T: DeserializeOwned>(answer: &str, schema: &serde_json::Value) -> Result<T, String> {
    let json = json_of(answer);
    let value: serde_json::Value = serde_json::from_str(json)
        .map_err(|error| format!("it is not JSON (line {}, column {}).", error.line(), error.column()))?;
    schema::check(&value, schema).map_err(|problems| {
        let told: Vec<String> = problems.iter().take(8).map(ToString::to_string).collect();
        told.join("; ")
    })?;
    serde_json::from_value(value).map_err(|_| "it does not have the given form.".to_owned())
}

/// Models put JSON into a code fence now and then.
fn json_of(answer: &str) -> &str {
    let text = answer.trim();
    let inner = text.strip_prefix("```json").or_else(|| text.strip_prefix("```"));
    inner.and_then(|t| t.strip_suffix("```")).map_or(text, str::trim)
}

/// Whether an answer holds the canary, the mark of a fence, or a run of the rules, however they are dressed up: letters and
/// digits alone are compared, of the answer as it came and as its JSON says it.
fn leaks(answer: &str, canary: &str, request: &Request) -> bool {
    const RUN: usize = 60;
    let said = serde_json::from_str(json_of(answer)).map(|value: serde_json::Value| value.to_string());
    let (came, said) = (squeezed(answer), squeezed(&said.unwrap_or_default()));
    let holds = |word: &str| {
        let backwards: String = word.chars().rev().collect();
        [&came, &said].iter().any(|text| text.contains(word) || text.contains(&backwards))
    };
    let parts = request.system.iter().chain(&request.user);
    let marks = parts.filter_map(text_of).flat_map(str::lines).filter_map(fence::mark_in);
    if holds(&squeezed(canary)) || marks.map(squeezed).any(|mark| holds(&mark)) {
        return true;
    }
    request.system.iter().filter_map(text_of).any(|rules| {
        let rules: Vec<char> = squeezed(rules).chars().collect();
        rules.windows(RUN).step_by(RUN / 3).any(|run| {
            let run: String = run.iter().collect();
            came.contains(&run) || said.contains(&run)
        })
    })
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn text_of(part: &Part) -> Option<&str> {
    match part {
        Part::Text { text, .. } => Some(text),
        Part::Image { .. } => None,
    }
}

fn prompt(request: &Request) -> Vec<String> {
    let parts = request.system.iter().chain(&request.user).map(|part| match part {
        Part::Text { text, .. } => text.clone(),
        Part::Image { media_type, bytes } => format!("[{media_type}, {} bytes]", bytes.len()),
    });
    let repair = request.repair.iter().map(|repair| repair.complaint.clone());
    parts.chain(repair).collect()
}

fn outlined(piece: &Piece, read: &Read) -> Vec<String> {
    let of = piece.path().unwrap_or(&piece.id);
    read.outlined.iter().map(|section| format!("{of}: {section}")).collect()
}

fn question(question: &Question, follow_ups: &[String]) -> String {
    let mut out = format!(
        "{}\nMatter: {}\nAbout the words on line {}: \"{}\"\n",
        question.text, question.concern, question.anchor.start_line, question.anchor.quotation
    );
    // Writing to a String cannot fail.
    for (letter, choice) in ('a'..='z').zip(&question.choices) {
        let _ = writeln!(out, "{letter}. {} (name: {})", choice.text, choice.branch);
    }
    let next = ('a'..='z').nth(question.choices.len()).unwrap_or('z');
    let _ = writeln!(out, "{next}. something else, or not decided");
    for follow_up in follow_ups {
        let _ = writeln!(out, "Asked again: {follow_up}");
    }
    crate::document::visible(&out)
}

fn settled(n: usize, settled: &Settled) -> String {
    let what = if settled.open {
        "not answered".to_owned()
    } else if settled.noted.is_empty() {
        "said not to apply".to_owned()
    } else {
        let by = settled.by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
        format!("{}{by}", settled.noted)
    };
    let text = format!("- question{n} ({}): {} → {what}", settled.question.concern, settled.question.text);
    crate::document::visible(&text)
}

// What people wrote and what a model answered is never printed.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("task", &self.task)
            .field("model", &self.model)
            .field("usage", &self.usage)
            .field("trouble", &self.trouble.is_some())
            .finish_non_exhaustive()
    }
}
