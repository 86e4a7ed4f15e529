//! From weights and a device to a network ready to use or to train.

use crate::network::arrays::Arrays;
use crate::network::chunked::Predictor;
use crate::network::cpu::{Frozen, Trainer};
use crate::network::device::Device;
#[cfg(feature = "tch")]
use crate::network::libtorch;
use crate::network::plan::Plan;
use crate::network::unet::weights::Weights;
use crate::network::unet::{UNet, UNetLearner, fold};
use crate::network::{Learner, Network};

/// The network of `weights` on `device`, to be used.
pub fn network(weights: &Weights, device: &Device) -> Box<dyn Network> {
    if device.own_kernels {
        let plan = weights.config().plan();
        Box::new(Frozen::new(plan.folded(), &fold(&plan, weights.arrays())))
    } else {
        Box::new(UNet::from_weights(weights, &device.burn))
    }
}

/// [`network`], for slices of `size` (height, width: multiples of [`Network::multiple`]).
pub fn predictor(weights: &Weights, device: &Device, size: [usize; 2]) -> Predictor {
    Predictor::new(network(weights, device), device, size)
}

/// The network of `weights` on `device`, to be trained.
pub fn learner(weights: &Weights, device: &Device) -> Box<dyn Learner> {
    learner_of(weights.config().plan(), weights.arrays(), device)
}

