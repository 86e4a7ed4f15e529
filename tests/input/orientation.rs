//! Labels that are stored in another orientation than their image, against nibabel.

use super::{line, refused, run, said, task};
use anyhow::Result;
use lossbench::data::nifti::{NiftiHeader, Voxels, plain_header, write_like};
use lossbench::data::{Volume, read_task, write_task};
use rstest::rstest;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Fixture {
    shape: [usize; 3],
    affine: [[f32; 4]; 3],
    codes: String,
    label: String,
    stored: Vec<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    codes: String,
    affine: [[f32; 4]; 3],
    shape: [usize; 3],
    label: String,
}

fn fixture() -> Result<Fixture> {
    Ok(serde_json::from_str(include_str!("../../fixtures/orientation.json"))?)
}

fn values(text: &str) -> Vec<u8> {
    text.bytes().map(|digit| digit - b'0').collect()
}

/// A header whose sform is `affine`.
fn header(shape: [usize; 3], affine: [[f32; 4]; 3]) -> NiftiHeader {
    let [srow_x, srow_y, srow_z] = affine;
    NiftiHeader { srow_x, srow_y, srow_z, qform_code: 0, ..plain_header(shape, 1.0) }
}

fn write_label(folder: &Path, shape: [usize; 3], affine: [[f32; 4]; 3], label: &[u8]) -> Result<()> {
    let path = folder.join("labelsTr/a.nii.gz");
    Ok(write_like(&path, &header(shape, affine), shape, Voxels::U8(label))?)
}

/// A task of the fixture's volume, its image in its place.
fn fixture_task(folder: &Path, fixture: &Fixture) -> Result<Volume> {
    let label = values(&fixture.label);
    let image: Vec<f32> = (0..label.len()).map(|voxel| voxel as f32).collect();
    let volume = Volume { id: "a".into(), shape: fixture.shape, image, label };
    write_task(folder, "One", std::slice::from_ref(&volume))?;
    let path = folder.join("imagesTr/a.nii.gz");
    write_like(&path, &header(fixture.shape, fixture.affine), fixture.shape, Voxels::F32(&volume.image))?;
    Ok(volume)
}

/// Rows of an affine with `change` made to column `axis`, the origin being column 3.
fn changed(mut affine: [[f32; 4]; 3], axis: usize, change: impl Fn(f32, usize) -> f32) -> [[f32; 4]; 3] {
    affine.iter_mut().enumerate().for_each(|(row, values)| values[axis] = change(values[axis], row));
    affine
}

#[test]
fn a_label_in_any_of_the_48_orientations_is_brought_to_its_images_grid() -> Result<()> {
    let fixture = fixture()?;
    assert_eq!(fixture.stored.len(), 48);
    for stored in &fixture.stored {
        let folder = tempfile::tempdir()?;
        let volume = fixture_task(folder.path(), &fixture)?;
        write_label(folder.path(), stored.shape, stored.affine, &values(&stored.label))?;
        let task = read_task(folder.path()).map_err(|error| anyhow::anyhow!("{}: {error}", stored.codes))?;
        assert!(task.volumes[0] == volume, "{}", stored.codes);
    }
    Ok(())
}

/// Rounding of a header's numbers is no other orientation.
#[test]
fn a_label_whose_affine_differs_by_rounding_is_the_images() -> Result<()> {
    let (folder, fixture) = (tempfile::tempdir()?, fixture()?);
    let volume = fixture_task(folder.path(), &fixture)?;
    let rounded = fixture.affine.map(|row| row.map(|value| (value * 1e4).round() / 1e4));
    write_label(folder.path(), fixture.shape, rounded, &volume.label)?;
    assert_eq!(read_task(folder.path())?.volumes, [volume]);
    Ok(())
}

#[rstest]
// Voxels a fifth larger along the first axis.
#[case(|value, _| 1.2 * value, "voxels of 0.96 x 1.1 x 2.5")]
// The first axis turned by some degrees.
#[case(|value, row| value + if row == 2 { 0.2 } else { 0.0 }, "voxels of")]
fn a_label_on_another_grid_is_refused_with_both_orientations(
    #[case] change: fn(f32, usize) -> f32,
    #[case] says: &str,
) -> Result<()> {
    let (folder, fixture) = (tempfile::tempdir()?, fixture()?);
    let volume = fixture_task(folder.path(), &fixture)?;
    write_label(folder.path(), fixture.shape, changed(fixture.affine, 0, change), &volume.label)?;
    let fault = read_task(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(fault.contains("labelsTr/a.nii.gz: ") && fault.contains("imagesTr/a.nii.gz"), "{fault}");
    assert!(fault.matches(&fixture.codes).count() == 2 && fault.contains(says), "{fault}");
    assert!(!fault.contains('\n'), "{fault}");
    Ok(())
}

/// Axes exchanged by the header, but not the shape: no orientation makes one of the other.
#[test]
fn shapes_that_no_orientation_explains_are_refused() -> Result<()> {
    let (folder, fixture) = (tempfile::tempdir()?, fixture()?);
    let volume = fixture_task(folder.path(), &fixture)?;
    let swapped = fixture.affine.map(|[x, y, z, origin]| [y, x, z, origin]);
    write_label(folder.path(), fixture.shape, swapped, &volume.label)?;
    let fault = read_task(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(fault.contains("has shape [4, 5, 3]") && fault.contains("has [5, 4, 3]"), "{fault}");
    Ok(())
}

/// 30 mm along x: said, and taken as it lies.
#[test]
fn a_label_whose_origin_is_another_is_a_warning() -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), |_, _| {})?;
    let before = said(folder.path(), &run(&["--cells", "dice-s0"]))?;
    assert!(!before.contains("origin"), "{before}");
    let shape = super::volume(2).shape;
    let mut away = plain_header(shape, 1.0);
    away.srow_x[3] = 30.0;
    let label = super::volume(2).label;
    write_like(&folder.path().join("task/labelsTr/v2.nii.gz"), &away, shape, Voxels::U8(&label))?;
    std::fs::remove_dir_all(folder.path().join("run"))?;
    let message = said(folder.path(), &run(&[]))?;
    let line = line(&message, "origin");
    assert!(line.contains("warning: ") && line.contains("v2.nii.gz") && line.contains("30"), "{line}");
    assert_eq!(message.matches("origin").count(), 1, "{message}");
    Ok(())
}

#[test]
fn a_label_of_another_grid_ends_a_study_in_one_line() -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), |_, _| {})?;
    let shape = super::volume(2).shape;
    let label = super::volume(2).label;
    let path = folder.path().join("task/labelsTr/v2.nii.gz");
    write_like(&path, &plain_header(shape, 2.0), shape, Voxels::U8(&label))?;
    let message = refused(folder.path(), &run(&[]))?;
    assert!(message.contains("v2.nii.gz") && message.contains("voxels of 2 x 2 x 2"), "{message}");
    Ok(())
}
