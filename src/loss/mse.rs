//! Mean square error of the probability, over the pixels of the batch: `mean (p - y)^2`, `p = sigmoid(x)` (G.
//! W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review, 1950). No
//! gradient where the logit is saturated, on the wrong side too.

use crate::loss::sums::average;
use crate::loss::{Term, bce};
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const TERM: Term = Term { name: "mse", title: "MSE", parameters: &[], forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, _: &[f64]) -> Tensor<1> {
    let wrong = sigmoid(bce::wrongness(logits, targets));
    average(wrong.clone() * wrong)
}
