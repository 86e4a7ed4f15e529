//! Claims on ways of explaining, by what their checks say.

use crate::in_set;
use crate::made_up::*;
use anyhow::Result;
use lossbench::claims::predicate::Predicate;
use lossbench::claims::registry;
use lossbench::claims::verdict::{Outcome, Verdict};
use lossbench::evidence::quantity::Quantity;
use lossbench::records::checks::{CASCADING, FaithfulnessRow, SanityRow};
use lossbench::records::run::Run;
use lossbench::records::saliency::SaliencyRow;
use lossbench::similarity::SIMILARITIES;
use rstest::rstest;

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
