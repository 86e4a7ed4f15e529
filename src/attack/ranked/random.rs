//! Control: scanned pixels drawn at random, all alike.

use super::{Ranked, draw};

pub(super) const RANKED: Ranked = Ranked {
    name: "random",
    title: "random pixels",
    draws: true,
    reads_map: false,
    order: |trial, most, generator| draw(trial.slice.pixels().collect(), most, generator),
};
