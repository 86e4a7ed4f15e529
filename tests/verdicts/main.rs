//! Judging claims by a run whose numbers are made up, so that every verdict is known beforehand.

mod bands;
mod made_up;
mod ranking;

use crate::made_up::*;
use anyhow::{Context, Result};
use approx::assert_relative_eq;
use lossbench::claims::claim::{Claim, Predicate};
use lossbench::claims::finding::Comparison;
use lossbench::claims::registry;
use lossbench::claims::verdict::{Outcome, Verdict, judge};
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::evidence::quantity::{Quantity, Sweeps};
use lossbench::evidence::{Evidence, Reading};
use lossbench::records::cell::Cell;
use lossbench::records::checks::{CASCADING, FaithfulnessRow, SanityRow};
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;
use lossbench::records::saliency::SaliencyRow;
use lossbench::records::transfer::{Seeds, Transfer};
use lossbench::similarity::SIMILARITIES;
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

/// Networks of one made-up kind: every effect is absent that is not a limit.
fn all_alike() -> [Network; 4] {
    [Network { clean: 0.8, lost: 0.3, spread: 100.0, belief: 0.0 }; 4]
}

fn steady(run: &Run, id: &str) -> Result<Verdict> {
    let claims = registry::set("steady")?;
    judged(run, &claims).into_iter().find(|verdict| verdict.id == id).context("a verdict")
}

#[rstest]
#[case::an_ordering("C22")]
#[case::a_conjunction_of_two_sweeps("C21")]
#[case::a_difference_in_either_direction("C28")]
#[case::within_the_range("C31")]
fn what_is_alike_is_absent(#[case] id: &str) -> Result<()> {
    let verdict = steady(&run(all_alike())?, id)?;
    assert_eq!(verdict.outcome, Outcome::Absent, "{verdict:#?}");
    let decisive = &verdict.comparisons[verdict.decisive];
    assert!(decisive.excluded < decisive.smallest && verdict.adjusted_p < 0.05, "{verdict:#?}");
    Ok(())
}

/// BCE + Dice is far above Dice loss; then it is the other way round.
#[rstest]
#[case::as_claimed([0.5, 0.6, 0.1, 0.3], Outcome::Reproduced, Outcome::Reproduced)]
#[case::the_opposite([0.5, 0.1, 0.6, 0.3], Outcome::NotReproduced, Outcome::Reproduced)]
#[case::a_trace([0.5, 0.52, 0.5, 0.5], Outcome::Absent, Outcome::Absent)]
fn directions_matter_for_an_ordering_and_not_for_a_difference(
    #[case] lost: [f64; 4],
    #[case] ordering: Outcome,
    #[case] difference: Outcome,
) -> Result<()> {
    let run = run(lost.map(|lost| Network { clean: 0.9, lost, spread: 100.0, belief: 0.0 }))?;
    assert_eq!(steady(&run, "C22")?.outcome, ordering);
    let varies = steady(&run, "C28")?;
    assert_eq!(varies.outcome, difference);
    // Any pair that differs is enough: shown is the one that most surely does, or that is least surely absent.
    let sure = |one: &Comparison| match difference {
        Outcome::Absent => one.p_absent.map_or(f64::NAN, |p| -p),
        _ => one.p_holds,
    };
    let least = varies.comparisons.iter().map(sure).fold(f64::INFINITY, f64::min);
    assert_eq!(sure(&varies.comparisons[varies.decisive]), least, "{varies:#?}");
    Ok(())
}

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

/// What is excluded is so by the test that the verdict takes: of C18 one of three comparisons is chosen, and of C28, which any of
/// six pairs carries, an effect is excluded where all six exclude it.
#[test]
fn what_is_excluded_is_corrected_as_absence_is() -> Result<()> {
    let run = run(as_the_paper_says())?;
    let alone = |id: &str| -> Result<Verdict> {
        let claims: Vec<Claim> =
            registry::set("steady")?.into_iter().filter(|claim| claim.id == id).collect();
        judged(&run, &claims).pop().context("a verdict")
    };
    let verdict = alone("C18")?;
    assert_eq!(verdict.comparisons.len(), 3);
    for one in &verdict.comparisons {
        // The mean and quantiles of Student's t with five degrees of freedom, scipy.stats.t.ppf of 1 - 0.05 / 3 and of 0.975.
        let error = (one.interval[1] - one.value) / 2.570_581_835_636_315;
        let excluded = (one.value + 2.911_710_5 * error).max(0.0);
        assert_relative_eq!(one.excluded.context("a direction")?, excluded, epsilon = 1e-6);
    }
    let verdict = alone("C28")?;
    let bounds: Vec<f64> = verdict.comparisons.iter().filter_map(|one| one.excluded).collect();
    let least = verdict.comparisons.iter().map(|one| one.value.abs()).fold(0.0, f64::max);
    assert_eq!(bounds.len(), 6);
    assert!(bounds.iter().all(|&bound| bound == bounds[0] && bound > least), "{bounds:?} {least}");
    Ok(())
}

/// What the checks of one way of explaining say in a made-up cell.
struct Trust {
    method: &'static str,
    /// Similarity after every layer was drawn anew.
    alike: f64,
    /// Area under Dice as pixels go in its order.
    deletion: f64,
}

