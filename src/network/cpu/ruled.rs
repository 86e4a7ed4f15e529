//! Derivatives that pass ReLUs and poolings by a [`Rule`], in our kernels. Apart from the walk of
//! [`Frozen`](crate::network::cpu::Frozen), which folds ReLUs into the convolutions around them: here each is a step of
//! its own, since a rule may have to know what a ReLU cut off.

use crate::network::cpu::frozen_layer::FrozenLayer;
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::normed::{Normed, whole};
use crate::network::cpu::packed::Part;
use crate::network::cpu::pooling::pool;
use crate::network::plan::Plan;
use crate::network::{Rule, Slope};

/// A network's layers, one walk forward over all of them and one back.
pub struct Ruled<'a> {
    /// The plan, [`folded`](Plan::folded).
    pub plan: &'a Plan,
    /// By layer; none where it pools.
    pub layers: &'a [Option<FrozenLayer>],
    /// For the maps.
    pub buffers: &'a Buffers,
}

/// What a layer gives, and what that was made from.
struct Stage {
    /// What it gives.
    active: Maps,
    /// What its ReLU read, where no norm stands before it.
    raw: Option<Maps>,
    /// What a norm read.
    normed: Option<Normed>,
}

impl Ruled<'_> {
    /// The gradient by images of `size` of a scalar of the logits, which `slope` derives.
    pub fn gradient(&self, rule: Rule, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        let stages = self.forward(images, size);
        let reference = match rule {
            Rule::Rescale { reference } => Some(self.forward(reference, size)),
            Rule::Plain | Rule::Guided => None,
        };
        let last = self.layers.len();
        let slope = slope(stages[last].active.to_images());
        let mut gradients: Vec<Option<Maps>> = stages.iter().map(|_| None).collect();
        gradients[last] = Some(Maps::from_images(&slope, self.plan.channels(last), size, self.buffers));
        for layer in (0..last).rev() {
            let Some(mut above) = gradients[layer + 1].take() else {
                continue;
            };
            let (stage, own) = (&stages[layer + 1], self.layers[layer].as_ref());
            if self.plan.is_rectified(layer + 1) {
                pass_relu(rule, &mut above, stage, reference.as_ref().map(|stages| &stages[layer + 1]));
            }
            if let (Some(own), Some(normed)) = (own, &stage.normed) {
                above = own.before(whole(above, normed), Some(normed));
            }
            let reads = &self.plan.layers()[layer].reads;
            for (read, &map) in reads.iter().enumerate() {
                let total = gradients[map].take();
                gradients[map] = Some(match (own, &reference) {
                    (None, Some(reference)) => {
                        let [here, there] = [&stages[map].active, &reference[map].active];
                        sum(total, rescale_pool(&above, here, there, self.buffers))
                    }
                    _ => {
                        let (layer, map) = (own.map(FrozenLayer::packed), Some(&stages[map].active));
                        let part = Part { layer, read, above: &above, map, rectified: false };
                        part.add(total, self.buffers, |_, _, (): &mut ()| {}).0
                    }
                });
            }
        }
        match gradients[0].take() {
            Some(gradient) => gradient.to_images(),
            None => unreachable!("the logits depend on the images"),
        }
    }

    /// The stage of the images, then of each layer.
    fn forward(&self, images: &[f32], size: [usize; 2]) -> Vec<Stage> {
        let plain = |active| Stage { active, raw: None, normed: None };
        let mut stages = vec![plain(Maps::from_images(images, self.plan.channels(0), size, self.buffers))];
        for (index, (own, layer)) in self.layers.iter().zip(self.plan.layers()).enumerate() {
            let read: Vec<&Maps> = layer.reads.iter().map(|&map| &stages[map].active).collect();
            let stage = match own {
                None => plain(pool(read[0], self.buffers)),
                Some(own) => {
                    let pass = own.forward(&read, false, self.buffers);
                    match pass.normed {
                        None if self.plan.is_rectified(index + 1) => {
                            Stage::rectified(pass.active, self.buffers)
                        }
                        normed => Stage { active: pass.active, raw: None, normed },
                    }
                }
            };
            stages.push(stage);
        }
        stages
    }
}

impl Stage {
    /// A ReLU of `raw`.
    fn rectified(raw: Maps, buffers: &Buffers) -> Self {
        let mut active = Maps::new(raw.size(), raw.slices, raw.channels, buffers);
        for (active, &raw) in active.values.iter_mut().zip(&raw.values) {
            *active = if raw <= 0.0 { 0.0 } else { raw };
        }
        Self { active, raw: Some(raw), normed: None }
    }
}

/// The sum of two maps, of which one may be missing.
fn sum(total: Option<Maps>, mut more: Maps) -> Maps {
    if let Some(total) = total {
        more.values.iter_mut().zip(&total.values).for_each(|(more, total)| *more += total);
    }
    more
}

