//! NIfTI-1 images and labels: one file, one channel, 2-D or 3-D, plain or gzipped.
//!
//! Reading checks every header field that decides a size before it allocates, never decodes more
//! than the header promises, and refuses what the benchmark cannot use with one line. Writing
//! keeps the source's place in space, so that a viewer lays a result over its scan.

mod read;
mod write;

pub use read::{read_image, read_label};
pub use write::{Voxels, plain_header, write_like};

pub use ::nifti::NiftiHeader;

/// The most voxels that a file may declare.
pub const MAX_VOXELS: usize = 1 << 28;

/// A decoded file: intensities as `f32`, or labels as `u8`.
#[derive(Clone, Debug)]
pub struct Image<T = f32> {
    /// Voxels along x, y and z. A 2-D file has depth 1; the single channel of a 4-D file is left out.
    pub shape: [usize; 3],
    /// Values after slope and intercept, x fastest: voxel (x, y, z) is at `x + X * (y + Y * z)`.
    pub voxels: Vec<T>,
    /// The header as read, for writing results that lie in the same place.
    pub header: NiftiHeader,
}

/// Reads the spatial shape out of a header's `dim`, and checks it.
///
/// # Errors
/// What is wrong with the dimensions, without the file's name.
fn shape_of(header: &NiftiHeader) -> Result<[usize; 3], String> {
    let rank = usize::from(header.dim[0]);
    if !(2..=7).contains(&rank) {
        return Err(format!("has {rank} dimensions; use a 2-D or 3-D image, or 4-D with one channel"));
    }
    let mut sizes = [1usize; 7];
    for (axis, (size, &raw)) in sizes.iter_mut().zip(&header.dim[1..]).take(rank).enumerate() {
        // The standard's field is signed; the crate shows its bits as unsigned.
        let signed = raw.cast_signed();
        *size = usize::try_from(signed).ok().filter(|&n| n > 0).ok_or_else(|| {
            format!("dim[{}] should be at least 1, but is {signed}; the header is damaged", axis + 1)
        })?;
    }
    let [x, y, z, further @ ..] = sizes;
    if further.iter().any(|&n| n != 1) {
        let shown: Vec<String> = sizes.iter().take(rank).map(usize::to_string).collect();
        return Err(format!(
            "has several channels or time points ({}); extract one of them as a 3-D file",
            shown.join(" x ")
        ));
    }
    match x.checked_mul(y).and_then(|n| n.checked_mul(z)) {
        Some(n) if n <= MAX_VOXELS => Ok([x, y, z]),
        _ => Err(format!("declares {x} x {y} x {z} voxels, more than the limit of {MAX_VOXELS}; crop it")),
    }
}
