//! How sure a quantity of a run is: over its seeds, and over the subjects that its test volumes are of.

use super::Evidence;
use super::measured::{Measured, Term};
use crate::stats::estimate::Estimate;
use crate::stats::jackknife;
use std::collections::{BTreeMap, BTreeSet};

impl Evidence<'_> {
    /// Estimates `statistic`, a function of how often each seed and each volume counts, from leaving out each
    /// seed and each subject in turn. With two seeds or more its degrees of freedom are theirs less one; of one seed and one
    /// subject the error is not defined.
    pub fn estimate(&self, statistic: impl Fn(&[f64], &[f64]) -> f64) -> Estimate {
        let each: Vec<usize> = (0..self.seeds.len()).collect();
        over(&each, &self.subjects, statistic)
    }

    /// [`Self::estimate`] of what two seeds have of each other's networks: the two of a pair are one observation, left out
    /// together, and degrees of freedom are the pairs less one: the error of a single pair is not defined.
    pub fn estimate_of_pairs(&self, statistic: impl Fn(&[f64], &[f64]) -> f64) -> Estimate {
        over(&self.pairs, &self.subjects, statistic)
    }
}

/// Estimates `statistic` over groups of seeds and the subjects of its volumes, as [`Evidence::estimate`] does. `groups` has
/// that of each seed, `subjects` that of each volume, counted from 0.
fn over(groups: &[usize], subjects: &[usize], statistic: impl Fn(&[f64], &[f64]) -> f64) -> Estimate {
    let count = |of: &[usize]| of.iter().max().map_or(0, |last| last + 1);
    let counted = count(groups);
    let each = |of: &[usize], weights: &[f64]| -> Vec<f64> { of.iter().map(|&one| weights[one]).collect() };
    let estimate = jackknife::estimate(counted, count(subjects), |of_groups, of_subjects| {
        statistic(&each(groups, of_groups), &each(subjects, of_subjects))
    });
    match (groups.len(), count(subjects)) {
        // Nothing tells how seeds or subjects vary.
        (0 | 1, 0 | 1) => estimate.with_degrees(0.0),
        (0 | 1, _) => estimate,
        // None above 0 where two seeds are one group.
        _ => estimate.with_degrees(counted as f64 - 1.0),
    }
}

/// The subject of each of `volumes`, counted from 0. `subject_of` names that of a volume.
pub(super) fn subjects<'v>(
    volumes: impl IntoIterator<Item = &'v str>,
    subject_of: impl Fn(&str) -> String,
) -> Vec<usize> {
    numbered(volumes.into_iter().map(subject_of))
}

/// The number of each key, counted from 0 as keys first come.
pub(super) fn numbered<K: Ord>(keys: impl IntoIterator<Item = K>) -> Vec<usize> {
    let mut numbers: BTreeMap<K, usize> = BTreeMap::new();
    let mut number = |key| {
        let next = numbers.len();
        *numbers.entry(key).or_insert(next)
    };
    keys.into_iter().map(&mut number).collect()
}

/// The 95% interval of the mean over seeds of each one's mean over its volumes, cut to `range`, outside of which no
/// value can be; none where it is undefined. `seeds` has what each measured, by volume: seeds may have other volumes.
pub(super) fn interval_of_mean(
    seeds: &[BTreeMap<&str, f64>],
    subject_of: impl Fn(&str) -> String,
    range: [f64; 2],
) -> Option<[f64; 2]> {
    let volumes: BTreeSet<&str> = seeds.iter().flat_map(|seed| seed.keys().copied()).collect();
    let row = |seed: &BTreeMap<&str, f64>| {
        volumes.iter().map(|volume| seed.get(volume).map_or([0.0; 2], |&value| [value, 1.0])).collect()
    };
    let mean = Measured::new(vec![Term { factor: 1.0, cells: seeds.iter().map(row).collect() }]);
    let subjects = subjects(volumes.iter().copied(), subject_of);
    let each: Vec<usize> = (0..seeds.len()).collect();
    let ends = over(&each, &subjects, |seeds, volumes| mean.mean(seeds, volumes)).interval(0.95);
    ends.iter().all(|end| end.is_finite()).then(|| ends.map(|end| end.clamp(range[0], range[1])))
}