/// Turns the gradient of what a ReLU gives into that of what it reads. `reference` is the same layer's stage for the
/// reference images.
fn pass_relu(rule: Rule, gradient: &mut Maps, stage: &Stage, reference: Option<&Stage>) {
    let differences = match (&stage.raw, reference) {
        (Some(raw), Some(Stage { active, raw: Some(other), .. })) => Some((raw, active, other)),
        _ => None,
    };
    for (place, value) in gradient.values.iter_mut().enumerate() {
        let active = stage.active.values[place];
        let plain = if active <= 0.0 { 0.0 } else { *value };
        *value = match (rule, differences) {
            (Rule::Guided, _) if plain < 0.0 => 0.0,
            (Rule::Rescale { .. }, Some((raw, other_active, other_raw))) => {
                let far = raw.values[place] - other_raw.values[place];
                match far == 0.0 {
                    true => plain,
                    false => *value * ((active - other_active.values[place]) / far),
                }
            }
            _ => plain,
        };
    }
}

/// The gradient of what a 2x2 max pooling reads by differences from a reference: the one between the largest values of a
/// window and of the reference's goes to the places of both, as SHAP and Captum have it. With `m` the larger of the two
/// largest values, the place of the image's has `m - reference's` of it, that of the reference's `image's - m`, each over the
/// difference at its place.
fn rescale_pool(gradient: &Maps, input: &Maps, reference: &Maps, buffers: &Buffers) -> Maps {
    let mut output = Maps::new(input.size(), input.slices, input.channels, buffers);
    output.values.fill(0.0);
    let position = input.position();
    for y in 0..gradient.height {
        for x in 0..gradient.width {
            let places = [[0, 0], [0, 1], [1, 0], [1, 1]]
                .map(|[down, right]| ((2 * y + down) * input.width + 2 * x + right) * position);
            let above = (y * gradient.width + x) * position;
            for lane in 0..position {
                let value = gradient.values[above + lane];
                let [here, there] =
                    [input, reference].map(|maps| largest(maps, places.map(|place| place + lane)));
                let most = input.values[here].max(reference.values[there]);
                let parts = [(here, most - reference.values[there]), (there, input.values[here] - most)];
                for (place, part) in parts {
                    let far = input.values[place] - reference.values[place];
                    if far != 0.0 {
                        output.values[place] += value * part / far;
                    }
                }
                if input.values[here] == reference.values[here] {
                    output.values[here] = value;
                }
            }
        }
    }
    output
}

/// The first of `places` that holds their largest value.
fn largest(maps: &Maps, places: [usize; 4]) -> usize {
    let larger =
        |best: usize, place: usize| if maps.values[place] > maps.values[best] { place } else { best };
    places.into_iter().fold(places[0], larger)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(size: [usize; 2], values: &[f32], buffers: &Buffers) -> Maps {
        let mut maps = Maps::new(size, 1, 1, buffers);
        maps.values.copy_from_slice(values);
        maps
    }

    #[test]
    fn relus_pass_by_their_rule() {
        let buffers = Buffers::default();
        let stage = |values: &[f32]| Stage::rectified(maps([1, 5], values, &buffers), &buffers);
        let (here, there) = (stage(&[2.0, -1.0, 3.0, 1.0, -2.0]), stage(&[1.0, 1.0, -1.0, 1.0, -2.0]));
        assert_eq!(here.active.values, [2.0, 0.0, 3.0, 1.0, 0.0]);
        let passed = |rule, reference| {
            let mut gradient = maps([1, 5], &[-4.0, 4.0, 4.0, 8.0, 8.0], &buffers);
            pass_relu(rule, &mut gradient, &here, reference);
            gradient.values.clone()
        };
        assert_eq!(passed(Rule::Plain, None), [-4.0, 0.0, 4.0, 8.0, 0.0]);
        assert_eq!(passed(Rule::Guided, None), [0.0, 0.0, 4.0, 8.0, 0.0]);
        // (2 - 1) / (2 - 1), (0 - 1) / (-1 - 1), (3 - 0) / (3 + 1), and twice no difference.
        let rescale = Rule::Rescale { reference: &[] };
        assert_eq!(passed(rescale, Some(&there)), [-4.0, 2.0, 3.0, 8.0, 0.0]);
    }

    #[test]
    fn a_rescaled_pooling_gives_the_whole_difference() {
        let buffers = Buffers::default();
        let input = maps([2, 4], &[5.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0], &buffers);
        let reference = maps([2, 4], &[1.0, 0.0, 4.0, 0.0, 3.0, 0.0, 0.0, 0.0], &buffers);
        let gradient = maps([1, 2], &[10.0, 1.0], &buffers);
        let found = rescale_pool(&gradient, &input, &reference, &buffers);
        // Windows: 5 against 3, all of it at the first place; 1 against 4, all of it at the reference's place.
        assert_eq!(found.values, [10.0 * 2.0 / 4.0, 0.0, -3.0 / -4.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let given: f32 =
            (0..8).map(|place| found.values[place] * (input.values[place] - reference.values[place])).sum();
        assert_eq!(given, 10.0 * (5.0 - 3.0) + (1.0 - 4.0));
    }
}
