//! A network in use: batch norm's running statistics folded into the convolutions before it.

use crate::network::cpu::convolution::{Ends, PLAIN, Reach, convolve};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::pooling::{add_gradient, pool};
use crate::network::cpu::taps::{Filter, Taps};
use crate::network::unet::fold;
use crate::network::unet::weights::{Array, Weights};
use std::collections::BTreeMap;

/// A U-Net whose weights no longer change.
pub struct Frozen {
    encoder: Vec<Block>,
    bottleneck: Block,
    up: Vec<Layer>,
    decoder: Vec<Block>,
    head: Layer,
    size: [usize; 2],
    buffers: Buffers,
}

/// Two times 3x3 convolution and ReLU.
struct Block([Layer; 2]);

/// A convolution, with the weights of each of its inputs apart.
struct Layer {
    forward: Vec<Filter>,
    backward: Vec<Filter>,
    bias: Vec<f32>,
}

/// The feature maps of one pass that its gradient needs.
struct Trace {
    encoder: Vec<[Maps; 2]>,
    bottleneck: [Maps; 2],
    decoder: Vec<[Maps; 2]>,
    logits: Maps,
}

impl Frozen {
    /// The network of `weights`, for slices of `size` (height, width: multiples of
    /// [`crate::network::unet::UNetConfig::multiple`]).
    pub fn new(weights: &Weights, size: [usize; 2]) -> Self {
        let (levels, weights) = (weights.config().levels(), &fold(weights));
        let block = |name: String, sources| {
            let layer = |part, sources| Layer::convolution(weights, &format!("{name}.conv{part}"), sources);
            Block([layer(1, sources), layer(2, 1)])
        };
        Self {
            encoder: (0..levels).map(|level| block(format!("encoder.{level}"), 1)).collect(),
            bottleneck: block("bottleneck".to_string(), 1),
            up: (0..levels).map(|step| Layer::raising(weights, &format!("up.{step}"))).collect(),
            decoder: (0..levels).map(|step| block(format!("decoder.{step}"), 2)).collect(),
            head: Layer::convolution(weights, "head", 1),
            size,
            buffers: Buffers::default(),
        }
    }

    /// Logits of images laid end to end, in the same layout.
    pub fn logits(&self, images: &[f32]) -> Vec<f32> {
        let mut skips = Vec::with_capacity(self.encoder.len());
        let mut hidden = Maps::from_images(images, self.size, &self.buffers);
        for block in &self.encoder {
            let [_, skip] = block.forward(&[&hidden], &self.buffers);
            hidden = pool(&skip, &self.buffers);
            skips.push(skip);
        }
        [_, hidden] = self.bottleneck.forward(&[&hidden], &self.buffers);
        for (up, block) in self.up.iter().zip(&self.decoder) {
            let raised = up.forward(Reach::Raise, &[&hidden], false, &self.buffers);
            let skip = skips.pop();
            let sources: Vec<&Maps> = skip.iter().chain([&raised]).collect();
            [_, hidden] = block.forward(&sources, &self.buffers);
        }
        self.head.forward(Reach::Point, &[&hidden], false, &self.buffers).to_images()
    }

    /// The gradient by the images, laid end to end, of a scalar of the logits; `slope` gives the scalar's
    /// gradient by the logits it is shown, both laid out as the images.
    pub fn gradient(&self, images: &[f32], slope: impl FnOnce(Vec<f32>) -> Vec<f32>) -> Vec<f32> {
        let buffers = &self.buffers;
        let trace = self.trace(images);
        let slope = Maps::from_images(&slope(trace.logits.to_images()), self.size, buffers);
        let last = trace.decoder.last().map_or(&trace.bottleneck[1], |maps| &maps[1]);
        let mut gradient = self.head.backward(0, Reach::Point, &slope, Some(last), buffers);
        let mut skips = Vec::with_capacity(self.decoder.len());
        for (step, (block, maps)) in self.decoder.iter().zip(&trace.decoder).enumerate().rev() {
            let inner = block.0[1].backward(0, Reach::Around, &gradient, Some(&maps[0]), buffers);
            let raised = block.0[0].backward(1, Reach::Around, &inner, None, buffers);
            skips.push(block.0[0].backward(0, Reach::Around, &inner, None, buffers));
            let below = if step == 0 { &trace.bottleneck } else { &trace.decoder[step - 1] };
            gradient = self.up[step].backward(0, Reach::Lower, &raised, Some(&below[1]), buffers);
        }
        gradient = self.bottleneck.backward(&gradient, &trace.bottleneck, buffers);
        for (block, maps) in self.encoder.iter().zip(&trace.encoder).rev() {
            if let Some(mut total) = skips.pop() {
                let pairs = total.height / 2;
                add_gradient(&mut total, &gradient, &maps[1], &mut vec![(); pairs], |_, _, ()| {});
                gradient = block.backward(&total, maps, buffers);
            }
        }
        gradient.to_images()
    }

