//! A convolution of a plan, ready to run forward and back.

use crate::network::arrays::{Arrays, known};
use crate::network::cpu::convolution::{Ends, PLAIN, Reach, convolve, convolve_rows};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::pooling::add_gradient;
use crate::network::cpu::taps::{Filter, Taps};
use crate::network::layer::{Kind, Window};
use crate::network::plan::{Plan, Role};
use rayon::prelude::*;

/// A convolution with the weights of each map that it reads apart.
pub struct Packed {
    /// What an output position reads.
    pub reach: Reach,
    /// What an input position's gradient reads.
    back: Reach,
    /// Channels of each map that is read.
    widths: Vec<usize>,
    /// What the sums start from.
    pub bias: Vec<f32>,
    forward: Vec<Filter>,
    backward: Vec<Filter>,
}

impl Packed {
    /// Layer number `index` of `plan` with its weights, which `arrays` holds; none where it pools.
    pub fn new(plan: &Plan, index: usize, arrays: &Arrays) -> Option<(Self, Taps)> {
        let layer = &plan.layers()[index];
        let [reach, back] = match &layer.kind {
            Kind::Pool => return None,
            Kind::Up => [Reach::Raise, Reach::Lower],
            Kind::Convolution { window: Window::One, .. } => [Reach::Point; 2],
            Kind::Convolution { window: Window::Three, .. } => [Reach::Around; 2],
        };
        let weight = known(arrays, &Role::Weight.of(&layer.name));
        let taps = match layer.kind {
            Kind::Up => Taps::from_transposed_convolution(weight),
            _ => Taps::from_convolution(weight),
        };
        let bias = known(arrays, &Role::Bias.of(&layer.name)).values.clone();
        let widths = layer.reads.iter().map(|&map| plan.channels(map)).collect();
        let mut packed = Self { reach, back, widths, bias, forward: Vec::new(), backward: Vec::new() };
        packed.pack(&taps);
        Some((packed, taps))
    }

    /// Takes other weights of the same shape.
    pub fn pack(&mut self, taps: &Taps) {
        // Only a 3x3 window has to be turned around on the way back.
        let mirror = self.back == Reach::Around;
        [self.forward, self.backward] = Filter::pack_both_ways(taps, &self.widths, mirror);
    }

    /// Each map that is read with its weights.
    pub fn sources<'a>(&'a self, read: &[&'a Maps]) -> Vec<(&'a Maps, &'a Filter)> {
        read.iter().copied().zip(&self.forward).collect()
    }

    /// What the convolution gives, with a ReLU after it or without.
    pub fn run(&self, read: &[&Maps], relu: bool, buffers: &Buffers) -> Maps {
        let ends = Ends { bias: Some(&self.bias), relu, positive: None };
        convolve(self.reach, &self.sources(read), ends, buffers)
    }
}

/// One layer's part in the gradient of one map that it reads.
pub struct Part<'a> {
    /// The layer, or none where it pools.
    pub layer: Option<&'a Packed>,
    /// Number of the map among those that the layer reads.
    pub read: usize,
    /// Gradient of what the layer gives.
    pub above: &'a Maps,
    /// The map itself, which only a pooling or a ReLU looks at.
    pub map: Option<&'a Maps>,
    /// Whether the map is the outcome of a ReLU and this its last part: the sum then becomes 0 where the
    /// map is 0 or below.
    pub rectified: bool,
}

impl Part<'_> {
    /// The gradient of the map so far, with this part. `after` is shown finished rows, a few at a time,
    /// with where in the map they start and an extra of their own; the extras come out in order.
    pub fn add<T: Clone + Default + Send>(
        &self,
        total: Option<Maps>,
        buffers: &Buffers,
        after: impl Fn(usize, &[f32], &mut T) + Sync,
    ) -> (Maps, Vec<T>) {
        match (self.layer, total) {
            (None, total) => self.add_pooled(total, buffers, after),
            (Some(layer), None) => {
                let rows = layer.back.output_size(self.above.size())[0];
                let mut extras = vec![T::default(); rows];
                let ends = Ends { positive: self.map.filter(|_| self.rectified), ..PLAIN };
                let sources = [(self.above, &layer.backward[self.read])];
                let maps =
                    convolve_rows(layer.back, &sources, ends, buffers, &mut extras, |y, row, extra| {
                        after(y * row.len(), row, extra);
                    });
                (maps, extras)
            }
            (Some(layer), Some(mut total)) => {
                let more = convolve(layer.back, &[(self.above, &layer.backward[self.read])], PLAIN, buffers);
                let extras = self.add_up(&mut total, &more, after);
                (total, extras)
            }
        }
    }

    fn add_pooled<T: Clone + Default + Send>(
        &self,
        total: Option<Maps>,
        buffers: &Buffers,
        after: impl Fn(usize, &[f32], &mut T) + Sync,
    ) -> (Maps, Vec<T>) {
        let Some(map) = self.map else {
            unreachable!("a map that is pooled is kept");
        };
        let mut total = total.unwrap_or_else(|| {
            let mut nothing = Maps::new(map.size(), map.slices, map.channels, buffers);
            nothing.values.fill(0.0);
            nothing
        });
        let mut extras = vec![T::default(); total.height / 2];
        let length = 2 * total.row();
        let after = |pair: usize, rows: &[f32], extra: &mut T| after(pair * length, rows, extra);
        if self.rectified {
            add_gradient::<true, _>(&mut total, self.above, map, &mut extras, after);
        } else {
            add_gradient::<false, _>(&mut total, self.above, map, &mut extras, after);
        }
        (total, extras)
    }

    fn add_up<T: Clone + Default + Send>(
        &self,
        total: &mut Maps,
        more: &Maps,
        after: impl Fn(usize, &[f32], &mut T) + Sync,
    ) -> Vec<T> {
        let mut extras = vec![T::default(); total.height];
        let length = total.row();
        let rows = total.values.par_chunks_mut(length).zip(more.values.par_chunks(length));
        rows.zip(&mut extras).enumerate().for_each(|(y, ((row, more), extra))| {
            row.iter_mut().zip(more).for_each(|(total, more)| *total += more);
            if let Some(map) = self.map.filter(|_| self.rectified) {
                for (total, map) in row.iter_mut().zip(&map.values[y * length..]) {
                    *total = if *map <= 0.0 { 0.0 } else { *total };
                }
            }
            after(y * length, row, extra);
        });
        extras
    }
}
