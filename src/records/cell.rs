//! A finished cell: one arm at one seed. Its folder holds the network, the tables and, written last,
//! `cell.json`, which vouches for the others.

use super::checks::{Checks, FAITHFULNESS, SANITY, SHUFFLED_LABELS};
use super::provenance::Provenance;
use super::rows::{CurveRow, ProbabilityRow, ScoreRow};
use super::saliency::{SaliencyRow, parse_saliency};
use super::sealed;
use super::vouched::Vouched;
use crate::definition::arm::Arm;
use crate::definition::study::Study;
use crate::fault::Fault;
use crate::train::Epoch;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The closing record.
pub const RECORD: &str = "cell.json";
/// The network's file. It may be left out where a cell is only read: it is by far the largest.
pub const WEIGHTS: &str = "weights.safetensors";
/// What stands in for it of a network that another process computes: its command and its greeting.
pub const NETWORK: &str = "network.json";
/// Epochs of the training.
pub const TRAINING: &str = "training.csv";
/// Spread of the gradient per slice.
pub const SALIENCY: &str = "saliency.csv";
/// Probabilities without an attack, per volume.
pub const PROBABILITIES: &str = "probabilities.csv";
/// Scores without an attack besides Dice per slice, per volume.
pub const SCORES: &str = "scores.csv";
/// Dice per sweep, attack, point and volume.
pub const CURVES: &str = "curves.csv";

/// The closing record of a cell, written last.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CellRecord {
    /// Name of the arm: the loss as the study writes it, unless the study gave it another name.
    pub loss: String,
    /// Seed of initial weights, batch order and random choices.
    pub seed: u64,
    /// [`Study::identity_of`] the cell's loss.
    pub study_hash: String,
    /// [`crate::data::hash::data_hash`].
    pub data_hash: String,
    /// Height and width of the slices.
    pub size: [usize; 2],
    /// Where and with what it was made.
    pub made: Provenance,
    /// Wall time of training, of saliency and probabilities, and of attacks, in seconds.
    pub seconds: [f64; 3],
    /// SHA-256 of the other files.
    pub files: BTreeMap<String, String>,
}

/// A finished cell.
pub struct Cell {
    /// The closing record.
    pub record: CellRecord,
    /// Epochs of the training; none of a network that existed.
    pub training: Vec<Epoch>,
    /// Spread per slice and method.
    pub saliency: Vec<SaliencyRow>,
    /// Probabilities on images as they are, per volume.
    pub probabilities: Vec<ProbabilityRow>,
    /// Scores without an attack, per volume; none in cells of schema 1.
    pub scores: Vec<ScoreRow>,
    /// Curves per volume.
    pub curves: Vec<CurveRow>,
    /// Whether ways of explaining can be trusted, where the study asks.
    pub checks: Checks,
}

/// Folder of a cell in a run folder.
pub fn cell_folder(run: &Path, arm: &Arm, seed: u64) -> PathBuf {
    run.join("cells").join(cell_name(arm, seed))
}

/// Name of a cell: `bce+dice-s0`.
pub fn cell_name(arm: &Arm, seed: u64) -> String {
    format!("{}-s{seed}", arm.slug())
}

/// The closing record of a cell in the run folder `run`; none where the cell is not finished. Its files are
/// not looked at.
///
/// # Errors
/// [`Fault`] where the record is damaged or was made by another study.
pub fn read_record(run: &Path, study: &Study, arm: &Arm, seed: u64) -> Result<Option<CellRecord>, Fault> {
    let path = cell_folder(run, arm, seed).join(RECORD);
    let Some(record) = sealed::read::<CellRecord>(&path)? else {
        return Ok(None);
    };
    if record.loss != arm.name || record.seed != seed {
        let fault =
            format!("is that of {} at seed {}, but lies in another cell's folder", record.loss, record.seed);
        return Err(Fault::new(path, fault));
    }
    let identity = study.identity_of([arm]).map_err(|fault| Fault::new(&path, fault))?;
    if !identity.is(&record.study_hash) {
        let fault = format!(
            "was made by another study (its hash starts with {:.8}, this study's with {:.8}): choose another run folder",
            record.study_hash, identity.hash
        );
        return Err(Fault::new(path, fault));
    }
    Ok(Some(record))
}

