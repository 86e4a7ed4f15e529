//! Slices of a volume as a network sees them: cut, scaled, padded, put together again; which of their pixels
//! count, which are foreground, and the overlap of two masks on them.

pub mod affine;
pub mod assemble;
pub mod axes;
pub mod cut;
pub(crate) mod distance_transform;
pub mod gather;
pub mod geometry;
pub mod overlap;
pub mod predicted;
pub mod region;
pub mod resample;
pub mod scale;
pub mod scale_method;
pub mod slice;
pub mod slice_axis;
pub mod slicing;
pub mod spacing;
pub mod surface_distance;
pub mod truth;
pub mod voxel_grid;