/// The network of `plan`, which starts from `arrays`, on `device`, to be trained.
fn learner_of(plan: Plan, arrays: &Arrays, device: &Device) -> Box<dyn Learner> {
    if device.own_kernels {
        return Box::new(Trainer::new(plan, arrays));
    }
    #[cfg(feature = "tch")]
    if let Some(there) = libtorch::device(&device.name) {
        return Box::new(libtorch::Trainer::new(plan, arrays, there));
    }
    Box::new(UNetLearner::new(plan, arrays, &device.burn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::arrays::Array;
    use crate::network::device;
    use crate::network::layer::{Kind, Then, Window};
    use crate::network::plan::Role;
    use crate::network::{Layers, Rule};
    use approx::assert_relative_eq;

    const SIZE: [usize; 2] = [4, 6];
    const SLICES: usize = 3;

    /// No U-Net: maps with several readers with and without a norm, three maps of other widths read at once, the
    /// images among them, and two input channels. With batch norm; with group norm of a channel a group, some a
    /// group and all in one, and a difference; with neither.
    fn plans() -> [Plan; 3] {
        let batch = |norm: &str, _| Then::BatchNormRelu { norm: norm.to_string() };
        let group = |norm: &str, groups| Then::GroupNormRelu { norm: norm.to_string(), groups };
        let none = |_: &str, _| Then::Relu;
        [plan(&batch, Then::Nothing), plan(&group, Then::Difference), plan(&none, Then::Nothing)]
    }

    fn plan(normed: &dyn Fn(&str, usize) -> Then, head: Then) -> Plan {
        let mut plan = Plan::of_images(2);
        let first = plan.convolution("first", &[0], 3, Window::Three, normed("norm1", 3));
        let second = plan.convolution("second", &[first], 4, Window::Three, normed("norm2", 2));
        let third = plan.convolution("third", &[first, second], 4, Window::One, Then::Relu);
        let below = plan.pool("pool", third);
        let deep = plan.convolution("deep", &[below], 5, Window::Three, normed("norm3", 1));
        let raised = plan.up("up", deep, 2);
        plan.convolution("head", &[second, raised, 0], 1, Window::One, head);
        plan
    }

    /// Values that look drawn.
    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|index| ((index * 7 + seed * 13 + 1) as f32 * 0.7).sin()).collect()
    }

    fn arrays(plan: &Plan) -> Arrays {
        let array = |(seed, parameter): (usize, crate::network::plan::Parameter)| {
            let mut values = values(parameter.shape.iter().product(), seed);
            values.iter_mut().for_each(|value| {
                *value = match parameter.role {
                    Role::Gamma | Role::RunningVariance => 1.0 + 0.3 * *value,
                    _ => 0.4 * *value,
                };
            });
            (parameter.name, Array { shape: parameter.shape, values })
        };
        plan.parameters().into_iter().enumerate().map(array).collect()
    }

    fn images() -> Vec<f32> {
        values(SLICES * 2 * SIZE[0] * SIZE[1], 50)
    }

    fn near(ours: &[f32], theirs: &[f32]) {
        let largest = theirs.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        assert!(ours.len() == theirs.len() && largest > 1e-3);
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert_relative_eq!(*ours, *theirs, max_relative = 1e-4, epsilon = 1e-5 * largest);
        }
    }

    /// The slope of half the sum of squares.
    fn itself(logits: Vec<f32>) -> Vec<f32> {
        logits
    }

    fn devices() -> Vec<Device> {
        device::available().into_iter().filter_map(|name| device::open(name).ok()).collect()
    }

    #[test]
    fn kernels_run_any_plan_as_burn_does() {
        plans().into_iter().for_each(runs_as_through_burn);
    }

    fn runs_as_through_burn(plan: Plan) {
        let images = images();
        let (folded, arrays) = (plan.folded(), fold(&plan, &arrays(&plan)));
        let ours = Frozen::new(folded.clone(), &arrays);
        assert_eq!((ours.channels(), ours.multiple()), (2, 2));
        for device in devices() {
            let theirs = UNet::build(folded.clone(), &arrays, &device.burn);
            near(&ours.logits(&images, SIZE), &theirs.logits(&images, SIZE));
            near(&ours.gradient(&images, SIZE, &itself), &theirs.gradient(&images, SIZE, &itself));
        }
    }

    /// What layers give, gradients by them, and gradients by each rule of passing ReLUs are burn's; the plain rule is the
    /// gradient, and the rescaled one gives the whole difference from the reference.
    #[test]
    fn kernels_show_layers_and_follow_rules_as_burn_does() {
        plans().into_iter().for_each(shows_layers_as_burn_does);
    }

    fn shows_layers_as_burn_does(plan: Plan) {
        let (images, reference) = (images(), values(SLICES * 2 * SIZE[0] * SIZE[1], 9));
        let (folded, arrays) = (plan.folded(), fold(&plan, &arrays(&plan)));
        let ours = Frozen::new(folded.clone(), &arrays);
        let rescales = ours.not_rescaled().is_none();
        assert_eq!(
            rescales,
            !plan.layers().iter().any(|layer| layer.name == "first" && {
                matches!(layer.kind, Kind::Convolution { then: Then::GroupNormRelu { .. }, .. })
            })
        );
        near(&ours.gradient_by(Rule::Plain, &images, SIZE, &itself), &ours.gradient(&images, SIZE, &itself));
        let guided = ours.gradient_by(Rule::Guided, &images, SIZE, &itself);
        assert_ne!(guided, ours.gradient(&images, SIZE, &itself));
        let rule = Rule::Rescale { reference: &reference };
        let ones = |logits: Vec<f32>| vec![1.0; logits.len()];
        let rescaled = ours.gradient_by(rule, &images, SIZE, &ones);
        if rescales {
            let sum = |values: Vec<f32>| values.iter().map(|&value| f64::from(value)).sum::<f64>();
            let expected = sum(ours.logits(&images, SIZE)) - sum(ours.logits(&reference, SIZE));
            let far = images.iter().zip(&reference).map(|(here, there)| here - there);
            let found = sum(far.zip(&rescaled).map(|(far, slope)| far * slope).collect());
            assert_relative_eq!(found, expected, max_relative = 1e-3);
        }
        for device in devices() {
            let theirs = UNet::build(folded.clone(), &arrays, &device.burn);
            assert_eq!(ours.names(), theirs.names());
            assert_eq!(ours.not_rescaled(), theirs.not_rescaled());
            for name in ours.names() {
                let both = |of: &dyn Fn(&dyn Layers) -> Option<Array>| {
                    let (Some(ours), Some(theirs)) = (of(&ours), of(&theirs)) else {
                        panic!("both have layer {name}");
                    };
                    assert_eq!(ours.shape, theirs.shape, "{name}");
                    near(&ours.values, &theirs.values);
                };
                both(&|layers| layers.activation(&name, &images, SIZE));
                both(&|layers| layers.gradient_at(&name, &images, SIZE, &itself));
            }
            assert_eq!(theirs.activation("tail", &images, SIZE), None);
            assert_eq!(theirs.gradient_at("tail", &images, SIZE, &itself), None);
            near(&guided, &theirs.gradient_by(Rule::Guided, &images, SIZE, &itself));
            if rescales {
                near(&rescaled, &theirs.gradient_by(rule, &images, SIZE, &ones));
            }
        }
    }

    /// One pixel that is NaN reaches no output less than through burn, in use and in training: by ReLU, by pooling
    /// whichever place of a window it has, and on the way back.
    #[test]
    fn kernels_swallow_no_nan() {
        plans().into_iter().for_each(swallows_no_nan);
    }

    fn swallows_no_nan(plan: Plan) {
        let (folded, arrays) = (plan.folded(), arrays(&plan));
        let ours = Frozen::new(folded.clone(), &fold(&plan, &arrays));
        for device in devices() {
            let theirs = UNet::build(folded.clone(), &fold(&plan, &arrays), &device.burn);
            for pixel in [0, 1, SIZE[1], SIZE[1] + 1] {
                let mut images = images();
                images[pixel] = f32::NAN;
                let covers = |ours: Vec<f32>, theirs: Vec<f32>| {
                    let nan = theirs.iter().filter(|value| value.is_nan()).count();
                    assert!(nan > 3, "{}: {nan}", device.name);
                    assert!(ours.iter().zip(&theirs).all(|(ours, theirs)| ours.is_nan() || !theirs.is_nan()));
                };
                covers(ours.logits(&images, SIZE), theirs.logits(&images, SIZE));
                covers(ours.gradient(&images, SIZE, &itself), theirs.gradient(&images, SIZE, &itself));
                assert_eq!(ours.first_not_finite(&images, SIZE).as_deref(), Some("first"));
                assert_eq!(theirs.first_not_finite(&images, SIZE).as_deref(), Some("first"));
                // Batch norm spreads it over the batch, group norm over the slice.
                let spread = match plan.layers()[0].kind {
                    Kind::Convolution { then: Then::BatchNormRelu { .. }, .. } => SLICES,
                    Kind::Convolution { then: Then::GroupNormRelu { .. }, .. } => 1,
                    _ => 0,
                } * SIZE[0]
                    * SIZE[1];
                let loss = |logits: Vec<f32>| {
                    assert!(logits.iter().any(|logit| logit.is_nan()));
                    assert!(logits[..spread].iter().all(|logit| logit.is_nan()));
                    (f64::NAN, logits)
                };
                assert!(Trainer::new(plan.clone(), &arrays).step(&images, SIZE, &loss, 1e-3).is_nan());
            }
        }
    }

    #[test]
    fn kernels_train_any_plan_as_burn_does() {
        plans().into_iter().for_each(trains_as_through_burn);
    }

    fn trains_as_through_burn(plan: Plan) {
        let images = images();
        let arrays = arrays(&plan);
        let loss = |logits: Vec<f32>| (logits.iter().map(|l| f64::from(l * l)).sum::<f64>() / 2.0, logits);
        let run = |learner: &mut dyn Learner| -> Vec<f32> {
            (0..4).map(|_| learner.step(&images, SIZE, &loss, 1e-3) as f32).collect()
        };
        let mut ours = Trainer::new(plan.clone(), &arrays);
        let losses = run(&mut ours);
        assert!(losses.is_sorted_by(|before, after| after < before), "{losses:?}");
        for device in devices() {
            let mut theirs = learner_of(plan.clone(), &arrays, &device);
            near(&losses, &run(&mut *theirs));
            for (name, array) in theirs.arrays().iter().filter(|(name, _)| name.contains("running")) {
                let ours = &ours.arrays()[name].values;
                for (ours, theirs) in ours.iter().zip(&array.values) {
                    assert_relative_eq!(*ours, *theirs, max_relative = 1e-3, epsilon = 1e-3);
                }
            }
        }
    }

    /// In use a slice's numbers are those that it has alone, to the bit.
    #[test]
    fn a_slice_does_not_depend_on_those_beside_it() {
        let (images, bits) =
            (images(), |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
        for plan in plans() {
            let network = Frozen::new(plan.folded(), &fold(&plan, &arrays(&plan)));
            let together = (network.logits(&images, SIZE), network.gradient(&images, SIZE, &itself));
            let alone = |of: &dyn Fn(&[f32]) -> Vec<f32>| -> Vec<f32> {
                images.chunks(images.len() / SLICES).flat_map(of).collect()
            };
            let logits = alone(&|image| network.logits(image, SIZE));
            assert_eq!(bits(&logits), bits(&together.0));
            let gradient = alone(&|image| network.gradient(image, SIZE, &itself));
            assert_eq!(bits(&gradient), bits(&together.1));
        }
    }

    #[test]
    fn a_step_whose_loss_is_not_finite_moves_no_weight() {
        plans().into_iter().for_each(moves_no_weight);
    }

    fn moves_no_weight(plan: Plan) {
        let images = images();
        let arrays = arrays(&plan);
        let learned = |arrays: Arrays| -> Arrays {
            arrays.into_iter().filter(|(name, _)| !name.contains("running")).collect()
        };
        for device in devices() {
            let mut learner = learner_of(plan.clone(), &arrays, &device);
            let before = learned(learner.arrays());
            let loss = |logits: Vec<f32>| (f64::NAN, logits);
            assert!(learner.step(&images, SIZE, &loss, 1e-3).is_nan());
            assert_eq!(learned(learner.arrays()), before);
        }
    }
}
