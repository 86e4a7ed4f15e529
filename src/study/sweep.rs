//! The sweep engine: attacks every test slice at every point of a sweep and scores what the network
//! then predicts.
//!
//! Slices, trials and points are flattened into one list of jobs, some thousand slices at a time, so that
//! memory does not grow with the study. Each core takes a few jobs from the perturbed images to the
//! scores, so that preparing never waits for the network. A point that draws random numbers is repeated until the
//! noise that the trials add to the curve is small enough. Points that several sweeps share are computed
//! once.

use crate::attack::budget::{Budget, BudgetKey};
use crate::attack::harness::perturbed;
use crate::attack::trial::Trial;
use crate::attack::victim::Victim;
use crate::attack::{Attack, Wanted};
use crate::definition::sweep::Sweep;
use crate::definition::trials::TrialsConfig;
use crate::image::overlap::Overlap;
use crate::image::slice::Slice;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::records::rows::CurveRow;
use crate::study::StudyError;
use crate::study::maps::Maps;
use crate::study::prepared::Prepared;
use crate::study::tally::{Tally, VolumeScore, Z95, variance, volume_scores};
use rayon::prelude::*;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::Range;

/// Slices whose jobs are listed at a time.
const SLICES: usize = 2048;

/// Attacks one network.
pub struct Sweeper<'a> {
    predictor: &'a Predictor,
    prepared: &'a Prepared,
    volumes: Vec<(usize, Range<usize>)>,
    trials: &'a TrialsConfig,
    /// The network's arm and seed, for the rows.
    loss: String,
    seed: u64,
    /// The method of the maps, where rows say it.
    method: Option<String>,
    /// Names the random streams: the same draws for every network of a seed, so that losses are paired.
    stream: String,
    /// What the network was trained with, where that is known.
    trained: Option<&'a LossFunction>,
    computed: HashMap<PointKey, Vec<VolumeScore>>,
}

/// What tells one point's computation from another's.
#[derive(Clone, Eq, Hash, PartialEq)]
struct PointKey {
    attack: String,
    map: String,
    budget: BudgetKey,
    area: Option<NonZeroUsize>,
}

/// One pass through the network.
struct Job {
    point: usize,
    slice: usize,
    trial: usize,
}

impl<'a> Sweeper<'a> {
    /// Attacks `predictor`, the network of the arm `loss` at `seed`, on the test slices of `prepared`.
    pub fn new(
        predictor: &'a Predictor,
        prepared: &'a Prepared,
        trials: &'a TrialsConfig,
        loss: &str,
        seed: u64,
    ) -> Self {
        let (volumes, stream) = (prepared.test_volumes(), seed.to_string());
        let loss = loss.to_string();
        let (method, trained, computed) = (None, None, HashMap::new());
        Self { predictor, prepared, volumes, trials, loss, seed, method, stream, trained, computed }
    }

    /// The same, where attacks that raise the loss of the training raise `loss`.
    pub fn trained_with(self, loss: &'a LossFunction) -> Self {
        Self { trained: Some(loss), ..self }
    }

    /// From now on maps are those of `method`, and rows say so; none where they say nothing of methods.
    pub fn take_maps_of(&mut self, method: Option<String>) {
        self.method = method;
    }

    /// Runs one sweep: a row per point and volume. `saliency` holds the map of each test slice under the
    /// network called `map`.
    ///
    /// # Errors
    /// [`StudyError::Budget`] where a budget cannot be met or the attack needs a loss that is not known,
    /// [`StudyError::Data`] where a slice cannot be read.
    pub fn sweep(
        &mut self,
        name: &str,
        sweep: &Sweep,
        attack: &dyn Attack,
        map: &str,
        saliency: &Maps,
    ) -> Result<Vec<CurveRow>, StudyError> {
        let budgets = sweep.budgets();
        // No arm's name has a line break.
        let named = format!("{map}\n{}", self.method.as_deref().unwrap_or_default());
        let keys: Vec<PointKey> =
            budgets.iter().map(|budget| PointKey::new(attack, &named, budget, sweep.area)).collect();
        let mut missing: Vec<Budget> = Vec::new();
        let mut missing_keys = Vec::new();
        for (key, &budget) in keys.iter().zip(&budgets) {
            if !self.computed.contains_key(key) && !missing_keys.contains(key) {
                missing.push(budget);
                missing_keys.push(key.clone());
            }
        }
        let scores = self.compute(&missing, sweep.area, attack, saliency)?;
        self.computed.extend(missing_keys.into_iter().zip(scores));

        let row = |budget: &Budget, score: &VolumeScore| CurveRow {
            loss: self.loss.clone(),
            seed: Some(self.seed),
            sweep: name.to_string(),
            attack: attack.name().to_string(),
            map: if attack.reads_map() { map.to_string() } else { String::new() },
            method: match attack.reads_map() {
                true => self.method.clone(),
                false => self.method.as_ref().map(|_| String::new()),
            },
            pixels: budget.pixels(),
            level: budget.level(),
            volume: self.prepared.volumes[score.volume].id.clone(),
            slices: score.slices,
            trials: score.trials,
            half_width: score.half_width,
            dice: score.dice,
            volume_dice: score.overlap.dice(),
            area: score.overlap.predicted,
            true_area: score.overlap.truth,
            intersection: score.overlap.intersection,
            norm: budget.ball().map(|ball| ball.norm),
            radius: budget.ball().map(|ball| ball.radius),
            severity: budget.severity(),
            queries: (attack.ranked().is_none() && budget.severity().is_none()).then_some(score.queries),
        };
        let scores = |key| self.computed.get(key).into_iter().flatten();
        let points = budgets.iter().zip(&keys);
        let rows = points.flat_map(|(budget, key)| scores(key).map(move |score| row(budget, score)));
        Ok(rows.collect())
    }

