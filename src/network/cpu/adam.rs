//! Adam (D. P. Kingma and J. Ba, ICLR 2015), with PyTorch's defaults for what the study does not set.

use crate::network::arrays::{Array, Arrays};
use rayon::prelude::*;

/// Weight of the past in the running mean of the gradient.
pub const BETA_1: f32 = 0.9;
/// The same in that of its square.
pub const BETA_2: f32 = 0.999;
/// Added to the root of the second.
pub const EPSILON: f32 = 1e-8;

/// Values that a core takes at a time.
const CHUNK: usize = 16_384;

/// Running means of one array's gradient and of its square.
#[derive(Default)]
pub struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Moments {
    /// Puts them into `memory`, those of the array called `name`; nothing before the first step.
    pub fn store(&self, name: &str, memory: &mut Arrays) {
        for (which, values) in [("first", &self.first), ("second", &self.second)] {
            if !values.is_empty() {
                let array = Array { shape: vec![values.len()], values: values.clone() };
                memory.insert(format!("{name}.{which}"), array);
            }
        }
    }

    /// Those that `memory` has of the array called `name`.
    pub fn stored(name: &str, memory: &Arrays) -> Self {
        let of = |which: &str| {
            memory.get(&format!("{name}.{which}")).map(|array| array.values.clone()).unwrap_or_default()
        };
        Self { first: of("first"), second: of("second") }
    }
}

/// What one step does to every array alike.
pub struct Step {
    /// The learning rate over the first moment's correction for its start at 0.
    pub rate: f32,
    /// Root of the second moment's correction for its start at 0.
    pub root: f32,
}

impl Step {
    /// Step `number`, counted from 1, of the given learning rate.
    pub fn new(number: i32, learning_rate: f64) -> Self {
        let first = 1.0 - f64::from(BETA_1).powi(number);
        let second = 1.0 - f64::from(BETA_2).powi(number);
        Self { rate: (learning_rate / first) as f32, root: second.sqrt() as f32 }
    }

    /// Moves `values` against their `gradient`.
    pub fn apply(&self, values: &mut [f32], gradient: &[f32], moments: &mut Moments) {
        moments.first.resize(values.len(), 0.0);
        moments.second.resize(values.len(), 0.0);
        let parts = values.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK));
        let moments = moments.first.par_chunks_mut(CHUNK).zip(moments.second.par_chunks_mut(CHUNK));
        parts.zip(moments).for_each(|((values, gradient), (first, second))| {
            let moments = first.iter_mut().zip(second);
            for ((value, &gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
                *first = BETA_1 * *first + (1.0 - BETA_1) * gradient;
                *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
                *value -= self.rate * *first / (second.sqrt() / self.root + EPSILON);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_equal_pytorchs() {
        // torch.optim.Adam([tensor([1., -2., 3.])], lr=0.1), gradients [0.5, -1, 0] then [1, 1, 0],
        // PyTorch 2.9.0.
        let (mut values, mut moments) = (vec![1.0, -2.0, 3.0], Moments::default());
        Step::new(1, 0.1).apply(&mut values, &[0.5, -1.0, 0.0], &mut moments);
        Step::new(2, 0.1).apply(&mut values, &[1.0, 1.0, 0.0], &mut moments);
        for (value, expected) in values.iter().zip(EXPECTED) {
            approx::assert_relative_eq!(*value, expected, max_relative = 1e-6);
        }
    }

    const EXPECTED: [f32; 3] = [0.803_481_8, -1.905_263_2, 3.0];
}
