//! Images that say nothing, which a method compares a slice with. Padding stays 0 in all of them.

use crate::image::region::Region;
use crate::saliency::Question;

/// Standard deviation of the blur, in pixels.
const BLUR: f64 = 8.0;
/// The blur's window reaches this many standard deviations to either side, as SciPy's does.
const REACH: f64 = 4.0;

/// An image that says nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Baseline {
    /// 0 throughout, as padding is: nothing was scanned.
    Black,
    /// Each channel its mean over the scanned pixels.
    Mean,
    /// The slice blurred by a Gaussian of 8 pixels, edges continued by their last pixel.
    Blurred,
}

impl Baseline {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Black, Self::Mean, Self::Blurred];

    /// Name in study files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::Mean => "mean",
            Self::Blurred => "blurred",
        }
    }

    /// The baseline of each slice, laid end to end.
    pub fn of_each(self, question: &Question) -> Vec<f32> {
        let pixels = question.predictor().pixels();
        question.slices().flat_map(|(image, place)| self.of(image, pixels, &place.region)).collect()
    }

    /// The baseline of an image whose channels have planes of `plane` pixels, of which those of `region` are scanned.
    pub fn of(self, image: &[f32], plane: usize, region: &Region) -> Vec<f32> {
        let mut baseline = vec![0.0; image.len()];
        if region.area() == 0 {
            return baseline;
        }
        for (image, baseline) in image.chunks(plane).zip(baseline.chunks_mut(plane)) {
            let scanned = region.crop(image);
            let values = match self {
                Self::Black => continue,
                Self::Mean => {
                    let sum: f64 = scanned.iter().map(|&value| f64::from(value)).sum();
                    vec![(sum / scanned.len() as f64) as f32; scanned.len()]
                }
                Self::Blurred => blurred(&scanned, [region.height, region.width]),
            };
            region.pixels().zip(values).for_each(|(pixel, value)| baseline[pixel] = value);
        }
        baseline
    }
}

/// A plane of `[height, width]` blurred along its columns, then along its rows.
fn blurred(plane: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
    let values: Vec<f64> = plane.iter().map(|&value| f64::from(value)).collect();
    let kernel = kernel();
    let down = along(&values, height, |line, place| place * width + line, width, &kernel);
    let across = along(&down, width, |line, place| line * width + place, height, &kernel);
    across.into_iter().map(|value| value as f32).collect()
}

/// Weights of the window from its middle on, which with their mirror image add up to 1.
fn kernel() -> Vec<f64> {
    let radius = (REACH * BLUR + 0.5) as usize;
    let weights: Vec<f64> = (0..=radius).map(|x| (-0.5 * (x as f64 / BLUR).powi(2)).exp()).collect();
    let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
    weights.iter().map(|weight| weight / sum).collect()
}

/// Each of `lines` lines of `length` values blurred; `index` says where a line's values lie.
fn along(
    values: &[f64],
    length: usize,
    index: impl Fn(usize, usize) -> usize,
    lines: usize,
    kernel: &[f64],
) -> Vec<f64> {
    let mut output = vec![0.0; values.len()];
    for line in 0..lines {
        for place in 0..length {
            let at = |place: usize| values[index(line, place.min(length - 1))];
            let pairs = kernel.iter().enumerate().skip(1);
            let sum: f64 =
                pairs.map(|(far, weight)| weight * (at(place + far) + at(place.saturating_sub(far)))).sum();
            output[index(line, place)] = kernel[0] * at(place) + sum;
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Two channels of 3 x 4 pixels, of which 2 x 3 were scanned.
    fn image() -> (Vec<f32>, Region) {
        let region = Region { top: 0, left: 1, height: 2, width: 3, row: 4 };
        let mut image = vec![0.0; 24];
        for (place, pixel) in region.pixels().enumerate() {
            image[pixel] = place as f32;
            image[12 + pixel] = 7.0;
        }
        (image, region)
    }

    #[test]
    fn padding_stays_black_and_a_flat_channel_is_its_own_baseline() {
        let (image, region) = image();
        for baseline in Baseline::ALL {
            let found = baseline.of(&image, 12, &region);
            let padding = (0..24).filter(|pixel| !region.contains(pixel % 12));
            assert!(padding.into_iter().all(|pixel| found[pixel] == 0.0), "{baseline:?}");
            if baseline != Baseline::Black {
                assert!(region.pixels().all(|pixel| (found[12 + pixel] - 7.0).abs() < 1e-5), "{baseline:?}");
            }
        }
        assert!(Baseline::Black.of(&image, 12, &region).iter().all(|&value| value == 0.0));
        let mean = Baseline::Mean.of(&image, 12, &region);
        assert!(region.pixels().all(|pixel| mean[pixel] == 2.5));
    }

    #[test]
    fn a_blur_keeps_the_order_along_an_axis_and_narrows() {
        let (image, region) = image();
        let found = region.crop(&Baseline::Blurred.of(&image, 12, &region)[..12]);
        assert!(found[..3].is_sorted_by(|a, b| a < b) && found[0] < found[3], "{found:?}");
        assert_relative_eq!(found[0] + found[5], 5.0, epsilon = 1e-5);
        assert!(found[0] > 1.5 && found[5] < 3.5, "{found:?}");
    }
}
