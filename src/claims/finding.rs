//! A measured number beside what it should be, with its error still in hand: how sure it is for a claim,
//! against it, and for its absence.

use crate::stats::estimate::Estimate;
use crate::stats::holm::LEVEL;
use serde::{Deserialize, Serialize};

/// How often the smallest effect called detectable is called.
const POWER: f64 = 0.8;

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
    /// Smallest difference from the limit that this test, corrected for the number of claims (and, where one comparison of
    /// several is enough, for theirs), calls four times in five.
    pub detectable: f64,
    /// Smallest effect in the claimed direction that matters; none where the claim names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest: Option<f64>,
    /// Effects in the claimed direction above this are excluded, corrected for the number of claims and of this claim's
    /// comparisons, one of which is chosen; where one comparison is enough for the claim, by all of them. None where the claim has
    /// no direction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<f64>,
    /// Probability of evidence this strong for the claim if it only just failed.
    pub p_holds: f64,
    /// Probability of evidence this strong against the claim if it only just held.
    pub p_opposite: f64,
    /// Probability of evidence this strong for absence if the effect were the smallest that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_absent: Option<f64>,
}

/// What a measured number should be.
#[derive(Clone, Copy, Debug)]
pub enum Should {
    /// Above a limit.
    Above(f64),
    /// Below a limit.
    Below(f64),
    /// A middle and the largest distance from it.
    Near(f64, f64),
    /// Other than 0, in either direction.
    Differ,
}

/// A measured number and what it should be.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Of which losses.
    pub what: String,
    /// What is measured.
    pub quantity: String,
    /// What it should be.
    pub should: Should,
    /// The number.
    pub estimate: Estimate,
    /// The largest magnitude that it can have: 1 for a correlation.
    pub most: f64,
    /// Smallest effect that matters.
    pub smallest: Option<f64>,
}

/// How many tests are done together, which corrects what is printed beside them.
#[derive(Clone, Copy, Debug)]
pub struct Tests {
    /// Of whether something holds.
    pub verdicts: usize,
    /// Of whether it is absent.
    pub absences: usize,
}

impl Finding {
    /// Probabilities of evidence this strong for the claim and against it, each one-sided.
    pub fn p(&self) -> [f64; 2] {
        let Self { estimate, .. } = self;
        match self.should {
            Should::Above(limit) => [estimate.p_above(limit), estimate.p_below(limit)],
            Should::Below(limit) => [estimate.p_below(limit), estimate.p_above(limit)],
            // Two one-sided tests (D. J. Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15, 1987).
            Should::Near(middle, within) => {
                let [low, high] = [middle - within, middle + within];
                let holds = estimate.p_above(low).max(estimate.p_below(high));
                [holds, (2.0 * estimate.p_below(low).min(estimate.p_above(high))).min(1.0)]
            }
            // No difference at all is nothing that data could show: `p_absent` stands in for it.
            Should::Differ => [estimate.p_above(0.0).min(estimate.p_below(0.0)), 1.0],
        }
    }

    /// Probability of evidence this strong for absence if the effect in the claimed direction were the
    /// smallest that matters; none where the claim names no such effect.
    pub fn p_absent(&self) -> Option<f64> {
        let smallest = self.smallest?;
        match self.should {
            Should::Above(limit) => Some(self.estimate.p_below(limit + smallest)),
            Should::Below(limit) => Some(self.estimate.p_above(limit - smallest)),
            Should::Differ => Some(self.estimate.p_above(-smallest).max(self.estimate.p_below(smallest))),
            Should::Near(..) => None,
        }
    }

    /// Effects in the claimed direction above this are excluded at `level`, one-sided; 0 where every one is.
    fn excluded(&self, level: f64) -> Option<f64> {
        let [low, high] = [level, 1.0 - level].map(|probability| self.estimate.bound(probability));
        let effect = match self.should {
            Should::Above(limit) => high - limit,
            Should::Below(limit) => limit - low,
            Should::Differ => high.max(-low),
            Should::Near(..) => return None,
        };
        Some(effect.clamp(0.0, self.most))
    }

