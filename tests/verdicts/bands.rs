//! Bands of figures: the interval of a mean over seeds and subjects, in closed form.

use crate::made_up::*;
use anyhow::{Context, Result};
use approx::assert_relative_eq;
use lossbench::evidence::summary::Summary;
use lossbench::records::run::Run;

/// Where Student's t with five degrees of freedom has 97.5% below (SciPy, `stats.t(5).ppf(0.975)`).
const T: f64 = 2.570581835636314;

/// The interval of BCE at level 0.6 of Fig. 3.
fn band(run: &Run) -> Result<[f64; 2]> {
    let summary = Summary::of(run);
    let curve = summary.losses[0].curve("fig3", "signed", "").context("a curve")?;
    let point = curve.points.iter().find(|point| point.level == Some(0.6)).context("a point")?;
    point.interval.context("an interval")
}

/// Dice of BCE there, a row a seed.
fn table() -> Vec<Vec<f64>> {
    let dice = |seed: u64, volume| 0.75 - 0.02 - 0.3 * of_seed(seed) + ripple(seed + 3, volume);
    (0..SEEDS).map(|seed| (0..VOLUMES).map(|volume| dice(seed, volume)).collect()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance_of_mean(values: &[f64]) -> f64 {
    let squares: f64 = values.iter().map(|value| (value - mean(values)).powi(2)).sum();
    squares / (values.len() - 1) as f64 / values.len() as f64
}

/// Mean and half-width where each of `subjects` is so many volumes of the table.
fn expected(subjects: &[Vec<usize>]) -> [f64; 2] {
    let table = table();
    let of_seeds: Vec<f64> = table.iter().map(|row| mean(row)).collect();
    let of_subjects: Vec<f64> = subjects
        .iter()
        .map(|volumes| {
            let values = table.iter().flat_map(|row| volumes.iter().map(|&volume| row[volume]));
            mean(&values.collect::<Vec<_>>())
        })
        .collect();
    let over_subjects = if subjects.len() < 2 { 0.0 } else { variance_of_mean(&of_subjects) };
    [mean(&of_seeds), T * (variance_of_mean(&of_seeds) + over_subjects).sqrt()]
}

fn holds(run: &Run, subjects: &[Vec<usize>]) -> Result<()> {
    let ([middle, half], [low, high]) = (expected(subjects), band(run)?);
    assert_relative_eq!(low, middle - half, epsilon = 1e-5);
    assert_relative_eq!(high, middle + half, epsilon = 1e-5);
    Ok(())
}

#[test]
fn volumes_of_one_subject_are_one_observation() -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    holds(&run, &(0..VOLUMES).map(|volume| vec![volume]).collect::<Vec<_>>())?;
    let pairs: Vec<Vec<usize>> = (0..VOLUMES / 2).map(|pair| vec![2 * pair, 2 * pair + 1]).collect();
    run.groups =
        (0..VOLUMES).map(|volume| (volume_name(volume), format!("subject {}", volume / 2))).collect();
    holds(&run, &pairs)?;
    // All of one: seeds alone vary.
    run.groups.values_mut().for_each(|group| *group = "one".into());
    holds(&run, &[(0..VOLUMES).collect()])
}

#[test]
fn seeds_with_splits_of_their_own_have_a_band_too() -> Result<()> {
    let whole = band(&run(as_the_paper_says())?)?;
    let mut run = run(as_the_paper_says())?;
    for cell in &mut run.cells {
        // Odd seeds lack the first half, even ones the second.
        let half = VOLUMES / 2;
        let left = (0..VOLUMES).filter(|volume| (*volume < half) == (cell.record.seed % 2 == 0));
        let left: Vec<String> = left.map(volume_name).collect();
        cell.curves.retain(|row| left.contains(&row.volume));
    }
    let [low, high] = band(&run)?;
    assert!(low < high && (low + high - whole[0] - whole[1]).abs() < 0.02, "{low} {high} {whole:?}");
    Ok(())
}
