//! Adam over all weights at once, as [`crate::network::cpu`] steps.

use crate::network::cpu::adam::{BETA_1, BETA_2, EPSILON, Step};
use tch::Tensor;

/// Running means of the gradient and of its square.
pub struct Adam {
    /// Of the gradient, laid out as the weights.
    pub first: Tensor,
    /// Of its square.
    pub second: Tensor,
    /// Steps that were taken.
    pub steps: i32,
}

impl Adam {
    /// That of `weights` before the first step.
    pub fn new(weights: &Tensor) -> Self {
        let zeros = || weights.detach().zeros_like();
        Self { first: zeros(), second: zeros(), steps: 0 }
    }

    /// Moves `weights` against their `gradient`.
    pub fn step(&mut self, weights: &mut Tensor, gradient: &Tensor, learning_rate: f64) {
        self.steps += 1;
        let Step { rate, root } = Step::new(self.steps, learning_rate);
        let [beta_1, beta_2] = [BETA_1, BETA_2].map(f64::from);
        tch::no_grad(|| {
            let _ = self.first.g_mul_scalar_(beta_1).g_add_(&(gradient * (1.0 - beta_1)));
            let _ = self.second.g_mul_scalar_(beta_2).g_add_(&(gradient * gradient * (1.0 - beta_2)));
            let divisor = self.second.sqrt() / f64::from(root) + f64::from(EPSILON);
            let _ = weights.g_sub_(&(&self.first / divisor * f64::from(rate)));
        });
    }
}
