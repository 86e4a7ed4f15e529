//! NIfTI-1 images and labels: one file, 2-D, 3-D, or 4-D with channels along the fourth axis, plain or
//! gzipped.
//!
//! Reading checks every header field that decides a size before it allocates, never decodes more
//! than the header promises, and refuses what the benchmark cannot use with one line. Writing
//! keeps the source's place in space, so that a viewer lays a result over its scan.

mod ending;
mod image;
mod place;
mod read;
mod write;

pub use ending::{is_gzip, stem, without};
pub use image::{Image, MAX_VOXELS};
pub use place::{Affine, Match, doubt, grid_of, matched};
pub use read::{read_image, read_label};
pub use write::{Voxels, plain_header, write_like};

pub use ::nifti::NiftiHeader;
