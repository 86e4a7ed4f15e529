//! U-Nets with group norm, without norm and with a softmax head against PyTorch (`scripts/unet.py`,
//! `make_unet_variations.py`): logits, gradients by the input, the first step of a training and the losses of
//! the following ones.

use crate::support::{Tolerance, devices, path, read, tensors};
use anyhow::{Context, Result, ensure};
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::device::Device;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::network::unet::{Head, Normalisation};
use lossbench::saliency::{self, OUTPUTS};
use lossbench::train::objective;
use rstest::rstest;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What every variation starts from.
#[derive(Deserialize)]
struct Batch {
    shape: [usize; 4],
    input: Vec<f32>,
    target: Vec<f32>,
}

#[derive(Deserialize)]
struct Fixture {
    #[serde(default)]
    norm: Normalisation,
    #[serde(default)]
    head: Head,
    learning_rate: f64,
    logits: Vec<f64>,
    gradients: BTreeMap<String, Vec<f64>>,
    losses: Vec<f64>,
}

/// As for batch norm in `unet.rs` and `training_step.rs`.
const USE: Tolerance = Tolerance { relative: 1e-4, of_largest: 1e-5, absolute: 0.0 };
const LOSS: Tolerance = Tolerance { relative: 1e-5, of_largest: 0.0, absolute: 0.0 };
const SURE_GRADIENT: f64 = 1e-5;
const WEIGHT: f64 = 2e-6;

/// The variation called `name`, its weights and the batch.
fn load(name: &str) -> Result<(Fixture, Weights, Batch)> {
    let fixture: Fixture = read(&format!("parity/unet_{name}.json"))?;
    let weights = Weights::read(&path(&format!("parity/unet_{name}.safetensors")))?;
    let config = weights.config();
    ensure!((config.norm(), config.head()) == (fixture.norm, fixture.head), "taken for {config}");
    ensure!(!fixture.norm.is_batch() || !fixture.head.is_sigmoid(), "no variation");
    Ok((fixture, weights, read("parity/unet.json")?))
}

#[rstest]
fn logits_and_input_gradients_equal_pytorch(#[values("group", "none", "softmax")] name: &str) -> Result<()> {
    let (fixture, weights, batch) = load(name)?;
    let [_, _, height, width] = batch.shape;
    let loss = LossFunction::parse("bce", &LossParameters::default())?;
    for device in devices()? {
        // Two slices at a time.
        let few = Device { chunk: 2, ..device.clone() };
        let predictor = open::predictor(&weights, &few, [height, width]);
        let logits = predictor.logits(&batch.input)?;
        USE.check(&format!("logits of {name} on {}", device.name), &logits, &fixture.logits)?;
        for (output, expected) in &fixture.gradients {
            let known = OUTPUTS.iter().find(|known| known.name == output).context("an output")?;
            let gradient = saliency::gradient(&predictor, &batch.input, &batch.target, known, &loss)?;
            USE.check(&format!("gradient of {output}, {name} on {}", device.name), &gradient, expected)?;
        }
    }
    Ok(())
}

#[rstest]
fn training_equals_pytorch(#[values("group", "none", "softmax")] name: &str) -> Result<()> {
    let (fixture, before, batch) = load(name)?;
    let expected = tensors(&format!("parity/unet_{name}_step.safetensors"))?;
    let [_, _, height, width] = batch.shape;
    let loss = LossFunction::parse("dice", &LossParameters::default())?;
    for device in devices()? {
        let mut learner = open::learner(&before, &device);
        let objective = objective(&loss, batch.target.clone(), [height, width], &device);
        let (mut losses, mut moved) = (Vec::new(), 0);
        for step in 0..fixture.losses.len() {
            losses
                .push(learner.step(&batch.input, [height, width], &objective, fixture.learning_rate) as f32);
            if step == 0 {
                moved = first_step(&fixture, &before, &learner.arrays(), &expected)
                    .with_context(|| format!("{name} on {}", device.name))?;
            }
        }
        ensure!(moved > 1000, "only {moved} weights have a sure gradient");
        LOSS.check(&format!("losses of {name} on {}", device.name), &losses, &fixture.losses)?;
    }
    Ok(())
}

/// Compares every weight after the first step; gives how many have a gradient whose sign is sure.
fn first_step(
    fixture: &Fixture,
    before: &Weights,
    after: &lossbench::network::arrays::Arrays,
    expected: &BTreeMap<String, Vec<f64>>,
) -> Result<usize> {
    let mut sure = 0;
    for (key, gradient) in expected {
        let Some(name) = key.strip_suffix(".gradient") else {
            continue;
        };
        let target = expected.get(&format!("{name}.after")).context("a tensor after the step")?;
        let start = &before.get(name).with_context(|| format!("no tensor {name}"))?.values;
        let end = &after.get(name).with_context(|| format!("no tensor {name}"))?.values;
        ensure!(start.len() == gradient.len() && end.len() == target.len(), "{name} has another size");
        for (index, gradient) in gradient.iter().enumerate() {
            let (start, end) = (f64::from(start[index]), f64::from(end[index]));
            let near = if gradient.abs() >= SURE_GRADIENT {
                sure += 1;
                (end - target[index]).abs() <= WEIGHT
            } else {
                (end - start).abs() <= fixture.learning_rate + WEIGHT
            };
            ensure!(near, "{name}[{index}]: from {start}, should be {}, but is {end}", target[index]);
        }
    }
    Ok(sure)
}
