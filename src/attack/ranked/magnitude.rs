//! The pixels of highest absolute gradient, summed over channels, descending.

use super::{Ranked, highest};

pub(super) const RANKED: Ranked = Ranked {
    name: "magnitude",
    title: "highest absolute gradient",
    draws: false,
    reads_map: true,
    order: |trial, most, _| highest(trial, most, |pixel| trial.positions().magnitude(pixel)),
};
