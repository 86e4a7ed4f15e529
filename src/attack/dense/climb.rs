//! One image on its way through a ball: what of it may change, where it is, and steps that stay within.

use crate::attack::ball::{Ball, Norm};
use crate::attack::trial::Trial;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// An image on its way. Values are those of the pixels that may change, in every channel.
#[derive(Clone)]
pub struct Climb<'a> {
    /// The slice that it starts from.
    pub trial: Trial<'a>,
    ball: Ball,
    /// Where the values lie in the image.
    places: Vec<usize>,
    clean: Vec<f32>,
    /// The least and the largest that each may become.
    bounds: Vec<[f32; 2]>,
    /// Where it is.
    pub values: Vec<f32>,
}

impl<'a> Climb<'a> {
    /// At the clean image of a trial.
    pub fn new(trial: Trial<'a>, ball: Ball) -> Self {
        let plane = trial.slice.mask.len();
        let of_channel = |channel| trial.slice.pixels().map(move |pixel| channel * plane + pixel);
        let places: Vec<usize> = (0..trial.slice.channels()).flat_map(of_channel).collect();
        let clean: Vec<f32> = places.iter().map(|&place| trial.slice.image[place]).collect();
        let bounds = clean.iter().map(|&value| ball.interval(value)).collect();
        Self { trial, ball, places, values: clean.clone(), clean, bounds }
    }

    /// How far it may go.
    pub fn radius(&self) -> f64 {
        f64::from(self.ball.radius)
    }

    /// Goes to a point drawn evenly from the ball, then into the range: for L-infinity each value of its own, for L2 a
    /// direction of normal values and a length of u^(1/n). Larger radii draw the same point, further out.
    pub fn scatter(&mut self, restart: usize) {
        let mut generator = self.trial.stream(&format!("ball-{restart}"));
        let count = self.values.len();
        let drawn: Vec<f64> = match self.ball.norm {
            Norm::Linf => (0..count).map(|_| generator.random_range(-1.0..=1.0)).collect(),
            Norm::L2 => {
                let along: Vec<f64> = (0..count).map(|_| StandardNormal.sample(&mut generator)).collect();
                let length = generator.random::<f64>().powf(1.0 / count.max(1) as f64);
                let norm = Norm::L2.of(along.iter().copied()).max(f64::MIN_POSITIVE);
                along.into_iter().map(|value| value * length / norm).collect()
            }
        };
        let moved = self.clean.iter().zip(drawn);
        self.go(moved.map(|(&value, by)| f64::from(value) + by * self.radius()).collect());
    }

    /// The direction that raises a scalar of this gradient most within a step of the norm: signs, or the gradient at
    /// length 1. Zero where the gradient is.
    pub fn steepest(&self, gradient: &[f64]) -> Vec<f64> {
        match self.ball.norm {
            Norm::Linf => gradient.iter().map(|&value| sign(value)).collect(),
            Norm::L2 => {
                let norm = Norm::L2.of(gradient.iter().copied());
                let inverse = if norm > 0.0 { 1.0 / norm } else { 0.0 };
                gradient.iter().map(|&value| value * inverse).collect()
            }
        }
    }

    /// Steps along `direction` by a `share` of the radius and back into the ball and the range.
    pub fn step(&mut self, direction: &[f64], share: f64) {
        let length = share * self.radius();
        let moved = self.values.iter().zip(direction);
        self.go(moved.map(|(&value, &along)| f64::from(value) + length * along).collect());
    }

