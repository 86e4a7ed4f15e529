//! What `predict` and `saliency` take beside one NIfTI file: pictures, and channels in files of their own.

use super::{done, refused, write_weights};
use anyhow::Result;
use lossbench::data::nifti::{Voxels, plain_header, read_image, write_like};
use lossbench::data::picture;
use lossbench::network::unet::UNetConfig;
use lossbench::network::unet::weights::Weights;
use rstest::rstest;
use std::fs;
use std::path::Path;

/// Writes the same array as NIfTI, `scan.nii`, and as a picture, `scan.png` of one page or `scan.tif` of more.
fn scans(folder: &Path, pages: usize) -> Result<&'static str> {
    let shape = [13, 18, pages];
    let bytes: Vec<u8> = (0..13 * 18 * pages).map(|v| (v * 7919 % 251) as u8).collect();
    let name = if pages == 1 { "scan.png" } else { "scan.tif" };
    picture::write(&folder.join(name), shape, Voxels::U8(&bytes))?;
    let floats: Vec<f32> = bytes.into_iter().map(f32::from).collect();
    write_like(&folder.join("scan.nii"), &plain_header(shape, 1.0), shape, Voxels::F32(&floats))?;
    Ok(name)
}

const WEIGHTS: [&str; 2] = ["--weights", "weights.safetensors"];

#[rstest]
#[case(&["predict"], 1, "out.png", 255.0)]
#[case(&["predict"], 1, "out.tiff", 255.0)]
#[case(&["predict"], 3, "out.tif", 255.0)]
#[case(&["predict", "--raw"], 3, "out.TIF", 1.0)]
#[case(&["saliency"], 1, "out.tif", 1.0)]
#[case(&["saliency", "--method", "smoothgrad(samples=2)"], 3, "out.tif", 1.0)]
fn a_picture_gets_what_its_array_gets_as_nifti(
    #[case] command: &[&str],
    #[case] pages: usize,
    #[case] out: &str,
    #[case] foreground: f32,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    // Weights whose mask is neither empty nor full.
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity/unet.safetensors");
    fs::copy(weights, folder.path().join("weights.safetensors"))?;
    let name = scans(folder.path(), pages)?;
    let of = |image: &str, out: &str| {
        done(folder.path(), &[command, &WEIGHTS, &["--image", image, "--out", out]].concat())
    };
    assert_eq!(of(name, out)?.trim(), out);
    of("scan.nii", "out.nii")?;
    let expected = read_image(&folder.path().join("out.nii"))?;
    let (shape, found) = picture::read_image(&folder.path().join(out), &[])?;
    assert_eq!(shape, expected.shape);
    assert!(found.iter().any(|&value| value != found[0]), "says something");
    let expected: Vec<f32> = expected.voxels.iter().map(|value| value * foreground).collect();
    assert_eq!(found, expected);
    Ok(())
}

#[rstest]
#[case(&["predict"], 1, "out.nii.gz", "out.nii.gz: should end in .png, .tif or .tiff")]
#[case(&["predict"], 1, "out.jpg", "out.jpg: should end in .png, .tif or .tiff")]
#[case(&["predict"], 3, "out.png", "out.png: a PNG cannot hold 3 pages; let it end in .tif")]
#[case(&["predict", "--raw"], 1, "out.png", "out.png: a PNG cannot hold fractions; let it end in .tif")]
#[case(&["saliency"], 1, "out.PNG", "out.PNG: a PNG cannot hold fractions; let it end in .tif")]
fn a_picture_is_refused_where_its_file_could_not_hold_it(
    #[case] command: &[&str],
    #[case] pages: usize,
    #[case] out: &str,
    #[case] says: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_weights(folder.path())?;
    let name = scans(folder.path(), pages)?;
    let message = refused(folder.path(), &[command, &WEIGHTS, &["--image", name, "--out", out]].concat())?;
    assert!(message.contains(says), "{message}");
    assert!(!folder.path().join(out).exists());
    Ok(())
}

#[test]
fn a_format_that_is_not_read_is_named_with_those_that_are() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_weights(folder.path())?;
    fs::write(folder.path().join("scan.jpg"), b"\xff\xd8\xff")?;
    let arguments = [&["predict"], &WEIGHTS[..], &["--image", "scan.jpg", "--out", "out.png"]].concat();
    let message = refused(folder.path(), &arguments)?;
    assert!(message.contains("scan.jpg: is no NIfTI file, nor named as a PNG or TIFF"), "{message}");
    Ok(())
}

#[test]
fn channels_in_files_of_their_own_are_those_of_one_file() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let config = UNetConfig::new(2, 2).and_then(|config| config.with_channels(2));
    Weights::random(&config.map_err(anyhow::Error::msg)?, 0).write(&path.join("weights.safetensors"))?;
    let (shape, header) = ([13, 18, 2], plain_header([13, 18, 2], 0.7));
    let voxels: Vec<f32> = (0..2 * 13 * 18 * 2).map(|v| (v * 7919 % 1013) as f32).collect();
    write_like(&path.join("both.nii"), &header, shape, Voxels::F32(&voxels))?;
    for (channel, name) in voxels.chunks(13 * 18 * 2).zip(["scan_0000.nii", "scan_0001.nii"]) {
        write_like(&path.join(name), &header, shape, Voxels::F32(channel))?;
    }
    let predict = |images: &[&str], out: &str| -> Result<Vec<f32>> {
        done(path, &[&["predict", "--raw"], &WEIGHTS[..], &["--image"], images, &["--out", out]].concat())?;
        Ok(read_image(&path.join(out))?.voxels)
    };
    let both = predict(&["both.nii"], "a.nii")?;
    assert_eq!(predict(&["scan_0000.nii", "scan_0001.nii"], "b.nii")?, both);
    assert_ne!(predict(&["scan_0001.nii", "scan_0000.nii"], "c.nii")?, both);

    let one = [&["predict"], &WEIGHTS[..], &["--image", "scan_0000.nii", "--out", "d.nii"]].concat();
    assert!(refused(path, &one)?.contains("the network takes 2 channels"));
    let over = [
        &["predict"],
        &WEIGHTS[..],
        &["--image", "scan_0000.nii", "scan_0001.nii", "--out", "scan_0001.nii"],
    ];
    assert!(refused(path, &over.concat())?.contains("scan_0001.nii: is the image itself"));
    Ok(())
}
