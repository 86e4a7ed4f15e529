//! Spearman's rank correlation of two maps, of absolute values and of signed ones.

use super::Similarity;
use crate::stats::rank::spearman;

pub(super) const ABSOLUTE: Similarity = Similarity {
    name: "absolute-rank",
    meaning: "Spearman's rank correlation of absolute values",
    of: |pair| {
        let absolute = |map: &[f64]| map.iter().map(|value| value.abs()).collect::<Vec<_>>();
        spearman(&absolute(pair.first), &absolute(pair.second))
    },
};

pub(super) const SIGNED: Similarity = Similarity {
    name: "rank",
    meaning: "Spearman's rank correlation of signed values",
    of: |pair| spearman(pair.first, pair.second),
};
