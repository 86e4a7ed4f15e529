//! The loss that the network was trained with, of each slice on its own, summed over slices. Unlike
//! the other outputs it needs the true mask.

use crate::loss::LossFunction;
use crate::saliency::output::{Held, Output};
use burn::tensor::Tensor;

pub(super) const OUTPUT: Output = Output { name: "loss", holds_prediction: false, terms };

fn terms(logits: Tensor<4>, held: Held, loss: &LossFunction) -> Tensor<4> {
    let slices = logits.dims()[0];
    let of_slice = |slice: usize| {
        loss.forward(logits.clone().narrow(0, slice, 1), held.targets.clone().narrow(0, slice, 1))
    };
    Tensor::cat((0..slices).map(of_slice).collect(), 0).reshape([slices, 1, 1, 1])
}
