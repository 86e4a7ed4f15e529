//! Every arm of a study against a baseline: Dice without an attack and under it, paired by seed and volume.

use super::Evidence;
use super::measured::Measured;
use super::quality::Quality;
use super::quantity::{Quantity, Sweeps};
use crate::definition::study::Study;
use crate::stats::estimate::Estimate;
use crate::stats::holm::{self, LEVEL};
use serde::Serialize;

/// Arms against a baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Name of the baseline.
    pub baseline: String,
    /// Sweeps whose attacked points count, each point alike.
    pub sweeps: Vec<String>,
    /// Seeds that have all their cells.
    pub seeds: usize,
    /// One an arm, in the study's order.
    pub arms: Vec<Compared>,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Its name.
    pub arm: String,
    /// Without an attack.
    pub clean: Option<Scored>,
    /// Mean over the attacked points.
    pub attacked: Option<Scored>,
    /// Its masks' borders and its probabilities, without an attack.
    pub quality: Quality,
    /// What the run lacks of it; empty where nothing.
    pub lacks: String,
}

/// A score and how it differs from the baseline's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scored {
    /// Dice, in [0, 1].
    pub dice: f64,
    /// Of each seed.
    pub by_seed: Vec<f64>,
    /// None for the baseline itself.
    pub difference: Option<Difference>,
}

/// A paired difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Arm less baseline.
    pub value: f64,
    /// 95% interval, cut to [-1, 1], further than which no two scores are apart.
    pub interval: [f64; 2],
    /// Two-sided, corrected after Holm for all differences of the comparison; none with one seed, which decides
    /// nothing.
    pub adjusted_p: Option<f64>,
}

impl Difference {
    /// Whether its interval leaves out none, which is for this difference by itself.
    pub fn is_sure_alone(&self) -> bool {
        let [low, high] = self.interval;
        low > 0.0 || high < 0.0
    }

    /// Whether it is told apart from none.
    pub fn is_sure(&self) -> bool {
        self.adjusted_p.is_some_and(|p| p < LEVEL)
    }
}

/// The baseline where none is named: Dice loss, which most begin with, or the first arm.
pub fn default_baseline(names: &[String]) -> Option<&String> {
    names.iter().find(|name| *name == "dice").or(names.first())
}

impl Evidence<'_> {
    /// Every arm against `baseline`, under the study's attack at the points of `sweeps` that change anything.
    ///
    /// # Errors
    /// A line that says that there is no such arm, or what the run lacks of the baseline.
    pub fn compare(&self, baseline: &str, sweeps: &[String]) -> Result<Comparison, String> {
        let base = self.both(baseline, sweeps)?;
        let others: Vec<(String, Result<[Measured; 2], String>)> =
            self.losses.iter().map(|arm| (arm.clone(), self.both(arm, sweeps))).collect();
        let differs = |arm: &[Measured; 2], side: usize| {
            self.estimate(|seeds, volumes| arm[side].mean(seeds, volumes) - base[side].mean(seeds, volumes))
        };
        let measured =
            others.iter().filter(|(arm, _)| arm != baseline).filter_map(|(_, arm)| arm.as_ref().ok());
        let estimates: Vec<Estimate> = measured.flat_map(|arm| [differs(arm, 0), differs(arm, 1)]).collect();
        let two_sided = |one: &Estimate| (2.0 * one.p_above(0.0).min(one.p_below(0.0))).min(1.0);
        let adjusted = holm::adjust(&estimates.iter().map(two_sided).collect::<Vec<f64>>());
        let mut differences = estimates.iter().zip(adjusted).map(|(one, p)| Difference {
            value: one.value,
            interval: one.interval(0.95).map(|end| end.clamp(-1.0, 1.0)),
            adjusted_p: (self.seeds.len() > 1).then_some(p),
        });
        let arms = others.iter().map(|(arm, measured)| match measured {
            Ok(measured) => {
                let quality = self.quality(arm);
                let mut scored = |side: usize| {
                    let difference = if arm == baseline { None } else { differences.next() };
                    Some(self.scored(&measured[side], difference))
                };
                let (clean, attacked) = (scored(0), scored(1));
                Compared { arm: arm.clone(), clean, attacked, quality, lacks: String::new() }
            }
            Err(lacks) => {
                let quality = Quality::default();
                Compared { arm: arm.clone(), clean: None, attacked: None, quality, lacks: lacks.clone() }
            }
        });
        let arms = arms.collect();
        Ok(Comparison {
            baseline: baseline.to_string(),
            sweeps: sweeps.to_vec(),
            seeds: self.seeds.len(),
            arms,
        })
    }

    /// Every arm against the default baseline over all sweeps of the study; none where nothing can be compared, such
    /// as before a seed has all its cells.
    pub fn against_default(&self, study: &Study) -> Option<Comparison> {
        let baseline = default_baseline(&self.losses).filter(|_| self.losses.len() > 1)?;
        let sweeps: Vec<String> = study.sweeps.keys().cloned().collect();
        self.compare(baseline, &sweeps).ok()
    }

    /// Dice of an arm without an attack and under it.
    fn both(&self, arm: &str, sweeps: &[String]) -> Result<[Measured; 2], String> {
        let clean = self.measure(arm, arm, &Quantity::Clean {})?;
        Ok([clean, self.attacked(arm, &Sweeps::Many(sweeps.to_vec()))?])
    }

    fn scored(&self, measured: &Measured, difference: Option<Difference>) -> Scored {
        let [seeds, volumes] = [self.seeds.len(), self.volumes.len()].map(|count| vec![1.0; count]);
        let by_seed = (0..seeds.len()).map(|seed| measured.of_seed(seed, &volumes)).collect();
        Scored { dice: measured.mean(&seeds, &volumes), by_seed, difference }
    }
}
