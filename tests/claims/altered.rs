//! Altered copies of evidence and claims: each alteration turns exactly those claims red that it
//! concerns. Holm's correction ties p-values together, so that those of other claims may move too: where
//! nothing else of a claim does, it does not count here.

use crate::golden::{Golden, claims, path, whole};
use crate::tolerance::differences;
use anyhow::{Context, Result};
use lossbench::claims::predicate::Predicate;
use lossbench::records::run::Run;
use lossbench::spread::MEASURES;
use std::fs;
use std::path::Path;

/// The recorded evidence, to be altered.
fn evidence() -> Result<Run> {
    Ok(Run::read(&path("evidence/paper"))?)
}

/// Ids of the claims whose text is not the recorded one, and what differs.
fn red(golden: &Golden) -> Result<(Vec<String>, String)> {
    let mut ids = Vec::new();
    let mut all = String::new();
    for (id, text) in &golden.texts {
        let file = fs::read_to_string(path("verdicts").join(format!("{id}.snap")))?;
        let recorded = file.splitn(3, "---\n").nth(2).context("a snapshot with a head")?;
        let found = differences(recorded, text);
        if !found.iter().all(|difference| is_adjusted_p(difference)) {
            ids.push(id.clone());
            all += &(found.join("\n") + "\n");
        }
    }
    Ok((ids, all))
}

/// Whether a difference is one of two numbers in the line that holds the verdict.
fn is_adjusted_p(difference: &str) -> bool {
    let words = difference.rsplit_once(": ").map_or("", |(_, words)| words).split_whitespace();
    let numbers = words.filter(|word| word.parse::<f64>().is_ok()).count();
    difference.starts_with("Here: ") && numbers == 2
}

#[test]
fn the_evidence_as_it_is_turns_nothing_red() -> Result<()> {
    let (ids, differences) = red(&Golden::of(&evidence()?, &claims()?)?)?;
    assert_eq!(ids, Vec::<String>::new(), "{differences}");
    Ok(())
}

#[test]
fn a_point_that_is_off_by_0_01_turns_the_claims_about_its_sweep_red() -> Result<()> {
    let mut run = evidence()?;
    for cell in run.cells.iter_mut().filter(|cell| cell.record.loss == "dice") {
        let at =
            |sweep: &str, attack: &str, level| sweep == "fig3" && attack == "signed" && level == Some(0.6);
        let rows = cell.curves.iter_mut().filter(|row| at(&row.sweep, &row.attack, row.level));
        rows.for_each(|row| row.dice += 0.01);
    }
    let claims = claims()?;
    let concerned = claims.iter().filter(|claim| claim.sweeps().iter().any(|sweep| sweep == "fig3"));
    let concerned: Vec<String> = concerned.map(|claim| claim.id.clone()).collect();
    assert!(concerned.contains(&"C08".to_string()), "{concerned:?}");
    let (ids, differences) = red(&Golden::of(&run, &claims)?)?;
    assert_eq!(ids, concerned, "{differences}");
    assert!(differences.contains("fig3 dice 0.6: "), "{differences}");
    Ok(())
}

#[test]
fn a_predicate_the_other_way_round_turns_its_claim_red() -> Result<()> {
    let run = evidence()?;
    let mut claims = claims()?;
    let turned = claims.iter_mut().find(|claim| claim.id == "C17").context("C17")?;
    for predicate in &mut turned.predicates {
        if let Predicate::Ordering { higher, lower, .. } = predicate {
            std::mem::swap(higher, lower);
        }
    }
    let (ids, differences) = red(&Golden::of(&run, &claims)?)?;
    assert_eq!(ids, ["C17"], "{differences}");
    Ok(())
}

#[test]
fn a_seed_whose_gradients_spread_otherwise_turns_the_claims_about_spread_red() -> Result<()> {
    let mut run = evidence()?;
    let column =
        MEASURES.iter().position(|measure| measure.name == "effective_pixels").context("a measure")?;
    let cell = run.cells.iter_mut().find(|cell| cell.record.loss == "bce").context("a cell")?;
    cell.saliency.iter_mut().for_each(|row| row.measures[column] *= 1.5);
    let (ids, differences) = red(&Golden::of(&run, &claims()?)?)?;
    let rank_correlations = |id: &&String| !["C19", "C20"].contains(&id.as_str());
    assert_eq!(
        ids.iter().filter(rank_correlations).collect::<Vec<_>>(),
        ["C01", "C02", "C03"],
        "{differences}"
    );
    Ok(())
}

#[test]
fn evidence_that_was_changed_on_disk_is_named_and_nothing_is_judged() -> Result<()> {
    let folder = tempfile::tempdir()?;
    copy(&path("evidence/paper"), folder.path())?;
    let record = folder.path().join("cells/dice-s0/cell.json");
    let text = fs::read_to_string(&record)?;
    let table = text.split_once("\"curves.csv\": \"").context("a hash")?.1;
    fs::write(&record, text.replace(&table[..8], "00000000"))?;
    let fault = Run::read(folder.path()).err().context("a fault")?.to_string();
    assert!(fault.contains("cells/dice-s0/curves.csv: was changed since it was recorded"), "{fault}");
    Ok(())
}

/// A cell that is not there is no fault; its seed is left out of every comparison, so that every claim says so.
#[test]
fn a_cell_that_is_missing_leaves_its_seed_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    copy(&path("evidence/paper"), folder.path())?;
    fs::remove_dir_all(folder.path().join("cells/dice-s0"))?;
    let run = Run::read(folder.path())?;
    assert_eq!(whole(&run, &run.study).unwrap_err().to_string(), "dice of seed 0 is missing");
    let (ids, _) = red(&Golden::of(&run, &claims()?)?)?;
    assert_eq!(ids.len(), 20);
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}
