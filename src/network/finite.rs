//! Numbers that left the finite ones. What a network gives is checked before anyone scores it: a comparison takes NaN
//! for background.

use crate::network::Network;

/// A network whose numbers are NaN or infinite.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{what} are NaN or infinite{}: its weights do not belong to images of this scale", place(layer))]
pub struct NotFinite {
    /// Whose values.
    what: &'static str,
    /// The first layer that gives such values; none where every layer's are finite.
    layer: Option<String>,
}

fn place(layer: &Option<String>) -> String {
    layer.as_ref().map_or_else(String::new, |layer| format!(", first in layer '{layer}'"))
}

/// `values`, which `network` gave for images of `size`; they are its `what`.
///
/// # Errors
/// [`NotFinite`] where one is NaN or infinite.
pub fn finite(
    values: Vec<f32>,
    what: &'static str,
    network: &dyn Network,
    images: &[f32],
    size: [usize; 2],
) -> Result<Vec<f32>, NotFinite> {
    match all_finite(&values) {
        true => Ok(values),
        false => Err(NotFinite { what, layer: network.first_not_finite(images, size) }),
    }
}

/// Whether no value is NaN or infinite.
pub fn all_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}
