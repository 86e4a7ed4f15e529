//! Control: a point drawn evenly from the ball, then brought into the images' range. It asks the network nothing.

use super::{Kind, Losses};
use crate::attack::victim::Queries;

pub(super) const KIND: Kind = Kind {
    name: "noise",
    title: "uniform noise",
    parameters: &[],
    losses: Losses::None,
    starts: true,
    queries: |_| Queries::default(),
    run: |_, _, _| Ok(()),
};
