//! Where a layer's channels lie that raise the scalar: `relu(sum over c of w_c A_c)`, where `A` is what the layer gives and
//! `w_c` the mean over positions of the scalar's gradient by `A_c`; brought to the size of the slice by bilinear interpolation
//! between the centres of pixels, as Captum and PyTorch (`align_corners=False`) do.
//! R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh and D. Batra, "Grad-CAM", ICCV 2017. For segmentation the scalar is
//! summed over pixels: K. Vinogradova, A. Dibrov and G. Myers, AAAI 2020.

use super::layers::{Chosen, asked, in_chunks};
use super::{ExplainError, Kind, Method, Needs};
use crate::network::Network;
use crate::network::arrays::Array;
use crate::rules::settings::Settings;
use crate::saliency::Question;

pub(super) const KIND: Kind =
    Kind { name: NAME, title: "Grad-CAM", read: |settings| Ok(Box::new(GradCam::read(settings, NAME))) };

const NAME: &str = "grad-cam";

/// The method.
pub(super) struct GradCam {
    layer: Chosen,
    /// What messages call the method.
    name: &'static str,
}

impl GradCam {
    /// Takes the settings of the method that messages call `name`.
    pub(super) fn read(settings: &mut Settings, name: &'static str) -> Self {
        Self { layer: Chosen::read(settings), name }
    }

    /// One plane a slice.
    pub(super) fn planes(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        let (predictor, size) = (question.predictor(), question.predictor().size());
        in_chunks(question, |slices, images| {
            let layers = asked(predictor)?;
            let gone = || ExplainError::Refused(format!("{} finds its layer no more", self.name));
            let name = self.layer.name(layers).ok_or_else(gone)?;
            let slope = |logits| question.slope(slices.clone(), logits);
            let gradient = layers.gradient_at(&name, images, size, &slope).ok_or_else(gone)?;
            let activation = layers.activation(&name, images, size).ok_or_else(gone)?;
            let cams = cams(&activation, &gradient);
            let [height, width] = [activation.shape[2], activation.shape[3]];
            Ok(cams.chunks(height * width).flat_map(|cam| raised(cam, [height, width], size)).collect())
        })
    }
}

impl Method for GradCam {
    fn needs(&self) -> Needs {
        Needs::Layers
    }

    fn check(&self, network: &dyn Network, _: [usize; 2]) -> Result<(), String> {
        self.layer.check(self.name, network)
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        let channels = question.predictor().network().channels();
        let planes = self.planes(question)?;
        let share = |plane: &[f32]| plane.iter().map(|value| value / channels as f32).collect::<Vec<_>>();
        Ok(planes
            .chunks(question.predictor().pixels())
            .flat_map(|plane| share(plane).repeat(channels))
            .collect())
    }
}

/// One plane a slice, of the layer's own size.
fn cams(activation: &Array, gradient: &Array) -> Vec<f32> {
    let (channels, plane) = (activation.shape[1], activation.shape[2] * activation.shape[3]);
    let slices = activation.values.chunks(channels * plane).zip(gradient.values.chunks(channels * plane));
    slices
        .flat_map(|(activation, gradient)| {
            let mut sum = vec![0.0; plane];
            for (activation, gradient) in activation.chunks(plane).zip(gradient.chunks(plane)) {
                let weight = gradient.iter().map(|&value| f64::from(value)).sum::<f64>() / plane as f64;
                sum.iter_mut().zip(activation).for_each(|(sum, &value)| *sum += weight * f64::from(value));
            }
            sum.into_iter().map(|sum: f64| sum.max(0.0) as f32)
        })
        .collect()
}

/// A plane of `from` brought to the size `to`.
fn raised(plane: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    // Where an output position lies between two input positions: both, and the share of the second.
    let between = |axis: usize| {
        let scale = from[axis] as f64 / to[axis] as f64;
        let at = move |place: usize| {
            let source = ((place as f64 + 0.5) * scale - 0.5).max(0.0);
            let first = (source as usize).min(from[axis] - 1);
            (first, (first + 1).min(from[axis] - 1), source - first as f64)
        };
        (0..to[axis]).map(at).collect::<Vec<_>>()
    };
    let (rows, columns) = (between(0), between(1));
    let value = |y: usize, x: usize| f64::from(plane[y * from[1] + x]);
    let mut output = Vec::with_capacity(to[0] * to[1]);
    for &(top, bottom, down) in &rows {
        for &(left, right, across) in &columns {
            let along = |y: usize| value(y, left) * (1.0 - across) + value(y, right) * across;
            output.push((along(top) * (1.0 - down) + along(bottom) * down) as f32);
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_counts_by_its_mean_gradient_and_what_lowers_the_scalar_is_cut_off() {
        let array = |values: &[f32]| Array { shape: vec![1, 2, 1, 2], values: values.to_vec() };
        let found = cams(&array(&[1.0, 4.0, 3.0, 1.0]), &array(&[1.0, 3.0, -3.0, -1.0]));
        assert_eq!(found, [0.0, 6.0]);
    }

    #[test]
    fn planes_are_raised_between_the_centres_of_pixels() {
        // PyTorch: interpolate([[0, 4]], size=(2, 4), mode="bilinear") is twice 0, 1, 3, 4.
        assert_eq!(raised(&[0.0, 4.0], [1, 2], [2, 4]), [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
        assert_eq!(raised(&[1.0, 2.0, 3.0, 4.0], [2, 2], [2, 2]), [1.0, 2.0, 3.0, 4.0]);
    }
}
