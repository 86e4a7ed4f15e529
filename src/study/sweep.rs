//! The sweep engine: attacks every test slice at every point of a sweep and scores what the network
//! then predicts.
//!
//! Slices, trials and points are flattened into one list of jobs, some thousand slices at a time, so that
//! memory does not grow with the study. Each core takes a few jobs from the perturbed images to the
//! scores, so that preparing never waits for the network. Pixels are ranked once
//! a slice and trial, for the largest budget. A point that draws random numbers is repeated until the
//! noise that the trials add to the curve is small enough. Points that several sweeps share are computed
//! once.

use crate::attack::Attack;
use crate::attack::budget::Replacement;
use crate::definition::sweep::Protocol;
use crate::definition::trials::TrialsConfig;
use crate::image::overlap::{Overlap, mean};
use crate::network::chunked::Predictor;
use crate::records::rows::CurveRow;
use crate::study::StudyError;
use crate::study::maps::Maps;
use crate::study::prepared::Prepared;
use crate::study::trial::Trial;
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;

/// Two-sided 95% of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// Slices whose jobs are listed at a time.
const SLICES: usize = 2048;

/// Attacks one network.
pub struct Sweeper<'a> {
    predictor: &'a Predictor,
    prepared: &'a Prepared,
    volumes: Vec<(usize, Range<usize>)>,
    trials: &'a TrialsConfig,
    /// Names the random streams: the same draws for every network of a seed, so that losses are paired.
    seed: String,
    computed: HashMap<PointKey, Vec<VolumeScore>>,
}

/// What tells one point's computation from another's.
#[derive(Clone, Eq, Hash, PartialEq)]
struct PointKey {
    attack: &'static str,
    map: String,
    pixels: usize,
    replacement: [u32; 3],
}

/// A point's outcome on one volume, mean over trials.
#[derive(Clone)]
struct VolumeScore {
    volume: usize,
    slices: usize,
    trials: usize,
    half_width: f64,
    dice: f64,
    overlap: Overlap,
}

/// Sums over the trials of one slice.
#[derive(Clone, Default)]
struct Tally {
    trials: usize,
    dice: f64,
    squared: f64,
    overlap: Overlap,
}

/// One pass through the network.
struct Job {
    point: usize,
    slice: usize,
    trial: usize,
}

impl<'a> Sweeper<'a> {
    /// Attacks `predictor` on the test slices of `prepared`.
    pub fn new(
        predictor: &'a Predictor,
        prepared: &'a Prepared,
        trials: &'a TrialsConfig,
        seed: u64,
    ) -> Self {
        let volumes = prepared.test_volumes();
        Self { predictor, prepared, volumes, trials, seed: seed.to_string(), computed: HashMap::new() }
    }

    /// Runs one sweep: a row per point and volume. `saliency` holds the map of each test slice under the
    /// network called `map`.
    ///
    /// # Errors
    /// [`StudyError::Budget`] where a budget cannot be met, [`StudyError::Data`] where a slice cannot be
    /// read.
    pub fn sweep(
        &mut self,
        name: &str,
        protocol: &Protocol,
        attack: &'static Attack,
        map: &str,
        saliency: &Maps,
    ) -> Result<Vec<CurveRow>, StudyError> {
        let points = protocol.points();
        let keys: Vec<PointKey> =
            points.iter().map(|&(n, value)| PointKey::new(attack, map, n, value)).collect();
        let mut missing: Vec<(usize, Replacement)> = Vec::new();
        let mut missing_keys = Vec::new();
        for (key, &point) in keys.iter().zip(&points) {
            if !self.computed.contains_key(key) && !missing_keys.contains(key) {
                missing.push(point);
                missing_keys.push(key.clone());
            }
        }
        let scores = self.compute(&missing, attack, saliency)?;
        self.computed.extend(missing_keys.into_iter().zip(scores));

        let row = |pixels: usize, replacement: Replacement, score: &VolumeScore| CurveRow {
            protocol: name.to_string(),
            attack: attack.name.to_string(),
            map: if attack.reads_saliency { map.to_string() } else { String::new() },
            pixels,
            level: replacement.level(),
            volume: self.prepared.volumes[score.volume].id.clone(),
            slices: score.slices,
            trials: score.trials,
            half_width: score.half_width,
            dice: score.dice,
            volume_dice: score.overlap.dice(),
            area: score.overlap.predicted,
            true_area: score.overlap.truth,
            intersection: score.overlap.intersection,
        };
        Ok(points
            .iter()
            .zip(&keys)
            .flat_map(|(&(pixels, replacement), key)| {
                self.computed.get(key).into_iter().flatten().map(move |score| (pixels, replacement, score))
            })
            .map(|(pixels, replacement, score)| row(pixels, replacement, score))
            .collect())
    }

