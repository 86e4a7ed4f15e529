//! Running an attack under its budget: whatever comes out is checked, and refused where it spends more than
//! its neighbours may.

use super::budget::BudgetError;
use super::victim::{Queries, Victim};
use super::{Attack, Wanted};

/// The changed images of a batch, laid end to end: for each trial in turn one per budget of it. An image that nothing
/// may change of costs no pass.
///
/// # Errors
/// [`BudgetError`] where a slice cannot hold a budget, or where the attack broke one or asked the network otherwise than
/// it says.
pub fn perturbed(attack: &dyn Attack, batch: &[Wanted], victim: &Victim) -> Result<Vec<f32>, BudgetError> {
    for Wanted { trial, budgets } in batch {
        let budget = budgets.iter().filter_map(|budget| budget.pixels()).max().unwrap_or(0);
        let area = trial.area();
        if budget > area {
            return Err(BudgetError::TooLarge { budget, area });
        }
    }
    let length = |wanted: &Wanted| wanted.budgets.len() * wanted.trial.slice.image.len();
    let expected: usize = batch.iter().map(length).sum();
    let mut images = Vec::with_capacity(expected);
    let before = victim.asked();
    attack.perturb(batch, victim, &mut images)?;
    let broken = |budget: String, fault: String| BudgetError::Broken {
        attack: attack.name().to_string(),
        budget,
        fault,
    };
    if images.len() != expected {
        let budget = format!("{} images", batch.iter().map(|wanted| wanted.budgets.len()).sum::<usize>());
        return Err(broken(budget, format!("it made {} values of {expected}", images.len())));
    }
    let of_trial = |Wanted { trial, budgets }: &Wanted| {
        budgets
            .iter()
            .fold(Queries::default(), |sum, budget| sum.and(attack.queries_of(budget, trial.area())))
    };
    let allowed = batch.iter().map(of_trial).fold(Queries::default(), Queries::and);
    let asked = less(victim.asked(), before);
    if asked != allowed {
        let budget = format!("{} passes", allowed.all());
        return Err(broken(budget, format!("it made {}", asked.all())));
    }
    let mut rest = images.as_slice();
    for Wanted { trial, budgets } in batch {
        for budget in budgets {
            let (image, behind) = rest.split_at(trial.slice.image.len());
            budget.check(trial, image).map_err(|fault| broken(budget.to_string(), fault))?;
            rest = behind;
        }
    }
    Ok(images)
}

fn less(after: Queries, before: Queries) -> Queries {
    Queries { forward: after.forward - before.forward, backward: after.backward - before.backward }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Knows;
    use crate::attack::ball::{Ball, Norm};
    use crate::attack::budget::Budget;
    use crate::attack::replacement::Replacement;
    use crate::attack::trial::tests::{slice, trial};
    use crate::network::chunked::Predictor;
    use crate::network::device;
    use crate::network::{Network, Slope};

    /// No network: its logits are the image.
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

    /// Replaces the pixels that it was told with 0.5, whatever it may, and asks the network as often as told.
    struct Told(&'static [usize], usize);

    impl Attack for Told {
        fn name(&self) -> &str {
            "told"
        }

        fn title(&self) -> &str {
            "as told"
        }

        fn knows(&self) -> Knows {
            Knows::Logits
        }

        fn draws(&self) -> bool {
            false
        }

        fn queries(&self) -> Queries {
            Queries::answers(1)
        }

        fn perturb(
            &self,
            batch: &[Wanted],
            victim: &Victim,
            images: &mut Vec<f32>,
        ) -> Result<(), BudgetError> {
            for Wanted { trial, budgets } in batch {
                for _ in budgets {
                    (0..self.1).try_for_each(|_| victim.logits(&trial.slice.image).map(drop))?;
                    trial.replace(self.0, &vec![0.5; self.0.len()], images);
                }
            }
            Ok(())
        }
    }

    fn outcome(told: Told, budget: Budget) -> Result<Vec<f32>, String> {
        let slice = slice([false; 20]);
        let wanted = Wanted { trial: trial(&slice, &[], "0"), budgets: vec![budget] };
        let device = device::open(device::available()[0]).map_err(|error| error.to_string())?;
        let predictor = Predictor::new(Box::new(Nothing), &device, [4, 5]);
        let victim = Victim::new(&predictor, None);
        perturbed(&told, &[wanted], &victim).map_err(|error| error.to_string())
    }

    fn pixels(count: usize) -> Budget {
        Budget::Pixels { count, with: Replacement::Level(0.5) }
    }

    #[test]
    fn an_attack_that_keeps_its_budget_passes_and_one_that_does_not_is_named() {
        let images = outcome(Told(&[6, 13], 1), pixels(2)).expect("images");
        assert_eq!((images.len(), images[6], images[13], images[7]), (20, 0.5, 0.5, 0.07));
        let ball = |radius| Budget::Ball(Ball { norm: Norm::L2, radius, range: [0.0, 1.0] });
        assert!(outcome(Told(&[6], 1), ball(0.45)).is_ok());
        for (told, passes, budget, says) in [
            (&[6, 7, 8][..], 1, pixels(2), "attack 'told' broke its budget of 2 pixels: it changed 3 pixels"),
            (&[0], 1, pixels(2), "pixel 0 was not scanned"),
            (&[6], 1, pixels(7), "a budget of 7 pixels is more than the 6 scanned pixels of a slice"),
            (&[6], 2, pixels(1), "attack 'told' broke its budget of 1 passes: it made 2"),
            (&[6], 0, pixels(1), "attack 'told' broke its budget of 1 passes: it made 0"),
            (&[], 1, pixels(0), "attack 'told' broke its budget of 0 passes: it made 1"),
            (&[6], 1, ball(0.4), "broke its budget of radius 0.4 (l2): it moved by 0.4"),
            (&[0], 1, ball(1.0), "broke its budget of radius 1 (l2): pixel 0 was not scanned"),
        ] {
            let message = outcome(Told(told, passes), budget).unwrap_err();
            assert!(message.contains(says), "{message}");
        }
    }
}
