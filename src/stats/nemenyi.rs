//! How far mean ranks have to lie apart: P. B. Nemenyi's test, "Distribution-free multiple comparisons", Princeton 1963, as
//! J. Demsar describes it for learners, Journal of Machine Learning Research 7, 2006.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// The least difference of two mean ranks of `arms` within `blocks` that is told apart from none at 0.05, corrected for
/// all pairs: `q sqrt(arms (arms + 1) / (6 blocks))`. Infinite without a block or with fewer than two arms.
pub fn critical_difference(arms: usize, blocks: usize) -> f64 {
    if arms < 2 || blocks == 0 {
        return f64::INFINITY;
    }
    let count = arms as f64;
    studentized_range(0.95, arms) / 2.0_f64.sqrt() * (count * (count + 1.0) / (6.0 * blocks as f64)).sqrt()
}

/// The range of `groups` numbers of the standard normal distribution, at least two, that is not passed with `probability`:
/// the studentized range at infinite degrees of freedom, by bisection.
fn studentized_range(probability: f64, groups: usize) -> f64 {
    let [mut low, mut high] = [0.0, 100.0];
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        match cumulative(middle, groups) < probability {
            true => low = middle,
            false => high = middle,
        }
    }
    high
}

/// Probability that `groups` normal numbers lie within `range` of the smallest of them, by Simpson's rule.
fn cumulative(range: f64, groups: usize) -> f64 {
    const STEPS: usize = 2000;
    const FAR: f64 = 9.0;
    let normal = Normal::standard();
    let width = 2.0 * FAR / STEPS as f64;
    let of = |step: usize| {
        let smallest = -FAR + step as f64 * width;
        let others = normal.cdf(smallest + range) - normal.cdf(smallest);
        normal.pdf(smallest) * others.powi(groups as i32 - 1)
    };
    let weight = |step: usize| match step {
        0 | STEPS => 1.0,
        step if step % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let sum: f64 = (0..=STEPS).map(|step| weight(step) * of(step)).sum();
    groups as f64 * sum * width / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy 1.17: `studentized_range.ppf(0.95, k, inf) / sqrt(2)`, whose first digits are those of Demsar's Table 5.
    #[test]
    fn quantiles_of_the_range_are_scipys() {
        for (groups, expected) in
            [(2, 1.959963985), (3, 2.343700586), (5, 2.727774371), (10, 3.163683577), (26, 3.677556176)]
        {
            let found = studentized_range(0.95, groups) / 2.0_f64.sqrt();
            approx::assert_relative_eq!(found, expected, max_relative = 1e-8);
        }
    }

    /// Demsar's example: four learners on 14 data sets.
    #[test]
    fn the_critical_difference_is_that_of_the_paper() {
        approx::assert_relative_eq!(critical_difference(4, 14), 1.25, epsilon = 0.005);
        assert_eq!([critical_difference(1, 5), critical_difference(4, 0)], [f64::INFINITY; 2]);
    }
}
