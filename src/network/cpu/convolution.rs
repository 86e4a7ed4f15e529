//! Convolutions of every kind that a U-Net and its gradient need, all as one operation: each output
//! position sums over a few taps, each tap reads one input position. The 3x3 ones take the shorter way of
//! [`winograd`](crate::network::cpu::winograd).

use crate::network::cpu::kernel::{Finish, Outer, Row, Term};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::taps::{Filter, Taps};
use crate::network::cpu::winograd::{convolve_tiles, tile_weight_gradient};
use rayon::prelude::*;

/// Which input positions an output position reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// The position itself: a 1x1 convolution and its gradient.
    Point,
    /// The 3x3 neighbourhood, zero outside: a 3x3 convolution and, with mirrored taps, its gradient.
    Around,
    /// The position at half the row and column, through one of four taps: a 2x2 transposed convolution of
    /// stride 2.
    Raise,
    /// The four positions at twice the row and column: that one's gradient.
    Lower,
}

impl Reach {
    /// Height and width of the output for an input of `[height, width]`.
    pub fn output_size(self, [height, width]: [usize; 2]) -> [usize; 2] {
        match self {
            Self::Point | Self::Around => [height, width],
            Self::Raise => [2 * height, 2 * width],
            Self::Lower => [height / 2, width / 2],
        }
    }

    /// Index of the position of an input of `[height, width]` that output (y, x) reads through `tap`.
    fn position(self, tap: usize, [y, x]: [usize; 2], [height, width]: [usize; 2]) -> Option<usize> {
        match self {
            Self::Point => Some(y * width + x),
            Self::Around => {
                let (y, x) = ((y + tap / 3).wrapping_sub(1), (x + tap % 3).wrapping_sub(1));
                (y < height && x < width).then(|| y * width + x)
            }
            Self::Raise => (tap == y % 2 * 2 + x % 2).then(|| y / 2 * width + x / 2),
            Self::Lower => Some((2 * y + tap / 2) * width + 2 * x + tap % 2),
        }
    }
}

/// What a convolution's sums start from and end in.
#[derive(Clone, Copy)]
pub struct Ends<'a> {
    /// A value per output channel, or none for 0.
    pub bias: Option<&'a [f32]>,
    /// Whether negative sums become 0.
    pub relu: bool,
    /// Maps of the output's shape; where they are 0 or below the output becomes 0.
    pub positive: Option<&'a Maps>,
}

/// No bias and no more than the sums.
pub const PLAIN: Ends = Ends { bias: None, relu: false, positive: None };

/// The convolution of `sources`, all of one size, whose outputs are added up.
pub fn convolve(reach: Reach, sources: &[(&Maps, &Filter)], ends: Ends, buffers: &Buffers) -> Maps {
    let rows = reach.output_size(sources[0].0.size())[0];
    convolve_rows(reach, sources, ends, buffers, &mut vec![(); rows], |_, _, ()| {})
}

/// [`convolve`], and `after` with each row's index, its values and its own of `extras`, while the row is
/// still near the processor.
pub fn convolve_rows<'a, T: Send>(
    reach: Reach,
    sources: &[(&'a Maps, &'a Filter)],
    ends: Ends,
    buffers: &Buffers,
    extras: &mut [T],
    after: impl Fn(usize, &mut [f32], &mut T) + Sync,
) -> Maps {
    let (input, filter) = sources[0];
    let (slices, outputs, columns) = (input.slices, filter.outputs, filter.columns);
    let mut output = Maps::new(reach.output_size(input.size()), slices, outputs, buffers);
    let mut bias = vec![0.0; outputs.next_multiple_of(columns)];
    if let Some(values) = ends.bias {
        bias[..outputs].copy_from_slice(values);
    }
    let length = output.row();
    // The rows that one task computes: a tile is two rows high.
    let together = if reach == Reach::Around { 2 } else { 1 };
    let wide: Vec<f32> = bias[..outputs].iter().copied().cycle().take(slices * outputs).collect();
    let tasks = output.values.par_chunks_mut(together * length).zip(extras.par_chunks_mut(together));
    tasks.enumerate().for_each(|(task, (rows, extras))| {
        let start = task * together * length;
        let finish = match ends.positive {
            Some(positive) => Finish::Where(&positive.values[start..start + rows.len()]),
            None if ends.relu => Finish::Relu,
            None => Finish::Plain,
        };
        if reach == Reach::Around {
            convolve_tiles(sources, task, &wide, finish, rows, buffers);
        } else {
            for (block, bias) in bias.chunks_exact(columns).enumerate() {
                let terms = |x: usize, terms: &mut Vec<Term<'a>>| {
                    for (maps, filter) in sources {
                        let size = maps.position();
                        terms.extend((0..filter.taps).filter_map(|tap| {
                            let position = reach.position(tap, [task, x], maps.size())?;
                            let input = &maps.values[position * size..][..size];
                            Some(Term { input, weights: filter.tap(block, tap) })
                        }));
                    }
                };
                let first = block * columns;
                Row { terms: &terms, slices, outputs, first, bias, finish, output: &mut *rows }.run();
            }
        }
        for (index, (row, extra)) in rows.chunks_exact_mut(length).zip(extras).enumerate() {
            after(task * together + index, row, extra);
        }
    });
    output
}

