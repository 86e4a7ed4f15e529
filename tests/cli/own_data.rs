//! Runs and attacks on volumes of one's own, and tables of them.

use super::{done, lossbench, phantoms, refused};
use anyhow::{Context, Result};
use lossbench::data::nifti::{Voxels, plain_header, write_like};
use std::fs;
use std::path::Path;

#[test]
fn broken_data_are_named_and_nothing_is_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let task = phantoms(folder.path())?;
    let image = task.join("imagesTr/phantom_002.nii.gz");
    let whole = fs::read(&image)?;
    fs::write(&image, &whole[..whole.len() / 2])?;
    let run = ["run", "paper", "--data", "task", "--set", "data.volumes=all"];
    let message = refused(folder.path(), &run)?;
    assert!(message.contains("phantom_002.nii.gz"), "{message}");

    fs::write(&image, &whole)?;
    let label = task.join("labelsTr/phantom_002.nii.gz");
    let shape = [3, 4, 5];
    write_like(&label, &plain_header(shape, 1.0), shape, Voxels::U8(&[1; 60]))?;
    let message = refused(folder.path(), &run)?;
    assert!(message.contains("phantom_002"), "{message}");
    assert!(!folder.path().join("runs").exists());
    Ok(())
}

#[test]
fn phantoms_on_disk_train_and_attack_as_real_data_do() -> Result<()> {
    let folder = tempfile::tempdir()?;
    phantoms(folder.path())?;
    let smoke = ["--set", "data.source=decathlon", "--set", "train.epochs=1", "--data", "task"];
    let mut arguments = vec!["run", "smoke", "--cells", "dice-s0", "--json"];
    arguments.extend(smoke);
    let summary: serde_json::Value = serde_json::from_str(&done(folder.path(), &arguments)?)?;
    assert_eq!(summary["losses"][0]["loss"], "dice");
    assert!(folder.path().join("runs/smoke/cells/dice-s0/cell.json").is_file());

    let weights = "runs/smoke/cells/dice-s0/weights.safetensors";
    let mut arguments = vec!["attack", "--weights", weights, "--sweep", "fig2", "--study", "smoke", "--json"];
    arguments.extend(smoke);
    let rows: serde_json::Value = serde_json::from_str(&done(folder.path(), &arguments)?)?;
    let clean = summary["losses"][0]["clean"].as_f64().context("a score")?;
    assert!((0.0..=1.0).contains(&clean));
    assert_eq!(rows.as_array().context("rows")?.len(), 2 * 3);
    arguments.retain(|&argument| argument != "--json");
    let table = done(folder.path(), &arguments)?;
    let says = format!("Dice without an attack: {clean:.3} (mean of 1 volume)");
    assert!(table.contains(&says) && table.contains("highest gradient"), "{says}\n{table}");
    Ok(())
}

/// Where each seed has a split of its own, weights are attacked on that of their seed.
#[test]
fn weights_are_attacked_on_the_test_volumes_of_their_seed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let split = ["--set", "split.each_seed=true", "--set", "split.test=0.34"];
    let small =
        ["--set", "seeds=[0,1]", "--set", "losses=['dice']", "--set", "train.epochs=1", "--out", "run"];
    let output = lossbench(folder.path(), &[&["run", "smoke"], &split[..], &small[..]].concat())?;
    let said = String::from_utf8(output.stderr)?;
    assert!(
        output.status.success() && said.contains("seed 0, each seed otherwise: 3 volumes to train"),
        "{said}"
    );
    let listed = fs::read_to_string(folder.path().join("run/volumes.csv"))?;
    for (seed, column) in [(0, 1), (1, 2)] {
        let weights = format!("run/cells/dice-s{seed}/weights.safetensors");
        let arguments = ["attack", "--study", "smoke", "--weights", &weights, "--sweep", "fig2", "--json"];
        let rows: serde_json::Value =
            serde_json::from_str(&done(folder.path(), &[&arguments[..], &split].concat())?)?;
        let rows = rows.as_array().context("rows")?.iter();
        let attacked: std::collections::BTreeSet<&str> =
            rows.filter_map(|row| row["volume"].as_str()).collect();
        let test = listed.lines().filter(|line| line.split(',').nth(column) == Some("test"));
        let test = test.filter_map(|line| line.split(',').next()).collect();
        assert_eq!(attacked, test, "seed {seed}");
    }
    Ok(())
}

