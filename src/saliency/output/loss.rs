//! The loss that the network was trained with, of each slice on its own, summed over slices. Unlike
//! the other outputs it needs the true mask.

use crate::loss::LossFunction;
use crate::saliency::output::{Held, Output};
use burn::tensor::Tensor;

pub(super) const OUTPUT: Output = Output { name: "loss", holds_prediction: false, scalar };

fn scalar(logits: Tensor<4>, held: Held, loss: &LossFunction) -> Tensor<1> {
    let slices = logits.dims()[0];
    let of_slice = |slice: usize| {
        loss.forward(logits.clone().narrow(0, slice, 1), held.targets.clone().narrow(0, slice, 1))
    };
    (1..slices).fold(of_slice(0), |sum, slice| sum + of_slice(slice))
}
