//! From predicates to comparisons: each is one measured number and what it should be.

use crate::claims::claim::{Predicate, Side, Sign};
use crate::evidence::Evidence;
use crate::evidence::measured::Measured;
use crate::evidence::quantity::Quantity;
use crate::stats::bootstrap::Bootstrap;
use crate::stats::estimate::Estimate;
use crate::stats::rank;
use serde::{Deserialize, Serialize};

/// One comparison of a claim, measured.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Comparison {
    /// Of which losses, such as `bce - dice`.
    pub what: String,
    /// What is measured, such as `clean Dice`.
    pub quantity: String,
    /// What it should be, such as `above 0`.
    pub should: String,
    /// The measured value.
    pub value: f64,
    /// 95% interval.
    pub interval: [f64; 2],
    /// Smallest difference from the limit that the run sees with probability 0.8.
    pub detectable: f64,
    /// Probability of evidence this strong for the claim if it only just failed.
    pub p_holds: f64,
    /// Probability of evidence this strong against the claim if it only just held.
    pub p_opposite: f64,
}

/// What a measured number should be.
#[derive(Clone, Copy)]
enum Should {
    Above(f64),
    Below(f64),
    /// A middle and the largest distance from it.
    Near(f64, f64),
}

/// Every comparison of a predicate.
///
/// # Errors
/// A line that says what the run lacks.
pub fn compare(
    predicate: &Predicate,
    evidence: &Evidence,
    bootstrap: &Bootstrap,
) -> Result<Vec<Comparison>, String> {
    match predicate {
        Predicate::Ordering { higher, lower } => ordering(higher, lower, evidence, bootstrap),
        Predicate::Threshold { losses, quantity, above, below } => {
            let should = match (above, below) {
                (Some(limit), _) => Should::Above(*limit),
                (None, limit) => Should::Below(limit.unwrap_or(0.0)),
            };
            single(losses, quantity, should, evidence, bootstrap)
        }
        Predicate::Equivalence { losses, quantity, value: Some(value), within } => {
            single(losses, quantity, Should::Near(*value, *within), evidence, bootstrap)
        }
        Predicate::Equivalence { losses, quantity, value: None, within } => {
            let pairs = pairs(losses).map(|(first, second)| {
                let sides = [(first, quantity), (second, quantity)];
                difference(sides, Should::Near(0.0, *within), evidence, bootstrap)
            });
            pairs.collect()
        }
        Predicate::Correlation { x, y, sign } => Ok(vec![correlation([x, y], *sign, evidence, bootstrap)?]),
    }
}

fn pairs(losses: &[String]) -> impl Iterator<Item = (&String, &String)> {
    losses
        .iter()
        .enumerate()
        .flat_map(|(index, first)| losses[index + 1..].iter().map(move |second| (first, second)))
}

fn ordering(
    higher: &Side,
    lower: &Side,
    evidence: &Evidence,
    bootstrap: &Bootstrap,
) -> Result<Vec<Comparison>, String> {
    let pairs = higher.losses.iter().flat_map(|first| lower.losses.iter().map(move |second| (first, second)));
    pairs
        .map(|(first, second)| {
            let sides = [(first, &higher.quantity), (second, &lower.quantity)];
            difference(sides, Should::Above(0.0), evidence, bootstrap)
        })
        .collect()
}

/// The difference of two losses, paired by seed and volume.
fn difference(
    sides: [(&String, &Quantity); 2],
    should: Should,
    evidence: &Evidence,
    bootstrap: &Bootstrap,
) -> Result<Comparison, String> {
    let [(first, of_first), (second, of_second)] = sides;
    let minuend = evidence.measure(first, second, of_first)?;
    let subtrahend = evidence.measure(second, first, of_second)?;
    let estimate = estimate(evidence, bootstrap, |seeds, volumes| {
        minuend.mean(seeds, volumes) - subtrahend.mean(seeds, volumes)
    });
    let quantity = match of_first == of_second {
        true => of_first.name(),
        false => format!("{} - {}", of_first.name(), of_second.name()),
    };
    Ok(should.compare(format!("{first} - {second}"), quantity, &estimate))
}

