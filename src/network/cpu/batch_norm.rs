//! Batch norm on the batch's own statistics (S. Ioffe and C. Szegedy, ICML 2015) with the ReLU after it,
//! and its gradient. Sums are taken row by row while a row is still near the processor, then over rows in
//! double precision, always in the same order.

use crate::network::cpu::kernel::vectorised;
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::plan::EPSILON;
use rayon::prelude::*;

/// Two sums per channel over one row.
#[derive(Clone, Default)]
pub struct RowSums([Vec<f32>; 2]);

/// Mean and biased variance of each channel over a batch.
pub struct Statistics {
    /// Means.
    pub mean: Vec<f32>,
    /// Variances.
    pub variance: Vec<f32>,
}

impl Statistics {
    /// Mean and summed squared distance from it, over one row.
    pub fn of_row(row: &[f32], channels: usize, sums: &mut RowSums) {
        let count = (row.len() / channels) as f32;
        let period = period(channels);
        let mut mean = vec![0.0; period];
        vectorised(
            #[inline(always)]
            || {
                for values in row.chunks(period) {
                    mean.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                }
            },
        );
        let mut mean = fold(&mean, channels);
        mean.iter_mut().for_each(|sum| *sum /= count);
        let (wide, mut squares) = (widen(&mean, period), vec![0.0; period]);
        vectorised(
            #[inline(always)]
            || {
                for values in row.chunks(period) {
                    for ((sum, value), mean) in squares.iter_mut().zip(values).zip(&wide) {
                        *sum += (value - mean) * (value - mean);
                    }
                }
            },
        );
        sums.0 = [mean, fold(&squares, channels)];
    }

