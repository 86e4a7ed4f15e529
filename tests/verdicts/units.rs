//! What counts as one observation: pairs of seeds that hold each other's networks, volumes of one subject.

use crate::made_up::*;
use crate::{reading, steady};
use anyhow::{Context, Result};
use approx::assert_relative_eq;
use lossbench::claims::verdict::Outcome;
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::evidence::Evidence;
use lossbench::evidence::quantity::{Quantity, Sweeps};
use lossbench::records::cell::Cell;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;
use lossbench::records::transfer::{Seeds, Transfer};
use rstest::rstest;

/// Every network loses `other` more under the map of another loss's network of the next seed than under that of its own.
fn attacked_across(run: &mut Run, other: f64) {
    for seed in 0..SEEDS {
        let curves = LOSSES.iter().map(|attacked| {
            let of = |cell: &&Cell| cell.record.loss == *attacked && cell.record.seed == seed;
            let cells = run.cells.iter().filter(of);
            let rows = cells.flat_map(|cell| &cell.curves).flat_map(|row| {
                LOSSES.iter().map(move |map| CurveRow {
                    map: (*map).into(),
                    dice: row.dice - if map == attacked { 0.0 } else { other },
                    ..row.clone()
                })
            });
            (attacked.to_string(), rows.collect())
        });
        let transfer = Transfer {
            seeds: Seeds { attacked: seed, maps: seed ^ 1 },
            curves: curves.collect(),
            agreement: vec![],
        };
        run.transfers.push(transfer);
    }
}

#[rstest]
#[case::less_harm(-0.3, Outcome::Reproduced)]
#[case::more_harm(0.3, Outcome::NotReproduced)]
fn what_networks_look_at_is_told_by_the_maps_of_another_seed(
    #[case] other: f64,
    #[case] outcome: Outcome,
) -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    attacked_across(&mut run, other);
    let evidence = Evidence::of(&run, reading(false));
    let quantity = Quantity::Transfer { sweep: Sweeps::One("fig3".into()), pixels: None, level: Some(0.6) };
    let measured = evidence.measure("bce", "dice", &quantity).map_err(anyhow::Error::msg)?;
    let value = measured.mean(&[1.0; SEEDS as usize], &[1.0; VOLUMES]);
    assert_relative_eq!(value, -other, epsilon = 1e-12);
    assert_eq!(steady(&run, "C29")?.outcome, outcome);
    Ok(())
}

/// Two seeds that hold each other's networks are one observation: pairs of mean 0.2, 0.5 and 0.5 vary by 0.03.
#[test]
fn seeds_of_a_pair_are_left_out_together() -> Result<()> {
    let run = run(as_the_paper_says())?;
    let evidence = Evidence::of(&run, reading(false));
    let values = [0.1, 0.3, 0.5, 0.5, 0.2, 0.8];
    assert_eq!(evidence.seeds.len(), values.len());
    let mean = |seeds: &[f64], _: &[f64]| {
        let sum: f64 = seeds.iter().zip(values).map(|(weight, value)| weight * value).sum();
        sum / seeds.iter().sum::<f64>()
    };
    let of_pairs = evidence.estimate_of_pairs(mean);
    assert_relative_eq!(of_pairs.value, 0.4, max_relative = 1e-12);
    assert_relative_eq!(of_pairs.standard_error, 0.1, max_relative = 1e-9);
    assert_eq!((of_pairs.degrees, evidence.estimate(mean).degrees), (2.0, 5.0));
    Ok(())
}

/// A single pair of seeds is one observation, whatever its volumes say.
#[test]
fn one_pair_of_seeds_decides_nothing() -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    attacked_across(&mut run, 0.3);
    assert_eq!(steady(&run, "C29")?.outcome, Outcome::NotReproduced);
    run.cells.retain(|cell| cell.record.seed < 2);
    run.transfers.retain(|transfer| transfer.seeds.attacked < 2);
    let verdict = steady(&run, "C29")?;
    assert_eq!((verdict.outcome, verdict.adjusted_p), (Outcome::Inconclusive, 1.0));
    assert!(verdict.comparisons[0].interval[0].is_nan(), "{verdict:#?}");
    Ok(())
}

/// Two sides of one scan are one subject: eight volumes that pair up are worth four.
#[test]
fn volumes_of_one_subject_are_left_out_together() -> Result<()> {
    let mut run = run(as_the_paper_says())?;
    let error = |run: &Run| -> Result<f64> {
        let evidence = Evidence::of(run, reading(false));
        let clean = evidence.measure("bce", "dice", &Quantity::Clean {}).map_err(anyhow::Error::msg)?;
        // Seeds counted alike, so that what is left is the volumes' share.
        Ok(evidence.estimate(|_, volumes| clean.mean(&[1.0; SEEDS as usize], volumes)).standard_error)
    };
    let by_volume = error(&run)?;
    run.study = Study::parse(
        shipped::text("paper").context("the paper's study")?,
        &["split.group=before(_)".to_string()],
    )
    .map_err(anyhow::Error::msg)?;
    // All are of the subject `volume`: nothing is left to tell how subjects differ.
    assert!(by_volume > 0.0);
    assert_eq!(error(&run)?, 0.0);
    Ok(())
}
