//! The hard Dice score against MONAI's compute_dice (`scripts/make_spread_fixtures.py`).

use crate::support::read;
use anyhow::{Result, ensure};
use approx::abs_diff_eq;
use lossbench::image::overlap::Overlap;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    predicted: Vec<u8>,
    truth: Vec<u8>,
    dice: f64,
}

/// MONAI computes the score in float32.
const TOLERANCE: f64 = 1e-6;

#[test]
fn dice_equals_monai() -> Result<()> {
    let fixture: Fixture = read("parity/dice.json")?;
    ensure!(fixture.cases.len() >= 10, "cases are missing");
    for case in &fixture.cases {
        let mask = |values: &[u8]| values.iter().map(|&inside| inside == 1).collect::<Vec<bool>>();
        let actual = Overlap::of(&mask(&case.predicted), &mask(&case.truth)).dice();
        let near = abs_diff_eq!(actual, case.dice, epsilon = TOLERANCE);
        ensure!(near, "{}: should be {}, but is {actual}", case.name, case.dice);
    }
    Ok(())
}
