//! Sums over the trials of a point of a sweep, and what they come to by volume.

use crate::image::overlap::{Overlap, mean};
use std::ops::Range;

/// Two-sided 95% of the normal distribution.
pub(super) const Z95: f64 = 1.959_963_984_540_054;

/// A point's outcome on one volume, mean over trials.
#[derive(Clone)]
pub(super) struct VolumeScore {
    pub(super) volume: usize,
    pub(super) slices: usize,
    pub(super) trials: usize,
    pub(super) half_width: f64,
    pub(super) dice: f64,
    pub(super) overlap: Overlap,
    /// Passes that an image cost, mean over slices and trials, rounded.
    pub(super) queries: usize,
}

/// Sums over the trials of one slice.
#[derive(Clone, Default)]
pub(super) struct Tally {
    pub(super) trials: usize,
    queries: usize,
    dice: f64,
    squared: f64,
    overlap: Overlap,
}

impl Tally {
    pub(super) fn add(&mut self, overlap: Overlap, queries: usize) {
        let dice = overlap.dice();
        self.trials += 1;
        self.queries += queries;
        self.dice += dice;
        self.squared += dice * dice;
        self.overlap += overlap;
    }

    fn mean_dice(&self) -> f64 {
        self.dice / self.trials.max(1) as f64
    }

    fn mean_overlap(&self) -> Overlap {
        let trials = self.trials.max(1) as f64;
        let Overlap { intersection, predicted, truth } = self.overlap;
        Overlap { intersection: intersection / trials, predicted: predicted / trials, truth: truth / trials }
    }

    /// Unbiased variance of the Dice score over trials.
    fn variance(&self) -> f64 {
        let trials = self.trials as f64;
        if self.trials < 2 {
            return 0.0;
        }
        ((self.squared - self.dice * self.dice / trials) / (trials - 1.0)).max(0.0)
    }
}

/// Variance over trials of the curve's mean, for one trial a slice: the mean over volumes of the
/// mean over a volume's slices.
pub(super) fn variance(tallies: &[Tally], volumes: &[(usize, Range<usize>)]) -> f64 {
    let of_volume = |range: &Range<usize>| {
        let weight = 1.0 / (volumes.len() * range.len()) as f64;
        tallies[range.clone()].iter().map(|tally| weight * weight * tally.variance()).sum::<f64>()
    };
    volumes.iter().map(|(_, range)| of_volume(range)).sum()
}

/// The outcome of each volume, whose slices `volumes` numbers.
pub(super) fn volume_scores(tallies: &[Tally], volumes: &[(usize, Range<usize>)]) -> Vec<VolumeScore> {
    let trials = tallies.first().map_or(0, |tally| tally.trials);
    let half_width = match trials {
        0 | 1 => 0.0,
        _ => Z95 * (variance(tallies, volumes) / trials as f64).sqrt(),
    };
    volumes
        .iter()
        .map(|(volume, range)| {
            let slices = &tallies[range.clone()];
            let mut overlap = Overlap::default();
            slices.iter().for_each(|tally| overlap += tally.mean_overlap());
            let dice: Vec<f64> = slices.iter().map(Tally::mean_dice).collect();
            let asked: usize = slices.iter().map(|tally| tally.queries).sum();
            let images = (trials * range.len()).max(1);
            VolumeScore {
                volume: *volume,
                slices: range.len(),
                trials,
                half_width,
                dice: mean(&dice),
                overlap,
                queries: (2 * asked + images) / (2 * images),
            }
        })
        .collect()
}
