//! Saliency: the gradient of a scalar of the network's output ([`output`]) with respect to the input.

pub mod output;
pub mod positions;

pub use output::{OUTPUTS, Output, find};

use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::finite::NotFinite;
use crate::network::tensors;

/// Saliency maps, laid end to end as the images: the gradient of `output` with respect to each image.
/// `targets` holds the true masks as 0 and 1, `[slice][height][width]`; `loss` is that of the network.
///
/// # Errors
/// [`NotFinite`] where a gradient is NaN or infinite.
pub fn gradient(
    predictor: &Predictor,
    images: &[f32],
    targets: &[f32],
    output: &Output,
    loss: &LossFunction,
) -> Result<Vec<f32>, NotFinite> {
    let device = predictor.device();
    let tracked = device.burn.clone().autodiff();
    let (size, pixels) = (predictor.size(), predictor.pixels());
    predictor.gradient(images, |slices, logits| {
        let targets = targets[slices.start * pixels..slices.end * pixels].to_vec();
        let targets = tensors::images(targets, 1, size, &tracked);
        tensors::derive(logits, size, device, |logits| (output.scalar)(logits, targets, loss)).1
    })
}
