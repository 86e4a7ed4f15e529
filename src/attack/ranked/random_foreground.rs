//! Control: foreground pixels of the true mask drawn at random. Where the budget is larger than the
//! mask, the rest is drawn from the other scanned pixels, so that the budget is the attack's own.

use super::{Ranked, draw};

pub(super) const RANKED: Ranked = Ranked {
    name: "random-foreground",
    title: "random foreground pixels",
    draws: true,
    reads_map: false,
    order: |trial, most, generator| {
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            trial.slice.pixels().partition(|&pixel| trial.slice.mask[pixel]);
        let mut order = draw(inside, most, generator);
        order.extend(draw(outside, most - order.len(), generator));
        order
    },
};
