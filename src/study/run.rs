//! Running a study: every cell and transfer that is not done. Killed at any moment and started
//! again, it goes on where it was and ends with the same numbers, on a device that repeats its own (GPUs do not).

use crate::data::split::Split;
use crate::definition::arm::Arm;
use crate::definition::study::Study;
use crate::fault::Fault;
use crate::records::cell::{RECORD, cell_folder, cell_name, finished, read_record};
use crate::records::files::write_bytes;
use crate::records::provenance::Provenance;
use crate::records::run::read_study;
use crate::records::transfer::{Seeds, transfers_of};
use crate::records::volumes;
use crate::study::cell;
use crate::study::lock::Lock;
use crate::study::maps::check_methods;
use crate::study::progress::{Event, Listener};
use crate::study::setting::Setting;
use crate::study::{StudyError, examples, left_out, transfer, unfinished};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The cells of a study, seeds outermost, so that the arms of a seed are finished together. `only`
/// names the wanted ones, such as `bce-s0`; empty means all.
///
/// # Errors
/// [`StudyError::Request`] that names a cell that the study does not have.
pub fn cells(study: &Study, only: &[String]) -> Result<Vec<(Arm, u64)>, StudyError> {
    let mut cells: Vec<(Arm, u64)> =
        study.seeds.iter().flat_map(|&seed| study.arms.iter().map(move |arm| (arm.clone(), seed))).collect();
    let names: Vec<String> = cells.iter().map(|(arm, seed)| cell_name(arm, *seed)).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(name)) {
        return Err(StudyError::Request(format!(
            "--cells {unknown}: study '{}' has no such cell; it has {}",
            study.name,
            names.join(", ")
        )));
    }
    if !only.is_empty() {
        cells.retain(|(arm, seed)| only.contains(&cell_name(arm, *seed)));
    }
    Ok(cells)
}

/// Runs `cells` of the study into `folder`, and every transfer that has its cells.
///
/// # Errors
/// [`StudyError`], among them a finished cell of another study and a folder that another run holds.
pub fn run(
    folder: &Path,
    setting: &Setting,
    cells: &[(Arm, u64)],
    listener: Listener,
) -> Result<(), StudyError> {
    let Setting { study, prepared, .. } = setting;
    if folder.exists() && !folder.is_dir() {
        return Err(Fault::new(folder, "is a file: name a folder with --out").into());
    }
    fs::create_dir_all(folder).map_err(|error| Fault::new(folder, error))?;
    let lock = Lock::take(folder)?;
    if let Some(warning) = lock.warning() {
        listener(Event::Warning(warning));
    }
    check_folder(folder, study)?;
    check_data(folder, setting)?;
    let mut missing = Vec::new();
    for (arm, seed) in cells {
        let cell = cell_folder(folder, arm, *seed);
        match finished(folder, study, arm, *seed)? {
            Some(_) => {
                unfinished::forget(&cell)?;
                let opened = setting.trained.and_then(|trained| trained.networks().get(&arm.name));
                opened.map_or(Ok(()), |network| network.check_recorded(&cell))?;
                if arm.existing.as_ref().is_some_and(|network| network.fingerprint.is_none()) {
                    let fault = "is taken as it is: its network has no fingerprint, so that another one under the same command would not be seen; remove its folder to attack it again";
                    listener(Event::Warning(Fault::new(cell.join(RECORD), fault)));
                }
            }
            None => missing.push((arm, *seed, cell)),
        }
    }
    for warning in
        torn_seeds(folder, setting, &missing)?.into_iter().chain(left_out::warnings(folder, study)?)
    {
        listener(Event::Warning(warning));
    }
    check_methods(study, prepared, setting.device)?;
    if let Some(trained) = setting.trained {
        trained.networks().check(study, prepared, setting.device)?;
    }
    write_study(folder, study)?;
    write_volumes(folder, setting)?;
    for (arm, seed, cell) in missing {
        let prepared = &prepared.of_seed(study, seed)?;
        let setting = &Setting { prepared, ..*setting };
        cell::run(&cell, setting, arm, seed, listener)?;
        // At once, so that a run that is stopped later keeps whole seeds.
        transfer::run(folder, setting, Seeds::within(seed), listener)?;
    }
    for &seed in &study.seeds {
        let prepared = &prepared.of_seed(study, seed)?;
        for seeds in transfers_of(study, seed) {
            transfer::run(folder, &Setting { prepared, ..*setting }, seeds, listener)?;
        }
    }
    examples::run(folder, setting)
}

/// Checks that the earlier run of `setting`, if there is one, has the networks of those `cells` that `folder` lacks.
///
/// # Errors
/// [`StudyError`] that names the first that is not at hand.
pub fn check_weights(folder: &Path, setting: &Setting, cells: &[(Arm, u64)]) -> Result<(), StudyError> {
    let Some(trained) = setting.trained else {
        return Ok(());
    };
    for (arm, seed) in cells {
        if finished(folder, setting.study, arm, *seed)?.is_none() {
            trained.read(arm, *seed, &setting.prepared.hash)?;
        }
    }
    Ok(())
}

