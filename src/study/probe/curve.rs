//! Curves of what is left of the explained scalar and of Dice while the pixels of slices are replaced in some order.
//! Deletion and insertion: V. Petsiuk, A. Das and K. Saenko, "RISE", BMVC 2018; pixel flipping: S. Bach and others, PLOS ONE
//! 10, 2015, and W. Samek and others, IEEE Transactions on Neural Networks and Learning Systems 28, 2017, whose area over
//! the curve is 1 less the area here.

use super::sample::Sample;
use crate::saliency::Question;
use crate::saliency::method::baseline::Baseline;
use crate::study::StudyError;

/// Equal parts of a slice's pixels that are replaced one after the other.
const STEPS: usize = 20;
/// Forward passes of a curve: the slice as it is, then for the scalar and for Dice at each point.
pub const PASSES: usize = 1 + 2 * (STEPS + 1);

/// What pixels are replaced with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Replacing {
    /// Those of the slice with black.
    Deletion,
    /// Those of the blurred slice with those of the slice.
    Insertion,
    /// Those of the slice with as much as they lack of the brightest.
    PixelFlipping,
}

impl Replacing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Deletion, Self::Insertion, Self::PixelFlipping];

    /// Name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deletion => "deletion",
            Self::Insertion => "insertion",
            Self::PixelFlipping => "pixel-flipping",
        }
    }

    /// The images of `question` before and after every pixel is replaced. Intensities lie in `range`.
    fn ends(self, question: &Question, [low, high]: [f32; 2]) -> [Vec<f32>; 2] {
        let images = question.images().to_vec();
        match self {
            Self::Deletion => {
                let black = Baseline::Black.of_each(question);
                [images, black]
            }
            Self::Insertion => [Baseline::Blurred.of_each(question), images],
            Self::PixelFlipping => {
                let flipped = images.iter().map(|value| low + high - value).collect();
                [images, flipped]
            }
        }
    }
}

/// For each slice the area under the curve of the scalar, as a share of what it is for the slice itself, and of Dice, over
/// the share of pixels replaced, by trapezoids. `orders` number the scanned pixels of each slice, first to replace first.
/// The area of a scalar that is 0 is infinite or NaN.
///
/// # Errors
/// [`StudyError`] where a logit is not finite.
pub fn areas(
    question: &Question,
    sample: &Sample,
    orders: &[Vec<usize>],
    replacing: Replacing,
    range: [f32; 2],
) -> Result<[Vec<f64>; 2], StudyError> {
    let [before, after] = replacing.ends(question, range);
    let whole = question.values()?;
    let mut areas = [vec![0.0; orders.len()], vec![0.0; orders.len()]];
    for step in 0..=STEPS {
        let weight = if step == 0 || step == STEPS { 0.5 } else { 1.0 } / STEPS as f64;
        let images = replaced(question, orders, [&before, &after], step);
        let dice = dice(question, sample, &images)?;
        let values = question.at(images).values()?;
        for slice in 0..orders.len() {
            areas[0][slice] += weight * values[slice] / whole[slice];
            areas[1][slice] += weight * dice[slice];
        }
    }
    Ok(areas)
}

/// The images with the first `step` parts of their pixels replaced.
fn replaced(
    question: &Question,
    orders: &[Vec<usize>],
    [before, after]: [&[f32]; 2],
    step: usize,
) -> Vec<f32> {
    let (mut images, pixels, size) = (before.to_vec(), question.predictor().pixels(), question.image());
    let each = question.slices().zip(images.chunks_mut(size)).zip(after.chunks(size)).zip(orders);
    for ((((_, place), image), after), order) in each {
        let scanned: Vec<usize> = place.region.pixels().collect();
        for &number in &order[..step * order.len() / STEPS] {
            for pixel in (scanned[number]..size).step_by(pixels) {
                image[pixel] = after[pixel];
            }
        }
    }
    images
}

