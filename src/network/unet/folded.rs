//! What need not be computed apart in a network that is only used. A batch norm folds into the convolution
//! before it: `gamma (w x + b - mean) / sqrt(variance + epsilon) + beta` is a convolution too; so is a
//! difference: `(w2 x + b2) - (w1 x + b1)`.

use crate::network::arrays::{Array, Arrays, known};
use crate::network::layer::{Kind, Then};
use crate::network::plan::{EPSILON, Plan, Role};

/// The arrays of `plan`'s [`folded`](Plan::folded) network from its own, which `arrays` holds.
pub fn fold(plan: &Plan, arrays: &Arrays) -> Arrays {
    let parameters = plan.folded().parameters();
    let mut folded: Arrays =
        parameters.into_iter().map(|p| (p.name.clone(), known(arrays, &p.name).clone())).collect();
    for layer in plan.layers() {
        let Kind::Convolution { then, .. } = &layer.kind else {
            continue;
        };
        match then {
            Then::BatchNormRelu { norm } => fold_batch_norm(&layer.name, norm, arrays, &mut folded),
            Then::Difference => fold_difference(&layer.name, &mut folded),
            Then::Nothing | Then::Relu | Then::GroupNormRelu { .. } => {}
        }
    }
    folded
}

/// Folds the batch norm called `norm`, of which `arrays` holds the values, into the convolution called `name`.
fn fold_batch_norm(name: &str, norm: &str, arrays: &Arrays, folded: &mut Arrays) {
    let values = |role: Role| &known(arrays, &role.of(norm)).values;
    let (gamma, beta) = (values(Role::Gamma), values(Role::Beta));
    let (mean, variance) = (values(Role::RunningMean), values(Role::RunningVariance));
    let factors: Vec<f32> =
        gamma.iter().zip(variance).map(|(gamma, variance)| gamma / (variance + EPSILON).sqrt()).collect();
    if let Some(array) = folded.get_mut(&Role::Weight.of(name)) {
        let each = array.values.len() / factors.len();
        for (weights, factor) in array.values.chunks_exact_mut(each).zip(&factors) {
            weights.iter_mut().for_each(|weight| *weight *= factor);
        }
    }
    if let Some(array) = folded.get_mut(&Role::Bias.of(name)) {
        for (channel, bias) in array.values.iter_mut().enumerate() {
            *bias = (*bias - mean[channel]) * factors[channel] + beta[channel];
        }
    }
}

/// Leaves of the convolution called `name` the second half of its outputs less the first.
fn fold_difference(name: &str, folded: &mut Arrays) {
    for role in [Role::Weight, Role::Bias] {
        if let Some(Array { shape, values }) = folded.get_mut(&role.of(name)) {
            let second = values.split_off(values.len() / 2);
            values.iter_mut().zip(second).for_each(|(value, second)| *value = second - *value);
            shape[0] /= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::layer::Window;

    #[test]
    fn a_difference_is_that_of_weights_and_of_biases() {
        let mut plan = Plan::of_images(2);
        plan.convolution("head", &[0], 1, Window::One, Then::Difference);
        let array =
            |shape: &[usize], values: &[f32]| Array { shape: shape.to_vec(), values: values.to_vec() };
        let arrays: Arrays = [
            ("head.weight".to_string(), array(&[2, 2, 1, 1], &[1.0, 2.0, 5.0, 9.0])),
            ("head.bias".to_string(), array(&[2], &[0.5, -0.25])),
        ]
        .into();
        let expected: Arrays = [
            ("head.weight".to_string(), array(&[1, 2, 1, 1], &[4.0, 7.0])),
            ("head.bias".to_string(), array(&[1], &[-0.75])),
        ]
        .into();
        assert_eq!(fold(&plan, &arrays), expected);
    }
}
