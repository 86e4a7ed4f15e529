//! What is known before a run: its cells, its cost, its devices.

use super::done;
use anyhow::Result;
use std::fs;

#[test]
fn a_dry_run_says_what_a_run_would_take_and_leaves_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let said = done(folder.path(), &["run", "smoke", "--dry-run", "--out", "there"])?;
    let told = |part: &str| assert!(said.contains(part), "no {part:?} in:\n{said}");
    told("study smoke: 2 cells, 0 of them done in there");
    ["slices: ", " to train", "foreground: ", "intensities after scaling, channel 0: 0.000 to 0.200"]
        .iter()
        .for_each(|part| told(part));
    ["volumes: ", " (train), ", " (test); stored voxels ", "cut along axis 2: ", " before padding, "]
        .iter()
        .for_each(|part| told(part));
    told("scaling clipped 0.00%");
    ["a training step of 16 slices", "time: about ", "at most "].iter().for_each(|part| told(part));
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);

    done(folder.path(), &["run", "smoke", "--set", "train.epochs=1", "--cells", "bce-s0", "--out", "there"])?;
    let arguments = ["run", "smoke", "--set", "train.epochs=1", "--dry-run", "--json", "--out", "there"];
    let plan: serde_json::Value = serde_json::from_str(&done(folder.path(), &arguments)?)?;
    let parts = plan["volumes"]["parts"].as_array().into_iter().flatten();
    let volumes = parts.filter_map(|part| part["volumes"].as_u64()).sum::<u64>();
    let study = fs::read_to_string(folder.path().join("there/volumes.csv"))?;
    assert_eq!(volumes as usize, study.lines().count() - 1, "{plan}");
    assert_eq!((plan["cells"].as_u64(), plan["done"].as_u64()), (Some(2), Some(1)));
    assert!(plan["cost"]["train"].as_f64().is_some_and(|seconds| seconds > 0.0), "{plan}");
    Ok(())
}

#[test]
fn a_dry_run_tells_groups_sizes_and_what_is_cut_and_clipped() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut arguments = vec!["run", "smoke", "--dry-run"];
    for change in [
        "split.group=number/2",
        "data.scale=percentile(10,90)",
        "data.axis=coronal",
        "data.spacing=2",
        "data.size=[8, 4]",
    ] {
        arguments.extend(["--set", change]);
    }
    let said = done(folder.path(), &arguments)?;
    let line = |part: &str| said.lines().find(|line| line.contains(part)).unwrap_or_default();
    assert!(line("volumes: ").contains(" groups (train)"), "{said}");
    let cut = "cut coronal, resampled to 2 x 2 mm, cut to 8 x 4 at most: 8 x 4 pixels before padding, ";
    assert!(said.contains(cut), "{said}");
    let clipped = line("intensities after scaling").split("clipped ").nth(1).unwrap_or_default();
    let share: f64 = clipped.trim_end_matches('%').parse()?;
    assert!((15.0..=20.0).contains(&share), "{said}");
    Ok(())
}

#[test]
fn the_cells_of_a_study_are_listed_without_its_data() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let listed = done(folder.path(), &["run", "paper", "--list-cells", "--set", "seeds=[3, 4]"])?;
    let cells: Vec<&str> = listed.lines().collect();
    assert_eq!(cells.len(), 8);
    assert_eq!([cells[0], cells[7]], ["bce-s3", "bce+dice+focal-s4"]);
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn devices_lists_what_run_accepts() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let names: Vec<String> = serde_json::from_str(&done(folder.path(), &["devices", "--json"])?)?;
    assert_eq!(names, lossbench::network::device::available());
    Ok(())
}
