//! Cross-entropy weighed by the cosine similarity of the two classes' probabilities with the label as one-hot vector,
//! which is held constant: `q / sqrt(q^2 + (1 - q)^2)` where the label's class has probability q; one less that where
//! the attack is targeted (S. Agnihotri, S. Jung and M. Keuper, CosPGD, ICML 2024, Eqs. 4 to 6). Images are told
//! apart by the plain cross-entropy.

use super::{Aim, Pixelwise};

pub(in crate::attack::dense) const LOSS: Pixelwise = Pixelwise { name: "cosine-ce", of };

fn of(logit: f64, aim: Aim) -> [f64; 2] {
    let right = aim.probability(logit);
    let cosine = right / right.hypot(aim.other_probability(logit));
    let weight = if aim.targeted { 1.0 - cosine } else { cosine };
    let [value, slope] = aim.cross_entropy(logit);
    [value, weight * slope]
}
