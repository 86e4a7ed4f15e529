//! Specifications of made-up runs, whose differences and intervals follow by hand.

use super::*;
use crate::records::cell::{Cell, CellRecord};
use crate::records::checks::Checks;
use crate::records::provenance::Provenance;
use crate::records::rows::{CurveRow, ProbabilityRow};
use approx::assert_relative_eq;
use std::collections::BTreeMap;

const VOLUMES: usize = 4;

fn study(changes: &[&str]) -> Study {
    let smallest = [
        "losses=['bce', 'dice', 'bce+dice']",
        "seeds=[0, 1, 2]",
        "attack.methods=['signed', 'magnitude']",
        "sweep.fig2.levels=[0.2]",
        "sweep.fig2.pixels=[0, 5]",
        "name=base",
    ];
    let overrides: Vec<String> = smallest.iter().chain(changes).map(ToString::to_string).collect();
    Study::read("smoke", &overrides).expect("a study")
}

/// Rows of a table as they would be on disk.
fn rows<T: serde::de::DeserializeOwned>(head: &str, lines: &[String]) -> Vec<T> {
    let text = format!("{head}\n{}", lines.join("\n"));
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().expect("rows")
}

/// A run in which an arm's Dice at a point is `dice(place of the arm, seed, attack)`, the same on every volume, and
/// 0.9 without an attack.
fn run(study: Study, dice: impl Fn(usize, u64, &str) -> f64) -> Run {
    let mut cells = Vec::new();
    for (place, arm) in study.arms.iter().enumerate() {
        for &seed in &study.seeds {
            let mut lines = Vec::new();
            for attack in ["signed", "magnitude"] {
                for (sweep, pixels, level) in [("fig2", 0, "0.2"), ("fig2", 5, "0.2"), ("fig6", 5, "")] {
                    let dice = if pixels == 0 { 0.9 } else { dice(place, seed, attack) };
                    lines.extend(
                        (0..VOLUMES).map(|v| format!("{sweep},{attack},{pixels},{level},v{v},{dice}")),
                    );
                }
            }
            let probabilities: Vec<String> = (0..VOLUMES).map(|v| format!("v{v},0,1,1")).collect();
            cells.push(Cell {
                record: CellRecord {
                    loss: arm.name.clone(),
                    seed,
                    study_hash: String::new(),
                    data_hash: String::new(),
                    size: [8, 8],
                    made: Provenance::here("cpu"),
                    seconds: [0.0; 3],
                    files: BTreeMap::new(),
                },
                training: Vec::new(),
                saliency: Vec::new(),
                probabilities: rows::<ProbabilityRow>("volume,bin,background,foreground", &probabilities),
                scores: Vec::new(),
                curves: rows::<CurveRow>("protocol,attack,pixels,level,volume,dice", &lines),
                checks: Checks::default(),
            });
        }
    }
    Run { study, cells, transfers: Vec::new(), examples: None, groups: BTreeMap::new() }
}

fn specifications(runs: &[Run], points: &[&str], attacks: &[&str]) -> Specifications {
    let pairs = ["bce+dice,dice", "bce,dice"].map(|text| Pair::parse(text).expect("a pair"));
    let points = points.iter().map(|text| At::parse(text).expect("a point")).collect();
    let attacks = attacks.iter().map(ToString::to_string).collect();
    let mut found = Specifications::new(&runs[0].study, pairs.to_vec(), points, attacks).expect("arms");
    runs.iter().for_each(|run| found.add(run).expect("choices"));
    found
}

/// BCE is better than Dice by 0.1, 0.2 and 0.3: mean 0.2, standard error 0.1 / sqrt 3, t of two degrees of freedom
/// at 0.975 is 4.302653 (scipy.stats.t.ppf(0.975, 2)).
fn by_seed(place: usize, seed: u64, _: &str) -> f64 {
    match place {
        0 => 0.5 + 0.1 * (seed + 1) as f64,
        1 => 0.5,
        _ => 0.3,
    }
}