/// Checks that the run folder has no cells that `study` does not have: they would be lost to its report.
///
/// # Errors
/// [`StudyError`] that names them.
pub fn check_folder(folder: &Path, study: &Study) -> Result<(), StudyError> {
    if !folder.join("study.toml").exists() {
        return Ok(());
    }
    let other = read_study(folder)?;
    let ours: BTreeSet<String> = cells(study, &[])?.iter().map(|(arm, seed)| cell_name(arm, *seed)).collect();
    let lost: Vec<String> = (cells(&other, &[])?.iter())
        .filter(|(arm, seed)| cell_folder(folder, arm, *seed).join(RECORD).exists())
        .map(|(arm, seed)| cell_name(arm, *seed))
        .filter(|name| !ours.contains(name))
        .collect();
    match lost.is_empty() {
        true => Ok(()),
        false => Err(Fault::new(
            folder,
            format!(
                "has cells that this study does not have ({}): let the study have those too, or choose another run folder with --out",
                lost.join(", ")
            ),
        )
        .into()),
    }
}

/// Checks that every cell that the folder has, wanted now or not, is of this study and of these data.
fn check_data(folder: &Path, setting: &Setting) -> Result<(), StudyError> {
    let Setting { study, prepared, .. } = setting;
    for (arm, seed) in cells(study, &[])? {
        let Some(record) = read_record(folder, study, &arm, seed)? else {
            continue;
        };
        let fault = if record.data_hash != prepared.hash {
            format!("from other data (hash {:.8}, these have {:.8})", record.data_hash, prepared.hash)
        } else if record.size != prepared.size {
            let [was, is] = [record.size, prepared.size].map(|[height, width]| format!("{height} x {width}"));
            format!("of slices of {was} pixels, and these have {is}")
        } else {
            continue;
        };
        let fault = format!("was made {fault}: choose another run folder with --out");
        return Err(Fault::new(cell_folder(folder, &arm, seed).join(RECORD), fault).into());
    }
    Ok(())
}

/// A warning for each cell that another device made, of a seed of which some are `missing`: what the devices differ by would go
/// into every difference between arms of that seed.
fn torn_seeds(
    folder: &Path,
    setting: &Setting,
    missing: &[(&Arm, u64, PathBuf)],
) -> Result<Vec<Fault>, StudyError> {
    let here = Provenance::here(&setting.device.name).device;
    let seeds: BTreeSet<u64> = missing.iter().map(|(_, seed, _)| *seed).collect();
    let mut warnings = Vec::new();
    for (arm, seed) in cells(setting.study, &[])? {
        if arm.existing.is_some() || !seeds.contains(&seed) {
            continue;
        }
        let record = read_record(folder, setting.study, &arm, seed)?;
        if let Some(record) = record.filter(|record| record.made.device != here) {
            let fault = format!(
                "was made on {}, and others of seed {seed} will be on {here}: give a seed to one device, or what the two differ by goes into every difference between losses",
                record.made.device
            );
            warnings.push(Fault::new(cell_folder(folder, &arm, seed).join(RECORD), fault));
        }
    }
    Ok(warnings)
}

/// Records which volume was used for what, by seed where each has a split of its own.
fn write_volumes(folder: &Path, setting: &Setting) -> Result<(), StudyError> {
    let Setting { study, prepared, .. } = setting;
    if !study.split.each_seed {
        return Ok(volumes::write(
            folder,
            &prepared.volumes,
            &prepared.given,
            &[("part".to_string(), prepared.split.clone())],
        )?);
    }
    let split = |&seed: &u64| Ok((format!("part_s{seed}"), prepared.of_seed(study, seed)?.split));
    let splits: Vec<(String, Split)> = study.seeds.iter().map(split).collect::<Result<_, StudyError>>()?;
    Ok(volumes::write(folder, &prepared.volumes, &prepared.given, &splits)?)
}

fn write_study(folder: &Path, study: &Study) -> Result<(), StudyError> {
    let path = folder.join("study.toml");
    let text = toml::to_string(study).map_err(|error| Fault::new(&path, error))?;
    Ok(write_bytes(&path, text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_and_unknown_ones_refused() -> anyhow::Result<()> {
        let study = Study::parse(crate::definition::shipped::text("smoke").unwrap_or_default(), &[])
            .map_err(anyhow::Error::msg)?;
        assert_eq!(cells(&study, &[])?.len(), 2);
        assert_eq!(cells(&study, &["dice-s0".into()])?.len(), 1);
        let message = cells(&study, &["dice-s9".into()]).unwrap_err().to_string();
        assert!(message.contains("it has bce-s0, dice-s0"), "{message}");
        Ok(())
    }
}
