//! Tracing: set up once, by the binary. Lines carry fields; never bodies or secrets.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// Starts logging to stderr: warnings, unless `RUST_LOG` says otherwise.
    pub fn start(self) {
        let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
        let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
        match self {
            Self::Text => lines.with_target(false).init(),
            Self::Json => lines.json().flatten_event(true).init(),
        }
    }
}
