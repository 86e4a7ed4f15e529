//! Records on disk: repeatable, resumable, and refused where they belong to something else.

use anyhow::{Context, Result};
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::network::device::Device;
use lossbench::network::unet::weights::Weights;
use lossbench::records::files::read_csv;
use lossbench::records::rows::CurveRow;
use lossbench::records::run::Run;
use lossbench::study::prepared::Prepared;
use lossbench::study::progress::Event;
use lossbench::study::setting::Setting;
use lossbench::study::trained::Trained;
use lossbench::study::{StudyError, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub fn smoke(overrides: &[&str]) -> Result<Study> {
    let text = shipped::text("smoke").context("the smoke study")?;
    let mut changes = vec!["train.epochs=2".to_string(), "data.phantom.volumes=4".to_string()];
    changes.extend(overrides.iter().map(ToString::to_string));
    Study::parse(text, &changes).map_err(anyhow::Error::msg)
}

fn device() -> Result<Device> {
    Ok(lossbench::network::device::open(lossbench::network::device::available()[0])?)
}

pub fn run_study(folder: &Path, study: &Study, only: &[&str]) -> Result<(), StudyError> {
    warned(folder, study, only).map(drop)
}

/// [`run_study`] of every cell, with the networks of the run in `earlier`.
pub fn run_with_networks_of(earlier: &Path, folder: &Path, study: &Study) -> Result<(), StudyError> {
    let trained = Trained::open(earlier, study)?;
    run_and_warn(folder, study, &[], Some(&trained)).map(drop)
}

/// [`run_study`], with what it warned of.
pub fn warned(folder: &Path, study: &Study, only: &[&str]) -> Result<Vec<String>, StudyError> {
    run_and_warn(folder, study, only, None)
}

fn run_and_warn(
    folder: &Path,
    study: &Study,
    only: &[&str],
    trained: Option<&Trained>,
) -> Result<Vec<String>, StudyError> {
    let only: Vec<String> = only.iter().map(ToString::to_string).collect();
    let prepared = Prepared::load(study, None)?;
    let cells = run::cells(study, &only)?;
    let device = device().map_err(|error| StudyError::Request(error.to_string()))?;
    let setting = Setting { study, prepared: &prepared, device: &device, trained };
    let mut warned = Vec::new();
    run::run(folder, &setting, &cells, &mut |event| {
        if let Event::Warning(warning) = event {
            warned.push(warning.to_string());
        }
    })?;
    Ok(warned)
}

/// Every file below `folder` but the closing records (which hold wall times) and the lock.
pub fn numbers(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current)? {
            let path = entry?.path();
            let name = path.strip_prefix(folder)?.display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with("cell.json") && !name.ends_with(".lock") {
                found.insert(name, fs::read(path)?);
            }
        }
    }
    Ok(found)
}

#[test]
fn the_same_study_gives_the_same_bits_and_a_killed_one_goes_on_to_them() -> Result<()> {
    let study = smoke(&[])?;
    let (once, again) = (tempfile::tempdir()?, tempfile::tempdir()?);
    run_study(once.path(), &study, &[])?;
    let expected = numbers(once.path())?;
    assert!(expected.contains_key("cells/bce-s0/curves.csv"), "{:?}", expected.keys());
    assert!(expected.contains_key("transfer/s0/dice.csv"), "{:?}", expected.keys());

    // One cell alone, then a kill that leaves half a table of the other.
    run_study(again.path(), &study, &["dice-s0"])?;
    let torn = again.path().join("cells/bce-s0");
    fs::create_dir_all(&torn)?;
    fs::write(torn.join("curves.csv"), "sweep,attack\nfig2")?;
    let kept = fs::metadata(again.path().join("cells/dice-s0/cell.json"))?.modified()?;
    run_study(again.path(), &study, &[])?;
    let result = numbers(again.path())?;
    assert_eq!(expected.keys().collect::<Vec<_>>(), result.keys().collect::<Vec<_>>());
    for (name, bytes) in &expected {
        assert!(*bytes == result[name], "{name} differs");
    }
    assert_eq!(fs::metadata(again.path().join("cells/dice-s0/cell.json"))?.modified()?, kept);
    Ok(())
}

