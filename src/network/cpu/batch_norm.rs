//! Batch norm on the batch's own statistics (S. Ioffe and C. Szegedy, ICML 2015) with the ReLU after it,
//! and its gradient.

use crate::network::arrays::{Arrays, known};
use crate::network::cpu::lanes::{Centre, Descent, Lanes, RowSums, total};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::normed::{Gradient, Normed, Pass, convolve};
use crate::network::cpu::packed::Packed;
use crate::network::plan::{MOMENTUM, Role};

/// A batch norm.
pub struct BatchNorm {
    running: Statistics,
}

/// Mean and biased variance of each channel over a batch.
struct Statistics {
    mean: Vec<f32>,
    variance: Vec<f32>,
}

impl Statistics {
    /// Puts together rows of equal length, `count` values of each channel in all.
    fn of_rows(rows: &[RowSums], count: usize) -> Self {
        let each = count as f64 / rows.len() as f64;
        let channels = rows.first().map_or(0, |row| row.0[0].len());
        let of_channel = |channel: usize| {
            let means = || rows.iter().map(move |row| f64::from(row.0[0][channel]));
            let mean = means().sum::<f64>() / rows.len() as f64;
            let between: f64 = means().map(|of_row| (of_row - mean).powi(2)).sum();
            let within: f64 = rows.iter().map(|row| f64::from(row.0[1][channel])).sum();
            (mean as f32, ((within + each * between) / count as f64) as f32)
        };
        let (mean, variance) = (0..channels).map(of_channel).unzip();
        Self { mean, variance }
    }
}

impl BatchNorm {
    /// The batch norm called `name`, which `arrays` holds.
    pub fn new(name: &str, arrays: &Arrays) -> Self {
        let of = |role: Role| known(arrays, &role.of(name)).values.clone();
        Self { running: Statistics { mean: of(Role::RunningMean), variance: of(Role::RunningVariance) } }
    }

    /// A convolution with this batch norm and a ReLU behind it; running statistics follow the batch.
    pub fn forward(
        &mut self,
        [gamma, beta]: [&[f32]; 2],
        packed: &Packed,
        read: &[&Maps],
        buffers: &Buffers,
    ) -> Pass {
        let lanes = Lanes::of_channels(gamma.len());
        let (raw, rows) = convolve(packed, read, lanes, buffers);
        let statistics = Statistics::of_rows(&rows, raw.values.len() / gamma.len());
        self.follow(&statistics);
        let centre = Centre::new(lanes, statistics.mean, &statistics.variance);
        let active = centre.normalise(&raw, gamma, beta, buffers);
        Pass { active, normed: Some(Normed { raw, centre }) }
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

    /// Its means and variances in use.
    pub fn running(&self) -> [(Role, &Vec<f32>); 2] {
        [(Role::RunningMean, &self.running.mean), (Role::RunningVariance, &self.running.variance)]
    }
}

/// Gradient of the sums that were normalised, from that of the outcome, 0 where the ReLU cut off; and those of
/// gamma and beta.
pub fn backward(gamma: &[f32], gradient: Gradient, Normed { raw, centre }: &Normed) -> (Maps, [Vec<f32>; 2]) {
    let Gradient { mut maps, sums } = gradient;
    let channels = gamma.len();
    let (of_beta, of_gamma) = (total(&sums, 0), total(&sums, 1));
    let count = (maps.values.len() / channels) as f32;
    let inverse = centre.inverse();
    let per_channel = |value: &dyn Fn(usize) -> f32| (0..channels).map(value).collect();
    let descent = Descent {
        scale: per_channel(&|c| gamma[c] * inverse[c]),
        slope: per_channel(&|c| -gamma[c] * inverse[c] * inverse[c] * of_gamma[c] / count),
        shift: per_channel(&|c| -gamma[c] * inverse[c] * of_beta[c] / count),
    };
    centre.descend(&mut maps, raw, &descent);
    (maps, [of_gamma, of_beta])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_the_textbook() {
        // Two rows, one position, three slices, two channels; the second channel lies far from 0.
        let rows = [[1.0, 1000.0, 2.0, 1001.0, 3.0, 1002.0], [4.0, 1003.0, 5.0, 1004.0, 6.0, 1005.0]];
        let mut sums = vec![RowSums::default(); 2];
        for (row, sums) in rows.iter().zip(&mut sums) {
            Lanes::of_channels(2).moments(row, sums);
        }
        let statistics = Statistics::of_rows(&sums, 6);
        assert_eq!(statistics.mean, [3.5, 1002.5]);
        approx::assert_relative_eq!(statistics.variance[0], 35.0 / 12.0, max_relative = 1e-6);
        approx::assert_relative_eq!(statistics.variance[1], 35.0 / 12.0, max_relative = 1e-6);
    }
}
