//! The U-Net (O. Ronneberger et al., MICCAI 2015) that every loss trains: on each level two times 3x3
//! convolution, batch norm and ReLU; 2x2 max pooling down, 2x2 transposed convolution up, skips by
//! concatenation, a 1x1 head; the output is logits, the sigmoid stays outside.

mod config;
mod folded;
pub mod weights;

pub use config::UNetConfig;
pub use folded::{EPSILON, fold};

use crate::network::unet::weights::{Array, Weights};
use burn::module::{Module, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData, activation::relu};
use std::collections::BTreeMap;

/// Two times convolution, batch norm and ReLU; in use, batch norm is folded into the convolutions.
#[derive(Module, Debug)]
struct Block {
    conv1: Conv2d,
    norm1: Option<BatchNorm>,
    conv2: Conv2d,
    norm2: Option<BatchNorm>,
}

impl Block {
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let norm = |norm: &Option<BatchNorm>, sums: Tensor<4>| match norm {
            Some(norm) => norm.forward(sums),
            None => sums,
        };
        let hidden = relu(norm(&self.norm1, self.conv1.forward(input)));
        relu(norm(&self.norm2, self.conv2.forward(hidden)))
    }
}

/// The network. `encoder[0]` sees the input; `up[0]` and `decoder[0]` are the deepest.
#[derive(Module, Debug)]
pub struct UNet {
    encoder: Vec<Block>,
    bottleneck: Block,
    up: Vec<ConvTranspose2d>,
    decoder: Vec<Block>,
    head: Conv2d,
    pool: MaxPool2d,
}

impl UNet {
    /// The network of `weights` on `device`, to be used: batch norm takes its running statistics, folded
    /// into the convolutions, and no gradient of a weight is ever computed.
    pub fn from_weights(weights: &Weights, device: &Device) -> Self {
        let folded = fold(weights);
        let builder =
            Builder { arrays: &|name| folded.get(name), normed: false, device: &device.clone().inner() };
        builder.network(weights.config().levels()).valid()
    }

    /// The network of `weights` on `device`, to be trained.
    pub fn for_training(weights: &Weights, device: &Device) -> Self {
        let device = &device.clone().autodiff();
        Builder { arrays: &|name| weights.get(name), normed: true, device }.network(weights.config().levels())
    }

    /// Logits `[batch, 1, height, width]` of images of the same shape, whose height and width are
    /// multiples of [`UNetConfig::multiple`].
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let mut skips = Vec::with_capacity(self.encoder.len());
        let mut hidden = images;
        for block in &self.encoder {
            let skip = block.forward(hidden);
            hidden = self.pool.forward(skip.clone());
            skips.push(skip);
        }
        hidden = self.bottleneck.forward(hidden);
        for (up, block) in self.up.iter().zip(&self.decoder) {
            let raised = up.forward(hidden);
            let joined = match skips.pop() {
                Some(skip) => Tensor::cat(vec![skip, raised], 1),
                None => raised,
            };
            hidden = block.forward(joined);
        }
        self.head.forward(hidden)
    }

    /// Copies the weights of a network in training to the host. Call it on `valid()`: only that brings
    /// the batch norms' running statistics up to date.
    ///
    /// # Errors
    /// A line that names a tensor that holds values that are not finite.
    pub fn weights(&self, config: &UNetConfig) -> Result<Weights, String> {
        let mut arrays = BTreeMap::new();
        for (level, block) in self.encoder.iter().enumerate() {
            block_arrays(&mut arrays, &format!("encoder.{level}"), block);
        }
        block_arrays(&mut arrays, "bottleneck", &self.bottleneck);
        for (step, up) in self.up.iter().enumerate() {
            put(&mut arrays, format!("up.{step}.weight"), up.weight.val());
            put_bias(&mut arrays, format!("up.{step}.bias"), &up.bias);
        }
        for (step, block) in self.decoder.iter().enumerate() {
            block_arrays(&mut arrays, &format!("decoder.{step}"), block);
        }
        put(&mut arrays, "head.weight".to_string(), self.head.weight.val());
        put_bias(&mut arrays, "head.bias".to_string(), &self.head.bias);
        Weights::from_arrays(config, arrays)
    }
}

