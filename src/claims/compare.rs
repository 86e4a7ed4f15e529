//! From predicates to findings: each is one measured number and what it should be.

use crate::claims::finding::{Finding, Should};
use crate::claims::predicate::{Predicate, Side, Sign};
use crate::evidence::Evidence;
use crate::evidence::measured::Measured;
use crate::evidence::quantity::Quantity;
use crate::evidence::seed_effects;
use crate::stats::within;

/// Seeds that a correlation needs.
const CORRELATED_SEEDS: usize = 3;

/// What a predicate came to.
pub struct Part {
    /// Every comparison of it.
    pub findings: Vec<Finding>,
    /// Whether one that holds is enough; else all must.
    pub any: bool,
}

/// Every comparison of a predicate.
///
/// # Errors
/// A line that says what the run lacks.
pub fn compare(predicate: &Predicate, evidence: &Evidence) -> Result<Part, String> {
    let smallest = predicate.smallest().map(|smallest| smallest.effect);
    let findings = match predicate {
        Predicate::Ordering { higher, lower, factor, .. } => ordering(higher, lower, *factor, evidence),
        Predicate::Threshold { losses, quantity, above, below, .. } => {
            let should = match (above, below) {
                (Some(limit), _) => Should::Above(*limit),
                (None, limit) => Should::Below(limit.unwrap_or(0.0)),
            };
            single(losses, quantity, should, evidence)
        }
        Predicate::Equivalence { losses, quantity, value: Some(value), within } => {
            single(losses, quantity, Should::Near(*value, *within), evidence)
        }
        Predicate::Equivalence { losses, quantity, value: None, within } => {
            each_pair(losses, quantity, Should::Near(0.0, *within), evidence)
        }
        Predicate::Differ { losses, quantity, .. } => each_pair(losses, quantity, Should::Differ, evidence),
        Predicate::Correlation { x, y, sign, .. } => Ok(vec![correlation([x, y], *sign, evidence)?]),
    };
    let with_smallest = |finding| Finding { smallest, ..finding };
    let findings = findings?.into_iter().map(with_smallest).collect();
    Ok(Part { findings, any: matches!(predicate, Predicate::Differ { .. }) })
}

fn pairs(losses: &[String]) -> impl Iterator<Item = (&String, &String)> {
    losses
        .iter()
        .enumerate()
        .flat_map(|(index, first)| losses[index + 1..].iter().map(move |second| (first, second)))
}

fn ordering(higher: &Side, lower: &Side, factor: f64, evidence: &Evidence) -> Result<Vec<Finding>, String> {
    let pairs = higher.losses.iter().flat_map(|first| lower.losses.iter().map(move |second| (first, second)));
    pairs
        .map(|(first, second)| {
            let sides = [(first, &higher.quantity), (second, &lower.quantity)];
            difference(sides, factor, Should::Above(0.0), evidence)
        })
        .collect()
}

fn each_pair(
    losses: &[String],
    quantity: &Quantity,
    should: Should,
    evidence: &Evidence,
) -> Result<Vec<Finding>, String> {
    pairs(losses)
        .map(|(first, second)| difference([(first, quantity), (second, quantity)], 1.0, should, evidence))
        .collect()
}

/// One loss less `factor` times the other, paired by seed and volume.
fn difference(
    sides: [(&String, &Quantity); 2],
    factor: f64,
    should: Should,
    evidence: &Evidence,
) -> Result<Finding, String> {
    let [(first, of_first), (second, of_second)] = sides;
    let minuend = evidence.measure(first, second, of_first)?;
    let subtrahend = evidence.measure(second, first, of_second)?;
    let estimate = evidence
        .estimate(|seeds, volumes| minuend.mean(seeds, volumes) - factor * subtrahend.mean(seeds, volumes));
    let quantity = match of_first == of_second {
        true => of_first.name(),
        false => format!("{} - {}", of_first.name(), of_second.name()),
    };
    let what = match factor == 1.0 {
        true => format!("{first} - {second}"),
        false => format!("{first} - {factor} x {second}"),
    };
    Ok(Finding { what, quantity, should, estimate, most: f64::INFINITY, smallest: None })
}

/// Each loss against a limit; each pair of losses for what is measured of pairs.
fn single(
    losses: &[String],
    quantity: &Quantity,
    should: Should,
    evidence: &Evidence,
) -> Result<Vec<Finding>, String> {
    let against = |what: String, measured: Measured| {
        let mean = |seeds: &[f64], volumes: &[f64]| measured.mean(seeds, volumes);
        let estimate = match quantity {
            Quantity::Transfer { .. } => evidence.estimate_of_pairs(mean),
            _ => evidence.estimate(mean),
        };
        Finding { what, quantity: quantity.name(), should, estimate, most: f64::INFINITY, smallest: None }
    };
    if quantity.is_of_pairs() {
        return pairs(losses)
            .map(|(a, b)| Ok(against(format!("{a} with {b}"), evidence.measure(a, b, quantity)?)))
            .collect();
    }
    losses.iter().map(|loss| Ok(against(loss.clone(), evidence.measure(loss, loss, quantity)?))).collect()
}

/// Rank correlation of two quantities over seeds, what networks of a loss have in common taken out, and where each seed was
/// tested on volumes of its own what these bring.
fn correlation(quantities: [&Quantity; 2], sign: Sign, evidence: &Evidence) -> Result<Finding, String> {
    let measure = |quantity: &Quantity| -> Result<Vec<Vec<f64>>, String> {
        let of_loss = |loss: &String| {
            let measured = evidence.measure(loss, loss, quantity)?;
            Ok(seed_effects::of(&measured, evidence.seeds.len(), evidence.volumes.len()))
        };
        evidence.losses.iter().map(of_loss).collect()
    };
    let [x, y] = [measure(quantities[0])?, measure(quantities[1])?];
    if evidence.seeds.len() < CORRELATED_SEEDS {
        return Err(format!("a correlation needs {CORRELATED_SEEDS} seeds or more"));
    }
    for (quantity, values) in quantities.iter().zip([&x, &y]) {
        if values.iter().flatten().all(|value| value.is_nan()) {
            return Err(format!(
                "{} of a seed cannot be told from that of its test volumes: test volumes of seeds should overlap (a larger split.test)",
                quantity.name()
            ));
        }
    }
    let should = match sign {
        Sign::Positive => Should::Above(0.0),
        Sign::Negative => Should::Below(0.0),
    };
    Ok(Finding {
        what: "rank correlation over seeds".to_string(),
        quantity: format!("{} with {}", quantities[0].name(), quantities[1].name()),
        should,
        estimate: within::over_seeds(&x, &y),
        most: 1.0,
        smallest: None,
    })
}
