//! What a term works out on the host, such as an order or a distance: values out of a tensor, and weights
//! back. No gradient flows through it.

use burn::tensor::{Tensor, TensorData};

/// A tensor's values, row-major.
pub(super) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    match tensor.into_data_as::<f32>().try_into_vec::<f32>() {
        Ok(values) => values,
        Err(fault) => unreachable!("a tensor read as f32 is f32: {fault}"),
    }
}

/// A tensor of `values`, row-major, of the shape and on the device of `like`.
pub(super) fn tensor(values: Vec<f32>, like: &Tensor<4>) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, like.dims()), &like.device())
}

/// Indices of `values`, the largest value first, equal ones in their order: the same on every backend.
pub(super) fn descending(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    // 0 and -0 are equal, but not in the total order.
    order.sort_by(|&a, &b| (values[b] + 0.0).total_cmp(&(values[a] + 0.0)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_keep_their_order() {
        assert_eq!(descending(&[1.0, 3.0, -2.0, 3.0, 1.0]), [1, 3, 0, 4, 2]);
        assert_eq!(descending(&[-0.0, 0.0, -0.0]), [0, 1, 2]);
        assert_eq!(descending(&[]), Vec::<usize>::new());
    }
}
