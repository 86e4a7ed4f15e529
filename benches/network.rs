//! One network: forward pass, saliency, training step.

use crate::inputs::{Inputs, devices, output};
use crate::measurement::SliceTime;
use anyhow::{Result, ensure};
use criterion::{Criterion, Throughput};
use lossbench::network::{Learner, open};
use lossbench::saliency;
use lossbench::train::objective;
use std::hint::black_box;

const FORWARD: usize = 128;
const SALIENCY: usize = 64;
const TRAIN: usize = 32;

/// Adds the benches. Each checks its result against the first device's before it is timed.
pub fn benches(criterion: &mut Criterion<SliceTime>, inputs: &Inputs) -> Result<()> {
    let (mut logits, mut maps, mut losses) = (Vec::new(), Vec::new(), Vec::new());
    for device in devices()? {
        let predictor = inputs.predictor(&device);
        let id = |batch: usize| format!("{}/base16/batch{batch}", device.name);

        let (images, targets) = inputs.slices(FORWARD)?;
        agree(&mut logits, predictor.logits(&images)?)?;
        let mut group = criterion.benchmark_group("forward");
        group.throughput(Throughput::Elements(FORWARD as u64));
        // Logits come back to the host, which waits for the device.
        group.bench_function(id(FORWARD), |bencher| bencher.iter(|| predictor.logits(black_box(&images))));
        group.finish();

        let part = ..SALIENCY * predictor.pixels();
        let saliency =
            || saliency::gradient(&predictor, &images[part], &targets[part], output(), &inputs.loss);
        agree(&mut maps, saliency()?)?;
        let mut group = criterion.benchmark_group("saliency");
        group.throughput(Throughput::Elements(SALIENCY as u64));
        group.bench_function(id(SALIENCY), |bencher| bencher.iter(saliency));
        group.finish();

        let part = ..TRAIN * predictor.pixels();
        let (images, targets) = (&images[part], &targets[part]);
        let step = |learner: &mut dyn Learner| {
            let objective = objective(&inputs.loss, targets.to_vec(), predictor.size(), &device);
            learner.step(images, predictor.size(), &objective, inputs.study.train.learning_rate)
        };
        agree(&mut losses, vec![step(open::learner(&inputs.weights, &device).as_mut()) as f32])?;
        let mut learner = open::learner(&inputs.weights, &device);
        let mut group = criterion.benchmark_group("train-step");
        group.throughput(Throughput::Elements(TRAIN as u64));
        group.bench_function(id(TRAIN), |bencher| {
            bencher.iter(|| step(learner.as_mut()));
        });
        group.finish();
    }
    Ok(())
}

/// Keeps the first device's values; those of the others must be near them on average. A single value of
/// a gradient may jump where rounding tips a ReLU or a pooling over.
fn agree(first: &mut Vec<f32>, values: Vec<f32>) -> Result<()> {
    if first.is_empty() {
        *first = values;
        return Ok(());
    }
    let size: f32 = first.iter().map(|value| value.abs()).sum();
    let off: f32 = first.iter().zip(&values).map(|(a, b)| (a - b).abs()).sum();
    ensure!(off <= 1e-3 * size, "a device is off by {:.1e} of the values' size", off / size);
    Ok(())
}
