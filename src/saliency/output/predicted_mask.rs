//! The probability summed over the predicted mask (probability above 0.5), which itself is held
//! constant: what keeps up the pixels that the network calls foreground.

use crate::loss::LossFunction;
use crate::saliency::Output;
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const OUTPUT: Output = Output { name: "predicted-mask", scalar };

fn scalar(logits: Tensor<4>, _: Tensor<4>, _: &LossFunction) -> Tensor<1> {
    let mask = logits.clone().detach().greater_elem(0.0).float();
    (sigmoid(logits) * mask).sum()
}
