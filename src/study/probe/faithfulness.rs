//! Whether the network does what maps say: `faithfulness.csv`. Pixels are replaced in the order of a map, the largest
//! absolute values first, while the explained scalar and Dice are followed ([`curve`](super::curve)); maps of slightly changed images are compared
//! with those of the images (max-sensitivity, C.-K. Yeh and others, "On the (in)fidelity and sensitivity of explanations",
//! NeurIPS 2019), and the maps of methods with each other. A map of random numbers goes through all of it: chance.

use super::curve::{PASSES, Replacing, areas};
use super::sample::Sample;
use super::{Asked, Passes, Probe, Probed};
use crate::definition::saliency::Check;
use crate::records::checks::{FAITHFULNESS, FaithfulnessRow, RANDOM};
use crate::records::files::write_csv;
use crate::saliency::{Place, Question, Scalar};
use crate::similarity::top::{order, overlap};
use crate::stats::rank::spearman;
use crate::study::StudyError;
use rand::RngExt;

pub(super) const PROBE: Probe = Probe {
    file: FAITHFULNESS,
    check: Some(Asked {
        check: Check::Faithfulness,
        passes: |study| Passes {
            maps: 1 + COPIES,
            forward: (study.explainers.len() + 1) * Replacing::ALL.len() * PASSES,
        },
        trainings: 0,
    }),
    run: |probed, path| {
        let sample = Sample::of(probed.prepared, probed.seed)?;
        Ok(write_csv(path, &rows(probed, &sample)?)?)
    },
};

/// Changed copies of an image that max-sensitivity takes, as Captum by default.
const COPIES: usize = 10;
/// How far each value of a copy may lie from the image's, as a share of the range of intensities; Captum's default for
/// images of 0 to 1.
const RADIUS: f32 = 0.02;
/// The share of a slice's pixels that two maps are asked to have in common at their top.
const TOP: f64 = 0.05;

/// A map a slice.
type Maps = Vec<Vec<f64>>;

fn rows(probed: &Probed, sample: &Sample) -> Result<Vec<FaithfulnessRow>, StudyError> {
    let Probed { study, predictor, loss, .. } = probed;
    let question = sample.question(predictor, Scalar { output: study.output, loss })?;
    let names: Vec<String> =
        study.explainers.iter().map(ToString::to_string).chain([RANDOM.to_string()]).collect();
    // The same for every method, so that those that ask the same share it.
    let copies = (0..COPIES).map(|copy| question.at(changed(&question, sample, copy, probed.prepared.range)));
    let copies: Vec<Question> = copies.collect();
    let mut all: Vec<Maps> = Vec::new();
    let mut rows = Vec::new();
    for (number, name) in names.iter().enumerate() {
        (probed.progress)(number, names.len(), &format!("faithfulness, {name}"));
        let maps = |question: &Question, draw: usize| match study.explainers.get(number) {
            Some(explainer) => sample.maps(explainer, question),
            None => Ok(random_maps(sample, draw)),
        };
        let before = maps(&question, 0)?;
        let orders: Vec<Vec<usize>> = before.iter().map(|map| order(map)).collect();
        for replacing in Replacing::ALL {
            let [of_output, of_dice] = areas(&question, sample, &orders, replacing, probed.prepared.range)?;
            rows.extend(measured(sample, [name, ""], replacing.name(), &of_output));
            rows.extend(measured(sample, [name, ""], &format!("{}-dice", replacing.name()), &of_dice));
        }
        let after = copies.iter().enumerate().map(|(copy, changed)| maps(changed, copy + 1));
        rows.extend(measured(sample, [name, ""], "max-sensitivity", &max_sensitivity(&before, after)?));
        for (other, theirs) in names.iter().zip(&all) {
            rows.extend(agreement(sample, [other, name], [theirs, &before]));
        }
        all.push(before);
    }
    Ok(rows)
}

/// How alike the maps of two methods are: rank correlation of absolute values, and the overlap of the top.
fn agreement(sample: &Sample, names: [&str; 2], [one, other]: [&Maps; 2]) -> Vec<FaithfulnessRow> {
    let pairs = || one.iter().zip(other);
    let absolute = |map: &[f64]| map.iter().map(|value| value.abs()).collect::<Vec<_>>();
    let ranks: Vec<f64> = pairs().map(|(a, b)| spearman(&absolute(a), &absolute(b))).collect();
    let tops: Vec<f64> =
        pairs().map(|(a, b)| overlap(a, b, (TOP * a.len() as f64).ceil() as usize)).collect();
    let mut rows = measured(sample, names, "absolute-rank", &ranks);
    rows.extend(measured(sample, names, "top-overlap", &tops));
    rows
}

/// A row for each slice.
fn measured(
    sample: &Sample,
    [method, other]: [&str; 2],
    measure: &str,
    values: &[f64],
) -> Vec<FaithfulnessRow> {
    let row = |(place, &value): (&Place, &f64)| FaithfulnessRow {
        method: method.to_string(),
        other: other.to_string(),
        measure: measure.to_string(),
        volume: place.volume.clone(),
        value: value.is_finite().then_some(value as f32),
    };
    sample.places.iter().zip(values).map(row).collect()
}

/// A map of numbers from 0 to 1 for each slice, other ones for each `draw`.
fn random_maps(sample: &Sample, draw: usize) -> Maps {
    let of = |place: &Place| {
        let mut numbers = place.stream("random map", draw);
        (0..place.region.area()).map(|_| numbers.random_range(0.0..1.0)).collect()
    };
    sample.places.iter().map(of).collect()
}

/// The images with a number within the radius added to each scanned value, the same for every method and network.
fn changed(question: &Question, sample: &Sample, copy: usize, [low, high]: [f32; 2]) -> Vec<f32> {
    let (mut images, radius) = (question.images().to_vec(), RADIUS * (high - low));
    let (each, pixels) = (images.chunks_mut(question.image()), question.predictor().pixels());
    for (place, image) in sample.places.iter().zip(each) {
        let mut numbers = place.stream("max-sensitivity", copy);
        for plane in image.chunks_mut(pixels) {
            for pixel in place.region.pixels() {
                plane[pixel] += numbers.random_range(-1.0..=1.0) * radius;
            }
        }
    }
    images
}

/// The farthest that the map of each slice moves from `before` to one of `copies`.
fn max_sensitivity<E>(before: &Maps, copies: impl Iterator<Item = Result<Maps, E>>) -> Result<Vec<f64>, E> {
    let mut largest = vec![0.0; before.len()];
    for after in copies {
        for (largest, (before, after)) in largest.iter_mut().zip(before.iter().zip(&after?)) {
            // A NaN stays one, as `f64::max` would not have it.
            let change = relative_change(before, after);
            *largest = if change > *largest || change.is_nan() { change } else { *largest };
        }
    }
    Ok(largest)
}

/// How far a map moved, as a share of its length; NaN for a map of zeros.
fn relative_change(before: &[f64], after: &[f64]) -> f64 {
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let moved = square(&mut before.iter().zip(after).map(|(before, after)| before - after));
    (moved / square(&mut before.iter().copied())).sqrt()
}

#[cfg(test)]
mod parity;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_share_of_the_maps_length() {
        assert_eq!(relative_change(&[3.0, -4.0], &[3.0, 0.0]), 0.8);
        assert_eq!(relative_change(&[3.0, -4.0], &[-3.0, 4.0]), 2.0);
        assert!(relative_change(&[0.0], &[0.0]).is_nan());
    }
}
