//! Saliency maps of a network, one a slice, kept in a temporary file: a large study has more of them than
//! memory.

use crate::data::DataError;
use crate::data::spill::{Spill, from_bytes, to_bytes};
use crate::data::stored_slices::StoredSlices;
use crate::image::gather::gather;
use crate::loss::LossFunction;
use crate::network::chunked::Predictor;
use crate::saliency::{Output, gradient};
use crate::study::StudyError;

/// Slices whose saliency is taken at a time.
const BATCH: usize = 256;

/// One map a slice.
pub struct Maps {
    spill: Spill,
    /// Values of one map.
    values: usize,
}

impl Maps {
    /// The gradient of `output` at each of `slices`; `loss` is that of the network.
    ///
    /// # Errors
    /// [`StudyError`] where the temporary files refuse or a gradient is not finite.
    pub fn of(
        predictor: &Predictor,
        slices: &StoredSlices,
        output: &Output,
        loss: &LossFunction,
    ) -> Result<Self, StudyError> {
        let mut maps = Self { spill: Spill::new()?, values: slices.channels() * predictor.pixels() };
        for batch in slices.batches(BATCH) {
            let (images, targets) = gather(&batch?);
            maps.spill.append(&to_bytes(&gradient(predictor, &images, &targets, output, loss)?))?;
        }
        Ok(maps)
    }

    /// Maps at hand, laid end to end, each of `values` values.
    ///
    /// # Errors
    /// [`DataError`] where the temporary file refuses.
    pub fn at_hand(maps: &[f32], values: usize) -> Result<Self, DataError> {
        let mut spill = Spill::new()?;
        spill.append(&to_bytes(maps))?;
        Ok(Self { spill, values })
    }

    /// The map of the slice numbered `slice`, signed, row-major over the padded slice, channel by
    /// channel.
    ///
    /// # Errors
    /// [`DataError`] where the temporary file refuses or there is no such slice.
    pub fn read(&self, slice: usize) -> Result<Vec<f32>, DataError> {
        let bytes = 4 * self.values;
        Ok(from_bytes(&self.spill.read((slice * bytes) as u64, bytes)?).collect())
    }
}
