//! A cell: one loss at one seed, trained, explained, attacked and recorded. A cell's folder holds
//! `weights.safetensors`, `training.csv`, `saliency.csv`, `probabilities.csv`, `curves.csv` and, written
//! last, `cell.json`: a cell with a valid `cell.json` is done, anything less is run again.

use crate::data::stored_slices::StoredSlices;
use crate::definition::study::Study;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::device::Device;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::records::files::{files_match, hash_files, read_json, write_csv, write_json};
use crate::records::{self, CellRecord, CurveRow, Provenance, SaliencyRow, write_saliency};
use crate::spread;
use crate::study::StudyError;
use crate::study::maps::Maps;
use crate::study::prepared::Prepared;
use crate::study::probabilities::histograms;
use crate::study::sweep::Sweeper;
use crate::study::trained::Trained;
use crate::train::{Epoch, Training, batches};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Files that `cell.json` vouches for.
const FILES: [&str; 5] = [WEIGHTS, "training.csv", "saliency.csv", "probabilities.csv", "curves.csv"];

/// The network's file.
const WEIGHTS: &str = "weights.safetensors";

/// What the cells of a run have in common.
pub struct Setting<'a> {
    /// The study.
    pub study: &'a Study,
    /// Its data.
    pub prepared: &'a Prepared,
    /// The device.
    pub device: &'a Device,
    /// Networks to take instead of training them.
    pub trained: Option<&'a Trained>,
}

/// How far a run is. `done` and `total` count steps of the stage.
pub struct Progress<'a> {
    /// What is being worked on, such as `bce+dice-s0`.
    pub cell: &'a str,
    /// `train`, `saliency`, `attack` or `transfer`.
    pub stage: &'a str,
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
    /// A detail of the last step.
    pub detail: String,
}

/// Hears of progress.
pub type Listener<'a> = &'a mut dyn FnMut(Progress);

/// The record of a finished cell of `study` in `folder`, or none where the cell is to be run.
///
/// # Errors
/// [`StudyError::Record`] where the cell was finished by another study.
pub fn finished(folder: &Path, study: &Study) -> Result<Option<CellRecord>, StudyError> {
    record(folder, study, "")
}

/// As [`finished`], for reading: the weights, by far the largest file, may have been left out.
///
/// # Errors
/// As [`finished`].
pub fn readable(folder: &Path, study: &Study) -> Result<Option<CellRecord>, StudyError> {
    record(folder, study, WEIGHTS)
}

/// The record of a cell whose files are all there, but for `spare`.
fn record(folder: &Path, study: &Study, spare: &str) -> Result<Option<CellRecord>, StudyError> {
    let path = folder.join("cell.json");
    let Some(record) = read_json::<CellRecord>(&path) else {
        return Ok(None);
    };
    let hash = study.hash().map_err(|fault| StudyError::record(&path, fault))?;
    if record.study_hash != hash {
        let fault = format!(
            "was made by another study (hash {:.8}, this study has {hash:.8}): choose another --out, or remove {}",
            record.study_hash,
            folder.display()
        );
        return Err(StudyError::record(&path, fault));
    }
    Ok(files_match(folder, &record.files, spare).then_some(record))
}

/// SHA-256 of the weights of every cell of a seed in the run folder `run`, by loss; none where one is not
/// finished.
///
/// # Errors
/// As [`finished`].
pub fn weights_of_seed(
    run: &Path,
    study: &Study,
    seed: u64,
) -> Result<Option<BTreeMap<String, String>>, StudyError> {
    let losses = study.loss_functions().map_err(StudyError::Request)?;
    let cells = losses.iter().map(|loss| readable(&records::cell_folder(run, loss, seed), study));
    let cells: Option<Vec<CellRecord>> = cells.collect::<Result<_, _>>()?;
    Ok(cells.map(|cells| weights_of(&cells)))
}

/// SHA-256 of the weights of `cells`, by loss.
pub fn weights_of<'a>(cells: impl IntoIterator<Item = &'a CellRecord>) -> BTreeMap<String, String> {
    let weights =
        cells.into_iter().filter_map(|cell| Some((cell.loss.clone(), cell.files.get(WEIGHTS)?.clone())));
    weights.collect()
}

