//! How a subcommand ends, and the exit code for it.

use std::io;
use std::process::ExitCode;

use super::console;

/// The work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: done, and something is missing (a path without an owner, a golden example that does not hold).
    Found,
}

/// The work was not done.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Exit code 2: the command line, the configuration or an input file. Says what to do.
    #[error("{0}")]
    Usage(String),
    /// Exit code 1: it failed.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
    /// Whoever read our output went away (`| head`): no complaint.
    #[error("the output was closed")]
    Closed,
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Failed(error.into()) }
    }
}

/// What a subcommand returns.
pub(super) type Result = std::result::Result<Outcome, Trouble>;

/// The exit code; a trouble is told on stderr.
pub(super) fn exit_code(result: Result) -> ExitCode {
    match result {
        Ok(Outcome::Done) | Err(Trouble::Closed) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::FAILURE,
        Err(trouble) => {
            console::note(&format!("error: {trouble}"));
            ExitCode::from(if matches!(trouble, Trouble::Usage(_)) { 2 } else { 1 })
        }
    }
}
