//! Batch norm folded into the convolution before it, for a network that is only used:
//! `gamma (w x + b - mean) / sqrt(variance + epsilon) + beta` is a convolution too.

use crate::network::arrays::{Arrays, known};
use crate::network::plan::{EPSILON, Kind, Plan, Role, Then};

/// The arrays of `plan`'s [`folded`](Plan::folded) network from its own, which `arrays` holds.
pub fn fold(plan: &Plan, arrays: &Arrays) -> Arrays {
    let parameters = plan.folded().parameters();
    let mut folded: Arrays =
        parameters.into_iter().map(|p| (p.name.clone(), known(arrays, &p.name).clone())).collect();
    for layer in plan.layers() {
        let Kind::Convolution { then: Then::NormRelu { norm }, .. } = &layer.kind else {
            continue;
        };
        let values = |role: Role| &known(arrays, &role.of(norm)).values;
        let (gamma, beta) = (values(Role::Gamma), values(Role::Beta));
        let (mean, variance) = (values(Role::RunningMean), values(Role::RunningVariance));
        let factors: Vec<f32> =
            gamma.iter().zip(variance).map(|(gamma, variance)| gamma / (variance + EPSILON).sqrt()).collect();
        if let Some(array) = folded.get_mut(&Role::Weight.of(&layer.name)) {
            let each = array.values.len() / factors.len();
            for (weights, factor) in array.values.chunks_exact_mut(each).zip(&factors) {
                weights.iter_mut().for_each(|weight| *weight *= factor);
            }
        }
        if let Some(array) = folded.get_mut(&Role::Bias.of(&layer.name)) {
            for (channel, bias) in array.values.iter_mut().enumerate() {
                *bias = (*bias - mean[channel]) * factors[channel] + beta[channel];
            }
        }
    }
    folded
}
