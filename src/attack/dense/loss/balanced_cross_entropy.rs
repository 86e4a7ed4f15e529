//! Cross-entropy that weighs pixels not yet where the attack wants them by 1 - lambda and the others by lambda, which
//! rises from 0 to a half: lambda = (t - 1) / (2 T) at step t of T (J. Gu and others, SegPGD, ECCV 2022, Eqs. 6 and 7;
//! Bal-CE of F. Croce and others, ECCV 2024). Images are told apart by the plain cross-entropy.

use super::{Aim, Pixelwise};

pub(in crate::attack::dense) const LOSS: Pixelwise = Pixelwise { name: "balanced-ce", of };

fn of(logit: f64, aim: Aim) -> [f64; 2] {
    let lambda = aim.progress / 2.0;
    let weight = if aim.is_reached(logit) { lambda } else { 1.0 - lambda };
    let [value, slope] = aim.cross_entropy(logit);
    [value, weight * slope]
}
