//! Judging claims by a run whose numbers are made up, so that every verdict is known beforehand.

mod absent;
mod attacks;
mod bands;
mod made_up;
mod maps;
mod ranking;
mod units;

use crate::made_up::*;
use anyhow::{Context, Result};
use approx::assert_relative_eq;
use lossbench::claims::claim::Claim;
use lossbench::claims::registry;
use lossbench::claims::verdict::{Outcome, Verdict, judge};
use lossbench::evidence::quantity::{Quantity, Sweeps};
use lossbench::evidence::{Evidence, Reading};
use lossbench::records::run::Run;
use rstest::rstest;

fn reading(micro: bool) -> Reading {
    Reading { attack: "signed".into(), micro }
}

fn judged(run: &Run, claims: &[Claim]) -> Vec<Verdict> {
    judge(claims, &Evidence::of(run, reading(false)))
}

fn claims() -> Result<Vec<Claim>> {
    Ok(registry::set(registry::DEFAULT)?)
}

fn verdict(run: &Run, id: &str) -> Result<Verdict> {
    in_set(run, registry::DEFAULT, id)
}

fn in_set(run: &Run, set: &str, id: &str) -> Result<Verdict> {
    let claims = registry::set(set)?;
    judged(run, &claims).into_iter().find(|verdict| verdict.id == id).context("a verdict")
}

#[rstest]
#[case("C01", Outcome::Reproduced)]
#[case("C02", Outcome::Reproduced)]
#[case("C03", Outcome::Reproduced)]
#[case("C04", Outcome::Reproduced)]
#[case("C05", Outcome::Reproduced)]
#[case("C06", Outcome::Reproduced)]
#[case("C07", Outcome::Reproduced)]
#[case::dice_scores_a_fifth_not_under_5_percent("C08", Outcome::NotReproduced)]
#[case("C09", Outcome::Reproduced)]
#[case::areas_never_change_here("C10", Outcome::Inconclusive)]
#[case("C11", Outcome::Reproduced)]
#[case::margins_are_all_alike_here("C12", Outcome::Inconclusive)]
#[case::bce_dice_scores_under_70_percent("C13", Outcome::NotReproduced)]
#[case("C14", Outcome::Reproduced)]
#[case("C15", Outcome::Reproduced)]
#[case("C16", Outcome::Reproduced)]
#[case("C17", Outcome::Reproduced)]
#[case("C18", Outcome::Reproduced)]
#[case("C19", Outcome::Reproduced)]
#[case("C20", Outcome::Reproduced)]
fn a_run_made_as_the_paper_says_is_judged_as_it_was_made(
    #[case] id: &str,
    #[case] expected: Outcome,
) -> Result<()> {
    let verdict = verdict(&run(as_the_paper_says())?, id)?;
    assert_eq!(verdict.outcome, expected, "{verdict:#?}");
    Ok(())
}

#[rstest]
#[case("C01")]
#[case("C05")]
#[case("C17")]
#[case("C19")]
fn a_run_made_the_other_way_round_contradicts(#[case] id: &str) -> Result<()> {
    let [bce, dice, both, focal] = as_the_paper_says();
    let swapped = [
        Network { spread: dice.spread, clean: 0.82, lost: bce.lost, belief: -1.0 },
        Network { spread: bce.spread, clean: 0.76, lost: both.lost, belief: -1.0 },
        Network { lost: dice.lost, belief: -1.0, ..both },
        Network { belief: -1.0, ..focal },
    ];
    let verdict = verdict(&run(swapped)?, id)?;
    assert_eq!(verdict.outcome, Outcome::NotReproduced, "{verdict:#?}");
    Ok(())
}

