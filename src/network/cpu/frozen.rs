//! A network in use: one walk forward over its plan and one back.

use crate::network::arrays::{Array, Arrays};
use crate::network::cpu::frozen_layer::FrozenLayer;
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::normed::{Gradient, Pass, add};
use crate::network::cpu::packed::Part;
use crate::network::cpu::pooling::pool;
use crate::network::cpu::ruled::Ruled;
use crate::network::finite::all_finite;
use crate::network::layer::Kind;
use crate::network::plan::Plan;
use crate::network::{Layers, Network, Rule, Slope};

/// A network whose weights no longer change.
pub struct Frozen {
    plan: Plan,
    /// By layer; none where it pools.
    layers: Vec<Option<FrozenLayer>>,
    /// The maps that the way back looks at.
    looked_at: Vec<bool>,
    buffers: Buffers,
}

impl Frozen {
    /// The network of `plan`, which is [`folded`](Plan::folded), with its `arrays`.
    pub fn new(plan: Plan, arrays: &Arrays) -> Self {
        let numbers = 0..plan.layers().len();
        let layers = numbers.map(|layer| FrozenLayer::new(&plan, layer, arrays)).collect();
        let pooled = |map| plan.layers().iter().any(|layer| layer.kind == Kind::Pool && layer.reads == [map]);
        let looked_at = (0..=plan.layers().len()).map(|map| plan.is_rectified(map) || pooled(map)).collect();
        Self { plan, layers, looked_at, buffers: Buffers::default() }
    }

    /// The maps of the first `layers` layers for images laid end to end. Those that nothing reads any more
    /// are gone, unless `kept`, and what norms made the others from.
    fn forward(
        &self,
        images: &[f32],
        size: [usize; 2],
        layers: usize,
        kept: impl Fn(usize) -> bool,
    ) -> Vec<Option<Pass>> {
        let images = Maps::from_images(images, self.plan.channels(0), size, &self.buffers);
        let mut maps = vec![Some(Pass { active: images, normed: None })];
        for (index, (own, layer)) in self.layers.iter().zip(self.plan.layers()).take(layers).enumerate() {
            let read: Vec<&Maps> = layer.reads.iter().map(|&map| at(&maps, map)).collect();
            let mut output = match own {
                Some(own) => own.forward(&read, self.plan.is_rectified(index + 1), &self.buffers),
                None => Pass { active: pool(read[0], &self.buffers), normed: None },
            };
            if !kept(index + 1) {
                output.normed = None;
            }
            for &map in &layer.reads {
                if self.plan.is_done_with(index, map) && !kept(map) {
                    maps[map] = None;
                }
            }
            maps.push(Some(output));
        }
        maps
    }

    /// The gradient of map `to` of a scalar of the logits, which `slope` derives.
    fn backward(&self, maps: &[Option<Pass>], size: [usize; 2], slope: Slope, to: usize) -> Maps {
        let last = self.layers.len();
        let slope = slope(at(maps, last).to_images());
        let mut gradients: Vec<Option<Gradient>> = maps.iter().map(|_| None).collect();
        let slope = Maps::from_images(&slope, self.plan.channels(last), size, &self.buffers);
        gradients[last] = Some(Gradient { maps: slope, sums: Vec::new() });
        for layer in (to..last).rev() {
            let Some(gradient) = gradients[layer + 1].take() else {
                continue;
            };
            let own = self.layers[layer].as_ref();
            let above = match own {
                Some(own) => {
                    own.before(gradient, maps[layer + 1].as_ref().and_then(|pass| pass.normed.as_ref()))
                }
                None => gradient.maps,
            };
            let reads = self.plan.layers()[layer].reads.iter().enumerate().rev();
            for (read, &map) in reads.filter(|(_, map)| **map >= to) {
                let complete = map > to && self.plan.completes(layer, read);
                let pass = maps[map].as_ref();
                let part = Part {
                    layer: own.map(FrozenLayer::packed),
                    read,
                    above: &above,
                    map: pass.map(|pass| &pass.active),
                    rectified: complete && self.plan.is_rectified(map),
                };
                let normed = pass.and_then(|pass| pass.normed.as_ref()).filter(|_| complete);
                let total = gradients[map].take().map(|gradient| gradient.maps);
                gradients[map] = Some(add(&part, total, normed, &self.buffers));
            }
        }
        match gradients[to].take() {
            Some(gradient) => gradient.maps,
            None => unreachable!("the logits depend on every map"),
        }
    }

    /// The number of the map that the layer called `name` gives.
    fn map(&self, name: &str) -> Option<usize> {
        Some(self.plan.layers().iter().position(|layer| layer.name == name)? + 1)
    }
}

impl Network for Frozen {
    fn channels(&self) -> usize {
        self.plan.channels(0)
    }

    fn multiple(&self) -> usize {
        self.plan.multiple()
    }

    fn logits(&self, images: &[f32], size: [usize; 2]) -> Vec<f32> {
        let layers = self.layers.len();
        at(&self.forward(images, size, layers, |_| false), layers).to_images()
    }

    fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        let maps = self.forward(images, size, self.layers.len(), |map| self.looked_at[map]);
        self.backward(&maps, size, slope, 0).to_images()
    }

    fn first_not_finite(&self, images: &[f32], size: [usize; 2]) -> Option<String> {
        let maps = self.forward(images, size, self.layers.len(), |_| true);
        let mut layers = self.plan.layers().iter().enumerate();
        layers
            .find(|(index, _)| !all_finite(&at(&maps, index + 1).values))
            .map(|(_, layer)| layer.name.clone())
    }

    fn layers(&self) -> Option<&dyn Layers> {
        Some(self)
    }
}

