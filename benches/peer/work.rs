//! Our side of each work: what is timed, and the arrays that it rests on.

use super::exchange::Shared;
use super::{MAPS, SLICES, STEPS, batch};
use crate::inputs::{Inputs, output};
use crate::sweeps::Target;
use anyhow::Result;
use lossbench::attack::Wanted;
use lossbench::attack::ball::{Ball, Norm};
use lossbench::attack::budget::Budget;
use lossbench::attack::dense::text::Dense;
use lossbench::attack::harness::perturbed;
use lossbench::attack::trial::Trial;
use lossbench::attack::victim::Victim;
use lossbench::image::gather::gather;
use lossbench::image::region::Region;
use lossbench::image::slice::Slice;
use lossbench::network::device::Device;
use lossbench::network::open;
use lossbench::saliency::method::Explainer;
use lossbench::saliency::{self, Place, Question, Scalar};
use lossbench::train::objective;
use std::time::Instant;

/// An attack of torchattacks, see `maps.py`.
pub const PGD: &str = "pgd(steps=8,step=0.25,loss=bce,start=clean)";

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
        work => drop(mapped(work, inputs, target)?),
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
        work if MAPS.iter().any(|(name, _)| *name == work) => mapped(work, inputs, target),
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

/// The maps of a way of explaining, or the images of [`PGD`].
fn mapped(work: &str, inputs: &Inputs, target: &Target) -> Result<Vec<f32>> {
    let slices = inputs.prepared.test.read(0..SLICES)?;
    if work == PGD {
        return attacked(work, &slices, target);
    }
    let (images, targets) = gather(&slices);
    let place = |slice: &Slice| Place {
        region: slice.region,
        seed: 0,
        volume: inputs.prepared.volumes[slice.volume].id.clone(),
        depth: slice.depth,
    };
    let places: Vec<Place> = slices.iter().map(place).collect();
    let scalar = Scalar { output: output(), loss: &inputs.loss };
    let question = Question::new(&target.predictor, scalar, &images, &targets, &places)?;
    Ok(Explainer::parse("method", work).map_err(anyhow::Error::msg)?.maps(&question)?)
}

/// Images of an attack within a radius of a tenth of their range, 0 to 0.2.
fn attacked(attack: &str, slices: &[Slice], target: &Target) -> Result<Vec<f32>> {
    let attack = Dense::parse(attack).map_err(anyhow::Error::msg)?;
    let budgets = vec![Budget::Ball(Ball { norm: Norm::Linf, radius: 0.02, range: [0.0, 1.0] })];
    // torchattacks knows no padding.
    let whole = |slice: &Slice| Slice {
        region: Region::centred(target.predictor.size(), target.predictor.size()),
        ..slice.clone()
    };
    let slices: Vec<Slice> = slices.iter().map(whole).collect();
    let wanted = slices.iter().map(|slice| Wanted {
        trial: Trial { slice, saliency: &[], volume: "", seed: "0", number: 0 },
        budgets: budgets.clone(),
    });
    Ok(perturbed(&attack, &wanted.collect::<Vec<_>>(), &Victim::new(&target.predictor, None))?)
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
