//! The committed checkpoints, run again through saliency and sweeps on the real test volumes. `cpu` gives the
//! recorded evidence of the networks that they were rounded from; every other backend of the build gives
//! what `cpu` does.
//!
//!     LOSSBENCH_DATA=Task04_Hippocampus cargo test --release --test reproduce -- --ignored

use anyhow::{Context, Result, ensure};
use lossbench::definition::study::Study;
use lossbench::loss::LossFunction;
use lossbench::network::device;
use lossbench::network::open;
use lossbench::network::unet::weights::Weights;
use lossbench::records::cell::Cell;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;
use lossbench::study::cell::saliency_maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;
use lossbench::{attack, spread};
use rstest::rstest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

const SEED: u64 = 0;
/// Volumes that are compared with the evidence, and how far a curve's mean over them may be off: rounding
/// weights to 16 bits moves some pixels in the ranking (0.003 over all 60 volumes, 0.08 on a single one).
const EVIDENCE: (usize, f64) = (20, 0.01);
/// The same between two backends, which differ in the last bits of a sum.
const BACKENDS: f64 = 0.003;
/// Largest difference of the mean effective number of pixels, as a share.
const SPREAD: f64 = 0.01;

fn root(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn study() -> Result<Study> {
    Ok(Study::read("paper", &[])?)
}

fn evidence(loss: &str) -> Result<&'static Cell> {
    static RUN: LazyLock<Result<Run, String>> =
        LazyLock::new(|| Run::read(&root("golden/evidence/paper")).map_err(|error| error.to_string()));
    let run = RUN.as_ref().map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let cell = run.cells.iter().find(|cell| cell.record.loss == loss && cell.record.seed == SEED);
    cell.with_context(|| format!("no evidence of {loss} of seed {SEED}"))
}

/// The study's data, with the first `volumes` test volumes only.
fn data(study: &Study, volumes: usize) -> Result<Prepared> {
    let folder = std::env::var("LOSSBENCH_DATA").context("LOSSBENCH_DATA should name the task folder")?;
    let mut prepared = Prepared::load(study, Some(Path::new(&folder)))?;
    if let Some((_, range)) = prepared.test_volumes().get(volumes) {
        prepared.test.truncate(range.start);
    }
    Ok(prepared)
}

/// What one backend makes of a checkpoint.
struct Outcome {
    /// Ids of the volumes.
    volumes: BTreeSet<String>,
    /// Mean effective number of pixels of the slices.
    spread: f64,
    /// Mean Dice by point of the sweeps that replace pixels by levels.
    curves: BTreeMap<String, f64>,
}

fn outcome(device: &str, loss: &str, study: &Study, prepared: &Prepared) -> Result<Outcome> {
    let loss = LossFunction::parse(loss, &study.loss)?;
    let file = format!("fixtures/checkpoints/{}-s{SEED}.safetensors", loss.slug());
    let predictor = open::predictor(&Weights::read(&root(&file))?, &device::open(device)?, prepared.size);
    let maps = saliency_maps(&predictor, study, &prepared.test, &loss)?;
    let mut spread = Vec::new();
    for (number, slice) in prepared.test.all()?.iter().enumerate() {
        let (gradient, mask) = (slice.region.crop(&maps.read(number)?), slice.region.crop(&slice.mask));
        spread.push(spread::measure_all(&gradient, &mask, slice.region.width)[0].1);
    }
    let signed = attack::find("signed").context("an attack")?;
    let mut sweeper = Sweeper::new(&predictor, prepared, &study.trials, &loss.to_string(), SEED);
    let mut rows = Vec::new();
    for (name, sweep) in study.sweeps.iter().filter(|(_, sweep)| sweep.uniform.is_none()) {
        rows.extend(sweeper.sweep(name, sweep, signed, &loss.to_string(), &maps)?);
    }
    let volumes = prepared.test_volumes();
    let volumes = volumes.iter().map(|(volume, _)| prepared.volumes[*volume].id.clone()).collect();
    Ok(Outcome { spread: mean_of_finite(spread.into_iter()), curves: curves(&rows, &volumes), volumes })
}

