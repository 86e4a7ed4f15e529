//! A verdict on a claim: reproduced, absent, not reproduced (the opposite holds) or inconclusive.

use crate::claims::claim::Claim;
use crate::claims::compare::{Part, compare};
use crate::claims::finding::{Comparison, Finding, Tests};
use crate::evidence::Evidence;
use crate::stats::holm::{self, LEVEL};
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// An effect in the claimed direction, if any, is smaller than the smallest that matters.
    Absent,
    /// Nothing is sure.
    Inconclusive,
    /// The run lacks what the claim is about.
    NotMeasured,
    /// The run has one seed: an estimate, which decides nothing.
    OneSeed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Reproduced => "reproduced",
            Self::NotReproduced => "not reproduced",
            Self::Absent => "absent",
            Self::Inconclusive => "inconclusive",
            Self::NotMeasured => "not measured",
            Self::OneSeed => "one seed",
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
    /// Two-sided p-value of the claim or its opposite, corrected for the number of claims judged together; where
    /// the effect is absent, the one-sided one of that, corrected likewise.
    pub adjusted_p: f64,
    /// Every comparison of the claim.
    pub comparisons: Vec<Comparison>,
    /// The comparison that decided, or stood in the way of a decision.
    pub decisive: usize,
    /// What the run lacks; empty unless [`Outcome::NotMeasured`].
    pub lacks: String,
}

/// Judges claims together. Two families of tests are corrected, each by itself: whether claims or their opposites
/// hold, and whether their effects are absent.
pub fn judge(claims: &[Claim], evidence: &Evidence) -> Vec<Verdict> {
    let judged: Vec<Judged> = claims.iter().map(|claim| Judged::of(claim, evidence)).collect();
    let measured: Vec<f64> = judged.iter().filter(|one| one.lacks.is_empty()).map(Judged::p).collect();
    let absences: Vec<f64> = judged.iter().filter_map(Judged::p_absent).collect();
    // What is excluded is told of every claim with a direction, whether or not absence is tested.
    let absences_told = if absences.is_empty() { measured.len() } else { absences.len() };
    let tests = Tests { verdicts: measured.len(), absences: absences_told };
    let mut adjusted = holm::adjust(&measured).into_iter();
    let mut adjusted_absences = holm::adjust(&absences).into_iter();
    let verdicts = claims.iter().zip(judged).map(|(claim, judged)| {
        let p = if judged.lacks.is_empty() { adjusted.next().unwrap_or(1.0) } else { 1.0 };
        let absent = judged.p_absent().and_then(|_| adjusted_absences.next()).unwrap_or(1.0);
        let outcome = judged.outcome([p, absent], evidence.seeds.len());
        Verdict {
            id: claim.id.clone(),
            title: claim.title.clone(),
            reported: claim.reported.clone(),
            outcome,
            adjusted_p: if outcome == Outcome::Absent { absent } else { p },
            decisive: judged.decisive(outcome),
            comparisons: judged.comparisons(tests),
            lacks: judged.lacks,
        }
    });
    verdicts.collect()
}

/// A claim's comparisons, taken together.
struct Judged {
    parts: Vec<Part>,
    lacks: String,
}

/// P-values of one thing that a claim says, all of which must hold.
struct Element {
    holds: f64,
    opposite: f64,
    absent: Option<f64>,
}

impl Judged {
    fn of(claim: &Claim, evidence: &Evidence) -> Self {
        let parts: Result<Vec<Part>, String> =
            claim.predicates.iter().map(|predicate| compare(predicate, evidence)).collect();
        match parts {
            Ok(parts) => Self { parts, lacks: String::new() },
            Err(lacks) => Self { parts: Vec::new(), lacks },
        }
    }

    /// What is told of every comparison where the claims are corrected for `tests`: as the tests of this claim are, which choose
    /// among its elements. Where one comparison is enough, an effect is excluded that all exclude.
    fn comparisons(&self, tests: Tests) -> Vec<Comparison> {
        let elements = self.elements();
        let absences = match elements.iter().filter(|one| one.absent.is_some()).count() {
            0 => elements.len(),
            tested => tested,
        };
        let of_part = |part: &Part| -> Vec<Comparison> {
            let chosen_from = if part.any { part.findings.len() } else { 1 };
            let tests = Tests { verdicts: tests.verdicts * chosen_from, absences: tests.absences * absences };
            let mut told: Vec<Comparison> =
                part.findings.iter().map(|finding| finding.comparison(tests)).collect();
            if part.any {
                let larger = |a: f64, b: f64| if a.is_nan() || a > b { a } else { b };
                let by_all = told.iter().filter_map(|one| one.excluded).reduce(larger);
                told.iter_mut().for_each(|one| one.excluded = by_all);
            }
            told
        };
        self.parts.iter().flat_map(of_part).collect()
    }