    /// Puts together rows of equal length, `count` values of each channel in all.
    pub fn of_rows(rows: &[RowSums], count: usize) -> Self {
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

    /// `1 / sqrt(variance + epsilon)` of each channel.
    fn inverse(&self) -> Vec<f32> {
        self.variance.iter().map(|variance| 1.0 / (variance + EPSILON).sqrt()).collect()
    }
}

/// `max(0, gamma (input - mean) / sqrt(variance + epsilon) + beta)`.
pub fn normalise(
    input: &Maps,
    statistics: &Statistics,
    gamma: &[f32],
    beta: &[f32],
    buffers: &Buffers,
) -> Maps {
    let period = period(input.channels);
    let inverse = statistics.inverse();
    let scale: Vec<f32> = gamma.iter().zip(&inverse).map(|(gamma, inverse)| gamma * inverse).collect();
    let (scale, beta) = (widen(&scale, period), widen(beta, period));
    let mean = widen(&statistics.mean, period);
    let mut output = Maps::new(input.size(), input.slices, input.channels, buffers);
    let length = output.row();
    output.values.par_chunks_mut(length).zip(input.values.par_chunks(length)).for_each(|(output, input)| {
        vectorised(
            #[inline(always)]
            || {
                for (output, input) in output.chunks_mut(period).zip(input.chunks(period)) {
                    let channels = scale.iter().zip(&beta).zip(&mean);
                    for ((output, input), ((scale, beta), mean)) in output.iter_mut().zip(input).zip(channels)
                    {
                        let value = (input - mean) * scale + beta;
                        // NaN stays NaN.
                        *output = if value <= 0.0 { 0.0 } else { value };
                    }
                }
            },
        );
    });
    output
}

/// Sums of the output's gradient, and of its product with the normalised input, over one row or a few:
/// `gradient` already 0 where ReLU cut off, `input` as [`normalise`] read it.
pub fn gradient_sums(gradient: &[f32], input: &[f32], statistics: &Statistics, sums: &mut RowSums) {
    let channels = statistics.mean.len();
    let period = period(channels);
    let mean = widen(&statistics.mean, period);
    let (mut plain, mut product) = (vec![0.0; period], vec![0.0; period]);
    vectorised(
        #[inline(always)]
        || {
            for (gradient, input) in gradient.chunks(period).zip(input.chunks(period)) {
                let sums = plain.iter_mut().zip(&mut product);
                for (((plain, product), (gradient, input)), mean) in
                    sums.zip(gradient.iter().zip(input)).zip(&mean)
                {
                    *plain += gradient;
                    *product += gradient * (input - mean);
                }
            }
        },
    );
    let mut product = fold(&product, channels);
    product.iter_mut().zip(statistics.inverse()).for_each(|(product, inverse)| *product *= inverse);
    sums.0 = [fold(&plain, channels), product];
}

/// Turns the gradient of [`normalise`]'s output, 0 where ReLU cut off, into that of its input, in place;
/// gives the gradients of gamma and beta.
pub fn normalise_gradient(
    gradient: &mut Maps,
    input: &Maps,
    statistics: &Statistics,
    gamma: &[f32],
    rows: &[RowSums],
) -> [Vec<f32>; 2] {
    let channels = gamma.len();
    let total = |which: usize| -> Vec<f32> {
        let of_channel =
            |channel: usize| rows.iter().map(|row| f64::from(row.0[which][channel])).sum::<f64>();
        (0..channels).map(|channel| of_channel(channel) as f32).collect()
    };
    let (of_beta, of_gamma) = (total(0), total(1));
    let count = (gradient.values.len() / channels) as f32;
    let period = period(channels);
    let inverse = statistics.inverse();
    let per_channel =
        |value: &dyn Fn(usize) -> f32| widen(&(0..channels).map(value).collect::<Vec<_>>(), period);
    let scale = per_channel(&|c| gamma[c] * inverse[c]);
    let slope = per_channel(&|c| -gamma[c] * inverse[c] * inverse[c] * of_gamma[c] / count);
    let shift = per_channel(&|c| -gamma[c] * inverse[c] * of_beta[c] / count);
    let mean = widen(&statistics.mean, period);
    let length = gradient.row();
    let rows = gradient.values.par_chunks_mut(length).zip(input.values.par_chunks(length));
    rows.for_each(|(gradient, input)| {
        vectorised(
            #[inline(always)]
            || {
                for (gradient, input) in gradient.chunks_mut(period).zip(input.chunks(period)) {
                    let channels = scale.iter().zip(&slope).zip(shift.iter().zip(&mean));
                    for ((gradient, input), ((scale, slope), (shift, mean))) in
                        gradient.iter_mut().zip(input).zip(channels)
                    {
                        *gradient = *gradient * scale + ((input - mean) * slope + shift);
                    }
                }
            },
        );
    });
    [of_gamma, of_beta]
}

/// Sum of each channel over all positions and slices.
pub fn channel_sums(maps: &Maps) -> Vec<f32> {
    let mut total = vec![0.0_f64; maps.channels];
    for row in maps.values.chunks_exact(maps.row()) {
        let mut sums = vec![0.0_f32; maps.channels];
        for values in row.chunks_exact(maps.channels) {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += f64::from(sum));
    }
    total.into_iter().map(|sum| sum as f32).collect()
}

/// Values that are worked on at a time: all channels, several times where they are few, so that a loop
/// over them fills whole vectors.
fn period(channels: usize) -> usize {
    channels * 64_usize.div_ceil(channels)
}

/// Values per channel repeated over a period.
fn widen(values: &[f32], period: usize) -> Vec<f32> {
    values.iter().copied().cycle().take(period).collect()
}

/// Sums over a period added up per channel.
fn fold(sums: &[f32], channels: usize) -> Vec<f32> {
    let mut folded = vec![0.0; channels];
    for sums in sums.chunks_exact(channels) {
        folded.iter_mut().zip(sums).for_each(|(folded, sum)| *folded += sum);
    }
    folded
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
            Statistics::of_row(row, 2, sums);
        }
        let statistics = Statistics::of_rows(&sums, 6);
        assert_eq!(statistics.mean, [3.5, 1002.5]);
        approx::assert_relative_eq!(statistics.variance[0], 35.0 / 12.0, max_relative = 1e-6);
        approx::assert_relative_eq!(statistics.variance[1], 35.0 / 12.0, max_relative = 1e-6);
    }

    #[test]
    fn channels_are_added_up() {
        let buffers = Buffers::default();
        let mut maps = Maps::new([2, 1], 2, 2, &buffers);
        maps.values.copy_from_slice(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0]);
        assert_eq!(channel_sums(&maps), [10.0, 100.0]);
    }
}
