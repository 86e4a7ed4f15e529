//! How much harm an image does: its Dice, and where that is equal its soft Dice.

use crate::image::slice::Slice;

/// Harm of one image. Lower is worse for the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harm {
    /// Dice of the predicted mask with the true one.
    pub dice: f64,
    /// Dice of probabilities, `2 sum(p y) / (sum(p) + sum(y))`: tells apart images that tip equally many pixels.
    pub soft: f64,
}

impl Harm {
    /// Less than any image does.
    pub const NONE: Self = Self { dice: f64::INFINITY, soft: f64::INFINITY };

    /// That of an image of `slice` for which the network gave `logits`.
    pub fn of(slice: &Slice, logits: &[f32]) -> Self {
        let (mut both, mut total) = (0.0, 0.0);
        for pixel in slice.pixels() {
            let probability = 1.0 / (1.0 + f64::from(-logits[pixel]).exp());
            let truth = f64::from(u8::from(slice.mask[pixel]));
            both += probability * truth;
            total += probability + truth;
        }
        let soft = if total == 0.0 { 1.0 } else { 2.0 * both / total };
        Self { dice: slice.score(logits).dice(), soft }
    }

    /// Whether it is more than `other`.
    pub fn beats(&self, other: &Self) -> bool {
        self.dice < other.dice || self.dice == other.dice && self.soft < other.soft
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::slice;

    #[test]
    fn dice_counts_first_then_its_soft_form() {
        let mut mask = [false; 20];
        mask[6] = true;
        mask[7] = true;
        let slice = slice(mask);
        // Probabilities of 3/4 at one pixel of the mask, 1/4 at the other five that were scanned.
        let mut logits = [-(3.0_f32.ln()); 20];
        logits[6] = 3.0_f32.ln();
        let harm = Harm::of(&slice, &logits);
        assert!((harm.dice - 2.0 / 3.0).abs() < 1e-12);
        // 2 (3/4 + 1/4) over 3/4 + 5/4 + 2.
        assert!((harm.soft - 0.5).abs() < 1e-6, "{}", harm.soft);
        let [same, softer, worse] =
            [(harm.dice, harm.soft), (harm.dice, 0.1), (0.1, 0.9)].map(|(dice, soft)| Harm { dice, soft });
        assert!(!same.beats(&harm) && softer.beats(&harm) && worse.beats(&softer));
        assert!(harm.beats(&Harm::NONE));
    }
}
