//! A network in training: batch norm on the batch's statistics, gradients of all weights, Adam.

use crate::network::cpu::adam::{Moments, Step};
use crate::network::cpu::batch_norm::{
    RowSums, Statistics, channel_sums, gradient_sums, normalise, normalise_gradient,
};
use crate::network::cpu::convolution::{Ends, PLAIN, Reach, convolve, convolve_rows, weight_gradient};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::pooling::{add_gradient, pool};
use crate::network::cpu::taps::{Filter, Taps};
use crate::network::unet::UNetConfig;
use crate::network::unet::weights::{Array, Weights};
use std::collections::BTreeMap;

/// A U-Net whose weights follow the gradient.
pub struct Trainer {
    config: UNetConfig,
    size: [usize; 2],
    encoder: Vec<Block>,
    bottleneck: Block,
    up: Vec<Layer>,
    decoder: Vec<Block>,
    head: Layer,
    steps: i32,
    buffers: Buffers,
}

/// Two times convolution, batch norm and ReLU.
struct Block([(Layer, Norm); 2]);

/// A convolution and its optimiser's state.
struct Layer {
    name: String,
    taps: Taps,
    bias: Vec<f32>,
    /// How many maps it reads, of equal channels.
    sources: usize,
    /// Whether its window is mirrored on the way back.
    mirror: bool,
    forward: Vec<Filter>,
    backward: Vec<Filter>,
    moments: [Moments; 2],
}

/// A batch norm and its optimiser's state.
struct Norm {
    name: String,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    running: Statistics,
    moments: [Moments; 2],
}

/// What one convolution, batch norm and ReLU came to.
struct Pass {
    raw: Maps,
    statistics: Statistics,
    active: Maps,
}

/// A gradient of a [`Pass`], 0 where its ReLU cut off, with the sums that batch norm wants.
struct Gradient {
    maps: Maps,
    sums: Vec<RowSums>,
}

/// A weight's share in the running statistics.
const MOMENTUM: f32 = 0.1;

impl Trainer {
    /// The network of `weights`, for slices of `size` (height, width: multiples of
    /// [`UNetConfig::multiple`]).
    pub fn new(weights: &Weights, size: [usize; 2]) -> Self {
        let levels = weights.config().levels();
        let block = |name: String, sources| Block::new(weights, &name, sources);
        Self {
            config: *weights.config(),
            size,
            encoder: (0..levels).map(|level| block(format!("encoder.{level}"), 1)).collect(),
            bottleneck: block("bottleneck".to_string(), 1),
            up: (0..levels).map(|step| Layer::raising(weights, format!("up.{step}"))).collect(),
            decoder: (0..levels).map(|step| block(format!("decoder.{step}"), 2)).collect(),
            head: Layer::convolution(weights, "head".to_string(), 1),
            steps: 0,
            buffers: Buffers::default(),
        }
    }

