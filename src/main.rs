//! The thin binary: parse arguments, start tracing, run, turn the outcome into an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use threadmodel::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.log.start();
    cli.run()
}