    /// What is told of it where so many claims are judged together.
    pub fn comparison(&self, tests: Tests) -> Comparison {
        let [p_holds, p_opposite] = self.p();
        let level = |tests: usize| LEVEL / tests.max(1) as f64;
        let should = match self.should {
            Should::Above(limit) => format!("above {limit}"),
            Should::Below(limit) => format!("below {limit}"),
            Should::Near(middle, within) => format!("within {within} of {middle}"),
            Should::Differ => "other than 0".to_string(),
        };
        Comparison {
            what: self.what.clone(),
            quantity: self.quantity.clone(),
            should,
            value: self.estimate.value,
            interval: self.estimate.interval(0.95).map(|end| end.clamp(-self.most, self.most)),
            detectable: self.estimate.detectable_at(level(tests.verdicts), POWER).min(self.most),
            smallest: self.smallest,
            excluded: self.excluded(level(tests.absences)),
            p_holds,
            p_opposite,
            p_absent: self.p_absent(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn finding(should: Should, value: f64, smallest: Option<f64>) -> Finding {
        let estimate = Estimate { value, standard_error: 1.0, degrees: f64::INFINITY };
        let (what, quantity) = (String::new(), String::new());
        Finding { what, quantity, should, estimate, most: f64::INFINITY, smallest }
    }

    #[test]
    fn absence_is_an_effect_below_the_smallest_that_matters_in_the_claimed_direction() {
        let p = |should, value| finding(should, value, Some(3.0)).p_absent().expect("a smallest effect");
        // The normal distribution's tail beyond 3 - 1.355 = 1.645 is 5%.
        assert_relative_eq!(p(Should::Above(0.0), 1.355_146), 0.05, max_relative = 1e-5);
        assert_relative_eq!(p(Should::Above(10.0), 11.355_146), 0.05, max_relative = 1e-5);
        assert_relative_eq!(p(Should::Below(0.0), -1.355_146), 0.05, max_relative = 1e-5);
        assert_relative_eq!(p(Should::Differ, -1.355_146), 0.05, max_relative = 1e-5);
        // An effect against the claim is the more absent the larger it is, but not where any direction counts.
        assert!(p(Should::Above(0.0), -9.0) < 1e-12 && p(Should::Differ, -9.0) > 0.999_999);
        assert_eq!(finding(Should::Near(0.0, 1.0), 0.0, Some(3.0)).p_absent(), None);
        assert_eq!(finding(Should::Above(0.0), 0.0, None).p_absent(), None);
    }

    #[test]
    fn what_is_excluded_and_detectable_knows_how_many_claims_are_judged() {
        let told = |verdicts, absences| {
            finding(Should::Above(0.0), 1.0, None).comparison(Tests { verdicts, absences })
        };
        // Quantiles of the normal distribution at 0.95, 0.975 and 0.8; at 0.9975 and 0.99875.
        let one = told(1, 1);
        assert_relative_eq!(one.excluded.expect("a direction"), 2.644_854, max_relative = 1e-5);
        assert_relative_eq!(one.detectable, 1.959_964 + 0.841_621, max_relative = 1e-5);
        let many = told(20, 20);
        assert_relative_eq!(many.excluded.expect("a direction"), 1.0 + 2.807_034, max_relative = 1e-5);
        assert_relative_eq!(many.detectable, 3.023_341 + 0.841_621, max_relative = 1e-5);
        assert_eq!(finding(Should::Above(0.0), -9.0, None).excluded(0.05), Some(0.0));
    }

    #[test]
    fn nothing_beyond_what_a_correlation_can_be_is_told() {
        let finding = Finding { most: 1.0, ..finding(Should::Above(0.0), 0.5, Some(0.3)) };
        let told = finding.comparison(Tests { verdicts: 1, absences: 1 });
        assert_eq!((told.interval, told.detectable, told.excluded), ([-1.0, 1.0], 1.0, Some(1.0)));
    }
}
