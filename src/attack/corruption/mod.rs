//! Corruptions of MRI, as a scanner makes them: each is a file of this folder with its physics, its source and what it is
//! at severities 1 to 5, and a line in [`CORRUPTIONS`]. They ask the network nothing. Formulas are those of TorchIO
//! (Pérez-García and others, Computer Methods and Programs in Biomedicine 2021) and MONAI, numbers where there are any
//! those of ROOD-MRI (Boone and others, NeuroImage 2023).
//!
//! Slices are scanned one by one, so that k-space is that of a slice. What belongs to the scan and not to the slice (a
//! coil's field, the direction of the phases, how the body moves) is drawn by volume and the same in all of its slices.
//! Only the scanned part changes, pixels of unknown label with it; the mask stays. Values then are brought into the range of
//! the images' intensities: a magnitude has no sign, and what is brighter than the scan's brightest saturates.

mod bias_field;
mod blur;
mod contrast;
mod gamma;
mod ghosting;
mod gibbs_ringing;
mod k_space;
mod low_resolution;
mod motion;
pub mod plane;
mod rician_noise;
pub mod severity;
mod spike;

use super::budget::{Budget, BudgetError};
use super::trial::Trial;
use super::victim::Victim;
use super::{Attack, Knows, Wanted};
use crate::random::stream;
use plane::Plane;
use rand_chacha::ChaCha8Rng;
use severity::{Severity, bounds};

/// A corruption.
pub struct Corruption {
    /// Name in study files and records.
    pub name: &'static str,
    /// Name in tables and figures.
    pub title: &'static str,
    /// What it draws random numbers for.
    pub draws: Draws,
    /// The plane at a severity that is not none.
    pub change: fn(plane: &Plane, severity: Severity, draw: &mut ChaCha8Rng) -> Plane,
}

/// What random numbers are drawn for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Draws {
    /// Nothing: the same every time.
    Nothing,
    /// A scan: all slices and channels of a volume have the same.
    Volume,
    /// Each slice and channel.
    Slice,
}

/// Every corruption.
pub const CORRUPTIONS: &[&Corruption] = &[
    &bias_field::CORRUPTION,
    &ghosting::CORRUPTION,
    &motion::CORRUPTION,
    &spike::CORRUPTION,
    &rician_noise::CORRUPTION,
    &gibbs_ringing::CORRUPTION,
    &blur::CORRUPTION,
    &low_resolution::CORRUPTION,
    &gamma::CORRUPTION,
    &contrast::CORRUPTION,
];

/// The corruption called `name`.
pub fn find(name: &str) -> Option<&'static Corruption> {
    CORRUPTIONS.iter().copied().find(|corruption| corruption.name == name)
}

/// Every corruption, in a line.
pub fn names() -> String {
    CORRUPTIONS.iter().map(|corruption| corruption.name).collect::<Vec<_>>().join(", ")
}

impl Corruption {
    /// The image of a trial at `severity`, whose intensities lie in `range`.
    pub fn of(&self, trial: &Trial, severity: Severity, range: [f32; 2]) -> Vec<f32> {
        let mut image = trial.slice.image.clone();
        if severity.is_none() {
            return image;
        }
        let mut draw = self.stream(trial);
        let region = trial.slice.region;
        for channel in image.chunks_mut(trial.slice.mask.len().max(1)) {
            let clean = region.crop(channel);
            if self.draws == Draws::Volume {
                draw = self.stream(trial);
            }
            let plane = Plane { size: [region.height, region.width], values: to_unit(&clean, range) };
            let changed = (self.change)(&plane, severity, &mut draw);
            for (pixel, value) in region.pixels().zip(from_unit(&changed.values, &clean, range)) {
                channel[pixel] = value;
            }
        }
        image
    }

