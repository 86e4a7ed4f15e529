//! Directional attacks against torchattacks, Foolbox and their formulas in plain PyTorch, on shared weights
//! (`scripts/make_attack_fixtures.py`): the same images and the same Dice.

use crate::support::{Inputs, Tolerance, devices, path, read};
use anyhow::{Context, Result, ensure};
use lossbench::attack::ball::{Ball, Norm};
use lossbench::attack::budget::Budget;
use lossbench::attack::dense::text::Dense;
use lossbench::attack::harness::perturbed;
use lossbench::attack::trial::Trial;
use lossbench::attack::victim::Victim;
use lossbench::attack::{Attack, Wanted};
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    tool: String,
    attack: String,
    norm: Norm,
    radius: f32,
    range: [f32; 2],
    images: Vec<f64>,
    dice: Vec<f64>,
}

/// A step is 0.005 by L-infinity; PyTorch's own float32 and float64 differ by 2e-6.
const TOLERANCE: Tolerance = Tolerance { relative: 0.0, of_largest: 0.0, absolute: 1e-5 };
/// Of the images' summed size, on the devices that are there for a second opinion: which pixels SegPGD counts as wrong
/// hangs on a logit's rounding at the threshold, and a single value may jump.
const SECOND_OPINION: f64 = 1e-3;
/// Of the Dice score there: a pixel or two that tip.
const TIPPED: f64 = 0.005;

#[test]
fn attacked_images_are_those_of_other_programs() -> Result<()> {
    let inputs: Inputs = read("parity/unet.json")?;
    let fixture: Fixture = read("parity/attacks.json")?;
    let tools: BTreeSet<&str> = fixture.cases.iter().map(|case| case.tool.as_str()).collect();
    assert_eq!(tools, BTreeSet::from(["foolbox", "formulas", "torchattacks"]));
    let slices = inputs.slices();
    let weights = Weights::read(&path("parity/unet.safetensors"))?;
    let [_, _, height, width] = inputs.shape;
    for device in devices()? {
        let predictor = open::predictor(&weights, &device, [height, width]);
        for case in &fixture.cases {
            let what = format!("{} of {} ({}) on {}", case.attack, case.tool, case.norm, device.name);
            let attack = Dense::parse(&case.attack).map_err(anyhow::Error::msg)?;
            let Case { norm, radius, range, .. } = *case;
            let budgets = vec![Budget::Ball(Ball { norm, radius, range })];
            let wanted = slices.iter().map(|slice| {
                let trial = Trial { slice, saliency: &[], volume: "parity", seed: "0", number: 0 };
                Wanted { trial, budgets: budgets.clone() }
            });
            let victim = Victim::new(&predictor, None);
            let images = perturbed(&attack, &wanted.collect::<Vec<_>>(), &victim).context(what.clone())?;
            let close = ["cpu", "flex"].contains(&device.name.as_str());
            if close {
                TOLERANCE.check(&what, &images, &case.images)?;
            } else {
                let off: f64 = images.iter().zip(&case.images).map(|(a, b)| (f64::from(*a) - b).abs()).sum();
                let size: f64 = case.images.iter().map(|value| value.abs()).sum();
                ensure!(off <= SECOND_OPINION * size, "{what}: off by {:e} of its size", off / size);
            }
            let logits = predictor.logits(&images)?;
            for ((slice, logits), expected) in
                slices.iter().zip(logits.chunks(height * width)).zip(&case.dice)
            {
                let dice = slice.score(logits).dice();
                let most = if close { 1e-6 } else { TIPPED };
                ensure!((dice - expected).abs() < most, "{what}: Dice {dice} for {expected}");
            }
            ensure!(victim.asked() == attack.queries().times(slices.len()), "{what}: {:?}", victim.asked());
        }
    }
    Ok(())
}
