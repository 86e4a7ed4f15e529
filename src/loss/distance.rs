//! Distances of pixels from the boundary of a mask, slice by slice, in pixels.

use crate::image::distance_transform::nearest;

/// Distance of every pixel from the nearest pixel of the other side: of mask pixels from outside and of the others from the
/// mask, both above 0. Slices of `height` times `width` lie end to end; one without a boundary, all mask or none,
/// has 0 everywhere.
pub(super) fn from_other_side(mask: &[bool], [height, width]: [usize; 2]) -> Vec<f64> {
    mask.chunks(height * width)
        .flat_map(|slice| {
            let to = |side: bool| {
                let set: Vec<bool> = slice.iter().map(|&inside| inside == side).collect();
                nearest(&set, [1, height, width], [1.0; 3])
            };
            let (to_mask, to_outside) = (to(true), to(false));
            let farther = to_mask.into_iter().zip(to_outside).map(|(a, b)| a.max(b));
            farther.map(|squared| if squared.is_finite() { squared.sqrt() } else { 0.0 }).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_of_each_slice_and_none_without_a_boundary() {
        let mask = [0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1].map(|pixel| pixel == 1);
        let expected = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(from_other_side(&mask, [1, 4]), expected);
        let corner = [true, false, false, false, false, false].to_vec();
        assert_eq!(from_other_side(&corner, [2, 3]), [1.0, 1.0, 2.0, 1.0, 2f64.sqrt(), 5f64.sqrt()]);
    }
}
