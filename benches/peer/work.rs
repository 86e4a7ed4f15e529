//! Our side of each work: what is timed, and the arrays that it rests on.

use super::exchange::Shared;
use super::{STEPS, batch};
use crate::inputs::{Inputs, output};
use crate::sweeps::Target;
use anyhow::{Result, bail};
use lossbench::network::device::Device;
use lossbench::network::open;
use lossbench::saliency;
use lossbench::train::objective;
use std::time::Instant;

/// Seconds of one go of `work`.
pub fn seconds(
    work: &str,
    inputs: &Inputs,
    shared: &Shared,
    device: &Device,
    target: &Target,
) -> Result<f64> {
    let start = Instant::now();
    match work {
        "fig5" => drop(target.sweep(inputs, work, &inputs.study.trials)?),
        "saliency" => drop(maps(inputs, shared, target)?),
        "train" => return train(inputs, shared, device, target).map(|(seconds, _)| seconds),
        _ => bail!("no work is called {work}"),
    }
    Ok(start.elapsed().as_secs_f64())
}

/// What `work` rests on, see [`Expected`](super::agreement::Expected).
pub fn arrays(
    work: &str,
    inputs: &Inputs,
    shared: &Shared,
    device: &Device,
    target: &Target,
) -> Result<Vec<f32>> {
    match work {
        "saliency" => maps(inputs, shared, target),
        "train" => train(inputs, shared, device, target).map(|(_, losses)| losses),
        _ => {
            let mut logits = target.predictor.logits(&shared.images)?;
            logits.extend(target.predictor.logits(&shared.attacked)?);
            Ok(logits)
        }
    }
}

fn maps(inputs: &Inputs, shared: &Shared, target: &Target) -> Result<Vec<f32>> {
    Ok(saliency::gradient(&target.predictor, &shared.images, &shared.masks, output(), &inputs.loss)?)
}

/// Seconds of a few steps from the same weights, and their losses.
fn train(inputs: &Inputs, shared: &Shared, device: &Device, target: &Target) -> Result<(f64, Vec<f32>)> {
    let (pixels, size) = (target.predictor.pixels(), inputs.prepared.size);
    let mut learner = open::learner(&inputs.weights, device);
    let part = |values: &[f32], step: usize| -> Vec<f32> {
        batch(step).iter().flat_map(|slice| values[slice * pixels..][..pixels].to_vec()).collect()
    };
    let start = Instant::now();
    let mut losses = Vec::with_capacity(STEPS);
    for step in 0..STEPS {
        let objective = objective(&inputs.loss, part(&shared.masks, step), size, device);
        let rate = inputs.study.train.learning_rate;
        losses.push(learner.step(&part(&shared.images, step), size, &objective, rate) as f32);
    }
    Ok((start.elapsed().as_secs_f64(), losses))
}
