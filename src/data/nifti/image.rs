//! A decoded file, and the dimensions that a header declares.

use ::nifti::NiftiHeader;

/// The most voxels that a file may declare, all channels together.
pub const MAX_VOXELS: usize = 1 << 28;

/// A decoded file: intensities as `f32`, or labels as `u8`.
#[derive(Clone, Debug)]
pub struct Image<T = f32> {
    /// Voxels along x, y and z. A 2-D file has depth 1.
    pub shape: [usize; 3],
    /// Values after slope and intercept, channels outermost, then x fastest: voxel (x, y, z) of channel c is at
    /// `x + X * (y + Y * (z + Z * c))`.
    pub voxels: Vec<T>,
    /// The header as read, for writing results that lie in the same place.
    pub header: NiftiHeader,
}

impl<T> Image<T> {
    /// Number of channels: the length of the fourth axis, 1 where there is none.
    pub fn channels(&self) -> usize {
        self.voxels.len().checked_div(self.shape.iter().product()).unwrap_or(1)
    }
}

/// Reads the spatial shape and the number of channels out of a header's `dim`, and checks them.
///
/// # Errors
/// What is wrong with the dimensions, without the file's name.
pub(super) fn dimensions(header: &NiftiHeader) -> Result<([usize; 3], usize), String> {
    let rank = usize::from(header.dim[0]);
    if !(2..=7).contains(&rank) {
        return Err(format!(
            "has {rank} dimensions; use a 2-D or 3-D image, or 4-D with channels along the fourth axis"
        ));
    }
    let mut sizes = [1usize; 7];
    for (axis, (size, &raw)) in sizes.iter_mut().zip(&header.dim[1..]).take(rank).enumerate() {
        // The standard's field is signed; the crate shows its bits as unsigned.
        let signed = raw.cast_signed();
        *size = usize::try_from(signed).ok().filter(|&n| n > 0).ok_or_else(|| {
            format!("dim[{}] should be at least 1, but is {signed}; the header is damaged", axis + 1)
        })?;
    }
    let [x, y, z, channels, further @ ..] = sizes;
    if further.iter().any(|&n| n != 1) {
        let shown: Vec<String> = sizes.iter().take(rank).map(usize::to_string).collect();
        return Err(format!(
            "has more than four dimensions ({}); put its channels along the fourth axis",
            shown.join(" x ")
        ));
    }
    match [y, z, channels].iter().try_fold(x, |n: usize, &size| n.checked_mul(size)) {
        Some(n) if n <= MAX_VOXELS => Ok(([x, y, z], channels)),
        _ => Err(format!(
            "declares {} voxels, more than the limit of {MAX_VOXELS}; crop it",
            sizes_text([x, y, z], channels)
        )),
    }
}

/// A shape for messages: `4 x 3 x 2`, with the number of channels where there are several.
pub(super) fn sizes_text([x, y, z]: [usize; 3], channels: usize) -> String {
    let several = if channels == 1 { String::new() } else { format!(" x {channels}") };
    format!("{x} x {y} x {z}{several}")
}
