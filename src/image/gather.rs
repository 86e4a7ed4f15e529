//! Slices laid end to end, as networks take them.

use crate::image::slice::Slice;

/// Images and masks of slices laid end to end: images channel by channel, masks as 0 and 1.
pub fn gather(slices: &[Slice]) -> (Vec<f32>, Vec<f32>) {
    let (mut images, mut targets) = (Vec::new(), Vec::new());
    for slice in slices {
        images.extend_from_slice(&slice.image);
        targets.extend(slice.mask.iter().map(|&inside| f32::from(u8::from(inside))));
    }
    (images, targets)
}
