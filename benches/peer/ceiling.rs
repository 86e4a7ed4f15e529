//! The most that these threads can compute: a loop of fused multiply-adds in registers, at the vector width in use.

use pulp::{Arch, Simd, WithSimd};
use std::hint::black_box;
use std::time::Instant;

/// Sums that do not wait for each other: as many as hide a multiply-add's latency on two units.
const SUMS: usize = 12;
const STEPS: usize = 2_000_000;
const ROUNDS: usize = 8;

/// Floating-point operations per second on all threads of the pool, best of some rounds.
pub fn ceiling() -> f64 {
    let threads = rayon::current_num_threads();
    let round = || {
        let start = Instant::now();
        let lanes = rayon::broadcast(|_| Arch::new().dispatch(Loop));
        let operations = 2 * SUMS * STEPS * lanes.first().copied().unwrap_or(0) * threads;
        operations as f64 / start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(|_| round()).fold(0.0, f64::max)
}

/// Gives the vector's width.
struct Loop;

impl WithSimd for Loop {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let [factor, summand] = [0.5, 0.25].map(|value| simd.splat_f32s(black_box(value)));
        let mut sums = [summand; SUMS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, factor, summand);
            }
        }
        black_box(sums);
        S::F32_LANES
    }
}