/// Each loss against a limit; for agreement, each pair of losses.
fn single(
    losses: &[String],
    quantity: &Quantity,
    should: Should,
    evidence: &Evidence,
    bootstrap: &Bootstrap,
) -> Result<Vec<Comparison>, String> {
    let against = |what: String, measured: Measured| {
        let estimate = estimate(evidence, bootstrap, |seeds, volumes| measured.mean(seeds, volumes));
        should.compare(what, quantity.name(), &estimate)
    };
    if *quantity == Quantity::Agreement {
        return pairs(losses)
            .map(|(a, b)| Ok(against(format!("{a} with {b}"), evidence.measure(a, b, quantity)?)))
            .collect();
    }
    losses.iter().map(|loss| Ok(against(loss.clone(), evidence.measure(loss, loss, quantity)?))).collect()
}

/// Rank correlation of two quantities over all losses and seeds. Its error is taken where it is nearly
/// normal, on the scale of Fisher's z.
fn correlation(
    quantities: [&Quantity; 2],
    sign: Sign,
    evidence: &Evidence,
    bootstrap: &Bootstrap,
) -> Result<Comparison, String> {
    let measure = |quantity: &Quantity| -> Result<Vec<Measured>, String> {
        evidence.losses.iter().map(|loss| evidence.measure(loss, loss, quantity)).collect()
    };
    let [x, y] = [measure(quantities[0])?, measure(quantities[1])?];
    if evidence.losses.len() * evidence.seeds.len() < 4 {
        return Err("a correlation needs four cells or more".to_string());
    }
    let rho = |seeds: &[f64], volumes: &[f64]| {
        let row = |measured: &[Measured]| -> Vec<f64> {
            let drawn = seeds.iter().enumerate().flat_map(|(seed, &times)| {
                let values = measured.iter().map(move |measured| measured.of_seed(seed, volumes));
                values.flat_map(move |value| std::iter::repeat_n(value, times as usize))
            });
            drawn.collect()
        };
        rank::spearman(&row(&x), &row(&y))
    };
    let z = estimate(evidence, bootstrap, |seeds, volumes| {
        // A resample that is ordered perfectly would be infinitely far out.
        rho(seeds, volumes).clamp(-0.999, 0.999).atanh()
    });
    let should = match sign {
        Sign::Positive => Should::Above(0.0),
        Sign::Negative => Should::Below(0.0),
    };
    let quantity = format!("{} with {}", quantities[0].name(), quantities[1].name());
    let comparison = should.compare("rank correlation".to_string(), quantity, &z);
    Ok(Comparison {
        value: z.value.tanh(),
        interval: comparison.interval.map(f64::tanh),
        detectable: comparison.detectable.tanh(),
        ..comparison
    })
}

fn estimate(
    evidence: &Evidence,
    bootstrap: &Bootstrap,
    statistic: impl Fn(&[f64], &[f64]) -> f64,
) -> Estimate {
    bootstrap.estimate(evidence.seeds.len(), evidence.volumes.len(), statistic)
}

impl Should {
    fn compare(self, what: String, quantity: String, estimate: &Estimate) -> Comparison {
        let (should, p_holds, p_opposite) = match self {
            Self::Above(limit) => {
                (format!("above {limit}"), estimate.p_above(limit), estimate.p_below(limit))
            }
            Self::Below(limit) => {
                (format!("below {limit}"), estimate.p_below(limit), estimate.p_above(limit))
            }
            // Two one-sided tests (D. J. Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15, 1987).
            Self::Near(middle, within) => {
                let [low, high] = [middle - within, middle + within];
                let holds = estimate.p_above(low).max(estimate.p_below(high));
                let opposite = (2.0 * estimate.p_below(low).min(estimate.p_above(high))).min(1.0);
                (format!("within {within} of {middle}"), holds, opposite)
            }
        };
        Comparison {
            what,
            quantity,
            should,
            value: estimate.value,
            interval: estimate.interval(0.95),
            detectable: estimate.detectable(),
            p_holds,
            p_opposite,
        }
    }
}
