//! Probes: tables that every cell records of its network besides the curves. Each is a file of this folder
//! and a line in [`PROBES`]; what a cell's closing record vouches for follows.

mod probabilities;
mod scores;
mod spread;

use super::StudyError;
use super::maps::MethodMaps;
use super::prepared::Prepared;
use crate::network::chunked::Predictor;
use std::path::Path;

/// What a probe looks at.
pub struct Probed<'a> {
    /// The study's data, as the cell's seed splits them.
    pub prepared: &'a Prepared,
    /// The cell's network.
    pub predictor: &'a Predictor,
    /// Its saliency maps of each test slice, by every method of the study.
    pub maps: &'a [MethodMaps],
}

/// A table that every cell records.
pub struct Probe {
    /// Name of its file in the cell's folder.
    pub file: &'static str,
    /// Measures the network and writes the table to the given path.
    pub run: fn(&Probed, &Path) -> Result<(), StudyError>,
}

/// Every probe.
pub const PROBES: &[Probe] = &[spread::PROBE, probabilities::PROBE, scores::PROBE];

/// Runs every probe into a cell's folder.
///
/// # Errors
/// [`StudyError`] where slices or maps cannot be read or a table cannot be written.
pub fn run_all(folder: &Path, probed: &Probed) -> Result<(), StudyError> {
    PROBES.iter().try_for_each(|probe| (probe.run)(probed, &folder.join(probe.file)))
}