    fn trace(&self, images: &[f32]) -> Trace {
        let buffers = &self.buffers;
        let mut encoder: Vec<[Maps; 2]> = Vec::with_capacity(self.encoder.len());
        let mut hidden = Maps::from_images(images, self.size, buffers);
        for block in &self.encoder {
            let maps = block.forward(&[&hidden], buffers);
            hidden = pool(&maps[1], buffers);
            encoder.push(maps);
        }
        let bottleneck = self.bottleneck.forward(&[&hidden], buffers);
        let mut decoder: Vec<[Maps; 2]> = Vec::with_capacity(self.decoder.len());
        for (step, (up, block)) in self.up.iter().zip(&self.decoder).enumerate() {
            let below = decoder.last().map_or(&bottleneck[1], |maps| &maps[1]);
            let raised = up.forward(Reach::Raise, &[below], false, buffers);
            let skip = &encoder[encoder.len() - 1 - step][1];
            decoder.push(block.forward(&[skip, &raised], buffers));
        }
        let last = decoder.last().map_or(&bottleneck[1], |maps| &maps[1]);
        let logits = self.head.forward(Reach::Point, &[last], false, buffers);
        Trace { encoder, bottleneck, decoder, logits }
    }
}

impl Block {
    fn forward(&self, sources: &[&Maps], buffers: &Buffers) -> [Maps; 2] {
        let inner = self.0[0].forward(Reach::Around, sources, true, buffers);
        let outer = self.0[1].forward(Reach::Around, &[&inner], true, buffers);
        [inner, outer]
    }

    /// Gradient by the block's only source, from that of its second convolution.
    fn backward(&self, gradient: &Maps, maps: &[Maps; 2], buffers: &Buffers) -> Maps {
        let inner = self.0[1].backward(0, Reach::Around, gradient, Some(&maps[0]), buffers);
        self.0[0].backward(0, Reach::Around, &inner, None, buffers)
    }
}

impl Layer {
    /// The convolution called `name`, which reads `sources` maps of equal channels.
    fn convolution(weights: &BTreeMap<String, Array>, name: &str, sources: usize) -> Self {
        Self::new(weights, name, Taps::from_convolution, sources, true)
    }

    /// The 2x2 transposed convolution called `name`.
    fn raising(weights: &BTreeMap<String, Array>, name: &str) -> Self {
        Self::new(weights, name, Taps::from_transposed_convolution, 1, false)
    }

    fn new(
        weights: &BTreeMap<String, Array>,
        name: &str,
        taps: fn(&Array) -> Taps,
        sources: usize,
        mirror: bool,
    ) -> Self {
        let taps = taps(&weights[&format!("{name}.weight")]);
        let [forward, backward] = Filter::pack_both_ways(&taps, sources, mirror);
        Self { forward, backward, bias: weights[&format!("{name}.bias")].values.clone() }
    }

    fn forward(&self, reach: Reach, sources: &[&Maps], relu: bool, buffers: &Buffers) -> Maps {
        let sources: Vec<(&Maps, &Filter)> = sources.iter().copied().zip(&self.forward).collect();
        convolve(reach, &sources, Ends { bias: Some(&self.bias), relu, positive: None }, buffers)
    }

    /// Gradient by one of the sources, 0 where that source, if it is `positive`'s ReLU, is not above 0.
    fn backward(
        &self,
        source: usize,
        reach: Reach,
        gradient: &Maps,
        positive: Option<&Maps>,
        buffers: &Buffers,
    ) -> Maps {
        convolve(reach, &[(gradient, &self.backward[source])], Ends { positive, ..PLAIN }, buffers)
    }
}
