//! Scaling intensities by a volume's own smallest and largest voxel.

/// The `channels` of an image, given by number and laid end to end, each scaled by its own smallest and largest
/// voxel, see [`scale`]. `voxels` holds all channels of the image, each of `size` voxels.
///
/// # Panics
/// Where the image has no channel of a number.
pub fn scale_channels(voxels: &[f32], size: usize, channels: &[usize], range: [f32; 2]) -> Vec<f32> {
    channels.iter().flat_map(|&channel| scale(&voxels[channel * size..][..size], range)).collect()
}

/// Scales voxels so that the smallest becomes `range[0]` and the largest `range[1]`. A constant volume
/// becomes `range[0]` throughout.
pub fn scale(voxels: &[f32], range: [f32; 2]) -> Vec<f32> {
    let (least, most) = voxels.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), &voxel| {
        (least.min(voxel), most.max(voxel))
    });
    // In f64, since the span of two finite f32 may not be a finite f32.
    let span = f64::from(most) - f64::from(least);
    let [low, high] = range.map(f64::from);
    let scaled = |voxel: f32| (low + (high - low) * (f64::from(voxel) - f64::from(least)) / span) as f32;
    voxels.iter().map(|&voxel| if span > 0.0 { scaled(voxel) } else { range[0] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_survives_extreme_and_constant_volumes() {
        assert_eq!(scale(&[-3.0e38, 3.0e38], [0.0, 0.2]), [0.0, 0.2]);
        assert_eq!(scale(&[7.0, 7.0], [0.1, 0.2]), [0.1, 0.1]);
    }

    #[test]
    fn each_channel_has_its_own_smallest_and_largest() {
        let voxels = [0.0, 50.0, 100.0, 1.0, 3.0, 2.0, 8.0, 8.0, 8.0];
        let scaled = scale_channels(&voxels, 3, &[1, 0, 2], [0.0, 2.0]);
        assert_eq!(scaled, [0.0, 2.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0]);
    }
}
