//! Saliency: the gradient of a scalar of the network's output ([`output`]) with respect to the input.

pub mod output;
pub mod positions;

pub use output::{OUTPUTS, Output, find};
