//! Training and saliency on small problems whose answers are known.

use super::sweeps::centred;
use anyhow::{Context, Result};
use lossbench::data::stored_slices::StoredSlices;
use lossbench::image::region::Region;
use lossbench::image::slice::Slice;
use lossbench::loss::{LossFunction, LossParameters, TERMS};
use lossbench::network::chunked::Predictor;
use lossbench::network::device::Device;
use lossbench::network::open;
use lossbench::network::unet::UNetConfig;
use lossbench::network::unet::weights::Weights;
use lossbench::saliency::{self, OUTPUTS, Output};
use lossbench::train::feed::Feed;
use lossbench::train::schedule::Schedule;
use lossbench::train::{TrainConfig, TrainError, Training};

const SIZE: [usize; 2] = [8, 8];

/// Slices with a bright square at a place of its own, the mask being the square.
fn squares(count: usize) -> Vec<Slice> {
    let region = Region { top: 0, left: 0, height: 8, width: 8, row: 8 };
    let inside = |slice: usize, pixel: usize| {
        let (top, left) = (slice % 5, slice * 3 % 5);
        (top..top + 3).contains(&(pixel / 8)) && (left..left + 3).contains(&(pixel % 8))
    };
    (0..count)
        .map(|slice| Slice {
            volume: 0,
            depth: slice,
            region,
            image: (0..64).map(|pixel| if inside(slice, pixel) { 0.2 } else { 0.05 }).collect(),
            mask: (0..64).map(|pixel| inside(slice, pixel)).collect(),
            ignored: Vec::new(),
        })
        .collect()
}

fn stored(count: usize) -> Result<StoredSlices> {
    Ok(StoredSlices::at_hand(&squares(count), SIZE)?)
}

fn loss(text: &str) -> Result<LossFunction> {
    Ok(LossFunction::parse(text, &LossParameters::default())?)
}

fn train(text: &str, config: &TrainConfig) -> Result<Result<(Weights, f64), TrainError>> {
    let loss = loss(text)?;
    let device = lossbench::network::device::open(lossbench::network::device::available()[0])?;
    let model = UNetConfig::new(1, 4).map_err(anyhow::Error::msg)?;
    let training =
        Training { model, config, loss: &loss, seed: 0, size: SIZE, range: [0.0, 0.2], device: &device };
    let trained = training.run(&stored(32)?, &stored(10)?, |_, _| {});
    match trained {
        Ok((weights, epochs)) => {
            let dice = epochs.last().and_then(|epoch| epoch.validation_dice).context("a validation score")?;
            Ok(Ok((weights, dice)))
        }
        Err(error) => Ok(Err(error)),
    }
}

#[test]
fn every_loss_learns_bright_squares() -> Result<()> {
    let config = TrainConfig { epochs: 30, batch: 8, learning_rate: 1e-2, ..Default::default() };
    // Two terms are made to stand beside one over regions.
    let as_made = |name| match name {
        "boundary" => "generalised-dice+0.01*boundary",
        "cl-dice" => "0.5*dice+0.5*cl-dice",
        alone => alone,
    };
    for text in TERMS.iter().map(|term| as_made(term.name)).chain(["bce+dice", "bce+dice+focal"]) {
        let (_, dice) = train(text, &config)??;
        assert!(dice > 0.95, "{text} reached {dice}");
    }
    Ok(())
}

/// 32 slices in batches of 10 are four batches an epoch.
#[test]
fn a_number_of_steps_is_kept_to_the_step_and_its_schedule_follows() -> Result<()> {
    let loss = loss("bce")?;
    let device = lossbench::network::device::open(lossbench::network::device::available()[0])?;
    let model = UNetConfig::new(1, 4).map_err(anyhow::Error::msg)?;
    let run = |config: TrainConfig| -> Result<_> {
        let training = Training {
            model,
            config: &config,
            loss: &loss,
            seed: 0,
            size: SIZE,
            range: [0.0, 0.2],
            device: &device,
        };
        let mut steps = 0;
        let (weights, epochs) = training.run(&stored(32)?, &stored(10)?, |done, _| steps = done)?;
        Ok((weights, epochs, steps))
    };
    let plain = TrainConfig { batch: 10, schedule: Schedule::Cosine, ..Default::default() };
    let in_steps = |steps| TrainConfig { epochs: 0, steps, ..plain.clone() };
    for (steps, rows) in [(1, 1), (3, 1), (4, 1), (5, 2), (8, 2), (9, 3)] {
        let (_, epochs, done) = run(in_steps(steps))?;
        let numbers: Vec<usize> = epochs.iter().map(|epoch| epoch.epoch).collect();
        assert_eq!((done, numbers), (steps, (1..=rows).collect()));
        assert!(epochs.iter().all(|epoch| epoch.train_loss.is_finite() && epoch.validation_dice.is_some()));
    }
    let (by_steps, step_rows, _) = run(in_steps(12))?;
    let (by_epochs, epoch_rows, _) = run(TrainConfig { epochs: 3, ..plain.clone() })?;
    assert!(by_steps.arrays() == by_epochs.arrays() && step_rows == epoch_rows);
    // The first step is of the full rate and the same, the next of a schedule that is shorter.
    let (longer, ..) = run(in_steps(13))?;
    assert!(longer.arrays() != by_steps.arrays());
    Ok(())
}

