//! How fast a GPU works through small and large batches, and what share that is of the same GPU's largest matrix product.

use crate::inputs::{Inputs, devices, output};
use crate::peer::median;
use anyhow::Result;
use burn::tensor::{Distribution, Tensor};
use lossbench::network::device::Device;
use lossbench::network::open;
use lossbench::saliency;
use lossbench::train::objective;
use std::time::Instant;

const BATCHES: [usize; 4] = [32, 128, 512, 2048];
const ROUNDS: usize = 5;
/// Rows and columns of the matrices whose product is the ceiling.
const SIDE: usize = 8192;
/// Products a round, which ends with a value on the host.
const PRODUCTS: usize = 5;

/// Prints a line for each GPU, work and batch. A GPU is a device with a number in its name.
pub fn show(inputs: &Inputs) -> Result<()> {
    let mut gpus = devices()?;
    gpus.retain(|device| device.name.contains(':'));
    if gpus.is_empty() {
        println!("batches: no GPU is seen");
    }
    for device in gpus {
        let ceiling = ceiling(&device)?;
        println!(
            "{}: {:.1} TFLOP/s in a product of {SIDE} x {SIDE} float32 matrices",
            device.name,
            ceiling / 1e12
        );
        for batch in BATCHES {
            let device = Device { chunk: batch, ..device.clone() };
            for (work, passes, seconds) in works(inputs, &device, batch)? {
                let rate = batch as f64 / seconds;
                let share = rate * passes * inputs.operations() / ceiling;
                println!(
                    "{} {work:8} batches of {batch:4}: {rate:7.0} slices/s, {:.1}% of that",
                    device.name,
                    100.0 * share
                );
            }
        }
    }
    Ok(())
}

/// Each kind of work: its name, the forward passes that it is worth by a convolution's definition, median seconds a batch.
fn works(inputs: &Inputs, device: &Device, batch: usize) -> Result<Vec<(&'static str, f64, f64)>> {
    let predictor = inputs.predictor(device);
    let (images, targets) = repeated(inputs, batch)?;
    let forward = timed(|| Ok(predictor.logits(&images)?))?;
    let gradient = timed(|| Ok(saliency::gradient(&predictor, &images, &targets, output(), &inputs.loss)?))?;
    let mut learner = open::learner(&inputs.weights, device);
    let training = timed(|| {
        let objective = objective(&inputs.loss, targets.clone(), predictor.size(), device);
        learner.step(&images, predictor.size(), &objective, inputs.study.train.learning_rate);
        Ok(())
    })?;
    Ok(vec![("forward", 1.0, forward), ("saliency", 2.0, gradient), ("training", 3.0, training)])
}

/// Images and masks of `count` slices: the test slices, over again where there are fewer.
fn repeated(inputs: &Inputs, count: usize) -> Result<(Vec<f32>, Vec<f32>)> {
    let (images, targets) = inputs.slices(count.min(inputs.prepared.test.len()))?;
    let fill = |values: Vec<f32>| {
        let length = count * inputs.prepared.size.iter().product::<usize>();
        values.iter().copied().cycle().take(length).collect()
    };
    Ok((fill(images), fill(targets)))
}

/// Floating-point operations per second of the largest matrix product.
fn ceiling(device: &Device) -> Result<f64> {
    let matrix = || Tensor::<2>::random([SIDE, SIDE], Distribution::Uniform(-1.0, 1.0), &device.burn);
    let (left, right) = (matrix(), matrix());
    let seconds = timed(|| {
        let product =
            (1..PRODUCTS).fold(left.clone().matmul(right.clone()), |_, _| left.clone().matmul(right.clone()));
        // A value on the host waits for the device.
        product.slice([0..1, 0..1]).try_into_vec_as::<f32>()?;
        Ok(())
    })?;
    Ok(2.0 * (SIDE as f64).powi(3) * PRODUCTS as f64 / seconds)
}

/// Median seconds of some rounds, after two that warm up.
fn timed<T>(mut work: impl FnMut() -> Result<T>) -> Result<f64> {
    let mut seconds = Vec::new();
    for _ in 0..ROUNDS + 2 {
        let start = Instant::now();
        drop(work()?);
        seconds.push(start.elapsed().as_secs_f64());
    }
    Ok(median(&seconds[2..]))
}
