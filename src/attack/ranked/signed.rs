//! The pixels of highest signed gradient, summed over channels, descending: the paper's attack, read literally.

use super::highest;
use crate::attack::Attack;

pub(super) const ATTACK: Attack = Attack {
    name: "signed",
    title: "highest gradient",
    draws: false,
    reads_saliency: true,
    // Adding zero turns -0 into 0, so that the two tie.
    order: |target, most, _| highest(target, most, |pixel| target.positions().signed(pixel) + 0.0),
};
