//! What `data.channels`, `data.foreground` and `data.ignore` make of a study's slices.

use super::records::smoke;
use anyhow::Result;
use lossbench::data::{Volume, write_task};
use lossbench::image::slice::Slice;
use lossbench::network::device;
use lossbench::network::unet::weights::Weights;
use lossbench::records::run::Run;
use lossbench::study::prepared::Prepared;
use lossbench::study::run;
use lossbench::study::setting::Setting;
use rstest::rstest;
use std::path::Path;

/// Four volumes of `channels` channels and two slices of 4 x 4: labels 1, 2 and 255 in the first three pixels of
/// the first slice along x, label 1 in the second slice's first.
fn task(folder: &Path, channels: usize) -> Result<()> {
    let volume = |number: usize| {
        let mut label = vec![0; 32];
        label[..3].copy_from_slice(&[1, 2, 255]);
        label[16] = 1;
        let image = (0..32 * channels).map(|voxel| ((voxel * 7 + number) % 29) as f32).collect();
        Volume { id: format!("v{number}"), shape: [4, 4, 2], image, label }
    };
    Ok(write_task(folder, "Four", &(0..4).map(volume).collect::<Vec<_>>())?)
}

fn load(channels: usize, changes: &[&str]) -> Result<Prepared> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), channels)?;
    let source = ["data.source='decathlon'", "sweep.fig2.pixels=[0, 3]", "sweep.fig6.pixels=[0, 3]"];
    Ok(Prepared::load(&smoke(&[&source, changes].concat())?, Some(folder.path()))?)
}

fn masked(slice: &Slice) -> Vec<usize> {
    slice
        .region
        .pixels()
        .enumerate()
        .filter(|(_, pixel)| slice.mask[*pixel])
        .map(|(place, _)| place)
        .collect()
}

// Along x means down the rows: the labelled pixels of the first slice are places 0, 4 and 8.
#[rstest]
#[case(&[], &[vec![0, 4, 8], vec![0]], 0)]
#[case(&["data.foreground=[2]"], &[vec![4]], 0)]
#[case(&["data.ignore=[255]"], &[vec![0, 4], vec![0]], 1)]
#[case(&["data.foreground=[1]", "data.ignore=[2, 255]"], &[vec![0], vec![0]], 2)]
fn labels_decide_what_is_foreground_and_what_counts(
    #[case] changes: &[&str],
    #[case] masks: &[Vec<usize>],
    #[case] ignored: usize,
) -> Result<()> {
    let prepared = load(1, changes)?;
    let slices = prepared.test.all()?;
    assert_eq!(slices.iter().map(masked).collect::<Vec<_>>(), masks);
    assert_eq!(slices[0].ignored.len(), ignored);
    assert_eq!(slices[0].pixels().count(), 16 - ignored);
    // A slice with a pixel to ignore is not trained on.
    let trained = prepared.split.train.len() * if ignored > 0 { 1 } else { 2 };
    assert_eq!(prepared.train.len(), trained);
    Ok(())
}

#[rstest]
#[case(&["data.foreground=[3]"], "no training slice has foreground, which is label 3: change data.foreground")]
#[case(&["data.ignore=[0]"], "no training slice without a label of data.ignore has foreground")]
#[case(&["data.ignore=[255]", "sweep.fig2.pixels=[16]"], "more than the 15 scanned pixels")]
#[case(&["data.channels=['T1']"], "should be among 0 (MRI), but one is 'T1'")]
#[case(&["data.channels=[1]"], "lacks channel 1: it has 1, numbered from 0")]
fn what_leaves_nothing_to_do_is_refused(#[case] changes: &[&str], #[case] says: &str) -> Result<()> {
    let message = load(1, changes).map(|_| ()).unwrap_err().to_string();
    assert!(message.contains(says) && !message.contains('\n'), "{message}");
    Ok(())
}

/// nnU-Net's `ignore` among the labels' names.
#[test]
fn a_label_that_the_data_ignore_has_to_be_ignored() -> Result<()> {
    let folder = tempfile::tempdir()?;
    task(folder.path(), 1)?;
    let listing = folder.path().join("dataset.json");
    let mut named: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&listing)?)?;
    named["labels"] = serde_json::json!({"background": 0, "organ": 1, "ignore": 255});
    std::fs::write(&listing, named.to_string())?;
    let load = |change: &str| {
        let source =
            ["data.source='decathlon'", "sweep.fig2.pixels=[0, 3]", "sweep.fig6.pixels=[0, 3]", change];
        Ok::<_, anyhow::Error>(Prepared::load(&smoke(&source)?, Some(folder.path()))?)
    };
    let message = load("data.foreground=[1]").map(drop).unwrap_err().to_string();
    assert!(message.contains("dataset.json: calls label 255 one to ignore"), "{message}");
    assert!(message.ends_with("set data.ignore=[255]"), "{message}");
    load("data.ignore=[255]")?;
    Ok(())
}

#[test]
fn a_channel_is_chosen_by_number_or_name() -> Result<()> {
    let first = load(3, &["data.channels=[0]"])?;
    let last = load(3, &["data.channels=['channel 2']"])?;
    assert_eq!((first.channels, last.channels, &first.hash), (1, 1, &last.hash));
    assert_ne!(first.test.get(0)?.image, last.test.get(0)?.image);
    Ok(())
}

#[test]
fn all_channels_are_trained_on_and_attacked_together() -> Result<()> {
    let prepared = load(3, &[])?;
    assert_eq!(prepared.channels, 3);
    let sweeps = ["sweep.fig2.pixels=[0, 3]", "sweep.fig6.pixels=[0, 3]"];
    let study = smoke(&[&sweeps[..], &["data.source='decathlon'", "train.epochs=1"]].concat())?;
    let folder = tempfile::tempdir()?;
    let device = device::open(device::available()[0])?;
    let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
    run::run(folder.path(), &setting, &run::cells(&study, &[])?, &mut |_| {})?;
    let weights = Weights::read(&folder.path().join("cells/bce-s0/weights.safetensors"))?;
    assert_eq!(weights.config().channels(), 3);
    let run = Run::read(folder.path())?;
    assert_eq!((run.cells.len(), run.transfers.len()), (2, 1));
    assert!(run.cells.iter().all(|cell| cell.saliency.iter().all(|row| row.measures[0] >= 1.0)));

    let message = smoke(&["data.source='decathlon'", "model.channels=2"]);
    let message = prepared.model(&message?).unwrap_err().to_string();
    assert!(
        message.contains("model.channels should be the 3 channels of the volumes, but is 2"),
        "{message}"
    );
    Ok(())
}
