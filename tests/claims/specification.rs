//! The specification curve of every reading that was recorded (`golden/evidence/specification`): `golden/studies/specification.snap`.

use crate::golden::path;
use crate::studies::snapshot;
use anyhow::{Context, Result, ensure};
use lossbench::evidence::specification::{At, PAPERS_PAIRS, PAPERS_POINTS, Pair, Side, Specifications};
use lossbench::records::run::Run;
use lossbench::report::text::specification::{sentence, text};
use std::collections::BTreeSet;
use std::fs;

/// The base, from which choices are told, then the readings in the order of `scripts/specification_curve.sh`.
const READINGS: [&str; 16] = [
    "base",
    "percentile",
    "z-score",
    "half-training",
    "twice-training",
    "no-norm",
    "group-norm",
    "softmax",
    "slice-dice",
    "less-bce",
    "more-bce",
    "augment",
    "logit",
    "augment-twice-training",
    "percentile-no-norm",
    "z-score-group-norm-slice-dice",
];

#[test]
fn no_reading_is_added_or_taken_away() -> Result<()> {
    let entries = fs::read_dir(path("evidence/specification"))?.collect::<Result<Vec<_>, _>>()?;
    let folders: BTreeSet<String> =
        entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(folders, READINGS.map(String::from).into());
    let script = fs::read_to_string(path("../scripts/specification_curve.sh"))?;
    let run = script.lines().filter_map(|line| line.trim().strip_prefix("$1 ")?.split(' ').next());
    assert_eq!(run.collect::<Vec<_>>(), READINGS[1..]);
    Ok(())
}

#[test]
fn the_curve_of_every_reading() -> Result<()> {
    let runs = READINGS.map(|name| Run::read(&path("evidence/specification").join(name)));
    let runs = runs.into_iter().collect::<Result<Vec<_>, _>>()?;
    let curves = curves(&runs, &["signed", "magnitude"])?;
    let base = &runs[0].study;
    let title = |arm: &str| base.title(arm);
    snapshot("studies", "specification", text(&curves, title));
    // What the documents quote of it.
    let quoted = curves.curves.iter().map(|curve| sentence(curve, title) + "\n").collect::<String>();
    let methodology = fs::read_to_string(path("../METHODOLOGY.md"))?;
    ensure!(
        methodology.contains(&format!("```text\n{quoted}```\n")),
        "METHODOLOGY.md should quote: {quoted}"
    );
    let readme = fs::read_to_string(path("../README.md"))?.replace('\n', " ");
    let counts = curves.curves.iter().map(|curve| {
        let [above, below] = [Side::Above, Side::Below].map(|side| curve.count(side));
        [above, curve.specifications.len(), below]
    });
    for ([above, all, below], words) in counts.zip(["comparisons and below it in", ", and below it in"]) {
        let counted = format!("in {above} of {all} {words} {below}").replace(" ,", ",");
        ensure!(readme.contains(&counted), "README.md should say: {counted}");
    }
    Ok(())
}

/// The curves of the paper's pairs and points over `runs`, which have to be whole, by each of `attacks` or by the first of each run;
/// choices are told from those of the first run.
pub fn curves(runs: &[Run], attacks: &[&str]) -> Result<Specifications> {
    let base = &runs.first().context("a run")?.study;
    let pairs = PAPERS_PAIRS.map(Pair::parse).into_iter().collect::<Result<_, _>>();
    let points = PAPERS_POINTS.map(At::parse).into_iter().collect::<Result<Vec<_>, _>>();
    let points = points.map_err(anyhow::Error::msg)?;
    let attacks = attacks.iter().map(|name| name.to_string()).collect();
    let mut curves = Specifications::new(base, pairs.map_err(anyhow::Error::msg)?, points, attacks)
        .map_err(anyhow::Error::msg)?;
    for run in runs {
        let cells = run.study.arms.len() * run.study.seeds.len();
        ensure!(run.cells.len() == cells, "{} has {} of {cells} cells", run.study.name, run.cells.len());
        curves.add(run).map_err(anyhow::Error::msg).with_context(|| run.study.name.clone())?;
    }
    Ok(curves)
}