const TRUSTED: [Trust; 3] = [
    Trust { method: "gradient", alike: 0.2, deletion: 0.2 },
    Trust { method: "guided-backprop", alike: 0.8, deletion: 0.3 },
    Trust { method: "random", alike: 0.0, deletion: 0.6 },
];

/// Gives every cell what checks of `methods` say, and as its spread that of every method that the set `maps` names.
fn with_checks(mut run: Run, methods: &[Trust]) -> Result<Run> {
    let claims = registry::set("maps")?;
    let quantities = claims.iter().flat_map(|claim| &claim.predicates).flat_map(Predicate::quantities);
    let mut named: Vec<String> = Vec::new();
    for quantity in quantities {
        if let Quantity::Spread { method: Some(method), .. } = quantity {
            named.push(method.clone());
        }
    }
    named.sort();
    named.dedup();
    for cell in &mut run.cells {
        let seed = cell.record.seed + cell.record.loss.len() as u64;
        let plain = std::mem::take(&mut cell.saliency);
        for method in &named {
            let of = |row: &SaliencyRow| SaliencyRow { method: Some(method.clone()), ..row.clone() };
            cell.saliency.extend(plain.iter().map(of));
        }
        for Trust { method, alike, deletion } in methods {
            for volume in 0..VOLUMES {
                let noisy = |value: f64| Some((value + ripple(seed, volume)) as f32);
                for (layer, value) in [("head", 0.99), ("first", *alike)] {
                    for similarity in SIMILARITIES {
                        cell.checks.sanity.push(SanityRow {
                            method: (*method).into(),
                            layer: layer.into(),
                            randomisation: CASCADING.into(),
                            measure: similarity.name.into(),
                            volume: volume_name(volume),
                            value: noisy(value),
                        });
                    }
                }
                cell.checks.faithfulness.push(FaithfulnessRow {
                    method: (*method).into(),
                    other: String::new(),
                    measure: "deletion-dice".into(),
                    volume: volume_name(volume),
                    value: noisy(*deletion),
                });
            }
        }
        // By volume within a layer above; records have the layers one after the other.
        cell.checks.sanity.sort_by_key(|row| row.layer != "head");
    }
    Ok(run)
}

fn of_maps(run: &Run, id: &str) -> Result<Verdict> {
    in_set(run, "maps", id)
}

#[rstest]
#[case("C01", Outcome::Reproduced)]
#[case("C02", Outcome::Reproduced)]
#[case("C03", Outcome::Reproduced)]
#[case("C04", Outcome::Reproduced)]
#[case("C05", Outcome::Reproduced)]
#[case("C06", Outcome::Reproduced)]
fn maps_made_as_claimed_are_judged_so(#[case] id: &str, #[case] expected: Outcome) -> Result<()> {
    let verdict = of_maps(&with_checks(run(as_the_paper_says())?, &TRUSTED)?, id)?;
    assert_eq!(verdict.outcome, expected, "{verdict:#?}");
    Ok(())
}

#[rstest]
#[case("C01")]
#[case("C02")]
#[case("C03")]
#[case("C06")]
fn maps_made_the_other_way_round_contradict(#[case] id: &str) -> Result<()> {
    let [gradient, guided, random] = TRUSTED;
    let swapped = [
        Trust { alike: guided.alike, deletion: random.deletion, ..gradient },
        Trust { alike: gradient.alike, ..guided },
        Trust { deletion: gradient.deletion, ..random },
    ];
    let verdict = of_maps(&with_checks(run(as_the_paper_says())?, &swapped)?, id)?;
    assert_eq!(verdict.outcome, Outcome::NotReproduced, "{verdict:#?}");
    Ok(())
}

/// One method whose maps order two losses otherwise contradicts the claim for all.
#[test]
fn one_map_that_orders_losses_otherwise_is_enough() -> Result<()> {
    let mut run = with_checks(run(as_the_paper_says())?, &TRUSTED)?;
    for cell in run.cells.iter_mut().filter(|cell| cell.record.loss == "bce") {
        let of_method =
            cell.saliency.iter_mut().filter(|row| row.method.as_deref() == Some("occlusion(stride=8)"));
        of_method.for_each(|row| row.measures.iter_mut().for_each(|value| *value /= 10.0));
    }
    assert_eq!(of_maps(&run, "C04")?.outcome, Outcome::NotReproduced);
    Ok(())
}

#[test]
fn a_run_without_checks_is_told_what_to_ask_for() -> Result<()> {
    let run = run(as_the_paper_says())?;
    for (id, says) in [("C01", "saliency.checks should name sanity"), ("C06", "should name faithfulness")] {
        let verdict = of_maps(&run, id)?;
        assert_eq!(verdict.outcome, Outcome::NotMeasured);
        assert!(verdict.lacks.contains(says), "{}", verdict.lacks);
    }
    let lacks = of_maps(&run, "C04")?.lacks;
    assert!(lacks.contains("no saliency maps of gradient-x-input: attack.maps should name it"), "{lacks}");
    Ok(())
}