/// Gradient of a convolution's weights: `input` is what it read, `gradient` that of its output.
pub fn weight_gradient(reach: Reach, taps: usize, input: &Maps, gradient: &Maps) -> Taps {
    let tiled = if reach == Reach::Around { tile_weight_gradient(input, gradient) } else { None };
    tiled.unwrap_or_else(|| tap_weight_gradient(reach, taps, input, gradient))
}

/// [`weight_gradient`] tap by tap.
pub fn tap_weight_gradient(reach: Reach, taps: usize, input: &Maps, gradient: &Maps) -> Taps {
    let (inputs, outputs, slices) = (input.channels, gradient.channels, gradient.slices);
    let columns = crate::network::cpu::kernel::columns(outputs);
    let blocks = outputs.div_ceil(columns);
    // As many groups of rows as give every core work; the same for every vector width, so that the order
    // of the sums is.
    let groups = (TASKS / outputs.div_ceil(32)).clamp(1, gradient.height);
    let length = taps * inputs * columns;
    let mut sums = vec![0.0; groups * blocks * length];
    sums.par_chunks_mut(length).enumerate().for_each(|(task, sums)| {
        let (group, block) = (task / blocks, task % blocks);
        let rows = group * gradient.height / groups..(group + 1) * gradient.height / groups;
        for y in rows {
            for (tap, sums) in sums.chunks_exact_mut(inputs * columns).enumerate() {
                Outer {
                    reads: &|x| reach.position(tap, [y, x], input.size()),
                    input: &input.values,
                    inputs,
                    gradient: &gradient.values[y * gradient.row()..][..gradient.row()],
                    outputs,
                    first: block * columns,
                    slices,
                    columns,
                    sums,
                }
                .run();
            }
        }
    });
    let mut values = vec![0.0; taps * inputs * outputs];
    values.par_chunks_mut(inputs * outputs).enumerate().for_each(|(tap, values)| {
        for (part, sums) in sums.chunks_exact(length).enumerate() {
            let first = part % blocks * columns;
            let width = columns.min(outputs - first);
            let sums = &sums[tap * inputs * columns..][..inputs * columns];
            for (values, sums) in values.chunks_exact_mut(outputs).zip(sums.chunks_exact(columns)) {
                values[first..first + width].iter_mut().zip(sums).for_each(|(value, sum)| *value += sum);
            }
        }
    });
    Taps { taps, inputs, outputs, values }
}