#[test]
fn differences_are_paired_by_seed_and_intervals_are_students() {
    let found = specifications(&[run(study(&[]), by_seed)], &["fig2:5:0.2"], &[]);
    let bce = &found.curves[1].specifications[0];
    assert_relative_eq!(bce.difference, 0.2, max_relative = 1e-9);
    let half = 4.302_653 * 0.1 / 3.0_f64.sqrt();
    assert_relative_eq!(bce.interval[0], 0.2 - half, max_relative = 1e-5);
    assert_relative_eq!(bce.interval[1], 0.2 + half, max_relative = 1e-5);
    assert_eq!(
        (bce.side(), bce.seeds, bce.choices.as_slice()),
        (Side::Across, 3, ["base".to_string()].as_slice())
    );
    // The same at every seed: no error at all.
    let both = &found.curves[0].specifications[0];
    assert_relative_eq!(both.difference, -0.2, max_relative = 1e-9);
    assert_eq!((both.side(), found.curves[0].count(Side::Below)), (Side::Below, 1));
    assert!(found.left_out.is_empty(), "{:?}", found.left_out);
}

#[test]
fn every_run_attack_and_point_is_a_specification_sorted_by_its_difference() {
    let shifted = |shift: f64| {
        move |place: usize, seed: u64, attack: &str| {
            let of_attack = if attack == "magnitude" { 0.05 } else { 0.0 };
            by_seed(place, seed, attack) + if place == 0 { shift + of_attack } else { 0.0 }
        }
    };
    let runs = [
        run(study(&[]), shifted(0.0)),
        run(study(&["train.epochs=9", "model.base=8", "name=longer"]), shifted(-0.15)),
    ];
    let found = specifications(&runs, &["fig2:5:0.2", "fig6:5"], &["signed", "magnitude"]);
    let bce = &found.curves[1];
    assert_eq!(bce.specifications.len(), 2 * 2 * 2);
    let differences: Vec<f64> = bce.specifications.iter().map(|one| one.difference).collect();
    for (found, expected) in differences.iter().zip([0.05, 0.05, 0.1, 0.1, 0.2, 0.2, 0.25, 0.25]) {
        assert_relative_eq!(*found, expected, max_relative = 1e-6);
    }
    assert_relative_eq!(bce.median().expect("a median"), 0.15, max_relative = 1e-6);
    let least = &bce.specifications[0];
    assert_eq!(least.choices, ["model.base = 8", "train.epochs = 9"]);
    assert_eq!(
        (least.run.as_str(), least.attack.as_str(), least.order[..2].to_vec()),
        ("longer", "signed", vec![1, 0])
    );
}

/// Another organ is no other reading of one experiment.
#[test]
fn a_run_on_other_volumes_says_so() {
    let mut runs = [
        run(study(&[]), by_seed),
        run(study(&["name=heart"]), by_seed),
        run(study(&["name=again"]), by_seed),
    ];
    runs[1].cells.iter_mut().for_each(|cell| cell.record.data_hash = "other".to_string());
    let found = specifications(&runs, &["fig2:5:0.2"], &[]);
    let mut choices: Vec<(&str, &str)> = found.curves[1]
        .specifications
        .iter()
        .map(|one| (one.run.as_str(), one.choices[0].as_str()))
        .collect();
    choices.sort_unstable();
    assert_eq!(choices, [("again", "again"), ("base", "base"), ("heart", "other volumes")]);
}

#[test]
fn an_arm_that_a_run_lacks_is_the_one_at_its_place() {
    let other = study(&["losses=['bce', 'slice-dice', '0.2*bce+slice-dice']", "name=slices"]);
    let found = specifications(&[run(study(&[]), by_seed), run(other, by_seed)], &["fig2:5:0.2"], &[]);
    let of_slices = found.curves[0].specifications.iter().find(|one| one.run == "slices").expect("the run");
    assert_eq!(
        (of_slices.arms.arm.as_str(), of_slices.arms.less.as_str()),
        ("0.2*bce+slice-dice", "slice-dice")
    );
    assert_eq!(of_slices.choices, ["losses = slice-dice, 0.2*bce+slice-dice"]);
    assert_relative_eq!(of_slices.difference, -0.2, max_relative = 1e-9);

    // Where lists differ in length, or another of the first run's arms stands there, nothing stands in.
    for losses in ["losses=['bce', 'focal']", "losses=['dice', 'focal', 'bce']"] {
        let found = specifications(
            &[run(study(&[]), by_seed), run(study(&[losses, "name=other"]), by_seed)],
            &["fig2:5:0.2"],
            &[],
        );
        assert_eq!(found.curves[0].specifications.len(), 1, "{losses}");
        assert!(found.left_out[0].starts_with("other at fig2:5:0.2: has no arm "), "{:?}", found.left_out);
    }
}

