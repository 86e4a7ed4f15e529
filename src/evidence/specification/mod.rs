//! The specification curve (U. Simonsohn, J. P. Simmons and L. D. Nelson, Nature Human Behaviour 4, 2020): one
//! difference between two arms, estimated under every reasonable reading of an experiment, sorted by estimate. A
//! specification is a run, the attack that ranks pixels, and a point of a sweep.

mod pair;
mod point;

pub use pair::{PAPERS_PAIRS, Pair};
pub use point::{At, PAPERS_POINTS};

use super::measured::Measured;
use super::{Evidence, Reading};
use crate::definition::differences::differences;
use crate::definition::study::Study;
use crate::records::run::Run;
use serde::Serialize;

/// One estimate of a pair's difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Specification {
    /// Name of the run's study.
    pub run: String,
    /// Its run, attack and point, each by its place among those that were given.
    #[serde(skip)]
    pub order: [usize; 3],
    /// What the run chooses otherwise than the first, its own name where that is nothing.
    pub choices: Vec<String>,
    /// The attack that ranks pixels.
    pub attack: String,
    /// Where Dice is compared.
    pub at: At,
    /// The run's own names of the pair's arms.
    pub arms: Pair,
    /// Seeds that have all their cells.
    pub seeds: usize,
    /// Dice under attack of the one arm less that of the other, paired by seed and volume.
    pub difference: f64,
    /// 95% interval, not corrected for the number of specifications, cut to [-1, 1].
    pub interval: [f64; 2],
}

/// Where an interval lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Above 0 as a whole.
    Above,
    /// Below 0 as a whole.
    Below,
    /// It holds 0.
    Across,
}

impl Specification {
    /// Where its interval lies.
    pub fn side(&self) -> Side {
        match self.interval {
            [low, _] if low > 0.0 => Side::Above,
            [_, high] if high < 0.0 => Side::Below,
            _ => Side::Across,
        }
    }
}

/// All specifications of a pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpecificationCurve {
    /// What is compared.
    pub pair: Pair,
    /// By rising difference.
    pub specifications: Vec<Specification>,
}

impl SpecificationCurve {
    /// How many intervals lie on `side`.
    pub fn count(&self, side: Side) -> usize {
        self.specifications.iter().filter(|one| one.side() == side).count()
    }

    /// The median difference; none without a specification.
    pub fn median(&self) -> Option<f64> {
        let last = self.specifications.len().checked_sub(1)?;
        let at = |place: usize| self.specifications[place].difference;
        Some((at(last / 2) + at(last.div_ceil(2))) / 2.0)
    }
}

/// Curves of several pairs over the same runs, which are added one at a time; the first one added is what the choices
/// of the others are told from.
#[derive(Clone, Debug, Serialize)]
pub struct Specifications {
    /// One a pair.
    pub curves: Vec<SpecificationCurve>,
    /// What could not be estimated and why, a line each.
    pub left_out: Vec<String>,
    #[serde(skip)]
    points: Vec<At>,
    /// Empty: the first of each run.
    #[serde(skip)]
    attacks: Vec<String>,
    #[serde(skip)]
    first: Study,
    /// Hash of the data of the first run that was fit.
    #[serde(skip)]
    data: Option<String>,
    /// Runs added.
    #[serde(skip)]
    added: usize,
}

impl Specifications {
    /// None yet, of `pairs` at `points` under `attacks`, or where that is empty under the first of each run;
    /// `first` is the study of the first run.
    ///
    /// # Errors
    /// A line for an arm that `first` does not have.
    pub fn new(
        first: &Study,
        pairs: Vec<Pair>,
        points: Vec<At>,
        attacks: Vec<String>,
    ) -> Result<Self, String> {
        for name in pairs.iter().flat_map(|pair| [&pair.arm, &pair.less]) {
            if first.arm(name).is_none() {
                return Err(format!(
                    "study '{}' has no arm {name}: it has {}",
                    first.name,
                    first.names().join(", ")
                ));
            }
        }
        let curves = pairs.into_iter().map(|pair| SpecificationCurve { pair, specifications: Vec::new() });
        let curves = curves.collect();
        Ok(Self { curves, left_out: Vec::new(), points, attacks, first: first.clone(), data: None, added: 0 })
    }

