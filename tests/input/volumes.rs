//! Volumes of a study: the same image twice, what label values mean, and volumes without foreground.

use super::{line, run, said, task};
use anyhow::{Context, Result};
use lossbench::definition::study::Study;
use lossbench::records::files::read_csv;
use lossbench::records::rows::{CurveRow, ScoreRow};
use lossbench::records::run::Run;
use lossbench::study::prepared::Prepared;
use rstest::rstest;
use std::path::Path;

/// Names of the volumes in a part of the study's split.
fn part(folder: &Path, part: &str) -> Result<Vec<String>> {
    let study = Study::read("smoke", &["data.source=decathlon".to_string()])?;
    let prepared = Prepared::load(&study, Some(&folder.join("task")))?;
    let numbered = prepared.volumes.iter().enumerate();
    Ok(numbered
        .filter(|(number, _)| prepared.split.part(*number) == part)
        .map(|(_, v)| v.id.clone())
        .collect())
}

#[test]
fn the_same_image_under_two_ids_is_named_with_its_parts() -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), |_, _| {})?;
    let none = said(folder.path(), &run(&["--cells", "dice-s0", "--set", "train.epochs=1"]))?;
    assert!(!none.contains("same image"), "{none}");
    let (train, test) = (part(folder.path(), "train")?, part(folder.path(), "test")?);
    let (seen, tested) = (&train[0], &test[0]);
    for what in ["imagesTr", "labelsTr"] {
        let path = |id: &str| folder.path().join("task").join(what).join(format!("{id}.nii.gz"));
        std::fs::copy(path(seen), path(tested))?;
    }
    std::fs::remove_dir_all(folder.path().join("run"))?;
    let message = said(folder.path(), &run(&["--set", "train.epochs=1"]))?;
    let line = line(&message, "same image");
    assert!(line.starts_with("warning: "), "{line}");
    assert!(
        line.contains(&format!("{seen} (train)")) && line.contains(&format!("{tested} (test)")),
        "{line}"
    );
    Ok(())
}

#[rstest]
#[case(&[], "1 and 2 and 255 are foreground, taken together", true)]
#[case(&["--set", "data.ignore=[255]"], "1 and 2 are foreground, taken together; 255 is ignored", false)]
#[case(&["--set", "data.foreground=[1]"], "1 is foreground; 2 and 255 are background", false)]
fn a_line_says_what_the_labels_are_taken_for(
    #[case] changes: &[&str],
    #[case] says: &str,
    #[case] warned: bool,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), |_, volume| {
        volume.label.iter_mut().enumerate().for_each(|(voxel, label)| *label *= 1 + (voxel % 2) as u8);
        // The first row of the first slice alone, so that most slices can be trained on.
        volume.label[..5].fill(255);
    })?;
    let mut arguments = run(&["--set", "train.epochs=1"]);
    arguments.extend(changes);
    let message = said(folder.path(), &arguments)?;
    let line = line(&message, "labels: ");
    assert!(
        line.contains(says) && line.contains("data.foreground") && line.contains("data.ignore"),
        "{line}"
    );
    let warning = message.lines().any(|line| line.starts_with("warning: ") && line.contains("255"));
    assert_eq!(warning, warned, "{message}");
    Ok(())
}

#[test]
fn volumes_without_foreground_are_trained_on_and_scored_but_not_attacked() -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), |_, _| {})?;
    let (train, test) = (part(folder.path(), "train")?, part(folder.path(), "test")?);
    assert!(train.len() > 1 && test.len() > 1);
    let healthy = [train[0].clone(), test[0].clone()];
    std::fs::remove_dir_all(folder.path().join("task"))?;
    task(folder.path(), |_, volume| {
        if healthy.contains(&volume.id) {
            volume.label.fill(0);
        }
    })?;
    let message = said(folder.path(), &run(&[]))?;
    let line = line(&message, "without foreground");
    assert!(healthy.iter().all(|id| line.contains(id)), "{line}");

    let cell = folder.path().join("run/cells/dice-s0");
    let scores: Vec<ScoreRow> = read_csv(&cell.join("scores.csv"))?;
    assert_eq!(scores.len(), test.len());
    let of_healthy = scores.iter().find(|row| row.volume == healthy[1]).context("its scores")?;
    assert_eq!((of_healthy.slices, of_healthy.empty_slices), (4, 4));
    let predicted = of_healthy.false_positives;
    assert!(predicted > 0, "a network that was trained on bodies finds one here too: {of_healthy:?}");
    assert_eq!(of_healthy.right + predicted, of_healthy.pixels);
    assert!(of_healthy.empty_slices_hit > 0);

    let curves: Vec<CurveRow> = read_csv(&cell.join("curves.csv"))?;
    assert!(!curves.is_empty() && curves.iter().all(|row| row.volume != healthy[1]));
    let run = Run::read(&folder.path().join("run"))?;
    assert_eq!(run.cells.len(), 1);
    // Two volumes to train on, four slices each, those without foreground among them.
    assert!(message.contains(&format!("{} training slices", 4 * train.len())), "{message}");
    Ok(())
}
