//! Copying values between the host and a burn device.

use burn::tensor::{Device as BurnDevice, Tensor, TensorData};

/// A tensor's values, row-major.
pub fn to_host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    match tensor.into_data_as::<f32>().try_into_vec::<f32>() {
        Ok(values) => values,
        Err(fault) => unreachable!("a tensor read as f32 is f32: {fault}"),
    }
}

/// The value of a tensor of one element; NaN for an empty one.
pub fn scalar(tensor: Tensor<1>) -> f64 {
    to_host(tensor).first().copied().map_or(f64::NAN, f64::from)
}

/// Images `[count, channels, height, width]` from their values, row-major.
pub fn images(
    values: Vec<f32>,
    channels: usize,
    [height, width]: [usize; 2],
    device: &BurnDevice,
) -> Tensor<4> {
    let count = values.len() / (channels * height * width);
    Tensor::from_data(TensorData::new(values, [count, channels, height, width]), device)
}

/// A scalar of logits laid end to end, and its derivative by each of them. `scalar` is shown the logits as
/// `[count, 1, height, width]` on `device` with autodiff.
pub fn derive(
    logits: Vec<f32>,
    size: [usize; 2],
    device: &BurnDevice,
    scalar: impl FnOnce(Tensor<4>) -> Tensor<1>,
) -> (Tensor<1>, Vec<f32>) {
    let count = logits.len();
    let logits = images(logits, 1, size, device).require_grad();
    let value = scalar(logits.clone());
    let slope = logits.grad(&value.backward()).map(to_host);
    (value, slope.unwrap_or_else(|| vec![0.0; count]))
}
