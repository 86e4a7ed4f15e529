//! Dice loss of each slice, then the mean over the slices of the batch: the formula of [`dice`](super::dice)
//! with its sums over one slice at a time (MONAI's `DiceLoss` with `batch=False`). A slice without foreground has
//! loss 1 and no gradient, whatever is predicted there, since the epsilon stands in the denominator alone.

use crate::loss::sums::{average, of_slices};
use crate::loss::{Parameter, Term, region};
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const TERM: Term = Term {
    name: "slice-dice",
    title: "Dice per slice",
    parameters: &[Parameter { meaning: "added to the denominator of each slice", ..region::EPSILON }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let probability = sigmoid(logits);
    let overlap = of_slices(probability.clone() * targets.clone()).mul_scalar(2.0);
    let sizes = of_slices(probability.clone() * probability) + of_slices(targets.clone() * targets);
    average((overlap / sizes.add_scalar(parameters[0])).neg().add_scalar(1.0))
}
