//! The pixels of highest signed gradient, summed over channels, descending: the paper's attack, read literally.

use super::{Ranked, highest};

pub(super) const RANKED: Ranked = Ranked {
    name: "signed",
    title: "highest gradient",
    draws: false,
    reads_map: true,
    // Adding zero turns -0 into 0, so that the two tie.
    order: |trial, most, _| highest(trial, most, |pixel| trial.positions().signed(pixel) + 0.0),
};