    /// Named by seed, volume and trial, and by the slice where that draws for itself, not by severity: a worse one is
    /// worse of the same.
    fn stream(&self, trial: &Trial) -> ChaCha8Rng {
        match self.draws {
            Draws::Slice => trial.stream(self.name),
            _ => stream(&[trial.seed, self.name, trial.volume, &trial.number.to_string()]),
        }
    }
}

/// Intensities of images of `range` as 0 to 1.
fn to_unit(values: &[f32], range: [f32; 2]) -> Vec<f64> {
    let [low, high] = range.map(f64::from);
    values.iter().map(|&value| (f64::from(value) - low) / (high - low)).collect()
}

/// The way back, into the range; where `clean` values lie outside, as far as they.
fn from_unit(values: &[f64], clean: &[f32], range: [f32; 2]) -> Vec<f32> {
    let [low, high] = range.map(f64::from);
    let [least, most] = bounds(clean, range);
    values.iter().map(|value| ((low + value * (high - low)) as f32).clamp(least, most)).collect()
}

impl Attack for Corruption {
    fn name(&self) -> &str {
        self.name
    }

    fn title(&self) -> &str {
        self.title
    }

    fn knows(&self) -> Knows {
        Knows::Nothing
    }

    fn draws(&self) -> bool {
        self.draws != Draws::Nothing
    }

