//! How long the steady study trains: the rule of METHODOLOGY.md on the validation scores of a trial.

use crate::golden::{path, whole};
use anyhow::{Context, Result, ensure};
use lossbench::definition::study::Study;
use lossbench::records::run::Run;
use std::fs;

const COUNTS: [usize; 4] = [6, 12, 24, 36];
/// Name in METHODOLOGY.md and in the trial's arms.
const LOSSES: [(&str, &str); 4] =
    [("BCE", "bce"), ("Dice", "dice"), ("BCE + Dice", "both"), ("BCE + Dice + Focal", "all")];
/// What a score may move by once the length no longer matters.
const MOVES: f64 = 0.005;

/// Validation Dice after the last epoch of each count, the mean of the seeds.
fn scores(run: &Run, loss: &str) -> Result<[f64; 4]> {
    let mut scores = [0.0; 4];
    for (score, count) in scores.iter_mut().zip(COUNTS) {
        let arm = format!("{loss}-{count}");
        let cells: Vec<_> = run.cells.iter().filter(|cell| cell.record.loss == arm).collect();
        ensure!(cells.len() == 2, "{arm} has {} seeds", cells.len());
        for cell in cells {
            let last = cell.training.last().context("an epoch")?;
            *score += last.validation_dice.context("a validation score")? / 2.0;
        }
    }
    Ok(scores)
}

/// The table says what the evidence says, and the study trains for the smallest count beyond which no score moves.
#[test]
fn the_steady_study_trains_until_length_no_longer_matters() -> Result<()> {
    let run = Run::read(&path("evidence").join("steady-epochs"))?;
    whole(&run, &Study::read("steady-epochs", &[])?)?;
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/METHODOLOGY.md"))?;
    let mut all = Vec::new();
    for (title, loss) in LOSSES {
        let scores = scores(&run, loss)?;
        let row = scores.map(|score| format!("{score:.4}")).join(" | ");
        ensure!(text.contains(&format!("| {title} | {row} |\n")), "{title} should have {row}");
        all.push(scores);
    }
    let settled = |from: &usize| {
        let moved =
            |scores: &[f64; 4]| scores[*from..].iter().any(|score| (score - scores[*from]).abs() > MOVES);
        !all.iter().any(moved)
    };
    let chosen = (0..COUNTS.len()).find(settled).context("a count")?;
    assert_eq!(Study::read("steady", &[])?.train.epochs, COUNTS[chosen]);
    Ok(())
}
