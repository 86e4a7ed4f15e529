//! Convolutions whose gradient by the weights is a matrix product.
//!
//! Burn takes that gradient as a convolution whose kernel is as large as the map, which libtorch on a GPU does at a
//! fiftieth of its pace. Here the weights stand still in the convolution, and a product of their difference from
//! themselves, which is 0, with what each output reads is added: the outcome keeps its value and the gradient by the
//! input its route, and the gradient by the weights is that of the product.

use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::tensor::Tensor;
use burn::tensor::module::{conv2d, conv_transpose2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

/// `layer`, a convolution of stride 1 that keeps height and width, of maps `[slices, inputs, height, width]`.
pub fn convolution(layer: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    let weight = layer.weight.val();
    let still = weight.clone().detach();
    let [outputs, inputs, side, _] = weight.dims();
    let [slices, _, height, width] = input.dims();
    let options = ConvOptions::new([1, 1], [side / 2, side / 2], [1, 1], 1);
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    let output = conv2d(input.clone(), still.clone(), bias, options);
    let nothing = (weight - still).permute([0, 2, 3, 1]).reshape([1, outputs, side * side * inputs]);
    let read = patches(input.detach(), side).reshape([slices, side * side * inputs, height * width]);
    output + nothing.matmul(read).reshape([slices, outputs, height, width])
}

/// `layer`, a transposed convolution whose stride is the side of its kernel, of maps `[slices, inputs, height, width]`.
pub fn up(layer: &ConvTranspose2d, input: Tensor<4>) -> Tensor<4> {
    let weight = layer.weight.val();
    let still = weight.clone().detach();
    let [inputs, outputs, side, _] = weight.dims();
    let [slices, _, height, width] = input.dims();
    let options = ConvTransposeOptions::new([side, side], [0, 0], [0, 0], [1, 1], 1);
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    let output = conv_transpose2d(input.clone(), still.clone(), bias, options);
    let nothing = (weight - still).permute([1, 2, 3, 0]).reshape([1, outputs * side * side, inputs]);
    let product = nothing.matmul(input.detach().reshape([slices, inputs, height * width]));
    let product = product.reshape([slices, outputs, side, side, height, width]).permute([0, 1, 4, 2, 5, 3]);
    output + product.reshape([slices, outputs, height * side, width * side])
}

/// What each place of a kernel of `side` reads, places outermost: `[slices, side * side * channels, height, width]`.
fn patches(maps: Tensor<4>, side: usize) -> Tensor<4> {
    let [slices, channels, height, width] = maps.dims();
    let around = side / 2;
    let maps = match around {
        0 => maps,
        _ => maps.pad((around, around, around, around), 0.0),
    };
    let place = |place: usize| {
        let (down, right) = (place / side, place % side);
        maps.clone().slice([0..slices, 0..channels, down..down + height, right..right + width])
    };
    Tensor::cat((0..side * side).map(place).collect(), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, Result};
    use approx::assert_relative_eq;
    use burn::nn::PaddingConfig2d;
    use burn::nn::conv::{Conv2dConfig, ConvTranspose2dConfig};
    use burn::tensor::{Device, Distribution};
    use rstest::rstest;

    fn device() -> Result<Device> {
        let name = crate::network::device::available();
        let device = crate::network::device::open(name.first().context("a backend")?)?;
        Ok(device.burn.autodiff())
    }

    /// Outcome and gradients by input, weight and bias of `layer`'s slope along the square of what it gives.
    fn outcome(
        input: &Tensor<4>,
        [weight, bias]: [&dyn Fn(&burn::tensor::Gradients) -> Option<Vec<f32>>; 2],
        layer: impl Fn(Tensor<4>) -> Tensor<4>,
    ) -> Result<[Vec<f32>; 4]> {
        let input = input.clone().detach().require_grad();
        let output = layer(input.clone());
        let gradients = (output.clone() * output.clone()).sum().backward();
        let host = |tensor: Tensor<4>| tensor.try_into_vec_as::<f32>();
        let by_input = input.grad(&gradients).context("a gradient by the input")?;
        Ok([
            host(output)?,
            by_input.try_into_vec_as::<f32>()?,
            weight(&gradients).context("a gradient by the weights")?,
            bias(&gradients).context("a gradient by the bias")?,
        ])
    }

    fn agree([ours, theirs]: [[Vec<f32>; 4]; 2]) {
        assert_eq!(ours[0], theirs[0], "the outcome keeps its bits");
        for (ours, theirs) in ours.iter().zip(&theirs).skip(1) {
            let largest = theirs.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            assert!(ours.len() == theirs.len() && largest > 0.1);
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_relative_eq!(*ours, *theirs, max_relative = 1e-4, epsilon = 1e-5 * largest);
            }
        }
    }

    fn maps(device: &Device) -> Tensor<4> {
        Tensor::random([3, 4, 6, 10], Distribution::Uniform(-1.0, 1.0), device)
    }

    #[rstest]
    fn a_convolution_has_burns_gradients(#[values(1, 3)] side: usize) -> Result<()> {
        let device = device()?;
        let same = side / 2;
        let layer = Conv2dConfig::new([4, 5], [side, side])
            .with_padding(PaddingConfig2d::Explicit(same, same, same, same))
            .init(&device);
        let weight = |gradients: &_| layer.weight.val().grad(gradients)?.try_into_vec_as().ok();
        let bias = |gradients: &_| layer.bias.as_ref()?.val().grad(gradients)?.try_into_vec_as().ok();
        let input = maps(&device);
        agree([
            outcome(&input, [&weight, &bias], |input| convolution(&layer, input))?,
            outcome(&input, [&weight, &bias], |input| layer.forward(input))?,
        ]);
        Ok(())
    }

    #[test]
    fn a_transposed_convolution_has_burns_gradients() -> Result<()> {
        let device = device()?;
        let layer = ConvTranspose2dConfig::new([4, 5], [2, 2]).with_stride([2, 2]).init(&device);
        let weight = |gradients: &_| layer.weight.val().grad(gradients)?.try_into_vec_as().ok();
        let bias = |gradients: &_| layer.bias.as_ref()?.val().grad(gradients)?.try_into_vec_as().ok();
        let input = maps(&device);
        agree([
            outcome(&input, [&weight, &bias], |input| up(&layer, input))?,
            outcome(&input, [&weight, &bias], |input| layer.forward(input))?,
        ]);
        Ok(())
    }
}
