//! Binary cross-entropy, mean over pixels, from logits: `mean softplus((1 - 2 y) x)`, which is
//! `-y log p - (1 - y) log(1 - p)` with `p = sigmoid(x)` and never takes the logarithm of 0
//! (the paper's section 3, with its missing minus sign and background term).

use crate::loss::Term;
use crate::loss::sums::average;
use burn::tensor::{Tensor, activation::softplus};

pub(super) const TERM: Term = Term { name: "bce", title: "BCE", parameters: &[], forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, _: &[f64]) -> Tensor<1> {
    average(cross_entropy(logits, targets))
}

/// Cross-entropy of each pixel, shape as the logits.
pub(super) fn cross_entropy(logits: Tensor<4>, targets: Tensor<4>) -> Tensor<4> {
    softplus(wrongness(logits, targets), 1.0)
}

/// The logit of the wrong class, `(1 - 2 y) x`: large where the prediction is confidently wrong.
pub(super) fn wrongness(logits: Tensor<4>, targets: Tensor<4>) -> Tensor<4> {
    logits * (targets.mul_scalar(-2.0).add_scalar(1.0))
}
