//! `threadmodel eval`: measures an analyst on documents with known concerns.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::outcome::{Outcome, Result, Trouble};
use super::{analyst, console};
use crate::analyst::builtin::Builtin;
use crate::analyst::{Answer, Task};
use crate::eval::corpus::{self, Case, Files};
use crate::eval::play::{Settings, Subject, play, probe};
use crate::eval::report::{self, DocumentReport, Report, Seen, Totals};
use crate::eval::table;
use crate::eval::terms::Judge;

/// Measures an analyst on documents with known concerns, so that prompts and catalogues can be tested like code.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel eval ../shared/data/docs
  threadmodel eval corpus --json > before.json
  threadmodel eval corpus --catalogue my-catalogue --explain

The judge `terms` counts shared words: it is rough. It misses what is said in other words and takes what merely sounds alike.
Compare runs with it; for figures to rely on, let people tick a blind sheet.

Exit codes: 0 measured; 1 it failed; 2 the corpus, the catalogue or an option is wrong.")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct Arguments {
    /// A folder of folders, each with doc.* or doc.stripped.*, and expected.json, meta.json, answers.json where there are some.
    #[arg(value_name = "CORPUS")]
    corpus: PathBuf,
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
    /// A folder of *.toml to use as the catalogue instead of the embedded one; each concern is tried on its own two texts first.
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum JudgeName {
    /// By shared key terms: transparent, rough, the same every time.
    Terms,
    /// By a model; needs a configured provider.
    Llm,
}

/// The built-in analyst as a subject: it cannot fail and costs nothing.
struct BuiltinSubject(Builtin);

impl Subject for BuiltinSubject {
    fn perform(&mut self, task: &Task) -> std::result::Result<Answer, String> {
        Ok(self.0.perform(task))
    }
}

pub(super) fn run(arguments: &Arguments) -> Result {
    if arguments.judge == JudgeName::Llm {
        return Err(Trouble::Usage(
            "--judge llm needs a configured provider, which this version does not have".to_owned(),
        ));
    }
    let cases = cases(arguments)?;
    let settings = Settings {
        questions: arguments.questions,
        threats: arguments.threats,
        methodology: arguments.methodology.clone(),
    };
    let mut subject = BuiltinSubject(analyst::builtin(arguments.catalogue.as_deref())?);
    let judge = Judge::of(&cases);
    let mut documents: Vec<DocumentReport> = Vec::new();
    for case in &cases {
        let seen = see(case, &settings, arguments, &mut subject)?;
        documents.push(report::document(case, &settings, &judge, &seen));
    }
    let report = Report {
        version: report::VERSION,
        analyst: "builtin".to_owned(),
        judge: "terms".to_owned(),
        settings,
        totals: Totals::of(&documents),
        documents,
    };
    if arguments.json {
        console::print(&serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)?)?;
    } else {
        console::print(&table::report(&report, arguments.explain))?;
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
        spent: crate::eval::play::Spent {
            tokens: after.tokens - before.tokens,
            micro_dollars: after.micro_dollars - before.micro_dollars,
        },
    })
}

#[expect(clippy::disallowed_methods, reason = "the shell measures the time")]
fn now() -> Instant {
    Instant::now()
}

fn cases(arguments: &Arguments) -> std::result::Result<Vec<Case>, Trouble> {
    let root = &arguments.corpus;
    let wrong = |why: String| Trouble::Usage(format!("{}: {why}\n\n{}", root.display(), corpus::FORM));
    let entries = std::fs::read_dir(root).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(format!("cannot be read: {error}")))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    let mut cases = Vec::new();
    for folder in folders {
        cases.extend(case(&folder).map_err(wrong)?);
    }
    if cases.is_empty() {
        return Err(wrong("no folder in it holds a document".to_owned()));
    }
    if !arguments.only.is_empty() {
        cases.retain(|case| arguments.only.iter().any(|part| case.name.contains(part.as_str())));
        if cases.is_empty() {
            return Err(Trouble::Usage(format!("no document's name holds {}", arguments.only.join(" or "))));
        }
    }
    if arguments.no_answers {
        for case in &mut cases {
            case.answers.clear();
        }
    }
    Ok(cases)
}

/// Reads one folder; nothing when it holds no document.
fn case(folder: &Path) -> std::result::Result<Option<Case>, String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = |file: &str| {
        let bytes = std::fs::read(folder.join(file)).map_err(|error| format!("{name}/{file}: {error}"))?;
        String::from_utf8(bytes).map_err(|_| format!("{name}/{file}: no text in UTF-8"))
    };
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{name}: {error}"))?;
    let names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let Some(file) = corpus::document_among(&names) else { return Ok(None) };
    let optional = |file: &str| names.iter().any(|n| n == file).then(|| text(file)).transpose();
    let files = Files {
        document: text(file)?,
        file: file.to_owned(),
        expected: optional("expected.json")?,
        meta: optional("meta.json")?,
        answers: optional("answers.json")?,
        name: name.clone(),
    };
    corpus::read(files).map(Some)
}
