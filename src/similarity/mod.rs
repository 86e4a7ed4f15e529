//! How alike two maps of one slice are: each measure is a file of this folder and a line in [`SIMILARITIES`].
//!
//! A measure that is not defined for two maps, such as a correlation with a constant one, is NaN.

pub mod hog;
mod rank;
pub mod ssim;
pub mod top;

/// Two maps of the same pixels, signed, row-major, and the pixels in a row.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// One map.
    pub first: &'a [f64],
    /// The other, as long.
    pub second: &'a [f64],
    /// Pixels in a row.
    pub width: usize,
}

/// A measure of similarity.
pub struct Similarity {
    /// Name in records.
    pub name: &'static str,
    /// Meaning, for reports.
    pub meaning: &'static str,
    /// The measure: 1 for equal maps that are not constant, at least -1.
    pub of: fn(&Pair) -> f64,
}

/// Every measure, those of Adebayo and others, "Sanity checks for saliency maps", NeurIPS 2018.
pub const SIMILARITIES: &[Similarity] = &[rank::ABSOLUTE, rank::SIGNED, ssim::SIMILARITY, hog::SIMILARITY];

/// The absolute values of a map as shares of the largest, 0 to 1; zeros stay zeros.
fn scaled(map: &[f64]) -> Vec<f64> {
    let largest = map.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    map.iter().map(|value| value.abs() / scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn waves(phase: f64) -> Vec<f64> {
        (0..24 * 18)
            .map(|index| (f64::from(index) * 0.37 + phase).sin() * (1.0 + f64::from(index % 18)))
            .collect()
    }

    #[test]
    fn every_measure_is_1_for_equal_maps_symmetric_and_blind_to_scale() {
        let (map, other) = (waves(0.0), waves(1.0));
        let double: Vec<f64> = map.iter().map(|value| 2.0 * value).collect();
        for similarity in SIMILARITIES {
            let of = |first: &[f64], second: &[f64]| (similarity.of)(&Pair { first, second, width: 18 });
            assert_relative_eq!(of(&map, &map), 1.0, max_relative = 1e-9);
            assert_relative_eq!(of(&map, &double), 1.0, max_relative = 1e-9);
            let there = of(&map, &other);
            assert_relative_eq!(there, of(&other, &map), max_relative = 1e-9);
            assert!((-1.0..0.99).contains(&there), "{}: {there}", similarity.name);
        }
    }

    #[test]
    fn a_map_of_zeros_is_like_no_other_and_raises_no_panic() {
        let (map, zeros) = (waves(0.0), vec![0.0; 24 * 18]);
        for similarity in SIMILARITIES {
            let value = (similarity.of)(&Pair { first: &map, second: &zeros, width: 18 });
            assert!(value.is_nan(), "{}: {value}", similarity.name);
            assert!(
                (similarity.of)(&Pair { first: &[], second: &[], width: 0 }).is_nan(),
                "{}",
                similarity.name
            );
        }
    }
}
