//! Reading NIfTI files against nibabel, and refusing what cannot be used
//! (`scripts/make_nifti_fixtures.py`).

use crate::support::{Tolerance, path, read};
use anyhow::{Context, Result, bail, ensure};
use lossbench::data::nifti::{Image, read_image};
use rstest::rstest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Fixture {
    files: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Refused { refused: String },
    Image { shape: Vec<usize>, channels: usize, voxels: Vec<f64>, affine: [[f64; 4]; 4], zooms: [f64; 3] },
}

/// Voxels and the header's affine are float32 here and float64 in nibabel.
const TOLERANCE: Tolerance = Tolerance { relative: 1e-6, of_largest: 0.0, absolute: 1e-6 };

/// The sform's three rows and the voxel size in mm.
fn geometry(image: &Image) -> (Vec<f32>, Vec<f32>) {
    let header = &image.header;
    ([header.srow_x, header.srow_y, header.srow_z].concat(), header.pixdim[1..4].to_vec())
}

/// What the message says beside the file's name, which may hold the very word that is looked for.
fn without_name(message: &str, file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    message.replace(&*file.to_string_lossy(), "").replace(&*name, "")
}

#[rstest]
fn files_read_as_in_nibabel_or_are_refused(#[files("fixtures/nifti/*.nii*")] file: PathBuf) -> Result<()> {
    let fixture: Fixture = read("nifti/expected.json")?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    match (fixture.files.get(&*name).with_context(|| format!("{name} is not expected"))?, read_image(&file)) {
        (Expected::Refused { refused }, Err(error)) => {
            let message = error.to_string();
            ensure!(message.contains(&*name), "the file is not named: {message}");
            ensure!(!message.contains('\n'), "more than one line: {message}");
            let said = without_name(&message, &file).to_lowercase();
            ensure!(said.contains(&refused.to_lowercase()), "should say '{refused}': {message}");
        }
        (Expected::Refused { refused }, Ok(_)) => bail!("{name} was read, but should be refused: {refused}"),
        (Expected::Image { shape, channels, voxels, affine, zooms }, Ok(image)) => {
            ensure!(image.shape[..] == shape[..], "shape should be {shape:?}, but is {:?}", image.shape);
            ensure!(image.channels() == *channels, "should have {channels} channels");
            TOLERANCE.check("voxels", &image.voxels, voxels)?;
            let (rows, size) = geometry(&image);
            TOLERANCE.check("affine", &rows, &affine[..3].concat())?;
            TOLERANCE.check("voxel size", &size, zooms)?;
        }
        (Expected::Image { .. }, Err(error)) => bail!("{name} should be read: {error}"),
    }
    Ok(())
}

#[test]
fn every_expected_file_is_there() -> Result<()> {
    let fixture: Fixture = read("nifti/expected.json")?;
    ensure!(fixture.files.len() >= 20, "files are missing");
    for name in fixture.files.keys() {
        ensure!(path("nifti").join(name).is_file(), "fixtures/nifti/{name} is missing");
    }
    Ok(())
}
