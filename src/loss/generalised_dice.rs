//! Generalised Dice loss over foreground and background: `1 - 2 sum_l w_l H_l / sum_l w_l S_l`, where `H_l`
//! is the overlap of class l, `S_l` the sum of its true and predicted area and `w_l` one over the square of
//! its true area, sums over the batch (C. H. Sudre et al., "Generalised Dice overlap as a deep learning loss
//! function for highly unbalanced segmentations", DLMIA 2017). A class that the batch lacks has the other's
//! weight, as in MONAI's `GeneralizedDiceLoss`, so that a batch without foreground has a gradient. Saturated
//! logits have none.

use crate::loss::sums::total;
use crate::loss::{Term, region};
use burn::tensor::Tensor;

pub(super) const TERM: Term =
    Term { name: "generalised-dice", title: "Generalised Dice", parameters: &[], forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, _: &[f64]) -> Tensor<1> {
    let [foreground, background] = weights(targets.clone());
    let counts = region::Counts::new(logits, targets);
    // Either class misses what the other one takes.
    let misses = (counts.false_positives + counts.false_negatives).mul_scalar(0.5)
        * (foreground.clone() + background.clone());
    let hits = counts.true_positives * foreground + counts.true_negatives * background;
    misses.clone() / (hits + misses)
}

/// Weights of foreground and background.
fn weights(targets: Tensor<4>) -> [Tensor<1>; 2] {
    let areas = [total(targets.clone()), total(region::background(targets))];
    let absent = areas.clone().map(|area| area.equal_elem(0.0));
    let [foreground, background] = areas.map(|area| {
        let area = area.clamp_min(1.0);
        (area.clone() * area).recip()
    });
    let [no_foreground, no_background] = absent;
    [
        foreground.clone().mask_where(no_foreground, background.clone()),
        background.mask_where(no_background, foreground),
    ]
}
