//! The jackknife over seeds and volumes: the variance of a statistic in closed form, without draws, from
//! leaving out each seed and each volume in turn.

use crate::stats::estimate::Estimate;

/// Estimates `statistic`, a function of how often each seed and each volume counts: all ones is the sample
/// itself, and the jackknife sets one of them to 0 at a time.
///
/// The variance over `n` units is `(n - 1) / n` of the summed squares about the mean of the values with one
/// unit left out (J. W. Tukey, Annals of Mathematical Statistics 29, 1958): for a plain mean exactly that
/// of [`Estimate::of_table`], for smooth statistics, such as ratios of means, near that of a bootstrap. It is not
/// for medians or other quantiles, whose variance it gets wrong at any sample size. The variances over seeds and
/// volumes add up, which counts what they have in common twice: never too sure (A. B. Owen, Annals of Applied
/// Statistics 1, 2007). Degrees of freedom are those of F. E. Satterthwaite, Biometrics Bulletin 2, 1946
/// ([`Estimate::with_degrees`] puts others), and a factor with one unit alone adds nothing.
pub fn estimate(seeds: usize, volumes: usize, statistic: impl Fn(&[f64], &[f64]) -> f64) -> Estimate {
    let (every_seed, every_volume) = (vec![1.0; seeds], vec![1.0; volumes]);
    let over_seeds = variance(seeds, |weights| statistic(weights, &every_volume));
    let over_volumes = variance(volumes, |weights| statistic(&every_seed, weights));
    Estimate::new(statistic(&every_seed, &every_volume), &[(over_seeds, seeds), (over_volumes, volumes)])
}

/// The delete-one variance of `statistic` over `units`; 0 for a single unit, NaN where the statistic is
/// undefined without some unit.
fn variance(units: usize, statistic: impl Fn(&[f64]) -> f64) -> f64 {
    if units < 2 {
        return 0.0;
    }
    let mut weights = vec![1.0; units];
    let mut without = |unit: usize| {
        weights[unit] = 0.0;
        let value = statistic(&weights);
        weights[unit] = 1.0;
        value
    };
    let values: Vec<f64> = (0..units).map(&mut without).collect();
    let count = units as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() * (count - 1.0) / count
}
