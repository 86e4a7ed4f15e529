//! A few test slices to look at: image, true mask, and for each network of a seed its gradient, the
//! pixels that an attack takes, and the predicted mask at every point of every sweep. The file,
//! `examples.json`, holds pixels of the data, so it stays in the run folder.

use crate::attack::Attack;
use crate::definition::study::Study;
use crate::image::slices::{Slice, gather};
use crate::network::chunked::Predictor;
use crate::network::open;
use crate::network::unet::weights::Weights;
use crate::records::cell_folder;
use crate::records::files::{read_json, write_json};
use crate::saliency;
use crate::study::StudyError;
use crate::study::cell::{Setting, weights_of_seed};
use crate::study::prepared::Prepared;
use crate::study::trial::Trial;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Slices that are kept, of as many volumes.
const SLICES: usize = 6;

/// Example slices under the networks of one seed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Examples {
    /// The seed.
    pub seed: u64,
    /// Hash of the study.
    pub study_hash: String,
    /// SHA-256 of the networks' weights, by loss.
    pub weights: BTreeMap<String, String>,
    /// The slices.
    pub slices: Vec<Example>,
}

/// One slice, its scanned pixels alone: rows run along x, columns along y.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Example {
    /// Volume id.
    pub volume: String,
    /// Depth index z.
    pub depth: usize,
    /// Scanned rows.
    pub height: usize,
    /// Scanned columns.
    pub width: usize,
    /// Scaled intensities, row-major.
    pub image: Vec<f32>,
    /// The true mask, see [`runs`].
    pub truth: Vec<usize>,
    /// What each network makes of it, in the study's order of losses.
    pub networks: Vec<Seen>,
}

/// A slice as one network sees it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Seen {
    /// Loss that trained the network.
    pub loss: String,
    /// The saliency map, signed, row-major.
    pub gradient: Vec<f32>,
    /// The predicted mask without an attack.
    pub mask: Vec<usize>,
    /// Its hard Dice.
    pub dice: f64,
    /// One entry per ranking of the study.
    pub attacks: Vec<Attacked>,
}

/// A slice under one attack.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Attacked {
    /// Name of the attack.
    pub attack: String,
    /// Scanned pixels in the order in which the attack takes them, as indices into the image.
    pub order: Vec<usize>,
    /// Points of each sweep, by its name.
    pub sweeps: BTreeMap<String, Vec<Outcome>>,
}

/// The network's answer at one point, in the first trial where values are drawn.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Outcome {
    /// Pixels replaced: the first of the order.
    pub pixels: usize,
    /// What replaced them; none where values were drawn.
    pub level: Option<f32>,
    /// The drawn values; empty where a level replaced them.
    pub values: Vec<f32>,
    /// Hard Dice of the predicted mask.
    pub dice: f64,
    /// The predicted mask.
    pub mask: Vec<usize>,
}

/// A mask as the lengths of its runs, row-major, background first: `[0, 2, 1]` is two pixels of
/// foreground and one of background.
pub fn runs(mask: impl IntoIterator<Item = bool>) -> Vec<usize> {
    let mut runs = vec![0];
    let mut inside = false;
    for pixel in mask {
        if pixel != inside {
            runs.push(0);
            inside = pixel;
        }
        if let Some(last) = runs.last_mut() {
            *last += 1;
        }
    }
    runs
}

/// The mask of [`runs`].
pub fn mask(runs: &[usize]) -> Vec<bool> {
    runs.iter().enumerate().flat_map(|(place, &length)| std::iter::repeat_n(place % 2 == 1, length)).collect()
}

fn path(run: &Path) -> PathBuf {
    run.join("examples.json")
}

impl Example {
    /// Whether every map and mask has the slice's size, so that whoever draws it can rely on that.
    fn is_sound(&self) -> bool {
        let Some(pixels) = self.height.checked_mul(self.width).filter(|&pixels| pixels > 0) else {
            return false;
        };
        let covers = |runs: &[usize]| {
            runs.iter().try_fold(0_usize, |sum, &length| sum.checked_add(length)) == Some(pixels)
        };
        let attacked = |attacked: &Attacked| {
            attacked.order.iter().all(|&pixel| pixel < pixels)
                && attacked.sweeps.values().flatten().all(|outcome| covers(&outcome.mask))
        };
        let seen = |seen: &Seen| {
            seen.gradient.len() == pixels && covers(&seen.mask) && seen.attacks.iter().all(attacked)
        };
        self.image.len() == pixels && covers(&self.truth) && self.networks.iter().all(seen)
    }
}

/// The examples of a run; none where they are missing, broken, or of other networks than now lie there.
///
/// `weights` gives those of a seed's cells ([`super::cell::weights_of`]), where all are finished.
///
/// # Errors
/// What `weights` says.
pub fn read(
    run: &Path,
    study: &Study,
    weights: impl FnOnce(u64) -> Result<Option<BTreeMap<String, String>>, StudyError>,
) -> Result<Option<Examples>, StudyError> {
    let examples = read_json::<Examples>(&path(run));
    let Some(examples) = examples.filter(|examples| examples.slices.iter().all(Example::is_sound)) else {
        return Ok(None);
    };
    let current = weights(examples.seed)?.is_some_and(|weights| weights == examples.weights);
    let hash = study.hash().map_err(StudyError::Request)?;
    Ok((current && hash == examples.study_hash).then_some(examples))
}

