//! Weights carry how their images were made, and every command makes images so.

use super::{line, refused, run, said, task, volume};
use anyhow::{Context, Result};
use lossbench::data::nifti::{Voxels, plain_header, read_image, write_like};
use lossbench::image::overlap::Overlap;
use lossbench::network::unet::weights::Weights;
use lossbench::records::files::read_csv;
use lossbench::records::rows::{CurveRow, ScoreRow};
use rstest::rstest;
use std::path::Path;

const WEIGHTS: &str = "run/cells/dice-s0/weights.safetensors";

/// A study of other intensities than the default, whose volumes are of several sizes.
fn trained(folder: &Path, more: &[&str]) -> Result<()> {
    task(folder, |number, volume| {
        // The largest volume decides the padding of all.
        if number == 0 {
            *volume = larger();
        }
    })?;
    said(folder, &run(&[&["--set", "data.intensity=[-0.5, 1.5]"], more].concat()))?;
    Ok(())
}

/// Volume 0 with room around it: 26 x 30 voxels.
fn larger() -> lossbench::data::Volume {
    let small = volume(0);
    let [x, y, z] = small.shape;
    let mut large = lossbench::data::Volume {
        shape: [26, 30, z],
        image: vec![10.0; 26 * 30 * z],
        label: vec![0; 26 * 30 * z],
        ..small.clone()
    };
    for (voxel, (&image, &label)) in small.image.iter().zip(&small.label).enumerate() {
        let place = voxel % x + 26 * (voxel / x % y + 30 * (voxel / x / y));
        (large.image[place], large.label[place]) = (image, label);
    }
    large
}

fn predict<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["predict", "--weights", WEIGHTS, "--image", id, "--out", "mask.nii.gz"];
    arguments.extend(more);
    arguments
}

fn dice(folder: &Path, id: &str) -> Result<f64> {
    let read = |path: String| Ok::<_, anyhow::Error>(read_image(&folder.join(path))?.voxels);
    let mask = |voxels: Vec<f32>| voxels.iter().map(|&voxel| voxel > 0.0).collect::<Vec<bool>>();
    let (found, truth) = (read("mask.nii.gz".into())?, read(format!("task/labelsTr/{id}.nii.gz"))?);
    Ok(Overlap::of(&mask(found), &mask(truth)).dice())
}

#[rstest]
#[case("min-max")]
#[case("percentile(2,98)")]
#[case("window(5,70)")]
#[case("z-score")]
fn predict_gives_the_scores_of_the_study_to_the_last_digit(#[case] scale: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    trained(folder.path(), &["--set", &format!("data.scale={scale}")])?;
    let scores: Vec<ScoreRow> = read_csv(&folder.path().join("run/cells/dice-s0/scores.csv"))?;
    assert!(scores.len() > 1 && scores.iter().any(|row| (0.05..0.999).contains(&row.dice)), "{scores:?}");
    for row in &scores {
        let image = format!("task/imagesTr/{}.nii.gz", row.volume);
        let message = said(folder.path(), &predict(&image, &[]))?;
        assert_eq!(dice(folder.path(), &row.volume)?, row.dice, "{}", row.volume);
        assert_eq!(message, "", "nothing is assumed");
    }
    Ok(())
}

/// Without millimetres between pixels of another size, each slice's mask is what the study scored. What was cut away has no
/// foreground here.
#[rstest]
#[case(&["data.axis=0"])]
#[case(&["data.axis=coronal"])]
#[case(&["data.size=[10,12]"])]
#[case(&["data.axis=sagittal", "data.size=[12,3]"])]
fn predict_slices_as_the_study_did_and_writes_the_mask_where_the_image_lies(
    #[case] keys: &[&str],
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), |_, volume| {
        // What is cut away along z, the last voxel, has no foreground.
        let plane = volume.shape[0] * volume.shape[1];
        volume.label[3 * plane..].fill(0);
    })?;
    let set: Vec<&str> = keys.iter().chain(&["train.epochs=80"]).flat_map(|key| ["--set", key]).collect();
    said(folder.path(), &run(&set))?;
    let scores: Vec<ScoreRow> = read_csv(&folder.path().join("run/cells/dice-s0/scores.csv"))?;
    assert!(scores.len() > 1 && scores.iter().all(|row| row.dice > 0.3), "{scores:?}");
    for row in &scores {
        let image = format!("task/imagesTr/{}.nii.gz", row.volume);
        assert_eq!(said(folder.path(), &predict(&image, &[]))?, "", "nothing is assumed");
        assert_eq!(dice(folder.path(), &row.volume)?, row.dice, "{}", row.volume);
        let mut saliency = predict(&image, &["--method", "gradient"]);
        saliency[0] = "saliency";
        said(folder.path(), &saliency)?;
        let map = read_image(&folder.path().join("mask.nii.gz"))?;
        assert_eq!(map.shape, read_image(&folder.path().join(&image))?.shape);
        assert!(map.voxels.iter().any(|value| *value != 0.0));
    }
    Ok(())
}

