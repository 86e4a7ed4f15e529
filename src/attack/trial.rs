//! One trial on one slice: what an attack may look at, and its random numbers. Those are named by seed,
//! volume, slice and trial, not by network, so that every network of a seed meets the same draws and arms are
//! paired.

use crate::image::slice::Slice;
use crate::random::stream;
use crate::saliency::positions::Positions;
use rand_chacha::ChaCha8Rng;

/// A trial on a slice.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// The slice.
    pub slice: &'a Slice,
    /// Its saliency map: a plane for each channel in turn, signed, row-major. Empty where the attack knows none.
    pub saliency: &'a [f32],
    /// Id of its volume.
    pub volume: &'a str,
    /// Names the seed.
    pub seed: &'a str,
    /// Number of the trial, from 0.
    pub number: usize,
}

impl<'a> Trial<'a> {
    /// The saliency map by position.
    pub fn positions(&self) -> Positions<'a> {
        Positions::of(self.saliency, self.slice.mask.len())
    }

    /// Number of pixels that may be changed.
    pub fn area(&self) -> usize {
        self.slice.region.area() - self.slice.ignored.len()
    }

    /// Whether `pixel` may be changed: it was scanned, and its true label is known.
    pub fn allows(&self, pixel: usize) -> bool {
        self.slice.region.contains(pixel) && self.slice.ignored.binary_search(&pixel).is_err()
    }

    /// Random numbers for one purpose.
    pub fn stream(&self, purpose: &str) -> ChaCha8Rng {
        let (depth, number) = (self.slice.depth.to_string(), self.number.to_string());
        stream(&[self.seed, purpose, self.volume, &depth, &number])
    }

    /// Appends the slice's image to `images`, its pixels in `order` replaced by `values`, one each, in every
    /// channel.
    pub fn replace(&self, order: &[usize], values: &[f32], images: &mut Vec<f32>) {
        let start = images.len();
        images.extend_from_slice(&self.slice.image);
        let plane = self.slice.mask.len();
        for (&pixel, &value) in order.iter().zip(values) {
            for channel in 0..self.slice.channels() {
                images[start + channel * plane + pixel] = value;
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::image::region::Region;

    /// A slice of 4 x 5 pixels of which 2 x 3 were scanned: those of indices 6, 7, 8, 11, 12, 13.
    pub fn slice(mask: [bool; 20]) -> Slice {
        let region = Region { top: 1, left: 1, height: 2, width: 3, row: 5 };
        let image = (0..20).map(|pixel| 0.01 * pixel as f32).collect();
        Slice { volume: 0, depth: 3, region, image, mask: mask.to_vec(), ignored: Vec::new() }
    }

    /// Its image with other values at some pixels.
    pub fn changed(slice: &Slice, changes: &[(usize, f32)]) -> Vec<f32> {
        let mut image = slice.image.clone();
        changes.iter().for_each(|&(pixel, value)| image[pixel] = value);
        image
    }

    pub fn trial<'a>(slice: &'a Slice, saliency: &'a [f32], seed: &'a str) -> Trial<'a> {
        Trial { slice, saliency, volume: "volume", seed, number: 0 }
    }

    #[test]
    fn a_replaced_pixel_is_replaced_in_every_channel() {
        let mut slice = slice([false; 20]);
        slice.image = [vec![0.1; 20], vec![0.2; 20]].concat();
        let mut images = Vec::new();
        trial(&slice, &[], "0").replace(&[7], &[0.9], &mut images);
        let changed: Vec<usize> = (0..40).filter(|&place| images[place] == 0.9).collect();
        assert_eq!(changed, [7, 27]);
    }

    #[test]
    fn draws_differ_by_what_names_them() {
        use rand::RngExt;
        let slice = slice([false; 20]);
        let first = |trial: Trial, purpose: &str| trial.stream(purpose).random::<u64>();
        let one = trial(&slice, &[], "0");
        assert_eq!(first(one, "values"), first(one, "values"));
        let others = [
            first(one, "random"),
            first(Trial { seed: "1", ..one }, "values"),
            first(Trial { volume: "other", ..one }, "values"),
            first(Trial { number: 1, ..one }, "values"),
        ];
        assert!(others.iter().all(|other| *other != first(one, "values")));
    }
}
