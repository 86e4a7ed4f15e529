//! Asymmetric similarity loss, one less a soft F-beta score:
//! `1 - TP / (TP + (beta^2 FN + FP) / (1 + beta^2) + epsilon)`, soft counts over the batch (S. R. Hashemi et
//! al., "Asymmetric loss functions and deep densely-connected networks for highly-imbalanced medical image
//! segmentation", IEEE Access, 2019, with their best beta 1.5). A batch without foreground has loss 1 and no
//! gradient; saturated logits have none.

use crate::loss::{Parameter, Term, region, tversky};
use crate::rules::Range;
use burn::tensor::Tensor;

pub(super) const TERM: Term = Term {
    name: "asymmetric-similarity",
    title: "Asymmetric similarity",
    parameters: &[
        Parameter {
            name: "beta",
            default: 1.5,
            range: Range::AboveUpTo(0.0, 100.0),
            meaning: "how many times as much recall counts as precision",
        },
        region::EPSILON,
    ],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let square = parameters[0] * parameters[0];
    let weights = [1.0 / (1.0 + square), square / (1.0 + square)];
    tversky::index_error(logits, targets, weights, parameters[1])
}
