//! PolyLoss of the first order (Poly-1), mean over the pixels of the batch:
//! `cross-entropy + epsilon (1 - p_t)`, where `p_t` is the probability of the true class (Z. Leng et al.,
//! "PolyLoss: a polynomial expansion perspective of classification loss functions", ICLR 2022). Epsilon 1 is
//! their value for classification; -1 takes away the first term of cross-entropy's expansion in `1 - p_t`,
//! and less would reward errors.

use crate::loss::sums::average;
use crate::loss::{Parameter, Term, bce};
use crate::rules::Range;
use burn::tensor::{
    Tensor,
    activation::{sigmoid, softplus},
};

pub(super) const TERM: Term = Term {
    name: "poly",
    title: "PolyLoss",
    parameters: &[Parameter {
        name: "epsilon",
        default: 1.0,
        range: Range::Within(-1.0, 100.0),
        meaning: "weight of the first polynomial term beyond cross-entropy's own",
    }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let wrong = bce::wrongness(logits, targets);
    average(softplus(wrong.clone(), 1.0) + sigmoid(wrong).mul_scalar(parameters[0]))
}
