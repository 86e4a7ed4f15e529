//! What the cells of a study will cost: passes counted from the study, times the seconds of each by a short timing.

use crate::attack::Attack;
use crate::attack::budget::BudgetKey;
use crate::attack::victim::Queries;
use crate::definition::arm::Arm;
use crate::definition::study::Study;
use crate::definition::sweep::Sweep;
use crate::study::pace::Pace;
use crate::study::prepared::Prepared;
use crate::study::probe::{self, Passes};
use crate::study::tally::Z95;
use crate::train::batches;
use serde::Serialize;
use std::collections::BTreeSet;

/// Standard deviation of a slice's Dice between trials that the number of trials is foretold from: root mean square
/// over the points of the reference study, whose networks have 0.120 to 0.130.
const BETWEEN_TRIALS: f64 = 0.13;

/// Seconds of a study's cells by stage, all cells together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Training with its validation.
    pub train: f64,
    /// Saliency maps and what is measured without an attack.
    pub explain: f64,
    /// Every sweep under every attack.
    pub attack: f64,
    /// The transfer control.
    pub transfer: f64,
    /// All of it, were every drawn point to need `trials.most` trials.
    pub at_most: f64,
    /// Trials of a drawn point that `attack` and `transfer` reckon with.
    pub trials: usize,
}

impl Cost {
    /// All stages.
    pub fn seconds(&self) -> f64 {
        self.train + self.explain + self.attack + self.transfer
    }

    /// That of `cells` at `pace`, trained where `train` says so. Where each seed has a split of its own,
    /// `prepared` is one of them.
    pub fn of(study: &Study, prepared: &Prepared, cells: &[(Arm, u64)], pace: &Pace, train: bool) -> Self {
        let slices = prepared.test.len() as f64;
        let whole = prepared.all.of_volumes(&prepared.split.test).len() as f64;
        let trials = trials(study, prepared);
        let mut cost = Self { trials, ..Self::default() };
        let again: usize = probe::of_study(study)
            .filter_map(|probe| probe.check.as_ref())
            .map(|asked| asked.trainings)
            .sum();
        for (arm, _) in cells {
            let steps = batches(&arm.train, prepared.train.len());
            let passes = steps.div_ceil(prepared.train.len().div_ceil(arm.train.batch).max(1));
            let validation = (passes * prepared.validation.len()) as f64 * pace.forward;
            let seen = (steps * arm.train.batch.min(prepared.train.len()) * arm.train.gradients()) as f64;
            let training = steps as f64 * pace.step + seen * pace.map;
            cost.train += if train { training + validation } else { 0.0 };
            // Without a validation.
            cost.train += again as f64 * training;
        }
        let count = cells.len() as f64;
        cost.explain = count * (slices * pace.saliency + (slices + whole) * pace.forward);
        let sampled = count * prepared.test_volumes().len() as f64;
        for asked in probe::of_study(study).filter_map(|probe| probe.check.as_ref()) {
            let Passes { maps, forward } = (asked.passes)(study);
            cost.explain += sampled * (maps as f64 * pace.saliency + forward as f64 * pace.forward);
        }
        let attacked = study.attacked();
        let area = prepared.size[0] * prepared.size[1];
        let of_cell =
            Points::of(attacked.iter().map(|(by, _, sweep)| (by.name(), by.attack, *sweep)), area, pace);
        let seeds = cells.iter().map(|(_, seed)| seed).collect::<BTreeSet<_>>().len();
        let transfers = Transfers::of(study, seeds, pace);
        let attacked = |trials: usize| slices * count * (pace.attack + of_cell.seconds(trials));
        let transferred =
            |trials: usize| slices * (transfers.maps * pace.map + transfers.points.seconds(trials));
        (cost.attack, cost.transfer) = (attacked(trials), transferred(trials));
        let most = study.trials.most;
        cost.at_most = cost.train + cost.explain + attacked(most) + transferred(most);
        cost
    }
}

/// Seconds of a slice at the points of sweeps at which something is changed.
#[derive(Clone, Copy, Debug, Default)]
struct Points {
    fixed: f64,
    /// Those of one trial of the points that draw.
    drawn: f64,
}

