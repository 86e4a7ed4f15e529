//! Slices as they are.

use super::{Kind, Masks, Reads};

pub(super) const KIND: Kind = Kind {
    name: "plain",
    parameters: &[],
    reads: Reads::Nothing,
    masks: Masks::Own,
    change: |slices, _, _, _| slices,
};