    /// Goes to `values`, or where they lie outside to the nearest of the ball, then into the range, which brings each
    /// value nearer to the clean one.
    pub fn go(&mut self, values: Vec<f64>) {
        let away = || values.iter().zip(&self.clean).map(|(&value, &clean)| value - f64::from(clean));
        let shrink = match self.ball.norm {
            Norm::Linf => 1.0,
            Norm::L2 => (self.radius() / Norm::L2.of(away()).max(f64::MIN_POSITIVE)).min(1.0),
        };
        let places = self.clean.iter().zip(&self.bounds).zip(away());
        let inside = |((&clean, &[low, high]), away): ((&f32, &[f32; 2]), f64)| {
            ((f64::from(clean) + shrink * away) as f32).clamp(low, high)
        };
        let values: Vec<f32> = places.map(inside).collect();
        self.values = values;
    }

    /// The image where it is.
    pub fn image(&self) -> Vec<f32> {
        let mut image = self.trial.slice.image.clone();
        self.places.iter().zip(&self.values).for_each(|(&place, &value)| image[place] = value);
        image
    }

    /// What of a gradient by the image is by values that may change.
    pub fn own(&self, gradient: &[f32]) -> Vec<f64> {
        self.places.iter().map(|&place| f64::from(gradient[place])).collect()
    }
}

/// 1, -1, or 0 of a zero of either sign.
fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::{slice, trial};

    const RANGE: [f32; 2] = [0.0, 0.2];

    #[test]
    fn steps_stay_in_ball_and_range_and_off_what_may_not_change() {
        let mut slice = slice([false; 20]);
        slice.ignored = vec![12];
        let trial = trial(&slice, &[], "0");
        // Scanned: 6, 7, 8, 11 and 13 at 0.06, 0.07, 0.08, 0.11 and 0.13.
        let mut climb = Climb::new(trial, Ball { norm: Norm::Linf, radius: 0.1, range: RANGE });
        climb.step(&[1.0, -1.0, 0.0, 1.0, 1.0], 0.5);
        let close = |climb: &Climb, expected: [f32; 5]| {
            climb.values.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-7, "{a} {b}"));
        };
        close(&climb, [0.11, 0.02, 0.08, 0.16, 0.18]);
        climb.step(&[1.0, -1.0, 0.0, 1.0, 1.0], 5.0);
        close(&climb, [0.16, 0.0, 0.08, 0.2, 0.2]);
        let image = climb.image();
        assert_eq!((image[0], image[12], image[19]), (0.0, 0.12, 0.19));
        let mut climb = Climb::new(trial, Ball { norm: Norm::L2, radius: 0.05, range: RANGE });
        climb.step(&climb.steepest(&[3.0, 0.0, 0.0, -4.0, 0.0]), 2.0);
        close(&climb, [0.09, 0.07, 0.08, 0.07, 0.13]);
        assert_eq!(climb.steepest(&[0.0; 5]), [0.0; 5]);
        assert_eq!(sign(-0.0), 0.0);
    }

    /// Of 6 values in a ball of radius 1: the mean square length is 6 * 1/3 by L-infinity, 6/8 by L2.
    #[test]
    fn drawn_points_fill_the_ball_evenly_and_larger_radii_go_further_the_same_way() {
        let slice = slice([false; 20]);
        for (norm, expected) in [(Norm::Linf, 2.0), (Norm::L2, 0.75)] {
            let drawn = |radius: f32, restart: usize| {
                let ball = Ball { norm, radius, range: Ball::ANYWHERE };
                let mut climb = Climb::new(trial(&slice, &[], "0"), ball);
                climb.scatter(restart);
                let moved = climb.values.iter().zip(&climb.clean);
                moved.map(|(value, clean)| f64::from(value - clean)).collect::<Vec<f64>>()
            };
            let square = |restart| drawn(1.0, restart).iter().map(|value| value * value).sum::<f64>();
            let mean = (0..4000).map(square).sum::<f64>() / 4000.0;
            // Standard deviations of a square length are 0.73 and 0.19: five standard errors.
            assert!((mean - expected).abs() < 0.06, "{norm}: {mean}");
            for (near, far) in drawn(0.5, 7).iter().zip(drawn(1.0, 7)) {
                assert!((2.0 * near - far).abs() < 1e-6);
            }
        }
    }
}
