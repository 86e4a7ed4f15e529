//! How widely a saliency map spreads: each measure is a file of this folder and a line in [`MEASURES`].
//!
//! All take the absolute gradient of the scanned pixels of one slice, row-major. A map that is zero
//! everywhere spreads nowhere: the measures are then not defined and come back as NaN, `peak` as 0.

mod border_distance;
mod effective_pixels;
mod gini;
mod inside_share;
mod participation_ratio;
mod peak;
mod pixels_90;

/// One saliency map and the true mask beneath it.
pub struct Map<'a> {
    /// Absolute gradient per pixel, row-major.
    pub weights: &'a [f64],
    /// Sum of `weights`; above zero.
    pub total: f64,
    /// The true mask, same order.
    pub mask: &'a [bool],
    /// Pixels in a row.
    pub width: usize,
}

/// A measure of spread: its name in `saliency.csv` and its function.
pub struct Measure {
    /// Column name.
    pub name: &'static str,
    /// Unit and meaning, for reports.
    pub meaning: &'static str,
    /// Whether more of it means wider attention (`Some(true)`), narrower (`Some(false)`), or neither.
    pub wider: Option<bool>,
    /// The measure of one map.
    pub of: fn(&Map) -> f64,
}

/// Every measure, in the order of the columns of `saliency.csv`.
pub const MEASURES: &[Measure] = &[
    effective_pixels::MEASURE,
    participation_ratio::MEASURE,
    gini::MEASURE,
    pixels_90::MEASURE,
    inside_share::MEASURE,
    border_distance::MEASURE,
    peak::MEASURE,
];

/// Every measure of one signed saliency map, `gradient` and `mask` row-major with `width` pixels a row.
pub fn measure_all(gradient: &[f32], mask: &[bool], width: usize) -> Vec<(&'static str, f64)> {
    let weights: Vec<f64> = gradient.iter().map(|value| f64::from(value.abs())).collect();
    let map = Map { weights: &weights, total: weights.iter().sum(), mask, width };
    MEASURES.iter().map(|measure| (measure.name, measure.checked(&map))).collect()
}

impl Measure {
    fn checked(&self, map: &Map) -> f64 {
        if map.total > 0.0 {
            (self.of)(map)
        } else if self.name == peak::MEASURE.name {
            0.0
        } else {
            f64::NAN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn value(measures: &[(&'static str, f64)], name: &str) -> f64 {
        measures.iter().find(|(measure, _)| *measure == name).expect("a known measure").1
    }

    #[test]
    fn a_uniform_map_counts_all_its_pixels() {
        let measures = measure_all(&[-0.5; 12], &[true; 12], 4);
        assert_relative_eq!(value(&measures, "effective_pixels"), 12.0, max_relative = 1e-12);
        assert_relative_eq!(value(&measures, "participation_ratio"), 12.0, max_relative = 1e-12);
        assert_relative_eq!(value(&measures, "gini"), 0.0, epsilon = 1e-12);
        assert_eq!(value(&measures, "pixels_90"), 11.0);
        assert_eq!(value(&measures, "inside_share"), 1.0);
        assert_eq!(value(&measures, "peak"), 0.5);
    }

    #[test]
    fn one_pixel_holds_everything() {
        let mut gradient = [0.0; 12];
        gradient[5] = 2.0;
        let measures = measure_all(&gradient, &[false; 12], 4);
        assert_relative_eq!(value(&measures, "effective_pixels"), 1.0);
        assert_relative_eq!(value(&measures, "participation_ratio"), 1.0);
        assert_relative_eq!(value(&measures, "gini"), 11.0 / 12.0, max_relative = 1e-12);
        assert_eq!(value(&measures, "pixels_90"), 1.0);
        assert_eq!(value(&measures, "inside_share"), 0.0);
    }

    #[test]
    fn a_zero_map_has_no_spread_and_no_peak() {
        for (name, measured) in measure_all(&[0.0; 6], &[true; 6], 3) {
            assert!(if name == "peak" { measured == 0.0 } else { measured.is_nan() }, "{name}");
        }
    }
}
