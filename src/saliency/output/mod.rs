//! The scalar of a network's output that saliency explains: each is a file of this folder and a line in
//! [`OUTPUTS`].

mod logit;
mod loss;
mod predicted_mask;
mod probability;

use crate::loss::LossFunction;
use burn::tensor::Tensor;
use std::fmt;

/// A scalar of the output whose gradient is taken.
pub struct Output {
    /// Name in study files.
    pub name: &'static str,
    /// The scalar, shape `[1]`, of logits and targets `[batch, 1, height, width]`; it must be a sum of
    /// terms of one slice each, so that slices of a batch do not meet.
    pub scalar: fn(logits: Tensor<4>, targets: Tensor<4>, loss: &LossFunction) -> Tensor<1>,
}

/// By its name: what it computes has none.
impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Output({})", self.name)
    }
}

/// Every output that saliency can explain, the default first.
pub const OUTPUTS: &[Output] = &[probability::OUTPUT, logit::OUTPUT, predicted_mask::OUTPUT, loss::OUTPUT];

/// The output called `name`.
pub fn find(name: &str) -> Option<&'static Output> {
    OUTPUTS.iter().find(|output| output.name == name)
}
