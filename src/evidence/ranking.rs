//! Arms in the order of their scores, and how sure that order is: mean ranks over seeds with the difference that tells two
//! of them apart, the places that an arm could as well have taken, and how often it would come first.

use super::Evidence;
use super::measured::Measured;
use super::quantity::{Quantity, Sweeps};
use crate::random::stream;
use crate::stats::nemenyi::critical_difference;
use crate::stats::rank::ranks;
use rand::RngExt;
use serde::Serialize;

/// Draws of seeds and subjects, as rliable has it (R. Agarwal and others, NeurIPS 2021): a stratified bootstrap, the same
/// draws for every arm.
const DRAWS: usize = 2000;

/// Arms by one score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranking {
    /// The sweep whose attacked points count; none where nothing is attacked.
    pub sweep: Option<String>,
    /// Mean ranks that differ by less are not told apart (Nemenyi at 0.05, seeds as blocks).
    pub critical_difference: f64,
    /// In the study's order; those that the run has all of.
    pub arms: Vec<Standing>,
    /// The others.
    pub left_out: Vec<LeftOut>,
}

/// An arm that cannot be ranked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// Its name.
    pub arm: String,
    /// What is missing or wrong.
    pub why: String,
}

/// Where an arm stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Its name.
    pub arm: String,
    /// Dice, in [0, 1], mean over seeds and test volumes.
    pub dice: f64,
    /// Its 95% interval over seeds and subjects, cut to [0, 1].
    pub interval: [f64; 2],
    /// Mean over seeds of its rank among the arms; 1 is the highest Dice, equal ones share.
    pub rank: f64,
    /// From where to where 95 of 100 draws of seeds and subjects place it.
    pub places: [usize; 2],
    /// Share of the draws in which it comes first.
    pub first: f64,
}

impl Evidence<'_> {
    /// Arms ranked without an attack, then under each of `sweeps`. Nothing where fewer than three arms or two seeds can be
    /// ranked.
    pub fn rankings(&self, sweeps: &[String]) -> Vec<Ranking> {
        let clean = std::iter::once(None);
        let all = clean.chain(sweeps.iter().map(Some));
        all.filter_map(|sweep| self.ranking(sweep)).collect()
    }

    fn ranking(&self, sweep: Option<&String>) -> Option<Ranking> {
        let measured = |arm: &String| match sweep {
            None => self.measure(arm, arm, &Quantity::Clean {}),
            Some(sweep) => {
                self.learned(arm).and_then(|()| self.attacked(arm, &Sweeps::Many(vec![sweep.clone()])))
            }
        };
        let (mut arms, mut left_out): (Vec<(String, Measured)>, _) = (Vec::new(), Vec::new());
        for arm in &self.losses {
            match measured(arm) {
                Ok(measured) => arms.push((arm.clone(), measured)),
                Err(why) => left_out.push(LeftOut { arm: arm.clone(), why }),
            }
        }
        if arms.len() < 3 || self.seeds.len() < 2 {
            return None;
        }
        let mean_ranks = self.mean_ranks(&arms);
        let placed = self.placed(&arms);
        if placed.iter().any(Vec::is_empty) {
            return None;
        }
        let standings = arms.iter().zip(mean_ranks.into_iter().zip(placed));
        let standing = |((arm, measured), (rank, places)): (&(String, Measured), (f64, Vec<usize>))| {
            let dice = self.estimate(|seeds, volumes| measured.mean(seeds, volumes));
            let share = |probability: f64| ((places.len() - 1) as f64 * probability).round() as usize;
            let first = places.iter().filter(|&&place| place == 1).count();
            Standing {
                arm: arm.clone(),
                dice: dice.value,
                interval: dice.interval(0.95).map(|end| end.clamp(0.0, 1.0)),
                rank,
                places: [places[share(0.025)], places[share(0.975)]],
                first: first as f64 / places.len() as f64,
            }
        };
        Some(Ranking {
            sweep: sweep.cloned(),
            critical_difference: critical_difference(arms.len(), self.seeds.len()),
            arms: standings.map(standing).collect(),
            left_out,
        })
    }

    /// The mean over seeds of each arm's rank.
    fn mean_ranks(&self, arms: &[(String, Measured)]) -> Vec<f64> {
        let every = vec![1.0; self.volumes.len()];
        let mut sums = vec![0.0; arms.len()];
        for seed in 0..self.seeds.len() {
            let scores: Vec<f64> = arms.iter().map(|(_, measured)| -measured.of_seed(seed, &every)).collect();
            sums.iter_mut().zip(ranks(&scores)).for_each(|(sum, rank)| *sum += rank);
        }
        sums.into_iter().map(|sum| sum / self.seeds.len() as f64).collect()
    }

    /// The place of each arm in every draw, ascending.
    fn placed(&self, arms: &[(String, Measured)]) -> Vec<Vec<usize>> {
        let count = self.subjects.iter().max().map_or(0, |last| last + 1);
        let mut numbers = stream(&["ranking"]);
        let mut places = vec![Vec::with_capacity(DRAWS); arms.len()];
        for _ in 0..DRAWS {
            let mut drawn = |units: usize| {
                let mut weights = vec![0.0; units];
                (0..units).for_each(|_| weights[numbers.random_range(0..units)] += 1.0);
                weights
            };
            let (of_seeds, of_subjects) = (drawn(self.seeds.len()), drawn(count));
            let of_volumes: Vec<f64> = self.subjects.iter().map(|&subject| of_subjects[subject]).collect();
            let scores: Vec<f64> =
                arms.iter().map(|(_, measured)| measured.mean(&of_seeds, &of_volumes)).collect();
            // A seed of whose test volumes none was drawn has no score.
            if scores.iter().any(|score| score.is_nan()) {
                continue;
            }
            for (score, places) in scores.iter().zip(&mut places) {
                places.push(1 + scores.iter().filter(|other| *other > score).count());
            }
        }
        places.iter_mut().for_each(|places| places.sort_unstable());
        places
    }
}
