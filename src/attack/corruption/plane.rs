//! What a corruption sees: the scanned part of one channel of a slice.

/// The scanned pixels of one channel, row-major. 0 is the lowest intensity that images have and 1 the highest, so that a
/// corruption means the same at any scale; where the lowest is no signal, as after min-max, 0 is no signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Rows and columns.
    pub size: [usize; 2],
    /// `size[0] * size[1]` values.
    pub values: Vec<f64>,
}

impl Plane {
    /// The plane that each value of this one becomes by itself.
    pub(super) fn map(&self, of: impl Fn(f64) -> f64) -> Self {
        Self { size: self.size, values: self.values.iter().map(|&value| of(value)).collect() }
    }

    /// The plane whose every line along `axis` (0: down a column, 1: along a row) is `of` that line of this one.
    pub(super) fn lines(&self, axis: usize, of: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        let [height, width] = self.size;
        let (count, length, step, stride) =
            if axis == 0 { (width, height, width, 1) } else { (height, width, 1, width) };
        let mut values = vec![0.0; self.values.len()];
        for line in 0..count {
            let place = |along: usize| line * stride + along * step;
            let before: Vec<f64> = (0..length).map(|along| self.values[place(along)]).collect();
            for (along, value) in of(&before).into_iter().enumerate() {
                values[place(along)] = value;
            }
        }
        Self { size: self.size, values }
    }

    /// Mean and standard deviation (divided by their number) of the values; 0 of none.
    pub(super) fn moments(&self) -> [f64; 2] {
        let count = self.values.len().max(1) as f64;
        let mean = self.values.iter().sum::<f64>() / count;
        let variance = self.values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        [mean, variance.sqrt()]
    }
}