/// [`read_record`], its files checked; the network may have been left out.
///
/// # Errors
/// [`Fault`] as [`read_record`], and where a file is missing or was changed.
pub fn finished(run: &Path, study: &Study, arm: &Arm, seed: u64) -> Result<Option<CellRecord>, Fault> {
    let record = read_record(run, study, arm, seed)?;
    if let Some(record) = &record {
        record.vouched(&cell_folder(run, arm, seed)).check(WEIGHTS)?;
    }
    Ok(record)
}

/// SHA-256 of the weights of every cell of a seed in the run folder `run`, by arm; none where one is not
/// finished.
///
/// # Errors
/// As [`read_record`].
pub fn weights_of_seed(
    run: &Path,
    study: &Study,
    seed: u64,
) -> Result<Option<BTreeMap<String, String>>, Fault> {
    let cells = study.arms.iter().map(|arm| read_record(run, study, arm, seed));
    let cells: Option<Vec<CellRecord>> = cells.collect::<Result<_, _>>()?;
    Ok(cells.map(|cells| weights_of(&cells)))
}

/// SHA-256 of the networks of `cells`, by arm: of their weights, or of what stands in for those.
pub fn weights_of<'a>(cells: impl IntoIterator<Item = &'a CellRecord>) -> BTreeMap<String, String> {
    let network = |cell: &CellRecord| cell.files.get(cell.network()?).cloned();
    cells.into_iter().filter_map(|cell| Some((cell.loss.clone(), network(cell)?))).collect()
}

impl CellRecord {
    /// Which of its files is the network: the weights, or what stands in for those; none where it lists neither.
    pub fn network(&self) -> Option<&'static str> {
        [WEIGHTS, NETWORK].into_iter().find(|&file| self.files.contains_key(file))
    }

    /// Its files, which lie in `folder`.
    pub fn vouched<'a>(&'a self, folder: &'a Path) -> Vouched<'a> {
        Vouched { folder, record: RECORD, files: &self.files }
    }
}

impl Cell {
    /// The spread of the maps of the study's first method: all, where it names none.
    pub fn spread_rows(&self) -> impl Iterator<Item = &SaliencyRow> {
        let first = self.saliency.first().map(|row| &row.method);
        self.saliency.iter().filter(move |row| Some(&row.method) == first)
    }

    /// The spread of the maps of one method, as the study writes it; the gradient's are all where it names none.
    pub fn spread_rows_of(&self, method: &str) -> impl Iterator<Item = &SaliencyRow> {
        self.saliency.iter().filter(move |row| row.method.as_deref().unwrap_or("gradient") == method)
    }

    /// Reads a cell of the run folder `run`; none where it is not finished.
    ///
    /// # Errors
    /// [`Fault`] as [`finished`], and where a table is none.
    pub fn read(run: &Path, study: &Study, arm: &Arm, seed: u64) -> Result<Option<Self>, Fault> {
        let Some(record) = read_record(run, study, arm, seed)? else {
            return Ok(None);
        };
        let folder = cell_folder(run, arm, seed);
        let files = record.vouched(&folder);
        if folder.join(WEIGHTS).exists() {
            files.bytes(WEIGHTS)?;
        }
        let has = |file: &str| record.files.contains_key(file);
        let checks = Checks {
            sanity: if has(SANITY) { files.csv(SANITY)? } else { Vec::new() },
            shuffled_labels: if has(SHUFFLED_LABELS) { files.csv(SHUFFLED_LABELS)? } else { Vec::new() },
            faithfulness: if has(FAITHFULNESS) { files.csv(FAITHFULNESS)? } else { Vec::new() },
        };
        let saliency = parse_saliency(&files.bytes(SALIENCY)?);
        Ok(Some(Self {
            training: if record.files.contains_key(TRAINING) { files.csv(TRAINING)? } else { Vec::new() },
            saliency: saliency.map_err(|fault| Fault::new(folder.join(SALIENCY), fault))?,
            probabilities: files.csv(PROBABILITIES)?,
            checks,
            scores: if has(SCORES) { files.csv(SCORES)? } else { Vec::new() },
            curves: files.csv(CURVES)?,
            record,
        }))
    }
}
