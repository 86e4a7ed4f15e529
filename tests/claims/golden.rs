//! The recorded evidence and its verdicts, read and judged once for all tests.

use anyhow::{Context, Result, ensure};
use lossbench::claims::claim::Claim;
use lossbench::claims::registry;
use lossbench::claims::verdict::{Verdict, judge};
use lossbench::definition::study::Study;
use lossbench::evidence::{Evidence, Reading};
use lossbench::records::run::Run;
use lossbench::records::transfer::transfers_of;
use lossbench::report::text::snapshot;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A file or folder of `golden/`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
}

/// The verdicts on the recorded evidence, and the text of each by claim.
pub struct Golden {
    pub verdicts: Vec<Verdict>,
    pub texts: BTreeMap<String, String>,
}

/// The recorded evidence, judged.
pub fn golden() -> Result<&'static Golden> {
    static GOLDEN: LazyLock<Result<Golden, String>> = LazyLock::new(|| {
        let golden = || Golden::of(&Run::read(&path("evidence/paper"))?, &claims()?);
        golden().map_err(|error| format!("{error:#}"))
    });
    GOLDEN.as_ref().map_err(|fault| anyhow::anyhow!("{fault}"))
}

/// The twenty claims.
pub fn claims() -> Result<Vec<Claim>> {
    Ok(registry::set(registry::DEFAULT)?)
}

impl Golden {
    /// `claims` judged by `run`, by the attack that the study names first.
    pub fn of(run: &Run, claims: &[Claim]) -> Result<Self> {
        let evidence = Evidence::of(run, Reading::of(&run.study));
        let verdicts = judge(claims, &evidence);
        let texts = claims.iter().zip(&verdicts);
        let texts =
            texts.map(|(claim, verdict)| (claim.id.clone(), snapshot::text(claim, verdict, &evidence)));
        Ok(Self { texts: texts.collect(), verdicts })
    }
}

/// Fails unless every seed that `run` has a cell of has all its cells and, where `study` has one, its transfer, made by
/// `study` from the same data.
pub fn whole(run: &Run, study: &Study) -> Result<()> {
    made_by(run, study)?;
    let first = run.cells.first().context("the evidence should hold at least one cell")?;
    for cell in &run.cells {
        let name = format!("{} of seed {}", cell.record.loss, cell.record.seed);
        ensure!(cell.record.data_hash == first.record.data_hash, "{name} was made from other data");
    }
    for &seed in &study.seeds {
        let of_seed = run.cells.iter().filter(|cell| cell.record.seed == seed);
        let losses: Vec<&str> = of_seed.map(|cell| cell.record.loss.as_str()).collect();
        if losses.is_empty() {
            continue;
        }
        for loss in study.names() {
            ensure!(losses.contains(&loss.as_str()), "{loss} of seed {seed} is missing");
        }
        for seeds in transfers_of(study, seed) {
            let transfer = run.transfers.iter().any(|transfer| transfer.seeds == seeds);
            ensure!(transfer, "a transfer of seed {seed} is missing: {seeds:?}");
        }
    }
    Ok(())
}

/// Checks that `lossbench run` of the shipped study would take every cell for its own.
pub fn made_by(run: &Run, study: &Study) -> Result<()> {
    for cell in &run.cells {
        let (loss, seed) = (&cell.record.loss, cell.record.seed);
        let arm =
            study.arms.iter().find(|arm| arm.name == *loss).with_context(|| format!("no arm {loss}"))?;
        let identity = study.identity_of([arm]).map_err(anyhow::Error::msg)?;
        ensure!(identity.is(&cell.record.study_hash), "{loss} of seed {seed} was made by another study");
    }
    Ok(())
}
