//! The probability summed over the predicted mask (probability above 0.5), which itself is held
//! constant: what keeps up the pixels that the network calls foreground. A method that shows the network other
//! images of a slice keeps the mask of the slice itself.

use crate::loss::LossFunction;
use crate::saliency::output::{Held, Output};
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const OUTPUT: Output = Output { name: "predicted-mask", holds_prediction: true, terms };

fn terms(logits: Tensor<4>, held: Held, _: &LossFunction) -> Tensor<4> {
    let mask = held.logits.greater_elem(0.0).float();
    sigmoid(logits) * mask
}
