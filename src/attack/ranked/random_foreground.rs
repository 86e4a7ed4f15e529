//! Control: foreground pixels of the true mask drawn at random. Where the budget is larger than the
//! mask, the rest is drawn from the other scanned pixels, so that the budget is the attack's own.

use super::draw;
use crate::attack::Attack;

pub(super) const ATTACK: Attack = Attack {
    name: "random-foreground",
    title: "random foreground pixels",
    draws: true,
    reads_saliency: false,
    order: |target, most, generator| {
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            target.pixels().partition(|&pixel| target.mask[pixel]);
        let mut order = draw(inside, most, generator);
        order.extend(draw(outside, most - order.len(), generator));
        order
    },
};
