//! What a training is fed: for every kind, networks trained on phantoms.

use super::records::{numbers, run_study, smoke};
use anyhow::{Context, Result};
use lossbench::data::stored_slices::StoredSlices;
use lossbench::definition::study::Study;
use lossbench::image::gather::gather;
use lossbench::network::unet::weights::Weights;
use lossbench::network::{device, open};
use lossbench::saliency::{OUTPUTS, gradient};
use lossbench::study::prepared::Prepared;
use lossbench::study::progress::Event;
use lossbench::study::run;
use lossbench::study::setting::Setting;
use lossbench::train::feed::{Feed, KINDS};
use lossbench::train::{Epoch, Training, batches};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An arm of each kind, and one that is trained on attacked slices with drawn starts.
fn arms() -> Result<Study> {
    let arm = |feed: &str| format!("{{name='{feed}', loss='bce+dice', train={{feed='{feed}'}}}}");
    let mut arms: Vec<String> = KINDS.iter().map(|kind| arm(kind.name)).collect();
    let attacked = "{name='attacked', loss='bce+dice', train={attack='pgd(steps=2)', radius=0.01}}";
    arms.push(attacked.to_string());
    let few = ["losses=[]", "attack.methods=['signed']", "attack.transfer=[]"];
    smoke(&[&few[..], &[&format!("arms=[{}]", arms.join(","))]].concat())
}

fn train(study: &Study, arm: &str, slices: &StoredSlices) -> Result<(Weights, Vec<Epoch>, usize)> {
    let arm = study.arm(arm).context("an arm")?;
    let device = device::open(device::available()[0])?;
    let (model, config, size) = (study.model, &arm.train, slices.size());
    let training =
        Training { model, config, loss: &arm.loss, seed: 0, size, range: [0.0, 0.2], device: &device };
    let mut last = 0;
    let (weights, epochs) = training.run(slices, &slices.of_volumes(&[0, 1]), |done, _| last = done)?;
    Ok((weights, epochs, last))
}

#[test]
fn every_kind_trains_another_network_and_the_same_one_on_any_number_of_threads() -> Result<()> {
    let study = arms()?;
    let slices = Prepared::load(&study, None)?.train;
    let plain = train(&study, "plain", &slices)?;
    for kind in KINDS {
        let on = |threads: usize| -> Result<(Weights, Vec<Epoch>, usize)> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            pool.install(|| train(&study, kind.name, &slices))
        };
        let ((weights, epochs, steps), (again, epochs_again, _)) = (on(1)?, on(3)?);
        assert!(weights.arrays() == again.arrays() && epochs == epochs_again, "{}", kind.name);
        assert_eq!(weights.arrays() == plain.0.arrays(), kind.name == "plain", "{}", kind.name);
        let arm = study.arm(kind.name).context("an arm")?;
        assert_eq!((steps, epochs.len()), (batches(&arm.train, slices.len()), arm.train.epochs));
    }
    Ok(())
}

#[test]
fn hiding_nothing_is_the_plain_training_to_the_bit() -> Result<()> {
    let nothing = ["hide(share=0)", "hide-salient(share=0)", "focus(share=1)"];
    let arm = |(number, feed): (usize, &&str)| {
        format!("{{name='a{number}', loss='dice', train={{feed='{feed}'}}}}")
    };
    let arms: Vec<String> = nothing.iter().enumerate().map(arm).collect();
    let study = smoke(&["losses=['dice']", &format!("arms=[{}]", arms.join(","))])?;
    let slices = Prepared::load(&study, None)?.train;
    let plain = train(&study, "dice", &slices)?;
    for (number, feed) in nothing.iter().enumerate() {
        let same = train(&study, &format!("a{number}"), &slices)?;
        assert!(same.0.arrays() == plain.0.arrays() && same.1 == plain.1, "{feed}");
    }
    Ok(())
}

