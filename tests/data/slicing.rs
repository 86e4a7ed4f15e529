//! Slices along any axis, at another distance of pixels, and of their middle alone.

use super::own::{prepared, study, volumes, write_pictures};
use anyhow::Result;
use lossbench::data::Volume;
use lossbench::data::decathlon::write_task;
use lossbench::data::nifti::{NiftiHeader, Voxels, plain_header, write_like};
use lossbench::image::axes::Axes;
use lossbench::image::slice::Slice;
use lossbench::study::prepared::Prepared;
use rstest::rstest;
use std::fs;
use std::path::Path;

/// Voxels along right, anterior and superior, and their sizes in mm.
const SHAPE: [usize; 3] = [9, 12, 6];
const SIZES: [f32; 3] = [1.5, 1.0, 2.0];

/// A volume along right, anterior and superior with a body off its middle.
fn volume(number: usize) -> Volume {
    let place = |voxel: usize| [voxel % 9, voxel / 9 % 12, voxel / 108];
    let image = (0..648).map(|voxel| ((voxel * 331 + number * 977) % 1021) as f32).collect();
    let inside = |[x, y, z]: [usize; 3]| (1..5).contains(&x) && (5..11).contains(&y) && (1..4).contains(&z);
    let label = (0..648).map(|voxel| u8::from(inside(place(voxel)))).collect();
    Volume { id: format!("scan_{number}"), shape: SHAPE, image, label }
}

/// A table of eight volumes, each stored along other axes of `axes`, which its header says.
fn write_turned(folder: &Path, axes: impl Fn(usize) -> Axes) -> Result<()> {
    let mut text = "id,image,label\n".to_string();
    for number in 0..8 {
        let Volume { id, image, label, .. } = volume(number);
        let axes = axes(number);
        let shape = axes.shape(SHAPE);
        let mut rows = [[0.0; 4]; 3];
        for (stored, (axis, flipped)) in axes.each().into_iter().enumerate() {
            rows[axis][stored] = if flipped { -SIZES[axis] } else { SIZES[axis] };
        }
        let [srow_x, srow_y, srow_z] = rows;
        let header = NiftiHeader { srow_x, srow_y, srow_z, qform_code: 0, ..plain_header(shape, 1.0) };
        let path = |kind: &str| folder.join(format!("{id}{kind}.nii.gz"));
        write_like(&path(""), &header, shape, Voxels::F32(&axes.apply(SHAPE, image)))?;
        write_like(&path("_label"), &header, shape, Voxels::U8(&axes.apply(SHAPE, label)))?;
        text += &format!("{id},{id}.nii.gz,{id}_label.nii.gz\n");
    }
    Ok(fs::write(folder.join("list.csv"), text)?)
}

fn slices(of: &Prepared) -> Result<Vec<Slice>> {
    Ok(of.all.all()?)
}

#[rstest]
#[case("sagittal", 0, [12, 6], [2.0, 4.0])]
#[case("coronal", 1, [9, 6], [1.0, 4.0])]
#[case("axial", 2, [9, 12], [3.0, 0.5])]
fn planes_are_the_same_however_a_volume_is_stored(
    #[case] name: &str,
    #[case] axis: usize,
    #[case] sides: [usize; 2],
    #[case] spacing: [f32; 2],
) -> Result<()> {
    let [usual, turned] = [tempfile::tempdir()?, tempfile::tempdir()?];
    write_turned(usual.path(), |_| Axes::STORED)?;
    write_turned(turned.path(), |number| Axes::all()[(number * 11 + 5) % 48])?;
    let by_name = format!("data.axis={name}");
    let by_number = format!("data.axis={axis}");
    let [usual, turned] = [&usual, &turned].map(|folder| folder.path().join("list.csv"));
    let expected = prepared(&usual, &[&by_number])?;
    let first = &slices(&expected)?[0];
    assert_eq!([first.region.height, first.region.width], sides);
    assert_eq!(slices(&expected)?.len(), 8 * SHAPE[axis]);
    assert_eq!(slices(&prepared(&turned, &[&by_name])?)?, slices(&expected)?);
    let spaced = format!("data.spacing={spacing:?}");
    let cut = [by_name.as_str(), &spaced, "data.size=[4, 5]"];
    let (of_usual, of_turned) = (prepared(&usual, &cut)?, prepared(&turned, &cut)?);
    assert_eq!(slices(&of_turned)?, slices(&of_usual)?);
    assert_ne!(slices(&of_usual)?, slices(&expected)?);
    Ok(())
}

#[test]
fn hashes_of_volumes_are_of_what_is_stored_and_a_study_of_other_slices_is_another() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_turned(folder.path(), |_| Axes::STORED)?;
    let list = folder.path().join("list.csv");
    let usual = prepared(&list, &[])?;
    let identity = |overrides: &[&str]| -> Result<String> {
        Ok(study(overrides)?.identity().map_err(anyhow::Error::msg)?.hash)
    };
    for change in ["data.axis=0", "data.axis=axial", "data.spacing=2", "data.size=[8, 8]"] {
        let other = prepared(&list, &[change])?;
        assert_eq!((&other.hash, &other.volumes), (&usual.hash, &usual.volumes), "{change}");
        assert_ne!(identity(&[change])?, identity(&[])?, "{change}");
    }
    assert_eq!(identity(&["data.axis=2"])?, identity(&[])?);
    Ok(())
}

