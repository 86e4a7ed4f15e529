//! Task folders, sound and faulty.

use std::fs;
use std::path::Path;

use lossbench::data::nifti::{Voxels, plain_header, write_like};
use lossbench::data::{Volume, read_task, write_task};
use rstest::rstest;

fn volume(id: &str, shape: [usize; 3]) -> Volume {
    let count = shape.iter().product::<usize>();
    let image = (0..count).map(|i| i as f32 * 0.3 - 1.0).collect();
    let label = (0..count).map(|i| (i % 3) as u8).collect();
    Volume { id: id.into(), shape, image, label }
}

fn listing(folder: &Path, training: &str) {
    fs::write(
        folder.join("dataset.json"),
        format!(r#"{{"name": "T", "extra": [1], "training": {training}}}"#),
    )
    .unwrap();
}

#[test]
fn written_tasks_read_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("task");
    let (b, a) = (volume("b", [4, 3, 2]), volume("a", [3, 3, 3]));
    write_task(&folder, "Two", &[b.clone(), a.clone()]).unwrap();
    let task = read_task(&folder).unwrap();
    assert_eq!(task.name, "Two");
    assert_eq!(task.volumes, [a, b]);
    let text = fs::read_to_string(folder.join("dataset.json")).unwrap();
    assert!(text.contains("\"./imagesTr/a.nii.gz\"") && text.contains("\"numTraining\": 2"), "{text}");
    assert!(write_task(&folder, "Two", &task.volumes).unwrap_err().to_string().contains("exists already"));
}

#[test]
fn volumes_of_several_channels_read_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let one = volume("a", [3, 2, 2]);
    let two = Volume { image: (0..24).map(|i| i as f32).collect(), ..one };
    assert_eq!(two.channels(), 2);
    write_task(dir.path(), "Two", std::slice::from_ref(&two)).unwrap();
    assert_eq!(read_task(dir.path()).unwrap().volumes, [two]);
    let text = fs::read_to_string(dir.path().join("dataset.json")).unwrap();
    assert!(text.contains("\"4D\"") && text.contains("\"1\": \"channel 1\""), "{text}");
}

/// Healthy scans are part of a task.
#[test]
fn volumes_without_foreground_read_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let healthy = Volume { label: vec![0; 12], ..volume("a", [3, 2, 2]) };
    write_task(dir.path(), "One", std::slice::from_ref(&healthy)).unwrap();
    let task = read_task(dir.path()).unwrap();
    assert_eq!((task.volumes, task.warnings), (vec![healthy], vec![]));
}

#[test]
fn unfit_volumes_are_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("task");
    let sound = volume("a", [2, 2, 2]);
    let short = Volume { image: vec![0.0; 7], ..sound.clone() };
    for faulty in [vec![], vec![short], vec![sound.clone(), sound.clone()], vec![volume("../x", [2, 2, 2])]] {
        write_task(&folder, "T", &faulty).unwrap_err();
        assert!(!folder.join("dataset.json").exists());
    }
}

#[rstest]
#[case("[]", "`training` list is empty or missing")]
#[case(r#"[{"image": "/imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz"}]"#, "within the task folder")]
#[case(r#"[{"image": "./imagesTr/a.nii.gz", "label": "labelsTr/../../a.nii.gz"}]"#, "within the task folder")]
#[case(r#"[{"image": "", "label": "labelsTr/a.nii.gz"}]"#, "within the task folder")]
#[case(r#"[{"image": "imagesTr/a.nii.gz", "label": "./imagesTr/a.nii.gz"}]"#, "twice")]
#[case(r#"[{"image": "a.png", "label": "labelsTr/a.nii.gz"}]"#, "should end in .nii")]
#[case(r#"[{"image": "imagesTr/a.nii.gz", "label": "labelsTr/a.nii.gz"}, {"image": "x/a.nii", "label": "x/b.nii"}]"#, "name of another")]
#[case(
    r#"[{"image": "imagesTr/a.nii.gz", "label": "labelsTr/no.nii.gz"}]"#,
    "no.nii.gz: belongs to a case of dataset.json but is missing"
)]
#[case(r#"[{"image": "imagesTr/a.nii.gz"}]"#, "not a Decathlon listing")]
#[case(
    r#"[{"image": "imagesTr/a.nii.gz", "label": "labelsTr/b.nii.gz"}]"#,
    "has shape [3, 3, 3], but the image has [4, 3, 2]"
)]
fn faulty_listings(#[case] training: &str, #[case] fault: &str) {
    let dir = tempfile::tempdir().unwrap();
    write_task(dir.path(), "T", &[volume("a", [4, 3, 2]), volume("b", [3, 3, 3])]).unwrap();
    listing(dir.path(), training);
    let text = read_task(dir.path()).unwrap_err().to_string();
    assert!(text.contains(fault) && !text.contains('\n'), "{text}");
}

#[test]
fn the_first_fault_by_id_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let volumes: Vec<_> = (0..8).map(|i| volume(&format!("v{i}"), [3, 3, 3])).collect();
    write_task(dir.path(), "T", &volumes).unwrap();
    for id in ["v6", "v2", "v4"] {
        let path = dir.path().join(format!("labelsTr/{id}.nii.gz"));
        write_like(&path, &plain_header([3, 3, 2], 1.0), [3, 3, 2], Voxels::U8(&[1; 18])).unwrap();
    }
    for _ in 0..5 {
        let text = read_task(dir.path()).unwrap_err().to_string();
        assert!(text.contains("v2.nii.gz: has shape [3, 3, 2]"), "{text}");
    }
}

#[test]
fn a_missing_folder_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let text = read_task(&dir.path().join("no")).unwrap_err().to_string();
    assert!(text.contains("lossbench fetch hippocampus") && text.contains("lossbench phantom"), "{text}");
    let text = read_task(dir.path()).unwrap_err().to_string();
    assert!(text.contains("dataset.json: is missing"), "{text}");
}
