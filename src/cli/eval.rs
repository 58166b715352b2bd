//! `threadmodel eval`: measures an analyst on documents with known concerns.

mod judge;
mod read;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};

use self::judge::{Judge, Reading};
use super::analyst::{Reader, Who};
use super::console;
use super::outcome::{Outcome, Result, Trouble};
use crate::analyst::{Answer, Task};
use crate::eval::arms::{self, Arm, Shown};
use crate::eval::compare::{Limits, compare};
use crate::eval::corpus::Case;
use crate::eval::findings::{Finding, findings};
use crate::eval::play::{Settings, Spent, Subject, play, probe};
use crate::eval::report::{self, DocumentReport, Report, Seen, Totals};
use crate::eval::sheet::{Key, sheet};
use crate::eval::{table, terms, ticks};

/// Measures an analyst on documents with known concerns, so that prompts and catalogues can be tested like code.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel eval ../shared/data/docs
  threadmodel eval corpus --json > before.json
  threadmodel eval corpus --catalogue my-catalogue --against before.json
  threadmodel eval corpus --memory decisions --against before.json
  threadmodel eval corpus --sheet sheet.md --arms ours,checklist,swapped --seed 7
  threadmodel eval --ticked sheet.md

The judge `terms` counts shared words: it is rough. It misses what is said in other words and takes what merely sounds alike.
Compare runs with it. The judge `llm` asks the model that is set up (THREADMODEL_LLM_PROVIDER, THREADMODEL_LLM_KEY): one request a
document and arm, and what it cost is told. It reads, and errs as models do: for figures to rely on, let people tick a blind sheet.

Exit codes: 0 measured; 1 a regression (--against), or it failed; 2 the corpus, the catalogue or an option is wrong.")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct Arguments {
    /// A folder of folders, each with doc.* or doc.stripped.*, and expected.json, meta.json, answers.json where there are some.
    #[arg(value_name = "CORPUS", required_unless_present = "ticked")]
    corpus: Option<PathBuf>,
    /// Write the report as JSON.
    #[arg(long)]
    json: bool,
    /// Who says whether a finding touches a known concern.
    #[arg(long, value_enum, default_value_t = JudgeName::Terms)]
    judge: JudgeName,
    /// Tell the judge's rule, each concern's terms and what touched it, and every broken rule.
    #[arg(long)]
    explain: bool,
    /// Play each document so often, to see whether the analyst says the same.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Ask at most this many questions.
    #[arg(long, value_name = "N", default_value_t = 6)]
    questions: u32,
    /// Count this many threats as shown, with what is recommended for them; the rest as set aside.
    #[arg(long, value_name = "N", default_value_t = 12)]
    threats: usize,
    /// Who is measured: `model` where one is set up (docs/models.md), `builtin` for the one that needs no network.
    #[arg(long, value_name = "WHO")]
    analyst: Option<Who>,
    /// A folder of *.toml to use as the catalogue instead of the embedded one; each concern is tried on its own two texts first.
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// A folder of decisions, as `threadmodel memory export` writes them: the analyst is told what holds today.
    #[arg(long, value_name = "DIR")]
    memory: Option<PathBuf>,
    /// Methodology.
    #[arg(long, value_name = "ID", default_value = "four-questions")]
    methodology: String,
    /// Only documents whose folder's name holds one of these.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Leave every question open, even where answers.json has an answer.
    #[arg(long)]
    no_answers: bool,
    /// Do not ask the analyst more to see whether rules Q2 and Q3 hold (a draft for each proposed answer).
    #[arg(long)]
    quick: bool,
    /// Write a blind Markdown sheet for a person to tick, and beside it the key (FILE with the ending `.key.json`).
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
    /// What is compared: on the sheet in letters, and in the report by the judge.
    #[arg(long, value_name = "ARM,…", value_enum, value_delimiter = ',')]
    arms: Vec<ArmName>,
    /// Draws the order of arms on each document, and the partners of `swapped`.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Read a ticked sheet back and tell the recall from its ticks; runs no analyst.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sheet", "against"])]
    ticked: Option<PathBuf>,
    /// The key of the ticked sheet, when it is not beside it.
    #[arg(long, value_name = "FILE", requires = "ticked")]
    key: Option<PathBuf>,
    /// Compare with an earlier run, written by --json; ends with 1 on a regression.
    #[arg(long, value_name = "RUN.json")]
    against: Option<PathBuf>,
    /// How much worse is a regression; what is not named keeps its default.
    #[arg(
        long,
        value_name = "LIMITS",
        requires = "against",
        long_help = "\
How much worse is a regression: NAME=NUMBER, by commas. What is not named keeps its default:
  recall=0.02      loss of recall by a question or a threat shown, as a share of known concerns
  considered=0.02  loss of recall over all that was considered
  questions=1      more questions a document
  rules=0          more broken hard rules, on all documents
  quotations=0     loss of the share of quotations that stand
  low=0            more questions on documents without security relevance
  doubled=0        more pairs of questions that ask the same
  stability=0      loss of the share of documents on which every run says the same"
    )]
    regression: Option<Limits>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ArmName {
    /// The analyst's findings on this document.
    Ours,
    /// A generic checklist: six questions and twelve threats for any document.
    Checklist,
    /// The analyst's findings on another document.
    Swapped,
}