    /// One step of Adam on images laid end to end. `loss` is shown their logits, in the same layout, and
    /// gives the loss and its gradient by them. Gives the loss; where it is not finite, nothing changes.
    pub fn step(
        &mut self,
        images: &[f32],
        learning_rate: f64,
        loss: impl FnOnce(Vec<f32>) -> (f64, Vec<f32>),
    ) -> f64 {
        let buffers = &self.buffers.clone();
        let mut inputs = vec![Maps::from_images(images, self.size, buffers)];
        let mut encoder: Vec<[Pass; 2]> = Vec::with_capacity(self.encoder.len());
        for (level, block) in self.encoder.iter_mut().enumerate() {
            let passes = block.forward(&[&inputs[level]], buffers);
            inputs.push(pool(&passes[1].active, buffers));
            encoder.push(passes);
        }
        let levels = encoder.len();
        let bottleneck = self.bottleneck.forward(&[&inputs[levels]], buffers);
        let mut raised: Vec<Maps> = Vec::with_capacity(levels);
        let mut decoder: Vec<[Pass; 2]> = Vec::with_capacity(levels);
        for (step, block) in self.decoder.iter_mut().enumerate() {
            let below = decoder.last().unwrap_or(&bottleneck);
            raised.push(self.up[step].forward(Reach::Raise, &[&below[1].active], buffers));
            let skip = &encoder[levels - 1 - step][1].active;
            decoder.push(block.forward(&[skip, &raised[step]], buffers));
        }
        let last = &decoder.last().unwrap_or(&bottleneck)[1];
        let logits = self.head.forward(Reach::Point, &[&last.active], buffers);
        let (value, slope) = loss(logits.to_images());
        if !value.is_finite() {
            return value;
        }

        self.steps += 1;
        let adam = &Step::new(self.steps, learning_rate);
        let slope = Maps::from_images(&slope, self.size, buffers);
        let mut gradient = last.gradient(Reach::Point, &slope, &self.head.backward[0], buffers);
        self.head.learn(Reach::Point, &[&last.active], &slope, Some(channel_sums(&slope)), adam);
        let mut skips = Vec::with_capacity(levels);
        for step in (0..levels).rev() {
            let skip = &encoder[levels - 1 - step][1].active;
            let (block, passes) = (&mut self.decoder[step], &decoder[step]);
            let inner = block.backward(gradient, passes, adam, buffers);
            let first = &mut block.0[0].0;
            skips.push(convolve(Reach::Around, &[(&inner, &first.backward[0])], PLAIN, buffers));
            let up_gradient = convolve(Reach::Around, &[(&inner, &first.backward[1])], PLAIN, buffers);
            first.learn(Reach::Around, &[skip, &raised[step]], &inner, None, adam);
            let below = &if step == 0 { &bottleneck } else { &decoder[step - 1] }[1];
            let up = &mut self.up[step];
            gradient = below.gradient(Reach::Lower, &up_gradient, &up.backward[0], buffers);
            up.learn(Reach::Raise, &[&below.active], &up_gradient, Some(channel_sums(&up_gradient)), adam);
        }
        let blocks = [&mut self.bottleneck].into_iter().chain(self.encoder.iter_mut().rev());
        let passes = [&bottleneck].into_iter().chain(encoder.iter().rev());
        for ((block, passes), (level, input)) in blocks.zip(passes).zip(inputs.iter().enumerate().rev()) {
            let inner = block.backward(gradient, passes, adam, buffers);
            let first = &mut block.0[0].0;
            let below =
                (level > 0).then(|| convolve(Reach::Around, &[(&inner, &first.backward[0])], PLAIN, buffers));
            first.learn(Reach::Around, &[input], &inner, None, adam);
            let (Some(below), Some(total), Some(level)) = (below, skips.pop(), level.checked_sub(1)) else {
                break;
            };
            gradient = encoder[level][1].pooled_gradient(total, &below);
        }
        value
    }

    /// Copies the weights out, running statistics up to date.
    ///
    /// # Errors
    /// A line that names a tensor that holds values that are not finite.
    pub fn weights(&self) -> Result<Weights, String> {
        let mut values: BTreeMap<String, Vec<f32>> = BTreeMap::new();
        let blocks = self.encoder.iter().chain([&self.bottleneck]).chain(&self.decoder);
        for (layer, norm) in blocks.flat_map(|block| &block.0) {
            values.insert(format!("{}.weight", layer.name), layer.taps.to_convolution());
            values.insert(format!("{}.bias", layer.name), layer.bias.clone());
            values.insert(format!("{}.weight", norm.name), norm.gamma.clone());
            values.insert(format!("{}.bias", norm.name), norm.beta.clone());
            values.insert(format!("{}.running_mean", norm.name), norm.running.mean.clone());
            values.insert(format!("{}.running_var", norm.name), norm.running.variance.clone());
        }
        for up in &self.up {
            values.insert(format!("{}.weight", up.name), up.taps.to_transposed_convolution());
            values.insert(format!("{}.bias", up.name), up.bias.clone());
        }
        values.insert("head.weight".to_string(), self.head.taps.to_convolution());
        values.insert("head.bias".to_string(), self.head.bias.clone());
        let shapes = self.config.tensors();
        let arrays = shapes.into_iter().filter_map(|(name, shape)| {
            let values = values.remove(&name)?;
            Some((name, Array { shape, values }))
        });
        Weights::from_arrays(&self.config, arrays.collect())
    }
}

