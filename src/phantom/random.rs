//! Numbers from a seeded generator, the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The generator of volume `index`: a stream of its own, whatever else is drawn.
pub(super) fn stream(seed: u64, index: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index as u64);
    rng
}

/// Uniform in [0, 1).
pub(super) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// Uniform between `low` and `high`.
pub(super) fn between(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * unit(rng)
}

/// Uniform over the whole numbers from `low` to `high`, both included.
pub(super) fn whole(rng: &mut ChaCha8Rng, [low, high]: [usize; 2]) -> usize {
    let choices = (high - low + 1) as f64;
    (low + (unit(rng) * choices) as usize).min(high)
}
