//! How alike two maps are, against scikit-image and SciPy (`scripts/make_similarity_fixtures.py`).

use crate::support::read;
use anyhow::{Context, Result, ensure};
use approx::relative_eq;
use lossbench::similarity::{Pair, SIMILARITIES};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    width: usize,
    first: Vec<f64>,
    second: Vec<f64>,
    expected: BTreeMap<String, f64>,
}

#[test]
fn every_similarity_equals_its_reference() -> Result<()> {
    let fixture: Fixture = read("parity/similarity.json")?;
    ensure!(fixture.cases.len() >= 5, "cases are missing");
    for case in &fixture.cases {
        let pair = Pair { first: &case.first, second: &case.second, width: case.width };
        for similarity in SIMILARITIES {
            let expected = *case.expected.get(similarity.name).context("the fixture lacks the measure")?;
            let actual = (similarity.of)(&pair);
            // Both sides compute in float64, but scikit-image adds up the cells of HOG in float32.
            let relative = if similarity.name == "hog" { 1e-6 } else { 1e-9 };
            ensure!(
                relative_eq!(actual, expected, max_relative = relative, epsilon = 1e-11),
                "{} of {}: should be {expected}, but is {actual}",
                similarity.name,
                case.name
            );
        }
    }
    Ok(())
}
