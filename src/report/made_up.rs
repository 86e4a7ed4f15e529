//! A made-up run for the tests of this room: numbers that nobody measured, for every sweep, ranking and
//! loss of a study.

use crate::attack::budget::Budget;
use crate::claims::claim::Claim;
use crate::claims::registry;
use crate::definition::arm::Arm;
use crate::definition::attacking::Attacking;
use crate::definition::study::Study;
use crate::definition::sweep::Sweep;
use crate::evidence::curve::{Curve, Point};
use crate::evidence::specification::{At, Pair, Specification, SpecificationCurve, Specifications};
use crate::evidence::summary::{EpochSummary, LossSummary, Summary};
use crate::evidence::{Evidence, Reading};
use crate::records::changed::{Change, Changed};
use crate::records::example_maps::ExampleMap;
use crate::records::examples::{Attacked, Example, Examples, Outcome, Seen, runs};
use crate::records::run::Run;
use crate::saliency::method::Explainer;
use std::collections::BTreeMap;

/// The shipped study called `name`.
pub fn study(name: &str) -> Study {
    Study::read(name, &[]).expect(name)
}

/// A summary of the study's sweeps with made-up numbers; `seeds` networks a loss.
pub fn summary(study: &Study, seeds: usize) -> Summary {
    let arms = &study.arms;
    let curve = |name: &str, attack: &str, map: &str, place: usize| {
        let points = study.sweeps[name].budgets().into_iter().enumerate().map(|(index, budget)| {
            let dice = 0.9 - 0.05 * index as f64 - 0.02 * place as f64;
            Point {
                pixels: budget.pixels(),
                level: budget.level(),
                radius: budget.ball().map(|ball| ball.radius),
                severity: budget.severity(),
                queries: budget.ball().map(|_| 40),
                dice,
                by_seed: (0..seeds).map(|seed| dice + 0.01 * seed as f64).collect(),
                interval: Some([dice - 0.03, dice + 0.03]),
                relative_area: 1.0,
                trials: 4.0,
                half_width: 0.004,
            }
        });
        let points = points.collect();
        Curve { sweep: name.into(), attack: attack.into(), map: map.into(), points }
    };
    let summarise = |(position, arm): (usize, &Arm)| {
        let mut curves = Vec::new();
        for (by, name, _) in study.attacked() {
            let own = if by.attack.reads_map() { arm.name.clone() } else { String::new() };
            curves.push(curve(name, &by.name(), &own, position));
        }
        for (name, _) in study.sweeps.iter().filter(|(_, sweep)| !sweep.has_own_attacks()) {
            for other in arms.iter().filter(|other| other.name != arm.name) {
                curves.push(curve(name, "signed", &other.name, position));
            }
        }
        LossSummary {
            loss: arm.name.clone(),
            title: arm.title(),
            position,
            seeds: (0..seeds as u64).collect(),
            clean: 0.9,
            spread: [("effective_pixels", Some(40.0)), ("gini", None)].into(),
            softness: Some(1.35),
            calibration_error: Some(0.025),
            probabilities: vec![[10.0, 20.0]; 20],
            training: (1..=3)
                .map(|epoch| EpochSummary {
                    epoch,
                    train_loss: 1.0 / epoch as f64,
                    train_loss_by_seed: vec![1.0 / epoch as f64; seeds],
                    validation_dice: Some(0.3 * epoch as f64),
                    validation_dice_by_seed: vec![0.3 * epoch as f64; seeds],
                })
                .collect(),
            curves,
        }
    };
    Summary {
        study: study.name.clone(),
        attack: study.attack_names().swap_remove(0),
        rankings: study.rankings(),
        controls: vec!["random".into(), "random-foreground".into()],
        test_volumes: 10,
        of_a_network: [10, 10],
        test_slices: 100,
        missing: Vec::new(),
        missing_transfers: Vec::new(),
        losses: arms.iter().enumerate().map(summarise).collect(),
    }
}

/// A run of the study without a cell, with examples.
pub fn run(study: &Study) -> Run {
    Run {
        study: study.clone(),
        cells: Vec::new(),
        transfers: Vec::new(),
        examples: Some(examples(study)),
        groups: BTreeMap::new(),
    }
}

/// The shipped claims and the evidence of a run, by its study's first attack.
pub fn claims_and_evidence(run: &Run) -> anyhow::Result<(Vec<Claim>, Evidence<'_>)> {
    Ok((registry::of_study(&run.study)?, Evidence::of(run, Reading::of(&run.study))))
}

