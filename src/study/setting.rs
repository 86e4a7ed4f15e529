//! What the cells of a run have in common.

use crate::definition::study::Study;
use crate::network::device::Device;
use crate::study::prepared::Prepared;
use crate::study::trained::Trained;

/// What the cells of a run have in common.
pub struct Setting<'a> {
    /// The study.
    pub study: &'a Study,
    /// Its data.
    pub prepared: &'a Prepared,
    /// The device.
    pub device: &'a Device,
    /// Networks to take instead of training them.
    pub trained: Option<&'a Trained>,
}
