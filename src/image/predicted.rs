//! The mask that a network predicts.

/// Whether a pixel of this logit is predicted foreground: above 0, which is a probability above 0.5.
pub fn is_foreground(logit: f32) -> bool {
    logit > 0.0
}

/// The predicted mask at `pixels`, in their order; `logits` holds one padded plane.
pub fn predicted_mask(logits: &[f32], pixels: impl Iterator<Item = usize>) -> Vec<bool> {
    pixels.map(|pixel| is_foreground(logits[pixel])).collect()
}
