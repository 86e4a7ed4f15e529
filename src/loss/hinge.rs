//! Hinge loss of the logits, mean over the pixels of the batch: `mean max(0, m - (2 y - 1) x)` (C. Cortes and
//! V. Vapnik, "Support-vector networks", Machine Learning, 1995). A pixel that is right by the margin `m` or
//! more has no gradient.

use crate::loss::sums::average;
use crate::loss::{Parameter, Term, bce};
use crate::rules::Range;
use burn::tensor::{Tensor, activation::relu};

pub(super) const TERM: Term = Term {
    name: "hinge",
    title: "Hinge",
    parameters: &[Parameter {
        name: "margin",
        default: 1.0,
        range: Range::AboveUpTo(0.0, 100.0),
        meaning: "logit of the true class from which a pixel is right enough",
    }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    average(relu(bce::wrongness(logits, targets).add_scalar(parameters[0])))
}
