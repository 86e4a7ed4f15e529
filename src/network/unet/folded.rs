//! Batch norm folded into the convolution before it, for a network that is only used:
//! `gamma (w x + b - mean) / sqrt(variance + epsilon) + beta` is a convolution too.

use crate::network::unet::weights::{Array, Weights};
use std::collections::BTreeMap;

/// Added to a variance before its root is taken, as in burn and PyTorch.
pub const EPSILON: f32 = 1e-5;

/// Weights and biases of every convolution, by the names of [`Weights`], batch norm folded in.
pub fn fold(weights: &Weights) -> BTreeMap<String, Array> {
    let tensors = weights.config().tensors();
    let of = |name: &str| match weights.get(name) {
        Some(array) => array,
        None => unreachable!("weights are checked against their configuration: {name}"),
    };
    let mut folded: BTreeMap<String, Array> = tensors
        .iter()
        .filter(|(name, _)| !name.contains(".norm"))
        .map(|(name, _)| (name.clone(), of(name).clone()))
        .collect();
    for (name, _) in tensors.iter().filter(|(name, _)| name.contains(".norm") && name.ends_with(".weight")) {
        let norm = name.trim_end_matches("weight");
        let conv = norm.replace(".norm", ".conv");
        let values = |part: &str| &of(&format!("{norm}{part}")).values;
        let (gamma, beta) = (values("weight"), values("bias"));
        let (mean, variance) = (values("running_mean"), values("running_var"));
        let factors: Vec<f32> =
            gamma.iter().zip(variance).map(|(gamma, variance)| gamma / (variance + EPSILON).sqrt()).collect();
        if let Some(array) = folded.get_mut(&format!("{conv}weight")) {
            let each = array.values.len() / factors.len();
            for (weights, factor) in array.values.chunks_exact_mut(each).zip(&factors) {
                weights.iter_mut().for_each(|weight| *weight *= factor);
            }
        }
        if let Some(array) = folded.get_mut(&format!("{conv}bias")) {
            for (channel, bias) in array.values.iter_mut().enumerate() {
                *bias = (*bias - mean[channel]) * factors[channel] + beta[channel];
            }
        }
    }
    folded
}
