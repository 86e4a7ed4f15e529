//! Probes: tables that every cell records of its network besides the curves, some only where the study asks. Each is a
//! file of this folder and a line in [`PROBES`]; what a cell's closing record vouches for follows.

mod curve;
mod faithfulness;
mod probabilities;
mod randomised;
mod sample;
mod sanity;
mod scores;
mod shuffled_labels;
mod spread;

use super::StudyError;
use super::maps::MethodMaps;
use super::prepared::Prepared;
use crate::definition::saliency::Check;
use crate::definition::study::Study;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::device::Device;
use crate::network::unet::weights::Weights;
use crate::train::TrainConfig;
use std::path::Path;

/// What a probe looks at.
pub struct Probed<'a> {
    /// The study's data, as the cell's seed splits them.
    pub prepared: &'a Prepared,
    /// The cell's network.
    pub predictor: &'a Predictor,
    /// Its saliency maps of each test slice, by every method of the study.
    pub maps: &'a [MethodMaps],
    /// The study.
    pub study: &'a Study,
    /// The cell's loss.
    pub loss: &'a LossFunction,
    /// The cell's seed.
    pub seed: u64,
    /// The network's weights; none where another process keeps them.
    pub weights: Option<&'a Weights>,
    /// How it was trained; none where it was not trained here.
    pub train: Option<&'a TrainConfig>,
    /// Where networks run.
    pub device: &'a Device,
    /// Hears of steps that take long: how many are done, of how many, and which begins.
    pub progress: &'a dyn Fn(usize, usize, &str),
}

/// What a study asks for that wants a table, and what that costs.
pub struct Asked {
    /// Its name in the study.
    pub check: Check,
    /// What it takes for each of its slices, one of each test volume.
    pub passes: fn(&Study) -> Passes,
    /// Trainings as that of the cell that it takes besides.
    pub trainings: usize,
}

/// What a table takes for one slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Passes {
    /// Maps by every method of the study.
    pub maps: usize,
    /// Forward passes besides.
    pub forward: usize,
}

/// A table that cells record.
pub struct Probe {
    /// Name of its file in the cell's folder.
    pub file: &'static str,
    /// What a study asks for that wants it; none where every cell has it.
    pub check: Option<Asked>,
    /// Measures the network and writes the table to the given path.
    pub run: fn(&Probed, &Path) -> Result<(), StudyError>,
}

/// Every probe.
pub const PROBES: &[Probe] = &[
    spread::PROBE,
    probabilities::PROBE,
    scores::PROBE,
    sanity::PROBE,
    shuffled_labels::PROBE,
    faithfulness::PROBE,
];

/// The probes of the cells of `study`.
pub fn of_study(study: &Study) -> impl Iterator<Item = &'static Probe> {
    let asked = |asked: &Asked| study.checks.contains(&asked.check);
    PROBES.iter().filter(move |probe| probe.check.as_ref().is_none_or(asked))
}

/// Runs every probe of the study into a cell's folder.
///
/// # Errors
/// [`StudyError`] where slices or maps cannot be read or a table cannot be written.
pub fn run_all(folder: &Path, probed: &Probed) -> Result<(), StudyError> {
    of_study(probed.study).try_for_each(|probe| (probe.run)(probed, &folder.join(probe.file)))
}
