//! Mean absolute error of the probability, over the pixels of the batch: `mean |p - y|`, `p = sigmoid(x)` (A.
//! Ghosh, H. Kumar and P. S. Sastry, "Robust loss functions under label noise for deep neural networks", AAAI
//! 2017). No gradient where the logit is saturated, on the wrong side too.

use crate::loss::sums::average;
use crate::loss::{Term, bce};
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const TERM: Term = Term { name: "mae", title: "MAE", parameters: &[], forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, _: &[f64]) -> Tensor<1> {
    average(sigmoid(bce::wrongness(logits, targets)))
}