    fn perturb(&self, batch: &[Wanted], _: &Victim, images: &mut Vec<f32>) -> Result<(), BudgetError> {
        for Wanted { trial, budgets } in batch {
            for budget in budgets {
                let Budget::Severity { severity, range } = *budget else {
                    let budget = budget.to_string();
                    return Err(BudgetError::Unfit { attack: self.name.to_string(), budget });
                };
                images.extend(self.of(trial, severity, range));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::trial;
    use crate::image::region::Region;
    use crate::image::slice::Slice;
    use serde::Deserialize;

    const RANGE: [f32; 2] = [0.0, 0.2];

    #[derive(Deserialize)]
    struct Fixture {
        planes: Vec<Given>,
    }

    #[derive(Deserialize)]
    struct Given {
        size: [usize; 2],
        values: Vec<f64>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        corruption: String,
        numbers: Vec<f64>,
        expected: Vec<f64>,
    }

    /// The formula of a corruption at numbers that are given.
    fn formula(name: &str, plane: &Plane, numbers: &[f64]) -> Plane {
        let count = |index: usize| numbers[index] as usize;
        match name {
            "bias-field" => bias_field::biased(plane, &numbers.try_into().expect("ten")),
            "ghosting" => ghosting::ghosts(plane, count(0), (count(1), numbers[2])),
            "spike" => spike::spiked(plane, [count(0), count(1)], numbers[2]),
            "gibbs-ringing" => gibbs_ringing::cut_off(plane, numbers[0]),
            "blur" => blur::blurred(plane, numbers[0]),
            "low-resolution" => low_resolution::coarse(plane, numbers[0]),
            "gamma" => gamma::to_the_power(plane, numbers[0]),
            "motion" => {
                let pose = |pose: &[f64]| motion::Pose {
                    time: pose[0],
                    degrees: pose[1],
                    shift: [pose[2], pose[3]],
                };
                let poses: Vec<motion::Pose> = numbers[1..].chunks(4).map(pose).collect();
                motion::moved(plane, count(0), &poses)
            }
            "rician-noise" => {
                let (real, imaginary) = numbers[1..].split_at(plane.values.len());
                rician_noise::noisy(plane, numbers[0], &[real.to_vec(), imaginary.to_vec()])
            }
            other => panic!("no formula of {other}"),
        }
    }

    /// `scripts/make_corruption_fixtures.py`. TorchIO computes in float32.
    #[test]
    fn formulas_are_those_of_torchio_monai_scipy_and_pytorch() {
        let text = include_str!("../../../fixtures/parity/corruptions.json");
        let fixture: Fixture = serde_json::from_str(text).expect("a fixture");
        let mut seen = std::collections::BTreeMap::new();
        for Given { size, values, cases } in fixture.planes {
            let plane = Plane { size, values };
            for case in cases {
                let found = formula(&case.corruption, &plane, &case.numbers);
                assert_eq!((found.size, found.values.len()), (size, case.expected.len()));
                for (found, expected) in found.values.iter().zip(&case.expected) {
                    assert!((found - expected).abs() < 1e-5, "{}: {found} {expected}", case.corruption);
                }
                *seen.entry(case.corruption).or_insert(0) += 1;
            }
        }
        // `contrast` has its closed form below.
        let without = |corruption: &&&Corruption| corruption.name != "contrast";
        assert!(CORRUPTIONS.iter().filter(without).all(|one| seen.get(one.name) >= Some(&3)), "{seen:?}");
    }

    /// A bright disc and a darker square in 24 x 31 scanned pixels, two channels, with padding and one pixel to ignore.
    fn slice(depth: usize) -> Slice {
        let region = Region { top: 3, left: 2, height: 24, width: 31, row: 36 };
        let value = |place: usize| {
            let (pixel, channel) = (place % 1080, place / 1080);
            let (row, column) = ((pixel / 36) as f32, (pixel % 36) as f32);
            let disc = (row - 14.0).powi(2) + (column - 15.0).powi(2) < 60.0;
            let square = (5.0..10.0).contains(&row) && (20.0..29.0).contains(&column);
            let tissue = if disc {
                0.16
            } else if square {
                0.1
            } else {
                0.04
            };
            let texture = 0.01 * (row * 1.3 + column * 0.7 + depth as f32).sin();
            if region.contains(pixel) { tissue + texture + 0.01 * channel as f32 } else { 0.0 }
        };
        let mask = (0..1080).map(|pixel| pixel % 5 == 0 && region.contains(pixel)).collect();
        Slice { volume: 0, depth, region, image: (0..2160).map(value).collect(), mask, ignored: vec![200] }
    }

    fn severity(number: i64) -> Severity {
        Severity::new(number).expect("a severity")
    }

    /// Root mean square of what changes, over trials.
    fn difference(corruption: &Corruption, number: i64) -> f64 {
        let slice = slice(4);
        let square = |trial_number: usize| {
            let trial = Trial { number: trial_number, ..trial(&slice, &[], "0") };
            let image = corruption.of(&trial, severity(number), RANGE);
            let moved = image.iter().zip(&slice.image).map(|(new, old)| f64::from(new - old).powi(2));
            moved.sum::<f64>()
        };
        ((0..20).map(square).sum::<f64>() / 20.0).sqrt()
    }

    #[test]
    fn severities_grow_and_0_is_the_image_itself() {
        for corruption in CORRUPTIONS {
            let grows: Vec<f64> = (0..=5).map(|number| difference(corruption, number)).collect();
            assert_eq!(grows[0], 0.0, "{}", corruption.name);
            assert!(grows.is_sorted_by(|less, more| more > less), "{}: {grows:?}", corruption.name);
            assert!(find(corruption.name).is_some_and(|found| found.title == corruption.title));
        }
    }

    #[test]
    fn padding_stays_values_stay_in_range_and_draws_are_by_scan_or_by_slice() {
        let (first, second) = (slice(4), slice(4));
        for corruption in CORRUPTIONS {
            for number in 1..=5 {
                let of = |slice: &Slice, trial: Trial| {
                    corruption.of(&Trial { slice, ..trial }, severity(number), RANGE)
                };
                let image = of(&first, trial(&first, &[], "0"));
                for (place, (&new, &old)) in image.iter().zip(&first.image).enumerate() {
                    let scanned = first.region.contains(place % 1080);
                    assert!(
                        if scanned { (0.0..=0.2).contains(&new) } else { new == old },
                        "{}",
                        corruption.name
                    );
                }
                // A slice of the same content elsewhere in the volume, another trial.
                let deeper = Slice { depth: 9, ..second.clone() };
                let same = of(&deeper, trial(&deeper, &[], "0")) == image;
                assert_eq!(same, corruption.draws != Draws::Slice, "{}", corruption.name);
                let other = |number: usize| of(&first, Trial { number, ..trial(&first, &[], "0") });
                let repeats = (1..9).all(|number| other(number) == image);
                assert_eq!(repeats, corruption.draws == Draws::Nothing, "{} {number}", corruption.name);
            }
        }
    }

    /// What each must leave as it is, or must become.
    #[test]
    fn closed_forms() {
        let flat = Plane { size: [7, 10], values: vec![0.3; 70] };
        let near = |plane: Plane, value: f64| plane.values.iter().all(|one| (one - value).abs() < 1e-12);
        assert!(near(blur::blurred(&flat, 1.6), 0.3) && near(low_resolution::coarse(&flat, 2.5), 0.3));
        assert!(near(gibbs_ringing::cut_off(&flat, 0.7), 0.3) && near(contrast::flattened(&flat, 0.25), 0.3));
        assert!(
            near(ghosting::ghosts(&flat, 1, (3, 0.5)), 0.3) && near(gamma::to_the_power(&flat, 2.0), 0.09)
        );
        let wave = Plane { size: [1, 4], values: vec![0.1, 0.5, 0.2, -0.4] };
        let [mean, deviation] = wave.moments();
        let [lower, less] = contrast::flattened(&wave, 0.4).moments();
        assert!((mean - lower).abs() < 1e-15 && (less - 0.4 * deviation).abs() < 1e-15);
        assert!((gamma::to_the_power(&wave, 2.0).values[3] + 0.16).abs() < 1e-15);
        // A body that is displaced in the middle of k-space is where it then is: all lines in one pose are the body itself.
        let pose = motion::Pose { time: 0.0, degrees: 4.0, shift: [2.0, -1.0] };
        assert!(near(motion::moved(&flat, 0, &[pose]), 0.3));
        // Shifted by whole pixels round the edges, but for the second half of the lines, measured at rest.
        let late = motion::Pose { time: 0.5, degrees: 0.0, shift: [0.0, 1.0] };
        let moved = motion::moved(&wave, 1, &[late]);
        assert!((moved.values.iter().sum::<f64>() - 0.4).abs() < 1e-12 && moved != wave);
    }

    /// Where there is no signal Rician noise has the mean of a Rayleigh distribution.
    #[test]
    fn noise_without_signal_is_rayleigh() {
        use rand_distr::{Distribution, StandardNormal};
        let plane = Plane { size: [100, 100], values: vec![0.0; 10_000] };
        let mut draw = stream(&["rayleigh"]);
        let mut normal = || -> Vec<f64> { (0..10_000).map(|_| StandardNormal.sample(&mut draw)).collect() };
        let [mean, _] = rician_noise::noisy(&plane, 0.2, &[normal(), normal()]).moments();
        // Standard error 0.0013.
        assert!((mean - 0.2 * std::f64::consts::FRAC_PI_2.sqrt()).abs() < 0.006, "{mean}");
    }

    #[test]
    fn another_budget_cannot_be_spent() {
        use crate::attack::replacement::Replacement;
        use crate::network::chunked::Predictor;
        use crate::network::unet::{UNetConfig, weights::Weights};
        use crate::network::{device, open};
        let slice = slice(0);
        let budgets = vec![Budget::Pixels { count: 1, with: Replacement::Level(0.1) }];
        let wanted = Wanted { trial: trial(&slice, &[], "0"), budgets };
        let device = device::open(device::available()[0]).expect("a device");
        let weights = Weights::random(&UNetConfig::new(1, 2).expect("a size"), 0);
        let predictor: Predictor = open::predictor(&weights, &device, [30, 36]);
        let victim = Victim::new(&predictor, None);
        let refused = CORRUPTIONS[0].perturb(&[wanted], &victim, &mut Vec::new()).unwrap_err().to_string();
        assert_eq!(refused, "attack 'bias-field' cannot spend a budget of 1 pixels");
    }
}