#[test]
fn augmented_slices_train_another_network_and_the_same_one_again() -> Result<()> {
    let config = |feed: &str| -> Result<TrainConfig> {
        let feed = Feed::parse(feed).map_err(anyhow::Error::msg)?;
        Ok(TrainConfig { epochs: 30, batch: 8, learning_rate: 1e-2, feed, ..Default::default() })
    };
    let (plain, _) = train("bce", &config("plain")?)??;
    let (augmented, dice) = train("bce", &config("augment")?)??;
    assert!(augmented.arrays() != plain.arrays());
    assert!(augmented.arrays() == train("bce", &config("augment")?)??.0.arrays());
    let nothing = config("augment(flip=0,rotation=0,scale=0,brightness=0)")?;
    assert!(train("bce", &nothing)??.0.arrays() == plain.arrays());
    // Squares turned by a few degrees are still bright.
    assert!(dice > 0.9, "{dice}");
    Ok(())
}

#[test]
fn a_training_that_diverges_says_so() -> Result<()> {
    let config = TrainConfig { epochs: 3, batch: 8, learning_rate: 1e30, ..Default::default() };
    let message = train("bce", &config)?.map(|_| ()).unwrap_err().to_string();
    assert!(message.contains("diverged") && message.contains("train.learning_rate"), "{message}");
    Ok(())
}

fn predictor(chunk: usize) -> Result<Predictor> {
    let model = UNetConfig::new(1, 4).map_err(anyhow::Error::msg)?;
    let device =
        Device { chunk, ..lossbench::network::device::open(lossbench::network::device::available()[0])? };
    let (images, _) = images(&squares(7));
    let predictor = |weights: &Weights| open::predictor(weights, &device, SIZE);
    let weights = centred(&Weights::random(&model, 2), |weights| predictor(weights).logits(&images))?;
    Ok(predictor(&weights))
}

fn images(slices: &[Slice]) -> (Vec<f32>, Vec<f32>) {
    lossbench::image::gather::gather(slices)
}

#[test]
fn a_slices_numbers_do_not_depend_on_its_chunk() -> Result<()> {
    let (images, targets) = images(&squares(7));
    let (one, three) = (predictor(1)?, predictor(3)?);
    assert!(one.logits(&images)? == three.logits(&images)?);
    let bce = loss("bce")?;
    for output in OUTPUTS {
        let maps = |predictor: &Predictor| saliency::gradient(predictor, &images, &targets, output, &bce);
        assert!(maps(&one)? == maps(&three)?, "{}", output.name);
    }
    Ok(())
}

/// The directional derivative along the gradient, by central differences.
#[test]
fn saliency_is_the_slope_of_its_output() -> Result<()> {
    OUTPUTS.iter().try_for_each(is_the_slope)
}

fn is_the_slope(output: &Output) -> Result<()> {
    let name = output.name;
    let predictor = predictor(8)?;
    let bce = loss("bce+dice")?;
    let slices = squares(1);
    let (image, target) = images(&slices);
    let gradient = saliency::gradient(&predictor, &image, &target, output, &bce)?;
    let length = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    assert!(length > 0.0, "a gradient that is not zero");

    let mask: Vec<bool> = predictor.logits(&image)?.iter().map(|&logit| logit > 0.0).collect();
    let value = |step: f64| -> Result<f64> {
        let moved: Vec<f32> =
            image.iter().zip(&gradient).map(|(x, g)| x + (step * f64::from(*g) / length) as f32).collect();
        let logits = predictor.logits(&moved)?;
        let probability = logits.iter().map(|logit| 1.0 / (1.0 + (-f64::from(*logit)).exp()));
        Ok(match name {
            "probability" => probability.sum(),
            "logit" => logits.iter().map(|&logit| f64::from(logit)).sum(),
            "predicted-mask" => probability.zip(&mask).filter(|(_, inside)| **inside).map(|(p, _)| p).sum(),
            "loss" => {
                let p: Vec<f64> = probability.collect();
                let y: Vec<f64> = target.iter().map(|&y| f64::from(y)).collect();
                let bce = p.iter().zip(&y).map(|(p, y)| -(y * p.ln() + (1.0 - y) * (1.0 - p).ln()));
                let both: f64 = p.iter().zip(&y).map(|(p, y)| p * y).sum();
                let sizes: f64 = p.iter().zip(&y).map(|(p, y)| p * p + y * y).sum();
                bce.sum::<f64>() / 64.0 + 1.0 - 2.0 * both / (sizes + 1e-7)
            }
            other => panic!("no closed form of output {other} here: add one"),
        })
    };
    let step = 2e-3;
    let slope = (value(step)? - value(-step)?) / (2.0 * step);
    approx::assert_relative_eq!(slope, length, max_relative = 0.02);
    Ok(())
}
