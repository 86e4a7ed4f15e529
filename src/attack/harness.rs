//! Running an attack under its budget: whatever comes out is checked, and refused where it spends more than
//! its neighbours may.

use super::budget::BudgetError;
use super::{Attack, Wanted};
use crate::network::Network;

/// The changed images of a batch, laid end to end: for each trial in turn one per budget of it.
///
/// # Errors
/// [`BudgetError`] where a slice cannot hold a budget, or where the attack broke one.
pub fn perturbed(
    attack: &dyn Attack,
    batch: &[Wanted],
    network: &dyn Network,
) -> Result<Vec<f32>, BudgetError> {
    for Wanted { trial, budgets } in batch {
        let (budget, area) = (budgets.iter().map(|budget| budget.pixels()).max().unwrap_or(0), trial.area());
        if budget > area {
            return Err(BudgetError::TooLarge { budget, area });
        }
    }
    let length = |wanted: &Wanted| wanted.budgets.len() * wanted.trial.slice.image.len();
    let expected: usize = batch.iter().map(length).sum();
    let mut images = Vec::with_capacity(expected);
    attack.perturb(batch, network, &mut images)?;
    let broken = |budget: usize, fault: String| BudgetError::Broken { attack: attack.name(), budget, fault };
    if images.len() != expected {
        return Err(broken(0, format!("it made {} values of {expected}", images.len())));
    }
    let mut rest = images.as_slice();
    for Wanted { trial, budgets } in batch {
        for budget in budgets {
            let (image, behind) = rest.split_at(trial.slice.image.len());
            budget.check(trial, image).map_err(|fault| broken(budget.pixels(), fault))?;
            rest = behind;
        }
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Knows;
    use crate::attack::budget::{Budget, Replacement};
    use crate::attack::trial::tests::{slice, trial};
    use crate::network::Slope;

    /// No network: nothing here asks one.
    struct Nothing;

    impl Network for Nothing {
        fn channels(&self) -> usize {
            1
        }

        fn multiple(&self) -> usize {
            1
        }

        fn logits(&self, images: &[f32], _: [usize; 2]) -> Vec<f32> {
            images.to_vec()
        }

        fn gradient(&self, images: &[f32], _: [usize; 2], _: Slope) -> Vec<f32> {
            images.to_vec()
        }

        fn first_not_finite(&self, _: &[f32], _: [usize; 2]) -> Option<String> {
            None
        }
    }

    /// Replaces the pixels that it was told, whatever it may.
    struct Told(&'static [usize]);

    impl Attack for Told {
        fn name(&self) -> &'static str {
            "told"
        }

        fn title(&self) -> &'static str {
            "as told"
        }

        fn knows(&self) -> Knows {
            Knows::Nothing
        }

        fn draws(&self) -> bool {
            false
        }

        fn perturb(
            &self,
            batch: &[Wanted],
            _: &dyn Network,
            images: &mut Vec<f32>,
        ) -> Result<(), BudgetError> {
            for Wanted { trial, budgets } in batch {
                for budget in budgets {
                    let values = vec![budget.level().unwrap_or(0.0); self.0.len()];
                    trial.replace(self.0, &values, images);
                }
            }
            Ok(())
        }
    }

    fn outcome(told: &'static [usize], count: usize) -> Result<Vec<f32>, String> {
        let slice = slice([false; 20]);
        let budgets = vec![Budget::Pixels { count, with: Replacement::Level(0.5) }];
        let wanted = Wanted { trial: trial(&slice, &[], "0"), budgets };
        perturbed(&Told(told), &[wanted], &Nothing).map_err(|error| error.to_string())
    }

    #[test]
    fn an_attack_that_keeps_its_budget_passes_and_one_that_does_not_is_named() {
        let images = outcome(&[6, 13], 2).expect("images");
        assert_eq!((images.len(), images[6], images[13], images[7]), (20, 0.5, 0.5, 0.07));
        for (told, count, says) in [
            (&[6, 7, 8][..], 2, "attack 'told' broke its budget of 2 pixels: it changed 3 pixels"),
            (&[0], 2, "pixel 0 was not scanned"),
            (&[6], 7, "a budget of 7 pixels is more than the 6 scanned pixels of a slice"),
        ] {
            let message = outcome(told, count).unwrap_err();
            assert!(message.contains(says), "{message}");
        }
    }
}