/// Tasks that a weight gradient is cut into, about.
const TASKS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Values that are all different and exact in sums of a few.
    fn maps(size: [usize; 2], slices: usize, channels: usize, buffers: &Buffers) -> Maps {
        let mut maps = Maps::new(size, slices, channels, buffers);
        maps.values
            .iter_mut()
            .enumerate()
            .for_each(|(index, value)| *value = ((index * 37) % 101) as f32 - 50.0);
        maps
    }

    fn taps(taps: usize, inputs: usize, outputs: usize) -> Taps {
        let values = (0..taps * inputs * outputs).map(|index| ((index * 53) % 89) as f32 - 44.0).collect();
        Taps { taps, inputs, outputs, values }
    }

    /// Every (output position, tap, input position) by the definition of each kind.
    fn reads(reach: Reach, [height, width]: [usize; 2]) -> Vec<(usize, usize, usize)> {
        let [rows, columns] = reach.output_size([height, width]);
        let mut reads = Vec::new();
        for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
            let output = y * columns + x;
            match reach {
                Reach::Point => reads.push((output, 0, output)),
                Reach::Raise => reads.push((output, 2 * (y % 2) + x % 2, y / 2 * width + x / 2)),
                Reach::Lower => {
                    let inputs =
                        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(b, a)| (2 * y + b) * width + 2 * x + a);
                    reads.extend(inputs.into_iter().enumerate().map(|(tap, input)| (output, tap, input)));
                }
                Reach::Around => {
                    for (b, a) in (0..3).flat_map(|b| (0..3).map(move |a| (b, a))) {
                        let (from_y, from_x) = (y as i64 + b - 1, x as i64 + a - 1);
                        if (0..height as i64).contains(&from_y) && (0..width as i64).contains(&from_x) {
                            reads.push((
                                output,
                                (3 * b + a) as usize,
                                (from_y * width as i64 + from_x) as usize,
                            ));
                        }
                    }
                }
            }
        }
        reads
    }

    #[rstest]
    fn sums_and_weight_gradients_are_those_of_the_definition(
        #[values((Reach::Point, 1), (Reach::Around, 9), (Reach::Raise, 4), (Reach::Lower, 4))] kind: (
            Reach,
            usize,
        ),
        #[values((1, 1), (3, 5), (8, 16), (9, 17), (2, 40))] channels: (usize, usize),
        #[values(1, 5, 8, 13)] slices: usize,
        #[values([4, 6], [10, 2])] size: [usize; 2],
    ) {
        let ((reach, count), (inputs, outputs)) = (kind, channels);
        let buffers = Buffers::default();
        let (input, weights) = (maps(size, slices, inputs, &buffers), taps(count, inputs, outputs));
        let bias: Vec<f32> = (0..outputs).map(|channel| channel as f32).collect();
        let ends = Ends { bias: Some(&bias), ..PLAIN };
        let output = convolve(reach, &[(&input, &Filter::pack(&weights))], ends, &buffers);

        let mut expected: Vec<f32> = bias.iter().copied().cycle().take(output.values.len()).collect();
        for (to, tap, from) in reads(reach, size) {
            for (slice, i) in (0..slices).flat_map(|slice| (0..inputs).map(move |i| (slice, i))) {
                let value = input.values[(from * slices + slice) * inputs + i];
                for o in 0..outputs {
                    let place = (to * slices + slice) * outputs + o;
                    expected[place] += value * weights.values[(tap * inputs + i) * outputs + o];
                }
            }
        }
        assert_eq!(output.values, expected);

        // A gradient of small whole numbers keeps the sums exact.
        let mut above = Maps::new(output.size(), slices, outputs, &buffers);
        above.values.iter_mut().enumerate().for_each(|(index, value)| *value = (index % 7) as f32 - 3.0);
        let mut expected = vec![0.0; weights.values.len()];
        for (to, tap, from) in reads(reach, size) {
            for (slice, i) in (0..slices).flat_map(|slice| (0..inputs).map(move |i| (slice, i))) {
                for o in 0..outputs {
                    expected[(tap * inputs + i) * outputs + o] += input.values
                        [(from * slices + slice) * inputs + i]
                        * above.values[(to * slices + slice) * outputs + o];
                }
            }
        }
        assert_eq!(tap_weight_gradient(reach, count, &input, &above).values, expected);
    }

    #[test]
    fn two_sources_add_up_and_ends_cut_off() {
        let (buffers, reach) = (Buffers::default(), Reach::Around);
        let input = maps([4, 6], 3, 4, &buffers);
        let weights = taps(9, 4, 5);
        let whole = Filter::pack(&weights);
        let once = convolve(reach, &[(&input, &whole)], PLAIN, &buffers);
        let twice = convolve(reach, &[(&input, &whole), (&input, &whole)], PLAIN, &buffers);
        assert!(once.values.iter().zip(&twice.values).all(|(once, twice)| 2.0 * once == *twice));
        let cut = convolve(reach, &[(&input, &whole)], Ends { relu: true, ..PLAIN }, &buffers);
        assert!(once.values.iter().zip(&cut.values).all(|(plain, cut)| plain.max(0.0) == *cut));
        assert!(cut.values.contains(&0.0) && cut.values.iter().any(|value| *value > 0.0));
        let where_cut = Ends { positive: Some(&cut), ..PLAIN };
        let masked = convolve(reach, &[(&input, &whole)], where_cut, &buffers);
        assert_eq!(masked.values, cut.values);
    }
}
