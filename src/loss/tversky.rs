//! Tversky loss: `1 - TP / (TP + alpha FP + beta FN + epsilon)`, soft counts over the batch (S. S. M. Salehi,
//! D. Erdogmus and A. Gholipour, "Tversky loss function for image segmentation using 3D fully convolutional
//! deep networks", MLMI 2017, with their best alpha 0.3 and beta 0.7). Both at 1/2 is the Dice loss without
//! squares, both at 1 is `jaccard`. A batch without foreground has loss 1 and no gradient; saturated logits
//! have none.

use crate::loss::{Parameter, Term, region};
use crate::rules::Range;
use burn::tensor::Tensor;

/// Weight of a false positive.
pub(super) const ALPHA: Parameter = Parameter {
    name: "alpha",
    default: 0.3,
    range: Range::AboveUpTo(0.0, 100.0),
    meaning: "weight of false positives",
};

/// Weight of a false negative.
pub(super) const BETA: Parameter = Parameter {
    name: "beta",
    default: 0.7,
    range: Range::AboveUpTo(0.0, 100.0),
    meaning: "weight of false negatives",
};

pub(super) const TERM: Term =
    Term { name: "tversky", title: "Tversky", parameters: &[ALPHA, BETA, region::EPSILON], forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    index_error(logits, targets, [parameters[0], parameters[1]], parameters[2])
}

/// 1 less the Tversky index.
pub(super) fn index_error(
    logits: Tensor<4>,
    targets: Tensor<4>,
    [alpha, beta]: [f64; 2],
    epsilon: f64,
) -> Tensor<1> {
    let counts = region::Counts::new(logits, targets);
    let misses = counts.false_positives.mul_scalar(alpha) + counts.false_negatives.mul_scalar(beta);
    region::error(counts.true_positives, misses, epsilon)
}
