//! A verdict on a claim: reproduced, not reproduced (the opposite holds) or inconclusive.

use crate::claims::claim::Claim;
use crate::claims::compare::{Comparison, compare};
use crate::evidence::Evidence;
use crate::stats::bootstrap::Bootstrap;
use crate::stats::holm;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Adjusted p-values below this decide.
pub const LEVEL: f64 = 0.05;

/// Seeds that a published verdict needs.
pub const PUBLISHED_SEEDS: usize = 6;

/// What came of a claim.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The claim holds.
    Reproduced,
    /// Its opposite holds.
    NotReproduced,
    /// Neither is sure.
    Inconclusive,
    /// The run lacks what the claim is about.
    NotMeasured,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Reproduced => "reproduced",
            Self::NotReproduced => "not reproduced",
            Self::Inconclusive => "inconclusive",
            Self::NotMeasured => "not measured",
        })
    }
}

/// A claim judged.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Verdict {
    /// Id of the claim.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What the paper reports.
    pub reported: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Two-sided p-value, corrected for the number of claims judged together.
    pub adjusted_p: f64,
    /// Every comparison of the claim.
    pub comparisons: Vec<Comparison>,
    /// The comparison that decided, or stood in the way of a decision.
    pub decisive: usize,
    /// What the run lacks; empty unless [`Outcome::NotMeasured`].
    pub lacks: String,
}

/// Judges claims together.
pub fn judge(claims: &[Claim], evidence: &Evidence, bootstrap: &Bootstrap) -> Vec<Verdict> {
    let judged: Vec<Judged> = claims.iter().map(|claim| Judged::of(claim, evidence, bootstrap)).collect();
    let measured: Vec<f64> = judged.iter().filter(|one| one.lacks.is_empty()).map(Judged::p).collect();
    let mut adjusted = holm::adjust(&measured).into_iter();
    let verdicts = claims.iter().zip(judged).map(|(claim, judged)| {
        let adjusted_p = if judged.lacks.is_empty() { adjusted.next().unwrap_or(1.0) } else { 1.0 };
        Verdict {
            id: claim.id.clone(),
            title: claim.title.clone(),
            reported: claim.reported.clone(),
            outcome: judged.outcome(adjusted_p),
            adjusted_p,
            decisive: judged.decisive(),
            comparisons: judged.comparisons,
            lacks: judged.lacks,
        }
    });
    verdicts.collect()
}

/// A claim's comparisons, taken together.
struct Judged {
    comparisons: Vec<Comparison>,
    lacks: String,
}

impl Judged {
    fn of(claim: &Claim, evidence: &Evidence, bootstrap: &Bootstrap) -> Self {
        let comparisons: Result<Vec<Vec<Comparison>>, String> =
            claim.predicates.iter().map(|predicate| compare(predicate, evidence, bootstrap)).collect();
        match comparisons {
            Ok(comparisons) => Self { comparisons: comparisons.concat(), lacks: String::new() },
            Err(lacks) => Self { comparisons: Vec::new(), lacks },
        }
    }

    /// All comparisons must hold: the weakest decides (R. L. Berger, Technometrics 24, 1982).
    fn p_holds(&self) -> f64 {
        self.comparisons.iter().map(|one| one.p_holds).fold(0.0, f64::max)
    }

    /// One comparison whose opposite holds is enough, so the strongest counts, corrected for choosing it.
    fn p_opposite(&self) -> f64 {
        let strongest = self.comparisons.iter().map(|one| one.p_opposite).fold(1.0, f64::min);
        (strongest * self.comparisons.len() as f64).min(1.0)
    }

    /// Two-sided.
    fn p(&self) -> f64 {
        (2.0 * self.p_holds().min(self.p_opposite())).min(1.0)
    }

    fn leans_to_the_opposite(&self) -> bool {
        self.p_opposite() < self.p_holds()
    }

    fn outcome(&self, adjusted_p: f64) -> Outcome {
        match (self.lacks.is_empty(), adjusted_p < LEVEL, self.leans_to_the_opposite()) {
            (false, ..) => Outcome::NotMeasured,
            (true, false, _) => Outcome::Inconclusive,
            (true, true, false) => Outcome::Reproduced,
            (true, true, true) => Outcome::NotReproduced,
        }
    }

    fn decisive(&self) -> usize {
        let against = self.leans_to_the_opposite();
        let key = |one: &Comparison| if against { one.p_opposite } else { -one.p_holds };
        let order = |a: &usize, b: &usize| key(&self.comparisons[*a]).total_cmp(&key(&self.comparisons[*b]));
        (0..self.comparisons.len()).min_by(order).unwrap_or(0)
    }
}
