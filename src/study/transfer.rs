//! The transfer control: each network of a seed attacked where the other losses' networks are most
//! sensitive, and how alike their masks are without an attack. It needs every cell of the seed, so it is
//! a record of its own: `transfer/s0/` with a `<loss>.csv` a network, `agreement.csv` and, written last,
//! `transfer.json`.

use crate::definition::study::Study;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::records::files::{files_match, hash_files, read_csv, read_json, write_csv, write_json};
use crate::records::{CurveRow, cell_folder};
use crate::study::StudyError;
use crate::study::agreement::{AgreementRow, agreement};
use crate::study::cell::{Listener, Progress, Setting, saliency_maps, weights_of_seed};
use crate::study::sweep::Sweeper;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The closing record of a seed's transfer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct TransferRecord {
    losses: Vec<String>,
    seed: u64,
    study_hash: String,
    /// SHA-256 of the weights that were attacked, by loss.
    weights: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

fn folder(run: &Path, seed: u64) -> PathBuf {
    run.join("transfer").join(format!("s{seed}"))
}

/// What a transfer over cells of these weights would record, without its files.
fn expected(
    study: &Study,
    seed: u64,
    weights: BTreeMap<String, String>,
) -> Result<TransferRecord, StudyError> {
    Ok(TransferRecord {
        losses: study.losses.clone(),
        seed,
        study_hash: study.hash().map_err(StudyError::Request)?,
        weights,
        files: BTreeMap::new(),
    })
}

/// A finished transfer.
pub struct Transfer {
    /// The seed.
    pub seed: u64,
    /// Curves by attacked loss; their `map` names the loss whose map ranked the pixels.
    pub curves: Vec<(String, Vec<CurveRow>)>,
    /// How alike the clean masks are.
    pub agreement: Vec<AgreementRow>,
}

/// The transfer of a seed whose cells have these `weights` ([`super::cell::weights_of`]); none where it is
/// not finished.
///
/// # Errors
/// [`StudyError::Record`] where a record cannot be read.
pub fn read(
    run: &Path,
    study: &Study,
    seed: u64,
    weights: BTreeMap<String, String>,
) -> Result<Option<Transfer>, StudyError> {
    let folder = folder(run, seed);
    if !finished(&folder, &expected(study, seed, weights)?) {
        return Ok(None);
    }
    let losses = study.loss_functions().map_err(StudyError::Request)?;
    let curves = losses.iter().map(|loss| Ok((loss.to_string(), read_csv(&folder.join(file_name(loss)))?)));
    let curves = curves.collect::<Result<_, StudyError>>()?;
    Ok(Some(Transfer { seed, curves, agreement: read_csv(&folder.join("agreement.csv"))? }))
}

fn file_name(loss: &LossFunction) -> String {
    format!("{}.csv", loss.slug())
}

fn finished(folder: &Path, expected: &TransferRecord) -> bool {
    read_json::<TransferRecord>(&folder.join("transfer.json")).is_some_and(|record| {
        files_match(folder, &record.files, "")
            && TransferRecord { files: BTreeMap::new(), ..record } == *expected
    })
}

/// Runs the transfer of one seed, unless it is done or a cell of the seed is missing.
///
/// # Errors
/// [`StudyError`] where weights cannot be read or a record cannot be written.
pub fn run(run: &Path, setting: &Setting, seed: u64, listener: Listener) -> Result<(), StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    let folder = folder(run, seed);
    let Some(weights) = weights_of_seed(run, study, seed)? else {
        return Ok(());
    };
    let expected = expected(study, seed, weights)?;
    let losses = study.loss_functions().map_err(StudyError::Request)?;
    let sweeps = study.transferred();
    if sweeps.is_empty() || finished(&folder, &expected) {
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(|error| StudyError::record(&folder, error))?;

    let mut networks = Vec::new();
    for loss in &losses {
        let weights = Weights::read(&cell_folder(run, loss, seed).join("weights.safetensors"))?;
        let predictor = open::predictor(&weights, device, prepared.size);
        let maps = saliency_maps(&predictor, study, &prepared.test, loss)?;
        networks.push((loss.to_string(), predictor, maps));
    }
    // The ranking that tables and figures show; other rankings double the passes and no claim asks for them.
    let Some(attack) = study.attacks().into_iter().find(|attack| attack.reads_saliency) else {
        return Ok(());
    };
    let total = networks.len() * (networks.len() - 1);
    let mut done = 0;
    for (loss, (attacked, predictor, _)) in losses.iter().zip(&networks) {
        let mut sweeper = Sweeper::new(predictor, prepared, &study.trials, seed);
        let mut rows = Vec::new();
        for (source, _, maps) in networks.iter().filter(|(source, ..)| source != attacked) {
            let detail = format!("{attacked} under the map of {source}");
            listener(Progress { cell: &format!("s{seed}"), stage: "transfer", done, total, detail });
            for (name, protocol) in &sweeps {
                rows.extend(sweeper.sweep(name, protocol, attack, source, maps)?);
            }
            done += 1;
        }
        write_csv(&folder.join(file_name(loss)), &rows)?;
    }
    listener(Progress { cell: &format!("s{seed}"), stage: "transfer", done, total, detail: String::new() });
    let pairs: Vec<(String, &Predictor)> =
        networks.iter().map(|(loss, predictor, _)| (loss.clone(), predictor)).collect();
    write_csv(&folder.join("agreement.csv"), &agreement(&pairs, prepared)?)?;
    let names: Vec<String> = losses.iter().map(file_name).chain(["agreement.csv".to_string()]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    write_json(
        &folder.join("transfer.json"),
        &TransferRecord { files: hash_files(&folder, &names)?, ..expected },
    )
}
