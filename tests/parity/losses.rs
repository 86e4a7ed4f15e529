//! Losses and their gradients against PyTorch and MONAI in float64 (`scripts/make_loss_fixtures.py`).

use crate::support::{Tolerance, devices, read, tensor, values};
use anyhow::{Context, Result, ensure};
use approx::relative_eq;
use burn::tensor::Device as BurnDevice;
use lossbench::loss::{LossFunction, LossParameters, TERMS};
use lossbench::network::device::Device;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    shape: [usize; 4],
    logits: Vec<f32>,
    targets: Vec<f32>,
    losses: BTreeMap<String, Reference>,
}

#[derive(Deserialize)]
struct Reference {
    value: f64,
    gradient: Vec<f64>,
    /// The same from MONAI, where it has the loss.
    monai: Option<Box<Reference>>,
}

/// Of a value: the Dice loss of a near-perfect prediction is 1 minus a float32 just under 1.
const VALUE_RELATIVE: f64 = 1e-5;
const VALUE_FLOOR: f64 = 1e-6;

/// Of a gradient: `1 - p` in float32 is exact to 6e-8 only, whence the share of the largest; saturated
/// gradients are 0 or as small as 1e-40 in float64, whence the absolute floor.
const GRADIENT: Tolerance = Tolerance { relative: 1e-5, of_largest: 1e-6, absolute: 1e-9 };

fn value_and_gradient(loss: &str, case: &Case, device: &BurnDevice) -> Result<(f32, Vec<f32>)> {
    let function = LossFunction::parse(loss, &LossParameters::default()).map_err(anyhow::Error::msg)?;
    let device = device.clone().autodiff();
    let logits = tensor(&case.logits, case.shape, &device).require_grad();
    let targets = tensor(&case.targets, case.shape, &device);
    let value = function.forward(logits.clone(), targets);
    let gradients = value.backward();
    let gradient = logits.grad(&gradients).context("the loss has no gradient by its logits")?;
    ensure!(gradient.dims() == case.shape, "the gradient has shape {:?}", gradient.dims());
    let value = values(value)?;
    ensure!(value.len() == 1, "the loss should be one number, but is {}", value.len());
    Ok((value[0], values(gradient)?))
}

/// A term that is added without a reference shows up here.
#[test]
fn every_term_has_a_reference() -> Result<()> {
    let fixture: Fixture = read("parity/losses.json")?;
    for (term, case) in TERMS.iter().flat_map(|term| fixture.cases.iter().map(move |case| (term, case))) {
        let name = term.name;
        ensure!(case.losses.contains_key(name), "{name} has no fixture: run scripts/make_loss_fixtures.py");
    }
    Ok(())
}

#[test]
fn losses_equal_their_references() -> Result<()> {
    let fixture: Fixture = read("parity/losses.json")?;
    ensure!(fixture.cases.len() >= 8, "cases are missing");
    for Device { name, burn: device, .. } in devices()? {
        for (case, loss) in
            fixture.cases.iter().flat_map(|case| case.losses.keys().map(move |loss| (case, loss)))
        {
            let what = format!("{loss} on {name}, case {}", case.name);
            let (value, gradient) = value_and_gradient(loss, case, &device).context(what.clone())?;
            let torch = case.losses.get(loss).context(what.clone())?;
            for (source, reference) in [("PyTorch", Some(torch)), ("MONAI", torch.monai.as_deref())] {
                let Some(reference) = reference else { continue };
                let (actual, expected) = (f64::from(value), reference.value);
                let near =
                    relative_eq!(actual, expected, max_relative = VALUE_RELATIVE, epsilon = VALUE_FLOOR);
                ensure!(near, "{what}: {source} says {expected}, but it is {actual}");
                GRADIENT.check(&format!("{what}, gradient by {source}"), &gradient, &reference.gradient)?;
            }
        }
    }
    Ok(())
}

/// The references differ from each other, so no loss passes for another.
#[test]
fn the_references_tell_the_losses_apart() -> Result<()> {
    let fixture: Fixture = read("parity/losses.json")?;
    let ordinary = fixture.cases.iter().find(|case| case.name == "ordinary").context("no ordinary case")?;
    let values: Vec<f64> = ordinary.losses.values().map(|reference| reference.value).collect();
    ensure!(values.len() >= 6, "losses are missing");
    for (index, first) in values.iter().enumerate() {
        for second in &values[index + 1..] {
            ensure!((first - second).abs() > 1e-3, "{first} and {second} are alike");
        }
    }
    let part = |name: &str| ordinary.losses[name].value;
    let sum = part("bce") + part("dice") + part("focal");
    ensure!(relative_eq!(part("bce+dice+focal"), sum, max_relative = 1e-12), "the compound is no plain sum");
    Ok(())
}
