//! Gauss-Legendre quadrature from 0 to 1: of all rules of n points the one that is exact for polynomials of the highest
//! degree, 2 n - 1. Abscissas are the zeros of the Legendre polynomial `P_n`, found by Newton's steps from
//! `cos(pi (i - 1/4) / (n + 1/2))`; weights are `2 / ((1 - x^2) P_n'(x)^2)`, both halved onto 0 to 1.
//! M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 1964, 25.4.29 and 22.16.6.

/// Abscissa and weight of each of `count` points, ascending. The weights add up to 1.
pub fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    let n = count as f64;
    let point = |index: usize| {
        let mut x = (std::f64::consts::PI * (index as f64 + 0.75) / (n + 0.5)).cos();
        // Newton's steps double the digits; from here five are more than enough for all of them.
        for _ in 0..8 {
            let (value, slope) = legendre(count, x);
            x -= value / slope;
        }
        let slope = legendre(count, x).1;
        ((1.0 - x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..count).map(point).collect()
}

/// `P_n(x)` and its derivative, by `k P_k = (2 k - 1) x P_(k-1) - (k - 1) P_(k-2)`.
fn legendre(count: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (0.0, 1.0);
    for k in 1..=count {
        let k = k as f64;
        (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
    }
    (value, count as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn two_and_three_points_are_the_known_ones() {
        let root = (1.0_f64 / 3.0).sqrt();
        let two = gauss_legendre(2);
        for ((x, weight), expected) in two.iter().zip([(1.0 - root) / 2.0, (1.0 + root) / 2.0]) {
            assert_relative_eq!(*x, expected, epsilon = 1e-15);
            assert_relative_eq!(*weight, 0.5, epsilon = 1e-15);
        }
        let three = gauss_legendre(3);
        assert_relative_eq!(three[1].0, 0.5, epsilon = 1e-15);
        assert_relative_eq!(three[0].0, (1.0 - 0.6_f64.sqrt()) / 2.0, epsilon = 1e-15);
        assert_relative_eq!(three[1].1, 4.0 / 9.0, epsilon = 1e-15);
        assert_relative_eq!(three[2].1, 5.0 / 18.0, epsilon = 1e-15);
    }

    #[test]
    fn polynomials_are_exact_up_to_twice_the_points_less_one() {
        for count in [1, 2, 5, 16, 32, 64, 1000] {
            let points = gauss_legendre(count);
            assert!(points.is_sorted_by(|a, b| a.0 < b.0) && points.len() == count);
            for degree in [0, 1, (2 * count - 1).min(300)] {
                let sum: f64 = points.iter().map(|(x, weight)| weight * x.powi(degree as i32)).sum();
                assert_relative_eq!(sum, 1.0 / (degree as f64 + 1.0), max_relative = 1e-11);
            }
        }
        let beyond: f64 = gauss_legendre(2).iter().map(|(x, weight)| weight * x.powi(4)).sum();
        assert!((beyond - 0.2).abs() > 1e-3);
    }
}
