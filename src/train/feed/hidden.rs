//! Hiding pixels of a slice, and the pixels that a network looks at most.

use crate::image::slice::Slice;
use crate::saliency::positions::Positions;

/// Sets `pixels` to 0, what padding is, in every channel.
pub(super) fn hide(slice: &mut Slice, pixels: &[usize]) {
    let plane = slice.mask.len();
    for channel in 0..slice.channels() {
        pixels.iter().for_each(|pixel| slice.image[channel * plane + pixel] = 0.0);
    }
}

/// The pixels of known label by their gradient in `map`, its absolute values summed over channels: a `share` of them
/// (rounded, halves up) with the highest, and the rest. Equal ones by their index.
pub(super) fn by_gradient(slice: &Slice, map: &[f32], share: f64) -> (Vec<usize>, Vec<usize>) {
    let positions = Positions::of(map, slice.mask.len());
    let mut pixels: Vec<(f32, usize)> =
        slice.pixels().map(|pixel| (positions.magnitude(pixel), pixel)).collect();
    pixels.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let count = (share * pixels.len() as f64).round() as usize;
    let (high, low) = pixels.split_at(count.min(pixels.len()));
    let indices = |part: &[(f32, usize)]| part.iter().map(|&(_, pixel)| pixel).collect();
    (indices(high), indices(low))
}

/// Each slice with its map: the part of `maps` that lies where its image does among the images.
pub(super) fn with_maps<'a>(
    slices: &'a mut [Slice],
    maps: &'a [f32],
) -> impl Iterator<Item = (&'a mut Slice, &'a [f32])> {
    let mut rest = maps;
    slices.iter_mut().map(move |slice| {
        let (map, behind) = rest.split_at(slice.image.len());
        rest = behind;
        (slice, map)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;

    #[test]
    fn pixels_are_parted_by_their_absolute_gradient_over_channels() {
        // Of 2 x 4 pixels the right three columns are scanned, one of unknown label.
        let region = Region { top: 0, left: 1, height: 2, width: 3, row: 4 };
        let (image, mask) = (vec![0.5; 16], vec![false; 8]);
        let slice = Slice { volume: 0, depth: 0, region, image, mask, ignored: vec![7] };
        let first = [9.0, 0.1, -3.0, 0.0, 9.0, 1.0, 1.0, 9.0];
        let second = [0.0, 0.0, 1.0, 2.5, 0.0, -1.0, 1.0, 0.0];
        let map = [first, second].concat();
        // 4.0 at 2, 2.5 at 3, 2.0 at 5 and 6, 0.1 at 1.
        for (share, high) in [(0.0, 0), (0.3, 2), (0.29, 1), (0.6, 3), (1.0, 5)] {
            let parts = by_gradient(&slice, &map, share);
            assert_eq!([parts.0.as_slice(), &parts.1].concat(), [2, 3, 5, 6, 1]);
            assert_eq!(parts.0.len(), high, "{share}");
        }
    }
}
