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
