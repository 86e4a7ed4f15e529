//! Dice loss as the paper writes it (section 3): `1 - 2 sum(p y) / (sum p^2 + sum y^2 + epsilon)`, sums
//! over all pixels of the batch, `p = sigmoid(x)` (F. Milletari et al., V-Net, 3DV 2016). A batch
//! without foreground has loss 1 and no gradient.

use crate::loss::sums::total;
use crate::loss::{Parameter, Term, region};
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const TERM: Term = Term {
    name: "dice",
    title: "Dice",
    parameters: &[Parameter { meaning: "added to the denominator", ..region::EPSILON }],
    forward,
};

pub(super) fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let probability = sigmoid(logits);
    let overlap = total(probability.clone() * targets.clone()).mul_scalar(2.0);
    let sizes = total(probability.clone() * probability) + total(targets.clone() * targets);
    (overlap / sizes.add_scalar(parameters[0])).neg().add_scalar(1.0)
}
