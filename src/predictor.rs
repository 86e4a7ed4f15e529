//! A trained network in use: logits and saliency maps of many slices, cut into chunks that run side by
//! side. A slice's numbers do not depend on the slices beside it.

use crate::data::slices::Slice;
use crate::loss::LossFunction;
use crate::saliency::Output;
use crate::tensors;
use crate::unet::UNet;
use crate::weights::Weights;
use burn::tensor::Device;
use rayon::prelude::*;

/// A network that is only used, never trained.
pub struct Predictor {
    network: UNet,
    device: Device,
    chunk: usize,
    size: [usize; 2],
}

impl Predictor {
    /// The network of `weights` on `device`, for slices of `size` (height, width: multiples of
    /// [`crate::unet::UNetConfig::multiple`]), `chunk` slices at a time.
    pub fn new(weights: &Weights, device: &Device, chunk: usize, size: [usize; 2]) -> Self {
        Self { network: UNet::from_weights(weights, device), device: device.clone(), chunk, size }
    }

    /// Pixels of one slice.
    pub fn pixels(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Logits of images laid end to end, in the same layout.
    pub fn logits(&self, images: &[f32]) -> Vec<f32> {
        let chunk = self.chunk * self.pixels();
        let parts: Vec<Vec<f32>> = images
            .par_chunks(chunk)
            .map(|part| {
                let input = tensors::images(part.to_vec(), self.size, &self.device);
                tensors::to_host(self.network.forward(input))
            })
            .collect();
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
        let chunk = self.chunk * self.pixels();
        let parts: Vec<Vec<f32>> = images
            .par_chunks(chunk)
            .zip(targets.par_chunks(chunk))
            .map(|(part, targets)| self.gradient(part, targets, output, loss))
            .collect();
        parts.concat()
    }

    fn gradient(&self, images: &[f32], targets: &[f32], output: &Output, loss: &LossFunction) -> Vec<f32> {
        // Only the input tracks gradients; the weights stay on the plain device.
        let tracked = self.device.clone().autodiff();
        let input = tensors::images(images.to_vec(), self.size, &tracked).require_grad();
        let targets = tensors::images(targets.to_vec(), self.size, &tracked);
        let gradients = (output.scalar)(self.network.forward(input.clone()), targets, loss).backward();
        match input.grad(&gradients) {
            Some(gradient) => tensors::to_host(gradient),
            None => vec![0.0; images.len()],
        }
    }
}

/// Images and masks of slices laid end to end, masks as 0 and 1.
pub fn gather<'a>(slices: impl Iterator<Item = &'a Slice>) -> (Vec<f32>, Vec<f32>) {
    let (mut images, mut targets) = (Vec::new(), Vec::new());
    for slice in slices {
        images.extend_from_slice(&slice.image);
        targets.extend(slice.mask.iter().map(|&inside| f32::from(u8::from(inside))));
    }
    (images, targets)
}