impl From<ArmName> for Arm {
    fn from(name: ArmName) -> Self {
        match name {
            ArmName::Ours => Self::Ours,
            ArmName::Checklist => Self::Checklist,
            ArmName::Swapped => Self::Swapped,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum JudgeName {
    /// By shared key terms: transparent, rough, the same every time.
    Terms,
    /// By the model that is set up (docs/models.md): it reads, costs money, and may be wrong.
    Llm,
}

impl Subject for Reader {
    fn perform(&mut self, task: &Task) -> std::result::Result<Answer, String> {
        Reader::perform(self, task).map_err(|trouble| trouble.to_string())
    }

    fn spent(&self) -> Spent {
        Reader::spent(self)
    }
}

pub(super) fn run(arguments: &Arguments) -> Result {
    match (&arguments.ticked, &arguments.corpus) {
        (Some(sheet), _) => ticked(sheet, arguments),
        (None, Some(corpus)) => measure(corpus, arguments),
        (None, None) => Err(Trouble::Usage("name a corpus".to_owned())),
    }
}

/// Plays every document and tells what was found.
fn measure(corpus: &Path, arguments: &Arguments) -> Result {
    // What is wrong with the options is told before the work.
    let before: Option<Report> = arguments.against.as_ref().map(|file| read::json("--against", file)).transpose()?;
    let cases = read::cases(corpus, arguments)?;
    let reading = (arguments.judge == JudgeName::Llm).then(Reading::new).transpose()?;
    let mut subject = Reader::new(arguments.catalogue.as_deref(), arguments.analyst, false)?;
    let settings = Settings {
        questions: arguments.questions,
        threats: arguments.threats,
        methodology: arguments.methodology.clone(),
    };
    let terms = terms::Judge::of(&cases);
    let mut judge = reading.map_or(Judge::Terms(&terms), |reading| Judge::Model(Box::new(reading)));
    let mut documents: Vec<DocumentReport> = Vec::new();
    let mut found: Vec<(String, Vec<Finding>)> = Vec::new();
    for case in &cases {
        let seen = see(case, &settings, arguments, &mut subject)?;
        let mut document = report::document(case, &settings, &terms, &seen);
        if !case.expected.is_empty() {
            let all = findings(&seen.first, &settings);
            document.concerns = judge.concerns(case, &all)?;
            found.push((case.name.clone(), all));
        }
        documents.push(document);
    }
    let shown = shown(&found, arguments)?;
    let known: Vec<&Case> = cases.iter().filter(|case| !case.expected.is_empty()).collect();
    let report = Report {
        version: report::VERSION,
        analyst: subject.name(),
        judge: judge.name(),
        settings,
        totals: Totals::of(&documents),
        arms: report::arms(&known, &shown, |case, found| judge.concerns(case, found))?,
        documents,
    };
    judge.farewell(&report.analyst);
    if let Some(file) = &arguments.sheet {
        write_sheet(file, &known, shown, arguments.seed)?;
    }
    if arguments.json {
        console::print(&serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)?)?;
    } else {
        console::print(&table::report(&report, arguments.explain))?;
    }
    before.map_or(Ok(Outcome::Done), |before| compared(&before, &report, arguments))
}

/// Differences go to stdout after the table, or to stderr beside JSON.
fn compared(before: &Report, after: &Report, arguments: &Arguments) -> Result {
    let comparison = compare(before, after, &arguments.regression.unwrap_or_default());
    let told = table::comparison(&comparison);
    if arguments.json {
        console::note(&told);
    } else {
        console::print(&format!("\n{told}"))?;
    }
    Ok(if comparison.regressions.is_empty() { Outcome::Done } else { Outcome::Found })
}

/// What each arm shows; nothing where no arms are wanted.
fn shown(found: &[(String, Vec<Finding>)], arguments: &Arguments) -> std::result::Result<Vec<Vec<Shown>>, Trouble> {
    let mut arms: Vec<Arm> = arguments.arms.iter().map(|name| Arm::from(*name)).collect();
    arms.sort_unstable();
    arms.dedup();
    if arms.is_empty() && arguments.sheet.is_some() {
        arms.push(Arm::Ours);
    }
    if !arms.is_empty() && found.is_empty() {
        return Err(Trouble::Usage("no document has an expected.json: there is nothing to compare with".to_owned()));
    }
    arms::shown(found, &arms, arguments.seed).map_err(Trouble::Usage)
}

fn write_sheet(file: &Path, cases: &[&Case], shown: Vec<Vec<Shown>>, seed: u64) -> std::result::Result<(), Trouble> {
    let documents: Vec<(&Case, Vec<Shown>)> = cases.iter().copied().zip(shown).collect();
    let (text, key) = sheet(&documents, seed);
    let key = serde_json::to_string_pretty(&key).map_err(anyhow::Error::from)?;
    let key_file = key_beside(file);
    for (file, text) in [(file, text), (&key_file, key)] {
        std::fs::write(file, text).map_err(|error| Trouble::Usage(format!("--sheet {}: {error}", file.display())))?;
    }
    console::note(&format!(
        "sheet for a person: {}; the key, not for that person: {}",
        file.display(),
        key_file.display()
    ));
    Ok(())
}

fn key_beside(sheet: &Path) -> PathBuf {
    sheet.with_extension("key.json")
}

/// Tells what a person ticked.
fn ticked(sheet: &Path, arguments: &Arguments) -> Result {
    let key_file = arguments.key.clone().unwrap_or_else(|| key_beside(sheet));
    let key: Key = read::json("--key", &key_file)?;
    let text = read::text("--ticked", sheet)?;
    let result = ticks::read(&text, &key).map_err(|why| Trouble::Usage(format!("{}: {why}", sheet.display())))?;
    if arguments.json {
        console::print(&serde_json::to_string_pretty(&result).map_err(anyhow::Error::from)?)?;
    } else {
        console::print(&ticks::told(&result))?;
    }
    Ok(Outcome::Done)
}

fn see(
    case: &Case,
    settings: &Settings,
    arguments: &Arguments,
    subject: &mut dyn Subject,
) -> std::result::Result<Seen, Trouble> {
    let failed = |why: String| Trouble::Failed(anyhow::anyhow!("{}: {why}", case.name));
    let before = subject.spent();
    let start = now();
    let first = play(case, settings, subject).map_err(failed)?;
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    let after = subject.spent();
    let further = (1..arguments.runs).map(|_| play(case, settings, subject)).collect::<std::result::Result<_, _>>();
    let probed = (!arguments.quick).then(|| probe(case, settings, &first, subject)).transpose().map_err(failed)?;
    Ok(Seen {
        further: further.map_err(failed)?,
        first,
        probed,
        milliseconds,
        spent: Spent {
            tokens: after.tokens - before.tokens,
            micro_dollars: after.micro_dollars - before.micro_dollars,
        },
    })
}

#[expect(clippy::disallowed_methods, reason = "the shell measures the time")]
fn now() -> Instant {
    Instant::now()
}
