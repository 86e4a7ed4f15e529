//! Finished cells whose networks are not at hand: records are kept without weights, which are by far the largest. Such a run goes
//! on; what would ask those networks once more is not measured, and that is said.

use crate::definition::study::Study;
use crate::fault::Fault;
use crate::records::cell::{cell_folder, cell_name, read_record};
use crate::records::transfer::{self, transfers_of};
use crate::study::StudyError;
use std::path::{Path, PathBuf};

/// The files of networks that the finished cells of `seed` list and that are not there, with the names of their cells.
///
/// # Errors
/// As [`read_record`].
pub fn networks(run: &Path, study: &Study, seed: u64) -> Result<Vec<(String, PathBuf)>, Fault> {
    let mut left_out = Vec::new();
    for arm in &study.arms {
        let record = read_record(run, study, arm, seed)?;
        let Some(file) = record.and_then(|record| record.network()) else {
            continue;
        };
        let path = cell_folder(run, arm, seed).join(file);
        if !path.exists() {
            left_out.push((cell_name(arm, seed), path));
        }
    }
    Ok(left_out)
}

/// A warning for each network that is not at hand though a transfer that is not done needs it.
///
/// # Errors
/// As [`networks`].
pub fn warnings(run: &Path, study: &Study) -> Result<Vec<Fault>, StudyError> {
    let mut warnings = Vec::new();
    for &seed in &study.seeds {
        let needed = |seeds: &transfer::Seeds| seeds.attacked == seed || seeds.maps == seed;
        let wanted = study.seeds.iter().flat_map(|&seed| transfers_of(study, seed)).filter(needed);
        let is_open = |seeds| !transfer::folder(run, seeds).join(transfer::RECORD).exists();
        if !wanted.into_iter().any(is_open) {
            continue;
        }
        for (cell, path) in networks(run, study, seed)? {
            let fault = format!(
                "is not there, so that no transfer that is still to do can take {cell}: put it back, or remove its folder to train {cell} again"
            );
            warnings.push(Fault::new(path, fault));
        }
    }
    Ok(warnings)
}
