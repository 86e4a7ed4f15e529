//! Putting a volume together again from its slices.

use crate::image::region::Region;

/// The inverse of [`cut`](crate::image::cut::cut) for one channel: voxels of a volume, x fastest, from its
/// padded planes, one a depth.
pub fn assemble(shape: [usize; 3], region: &Region, planes: &[Vec<f32>]) -> Vec<f32> {
    let [x, y, depth] = shape;
    let mut voxels = vec![0.0; x * y * depth];
    for (z, plane) in planes.iter().enumerate().take(depth) {
        for (index, pixel) in region.pixels().enumerate() {
            voxels[index / y + x * (index % y + y * z)] = plane[pixel];
        }
    }
    voxels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::cut::cut;

    #[test]
    fn assembling_undoes_cutting() {
        let (shape, voxels) = ([2, 3, 2], (0..12).map(|v| v as f32).collect::<Vec<_>>());
        let (region, images) = cut(shape, &voxels, [16, 8]);
        assert_eq!(assemble(shape, &region, &images), voxels);
    }
}
