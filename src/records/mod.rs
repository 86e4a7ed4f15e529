//! What a run leaves on disk: the rows of a cell's tables, its closing record, and reading a whole run
//! back.

pub mod files;

use crate::definition::study::Study;
use crate::loss::LossFunction;
use crate::records::files::{read_csv, write_bytes};
use crate::spread::MEASURES;
use crate::study::StudyError;
use crate::study::cell::weights_of;
use crate::study::examples::{self, Examples};
use crate::study::probabilities::ProbabilityRow;
use crate::study::transfer::{self, Transfer};
use crate::train::Epoch;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One point of a curve on one volume, a row of `curves.csv`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CurveRow {
    /// Name of the sweep in the study.
    pub protocol: String,
    /// Name of the attack.
    pub attack: String,
    /// Loss whose network's saliency map ranked the pixels; empty where the attack reads none.
    pub map: String,
    /// Pixels replaced in each slice.
    pub pixels: usize,
    /// What they were replaced with; empty where values were drawn.
    pub level: Option<f32>,
    /// Volume id.
    pub volume: String,
    /// Slices of the volume that have foreground.
    pub slices: usize,
    /// Trials of each slice.
    pub trials: usize,
    /// 95% half-width that the trials leave on the mean over all volumes, in units of Dice.
    pub half_width: f64,
    /// Hard Dice, mean over trials and slices.
    pub dice: f64,
    /// Dice of the volume's slices taken together.
    pub volume_dice: f64,
    /// Predicted foreground pixels of all slices, mean over trials.
    pub area: f64,
    /// True foreground pixels of all slices.
    pub true_area: f64,
    /// Pixels in both, mean over trials.
    pub intersection: f64,
}

/// The spread of one saliency map, a row of `saliency.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct SaliencyRow {
    /// Volume id.
    pub volume: String,
    /// Depth index z of the slice.
    pub depth: usize,
    /// Scanned pixels whose gradient is exactly zero; a ranking orders them by index.
    pub zero_pixels: usize,
    /// One value per measure of [`MEASURES`].
    pub measures: Vec<f64>,
}

/// The closing record of a cell, written last.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CellRecord {
    /// Loss, as the study writes it.
    pub loss: String,
    /// Seed of initial weights, batch order and random choices.
    pub seed: u64,
    /// [`Study::hash`].
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

/// Where and with what a record was made.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Provenance {
    /// Device name.
    pub device: String,
    /// Version of lossbench.
    pub lossbench: String,
    /// Version of burn.
    pub burn: String,
    /// Processor model.
    pub processor: String,
    /// Threads.
    pub threads: usize,
}

/// A finished cell.
pub struct Cell {
    /// The closing record.
    pub record: CellRecord,
    /// Epochs of the training.
    pub training: Vec<Epoch>,
    /// Spread per slice.
    pub saliency: Vec<SaliencyRow>,
    /// Probabilities on images as they are, per volume.
    pub probabilities: Vec<ProbabilityRow>,
    /// Curves per volume.
    pub curves: Vec<CurveRow>,
}

/// A run as found on disk.
pub struct Run {
    /// The study, as it was resolved with its overrides.
    pub study: Study,
    /// Finished cells, in the study's order: seeds within losses.
    pub cells: Vec<Cell>,
    /// What needs all cells of a seed, where they are done.
    pub transfers: Vec<Transfer>,
    /// Slices to look at, where they were kept.
    pub examples: Option<Examples>,
}

impl Provenance {
    /// This program on this machine.
    pub fn here(device: &str) -> Self {
        Self {
            device: device.to_string(),
            lossbench: env!("CARGO_PKG_VERSION").to_string(),
            burn: burn_version().to_string(),
            processor: processor(),
            threads: rayon::current_num_threads(),
        }
    }
}

/// The version of burn that this build was locked to.
fn burn_version() -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let after = lock.split_once("name = \"burn\"\nversion = \"").map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default()
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_string(), |(_, model)| model.to_string())
}

/// Folder of a cell in a run folder.
pub fn cell_folder(run: &Path, loss: &LossFunction, seed: u64) -> PathBuf {
    run.join("cells").join(cell_name(loss, seed))
}

/// Name of a cell: `bce+dice-s0`.
pub fn cell_name(loss: &LossFunction, seed: u64) -> String {
    format!("{}-s{seed}", loss.slug())
}

