//! Mean and variance of several maps, value by value.

/// Sums over maps of the same shape.
pub(super) struct Moments {
    mean: Vec<f64>,
    /// Summed squares of the distance from the mean.
    spread: Vec<f64>,
    maps: f64,
}

impl Moments {
    /// Those of no map yet, which has `values` values.
    pub(super) fn new(values: usize) -> Self {
        Self { mean: vec![0.0; values], spread: vec![0.0; values], maps: 0.0 }
    }

    /// B. P. Welford's way, Technometrics 4, 1962: no difference of large sums.
    pub(super) fn add(&mut self, map: &[f32]) {
        self.maps += 1.0;
        for ((mean, spread), &value) in self.mean.iter_mut().zip(&mut self.spread).zip(map) {
            let value = f64::from(value);
            let before = value - *mean;
            *mean += before / self.maps;
            *spread += before * (value - *mean);
        }
    }

    /// The mean of each value.
    pub(super) fn mean(&self) -> Vec<f32> {
        self.mean.iter().map(|&mean| mean as f32).collect()
    }

    /// The mean square of each value.
    pub(super) fn square(&self) -> Vec<f32> {
        let both = self.mean.iter().zip(&self.spread);
        both.map(|(mean, spread)| (mean * mean + spread / self.maps) as f32).collect()
    }

    /// The variance of each value: the summed squares divided by their number.
    pub(super) fn variance(&self) -> Vec<f32> {
        self.spread.iter().map(|spread| (spread / self.maps) as f32).collect()
    }
}
