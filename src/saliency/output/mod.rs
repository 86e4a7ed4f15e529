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
    /// Whether the scalar looks at [`Held::logits`].
    pub holds_prediction: bool,
    /// The terms, of any shape, whose sum is the scalar, of logits `[batch, 1, height, width]`; each must be of one slice, so
    /// that slices of a batch do not meet.
    pub terms: fn(logits: Tensor<4>, held: Held, loss: &LossFunction) -> Tensor<4>,
}

/// What a scalar takes for given: nothing of it is derived. Both are `[batch, 1, height, width]`.
pub struct Held {
    /// True masks, 0 or 1.
    pub targets: Tensor<4>,
    /// Logits of the slices that are explained, whatever images of them the network is shown.
    pub logits: Tensor<4>,
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
