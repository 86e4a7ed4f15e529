//! Folders in nnU-Net's layouts, sound and faulty.

use lossbench::data::decathlon::{list, read_task, write_task};
use lossbench::data::nifti::{Voxels, plain_header, write_like};
use lossbench::data::{Task, Volume};
use rstest::rstest;
use std::fs;
use std::path::Path;

const SHAPE: [usize; 3] = [4, 3, 2];

fn volume(id: &str, channels: usize) -> Volume {
    let image = (0..24 * channels).map(|i| i as f32 * 0.3 - id.len() as f32).collect();
    let label = (0..24).map(|i| (i % 3) as u8).collect();
    Volume { id: id.into(), shape: SHAPE, image, label }
}

/// Writes volumes as nnU-Net has them, a file a channel.
fn write_cases(folder: &Path, volumes: &[Volume], ending: &str) {
    for part in ["imagesTr", "labelsTr"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    let header = plain_header(SHAPE, 1.0);
    for volume in volumes {
        for (number, channel) in volume.image.chunks(24).enumerate() {
            let file = folder.join(format!("imagesTr/{}_{number:04}{ending}", volume.id));
            write_like(&file, &header, SHAPE, Voxels::F32(channel)).unwrap();
        }
        let file = folder.join(format!("labelsTr/{}{ending}", volume.id));
        write_like(&file, &header, SHAPE, Voxels::U8(&volume.label)).unwrap();
    }
}

fn listing(folder: &Path, text: &str) {
    fs::write(folder.join("dataset.json"), text).unwrap();
}

const ONE: &str = r#"{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "Anterior": 1, "Posterior": 2},
    "numTraining": 2, "file_ending": ".nii.gz"}"#;
const TWO: &str = r#"{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "organ": [1, 2]},
    "numTraining": 2, "file_ending": ".nii.gz"}"#;

/// The second version lists no case: they are the files. A byte order mark does not matter either.
#[rstest]
#[case(1, ONE)]
#[case(2, TWO)]
fn cases_are_read_as_the_decathlons(
    #[case] channels: usize,
    #[case] text: &str,
    #[values("", "\u{feff}")] mark: &str,
) {
    let [ours, theirs] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let volumes = [volume("a_0001", channels), volume("b", channels)];
    write_task(theirs.path(), "T", &volumes).unwrap();
    write_cases(ours.path(), &volumes, ".nii.gz");
    fs::write(ours.path().join("imagesTr/._b_0000.nii.gz"), "a Mac's").unwrap();
    fs::write(ours.path().join("imagesTr/notes.txt"), "text").unwrap();
    listing(ours.path(), &format!("{mark}{text}"));
    let Task { volumes: read, .. } = read_task(ours.path()).unwrap();
    assert_eq!(read, read_task(theirs.path()).unwrap().volumes);
    let names = list(ours.path(), |_| true).unwrap().channels;
    assert_eq!(names.0.len(), channels);
}

#[test]
fn endings_may_be_plain_and_of_any_case() {
    let folder = tempfile::tempdir().unwrap();
    let volumes = [volume("a", 2), volume("b", 2)];
    write_cases(folder.path(), &volumes, ".NII");
    listing(folder.path(), &TWO.replace(".nii.gz", ".NII"));
    assert_eq!(read_task(folder.path()).unwrap().volumes, volumes);
}

#[test]
fn files_may_be_listed_under_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let volumes = [volume("a", 2)];
    write_cases(folder.path(), &volumes, ".nii.gz");
    let case = |image: &str| {
        format!(
            r#"{{"channel_names": {{"0": "T1", "1": "T2"}}, "numTraining": 1, "file_ending": ".nii.gz", "dataset":
            {{"a": {{"images": ["imagesTr/a_0000.nii.gz", "{image}"], "label": "./labelsTr/a.nii.gz"}}}}}}"#
        )
    };
    listing(folder.path(), &case("imagesTr/a_0001.nii.gz"));
    assert_eq!(read_task(folder.path()).unwrap().volumes, volumes);
    listing(folder.path(), &case("../a_0001.nii.gz"));
    let text = read_task(folder.path()).unwrap_err().to_string();
    assert!(text.contains("should be a path within the task folder"), "{text}");
}

/// The first version lists cases without the numbers that their files have.
#[test]
fn listed_cases_may_have_numbered_files() {
    let folder = tempfile::tempdir().unwrap();
    let volumes = [volume("a", 2)];
    write_cases(folder.path(), &volumes, ".nii.gz");
    listing(
        folder.path(),
        r#"{"modality": {"0": "T1", "1": "T2"}, "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}]}"#,
    );
    assert_eq!(read_task(folder.path()).unwrap().volumes, volumes);
    fs::remove_file(folder.path().join("imagesTr/a_0001.nii.gz")).unwrap();
    let text = read_task(folder.path()).unwrap_err().to_string();
    assert!(text.contains("a_0001.nii.gz: belongs to a case of dataset.json but is missing"), "{text}");
}

