//! How the learning rate falls while a network trains.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The learning rate's course from the first step to the last.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// The same at every step.
    #[default]
    Constant,
    /// Half a cosine from the full rate towards 0 (I. Loshchilov and F. Hutter, ICLR 2017), without
    /// restarts: PyTorch's `CosineAnnealingLR` with `T_max` the number of steps, stepped after each batch.
    Cosine,
}

impl Schedule {
    /// Whether it changes nothing.
    pub fn is_constant(&self) -> bool {
        *self == Self::Constant
    }

    /// The learning rate of step `step`, from 0, of `steps` steps, where `rate` is the first one's.
    pub fn rate(self, rate: f64, step: usize, steps: usize) -> f64 {
        match self {
            Self::Constant => rate,
            Self::Cosine => {
                let done = step as f64 / steps.max(1) as f64;
                rate * 0.5 * (1.0 + (PI * done).cos())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// As torch 2.15.0 prints them:
    /// `o = torch.optim.Adam([p], lr=rate); s = torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=steps)`,
    /// then `o.param_groups[0]["lr"]` before each `o.step(); s.step()`.
    #[test]
    fn the_cosine_is_pytorchs() {
        let ten: [f64; 10] = [
            0.001,
            0.0009755282581475768,
            0.0009045084971874736,
            0.0007938926261462366,
            0.0006545084971874737,
            0.0005,
            0.00034549150281252633,
            0.0002061073738537635,
            9.549150281252634e-05,
            2.4471741852423235e-05,
        ];
        let seven: [f64; 7] = [
            0.02,
            0.01900968867902419,
            0.016234898018587338,
            0.012225209339563146,
            0.007774790660436858,
            0.003765101981412666,
            0.0009903113209758097,
        ];
        for (rate, expected) in [(1e-3_f64, ten.as_slice()), (0.02, seven.as_slice())] {
            for (step, &at) in expected.iter().enumerate() {
                let ours = Schedule::Cosine.rate(rate, step, expected.len());
                assert_relative_eq!(ours, at, max_relative = 1e-12);
            }
        }
    }

    #[test]
    fn the_constant_rate_is_the_rate_to_the_bit() {
        for step in 0..5 {
            assert_eq!(Schedule::Constant.rate(0.1 + 0.2, step, 5).to_bits(), (0.1_f64 + 0.2).to_bits());
        }
    }

    #[test]
    fn the_cosine_starts_at_the_rate_and_never_rises() {
        let rates: Vec<f64> = (0..100).map(|step| Schedule::Cosine.rate(1e-3, step, 100)).collect();
        assert_eq!(rates[0], 1e-3);
        assert!(rates.windows(2).all(|pair| pair[0] > pair[1]) && rates[99] > 0.0);
        assert_relative_eq!(rates[50], 0.5e-3, max_relative = 1e-12);
    }

    #[test]
    fn names_are_lower_case() {
        let named = |name: &str| serde_json::from_str::<Schedule>(&format!("\"{name}\""));
        assert_eq!(named("constant").ok(), Some(Schedule::Constant));
        assert_eq!(named("cosine").ok(), Some(Schedule::Cosine));
        assert_eq!(Schedule::default(), Schedule::Constant);
        let refused = named("linear").unwrap_err().to_string();
        assert!(refused.contains("constant") && refused.contains("cosine"), "{refused}");
    }
}
