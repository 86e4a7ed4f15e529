//! Claims on attacks, whose sweeps have attacks of their own.

use crate::judged;
use crate::made_up::*;
use anyhow::{Context, Result};
use lossbench::claims::registry;
use lossbench::claims::verdict::Outcome;
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::records::run::Run;
use rstest::rstest;

/// A run of the study of attacks, where two sweeps do other harm than the rest: `lost` is taken once more under BCE's
/// gradient and from random foreground pixels.
fn run_of_attacks(networks: [Network; 4]) -> Result<Run> {
    let text = shipped::text("attacks").context("the study of attacks")?;
    let study = Study::parse(text, &[]).map_err(anyhow::Error::msg)?;
    let mut run = run(networks)?;
    let cells = LOSSES.iter().zip(networks).flat_map(|(loss, network)| {
        let study = &study;
        (0..SEEDS).map(move |seed| {
            let mut cell = cell(loss, seed, network, study);
            for row in &mut cell.curves {
                let by = study.attacks_of(&study.sweeps[&row.sweep]);
                row.attack = by.first().map_or_else(String::new, |by| by.name());
                if ["pgd-bce", "random-foreground"].contains(&row.sweep.as_str()) && !row.is_clean() {
                    row.dice -= network.lost;
                }
            }
            cell
        })
    });
    run.cells = cells.collect();
    Ok(Run { study, ..run })
}

/// Losses fall by what the paper says: compounds least, then BCE, Dice most; then the other way round.
#[rstest]
#[case([0.2, 0.3, 0.1, 0.1], [Outcome::Reproduced; 6])]
#[case([0.1, 0.1, 0.3, 0.3], [
    Outcome::Absent,
    Outcome::NotReproduced,
    Outcome::Absent,
    Outcome::NotReproduced,
    Outcome::Reproduced,
    Outcome::Reproduced,
])]
fn claims_on_attacks_are_judged_by_their_own_sweeps(
    #[case] lost: [f64; 4],
    #[case] expected: [Outcome; 6],
) -> Result<()> {
    let run = run_of_attacks(lost.map(|lost| Network { clean: 0.9, lost, spread: 100.0, belief: 0.0 }))?;
    let verdicts = judged(&run, &registry::set("attacks")?);
    let outcomes: Vec<Outcome> = verdicts.iter().map(|verdict| verdict.outcome).collect();
    assert_eq!(outcomes, expected, "{verdicts:#?}");
    Ok(())
}
