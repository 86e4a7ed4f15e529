//! Copying values between the host and a burn device.

use crate::network::device::Device;
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
    device: &Device,
    scalar: impl FnOnce(Tensor<4>) -> Tensor<1>,
) -> (Tensor<1>, Vec<f32>) {
    let count = logits.len();
    let leaf = images(logits, 1, size, &device.burn.clone().autodiff()).require_grad();
    let value = scalar(if device.own_kernels { leaf.clone() } else { behind(leaf.clone()) });
    let slope = leaf.grad(&value.backward()).map(to_host);
    (value, slope.unwrap_or_else(|| vec![0.0; count]))
}

/// The same values two steps further into the graph. burn adds up the derivatives of a tensor's uses in
/// another order where it is a leaf or right behind one (0.22.1); a network's logits lie far behind its
/// images, and a network that runs through burn should learn the same bits as in one graph with its loss.
fn behind(leaf: Tensor<4>) -> Tensor<4> {
    leaf.mul_scalar(1.0).mul_scalar(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::{LossFunction, LossParameters};

    /// As far behind its leaf as in a deep network, the derivative of a loss of three terms has the bits that
    /// [`derive`] gives a device that runs networks through burn.
    #[test]
    fn the_derivative_is_that_of_one_graph_to_the_bit() -> anyhow::Result<()> {
        let size = [16, 24];
        let device = crate::network::device::open(crate::network::device::available()[0])?;
        let through_burn = Device { own_kernels: false, ..device };
        let burn = through_burn.burn.clone().autodiff();
        let loss = LossFunction::parse("bce+dice+focal", &LossParameters::default())?;
        let logits: Vec<f32> = (0..8 * 16 * 24).map(|i| ((i * 7919) % 1000) as f32 / 170.0 - 3.0).collect();
        let targets: Vec<f32> = (0..logits.len()).map(|i| f32::from(u8::from(i * 31 % 11 == 0))).collect();
        let targets = images(targets, 1, size, &burn);
        let leaf = images(logits.clone(), 1, size, &burn).require_grad();
        let deep = (0..30).fold(leaf.clone(), |deep, _| deep.mul_scalar(1.0));
        let expected = leaf.grad(&loss.forward(deep, targets.clone()).backward()).map(to_host);
        let found = derive(logits, size, &through_burn, |logits| loss.forward(logits, targets)).1;
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(Some(bits(&found)), expected.as_deref().map(bits));
        Ok(())
    }
}
