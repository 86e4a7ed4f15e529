//! Ends of an axis and the texts beside it.

use std::ops::Range;

/// Lowest and highest of finite values.
pub fn ends(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// A decimal number without zeros at its end.
pub fn trim(number: &str) -> &str {
    let short =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    if short == "-0" { "0" } else { short }
}

/// From the lowest to the highest of some values, with a little room on both sides; 0 to 1 where there are none.
pub fn widened(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = ends(values).unwrap_or((0.0, 1.0));
    let room = ((high - low) * 0.1).max(0.01);
    low - room..high + room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_those_of_the_finite_values() {
        assert_eq!(ends([0.5, f64::NAN, -2.0, f64::INFINITY, 1.0]), Some((-2.0, 1.0)));
        assert_eq!(ends([f64::NAN]), None);
    }

    #[test]
    fn numbers_lose_their_empty_digits() {
        assert_eq!(["0.50", "0.05", "100", "1.00", "-0.00"].map(trim), ["0.5", "0.05", "100", "1", "0"]);
    }
}
