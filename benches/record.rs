//! Keeping the figures: `MACHINE/DATE.csv` with a row a measurement.

use crate::inputs::folder;
use crate::peer::{Timing, median};
use anyhow::{Context, Result};
use lossbench::records::provenance::Provenance;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

#[derive(Serialize)]
struct Row {
    id: String,
    /// Seconds of one go: median, and the ends of its interval or the extremes of the rounds.
    seconds: f64,
    low: f64,
    high: f64,
    slices_per_second: f64,
    /// Of the comparison: how often eager PyTorch's speed and that of the fastest other engine, and the share of the
    /// ceiling.
    to_pytorch: Option<f64>,
    to_best_engine: Option<f64>,
    of_ceiling: Option<f64>,
    processor: String,
    threads: usize,
    lossbench: String,
    burn: String,
    commit: String,
}

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
    throughput: Option<Throughput>,
}

#[derive(Deserialize)]
struct Throughput {
    #[serde(rename = "Elements")]
    elements: f64,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// Writes what criterion and the comparison measured into `folder`.
pub fn write(folder: &Path, comparison: &[Timing]) -> Result<()> {
    let made = Provenance::here("");
    let commit = text_of(Command::new("git").args(["describe", "--always", "--dirty"]))?;
    let date = text_of(Command::new("date").args(["+%Y-%m-%d"]))?;
    let row = |id: String, [seconds, low, high]: [f64; 3], slices: f64| Row {
        id,
        seconds,
        low,
        high,
        slices_per_second: slices / seconds,
        to_pytorch: None,
        to_best_engine: None,
        of_ceiling: None,
        processor: made.processor.clone(),
        threads: made.threads,
        lossbench: made.lossbench.clone(),
        burn: made.burn.clone(),
        commit: commit.clone(),
    };
    let mut rows = Vec::new();
    for (benchmark, estimates) in measured()? {
        let Estimate { point_estimate, confidence_interval: interval } = estimates.median;
        let seconds = [point_estimate, interval.lower_bound, interval.upper_bound].map(|ns| ns / 1e9);
        rows.push(row(
            benchmark.full_id,
            seconds,
            benchmark.throughput.map_or(1.0, |through| through.elements),
        ));
    }
    for timing in comparison {
        let extreme =
            |pick: fn(f64, f64) -> f64| timing.seconds.iter().copied().reduce(pick).unwrap_or(f64::NAN);
        let seconds = [median(&timing.seconds), extreme(f64::min), extreme(f64::max)];
        rows.push(Row {
            to_pytorch: Some(timing.ratio).filter(|ratio| ratio.is_finite()),
            to_best_engine: Some(timing.to_best).filter(|ratio| ratio.is_finite()),
            of_ceiling: Some(timing.share),
            ..row(format!("peer/{}/{}", timing.work, timing.contender), seconds, timing.slices)
        });
    }
    let machine: String = made.processor.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(format!("{machine}-{}-threads", made.threads));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{date}.csv"));
    let mut writer = csv::Writer::from_path(&path)?;
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    writer.flush()?;
    println!("{}", path.display());
    Ok(())
}

/// What criterion left of its last runs, by id.
fn measured() -> Result<Vec<(Benchmark, Estimates)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder()?.with_file_name("criterion")];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).with_context(|| current.display().to_string())? {
            let path = entry?.path();
            if path.ends_with("new") {
                let read = |name: &str| std::fs::read_to_string(path.join(name));
                found.push((
                    serde_json::from_str::<Benchmark>(&read("benchmark.json")?)?,
                    serde_json::from_str::<Estimates>(&read("estimates.json")?)?,
                ));
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort_by(|a, b| a.0.full_id.cmp(&b.0.full_id));
    Ok(found)
}

fn text_of(command: &mut Command) -> Result<String> {
    Ok(String::from_utf8(command.output()?.stdout)?.trim().to_string())
}
