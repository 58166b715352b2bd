//! The command line: what each subcommand does lives in a file of its own; here they are named and explained.

mod analyst;
mod app;
mod console;
mod database;
mod demo;
mod eval;
mod export;
mod forget;
mod keys;
mod logging;
mod manifest;
mod memory;
mod methodologies;
mod outcome;
mod owners;
mod review;
mod sandbox;
mod serve;
mod stats;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use logging::LogFormat;
pub use outcome::{Outcome, Trouble};

const EXIT_CODES: &str = "\
Exit codes:
  0  done, nothing to complain about
  1  something was found missing, or the work failed (the reason is on stderr)
  2  the command line, the configuration or an input file is wrong

Secrets are never given on the command line: `serve` takes them from the environment or from files.
RUST_LOG sets what is logged (for example RUST_LOG=threadmodel=debug).";

/// Reviews design documents in pull requests: asks, drafts a threat model, gates the merge on the security team's approval.
#[derive(Debug, Parser)]
#[command(
    name = "threadmodel",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = EXIT_CODES,
    long_about = "Reviews design documents in pull requests.\n\n\
        It asks the author what a security engineer would ask, on the very lines; drafts a threat model from the document and the answers; \
        and keeps the merge closed until the security team's code owners have approved. GitHub App: `serve`. To see it work: `demo`."
)]
pub struct Cli {
    /// How log lines are written, on stderr.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show it at work: a pull request in the browser, no account needed.
    Demo(demo::Arguments),
    /// Read design documents here: ask in the terminal, then print the draft.
    Review(review::Arguments),
    /// Measure an analyst on documents with known concerns.
    Eval(Box<eval::Arguments>),
    /// Say which methodologies there are and when to choose each.
    Methodologies(methodologies::Arguments),
    /// Write one review to a file: documents, answers, threats, recommendations, decisions.
    Export(export::Arguments),
    /// Delete what is stored of an organisation that uninstalled the App.
    Forget(forget::Arguments),
    /// List, show, delete and export what teams decided.
    Memory(memory::Arguments),
    /// Say who owns paths, and which line of CODEOWNERS says so.
    Owners(owners::Arguments),
    /// Run the GitHub App.
    Serve(serve::Arguments),
    /// Say what reviews cost and bring, by repository and methodology.
    Stats(stats::Arguments),
    /// Run a GitHub in memory, to point `serve` or any GitHub client at.
    Sandbox(sandbox::Arguments),
}

impl Cli {
    /// Runs the subcommand; what went wrong is told on stderr.
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            Command::Demo(arguments) => demo::run(&arguments),
            Command::Review(arguments) => review::run(&arguments),
            Command::Eval(arguments) => eval::run(&arguments),
            Command::Methodologies(arguments) => methodologies::run(&arguments),
            Command::Export(arguments) => export::run(&arguments),
            Command::Forget(arguments) => forget::run(&arguments),
            Command::Memory(arguments) => memory::run(&arguments),
            Command::Owners(arguments) => owners::run(&arguments),
            Command::Serve(arguments) => serve::run(&arguments),
            Command::Stats(arguments) => stats::run(&arguments),
            Command::Sandbox(arguments) => sandbox::run(&arguments),
        };
        outcome::exit_code(result)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        super::Cli::command().debug_assert();
    }
}
