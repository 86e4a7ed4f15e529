//! The command line as a user meets it: exit status, what is printed, what is left behind.

mod images;
mod output;

use anyhow::{Context, Result};
use lossbench::data::nifti::{Voxels, plain_header, read_image, write_like};
use lossbench::network::unet::UNetConfig;
use lossbench::network::unet::weights::Weights;
use rstest::rstest;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn lossbench(folder: &Path, arguments: &[&str]) -> Result<Output> {
    let program = env!("CARGO_BIN_EXE_lossbench");
    Ok(Command::new(program).args(arguments).current_dir(folder).output()?)
}

/// Runs a command that must fail as wrong use: exit 2 and one line on standard error, which is returned.
fn refused(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = lossbench(folder, arguments)?;
    let message = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert_eq!(message.lines().count(), 1, "{arguments:?}: {message}");
    assert!(message.starts_with("lossbench: "), "{message}");
    assert!(output.stdout.is_empty());
    Ok(message)
}

fn done(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = lossbench(folder, arguments)?;
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
    Ok(String::from_utf8(output.stdout)?)
}

fn write_weights(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("weights.safetensors");
    Weights::random(&UNetConfig::new(2, 2).map_err(anyhow::Error::msg)?, 0).write(&path)?;
    Ok(path)
}

/// A decathlon folder of three small phantoms.
fn phantoms(folder: &Path) -> Result<PathBuf> {
    done(folder, &["phantom", "task", "--volumes", "3", "--seed", "7"])?;
    Ok(folder.join("task"))
}

#[rstest]
#[case(&["run", "nowhere.toml"], "nowhere.toml: ")]
#[case(&["run", "smoke", "--set", "train.epoch=1"], "unknown field `epoch`")]
#[case(&["run", "smoke", "--cells", "bce-s7"], "--cells bce-s7: study 'smoke' has no such cell")]
#[case(&["run", "smoke", "--device", "gpu"], "device 'gpu' is unknown")]
#[case(&["run", "paper"], "--data DIR")]
#[case(&["run", "paper", "--data", "nowhere"], "nowhere")]
#[case(&["run", "smoke", "--data", "somewhere"], "leave out --data somewhere")]
#[case(&["report", "nowhere"], "nowhere/study.toml: ")]
#[case(&["verify", "nowhere"], "nowhere/study.toml: ")]
#[case(&["specification", "nowhere"], "nowhere/study.toml: ")]
#[case(&["run", "smoke", "--weights-from", "nowhere"], "nowhere/study.toml: ")]
#[case(&["fetch", "spleen"], "data set 'spleen' is unknown")]
#[case(&["fetch", "hippocampus", "--from", "nowhere.tar"], "nowhere.tar")]
#[case(&["predict", "--weights", "no.safetensors", "--image", "i.nii", "--out", "o.nii"], "no.safetensors: ")]
#[case(&["attack", "--weights", "no.safetensors", "--sweep", "fig3"], "no.safetensors: ")]
fn wrong_use_ends_with_one_line_and_exit_2(#[case] arguments: &[&str], #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let message = refused(folder.path(), arguments)?;
    assert!(message.contains(says), "{message}");
    assert!(!folder.path().join("runs").exists(), "nothing may be written");
    Ok(())
}

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
fn weights_of_another_shape_are_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let weights = write_weights(folder.path())?;
    let mut bytes = fs::read(&weights)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = text.find("\"head.bias\"").context("a tensor called head.bias")?;
    bytes[at + 1..at + 5].copy_from_slice(b"tail");
    fs::write(&weights, bytes)?;
    let message = refused(
        folder.path(),
        &["predict", "--weights", "weights.safetensors", "--image", "i.nii", "--out", "o.nii"],
    )?;
    assert!(message.contains("weights.safetensors: tensor 'head.bias' is missing"), "{message}");
    Ok(())
}

