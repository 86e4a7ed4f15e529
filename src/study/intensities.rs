//! What the networks of a study see: intensities of its training slices after scaling.

use crate::data::DataError;
use crate::data::stored_slices::StoredSlices;
use serde::Serialize;

/// Slices that are looked at, evenly spaced.
const SLICES: usize = 200;

/// Scanned pixels of one channel, in the units that attacks replace pixels in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Intensities {
    /// Smallest.
    pub least: f32,
    /// Share of pixels below: 1, 50 and 99 of 100.
    pub percentiles: [f32; 3],
    /// Share of pixels below: 1, 2 and 3 quarters.
    pub quartiles: [f32; 3],
    /// Largest.
    pub most: f32,
}

/// Those of each channel of `slices`, and the foreground's share of their scanned pixels.
///
/// # Errors
/// [`DataError`] where a slice cannot be read.
pub fn intensities(slices: &StoredSlices) -> Result<(Vec<Intensities>, f64), DataError> {
    let step = slices.len().div_ceil(SLICES).max(1);
    let mut values = vec![Vec::new(); slices.channels()];
    let (mut foreground, mut scanned) = (0, 0);
    for number in (0..slices.len()).step_by(step) {
        let slice = slices.get(number)?;
        let plane = slice.mask.len();
        for (channel, values) in values.iter_mut().enumerate() {
            values.extend(slice.pixels().map(|pixel| slice.image[channel * plane + pixel]));
        }
        foreground += slice.pixels().filter(|&pixel| slice.mask[pixel]).count();
        scanned += slice.pixels().count();
    }
    let share = foreground as f64 / scanned.max(1) as f64;
    Ok((values.into_iter().filter_map(of_channel).collect(), share))
}

fn of_channel(mut values: Vec<f32>) -> Option<Intensities> {
    values.sort_by(f32::total_cmp);
    let at = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
    let (least, most) = (*values.first()?, *values.last()?);
    let (percentiles, quartiles) = ([0.01, 0.5, 0.99].map(at), [0.25, 0.5, 0.75].map(at));
    Some(Intensities { least, percentiles, quartiles, most })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;
    use crate::image::slice::Slice;

    #[test]
    fn only_scanned_pixels_count_and_percentiles_are_of_them() -> anyhow::Result<()> {
        // Two channels of 101 scanned pixels in a row, among padding of 7.
        let mut image = vec![7.0; 2 * 3 * 103];
        let mut mask = vec![false; 3 * 103];
        for place in 0..101 {
            let pixel = 103 + 1 + place;
            image[pixel] = place as f32;
            image[3 * 103 + pixel] = -(place as f32);
            mask[pixel] = place < 25;
        }
        let region = Region { top: 1, left: 1, height: 1, width: 101, row: 103 };
        let slice = Slice { volume: 0, depth: 0, image, mask, region, ignored: Vec::new() };
        let (channels, share) = intensities(&StoredSlices::at_hand(&[slice], [3, 103])?)?;
        let first = Intensities {
            least: 0.0,
            percentiles: [1.0, 50.0, 99.0],
            quartiles: [25.0, 50.0, 75.0],
            most: 100.0,
        };
        let second = Intensities {
            least: -100.0,
            percentiles: [-99.0, -50.0, -1.0],
            quartiles: [-75.0, -50.0, -25.0],
            most: 0.0,
        };
        assert_eq!((channels, share), (vec![first, second], 25.0 / 101.0));
        Ok(())
    }
}
