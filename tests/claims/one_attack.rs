//! Whether the league's order under PGD is that of its losses or of its attack: the same networks under PGD along the loss of
//! each one's training (`golden/evidence/league`) and along losses that are the same for all (`league-common`, `league-small`).

use crate::golden::path;
use crate::studies::snapshot;
use anyhow::{Context, Result, ensure};
use lossbench::evidence::{Evidence, Reading};
use lossbench::records::run::Run;
use lossbench::stats::rank::spearman;
use std::fmt::Write;

const SEEDS: [u64; 2] = [132, 133];
const PIXELS: [&str; 9] = [
    "bce",
    "weighted-bce",
    "label-smoothed-bce",
    "focal",
    "poly",
    "hinge",
    "mse",
    "mae",
    "sensitivity-specificity",
];
/// Sums of both kinds.
const SUMS: [&str; 5] = ["bce+dice", "bce+dice+focal", "combo", "unified-focal", "exponential-log"];

#[test]
fn the_leagues_order_under_one_attack_for_all() -> Result<()> {
    let own = Run::read(&path("evidence/league"))?;
    let mut text = String::new();
    for (name, radius) in [("league-small", 0.001), ("league-common", 0.004)] {
        let common = Run::read(&path("evidence").join(name))?;
        let ranked = Evidence::of(&common, Reading::of(&common.study)).rankings(&[]);
        let ranked = ranked.into_iter().next().context("a ranking")?;
        let arms: Vec<String> = ranked.arms.into_iter().map(|standing| standing.arm).collect();
        ensure!(arms.len() == 26, "{} arms", arms.len());
        let by_seed = |run: &Run, sweep: &str| -> Result<Vec<Vec<f64>>> {
            let of = |seed| arms.iter().map(|arm| dice(run, arm, seed, sweep, radius)).collect();
            SEEDS.into_iter().map(of).collect()
        };
        let (own, common) = (by_seed(&own, "pgd")?, by_seed(&common, "pgd-common")?);
        let mean =
            |of: &[Vec<f64>]| -> Vec<f64> { (0..arms.len()).map(|n| (of[0][n] + of[1][n]) / 2.0).collect() };
        writeln!(
            text,
            "radius {radius}: order by own and by common losses {:.2}",
            spearman(&mean(&own), &mean(&common))
        )?;
        for (attack, scores) in [("own", &own), ("common", &common)] {
            let group = |belongs: &dyn Fn(&str) -> bool| {
                let scores =
                    arms.iter().zip(mean(scores)).filter(|(arm, _)| belongs(arm)).map(|(_, one)| one);
                let scores: Vec<f64> = scores.collect();
                scores.iter().sum::<f64>() / scores.len() as f64
            };
            writeln!(
                text,
                "  {attack}: over pixels {:.3}, over regions {:.3}, sums {:.3}; order of one seed and the other {:.2}",
                group(&|arm| PIXELS.contains(&arm)),
                group(&|arm| !PIXELS.contains(&arm) && !SUMS.contains(&arm)),
                group(&|arm| SUMS.contains(&arm)),
                spearman(&scores[0], &scores[1])
            )?;
        }
        for (arm, (own, common)) in arms.iter().zip(mean(&own).into_iter().zip(mean(&common))) {
            writeln!(text, "  {arm}: own {own:.3}, common {common:.3}")?;
        }
    }
    snapshot("studies", "league-one-attack", text);
    Ok(())
}

/// Mean over test volumes at `radius` of a sweep.
fn dice(run: &Run, arm: &str, seed: u64, sweep: &str, radius: f32) -> Result<f64> {
    let mut cells = run.cells.iter();
    let cell = cells.find(|cell| cell.record.loss == arm && cell.record.seed == seed).context("a cell")?;
    let here = cell.curves.iter().filter(|row| row.sweep == sweep && row.radius == Some(radius));
    let dice: Vec<f64> = here.map(|row| row.dice).collect();
    ensure!(dice.len() == 11, "{arm}: {} volumes", dice.len());
    Ok(dice.iter().sum::<f64>() / dice.len() as f64)
}
