//! Attacks that put a slice's pixels in an order, of which a budget of N takes the first N: each is a file of
//! this folder and a line in [`RANKED`].

mod magnitude;
mod random;
mod random_foreground;
mod signed;

use super::budget::{Budget, BudgetError};
use super::replacement::Replacement;
use super::trial::Trial;
use super::victim::Victim;
use super::{Attack, Knows, Wanted};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A way of ordering pixels.
pub struct Ranked {
    /// Name in study files and records.
    pub name: &'static str,
    /// Name in tables and figures.
    pub title: &'static str,
    /// Whether the order draws random numbers, so that trials differ.
    pub draws: bool,
    /// Whether the order reads the saliency map.
    pub reads_map: bool,
    /// The `most` pixels to take first, in order. Those of a larger `most` begin with them.
    pub order: fn(trial: &Trial, most: usize, generator: &mut ChaCha8Rng) -> Vec<usize>,
}

/// Every ranked attack, the paper's first.
pub const RANKED: &[&Ranked] =
    &[&signed::RANKED, &magnitude::RANKED, &random::RANKED, &random_foreground::RANKED];

impl Ranked {
    /// The `most` pixels that are taken first, checked: that many, distinct, all of them allowed.
    ///
    /// # Errors
    /// [`BudgetError`] where the slice is too small or the order breaks the rules.
    pub fn choose(&self, trial: &Trial, most: usize) -> Result<Vec<usize>, BudgetError> {
        let area = trial.area();
        if most > area {
            return Err(BudgetError::TooLarge { budget: most, area });
        }
        let pixels = (self.order)(trial, most, &mut trial.stream(self.name));
        let broken = |fault: String| BudgetError::Broken {
            attack: self.name.to_string(),
            budget: format!("{most} pixels"),
            fault,
        };
        if pixels.len() != most {
            return Err(broken(format!("it chose {} pixels", pixels.len())));
        }
        if let Some(pixel) = pixels.iter().find(|&&pixel| !trial.allows(pixel)) {
            return Err(broken(format!("pixel {pixel} was not scanned or is to be ignored")));
        }
        let mut sorted = pixels.clone();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(broken(format!("it chose pixel {} twice", pair[0]))),
            None => Ok(pixels),
        }
    }

    /// What replaces the pixels of a budget in a trial; nothing where it counts none. The first values of a larger one
    /// are the same.
    pub fn values(trial: &Trial, budget: &Budget) -> Vec<f32> {
        match *budget {
            Budget::Pixels { count, with } => with.values(count, &mut trial.stream("values")),
            Budget::Ball(_) | Budget::Severity { .. } => Vec::new(),
        }
    }
}

impl Attack for Ranked {
    fn name(&self) -> &str {
        self.name
    }

    fn title(&self) -> &str {
        self.title
    }

    fn knows(&self) -> Knows {
        if self.reads_map { Knows::Map } else { Knows::Nothing }
    }

    fn draws(&self) -> bool {
        self.draws
    }

    fn ranked(&self) -> Option<&Ranked> {
        Some(self)
    }

    fn perturb(&self, batch: &[Wanted], _: &Victim, images: &mut Vec<f32>) -> Result<(), BudgetError> {
        let unfit = |budget: &&Budget| match budget {
            Budget::Pixels { with, .. } => matches!(with, Replacement::Chosen(..)),
            Budget::Ball(_) | Budget::Severity { .. } => true,
        };
        if let Some(budget) = batch.iter().flat_map(|wanted| &wanted.budgets).find(unfit) {
            return Err(BudgetError::Unfit { attack: self.name.to_string(), budget: budget.to_string() });
        }
        // Trials of one slice follow each other; where nothing is drawn they share its order.
        let same = |a: &Wanted, b: &Wanted| !self.draws && std::ptr::eq(a.trial.slice, b.trial.slice);
        for trials in batch.chunk_by(same) {
            let budgets = trials.iter().flat_map(|wanted| &wanted.budgets);
            let most = budgets.filter_map(Budget::pixels).max().unwrap_or(0);
            let order = self.choose(&trials[0].trial, most)?;
            for Wanted { trial, budgets } in trials {
                for budget in budgets {
                    trial.replace(&order, &Self::values(trial, budget), images);
                }
            }
        }
        Ok(())
    }
}

/// The `most` pixels of `trial` with the highest `key`, descending; equal keys by ascending index.
fn highest(trial: &Trial, most: usize, key: impl Fn(usize) -> f32) -> Vec<usize> {
    let mut pixels: Vec<(f32, usize)> = trial.slice.pixels().map(|pixel| (key(pixel), pixel)).collect();
    let before = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if most < pixels.len() {
        pixels.select_nth_unstable_by(most, before);
        pixels.truncate(most);
    }
    pixels.sort_unstable_by(before);
    pixels.into_iter().map(|(_, pixel)| pixel).collect()
}

