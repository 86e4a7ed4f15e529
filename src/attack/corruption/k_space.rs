//! k-space, in which a scanner measures: the two-dimensional Fourier transform of a slice.

use super::plane::Plane;
use rustfft::num_complex::Complex;
use rustfft::{FftDirection, FftPlanner};

/// k-space of a plane: rows by columns of complex values, frequency 0 at row `size[0] / 2` and column `size[1] / 2`, as
/// NumPy's `fftshift(fft2(plane))` has it.
#[derive(Clone)]
pub(super) struct KSpace {
    pub size: [usize; 2],
    pub values: Vec<Complex<f64>>,
}

impl KSpace {
    /// That of `plane`.
    pub fn of(plane: &Plane) -> Self {
        let values = plane.values.iter().map(|&value| Complex::new(value, 0.0)).collect();
        let mut space = Self { size: plane.size, values };
        space.transform(FftDirection::Forward);
        space.roll(space.size.map(|side| side / 2));
        space
    }

    /// The real part of the plane that it is of.
    pub fn plane(mut self) -> Plane {
        self.roll(self.size.map(|side| side - side / 2));
        self.transform(FftDirection::Inverse);
        let count = self.values.len().max(1) as f64;
        Plane { size: self.size, values: self.values.iter().map(|value| value.re / count).collect() }
    }

    /// The value at a row and a column.
    pub fn at(&mut self, [row, column]: [usize; 2]) -> &mut Complex<f64> {
        &mut self.values[row * self.size[1] + column]
    }

    /// Replaces every value by what `of` makes of its row and column and of it.
    pub fn change(&mut self, of: impl Fn([usize; 2], Complex<f64>) -> Complex<f64>) {
        let columns = self.size[1];
        for (place, value) in self.values.iter_mut().enumerate() {
            *value = of([place / columns, place % columns], *value);
        }
    }

    /// Along both axes, unscaled.
    fn transform(&mut self, direction: FftDirection) {
        let [rows, columns] = self.size;
        if self.values.is_empty() {
            return;
        }
        let mut planner = FftPlanner::new();
        planner.plan_fft(columns, direction).process(&mut self.values);
        let down = planner.plan_fft(rows, direction);
        let mut column = vec![Complex::new(0.0, 0.0); rows];
        for first in 0..columns {
            let places = (first..self.values.len()).step_by(columns);
            column.iter_mut().zip(places.clone()).for_each(|(value, place)| *value = self.values[place]);
            down.process(&mut column);
            column.iter().zip(places).for_each(|(value, place)| self.values[place] = *value);
        }
    }

    /// Moves rows and columns on, round the edges.
    fn roll(&mut self, [down, right]: [usize; 2]) {
        let columns = self.size[1].max(1);
        self.values.rotate_right(down * columns);
        self.values.chunks_mut(columns).for_each(|row| row.rotate_right(right));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the sum that defines it, on sides that are even, odd and 1.
    #[test]
    fn k_space_is_the_discrete_fourier_transform_with_frequency_0_in_the_middle() {
        for size in [[4, 6], [5, 3], [1, 7], [6, 1]] {
            let values: Vec<f64> = (0..size[0] * size[1]).map(|place| (place as f64 * 1.7).sin()).collect();
            let plane = Plane { size, values };
            let mut space = KSpace::of(&plane);
            for row in 0..size[0] {
                for column in 0..size[1] {
                    let frequency = [0, 1].map(|axis| [row, column][axis] as f64 - (size[axis] / 2) as f64);
                    let mut sum = Complex::new(0.0, 0.0);
                    for (place, value) in plane.values.iter().enumerate() {
                        let turn = frequency[0] * (place / size[1]) as f64 / size[0] as f64
                            + frequency[1] * (place % size[1]) as f64 / size[1] as f64;
                        sum += value * Complex::from_polar(1.0, -std::f64::consts::TAU * turn);
                    }
                    assert!((sum - *space.at([row, column])).norm() < 1e-12);
                }
            }
            let back = space.plane();
            assert!(back.values.iter().zip(&plane.values).all(|(a, b)| (a - b).abs() < 1e-12));
        }
    }
}