/// Values after scaling are of the whole volume as it is stored, before its slices are resampled or cut.
#[test]
fn a_resampled_plane_holds_the_means_of_the_voxels_that_it_covers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_turned(folder.path(), |_| Axes::STORED)?;
    let list = folder.path().join("list.csv");
    let usual = slices(&prepared(&list, &[])?)?;
    // Pairs of columns become one: of the rows nothing changes.
    let halved = slices(&prepared(&list, &["data.spacing=[1.5, 2]"])?)?;
    assert_eq!(halved.len(), usual.len());
    for (slice, of) in halved.iter().zip(&usual) {
        assert_eq!([slice.region.height, slice.region.width], [9, 6]);
        let (found, of) = (slice.region.crop(&slice.image), of.region.crop(&of.image));
        for (pair, found) in of.chunks(2).zip(found) {
            assert!(((pair[0] + pair[1]) / 2.0 - found).abs() < 1e-7, "{found}");
        }
    }
    Ok(())
}

#[test]
fn volumes_that_are_ten_times_as_large_take_no_more_room_and_what_is_lost_is_said() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let of_size = |number: usize| {
        let side = if number == 3 { 320 } else { 32 };
        let count = side * side;
        let image = (0..count).map(|voxel| (voxel * 7 % 251) as f32).collect();
        // A row that runs through the whole of it.
        let label = (0..count).map(|voxel| u8::from(voxel / side == side / 2)).collect();
        Volume { id: format!("v{number}"), shape: [side, side, 1], image, label }
    };
    let volumes: Vec<Volume> = (0..8).map(of_size).collect();
    write_task(folder.path(), "T", &volumes)?;
    let (padded, cut) = (prepared(folder.path(), &[])?, prepared(folder.path(), &["data.size=[32, 32]"])?);
    assert_eq!((padded.size, cut.size), ([320, 320], [32, 32]));
    // A 32-bit intensity and a class a pixel.
    assert_eq!(cut.all.bytes(), 8 * 5 * 32 * 32);
    assert_eq!(padded.all.bytes(), 5 * (7 * 32 * 32 + 320 * 320));
    assert!(cut.all.all()?.iter().all(|slice| slice.image.len() == 32 * 32));
    let said = |of: &Prepared| of.notes.iter().find(|note| note.contains("data.size")).cloned();
    assert_eq!(said(&padded), None);
    let line = said(&cut).unwrap_or_default();
    assert!(line.starts_with("warning: data.size cuts away 288 of 544 pixels of foreground"), "{line}");
    assert!(line.contains("of v3: they are neither learned nor scored"), "{line}");
    Ok(())
}

#[rstest]
#[case(&["data.axis=0"], "is a 2-D image, which is one slice along its axis 2")]
#[case(&["data.axis=axial"], "says nothing of its orientation: data.axis should be 0, 1 or 2 for it, but is axial")]
#[case(&["data.spacing=2"], "says nothing of the distance of its voxels, which data.spacing, 2 x 2 mm, needs")]
fn pictures_have_no_other_axis_and_no_millimetres(
    #[case] overrides: &[&str],
    #[case] says: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_pictures(folder.path(), &volumes())?;
    let message = prepared(folder.path(), overrides).expect_err("a fault").to_string();
    assert!(message.contains("images/scan_0.png: ") && message.contains(says), "{message}");
    assert!(!message.contains('\n'));
    assert_eq!(prepared(folder.path(), &["data.size=[12, 8]"])?.size, [12, 8]);
    Ok(())
}

#[test]
fn oblique_volumes_have_stored_axes_alone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_turned(folder.path(), |_| Axes::STORED)?;
    let half = 0.5_f32.sqrt();
    let header = NiftiHeader {
        srow_x: [half, half, 0.0, 0.0],
        srow_y: [-half, half, 0.0, 0.0],
        qform_code: 0,
        ..plain_header(SHAPE, 1.0)
    };
    let Volume { image, label, .. } = volume(0);
    write_like(&folder.path().join("scan_5.nii.gz"), &header, SHAPE, Voxels::F32(&image))?;
    write_like(&folder.path().join("scan_5_label.nii.gz"), &header, SHAPE, Voxels::U8(&label))?;
    let list = folder.path().join("list.csv");
    let message = prepared(&list, &["data.axis=coronal"]).expect_err("a fault").to_string();
    let says = "scan_5.nii.gz: its axes lie up to 45 degrees off right, anterior and superior: data.axis should be 0, 1 or 2";
    assert!(message.contains(says), "{message}");
    prepared(&list, &["data.axis=1"])?;
    Ok(())
}
