//! Norms' loops over rows of maps, lane by lane. A lane is what has a mean of its own: a channel in batch
//! norm, a channel of one slice in group norm. Lanes lie side by side and repeat along a row. Sums are taken
//! row by row while a row is still near the processor, then over rows in double precision, always in the same
//! order.

use crate::network::cpu::kernel::vectorised;
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::plan::EPSILON;
use rayon::prelude::*;

/// Two sums per lane over one row or a few.
#[derive(Clone, Default)]
pub struct RowSums(pub [Vec<f32>; 2]);

/// How many lanes a row has.
#[derive(Clone, Copy)]
pub struct Lanes {
    count: usize,
    /// Values that are worked on at a time: all lanes, once or several times.
    period: usize,
}

impl Lanes {
    /// A lane a channel. Where they are few, several times them are worked on at a time, so that a loop over
    /// them fills whole vectors.
    pub fn of_channels(channels: usize) -> Self {
        Self { count: channels, period: channels * 64_usize.div_ceil(channels) }
    }

    /// A lane for each channel of each slice. The order of its sums does not depend on how many slices there
    /// are.
    pub fn of_slices(slices: usize, channels: usize) -> Self {
        Self { count: slices * channels, period: slices * channels }
    }

    /// Mean and summed squared distance from it, over one row.
    pub fn moments(self, row: &[f32], sums: &mut RowSums) {
        let Self { count: lanes, period } = self;
        let count = (row.len() / lanes) as f32;
        let mut mean = vec![0.0; period];
        vectorised(
            #[inline(always)]
            || {
                for values in row.chunks(period) {
                    mean.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                }
            },
        );
        let mut mean = self.fold(&mean);
        mean.iter_mut().for_each(|sum| *sum /= count);
        let (wide, mut squares) = (self.widen(&mean), vec![0.0; period]);
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
        sums.0 = [mean, self.fold(&squares)];
    }

    /// Values per lane, or fewer that repeat over the lanes, repeated over a period.
    fn widen(self, values: &[f32]) -> Vec<f32> {
        values.iter().copied().cycle().take(self.period).collect()
    }

    /// Sums over a period added up per lane.
    fn fold(self, sums: &[f32]) -> Vec<f32> {
        let mut folded = vec![0.0; self.count];
        for sums in sums.chunks_exact(self.count) {
            folded.iter_mut().zip(sums).for_each(|(folded, sum)| *folded += sum);
        }
        folded
    }
}

/// What a norm takes from each lane, and by what it multiplies the rest.
pub struct Centre {
    lanes: Lanes,
    mean: Vec<f32>,
    inverse: Vec<f32>,
}

/// What becomes of a gradient in a lane: `scale` times it, plus `slope` times the input's distance from the
/// mean, plus `shift`.
pub struct Descent {
    /// Factors of the gradient.
    pub scale: Vec<f32>,
    /// Factors of the distance.
    pub slope: Vec<f32>,
    /// Summands.
    pub shift: Vec<f32>,
}

impl Centre {
    /// By mean and variance of each lane.
    pub fn new(lanes: Lanes, mean: Vec<f32>, variance: &[f32]) -> Self {
        let inverse = variance.iter().map(|variance| 1.0 / (variance + EPSILON).sqrt()).collect();
        Self { lanes, mean, inverse }
    }

    /// `1 / sqrt(variance + epsilon)` of each lane.
    pub fn inverse(&self) -> &[f32] {
        &self.inverse
    }

    /// `max(0, gamma (input - mean) / sqrt(variance + epsilon) + beta)`; gamma and beta per channel.
    pub fn normalise(&self, input: &Maps, gamma: &[f32], beta: &[f32], buffers: &Buffers) -> Maps {
        let (lanes, period) = (self.lanes, self.lanes.period);
        let gamma = gamma.iter().cycle();
        let scale: Vec<f32> = gamma.zip(&self.inverse).map(|(gamma, inverse)| gamma * inverse).collect();
        let (scale, beta, mean) = (lanes.widen(&scale), lanes.widen(beta), lanes.widen(&self.mean));
        let mut output = Maps::new(input.size(), input.slices, input.channels, buffers);
        let length = output.row();
        let rows = output.values.par_chunks_mut(length).zip(input.values.par_chunks(length));
        rows.for_each(|(output, input)| {
            vectorised(
                #[inline(always)]
                || {
                    for (output, input) in output.chunks_mut(period).zip(input.chunks(period)) {
                        let channels = scale.iter().zip(&beta).zip(&mean);
                        for ((output, input), ((scale, beta), mean)) in
                            output.iter_mut().zip(input).zip(channels)
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
    /// `gradient` already 0 where ReLU cut off, `input` as [`Self::normalise`] read it.
    pub fn gradient_sums(&self, gradient: &[f32], input: &[f32], sums: &mut RowSums) {
        let (lanes, period) = (self.lanes, self.lanes.period);
        let mean = lanes.widen(&self.mean);
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
        let mut product = lanes.fold(&product);
        product.iter_mut().zip(&self.inverse).for_each(|(product, inverse)| *product *= inverse);
        sums.0 = [lanes.fold(&plain), product];
    }

    /// Turns the gradient of [`Self::normalise`]'s output, 0 where ReLU cut off, into that of its input, in
    /// place.
    pub fn descend(&self, gradient: &mut Maps, input: &Maps, descent: &Descent) {
        let (lanes, period) = (self.lanes, self.lanes.period);
        let [scale, slope, shift] =
            [&descent.scale, &descent.slope, &descent.shift].map(|values| lanes.widen(values));
        let mean = lanes.widen(&self.mean);
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
    }
}

/// One of the two sums of each lane, over all rows.
pub fn total(rows: &[RowSums], which: usize) -> Vec<f32> {
    let lanes = rows.first().map_or(0, |row| row.0[which].len());
    let of_lane = |lane: usize| rows.iter().map(|row| f64::from(row.0[which][lane])).sum::<f64>();
    (0..lanes).map(|lane| of_lane(lane) as f32).collect()
}
