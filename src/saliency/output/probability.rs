//! The summed foreground probability, `sum sigmoid(x)`: "the gradient calculated between predicted
//! output and input" (the paper's section 3).

use crate::loss::LossFunction;
use crate::saliency::output::{Held, Output};
use burn::tensor::{Tensor, activation::sigmoid};

pub(super) const OUTPUT: Output = Output { name: "probability", holds_prediction: false, terms };

fn terms(logits: Tensor<4>, _: Held, _: &LossFunction) -> Tensor<4> {
    sigmoid(logits)
}
