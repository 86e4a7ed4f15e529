//! Planned networks on processor cores, in our own kernels: what burn computes, several times faster. It
//! is there because attack sweeps are what this program spends its life on, and burn's processor backends
//! spend most of a pass moving data.
//!
//! [`Frozen`] uses a network whose batch norm is folded into the convolutions: logits, gradients by the
//! images and by layers, and gradients by rules of passing ReLUs. [`Trainer`] trains one. Both walk a [`Plan`](crate::network::plan::Plan). Feature
//! maps lie as `[height][width][slice][channel]` (`maps`), every convolution is one operation
//! (`convolution`) on one kernel (`kernel`). Results have the same bits on any number of threads and with
//! any vector width; the tests hold them against burn and PyTorch.

pub(in crate::network) mod adam;
mod batch_norm;
mod convolution;
mod difference;
mod frozen;
mod frozen_layer;
mod group_norm;
mod kernel;
mod lanes;
mod maps;
mod norm;
mod normed;
mod packed;
mod pooling;
mod product;
mod ruled;
mod taps;
mod trainer;
mod unrolled;
mod winograd;

pub use frozen::Frozen;
pub use trainer::Trainer;
