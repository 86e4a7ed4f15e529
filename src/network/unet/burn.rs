//! A planned network through burn: in use, and in training.

use crate::network::arrays::{Array, Arrays, known};
use crate::network::finite::all_finite;
use crate::network::layer::{self, Kind, Then};
use crate::network::plan::{EPSILON, Plan, Role};
use crate::network::tensors;
use crate::network::unet::folded::fold;
use crate::network::unet::weights::Weights;
use crate::network::{Layers, Learner, Loss, Network, Slope};
use burn::module::{Module, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, GroupNorm, GroupNormConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device as BurnDevice, Tensor, TensorData, activation::relu};

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

/// What one layer of the plan holds; nothing where it pools.
#[derive(Module, Debug)]
struct Layer {
    convolution: Option<Conv2d>,
    norm: Option<BatchNorm>,
    group_norm: Option<GroupNorm>,
    up: Option<ConvTranspose2d>,
}

impl UNet {
    /// The network of `weights` on `device`, to be used: batch norm takes its running statistics, folded
    /// into the convolutions, and no gradient of a weight is ever computed.
    pub fn from_weights(weights: &Weights, device: &BurnDevice) -> Self {
        let plan = weights.config().plan();
        let folded = fold(&plan, weights.arrays());
        Self::build(plan.folded(), &folded, &device.clone().inner()).valid()
    }

    /// The network of `weights` on `device`, to be trained.
    pub fn for_training(weights: &Weights, device: &BurnDevice) -> Self {
        Self::build(weights.config().plan(), weights.arrays(), &device.clone().autodiff())
    }

