//! What `predict` and `saliency` write: where, under which names, in which place and shape.

use super::output::program;
use super::{done, lossbench, refused, write_weights};
use anyhow::{Context, Result};
use lossbench::data::nifti::{Voxels, plain_header, read_image, write_like};
use rstest::rstest;
use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::Command;

/// Weights and an image, and what `predict` takes of them.
pub fn scan(folder: &Path) -> Result<[&'static str; 5]> {
    write_weights(folder)?;
    let shape = [13, 18, 5];
    let voxels: Vec<f32> = (0..13 * 18 * 5).map(|v| (v * 7919 % 1013) as f32).collect();
    write_like(&folder.join("scan.nii.gz"), &plain_header(shape, 0.7), shape, Voxels::F32(&voxels))?;
    Ok(["predict", "--weights", "weights.safetensors", "--image", "scan.nii.gz"])
}

pub fn predict(folder: &Path, more: &[&str]) -> Result<String> {
    done(folder, &[&scan(folder)?, more].concat())
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

#[rstest]
#[case("m.mha")]
#[case("m.nrrd")]
#[case("m.png")]
#[case("m.gz")]
#[case("m.img")]
#[case("m")]
fn a_name_that_promises_another_format_is_refused(
    #[case] name: &str,
    #[values("predict", "saliency")] command: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut arguments = scan(folder.path())?.to_vec();
    arguments[0] = command;
    let message = refused(folder.path(), &[&arguments[..], &["--out", name]].concat())?;
    assert!(message.contains(&format!("{name}: should end in .nii or .nii.gz")), "{message}");
    assert!(!folder.path().join(name).exists());
    Ok(())
}

#[rstest]
#[case("m.nii", false)]
#[case("m.NII", false)]
#[case("m.nii.gz", true)]
#[case("m.nii.GZ", true)]
#[case("M.NII.GZ", true)]
fn a_name_decides_whether_an_image_is_gzipped(#[case] name: &str, #[case] gzip: bool) -> Result<()> {
    let folder = tempfile::tempdir()?;
    predict(folder.path(), &["--out", name])?;
    assert_eq!(fs::read(folder.path().join(name))?.starts_with(&[0x1f, 0x8b]), gzip);
    Ok(())
}

#[test]
fn a_name_may_be_as_long_as_names_can_be() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for length in [247, 255] {
        let name = format!("{}.nii.gz", "x".repeat(length - 7));
        predict(folder.path(), &["--out", &name])?;
        assert!(folder.path().join(&name).is_file());
    }
    Ok(())
}

#[test]
fn an_image_is_written_through_links_pipes_and_standard_output() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    predict(path, &["--out", "expected.nii"])?;
    let expected = fs::read(path.join("expected.nii"))?;

    fs::create_dir(path.join("store"))?;
    std::os::unix::fs::symlink("store/mask", path.join("link.nii"))?;
    predict(path, &["--out", "link.nii"])?;
    assert!(path.join("link.nii").is_symlink());
    assert_eq!(fs::read(path.join("store/mask"))?, expected);

    assert!(Command::new("mkfifo").arg(path.join("pipe")).status()?.success());
    let reader = std::thread::spawn({
        let pipe = path.join("pipe");
        move || fs::read(pipe)
    });
    predict(path, &["--out", "pipe"])?;
    assert_eq!(reader.join().expect("a reader")?, expected);

    // The image alone: no name is printed into it.
    let arguments = [&scan(path)?[..], &["--out", "/dev/stdout"]].concat();
    assert_eq!(lossbench(path, &arguments)?.stdout, expected);
    let file = path.join("redirected.nii");
    assert!(program(path, &arguments).stdout(File::create(&file)?).status()?.success());
    assert_eq!(fs::read(&file)?, expected);
    let appended = OpenOptions::new().append(true).open(&file)?;
    assert!(program(path, &arguments).stdout(appended).status()?.success());
    assert_eq!(fs::read(&file)?, [expected.clone(), expected].concat());
    predict(path, &["--out", "/dev/null"])?;
    assert!(!fs::metadata("/dev/null")?.is_file());
    Ok(())
}

#[rstest]
#[case(&["-1", "1"])]
#[case(&["-0.5", "-.25"])]
#[case(&["-1e3", "-1e-3"])]
fn bounds_below_zero_can_be_given(#[case] bounds: &[&str]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    predict(folder.path(), &[&["--raw", "--out", "m.nii", "--intensity"], bounds].concat())?;
    let voxels = read_image(&folder.path().join("m.nii"))?.voxels;
    assert!(voxels.iter().all(|voxel| (0.0..=1.0).contains(voxel)));
    Ok(())
}

#[test]
fn a_padded_image_is_read_as_the_sound_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    predict(path, &["--out", "expected.nii"])?;
    let sound = fs::read(path.join("scan.nii.gz"))?;
    let arguments =
        ["predict", "--weights", "weights.safetensors", "--image", "padded.nii.gz", "--out", "m.nii"];
    for tail in [&[0; 700][..], &[0], b"\n", b"other"] {
        fs::write(path.join("padded.nii.gz"), [&sound, tail].concat())?;
        done(path, &arguments)?;
        assert_eq!(fs::read(path.join("m.nii"))?, fs::read(path.join("expected.nii"))?);
    }
    let context = "the sound image ends in a checksum";
    let cut = sound.split_last_chunk::<3>().context(context)?.0;
    fs::write(path.join("padded.nii.gz"), cut)?;
    assert!(refused(path, &arguments)?.contains("truncated or damaged"));
    Ok(())
}
