//! Numbers that left the finite ones. What a network gives is checked before anyone scores it: a comparison takes NaN
//! for background.

/// A network whose numbers are NaN or infinite, or that failed to give any.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", said(what, layer, failed))]
pub struct NotFinite {
    /// Whose values.
    pub(super) what: &'static str,
    /// The first layer that gives such values; none where every layer's are finite.
    pub(super) layer: Option<String>,
    /// Why the network gave no numbers, where it failed to.
    pub(super) failed: Option<String>,
}

fn said(what: &str, layer: &Option<String>, failed: &Option<String>) -> String {
    failed.clone().unwrap_or_else(|| {
        format!(
            "{what} are NaN or infinite{}: its weights do not belong to images of this scale",
            place(layer)
        )
    })
}

fn place(layer: &Option<String>) -> String {
    layer.as_ref().map_or_else(String::new, |layer| format!(", first in layer '{layer}'"))
}

/// Whether no value is NaN or infinite.
pub fn all_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}