/// Trains, explains, attacks and records one cell in `folder`.
///
/// # Errors
/// [`StudyError`] where training diverges or a record cannot be written.
pub fn run(
    folder: &Path,
    setting: &Setting,
    loss: &LossFunction,
    seed: u64,
    listener: Listener,
) -> Result<CellRecord, StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    let name = records::cell_name(loss, seed);
    fs::create_dir_all(folder).map_err(|error| StudyError::record(folder, error))?;
    let mut seconds = [0.0; 3];

    let start = Instant::now();
    let (weights, epochs) = match setting.trained {
        Some(trained) => trained.read(loss, seed, &prepared.hash)?,
        None => train(setting, loss, seed, &name, listener)?,
    };
    weights.write(&folder.join(WEIGHTS))?;
    write_csv(&folder.join("training.csv"), &epochs)?;
    seconds[0] = start.elapsed().as_secs_f64();

    let start = Instant::now();
    listener(Progress { cell: &name, stage: "saliency", done: 0, total: 1, detail: String::new() });
    let predictor = open::predictor(&weights, device, prepared.size);
    let maps = saliency_maps(&predictor, study, &prepared.test, loss)?;
    write_saliency(&folder.join("saliency.csv"), &spread_rows(prepared, &maps)?)?;
    write_csv(&folder.join("probabilities.csv"), &histograms(&predictor, prepared)?)?;
    seconds[1] = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let curves = attack(setting, &predictor, &maps, loss, seed, &name, listener)?;
    write_csv(&folder.join("curves.csv"), &curves)?;
    seconds[2] = start.elapsed().as_secs_f64();

    let record = CellRecord {
        loss: loss.to_string(),
        seed,
        study_hash: study.hash().map_err(|fault| StudyError::record(folder, fault))?,
        data_hash: prepared.hash.clone(),
        size: prepared.size,
        made: Provenance::here(&device.name),
        seconds,
        files: hash_files(folder, &FILES)?,
    };
    write_json(&folder.join("cell.json"), &record)?;
    Ok(record)
}

/// Trains the network of a cell.
fn train(
    setting: &Setting,
    loss: &LossFunction,
    seed: u64,
    cell: &str,
    listener: Listener,
) -> Result<(Weights, Vec<Epoch>), StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    let total = batches(&study.train, prepared.train.len());
    let training =
        Training { model: study.model, config: &study.train, loss, seed, size: prepared.size, device };
    let trained = training.run(&prepared.train, &prepared.validation, |done, value| {
        listener(Progress { cell, stage: "train", done, total, detail: format!("loss {value:.4}") });
    })?;
    Ok(trained)
}

/// The saliency map of each of `slices` under the network of `loss`.
///
/// # Errors
/// [`StudyError::Data`] where slices or maps cannot be kept.
pub fn saliency_maps(
    predictor: &Predictor,
    study: &Study,
    slices: &StoredSlices,
    loss: &LossFunction,
) -> Result<Maps, StudyError> {
    Ok(Maps::of(predictor, slices, study.saliency.output(), loss)?)
}

/// Spread of each slice's map, over the scanned pixels.
fn spread_rows(prepared: &Prepared, maps: &Maps) -> Result<Vec<SaliencyRow>, StudyError> {
    let mut rows = Vec::with_capacity(prepared.test.len());
    for number in 0..prepared.test.len() {
        let slice = prepared.test.get(number)?;
        let gradient = slice.region.crop(&maps.read(number)?);
        let mask = slice.region.crop(&slice.mask);
        let measures = spread::measure_all(&gradient, &mask, slice.region.width);
        rows.push(SaliencyRow {
            volume: prepared.volumes[slice.volume].id.clone(),
            depth: slice.depth,
            zero_pixels: gradient.iter().filter(|&&value| value == 0.0).count(),
            measures: measures.into_iter().map(|(_, value)| value).collect(),
        });
    }
    Ok(rows)
}

/// Every sweep of the study under every attack.
fn attack(
    setting: &Setting,
    predictor: &Predictor,
    maps: &Maps,
    loss: &LossFunction,
    seed: u64,
    cell: &str,
    listener: Listener,
) -> Result<Vec<CurveRow>, StudyError> {
    let study = setting.study;
    let mut sweeper = Sweeper::new(predictor, setting.prepared, &study.trials, seed);
    let attacks = study.attacks();
    let total = attacks.len() * study.protocol.len();
    let mut rows = Vec::new();
    let mut done = 0;
    for attack in attacks {
        for (name, protocol) in &study.protocol {
            let detail = format!("{name}, {}", attack.title);
            listener(Progress { cell, stage: "attack", done, total, detail });
            rows.extend(sweeper.sweep(name, protocol, attack, &loss.to_string(), maps)?);
            done += 1;
        }
    }
    listener(Progress { cell, stage: "attack", done, total, detail: String::new() });
    Ok(rows)
}