#[rstest]
#[case(&["predict"], 2)]
#[case(&["predict", "--raw"], 16)]
#[case(&["saliency"], 16)]
#[case(&["saliency", "--method", "integrated-gradients(steps=4)"], 16)]
#[case(&["saliency", "--method", "occlusion(window=4)", "--output", "predicted-mask"], 16)]
fn an_image_comes_back_in_its_own_shape_and_place(
    #[case] command: &[&str],
    #[case] datatype: u16,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_weights(folder.path())?;
    let shape = [13, 18, 5];
    let mut header = plain_header(shape, 0.7);
    header.pixdim[3] = 2.5;
    header.srow_x = [0.7, 0.1, 0.0, -20.0];
    header.srow_z = [0.0, 0.2, 2.5, 31.0];
    let voxels: Vec<f32> = (0..13 * 18 * 5).map(|v| (v * 7919 % 1013) as f32).collect();
    write_like(&folder.path().join("scan.nii.gz"), &header, shape, Voxels::F32(&voxels))?;
    let mut arguments = command.to_vec();
    arguments.extend(["--weights", "weights.safetensors", "--image", "scan.nii.gz", "--out", "out.nii.gz"]);
    let printed = done(folder.path(), &arguments)?;
    assert_eq!(printed.trim(), "out.nii.gz");

    let result = read_image(&folder.path().join("out.nii.gz"))?;
    assert_eq!(result.shape, shape);
    assert_eq!(result.header.datatype, datatype as i16);
    assert_eq!(result.header.pixdim[..4], header.pixdim[..4]);
    assert_eq!(
        (result.header.srow_x, result.header.srow_y, result.header.srow_z),
        (header.srow_x, header.srow_y, header.srow_z)
    );
    match command {
        ["predict"] => assert!(result.voxels.iter().all(|&voxel| voxel == 0.0 || voxel == 1.0)),
        ["predict", "--raw"] => assert!(result.voxels.iter().all(|voxel| (0.0..=1.0).contains(voxel))),
        _ => assert!(result.voxels.iter().any(|&voxel| voxel != 0.0)),
    }
    let left: Vec<_> = fs::read_dir(folder.path())?.filter_map(|entry| entry.ok()).collect();
    assert_eq!(left.len(), 3, "scan, weights and result, nothing else");
    Ok(())
}

#[rstest]
#[case(
    "integrated-gradients(steps=0)",
    "--method: steps of integrated-gradients should be a whole number from 1 to 1000, but is '0'"
)]
#[case(
    "occlusion(window=99)",
    "--method: window of occlusion should be at most 16, the shorter side of a slice of 16 x 20, but is 99"
)]
#[case("deep-dream", "--method should be one of gradient, gradient-x-input, smoothgrad")]
fn a_method_that_cannot_be_is_one_line(#[case] method: &str, #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_weights(folder.path())?;
    let (shape, voxels) = ([13, 18, 2], vec![1.0; 13 * 18 * 2]);
    write_like(&folder.path().join("scan.nii"), &plain_header(shape, 0.7), shape, Voxels::F32(&voxels))?;
    let image = ["saliency", "--weights", "weights.safetensors", "--image", "scan.nii", "--out", "map.nii"];
    let message = refused(folder.path(), &[&image[..], &["--method", method]].concat())?;
    assert!(message.contains(says), "{message}");
    assert!(!folder.path().join("map.nii").exists());
    Ok(())
}

/// How far a map is from adding up is said, and more steps bring it nearer.
#[test]
fn completeness_is_reported() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity/unet.safetensors");
    fs::copy(weights, folder.path().join("weights.safetensors"))?;
    let shape = [13, 18, 2];
    let voxels: Vec<f32> = (0..13 * 18 * 2).map(|v| (v * 7919 % 1013) as f32).collect();
    write_like(&folder.path().join("scan.nii"), &plain_header(shape, 0.7), shape, Voxels::F32(&voxels))?;
    let gap = |steps: usize| -> Result<f64> {
        let method = format!("integrated-gradients(steps={steps})");
        let image =
            ["saliency", "--weights", "weights.safetensors", "--image", "scan.nii", "--out", "map.nii"];
        let output = lossbench(folder.path(), &[&image[..], &["--method", &method]].concat())?;
        let said = String::from_utf8(output.stderr)?;
        let line = said.lines().find(|line| line.starts_with("completeness: ")).context("a line")?;
        let percent =
            line.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix("%)")).context("a share")?;
        Ok(percent.parse()?)
    };
    let (few, many) = (gap(1)?, gap(300)?);
    assert!(many < few / 20.0 && many < 2.0, "{few} with one step, {many} with 300");
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
    done(folder.path(), &[&["run", "smoke"], &split[..], &small[..]].concat())?;
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

#[test]
fn devices_lists_what_run_accepts() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let names: Vec<String> = serde_json::from_str(&done(folder.path(), &["devices", "--json"])?)?;
    assert_eq!(names, lossbench::network::device::available());
    Ok(())
}