/// A channel is a file with a place of its own, as a label is.
#[test]
fn a_channel_that_is_stored_the_other_way_round_is_brought_to_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let volumes = [volume("a", 2), volume("b", 2)];
    write_cases(folder.path(), &volumes, ".nii.gz");
    listing(folder.path(), TWO);
    let path = folder.path().join("imagesTr/a_0001.nii.gz");
    let upright = lossbench::data::nifti::read_image(&path).unwrap();
    let rows = upright.voxels.chunks(SHAPE[0]);
    let flipped: Vec<f32> = rows.flat_map(|row| row.iter().rev().copied()).collect();
    let mut header = plain_header(SHAPE, 1.0);
    let [step, last] = [header.srow_x[0], (SHAPE[0] - 1) as f32];
    header.srow_x[0] = -step;
    header.srow_x[3] += last * step;
    write_like(&path, &header, SHAPE, Voxels::F32(&flipped)).unwrap();
    assert_eq!(read_task(folder.path()).unwrap().volumes, volumes);

    // Tilted, it lies on no grid of the first's.
    header.srow_x[1] = 0.5;
    write_like(&path, &header, SHAPE, Voxels::F32(&flipped)).unwrap();
    let text = read_task(folder.path()).unwrap_err().to_string();
    assert!(text.contains("a_0001.nii.gz: lies ") && text.contains("a_0000.nii.gz"), "{text}");
}

#[rstest]
#[case::a_channel_is_missing(
    "imagesTr/b_0001.nii.gz",
    "",
    "b_0001.nii.gz: belongs to a case of dataset.json but is missing"
)]
#[case::the_first_is_missing(
    "imagesTr/b_0000.nii.gz",
    "",
    "b_0000.nii.gz: belongs to a case of dataset.json but is missing"
)]
#[case::a_label_is_missing(
    "labelsTr/b.nii.gz",
    "",
    "labelsTr/b.nii.gz: belongs to a case of dataset.json but is missing"
)]
#[case::a_channel_too_many(
    "",
    "imagesTr/b_0002.nii.gz",
    "is of a case of 3 channels, but dataset.json names 2"
)]
#[case::a_case_too_many("", "imagesTr/c_0000.nii.gz", "numTraining is 2, but 3 cases are there")]
#[case::no_number("", "imagesTr/c.nii.gz", "imagesTr/c.nii.gz: should end in the number of its channel")]
#[case::another_ending(
    "",
    "imagesTr/c_0000.nii",
    "imagesTr/c_0000.nii: should end in the number of its channel"
)]
fn faulty_folders(#[case] removed: &str, #[case] added: &str, #[case] says: &str) {
    let folder = tempfile::tempdir().unwrap();
    write_cases(folder.path(), &[volume("a", 2), volume("b", 2)], ".nii.gz");
    listing(folder.path(), TWO);
    if !removed.is_empty() {
        fs::remove_file(folder.path().join(removed)).unwrap();
    }
    if !added.is_empty() {
        fs::copy(folder.path().join("imagesTr/a_0000.nii.gz"), folder.path().join(added)).unwrap();
    }
    let text = read_task(folder.path()).unwrap_err().to_string();
    assert!(text.contains(says) && !text.contains('\n'), "{text}");
}

#[rstest]
#[case(".png", "file_ending should be .nii or .nii.gz, but is \".png\"")]
#[case("", "file_ending should be .nii or .nii.gz")]
#[case("/../x.nii", "file_ending should be .nii or .nii.gz")]
fn other_endings_are_refused(#[case] ending: &str, #[case] says: &str) {
    let folder = tempfile::tempdir().unwrap();
    write_cases(folder.path(), &[volume("a", 1)], ".nii.gz");
    listing(folder.path(), &ONE.replace(".nii.gz", ending));
    let text = read_task(folder.path()).unwrap_err().to_string();
    assert!(text.contains(says), "{text}");
}

#[test]
fn channels_lie_on_one_grid_and_have_a_file_each() {
    let folder = tempfile::tempdir().unwrap();
    write_cases(folder.path(), &[volume("a", 2), volume("b", 2)], ".nii.gz");
    listing(folder.path(), TWO);
    let other = folder.path().join("imagesTr/a_0001.nii.gz");
    for (shape, says) in
        [([4, 3, 1], "has shape [4, 3, 1], but"), (SHAPE, "should be one channel of its case, but has 2")]
    {
        let voxels = vec![1.0; if shape == SHAPE { 48 } else { 12 }];
        write_like(&other, &plain_header(shape, 1.0), shape, Voxels::F32(&voxels)).unwrap();
        let text = read_task(folder.path()).unwrap_err().to_string();
        assert!(text.contains("a_0001.nii.gz: ") && text.contains(says), "{text}");
    }
}

#[test]
fn a_label_to_ignore_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write_cases(folder.path(), &[volume("a", 1), volume("b", 1)], ".nii.gz");
    listing(folder.path(), ONE);
    assert_eq!(list(folder.path(), |_| true).unwrap().ignore, None);
    listing(folder.path(), &ONE.replace("Posterior", "ignore"));
    assert_eq!(list(folder.path(), |_| true).unwrap().ignore, Some(2));
}
