//! Masks that an attack may lead to instead of leading away from the true one.

use crate::attack::victim::Victim;
use crate::image::slice::Slice;
use std::borrow::Cow;

/// What an attack leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
    /// Nothing predicted.
    Empty,
    /// The true mask of another slice, see [`Victim::with_others`].
    OtherSlice,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 2] = [Self::Empty, Self::OtherSlice];

    /// Name in study files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::OtherSlice => "other-slice",
        }
    }

    /// The mask for `slice`, a padded plane; none where the victim knows no other slice.
    pub fn mask<'a>(self, slice: &Slice, victim: &'a Victim) -> Option<Cow<'a, [bool]>> {
        match self {
            Self::Empty => Some(Cow::Owned(vec![false; slice.mask.len()])),
            Self::OtherSlice => victim.other(slice).map(Cow::Borrowed),
        }
    }
}
