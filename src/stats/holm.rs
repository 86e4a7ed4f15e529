//! Holm's correction of p-values for their number (S. Holm, Scandinavian Journal of Statistics 6, 1979).

/// The level of a family of tests: adjusted p-values below it decide.
pub const LEVEL: f64 = 0.05;

/// Adjusted p-values, in the order of `p`: the probability of one false alarm or more in the whole
/// family stays below a level if only those below it are called. A p-value that is NaN counts as 1.
pub fn adjust(p: &[f64]) -> Vec<f64> {
    let p: Vec<f64> = p.iter().map(|&p| if p.is_nan() { 1.0 } else { p }).collect();
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        largest = largest.max(p[index] * (p.len() - rank) as f64).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}
