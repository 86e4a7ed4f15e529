//! How sure a quantity of a run is: over its seeds, and over the subjects that its test volumes are of.

use super::Evidence;
use crate::stats::estimate::Estimate;
use crate::stats::jackknife;
use std::collections::BTreeMap;

impl Evidence<'_> {
    /// Estimates `statistic`, a function of how often each seed and each volume counts, from leaving out each
    /// seed and each subject in turn. With two seeds or more its degrees of freedom are theirs less one.
    pub fn estimate(&self, statistic: impl Fn(&[f64], &[f64]) -> f64) -> Estimate {
        let subjects = self.subjects();
        let count = subjects.iter().max().map_or(0, |last| last + 1);
        let seeds = self.seeds.len();
        let estimate = jackknife::estimate(seeds, count, |of_seeds, of_subjects| {
            let of_volumes: Vec<f64> = subjects.iter().map(|&subject| of_subjects[subject]).collect();
            statistic(of_seeds, &of_volumes)
        });
        if seeds < 2 { estimate } else { estimate.with_degrees(seeds as f64 - 1.0) }
    }

    /// The subject of each volume, counted from 0: volumes that the study's split keeps together are of one.
    pub(super) fn subjects(&self) -> Vec<usize> {
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let mut number = |volume: &String| {
            // A study whose rule cannot read an id never ran.
            let subject = self.groups.group(volume).unwrap_or_else(|_| volume.clone());
            let next = numbers.len();
            *numbers.entry(subject).or_insert(next)
        };
        self.volumes.iter().map(&mut number).collect()
    }
}