/// Groups and parts that a table gives are kept with the run, which is read back by them.
#[test]
fn a_run_on_a_table_with_groups_and_parts_is_read_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    done(path, &["phantom", "task", "--volumes", "6", "--seed", "7"])?;
    let row = |number: usize| {
        let (group, part) = (number.div_ceil(2), ["train", "val", "test"][(number - 1) / 2]);
        let file = format!("phantom_{number:03}.nii.gz");
        format!("{number},task/imagesTr/{file},task/labelsTr/{file},patient{group},{part}\n")
    };
    let rows: String = (1..=6).map(row).collect();
    fs::write(path.join("list.csv"), format!("id,image,label,group,split\n{rows}"))?;
    let source = ["--data", "list.csv", "--set", "data.source=decathlon", "--set", "train.epochs=1"];
    done(path, &[&["run", "smoke", "--out", "run"], &source[..]].concat())?;
    let listed = fs::read_to_string(path.join("run/volumes.csv"))?;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], "volume,part,width,height,depth,sha256,group,given");
    assert!(lines[6].starts_with("6,test,") && lines[6].ends_with(",patient3,test"), "{listed}");
    done(path, &["report", "run"])?;
    let run = lossbench::records::run::Run::read(&path.join("run"))?;
    assert_eq!(["5", "6"].map(|id| run.subject(id)), ["patient3", "patient3"]);
    // Other groups are other data.
    fs::write(path.join("run/volumes.csv"), listed.replace("patient3", "patient2"))?;
    let message = refused(path, &["report", "run"])?;
    assert!(message.contains("volumes.csv: lists other volumes than cell.json"), "{message}");
    Ok(())
}

/// As Windows editors save texts.
#[test]
fn texts_may_begin_with_a_byte_order_mark() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let marked = |text: String| [b"\xef\xbb\xbf".to_vec(), text.replace('\n', "\r\n").into_bytes()].concat();
    let smoke = fs::read_to_string(root.join("studies/smoke.toml"))?;
    fs::write(path.join("mine.toml"), marked(smoke.clone()))?;
    let wide: Vec<u8> = format!("\u{feff}{smoke}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(path.join("wide.toml"), wide)?;
    let expected = done(path, &["run", "smoke", "--list-cells"])?;
    for study in ["mine.toml", "wide.toml"] {
        assert_eq!(done(path, &["run", study, "--list-cells"])?, expected);
    }

    phantoms(path)?;
    let listing = path.join("task/dataset.json");
    fs::write(&listing, marked(fs::read_to_string(&listing)?))?;
    let run =
        ["run", "mine.toml", "--data", "task", "--set", "data.source=decathlon", "--set", "train.epochs=1"];
    done(path, &run)?;
    let volumes = path.join("runs/smoke/volumes.csv");
    fs::write(path.join("list.csv"), marked(fs::read_to_string(volumes)?))?;
    done(path, &[&run[..], &["--set", "data.volumes=list.csv", "--out", "listed"]].concat())?;

    fs::create_dir(path.join("claims"))?;
    let claim = fs::read_to_string(root.join("claims/rajput/C01.toml"))?;
    fs::write(path.join("claims/C01.TOML"), marked(claim))?;
    let judged = done(path, &["verify", "runs/smoke", "--claims", "claims", "--json"])?;
    fs::create_dir(path.join("golden"))?;
    fs::write(path.join("golden/verdicts.json"), marked(judged))?;
    done(path, &["verify", "runs/smoke", "--claims", "claims", "--against", "golden"])?;
    Ok(())
}