    /// The network of any plan with its `arrays`, on `device` as it is.
    pub(in crate::network) fn build(plan: Plan, arrays: &Arrays, device: &BurnDevice) -> Self {
        let builder = Builder { arrays, device };
        Self {
            layers: plan.layers().iter().map(|layer| builder.layer(layer)).collect(),
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
            let mut put = |name: &str, role: Role, array: Array| drop(arrays.insert(role.of(name), array));
            let weights = layer.convolution.as_ref().map(|layer| (&layer.weight, &layer.bias));
            let weights = weights.or(layer.up.as_ref().map(|layer| (&layer.weight, &layer.bias)));
            if let Some((weight, bias)) = weights {
                put(&planned.name, Role::Weight, to_array(weight.val()));
                if let Some(bias) = bias {
                    put(&planned.name, Role::Bias, to_array(bias.val()));
                }
            }
            let Kind::Convolution { then, .. } = &planned.kind else {
                continue;
            };
            let Some(name) = then.norm() else {
                continue;
            };
            if let Some(norm) = &layer.norm {
                put(name, Role::Gamma, to_array(norm.gamma.val()));
                put(name, Role::Beta, to_array(norm.beta.val()));
                put(name, Role::RunningMean, to_array(norm.running_mean.value()));
                put(name, Role::RunningVariance, to_array(norm.running_var.value()));
            }
            if let Some(GroupNorm { gamma: Some(gamma), beta: Some(beta), .. }) = &layer.group_norm {
                put(name, Role::Gamma, to_array(gamma.val()));
                put(name, Role::Beta, to_array(beta.val()));
            }
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

impl Layer {
    fn forward(&self, kind: &Kind, pool: &MaxPool2d, input: Tensor<4>) -> Tensor<4> {
        let output = self.before_relu(kind, pool, input);
        match kind {
            Kind::Convolution { then, .. } if then.is_rectified() => relu(output),
            _ => output,
        }
    }

    fn before_relu(&self, kind: &Kind, pool: &MaxPool2d, input: Tensor<4>) -> Tensor<4> {
        let output = match (&self.convolution, &self.up) {
            (Some(convolution), _) => convolution.forward(input),
            (None, Some(up)) => up.forward(input),
            (None, None) => pool.forward(input),
        };
        let output = match (&self.norm, &self.group_norm) {
            (Some(norm), _) => norm.forward(output),
            (None, Some(norm)) => norm.forward(output),
            (None, None) => output,
        };
        match kind {
            Kind::Convolution { then: Then::Difference, .. } => difference(output),
            _ => output,
        }
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

/// A U-Net in training, with its optimiser.
pub struct UNetLearner {
    /// None only while a step replaces it.
    network: Option<UNet>,
    optimiser: ModuleOptimizer,
}

impl UNetLearner {
    /// Starts from `weights` on `device`.
    pub fn new(weights: &Weights, device: &BurnDevice) -> Self {
        Self::of(UNet::for_training(weights, device))
    }

    /// Trains `network`, which is on a device with autodiff.
    pub(in crate::network) fn of(network: UNet) -> Self {
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
        let logits = network.forward(network.images(images, size, &network.device));
        let (value, slope) = loss(tensors::to_host(logits.clone()));
        self.network = Some(if value.is_finite() {
            let descent = along(logits, slope, size, &network.device);
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

/// The second half of the channels less the first.
fn difference(maps: Tensor<4>) -> Tensor<4> {
    let half = maps.dims()[1] / 2;
    maps.clone().narrow(1, half, half) - maps.narrow(1, 0, half)
}

/// A scalar whose gradient by the logits is `slope`.
pub(super) fn along(logits: Tensor<4>, slope: Vec<f32>, size: [usize; 2], device: &BurnDevice) -> Tensor<1> {
    (logits * tensors::images(slope, 1, size, device)).sum()
}

pub(super) fn to_array<const D: usize>(tensor: Tensor<D>) -> Array {
    Array { shape: tensor.dims().to_vec(), values: tensors::to_host(tensor) }
}

/// Makes layers of checked arrays.
struct Builder<'a> {
    arrays: &'a Arrays,
    device: &'a BurnDevice,
}

impl Builder<'_> {
    fn layer(&self, planned: &layer::Layer) -> Layer {
        let (mut convolution, mut norm, mut group_norm, mut up) = (None, None, None, None);
        match &planned.kind {
            Kind::Pool => {}
            Kind::Up => up = Some(self.up(&planned.name)),
            Kind::Convolution { then, .. } => {
                convolution = Some(self.convolution(&planned.name));
                match then {
                    Then::BatchNormRelu { norm: name } => norm = Some(self.norm(name)),
                    Then::GroupNormRelu { norm: name, groups } => {
                        group_norm = Some(self.group_norm(name, *groups));
                    }
                    Then::Nothing | Then::Relu | Then::Difference => {}
                }
            }
        }
        Layer { convolution, norm, group_norm, up }
    }

    fn tensor<const D: usize>(&self, name: &str, role: Role) -> Tensor<D> {
        let array = known(self.arrays, &role.of(name));
        Tensor::from_data(TensorData::new(array.values.clone(), array.shape.clone()), self.device)
    }

    fn param<const D: usize>(&self, name: &str, role: Role) -> Param<Tensor<D>> {
        Param::from_tensor(self.tensor(name, role))
    }

    fn convolution(&self, name: &str) -> Conv2d {
        let weight = self.param(name, Role::Weight);
        let [output, input, side, _] = weight.val().dims();
        let same = side / 2;
        let mut convolution = Conv2dConfig::new([input, output], [side, side])
            .with_padding(PaddingConfig2d::Explicit(same, same, same, same))
            .init(self.device);
        convolution.weight = weight;
        convolution.bias = Some(self.param(name, Role::Bias));
        convolution
    }

    fn norm(&self, name: &str) -> BatchNorm {
        let gamma = self.param::<1>(name, Role::Gamma);
        let mut norm = BatchNormConfig::new(gamma.val().dims()[0]).init(self.device);
        norm.gamma = gamma;
        norm.beta = self.param(name, Role::Beta);
        norm.running_mean = RunningState::new(self.tensor(name, Role::RunningMean));
        norm.running_var = RunningState::new(self.tensor(name, Role::RunningVariance));
        norm
    }

    fn group_norm(&self, name: &str, groups: usize) -> GroupNorm {
        let gamma = self.param::<1>(name, Role::Gamma);
        let channels = gamma.val().dims()[0];
        let config = GroupNormConfig::new(groups, channels).with_epsilon(f64::from(EPSILON));
        let mut norm = config.init(self.device);
        norm.gamma = Some(gamma);
        norm.beta = Some(self.param(name, Role::Beta));
        norm
    }

    fn up(&self, name: &str) -> ConvTranspose2d {
        let weight = self.param(name, Role::Weight);
        let [input, output, side, _] = weight.val().dims();
        let mut up = ConvTranspose2dConfig::new([input, output], [side, side])
            .with_stride([side, side])
            .init(self.device);
        up.weight = weight;
        up.bias = Some(self.param(name, Role::Bias));
        up
    }
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
            let arrays = UNet::for_training(&weights, &device.burn).valid().arrays();
            assert_eq!(Weights::from_arrays(&config, arrays).map_err(anyhow::Error::msg)?, weights);
        }
        Ok(())
    }
}
