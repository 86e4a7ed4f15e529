//! Hausdorff distance loss by distance transforms: `mean((p - y)^2 (d_p^alpha + d_y^alpha))` over the pixels
//! of the batch, `p = sigmoid(x)`, where `d_y` and `d_p` are the distances of a pixel from the nearest one on
//! the other side of the true and the predicted boundary (`p` above 1/2), in pixels, slice by slice (D.
//! Karimi and S. E. Salcudean, "Reducing the Hausdorff distance in medical image segmentation with
//! convolutional neural networks", IEEE Transactions on Medical Imaging, 2019; MONAI's `HausdorffDTLoss`).
//! Alpha 2 is theirs. No gradient flows through `d_p`; saturated logits have none, nor has a slice in which
//! neither mask has a boundary.

use crate::loss::sums::average;
use crate::loss::{Parameter, Term, bce, distance, host};
use crate::rules::Range;
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const TERM: Term = Term {
    name: "hausdorff-dt",
    title: "Hausdorff distance",
    parameters: &[Parameter {
        name: "alpha",
        default: 2.0,
        range: Range::AboveUpTo(0.0, 4.0),
        meaning: "exponent of the distances",
    }],
    forward,
};

fn forward(logits: Tensor<4>, targets: Tensor<4>, parameters: &[f64]) -> Tensor<1> {
    let [.., height, width] = targets.dims();
    let powers = |values: Vec<f32>, limit: f32| {
        let mask: Vec<bool> = values.iter().map(|&value| value > limit).collect();
        let distances = distance::from_other_side(&mask, [height, width]);
        distances.into_iter().map(|distance| distance.powf(parameters[0]))
    };
    let true_ones = powers(host::values(targets.clone()), 0.5);
    let predicted = powers(host::values(logits.clone()), 0.0);
    let weights = host::tensor(true_ones.zip(predicted).map(|(a, b)| (a + b) as f32).collect(), &logits);
    let wrong = sigmoid(bce::wrongness(logits, targets));
    average(wrong.clone() * wrong * weights)
}