impl Layers for Frozen {
    fn names(&self) -> Vec<String> {
        self.plan.layers().iter().map(|layer| layer.name.clone()).collect()
    }

    fn activation(&self, name: &str, images: &[f32], size: [usize; 2]) -> Option<Array> {
        let map = self.map(name)?;
        Some(array(at(&self.forward(images, size, map, |_| false), map)))
    }

    fn gradient_at(&self, name: &str, images: &[f32], size: [usize; 2], slope: Slope) -> Option<Array> {
        let to = self.map(name)?;
        let kept = |map: usize| map > to && self.looked_at[map] || map == to;
        let maps = self.forward(images, size, self.layers.len(), kept);
        Some(array(&self.backward(&maps, size, slope, to)))
    }

    fn gradient_by(&self, rule: Rule, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        let ruled = Ruled { plan: &self.plan, layers: &self.layers, buffers: &self.buffers };
        ruled.gradient(rule, images, size, slope)
    }

    fn not_rescaled(&self) -> Option<String> {
        self.plan.not_rescaled()
    }
}

/// A map that is still there.
fn at(maps: &[Option<Pass>], map: usize) -> &Maps {
    match &maps[map] {
        Some(pass) => &pass.active,
        None => unreachable!("a map stays until its last reader"),
    }
}

fn array(maps: &Maps) -> Array {
    let [height, width] = maps.size();
    Array { shape: vec![maps.slices, maps.channels, height, width], values: maps.to_images() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::layer::{Then, Window};

    const SIZE: [usize; 2] = [4, 4];

    /// What follows map `first`, of 3 channels: a pooling, a convolution, up again, and a head that also
    /// reads `first` itself.
    fn rest(plan: &mut Plan, first: usize) {
        let below = plan.pool("pool", first);
        let deep = plan.convolution("deep", &[below], 4, Window::Three, Then::Relu);
        let raised = plan.up("up", deep, 2);
        plan.convolution("head", &[first, raised], 1, Window::One, Then::Nothing);
    }

    fn frozen(plan: Plan) -> Frozen {
        let array = |parameter: crate::network::plan::Parameter| {
            let count: usize = parameter.shape.iter().product();
            let seed = parameter.name.bytes().map(usize::from).sum::<usize>();
            let values = (0..count).map(|index| 0.4 * ((index * 7 + seed) as f32).sin()).collect();
            (parameter.name, Array { shape: parameter.shape, values })
        };
        let arrays = plan.parameters().into_iter().map(array).collect();
        Frozen::new(plan, &arrays)
    }

    /// Two slices of one channel.
    fn images() -> Vec<f32> {
        (0..32).map(|index| ((index * 5 + 1) as f32).cos()).collect()
    }

    fn network() -> Frozen {
        let mut plan = Plan::of_images(1);
        let first = plan.convolution("first", &[0], 3, Window::Three, Then::Relu);
        rest(&mut plan, first);
        frozen(plan)
    }

    /// The slope of half the sum of squares.
    fn itself(logits: Vec<f32>) -> Vec<f32> {
        logits
    }

    #[test]
    fn gradients_are_the_slopes_of_their_scalar() {
        let (network, images) = (network(), images());
        let scalar = |images: &[f32]| -> f64 {
            network.logits(images, SIZE).iter().map(|&logit| f64::from(logit).powi(2) / 2.0).sum()
        };
        let gradient = network.gradient(&images, SIZE, &itself);
        let step = 1.0 / 256.0;
        let near = images.iter().enumerate().filter(|&(pixel, _)| {
            let [above, below] = [step, -step].map(|step| {
                let mut moved = images.clone();
                moved[pixel] += step;
                scalar(&moved)
            });
            let slope = (above - below) / (2.0 * f64::from(step));
            (slope - f64::from(gradient[pixel])).abs() <= 1e-3 + 1e-2 * slope.abs()
        });
        // A step may tip a ReLU or a pooling over.
        assert!(near.count() >= images.len() - 3);
        assert!(gradient.iter().filter(|value| value.abs() > 1e-2).count() > images.len() / 2);
    }

    #[test]
    fn activations_and_gradients_at_a_layer_are_those_of_the_network_cut_there() {
        let (network, images) = (network(), images());
        let mut plan = Plan::of_images(3);
        rest(&mut plan, 0);
        let cut = frozen(plan);
        assert_eq!(network.names(), ["first", "pool", "deep", "up", "head"]);
        let first = network.activation("first", &images, SIZE);
        let first = first.filter(|first| first.shape == [2, 3, 4, 4]).map(|first| first.values);
        let Some(first) = first else {
            panic!("an activation of two slices and three channels");
        };
        assert!(first.contains(&0.0) && first.iter().any(|&value| value > 0.0));
        assert_eq!(cut.logits(&first, SIZE), network.logits(&images, SIZE));
        let gradient = network.gradient_at("first", &images, SIZE, &itself);
        let values = gradient.map(|gradient| gradient.values);
        assert_eq!(values, Some(cut.gradient(&first, SIZE, &itself)));
        let head = network.gradient_at("head", &images, SIZE, &itself).map(|gradient| gradient.values);
        assert_eq!(head, Some(network.logits(&images, SIZE)));
        assert_eq!(network.activation("tail", &images, SIZE), None);
        assert_eq!(network.gradient_at("tail", &images, SIZE, &itself), None);
    }
}
