//! Who reads on the command line: the built-in analyst, or a model where one is set up.

use std::cell::RefCell;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;

use super::console;
use super::database::{USUAL_FILE, variables};
use super::outcome::Trouble;
use crate::analyst::builtin::{Builtin, Read};
use crate::analyst::{Answer, AskInput, AskOutput, AssessInput, AssessOutput, DocumentText, DraftInput, Task};
use crate::config;
use crate::eval::play::Spent;
use crate::llm::analysts::Model;
use crate::llm::model::{Exchange, Llm, ModelSettings, Performed};
use crate::llm::provider::Usage;
use crate::threat_model::ThreatModel;
use crate::threat_model::considered::words;

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Who {
    /// The built-in analyst: no model, no network.
    Builtin,
    /// The model that THREADMODEL_LLM_… or threadmodel.toml names.
    Model,
}

/// The model that is configured.
pub(super) fn model(configured: &config::Llm) -> Result<Model, Trouble> {
    let setup = &configured.setup;
    let provider = configured.provider().map_err(|error| Trouble::Usage(error.to_string()))?;
    let settings = ModelSettings {
        model: setup.model.clone(),
        small_model: setup.small_model.clone(),
        context_tokens: setup.context_tokens.into(),
        max_output_tokens: setup.max_output_tokens,
    };
    let llm = Llm::new(provider, settings).context("the model's analyst cannot start")?;
    Ok(Model::new(llm, configured.limits, setup.prices, configured.turns))
}

/// The model that threadmodel.toml or the environment names; an error when one was asked for and none is named.
pub(super) fn configured(who: Option<Who>) -> Result<Option<Model>, Trouble> {
    let usual = Some(Path::new(USUAL_FILE)).filter(|path| path.is_file());
    let found = config::llm(usual, variables()).map_err(|error| Trouble::Usage(error.to_string()))?;
    if found.is_none() && who == Some(Who::Model) {
        let told = "no model is set up: set THREADMODEL_LLM_PROVIDER and THREADMODEL_LLM_KEY (docs/models.md)";
        return Err(Trouble::Usage(told.to_owned()));
    }
    found.as_ref().map(model).transpose()
}

/// The built-in analyst; with a folder, its concerns are read from the `*.toml` files there, by name.
pub(super) fn builtin(folder: Option<&Path>) -> Result<Builtin, Trouble> {
    let Some(folder) = folder else {
        return Ok(Builtin::new().context("the built-in analyst's catalogue cannot be read")?);
    };
    let files = files(folder)?;
    Builtin::with_catalogue(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .map_err(|error| Trouble::Usage(error.to_string()))
}

/// An analyst at the terminal. A model's failure is told, never covered up: whoever asked for a model hears that it gave nothing.
pub(super) struct Reader {
    builtin: Builtin,
    model: Option<(Model, tokio::runtime::Runtime)>,
    explain: bool,
    used: RefCell<(Usage, u64)>,
}

impl Reader {
    /// The built-in analyst, or the model that is configured, unless told who.
    pub(super) fn new(catalogue: Option<&Path>, who: Option<Who>, explain: bool) -> Result<Self, Trouble> {
        let builtin = builtin(catalogue)?;
        // A catalogue is the built-in analyst's: whoever names one means it.
        let alone = who == Some(Who::Builtin) || (who.is_none() && catalogue.is_some());
        let model = match if alone { None } else { configured(who)? } {
            Some(model) => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                Some((model, runtime.context("no runtime for the network")?))
            }
            None => None,
        };
        if explain && model.is_none() {
            console::note("--explain: the built-in analyst sends no prompts; nothing will be explained");
        }
        Ok(Self { builtin, model, explain, used: RefCell::default() })
    }

    /// The name for reports.
    pub(super) fn name(&self) -> String {
        self.model.as_ref().map_or_else(|| "builtin".to_owned(), |(model, _)| model.llm.settings().model.clone())
    }

    /// Documents on the desk, for several tasks on the same ones.
    pub(super) fn open(&self, documents: &[DocumentText]) -> Desk<'_> {
        match &self.model {
            Some(_) => Desk { reader: self, read: None },
            None => Desk { reader: self, read: Some(self.builtin.read(documents, "")) },
        }
    }

    /// Any task.
    pub(super) fn perform(&self, task: &Task) -> Result<Answer, Trouble> {
        let Some((model, runtime)) = &self.model else { return Ok(self.builtin.perform(task)) };
        let performed = runtime.block_on(model.perform(task, None));
        self.note(model, &performed);
        performed.answer.map_err(|failed| {
            Trouble::Failed(anyhow!(
                "{} gave no answer: {}. `--analyst builtin` needs no model.",
                model.llm.settings().model,
                failed.told()
            ))
        })
    }

    /// How replies read.
    pub(super) fn assess(&self, input: &AssessInput) -> Result<AssessOutput, Trouble> {
        if self.model.is_none() {
            return Ok(self.builtin.assess(input));
        }
        match self.perform(&Task::Assess(input.clone()))? {
            Answer::Assess(output) => Ok(output),
            _ => Err(other()),
        }
    }

    /// What it cost so far.
    pub(super) fn spent(&self) -> Spent {
        let (usage, micros) = *self.used.borrow();
        Spent { tokens: usage.total(), micro_dollars: micros }
    }

    /// What it cost in all, for the person at the terminal.
    pub(super) fn farewell(&self) {
        if self.model.is_some() {
            let (usage, micros) = *self.used.borrow();
            let money = match micros {
                0 => String::new(),
                _ => format!(", about {}.{:04} in money", micros / 1_000_000, micros % 1_000_000 / 100),
            };
            let told =
                format!("tokens: {} in ({} of them cached), {} out{money}", usage.input, usage.cached, usage.output);
            console::note(&told);
        }
    }

    fn note(&self, model: &Model, performed: &Performed) {
        for exchange in &performed.exchanges {
            let mut used = self.used.borrow_mut();
            used.0 = used.0.plus(exchange.usage);
            used.1 = used.1.saturating_add(model.prices.of(exchange.usage).unwrap_or(0));
            if self.explain {
                console::note(&explained(exchange));
            }
        }
        if let (true, Ok(Answer::Ask(output))) = (self.explain, &performed.answer) {
            for one in &output.considered {
                let answer = match &one.answered_by {
                    Some(source) => format!("answered by “{}”", words(source)),
                    None => "nothing answers it".to_owned(),
                };
                console::note(&format!("looked at: {}\n  for “{}”; {answer}", one.text, words(&one.source)));
            }
        }
        for dropped in performed.dropped.iter().filter(|_| self.explain) {
            console::note(&format!("dropped {}: {}\n  because {}", dropped.what, dropped.text, dropped.why));
        }
        if !self.explain && !performed.dropped.is_empty() {
            let n = performed.dropped.len();
            console::note(&format!(
                "{n} of the model's statements did not stand up and were dropped (--explain tells which)"
            ));
        }
        if !performed.outlined.is_empty() {
            console::note(&format!("read in outline only: {}", performed.outlined.join("; ")));
        }
    }
}

