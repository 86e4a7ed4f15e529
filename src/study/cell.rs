//! A cell: one arm at one seed, trained, explained, attacked and recorded. A cell's folder holds
//! `weights.safetensors`, `training.csv`, `saliency.csv`, `probabilities.csv`, `curves.csv` and, written
//! last, `cell.json`: a cell that has one is done, anything less is run again. A network that exists has no
//! `training.csv`, and one that another process computes a `network.json` in place of its weights.

use crate::data::stored_slices::StoredSlices;
use crate::definition::arm::Arm;
use crate::definition::study::Study;
use crate::fault::Fault;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::open;
use crate::network::unet::Normalisation;
use crate::network::unet::weights::Weights;
use crate::records::cell::{CURVES, CellRecord, RECORD, TRAINING, WEIGHTS, cell_name};
use crate::records::files::write_csv;
use crate::records::preprocessing;
use crate::records::provenance::Provenance;
use crate::records::rows::write_curves;
use crate::records::sealed;
use crate::records::trained_on;
use crate::records::vouched::hash_files;
use crate::study::StudyError;
use crate::study::attacks::attack;
use crate::study::existing::not_opened;
use crate::study::maps::{Maps, MethodMaps};
use crate::study::prepared::Prepared;
use crate::study::probe::{self, Probed};
use crate::study::progress::{Event, Listener, Progress};
use crate::study::setting::Setting;
use crate::study::unfinished;
use crate::study::unfinished::sweeps::Sweeps;
use crate::study::unfinished::trainings::Trainings;
use crate::train::{Epoch, Training, batches};
use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often what is done of an unfinished cell is kept: seldom enough to cost nothing, often enough that a killed run loses little.
const KEPT: Duration = Duration::from_secs(15);

/// Trains, explains, attacks and records one cell in `folder`.
///
/// # Errors
/// [`StudyError`] where training diverges or a record cannot be written.
pub fn run(
    folder: &Path,
    setting: &Setting,
    arm: &Arm,
    seed: u64,
    listener: Listener,
) -> Result<CellRecord, StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    let name = cell_name(arm, seed);
    fs::create_dir_all(folder).map_err(|error| Fault::new(folder, error))?;
    let mut seconds = [0.0; 3];

    let start = Instant::now();
    let made = network(folder, setting, arm, seed, listener)?;
    let predictor = &made.predictor;
    seconds[0] = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let maps =
        MethodMaps::of_study(predictor, (study, prepared), &arm.loss, seed, |[done, total], explainer| {
            let detail = if study.names_methods() { explainer.to_string() } else { String::new() };
            listener(Event::Progress(Progress { cell: &name, stage: "saliency", done, total, detail }));
        })?;
    let heard = RefCell::new(&mut *listener);
    let probed = Probed {
        prepared,
        predictor,
        maps: &maps,
        study,
        loss: &arm.loss,
        seed,
        weights: made.weights.as_ref(),
        train: arm.existing.is_none().then_some(&arm.train),
        device,
        progress: &|done, total, detail| {
            let detail = detail.to_string();
            heard.borrow_mut()(Event::Progress(Progress {
                cell: &name,
                stage: "saliency",
                done,
                total,
                detail,
            }));
        },
    };
    probe::run_all(folder, &probed)?;
    seconds[1] = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let mut kept = match made.weights {
        Some(_) => Sweeps::new(
            folder,
            format!("{} {:?}", identity(setting, arm, seed)?, hash_files(folder, [WEIGHTS])?),
            KEPT,
        ),
        // Which network answers is not told by a file.
        None => Sweeps::none(),
    };
    let curves = attack(setting, (arm, seed), predictor, &maps, &mut kept, listener)?;
    write_curves(&folder.join(CURVES), &curves)?;
    seconds[2] = start.elapsed().as_secs_f64();

    let record = CellRecord {
        loss: arm.name.clone(),
        seed,
        study_hash: study.identity_of([arm]).map_err(StudyError::Request)?.hash,
        data_hash: prepared.hash.clone(),
        size: prepared.size,
        made: Provenance::here(&predictor.device().name),
        seconds,
        files: hash_files(folder, made.files.into_iter().chain(tables(study)))?,
    };
    sealed::write(&folder.join(RECORD), &record)?;
    unfinished::forget(folder)?;
    Ok(record)
}

/// Every table that the closing record vouches for, but that of the training.
fn tables(study: &Study) -> impl Iterator<Item = &'static str> {
    std::iter::once(CURVES).chain(probe::of_study(study).map(|probe| probe.file))
}