fn block_arrays(arrays: &mut BTreeMap<String, Array>, name: &str, block: &Block) {
    for (part, conv, norm) in [("1", &block.conv1, &block.norm1), ("2", &block.conv2, &block.norm2)] {
        put(arrays, format!("{name}.conv{part}.weight"), conv.weight.val());
        put_bias(arrays, format!("{name}.conv{part}.bias"), &conv.bias);
        let Some(norm) = norm else {
            continue;
        };
        put(arrays, format!("{name}.norm{part}.weight"), norm.gamma.val());
        put(arrays, format!("{name}.norm{part}.bias"), norm.beta.val());
        put(arrays, format!("{name}.norm{part}.running_mean"), norm.running_mean.value());
        put(arrays, format!("{name}.norm{part}.running_var"), norm.running_var.value());
    }
}

fn put_bias(arrays: &mut BTreeMap<String, Array>, name: String, bias: &Option<Param<Tensor<1>>>) {
    if let Some(bias) = bias {
        put(arrays, name, bias.val());
    }
}

fn put<const D: usize>(arrays: &mut BTreeMap<String, Array>, name: String, tensor: Tensor<D>) {
    let array = Array { shape: tensor.dims().to_vec(), values: crate::network::tensors::to_host(tensor) };
    arrays.insert(name, array);
}

/// Makes layers of checked weights.
struct Builder<'a> {
    arrays: &'a dyn Fn(&str) -> Option<&'a Array>,
    /// Whether batch norm stands on its own.
    normed: bool,
    device: &'a Device,
}

impl Builder<'_> {
    fn network(&self, levels: usize) -> UNet {
        UNet {
            encoder: (0..levels).map(|level| self.block(&format!("encoder.{level}"))).collect(),
            bottleneck: self.block("bottleneck"),
            up: (0..levels).map(|step| self.up(&format!("up.{step}"))).collect(),
            decoder: (0..levels).map(|step| self.block(&format!("decoder.{step}"))).collect(),
            head: self.conv("head"),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
        }
    }

    /// The tensor called `name`; [`Weights`] has checked that it is there, with its shape.
    fn tensor<const D: usize>(&self, name: &str) -> Tensor<D> {
        match (self.arrays)(name) {
            Some(array) => {
                Tensor::from_data(TensorData::new(array.values.clone(), array.shape.clone()), self.device)
            }
            None => unreachable!("weights are checked against their configuration: {name}"),
        }
    }

    fn param<const D: usize>(&self, name: &str) -> Param<Tensor<D>> {
        Param::from_tensor(self.tensor(name))
    }

    fn conv(&self, name: &str) -> Conv2d {
        let weight = self.param(&format!("{name}.weight"));
        let [output, input, kernel, _] = weight.val().dims();
        let same = kernel / 2;
        let mut conv = Conv2dConfig::new([input, output], [kernel, kernel])
            .with_padding(PaddingConfig2d::Explicit(same, same, same, same))
            .init(self.device);
        conv.weight = weight;
        conv.bias = Some(self.param(&format!("{name}.bias")));
        conv
    }

    fn norm(&self, name: &str) -> BatchNorm {
        let gamma = self.param::<1>(&format!("{name}.weight"));
        let mut norm = BatchNormConfig::new(gamma.val().dims()[0]).init(self.device);
        norm.gamma = gamma;
        norm.beta = self.param(&format!("{name}.bias"));
        norm.running_mean = RunningState::new(self.tensor(&format!("{name}.running_mean")));
        norm.running_var = RunningState::new(self.tensor(&format!("{name}.running_var")));
        norm
    }

    fn up(&self, name: &str) -> ConvTranspose2d {
        let weight = self.param(&format!("{name}.weight"));
        let [input, output, kernel, _] = weight.val().dims();
        let mut up = ConvTranspose2dConfig::new([input, output], [kernel, kernel])
            .with_stride([kernel, kernel])
            .init(self.device);
        up.weight = weight;
        up.bias = Some(self.param(&format!("{name}.bias")));
        up
    }

    fn block(&self, name: &str) -> Block {
        Block {
            conv1: self.conv(&format!("{name}.conv1")),
            norm1: self.normed.then(|| self.norm(&format!("{name}.norm1"))),
            conv2: self.conv(&format!("{name}.conv2")),
            norm2: self.normed.then(|| self.norm(&format!("{name}.norm2"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_come_back_from_the_network_as_they_went_in() -> anyhow::Result<()> {
        let config = UNetConfig::new(2, 3).map_err(anyhow::Error::msg)?;
        let weights = Weights::random(&config, 5);
        let device = crate::network::device::open(crate::network::device::available()[0])?;
        let network = UNet::for_training(&weights, &device.burn).valid();
        assert_eq!(network.weights(&config).map_err(anyhow::Error::msg)?, weights);
        Ok(())
    }
}