/// BCE and Dice of another run whose compound alone differs are the same networks, and count once.
#[test]
fn networks_that_are_the_first_run_s_count_once() {
    let compound = run(study(&["losses=['bce', 'dice', '5*bce+dice']", "name=more"]), by_seed);
    let longer = "losses=['bce', 'dice', '5*bce+dice']";
    let longer = run(study(&[longer, "train.epochs=9", "name=longer"]), by_seed);
    let found = specifications(&[run(study(&[]), by_seed), compound, longer], &["fig2:5:0.2"], &[]);
    let runs = |curve: usize| {
        let mut runs: Vec<&str> =
            found.curves[curve].specifications.iter().map(|one| one.run.as_str()).collect();
        runs.sort_unstable();
        runs
    };
    assert_eq!((runs(0), runs(1)), (vec!["base", "longer", "more"], vec!["base", "longer"]));
    assert!(found.left_out.is_empty(), "{:?}", found.left_out);
}

/// One that stands in for an arm of the first run has to have learned as well, or the whole run is left out.
#[test]
fn a_stand_in_that_did_not_learn_leaves_out_its_run() {
    let mut other =
        run(study(&["losses=['bce', 'dice', '5*bce+dice']", "name=other", "train.epochs=9"]), by_seed);
    let cells =
        other.cells.iter_mut().filter(|cell| cell.record.loss == "5*bce+dice" && cell.record.seed == 1);
    let rows = cells.flat_map(|cell| &mut cell.curves);
    rows.filter(|row| row.is_clean()).for_each(|row| row.dice = 0.1);
    let found = specifications(&[run(study(&[]), by_seed), other], &["fig2:5:0.2", "fig6:5"], &[]);
    assert!(found.curves.iter().flat_map(|curve| &curve.specifications).all(|one| one.run == "base"));
    assert_eq!(found.left_out, ["other: 5*bce+dice of seed 1 did not learn: clean Dice 0.100, under 0.2"]);
}

#[test]
fn runs_that_say_nothing_are_named_and_left_out() {
    let unlearned = run(study(&["name=unlearned", "train.epochs=1"]), by_seed);
    let unlearned = Run {
        cells: unlearned
            .cells
            .into_iter()
            .map(|mut cell| {
                let never = cell.record.loss == "dice" && cell.record.seed == 1;
                cell.curves.iter_mut().filter(|row| never && row.is_clean()).for_each(|row| row.dice = 0.1);
                cell
            })
            .collect(),
        ..unlearned
    };
    let one_seed = run(study(&["name=one-seed", "seeds=[0]"]), by_seed);
    let nothing = Run { cells: Vec::new(), ..run(study(&["name=nothing"]), by_seed) };
    let found = specifications(
        &[run(study(&[]), by_seed), unlearned, one_seed, nothing],
        &["fig2:5:0.2", "fig2:7:0.2"],
        &[],
    );
    assert!(found.curves.iter().all(|curve| curve.specifications.len() == 1));
    assert_eq!(
        found.left_out,
        [
            "base at fig2:7:0.2: attack signed has no such point",
            "unlearned: dice of seed 1 did not learn: clean Dice 0.100, under 0.2",
            "one-seed: one seed says nothing of others",
            "nothing: no seed has all its cells",
        ]
    );
}

#[test]
fn an_arm_that_the_first_run_lacks_is_refused() {
    let pair = Pair::parse("focal,dice").expect("a pair");
    let message = Specifications::new(&study(&[]), vec![pair], Vec::new(), Vec::new()).unwrap_err();
    assert_eq!(message, "study 'base' has no arm focal: it has bce, dice, bce+dice");
}
