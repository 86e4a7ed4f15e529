//! Slices as they are.

use super::{Kind, Reads};

pub(super) const KIND: Kind =
    Kind { name: "plain", parameters: &[], reads: Reads::Nothing, change: |slices, _, _, _| slices };
