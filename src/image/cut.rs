//! Cutting volumes into the 2-D slices that a network sees: along depth (z), zero-padded in width and height
//! to one size for all (the paper's section 3).

use crate::image::region::Region;

/// The smallest height and width that are multiples of `multiple` and hold slices of all these rows and columns.
pub fn padded_size(sides: &[[usize; 2]], multiple: usize) -> [usize; 2] {
    let side = |number: usize| sides.iter().map(|sides| sides[number]).fold(1, usize::max);
    [side(0).next_multiple_of(multiple), side(1).next_multiple_of(multiple)]
}

/// Cuts the voxels of one volume, x fastest and channels end to end, into padded images, one a depth, with
/// their common region. Each image holds a plane for each channel in turn. `size` (height, width) must hold
/// the volume. A [`Geometry`](crate::image::geometry::Geometry) brings other axes here.
pub fn cut<T: Copy + Default>(shape: [usize; 3], voxels: &[T], size: [usize; 2]) -> (Region, Vec<Vec<T>>) {
    let [x, y, depth] = shape;
    let [height, width] = size;
    let region = Region::centred([x, y], size);
    let channels: Vec<&[T]> = voxels.chunks_exact((x * y * depth).max(1)).collect();
    let images = (0..depth)
        .map(|z| {
            let mut image = vec![T::default(); channels.len() * height * width];
            for (plane, voxels) in image.chunks_exact_mut((height * width).max(1)).zip(&channels) {
                for (index, pixel) in region.pixels().enumerate() {
                    plane[pixel] = voxels[index / y + x * (index % y + y * z)];
                }
            }
            image
        })
        .collect();
    (region, images)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_padded_size_is_the_smallest_that_holds_all() {
        assert_eq!(padded_size(&[[31, 59], [43, 40]], 16), [48, 64]);
    }

    #[test]
    fn an_image_holds_a_plane_for_each_channel() {
        // Two channels of 2 x 2 x 2: voxel (x, y, z) of channel c is c * 8 + x + 2 y + 4 z, plus 1.
        let voxels: Vec<u8> = (1..=16).collect();
        let (region, images) = cut([2, 2, 2], &voxels, [2, 3]);
        assert_eq!((region.top, region.left), (0, 0));
        // Rows along x, columns along y, one column of padding.
        assert_eq!(images[0], [1, 3, 0, 2, 4, 0, 9, 11, 0, 10, 12, 0]);
        assert_eq!(images[1], [5, 7, 0, 6, 8, 0, 13, 15, 0, 14, 16, 0]);
    }
}
