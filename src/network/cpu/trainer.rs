//! A network in training: norms on the batch's statistics, gradients of all weights, Adam.

use crate::network::arrays::{Array, Arrays};
use crate::network::cpu::adam::{Moments, Step};
use crate::network::cpu::convolution::weight_gradient;
use crate::network::cpu::difference::{difference, difference_gradient};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::norm::Norm;
use crate::network::cpu::normed::{Gradient, Pass, add};
use crate::network::cpu::packed::{Packed, Part};
use crate::network::cpu::pooling::pool;
use crate::network::cpu::taps::Taps;
use crate::network::layer::{Kind, Then};
use crate::network::plan::{Plan, Role};
use crate::network::{Learner, Loss};
use std::collections::BTreeMap;

/// A network whose weights follow the gradient.
pub struct Trainer {
    plan: Plan,
    /// By layer; none where it pools.
    layers: Vec<Option<Layer>>,
    steps: i32,
    buffers: Buffers,
}

/// A convolution, what follows it and their optimiser's state.
struct Layer {
    packed: Packed,
    taps: Taps,
    moments: [Moments; 2],
    after: After,
}

/// What follows a convolution.
enum After {
    /// At most a ReLU.
    Nothing,
    /// A norm and a ReLU.
    Norm(Box<Norm>),
    /// See [`Then::Difference`].
    Difference,
}

impl Trainer {
    /// The network of `plan` with its `arrays`.
    pub fn new(plan: Plan, arrays: &Arrays) -> Self {
        let layers = (0..plan.layers().len()).map(|index| Layer::new(&plan, index, arrays)).collect();
        Self { plan, layers, steps: 0, buffers: Buffers::default() }
    }

    /// Every map, the images first. Running statistics follow the batch.
    fn forward(&mut self, images: Maps) -> Vec<Pass> {
        let mut passes = vec![Pass { active: images, normed: None }];
        for (index, (layer, planned)) in self.layers.iter_mut().zip(self.plan.layers()).enumerate() {
            let read: Vec<&Maps> = planned.reads.iter().map(|&map| &passes[map].active).collect();
            let rectified = self.plan.is_rectified(index + 1);
            passes.push(match layer {
                Some(layer) => layer.forward(&read, rectified, &self.buffers),
                None => Pass { active: pool(read[0], &self.buffers), normed: None },
            });
        }
        passes
    }

    /// Carries the gradient of the logits back and moves every weight on the way: a layer learns while the gradient goes
    /// on to those before it.
    fn backward(&mut self, passes: &[Pass], slope: Maps, adam: &Step) {
        let Self { plan, layers, buffers, .. } = self;
        let mut gradients: Vec<Option<Gradient>> = passes.iter().map(|_| None).collect();
        gradients[layers.len()] = Some(Gradient { maps: slope, sums: Vec::new() });
        rayon::scope(|scope| {
            for ((index, planned), layer) in plan.layers().iter().enumerate().zip(layers).rev() {
                let Some(gradient) = gradients[index + 1].take() else {
                    continue;
                };
                let above = match layer {
                    Some(layer) => layer.before(gradient, &passes[index + 1], adam, buffers),
                    None => gradient.maps,
                };
                // Nothing is to follow the gradient of the images.
                for (read, &map) in planned.reads.iter().enumerate().rev().filter(|(_, map)| **map > 0) {
                    let complete = plan.completes(index, read);
                    let part = Part {
                        layer: layer.as_ref().map(|layer| &layer.packed),
                        read,
                        above: &above,
                        map: Some(&passes[map].active),
                        rectified: complete && plan.is_rectified(map),
                    };
                    let normed = passes[map].normed.as_ref().filter(|_| complete);
                    let total = gradients[map].take().map(|gradient| gradient.maps);
                    gradients[map] = Some(add(&part, total, normed, buffers));
                }
                if let Some(layer) = layer {
                    let read: Vec<&Maps> = planned.reads.iter().map(|&map| &passes[map].active).collect();
                    scope.spawn(move |_| layer.learn(&read, &above, adam));
                }
            }
        });
    }
}

impl Learner for Trainer {
    fn step(&mut self, images: &[f32], size: [usize; 2], loss: Loss, learning_rate: f64) -> f64 {
        let images = Maps::from_images(images, self.plan.channels(0), size, &self.buffers);
        // Among the threads that share the work, which otherwise would wake up for every piece of it.
        let passes = rayon::scope(|_| self.forward(images));
        let (value, slope) = loss(passes[self.layers.len()].active.to_images());
        if value.is_finite() {
            self.steps += 1;
            let channels = self.plan.channels(self.layers.len());
            let slope = Maps::from_images(&slope, channels, size, &self.buffers);
            self.backward(&passes, slope, &Step::new(self.steps, learning_rate));
        }
        value
    }

