//! One padded slice with its true mask.

use crate::image::overlap::Overlap;
use crate::image::predicted::is_foreground;
use crate::image::region::Region;

/// One padded slice. Rows run along x, columns along y.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Index into the volumes that the slices were cut from.
    pub volume: usize,
    /// Depth index z.
    pub depth: usize,
    /// The scanned part.
    pub region: Region,
    /// Scaled intensities: for each channel in turn a plane of `height * width` values, row-major, 0 in the
    /// padding.
    pub image: Vec<f32>,
    /// Which pixels are foreground, one plane in the same order.
    pub mask: Vec<bool>,
    /// Scanned pixels whose true label is not known, as ascending indices into `mask`: neither attacked nor
    /// scored, and false in `mask`.
    pub ignored: Vec<usize>,
}

impl Slice {
    /// Number of channels of the image.
    pub fn channels(&self) -> usize {
        self.image.len().checked_div(self.mask.len()).unwrap_or(1)
    }

    /// Whether any pixel is foreground.
    pub fn has_foreground(&self) -> bool {
        self.mask.contains(&true)
    }

    /// Indices of the pixels that are attacked and scored, ascending: the scanned ones but for those to ignore.
    pub fn pixels(&self) -> impl Iterator<Item = usize> {
        self.region.without(&self.ignored)
    }

    /// Overlap of the mask that `logits` predict with the true one, over [`Self::pixels`] alone.
    pub fn score(&self, logits: &[f32]) -> Overlap {
        let mut overlap = Overlap::default();
        for pixel in self.pixels() {
            overlap.count(is_foreground(logits[pixel]), self.mask[pixel]);
        }
        overlap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_pixels_and_padding_are_not_scored() {
        let region = Region { top: 0, left: 0, height: 1, width: 4, row: 5 };
        let slice = Slice {
            volume: 0,
            depth: 0,
            region,
            image: vec![0.0; 10],
            mask: vec![true, true, false, false, false],
            ignored: vec![3],
        };
        assert_eq!(slice.channels(), 2);
        // Right, missed, too much, ignored, padding.
        let overlap = slice.score(&[1.0, -1.0, 1.0, 1.0, 1.0]);
        assert_eq!(overlap, Overlap { intersection: 1.0, predicted: 2.0, truth: 2.0 });
    }
}
