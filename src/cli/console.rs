//! Results go to stdout, everything else to stderr, so that output can be piped.

use std::io::{self, BufRead as _, Write as _};

/// A result, with a line break at its end.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Progress, questions, complaints: one line or several. Nobody listening is no failure.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Asks on stderr and reads one line of stdin; `None` at the end of the input.
pub(super) fn ask(prompt: &str) -> io::Result<Option<String>> {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{prompt}");
    let _ = err.flush();
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}