    /// Scores of every volume at each of `budgets`, which are meant for `area`.
    fn compute(
        &self,
        budgets: &[Budget],
        area: Option<NonZeroUsize>,
        attack: &dyn Attack,
        saliency: &Maps,
    ) -> Result<Vec<Vec<VolumeScore>>, StudyError> {
        let slices = self.prepared.test.len();
        let mut tallies = vec![vec![Tally::default(); slices]; budgets.len()];
        let mut done = vec![0; budgets.len()];
        let trials = |budget: &Budget| match budget.draws() || attack.draws() && !budget.is_nothing() {
            true => self.trials.least,
            false => 1,
        };
        let mut wanted: Vec<usize> = budgets.iter().map(trials).collect();
        while done != wanted {
            let last = wanted.iter().copied().max().unwrap_or(0);
            for start in (0..slices).step_by(SLICES) {
                let jobs: Vec<Job> = (start..slices.min(start + SLICES))
                    .flat_map(|slice| (0..last).map(move |trial| (slice, trial)))
                    .flat_map(|(slice, trial)| {
                        (0..budgets.len()).map(move |point| Job { point, slice, trial })
                    })
                    .filter(|job| (done[job.point]..wanted[job.point]).contains(&job.trial))
                    .collect();
                let scores: Vec<Vec<(Overlap, usize)>> = jobs
                    .par_chunks(self.predictor.chunk())
                    .map(|jobs| self.score(jobs, (budgets, area), attack, saliency))
                    .collect::<Result<_, _>>()?;
                for (job, (overlap, queries)) in jobs.iter().zip(scores.into_iter().flatten()) {
                    tallies[job.point][job.slice].add(overlap, queries);
                }
            }
            done.clone_from(&wanted);
            for (point, wanted) in wanted.iter_mut().enumerate() {
                if *wanted > 1 {
                    *wanted = self.trials_needed(&tallies[point]).clamp(*wanted, self.trials.most);
                }
            }
        }
        Ok(tallies.iter().map(|tallies| volume_scores(tallies, &self.volumes)).collect())
    }

    /// Runs the jobs of one pass through the network; those of a slice follow each other, and within them
    /// those of a trial. With each score come the passes that the attack made for it.
    fn score(
        &self,
        jobs: &[Job],
        (budgets, area): (&[Budget], Option<NonZeroUsize>),
        attack: &dyn Attack,
        saliency: &Maps,
    ) -> Result<Vec<(Overlap, usize)>, StudyError> {
        let of_slices = || jobs.chunk_by(|a, b| a.slice == b.slice);
        let read = |jobs: &[Job]| {
            let number = jobs[0].slice;
            let map = if attack.reads_map() { saliency.read(number)? } else { Vec::new() };
            Ok((self.prepared.test.get(number)?, map))
        };
        let slices: Vec<(Slice, Vec<f32>)> = of_slices().map(read).collect::<Result<_, StudyError>>()?;
        let mut batch = Vec::new();
        for (jobs, (slice, saliency)) in of_slices().zip(&slices) {
            let volume = self.prepared.volumes[slice.volume].id.as_str();
            batch.extend(jobs.chunk_by(|a, b| a.trial == b.trial).map(|jobs| {
                let trial = Trial { slice, saliency, volume, seed: &self.stream, number: jobs[0].trial };
                let own = |job: &Job| budgets[job.point].on(trial.area(), area).within(self.prepared.range);
                Wanted { trial, budgets: jobs.iter().map(own).collect() }
            }));
        }
        let mut victim = Victim::new(self.predictor, self.trained);
        if attack.needs_other_slices() {
            let numbers = of_slices().map(|jobs| jobs[0].slice);
            let pairs =
                numbers.zip(&slices).map(|(number, (slice, _))| Ok((slice, self.prepared.other(number)?)));
            let pairs: Vec<(&Slice, Option<Slice>)> = pairs.collect::<Result<_, StudyError>>()?;
            victim = victim.with_others(pairs.into_iter().filter_map(|(slice, other)| Some((slice, other?))));
        }
        let images = perturbed(attack, &batch, &victim)?;
        let logits = self.predictor.logits(&images)?;
        let slices = of_slices().zip(&slices).flat_map(|(jobs, (slice, _))| jobs.iter().map(move |_| slice));
        let scores = slices.zip(logits.chunks(self.predictor.pixels()));
        let asked = batch.iter().flat_map(|Wanted { trial, budgets }| {
            budgets.iter().map(|budget| attack.queries_of(budget, trial.area()).all())
        });
        Ok(scores.map(|(slice, logits)| slice.score(logits)).zip(asked).collect())
    }

    /// Trials that bring the half-width under the wanted one, from the variance seen so far.
    fn trials_needed(&self, tallies: &[Tally]) -> usize {
        (variance(tallies, &self.volumes) * (Z95 / self.trials.half_width).powi(2)).ceil() as usize
    }
}

impl PointKey {
    fn new(attack: &dyn Attack, map: &str, budget: &Budget, area: Option<NonZeroUsize>) -> Self {
        let area = area.filter(|_| !budget.is_nothing());
        // Where nothing may change every attack is the same.
        let (attack, map) = match attack.reads_map() {
            _ if budget.is_nothing() => ("", ""),
            false => (attack.name(), ""),
            true => (attack.name(), map),
        };
        Self { attack: attack.to_string(), map: map.to_string(), budget: budget.key(), area }
    }
}
