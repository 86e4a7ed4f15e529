//! Copying values between the host and a burn device.

use burn::tensor::{Device, Tensor, TensorData};

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

/// Images `[count, 1, height, width]` from their values, row-major.
pub fn images(values: Vec<f32>, [height, width]: [usize; 2], device: &Device) -> Tensor<4> {
    let count = values.len() / (height * width);
    Tensor::from_data(TensorData::new(values, [count, 1, height, width]), device)
}