impl Points {
    /// Those of sweeps under attacks on slices of `area` pixels; what several share is computed once.
    fn of<'a>(
        attacked: impl Iterator<Item = (String, &'a dyn Attack, &'a Sweep)>,
        area: usize,
        pace: &Pace,
    ) -> Self {
        let mut keys: BTreeSet<(String, BudgetKey)> = BTreeSet::new();
        let mut points = Self::default();
        for (name, attack, sweep) in attacked {
            for budget in sweep.budgets().iter().filter(|budget| !budget.is_nothing()) {
                let Queries { forward, backward } = attack.queries_of(budget, area);
                let asked =
                    backward as f64 * pace.map + forward.saturating_sub(backward) as f64 * pace.forward;
                let draws = budget.draws() || attack.draws();
                if keys.insert((name.clone(), budget.key())) {
                    *(if draws { &mut points.drawn } else { &mut points.fixed }) += pace.attack + asked;
                }
            }
        }
        points
    }

    fn seconds(&self, trials: usize) -> f64 {
        self.fixed + self.drawn * trials as f64
    }

    fn times(self, factor: f64) -> Self {
        Self { fixed: self.fixed * factor, drawn: self.drawn * factor }
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::default(), |sum, one| Self {
            fixed: sum.fixed + one.fixed,
            drawn: sum.drawn + one.drawn,
        })
    }
}

/// What the transfer control of `seeds` whole seeds computes.
struct Transfers {
    /// Saliency maps a slice.
    maps: f64,
    points: Points,
}

impl Transfers {
    fn of(study: &Study, seeds: usize, pace: &Pace) -> Self {
        let sweeps = study.transferred();
        let Some(attack) = study.ranking().next().filter(|_| !sweeps.is_empty()) else {
            return Self { maps: 0.0, points: Points::default() };
        };
        let (arms, seeds) = (study.arms.len() as f64, seeds as f64);
        let points =
            Points::of(sweeps.iter().map(|(_, sweep)| (attack.name().to_string(), attack, *sweep)), 0, pace);
        let mut all = Self { maps: seeds * arms, points: points.times(seeds * arms * (arms - 1.0)) };
        if study.seeds.first().is_some_and(|&seed| study.partner(seed).is_some()) {
            all.maps += 2.0 * seeds * arms;
            all.points = [all.points, points.times(seeds * arms * arms)].into_iter().sum();
        }
        all
    }
}

