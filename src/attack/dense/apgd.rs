//! Auto-PGD: PGD with momentum whose steps are halved, and which goes back to its best image, wherever at a checkpoint
//! the loss rose in at most rho of the steps since the last one, or neither the step nor the best loss changed
//! (F. Croce and M. Hein, ICML 2020, Alg. 1). Steps begin at two radii; the image of the highest loss counts. Checkpoints, and
//! the bound of rho itself, are those of the authors' code (`autopgd_base.py` of fra31/auto-attack), whose spans are whole
//! steps: at 100 steps they are the paper's p_j, at fewer they come sooner. Its losses here are those of SEA, of which the worst
//! counts for each slice (F. Croce, N. D. Singh and M. Hein, ECCV 2024); their fourth, Mask-Sph, is constant where there is but
//! one logit.

use super::ascent::{Ascent, Seen};
use super::climb::Climb;
use super::{Kind, Losses, RESTARTS, STEPS};
use crate::attack::victim::Queries;
use crate::network::finite::NotFinite;
use crate::rules::Range;
use crate::rules::parameter::Parameter;

/// How much of the step is new; the rest goes on as the last one did.
const FRESH: f64 = 0.75;

const RHO: Parameter = Parameter {
    name: "rho",
    default: 0.75,
    range: Range::Within(0.0, 1.0),
    meaning: "share of steps that should raise the loss",
};

pub(super) const KIND: Kind = Kind {
    name: "apgd",
    title: "APGD",
    parameters: &[Parameter { default: 50.0, ..STEPS }, RHO, RESTARTS],
    losses: Losses::Chosen("sea"),
    starts: true,
    queries: |values| Queries::gradients(values[0] as usize + 1),
    run,
};

/// How one image has fared.
struct State {
    /// Length of a step as a share of the radius.
    share: f64,
    before: Vec<f32>,
    seen: Seen,
    /// Value, place and gradient of the best image.
    best: (f64, Vec<f32>, Vec<f64>),
    /// Steps since the last checkpoint that raised the loss.
    rose: usize,
    /// Step and best value at the last checkpoint.
    last: (f64, f64),
}

fn run(climbs: &mut [Climb], ascent: &Ascent, values: &[f64]) -> Result<(), NotFinite> {
    let (steps, rho) = (values[0] as usize, values[1]);
    let seen = ascent.look(climbs, 0.0)?;
    let mut states: Vec<State> =
        climbs.iter().zip(seen).map(|(climb, seen)| State::new(climb, seen)).collect();
    let checkpoints = checkpoints(steps);
    for step in 0..steps {
        for (climb, state) in climbs.iter_mut().zip(&mut states) {
            state.step(climb, if step == 0 { 1.0 } else { FRESH });
        }
        let seen = ascent.look(climbs, step as f64 / steps as f64)?;
        let span = checkpoints.iter().position(|&(end, _)| end == step + 1).map(|index| checkpoints[index].1);
        for ((climb, state), seen) in climbs.iter_mut().zip(&mut states).zip(seen) {
            state.hear(climb, seen);
            if let Some(span) = span {
                state.check(climb, span, rho);
            }
        }
    }
    for (climb, state) in climbs.iter_mut().zip(states) {
        climb.values = state.best.1;
    }
    Ok(())
}

/// Steps after which the size is looked at, and how many there were since the last: spans of 0.22 of all, each 0.03
/// shorter, down to 0.06.
fn checkpoints(steps: usize) -> Vec<(usize, usize)> {
    let share = |part: f64| ((part * steps as f64) as usize).max(1);
    let (mut span, less, least) = (share(0.22), share(0.03), share(0.06));
    let (mut found, mut end) = (Vec::new(), span);
    while end <= steps {
        found.push((end, span));
        span = span.saturating_sub(less).max(least);
        end += span;
    }
    found
}

impl State {
    fn new(climb: &Climb, seen: Seen) -> Self {
        let best = (seen.value, climb.values.clone(), seen.gradient.clone());
        // No step is 0: at the first checkpoint there is no last one.
        Self { share: 2.0, before: climb.values.clone(), last: (0.0, seen.value), seen, best, rose: 0 }
    }

    /// `z = P(x + s g)`, then `P(x + fresh (z - x) + (1 - fresh) (x - x_before))`.
    fn step(&mut self, climb: &mut Climb, fresh: f64) {
        // Behind a checkpoint that went back, the last step is that from before it to the best image.
        let here = climb.values.clone();
        let carried: Vec<f64> =
            here.iter().zip(&self.before).map(|(a, b)| f64::from(*a) - f64::from(*b)).collect();
        let along = climb.steepest(&self.seen.gradient);
        climb.step(&along, self.share);
        let places = here.iter().zip(&climb.values).zip(carried);
        let next = places.map(|((&here, &ahead), carried)| {
            f64::from(here) + fresh * (f64::from(ahead) - f64::from(here)) + (1.0 - fresh) * carried
        });
        let next = next.collect();
        climb.go(next);
        self.before = here;
    }

    fn hear(&mut self, climb: &Climb, seen: Seen) {
        self.rose += usize::from(seen.value > self.seen.value);
        if seen.value > self.best.0 {
            self.best = (seen.value, climb.values.clone(), seen.gradient.clone());
        }
        self.seen = seen;
    }

    fn check(&mut self, climb: &mut Climb, span: usize, rho: f64) {
        let few = self.rose as f64 <= rho * span as f64;
        let stuck = self.share == self.last.0 && self.last.1 >= self.best.0;
        self.last = (self.share, self.best.0);
        self.rose = 0;
        if few || stuck {
            self.share /= 2.0;
            climb.values = self.best.1.clone();
            self.seen.gradient = self.best.2.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper's `w_j = ceil(p_j N)` with p = 0, 0.22, 0.41, 0.57, 0.70, 0.80, 0.87, 0.93, 0.99 for N = 100.
    #[test]
    fn checkpoints_are_those_of_the_authors_code() {
        let ends: Vec<usize> = checkpoints(100).into_iter().map(|(end, _)| end).collect();
        assert_eq!(ends, [22, 41, 57, 70, 80, 87, 93, 99]);
        // Spans of 0.22, 0.03 and 0.06 of 20 steps, each cut to whole ones: 4, then less 1 each time down to 1.
        let ends: Vec<usize> = checkpoints(20).into_iter().map(|(end, _)| end).collect();
        assert_eq!(ends, [[4, 7, 9].as_slice(), &(10..=20).collect::<Vec<_>>()].concat());
        assert_eq!(checkpoints(1), [(1, 1)]);
        assert!(checkpoints(7).windows(2).all(|pair| pair[1].0 == pair[0].0 + pair[1].1));
    }
}
