//! Feature maps of several slices, and the buffers they live in.

use std::sync::{Arc, Mutex, PoisonError};

/// Feature maps, `[height][width][slice][channel]`: the channels of one slice at one position lie side by
/// side, and so do the slices, which lets a kernel reuse each weight for all of them.
pub struct Maps {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Slices.
    pub slices: usize,
    /// Channels.
    pub channels: usize,
    /// The values.
    pub values: Vec<f32>,
    buffers: Buffers,
}

/// Buffers of finished maps, for the next ones: fresh memory from the system costs more than filling it.
#[derive(Clone, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<f32>>>>);

impl Buffers {
    /// `length` values, whatever they hold.
    fn take(&self, length: usize) -> Vec<f32> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |buffer: &Vec<f32>| (length..=2 * length).contains(&buffer.capacity());
        let mut buffer = match free.iter().rposition(fits) {
            Some(index) => free.swap_remove(index),
            None => Vec::with_capacity(length),
        };
        drop(free);
        buffer.resize(length, 0.0);
        buffer
    }
}

impl Maps {
    /// Maps of `[height, width]`, whatever they hold.
    pub fn new([height, width]: [usize; 2], slices: usize, channels: usize, buffers: &Buffers) -> Self {
        let values = buffers.take(height * width * slices * channels);
        Self { height, width, slices, channels, values, buffers: buffers.clone() }
    }

    /// A run of `length` values, whatever they hold.
    pub fn flat(length: usize, buffers: &Buffers) -> Self {
        Self::new([1, 1], 1, length, buffers)
    }

    /// From images laid end to end, `[slice][channel][height][width]`.
    pub fn from_images(images: &[f32], channels: usize, size: [usize; 2], buffers: &Buffers) -> Self {
        let pixels = size[0] * size[1];
        let mut maps = Self::new(size, images.len() / (channels * pixels), channels, buffers);
        let position = maps.position();
        for (plane, image) in images.chunks_exact(pixels).enumerate().take(position) {
            for (place, value) in maps.values[plane..].iter_mut().step_by(position).zip(image) {
                *place = *value;
            }
        }
        maps
    }

    /// The inverse of [`Self::from_images`].
    pub fn to_images(&self) -> Vec<f32> {
        let position = self.position();
        (0..position).flat_map(|plane| self.values[plane..].iter().step_by(position).copied()).collect()
    }

    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Values of one position: all slices, all channels.
    pub fn position(&self) -> usize {
        self.slices * self.channels
    }

    /// Sum of each channel over all positions and slices: over a row in single precision, over rows in double.
    pub fn channel_sums(&self) -> Vec<f32> {
        let mut total = vec![0.0_f64; self.channels];
        for row in self.values.chunks_exact(self.row()) {
            let mut sums = vec![0.0_f32; self.channels];
            for values in row.chunks_exact(self.channels) {
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += f64::from(sum));
        }
        total.into_iter().map(|sum| sum as f32).collect()
    }

    /// Values of one row.
    pub fn row(&self) -> usize {
        self.width * self.position()
    }
}

impl Drop for Maps {
    fn drop(&mut self) {
        let mut free = self.buffers.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(std::mem::take(&mut self.values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_come_back_as_they_went_in() {
        let images: Vec<f32> = (0..24).map(|value| value as f32).collect();
        let maps = Maps::from_images(&images, 1, [2, 4], &Buffers::default());
        assert_eq!((maps.slices, maps.position(), maps.row()), (3, 3, 12));
        assert_eq!(maps.values[..4], [0.0, 8.0, 16.0, 1.0]);
        assert_eq!(maps.to_images(), images);

        // Two slices of three channels: the channels of a slice lie side by side.
        let maps = Maps::from_images(&images, 3, [2, 2], &Buffers::default());
        assert_eq!((maps.slices, maps.channels, maps.position()), (2, 3, 6));
        assert_eq!(maps.values[..7], [0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 1.0]);
        assert_eq!(maps.to_images(), images);
    }

    #[test]
    fn channels_are_added_up() {
        let mut maps = Maps::new([2, 1], 2, 2, &Buffers::default());
        maps.values.copy_from_slice(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 4.0, 40.0]);
        assert_eq!(maps.channel_sums(), [10.0, 100.0]);
    }

    #[test]
    fn a_buffer_is_used_again_and_has_the_asked_length() {
        let buffers = Buffers::default();
        drop(Maps::new([4, 4], 2, 2, &buffers));
        let maps = Maps::new([4, 4], 2, 1, &buffers);
        assert_eq!((maps.values.len(), maps.values.capacity()), (32, 64));
        assert!(buffers.0.lock().is_ok_and(|free| free.is_empty()));
    }
}
