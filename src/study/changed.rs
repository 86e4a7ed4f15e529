//! What the attacks that sweeps name make of the example slices: the same images that the sweeps score, in their first trial.

use crate::attack::Wanted;
use crate::attack::budget::Budget;
use crate::attack::harness::perturbed;
use crate::attack::trial::Trial;
use crate::attack::victim::Victim;
use crate::definition::arm::Arm;
use crate::definition::attacking::Attacking;
use crate::definition::study::Study;
use crate::definition::sweep::Sweep;
use crate::image::predicted::predicted_mask;
use crate::network::chunked::Predictor;
use crate::records::changed::{Change, Changed};
use crate::records::examples::{Examples, runs};
use crate::study::StudyError;
use crate::study::prepared::Prepared;
use rayon::prelude::*;

/// Values that the whole changed images of a run may hold together: some 3 MB of the record and of the page.
const MOST: usize = 2_000_000;

/// How much is kept of a study: a page must stay one that a phone can open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Extent {
    /// Of how many of the slices, from the first.
    pub slices: usize,
    /// Whether whole images are kept at every budget of a sweep, not at its middle one alone.
    every_budget: bool,
}

impl Extent {
    /// That of `study` on slices of these scanned areas: every budget where that is not too much, else the middle one of as many
    /// slices as fit, and of one slice at least.
    pub fn of(study: &Study, areas: &[usize]) -> Self {
        let points = |every_budget| {
            let one = Self { slices: 0, every_budget };
            let whole = own(study).filter(|(_, _, sweep)| !sweep.is_of_pixels());
            study.arms.len() * whole.map(|(_, _, sweep)| one.budgets(sweep).len()).sum::<usize>()
        };
        let all = areas.iter().fold(0_usize, |sum, &area| sum.saturating_add(area));
        if all.saturating_mul(points(true)) <= MOST {
            return Self { slices: areas.len(), every_budget: true };
        }
        let points = points(false);
        let mut sum = 0_usize;
        let fits = areas.iter().take_while(|&&area| {
            sum = sum.saturating_add(area);
            sum.saturating_mul(points) <= MOST
        });
        Self { slices: fits.count().clamp(areas.len().min(1), areas.len()), every_budget: false }
    }

    /// The budgets of `sweep` that are kept, none of which allows nothing.
    fn budgets(&self, sweep: &Sweep) -> Vec<Budget> {
        let mut budgets = sweep.budgets();
        budgets.retain(|budget| !budget.is_nothing());
        if self.every_budget || sweep.is_of_pixels() {
            return budgets;
        }
        let size = |budget: &Budget| match (budget.ball(), budget.severity()) {
            (Some(ball), _) => ball.radius,
            (None, severity) => severity.map_or(0.0, |severity| severity.number().into()),
        };
        budgets.sort_by(|a, b| size(a).total_cmp(&size(b)));
        budgets.get(budgets.len() / 2).copied().into_iter().collect()
    }
}

/// Whether `examples` hold all that they should of the attacks that the sweeps of `study` name; those of earlier versions hold
/// none.
pub fn are_in(examples: &Examples, study: &Study) -> bool {
    let every = Extent { slices: 0, every_budget: true };
    let wanted = own(study).any(|(_, _, sweep)| !every.budgets(sweep).is_empty());
    let first = examples.slices.first();
    !wanted || first.is_none_or(|slice| slice.networks.iter().all(|network| !network.changed.is_empty()))
}

/// Every attack that a sweep names, with the sweep.
fn own(study: &Study) -> impl Iterator<Item = (Attacking<'_>, &String, &Sweep)> {
    study.attacked().into_iter().filter(|(_, _, sweep)| sweep.has_own_attacks())
}

/// A network under attack, with all that its attacks may know.
pub struct Changing<'a> {
    /// The study.
    pub study: &'a Study,
    /// Its slices.
    pub prepared: &'a Prepared,
    /// How much is wanted.
    pub extent: Extent,
    /// The network's arm.
    pub arm: &'a Arm,
    /// The network.
    pub predictor: &'a Predictor,
}