fn other() -> Trouble {
    Trouble::Failed(anyhow!("the analyst answered another task"))
}

fn explained(exchange: &Exchange) -> String {
    let mut out = format!("── {} · {} ──\n", exchange.task, exchange.model);
    for part in &exchange.prompt {
        out.push_str(part.trim_end());
        out.push_str("\n──\n");
    }
    out.push_str("answer:\n");
    out.push_str(&exchange.answer);
    let usage = exchange.usage;
    let tokens = format!("\n{} tokens in ({} cached), {} out", usage.input, usage.cached, usage.output);
    out.push_str(&tokens);
    if let Some(trouble) = &exchange.trouble {
        out.push_str("\nnot used: ");
        out.push_str(trouble);
    }
    out
}

/// Documents, read once where that saves time.
pub(super) struct Desk<'r> {
    reader: &'r Reader,
    read: Option<Read<'r>>,
}

impl Desk<'_> {
    /// What to ask.
    pub(super) fn ask(&self, input: &AskInput) -> Result<AskOutput, Trouble> {
        if let Some(read) = &self.read {
            return Ok(read.ask(input));
        }
        console::note(&format!("{} reads …", self.reader.name()));
        match self.reader.perform(&Task::Ask(input.clone()))? {
            Answer::Ask(output) => Ok(output),
            _ => Err(other()),
        }
    }

    /// The draft.
    pub(super) fn draft(&self, input: &DraftInput) -> Result<ThreatModel, Trouble> {
        if let Some(read) = &self.read {
            return Ok(read.draft(input));
        }
        match self.reader.perform(&Task::Draft(input.clone()))? {
            Answer::Draft(model) => Ok(*model),
            _ => Err(other()),
        }
    }
}

fn files(folder: &Path) -> Result<Vec<(String, String)>, Trouble> {
    let wrong =
        |what: &Path, why: &dyn std::fmt::Display| Trouble::Usage(format!("{} cannot be read: {why}", what.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| wrong(folder, &error))? {
        let path = entry.map_err(|error| wrong(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(wrong(folder, &"no *.toml file is there; each holds [[concern]] entries"));
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, &error))?;
            Ok((path.display().to_string(), text))
        })
        .collect()
}
