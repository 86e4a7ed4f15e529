//! The record of a transfer, in `transfer/s0/` within a seed and in `transfer/s0-maps-s1/` under the maps of
//! another seed's networks: a `<loss>.csv` a network, `agreement.csv` and, written last, `transfer.json`.

use super::rows::{AgreementRow, CurveRow};
use super::sealed;
use super::vouched::Vouched;
use crate::definition::arm::Arm;
use crate::definition::study::Study;
use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The closing record.
pub const RECORD: &str = "transfer.json";
/// How alike the networks' clean masks are.
pub const AGREEMENT: &str = "agreement.csv";

/// Which networks a transfer is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seeds {
    /// Seed of the networks that are attacked.
    pub attacked: u64,
    /// Seed of the networks that draw the maps.
    pub maps: u64,
}

impl Seeds {
    /// The transfer within one seed.
    pub fn within(seed: u64) -> Self {
        Self { attacked: seed, maps: seed }
    }

    /// Whether both are one.
    pub fn is_one(self) -> bool {
        self.attacked == self.maps
    }
}

/// SHA-256 of weights by arm, of the networks that are attacked and of those that draw the maps.
pub type Hashes = [BTreeMap<String, String>; 2];

/// The closing record of a transfer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TransferRecord {
    /// Names of the arms.
    pub losses: Vec<String>,
    /// Their seed.
    pub seed: u64,
    /// [`Study::identity`].
    pub study_hash: String,
    /// SHA-256 of the weights that were attacked, by loss.
    pub weights: BTreeMap<String, String>,
    /// The networks of another seed, where those drew the maps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maps: Option<Maps>,
    /// SHA-256 of the other files.
    pub files: BTreeMap<String, String>,
}

/// The networks of another seed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Maps {
    /// Their seed.
    pub seed: u64,
    /// SHA-256 of their weights, by loss.
    pub weights: BTreeMap<String, String>,
}

/// A finished transfer.
pub struct Transfer {
    /// The seeds.
    pub seeds: Seeds,
    /// Curves by attacked loss; their `map` names the loss whose map ranked the pixels.
    pub curves: Vec<(String, Vec<CurveRow>)>,
    /// How alike the clean masks are: within a seed of each pair of its networks, between seeds of each attacked
    /// network (first) with each that drew a map (second).
    pub agreement: Vec<AgreementRow>,
}

/// The transfers in which the networks of `seed` are attacked: within the seed, and under another's maps; none where the study
/// hands no map on.
pub fn transfers_of(study: &Study, seed: u64) -> Vec<Seeds> {
    if study.transferred().is_empty() {
        return Vec::new();
    }
    let across = study.partner(seed).map(|maps| Seeds { attacked: seed, maps });
    std::iter::once(Seeds::within(seed)).chain(across).collect()
}

/// Folder of a transfer in a run folder.
pub fn folder(run: &Path, seeds: Seeds) -> PathBuf {
    let Seeds { attacked, maps } = seeds;
    run.join("transfer").join(if seeds.is_one() {
        format!("s{attacked}")
    } else {
        format!("s{attacked}-maps-s{maps}")
    })
}

/// Name of the table of one attacked network.
pub fn file_name(arm: &Arm) -> String {
    format!("{}.csv", arm.slug())
}

/// The closing record of the transfer of networks that have these `weights`
/// ([`super::cell::weights_of`]); none where there is none, or where it is of other networks or losses.
///
/// # Errors
/// [`Fault`] where the record is damaged.
fn current(
    run: &Path,
    study: &Study,
    seeds: Seeds,
    weights: &Hashes,
) -> Result<Option<TransferRecord>, Fault> {
    let path = folder(run, seeds).join(RECORD);
    let Some(record) = sealed::read::<TransferRecord>(&path)? else {
        return Ok(None);
    };
    let identity = study.identity().map_err(|fault| Fault::new(&path, fault))?;
    let current = record.losses == study.names()
        && record.seed == seeds.attacked
        && identity.is(&record.study_hash)
        && record.weights == weights[0]
        && record.maps == Maps::of(seeds, &weights[1]);
    Ok(current.then_some(record))
}

/// Whether the transfer of networks that have these `weights` is recorded, its files checked.
///
/// # Errors
/// [`Fault`] where the record or one of its files is damaged.
pub fn is_finished(run: &Path, study: &Study, seeds: Seeds, weights: &Hashes) -> Result<bool, Fault> {
    let Some(record) = current(run, study, seeds, weights)? else {
        return Ok(false);
    };
    record.vouched(&folder(run, seeds)).check("")?;
    Ok(true)
}

impl Maps {
    /// What a record says of the networks that drew the maps: nothing where they are those that are attacked.
    pub fn of(seeds: Seeds, weights: &BTreeMap<String, String>) -> Option<Self> {
        (!seeds.is_one()).then(|| Self { seed: seeds.maps, weights: weights.clone() })
    }
}

impl TransferRecord {
    /// Its files, which lie in `folder`.
    fn vouched<'a>(&'a self, folder: &'a Path) -> Vouched<'a> {
        Vouched { folder, record: RECORD, files: &self.files }
    }
}

impl Transfer {
    /// Reads a transfer; none where it is not recorded.
    ///
    /// # Errors
    /// [`Fault`] where the record or one of its files is damaged.
    pub fn read(run: &Path, study: &Study, seeds: Seeds, weights: &Hashes) -> Result<Option<Self>, Fault> {
        let Some(record) = current(run, study, seeds, weights)? else {
            return Ok(None);
        };
        let folder = folder(run, seeds);
        let files = record.vouched(&folder);
        let curves = study.arms.iter().map(|arm| Ok((arm.name.clone(), files.csv(&file_name(arm))?)));
        let curves = curves.collect::<Result<_, Fault>>()?;
        Ok(Some(Self { seeds, curves, agreement: files.csv(AGREEMENT)? }))
    }
}