impl Block {
    /// The block called `name`, whose first convolution reads `sources` maps of equal channels.
    fn new(weights: &Weights, name: &str, sources: usize) -> Self {
        Self([(1, sources), (2, 1)].map(|(part, sources)| {
            let layer = Layer::convolution(weights, format!("{name}.conv{part}"), sources);
            (layer, Norm::new(weights, format!("{name}.norm{part}")))
        }))
    }

    fn forward(&mut self, sources: &[&Maps], buffers: &Buffers) -> [Pass; 2] {
        let [(first, first_norm), (second, second_norm)] = &mut self.0;
        let inner = first.pass(sources, first_norm, buffers);
        let outer = second.pass(&[&inner.active], second_norm, buffers);
        [inner, outer]
    }

    /// Carries the gradient of the second pass back to the sums of the first convolution, and moves
    /// every weight on the way.
    fn backward(&mut self, gradient: Gradient, passes: &[Pass; 2], adam: &Step, buffers: &Buffers) -> Maps {
        let [(_, first_norm), (second, second_norm)] = &mut self.0;
        let outer = second_norm.backward(gradient, &passes[1], adam);
        let gradient = passes[0].gradient(Reach::Around, &outer, &second.backward[0], buffers);
        second.learn(Reach::Around, &[&passes[0].active], &outer, None, adam);
        first_norm.backward(gradient, &passes[0], adam)
    }
}

impl Layer {
    /// The convolution called `name`, which reads `sources` maps of equal channels.
    fn convolution(weights: &Weights, name: String, sources: usize) -> Self {
        let taps = Taps::from_convolution(array(weights, &format!("{name}.weight")));
        Self::new(weights, name, taps, sources, true)
    }

    /// The 2x2 transposed convolution called `name`.
    fn raising(weights: &Weights, name: String) -> Self {
        let taps = Taps::from_transposed_convolution(array(weights, &format!("{name}.weight")));
        Self::new(weights, name, taps, 1, false)
    }

    fn new(weights: &Weights, name: String, taps: Taps, sources: usize, mirror: bool) -> Self {
        let bias = array(weights, &format!("{name}.bias")).values.clone();
        let (forward, backward, moments) = Default::default();
        let mut layer = Self { name, taps, bias, sources, mirror, forward, backward, moments };
        layer.pack();
        layer
    }

    fn pack(&mut self) {
        [self.forward, self.backward] = Filter::pack_both_ways(&self.taps, self.sources, self.mirror);
    }

    fn forward(&self, reach: Reach, sources: &[&Maps], buffers: &Buffers) -> Maps {
        let sources: Vec<(&Maps, &Filter)> = sources.iter().copied().zip(&self.forward).collect();
        convolve(reach, &sources, Ends { bias: Some(&self.bias), ..PLAIN }, buffers)
    }

    /// The 3x3 convolution with the batch norm and ReLU behind it.
    fn pass(&self, sources: &[&Maps], norm: &mut Norm, buffers: &Buffers) -> Pass {
        let sources: Vec<(&Maps, &Filter)> = sources.iter().copied().zip(&self.forward).collect();
        let mut rows = vec![RowSums::default(); sources[0].0.height];
        let channels = self.taps.outputs;
        let ends = Ends { bias: Some(&self.bias), ..PLAIN };
        let raw = convolve_rows(Reach::Around, &sources, ends, buffers, &mut rows, |_, row, sums| {
            Statistics::of_row(row, channels, sums);
        });
        let statistics = Statistics::of_rows(&rows, raw.values.len() / channels);
        norm.follow(&statistics);
        let active = normalise(&raw, &statistics, &norm.gamma, &norm.beta, buffers);
        Pass { raw, statistics, active }
    }

