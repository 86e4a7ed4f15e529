//! Soft counts of pixels, of which the terms over regions are made: the counts of a confusion table with
//! probabilities in place of decisions, sums over the batch.

use crate::loss::sums::total;
use crate::loss::{Parameter, bce};
use crate::rules::Range;
use burn::tensor::{Tensor, activation::sigmoid};

/// What keeps a term's denominator from 0. Its least value keeps gradients finite in single precision.
pub(super) const EPSILON: Parameter = Parameter {
    name: "epsilon",
    default: 1e-7,
    range: Range::Within(1e-10, 1e6),
    meaning: "added to the denominator",
};

/// Sums of probabilities over the pixels of a batch, each of shape `[1]`, with `p = sigmoid(x)`.
pub(super) struct Counts {
    /// `sum y p`.
    pub true_positives: Tensor<1>,
    /// `sum (1 - y) p`.
    pub false_positives: Tensor<1>,
    /// `sum y (1 - p)`.
    pub false_negatives: Tensor<1>,
    /// `sum (1 - y) (1 - p)`.
    pub true_negatives: Tensor<1>,
}

impl Counts {
    /// Counts of logits and targets `[batch, 1, height, width]`. `1 - p` is taken as `sigmoid(-x)`, which keeps its
    /// digits where `p` is rounded to 1.
    pub fn new(logits: Tensor<4>, targets: Tensor<4>) -> Self {
        let wrongness = bce::wrongness(logits, targets.clone());
        let (wrong, right) = (sigmoid(wrongness.clone()), sigmoid(wrongness.neg()));
        let background = background(targets.clone());
        Self {
            true_positives: total(right.clone() * targets.clone()),
            false_positives: total(wrong.clone() * background.clone()),
            false_negatives: total(wrong * targets),
            true_negatives: total(right * background),
        }
    }
}

/// `1 - y`.
pub(super) fn background(targets: Tensor<4>) -> Tensor<4> {
    targets.neg().add_scalar(1.0)
}

/// `1 - hits / (hits + misses + epsilon)`, in a form that keeps its digits near 0 and has no gradient at all where
/// there is nothing to hit.
pub(super) fn error(hits: Tensor<1>, misses: Tensor<1>, epsilon: f64) -> Tensor<1> {
    (hits / misses.add_scalar(epsilon)).add_scalar(1.0).recip()
}
