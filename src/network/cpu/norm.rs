//! A batch norm in training, with its optimiser's state.

use crate::network::arrays::{Arrays, known};
use crate::network::cpu::adam::{Moments, Step};
use crate::network::cpu::batch_norm::{RowSums, Statistics, normalise, normalise_gradient};
use crate::network::cpu::convolution::{Ends, PLAIN, convolve_rows};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::packed::Packed;
use crate::network::plan::Role;

/// A batch's share in the running statistics.
const MOMENTUM: f32 = 0.1;

/// A batch norm.
pub struct Norm {
    name: String,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    running: Statistics,
    moments: [Moments; 2],
}

/// What a batch norm read.
pub struct Normed {
    /// The convolution's sums.
    pub raw: Maps,
    /// Their statistics.
    pub statistics: Statistics,
}

impl Norm {
    /// The batch norm called `name`, which `arrays` holds.
    pub fn new(name: &str, arrays: &Arrays) -> Self {
        let of = |role: Role| known(arrays, &role.of(name)).values.clone();
        let running = Statistics { mean: of(Role::RunningMean), variance: of(Role::RunningVariance) };
        let (gamma, beta) = (of(Role::Gamma), of(Role::Beta));
        Self { name: name.to_string(), gamma, beta, running, moments: Default::default() }
    }

    /// A convolution with this batch norm and a ReLU behind it; running statistics follow the batch.
    pub fn forward(&mut self, packed: &Packed, read: &[&Maps], buffers: &Buffers) -> (Maps, Normed) {
        let (sources, channels) = (packed.sources(read), self.gamma.len());
        let mut rows = vec![RowSums::default(); packed.reach.output_size(read[0].size())[0]];
        let ends = Ends { bias: Some(&packed.bias), ..PLAIN };
        let raw = convolve_rows(packed.reach, &sources, ends, buffers, &mut rows, |_, row, sums| {
            Statistics::of_row(row, channels, sums);
        });
        let statistics = Statistics::of_rows(&rows, raw.values.len() / channels);
        self.follow(&statistics);
        let active = normalise(&raw, &statistics, &self.gamma, &self.beta, buffers);
        (active, Normed { raw, statistics })
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

    /// Gradient of the sums that were normalised, from that of the outcome, 0 where the ReLU cut off, and
    /// its sums; moves gamma and beta.
    pub fn backward(&mut self, mut gradient: Maps, sums: &[RowSums], normed: &Normed, adam: &Step) -> Maps {
        let [gamma, beta] =
            normalise_gradient(&mut gradient, &normed.raw, &normed.statistics, &self.gamma, sums);
        let [gamma_moments, beta_moments] = &mut self.moments;
        adam.apply(&mut self.gamma, &gamma, gamma_moments);
        adam.apply(&mut self.beta, &beta, beta_moments);
        gradient
    }

    /// Its arrays' values by name.
    pub fn values(&self) -> [(String, Vec<f32>); 4] {
        [
            (Role::Gamma, &self.gamma),
            (Role::Beta, &self.beta),
            (Role::RunningMean, &self.running.mean),
            (Role::RunningVariance, &self.running.variance),
        ]
        .map(|(role, values)| (role.of(&self.name), values.clone()))
    }
}
