//! A budget of pixels: what the chosen ones are replaced with, and the check that no others changed.

use super::trial::Trial;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// What the chosen pixels are replaced with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Replacement {
    /// The same value everywhere.
    Level(f32),
    /// Values drawn uniformly from low to high.
    Uniform(f32, f32),
    /// Values from low to high that the attack chooses.
    Chosen(f32, f32),
}

impl Replacement {
    /// The level; none where values are drawn or chosen.
    pub fn level(&self) -> Option<f32> {
        match *self {
            Self::Level(level) => Some(level),
            Self::Uniform(..) | Self::Chosen(..) => None,
        }
    }

    /// Whether trials differ.
    pub fn draws(&self) -> bool {
        matches!(self, Self::Uniform(..))
    }

    /// `count` values; none where the attack chooses them. The first draws of a larger `count` are the same.
    pub fn values(&self, count: usize, generator: &mut ChaCha8Rng) -> Vec<f32> {
        match *self {
            Self::Level(level) => vec![level; count],
            Self::Uniform(low, high) => (0..count).map(|_| generator.random_range(low..=high)).collect(),
            Self::Chosen(..) => Vec::new(),
        }
    }

    /// Checks a changed image of a trial's slice: no more than `count` pixels differ, all of them allowed ones, and each holds a
    /// value that may replace it.
    ///
    /// # Errors
    /// A line that says what is wrong.
    pub(super) fn check(&self, count: usize, trial: &Trial, image: &[f32]) -> Result<(), String> {
        let (clean, plane) = (&trial.slice.image, trial.slice.mask.len());
        let changed = changed(clean, image, plane);
        if changed.len() > count {
            return Err(format!("it changed {} pixels", changed.len()));
        }
        if let Some(pixel) = changed.iter().find(|&&pixel| !trial.allows(pixel)) {
            return Err(format!("pixel {pixel} was not scanned or is to be ignored"));
        }
        let values = changed.iter().flat_map(|&pixel| image[pixel..].iter().step_by(plane));
        match values.copied().find(|&value| !self.may_be(value)) {
            Some(value) => Err(format!("a pixel became {value}")),
            None => Ok(()),
        }
    }

    fn may_be(&self, value: f32) -> bool {
        match *self {
            Self::Level(level) => value == level,
            Self::Uniform(low, high) | Self::Chosen(low, high) => (low..=high).contains(&value),
        }
    }
}

/// Positions at which any channel differs, ascending. Looks at whole blocks first, since few pixels change.
fn changed(clean: &[f32], image: &[f32], plane: usize) -> Vec<usize> {
    const BLOCK: usize = 64;
    let differs = |(a, b): (&f32, &f32)| a.to_bits() ^ b.to_bits();
    let blocks = clean.chunks(BLOCK).zip(image.chunks(BLOCK)).enumerate();
    let touched =
        blocks.filter(|(_, (a, b))| a.iter().zip(*b).map(differs).fold(0, |all, bits| all | bits) != 0);
    let places = touched.flat_map(|(block, (a, b))| {
        let pairs = a.iter().zip(b).enumerate();
        pairs.filter(move |(_, pair)| differs(*pair) != 0).map(move |(place, _)| block * BLOCK + place)
    });
    let mut positions: Vec<usize> = places.map(|place| place % plane).collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::budget::Budget;
    use crate::attack::trial::tests::{self as trials, slice, trial};
    use crate::random::stream;
    use rstest::rstest;

    #[rstest]
    #[case(&[], "")]
    #[case(&[(6, 0.5), (13, 0.5)], "")]
    #[case(&[(6, 0.5), (7, 0.5), (8, 0.5)], "it changed 3 pixels")]
    #[case(&[(6, 0.5), (0, 0.5)], "pixel 0 was not scanned or is to be ignored")]
    #[case(&[(12, 0.5)], "pixel 12 was not scanned or is to be ignored")]
    #[case(&[(6, 0.4)], "a pixel became 0.4")]
    #[case(&[(6, f32::NAN)], "a pixel became NaN")]
    fn images_that_break_a_budget_are_caught(#[case] changes: &[(usize, f32)], #[case] says: &str) {
        let mut slice = slice([false; 20]);
        slice.ignored = vec![12];
        let checked = Budget::Pixels { count: 2, with: Replacement::Level(0.5) }
            .check(&trial(&slice, &[], "0"), &trials::changed(&slice, changes));
        assert_eq!(checked.err().unwrap_or_default(), says);
    }

    #[test]
    fn an_image_of_another_size_is_caught_and_drawn_values_have_a_range() {
        let slice = slice([false; 20]);
        let trial = trial(&slice, &[], "0");
        let budget = Budget::Pixels { count: 1, with: Replacement::Uniform(0.0, 0.5) };
        assert!(budget.check(&trial, &[0.0; 19]).unwrap_err().contains("19 values of 20"));
        let with = |value: f32| budget.check(&trial, &trials::changed(&slice, &[(6, value)]));
        assert_eq!((with(0.5), with(0.51)), (Ok(()), Err("a pixel became 0.51".to_string())));
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
