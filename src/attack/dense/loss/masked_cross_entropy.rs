//! Cross-entropy of the pixels that are not yet where the attack wants them, the mask held constant (F. Croce, N. D.
//! Singh and M. Hein, ECCV 2024, Mask-CE). Images are told apart by the plain cross-entropy, as theirs.

use super::{Aim, Pixelwise};

pub(in crate::attack::dense) const LOSS: Pixelwise = Pixelwise { name: "mask-ce", of };

fn of(logit: f64, aim: Aim) -> [f64; 2] {
    let [value, slope] = aim.cross_entropy(logit);
    [value, if aim.is_reached(logit) { 0.0 } else { slope }]
}
