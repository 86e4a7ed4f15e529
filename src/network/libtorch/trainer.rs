//! A planned network in training through libtorch.

use crate::network::arrays::Arrays;
use crate::network::layer::{Kind, Layer, Then};
use crate::network::libtorch::adam::Adam;
use crate::network::libtorch::flat::{Flat, to_host};
use crate::network::plan::{EPSILON, MOMENTUM, Parameter, Plan, Role};
use crate::network::{Learner, Loss};
use std::collections::BTreeMap;
use tch::{Device, Tensor};

/// A network whose weights follow the gradient.
pub struct Trainer {
    plan: Plan,
    device: Device,
    /// What the optimiser moves.
    learned: Flat,
    /// Biases that a batch norm takes away: their gradient is 0.
    fixed: Flat,
    /// Running means and variances, of all batch norms in the order in which they run.
    running: [Flat; 2],
    adam: Adam,
}

/// What a forward pass gives.
struct Pass {
    logits: Tensor,
    /// Mean, and one over the root of the variance with [`EPSILON`] added, of each batch norm's batch.
    statistics: [Vec<Tensor>; 2],
}

impl Trainer {
    /// The network of `plan` with its `arrays` on `device`.
    pub fn new(plan: Plan, arrays: &Arrays, device: Device) -> Self {
        let parameters: Vec<Parameter> =
            plan.layers().iter().flat_map(|layer| plan.parameters_named(&layer.name)).collect();
        let taken_away: Vec<String> = plan.layers().iter().filter_map(bias_taken_away).collect();
        let of = |wanted: &dyn Fn(&Parameter) -> bool| {
            Flat::new(parameters.iter().filter(|one| wanted(one)).cloned().collect(), arrays, device)
        };
        let is_running = |one: &Parameter| matches!(one.role, Role::RunningMean | Role::RunningVariance);
        let mut learned = of(&|one| !is_running(one) && !taken_away.contains(&one.name));
        learned.tensor = learned.tensor.set_requires_grad(true);
        Self {
            adam: Adam::new(&learned.tensor),
            learned,
            fixed: of(&|one| taken_away.contains(&one.name)),
            running: [Role::RunningMean, Role::RunningVariance].map(|role| of(&|one| one.role == role)),
            plan,
            device,
        }
    }

    fn forward(&self, images: Tensor) -> Pass {
        let mut arrays = self.learned.views();
        arrays.extend(self.fixed.views());
        let mut statistics = [Vec::new(), Vec::new()];
        let mut maps = vec![images];
        for layer in self.plan.layers() {
            let read: Vec<&Tensor> = layer.reads.iter().map(|&map| &maps[map]).collect();
            let input = if let [only] = read[..] { only.shallow_clone() } else { Tensor::cat(&read, 1) };
            maps.push(run(layer, &arrays, &input, &mut statistics));
        }
        match maps.pop() {
            Some(logits) => Pass { logits, statistics },
            None => unreachable!("the images are a map"),
        }
    }

    /// Lets the running statistics move towards a batch's, with the biased variance, as burn does.
    fn learn_statistics(&mut self, [means, inverse_roots]: [Vec<Tensor>; 2]) {
        if means.is_empty() {
            return;
        }
        let variances = Tensor::cat(&inverse_roots, 0).pow_tensor_scalar(-2) - f64::from(EPSILON);
        let momentum = f64::from(MOMENTUM);
        for (running, batch) in self.running.iter_mut().zip([Tensor::cat(&means, 0), variances]) {
            let _ = running.tensor.g_mul_scalar_(1.0 - momentum).g_add_(&(batch * momentum));
        }
    }

    fn images(&self, values: &[f32], channels: usize, [height, width]: [usize; 2]) -> Tensor {
        let shape = [-1, channels as i64, height as i64, width as i64];
        Tensor::from_slice(values).view(shape).to_device(self.device)
    }
}

