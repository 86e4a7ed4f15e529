//! Rank correlation over seeds, within losses: whether two quantities of networks go together once what their
//! losses have in common is taken out. Two quantities that both differ by loss correlate over all networks
//! without having to do with each other, and what a seed does to all of its networks makes them no more than one
//! observation.

use crate::stats::estimate::Estimate;
use crate::stats::rank::ranks;

/// Spearman's rank correlation of `x` and `y`, a row a loss with a value a seed, all rows alike in length: each
/// quantity is ranked over all networks, the mean rank of its loss is subtracted, what is left is averaged over the
/// losses of a seed, and the averages are correlated over seeds. Of one loss it is Spearman's own.
///
/// Its error is such that the test of no correlation is Student's t with the number of seeds less two (M. G.
/// Kendall and A. Stuart, The Advanced Theory of Statistics 2, 1973, section 31.19), but never surer than one of all
/// orders in which seeds can come, the most that their ranks can tell: of three seeds a sixth has a correlation of one by
/// chance. Undefined, which is evidence of nothing, with fewer than three seeds, where a quantity does not vary, and where
/// a network has none.
pub fn over_seeds(x: &[Vec<f64>], y: &[Vec<f64>]) -> Estimate {
    if x.iter().chain(y).flatten().any(|value| value.is_nan()) {
        return Estimate { value: f64::NAN, standard_error: f64::NAN, degrees: f64::NAN };
    }
    let (x, y) = (left_over(x), left_over(y));
    let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let value = product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt();
    let value = value.clamp(-1.0, 1.0);
    let degrees = x.len() as f64 - 2.0;
    let standard_error = ((1.0 - value * value) / degrees).sqrt();
    let orders: f64 = (1..=x.len()).map(|seeds| seeds as f64).product();
    let unit = Estimate { value: 0.0, standard_error: 1.0, degrees };
    let least = value.abs() / unit.quantile(1.0 - 1.0 / orders);
    Estimate { value, standard_error: standard_error.max(least), degrees }.with_degrees(degrees)
}

/// For each seed the mean over losses of its ranks less its losses' mean ranks.
fn left_over(rows: &[Vec<f64>]) -> Vec<f64> {
    let seeds = rows.first().map_or(0, Vec::len);
    let ranks = ranks(&rows.concat());
    let mut left = vec![0.0; seeds];
    for of_loss in ranks.chunks(seeds.max(1)) {
        let mean = of_loss.iter().sum::<f64>() / seeds as f64;
        left.iter_mut().zip(of_loss).for_each(|(left, rank)| *left += (rank - mean) / rows.len() as f64);
    }
    left
}