#[test]
fn a_comparison_names_the_arms_that_cannot_be_compared_and_those_that_are_not_attacked_alike() -> Result<()> {
    let league = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/evidence/league");
    let compare = |more: &[&str]| {
        let league = league.to_string_lossy();
        done(Path::new("."), &[&["compare", &league], more].concat())
    };
    let (all, motion) = (compare(&["--ranks"])?, compare(&["--sweep", "motion"])?);
    assert!(all.contains("Not ranked: Top-k BCE (topk-bce of seed 133 did not learn"), "{all}");
    assert!(all.contains("\nIn pgd each network is attacked along the loss of its own training"), "{all}");
    assert!(motion.contains("2 cannot be compared: Top-k BCE (topk-bce of seed 133"), "{motion}");
    assert!(!motion.contains("each network is attacked along"), "{motion}");
    Ok(())
}

#[test]
fn a_run_is_judged_kept_compared_and_put_into_a_page() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let printed = done(path, &["run", "smoke"])?;
    assert!(
        printed.contains("on phantoms: a demonstration, no verdict on the paper (study smoke"),
        "{printed}"
    );

    let json = done(path, &["verify", "runs/smoke", "--json"])?;
    let verdicts: Vec<serde_json::Value> = serde_json::from_str(&json)?;
    assert_eq!(verdicts.len(), 20);
    assert_eq!(verdicts[4]["lacks"], "the study has no loss bce+dice");
    assert_eq!(verdicts[0]["outcome"], "one-seed");

    let compared = done(path, &["compare", "runs/smoke"])?;
    assert!(compared.starts_with("BCE scores ") && compared.contains("one seed, which decides nothing"));
    let json_of = |baseline: &str| -> Result<serde_json::Value> {
        let arguments = ["compare", "runs/smoke", "--baseline", baseline, "--sweep", "fig2", "--json"];
        Ok(serde_json::from_str(&done(path, &arguments)?)?)
    };
    let difference = |compared: &serde_json::Value, arm: usize| {
        compared["arms"][arm]["attacked"]["difference"]["value"].as_f64().context("a difference")
    };
    // Dice against BCE is BCE against Dice the other way round.
    let [forth, back] = [difference(&json_of("bce")?, 1)?, difference(&json_of("dice")?, 0)?];
    assert!(forth != 0.0 && (forth + back).abs() < 1e-12, "{forth} {back}");

    let keep = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/keep_evidence.sh");
    let kept = Command::new(keep).args(["runs/smoke", "kept", "0"]).current_dir(path).status()?;
    assert!(kept.success());
    assert!(!path.join("kept/cells/bce-s0/weights.safetensors").exists());
    assert_eq!(done(path, &["verify", "kept", "--json"])?, json);

    fs::create_dir(path.join("golden"))?;
    fs::write(path.join("golden/verdicts.json"), &json)?;
    done(path, &["verify", "kept", "--against", "golden"])?;
    let mut undefined: serde_json::Value = serde_json::from_str(&json)?;
    for verdict in undefined.as_array_mut().context("a list of verdicts")? {
        verdict["adjusted_p"] = serde_json::Value::Null;
    }
    fs::write(path.join("golden/verdicts.json"), undefined.to_string())?;
    done(path, &["verify", "kept", "--against", "golden"])?;
    let other = json.replacen("\"outcome\": \"not-measured\"", "\"outcome\": \"reproduced\"", 1);
    fs::write(path.join("golden/verdicts.json"), other)?;
    let differs = lossbench(path, &["verify", "kept", "--against", "golden"])?;
    assert_eq!(differs.status.code(), Some(1));
    let message = String::from_utf8(differs.stderr)?;
    assert!(message.contains(": not measured here, reproduced in golden/verdicts.json"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    // A verdict that is no longer judged differs too.
    fs::create_dir(path.join("fewer"))?;
    let claim = Path::new(env!("CARGO_MANIFEST_DIR")).join("claims/rajput/C05.toml");
    fs::copy(claim, path.join("fewer/C05.toml"))?;
    fs::write(path.join("golden/verdicts.json"), &json)?;
    let fewer = lossbench(path, &["verify", "kept", "--claims", "fewer", "--against", "golden"])?;
    assert_eq!(fewer.status.code(), Some(1));
    let message = String::from_utf8(fewer.stderr)?;
    assert_eq!(message.matches("not judged here").count(), 19, "{message}");
    assert!(String::from_utf8(fewer.stdout)?.starts_with("The claims of fewer on phantoms"));

    fs::write(
        path.join("page.md"),
        "before\n<!-- verdicts smoke -->\nold\n<!-- /verdicts smoke -->\nafter\n",
    )?;
    done(path, &["verify", "kept", "--splice", "page.md"])?;
    let page = fs::read_to_string(path.join("page.md"))?;
    assert!(page.starts_with("before\n<!-- verdicts smoke -->\nThe paper's claims on phantoms"), "{page}");
    assert!(
        page.contains("| C20 |") && !page.contains("\nold\n") && page.ends_with("-->\nafter\n"),
        "{page}"
    );
    let readings = done(path, &["verify", "kept", "--readings", "--beside", "runs/smoke"])?;
    let lines: Vec<&str> = readings.lines().collect();
    assert!(lines[0].contains("a demonstration, no verdict on the paper"), "{readings}");
    let head: Vec<&str> = lines[1].split("  ").filter(|word| !word.is_empty()).map(str::trim).collect();
    assert_eq!(head, ["claim", "signed", "micro Dice", "smoke", "hangs on"]);
    assert_eq!(lines.len(), 22);
    let message = refused(path, &["verify", "kept", "--readings", "--beside", "nothing"])?;
    assert!(
        message.contains("nothing/study.toml: ") && message.contains("should be a run folder"),
        "{message}"
    );
    fs::write(path.join("page.md"), "no marks")?;
    let message = refused(path, &["verify", "kept", "--splice", "page.md"])?;
    assert!(message.contains("page.md: should have the lines <!-- verdicts smoke -->"), "{message}");
    Ok(())
}

/// Smoke with two seeds, as a reading of its own.
fn reading(folder: &Path, name: &str, changes: &[&str]) -> Result<()> {
    let name = format!("name={name}");
    let mut arguments = vec![
        "run",
        "smoke",
        "--set",
        "seeds=[3, 5]",
        "--set",
        "train.schedule=cosine",
        "--set",
        "train.epochs=20",
        "--set",
        &name,
    ];
    changes.iter().for_each(|change| arguments.extend(["--set", change]));
    done(folder, &arguments)?;
    Ok(())
}

#[test]
fn runs_make_a_specification_curve() -> Result<()> {
    let folder = tempfile::tempdir()?;
    reading(folder.path(), "base", &["losses=['bce+dice', 'dice']"])?;
    reading(folder.path(), "turned", &["train.feed=augment", "losses=['bce+dice', 'slice-dice']"])?;
    let compare = ["specification", "runs/base", "runs/turned", "--pair", "bce+dice,dice"];
    let with = |more: &[&str]| done(folder.path(), &[&compare, more].concat());
    let printed = with(&["--at", "fig2:5:0.2", "--at", "fig6:5", "--out", "curve.svg"])?;
    assert!(printed.starts_with("BCE + Dice minus Dice: of 4 specifications "), "{printed}");
    let mine = printed.lines().filter(|line| line.starts_with("turned ")).collect::<Vec<_>>();
    assert_eq!(mine.len(), 2, "{printed}");
    assert!(
        mine[0].contains("losses = slice-dice; train.feed = augment")
            && mine[0].contains("bce+dice minus slice-dice")
    );
    assert_eq!(fs::read_to_string(folder.path().join("curve.svg"))?.matches("class=\"point\"").count(), 4);

    let json: serde_json::Value = serde_json::from_str(&with(&["--json"])?)?;
    let first = &json["curves"][0]["specifications"][0];
    assert_eq!((&json["curves"][0]["pair"]["less"], &first["at"]), (&"dice".into(), &"fig2:5:0.2".into()));
    let number = |value: &serde_json::Value| value.as_f64().context("a number");
    let [low, middle, high] = [&first["interval"][0], &first["difference"], &first["interval"][1]];
    assert!(number(low)? <= number(middle)? && number(middle)? <= number(high)?);

    for (more, says) in [
        (["--pair", "bce+dice,focal"], "has no arm focal: it has bce+dice, dice"),
        (["--pair", "bce"], "--pair should be two arms, such as bce+dice,dice, but is 'bce'"),
        (["--at", "fig2"], "--at should be SWEEP:PIXELS or SWEEP:PIXELS:LEVEL"),
        (["--attack", "fgsm"], "--attack fgsm: runs/base has signed, random, random-foreground"),
        (["--at", "fig9:5"], "no run has what a specification needs"),
    ] {
        let output = lossbench(
            folder.path(),
            &[&["specification", "runs/base", "--pair", "bce+dice,dice"], &more[..]].concat(),
        )?;
        let message = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{more:?}: {message}");
        assert!(message.contains(says), "{message}");
    }
    Ok(())
}
