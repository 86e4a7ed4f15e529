//! The pixels of highest absolute gradient, summed over channels, descending.

use super::highest;
use crate::attack::Attack;

pub(super) const ATTACK: Attack = Attack {
    name: "magnitude",
    title: "highest absolute gradient",
    draws: false,
    reads_saliency: true,
    order: |target, most, _| highest(target, most, |pixel| target.positions().magnitude(pixel)),
};
