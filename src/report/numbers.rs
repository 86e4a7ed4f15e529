//! How numbers are written: counts, scores, values of any size, intervals, p-values.

/// `1 network`, `4 networks`.
pub fn count(number: usize, noun: &str) -> String {
    match (number, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "loss") => format!("{number} losses"),
        _ => format!("{number} {noun}s"),
    }
}

/// A Dice score with three digits behind the point; `-` where it is not defined.
pub fn score(dice: f64) -> String {
    if dice.is_finite() { format!("{dice:.3}") } else { "-".to_string() }
}

/// Three digits behind the point, fewer for large numbers; in words where there is no number, as for the
/// rank correlation of values that are all the same.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size.is_nan() => "undefined".to_string(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// About three figures, however small the value is.
pub fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_string(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.01 => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    }
}

/// Both ends of an interval; in words where it has none, as where there is one seed and one subject.
pub fn interval([low, high]: [f64; 2]) -> String {
    if low.is_nan() || high.is_nan() {
        return "undefined".to_string();
    }
    format!("{} to {}", number(low), number(high))
}

/// Three digits behind the point, or how small it is.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_string() } else { format!("{p:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_have_three_digits_or_none() {
        assert_eq!([0.5, 1.0, f64::NAN].map(score), ["0.500", "1.000", "-"]);
    }

    #[test]
    fn large_numbers_have_fewer_digits() {
        assert_eq!([0.1234, -12.34, 1068.4, f64::NAN].map(number), ["0.123", "-12.3", "1068", "undefined"]);
        assert_eq!(interval([-0.5, 250.0]), "-0.500 to 250");
        assert_eq!(interval([f64::NAN; 2]), "undefined");
    }

    #[test]
    fn values_keep_about_three_figures() {
        assert_eq!(
            [0.0, 1068.4, 12.34, 0.1234, 0.00012].map(short),
            ["0", "1068", "12.3", "0.123", "1.2e-4"]
        );
    }

    #[test]
    fn small_p_values_are_bounded() {
        assert_eq!([0.0004, 0.001, 0.25].map(p_value), ["< 0.001", "0.001", "0.250"]);
    }
}
