//! How many of the pixels that one map holds for the most important the other holds so, too.

/// The share of the `count` pixels of largest absolute value of one map that are among those of the other, 0 to 1; equal
/// values in the order of their pixels. Orders that know nothing of each other share `count` over all pixels. NaN for 0.
pub fn overlap(first: &[f64], second: &[f64], count: usize) -> f64 {
    let [first, second] = [first, second].map(|map| {
        let mut top = order(map);
        top.truncate(count);
        top.sort_unstable();
        top
    });
    first.iter().filter(|pixel| second.binary_search(pixel).is_ok()).count() as f64 / first.len() as f64
}

/// Numbers of the pixels by absolute value, largest first, equal ones in their order.
pub fn order(map: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..map.len()).collect();
    order.sort_by(|&one, &other| map[other].abs().total_cmp(&map[one].abs()));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_by_absolute_value_and_ties_go_by_place() {
        assert_eq!(order(&[1.0, -3.0, 0.0, 3.0, 1.0]), [1, 3, 0, 4, 2]);
        let (first, second) = ([1.0, -3.0, 0.0, 2.0], [5.0, 0.0, -4.0, 1.0]);
        assert_eq!([1, 2, 3, 4].map(|count| overlap(&first, &second, count)), [0.0, 0.0, 2.0 / 3.0, 1.0]);
        assert!(overlap(&first, &second, 0).is_nan());
    }
}
