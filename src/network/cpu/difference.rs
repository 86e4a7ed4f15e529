//! The second half of a map's channels less the first half, and its gradient.

use crate::network::cpu::maps::{Buffers, Maps};

/// The difference of `maps`, which have half as many channels.
pub fn difference(maps: &Maps, buffers: &Buffers) -> Maps {
    let half = maps.channels / 2;
    let mut output = Maps::new(maps.size(), maps.slices, half, buffers);
    for (output, channels) in output.values.chunks_exact_mut(half).zip(maps.values.chunks_exact(2 * half)) {
        let (first, second) = channels.split_at(half);
        output.iter_mut().zip(first.iter().zip(second)).for_each(|(value, (a, b))| *value = b - a);
    }
    output
}

/// The gradient of what [`difference`] read, from that of what it gave.
pub fn difference_gradient(gradient: &Maps, buffers: &Buffers) -> Maps {
    let half = gradient.channels;
    let mut output = Maps::new(gradient.size(), gradient.slices, 2 * half, buffers);
    for (output, value) in output.values.chunks_exact_mut(2 * half).zip(gradient.values.chunks_exact(half)) {
        let (first, second) = output.split_at_mut(half);
        first.iter_mut().zip(value).for_each(|(place, value)| *place = -value);
        second.copy_from_slice(value);
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slice_gives_its_second_channel_less_its_first() {
        let buffers = Buffers::default();
        let mut maps = Maps::new([1, 2], 2, 2, &buffers);
        maps.values.copy_from_slice(&[1.0, 3.0, 10.0, 5.0, 0.5, 0.25, 7.0, 7.0]);
        let found = difference(&maps, &buffers);
        assert_eq!((found.channels, found.values.as_slice()), (1, [2.0, -5.0, -0.25, 0.0].as_slice()));
        let gradient = difference_gradient(&found, &buffers);
        assert_eq!(gradient.values, [-2.0, 2.0, 5.0, -5.0, 0.25, -0.25, -0.0, 0.0]);
    }
}
