//! Slices of a volume as a network sees them: cut, scaled, padded, put together again, and the overlap of
//! two masks on them.

mod distance_transform;
pub mod overlap;
pub mod slices;
pub mod surface_distance;