/// Records examples under the networks of the first seed that has all its cells, unless that is done.
///
/// # Errors
/// [`StudyError`] where weights cannot be read or the record cannot be written.
pub fn run(run: &Path, setting: &Setting) -> Result<(), StudyError> {
    let study = setting.study;
    if read(run, study, |seed| weights_of_seed(run, study, seed))?.is_some() {
        return Ok(());
    }
    for &seed in &study.seeds {
        if let Some(weights) = weights_of_seed(run, study, seed)? {
            let slices = slices(run, setting, seed)?;
            let study_hash = study.hash().map_err(StudyError::Request)?;
            return write_json(&path(run), &Examples { seed, study_hash, weights, slices });
        }
    }
    Ok(())
}

/// The slice with the largest true mask of each of a few volumes, evenly over the test volumes, so that
/// nothing about a network decides what is shown.
fn chosen(prepared: &Prepared) -> Result<Vec<Slice>, StudyError> {
    let volumes = prepared.test_volumes();
    let count = SLICES.min(volumes.len());
    let area = |slice: &Slice| slice.mask.iter().filter(|&&inside| inside).count();
    let mut chosen = Vec::with_capacity(count);
    for place in 0..count {
        let (_, range) = &volumes[place * volumes.len() / count];
        chosen.extend(prepared.test.read(range.clone())?.into_iter().max_by_key(area));
    }
    Ok(chosen)
}

fn slices(run: &Path, setting: &Setting, seed: u64) -> Result<Vec<Example>, StudyError> {
    let Setting { study, prepared, device, .. } = setting;
    let slices = chosen(prepared)?;
    let (images, targets) = gather(&slices);
    let mut examples: Vec<Example> = slices
        .iter()
        .map(|slice| Example {
            volume: prepared.volumes[slice.volume].id.clone(),
            depth: slice.depth,
            height: slice.region.height,
            width: slice.region.width,
            image: slice.region.crop(&slice.image),
            truth: runs(slice.region.crop(&slice.mask)),
            networks: Vec::new(),
        })
        .collect();
    for loss in &study.loss_functions().map_err(StudyError::Request)? {
        let weights = Weights::read(&cell_folder(run, loss, seed).join("weights.safetensors"))?;
        let predictor = open::predictor(&weights, device, prepared.size);
        let maps = saliency::gradient(&predictor, &images, &targets, study.saliency.output(), loss);
        let clean = predictor.logits(&images);
        let pixels = predictor.pixels();
        let seen = slices.iter().zip(maps.chunks(pixels)).zip(clean.chunks(pixels));
        for (example, ((slice, map), logits)) in examples.iter_mut().zip(seen) {
            let attacks = study.attacks().into_iter().filter(|attack| attack.reads_saliency);
            let attacks = attacks.map(|attack| attacked(setting, &predictor, slice, map, attack, seed));
            example.networks.push(Seen {
                loss: loss.to_string(),
                gradient: slice.region.crop(map),
                mask: predicted(slice, logits),
                dice: slice.score(logits).dice(),
                attacks: attacks.collect::<Result<_, _>>()?,
            });
        }
    }
    Ok(examples)
}

fn predicted(slice: &Slice, logits: &[f32]) -> Vec<usize> {
    runs(slice.region.pixels().map(|pixel| logits[pixel] > 0.0))
}

/// Every sweep on one slice.
fn attacked(
    setting: &Setting,
    predictor: &Predictor,
    slice: &Slice,
    saliency: &[f32],
    attack: &Attack,
    seed: u64,
) -> Result<Attacked, StudyError> {
    let seed = seed.to_string();
    let trial = Trial::new(setting.prepared, slice, &seed, 0);
    let order = trial.order(attack, saliency, setting.study.largest_budget())?;
    let mut sweeps = BTreeMap::new();
    for (name, protocol) in &setting.study.protocol {
        let points = protocol.points();
        let values: Vec<Vec<f32>> =
            points.iter().map(|&(pixels, replacement)| trial.values(replacement, pixels)).collect();
        let mut images = Vec::new();
        values.iter().for_each(|values| trial.replace(&order, values, &mut images));
        let logits = predictor.logits(&images);
        let outcomes = points.iter().zip(values).zip(logits.chunks(predictor.pixels()));
        let outcomes = outcomes.map(|((&(pixels, replacement), values), logits)| Outcome {
            pixels,
            level: replacement.level(),
            values: if replacement.draws() { values } else { Vec::new() },
            dice: slice.score(logits).dice(),
            mask: predicted(slice, logits),
        });
        sweeps.insert(name.clone(), outcomes.collect());
    }
    let place: BTreeMap<usize, usize> =
        slice.region.pixels().enumerate().map(|(place, pixel)| (pixel, place)).collect();
    let order = order.iter().filter_map(|pixel| place.get(pixel).copied()).collect();
    Ok(Attacked { attack: attack.name.to_string(), order, sweeps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[false, false, true], &[2, 1])]
    #[case(&[true, true, false], &[0, 2, 1])]
    #[case(&[], &[0])]
    fn masks_are_runs_and_come_back(#[case] pixels: &[bool], #[case] lengths: &[usize]) {
        assert_eq!(runs(pixels.iter().copied()), lengths);
        assert_eq!(mask(lengths), pixels);
    }
}
