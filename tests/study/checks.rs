//! Whether ways of explaining can be trusted: the tables that a study asks for with `saliency.checks`.

use crate::records::{run_study, smoke};
use anyhow::{Context, Result};
use lossbench::records::checks::{CASCADING, CHANCE, Checks, INDEPENDENT, RANDOM};
use lossbench::records::run::Run;
use lossbench::similarity::SIMILARITIES;
use std::collections::BTreeSet;
use std::path::Path;

const METHODS: [&str; 3] = ["gradient", "grad-cam", "gradient-x-input"];
const LAYERS: usize = 13;

fn checked(folder: &Path) -> Result<Checks> {
    let maps = format!("attack.maps={METHODS:?}");
    let study = smoke(&[&maps, "saliency.checks=['sanity', 'faithfulness']"])?;
    run_study(folder, &study, &["bce-s0"])?;
    let run = Run::read(folder)?;
    Ok(run.cells.first().context("a cell")?.checks.clone())
}

#[test]
fn tables_of_checks_are_whole_repeatable_and_there_only_where_asked_for() -> Result<()> {
    let (one, two, plain) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    let checks = checked(one.path())?;
    assert_eq!(checks, checked(two.path())?);
    run_study(plain.path(), &smoke(&[])?, &["bce-s0"])?;
    assert!(!plain.path().join("cells/bce-s0/sanity.csv").exists());
    assert_eq!(Run::read(plain.path())?.cells.first().context("a cell")?.checks, Checks::default());

    let volumes: BTreeSet<&str> = checks.sanity.iter().map(|row| row.volume.as_str()).collect();
    let of =
        |randomisation: &str| checks.sanity.iter().filter(|row| row.randomisation == randomisation).count();
    let each = METHODS.len() * SIMILARITIES.len() * volumes.len();
    assert_eq!([of(CASCADING), of(INDEPENDENT), of(CHANCE)], [LAYERS * each, LAYERS * each, each]);
    // The output layer has none behind it.
    let head = |randomisation: &str| {
        let rows =
            checks.sanity.iter().filter(|row| row.layer == "head" && row.randomisation == randomisation);
        rows.map(|row| row.value).collect::<Vec<_>>()
    };
    assert_eq!(head(CASCADING), head(INDEPENDENT));
    let far = |row: &&lossbench::records::checks::SanityRow| row.value.is_some_and(|value| value < 0.9);
    assert!(checks.sanity.iter().filter(far).count() > checks.sanity.len() / 4);
    Ok(())
}

#[test]
fn curves_start_and_end_where_they_must_and_chance_stands_beside() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let checks = checked(folder.path())?;
    let rows = |method: &str, measure: &str| {
        let of = checks.faithfulness.iter().filter(|row| row.method == method && row.measure == measure);
        of.map(|row| row.value).collect::<Vec<_>>()
    };
    let mean = |method: &str, measure: &str| {
        let values: Vec<f32> = rows(method, measure).into_iter().flatten().collect();
        values.iter().sum::<f32>() / values.len() as f32
    };
    for method in METHODS.iter().chain([&RANDOM]) {
        for measure in ["deletion", "insertion", "pixel-flipping"] {
            assert!(rows(method, measure).iter().all(Option::is_some), "{measure} of {method}");
            let dice = rows(method, &format!("{measure}-dice"));
            assert!(dice.iter().flatten().all(|dice| (0.0..=1.0).contains(dice)));
        }
        assert!(mean(method, "max-sensitivity") > 0.0 || *method == "grad-cam", "{method}");
    }
    // Bright squares are found by bright pixels: without those that matter little is left, sooner than by chance.
    assert!(mean("gradient-x-input", "deletion") < mean(RANDOM, "deletion"));
    // Two maps that know nothing of each other: no correlation, and 5% in common.
    let chance = |measure: &str| {
        let of = checks.faithfulness.iter().filter(|row| row.other == RANDOM && row.measure == measure);
        let values: Vec<f32> = of.filter_map(|row| row.value).collect();
        values.iter().sum::<f32>() / values.len() as f32
    };
    assert!(chance("absolute-rank").abs() < 0.1, "{}", chance("absolute-rank"));
    assert!((chance("top-overlap") - 0.05).abs() < 0.05, "{}", chance("top-overlap"));
    Ok(())
}

#[test]
fn checks_that_are_none_are_refused() {
    for (checks, says) in [
        ("['sane']", "saliency.checks should be one of sanity, faithfulness, but is 'sane'"),
        ("['sanity', 'sanity']", "saliency.checks names sanity twice"),
    ] {
        let message = smoke(&[&format!("saliency.checks={checks}")]).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}