impl Changing<'_> {
    /// The slice of `trial`, test slice `number`, under every attack.
    ///
    /// # Errors
    /// [`StudyError`] as the sweeps have it.
    pub fn all(&self, trial: &Trial, number: usize) -> Result<Vec<Changed>, StudyError> {
        let attacked: Vec<_> = own(self.study).collect();
        let one =
            |(by, name, sweep): &(Attacking, &String, &Sweep)| self.one(trial, number, by, (name, sweep));
        let changed: Vec<Vec<Changed>> = attacked.par_iter().map(one).collect::<Result<_, _>>()?;
        Ok(changed.concat())
    }

    fn one(
        &self,
        trial: &Trial,
        number: usize,
        by: &Attacking,
        (name, sweep): (&str, &Sweep),
    ) -> Result<Vec<Changed>, StudyError> {
        let slice = trial.slice;
        let nominal = self.extent.budgets(sweep);
        let own = |budget: &Budget| budget.on(trial.area(), sweep.area).within(self.prepared.range);
        let wanted = Wanted { trial: *trial, budgets: nominal.iter().map(own).collect() };
        let mut victim = Victim::new(self.predictor, self.arm.trained_with());
        if by.attack.needs_other_slices() {
            victim = victim.with_others(self.prepared.other(number)?.map(|other| (slice, other)));
        }
        let images = perturbed(by.attack, &[wanted], &victim)?;
        let logits = self.predictor.logits(&images)?;
        let found = images.chunks(slice.image.len()).zip(logits.chunks(self.predictor.pixels()));
        let changed = nominal.iter().zip(found).map(|(budget, (image, logits))| Changed {
            sweep: name.to_string(),
            attack: by.name(),
            pixels: budget.pixels(),
            radius: budget.ball().map(|ball| ball.radius),
            severity: budget.severity().map(|severity| severity.number()),
            change: change(trial, image, sweep.is_of_pixels()),
            dice: slice.score(logits).dice(),
            mask: runs(predicted_mask(logits, slice.region.pixels())),
        });
        Ok(changed.collect())
    }
}

/// What became of the first channel; of the pixels that differ in any where those are counted.
fn change(trial: &Trial, image: &[f32], counted: bool) -> Change {
    let slice = trial.slice;
    let (clean, now) = (slice.region.crop(&slice.image), slice.region.crop(image));
    if !counted {
        return Change::whole(&clean, &now);
    }
    let plane = slice.mask.len();
    let differs = |pixel: usize| {
        let channels = (pixel..slice.image.len()).step_by(plane);
        channels.into_iter().any(|place| slice.image[place].to_bits() != image[place].to_bits())
    };
    let at = slice.region.pixels().enumerate().filter(|&(_, pixel)| differs(pixel)).map(|(place, _)| place);
    Change::pixels(&now, at.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study(changes: &[&str]) -> anyhow::Result<Study> {
        let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
        Study::read("attacks", &changes).map_err(anyhow::Error::msg)
    }

    #[test]
    fn budgets_are_thinned_and_slices_left_out_where_images_are_too_many() -> anyhow::Result<()> {
        let study = study(&[])?;
        let small = Extent::of(&study, &[100; 6]);
        assert_eq!(small, Extent { slices: 6, every_budget: true });
        let hippocampus = Extent::of(&study, &[1_700; 6]);
        assert_eq!(hippocampus, Extent { slices: 6, every_budget: false });
        let large = Extent::of(&study, &[65_536; 6]);
        assert_eq!(large, Extent { slices: 1, every_budget: false });
        assert_eq!(Extent::of(&study, &[usize::MAX, 1]).slices, 1);
        assert_eq!(Extent::of(&study, &[]).slices, 0);

        let radii = |extent: Extent| -> Vec<f32> {
            let budgets = extent.budgets(&study.sweeps["pgd"]);
            budgets.iter().filter_map(Budget::ball).map(|ball| ball.radius).collect()
        };
        assert_eq!(radii(small), [0.001, 0.002, 0.004, 0.008]);
        assert_eq!(radii(large), [0.004]);
        let worst = large.budgets(&study.sweeps["corruptions"]);
        assert_eq!(
            worst.iter().filter_map(Budget::severity).map(|one| one.number()).collect::<Vec<_>>(),
            [3]
        );
        // Pixels are few: all that may change any.
        assert_eq!(large.budgets(&study.sweeps["greedy"]).len(), 2);
        Ok(())
    }
}
