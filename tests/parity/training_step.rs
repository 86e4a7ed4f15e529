//! One training step against PyTorch (`scripts/make_unet_fixtures.py`): batch norm on the batch's
//! statistics, Dice loss, Adam with rate 1e-3, betas 0.9 and 0.999, epsilon 1e-8.
//!
//! burn's Adam has epsilon 1e-5 unless told otherwise, PyTorch's 1e-8. burn updates the running variance
//! with the biased variance, PyTorch with the unbiased one; the fixture holds both.

use crate::support::{Tolerance, device, path, read, tensors};
use anyhow::{Context, Result, ensure};
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::device::Device;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::train::objective;
use rstest::rstest;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    shape: [usize; 4],
    input: Vec<f32>,
    target: Vec<f32>,
    step: Step,
}

#[derive(Deserialize)]
struct Step {
    loss: String,
    learning_rate: f64,
    loss_before: f64,
}

const LOSS: Tolerance = Tolerance { relative: 1e-5, of_largest: 0.0, absolute: 0.0 };
const STATISTICS: Tolerance = Tolerance { relative: 1e-5, of_largest: 1e-6, absolute: 1e-7 };
/// The same on a GPU.
const GPU_STATISTICS: Tolerance = Tolerance { relative: 1e-4, of_largest: 1e-5, absolute: 1e-6 };

/// Adam's first step is the rate times the gradient's sign, so a gradient of rounding noise (as of any
/// bias before a batch norm) moves its weight anywhere within the rate. Above this size the sign is sure.
const SURE_GRADIENT: f64 = 1e-5;
/// How far a weight with a sure gradient may be off: a five-hundredth of the step.
const WEIGHT: f64 = 2e-6;
/// The same on a GPU.
const GPU_WEIGHT: f64 = 1e-5;

/// Loss before one step and the weights after it, running statistics up to date.
fn step(fixture: &Fixture, weights: &Weights, device: &Device) -> Result<(f32, Weights)> {
    let loss = LossFunction::parse(&fixture.step.loss, &LossParameters::default())?;
    let [_, _, height, width] = fixture.shape;
    let size = [height, width];
    let mut learner = open::learner(weights, device);
    let objective = objective(&loss, fixture.target.clone(), size, device);
    let value = learner.step(&fixture.input, size, &objective, fixture.step.learning_rate);
    let after = Weights::from_arrays(weights.config(), learner.arrays()).map_err(anyhow::Error::msg)?;
    Ok((value as f32, after))
}

fn of<'a>(weights: &'a Weights, name: &str) -> Result<&'a [f32]> {
    Ok(&weights.get(name).with_context(|| format!("no tensor {name}"))?.values)
}

#[rstest]
fn one_step_equals_pytorch(
    #[values("cpu", "flex", "ndarray", "tch-cpu", "tch-cuda:0", "wgpu:0", "cuda:0")] device_name: &str,
) -> Result<()> {
    let Some(device) = device(device_name)? else {
        return Ok(());
    };
    let fixture: Fixture = read("parity/unet.json")?;
    let before = Weights::read(&path("parity/unet.safetensors")).map_err(anyhow::Error::msg)?;
    let expected = tensors("parity/unet_after_step.safetensors")?;
    let gradients = tensors("parity/unet_step_gradients.safetensors")?;
    ensure!(gradients.len() == 46, "gradients are missing");
    let is_gpu = device_name.contains(':');
    let most = if is_gpu { GPU_WEIGHT } else { WEIGHT };

    let (loss, after) = step(&fixture, &before, &device)?;
    LOSS.check(&format!("loss on {device_name}"), &[loss], &[fixture.step.loss_before])?;

    for (name, gradient) in &gradients {
        let (start, end) = (of(&before, name)?, of(&after, name)?);
        let target = expected.get(name).with_context(|| format!("no tensor {name}"))?;
        ensure!(end.len() == gradient.len() && target.len() == gradient.len(), "{name} has another size");
        for (index, gradient) in gradient.iter().enumerate() {
            let (start, end, target) = (f64::from(start[index]), f64::from(end[index]), target[index]);
            let near = if gradient.abs() >= SURE_GRADIENT {
                (end - target).abs() <= most
            } else {
                (end - start).abs() <= fixture.step.learning_rate + most
            };
            ensure!(near, "{name}[{index}] on {device_name}: from {start}, should be {target}, but is {end}");
        }
    }
    for (name, target) in &expected {
        let ours = match name.strip_suffix("_biased") {
            Some(name) => name,
            None if name.ends_with("running_mean") => name,
            None => continue,
        };
        let tolerance = if is_gpu { GPU_STATISTICS } else { STATISTICS };
        tolerance.check(&format!("{name} on {device_name}"), of(&after, ours)?, target)?;
    }
    Ok(())
}
