//! Slices as they are.

use super::Kind;

pub(super) const KIND: Kind = Kind { name: "plain", parameters: &[], change: |slices, _, _| slices };
