//! The attacks of a cell: every sweep of its study under every attack, but those that are done already.

use crate::attack::title as title_of;
use crate::definition::arm::Arm;
use crate::network::chunked::Predictor;
use crate::records::cell::cell_name;
use crate::records::rows::CurveRow;
use crate::study::StudyError;
use crate::study::maps::MethodMaps;
use crate::study::progress::{Event, Listener, Progress};
use crate::study::setting::Setting;
use crate::study::sweep::Sweeper;
use crate::study::unfinished::sweeps::Sweeps;

/// Attacks `predictor`, the network of `arm` at `seed`, whose maps are `maps`.
///
/// # Errors
/// [`StudyError`] as of [`Sweeper::sweep`], and where what is done cannot be kept.
pub fn attack(
    setting: &Setting,
    (arm, seed): (&Arm, u64),
    predictor: &Predictor,
    maps: &[MethodMaps],
    kept: &mut Sweeps,
    listener: Listener,
) -> Result<Vec<CurveRow>, StudyError> {
    let study = setting.study;
    let mut sweeper = Sweeper::new(predictor, setting.prepared, &study.trials, &arm.name, seed);
    if let Some(loss) = arm.trained_with() {
        sweeper = sweeper.trained_with(loss);
    }
    let cell = &cell_name(arm, seed);
    let attacked = study.attacked();
    let total = attacked.len();
    let mut rows = Vec::new();
    for (done, (by, name, sweep)) in attacked.into_iter().enumerate() {
        let attack = by.name();
        let detail = format!("{name}, {}", title_of(&attack));
        listener(Event::Progress(Progress { cell, stage: "attack", done, total, detail }));
        if let Some(done) = kept.rows(&attack, name) {
            rows.extend(done);
            continue;
        }
        let MethodMaps { name: method, maps } = &maps[study.place_of(&by)];
        sweeper.take_maps_of(method.clone());
        let of_sweep = sweeper.sweep(name, sweep, by.attack, &arm.name, maps)?;
        kept.keep(&attack, name, &of_sweep)?;
        rows.extend(of_sweep);
    }
    let detail = String::new();
    listener(Event::Progress(Progress { cell, stage: "attack", done: total, total, detail }));
    Ok(rows)
}
