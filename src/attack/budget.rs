//! The budget: exactly N distinct scanned pixels change, to values of the stated range. Checked here
//! for every attack, so that no attack can spend more than its neighbours.

use crate::attack::{Attack, Target};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// What the chosen pixels are replaced with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Replacement {
    /// The same value everywhere.
    Level(f32),
    /// Values drawn uniformly from low to high.
    Uniform(f32, f32),
}

impl Replacement {
    /// The level; none where values are drawn.
    pub fn level(&self) -> Option<f32> {
        match *self {
            Self::Level(level) => Some(level),
            Self::Uniform(..) => None,
        }
    }

    /// Whether trials differ.
    pub fn draws(&self) -> bool {
        matches!(self, Self::Uniform(..))
    }

    /// `count` values. The first draws of a larger `count` are the same.
    pub fn values(&self, count: usize, generator: &mut ChaCha8Rng) -> Vec<f32> {
        match *self {
            Self::Level(level) => vec![level; count],
            Self::Uniform(low, high) => (0..count).map(|_| generator.random_range(low..=high)).collect(),
        }
    }
}

/// An attack that broke its budget, or a budget that a slice cannot hold.
#[derive(Debug, thiserror::Error)]
pub enum BudgetError {
    /// More pixels asked for than may be chosen.
    #[error("a budget of {budget} pixels is more than the {area} scanned pixels of a slice")]
    TooLarge {
        /// Pixels asked for.
        budget: usize,
        /// Pixels scanned, those to ignore left out.
        area: usize,
    },
    /// An attack that is wrong.
    #[error("attack '{attack}' broke its budget of {budget}: {fault}")]
    Broken {
        /// The attack's name.
        attack: &'static str,
        /// Pixels it was to choose.
        budget: usize,
        /// What it did.
        fault: String,
    },
}

/// The `budget` pixels that `attack` takes first, checked: that many, distinct, all scanned, none to ignore.
///
/// # Errors
/// [`BudgetError`] where the slice is too small or the attack breaks the rules.
pub fn choose(
    attack: &Attack,
    target: &Target,
    budget: usize,
    generator: &mut ChaCha8Rng,
) -> Result<Vec<usize>, BudgetError> {
    let area = target.area();
    if budget > area {
        return Err(BudgetError::TooLarge { budget, area });
    }
    let pixels = (attack.order)(target, budget, generator);
    let broken = |fault: String| BudgetError::Broken { attack: attack.name, budget, fault };
    if pixels.len() != budget {
        return Err(broken(format!("it chose {} pixels", pixels.len())));
    }
    if let Some(pixel) = pixels.iter().find(|&&pixel| !target.allows(pixel)) {
        return Err(broken(format!("pixel {pixel} was not scanned or is to be ignored")));
    }
    let mut sorted = pixels.clone();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(broken(format!("it chose pixel {} twice", pair[0]))),
        None => Ok(pixels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;
    use crate::random::stream;

    const REGION: Region = Region { top: 0, left: 1, height: 2, width: 2, row: 4 };

    fn outcome(order: fn(&Target, usize, &mut ChaCha8Rng) -> Vec<usize>, budget: usize) -> String {
        let attack = Attack { name: "test", title: "test", draws: false, reads_saliency: false, order };
        let target = Target { saliency: &[0.0; 8], mask: &[false; 8], region: &REGION, ignored: &[5] };
        match choose(&attack, &target, budget, &mut stream(&[])) {
            Ok(pixels) => format!("{pixels:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn attacks_that_break_the_rules_are_caught() {
        assert_eq!(outcome(|_, _, _| vec![1, 6], 2), "[1, 6]");
        assert!(outcome(|_, _, _| vec![1], 2).contains("it chose 1 pixels"));
        assert!(outcome(|_, _, _| vec![1, 1], 2).contains("pixel 1 twice"));
        assert!(outcome(|_, _, _| vec![0, 1], 2).contains("pixel 0 was not scanned"));
        assert!(outcome(|_, _, _| vec![1, 5], 2).contains("pixel 5 was not scanned or is to be ignored"));
        assert!(outcome(|_, _, _| vec![], 4).contains("more than the 3 scanned pixels"));
    }

    #[test]
    fn uniform_values_stay_in_range_and_nest() {
        let replacement = Replacement::Uniform(0.0, 1.0);
        let many = replacement.values(1000, &mut stream(&["v"]));
        assert!(many.iter().all(|value| (0.0..=1.0).contains(value)));
        assert_eq!(replacement.values(10, &mut stream(&["v"])), many[..10]);
        let mean = many.iter().sum::<f32>() / 1000.0;
        // Standard error 0.0091; four of them.
        assert!((mean - 0.5).abs() < 0.037, "{mean}");
    }
}
