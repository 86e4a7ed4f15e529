//! Log-cosh of the Dice loss: `log(cosh(D))`, where `D` is what [`dice`](super::dice) gives, sums over the
//! batch (S. Jadon, "A survey of loss functions for semantic segmentation", CIBCB 2020, there with a Dice
//! loss without squares). Its slope is `tanh(D)`, so that it lets go as the overlap grows. A batch without
//! foreground has no gradient; saturated logits have none.

use crate::loss::{Parameter, Term, dice, region};
use burn::tensor::{Tensor, activation::softplus};
use std::f64::consts::LN_2;

pub(super) const TERM: Term = Term {
    name: "log-cosh-dice",
    title: "Log-cosh Dice",
    parameters: &[Parameter { meaning: "added to the denominator of the Dice loss", ..region::EPSILON }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let dice = dice::forward(logits, targets, parameters);
    dice.clone() + softplus(dice.mul_scalar(-2.0), 1.0).sub_scalar(LN_2)
}