    /// Scores of every volume at each of `points`.
    fn compute(
        &self,
        points: &[(usize, Replacement)],
        attack: &Attack,
        saliency: &Maps,
    ) -> Result<Vec<Vec<VolumeScore>>, StudyError> {
        let slices = self.prepared.test.len();
        let mut tallies = vec![vec![Tally::default(); slices]; points.len()];
        let mut done = vec![0; points.len()];
        let mut wanted: Vec<usize> = points
            .iter()
            .map(|&(pixels, value)| match pixels > 0 && (attack.draws || value.draws()) {
                true => self.trials.least,
                false => 1,
            })
            .collect();
        while done != wanted {
            let last = wanted.iter().copied().max().unwrap_or(0);
            for start in (0..slices).step_by(SLICES) {
                let jobs: Vec<Job> = (start..slices.min(start + SLICES))
                    .flat_map(|slice| (0..last).map(move |trial| (slice, trial)))
                    .flat_map(|(slice, trial)| {
                        (0..points.len()).map(move |point| Job { point, slice, trial })
                    })
                    .filter(|job| (done[job.point]..wanted[job.point]).contains(&job.trial))
                    .collect();
                let scores: Vec<Vec<Overlap>> = jobs
                    .par_chunks(self.predictor.chunk())
                    .map(|jobs| self.score(jobs, points, attack, saliency))
                    .collect::<Result<_, _>>()?;
                for (job, overlap) in jobs.iter().zip(scores.into_iter().flatten()) {
                    tallies[job.point][job.slice].add(overlap);
                }
            }
            done.clone_from(&wanted);
            for (point, wanted) in wanted.iter_mut().enumerate() {
                if *wanted > 1 {
                    *wanted = self.trials_needed(&tallies[point]).clamp(*wanted, self.trials.most);
                }
            }
        }
        Ok(tallies.iter().map(|tallies| self.volume_scores(tallies)).collect())
    }

    /// Runs the jobs of one pass through the network.
    fn score(
        &self,
        jobs: &[Job],
        points: &[(usize, Replacement)],
        attack: &Attack,
        saliency: &Maps,
    ) -> Result<Vec<Overlap>, StudyError> {
        let most = points.iter().map(|&(pixels, _)| pixels).max().unwrap_or(0);
        let mut images = Vec::with_capacity(jobs.len() * self.prepared.channels * self.predictor.pixels());
        let mut attacked = Vec::with_capacity(jobs.len());
        // Jobs of the same slice and trial follow each other and differ in how much of the order they take.
        for jobs in jobs.chunk_by(|a, b| (a.slice, a.trial) == (b.slice, b.trial)) {
            let number = jobs[0].slice;
            let slice = self.prepared.test.get(number)?;
            let trial = Trial::new(self.prepared, &slice, &self.seed, jobs[0].trial);
            let map = if attack.reads_saliency { saliency.read(number)? } else { Vec::new() };
            let order = trial.order(attack, &map, most)?;
            for job in jobs {
                let (pixels, replacement) = points[job.point];
                trial.replace(&order, &trial.values(replacement, pixels), &mut images);
            }
            attacked.push((slice, jobs.len()));
        }
        let logits = self.predictor.logits(&images);
        let slices = attacked.iter().flat_map(|(slice, jobs)| std::iter::repeat_n(slice, *jobs));
        let scores = slices.zip(logits.chunks(self.predictor.pixels()));
        Ok(scores.map(|(slice, logits)| slice.score(logits)).collect())
    }

    /// Trials that bring the half-width under the wanted one, from the variance seen so far.
    fn trials_needed(&self, tallies: &[Tally]) -> usize {
        (self.variance(tallies) * (Z95 / self.trials.half_width).powi(2)).ceil() as usize
    }

    /// Variance over trials of the curve's mean, for one trial a slice: the mean over volumes of the
    /// mean over a volume's slices.
    fn variance(&self, tallies: &[Tally]) -> f64 {
        let of_volume = |range: &Range<usize>| {
            let weight = 1.0 / (self.volumes.len() * range.len()) as f64;
            tallies[range.clone()].iter().map(|tally| weight * weight * tally.variance()).sum::<f64>()
        };
        self.volumes.iter().map(|(_, range)| of_volume(range)).sum()
    }

    fn volume_scores(&self, tallies: &[Tally]) -> Vec<VolumeScore> {
        let trials = tallies.first().map_or(0, |tally| tally.trials);
        let half_width = match trials {
            0 | 1 => 0.0,
            _ => Z95 * (self.variance(tallies) / trials as f64).sqrt(),
        };
        self.volumes
            .iter()
            .map(|(volume, range)| {
                let slices = &tallies[range.clone()];
                let mut overlap = Overlap::default();
                slices.iter().for_each(|tally| overlap += tally.mean_overlap());
                let dice: Vec<f64> = slices.iter().map(Tally::mean_dice).collect();
                VolumeScore {
                    volume: *volume,
                    slices: range.len(),
                    trials,
                    half_width,
                    dice: mean(&dice),
                    overlap,
                }
            })
            .collect()
    }
}

impl PointKey {
    fn new(attack: &Attack, map: &str, pixels: usize, replacement: Replacement) -> Self {
        // Without a pixel to change every attack is the same.
        if pixels == 0 {
            return Self { attack: "", map: String::new(), pixels, replacement: [0; 3] };
        }
        let replacement = match replacement {
            Replacement::Level(level) => [0, level.to_bits(), 0],
            Replacement::Uniform(low, high) => [1, low.to_bits(), high.to_bits()],
        };
        let map = if attack.reads_saliency { map.to_string() } else { String::new() };
        Self { attack: attack.name, map, pixels, replacement }
    }
}

impl Tally {
    fn add(&mut self, overlap: Overlap) {
        let dice = overlap.dice();
        self.trials += 1;
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