/// Draws `most` of `pixels` in random order. The first draws of a larger `most` are the same.
pub(super) fn draw(mut pixels: Vec<usize>, most: usize, generator: &mut ChaCha8Rng) -> Vec<usize> {
    let most = most.min(pixels.len());
    for place in 0..most {
        let other = generator.random_range(place..pixels.len());
        pixels.swap(place, other);
    }
    pixels.truncate(most);
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::{slice, trial};
    use crate::image::slice::Slice;

    /// The scanned pixels of [`slice`].
    const SCANNED: [usize; 6] = [6, 7, 8, 11, 12, 13];

    fn find(name: &str) -> &'static Ranked {
        RANKED.iter().find(|ranked| ranked.name == name).expect("a known attack")
    }

    fn order(name: &str, saliency: &[f32], slice: &Slice, most: usize, seed: u64) -> Vec<usize> {
        find(name).choose(&trial(slice, saliency, &seed.to_string()), most).expect("an order")
    }

    fn plain() -> Slice {
        slice([false; 20])
    }

    fn saliency() -> Vec<f32> {
        let mut saliency = vec![9.0; 20];
        for (pixel, value) in SCANNED.into_iter().zip([0.5, -3.0, 1.0, 1.0, 0.0, -0.5]) {
            saliency[pixel] = value;
        }
        saliency
    }

    #[test]
    fn signed_takes_the_highest_and_breaks_ties_by_index() {
        assert_eq!(order("signed", &saliency(), &plain(), 4, 0), [8, 11, 6, 12]);
    }

    #[test]
    fn magnitude_takes_the_largest_of_either_sign() {
        assert_eq!(order("magnitude", &saliency(), &plain(), 4, 0), [7, 8, 11, 6]);
    }

    #[test]
    fn channels_are_summed() {
        // A second channel of -0.75 throughout: 9 - 0.75 outside, and by place -0.25, -3.75, 0.25, 0.25, ...
        let mut slice = plain();
        slice.image = vec![0.0; 40];
        let two = [saliency(), vec![-0.75; 20]].concat();
        assert_eq!(order("signed", &two, &slice, 3, 0), [8, 11, 6]);
        // Absolute values add up: 1.25, 3.75, 1.75, 1.75, 0.75, 1.25.
        assert_eq!(order("magnitude", &two, &slice, 4, 0), [7, 8, 11, 6]);
    }

    #[test]
    fn a_tie_of_zero_and_minus_zero_goes_by_index() {
        let mut flat = vec![0.0; 20];
        flat[6] = -0.0;
        assert_eq!(order("magnitude", &flat, &plain(), 2, 0), [6, 7]);
        assert_eq!(order("signed", &flat, &plain(), 2, 0), [6, 7]);
    }

    #[test]
    fn random_foreground_takes_the_mask_first() {
        let mut mask = [false; 20];
        mask[8] = true;
        mask[11] = true;
        let mut first = order("random-foreground", &saliency(), &slice(mask), 4, 1)[..2].to_vec();
        first.sort_unstable();
        assert_eq!(first, [8, 11]);
    }

    #[test]
    fn a_larger_budget_keeps_the_choice_of_a_smaller_one_and_none_takes_what_it_may_not() {
        let mut mask = [false; 20];
        mask[6..9].fill(true);
        let mut slice = slice(mask);
        slice.ignored = vec![12];
        for (ranked, seed) in RANKED.iter().flat_map(|ranked| (1..4).map(move |seed| (ranked, seed))) {
            let all = order(ranked.name, &saliency(), &slice, 5, seed);
            assert!(!all.contains(&12), "{}", ranked.name);
            for most in 0..5 {
                assert_eq!(
                    order(ranked.name, &saliency(), &slice, most, seed),
                    all[..most],
                    "{}",
                    ranked.name
                );
            }
        }
    }

    #[test]
    fn random_choices_cover_the_region_evenly() {
        let (slice, mut counts) = (plain(), [0; 20]);
        for seed in 0..3000 {
            counts[order("random", &saliency(), &slice, 1, seed)[0]] += 1;
        }
        // Binomial(3000, 1/6): mean 500, standard deviation 20.4; four of them are 82.
        assert!(SCANNED.into_iter().all(|pixel| (418..=582).contains(&counts[pixel])), "{counts:?}");
        assert_eq!(counts.iter().sum::<i32>(), 3000);
    }

    #[test]
    fn orders_that_break_the_rules_are_caught() {
        fn outcome(order: fn(&Trial, usize, &mut ChaCha8Rng) -> Vec<usize>, most: usize) -> String {
            let ranked = Ranked { name: "test", title: "test", draws: false, reads_map: false, order };
            match ranked.choose(&trial(&plain(), &[], "0"), most) {
                Ok(pixels) => format!("{pixels:?}"),
                Err(error) => error.to_string(),
            }
        }
        assert_eq!(outcome(|_, _, _| vec![6, 13], 2), "[6, 13]");
        assert!(outcome(|_, _, _| vec![6], 2).contains("it chose 1 pixels"));
        assert!(outcome(|_, _, _| vec![6, 6], 2).contains("pixel 6 twice"));
        assert!(outcome(|_, _, _| vec![0, 6], 2).contains("pixel 0 was not scanned"));
        assert!(outcome(|_, _, _| vec![], 7).contains("more than the 6 scanned pixels"));
    }
}