impl Learner for Trainer {
    fn step(&mut self, images: &[f32], size: [usize; 2], loss: Loss, learning_rate: f64) -> f64 {
        let images = self.images(images, self.plan.channels(0), size);
        let Pass { logits, statistics } = tch::with_grad(|| self.forward(images));
        tch::no_grad(|| self.learn_statistics(statistics));
        let (value, slope) = loss(to_host(&logits));
        if value.is_finite() {
            let slope = self.images(&slope, 1, size);
            let descent = tch::with_grad(|| (logits * slope).sum(tch::Kind::Float));
            let gradients = Tensor::run_backward(&[descent], &[&self.learned.tensor], false, false);
            self.adam.step(&mut self.learned.tensor, &gradients[0], learning_rate);
        }
        value
    }

    fn arrays(&self) -> Arrays {
        let [means, variances] = &self.running;
        let all = [&self.learned, &self.fixed, means, variances];
        all.into_iter().flat_map(|flat| flat.arrays_of(&flat.tensor, str::to_string)).collect()
    }

    fn memory(&self) -> Option<Arrays> {
        let mut memory = self.learned.arrays_of(&self.adam.first, first);
        memory.extend(self.learned.arrays_of(&self.adam.second, second));
        Some(memory)
    }

    fn remember(&mut self, memory: &Arrays, steps: usize) {
        let moments = (self.learned.tensor_of(memory, first), self.learned.tensor_of(memory, second));
        if let (Some(first), Some(second)) = moments {
            self.adam = Adam { first, second, steps: i32::try_from(steps).unwrap_or(i32::MAX) };
        }
    }
}

/// Name of the optimiser's mean of an array's gradient.
fn first(name: &str) -> String {
    format!("{name}.first")
}

/// Name of the optimiser's mean of its square.
fn second(name: &str) -> String {
    format!("{name}.second")
}

/// Name of a layer's bias where its norm takes it away.
fn bias_taken_away(layer: &Layer) -> Option<String> {
    let Kind::Convolution { then: Then::BatchNormRelu { .. }, .. } = &layer.kind else {
        return None;
    };
    Some(Role::Bias.of(&layer.name))
}

/// What `layer` gives for what it reads; a batch norm adds to `statistics`.
fn run(
    layer: &Layer,
    arrays: &BTreeMap<&str, Tensor>,
    input: &Tensor,
    statistics: &mut [Vec<Tensor>; 2],
) -> Tensor {
    let of = |role: Role| &arrays[role.of(&layer.name).as_str()];
    match &layer.kind {
        Kind::Pool => input.max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false),
        Kind::Up => {
            let bias = Some(of(Role::Bias));
            input.conv_transpose2d(of(Role::Weight), bias, [2, 2], [0, 0], [0, 0], 1, [1, 1])
        }
        Kind::Convolution { window, then } => {
            let same = window.side() as i64 / 2;
            let bias = Some(of(Role::Bias));
            let sums = input.conv2d(of(Role::Weight), bias, [1, 1], [same, same], [1, 1], 1);
            follow(then, sums, arrays, statistics)
        }
    }
}

/// What follows a convolution, of its sums.
fn follow(
    then: &Then,
    sums: Tensor,
    arrays: &BTreeMap<&str, Tensor>,
    [means, inverse_roots]: &mut [Vec<Tensor>; 2],
) -> Tensor {
    let of_norm = |name: &str| [Role::Gamma, Role::Beta].map(|role| Some(&arrays[role.of(name).as_str()]));
    let epsilon = f64::from(EPSILON);
    match then {
        Then::Nothing => sums,
        Then::Relu => sums.relu(),
        Then::Difference => {
            let halves = sums.chunk(2, 1);
            &halves[1] - &halves[0]
        }
        Then::GroupNormRelu { norm, groups } => {
            let [gamma, beta] = of_norm(norm);
            sums.group_norm(*groups as i64, gamma, beta, epsilon, true).relu()
        }
        Then::BatchNormRelu { norm } => {
            let [gamma, beta] = of_norm(norm);
            let none = None::<&Tensor>;
            let (normed, mean, inverse_root) =
                sums.native_batch_norm(gamma, beta, none, none, true, 0.0, epsilon);
            means.push(mean.detach());
            inverse_roots.push(inverse_root.detach());
            normed.relu()
        }
    }
}
