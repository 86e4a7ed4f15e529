//! A measured number with what is known of its error: intervals, one-sided p-values and the smallest
//! effect that could have been seen, from Student's t distribution.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Beyond these degrees of freedom Student's t is taken for the normal distribution: their 97.5%
/// quantiles differ by less than 0.03%.
const NORMAL: f64 = 1e4;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Unbiased variance over the number of values; 0 for a single one.
fn variance_of_mean(values: &[f64]) -> f64 {
    let (mean, count) = (mean(values), values.len() as f64);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if values.len() < 2 { 0.0 } else { squares / (count - 1.0) / count }
}

/// A statistic of a sample with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The statistic of the sample itself.
    pub value: f64,
    /// Its standard error; 0 where nothing varies.
    pub standard_error: f64,
    /// Degrees of freedom of the standard error.
    pub degrees: f64,
}

impl Estimate {
    /// An estimate whose variance is the sum of `parts`, each a variance and the number of units it is
    /// from.
    pub fn new(value: f64, parts: &[(f64, usize)]) -> Self {
        let variance: f64 = parts.iter().map(|(variance, _)| variance).sum();
        let shares = parts.iter().filter(|(_, units)| *units > 1);
        let spread: f64 = shares.map(|(part, units)| part * part / (*units - 1) as f64).sum();
        let degrees = if spread > 0.0 { variance * variance / spread } else { f64::INFINITY };
        Self { value, standard_error: variance.sqrt(), degrees }
    }

    /// The mean of a table of seeds by volumes, all rows alike in length: what
    /// [`jackknife::estimate`](super::jackknife::estimate) gives for a plain mean, in closed form. NaN for an empty table.
    pub fn of_table(table: &[Vec<f64>]) -> Self {
        let volumes = table.first().map_or(0, Vec::len);
        let row_means: Vec<f64> = table.iter().map(|row| mean(row)).collect();
        let column = |volume: usize| mean(&table.iter().map(|row| row[volume]).collect::<Vec<_>>());
        let column_means: Vec<f64> = (0..volumes).map(column).collect();
        let part = |means: &[f64]| (variance_of_mean(means), means.len());
        Self::new(mean(&row_means), &[part(&row_means), part(&column_means)])
    }

    /// The same with `degrees` degrees of freedom, such as the number of seeds less one: with few seeds
    /// Satterthwaite's are too many for the far tail. Undefined, which is evidence of nothing, where
    /// `degrees` is not above 0.
    pub fn with_degrees(self, degrees: f64) -> Self {
        let standard_error = if degrees > 0.0 { self.standard_error } else { f64::NAN };
        Self { standard_error, degrees, ..self }
    }

    /// The two-sided interval that covers the true value with probability `level`, such as 0.95.
    pub fn interval(&self, level: f64) -> [f64; 2] {
        let half = self.quantile(0.5 + level / 2.0) * self.standard_error;
        [self.value - half, self.value + half]
    }

    /// Probability of a value this high or higher if the true one were `limit`.
    pub fn p_above(&self, limit: f64) -> f64 {
        self.tail(limit - self.value)
    }

    /// Probability of a value this low or lower if the true one were `limit`.
    pub fn p_below(&self, limit: f64) -> f64 {
        self.tail(self.value - limit)
    }

    /// Where a one-sided interval ends: the true value is below it with `probability`.
    pub fn bound(&self, probability: f64) -> f64 {
        self.value + self.quantile(probability) * self.standard_error
    }

    /// The smallest true effect that a two-sided test at `alpha`, already corrected for the number of
    /// tests, sees with probability `power`; both between 0 and 1, `alpha` below `power`.
    ///
    /// Takes the noncentral t distribution after N. L. Johnson and B. L. Welch, Biometrika 31, 1940: the sum
    /// of two quantiles of t is too small where `alpha` is small (by 3% for nine degrees of freedom at 0.0025,
    /// by 9% for four).
    pub fn detectable_at(&self, alpha: f64, power: f64) -> f64 {
        let critical = self.quantile(1.0 - alpha / 2.0);
        let spread = (1.0 + critical * critical / (2.0 * self.degrees)).sqrt();
        let beyond = Normal::standard().inverse_cdf(power) * spread;
        (critical * (1.0 - 1.0 / (4.0 * self.degrees)) + beyond) * self.standard_error
    }

    /// Probability that the error is `distance` or less; 1, which is evidence of nothing, where the
    /// statistic or its error is undefined.
    fn tail(&self, distance: f64) -> f64 {
        if distance.is_nan() || self.standard_error.is_nan() {
            return 1.0;
        }
        if self.standard_error > 0.0 {
            return self.cumulative(distance / self.standard_error);
        }
        match distance {
            d if d > 0.0 => 1.0,
            d if d < 0.0 => 0.0,
            _ => 0.5,
        }
    }

    /// Where the error's distribution reaches `probability`, in standard errors, by bisection: statrs'
    /// own inverse does not always end.
    pub(super) fn quantile(&self, probability: f64) -> f64 {
        let [mut low, mut high] = [-1e6, 1e6];
        for _ in 0..80 {
            let middle = (low + high) / 2.0;
            match self.cumulative(middle) < probability {
                true => low = middle,
                false => high = middle,
            }
        }
        high
    }

    fn cumulative(&self, errors: f64) -> f64 {
        match StudentsT::new(0.0, 1.0, self.degrees) {
            Ok(student) if self.degrees < NORMAL => student.cdf(errors),
            _ => Normal::standard().cdf(errors),
        }
    }
}
