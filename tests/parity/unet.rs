//! The U-Net in use against the same network in PyTorch (`scripts/unet.py`, `make_unet_fixtures.py`):
//! logits, and the gradient by the input of the four outputs that a saliency map can start from.

use crate::support::{Tolerance, devices, path, read};
use anyhow::{Context, Result};
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::network::chunked::Predictor;
use lossbench::network::device::Device;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::saliency::{self, OUTPUTS, Output};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Fixture {
    shape: [usize; 4],
    input: Vec<f32>,
    target: Vec<f32>,
    logits: Vec<f64>,
    gradients: BTreeMap<String, Vec<f64>>,
}

/// Elementwise, with a floor for elements that are small beside the largest. PyTorch's own float32 and
/// float64 differ by 1e-6 of the largest.
const TOLERANCE: Tolerance = Tolerance { relative: 1e-4, of_largest: 1e-5, absolute: 0.0 };

/// The fixture's network on `device`, two slices at a time.
fn predictor(device: &Device, [_, _, height, width]: [usize; 4]) -> Result<Predictor> {
    let weights = Weights::read(&path("parity/unet.safetensors"))?;
    Ok(open::predictor(&weights, &Device { chunk: 2, ..device.clone() }, [height, width]))
}

#[test]
fn logits_equal_pytorch() -> Result<()> {
    let fixture: Fixture = read("parity/unet.json")?;
    for device in devices()? {
        let logits = predictor(&device, fixture.shape)?.logits(&fixture.input)?;
        TOLERANCE.check(&format!("logits on {}", device.name), &logits, &fixture.logits)?;
    }
    Ok(())
}

#[test]
fn input_gradients_equal_pytorch() -> Result<()> {
    OUTPUTS.iter().try_for_each(input_gradient_equals_pytorch)
}

fn input_gradient_equals_pytorch(output: &Output) -> Result<()> {
    let (name, fixture) = (output.name, read::<Fixture>("parity/unet.json")?);
    let expected = fixture.gradients.get(name).context("the fixture lacks this gradient")?;
    // The fixture's loss is the mean over the batch, ours the sum over slices of each one's mean.
    let factor = if name == "loss" { fixture.shape[0] as f64 } else { 1.0 };
    let expected: Vec<f64> = expected.iter().map(|value| value * factor).collect();
    let loss = LossFunction::parse("bce", &LossParameters::default())?;
    for device in devices()? {
        let gradient = saliency::gradient(
            &predictor(&device, fixture.shape)?,
            &fixture.input,
            &fixture.target,
            output,
            &loss,
        )?;
        TOLERANCE.check(&format!("gradient of {name} on {}", device.name), &gradient, &expected)?;
    }
    Ok(())
}

/// In use, a slice's logits do not depend on what else is in the batch.
#[test]
fn a_slice_alone_has_the_same_logits() -> Result<()> {
    let fixture: Fixture = read("parity/unet.json")?;
    let pixels = fixture.shape[2] * fixture.shape[3];
    for device in devices()? {
        let predictor = predictor(&device, fixture.shape)?;
        let slices = fixture.input.chunks(pixels).zip(fixture.logits.chunks(pixels)).enumerate();
        for (slice, (image, expected)) in slices {
            let what = format!("slice {slice} on {}", device.name);
            TOLERANCE.check(&what, &predictor.logits(image)?, expected)?;
        }
    }
    Ok(())
}
