//! Control: scanned pixels drawn at random, all alike.

use super::draw;
use crate::attack::Attack;

pub(super) const ATTACK: Attack = Attack {
    name: "random",
    title: "random pixels",
    draws: true,
    reads_saliency: false,
    order: |target, most, generator| draw(target.pixels().collect(), most, generator),
};
