//! The transfer control: each network of a seed attacked where the other arms' networks are most
//! sensitive, and how alike their masks are without an attack. It needs every cell of the seed, so it is
//! a record of its own ([`crate::records::transfer`]).

use crate::definition::arm::Arm;
use crate::fault::Fault;
use crate::network::chunked::Predictor;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::records::cell::{WEIGHTS, cell_folder, read_record, weights_of_seed};
use crate::records::files::write_csv;
use crate::records::sealed;
use crate::records::transfer::{AGREEMENT, RECORD, TransferRecord, file_name, folder, is_finished};
use crate::records::vouched::hash_files;
use crate::study::StudyError;
use crate::study::agreement::agreement;
use crate::study::cell::{Event, Listener, Progress, Setting, saliency_maps};
use crate::study::sweep::Sweeper;
use std::fs;
use std::path::Path;

/// Runs the transfer of one seed, unless it is done or a cell of the seed is missing.
///
/// # Errors
/// [`StudyError`] where weights cannot be read or a record cannot be written.
pub fn run(run: &Path, setting: &Setting, seed: u64, listener: Listener) -> Result<(), StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    let sweeps = study.transferred();
    let Some(weights) = weights_of_seed(run, study, seed)? else {
        return Ok(());
    };
    if sweeps.is_empty() || is_finished(run, study, seed, &weights)? {
        return Ok(());
    }
    let folder = folder(run, seed);
    fs::create_dir_all(&folder).map_err(|error| Fault::new(&folder, error))?;

    let mut networks = Vec::new();
    for arm in &study.arms {
        let weights_of_arm = recorded_weights(run, setting, arm, seed)?;
        let predictor = open::predictor(&weights_of_arm, device, prepared.size);
        let maps = saliency_maps(&predictor, study, &prepared.test, &arm.loss)?;
        networks.push((arm.name.clone(), predictor, maps));
    }
    // The ranking that tables and figures show; other rankings double the passes and no claim asks for them.
    let Some(attack) = study.ranking().next() else {
        return Ok(());
    };
    let total = networks.len() * (networks.len() - 1);
    let mut done = 0;
    for (arm, (attacked, predictor, _)) in study.arms.iter().zip(&networks) {
        let mut sweeper = Sweeper::new(predictor, prepared, &study.trials, seed);
        let mut rows = Vec::new();
        for (source, _, maps) in networks.iter().filter(|(source, ..)| source != attacked) {
            let detail = format!("{attacked} under the map of {source}");
            let cell = &format!("s{seed}");
            listener(Event::Progress(Progress { cell, stage: "transfer", done, total, detail }));
            for (name, sweep) in &sweeps {
                rows.extend(sweeper.sweep(name, sweep, attack, source, maps)?);
            }
            done += 1;
        }
        write_csv(&folder.join(file_name(arm)), &rows)?;
    }
    let (cell, detail) = (&format!("s{seed}"), String::new());
    listener(Event::Progress(Progress { cell, stage: "transfer", done, total, detail }));
    let pairs: Vec<(String, &Predictor)> =
        networks.iter().map(|(arm, predictor, _)| (arm.clone(), predictor)).collect();
    write_csv(&folder.join(AGREEMENT), &agreement(&pairs, prepared)?)?;
    let names: Vec<String> = study.arms.iter().map(file_name).chain([AGREEMENT.to_string()]).collect();
    let record = TransferRecord {
        losses: study.names(),
        seed,
        study_hash: study.identity().map_err(StudyError::Request)?.hash,
        weights,
        files: hash_files(&folder, names.iter().map(String::as_str))?,
    };
    Ok(sealed::write(&folder.join(RECORD), &record)?)
}

/// The network of a cell as it was recorded.
fn recorded_weights(run: &Path, setting: &Setting, arm: &Arm, seed: u64) -> Result<Weights, StudyError> {
    let folder = cell_folder(run, arm, seed);
    if let Some(record) = read_record(run, setting.study, arm, seed)? {
        record.vouched(&folder).bytes(WEIGHTS)?;
    }
    Ok(Weights::read(&folder.join(WEIGHTS))?)
}
