//! PGD along cross-entropy that first weighs the pixels still to be lost, later all alike: the loss is
//! [`super::loss::balanced_cross_entropy`] (J. Gu and others, SegPGD, ECCV 2022).

use super::loss::balanced_cross_entropy::LOSS;
use super::{Kind, Losses, pgd};

pub(super) const KIND: Kind = Kind {
    name: "segpgd",
    title: "SegPGD",
    parameters: pgd::PARAMETERS,
    losses: Losses::Own(&LOSS),
    starts: true,
    queries: pgd::queries,
    run: pgd::run,
};