/// What the devices differ by would go into the difference between the losses.
#[test]
fn a_seed_that_another_device_began_is_warned_of() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let study = smoke(&["train.epochs=1", "seeds=[0, 1]"])?;
    run_study(folder.path(), &study, &["bce-s0"])?;
    let (first, flex) = (device()?, lossbench::network::device::open("flex")?);
    let prepared = Prepared::load(&study, None)?;
    for (cell, device, warned) in
        [("bce-s1", &flex, false), ("dice-s0", &flex, true), ("dice-s1", &flex, false)]
    {
        let setting = Setting { study: &study, prepared: &prepared, device, trained: None };
        let mut told = Vec::new();
        run::run(folder.path(), &setting, &run::cells(&study, &[cell.to_string()])?, &mut |event| {
            if let Event::Warning(warning) = event {
                told.push(warning.to_string());
            }
        })?;
        let says = format!(
            "cells/bce-s0/cell.json: was made on {}, and others of seed 0 will be on flex",
            first.name
        );
        assert_eq!(
            told.iter().filter(|line| line.contains(&says)).count(),
            usize::from(warned),
            "{cell}: {told:?}"
        );
        assert_eq!(told.len(), usize::from(warned), "{cell}: {told:?}");
    }
    Ok(())
}

#[test]
fn a_changed_study_or_other_data_are_refused_a_finished_cell() -> Result<()> {
    let folder = tempfile::tempdir()?;
    run_study(folder.path(), &smoke(&[])?, &["bce-s0"])?;
    let before = numbers(folder.path())?;

    let changed = smoke(&["train.learning_rate=0.5"])?;
    let message = run_study(folder.path(), &changed, &[]).unwrap_err().to_string();
    assert!(message.contains("cell.json: was made by another study"), "{message}");

    // Also where that cell is not asked for: the folder is one study's.
    let message = run_study(folder.path(), &changed, &["dice-s0"]).unwrap_err().to_string();
    assert!(message.contains("bce-s0/cell.json: was made by another study"), "{message}");
    let fewer = smoke(&["losses=['dice']"])?;
    let message = run_study(folder.path(), &fewer, &[]).unwrap_err().to_string();
    assert!(message.contains("has cells that this study does not have (bce-s0)"), "{message}");

    let study = fs::read(folder.path().join("study.toml"))?;
    fs::write(folder.path().join("study.toml"), "x")?;
    let message = run_study(folder.path(), &smoke(&[])?, &[]).unwrap_err().to_string();
    assert!(message.contains("study.toml: "), "{message}");
    fs::write(folder.path().join("study.toml"), study)?;

    let mut prepared = Prepared::load(&smoke(&[])?, None)?;
    prepared.hash = "0".repeat(64);
    let study = smoke(&[])?;
    let setting = Setting { study: &study, prepared: &prepared, device: &device()?, trained: None };
    for only in [vec![], vec!["dice-s0".to_string()]] {
        let refused = run::run(folder.path(), &setting, &run::cells(&study, &only)?, &mut |_| {});
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("bce-s0/cell.json: was made from other data"), "{message}");
    }

    assert!(numbers(folder.path())? == before, "a refusal must leave the records as they were");
    Ok(())
}

