//! A trained network in use: logits and saliency maps of many slices, cut into chunks that run side by
//! side. A slice's numbers do not depend on the slices beside it.

use crate::image::slice::Slice;
use crate::loss::LossFunction;
use crate::network::cpu::Frozen;
use crate::network::device::Device;
use crate::network::tensors;
use crate::network::unet::UNet;
use crate::network::unet::weights::Weights;
use crate::saliency::Output;
use burn::tensor::Tensor;
use rayon::prelude::*;

/// A network that is only used, never trained.
pub struct Predictor {
    network: Network,
    device: Device,
    size: [usize; 2],
}

enum Network {
    Burn(Box<UNet>),
    Own(Box<Frozen>),
}

impl Predictor {
    /// The network of `weights` on `device`, for slices of `size` (height, width: multiples of
    /// [`crate::network::unet::UNetConfig::multiple`]).
    pub fn new(weights: &Weights, device: &Device, size: [usize; 2]) -> Self {
        let network = match device.own_kernels {
            true => Network::Own(Box::new(Frozen::new(weights, size))),
            false => Network::Burn(Box::new(UNet::from_weights(weights, &device.burn))),
        };
        Self { network, device: device.clone(), size }
    }

    /// Pixels of one slice.
    pub fn pixels(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Logits of images laid end to end, in the same layout.
    pub fn logits(&self, images: &[f32]) -> Vec<f32> {
        let logits = |part: &[f32]| match &self.network {
            Network::Own(network) => network.logits(part),
            Network::Burn(network) => {
                let input = tensors::images(part.to_vec(), self.size, &self.device.burn);
                tensors::to_host(network.forward(input))
            }
        };
        let parts: Vec<Vec<f32>> = images.par_chunks(self.chunk() * self.pixels()).map(logits).collect();
        parts.concat()
    }

    /// Saliency maps, laid end to end as the images: the gradient of `output` with respect to each
    /// image. `targets` holds the true masks as 0 and 1.
    pub fn saliency(
        &self,
        images: &[f32],
        targets: &[f32],
        output: &Output,
        loss: &LossFunction,
    ) -> Vec<f32> {
        let parts: Vec<Vec<f32>> = images
            .par_chunks(self.chunk() * self.pixels())
            .zip(targets.par_chunks(self.chunk() * self.pixels()))
            .map(|(part, targets)| self.gradient(part, targets, output, loss))
            .collect();
        parts.concat()
    }

    /// Slices that pass through the network at a time.
    pub fn chunk(&self) -> usize {
        self.device.chunk
    }

    fn gradient(&self, images: &[f32], targets: &[f32], output: &Output, loss: &LossFunction) -> Vec<f32> {
        // Only what the scalar is derived by tracks gradients; the weights stay on the plain device.
        let tracked = self.device.burn.clone().autodiff();
        let tensor = |values: &[f32]| tensors::images(values.to_vec(), self.size, &tracked);
        let derive = |input: Tensor<4>, logits: Tensor<4>| {
            let gradients = (output.scalar)(logits, tensor(targets), loss).backward();
            match input.grad(&gradients) {
                Some(gradient) => tensors::to_host(gradient),
                None => vec![0.0; images.len()],
            }
        };
        match &self.network {
            Network::Own(network) => network.gradient(images, |logits| {
                let logits = tensor(&logits).require_grad();
                derive(logits.clone(), logits)
            }),
            Network::Burn(network) => {
                let input = tensor(images).require_grad();
                derive(input.clone(), network.forward(input))
            }
        }
    }
}

/// Images and masks of slices laid end to end, masks as 0 and 1.
pub fn gather(slices: &[Slice]) -> (Vec<f32>, Vec<f32>) {
    let (mut images, mut targets) = (Vec::new(), Vec::new());
    for slice in slices {
        images.extend_from_slice(&slice.image);
        targets.extend(slice.mask.iter().map(|&inside| f32::from(u8::from(inside))));
    }
    (images, targets)
}