fn mean_of_finite(values: impl Iterator<Item = f64>) -> f64 {
    let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    finite.iter().sum::<f64>() / finite.len() as f64
}

/// Mean Dice by sweep, budget and level over `volumes`.
fn curves(rows: &[CurveRow], volumes: &BTreeSet<String>) -> BTreeMap<String, f64> {
    let mut points: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| volumes.contains(&row.volume)) {
        points
            .entry(format!("{} N={} {:?}", row.sweep, row.pixels.unwrap_or(0), row.level))
            .or_default()
            .push(row.dice);
    }
    points.into_iter().map(|(point, dice)| (point, mean_of_finite(dice.into_iter()))).collect()
}

/// Fails at the first point that is off by more than `within`; gives the largest difference.
fn compare(measured: &BTreeMap<String, f64>, expected: &BTreeMap<String, f64>, within: f64) -> Result<f64> {
    let mut largest: f64 = 0.0;
    for (point, measured) in measured {
        let expected = expected.get(point).with_context(|| format!("nothing to compare with at {point}"))?;
        // Asked this way round, a NaN fails.
        let near = (measured - expected).abs() <= within;
        ensure!(near, "{point}: should be {expected}, but is {measured}");
        largest = largest.max((measured - expected).abs());
    }
    ensure!(!measured.is_empty(), "no point was measured");
    Ok(largest)
}

#[rstest]
#[ignore = "needs the hippocampus volumes: set LOSSBENCH_DATA to their folder"]
fn checkpoints_give_the_recorded_curves(
    #[values("bce", "dice", "bce+dice", "bce+dice+focal")] loss: &str,
) -> Result<()> {
    let (study, cell) = (study()?, evidence(loss)?);
    let (volumes, within) = EVIDENCE;
    let prepared = data(&study, volumes)?;
    ensure!(prepared.hash == cell.record.data_hash, "the volumes are not those of the evidence");
    let outcome = outcome("cpu", loss, &study, &prepared)?;

    let rows = cell.saliency.iter().filter(|row| outcome.volumes.contains(&row.volume));
    let recorded = mean_of_finite(rows.map(|row| row.measures[0]));
    let off = (outcome.spread / recorded - 1.0).abs();
    ensure!(off <= SPREAD, "effective pixels: {recorded} recorded, {} measured", outcome.spread);
    let attacked: Vec<CurveRow> = cell.curves.iter().filter(|row| row.attack == "signed").cloned().collect();
    let largest = compare(&outcome.curves, &curves(&attacked, &outcome.volumes), within)?;
    println!("{loss}: {volumes} volumes, Dice off by {largest:.4}, spread by {off:.4}");
    Ok(())
}

#[rstest]
#[case::flex("flex", 2, 2)]
#[case::tch("tch-cpu", 2, 2)]
#[case::ndarray("ndarray", 1, 1)]
#[case::wgpu("wgpu:0", 1, 1)]
#[ignore = "needs the hippocampus volumes: set LOSSBENCH_DATA to their folder"]
fn backends_agree_on_checkpoints(
    #[case] name: &str,
    #[case] losses: usize,
    #[case] volumes: usize,
) -> Result<()> {
    if !device::available().contains(&name) {
        return Ok(());
    }
    let study = study()?;
    let prepared = data(&study, volumes)?;
    for loss in study.names().iter().take(losses) {
        let [theirs, ours] = [name, "cpu"].map(|device| outcome(device, loss, &study, &prepared));
        let (theirs, ours) = (theirs?, ours?);
        let largest =
            compare(&theirs.curves, &ours.curves, BACKENDS).with_context(|| format!("{name} {loss}"))?;
        println!("{name} {loss}: {volumes} volumes, Dice off by {largest:.4}");
    }
    Ok(())
}