/// Dice of each slice.
fn dice(question: &Question, sample: &Sample, images: &[f32]) -> Result<Vec<f64>, StudyError> {
    let predictor = question.predictor();
    let logits = predictor.logits(images)?;
    let each = sample.slices.iter().zip(logits.chunks(predictor.pixels()));
    Ok(each.map(|(slice, logits)| slice.score(logits).dice()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;
    use crate::image::slice::Slice;
    use crate::loss::{LossFunction, LossParameters};
    use crate::network::chunked::Predictor;
    use crate::network::device;
    use crate::network::{Network, Slope};
    use crate::saliency::{Scalar, find};
    use approx::assert_relative_eq;

    /// Logits are the image.
    struct Identity;

    impl Network for Identity {
        fn channels(&self) -> usize {
            1
        }

        fn multiple(&self) -> usize {
            1
        }

        fn logits(&self, images: &[f32], _: [usize; 2]) -> Vec<f32> {
            images.to_vec()
        }

        fn gradient(&self, images: &[f32], _: [usize; 2], slope: Slope) -> Vec<f32> {
            slope(images.to_vec())
        }

        fn first_not_finite(&self, _: &[f32], _: [usize; 2]) -> Option<String> {
            None
        }
    }

    const REGION: Region = Region { top: 0, left: 1, height: 4, width: 5, row: 6 };

    /// Areas under the summed logit and Dice for 20 scanned pixels of which the first ten are foreground and have
    /// `inside`, the others `outside`, replaced in `order`.
    fn areas_of(
        [inside, outside]: [f32; 2],
        order: Vec<usize>,
        replacing: Replacing,
    ) -> anyhow::Result<[f64; 2]> {
        let mut slice = Slice {
            volume: 0,
            depth: 0,
            region: REGION,
            image: vec![0.0; 24],
            mask: vec![false; 24],
            ignored: vec![],
        };
        for (number, pixel) in REGION.pixels().enumerate() {
            slice.image[pixel] = if number < 10 { inside } else { outside };
            slice.mask[pixel] = number < 10;
        }
        let sample = Sample::at_hand(vec![slice], |_| "a".into(), 0);
        let predictor = Predictor::new(Box::new(Identity), &device::open(device::available()[0])?, [4, 6]);
        let loss = LossFunction::parse("bce", &LossParameters::default())?;
        let output = find("logit").ok_or_else(|| anyhow::anyhow!("an output"))?;
        let question = sample.question(&predictor, Scalar { output, loss: &loss })?;
        let [scalar, dice] = areas(&question, &sample, &[order], replacing, [0.0, 4.0])?;
        Ok([scalar[0], dice[0]])
    }

    /// The sum falls from 40: by 3 a step, then by 1, or the other way round.
    #[test]
    fn pixels_that_are_worth_more_leave_less_when_they_go_first() -> anyhow::Result<()> {
        let [first, dice] = areas_of([3.0, 1.0], (0..20).collect(), Replacing::Deletion)?;
        assert_relative_eq!(first, 0.375, max_relative = 1e-6);
        let [last, _] = areas_of([3.0, 1.0], (0..20).rev().collect(), Replacing::Deletion)?;
        assert_relative_eq!(last, 0.625, max_relative = 1e-6);
        // All 20 are predicted; of the foreground 10 - k are left after k steps, of the prediction 20 - k.
        let score = |k: i32| 2.0 * f64::from((10 - k).max(0)) / f64::from(30 - k);
        let expected = (0..20).map(|k| (score(k) + score(k + 1)) / 40.0).sum::<f64>();
        assert_relative_eq!(dice, expected, max_relative = 1e-9);
        Ok(())
    }

    /// The sum falls from 40 to 20 as 3 becomes 1, then rises to 40 as 1 becomes 3.
    #[test]
    fn flipped_pixels_turn_to_their_mirror_image_and_padding_stays() -> anyhow::Result<()> {
        let [scalar, _] = areas_of([3.0, 1.0], (0..20).collect(), Replacing::PixelFlipping)?;
        assert_relative_eq!(scalar, 0.75, max_relative = 1e-6);
        Ok(())
    }

    /// A blurred flat slice is itself.
    #[test]
    fn insertion_ends_at_the_slice() -> anyhow::Result<()> {
        let [flat, _] = areas_of([2.0, 2.0], (0..20).collect(), Replacing::Insertion)?;
        assert_relative_eq!(flat, 1.0, max_relative = 1e-6);
        // Blurred, the foreground is darker than it is: the sooner it comes back, the more is there.
        let [soon, _] = areas_of([3.0, 1.0], (0..20).collect(), Replacing::Insertion)?;
        let [late, _] = areas_of([3.0, 1.0], (0..20).rev().collect(), Replacing::Insertion)?;
        assert!(soon > 1.0 && late < soon, "{soon} {late}");
        Ok(())
    }
}