    /// Adds every specification of `run`. A run with a network of a pair that did not learn, or with a single seed, which
    /// says nothing of others, is left out; so is, of a run that differs from the first in its losses alone, a pair that both
    /// have.
    ///
    /// # Errors
    /// A line where a study cannot be written as text.
    pub fn add(&mut self, run: &Run) -> Result<(), String> {
        let name = &run.study.name;
        let order = self.added;
        self.added += 1;
        let evidence = Evidence::of(run, Reading::of(&run.study));
        let unfit = match evidence.seeds.len() {
            0 => Some("no seed has all its cells".to_string()),
            1 => Some("one seed says nothing of others".to_string()),
            _ => {
                let arms = self.curves.iter().flat_map(|curve| [&curve.pair.arm, &curve.pair.less]);
                let here = arms.filter_map(|arm| arm_of(&self.first, run, arm).ok());
                here.into_iter().find_map(|arm| evidence.learned(&arm).err())
            }
        };
        if let Some(fault) = unfit {
            self.left_out.push(format!("{name}: {fault}"));
            return Ok(());
        }
        let differences = differences(&self.first, &run.study)?;
        let only_losses = order > 0
            && run.study.seeds == self.first.seeds
            && !differences.is_empty()
            && differences.iter().all(|choice| choice.starts_with("losses = "));
        let data = run.cells.first().map(|cell| &cell.record.data_hash);
        let other_data = data.filter(|&data| self.data.get_or_insert_with(|| data.clone()) != data);
        let other_data = other_data.map(|_| "other volumes".to_string());
        let choices: Vec<String> = other_data.into_iter().chain(differences).collect();
        let choices = if choices.is_empty() { vec![name.clone()] } else { choices };
        let attacks = match self.attacks.is_empty() {
            true => vec![Reading::of(&run.study).attack],
            false => self.attacks.clone(),
        };
        let mut left_out = Vec::new();
        for (nth, attack) in attacks.into_iter().enumerate() {
            let evidence = Evidence::of(run, Reading { attack: attack.clone(), micro: false });
            for curve in &mut self.curves {
                // The networks of both arms are those of the first run: its estimates would count twice.
                if only_losses
                    && [&curve.pair.arm, &curve.pair.less].iter().all(|arm| evidence.losses.contains(arm))
                {
                    continue;
                }
                for (point, at) in self.points.iter().enumerate() {
                    match specification(&self.first, run, &evidence, &curve.pair, at) {
                        Ok(found) => {
                            let (attack, choices) = (attack.clone(), choices.clone());
                            let order = [order, nth, point];
                            curve.specifications.push(Specification { order, attack, choices, ..found });
                        }
                        Err(fault) => left_out.push(format!("{name} at {at}: {fault}")),
                    }
                }
                curve.specifications.sort_by(|a, b| a.difference.total_cmp(&b.difference));
            }
        }
        // What holds of several pairs is said once.
        for line in left_out {
            if !self.left_out.contains(&line) {
                self.left_out.push(line);
            }
        }
        Ok(())
    }
}

/// One estimate, its attack and choices not yet named.
fn specification(
    first: &Study,
    run: &Run,
    evidence: &Evidence,
    pair: &Pair,
    at: &At,
) -> Result<Specification, String> {
    let arms = Pair { arm: arm_of(first, run, &pair.arm)?, less: arm_of(first, run, &pair.less)? };
    let dice = |arm: &str| evidence.measure(arm, arm, &at.dice());
    let [arm, less]: [Measured; 2] = [dice(&arms.arm)?, dice(&arms.less)?];
    let estimate = evidence.estimate(|seeds, volumes| arm.mean(seeds, volumes) - less.mean(seeds, volumes));
    let interval = estimate.interval(0.95);
    if !interval.iter().chain([&estimate.value]).all(|number| number.is_finite()) {
        return Err("its records do not tell the difference".to_string());
    }
    Ok(Specification {
        run: run.study.name.clone(),
        order: [0; 3],
        choices: Vec::new(),
        attack: String::new(),
        at: at.clone(),
        arms,
        seeds: evidence.seeds.len(),
        difference: estimate.value,
        interval: interval.map(|end| end.clamp(-1.0, 1.0)),
    })
}

/// What `run` has for the arm that the first run calls `name`: the one of that name, else the one at its place in a
/// list as long, such as `bce+slice-dice` for `bce+dice`.
fn arm_of(first: &Study, run: &Run, name: &str) -> Result<String, String> {
    if run.study.arm(name).is_some() {
        return Ok(name.to_string());
    }
    let place = first.arms.iter().position(|arm| arm.name == name);
    let same_length = first.arms.len() == run.study.arms.len();
    let stand_in = place.filter(|_| same_length).map(|place| run.study.arms[place].name.clone());
    stand_in
        .filter(|other| first.arm(other).is_none())
        .ok_or_else(|| format!("has no arm {name}, and none stands at its place"))
}

#[cfg(test)]
mod tests;
