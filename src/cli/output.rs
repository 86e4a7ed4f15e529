//! What the commands write to standard output and standard error. Neither ever panics, as the printing macros do
//! where a reader has gone, a terminal was closed or a disk is full.

use anyhow::Context;
use std::io::{ErrorKind, Write, stderr, stdout};

/// Writes a result to standard output. A reader that has gone away, such as `head`, is no fault.
///
/// # Errors
/// What the operating system says: a result that was lost must not look like one that was written.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut output = stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("standard output"),
    }
}

/// Says on standard output what was done; where that cannot be written it is dropped, since the work is done.
pub fn tell(line: &str) {
    let mut output = stdout().lock();
    let _ = output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush());
}

/// Says a line on standard error; one that cannot be written is dropped.
pub fn say(line: &str) {
    let _ = stderr().lock().write_all(format!("{line}\n").as_bytes());
}
