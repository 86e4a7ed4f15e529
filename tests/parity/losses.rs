//! Losses and their gradients against PyTorch and MONAI in float64 (`scripts/make_loss_fixtures.py`).

use crate::support::{Tolerance, devices, read, tensor, values};
use anyhow::{Context, Result, ensure};
use approx::relative_eq;
use burn::tensor::Device as BurnDevice;
use lossbench::loss::{LossFunction, LossParameters, Parameter, TERMS};
use lossbench::network::device::Device;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

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

/// Value of a loss and its gradient by the logits; logits and targets of `shape`, row-major.
pub fn value_and_gradient(
    loss: &str,
    [logits, targets]: [&[f32]; 2],
    shape: [usize; 4],
    device: &BurnDevice,
) -> Result<(f32, Vec<f32>)> {
    let function = LossFunction::parse(loss, &LossParameters::default())?;
    let device = device.clone().autodiff();
    let logits = tensor(logits, shape, &device).require_grad();
    let targets = tensor(targets, shape, &device);
    let value = function.forward(logits.clone(), targets);
    let gradients = value.backward();
    let gradient = logits.grad(&gradients).context("the loss has no gradient by its logits")?;
    ensure!(gradient.dims() == shape, "the gradient has shape {:?}", gradient.dims());
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
    ensure!(fixture.cases.len() >= 9, "cases are missing");
    for Device { name, burn: device, .. } in devices()? {
        for (case, loss) in
            fixture.cases.iter().flat_map(|case| case.losses.keys().map(move |loss| (case, loss)))
        {
            let what = format!("{loss} on {name}, case {}", case.name);
            let inputs = [&case.logits[..], &case.targets[..]];
            let (value, gradient) =
                value_and_gradient(loss, inputs, case.shape, &device).context(what.clone())?;
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

/// Every parameter of every term is given another value than its default in some reference.
#[test]
fn every_parameter_has_a_reference() -> Result<()> {
    let fixture: Fixture = read("parity/losses.json")?;
    let texts: BTreeSet<&String> = fixture.cases.iter().flat_map(|case| case.losses.keys()).collect();
    for text in &texts {
        // A value that is the default would not be written back.
        ensure!(LossFunction::parse(text, &LossParameters::default())?.to_string() == **text, "{text}");
    }
    for (term, parameter) in TERMS.iter().flat_map(|term| term.parameters.iter().map(move |one| (term, one)))
    {
        let (name, parameter) = (term.name, format!("{}=", parameter.name));
        let varies = |text: &&&String| {
            let given = text.strip_prefix(name).and_then(|rest| rest.strip_prefix('('));
            given.is_some_and(|given| {
                given.trim_end_matches(')').split(',').any(|one| one.starts_with(&parameter))
            })
        };
        ensure!(texts.iter().any(|text| varies(&text)), "no reference varies {parameter} of {name}");
    }
    Ok(())
}

/// The references differ from each other in some case, so no loss passes for another.
#[test]
fn the_references_tell_the_losses_apart() -> Result<()> {
    let fixture: Fixture = read("parity/losses.json")?;
    let ordinary = fixture.cases.iter().find(|case| case.name == "ordinary").context("no ordinary case")?;
    let names: Vec<&String> = ordinary.losses.keys().collect();
    ensure!(names.len() >= TERMS.len(), "losses are missing");
    for (index, first) in names.iter().enumerate() {
        for second in &names[index + 1..] {
            let apart = fixture.cases.iter().any(|case| {
                let value = |name: &str| case.losses.get(name).map(|reference| reference.value);
                value(first).zip(value(second)).is_some_and(|(a, b)| (a - b).abs() > 1e-3)
            });
            ensure!(apart, "{first} and {second} are alike");
        }
    }
    let part = |name: &str| ordinary.losses[name].value;
    let sum = part("bce") + part("dice") + part("focal");
    ensure!(relative_eq!(part("bce+dice+focal"), sum, max_relative = 1e-12), "the compound is no plain sum");
    Ok(())
}

/// METHODOLOGY.md's table of losses has a row for every term, with its parameters and their defaults.
#[test]
fn methodology_lists_every_term() -> Result<()> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/METHODOLOGY.md"))?;
    let losses = page.split("\n## ").find(|section| section.starts_with("Losses\n")).context("no section")?;
    for term in TERMS {
        let row = losses.lines().find(|line| line.starts_with(&format!("| `{}` |", term.name)));
        let row = row.with_context(|| format!("METHODOLOGY.md has no row for {}", term.name))?;
        let small = |value: f64| if value < 1e-3 { format!("{value:e}") } else { value.to_string() };
        let given = |one: &Parameter| format!("`{}` {}", one.name, small(one.default));
        let listed = term.parameters.iter().map(given).collect::<Vec<_>>().join(", ");
        let cell = row.split('|').nth(3).map(str::trim);
        ensure!(cell == Some(&listed), "METHODOLOGY.md should give {} the parameters '{listed}'", term.name);
    }
    Ok(())
}