#[test]
fn networks_of_another_run_are_attacked_in_another_way_without_training() -> Result<()> {
    let (trained, again) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let study = smoke(&[])?;
    run_study(trained.path(), &study, &["bce-s0"])?;
    let logit = smoke(&["saliency.output=logit", "attack.methods=['signed']", "attack.transfer=false"])?;
    let prepared = Prepared::load(&logit, None)?;
    let device = device()?;
    let attack = |networks: &Trained, prepared: &Prepared, cell: &str| -> Result<()> {
        let setting = Setting { study: &logit, prepared, device: &device, trained: Some(networks) };
        run::run(again.path(), &setting, &run::cells(&logit, &[cell.to_string()])?, &mut |_| {})?;
        Ok(())
    };

    let networks = Trained::open(trained.path(), &logit)?;
    attack(&networks, &prepared, "bce-s0")?;
    let (before, after) = (numbers(trained.path())?, numbers(again.path())?);
    for same in ["cells/bce-s0/weights.safetensors", "cells/bce-s0/training.csv"] {
        assert!(before[same] == after[same], "{same}");
    }
    assert!(before["cells/bce-s0/saliency.csv"] != after["cells/bce-s0/saliency.csv"]);

    let message = attack(&networks, &prepared, "dice-s0").unwrap_err().to_string();
    assert!(message.contains("dice-s0: is not a finished cell"), "{message}");
    let other = Trained::open(trained.path(), &smoke(&["train.epochs=3"])?).err().map(|e| e.to_string());
    assert!(other.is_some_and(|message| message.contains("study.toml: trains other networks")));
    let changed = Prepared { hash: "0".repeat(64), ..prepared };
    fs::remove_dir_all(again.path().join("cells"))?;
    let message = attack(&networks, &changed, "bce-s0").unwrap_err().to_string();
    assert!(message.contains("was trained on other data"), "{message}");
    Ok(())
}

#[test]
fn more_seeds_and_losses_keep_the_finished_cells() -> Result<()> {
    let folder = tempfile::tempdir()?;
    run_study(folder.path(), &smoke(&[])?, &["bce-s0"])?;
    let study = smoke(&["seeds=[0, 1]", "losses=['bce', 'focal']"])?;
    run_study(folder.path(), &study, &["bce-s1"])?;
    let run = Run::read(folder.path())?;
    let cells: Vec<_> = run.cells.iter().map(|cell| (cell.record.loss.as_str(), cell.record.seed)).collect();
    assert_eq!(cells, [("bce", 0), ("bce", 1)]);
    assert!(run.transfers.is_empty(), "the transfer waits for all losses of a seed");
    Ok(())
}

#[test]
fn curves_hold_a_row_for_every_point_attack_and_test_volume() -> Result<()> {
    let study = smoke(&[])?;
    let folder = tempfile::tempdir()?;
    run_study(folder.path(), &study, &["bce-s0"])?;
    let rows: Vec<CurveRow> = read_csv(&folder.path().join("cells/bce-s0/curves.csv"))?;
    let points: usize = study.sweeps.values().map(|sweep| sweep.budgets().len()).sum();
    let volumes = Prepared::load(&study, None)?.split.test.len();
    assert_eq!(rows.len(), points * study.attacks.len() * volumes);
    for row in &rows {
        assert!((0.0..=1.0).contains(&row.dice) && (0.0..=1.0).contains(&row.volume_dice), "{row:?}");
        assert!(row.intersection <= row.area.min(row.true_area), "{row:?}");
        let random = !row.is_clean() && (row.attack != "signed" || row.level.is_none());
        assert_eq!(row.trials > 1, random, "{row:?}");
        assert_eq!(row.map, if row.attack == "signed" { "bce" } else { "" });
    }
    Ok(())
}

#[test]
fn the_same_initial_weights_and_first_batch_for_every_loss_of_a_seed() -> Result<()> {
    // A step size too small to move a weight: what is left is what the seed alone decides.
    let study = smoke(&["train.epochs=1", "train.learning_rate=1e-30", "losses=['bce', '2*bce']"])?;
    let folder = tempfile::tempdir()?;
    run_study(folder.path(), &study, &[])?;
    let weights =
        |cell: &str| Weights::read(&folder.path().join("cells").join(cell).join("weights.safetensors"));
    let (one, two) = (weights("bce-s0")?, weights("2xbce-s0")?);
    for (name, one) in one.arrays() {
        let (one, two) = (&one.values, &two.get(name).context("a tensor")?.values);
        // What the tiny steps leave on weights that start at zero.
        assert!(one.iter().zip(two).all(|(one, two)| (one - two).abs() < 1e-25), "{name}");
    }
    let run = Run::read(folder.path())?;
    let losses: Vec<f64> = run.cells.iter().map(|cell| cell.training[0].train_loss).collect();
    approx::assert_relative_eq!(2.0 * losses[0], losses[1], max_relative = 1e-5);
    Ok(())
}
