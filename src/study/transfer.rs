//! The transfer control: each network attacked where other networks are most sensitive, and how alike their
//! masks are without an attack. Within a seed the others are those of the other arms; between seeds all of the
//! other seed's, on the attacked seed's test slices. It needs every cell of its seeds, so it is a record of its
//! own ([`crate::records::transfer`]).

use crate::definition::study::Study;
use crate::fault::Fault;
use crate::network::chunked::Predictor;
use crate::records::cell::{WEIGHTS, cell_folder, read_record, weights_of_seed};
use crate::records::files::write_csv;
use crate::records::rows::write_curves;
use crate::records::sealed;
use crate::records::transfer::{
    AGREEMENT, Hashes, Maps as MapsOf, RECORD, Seeds, TransferRecord, file_name, folder, is_finished,
};
use crate::records::vouched::hash_files;
use crate::study::StudyError;
use crate::study::agreement::agreement;
use crate::study::existing::predictor;
use crate::study::left_out;
use crate::study::maps::MethodMaps;
use crate::study::progress::{Event, Listener, Progress};
use crate::study::setting::Setting;
use crate::study::sweep::Sweeper;
use crate::study::trained::Trained;
use std::fs;
use std::path::Path;

/// Runs the transfer between `seeds`, on the test slices that `setting` has for the attacked one, unless it is
/// done, a cell is missing or its network was [left out](left_out).
///
/// # Errors
/// [`StudyError`] where weights cannot be read or a record cannot be written.
pub fn run(run: &Path, setting: &Setting, seeds: Seeds, listener: Listener) -> Result<(), StudyError> {
    let Setting { study, .. } = setting;
    let (Some(attacked), Some(maps)) =
        (weights_of_seed(run, study, seeds.attacked)?, weights_of_seed(run, study, seeds.maps)?)
    else {
        return Ok(());
    };
    let weights = [attacked, maps];
    if study.transferred().is_empty() || is_finished(run, study, seeds, &weights)? {
        return Ok(());
    }
    for seed in [seeds.attacked, seeds.maps] {
        if !left_out::networks(run, study, seed)?.is_empty() {
            return Ok(());
        }
    }
    let folder = folder(run, seeds);
    fs::create_dir_all(&folder).map_err(|error| Fault::new(&folder, error))?;
    let attacked = Networks::of(run, setting, seeds.attacked, seeds.attacked)?;
    let other = match seeds.is_one() {
        true => None,
        false => Some(Networks::of(run, setting, seeds.maps, seeds.attacked)?),
    };
    attack(&folder, setting, seeds, [&attacked, other.as_ref().unwrap_or(&attacked)], listener)?;
    let rows = agreement(
        &attacked.predictors(),
        other.as_ref().map(Networks::predictors).as_deref(),
        setting.prepared,
    )?;
    write_csv(&folder.join(AGREEMENT), &rows)?;
    write_record(&folder, study, seeds, weights)
}

/// The networks of a seed, in the order of the arms, with their maps of the attacked slices.
struct Networks(Vec<(String, Predictor, MethodMaps)>);

impl Networks {
    /// Those of `seed`; what their maps draw is named by `drawn`, the seed that is attacked.
    fn of(run: &Path, setting: &Setting, seed: u64, drawn: u64) -> Result<Self, StudyError> {
        let Setting { study, prepared, device, .. } = setting;
        let network = |arm: &crate::definition::arm::Arm| {
            let cell = cell_folder(run, arm, seed);
            if let Some(record) = read_record(run, study, arm, seed)? {
                record.vouched(&cell).bytes(record.network().unwrap_or(WEIGHTS))?;
            }
            let opened = setting.trained.map(Trained::networks);
            let predictor = predictor(opened, arm, &cell, device, prepared.size)?;
            let maps = MethodMaps::first(&predictor, (study, prepared), &arm.loss, drawn)?;
            Ok((arm.name.clone(), predictor, maps))
        };
        Ok(Self(study.arms.iter().map(network).collect::<Result<_, StudyError>>()?))
    }

    fn predictors(&self) -> Vec<(String, &Predictor)> {
        self.0.iter().map(|(arm, predictor, _)| (arm.clone(), predictor)).collect()
    }
}

/// Attacks each network of the first under every map of the second but its own.
fn attack(
    folder: &Path,
    setting: &Setting,
    seeds: Seeds,
    [attacked, others]: [&Networks; 2],
    listener: Listener,
) -> Result<(), StudyError> {
    let Setting { study, prepared, .. } = setting;
    // The ranking that tables and figures show; other rankings double the passes and no claim asks for them.
    let Some(attack) = study.ranking().next() else {
        return Ok(());
    };
    let arms = study.arms.len();
    let total = arms * if seeds.is_one() { arms - 1 } else { arms };
    let cell = format!("s{}", seeds.attacked);
    let from = if seeds.is_one() { String::new() } else { format!(" of seed {}", seeds.maps) };
    let mut done = 0;
    for (arm, (name, predictor, _)) in study.arms.iter().zip(&attacked.0) {
        let mut sweeper = Sweeper::new(predictor, prepared, &study.trials, name, seeds.attacked);
        let mut rows = Vec::new();
        for (source, _, maps) in others.0.iter().filter(|(source, ..)| !seeds.is_one() || source != name) {
            let detail = format!("{name} under the map of {source}{from}");
            listener(Event::Progress(Progress { cell: &cell, stage: "transfer", done, total, detail }));
            sweeper.take_maps_of(maps.name.clone());
            for (sweep_name, sweep) in &study.transferred() {
                rows.extend(sweeper.sweep(sweep_name, sweep, attack, source, &maps.maps)?);
            }
            done += 1;
        }
        write_curves(&folder.join(file_name(arm)), &rows)?;
    }
    let detail = String::new();
    listener(Event::Progress(Progress { cell: &cell, stage: "transfer", done, total, detail }));
    Ok(())
}

fn write_record(folder: &Path, study: &Study, seeds: Seeds, weights: Hashes) -> Result<(), StudyError> {
    let names: Vec<String> = study.arms.iter().map(file_name).chain([AGREEMENT.to_string()]).collect();
    let [attacked, maps] = weights;
    let record = TransferRecord {
        losses: study.names(),
        seed: seeds.attacked,
        study_hash: study.identity().map_err(StudyError::Request)?.hash,
        weights: attacked,
        maps: MapsOf::of(seeds, &maps),
        files: hash_files(folder, names.iter().map(String::as_str))?,
    };
    Ok(sealed::write(&folder.join(RECORD), &record)?)
}
