//! Where a network looks at training slices, for the feeds that hide or keep parts by it.

use crate::image::gather::gather;
use crate::image::slice::Slice;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::network::finite::NotFinite;
use crate::saliency::{OUTPUTS, gradient};

/// The gradient of the summed foreground probability, the paper's saliency, at `slices`, laid out as their images. The
/// network is in evaluation mode, so that a slice's map does not depend on those beside it. `loss` is that of its
/// training.
///
/// # Errors
/// [`NotFinite`] where a gradient is NaN or infinite.
pub(super) fn maps(
    predictor: &Predictor,
    slices: &[Slice],
    loss: &LossFunction,
) -> Result<Vec<f32>, NotFinite> {
    let (images, targets) = gather(slices);
    gradient(predictor, &images, &targets, &OUTPUTS[0], loss)
}
