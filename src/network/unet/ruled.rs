//! Access to the layers of a network that runs through burn, and derivatives that pass ReLUs and poolings by a
//! [`Rule`]. burn's autodiff has no rules: the walk back goes layer by layer, and autodiff carries a derivative through
//! each layer's linear part alone.

use crate::network::arrays::Array;
use crate::network::layer::Kind;
use crate::network::tensors;
use crate::network::unet::UNet;
use crate::network::unet::burn::along;
use crate::network::unet::burn_layer::to_array;
use crate::network::{Layers, Rule, Slope};
use burn::tensor::{Device as BurnDevice, Tensor, activation::relu};

/// What a layer reads, what its ReLU reads, and what it gives.
struct Stage {
    read: Tensor<4>,
    raw: Tensor<4>,
    active: Tensor<4>,
}

impl UNet {
    /// The stage of each layer for images on the network's own device.
    fn stages(&self, images: Tensor<4>) -> Vec<Stage> {
        let mut stages: Vec<Stage> = Vec::new();
        for (index, planned) in self.plan().layers().iter().enumerate() {
            let maps = planned.reads.iter().map(|&map| match map.checked_sub(1) {
                None => images.clone(),
                Some(layer) => stages[layer].active.clone(),
            });
            let read = Tensor::cat(maps.collect(), 1);
            let raw = self.before_relu(index, read.clone());
            let active = if self.plan().is_rectified(index + 1) { relu(raw.clone()) } else { raw.clone() };
            stages.push(Stage { read, raw, active });
        }
        stages
    }

    /// The gradient of what layer `index` reads at `read`, from `above`, that of what its ReLU reads.
    fn through(&self, index: usize, read: &Tensor<4>, above: Tensor<4>) -> Tensor<4> {
        let leaf = Tensor::from_inner(read.clone()).require_grad();
        let scalar = (self.before_relu(index, leaf.clone()) * Tensor::from_inner(above)).sum();
        leaf.grad(&scalar.backward()).unwrap_or_else(|| read.zeros_like())
    }

    /// The gradient of what pooling `index` reads, by differences from the reference; see the kernels' own.
    fn through_pool(&self, index: usize, [here, there]: [&Stage; 2], above: Tensor<4>) -> Tensor<4> {
        let most = here.active.clone().max_pair(there.active.clone());
        let part = |at: &Stage, part: Tensor<4>| self.through(index, &at.read, above.clone() * part);
        let parts = part(here, most.clone() - there.active.clone()) + part(there, here.active.clone() - most);
        let far = here.read.clone() - there.read.clone();
        let same = far.clone().equal_elem(0.0);
        let slopes = parts / far.mask_fill(same.clone(), 1.0);
        slopes.mask_where(same, self.through(index, &here.read, above))
    }
}

/// The gradient of what a ReLU reads, from `above`, that of what it gives.
fn pass_relu(rule: Rule, above: Tensor<4>, here: &Stage, there: Option<&Stage>) -> Tensor<4> {
    let plain = above.clone().mask_fill(here.active.clone().lower_equal_elem(0.0), 0.0);
    match (rule, there) {
        (Rule::Guided, _) => plain.clone().mask_fill(plain.lower_elem(0.0), 0.0),
        (Rule::Rescale { .. }, Some(there)) => {
            let far = here.raw.clone() - there.raw.clone();
            let same = far.clone().equal_elem(0.0);
            let quotient = (here.active.clone() - there.active.clone()) / far.mask_fill(same.clone(), 1.0);
            (above * quotient).mask_where(same, plain)
        }
        _ => plain,
    }
}

impl Layers for UNet {
    fn names(&self) -> Vec<String> {
        self.plan().layers().iter().map(|layer| layer.name.clone()).collect()
    }

    fn activation(&self, name: &str, images: &[f32], size: [usize; 2]) -> Option<Array> {
        let layer = self.plan().layers().iter().position(|layer| layer.name == name)?;
        let mut stages = self.stages(self.images(images, size, self.device()));
        Some(to_array(stages.swap_remove(layer).active))
    }

    fn gradient_at(&self, name: &str, images: &[f32], size: [usize; 2], slope: Slope) -> Option<Array> {
        let wanted = self.plan().layers().iter().position(|layer| layer.name == name)?;
        let tracked: BurnDevice = self.device().clone().autodiff();
        let mut leaf = None;
        let logits = self.walk(self.images(images, size, &tracked), |index, output| {
            if index != wanted {
                return output;
            }
            let cut = output.detach().require_grad();
            leaf = Some(cut.clone());
            cut
        });
        let slope = slope(tensors::to_host(logits.clone()));
        let gradients = along(logits, slope, size, &tracked).backward();
        let leaf = leaf?;
        Some(match leaf.grad(&gradients) {
            Some(gradient) => to_array(gradient),
            None => to_array(leaf.inner().zeros_like()),
        })
    }

    fn gradient_by(&self, rule: Rule, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        let stages = self.stages(self.images(images, size, self.device()));
        let reference = match rule {
            Rule::Rescale { reference } => Some(self.stages(self.images(reference, size, self.device()))),
            Rule::Plain | Rule::Guided => None,
        };
        let (plan, last) = (self.plan(), stages.len());
        let logits = tensors::to_host(stages[last - 1].active.clone());
        let mut gradients: Vec<Option<Tensor<4>>> = (0..=last).map(|_| None).collect();
        gradients[last] = Some(tensors::images(slope(logits), plan.channels(last), size, self.device()));
        for layer in (0..last).rev() {
            let Some(mut above) = gradients[layer + 1].take() else {
                continue;
            };
            let (here, there) = (&stages[layer], reference.as_ref().map(|stages| &stages[layer]));
            if plan.is_rectified(layer + 1) {
                above = pass_relu(rule, above, here, there);
            }
            let planned = &plan.layers()[layer];
            let below = match (&planned.kind, there) {
                (Kind::Pool, Some(there)) => self.through_pool(layer, [here, there], above),
                _ => self.through(layer, &here.read, above),
            };
            let mut first = 0;
            for &map in &planned.reads {
                let part = below.clone().narrow(1, first, plan.channels(map));
                first += plan.channels(map);
                gradients[map] = Some(match gradients[map].take() {
                    Some(total) => total + part,
                    None => part,
                });
            }
        }
        match gradients[0].take() {
            Some(gradient) => tensors::to_host(gradient),
            None => vec![0.0; images.len()],
        }
    }

    fn not_rescaled(&self) -> Option<String> {
        self.plan().not_rescaled()
    }
}
