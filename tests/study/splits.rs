//! Splits by group and by seed.

use crate::records::{run_study, smoke};
use anyhow::{Context, Result};
use lossbench::records::run::Run;
use lossbench::study::prepared::Prepared;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn each_seed_has_a_split_of_its_own_and_groups_stay_together() -> Result<()> {
    let study =
        smoke(&["split.each_seed=true", "split.group=number/2", "data.phantom.volumes=12", "seeds=[0,1]"])?;
    let prepared = Prepared::load(&study, None)?;
    let [first, second] = [prepared.of_seed(&study, 0)?, prepared.of_seed(&study, 1)?];
    assert_ne!(first.split, second.split);
    assert_eq!(first.split, prepared.split, "the split of seed 0 adds nothing to the seed of the split");
    for part in [&first.split, &second.split] {
        // Volumes 2k and 2k + 1, counted from 0, are phantoms 2k + 1 and 2k + 2: one group.
        for side in [&part.train, &part.validation, &part.test] {
            assert!(side.iter().all(|volume| side.contains(&(volume ^ 1))), "{side:?}");
        }
        assert_eq!(part.train.len() + part.validation.len() + part.test.len(), 12);
    }
    let tested: BTreeSet<usize> = first.test_volumes().into_iter().map(|(volume, _)| volume).collect();
    assert!(tested.iter().all(|volume| first.split.test.contains(volume)));
    Ok(())
}

#[test]
fn the_arms_of_a_seed_share_its_split_and_a_run_says_which_volume_was_used_for_what() -> Result<()> {
    let study = smoke(&[
        "split.each_seed=true",
        "split.group=number/2",
        "data.phantom.volumes=8",
        "seeds=[0,3]",
        "attack.methods=['signed']",
    ])?;
    let folder = tempfile::tempdir()?;
    run_study(folder.path(), &study, &[])?;
    let run = Run::read(folder.path())?;
    let tested = |loss: &str, seed: u64| -> Result<BTreeSet<String>> {
        let of =
            |cell: &&lossbench::records::cell::Cell| cell.record.loss == loss && cell.record.seed == seed;
        let cell = run.cells.iter().find(of).context("a cell")?;
        Ok(cell.curves.iter().map(|row| row.volume.clone()).collect())
    };
    let text = fs::read_to_string(folder.path().join("volumes.csv"))?;
    assert!(text.starts_with("volume,part_s0,part_s3,width"), "{text}");
    for (seed, column) in [(0, 1), (3, 2)] {
        let listed = text.lines().filter(|line| line.split(',').nth(column) == Some("test"));
        let listed: BTreeSet<String> =
            listed.filter_map(|line| Some(line.split(',').next()?.to_string())).collect();
        assert_eq!(tested("bce", seed)?, listed);
        assert_eq!(tested("dice", seed)?, listed);
    }
    Ok(())
}