/// The network of a cell, ready to be used.
struct Made {
    predictor: Predictor,
    /// Its weights; none where another process keeps them.
    weights: Option<Weights>,
    /// The files that were written of it.
    files: Vec<&'static str>,
}

/// The network of a cell, trained or as it exists.
fn network(
    folder: &Path,
    setting: &Setting,
    arm: &Arm,
    seed: u64,
    listener: Listener,
) -> Result<Made, StudyError> {
    let Setting { prepared, device, trained, .. } = setting;
    if arm.existing.is_some() {
        let opened = trained.and_then(|trained| trained.networks().get(&arm.name));
        let opened = opened.ok_or_else(|| not_opened(arm))?;
        let predictor = opened.predictor(device, prepared.size);
        return Ok(Made { predictor, weights: opened.own().cloned(), files: vec![opened.write(folder)?] });
    }
    let earlier = trained.map(|trained| trained.read(arm, seed, &prepared.hash)).transpose()?;
    let (weights, epochs) = match earlier.flatten() {
        Some(earlier) => earlier,
        None => train(folder, setting, arm, seed, listener)?,
    };
    weights.write(&folder.join(WEIGHTS))?;
    write_csv(&folder.join(TRAINING), &epochs)?;
    let predictor = open::predictor(&weights, device, prepared.size);
    Ok(Made { predictor, weights: Some(weights), files: vec![WEIGHTS, TRAINING] })
}

/// What an unfinished cell is.
fn identity(setting: &Setting, arm: &Arm, seed: u64) -> Result<String, StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    let study_hash = study.identity_of([arm]).map_err(StudyError::Request)?.hash;
    Ok(format!("{study_hash} {} {seed} {}", prepared.hash, Provenance::engine(&device.name)))
}

/// A batch norm of one value has no variance to learn from: a batch of one slice whose lowest map is one pixel.
fn check_statistics(study: &Study, prepared: &Prepared, arm: &Arm) -> Result<(), StudyError> {
    let (slices, batch) = (prepared.train.len(), arm.train.batch);
    let alone = slices > 0 && (batch == 1 || slices % batch == 1);
    let one_pixel =
        prepared.size == [study.model.multiple(); 2] && study.model.norm() == Normalisation::Batch;
    match alone && one_pixel {
        false => Ok(()),
        true => Err(StudyError::Request(format!(
            "a batch of one slice ({slices} slices in batches of {batch}) leaves batch norm one value at the lowest level, of one pixel: \
             take another train.batch, fewer model.levels, or model.norm=group"
        ))),
    }
}

/// Trains the network of a cell, from where it was broken off; its weights say how.
fn train(
    folder: &Path,
    setting: &Setting,
    arm: &Arm,
    seed: u64,
    listener: Listener,
) -> Result<(Weights, Vec<Epoch>), StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    check_statistics(study, prepared, arm)?;
    let cell = &cell_name(arm, seed);
    let mut unfinished = Trainings::new(folder, identity(setting, arm, seed)?, KEPT);
    let total = batches(&arm.train, prepared.train.len());
    let training = Training {
        model: prepared.model(study)?,
        config: &arm.train,
        loss: &arm.loss,
        seed,
        size: prepared.size,
        range: prepared.range,
        device,
    };
    let trained = training.go_on(&prepared.train, &prepared.validation, &mut unfinished, |done, value| {
        let detail = format!("loss {value:.4}");
        listener(Event::Progress(Progress { cell, stage: "train", done, total, detail }));
    })?;
    let metadata = preprocessing::Trained {
        scaling: study.data.scaling(),
        slicing: study.data.slicing(),
        size: prepared.size,
        channels: &prepared.selected,
        loss: arm.loss.in_full(),
        seed,
        study_hash: study.identity_of([arm]).map_err(StudyError::Request)?.hash,
    };
    let mut metadata = metadata.metadata().map_err(StudyError::Request)?;
    metadata.extend(trained_on::metadata(prepared.seen_in_training(), &study.data.labels()));
    let (weights, epochs) = trained;
    Ok((weights.with_metadata(metadata), epochs))
}

/// The gradient of the study's output at each of `slices` under the network of `loss`. The maps of its other methods are
/// [`MethodMaps::of_study`]'s.
///
/// # Errors
/// [`StudyError`] where slices or maps cannot be kept, or a gradient is not finite.
pub fn saliency_maps(
    predictor: &Predictor,
    study: &Study,
    slices: &StoredSlices,
    loss: &LossFunction,
) -> Result<Maps, StudyError> {
    Maps::of(predictor, slices, study.output, loss)
}
