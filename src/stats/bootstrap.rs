//! The bootstrap over seeds and volumes: whole seeds and whole volumes are drawn with replacement, so
//! that everything measured on them stays paired.

use crate::stats::estimate::Estimate;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How often to resample, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Resamples of the seeds, and as many of the volumes; 2 or more.
    pub resamples: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 10_000, seed: 0 }
    }
}

/// How often each of some units was drawn, as numbers to multiply with.
type Weights = [f64];

impl Bootstrap {
    /// Estimates `statistic`, a function of how often each seed and each volume counts; all ones is the
    /// sample itself.
    ///
    /// With `n` units the bootstrap's variance is `(n - 1) / n` of the unbiased one (B. Efron and R.
    /// Tibshirani, An Introduction to the Bootstrap, 1993, section 5.3), which matters for six seeds and
    /// is put right. The variances over seeds and over volumes add up, which counts what they have in
    /// common twice: never too sure (A. B. Owen, Annals of Applied Statistics 1, 2007). Degrees of
    /// freedom follow F. E. Satterthwaite, Biometrics Bulletin 2, 1946. A factor with one unit alone
    /// adds nothing.
    pub fn estimate(
        &self,
        seeds: usize,
        volumes: usize,
        statistic: impl Fn(&Weights, &Weights) -> f64,
    ) -> Estimate {
        let (every_seed, every_volume) = (vec![1.0; seeds], vec![1.0; volumes]);
        let over_seeds = self.variance(seeds, 0, |weights| statistic(weights, &every_volume));
        let over_volumes = self.variance(volumes, 1, |weights| statistic(&every_seed, weights));
        Estimate::new(statistic(&every_seed, &every_volume), &[(over_seeds, seeds), (over_volumes, volumes)])
    }

    /// Unbiased variance of `statistic` over resamples of `units`.
    fn variance(&self, units: usize, stream: u64, statistic: impl Fn(&Weights) -> f64) -> f64 {
        if units < 2 {
            return 0.0;
        }
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream(stream);
        let mut weights = vec![0.0; units];
        let values: Vec<f64> = (0..self.resamples)
            .map(|_| {
                weights.fill(0.0);
                for _ in 0..units {
                    weights[generator.random_range(0..units)] += 1.0;
                }
                statistic(&weights)
            })
            .collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let biased = squares / (values.len() - 1) as f64;
        biased * units as f64 / (units - 1) as f64
    }
}
