//! One layer of a planned network through burn: made of arrays, walked, and read back.

use crate::network::arrays::{Array, Arrays, known};
use crate::network::layer::{self, Kind, Then};
use crate::network::plan::{EPSILON, Role};
use crate::network::tensors;
use burn::module::{Module, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::pool::MaxPool2d;
use burn::nn::{BatchNorm, BatchNormConfig, GroupNorm, GroupNormConfig, PaddingConfig2d};
use burn::tensor::{Device as BurnDevice, Tensor, TensorData, activation::relu};

/// What one layer of the plan holds; nothing where it pools.
#[derive(Module, Debug)]
pub struct Layer {
    convolution: Option<Conv2d>,
    norm: Option<BatchNorm>,
    group_norm: Option<GroupNorm>,
    up: Option<ConvTranspose2d>,
}

impl Layer {
    /// What it gives for what it reads.
    pub(super) fn forward(&self, kind: &Kind, pool: &MaxPool2d, input: Tensor<4>) -> Tensor<4> {
        let output = self.before_relu(kind, pool, input);
        match kind {
            Kind::Convolution { then, .. } if then.is_rectified() => relu(output),
            _ => output,
        }
    }

    /// The same, but for its ReLU.
    pub(super) fn before_relu(&self, kind: &Kind, pool: &MaxPool2d, input: Tensor<4>) -> Tensor<4> {
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

    /// Puts the layer's arrays under the names of the plan.
    pub(super) fn put(&self, planned: &layer::Layer, arrays: &mut Arrays) {
        let mut put = |name: &str, role: Role, array: Array| drop(arrays.insert(role.of(name), array));
        let weights = self.convolution.as_ref().map(|layer| (&layer.weight, &layer.bias));
        let weights = weights.or(self.up.as_ref().map(|layer| (&layer.weight, &layer.bias)));
        if let Some((weight, bias)) = weights {
            put(&planned.name, Role::Weight, to_array(weight.val()));
            if let Some(bias) = bias {
                put(&planned.name, Role::Bias, to_array(bias.val()));
            }
        }
        let Kind::Convolution { then, .. } = &planned.kind else {
            return;
        };
        let Some(name) = then.norm() else {
            return;
        };
        if let Some(norm) = &self.norm {
            put(name, Role::Gamma, to_array(norm.gamma.val()));
            put(name, Role::Beta, to_array(norm.beta.val()));
            put(name, Role::RunningMean, to_array(norm.running_mean.value()));
            put(name, Role::RunningVariance, to_array(norm.running_var.value()));
        }
        if let Some(GroupNorm { gamma: Some(gamma), beta: Some(beta), .. }) = &self.group_norm {
            put(name, Role::Gamma, to_array(gamma.val()));
            put(name, Role::Beta, to_array(beta.val()));
        }
    }
}

/// The second half of the channels less the first.
fn difference(maps: Tensor<4>) -> Tensor<4> {
    let half = maps.dims()[1] / 2;
    maps.clone().narrow(1, half, half) - maps.narrow(1, 0, half)
}

/// A tensor on the host.
pub(super) fn to_array<const D: usize>(tensor: Tensor<D>) -> Array {
    Array { shape: tensor.dims().to_vec(), values: tensors::to_host(tensor) }
}

/// Makes layers of checked arrays.
pub(super) struct Builder<'a> {
    pub arrays: &'a Arrays,
    pub device: &'a BurnDevice,
}

impl Builder<'_> {
    pub fn layer(&self, planned: &layer::Layer) -> Layer {
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