/// By hand: the plain training's network, its gradients, all but the highest half of each slice at 0, and a plain training
/// on what is left.
#[test]
fn a_focused_training_is_a_plain_one_on_what_the_earlier_network_looks_at() -> Result<()> {
    let study = arms()?;
    let slices = Prepared::load(&study, None)?.train;
    let (earlier, ..) = train(&study, "plain", &slices)?;
    let device = device::open(device::available()[0])?;
    let predictor = open::predictor(&earlier, &device, slices.size());
    let mut kept = slices.all()?;
    let (images, targets) = gather(&kept);
    let loss = &study.arms[0].loss;
    let maps = gradient(&predictor, &images, &targets, &OUTPUTS[0], loss)?;
    for (slice, map) in kept.iter_mut().zip(maps.chunks(predictor.pixels())) {
        let mut scanned: Vec<f32> = slice.region.pixels().map(|pixel| map[pixel].abs()).collect();
        scanned.sort_by(f32::total_cmp);
        let least = scanned[scanned.len() / 2];
        let low = |&pixel: &usize| map[pixel].abs() < least;
        slice.region.pixels().filter(low).for_each(|pixel| slice.image[pixel] = 0.0);
    }
    let kept = StoredSlices::at_hand(&kept, slices.size())?;
    let by_hand = train(&study, "plain", &kept)?;
    let focused = train(&study, "focus", &slices)?;
    assert!(focused.0.arrays() == by_hand.0.arrays());
    assert_eq!(focused.2, 2 * by_hand.2);
    Ok(())
}

/// By hand: the masks laid out as the permutation says, and a plain training on those.
#[test]
fn a_training_on_shuffled_labels_is_a_plain_one_on_permuted_masks() -> Result<()> {
    let study = arms()?;
    let slices = Prepared::load(&study, None)?.train;
    let permutation = Feed::shuffled_labels().masks(0, slices.len()).context("a permutation")?;
    let mut permuted = slices.all()?;
    let masks: Vec<Vec<bool>> = permuted.iter().map(|slice| slice.mask.clone()).collect();
    for (slice, from) in permuted.iter_mut().zip(permutation) {
        slice.mask.clone_from(&masks[from]);
    }
    let by_hand = train(&study, "plain", &StoredSlices::at_hand(&permuted, slices.size())?)?;
    let shuffled = train(&study, "shuffled-labels", &slices)?;
    assert!(shuffled.0.arrays() == by_hand.0.arrays());
    assert_eq!(shuffled.2, by_hand.2);
    Ok(())
}

/// Each arm is interrupted in mid-training, that of two trainings in each of them, and goes on to the same bits.
#[test]
fn a_run_that_is_interrupted_in_mid_training_ends_with_the_same_bits() -> Result<()> {
    let study = arms()?;
    let (once, again) = (tempfile::tempdir()?, tempfile::tempdir()?);
    run_study(once.path(), &study, &[])?;
    let prepared = Prepared::load(&study, None)?;
    let device = device::open(device::available()[0])?;
    let setting = Setting { study: &study, prepared: &prepared, device: &device, trained: None };
    for arm in &study.arms {
        for share in [3, 2] {
            let cell = format!("{}-s0", arm.name);
            let cells = run::cells(&study, std::slice::from_ref(&cell))?;
            let mut interrupt = |event: Event| {
                if let Event::Progress(progress) = event {
                    let stop = progress.stage == "train" && progress.done > progress.total / share;
                    assert!(!stop, "interrupted on purpose");
                }
            };
            let run = AssertUnwindSafe(|| run::run(again.path(), &setting, &cells, &mut interrupt));
            assert!(catch_unwind(run).is_err(), "{cell} was not in training");
            assert!(!again.path().join("cells").join(&cell).join("cell.json").exists());
        }
    }
    run_study(again.path(), &study, &[])?;
    let (expected, found) = (numbers(once.path())?, numbers(again.path())?);
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    assert!(expected.keys().any(|name| name.contains("cells/focus-s0/weights")));
    for (name, bytes) in &expected {
        assert!(*bytes == found[name], "{name} differs");
    }
    Ok(())
}
