//! Sensitivity-specificity loss: `r sum((y - p)^2 y) / sum(y) + (1 - r) sum((y - p)^2 (1 - y)) / sum(1 - y)`,
//! sums over the batch (T. Brosch et al., "Deep convolutional encoder networks for multiple sclerosis lesion
//! segmentation", MICCAI 2015, with r about 0.05). A class that the batch lacks adds 0. No gradient where the
//! logit is saturated, on the wrong side too.

use crate::loss::sums::total;
use crate::loss::{Parameter, Term, bce, region};
use crate::rules::Range;
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const TERM: Term = Term {
    name: "sensitivity-specificity",
    title: "Sensitivity-specificity",
    parameters: &[Parameter {
        name: "ratio",
        default: 0.05,
        range: Range::Between(0.0, 1.0),
        meaning: "weight of the foreground's error; the background's has the rest",
    }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let wrong = sigmoid(bce::wrongness(logits, targets.clone()));
    let square = wrong.clone() * wrong;
    let of_class = |pixels: Tensor<4>| total(square.clone() * pixels.clone()) / total(pixels).clamp_min(1.0);
    let sensitivity = of_class(targets.clone()).mul_scalar(parameters[0]);
    sensitivity + of_class(region::background(targets)).mul_scalar(1.0 - parameters[0])
}
