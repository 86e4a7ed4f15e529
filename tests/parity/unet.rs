//! The U-Net in use against the same network in PyTorch (`scripts/unet.py`, `make_unet_fixtures.py`):
//! logits, and the gradient by the input of the four outputs that a saliency map can start from.

use crate::support::{Tolerance, devices, path, read, tensor, values};
use anyhow::{Context, Result, bail, ensure};
use burn::tensor::{Device, Tensor, activation::sigmoid};
use lossbench::loss::{LossFunction, LossParameters};
use lossbench::unet::UNet;
use lossbench::weights::Weights;
use rstest::rstest;
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

/// The fixture's network on `device`, without autodiff.
fn network(device: &Device) -> Result<UNet> {
    let weights = Weights::read(&path("parity/unet.safetensors")).map_err(anyhow::Error::msg)?;
    Ok(UNet::from_weights(&weights, device))
}

/// The number whose gradient is taken.
fn objective(name: &str, logits: Tensor<4>, target: Tensor<4>) -> Result<Tensor<1>> {
    Ok(match name {
        "probability" => sigmoid(logits).sum(),
        "logit" => logits.sum(),
        "predicted-mask" => {
            let mask = logits.clone().detach().greater_elem(0.0).float();
            (sigmoid(logits) * mask).sum()
        }
        "loss" => {
            let loss = LossFunction::parse("bce", &LossParameters::default()).map_err(anyhow::Error::msg)?;
            loss.forward(logits, target)
        }
        _ => bail!("no objective is called {name}"),
    })
}

#[test]
fn logits_equal_pytorch() -> Result<()> {
    let fixture: Fixture = read("parity/unet.json")?;
    for (name, device) in devices()? {
        let logits = network(&device)?.forward(tensor(&fixture.input, fixture.shape, &device));
        ensure!(logits.dims() == fixture.shape, "the logits have shape {:?}", logits.dims());
        TOLERANCE.check(&format!("logits on {name}"), &values(logits)?, &fixture.logits)?;
    }
    Ok(())
}

#[rstest]
fn input_gradients_equal_pytorch(
    #[values("probability", "logit", "predicted-mask", "loss")] name: &str,
) -> Result<()> {
    let fixture: Fixture = read("parity/unet.json")?;
    let expected = fixture.gradients.get(name).context("the fixture lacks this gradient")?;
    for (device_name, device) in devices()? {
        let network = network(&device)?;
        let tracking = device.clone().autodiff();
        let input = tensor(&fixture.input, fixture.shape, &tracking).require_grad();
        let target = tensor(&fixture.target, fixture.shape, &tracking);
        let gradients = objective(name, network.forward(input.clone()), target)?.backward();
        let gradient = input.grad(&gradients).context("the input has no gradient")?;
        TOLERANCE.check(&format!("gradient of {name} on {device_name}"), &values(gradient)?, expected)?;
    }
    Ok(())
}

/// In use, a slice's logits do not depend on what else is in the batch.
#[test]
fn a_slice_alone_has_the_same_logits() -> Result<()> {
    let fixture: Fixture = read("parity/unet.json")?;
    let [count, _, height, width] = fixture.shape;
    let pixels = height * width;
    for (name, device) in devices()? {
        let network = network(&device)?;
        for slice in 0..count {
            let of_slice = slice * pixels..(slice + 1) * pixels;
            let input = tensor(&fixture.input[of_slice.clone()], [1, 1, height, width], &device);
            let what = format!("slice {slice} on {name}");
            TOLERANCE.check(&what, &values(network.forward(input))?, &fixture.logits[of_slice])?;
        }
    }
    Ok(())
}