#[test]
fn predict_brings_the_mask_of_resampled_slices_back_to_the_grid_of_the_image() -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), |_, _| {})?;
    // Volumes have 1 mm.
    said(folder.path(), &run(&["--set", "data.spacing=[0.5,0.8]", "--set", "train.epochs=80"]))?;
    let scores: Vec<ScoreRow> = read_csv(&folder.path().join("run/cells/dice-s0/scores.csv"))?;
    for row in &scores {
        let image = format!("task/imagesTr/{}.nii.gz", row.volume);
        assert_eq!(said(folder.path(), &predict(&image, &[]))?, "");
        let found = dice(folder.path(), &row.volume)?;
        assert!(row.dice > 0.5 && (found - row.dice).abs() < 0.1, "{found} for {}", row.dice);
    }
    // A copy that says nothing of its voxels' distance.
    let read = read_image(&folder.path().join("task/imagesTr/v1.nii.gz"))?;
    let mut header = read.header.clone();
    (header.sform_code, header.qform_code, header.pixdim[1]) = (0, 0, 0.0);
    write_like(&folder.path().join("silent.nii.gz"), &header, read.shape, Voxels::F32(&read.voxels))?;
    let message = refused(folder.path(), &predict("silent.nii.gz", &[]))?;
    assert!(message.contains("silent.nii.gz: says nothing of the distance of its voxels"), "{message}");
    Ok(())
}

#[test]
fn the_weights_say_how_they_were_trained() -> Result<()> {
    let folder = tempfile::tempdir()?;
    trained(folder.path(), &["--set", "train.epochs=1", "--set", "seeds=[5]"])?;
    let weights = Weights::read(&folder.path().join("run/cells/dice-s5/weights.safetensors"))?;
    let said = |key: &str| weights.metadata().get(key).map(String::as_str);
    assert_eq!(said("lossbench.intensity"), Some("[-0.5,1.5]"));
    assert_eq!(said("lossbench.size"), Some("[28,32]"));
    assert_eq!(said("lossbench.channels"), Some("[0]"));
    assert_eq!((said("lossbench.loss"), said("lossbench.seed")), (Some("dice"), Some("5")));
    let record = std::fs::read_to_string(folder.path().join("run/cells/dice-s5/cell.json"))?;
    let record: serde_json::Value = serde_json::from_str(&record)?;
    assert_eq!(said("lossbench.study_hash"), record["study_hash"].as_str());
    Ok(())
}

#[test]
fn attack_takes_the_images_that_the_weights_were_trained_on() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let methods = "attack.methods=['signed', 'random']";
    trained(
        folder.path(),
        &[
            "--set",
            "seeds=[3]",
            "--set",
            methods,
            "--set",
            "data.scale=percentile(5,90)",
            "--set",
            "data.axis=1",
        ],
    )?;
    let weights = WEIGHTS.replace("s0", "s3");
    let mut arguments =
        vec!["attack", "--weights", &weights, "--study", "smoke", "--sweep", "fig2", "--json"];
    arguments.extend(["--data", "task", "--set", "data.source=decathlon", "--set", methods]);
    let output = super::lossbench(folder.path(), &arguments)?;
    let message = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{message}");
    let rows: Vec<CurveRow> = serde_json::from_slice(&output.stdout)?;
    let mut curves: Vec<CurveRow> = read_csv(&folder.path().join("run/cells/dice-s3/curves.csv"))?;
    curves.retain(|row| row.sweep == "fig2");
    assert!(curves.iter().any(|row| row.attack == "random") && rows.iter().all(|row| row.seed == Some(3)));
    // Every column, those of drawn pixels as well: the draws are named by the network's seed.
    assert_eq!(rows, curves);
    line(&message, "-0.5 to 1.5");
    let taken = line(&message, "percentile(5,90)");
    assert!(taken.contains("which is taken, not the study's min-max"), "{taken}");

    let taken = line(&message, "along axis 1");
    assert!(taken.contains("which is taken, not the study's along axis 2"), "{taken}");

    let other = [&arguments[..], &["--set", "data.axis=axial"]].concat();
    let message = said(folder.path(), &other)?;
    let given = line(&message, "along axis 1");
    assert!(given.contains("was trained on slices along axis 1, but axial is taken"), "{given}");

    arguments.extend(["--set", "data.scale=z-score"]);
    let message = said(folder.path(), &arguments)?;
    let given = line(&message, "percentile(5,90)");
    assert!(given.contains("data.scale, z-score, is taken"), "{given}");

    arguments.extend(["--set", "data.intensity=[0.0, 0.2]"]);
    let message = said(folder.path(), &arguments)?;
    let line = line(&message, "-0.5 to 1.5");
    assert!(line.contains("0 to 0.2") && line.contains("data.intensity"), "{line}");
    Ok(())
}

