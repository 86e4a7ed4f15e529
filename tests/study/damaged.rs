//! Records that were changed after they were written: named, whoever reads them, and never made again
//! unasked.

use crate::records::{numbers, run_study, smoke, warned};
use anyhow::{Context, Result};
use lossbench::records::run::Run;
use lossbench::report;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use tempfile::TempDir;

/// A file of a run: its path below the run's folder, and its bytes.
type File = (String, Vec<u8>);

/// A whole run, made once: two losses, their transfer and the examples.
fn whole() -> Result<&'static [File]> {
    static RUN: LazyLock<Result<Vec<File>, String>> = LazyLock::new(|| {
        let make = || -> Result<Vec<File>> {
            let folder = tempfile::tempdir()?;
            run_study(folder.path(), &smoke(&[])?, &[])?;
            every_file(folder.path())
        };
        make().map_err(|error| format!("{error:#}"))
    });
    RUN.as_deref().map_err(|fault| anyhow::anyhow!("{fault}"))
}

/// A copy of the whole run in which `change` was made to the file called `name`.
fn changed(name: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Result<TempDir> {
    let copy = tempfile::tempdir()?;
    for (file, bytes) in whole()? {
        let path = copy.path().join(file);
        fs::create_dir_all(path.parent().context("a folder")?)?;
        fs::write(path, if file == name { change(bytes.clone()) } else { bytes.clone() })?;
    }
    Ok(copy)
}

/// Every file of a run but its lock.
fn every_file(run: &Path) -> Result<Vec<File>> {
    let mut files: Vec<File> = numbers(run)?.into_iter().collect();
    for cell in fs::read_dir(run.join("cells"))? {
        let path = cell?.path().join("cell.json");
        files.push((path.strip_prefix(run)?.display().to_string(), fs::read(path)?));
    }
    Ok(files)
}

/// What `run`, `verify` and `report` say of a run folder; all must refuse it with the same line.
fn refusal(run: &Path) -> Result<String> {
    let before = every_file(run)?;
    let read = Run::read(run).err().context("reading should fail")?.to_string();
    let reported = report::write(run).err().context("reporting should fail")?.to_string();
    assert_eq!(read, reported);
    assert_eq!(every_file(run)?, before, "nothing may be made again or removed");
    Ok(read)
}

fn one_digit(mut bytes: Vec<u8>) -> Vec<u8> {
    let digits: Vec<usize> = (0..bytes.len()).filter(|&place| bytes[place].is_ascii_digit()).collect();
    let place = digits[digits.len() / 2];
    bytes[place] = if bytes[place] == b'7' { b'3' } else { b'7' };
    bytes
}

#[test]
fn a_changed_byte_of_any_file_is_named() -> Result<()> {
    for (name, _) in whole()? {
        let says = match name.as_str() {
            // No record holds their hashes; see the tests below.
            "study.toml" | "volumes.csv" => continue,
            "examples.json" => "examples.json: is damaged (".to_string(),
            name if name.ends_with(".json") => format!("{name}: was changed since it was written"),
            name => format!("{name}: was changed since it was recorded"),
        };
        let message = refusal(changed(name, one_digit)?.path())?;
        assert!(message.contains(&says), "{name}: {message}");
        assert!(!message.contains("remove") && !message.contains('\n'), "{message}");
    }
    Ok(())
}

#[test]
fn a_study_that_was_changed_is_named_with_the_first_cell_that_it_did_not_make() -> Result<()> {
    let longer =
        |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace("epochs = 2", "epochs = 3").into_bytes();
    let message = refusal(changed("study.toml", longer)?.path())?;
    assert!(message.contains("cells/bce-s0/cell.json: was made by another study"), "{message}");
    Ok(())
}

#[test]
fn other_volumes_than_the_cells_were_made_from_are_named() -> Result<()> {
    let other = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let last = text.trim_end().len() - 1;
        let digit = if text.as_bytes()[last] == b'0' { "1" } else { "0" };
        format!("{}{digit}\n", &text[..last]).into_bytes()
    };
    let message = refusal(changed("volumes.csv", other)?.path())?;
    assert!(message.contains("volumes.csv: lists other volumes"), "{message}");
    Ok(())
}

#[test]
fn a_table_saved_again_with_other_line_endings_is_named() -> Result<()> {
    let windows = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace('\n', "\r\n").into_bytes();
    let message = refusal(changed("cells/dice-s0/curves.csv", windows)?.path())?;
    assert!(message.contains("cells/dice-s0/curves.csv: was changed since it was recorded"), "{message}");
    Ok(())
}

#[test]
fn a_file_that_a_record_lists_and_is_gone_is_named() -> Result<()> {
    let run = changed("", |bytes| bytes)?;
    fs::remove_file(run.path().join("cells/bce-s0/curves.csv"))?;
    let message = refusal(run.path())?;
    assert!(message.contains("cells/bce-s0/curves.csv: is missing, but cell.json lists it"), "{message}");
    Ok(())
}

#[test]
fn running_again_refuses_a_changed_cell_and_leaves_everything_as_it_was() -> Result<()> {
    let study = smoke(&[])?;
    for name in ["cells/bce-s0/curves.csv", "cells/bce-s0/weights.safetensors", "transfer/s0/agreement.csv"] {
        let run = changed(name, |mut bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes
        })?;
        let before = every_file(run.path())?;
        let message = run_study(run.path(), &study, &[]).unwrap_err().to_string();
        assert!(message.contains(&format!("{name}: was changed")), "{message}");
        assert_eq!(every_file(run.path())?, before);
    }
    Ok(())
}

#[test]
fn without_its_networks_a_run_is_read_and_run_again_as_finished() -> Result<()> {
    let run = changed("", |bytes| bytes)?;
    for cell in ["bce-s0", "dice-s0"] {
        fs::remove_file(run.path().join("cells").join(cell).join("weights.safetensors"))?;
    }
    let before = every_file(run.path())?;
    assert_eq!(Run::read(run.path())?.cells.len(), 2);
    run_study(run.path(), &smoke(&[])?, &[])?;
    assert_eq!(every_file(run.path())?, before);
    Ok(())
}

#[test]
fn what_needs_a_network_that_was_left_out_waits_for_it_and_says_so() -> Result<()> {
    let study = smoke(&[])?;
    let run = changed("", |bytes| bytes)?;
    let before = every_file(run.path())?;
    fs::remove_file(run.path().join("cells/bce-s0/weights.safetensors"))?;
    fs::remove_dir_all(run.path().join("cells/dice-s0"))?;
    fs::remove_dir_all(run.path().join("transfer"))?;
    fs::remove_file(run.path().join("examples.json"))?;

    let warnings = warned(run.path(), &study, &[])?;
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.contains("cells/bce-s0/weights.safetensors: is not there"), "{warning}");
    assert!(warning.contains("remove its folder to train bce-s0 again"), "{warning}");
    assert_eq!(Run::read(run.path())?.cells.len(), 2, "the other network is trained");
    assert!(!run.path().join("transfer/s0").exists() && !run.path().join("examples.json").exists());

    fs::remove_dir_all(run.path().join("cells/bce-s0"))?;
    assert_eq!(warned(run.path(), &study, &[])?, Vec::<String>::new());
    let differing =
        |(old, new): &(&File, &File)| old.0 != new.0 || !old.0.ends_with("cell.json") && old.1 != new.1;
    let after = every_file(run.path())?;
    assert_eq!(before.len(), after.len());
    let differing = before.iter().zip(&after).filter(differing).map(|(old, _)| &old.0);
    assert_eq!(differing.collect::<Vec<_>>(), Vec::<&String>::new());
    Ok(())
}
