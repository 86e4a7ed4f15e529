//! Networks: what is computed from weights, on our own kernels ([`cpu`]) or through burn ([`unet`]), at a
//! [`device`]; [`chunked`] runs many slices side by side.

pub mod chunked;
pub mod cpu;
pub mod device;
pub mod tensors;
pub mod unet;
