//! Sweeps of a cell that is not over: a run that is killed loses one of them, or a few short ones, not all of them.

use crate::fault::Fault;
use crate::records::files::{csv_bytes, parse_csv};
use crate::records::rows::CurveRow;
use crate::records::sealed;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The file in the cell's folder.
pub(super) const FILE: &str = "sweeps.unfinished";

/// The sweeps of one cell that are done.
pub struct Sweeps {
    path: PathBuf,
    kept: Kept,
    /// How often they are kept, at the most; none to keep nothing.
    every: Option<Duration>,
    last: Instant,
}

#[derive(Default, Deserialize, Serialize)]
struct Kept {
    /// What the sweeps are of: another study, arm, seed, data, network, device or version of the program does not take them.
    identity: String,
    done: Vec<Done>,
}

#[derive(Deserialize, Serialize)]
struct Done {
    /// The attack, with the method whose map it reads.
    by: String,
    sweep: String,
    /// The rows as CSV, in which a value that is undefined reads back.
    rows: String,
}

impl Sweeps {
    /// Those of the cell in `folder`, which `identity` names in whole; kept `every` so often.
    pub fn new(folder: &Path, identity: String, every: Duration) -> Self {
        let path = folder.join(FILE);
        // What cannot be read or is of another cell is begun anew.
        let kept = sealed::read(&path).ok().flatten().filter(|kept: &Kept| kept.identity == identity);
        let kept = kept.unwrap_or(Kept { identity, done: Vec::new() });
        Self { path, kept, every: Some(every), last: Instant::now() }
    }

    /// For a cell that nothing names in whole: none is taken or kept.
    pub fn none() -> Self {
        Self { path: PathBuf::new(), kept: Kept::default(), every: None, last: Instant::now() }
    }

    /// The rows of the sweep called `sweep` under the attack `by`; none where it is not done.
    pub fn rows(&self, by: &str, sweep: &str) -> Option<Vec<CurveRow>> {
        let done = self.kept.done.iter().find(|done| done.by == by && done.sweep == sweep)?;
        parse_csv(done.rows.as_bytes()).ok()
    }

    /// Keeps the rows of a sweep that is done.
    ///
    /// # Errors
    /// [`Fault`] that names the file.
    pub fn keep(&mut self, by: &str, sweep: &str, rows: &[CurveRow]) -> Result<(), Fault> {
        let Some(every) = self.every else {
            return Ok(());
        };
        let rows = csv_bytes(rows).map_err(|error| Fault::new(&self.path, error))?;
        let rows = String::from_utf8(rows).map_err(|error| Fault::new(&self.path, error))?;
        self.kept.done.push(Done { by: by.to_string(), sweep: sweep.to_string(), rows });
        if self.last.elapsed() >= every {
            sealed::write(&self.path, &self.kept)?;
            self.last = Instant::now();
        }
        Ok(())
    }
}
