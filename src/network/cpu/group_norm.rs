//! Group norm (Y. Wu and K. He, ECCV 2018) with the ReLU after it, and its gradient, in training and in use:
//! each slice's channels are cut into groups, and a group is normalised by its own mean and biased variance
//! over its channels and all positions.

use crate::network::cpu::lanes::{Centre, Descent, Lanes, RowSums, total};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::normed::{Gradient, Normed, Pass, convolve};
use crate::network::cpu::packed::Packed;

/// How channels are grouped.
#[derive(Clone, Copy)]
pub struct Groups {
    channels: usize,
    /// Channels of a group.
    width: usize,
}

impl Groups {
    /// `channels` channels in `groups` groups, which divide them.
    pub fn new(groups: usize, channels: usize) -> Self {
        Self { channels, width: channels / groups }
    }

    /// Whether each channel is a group of its own. What is added to a channel as a whole then has no effect.
    pub fn are_single(self) -> bool {
        self.width == 1
    }

    /// A convolution with a group norm and a ReLU behind it.
    pub fn forward(
        self,
        [gamma, beta]: [&[f32]; 2],
        packed: &Packed,
        read: &[&Maps],
        buffers: &Buffers,
    ) -> Pass {
        let lanes = Lanes::of_slices(read[0].slices, self.channels);
        let (raw, rows) = convolve(packed, read, lanes, buffers);
        let (mean, variance) = self.statistics(&rows, raw.width);
        let centre = Centre::new(lanes, mean, &variance);
        let active = centre.normalise(&raw, gamma, beta, buffers);
        Pass { active, normed: Some(Normed { raw, centre }) }
    }

    /// Mean and variance of each lane's group, from the moments of rows of `length` values a lane.
    fn statistics(self, rows: &[RowSums], length: usize) -> (Vec<f32>, Vec<f32>) {
        let lanes = rows.first().map_or(0, |row| row.0[0].len());
        let count = (rows.len() * self.width) as f64;
        let of_group = |group: usize| {
            let members = || {
                let lanes = group * self.width..(group + 1) * self.width;
                rows.iter().flat_map(move |row| {
                    lanes.clone().map(move |lane| row.0.each_ref().map(|sums| f64::from(sums[lane])))
                })
            };
            let mean = members().map(|[mean, _]| mean).sum::<f64>() / count;
            let between: f64 = members().map(|[of_row, _]| (of_row - mean).powi(2)).sum();
            let within: f64 = members().map(|[_, squares]| squares).sum();
            (mean as f32, ((within / length as f64 + between) / count) as f32)
        };
        // Groups lie side by side as lanes do: those of a slice, then those of the next.
        let of_groups: Vec<(f32, f32)> = (0..lanes / self.width).map(of_group).collect();
        (0..lanes).map(|lane| of_groups[lane / self.width]).unzip()
    }

    /// Gradient of the sums that were normalised, from that of the outcome, 0 where the ReLU cut off; and those
    /// of gamma and beta.
    pub fn backward(
        self,
        gamma: &[f32],
        gradient: Gradient,
        Normed { raw, centre }: &Normed,
    ) -> (Maps, [Vec<f32>; 2]) {
        let Gradient { mut maps, sums } = gradient;
        let (plain, product) = (total(&sums, 0), total(&sums, 1));
        let count = (maps.height * maps.width * self.width) as f32;
        let inverse = centre.inverse();
        let weighted = |sums: &[f32]| self.weighted(sums, gamma);
        let (plains, products) = (weighted(&plain), weighted(&product));
        let per_lane = |value: &dyn Fn(usize) -> f32| (0..inverse.len()).map(value).collect();
        let descent = Descent {
            scale: per_lane(&|lane| gamma[lane % self.channels] * inverse[lane]),
            slope: per_lane(&|lane| -inverse[lane] * inverse[lane] * products[lane / self.width] / count),
            shift: per_lane(&|lane| -inverse[lane] * plains[lane / self.width] / count),
        };
        centre.descend(&mut maps, raw, &descent);
        (maps, [self.over_slices(&product), self.over_slices(&plain)])
    }

    /// Of each group the sum of its lanes, each times its channel's gamma.
    fn weighted(self, lanes: &[f32], gamma: &[f32]) -> Vec<f32> {
        let weighted: Vec<f32> =
            lanes.iter().zip(gamma.iter().cycle()).map(|(sum, gamma)| sum * gamma).collect();
        weighted.chunks_exact(self.width).map(|group| group.iter().sum()).collect()
    }

    /// The lanes of a channel added up.
    fn over_slices(self, lanes: &[f32]) -> Vec<f32> {
        let of_channel = |channel: usize| lanes.iter().skip(channel).step_by(self.channels);
        (0..self.channels).map(|channel| of_channel(channel).sum()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_of_each_slice_has_its_own_moments() {
        // One position a row, two rows, two slices, four channels in two groups; group 1 of slice 1 lies far
        // from 0.
        let rows =
            [[1.0, 2.0, 5.0, 5.0, 0.0, 4.0, 1000.0, 1001.0], [3.0, 4.0, 5.0, 5.0, 0.0, 4.0, 1002.0, 1003.0]];
        let mut sums = vec![RowSums::default(); 2];
        for (row, sums) in rows.iter().zip(&mut sums) {
            Lanes::of_slices(2, 4).moments(row, sums);
        }
        let (mean, variance) = Groups::new(2, 4).statistics(&sums, 1);
        assert_eq!(mean, [2.5, 2.5, 5.0, 5.0, 2.0, 2.0, 1001.5, 1001.5]);
        assert_eq!(variance, [1.25, 1.25, 0.0, 0.0, 4.0, 4.0, 1.25, 1.25]);
    }

    #[test]
    fn rows_of_several_positions_count_as_often() {
        // One slice, two channels in one group: 1, 2, 3, 4 and 5, 6, 7, 8, of mean 4.5 and variance 63 / 12.
        let rows = [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]];
        let mut sums = vec![RowSums::default(); 2];
        for (row, sums) in rows.iter().zip(&mut sums) {
            Lanes::of_slices(1, 2).moments(row, sums);
        }
        assert_eq!(Groups::new(1, 2).statistics(&sums, 2), (vec![4.5; 2], vec![5.25; 2]));
    }
}