#[test]
fn what_is_given_overrides_what_the_weights_say_and_is_said() -> Result<()> {
    let folder = tempfile::tempdir()?;
    trained(folder.path(), &["--set", "train.epochs=1"])?;
    let image = "task/imagesTr/v1.nii.gz";
    let message = said(folder.path(), &predict(image, &["--intensity", "0", "0.2"]))?;
    let line = line(&message, "--intensity");
    assert!(line.contains("-0.5 to 1.5") && line.contains("0 to 0.2") && line.contains(WEIGHTS), "{line}");
    let same = said(folder.path(), &predict(image, &["--intensity", "-0.5", "1.5"]))?;
    assert_eq!(same, "");
    Ok(())
}

#[test]
fn an_image_larger_than_the_slices_of_the_training_is_said() -> Result<()> {
    let folder = tempfile::tempdir()?;
    trained(folder.path(), &["--set", "train.epochs=1"])?;
    let shape = [29, 20, 2];
    let voxels: Vec<f32> = (0..29 * 20 * 2).map(|voxel| (voxel % 97) as f32).collect();
    let path = folder.path().join("large.nii.gz");
    write_like(&path, &plain_header(shape, 1.0), shape, Voxels::F32(&voxels))?;
    let message = said(folder.path(), &predict("large.nii.gz", &[]))?;
    let line = line(&message, "large.nii.gz");
    assert!(line.contains("28 x 32") && line.contains("32 x 32"), "{line}");
    Ok(())
}

#[rstest]
#[case("predict")]
#[case("saliency")]
fn weights_that_say_nothing_take_the_documented_defaults_and_that_is_said(
    #[case] command: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    trained(folder.path(), &["--set", "train.epochs=1"])?;
    let path = folder.path().join(WEIGHTS);
    let weights = Weights::read(&path)?;
    let scan = "task/imagesTr/v1.nii.gz";
    let mut arguments = predict(scan, &[]);
    arguments[0] = command;
    weights.clone().with_metadata([("format".to_string(), "pt".to_string())].into()).write(&path)?;
    let message = said(folder.path(), &arguments)?;
    let line = line(&message, WEIGHTS);
    assert!(line.contains("0 to 0.2") && line.contains("16 x 16") && line.contains("--intensity"), "{line}");
    let default = std::fs::read(folder.path().join("mask.nii.gz"))?;
    arguments.extend(["--intensity", "0", "0.2"]);
    said(folder.path(), &arguments)?;
    assert!(default == std::fs::read(folder.path().join("mask.nii.gz"))?);
    Ok(())
}

#[rstest]
#[case("lossbench.intensity", "[0.2,0]")]
#[case("lossbench.intensity", "[0,1e999]")]
#[case("lossbench.intensity", "bright")]
#[case("lossbench.scale", "bright")]
#[case("lossbench.scale", "window(1,0)")]
#[case("lossbench.size", "[0,32]")]
#[case("lossbench.size", "[28,31]")]
#[case("lossbench.size", "[4000000000,4000000000]")]
#[case("lossbench.axis", "3")]
#[case("lossbench.axis", "coronal")]
#[case("lossbench.spacing", "[1,0]")]
#[case("lossbench.spacing", "1e-9000")]
#[case("lossbench.data_size", "[0,32]")]
#[case("lossbench.channels", "[0,1]")]
#[case("lossbench.channels", "[-1]")]
fn weights_that_say_what_cannot_be_are_refused(#[case] key: &str, #[case] value: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), |_, _| {})?;
    let config = lossbench::network::unet::UNetConfig::new(2, 2).map_err(anyhow::Error::msg)?;
    let metadata = [(key.to_string(), value.to_string())].into();
    Weights::random(&config, 0).with_metadata(metadata).write(&folder.path().join("w.safetensors"))?;
    let mut arguments = predict("task/imagesTr/v1.nii.gz", &[]);
    *arguments.get_mut(2).context("the weights")? = "w.safetensors";
    let message = refused(folder.path(), &arguments)?;
    assert!(message.contains("w.safetensors: ") && message.contains(key), "{message}");
    Ok(())
}