/// One slice of 4 x 6 pixels under made-up networks of the study.
pub fn examples(study: &Study) -> Examples {
    let pixels = 24;
    let truth = runs((0..pixels).map(|pixel| pixel % 6 < 3));
    let outcome = |budget: Budget| Outcome {
        pixels: budget.pixels().unwrap_or(0),
        replaced: None,
        level: budget.level(),
        values: if budget.draws() { vec![0.5; budget.pixels().unwrap_or(0)] } else { Vec::new() },
        dice: 0.5,
        mask: truth.clone(),
    };
    let attacked = |attack: &str| Attacked {
        attack: attack.into(),
        order: (0..pixels).rev().collect(),
        sweeps: (study.sweeps.iter().filter(|(_, sweep)| !sweep.has_own_attacks()))
            .map(|(name, sweep)| (name.clone(), sweep.budgets().into_iter().map(outcome).collect()))
            .collect(),
    };
    let values: Vec<f32> = (0..pixels).map(|pixel| pixel as f32 - 12.0).collect();
    let map = |explainer: &Explainer| ExampleMap::of(explainer.to_string(), &values);
    let changed = |(by, name, sweep): (Attacking, &String, &Sweep)| {
        let budgets = sweep.budgets().into_iter().filter(|budget| !budget.is_nothing());
        let one = |budget: Budget| Changed {
            sweep: name.clone(),
            attack: by.name(),
            pixels: budget.pixels(),
            radius: budget.ball().map(|ball| ball.radius),
            severity: budget.severity().map(|severity| severity.number()),
            change: match budget.pixels() {
                Some(count) => Change::Pixels { at: (0..count).collect(), values: vec![0.2; count] },
                None => Change::Whole {
                    largest: budget.ball().map_or(0.1, |ball| ball.radius),
                    parts: (0..pixels).map(|pixel| if pixel % 2 == 0 { 127 } else { -127 }).collect(),
                },
            },
            dice: 0.5,
            mask: truth.clone(),
        };
        budgets.map(one).collect::<Vec<_>>()
    };
    let own = || study.attacked().into_iter().filter(|(_, _, sweep)| sweep.has_own_attacks());
    let seen = |loss: &String| Seen {
        changed: own().flat_map(changed).collect(),
        loss: loss.clone(),
        gradient: (0..pixels).map(|pixel| pixel as f32 - 12.0).collect(),
        mask: truth.clone(),
        dice: 0.8,
        probability: vec![200; pixels],
        attacks: study.rankings().iter().map(|name| attacked(name)).collect(),
        maps: study.explainers.iter().filter(|_| study.names_methods()).map(map).collect(),
    };
    Examples {
        seed: 0,
        study_hash: String::new(),
        weights: BTreeMap::new(),
        source: None,
        slices: vec![Example {
            volume: "volume </script>".into(),
            depth: 7,
            height: 4,
            width: 6,
            image: vec![0.1; pixels],
            brightest: None,
            truth: truth.clone(),
            networks: study.names().iter().map(seen).collect(),
        }],
    }
}

/// The same without its image, whose brightest pixel is as it was.
pub fn withheld(study: &Study) -> Examples {
    let mut examples = examples(study);
    for slice in &mut examples.slices {
        slice.brightest = Some(slice.white());
        slice.image.clear();
    }
    examples
}

/// One pair, three specifications of three runs: below 0, across it and above.
pub fn specifications() -> Specifications {
    let pair = Pair::parse("bce,dice").expect("a pair");
    let one = |order: usize, choices: &[&str], at: &str, difference: f64| Specification {
        run: format!("run-{order}"),
        order: [order, 0, usize::from(at == "fig3:5:0.6")],
        choices: choices.iter().map(ToString::to_string).collect(),
        attack: "signed".into(),
        at: At::parse(at).expect("a point"),
        arms: pair.clone(),
        seeds: 5,
        difference,
        interval: [difference - 0.1, difference + 0.1],
    };
    let specifications = vec![
        one(2, &["train.epochs = 9", "model.norm = none"], "fig5:30", -0.3),
        one(0, &["base"], "fig3:5:0.6", 0.05),
        one(1, &["train.epochs = 9"], "fig3:5:0.6", 0.2),
    ];
    let none = Specifications::new(&study("paper"), Vec::new(), Vec::new(), Vec::new());
    let mut made_up = none.expect("no arm is asked for");
    made_up.curves.push(SpecificationCurve { pair, specifications });
    made_up
}
