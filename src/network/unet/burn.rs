//! A planned network through burn.

use crate::network::arrays::Arrays;
use crate::network::finite::all_finite;
use crate::network::plan::Plan;
use crate::network::tensors;
use crate::network::unet::burn_layer::{Builder, Layer};
use crate::network::unet::folded::fold;
use crate::network::unet::weights::Weights;
use crate::network::{Layers, Network, Slope};
use burn::module::Module;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::tensor::{Device as BurnDevice, Tensor};

/// The network.
#[derive(Module, Debug)]
pub struct UNet {
    layers: Vec<Layer>,
    pool: MaxPool2d,
    #[module(skip)]
    plan: Plan,
    #[module(skip)]
    device: BurnDevice,
}

impl UNet {
    /// The network of `weights` on `device`, to be used: batch norm takes its running statistics, folded
    /// into the convolutions, and no gradient of a weight is ever computed.
    pub fn from_weights(weights: &Weights, device: &BurnDevice) -> Self {
        let plan = weights.config().plan();
        let folded = fold(&plan, weights.arrays());
        Self::build(plan.folded(), &folded, &device.clone().inner()).valid()
    }

    /// The network of any plan with its `arrays`, on `device` as it is.
    pub(in crate::network) fn build(plan: Plan, arrays: &Arrays, device: &BurnDevice) -> Self {
        let builder = Builder { arrays, device };
        Self {
            layers: plan.layers().iter().map(|planned| builder.layer(planned)).collect(),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            plan,
            device: device.clone(),
        }
    }

    /// Logits `[batch, 1, height, width]` of images `[batch, channels, height, width]`, whose height and
    /// width are multiples of [`Network::multiple`].
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        self.walk(images, |_, output| output)
    }

    /// [`Self::forward`]; `seen` is shown what each layer gives, with the layer's number, and says what to go on with.
    pub(super) fn walk(
        &self,
        images: Tensor<4>,
        mut seen: impl FnMut(usize, Tensor<4>) -> Tensor<4>,
    ) -> Tensor<4> {
        let mut maps = vec![Some(images)];
        for (index, (layer, planned)) in self.layers.iter().zip(self.plan.layers()).enumerate() {
            let mut read: Vec<Tensor<4>> =
                planned.reads.iter().filter_map(|&map| maps[map].clone()).collect();
            for &map in planned.reads.iter().filter(|&&map| self.plan.is_done_with(index, map)) {
                maps[map] = None;
            }
            let input = match read.pop() {
                Some(only) if read.is_empty() => only,
                Some(deepest) => {
                    read.push(deepest);
                    Tensor::cat(read, 1)
                }
                None => unreachable!("a layer reads a map that is still there"),
            };
            maps.push(Some(seen(index, layer.forward(&planned.kind, &self.pool, input))));
        }
        match maps.pop() {
            Some(Some(logits)) => logits,
            _ => unreachable!("nothing reads the last map"),
        }
    }

    /// Copies the arrays of a network in training to the host. Call it on `valid()`: only that brings
    /// the batch norms' running statistics up to date.
    pub fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        for (layer, planned) in self.layers.iter().zip(self.plan.layers()) {
            layer.put(planned, &mut arrays);
        }
        arrays
    }

    /// What layer `index` gives for what it reads, but for its ReLU.
    pub(super) fn before_relu(&self, index: usize, read: Tensor<4>) -> Tensor<4> {
        self.layers[index].before_relu(&self.plan.layers()[index].kind, &self.pool, read)
    }

    /// Its plan.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where it lies.
    pub(super) fn device(&self) -> &BurnDevice {
        &self.device
    }

    /// Images laid end to end as a tensor.
    pub(super) fn images(&self, images: &[f32], size: [usize; 2], device: &BurnDevice) -> Tensor<4> {
        tensors::images(images.to_vec(), self.plan.channels(0), size, device)
    }
}

impl Network for UNet {
    fn channels(&self) -> usize {
        self.plan.channels(0)
    }

    fn multiple(&self) -> usize {
        self.plan.multiple()
    }

    fn logits(&self, images: &[f32], size: [usize; 2]) -> Vec<f32> {
        tensors::to_host(self.forward(self.images(images, size, &self.device)))
    }

    fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        // Only the images track gradients; the weights stay on the plain device.
        let tracked = self.device.clone().autodiff();
        let input = self.images(images, size, &tracked).require_grad();
        let logits = self.forward(input.clone());
        let slope = slope(tensors::to_host(logits.clone()));
        let gradients = along(logits, slope, size, &tracked).backward();
        match input.grad(&gradients) {
            Some(gradient) => tensors::to_host(gradient),
            None => vec![0.0; images.len()],
        }
    }

    fn first_not_finite(&self, images: &[f32], size: [usize; 2]) -> Option<String> {
        let mut first = None;
        self.walk(self.images(images, size, &self.device), |layer, output| {
            if first.is_none() && !all_finite(&tensors::to_host(output.clone())) {
                first = Some(self.plan.layers()[layer].name.clone());
            }
            output
        });
        first
    }

    fn layers(&self) -> Option<&dyn Layers> {
        Some(self)
    }
}

/// A scalar whose gradient by the logits is `slope`.
pub(super) fn along(logits: Tensor<4>, slope: Vec<f32>, size: [usize; 2], device: &BurnDevice) -> Tensor<1> {
    (logits * tensors::images(slope, 1, size, device)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::unet::config::UNetConfig;
    use crate::network::unet::variation::{Head, Normalisation};

    #[test]
    fn weights_come_back_from_the_network_as_they_went_in() -> anyhow::Result<()> {
        let device = crate::network::device::open(crate::network::device::available()[0])?;
        for norm in Normalisation::ALL {
            let config = UNetConfig::new(2, 4).and_then(|config| config.with_norm(norm));
            let config = config.map_err(anyhow::Error::msg)?.with_head(Head::Softmax);
            let weights = Weights::random(&config, 5);
            let arrays =
                UNet::build(weights.config().plan(), weights.arrays(), &device.burn.clone().autodiff())
                    .valid()
                    .arrays();
            assert_eq!(Weights::from_arrays(&config, arrays).map_err(anyhow::Error::msg)?, weights);
        }
        Ok(())
    }
}
