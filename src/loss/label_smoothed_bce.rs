//! Cross-entropy against smoothed labels, mean over the pixels of the batch: that of `y (1 - s) + s / 2` in
//! place of `y` (C. Szegedy et al., "Rethinking the Inception architecture for computer vision", CVPR 2016).
//! Its gradient is 0 where the probability equals the smoothed label, and pulls back any surer prediction.

use crate::loss::sums::average;
use crate::loss::{Parameter, Term, bce};
use crate::rules::Range;
use burn::tensor::{Tensor, activation::softplus};

pub(super) const TERM: Term = Term {
    name: "label-smoothed-bce",
    title: "Label-smoothed BCE",
    parameters: &[Parameter {
        name: "smoothing",
        default: 0.1,
        range: Range::FromBelow(0.0, 1.0),
        meaning: "share of the label that is spread over both classes",
    }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let wrong = bce::wrongness(logits, targets);
    let of_wrong_class = 0.5 * parameters[0];
    let against_truth = softplus(wrong.clone(), 1.0).mul_scalar(1.0 - of_wrong_class);
    average(against_truth + softplus(wrong.neg(), 1.0).mul_scalar(of_wrong_class))
}
