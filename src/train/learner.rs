//! A network in training: one step of Adam at a time, on any device.

use crate::loss::LossFunction;
use crate::network::cpu::Trainer;
use crate::network::device::Device;
use crate::network::tensors;
use crate::network::unet::weights::Weights;
use crate::network::unet::{UNet, UNetConfig};
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Device as BurnDevice;

/// A network, its optimiser and the loss that it is to bring down.
pub struct Learner {
    network: Network,
    config: UNetConfig,
    loss: LossFunction,
    size: [usize; 2],
    /// With autodiff.
    device: BurnDevice,
}

enum Network {
    Burn(Box<(UNet, ModuleOptimizer)>),
    Own(Box<Trainer>),
}

impl Learner {
    /// Starts from `weights`, on slices of `size` (height, width: multiples of
    /// [`UNetConfig::multiple`]), with Adam.
    pub fn new(weights: &Weights, device: &Device, size: [usize; 2], loss: &LossFunction) -> Self {
        let network = match device.own_kernels {
            true => Network::Own(Box::new(Trainer::new(weights, size))),
            false => {
                // PyTorch's epsilon; burn's own default is 1e-5.
                let optimiser = AdamConfig::new().with_epsilon(1e-8).init();
                Network::Burn(Box::new((UNet::for_training(weights, &device.burn), optimiser)))
            }
        };
        let device = device.burn.clone().autodiff();
        Self { network, config: *weights.config(), loss: loss.clone(), size, device }
    }

    /// One step of the size `learning_rate` on images and masks (0 and 1) laid end to end; gives the learner
    /// after it and the loss before it.
    pub fn step(mut self, images: Vec<f32>, targets: Vec<f32>, learning_rate: f64) -> (Self, f64) {
        let targets = tensors::images(targets, self.size, &self.device);
        let value;
        (self.network, value) = match self.network {
            Network::Own(mut network) => {
                let value = network.step(&images, learning_rate, |logits| {
                    let logits = tensors::images(logits, self.size, &self.device).require_grad();
                    let loss = self.loss.forward(logits.clone(), targets);
                    let slope = logits.grad(&loss.backward()).map(tensors::to_host);
                    (tensors::scalar(loss), slope.unwrap_or_else(|| vec![0.0; images.len()]))
                });
                (Network::Own(network), value)
            }
            Network::Burn(parts) => {
                let (network, mut optimiser) = *parts;
                let logits = network.forward(tensors::images(images, self.size, &self.device));
                let loss = self.loss.forward(logits, targets);
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                let network = optimiser.step(learning_rate, network, gradients);
                (Network::Burn(Box::new((network, optimiser))), tensors::scalar(loss))
            }
        };
        (self, value)
    }

    /// Copies the weights to the host, running statistics up to date.
    ///
    /// # Errors
    /// A line that names a tensor that holds values that are not finite.
    pub fn weights(&self) -> Result<Weights, String> {
        match &self.network {
            Network::Own(network) => network.weights(),
            Network::Burn(parts) => parts.0.valid().weights(&self.config),
        }
    }
}
