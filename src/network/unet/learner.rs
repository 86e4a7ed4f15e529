//! A planned network in training through burn.

use crate::network::arrays::Arrays;
use crate::network::plan::Plan;
use crate::network::tensors;
use crate::network::unet::burn::{UNet, along};
use crate::network::{Learner, Loss};
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Device as BurnDevice;

/// A U-Net in training, with its optimiser.
pub struct UNetLearner {
    /// None only while a step replaces it.
    network: Option<UNet>,
    optimiser: ModuleOptimizer,
}

impl UNetLearner {
    /// The network of `plan` on `device`, which starts from `arrays`.
    pub(in crate::network) fn new(plan: Plan, arrays: &Arrays, device: &BurnDevice) -> Self {
        let network = UNet::build(plan, arrays, &device.clone().autodiff());
        // PyTorch's epsilon; burn's own default is 1e-5.
        let optimiser = AdamConfig::new().with_epsilon(1e-8).init();
        Self { network: Some(network), optimiser }
    }
}

impl Learner for UNetLearner {
    fn step(&mut self, images: &[f32], size: [usize; 2], loss: Loss, learning_rate: f64) -> f64 {
        let Some(network) = self.network.take() else {
            unreachable!("a step puts the network back");
        };
        let logits = network.forward(network.images(images, size, network.device()));
        let (value, slope) = loss(tensors::to_host(logits.clone()));
        self.network = Some(if value.is_finite() {
            let descent = along(logits, slope, size, network.device());
            let gradients = GradientsParams::from_grads(descent.backward(), &network);
            self.optimiser.step(learning_rate, network, gradients)
        } else {
            network
        });
        value
    }

    fn arrays(&self) -> Arrays {
        self.network.as_ref().map(|network| network.valid().arrays()).unwrap_or_default()
    }
}
