//! The first table of README.md says what the evidence says.

use crate::golden::path;
use anyhow::{Context, Result, ensure};
use lossbench::evidence::comparison::Scored;
use lossbench::evidence::{Evidence, Reading};
use lossbench::records::run::Run;
use std::fs;

#[test]
fn the_readme_s_differences_to_dice_loss_are_those_of_the_evidence() -> Result<()> {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))?;
    let run = Run::read(&path("evidence/paper"))?;
    let evidence = Evidence::of(&run, Reading::of(&run.study));
    let comparison = evidence.against_default(&run.study).context("a comparison")?;
    ensure!(comparison.arms.len() == 4 && comparison.baseline == "dice", "arms of the paper");
    let cell = |scored: &Scored| match scored.difference {
        // An interval is for one difference by itself: where it leaves out 0, the corrected p stands beside it.
        Some(one) => {
            let p = one.adjusted_p.filter(|_| one.is_sure_alone()).map(|p| format!(", p {p:.3}"));
            let [low, high] = one.interval;
            format!("{:+.3} ({low:.3} to {high:.3}{})", one.value, p.unwrap_or_default())
        }
        None => format!("(Dice loss: {:.3})", scored.dice),
    };
    for arm in &comparison.arms {
        let clean = cell(arm.clean.as_ref().context("clean")?);
        let attacked = cell(arm.attacked.as_ref().context("attacked")?);
        let line = match arm.arm == comparison.baseline {
            true => format!("clean images {clean} | attacked images {attacked} |"),
            false => format!("| {} | {clean} | {attacked} |\n", run.study.title(&arm.arm)),
        };
        ensure!(readme.contains(&line), "README.md should have: {line}");
    }
    Ok(())
}
