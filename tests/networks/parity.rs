//! A network that is served gives what it gives in this process, to the bit.

use crate::support::{served, weights};
use anyhow::Result;
use lossbench::loss::LossFunction;
use lossbench::network::process::Process;
use lossbench::network::unet::weights::Weights;
use lossbench::network::{Network, device, open};
use lossbench::saliency::{OUTPUTS, gradient};
use std::sync::Arc;
use std::time::Duration;

const SIZE: [usize; 2] = [8, 12];
const SLICES: usize = 21;

fn images() -> Vec<f32> {
    (0..SLICES * SIZE[0] * SIZE[1]).map(|index| 0.1 + 0.1 * (index as f32 * 0.7).sin()).collect()
}

fn both() -> Result<[lossbench::network::chunked::Predictor; 2]> {
    let folder = tempfile::tempdir()?;
    let path = weights(folder.path(), "a.safetensors", 3)?;
    let process = Process::start_waiting("served", &served(&path), Duration::from_secs(60))?;
    assert_eq!((process.channels(), process.multiple(), process.greeting().batch), (1, 4, 8));
    assert_eq!(process.greeting().said("lossbench.intensity"), Some("[0.0,0.2]"));
    let device = device::open("cpu")?;
    let theirs = lossbench::network::chunked::Predictor::new(Box::new(Arc::new(process)), &device, SIZE);
    Ok([open::predictor(&Weights::read(&path)?, &device, SIZE), theirs])
}

#[test]
fn logits_are_the_same_to_the_bit_from_many_threads() -> Result<()> {
    let [ours, theirs] = both()?;
    let logits = ours.logits(&images())?;
    assert!(logits.iter().any(|logit| *logit != logits[0]));
    for _ in 0..3 {
        assert_eq!(theirs.logits(&images())?, logits);
    }
    Ok(())
}

/// Gradients of several threads interleave: each slope must meet the images that it belongs to.
#[test]
fn gradients_of_every_output_are_the_same_to_the_bit() -> Result<()> {
    let [ours, theirs] = both()?;
    let targets: Vec<f32> = (0..images().len()).map(|pixel| f32::from(u8::from(pixel % 5 == 0))).collect();
    let loss = LossFunction::parse("dice", &Default::default())?;
    for output in OUTPUTS {
        let expected = gradient(&ours, &images(), &targets, output, &loss)?;
        assert!(expected.iter().any(|value| *value != 0.0), "{}", output.name);
        assert_eq!(gradient(&theirs, &images(), &targets, output, &loss)?, expected, "{}", output.name);
    }
    Ok(())
}

#[test]
fn a_network_that_is_served_has_no_layers_and_its_process_ends_with_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = weights(folder.path(), "a.safetensors", 3)?;
    let mark = folder.path().join("ended");
    let command = format!("sh -c \"{}; echo > '{}'\"", served(&path), mark.display());
    let process = Process::start_waiting("served", &command, Duration::from_secs(60))?;
    assert!(process.layers().is_none() && process.failure().is_none() && !mark.exists());
    drop(process);
    assert!(mark.exists());
    Ok(())
}