/// Writes the spread table; its columns follow [`MEASURES`].
///
/// # Errors
/// [`StudyError::Record`] that names the file.
pub fn write_saliency(path: &Path, rows: &[SaliencyRow]) -> Result<(), StudyError> {
    let record = |error: csv::Error| StudyError::record(path, error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = MEASURES.iter().map(|measure| measure.name);
    writer.write_record(["volume", "depth", "zero_pixels"].into_iter().chain(names)).map_err(record)?;
    for row in rows {
        // An undefined measure stays empty, which other readers take for a missing value.
        let measures = row.measures.iter().map(|m| if m.is_nan() { String::new() } else { m.to_string() });
        let fields = [row.volume.clone(), row.depth.to_string(), row.zero_pixels.to_string()];
        writer.write_record(fields.into_iter().chain(measures)).map_err(record)?;
    }
    let bytes = writer.into_inner().map_err(|error| StudyError::record(path, error))?;
    write_bytes(path, &bytes)
}

/// Reads the spread table back.
///
/// # Errors
/// [`StudyError::Record`] that names the file.
pub fn read_saliency(path: &Path) -> Result<Vec<SaliencyRow>, StudyError> {
    type Row = (String, usize, usize, Vec<Option<f64>>);
    let rows: Vec<Row> = read_csv(path)?;
    rows.into_iter()
        .map(|(volume, depth, zero_pixels, measures)| {
            if measures.len() != MEASURES.len() {
                let fault =
                    format!("should have {} measures a row, but has {}", MEASURES.len(), measures.len());
                return Err(StudyError::record(path, fault));
            }
            let measures = measures.into_iter().map(|measure| measure.unwrap_or(f64::NAN)).collect();
            Ok(SaliencyRow { volume, depth, zero_pixels, measures })
        })
        .collect()
}

/// The study of a run folder, as it was resolved with its overrides.
///
/// # Errors
/// [`StudyError::Record`] where the folder is no run.
pub fn read_study(folder: &Path) -> Result<Study, StudyError> {
    let path = folder.join("study.toml");
    let text = fs::read_to_string(&path).map_err(|error| {
        StudyError::record(&path, format!("{error}: should be a run folder, as `lossbench run` makes"))
    })?;
    Study::parse(&text, &[]).map_err(|fault| StudyError::record(&path, fault))
}

impl Run {
    /// Reads a run folder; cells that are not finished are left out.
    ///
    /// # Errors
    /// [`StudyError::Record`] where the folder is no run or a finished cell cannot be read.
    pub fn read(folder: &Path) -> Result<Self, StudyError> {
        let study = read_study(folder)?;
        let losses = study.loss_functions().map_err(StudyError::Request)?;
        let mut cells = Vec::new();
        for loss in &losses {
            for &seed in &study.seeds {
                let folder = cell_folder(folder, loss, seed);
                if let Some(record) = crate::study::cell::readable(&folder, &study)? {
                    cells.push(Cell {
                        record,
                        training: read_csv(&folder.join("training.csv"))?,
                        saliency: read_saliency(&folder.join("saliency.csv"))?,
                        probabilities: read_csv(&folder.join("probabilities.csv"))?,
                        curves: read_csv(&folder.join("curves.csv"))?,
                    });
                }
            }
        }
        // From the cells just read, so that their files are hashed once.
        let weights = |seed: u64| {
            let of_seed = cells.iter().map(|cell| &cell.record).filter(|record| record.seed == seed);
            let of_seed: Vec<&CellRecord> = of_seed.collect();
            (of_seed.len() == losses.len()).then(|| weights_of(of_seed))
        };
        let mut transfers = Vec::new();
        for &seed in &study.seeds {
            if let Some(weights) = weights(seed) {
                transfers.extend(transfer::read(folder, &study, seed, weights)?);
            }
        }
        let examples = examples::read(folder, &study, |seed| Ok(weights(seed)))?;
        Ok(Self { study, cells, transfers, examples })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::files::write_csv;

    #[test]
    fn the_locked_version_of_burn_is_found() {
        assert!(burn_version().starts_with("0.22"), "{}", burn_version());
    }

    #[test]
    fn spread_tables_read_back_the_same() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("saliency.csv");
        let mut measures: Vec<f64> = (0..MEASURES.len()).map(|value| 1.0 / (value as f64 + 3.0)).collect();
        let row = SaliencyRow { volume: "a".into(), depth: 3, zero_pixels: 2, measures: measures.clone() };
        measures[0] = f64::NAN;
        write_saliency(&path, &[row.clone(), SaliencyRow { measures, ..row.clone() }])?;
        let read = read_saliency(&path)?;
        assert_eq!(read[0], row);
        assert!(read[1].measures[0].is_nan());
        Ok(())
    }

    #[test]
    fn curves_read_back_the_same() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("curves.csv");
        let row = CurveRow {
            protocol: "fig2".into(),
            attack: "signed".into(),
            map: "bce+dice".into(),
            pixels: 5,
            level: Some(0.15),
            volume: "hippocampus_001".into(),
            slices: 21,
            trials: 1,
            half_width: 0.0,
            dice: 1.0 / 3.0,
            volume_dice: 0.1 + 0.2,
            area: 12.0,
            true_area: 13.0,
            intersection: 5.0,
        };
        let rows = [row.clone(), CurveRow { level: None, ..row }];
        write_csv(&path, &rows)?;
        assert_eq!(read_csv::<CurveRow>(&path)?, rows);
        Ok(())
    }
}
