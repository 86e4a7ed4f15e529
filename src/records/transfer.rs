//! The record of a seed's transfer, in `transfer/s0/`: a `<loss>.csv` a network, `agreement.csv` and, written
//! last, `transfer.json`.

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

/// The closing record of a seed's transfer.
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
    /// SHA-256 of the other files.
    pub files: BTreeMap<String, String>,
}

/// A finished transfer.
pub struct Transfer {
    /// The seed.
    pub seed: u64,
    /// Curves by attacked loss; their `map` names the loss whose map ranked the pixels.
    pub curves: Vec<(String, Vec<CurveRow>)>,
    /// How alike the clean masks are.
    pub agreement: Vec<AgreementRow>,
}

/// Folder of a seed's transfer in a run folder.
pub fn folder(run: &Path, seed: u64) -> PathBuf {
    run.join("transfer").join(format!("s{seed}"))
}

/// Name of the table of one attacked network.
pub fn file_name(arm: &Arm) -> String {
    format!("{}.csv", arm.slug())
}

/// The closing record of the transfer of a seed whose cells have these `weights`
/// ([`super::cell::weights_of`]); none where there is none, or where it is of other networks or losses.
///
/// # Errors
/// [`Fault`] where the record is damaged.
fn current(
    run: &Path,
    study: &Study,
    seed: u64,
    weights: &BTreeMap<String, String>,
) -> Result<Option<TransferRecord>, Fault> {
    let path = folder(run, seed).join(RECORD);
    let Some(record) = sealed::read::<TransferRecord>(&path)? else {
        return Ok(None);
    };
    let identity = study.identity().map_err(|fault| Fault::new(&path, fault))?;
    let current = record.losses == study.names()
        && record.seed == seed
        && identity.is(&record.study_hash)
        && record.weights == *weights;
    Ok(current.then_some(record))
}

/// Whether the transfer of a seed whose cells have these `weights` is recorded, its files checked.
///
/// # Errors
/// [`Fault`] where the record or one of its files is damaged.
pub fn is_finished(
    run: &Path,
    study: &Study,
    seed: u64,
    weights: &BTreeMap<String, String>,
) -> Result<bool, Fault> {
    let Some(record) = current(run, study, seed, weights)? else {
        return Ok(false);
    };
    record.vouched(&folder(run, seed)).check("")?;
    Ok(true)
}

impl TransferRecord {
    /// Its files, which lie in `folder`.
    fn vouched<'a>(&'a self, folder: &'a Path) -> Vouched<'a> {
        Vouched { folder, record: RECORD, files: &self.files }
    }
}

impl Transfer {
    /// Reads the transfer of a seed; none where it is not recorded.
    ///
    /// # Errors
    /// [`Fault`] where the record or one of its files is damaged.
    pub fn read(
        run: &Path,
        study: &Study,
        seed: u64,
        weights: &BTreeMap<String, String>,
    ) -> Result<Option<Self>, Fault> {
        let Some(record) = current(run, study, seed, weights)? else {
            return Ok(None);
        };
        let folder = folder(run, seed);
        let files = record.vouched(&folder);
        let curves = study.arms.iter().map(|arm| Ok((arm.name.clone(), files.csv(&file_name(arm))?)));
        let curves = curves.collect::<Result<_, Fault>>()?;
        Ok(Some(Self { seed, curves, agreement: files.csv(AGREEMENT)? }))
    }
}
