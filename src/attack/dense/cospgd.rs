//! PGD along cross-entropy that weighs each pixel by how alike prediction and label still are: the loss is
//! [`super::loss::cosine_cross_entropy`] (S. Agnihotri, S. Jung and M. Keuper, CosPGD, ICML 2024).

use super::loss::cosine_cross_entropy::LOSS;
use super::{Kind, Losses, pgd};

pub(super) const KIND: Kind = Kind {
    name: "cospgd",
    title: "CosPGD",
    parameters: pgd::PARAMETERS,
    losses: Losses::Own(&LOSS),
    starts: true,
    queries: pgd::queries,
    run: pgd::run,
};
