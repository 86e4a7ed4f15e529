//! Weighted cross-entropy, mean over the pixels of the batch: `mean (-w y log p - (1 - y) log(1 - p))`,
//! `p = sigmoid(x)` (S. Jadon, "A survey of loss functions for semantic segmentation", CIBCB 2020;
//! `pos_weight` of PyTorch's `BCEWithLogitsLoss`). `w` is usually about the background pixels for each
//! foreground pixel of the training slices; above 1 it calls for fewer missed pixels, below 1 for fewer false
//! ones.

use crate::loss::sums::average;
use crate::loss::{Parameter, Term, bce};
use crate::rules::Range;
use burn::tensor::Tensor;

pub(super) const TERM: Term = Term {
    name: "weighted-bce",
    title: "Weighted BCE",
    parameters: &[Parameter {
        name: "weight",
        default: 10.0,
        range: Range::AboveUpTo(0.0, 1e4),
        meaning: "weight of a foreground pixel; a background pixel has 1",
    }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let weight = targets.clone().mul_scalar(parameters[0] - 1.0).add_scalar(1.0);
    average(weight * bce::cross_entropy(logits, targets))
}
