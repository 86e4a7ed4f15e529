//! What a training step brings down: a loss of the logits against the targets.

use crate::loss::LossFunction;
use crate::network::device::Device;
use crate::network::finite::all_finite;
use crate::network::tensors;

/// Value and derivative by the logits of `loss` against targets (0 and 1) laid end to end as the logits,
/// for slices of `size`; computed on `device`. NaN where a logit is not finite.
pub fn objective<'a>(
    loss: &'a LossFunction,
    targets: Vec<f32>,
    size: [usize; 2],
    device: &Device,
) -> impl Fn(Vec<f32>) -> (f64, Vec<f32>) + use<'a> {
    let targets = tensors::images(targets, 1, size, &device.burn.clone().autodiff());
    let device = device.clone();
    move |logits| {
        // Not every loss of NaN is NaN.
        if !all_finite(&logits) {
            return (f64::NAN, logits);
        }
        let (value, slope) =
            tensors::derive(logits, size, &device, |logits| loss.forward(logits, targets.clone()));
        (tensors::scalar(value), slope)
    }
}
