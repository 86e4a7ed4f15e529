//! Rank correlation within groups: whether two quantities go together among the seeds of a loss, once the
//! differences between losses are taken out. Two quantities that both differ by loss correlate over all
//! cells without having anything to do with each other.

use crate::stats::rank::ranks;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A correlation within groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Within {
    /// In [-1, 1]; NaN where a row does not vary within any group.
    pub value: f64,
    /// Degrees of freedom: values less groups less one.
    pub degrees: f64,
}

impl Within {
    /// Spearman's partial rank correlation of `x` and `y` given the group of each pair: both are ranked
    /// over all groups, the mean rank of its group is subtracted from each rank, and what is left is
    /// correlated. Rows are alike in length.
    pub fn of(x: &[f64], y: &[f64], groups: &[usize]) -> Self {
        let mut names = groups.to_vec();
        names.sort_unstable();
        names.dedup();
        let left = |row: &[f64]| -> Vec<f64> {
            let ranks = ranks(row);
            let mut left = ranks.clone();
            for name in &names {
                let of_group = || groups.iter().enumerate().filter(|(_, group)| *group == name);
                let sum: f64 = of_group().map(|(index, _)| ranks[index]).sum();
                let mean = sum / of_group().count() as f64;
                of_group().for_each(|(index, _)| left[index] -= mean);
            }
            left
        };
        let (x, y) = (left(x), left(y));
        let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let value = product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt();
        Self { value: value.clamp(-1.0, 1.0), degrees: x.len() as f64 - names.len() as f64 - 1.0 }
    }

    /// Probability of a correlation this high or higher if the true one were 0, from Student's t; 1, which
    /// is evidence of nothing, where the correlation is undefined or no degree of freedom is left.
    ///
    /// Pairs should be independent within their group. Where something moves all groups at once, such as a
    /// seed that every loss shares, leave out whole seeds instead
    /// ([`jackknife::estimate`](super::jackknife::estimate)).
    pub fn p_above(&self) -> f64 {
        self.p(self.value)
    }

    /// Probability of a correlation this low or lower if the true one were 0, likewise.
    pub fn p_below(&self) -> f64 {
        self.p(-self.value)
    }

    fn p(&self, value: f64) -> f64 {
        let t = value * (self.degrees / (1.0 - value * value)).sqrt();
        match StudentsT::new(0.0, 1.0, self.degrees) {
            Ok(student) if !t.is_nan() => student.sf(t),
            _ => 1.0,
        }
    }
}
