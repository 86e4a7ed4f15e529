//! How fast this machine is at a study's work: a short timing of a network that has learned nothing yet, on the
//! study's own slices.

use crate::attack::Attack;
use crate::attack::configured::Configured;
use crate::definition::study::Study;
use crate::definition::trials::TrialsConfig;
use crate::image::gather::gather;
use crate::network::chunked::Predictor;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::study::StudyError;
use crate::study::maps::{Maps, MethodMaps};
use crate::study::prepared::Prepared;
use crate::study::setting::Setting;
use crate::study::sweep::Sweeper;
use crate::train::objective;
use std::time::{Duration, Instant};

/// A measurement is repeated until it took this long.
const LONG_ENOUGH: Duration = Duration::from_millis(800);
/// Slices that are explained and attacked at a time, at the most.
const SLICES: usize = 64;
/// The same where a study names methods, of which some are slow.
const FEW_SLICES: usize = 16;

/// Seconds of each kind of work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// A training step on a full batch.
    pub step: f64,
    /// A slice's forward pass.
    pub forward: f64,
    /// A slice's saliency map by the study's first method.
    pub map: f64,
    /// A slice's saliency maps by every method of the study.
    pub saliency: f64,
    /// A slice attacked once: changed, passed through the network, scored.
    pub attack: f64,
    /// Bytes of a network's arrays.
    pub weights: u64,
}

impl Pace {
    /// Measures the first arm of `setting`'s study; takes a few seconds where a training step does not.
    ///
    /// # Errors
    /// [`StudyError`] where slices cannot be read or the network cannot be made.
    pub fn measure(setting: &Setting) -> Result<Self, StudyError> {
        let Setting { study, prepared, device, .. } = setting;
        let Some(arm) = study.arms.first() else {
            return Err(StudyError::Request("losses should name at least one loss".to_string()));
        };
        let weights = Weights::random(&prepared.model(study)?, 0);
        let batch = arm.train.batch.min(prepared.train.len());
        let (images, targets) = gather(&prepared.train.read(0..batch)?);
        let mut learner = open::learner(&weights, device);
        let step = seconds(|| {
            let loss = objective(&arm.loss, targets.clone(), prepared.size, device);
            learner.step(&images, prepared.size, &loss, arm.train.learning_rate);
            Ok(())
        })?;
        drop(learner);

        let mut few = (*prepared).clone();
        few.test.truncate(if study.names_methods() { FEW_SLICES } else { SLICES });
        let slices = few.test.len().max(1) as f64;
        let predictor = open::predictor(&weights, device, prepared.size);
        let (images, _) = gather(&few.test.all()?);
        let passed = seconds(|| Ok(predictor.logits(&images).map(drop)?))?;
        let of = (*study, &few);
        let first = || MethodMaps::first(&predictor, of, &arm.loss, 0);
        let map = seconds(|| first().map(drop))?;
        let explained = match study.names_methods() {
            false => map,
            // Once: the slow ones take their time.
            true => {
                let begun = Instant::now();
                MethodMaps::of_study(&predictor, of, &arm.loss, 0, |_, _| {})?;
                begun.elapsed().as_secs_f64()
            }
        };
        let attack = attack_seconds(study, &few, &predictor, &first()?.maps)?;
        let values: usize = weights.arrays().values().map(|array| array.values.len()).sum();
        Ok(Self {
            step,
            forward: passed / slices,
            map: map / slices,
            saliency: explained / slices,
            attack,
            weights: 4 * values as u64,
        })
    }
}

/// Seconds of one attacked slice, what the attack asks the network left out: the study's largest sweep of pixels under
/// its first attack, two trials where it draws; without one its largest other sweep under noise, random pixels or its first
/// corruption.
fn attack_seconds(
    study: &Study,
    few: &Prepared,
    predictor: &Predictor,
    maps: &Maps,
) -> Result<f64, StudyError> {
    let trials = TrialsConfig { least: 2, most: 2, ..study.trials.clone() };
    let largest =
        study.sweeps.iter().max_by_key(|(_, sweep)| (!sweep.has_own_attacks(), sweep.budgets().len()));
    let (Some((name, sweep)), Some(&ranking)) = (largest, study.attacks.first()) else {
        return Ok(0.0);
    };
    let control = if sweep.is_of_balls() { "noise" } else { "random-pixels" };
    let control = Configured::parse(control).map_err(StudyError::Request)?;
    let attack: &dyn Attack = match (sweep.has_own_attacks(), sweep.attack.first()) {
        (false, _) => ranking,
        // A corruption asks the network nothing anyway.
        (true, Some(corruption)) if sweep.is_of_severities() => corruption.attack(),
        (true, _) => control.attack(),
    };
    let rows = || Sweeper::new(predictor, few, &trials, "", 0).sweep(name, sweep, attack, "", maps);
    let passes: usize = rows()?.iter().map(|row| row.slices * row.trials).sum();
    Ok(seconds(|| rows().map(drop))? / passes.max(1) as f64)
}

/// Median seconds of `work`, which is done once before and then until it took long enough.
fn seconds(mut work: impl FnMut() -> Result<(), StudyError>) -> Result<f64, StudyError> {
    work()?;
    let begun = Instant::now();
    let mut taken = Vec::new();
    while taken.is_empty() || begun.elapsed() < LONG_ENOUGH {
        let start = Instant::now();
        work()?;
        taken.push(start.elapsed().as_secs_f64());
    }
    taken.sort_by(f64::total_cmp);
    Ok(taken[taken.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;
    use anyhow::Context;
    use rstest::rstest;

    /// Where every sweep has attacks of its own, one of these is timed.
    #[rstest]
    #[case("{title='',severity=[0,1,5],attack=['blur','motion']}")]
    #[case("{title='',norm='linf',radius=[0,0.01],attack='pgd(steps=2)'}")]
    #[case("{title='',pixels=[0,2],levels=[0,0.2],attack='greedy'}")]
    #[case("{title='',pixels=[2],levels=[0.6],attack='signed'}")]
    fn every_kind_of_sweep_is_timed(#[case] sweep: &str) -> anyhow::Result<()> {
        let text = shipped::text("smoke").context("the smoke study")?;
        let changes = [format!("sweep={{one={sweep}}}"), "data.phantom.volumes=4".to_string()];
        let study = Study::parse(text, &changes).map_err(anyhow::Error::msg)?;
        assert_eq!(study.sweeps.len(), 1);
        let prepared = Prepared::load(&study, None)?;
        let device = crate::network::device::open(crate::network::device::available()[0])?;
        let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
        assert!(Pace::measure(&setting)?.attack > 0.0);
        Ok(())
    }
}