    fn arrays(&self) -> Arrays {
        let mut values: BTreeMap<String, Vec<f32>> = BTreeMap::new();
        for (layer, planned) in self.layers.iter().zip(self.plan.layers()) {
            let Some(layer) = layer else {
                continue;
            };
            let weights = match planned.kind {
                Kind::Up => layer.taps.to_transposed_convolution(),
                _ => layer.taps.to_convolution(),
            };
            values.insert(Role::Weight.of(&planned.name), weights);
            values.insert(Role::Bias.of(&planned.name), layer.packed.bias.clone());
            if let After::Norm(norm) = &layer.after {
                values.extend(norm.values());
            }
        }
        let arrays = self.plan.parameters().into_iter().filter_map(|parameter| {
            let values = values.remove(&parameter.name)?;
            Some((parameter.name, Array { shape: parameter.shape, values }))
        });
        arrays.collect()
    }

    fn memory(&self) -> Option<Arrays> {
        let mut memory = Arrays::new();
        for (layer, planned) in self.layers.iter().zip(self.plan.layers()) {
            if let Some(layer) = layer {
                let [weights, biases] = &layer.moments;
                weights.store(&Role::Weight.of(&planned.name), &mut memory);
                biases.store(&Role::Bias.of(&planned.name), &mut memory);
                if let After::Norm(norm) = &layer.after {
                    norm.store(&mut memory);
                }
            }
        }
        Some(memory)
    }

    fn remember(&mut self, memory: &Arrays, steps: usize) {
        self.steps = i32::try_from(steps).unwrap_or(i32::MAX);
        for (layer, planned) in self.layers.iter_mut().zip(self.plan.layers()) {
            if let Some(layer) = layer {
                layer.moments =
                    [Role::Weight, Role::Bias].map(|role| Moments::stored(&role.of(&planned.name), memory));
                if let After::Norm(norm) = &mut layer.after {
                    norm.remember(memory);
                }
            }
        }
    }
}

impl Layer {
    fn new(plan: &Plan, index: usize, arrays: &Arrays) -> Option<Self> {
        let (packed, taps) = Packed::new(plan, index, arrays)?;
        let after = match &plan.layers()[index].kind {
            Kind::Convolution { then: Then::Difference, .. } => After::Difference,
            Kind::Convolution { then, .. } => {
                Norm::new(then, arrays).map_or(After::Nothing, |norm| After::Norm(Box::new(norm)))
            }
            Kind::Pool | Kind::Up => After::Nothing,
        };
        Some(Self { packed, taps, moments: Default::default(), after })
    }

    fn forward(&mut self, read: &[&Maps], rectified: bool, buffers: &Buffers) -> Pass {
        let active = match &mut self.after {
            After::Norm(norm) => return norm.forward(&self.packed, read, buffers),
            After::Nothing => self.packed.run(read, rectified, buffers),
            After::Difference => difference(&self.packed.run(read, false, buffers), buffers),
        };
        Pass { active, normed: None }
    }

    /// Gradient of the convolution's sums from that of the layer's outcome, `pass`; moves the norm.
    fn before(&mut self, gradient: Gradient, pass: &Pass, adam: &Step, buffers: &Buffers) -> Maps {
        match (&mut self.after, &pass.normed) {
            (After::Norm(norm), Some(normed)) => norm.backward(gradient, normed, adam),
            (After::Difference, _) => difference_gradient(&gradient.maps, buffers),
            _ => gradient.maps,
        }
    }

    /// Moves the weights against their gradient, from what the convolution read and the gradient of
    /// what it gave. A bias that the norm takes away stays: its gradient is 0.
    fn learn(&mut self, read: &[&Maps], gradient: &Maps, adam: &Step) {
        let (reach, taps) = (self.packed.reach, self.taps.taps);
        let parts: Vec<Taps> = read.iter().map(|read| weight_gradient(reach, taps, read, gradient)).collect();
        let [weights, biases] = &mut self.moments;
        adam.apply(&mut self.taps.values, &Taps::join_inputs(&parts).values, weights);
        let felt = !matches!(&self.after, After::Norm(norm) if norm.cancels_bias());
        if felt {
            adam.apply(&mut self.packed.bias, &gradient.channel_sums(), biases);
        }
        self.packed.pack(&self.taps);
    }
}