    /// Moves the weights against their gradient, from what the convolution read and the gradient of
    /// what it gave. Without `bias` the bias stays: before a batch norm its gradient is 0.
    fn learn(
        &mut self,
        reach: Reach,
        sources: &[&Maps],
        gradient: &Maps,
        bias: Option<Vec<f32>>,
        adam: &Step,
    ) {
        let parts: Vec<Taps> =
            sources.iter().map(|source| weight_gradient(reach, self.taps.taps, source, gradient)).collect();
        let [weights, biases] = &mut self.moments;
        adam.apply(&mut self.taps.values, &Taps::join_inputs(&parts).values, weights);
        if let Some(gradient) = bias {
            adam.apply(&mut self.bias, &gradient, biases);
        }
        self.pack();
    }
}

impl Norm {
    fn new(weights: &Weights, name: String) -> Self {
        let of = |part: &str| array(weights, &format!("{name}.{part}")).values.clone();
        let running = Statistics { mean: of("running_mean"), variance: of("running_var") };
        Self { gamma: of("weight"), beta: of("bias"), running, moments: Default::default(), name }
    }

    /// Lets the running statistics follow a batch's, with the biased variance, as burn does.
    fn follow(&mut self, batch: &Statistics) {
        let pairs = [(&mut self.running.mean, &batch.mean), (&mut self.running.variance, &batch.variance)];
        for (running, batch) in pairs {
            for (running, batch) in running.iter_mut().zip(batch) {
                *running = (1.0 - MOMENTUM) * *running + MOMENTUM * batch;
            }
        }
    }

    /// Gradient of the sums that the pass normalised; moves gamma and beta.
    fn backward(&mut self, gradient: Gradient, pass: &Pass, adam: &Step) -> Maps {
        let Gradient { mut maps, sums } = gradient;
        let [gamma, beta] = normalise_gradient(&mut maps, &pass.raw, &pass.statistics, &self.gamma, &sums);
        let [gamma_moments, beta_moments] = &mut self.moments;
        adam.apply(&mut self.gamma, &gamma, gamma_moments);
        adam.apply(&mut self.beta, &beta, beta_moments);
        maps
    }
}

impl Pass {
    /// The gradient of this pass's outcome, from that of the convolution that read it.
    fn gradient(&self, reach: Reach, above: &Maps, filter: &Filter, buffers: &Buffers) -> Gradient {
        let mut sums = vec![RowSums::default(); self.active.height];
        let ends = Ends { positive: Some(&self.active), ..PLAIN };
        let length = self.raw.row();
        let maps = convolve_rows(reach, &[(above, filter)], ends, buffers, &mut sums, |y, row, sums| {
            gradient_sums(row, &self.raw.values[y * length..][..length], &self.statistics, sums);
        });
        Gradient { maps, sums }
    }

    /// The gradient of this pass's outcome, from that of the decoder that read it, `total`, and that of
    /// the pooled maps.
    fn pooled_gradient(&self, mut total: Maps, pooled: &Maps) -> Gradient {
        let mut sums = vec![RowSums::default(); total.height / 2];
        let length = 2 * self.raw.row();
        add_gradient(&mut total, pooled, &self.active, &mut sums, |pair, rows, sums| {
            gradient_sums(rows, &self.raw.values[pair * length..][..length], &self.statistics, sums);
        });
        Gradient { maps: total, sums }
    }
}

/// The array called `name`; [`Weights`] are checked to hold it.
fn array<'a>(weights: &'a Weights, name: &str) -> &'a Array {
    match weights.get(name) {
        Some(array) => array,
        None => unreachable!("weights are checked against their configuration: {name}"),
    }
}
