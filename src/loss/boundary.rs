//! Boundary loss: `mean(p phi)` over the pixels of the batch, `p = sigmoid(x)`, where `phi` is the signed
//! distance of a pixel from the true boundary in pixels, slice by slice: outside the mask the distance from
//! the nearest mask pixel, inside it one less the distance from the nearest pixel outside (H. Kervadec et
//! al., "Boundary loss for highly unbalanced segmentation", MIDL 2019; `one_hot2dist` of their code). It is
//! smallest, and below 0, where mask and prediction agree. They add it to a loss over regions:
//! `generalised-dice+0.01*boundary`. A slice without a boundary, all mask or none, adds 0 and has no
//! gradient, nor do saturated logits and the mask's own edge.

use crate::loss::sums::average;
use crate::loss::{Term, distance, host};
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const TERM: Term = Term { name: "boundary", title: "Boundary", parameters: &[], forward };

fn forward(logits: Tensor<4>, targets: Tensor<4>, _: &[f64]) -> Tensor<1> {
    let [.., height, width] = targets.dims();
    let mask: Vec<bool> = host::values(targets).iter().map(|&target| target > 0.5).collect();
    let distances = distance::from_other_side(&mask, [height, width]);
    let signed = mask.iter().zip(distances).map(|(&inside, distance)| signed(inside, distance) as f32);
    let signed = host::tensor(signed.collect(), &logits);
    average(sigmoid(logits) * signed)
}

fn signed(inside: bool, distance: f64) -> f64 {
    match inside {
        true if distance > 0.0 => 1.0 - distance,
        _ => distance,
    }
}
