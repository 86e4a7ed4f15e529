//! Measures of spread against SciPy and NumPy (`scripts/make_spread_fixtures.py`).

use crate::support::read;
use anyhow::{Context, Result, ensure};
use approx::relative_eq;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    height: usize,
    width: usize,
    gradient: Vec<f32>,
    mask: Vec<u8>,
    expected: BTreeMap<String, f64>,
}

/// Both sides compute in float64; sums of a hundred numbers in another order differ by about 1e-14.
const RELATIVE: f64 = 1e-10;
const FLOOR: f64 = 1e-12;

#[test]
fn measures_equal_their_references() -> Result<()> {
    let fixture: Fixture = read("parity/spread.json")?;
    ensure!(fixture.cases.len() >= 8, "cases are missing");
    for case in &fixture.cases {
        ensure!(case.gradient.len() == case.height * case.width, "{} has another size", case.name);
        let mask: Vec<bool> = case.mask.iter().map(|&inside| inside == 1).collect();
        let measured = lossbench::spread::measure_all(&case.gradient, &mask, case.width);
        for (measure, actual) in measured {
            let expected = *case.expected.get(measure).context("the fixture lacks the measure")?;
            ensure!(
                relative_eq!(actual, expected, max_relative = RELATIVE, epsilon = FLOOR),
                "{measure} of {}: should be {expected}, but is {actual}",
                case.name
            );
        }
    }
    Ok(())
}

/// A measure that is added without a reference shows up here.
#[test]
fn every_registered_measure_has_a_reference() -> Result<()> {
    let fixture: Fixture = read("parity/spread.json")?;
    let case = fixture.cases.first().context("no cases")?;
    for (name, _) in lossbench::spread::measure_all(&[1.0, 0.5], &[true, false], 2) {
        ensure!(case.expected.contains_key(name), "{name} has no reference in parity/spread.json");
    }
    Ok(())
}