    fn elements(&self) -> Vec<Element> {
        let each = |part: &Part| -> Vec<Element> {
            if part.any {
                vec![Element::any(&part.findings)]
            } else {
                part.findings.iter().map(Element::of).collect()
            }
        };
        self.parts.iter().flat_map(each).collect()
    }

    /// All elements must hold: the weakest decides (R. L. Berger, Technometrics 24, 1982).
    fn p_holds(&self) -> f64 {
        self.elements().iter().map(|one| one.holds).reduce(f64::max).unwrap_or(1.0)
    }

    /// One element whose opposite holds is enough, so the strongest counts, corrected for choosing it.
    fn p_opposite(&self) -> f64 {
        strongest(self.elements().iter().map(|one| one.opposite)).unwrap_or(1.0)
    }

    /// One element that is absent is enough, likewise; none where no element names an effect that matters.
    fn p_absent(&self) -> Option<f64> {
        strongest(self.elements().iter().filter_map(|one| one.absent))
    }

    /// Two-sided.
    fn p(&self) -> f64 {
        (2.0 * self.p_holds().min(self.p_opposite())).min(1.0)
    }

    fn leans_to_the_opposite(&self) -> bool {
        self.p_opposite() < self.p_holds()
    }

    /// From the corrected p-values of the claim or its opposite, and of absence. That the opposite holds says
    /// more than that the effect is absent; that the effect is absent, more than that some trace of it is there.
    fn outcome(&self, [p, absent]: [f64; 2], seeds: usize) -> Outcome {
        match (self.leans_to_the_opposite(), p < LEVEL, absent < LEVEL) {
            _ if !self.lacks.is_empty() => Outcome::NotMeasured,
            _ if seeds < 2 => Outcome::OneSeed,
            (true, true, _) => Outcome::NotReproduced,
            (_, _, true) => Outcome::Absent,
            (false, true, _) => Outcome::Reproduced,
            _ => Outcome::Inconclusive,
        }
    }

    /// The place of the finding by which `outcome` was decided: the weakest where all must agree, the strongest where
    /// one is enough.
    fn decisive(&self, outcome: Outcome) -> usize {
        let holds = outcome != Outcome::Absent && !self.leans_to_the_opposite();
        let p = |one: &Element| match outcome {
            Outcome::Absent => one.absent.unwrap_or(1.0),
            _ if holds => one.holds,
            _ => one.opposite,
        };
        let mut elements: Vec<(usize, f64)> = Vec::new();
        let mut start = 0;
        for part in &self.parts {
            let each = part.findings.iter().zip(start..).map(|(one, place)| (place, p(&Element::of(one))));
            match part.any {
                true => {
                    let best = decides(each, !holds);
                    elements.extend(best.map(|place| (place, p(&Element::any(&part.findings)))));
                }
                false => elements.extend(each),
            }
            start += part.findings.len();
        }
        decides(elements, holds).unwrap_or(0)
    }
}

impl Element {
    fn of(finding: &Finding) -> Self {
        let [holds, opposite] = finding.p();
        Self { holds, opposite, absent: finding.p_absent() }
    }

    /// One finding that holds is enough, corrected for choosing it; all must be against it, or absent.
    fn any(findings: &[Finding]) -> Self {
        let each: Vec<Self> = findings.iter().map(Self::of).collect();
        let absent: Option<Vec<f64>> = each.iter().map(|one| one.absent).collect();
        Self {
            holds: strongest(each.iter().map(|one| one.holds)).unwrap_or(1.0),
            opposite: each.iter().map(|one| one.opposite).fold(0.0, f64::max),
            absent: absent.map(|p| p.into_iter().fold(0.0, f64::max)),
        }
    }
}

/// The place whose p-value decides: the largest where `all` must agree, else the smallest; the first of equal ones.
fn decides(places: impl IntoIterator<Item = (usize, f64)>, all: bool) -> Option<usize> {
    let key = |p: f64| if all { -p } else { p };
    places.into_iter().min_by(|(_, a), (_, b)| key(*a).total_cmp(&key(*b))).map(|(place, _)| place)
}

/// The smallest of some p-values, times their number (C. E. Bonferroni, 1936); none where there are none.
fn strongest(p: impl Iterator<Item = f64>) -> Option<f64> {
    let p: Vec<f64> = p.collect();
    let smallest = p.iter().copied().reduce(f64::min)?;
    Some((smallest * p.len() as f64).min(1.0))
}
