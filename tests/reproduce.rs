//! The committed checkpoints, run again through saliency and sweeps on the real test volumes: what comes
//! out is the recorded evidence of the networks that they were rounded from, on every backend of the
//! build.
//!
//!     LOSSBENCH_DATA=Task04_Hippocampus cargo test --release --test reproduce -- --ignored

use anyhow::{Context, Result, ensure};
use lossbench::attack;
use lossbench::device;
use lossbench::loss::LossFunction;
use lossbench::predictor::Predictor;
use lossbench::spread;
use lossbench::study::cell::saliency_maps;
use lossbench::study::definition::{SHIPPED, Study};
use lossbench::study::prepared::Prepared;
use lossbench::study::records::{Cell, CurveRow, Run};
use lossbench::study::sweep::Sweeper;
use lossbench::weights::Weights;
use rstest::rstest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

const SEED: u64 = 0;
/// Largest difference of a curve's mean over the volumes that a backend takes, in units of Dice.
const DICE: f64 = 0.01;
/// Largest difference of the mean effective number of pixels, as a share.
const SPREAD: f64 = 0.01;

fn root(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Test volumes that a backend goes through: as many as it manages in about a minute.
fn volumes(device: &str) -> usize {
    match device {
        "cpu" => 20,
        "ndarray" => 1,
        _ => 3,
    }
}

fn study() -> Result<Study> {
    let text = SHIPPED.iter().find(|(name, _)| *name == "paper").context("the paper's study")?.1;
    Study::parse(text, &[]).map_err(anyhow::Error::msg)
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

/// Mean Dice by sweep, budget and level over the volumes in `taken`.
fn curves(rows: &[CurveRow], taken: &BTreeSet<&str>) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for row in rows.iter().filter(|row| taken.contains(row.volume.as_str())) {
        let sum = sums.entry(format!("{} N={} {:?}", row.protocol, row.pixels, row.level)).or_default();
        *sum = [sum[0] + row.dice, sum[1] + 1.0];
    }
    sums.into_iter().map(|(point, [sum, count])| (point, sum / count)).collect()
}

#[rstest]
#[ignore = "needs the hippocampus volumes: set LOSSBENCH_DATA to their folder"]
fn checkpoints_give_the_recorded_curves(
    #[values("cpu", "flex", "ndarray", "tch-cpu")] name: &str,
    #[values("bce", "dice", "bce+dice", "bce+dice+focal")] loss: &str,
) -> Result<()> {
    if !device::available().contains(&name) {
        return Ok(());
    }
    let (study, cell) = (study()?, evidence(loss)?);
    let prepared = data(&study, volumes(name))?;
    ensure!(prepared.hash == cell.record.data_hash, "the volumes are not those of the evidence");
    let loss = LossFunction::parse(loss, &study.loss)?;
    let file = format!("fixtures/checkpoints/{}-s{SEED}.safetensors", loss.slug());
    let predictor = Predictor::new(&Weights::read(&root(&file))?, &device::open(name)?, prepared.size);
    let maps = saliency_maps(&predictor, &study, &prepared.test, &loss);
    let groups = prepared.test_volumes();
    let taken: BTreeSet<&str> = groups.iter().map(|(volume, _)| prepared.ids[*volume].as_str()).collect();

    let recorded: Vec<f64> = (cell.saliency.iter())
        .filter(|row| taken.contains(row.volume.as_str()))
        .map(|row| row.measures[0])
        .collect();
    let pixels = prepared.size[0] * prepared.size[1];
    let measured = prepared.test.iter().zip(maps.chunks(pixels)).map(|(slice, map)| {
        let (gradient, mask) = (slice.region.crop(map), slice.region.crop(&slice.mask));
        spread::measure_all(&gradient, &mask, slice.region.width)[0].1
    });
    let [recorded, measured] = [recorded, measured.collect()].map(|values| {
        let finite: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        finite.iter().sum::<f64>() / finite.len() as f64
    });
    let off = (measured / recorded - 1.0).abs();
    ensure!(off <= SPREAD, "effective pixels: {recorded} recorded, {measured} measured");

    let signed = attack::find("signed").context("an attack")?;
    let mut sweeper = Sweeper::new(&predictor, &prepared, &study.trials, SEED);
    let mut rows = Vec::new();
    for (sweep, protocol) in study.protocol.iter().filter(|(_, protocol)| protocol.uniform.is_none()) {
        rows.extend(sweeper.sweep(sweep, protocol, signed, &loss.to_string(), &maps)?);
    }
    let attacked: Vec<CurveRow> = cell.curves.iter().filter(|row| row.attack == "signed").cloned().collect();
    let recorded = curves(&attacked, &taken);
    let mut largest: f64 = 0.0;
    for (point, measured) in curves(&rows, &taken) {
        let recorded = recorded.get(&point).with_context(|| format!("no evidence at {point}"))?;
        ensure!((measured - recorded).abs() <= DICE, "{point}: {recorded} recorded, {measured} measured");
        largest = largest.max((measured - recorded).abs());
    }
    println!("{name} {loss}: {} volumes, Dice off by {largest:.1e}, spread by {off:.1e}", taken.len());
    Ok(())
}
