//! Each sweep of the paper, as the studies run it: ranking, perturbing, forward passes, scores.

use crate::inputs::{Inputs, devices, output};
use crate::measurement::SliceTime;
use anyhow::{Context, Result, ensure};
use criterion::{Criterion, Throughput};
use lossbench::attack::attacks;
use lossbench::definition::trials::TrialsConfig;
use lossbench::network::chunked::Predictor;
use lossbench::records::rows::CurveRow;
use lossbench::study::maps::Maps;
use lossbench::study::prepared::Prepared;
use lossbench::study::sweep::Sweeper;

const SLICES: usize = 32;

/// A network and the slices that it is attacked on.
pub struct Target {
    pub prepared: Prepared,
    pub predictor: Predictor,
    /// The slices' saliency.
    pub maps: Maps,
}

impl Target {
    /// The first `count` test slices.
    pub fn new(inputs: &Inputs, device: &lossbench::network::device::Device, count: usize) -> Result<Self> {
        let mut prepared = Prepared::load(&inputs.study, None)?;
        prepared.test.truncate(count);
        let predictor = inputs.predictor(device);
        let maps = Maps::of(&predictor, &prepared.test, output(), &inputs.loss)?;
        Ok(Self { prepared, predictor, maps })
    }

    /// Rows of one sweep under the paper's attack.
    pub fn sweep(&self, inputs: &Inputs, name: &str, trials: &TrialsConfig) -> Result<Vec<CurveRow>> {
        let sweep = inputs.study.sweeps.get(name).context("no such sweep")?;
        let signed = attacks().next().context("no attack")?;
        let mut sweeper = Sweeper::new(&self.predictor, &self.prepared, trials, "bce+dice", 0);
        Ok(sweeper.sweep(name, sweep, signed, "own", &self.maps)?)
    }
}

/// Mean Dice over slices at each point, in the order of the rows.
pub fn curve(rows: &[CurveRow]) -> Vec<f64> {
    let mut points: Vec<(Option<usize>, Option<f32>, f64, usize)> = Vec::new();
    for row in rows {
        match points.iter_mut().find(|(pixels, level, ..)| (*pixels, *level) == (row.pixels, row.level)) {
            Some((.., sum, slices)) => {
                *sum += row.dice * row.slices as f64;
                *slices += row.slices;
            }
            None => points.push((row.pixels, row.level, row.dice * row.slices as f64, row.slices)),
        }
    }
    points.into_iter().map(|(.., sum, slices)| sum / slices as f64).collect()
}

/// Adds the benches.
pub fn benches(criterion: &mut Criterion<SliceTime>, inputs: &Inputs) -> Result<()> {
    for device in devices()? {
        let target = Target::new(inputs, &device, SLICES)?;
        let trials = TrialsConfig { least: 2, most: 2, ..inputs.study.trials.clone() };
        for name in inputs.study.sweeps.keys() {
            let rows = target.sweep(inputs, name, &trials)?;
            let passes: usize = rows.iter().map(|row| row.slices * row.trials).sum();
            ensure!(curve(&rows).iter().all(|dice| (0.0..=1.0).contains(dice)), "{name} left its range");
            let most = rows.iter().filter_map(|row| row.pixels).max().unwrap_or(0);
            let mut group = criterion.benchmark_group(format!("sweep-{name}"));
            group.throughput(Throughput::Elements(passes as u64));
            group.bench_function(format!("{}/base16/batch{SLICES}/N{most}", device.name), |bencher| {
                bencher.iter(|| target.sweep(inputs, name, &trials));
            });
            group.finish();
        }
    }
    Ok(())
}