#[test]
fn quantities_are_what_the_rows_say() -> Result<()> {
    let run = run(as_the_paper_says())?;
    let measure = |loss: &str, quantity: &Quantity, micro: bool| -> Result<f64> {
        let evidence = Evidence::of(&run, reading(micro));
        let measured = evidence.measure(loss, "dice", quantity).map_err(anyhow::Error::msg)?;
        Ok(measured.mean(&[1.0; SEEDS as usize], &[1.0; VOLUMES]))
    };
    let ripples: Vec<Vec<f64>> =
        (0..SEEDS).map(|seed| (0..VOLUMES).map(|volume| ripple(seed + 3, volume)).collect()).collect();
    let ripple_mean = ripples.iter().flatten().sum::<f64>() / (SEEDS as usize * VOLUMES) as f64;
    assert_relative_eq!(
        measure("bce", &Quantity::Clean {}, false)?,
        0.75 + ripple_mean,
        max_relative = 1e-12
    );

    // Micro Dice weights volumes by their area, 1 to 8.
    let weighted = |row: &Vec<f64>| (1..).zip(row).map(|(area, value)| f64::from(area) * value).sum::<f64>();
    let micro = ripples.iter().map(weighted).sum::<f64>() / (SEEDS as f64 * 36.0);
    assert_relative_eq!(measure("bce", &Quantity::Clean {}, true)?, 0.75 + micro, max_relative = 1e-12);

    let fig3 = || Sweeps::One("fig3".into());
    let drop = Quantity::Drop { sweep: fig3(), pixels: None, level: Some(0.6) };
    assert_relative_eq!(measure("bce", &drop, false)?, 0.02, max_relative = 1e-9);
    let over_two = Sweeps::Many(vec!["fig3".into(), "fig5".into()]);
    let drop = Quantity::Drop { sweep: over_two, pixels: None, level: None };
    // 7 levels and 13 budgets, one of them 0.
    assert_relative_eq!(measure("bce", &drop, false)?, 0.02 * 19.0 / 20.0, max_relative = 1e-9);
    let area = Quantity::Area { sweep: fig3(), pixels: None, level: Some(0.4) };
    assert_relative_eq!(measure("bce", &area, false)?, 1.0, max_relative = 1e-12);
    // 18 of 20 bins are undecided, with 30 pixels each; 400 pixels are foreground.
    assert_relative_eq!(measure("bce", &Quantity::Softness {}, false)?, 540.0 / 400.0, max_relative = 1e-12);
    assert_relative_eq!(measure("bce", &Quantity::Sharpness {}, false)?, 2.0 / 400.0, max_relative = 0.01);
    assert_relative_eq!(measure("bce", &Quantity::Agreement {}, false)?, 0.95, max_relative = 0.01);
    Ok(())
}

#[test]
fn what_a_run_lacks_is_said() -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    run.transfers.clear();
    let agreement = verdict(&run, "C16")?;
    assert_eq!(agreement.outcome, Outcome::NotMeasured);
    assert!(agreement.lacks.contains("transfer"), "{}", agreement.lacks);

    run.study.arms.retain(|arm| arm.name != "bce+dice");
    let compound = verdict(&run, "C05")?;
    assert!(compound.lacks.contains("no loss bce+dice"), "{}", compound.lacks);
    assert_eq!(verdict(&run, "C01")?.outcome, Outcome::Reproduced);
    Ok(())
}

#[test]
fn only_seeds_with_every_loss_count() -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    run.cells.retain(|cell| (cell.record.loss.as_str(), cell.record.seed) != ("dice", 4));
    assert_eq!(Evidence::of(&run, reading(false)).seeds, [0, 1, 2, 3, 5]);
    Ok(())
}

#[test]
fn the_more_claims_the_larger_the_p_values() -> Result<()> {
    let run = run(as_the_paper_says())?;
    let all = claims()?;
    let alone = judged(&run, &all[16..17]).remove(0);
    let among = judged(&run, &all).remove(16);
    assert_eq!(alone.id, "C17");
    let (one, many) = (&alone.comparisons[0], &among.comparisons[0]);
    assert_eq!([one.value, one.p_holds, one.p_opposite], [many.value, many.p_holds, many.p_opposite]);
    assert!(many.detectable > one.detectable, "{one:?} {many:?}");
    assert!(alone.adjusted_p > 0.0 && among.adjusted_p > alone.adjusted_p, "{alone:?} {among:?}");
    Ok(())
}

fn steady(run: &Run, id: &str) -> Result<Verdict> {
    in_set(run, "steady", id)
}

#[test]
fn a_network_that_did_not_learn_decides_nothing() -> Result<()> {
    let [bce, dice, both, focal] = as_the_paper_says();
    let run = run([Network { clean: 0.02, lost: 0.0, ..bce }, dice, both, focal])?;
    let verdict = verdict(&run, "C06")?;
    assert_eq!(verdict.outcome, Outcome::NotMeasured);
    assert!(verdict.lacks.contains("bce of seed 0 did not learn: clean Dice 0.0"), "{}", verdict.lacks);
    assert_eq!(Evidence::of(&run, reading(false)).unlearned().len(), SEEDS as usize);
    Ok(())
}

#[test]
fn one_seed_gives_estimates_and_no_verdict() -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    run.cells.retain(|cell| cell.record.seed == 3);
    let verdict = verdict(&run, "C05")?;
    assert_eq!(verdict.outcome, Outcome::OneSeed);
    assert_relative_eq!(verdict.comparisons[0].value, 0.4, max_relative = 1e-9);
    Ok(())
}
