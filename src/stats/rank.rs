//! Rank correlation (C. Spearman, American Journal of Psychology 15, 1904).

/// Spearman's rank correlation of two rows of numbers, in [-1, 1]; equal values share the mean of their
/// ranks. NaN where there are fewer than two numbers or one row is constant.
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (ranks(x), ranks(y));
    let mean = (x.len() as f64 + 1.0) / 2.0;
    let product =
        |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum() };
    product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt()
}

/// Ranks from 1, equal values sharing the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = start as f64 + (group.len() as f64 + 1.0) / 2.0;
        group.iter().for_each(|&index| ranks[index] = shared);
        start += group.len();
    }
    ranks
}