/// Trials that bring a point's half-width under the wanted one if a slice's Dice varies by [`BETWEEN_TRIALS`].
fn trials(study: &Study, prepared: &Prepared) -> usize {
    let volumes = prepared.test_volumes();
    let weight: f64 = volumes.iter().map(|(_, range)| 1.0 / range.len().max(1) as f64).sum();
    let variance = BETWEEN_TRIALS.powi(2) * weight / (volumes.len().max(1) as f64).powi(2);
    let wanted = (variance * (Z95 / study.trials.half_width).powi(2)).ceil() as usize;
    wanted.clamp(study.trials.least, study.trials.most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;
    use crate::study::run;

    const FREE: Pace = Pace { step: 0.0, forward: 0.0, map: 0.0, saliency: 0.0, attack: 0.0, weights: 0 };

    /// Two losses at two seeds: fig2 has two levels of 5 pixels, fig6 5 drawn ones and a point where nothing changes.
    fn study(changes: &[&str]) -> Study {
        let mut overrides: Vec<String> =
            ["seeds=[0, 1]", "attack.methods=['signed', 'random']", "trials.least=3"]
                .map(String::from)
                .to_vec();
        overrides.extend(changes.iter().map(ToString::to_string));
        Study::parse(shipped::text("smoke").expect("smoke"), &overrides).expect("a study")
    }

    fn cost(study: &Study, pace: Pace) -> anyhow::Result<(Cost, [f64; 3])> {
        let prepared = Prepared::load(study, None)?;
        let whole = prepared.all.of_volumes(&prepared.split.test).len();
        let sizes = [prepared.train.len(), prepared.test.len(), whole].map(|count| count as f64);
        Ok((Cost::of(study, &prepared, &run::cells(study, &[])?, &pace, true), sizes))
    }

    #[test]
    fn every_pass_of_a_cell_is_counted_once() -> anyhow::Result<()> {
        // `least = most = 3` trials of a drawn point.
        let study = study(&["attack.transfer=false"]);
        let (cost, [_, attacked, _]) = self::cost(&study, Pace { attack: 1.0, ..FREE })?;
        // Clean once; signed: two levels and three draws; random: three draws of each of three points.
        assert_eq!((cost.attack, cost.transfer), (4.0 * attacked * (1.0 + 2.0 + 3.0 + 9.0), 0.0));
        assert_eq!((cost.trials, cost.at_most), (3, cost.attack));
        // The attack that reads a map once more for a second method, the control not.
        let two = self::study(&["attack.transfer=false", "attack.maps=['gradient', 'occlusion']"]);
        let (cost, _) = self::cost(&two, Pace { attack: 1.0, ..FREE })?;
        assert_eq!(cost.attack, 4.0 * attacked * (1.0 + 2.0 * (2.0 + 3.0) + 9.0));
        Ok(())
    }

    #[test]
    fn checks_of_ways_of_explaining_cost_what_they_ask() -> anyhow::Result<()> {
        let maps = "attack.maps=['gradient', 'grad-cam']";
        let checks =
            |checks: &str| study(&[maps, "attack.transfer=false", &format!("saliency.checks={checks}")]);
        let volumes = Prepared::load(&study(&[]), None)?.test_volumes().len() as f64;
        let added = |asked: &str, pace| -> anyhow::Result<f64> {
            let more = cost(&checks(asked), pace)?.0.explain - cost(&checks("[]"), pace)?.0.explain;
            Ok(more / (4.0 * volumes))
        };
        let maps = Pace { saliency: 1.0, ..FREE };
        // A network of two levels has 13 layers with weights.
        assert_eq!(added("['sanity']", maps)?, 2.0 + 2.0 * 13.0);
        assert_eq!(added("['faithfulness']", maps)?, 11.0);
        // Two methods and random numbers, three curves of 21 points of two passes, and the slice as it is.
        assert_eq!(added("['shuffled-labels']", maps)?, 4.0);
        assert_eq!(added("['faithfulness']", Pace { forward: 1.0, ..FREE })?, 3.0 * 3.0 * 43.0);
        Ok(())
    }

    #[test]
    fn attacks_in_balls_cost_what_they_ask() -> anyhow::Result<()> {
        let ball = "sweep.b={title='', norm='l2', radius=[0, 0.1, 0.2], attack=['pgd(steps=3,loss=bce/dice,start=clean)', 'noise']}";
        let [without, with] = [&["attack.transfer=false"][..], &["attack.transfer=false", ball]].map(study);
        let added = |pace| -> anyhow::Result<f64> {
            let (with, [_, slices, _]) = cost(&with, pace)?;
            Ok((with.seconds() - cost(&without, pace)?.0.seconds()) / (4.0 * slices))
        };
        // Two radii: once by PGD, three times by noise.
        assert_eq!(added(Pace { attack: 1.0, ..FREE })?, 2.0 * (1.0 + 3.0));
        // Two runs of three gradients, and one look at what each made.
        assert_eq!(added(Pace { map: 1.0, ..FREE })?, 2.0 * 6.0);
        assert_eq!(added(Pace { forward: 1.0, ..FREE })?, 2.0 * 2.0);
        Ok(())
    }

    #[test]
    fn training_and_maps_are_counted_by_their_own_pace() -> anyhow::Result<()> {
        let (train, [slices, ..]) = cost(&study(&[]), Pace { step: 2.0, ..FREE })?;
        // Four cells of 8 epochs in batches of 16.
        assert_eq!(train.seconds(), 4.0 * 8.0 * (slices / 16.0).ceil() * 2.0);
        let (twice, _) = cost(&study(&["saliency.checks=['shuffled-labels']"]), Pace { step: 2.0, ..FREE })?;
        assert_eq!(twice.seconds(), 2.0 * train.seconds());
        let (maps, [_, attacked, _]) =
            cost(&study(&["attack.transfer=false"]), Pace { saliency: 1.0, ..FREE })?;
        assert_eq!(maps.seconds(), 4.0 * attacked);
        let (forward, [_, attacked, whole]) =
            cost(&study(&["split.validation=0"]), Pace { forward: 1.0, ..FREE })?;
        assert_eq!(forward.seconds(), 4.0 * (attacked + whole));
        Ok(())
    }

    #[test]
    fn the_transfer_is_under_every_other_map() -> anyhow::Result<()> {
        let within = study(&["attack.transfer=['fig2']"]);
        let (cost, [_, attacked, _]) = self::cost(&within, Pace { attack: 1.0, ..FREE })?;
        // Two seeds, two networks each, one other map, two levels.
        assert_eq!(cost.transfer, attacked * 2.0 * 2.0 * 2.0);
        let across = study(&["attack.transfer=['fig2']", "attack.across_seeds=true"]);
        let (cost, [_, attacked, _]) = self::cost(&across, Pace { attack: 1.0, ..FREE })?;
        // And both maps of the other seed.
        assert_eq!(cost.transfer, attacked * (8.0 + 2.0 * 2.0 * 2.0 * 2.0));
        Ok(())
    }

    #[test]
    fn trials_follow_from_the_half_width_that_is_asked_for() -> anyhow::Result<()> {
        let study = study(&["trials.most=100", "trials.half_width=0.01"]);
        let prepared = Prepared::load(&study, None)?;
        let volumes = prepared.test_volumes();
        let [first, second] = [0, 1].map(|volume| volumes[volume].1.len() as f64);
        // The mean of two volumes' means: (1.96 * 0.13 / 0.01)^2 trials of one slice, fewer of many.
        let wanted = (1.959_964_f64 * 13.0).powi(2) * (1.0 / first + 1.0 / second) / 4.0;
        assert!((4.0..99.0).contains(&wanted), "{wanted} is not at an end");
        assert_eq!(trials(&study, &prepared), (wanted.ceil() as usize).clamp(3, 100));
        Ok(())
    }
}
